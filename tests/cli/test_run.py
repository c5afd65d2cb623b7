"""`kamreport run` and `status`: mistakes before anything runs, progress, and what a run tells."""

import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console

from kamreport.cli.progress import Progress
from kamreport.publish import press, printing, processes
from kamreport.publish.jobs import Job
from kamreport.publish.manifest import read_period_manifest
from kamreport.publish.press import Event
from kamreport.settings import Settings
from tests.conftest import MakeWorkspace, monthly_lines
from tests.publish import desk, versions, warm_ups
from tests.publish.stand import Stand

from .conftest import Ask, error

# Mistakes


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--region", "Nort"],
            "region 'Nort' is not in the data; did you mean 'North'? Known: Central, East, North, Northeast, South, "
            "Southwest, all",
        ),
        (
            ["montly"],
            "report or chapter 'montly' does not exist; did you mean 'monthly'? Known: basis, churn, competitors, "
            "cover, customer_value, monthly",
        ),
        (["--period", "lastest"], "period 'lastest' is not understood; did you mean 'latest'?"),
        (
            ["--period", "2025-13"],
            "period '2025-13' is not understood; give a month (2025-06), a quarter (2025-Q2), a year (2025) or a range "
            "(2025-01..2025-06)",
        ),
        (
            ["--period", "2031-01"],
            "period '2031-01' lies after the data, which go up to 2025-06-30; choose an earlier one",
        ),
        (
            ["--period", "2025-06..2025-05"],
            "period '2025-06..2025-05' ends before it starts; give the earlier end first",
        ),
        (["-p", "x"], "parameter 'x' is not NAME=VALUE"),
        (["-p", "region=North"], "'region' has an option of its own; use --region"),
        (
            ["-p", "x=1"],
            "parameter 'x' is not in the parameters cells of these chapters. Known: none",
        ),
    ],
)
def test_a_mistake_is_one_line_before_anything_runs(
    arguments: list[str], said: str, ask: Ask, demo_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kamreport.publish.press.run_jobs", lambda *_, **__: pytest.fail("it ran"))
    answer = ask("run", *arguments, at=demo_root)
    assert (error(answer), answer.status, answer.out) == (said, 2, "")


@pytest.mark.parametrize("period", ["20205", "2025-13"])
def test_status_does_not_guess_a_period(period: str, ask: Ask, demo_root: Path) -> None:
    answer = ask("status", "--period", period, at=demo_root)
    assert error(answer).startswith(f"period '{period}' is not understood; give a month (2025-06)")
    assert answer.status == 2


def test_status_says_how_to_print_where_nothing_is(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "kamreport.toml").write_text("")
    answer = ask("status", "--period", "2025-06", at=tmp_path)
    assert (answer.status, answer.out) == (
        0, "nothing is printed for 2025-06; print with: kamreport run --period latest\n",
    )  # fmt: skip


def test_status_finishes_what_a_killed_run_has_left(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kamreport.toml").write_text("")
    folder = tmp_path / "output" / "2025-06" / "East"
    versions.publish(folder, "old")
    versions.leave_unfinished(folder, monkeypatch)
    answer = ask("status", at=tmp_path)
    assert "done" in answer.out
    assert "changed" not in answer.out


# Twenty regions, three of them bad

ENDS = """
import os, sys
if region.endswith("3"):
    raise KeyError("ACME Corp 12345")
if region.endswith("7"):
    sys.exit(0)
if region == "R11":
    os.kill(os.getpid(), 9)
if region == "R12":
    os._exit(1)
"""


@pytest.mark.slow
def test_bad_regions_fail_alone_and_every_answer_says_the_same(
    make_workspace: MakeWorkspace, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(processes._OWN, "PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.setattr(printing, "make_report", desk.prints)
    # The template holds what these notebooks and this printer need, and is ready sooner.
    run_jobs = press.run_jobs
    monkeypatch.setattr(press, "run_jobs", lambda *a, **more: run_jobs(*a, **{**more, "warm_up": warm_ups.LITTLE}))
    regions = [f"R{number:02}" for number in range(1, 21)]
    rows = [row for one in regions for row in monthly_lines(f"A{one}", {"2025-05": 1.0, "2025-06": 2.0}, region=one)]
    shown = desk.shows(desk.bundle(desk.opening()), desk.bundle(desk.record()))
    desk.write_notebook(tmp_path / "notebooks" / "one.ipynb", ENDS, shown)
    settings = make_workspace(transactions=rows, settings='[reports.monthly]\nchapters = ["one"]\n')
    chosen = [argument for one in regions for argument in ("--region", one)]
    answer = ask("run", "--period", "2025-06", "--jobs", "2", *chosen, at=tmp_path)
    bad = {
        "R03": ("failed", "one: KeyError in cell 3"),
        "R13": ("failed", "one: KeyError in cell 3"),
        "R07": ("failed", "one: the notebook ended before its last cell"),
        "R17": ("failed", "one: the notebook ended before its last cell"),
        "R11": ("killed", "one: the kernel was killed (signal 9) in cell 3, perhaps for want of memory"),
        "R12": ("failed", "one: the kernel ended (status 1) in cell 3"),
    }
    expected = dict.fromkeys(regions, ("done", "")) | bad
    assert answer.status == 1, answer
    assert "ACME" not in answer.out + answer.err
    listed = read_period_manifest(settings.output, "2025-06")
    assert {one.region: (one.state, one.reason) for one in listed} == expected
    told = json.loads(ask("status", "--period", "2025-06", "--json", at=tmp_path).out)["reports"]
    assert {one["region"]: (one["state"], one["reason"]) for one in told} == expected
    assert {one["region"] for one in told if one["notebook"]} == set(bad)


# Progress


@pytest.fixture
def jobs(tmp_path: Path) -> list[Job]:
    settings: Settings = desk.workspace(tmp_path, chapters={"one": [], "two": []})
    return desk.plan(desk.batch(settings, "North", "South"))


def _told(jobs: list[Job], *, terminal: bool) -> str:
    """What is written while the first job is printed and the second fails in its first chapter."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=terminal, width=160, highlight=False, _environ={})
    first, second = jobs
    with Progress(console, jobs) as progress:
        for step in ("one", "two", "print"):
            progress.tell(Event("start", first, step))
            progress.tell(Event("end", first, step))
        progress.tell(Event("done", first))
        progress.tell(Event("start", second, "one"))
        progress._bar.refresh()
        progress.tell(Event("end", second, "one"))
        progress.tell(Event("failed", second, reason="churn, cell 4: KeyError [red]"))
    return screen.getvalue()


def test_without_a_terminal_each_report_is_one_plain_line(jobs: list[Job]) -> None:
    lines = _told(jobs, terminal=False).splitlines()
    assert [re.sub(r"\d+ s", "0 s", line) for line in lines] == [
        "done   monthly 2025-06 North en  (0 s, 1 left)",
        "failed monthly 2025-06 South en: churn, cell 4: KeyError [red]  (0 s, 0 left)",
    ]


def test_in_a_terminal_a_bar_shows_what_runs_and_how_much_is_done(jobs: list[Job]) -> None:
    told = _told(jobs, terminal=True)
    # Three of six steps: two chapters and the print of each of two reports.
    assert "3/6" in told
    assert "South en: one" in told
    assert "failed monthly 2025-06 South en: churn, cell 4: KeyError [red]" in told
    assert "done   monthly" not in told


def test_what_is_reused_counts_as_done(jobs: list[Job]) -> None:
    screen = io.StringIO()
    with Progress(Console(file=screen, width=160), jobs) as progress:
        progress.tell(Event("reused", jobs[0]))
        assert progress._bar.tasks[0].completed == 3
    assert screen.getvalue().startswith("reused monthly 2025-06 North en  (")


# A whole run


@pytest.mark.slow
def test_a_run_tells_what_is_done_and_failed_without_customer_data(make_workspace: MakeWorkspace, ask: Ask) -> None:
    months = {f"2025-{month:02d}": 1000.0 for month in range(1, 7)}
    settings = '[reports.monthly]\nchapters = ["one"]\n[print]\nlanguages = ["en"]\n[data]\nup_to = 2025-06-30\n'
    root = make_workspace(settings=settings, transactions=monthly_lines("Hengtai", months)).root
    shows = desk.shows(desk.bundle(desk.opening()), desk.bundle(desk.record(title="Hengtai is lost")))
    fails = 'if region == "North":\n    raise ValueError("Hengtai owes 1,000,000")'
    desk.write_notebook(root / "notebooks" / "one.ipynb", shows, fails)

    first = ask("run", "--jobs", "1", at=root)
    assert first.status == 1
    assert "1 done, 1 failed" in first.err
    assert re.search(r"^failed monthly 2025-06 North en: one: ValueError in cell 4 ", first.err, re.MULTILINE)
    assert first.out == f"{root / 'output' / 'index.html'}\n"
    assert "Hengtai" not in first.out + first.err
    assert "\x1b" not in first.out + first.err

    status = ask("status")
    assert status.status == 0
    assert [line.split()[:5] for line in status.out.splitlines()[1:3]] == [
        ["2025-06", "all", "monthly", "en", "done"],
        ["2025-06", "North", "monthly", "en", "failed"],
    ]
    assert "Hengtai" not in status.out

    again = ask("run", "--jobs", "1", "--region", "all")
    assert (again.status, "1 reused" in again.err) == (0, True)

    preview = ask("run", "one", "--jobs", "1", "--region", "all")
    assert (preview.status, preview.out) == (0, f"{root / 'output/preview/2025-06/all/one.en.html'}\n")


# What a run prints, without kernels


@pytest.fixture
def printed(make_workspace: MakeWorkspace, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of one region whose reports of May and June are printed."""
    stand = Stand()
    monkeypatch.setattr("kamreport.publish.engine.run_chapter", stand.run)
    monkeypatch.setattr("kamreport.publish.printing.make_report", stand.print)
    monkeypatch.setattr("kamreport.publish.processes.Processes", stand.processes)
    months = {f"2025-0{month}": 10.0 for month in range(1, 7)}
    root = make_workspace(transactions=monthly_lines("A", months)).root
    answer = ask("run", "--period", "2025-05..2025-06", at=root)
    assert (answer.status, answer.err.splitlines()[-1]) == (0, "4 done")
    return root


def _rule(root: Path) -> None:
    file = root / "kamreport.toml"
    file.write_text(f"[rules]\nmaterial_share = 0.01\n{file.read_text()}")


def test_missing_prints_only_what_was_never_printed(printed: Path, ask: Ask) -> None:
    _rule(printed)
    asked = ("run", "--period", "2025-04..2025-06", "--region", "North", "--missing")
    first, again = ask(*asked, at=printed), ask(*asked, at=printed)
    assert first.err.splitlines()[-1] == "1 done"
    assert "done   monthly 2025-04 North en" in first.err
    assert (again.status, again.err.splitlines()[-1]) == (0, "nothing to do")
    (printed / "output" / "2025-05" / "North" / "monthly.en.pdf").unlink()
    assert "done   monthly 2025-05 North en: damaged: monthly.en.pdf" in ask(*asked, at=printed).err


def test_a_run_says_once_why_it_has_printed_again(printed: Path, ask: Ask) -> None:
    _rule(printed)
    answer = ask("run", "--period", "2025-05..2025-06", at=printed)
    assert answer.err.splitlines()[-2:] == [
        "4 done",
        "  printed again, changed: rules: 2025-05 all en, 2025-05 North en, 2025-06 all en, 2025-06 North en",
    ]
    assert ask("run", "--period", "2025-05..2025-06", at=printed).err.splitlines()[-1] == "4 reused"


def test_a_manifest_says_in_which_encoding_the_data_were_read(printed: Path, ask: Ask) -> None:
    def encodings() -> list[object]:
        return [one.encodings for one in read_period_manifest(printed / "output", "2025-06")]

    assert encodings() == [{"transactions": {"transactions.csv": "utf-8"}}] * 2
    file = printed / "data" / "transactions.csv"
    file.write_bytes(file.read_text().encode("utf-16"))
    assert "2 reused" in ask("run", "--period", "2025-06", at=printed).err
    assert encodings() == [{"transactions": {"transactions.csv": "utf-16"}}] * 2
