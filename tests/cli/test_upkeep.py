"""`kamreport status` and `prune`: what they tell, remove and refuse."""

import json
import os
import re
from pathlib import Path

import pytest

from kamreport.book.store import load_store
from kamreport.publish.lock import locked
from kamreport.publish.manifest import write_atomically, write_period_manifest
from kamreport.settings import Settings
from tests.conftest import MakeWorkspace, monthly_lines
from tests.publish.shelf import put

from .conftest import Ask, error


@pytest.fixture
def settings(make_workspace: MakeWorkspace) -> Settings:
    return make_workspace(transactions=monthly_lines("Hengtai", {"2025-06": 1000.0}))


def states(ask: Ask, settings: Settings, *arguments: str) -> list[tuple[str, str, str, str]]:
    """What `status --json` says of each report: period, region, language and state."""
    answer = ask("status", "--json", *arguments, at=settings.root)
    assert (answer.status, answer.err) == (0, "")
    told = json.loads(answer.out)
    assert told["version"] == 1
    return [(one["period"], one["region"], one["language"], one["state"]) for one in told["reports"]]


class TestStatus:
    def test_a_range_of_periods_means_each_of_its_months(self, settings: Settings, ask: Ask) -> None:
        for period in ("2024-12", "2025-01", "2025-03", "2025-04", "2025-Q1"):
            put(settings, "North", period)
        assert [one[0] for one in states(ask, settings, "--period", "2025-01..2025-03")] == ["2025-03", "2025-01"]
        assert [one[0] for one in states(ask, settings, "--period", "2025-Q1")] == ["2025-Q1"]

    def test_the_document_says_all_there_is_to_say(self, settings: Settings, ask: Ask) -> None:
        assert states(ask, settings) == []
        put(settings, "华东", pages=7)
        told = json.loads(ask("status", "--json").out)["reports"]
        assert told == [
            {
                "period": "2025-06",
                "region": "华东",
                "report": "monthly",
                "language": "en",
                "state": "done",
                "reason": "",
                "printed_at": "2025-07-01T08:00:00+00:00",
                "seconds": 1.0,
                "pages": 7,
                "folder": str(settings.output / "2025-06" / "华东"),
                "files": ["monthly.en.html", "monthly.en.pdf", "monthly.en.xlsx"],
                "notebook": None,
            }
        ]

    def test_a_report_that_was_printed_again_says_why(self, settings: Settings, ask: Ask) -> None:
        put(settings, "North", reason="changed: rules")
        row = ask("status", at=settings.root).out.splitlines()[1]
        assert re.fullmatch(r"2025-06 +North +monthly +en +done +2025-07-0\d \d\d:\d\d  changed: rules", row)

    def test_changed_files_are_told_at_a_glance_or_after_reading_all(self, settings: Settings, ask: Ask) -> None:
        for language in ("en", "zh"):
            put(settings, "North", language=language)
        folder = settings.output / "2025-06" / "North"
        (folder / "monthly.en.pdf").unlink()
        page = folder / "monthly.zh.html"
        page.write_bytes(page.read_bytes().replace(b"North", b"South"))
        (folder / "monthly.zh.json").touch()  # as if written after it
        assert [one[2:] for one in states(ask, settings)] == [("en", "changed"), ("zh", "done")]
        assert [one[2:] for one in states(ask, settings, "--verify")] == [("en", "changed"), ("zh", "changed")]

    @pytest.mark.parametrize("state", ["failed", "timed out", "killed"])
    def test_a_failure_says_its_state_reason_and_notebook(self, settings: Settings, ask: Ask, state: str) -> None:
        made = put(settings, "North").model_copy(update={"state": state, "reason": "one: ValueError in cell 4"})
        write_period_manifest(settings.output, "2025-06", [made])
        notebook = settings.output / ".failed" / "2025-06" / "North" / "monthly.en.one.ipynb"
        write_atomically(notebook, b"{}")
        # What was published before is still there.
        assert [one[3] for one in states(ask, settings)] == ["done", state]
        answer = ask("status")
        line = answer.out.splitlines()[2]
        assert " ".join(line.split()) == f"2025-06 North monthly en {state} one: ValueError in cell 4"
        assert answer.out.endswith(f"\n\nThe failed notebooks, as far as they ran:\n  {notebook}\n")

    def test_what_another_version_has_printed_is_said(self, settings: Settings, ask: Ask) -> None:
        put(settings, "North")
        file = settings.output / "2025-06" / "North" / "monthly.en.json"
        file.write_text(file.read_text("utf-8").replace('"version":2', '"version":1'))
        assert states(ask, settings) == [("2025-06", "North", "en", "other version")]
        assert states(ask, settings, "--period", "2025-05") == []
        assert "printed by another version of kamreport; kamreport run prints it again" in ask("status").out


