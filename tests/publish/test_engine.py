"""One chapter, one kernel: what it sees of the machine, how it may end, and what is said of it then."""

import ast
import os
import stat
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbformat import NotebookNode

from kamreport.publish import processes as press_processes
from kamreport.publish.engine import SENTINEL, ChapterFailed, _last_word, run_chapter
from kamreport.publish.processes import Processes
from tests.publish import warm_ups
from tests.publish.conftest import is_alive
from tests.publish.desk import PARAMETERS, write_notebook

VALUES = {"region": "North", "period": "2025-06", "language": "en"}
CANARY = "ACME Corp 12345"

LOOK_AROUND = """
import os, sys, importlib.util, IPython
import colorsys, psutil
shell = IPython.get_ipython()
print(repr({
    "cwd": os.getcwd(),
    "files": os.listdir("."),
    "mode": os.stat(".").st_mode,
    "environment": dict(os.environ),
    "path": sys.path,
    "colorsys": colorsys.__file__,
    "pandas": importlib.util.find_spec("pandas").origin,
    "startup": "STARTED" in globals(),
    "profile": shell.profile_dir.location,
    "region": region,
    "interpreter": sys.executable,
    "transport": shell.kernel.parent.transport,
    "listening": [one.laddr.ip for one in psutil.Process().net_connections("inet")],
    "modules": [name for name in sys.modules if "customize" in name],
    "history": shell.history_manager.enabled,
    "files open": [os.readlink(f"/proc/self/fd/{one}") for one in os.listdir("/proc/self/fd") if os.path.exists(
        f"/proc/self/fd/{one}")],
    "at birth": open("/proc/self/environ").read(),
}))
"""
WARM_UP = "kamreport.cli.warming:warm_up"
REPOSITORY = Path(__file__).parents[2]


