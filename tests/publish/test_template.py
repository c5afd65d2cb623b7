"""The template: what it must be before it may fork, and what becomes of a run that has none or loses it."""

import json
import os
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_core.paths import jupyter_path

from kamreport.errors import PrintError
from kamreport.publish import forking, printing, processes
from kamreport.publish.forking import ADDRESS, TemplateGone
from kamreport.publish.press import Event, run_jobs
from kamreport.publish.processes import Processes
from tests.publish import warm_ups
from tests.publish.desk import batch, bundle, opening, plan, prints, record, shows, workspace, write_notebook

REPOSITORY = Path(__file__).parents[2]
REGIONS = ("East", "North", "South")
ORDINARY = "ordinary kernels run, and take longer to start"
SHOWN = shows(bundle(opening()), bundle(record()))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Print at once, and let the template import what warms it up here."""
    monkeypatch.setitem(processes._OWN, "PYTHONPATH", str(REPOSITORY))
    monkeypatch.setattr(printing, "make_report", prints)


class Told:
    """A run over some regions, and what it has told."""

    def __init__(self, root: Path, *cells: str, warm_up: str, regions: tuple[str, ...] = REGIONS) -> None:
        self.remarks: list[str] = []
        self.events: list[Event] = []
        made = batch(workspace(root, chapters={"one": [*cells, SHOWN]}), *regions)
        results = run_jobs(
            made, plan(made), workers=2, warm_up=warm_up, tell=self.events.append, remark=self.remarks.append
        )
        self.states = {one.region: one.state for one in results}
        self.reasons = [one.reason for one in results if one.reason]


def children_of_the_press() -> list[int]:
    """But for that by which multiprocessing tidies up, which stays as long as the press."""
    found = []
    for one in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it has just ended
            found += [one.pid] if "resource_tracker" not in " ".join(one.cmdline()) else []
    return found


# Before anything runs


@pytest.mark.slow
def test_what_the_warm_up_finds_amiss_ends_the_run_before_anything_runs(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    before = children_of_the_press()
    with pytest.raises(PrintError) as raised:
        Told(tmp_path, f"open({str(begun)!r}, 'w')", warm_up=f"{warm_ups.__name__}:finds_a_fault")
    assert str(raised.value) == "no typeface draws 2025年6月; install one for Chinese"
    assert raised.value.exit_status == 1
    assert not begun.exists()
    assert children_of_the_press() == before


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["leaves_a_thread", "breaks"])
def test_a_template_that_may_not_or_cannot_fork_is_done_without(trouble: str, tmp_path: Path) -> None:
    before = children_of_the_press()
    of_the_press = f"import os\nassert os.getppid() == {os.getpid()}"
    told = Told(tmp_path, of_the_press, warm_up=f"{warm_ups.__name__}:{trouble}", regions=("North",))
    assert told.states == {"North": "done"}, told.reasons
    assert told.remarks == [f"the template could not be warmed up; {ORDINARY}"]
    assert children_of_the_press() == before


@pytest.mark.slow
def test_a_thread_in_the_template_is_said_on_standard_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with Processes({}, warm_up=f"{warm_ups.__name__}:leaves_a_thread") as started:
        started.wait_until_ready()
        assert ADDRESS not in os.environ
    assert "2 threads run after tests.publish.warm_ups:leaves_a_thread" in capfd.readouterr().err


@pytest.mark.slow
def test_where_nothing_can_be_forked_ordinary_kernels_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forking.sys, "platform", "darwin")
    told = Told(tmp_path, warm_up=warm_ups.LITTLE, regions=("North",))
    assert told.states == {"North": "done"}
    assert told.remarks == [f"processes cannot be forked on darwin; {ORDINARY}"]


# In the middle of a run

KILLS_THE_TEMPLATE = """
import os, pathlib, time
trap = pathlib.Path({trap!r})
if region == "North" and trap.exists():
    trap.unlink()
    os.kill(os.getppid(), 9)
    time.sleep(600)