class TestPrune:
    @pytest.fixture
    def preview(self, settings: Settings) -> Path:
        put(settings, "North", below="preview")
        return settings.output / "preview" / "2025-06" / "North"

    def test_it_shows_first_and_removes_if_told(self, settings: Settings, ask: Ask, preview: Path) -> None:
        size = sum(file.stat().st_size for file in preview.iterdir())
        shown = ask("prune", "--older-than", "30d", at=settings.root)
        assert (shown.status, shown.err) == (0, "")
        heads, row, total = shown.out.splitlines()
        assert heads.split() == ["What", "Period", "Number", "Size"]
        assert row.split()[:3] == ["preview", "2025-06", "1"]
        assert total == (f"{size / 1000:.1f} kB would go; remove it with: kamreport prune --older-than 30d --delete")
        assert preview.is_dir()
        gone = ask("prune", "--older-than", "30d", "--delete")
        assert (gone.status, gone.out.splitlines()[-1]) == (0, f"{size / 1000:.1f} kB removed")
        assert not preview.exists()
        assert ask("prune", "--older-than", "30d").out == "nothing to remove is older than 30d\n"

    def test_reports_stay_unless_named(self, settings: Settings, ask: Ask) -> None:
        put(settings, "North")
        assert "nothing to remove" in ask("prune", "--older-than", "30d", "--delete", at=settings.root).out
        shown = ask("prune", "--older-than", "30d", "--reports")
        assert "kamreport prune --older-than 30d --reports --delete" in shown.out
        assert ask("prune", "--older-than", "30d", "--reports", "--delete").status == 0
        assert states(ask, settings) == []

    def test_loads_out_of_use_go_and_the_one_in_use_stays(self, settings: Settings, ask: Ask) -> None:
        kept = load_store(settings)
        old = settings.store / "old"
        (old / "tables").mkdir(parents=True)
        (old / "tables" / "x.parquet").write_bytes(b"1234")
        os.utime(old, (0, 0))
        gone = ask("prune", "--older-than", "30d", "--delete", at=settings.root)
        assert gone.out.splitlines()[-1] == "4 bytes removed"
        assert [one.name for one in settings.store.iterdir() if one.is_dir()] == [kept.key]

    @pytest.mark.parametrize("age", ["90", "3m", "-1d", "90 d", "", "123456d"])
    def test_an_age_is_a_number_of_days(self, settings: Settings, ask: Ask, age: str) -> None:
        answer = ask("prune", f"--older-than={age}", at=settings.root)
        assert (error(answer), answer.status) == (f"age '{age}' is not understood; give days, as 90d", 2)

    def test_it_waits_for_no_run(self, settings: Settings, ask: Ask, preview: Path) -> None:
        with locked(settings.output):
            assert ask("prune", "--older-than", "30d", at=settings.root).status == 0
            answer = ask("prune", "--older-than", "30d", "--delete")
        assert answer.status == 75
        assert error(answer).startswith(f"{settings.output} is in use by process ")
        assert preview.is_dir()
