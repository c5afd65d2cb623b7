"""A second run: what is there and unchanged is kept, what is missing or changed is printed."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kamreport.period import Period
from kamreport.publish.forking import ChildDied
from kamreport.publish.jobs import plan_jobs
from kamreport.publish.manifest import read_manifest
from kamreport.publish.press import Event, is_printed, run_jobs
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
    assert {one.reason for one in again} == {""}
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


class TestData:
    """Another load is not other data: what counts is what the notebooks have read."""

    def run(self, settings: Settings, load_key: str, changed: set[str], asked: list[str]) -> list[str]:
        def told(inputs: Mapping[str, str]) -> list[str]:
            asked.extend(inputs)
            return sorted(changed & inputs.keys())

        made = replace(batch(settings, "North", "South", load_key=load_key), changed=told)
        results = run_jobs(made, plan_jobs(made, [], [], [JUNE], ["en"]), workers=2)
        return [f"{one.state} {one.reason}".strip() for one in results]

    def test_a_report_whose_inputs_are_the_same_is_kept(self, settings: Settings, stand: Stand) -> None:
        stand.inputs = {"region.ledger": "a", "company.company": "b"}
        north, south = (
            {f"region.ledger @ 2025-06 {region}", f"company.company @ 2025-06 {region}"}
            for region in ("North", "South")
        )
        asked: list[str] = []
        assert self.run(settings, "load-1", set(), asked) == ["done", "done"]
        assert self.run(settings, "load-1", north | south, asked) == ["reused", "reused"]
        assert asked == []  # in the same load nothing can have changed
        assert self.run(settings, "load-2", north, asked) == [
            "done changed: figures of the company: company; rows of North: ledger",
            "reused",
        ]
        assert set(asked) == north | south
        asked.clear()
        assert self.run(settings, "load-2", north | south, asked) == ["reused", "reused"]
        assert asked == []  # what was found to stand is not looked at again

    def test_a_report_whose_inputs_cannot_be_read_again_is_printed(self, settings: Settings, stand: Stand) -> None:
        stand.inputs = {"region.ledger": "a"}
        run_all(settings, "North", "South")

        def fails(inputs: Mapping[str, str]) -> list[str]:
            raise ChildDied(-9) if "region.ledger @ 2025-06 North" in inputs else ValueError

        made = replace(batch(settings, "North", "South", load_key="load-2"), changed=fails)
        results = run_jobs(made, plan_jobs(made, [], [], [JUNE], ["en"]), workers=2)
        assert {(one.state, one.reason) for one in results} == {("done", "its inputs could not be read again")}
        assert all(one.seconds < 60 for one in results)

    def test_without_a_way_to_look_another_load_is_other_data(self, settings: Settings, stand: Stand) -> None:
        run_all(settings, "North")
        (result,) = run_all(settings, "North", load_key="load-2")
        assert (result.state, result.reason) == ("done", "changed: data")


def test_a_run_says_why_it_prints_again(settings: Settings, stand: Stand) -> None:
    run_all(settings, "North")
    assert run_all(settings, "North", force=True)[0].reason == "asked for"
    _changed_notebook(settings)
    _changed_settings(settings)
    assert run_all(load_settings(settings.root), "North")[0].reason == "changed: notebook two, rules"
    (settings.output / "2025-06" / "North" / "monthly.en.pdf").write_bytes(b"")
    assert run_all(load_settings(settings.root), "North")[0].reason == "damaged: monthly.en.pdf"


def test_a_later_period_does_not_wait_for_other_regions(settings: Settings, stand: Stand) -> None:
    """Only for its own report of the period before, to which it looks back."""
    made = batch(settings, "North", "South")
    jobs = plan_jobs(made, [], [], [MAY, JUNE], ["en"])
    events: list[Event] = []
    ahead = threading.Event()

    def tell(event: Event) -> None:
        events.append(event)
        if (event.kind, str(event.job.period), event.job.region) == ("done", "2025-06", "North"):
            ahead.set()

    stand.in_kernel["South", "one"] = lambda: ahead.wait(60) and None
    run_jobs(made, jobs, workers=4, tell=tell)
    done = [(str(one.job.period), one.job.region) for one in events if one.kind == "done"]
    assert done.index(("2025-06", "North")) < done.index(("2025-05", "South"))


def test_what_was_ever_printed_and_is_whole_is_not_missing(settings: Settings, stand: Stand) -> None:
    run_all(settings, "North")
    made = batch(settings, "North", "South")
    north, south = plan_jobs(made, [], [], [JUNE], ["en"])
    _changed_notebook(settings)
    assert (is_printed(settings.output, north), is_printed(settings.output, south)) == (True, False)
    (settings.output / "2025-06" / "North" / "monthly.en.html").unlink()
    assert not is_printed(settings.output, north)


def test_a_preview_enters_neither_index_nor_list(settings: Settings, stand: Stand) -> None:
    (result,) = run_all(settings, "North", names=["two"])
    assert result.state == "done"
    assert read_manifest(settings.output / "preview" / "2025-06" / "North" / "two.en.json") == result
    assert not (settings.output / "index.html").exists()
    assert not (settings.output / "2025-06").exists()


def test_without_jobs_nothing_happens(settings: Settings, stand: Stand) -> None:
    assert run_jobs(batch(settings), [], workers=2) == []
