"""What is old goes and nothing else does, whatever happens in the middle."""

import errno
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from kamreport.errors import KamreportError, LockedError
from kamreport.publish.index import write_index
from kamreport.publish.lock import locked
from kamreport.publish.manifest import (
    find_failures,
    find_manifests,
    is_whole,
    read_manifest,
    write_atomically,
    write_period_manifest,
)
from kamreport.publish.pruning import find_old, prune
from kamreport.settings import Settings
from tests.publish.desk import workspace
from tests.publish.shelf import put

DAY = date(2025, 7, 10)
OLD, YOUNG = "2025-07-09T12:00:00Z", "2025-07-10T12:00:00Z"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return workspace(tmp_path)


def files(settings: Settings) -> set[str]:
    """Every file of the output, without the lock."""
    found = (file for file in settings.output.rglob("*") if file.is_file())
    return {str(file.relative_to(settings.output)) for file in found} - {".lock"}


def left_of(settings: Settings, **more: Any) -> set[str]:
    """What is left after pruning."""
    prune(settings, DAY, **more)
    return files(settings)


def failed_notebook(settings: Settings, name: str, day: str) -> str:
    """A failed notebook, last written at noon of a day."""
    file = settings.output / ".failed" / name
    write_atomically(file, b"{}")
    moment = datetime.fromisoformat(f"{day}T12:00:00").astimezone().timestamp()
    os.utime(file, (moment, moment))
    return f".failed/{name}"


def report(period: str, region: str = "North", folder: str = "") -> set[str]:
    return {f"{folder}{period}/{region}/monthly.en.{ending}" for ending in ("html", "pdf", "xlsx", "json")}


class TestWhatGoes:
    def test_previews_by_the_day_they_were_printed(self, settings: Settings) -> None:
        put(settings, "North", below="preview", printed_at=OLD)
        put(settings, "South", below="preview", printed_at=YOUNG)
        assert left_of(settings) == report("2025-06", "South", "preview/")

    def test_failed_notebooks_by_the_day_they_were_written(self, settings: Settings) -> None:
        failed_notebook(settings, "2025-06/North/monthly.en.one.ipynb", "2025-07-09")
        failed_notebook(settings, "preview/2025-06/North/one.en.one.ipynb", "2025-07-09")
        young = failed_notebook(settings, "2025-06/North/monthly.zh.one.ipynb", "2025-07-10")
        assert left_of(settings) == {young}

    def test_reports_only_if_asked_and_by_the_end_of_their_period(self, settings: Settings) -> None:
        for period in ("2025-05", "2025-06", "2025-07", "2025"):
            made = put(settings, "North", period, printed_at=OLD)
            write_period_manifest(settings.output, period, [made])
        write_index(settings)
        every = files(settings)
        assert left_of(settings) == every
        july = report("2025-07") | report("2025") | {"2025-07/manifest.json", "2025/manifest.json", "index.html"}
        assert left_of(settings, reports=True) == july
        html = (settings.output / "index.html").read_text("utf-8")
        assert ("2025-07/" in html, "2025-06/" in html) == (True, False)

    def test_a_period_ends_with_its_last_day(self, settings: Settings) -> None:
        put(settings, "North", "2025-06")
        assert find_old(settings, date(2025, 6, 30), reports=True) == []
        assert [one.period for one in find_old(settings, date(2025, 7, 1), reports=True)] == ["2025-06"]

    def test_what_failed_in_an_old_period_is_forgotten_with_it(self, settings: Settings) -> None:
        made = put(settings, "North", "2025-05")
        write_period_manifest(settings.output, "2025-04", [made.model_copy(update={"period": "2025-04", "state": "x"})])
        prune(settings, DAY, reports=True)
        assert find_failures(settings.output) == []
        assert files(settings) == set()

    def test_it_is_told_by_kind_period_and_size(self, settings: Settings) -> None:
        put(settings, "North", below="preview", printed_at=OLD)
        failed_notebook(settings, "2025-06/North/monthly.en.one.ipynb", "2025-07-09")
        made = put(settings, "North", "2025-05")
        write_period_manifest(settings.output, "2025-05", [made])
        sizes = {name: (settings.output / name).stat().st_size for name in files(settings)}
        told = find_old(settings, DAY, reports=True)
        assert [(one.kind, one.period, one.bytes) for one in told] == [
            ("preview", "2025-06", sum(sizes[name] for name in report("2025-06", folder="preview/"))),
            ("failed notebook", "2025-06", 2),
            ("report", "2025-05", sum(sizes[name] for name in report("2025-05"))),
            ("period manifest", "2025-05", sizes["2025-05/manifest.json"]),
        ]
        assert files(settings) == set(sizes)  # nothing has gone by being told
        assert prune(settings, DAY, reports=True) == told

    def test_empty_folders_go_too(self, settings: Settings) -> None:
        put(settings, "North", below="preview", printed_at=OLD)
        put(settings, "North", "2025-05")
        prune(settings, DAY, reports=True)
        assert [path.name for path in settings.output.iterdir()] == [".lock"]

    def test_an_output_that_was_never_printed_to_has_nothing_old(self, settings: Settings) -> None:
        assert find_old(settings, DAY, reports=True) == []
        assert not settings.output.exists()