def text_of(notebook: NotebookNode) -> str:
    """What the cells have printed."""
    return "".join(
        output["text"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stdout"
    )


def run(forks: Processes, file: Path, *cells: str, **metadata: Any) -> NotebookNode:
    return run_chapter(write_notebook(file, *cells, **metadata), VALUES, forks, "a report").notebook


def fail(forks: Processes, file: Path, *cells: str) -> ChapterFailed:
    with pytest.raises(ChapterFailed) as raised:
        run(forks, file, *cells)
    return raised.value


@pytest.fixture(scope="module", params=["forked", "started anew"])
def surroundings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a kernel sees that was started amid traps, from a notebook that was saved with a conda kernel."""
    root = tmp_path_factory.mktemp("traps")
    touched = root / "touched"
    home, here, notebooks = root / "home", root / "here", root / "notebooks"
    trap = f"open({str(touched)!r}, 'a').write(__file__ + '\\n')\nSTARTED = True\n"
    startup = [folder / "profile_default" / "startup" for folder in (home / ".ipython", root / "ipython")]
    site = home / ".local" / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    for folder in (here, notebooks, site, root / "path", *startup):
        folder.mkdir(parents=True)
        for name in ("pandas.py", "colorsys.py", "usercustomize.py", "sitecustomize.py", "00.py"):
            (folder / name).write_text(trap)
    notebook = write_notebook(
        notebooks / "one.ipynb",
        LOOK_AROUND,
        kernelspec={"name": "conda-env-reports-py", "display_name": "Python (reports)", "language": "python"},
    )
    before = notebook.read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(here)
        patch.setattr(tempfile, "tempdir", str(root))
        for name, value in {
            "HOME": str(home),
            "IPYTHONDIR": str(root / "ipython"),
            "PYTHONPATH": str(root / "path"),
            "PYTHONSTARTUP": str(here / "00.py"),
            "SMTP_PASSWORD": CANARY,
            "KAM_API_KEY": CANARY,
            "WAREHOUSE": f"postgresql://reports:{CANARY.replace(' ', '')}@host/db",
            "HARMLESS": "kept",
        }.items():
            patch.setenv(name, value)
        remarks: list[str] = []
        warm_up = WARM_UP if request.param == "forked" else ""
        with Processes({"KAMREPORT_LOAD": "load-1"}, warm_up=warm_up, remark=remarks.append) as processes:
            done = run_chapter(notebook, VALUES, processes, "a report").notebook
        seen: dict[str, Any] = ast.literal_eval(text_of(done))
        seen["done"] = done
        seen["remarks"] = remarks
        seen["touched"] = touched.read_text() if touched.exists() else ""
        seen["unchanged"] = notebook.read_bytes() == before
        seen["left"] = [file.name for file in root.glob("kam-*")]
    return seen


@pytest.mark.slow
class TestSurroundings:
    def test_a_kernel_works_in_a_fresh_empty_folder_of_its_own(self, surroundings: dict[str, Any]) -> None:
        assert surroundings["files"] == []
        assert stat.S_IMODE(surroundings["mode"]) == 0o700
        assert not Path(surroundings["cwd"]).exists()
        assert surroundings["left"] == []

    def test_no_module_or_startup_file_of_a_folder_at_hand_is_run(self, surroundings: dict[str, Any]) -> None:
        assert surroundings["touched"] == ""
        assert not surroundings["startup"]
        assert "site-packages" in surroundings["pandas"]
        assert Path(surroundings["colorsys"]).parent == Path(os.__file__).parent
        assert surroundings["modules"] == []

    def test_the_users_profile_stays_outside(self, surroundings: dict[str, Any]) -> None:
        assert Path(surroundings["profile"]).is_relative_to(Path(surroundings["cwd"]).parent)

    def test_no_secret_of_the_environment_reaches_the_kernel(self, surroundings: dict[str, Any]) -> None:
        assert CANARY.replace(" ", "") not in "".join(surroundings["environment"].values()).replace(" ", "")
        assert surroundings["environment"]["HARMLESS"] == "kept"
        assert surroundings["environment"]["KAMREPORT_LOAD"] == "load-1"
        assert CANARY.replace(" ", "") not in surroundings["at birth"].replace(" ", "")

    def test_no_history_is_kept(self, surroundings: dict[str, Any]) -> None:
        assert surroundings["history"] is False
        assert not [one for one in surroundings["files open"] if "history" in one]

    def test_nothing_had_to_be_remarked(self, surroundings: dict[str, Any]) -> None:
        assert surroundings["remarks"] == []

    def test_a_kernel_talks_over_private_sockets(self, surroundings: dict[str, Any]) -> None:
        assert surroundings["transport"] == "ipc"
        # ipykernel's own pipe for the output of child processes, which only takes in and asks for a secret of its own.
        assert surroundings["listening"] in ([], ["127.0.0.1"])

    def test_a_notebook_saved_with_another_kernel_runs_on_our_interpreter(self, surroundings: dict[str, Any]) -> None:
        assert surroundings["interpreter"] == sys.executable
        assert surroundings["region"] == "North"

    def test_the_notebook_on_disk_is_not_written_to(self, surroundings: dict[str, Any]) -> None:
        assert surroundings["unchanged"]

    def test_the_result_has_no_cell_of_the_press(self, surroundings: dict[str, Any]) -> None:
        tags = [cell.metadata.get("tags", []) for cell in surroundings["done"].cells]
        assert tags == [[], ["parameters"], ["injected-parameters"], []]
        whole = nbformat.writes(surroundings["done"])
        assert SENTINEL not in whole
        assert "papermill" not in whole


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("import sys; sys.exit(0)", "the notebook ended before its last cell"),
        ("raise SystemExit", "the notebook ended before its last cell"),
        ("import os; os._exit(0)", "the kernel ended (status 0) in cell 4"),
        ("import os; os._exit(7)", "the kernel ended (status 7) in cell 4"),
        ("import os; os.kill(os.getpid(), 9)", "the kernel was killed (signal 9) in cell 4"),
        ("import ctypes; ctypes.string_at(0)", "the kernel was killed (signal 11) in cell 4"),
        ("import sys; sys.exit(3)", "SystemExit in cell 4"),
        ("assert False, region + '{canary}'", "AssertionError in cell 4"),
        ("import sqlite3\nraise sqlite3.DataError('{canary}')", "DataError in cell 4"),
        ("class UsageError(Exception): ...\nraise UsageError('{canary}')", "UsageError in cell 4"),
        ("from kamreport.errors import DataError\nraise DataError('{canary}')", "DataError in cell 4"),
        (
            "from kamreport.language import Language\nLanguage('xx')",
            "UsageError in cell 4: language 'xx' does not exist. Known: en, zh",
        ),
        ("x = = 1", "SyntaxError in cell 4"),
    ],
)
def test_a_chapter_that_does_not_reach_its_end_has_failed(
    forks: Processes,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    cell: str,
    reason: str,
) -> None:
    error = fail(forks, tmp_path / "one.ipynb", "%md a note", cell.replace("{canary}", CANARY), "print('went on')")
    assert error.reason == reason
    assert error.killed == ("signal" in reason)
    assert str(error) == reason
    assert error.notebook is not None
    assert "went on" not in text_of(error.notebook)
    assert "papermill" not in error.notebook.metadata
    told = "".join(capfd.readouterr()) + caplog.text
    assert CANARY not in told
    assert "Traceback" not in told


@pytest.mark.slow
def test_the_sentinel_of_another_run_proves_nothing(forks: Processes, tmp_path: Path) -> None:
    word = {"token": "0123456789abcdef", "inputs": {}}
    forged = f"from IPython.display import display\ndisplay({{{SENTINEL!r}: {word!r}}}, raw=True)"
    error = fail(forks, tmp_path / "one.ipynb", forged, f"import sys\n{forged}\nsys.exit(0)")
    assert error.reason == "the notebook ended before its last cell"


def test_only_the_last_cell_with_this_runs_token_is_the_end() -> None:
    def notebook(*tokens: str) -> NotebookNode:
        cells = [nbformat.v4.new_code_cell("") for _ in tokens]
        for cell, token in zip(cells, tokens, strict=True):
            said = {"token": token, "inputs": {"ledger": "0a"}}
            cell.outputs = [nbformat.v4.new_output("display_data", data={SENTINEL: said})]
        return nbformat.v4.new_notebook(cells=cells)

    assert _last_word(notebook("right"), "right") == {"ledger": "0a"}
    assert _last_word(notebook("wrong"), "right") is None
    assert _last_word(notebook("right", "wrong"), "right") is None
    assert _last_word(notebook(), "right") is None


@pytest.mark.slow
def test_chapters_at_the_same_time_never_mix(forks: Processes, tmp_path: Path) -> None:
    notebook = write_notebook(
        tmp_path / "one.ipynb",
        "import os, pathlib\npathlib.Path('mark').write_text(region)",
        "import time; time.sleep(0.3)\nprint(region, period, pathlib.Path('mark').read_text(), os.listdir('.'))",
    )
    forks.wait_until_ready()
    regions = [f"region-{number}" for number in range(6)]
    before = psutil.Process().num_fds()

    def text(region: str) -> NotebookNode:
        return run_chapter(notebook, {**VALUES, "region": region}, forks, region).notebook

    with ThreadPoolExecutor(3) as threads:
        done = list(threads.map(text, regions))
    until = time.monotonic() + 5  # sockets are closed by a thread of their own
    while psutil.Process().num_fds() > before and time.monotonic() < until:
        time.sleep(0.01)
    assert psutil.Process().num_fds() <= before
    assert [text_of(one).strip() for one in done] == [f"{one} 2025-06 {one} ['mark']" for one in regions]


@pytest.mark.slow
@pytest.mark.parametrize("warm_up", [WARM_UP, ""])
def test_a_book_can_be_opened_in_a_kernel(demo_root: Path, tmp_path: Path, warm_up: str) -> None:
    """Also in one that was not forked, in which DuckDB knows that it is in a notebook."""
    notebook = write_notebook(
        tmp_path / "one.ipynb",
        "import kamreport as kam\nbook = kam.open_book(region, period)\nprint(len(book.ledger) > 0, book.region)",
    )
    with Processes({"KAMREPORT_WORKSPACE": str(demo_root)}, warm_up=warm_up) as processes:
        done = run_chapter(notebook, VALUES, processes, "a report")
    assert text_of(done.notebook) == "True North\n"
    assert "region.ledger @ 2025-06 North" in done.inputs


@pytest.mark.slow
def test_an_old_notebook_without_cell_ids_runs(forks: Processes, tmp_path: Path) -> None:
    cells = [
        {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": PARAMETERS, "outputs": []},
        {"cell_type": "code", "metadata": {}, "source": "print(region)", "outputs": []},
    ]
    for cell in cells:
        cell["execution_count"] = None
    old = nbformat.from_dict({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 2})
    nbformat.write(old, tmp_path / "one.ipynb")
    done = run_chapter(tmp_path / "one.ipynb", VALUES, forks, "a report").notebook
    assert text_of(done) == "North\n"
    nbformat.validate(done)


@pytest.mark.slow
@pytest.mark.parametrize("warm_up", [warm_ups.LITTLE, ""])
@pytest.mark.parametrize("how", ["end", "stop"])
def test_ending_a_report_ends_its_kernel_and_what_it_has_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warm_up: str, how: str
) -> None:
    """Also what has left the kernel's process group, and a cell that holds the interpreter's lock."""
    monkeypatch.setitem(press_processes._OWN, "PYTHONPATH", str(REPOSITORY))
    pids = tmp_path / "pids"
    notebook = write_notebook(
        tmp_path / "one.ipynb",
        "import ctypes, os, signal, subprocess, sys, time\n"
        "sleep = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
        "started = [subprocess.Popen(sleep), subprocess.Popen(sleep, start_new_session=True)]\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{started[0].pid}} {{started[1].pid}}\\n')\n"
        "ctypes.PyDLL(None).sleep(600)",
    )
    errors: list[ChapterFailed] = []
    with Processes({}, warm_up=warm_up) as processes:

        def chapter() -> None:
            try:
                run_chapter(notebook, VALUES, processes, "a report")
            except ChapterFailed as error:
                errors.append(error)

        thread = threading.Thread(target=chapter)
        thread.start()
        until = time.monotonic() + 60
        while not (pids.exists() and pids.read_text().endswith("\n")) and time.monotonic() < until:
            time.sleep(0.05)
        started = time.monotonic()
        processes.end("another report")
        assert all(map(is_alive, map(int, pids.read_text().split())))
        processes.end("a report") if how == "end" else processes.stop()
        thread.join(10)
        assert not thread.is_alive()
        assert time.monotonic() - started < 8
        assert [(error.reason, error.killed) for error in errors] == [
            ("the kernel was killed (signal 9) in cell 3", True)
        ]
        assert not [pid for pid in map(int, pids.read_text().split()) if is_alive(pid)]


def test_nothing_starts_after_the_run_was_stopped(tmp_path: Path) -> None:
    processes = Processes({})
    processes.stop()
    with pytest.raises(ChapterFailed) as raised:
        run_chapter(write_notebook(tmp_path / "one.ipynb"), VALUES, processes, "a report")
    assert (raised.value.reason, raised.value.notebook) == ("the run was stopped", None)


SECRETS = {
    "SMTP_HOST": "x",
    "smtp_user": "x",
    "DB_PASSWORD": "x",
    "PGPASSFILE": "x",
    "GITHUB_TOKEN": "x",
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
    "OPENAI_API_KEY": "x",
    "APIKEY": "x",
    "GOOGLE_APPLICATION_CREDENTIALS": "x",
    "SSH_AUTH_SOCK": "x",
    "DATABASE_URL": "postgresql://user:pw@host/db",
    "PROXY": "http://:pw@proxy:8080",
    "ODBC": "Server=x;Pwd = y",
    "JUPYTER_PATH": "x",
    "IPYTHONDIR": "x",
    "PYTHONPATH": "x",
    "PYTHONSTARTUP": "x",
    "PYTHONHOME": "x",
}


@pytest.mark.parametrize(("name", "value"), SECRETS.items())
def test_a_kernel_does_not_inherit_secrets_or_ways_to_load_code(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert name not in Processes({}).environment


@pytest.mark.parametrize(
    ("name", "value"),
    [("LANG", "zh_CN.UTF-8"), ("TZ", "Asia/Shanghai"), ("SALES_DATA", "/data/sales"), ("URL", "http://host/a@b")],
)
def test_a_kernel_inherits_what_is_harmless(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert Processes({}).environment[name] == value