"""


@pytest.mark.slow
def test_a_template_that_is_killed_takes_its_kernels_with_it_and_the_run_goes_on(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.touch()
    before = children_of_the_press()
    told = Told(tmp_path, KILLS_THE_TEMPLATE.format(trap=str(trap)), warm_up=warm_ups.LITTLE)
    assert told.states == dict.fromkeys(REGIONS, "done"), told.reasons
    again = {one.job.region: one.reason for one in told.events if one.kind == "again"}
    assert again["North"] == "one: the kernel was killed (signal 9) in cell 3"
    # Refused, or reset where it was asked just before its end.
    (remark,) = told.remarks
    assert re.fullmatch(rf"the template does not answer: \w+Error; {ORDINARY}", remark)
    assert children_of_the_press() == before


class Lost:
    """A template that goes while both workers wait for an answer."""

    address = "gone"

    def __init__(self, *_: object) -> None:
        self.asked = threading.Barrier(2, timeout=60)

    def wait_until_ready(self) -> None:
        pass

    def call(self, *_: object, **__: object) -> None:
        self.asked.wait()
        raise TemplateGone("the template does not answer")

    def close(self) -> None:
        pass


def test_workers_that_lose_the_template_at_once_say_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "available", lambda: True)
    monkeypatch.setattr(processes, "Template", Lost)
    monkeypatch.setattr(Processes, "_call_anew", lambda *_: "printed")
    remarks: list[str] = []
    with Processes({}, warm_up="any", remark=remarks.append) as started, ThreadPoolExecutor(2) as workers:
        made = [workers.submit(started.call, "North", abs) for _ in range(2)]
        assert [one.result() for one in made] == ["printed", "printed"]
    assert remarks == [f"the template does not answer; {ORDINARY}"]


# The provisioner, by its entry point

PLAIN = """
import json, os, sys
from kamreport.publish.lean import lean_imports
with lean_imports():
    import papermill
from jupyter_client.kernelspec import KernelSpecManager

if __name__ == "__main__":
    done = papermill.execute_notebook(sys.argv[1], None, kernel_name="python3", progress_bar=False)
    spec = KernelSpecManager().get_kernel_spec("python3")
    print(json.dumps([done.cells[-1].outputs[0].text, os.getpid(), spec.metadata]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("address", ["", "/nowhere/template"])
def test_without_a_template_the_provisioner_starts_an_ordinary_kernel(address: str, tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "one.ipynb", "import os\nprint(os.getppid(), os.getsid(0) == os.getpid())")
    (tmp_path / "plain.py").write_text(PLAIN)
    chosen = {"JUPYTER_DEFAULT_PROVISIONER_NAME": "kamreport-fork", ADDRESS: address}
    ran = subprocess.run(
        [sys.executable, str(tmp_path / "plain.py"), str(notebook)],
        env={**os.environ, **chosen}, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    said, press, metadata = json.loads(ran.stdout)
    assert said == f"{press} True\n"
    assert "kernel_provisioner" not in metadata


def kernelspecs() -> dict[Path, bytes]:
    folders = [Path(one) / "kernels" for one in jupyter_path()]
    return {file: file.read_bytes() for folder in folders for file in folder.rglob("*") if file.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("before", [None, "local-provisioner"])
def test_after_a_run_the_environment_and_jupyter_are_as_before(
    before: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "JUPYTER_DEFAULT_PROVISIONER_NAME"
    if before is None:
        monkeypatch.delenv(name, raising=False)
    else:
        monkeypatch.setenv(name, before)
    monkeypatch.setenv(ADDRESS, "/another/template")
    environment, files = dict(os.environ), kernelspecs()
    told = Told(tmp_path, warm_up=warm_ups.LITTLE, regions=("North",))
    assert (told.states, told.remarks) == ({"North": "done"}, [])
    assert dict(os.environ) == environment
    assert kernelspecs() == files
    assert KernelProvisionerFactory.instance().default_provisioner_name == "local-provisioner"
    KernelProvisionerFactory.clear_instance()