class TestWhatStays:
    """What lies in the output and is not ours."""

    @pytest.fixture(autouse=True)
    def _old(self, settings: Settings) -> None:
        put(settings, "North", "2025-05")
        put(settings, "North", "2025-05", below="preview", printed_at=OLD)

    @pytest.mark.parametrize(
        "name",
        [
            "2025-05/North/monthly.en.docx",
            "2025-05/North/notes.en.pdf",
            "2025-05/North/monthly.en.mine.ipynb",
            "preview/2025-05/North/notes.txt",
            "preview/notes.json",
            ".failed/notes.txt",
            "2025-04/manifest.json",
            "2025-04/North/monthly.en.json",
        ],
    )
    def test_a_file_that_no_manifest_names(self, settings: Settings, name: str) -> None:
        write_atomically(settings.output / name, b"{}")
        assert left_of(settings, reports=True) == {name}

    def test_a_copy_of_a_report_elsewhere(self, settings: Settings) -> None:
        (settings.output / "2025-05").rename(settings.output / "kept")
        kept = report("kept")
        assert left_of(settings, reports=True) == kept

    def test_a_report_of_another_version(self, settings: Settings) -> None:
        file = settings.output / "2025-05" / "North" / "monthly.en.json"
        file.write_text(file.read_text("utf-8").replace('"version":2', '"version":3'))
        assert left_of(settings, reports=True) == report("2025-05")

    @pytest.mark.parametrize("linked", ["2025-05", "2025-05/North", "preview", "preview/2025-05"])
    def test_what_a_link_leads_to(self, settings: Settings, tmp_path: Path, linked: str) -> None:
        (settings.output / linked).rename(tmp_path / "elsewhere")
        (settings.output / linked).symlink_to(tmp_path / "elsewhere")
        before = {file for file in (tmp_path / "elsewhere").rglob("*") if file.is_file()}
        prune(settings, DAY, reports=True)
        assert {file for file in (tmp_path / "elsewhere").rglob("*") if file.is_file()} == before


class TestInTheMiddle:
    @pytest.fixture
    def full(self, settings: Settings) -> Settings:
        made = put(settings, "North", "2025-05")
        write_period_manifest(settings.output, "2025-05", [made])
        put(settings, "North", below="preview", printed_at=OLD)
        write_index(settings)
        return settings

    def test_a_run_that_writes_is_not_disturbed(self, full: Settings) -> None:
        before = files(full)
        with locked(full.output), pytest.raises(LockedError):
            prune(full, DAY, reports=True)
        assert files(full) == before

    @pytest.mark.parametrize("at", range(1, 10))
    def test_a_crash_leaves_no_half_report_that_counts_and_the_next_time_ends_it(
        self, full: Settings, monkeypatch: pytest.MonkeyPatch, at: int
    ) -> None:
        calls = _dying(monkeypatch, at, SystemExit())
        with pytest.raises(SystemExit):
            prune(full, DAY, reports=True)
        monkeypatch.undo()
        assert len(calls) == at
        for name in sorted(files(full) - {"index.html", "2025-05/manifest.json"}):
            # Whatever is left of a report is named by its manifest, and half a report is not whole.
            manifest = (full.output / name).with_name("monthly.en.json")
            found = read_manifest(manifest)
            assert found is not None
            named = [manifest.parent / one.name for one in found.files]
            assert is_whole(manifest, found) is all(file.is_file() for file in named)
        assert left_of(full, reports=True) == {"index.html"}
        assert find_manifests(full.output) == []
        assert "2025-05" not in (full.output / "index.html").read_text("utf-8")

    def test_what_cannot_be_removed_is_said_in_one_line(self, full: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        _dying(monkeypatch, 2, OSError(errno.EACCES, os.strerror(errno.EACCES)))
        with pytest.raises(KamreportError) as raised:
            prune(full, DAY, reports=True)
        monkeypatch.undo()
        assert str(raised.value) == (
            f"{full.output} cannot be written: Permission denied; free it or choose another workspace"
        )
        assert left_of(full, reports=True) == {"index.html"}


def _dying(monkeypatch: pytest.MonkeyPatch, at: int, error: BaseException) -> list[Path]:
    """Let the removal of a file fail, counted from one; the lock's own files do not count."""
    unlink, calls = Path.unlink, list[Path]()

    def dying(self: Path, missing_ok: bool = False) -> None:
        if not self.name.startswith(".lock"):
            calls.append(self)
            if len(calls) == at:
                raise error
        unlink(self, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", dying)
    return calls
