"""Whole runs with real kernels and processes: how they fail, how they are stopped, and that nothing survives them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import pypdfium2
import pytest

from kamreport.errors import LockedError, UsageError
from kamreport.publish import engine, printing, processes
from kamreport.publish.engine import Executed
from kamreport.publish.lock import locked
from kamreport.publish.manifest import find_manifests, is_whole, read_manifest
from kamreport.publish.press import Event, run_jobs
from kamreport.settings import load_settings
from tests.publish import warm_ups
from tests.publish.conftest import MakeBrowser, is_alive
from tests.publish.desk import (
    PARAMETERS,
    batch,
    bundle,
    executed,
    figure,
    opening,
    plan,
    prints,
    prints_but_dies,
    record,
    shows,
)
from tests.publish.desk import workspace as new_workspace

CANARY = "ACME Corp 12345"
REPOSITORY = Path(__file__).parents[2]
WARM_UP = "kamreport.cli.warming:warm_up"

ENDS = f"""
import os, sys
if region == "East":
    raise ValueError("{CANARY}")
if region == "South":
    os.kill(os.getpid(), 9)
if region == "West":
    sys.exit(0)
"""


@pytest.mark.slow
def test_a_run_publishes_what_is_good_and_says_of_the_rest_how_it_ended(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shown = shows(bundle(opening()), bundle(figure()), bundle(record(amount=9e5, title="Three accounts were lost")))
    settings = new_workspace(tmp_path, chapters={"one": [ENDS, shown]})
    made = batch(settings, "North", "East", "South", "West")
    events: list[Event] = []
    results = run_jobs(made, plan(made), workers=2, warm_up=WARM_UP, tell=events.append)
    assert {one.region: (one.state, one.reason) for one in results} == {
        "North": ("done", ""),
        "East": ("failed", "one: ValueError in cell 3"),
        "South": ("killed", "one: the kernel was killed (signal 9) in cell 3, perhaps for want of memory"),
        "West": ("failed", "one: the notebook ended before its last cell"),
    }
    folder = settings.output / "2025-06" / "North"
    assert sorted(file.name for file in folder.iterdir()) == [
        "monthly.en.html",
        "monthly.en.json",
        "monthly.en.one.ipynb",
        "monthly.en.pdf",
        "monthly.en.png",
        "monthly.en.xlsx",
    ]
    manifest = read_manifest(folder / "monthly.en.json")
    assert manifest is not None
    assert is_whole(folder / "monthly.en.json", manifest)
    assert (manifest.printer, manifest.pages, manifest.not_printed) == ("weasyprint", 2, 0)
    assert [one.text for one in manifest.headline] == ["¥1.00M"]
    assert manifest.findings["one/lost"]["amount"] == 9e5
    document = pypdfium2.PdfDocument((folder / "monthly.en.pdf").read_bytes())
    said = document[0].get_textpage().get_text_range()
    document.close()
    assert "Three accounts were lost" in said
    assert '"execution"' not in (folder / "monthly.en.one.ipynb").read_text()
    kept = {file.parent.name for file in (settings.output / ".failed").rglob("*.ipynb")}
    assert kept == {"East", "South", "West"}
    others = [file for file in settings.output.rglob("*") if file.is_file() and ".failed" not in file.parts]
    # The notebook's own source holds the words; of what it has shown, none got out.
    told = "".join(capfd.readouterr()) + "".join(file.read_bytes().decode("latin-1") for file in others)
    told += "".join(f"{event.reason}{event.step}" for event in events)
    assert told.count(CANARY) == (folder / "monthly.en.one.ipynb").read_text().count(CANARY)


@pytest.mark.slow
@pytest.mark.parametrize("warm_up", [warm_ups.LITTLE, ""])
def test_a_printing_process_that_dies_fails_its_own_report_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warm_up: str
) -> None:
    # The function is named to the child, which must be able to import it.
    monkeypatch.setattr(processes, "_OWN", {**processes._OWN, "PYTHONPATH": str(REPOSITORY)})
    monkeypatch.setattr(engine, "run_chapter", lambda *_: Executed(executed(), {}))
    monkeypatch.setattr(printing, "make_report", prints_but_dies)
    made = batch(new_workspace(tmp_path), "South", "North")
    results = run_jobs(made, plan(made), workers=1, warm_up=warm_up)
    assert [(one.region, one.state, one.reason) for one in results] == [
        ("South", "failed", "print: the process ended (status 1)"),
        ("North", "done", ""),
    ]


@pytest.mark.parametrize(
    "parameters", [{"regoin": "x"}, {"smtp_password": "x"}, {"x=1;y": 1}, {"top": Path("x")}, {"top": float("nan")}]
)
def test_a_parameter_that_may_not_be_is_refused_before_any_kernel_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parameters: dict[str, object]
) -> None:
    """The door plans and checks; nothing is run that was not planned."""
    from tests.publish.desk import write_notebook

    monkeypatch.setattr(engine, "run_chapter", lambda *_: pytest.fail("a kernel was started"))
    settings = new_workspace(tmp_path)
    write_notebook(settings.notebooks / "one.ipynb", parameters=f"{PARAMETERS}\nsmtp_password = ''\ntop: int = 5")
    made = batch(settings, "North", parameters=parameters)
    with pytest.raises(UsageError) as raised:
        plan(made)
    assert next(iter(parameters)) in str(raised.value)


DRIVER = """
if __name__ == "__main__":
    import sys
    from pathlib import Path

    from tests.publish.desk import batch, plan, prints

    from kamreport.errors import KamreportError
    from kamreport.publish import press, printing, processes
    from kamreport.settings import load_settings

    if sys.argv[2] == "quick":
        processes._OWN["PYTHONPATH"] = sys.argv[4]
        printing.make_report = prints
    made = batch(load_settings(Path(sys.argv[1])), *sys.argv[5:])
    try:
        results = press.run_jobs(
            made, plan(made), workers=1, warm_up=sys.argv[3],
            tell=lambda told: print(told.kind, told.job.region, told.step, flush=True),
        )
    except KamreportError as error:
        print(type(error).__name__, error)
        sys.exit(error.exit_status)
    print(*(one.state for one in results))
