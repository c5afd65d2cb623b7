"""A second run: what is there and unchanged is kept, what is missing or changed is printed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kamreport.period import Period
from kamreport.publish.jobs import plan_jobs
from kamreport.publish.manifest import read_manifest
from kamreport.publish.press import Event, run_jobs
from kamreport.settings import Settings, load_settings
from tests.publish.desk import JUNE, batch, workspace, write_notebook
from tests.publish.stand import Stand, run_all, states

MAY = Period.parse("2025-05")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return workspace(tmp_path, chapters={"one": [], "two": []})


def test_a_second_run_reuses_everything(settings: Settings, stand: Stand) -> None:
    first = run_all(settings)
    stand.forget()
    events: list[Event] = []
    again = run_all(settings, events=events)
    assert set(states(again).values()) == {"reused"}
    assert [one.model_copy(update={"state": "done"}) for one in again] == first
    assert (stand.ran, stand.printed) == ([], [])
    assert {one.kind for one in events} == {"reused"}


def _changed_notebook(settings: Settings) -> None:
    write_notebook(settings.notebooks / "two.ipynb", "other")


def _changed_template(settings: Settings) -> None:
    (settings.root / "templates").mkdir()
    (settings.root / "templates" / "section.css").write_text("p {}")
    for name in ("index.css", "index.html.j2"):
        (settings.root / "templates" / name).write_text("")


def _changed_settings(settings: Settings) -> None:
    file = settings.root / "kamreport.toml"
    file.write_text(f"[rules]\nmaterial_share = 0.01\n{file.read_text()}")


@pytest.mark.parametrize("change", [_changed_notebook, _changed_template, _changed_settings])
def test_what_is_printed_from_other_things_is_printed_again(
    settings: Settings, stand: Stand, change: Callable[[Settings], None]
) -> None:
    run_all(settings)
    stand.forget()
    change(settings)
    assert set(states(run_all(load_settings(settings.root))).values()) == {"done"}
    assert len(stand.ran) == 8


@pytest.mark.parametrize("spoil", [Path.unlink, lambda file: file.write_bytes(b"x")])
@pytest.mark.parametrize("name", ["monthly.en.pdf", "monthly.en.json"])
def test_a_report_that_is_not_whole_is_printed_again(
    settings: Settings, stand: Stand, name: str, spoil: Callable[[Path], Any]
) -> None:
    run_all(settings)
    spoil(settings.output / "2025-06" / "North" / name)
    assert states(run_all(settings)) == {"all": "reused", "North": "done", "South": "reused", "West": "reused"}


def test_force_prints_what_is_there(settings: Settings, stand: Stand) -> None:
    run_all(settings)
    assert set(states(run_all(settings, force=True)).values()) == {"done"}


def test_a_report_looks_back_at_the_one_before_it_and_follows_its_changes(settings: Settings, stand: Stand) -> None:
    stand.findings = {"one/lost": {"title": "Lost", "amount": 5.0}}
    made = batch(settings, "North")
    jobs = plan_jobs(made, [], [], [JUNE, MAY], ["en"])
    assert [one.period for one in run_jobs(made, jobs, workers=2)] == ["2025-05", "2025-06"]
    assert stand.before == {("2025-05", "North"): None, ("2025-06", "North"): stand.findings}
    assert [one.state for one in run_jobs(made, jobs, workers=2)] == ["reused", "reused"]
    # May says something else; its findings are part of what June is printed from.
    stand.findings = {"one/lost": {"title": "Lost", "amount": 6.0}}
    run_jobs(made, jobs[:1], workers=2, force=True)
    assert [one.state for one in run_jobs(made, jobs, workers=2)] == ["reused", "done"]
    assert stand.before["2025-06", "North"] == stand.findings


def test_a_preview_enters_neither_index_nor_list(settings: Settings, stand: Stand) -> None:
    (result,) = run_all(settings, "North", names=["two"])
    assert result.state == "done"
    assert read_manifest(settings.output / "preview" / "2025-06" / "North" / "two.en.json") == result
    assert not (settings.output / "index.html").exists()
    assert not (settings.output / "2025-06").exists()


def test_without_jobs_nothing_happens(settings: Settings, stand: Stand) -> None:
    assert run_jobs(batch(settings), [], workers=2) == []
