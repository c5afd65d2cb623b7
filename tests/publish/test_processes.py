"""Runs with real kernels: what is killed, hangs or wants too much memory, and what many reports leave behind."""

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from kamreport.publish import printing, processes
from kamreport.publish.press import Event, run_jobs
from tests.publish import warm_ups
from tests.publish.conftest import is_alive
from tests.publish.desk import batch, bundle, opening, plan, prints, record, shows, workspace
from tests.publish.test_run import Driver

REPOSITORY = Path(__file__).parents[2]
SHOWN = shows(bundle(opening()), bundle(record()))


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Print at once, and let the template import what warms it up here."""
    monkeypatch.setitem(processes._OWN, "PYTHONPATH", str(REPOSITORY))
    monkeypatch.setattr(printing, "make_report", prints)


# Killed again and again

KILLS = 6
REGIONS = [f"region {number:02}" for number in range(8)]
LEAVES_CHILDREN = """
import subprocess, time
for new_session in (False, True):
    child = subprocess.Popen(["sleep", "600"], start_new_session=new_session)
    open({pids!r}, "a").write(f"{{child.pid}}\\n")
time.sleep(0.05)
"""


def tree(output: Path) -> dict[str, Any]:
    """Every file below a folder; of manifests and the index what does not tell the time."""
    found: dict[str, Any] = {}
    for file in output.rglob("*"):
        name = str(file.relative_to(output))
        if file.is_dir() or name in (".lock", ".lock.holder", "index.html"):
            continue
        found[name] = file.read_bytes()
        if file.name == "manifest.json":
            jobs = json.loads(found[name])["jobs"]
            found[name] = [{**_timeless(one), "state": "", "reason": ""} for one in jobs]
        elif file.suffix == ".json":
            found[name] = _timeless(json.loads(found[name]))
    return found


def _timeless(manifest: dict[str, Any]) -> dict[str, Any]:
    first = {key: {**one, "printed_at": ""} for key, one in manifest["first"].items()}
    return {**manifest, "printed_at": "", "seconds": 0, "first": first}


@pytest.mark.slow
def test_runs_that_are_killed_at_any_moment_end_in_the_reports_of_one_that_was_not(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    leaves = LEAVES_CHILDREN.format(pids=str(pids))
    for root in (tmp_path / "killed", tmp_path / "whole"):
        workspace(root, chapters={"one": [leaves, SHOWN], "two": [shows(bundle(opening("two")))]})
    moments = random.Random(6)
    killed = 0
    for _ in range(KILLS):
        driver = Driver(tmp_path / "killed", "quick", warm_up=warm_ups.LITTLE, regions=REGIONS)
        assert driver.process.stdout is not None
        for _ in range(moments.randrange(1, 9)):
            driver.process.stdout.readline()
        time.sleep(moments.uniform(0, 0.3))
        driver.process.kill()
        killed += driver.process.wait(60) == -9
        driver.process.stdout.close()
        assert driver.survivors() == []
    assert killed == KILLS
    for root, states in ((tmp_path / "killed", {"done", "reused"}), (tmp_path / "whole", {"done"})):
        driver = Driver(root, "quick", warm_up=warm_ups.LITTLE, regions=REGIONS)
        status, said = driver.end()
        assert (status, set(said[-1].split())) == (0, states), said
        assert driver.survivors() == []
    assert tree(tmp_path / "killed" / "output") == tree(tmp_path / "whole" / "output")
    assert len(tree(tmp_path / "whole" / "output")) == len(REGIONS) * 5 + 1
    assert not [pid for pid in map(int, pids.read_text().split()) if is_alive(pid)]


# Hanging

HANGS = """
import ctypes, os, signal, time
print("so far")
open({pids!r}, "a").write(f"{{os.getpid()}}\\n")
if region == "North":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
if region == "South":
    ctypes.PyDLL(None).sleep(600)
"""


@pytest.mark.slow
@pytest.mark.usefixtures("_quick")
def test_a_report_that_hangs_is_ended_and_kept_as_far_as_it_ran(tmp_path: Path) -> None:
    """One in a loop that no interrupt ends, one in C with the interpreter's lock; neither would end by itself."""
    pids = tmp_path / "pids"
    settings = workspace(
        tmp_path, chapters={"one": [HANGS.format(pids=str(pids)), SHOWN]}, settings="[print]\nminutes = 0.15\n"
    )
    made = batch(settings, "North", "South", "East", "West")
    results = run_jobs(made, plan(made), workers=2, warm_up=warm_ups.LITTLE)
    assert {one.region: (one.state, one.reason) for one in results} == {
        "North": ("timed out", "one: not done after 0.15 minutes, in cell 3"),
        "South": ("timed out", "one: not done after 0.15 minutes, in cell 3"),
        "East": ("done", ""),
        "West": ("done", ""),
    }
    assert len(pids.read_text().split()) == 4
    assert not [pid for pid in map(int, pids.read_text().split()) if is_alive(pid)]
    kept = {file.parent.name: file.read_text() for file in (settings.output / ".failed").rglob("*.ipynb")}
    assert set(kept) == {"North", "South"}