"""

HANGS = """
import os, pathlib, subprocess, sys, time
if region == "South" and pathlib.Path({trap!r}).exists():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    pathlib.Path({pids!r}).write_text(f"{{os.getpid()}} {{child.pid}}\\n")
    time.sleep(600)
"""


class Driver:
    """A run in a process of its own, whose kernels and printers can be told by a mark in their environment."""

    def __init__(
        self, root: Path, how: str, *, warm_up: str = WARM_UP, regions: Sequence[str] = ("North", "South"),
        **environment: str,
    ) -> None:  # fmt: skip
        self.mark = f"run-{os.urandom(8).hex()}"
        (root / "driver.py").write_text(DRIVER)
        self.process = subprocess.Popen(
            [sys.executable, str(root / "driver.py"), str(root), how, warm_up, str(REPOSITORY), *regions],
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), "KAM_TEST_RUN": self.mark, **environment},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def end(self) -> tuple[int, list[str]]:
        said, _ = self.process.communicate(timeout=300)
        return self.process.returncode, said.splitlines()

    def survivors(self) -> list[int]:
        """Kernels and printers that are still there ten seconds later."""
        until = time.monotonic() + 10
        while (found := [one.pid for one in psutil.process_iter() if self._is_ours(one)]) and time.monotonic() < until:
            time.sleep(0.05)
        return found

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get("KAM_TEST_RUN") == self.mark and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False


def wait_for(file: Path) -> list[int]:
    """Process ids that a notebook or a browser has written down."""
    until = time.monotonic() + 300
    while not (file.exists() and file.read_text().endswith("\n")):
        assert time.monotonic() < until, "nothing came that far"
        time.sleep(0.02)
    return [int(pid) for pid in file.read_text().split()]


def printed(output: Path, region: str) -> None:
    """Wait until a region's report is published."""
    until = time.monotonic() + 300
    while read_manifest(output / "2025-06" / region / "monthly.en.json") is None:
        assert time.monotonic() < until, "nothing was published"
        time.sleep(0.02)


@pytest.fixture
def hanging(tmp_path: Path) -> Path:
    """A workspace whose notebook hangs over the region South as long as there is a trap."""
    cell = HANGS.format(trap=str(tmp_path / "trap"), pids=str(tmp_path / "pids"))
    new_workspace(tmp_path, chapters={"one": [cell, shows(bundle(opening()), bundle(record()))]})
    (tmp_path / "trap").touch()
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("warm_up", [warm_ups.LITTLE, ""])
def test_ctrl_c_ends_a_run_in_a_kernel_and_the_next_run_prints_the_rest(
    hanging: Path, monkeypatch: pytest.MonkeyPatch, warm_up: str
) -> None:
    output = hanging / "output"
    driver = Driver(hanging, "quick", warm_up=warm_up)
    pids = wait_for(hanging / "pids")
    printed(output, "North")
    made = batch(new_workspace(hanging / "other"), "North")
    with pytest.raises(LockedError) as raised, locked(output):
        run_jobs(made, plan(made), workers=1)
    assert f"is in use by process {driver.process.pid} on " in str(raised.value)
    started = time.monotonic()
    driver.process.send_signal(signal.SIGINT)
    status, said = driver.end()
    assert time.monotonic() - started < 6
    assert status == 130
    assert said[-1] == "Interrupted stopped; what is published is whole, run again to print the rest"
    assert driver.survivors() == []
    assert not [pid for pid in pids if is_alive(pid)]
    assert {one.region: is_whole(file, one) for file, one in find_manifests(output)} == {"North": True}
    assert not list(output.rglob(".part-*"))
    (hanging / "trap").unlink()
    monkeypatch.setattr(processes, "_OWN", {**processes._OWN, "PYTHONPATH": str(REPOSITORY)})
    monkeypatch.setattr(printing, "make_report", prints)
    made = batch(load_settings(hanging), "North", "South")
    assert [one.state for one in run_jobs(made, plan(made), workers=1)] == ["reused", "done"]


@pytest.mark.slow
def test_a_signal_ends_a_run_in_a_browser_and_lets_no_other_start(tmp_path: Path, browser: MakeBrowser) -> None:
    new_workspace(tmp_path)
    folder = browser("sleep 600 & echo $$ $! >>$here/pids; wait")
    path = f"{folder}:{os.environ['PATH']}"
    driver = Driver(tmp_path, "whole", KAMREPORT_PRINTER="browser", PATH=path)
    wait_for(folder / "pids")
    # A second report is waiting to be printed.
    said = iter(driver.process.stdout or ())
    assert "start North print" in (line.strip() for line in said)
    time.sleep(0.3)
    started = time.monotonic()
    driver.process.send_signal(signal.SIGTERM)
    status, _ = driver.end()
    pids = wait_for(folder / "pids")
    assert status == 143
    assert len(pids) == 2
    assert time.monotonic() - started < 6
    assert driver.survivors() == []
    assert not [pid for pid in pids if is_alive(pid)]
    assert find_manifests(tmp_path / "output") == []


@pytest.mark.slow
def test_nothing_survives_a_run_that_is_killed(hanging: Path) -> None:
    driver = Driver(hanging, "quick")
    _, of_the_notebook = wait_for(hanging / "pids")
    printed(hanging / "output", "North")
    driver.process.kill()
    driver.process.wait(60)
    assert driver.process.stdout is not None
    driver.process.stdout.close()
    assert driver.survivors() == []
    assert not is_alive(of_the_notebook)