# Wanting too much memory

WANTS_MEMORY = """
import time
began, held = time.time(), []
open({log!r}, "a").write(f"{{region}} {{began}} begun\\n")
while len(held) < {megabytes}[region]:
    held.append(b"x" * 2**20)
time.sleep(0.5)
open({log!r}, "a").write(f"{{region}} {{time.time()}} ended\\n")
"""


@contextmanager
def memory(limit: int) -> Iterator[None]:
    """Have no more than so many bytes of memory: kill the largest kernel, as the system would."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.01):
            sizes = {}
            for one in psutil.Process().children(recursive=True):
                try:
                    sizes[one] = one.memory_info().rss - one.memory_info().shared
                except psutil.NoSuchProcess:
                    continue
            if sum(sizes.values()) > limit:
                with suppress(psutil.NoSuchProcess):  # it has just ended
                    max(sizes, key=lambda one: sizes[one]).kill()
                over.wait(0.2)  # until it is gone

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.slow
@pytest.mark.usefixtures("_quick")
def test_a_kernel_that_is_killed_for_memory_gets_all_of_it_once(tmp_path: Path) -> None:
    """Two reports that fit only one after another are done; one that never fits is killed twice, and that is said."""
    log = tmp_path / "log"
    wanted = {"North": 300, "South": 300, "East": 10_000, "West": 1}
    cell = WANTS_MEMORY.format(log=str(log), megabytes=wanted)
    made = batch(workspace(tmp_path, chapters={"one": [cell, SHOWN]}), *wanted)
    events: list[Event] = []
    with memory(550 * 2**20):
        results = run_jobs(made, plan(made), workers=2, warm_up=warm_ups.LITTLE, tell=events.append)
    assert {one.region: one.state for one in results} == dict.fromkeys(wanted, "done") | {"East": "killed"}
    (reason,) = (one.reason for one in results if one.reason)
    assert reason.startswith("one: the kernel was killed (signal 9) in cell 3, perhaps for want of memory")
    again = [one.job.region for one in events if one.kind == "again"]
    assert "East" in again
    begun = [line.split()[0] for line in log.read_text().splitlines() if line.endswith("begun")]
    # What is begun once more is begun after all others, each when the one before has ended.
    assert sorted(begun[len(wanted) :]) == sorted(again)
    assert begun.count("East") == 2


# A hundred reports


@pytest.mark.slow
@pytest.mark.usefixtures("_quick")
def test_a_hundred_reports_leave_nothing_behind_in_press_and_template(tmp_path: Path) -> None:
    regions = [f"region {number:03}" for number in range(100)]
    made = batch(workspace(tmp_path, chapters={"one": [SHOWN]}), *regions)
    press = psutil.Process()
    others = {one.pid for one in press.children()}
    seen: list[list[int]] = []

    def look(event: Event) -> None:
        if event.kind != "done":
            return
        (template,) = (one for one in press.children() if one.pid not in others)
        # One that has just ended may still be there, those before it not.
        assert len(template.children()) <= 6, "what has ended is not reaped"
        seen.append([number for one in (press, template) for number in held(one)])

    results = run_jobs(made, plan(made), workers=4, warm_up=warm_ups.LITTLE, tell=look)
    assert {one.state for one in results} == {"done"}
    assert {one.pid for one in press.children()} == others
    # The first ones fill what is kept for the next; a slope is what one report more would add.
    slopes = np.polyfit(range(70), np.array(seen[30:], dtype=float), 1)[0]
    names = [f"{what} of the {whose}" for whose in ("press", "template") for what in ("files", "threads", "bytes")]
    allowed = {"files": 0.1, "threads": 0.05, "bytes": 50_000}
    found = dict(zip(names, slopes.round(3).tolist(), strict=True))
    assert {name: slope for name, slope in found.items() if slope > allowed[name.split()[0]]} == {}, found


def held(process: psutil.Process) -> tuple[int, int, int]:
    return process.num_fds(), process.num_threads(), process.memory_info().rss
