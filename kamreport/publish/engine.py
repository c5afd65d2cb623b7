"""Runs one chapter: papermill with a kernel of our own interpreter, in a folder of its own, over private sockets.

Whether it went well is decided here and not by what papermill writes into the notebook, which calls cells
completed that never ran: only a notebook whose last cell has shown the sentinel is done.
"""

import asyncio
import re
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from subprocess import DEVNULL
from typing import Any

import nbformat
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import execute_notebook

from kamreport import errors
from kamreport.publish.forking import ForkProvisioner
from kamreport.publish.processes import Processes

__all__ = ["SENTINEL", "ChapterFailed", "Executed", "PressEngine", "prepare", "run_chapter"]

SENTINEL = "application/vnd.kamreport.sentinel+json"
_ENGINE = "kamreport"
_LAST_CELL = """\
from IPython.display import display as _display
from kamreport.inputs import noted as _noted
_display({{{mime!r}: {{"token": {token!r}, "inputs": _noted()}}}}, raw=True)"""
_START_SECONDS = 120
_IOPUB_SECONDS = 120
_HEARD_SECONDS = 0.2
_PACKAGE = Path(errors.__file__).parent
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class ChapterFailed(Exception):
    """A chapter did not run to its end.

    Attributes
    ----------
    reason
        One line without data: what kind of error, in which cell.
    notebook
        As far as it ran.
    cell
        Number of the cell that was begun last, as the analyst counts them; ``?`` if none was.
    killed
        Its kernel was killed, or never answered: it may do better with nothing beside it.
    """

    def __init__(self, reason: str, notebook: NotebookNode | None, *, killed: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.notebook = notebook
        self.killed = killed
        self.cell = _running(notebook)


@dataclass(frozen=True)
class Executed:
    """A chapter that has run to its end.

    Attributes
    ----------
    notebook
        With the outputs, without the sentinel's cell.
    inputs
        What it has read of the book, by name with digests.
    """

    notebook: NotebookNode
    inputs: dict[str, str]


class _OwnInterpreter(KernelSpecManager):
    """Knows one kernel: the interpreter that the press itself runs on, which keeps no history."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        module = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]
        argv = [sys.executable, *module, "--HistoryManager.enabled=False"]
        return KernelSpec(argv=argv, display_name=kernel_name, language="python")


class PressClient(AsyncKernelClient):
    """Jupyter's client, which begins as soon as the kernel answers.

    Its own way waits a fifth of a second longer for whatever else the kernel may say; ours has been asked by nobody
    else, and what it says to another question is told apart by the question.
    """

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait for the kernel's first answer; see `jupyter_client.KernelClient`."""
        until = time.monotonic() + (timeout or _START_SECONDS)
        while time.monotonic() < until:
            self.kernel_info()
            with suppress(Empty):
                reply = await self.shell_channel.get_msg(timeout=1)
                # Heard also where outputs come in, or it is asked again.
                await self.iopub_channel.get_msg(timeout=_HEARD_SECONDS)
                self._handle_kernel_info_reply(reply)
                return
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
        raise RuntimeError("Kernel didn't respond in time")


class PressEngine(NBClientEngine):  # type: ignore[misc]
    """Papermill's engine with the press's own kernel; keeps hold of the notebook however the run ends."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, *, press: "_Run", **kwargs: Any) -> None:
        """Run the cells; see `papermill.engines.NBClientEngine`."""
        del kernel_name, kwargs  # the press decides both
        press.notebook = nb_man.nb
        client = PapermillNotebookClient(
            nb_man,
            km=press.manager,
            startup_timeout=_START_SECONDS,
            iopub_timeout=_IOPUB_SECONDS,
            shutdown_kernel="immediate",
            log_output=False,
        )
        client.owns_km = True
        # A kernel passes on what its children print, and they may print anything; the notebook has it.
        client.execute(cwd=str(press.folder), env=press.environment, stdout=DEVNULL, stderr=DEVNULL)


papermill_engines.register(_ENGINE, PressEngine)


class _Run:
    """One kernel for one notebook, in a private folder."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.notebook: NotebookNode | None = None
        # Short, because the path of a socket may have 107 bytes at most.
        self._private = Path(tempfile.mkdtemp(prefix="kam-"))
        self.folder = self._private / "cwd"
        self.folder.mkdir(mode=0o700)
        places = {"transport": "ipc", "ip": str(self._private / "k")} if sys.platform != "win32" else {}
        self.manager = AsyncKernelManager(
            kernel_name=_ENGINE,
            kernel_spec_manager=_OwnInterpreter(),
            connection_file=str(self._private / "kernel.json"),
            client_class=f"{PressClient.__module__}.{PressClient.__name__}",
            **places,
        )
        # Nothing of the user's profile runs in a report.
        own = {name: str(self._private / name.lower()) for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR")}
        self.environment = {**environment, **own}

    @property
    def pid(self) -> int | None:
        """Of the kernel's process; None before it is started."""
        return getattr(self.manager.provisioner, "pid", None)

    @property
    def status(self) -> int | None:
        """How the kernel's process ended, if it has."""
        provisioner = self.manager.provisioner
        return provisioner.status if isinstance(provisioner, ForkProvisioner) else None

    def close(self) -> None:
        shutil.rmtree(self._private, ignore_errors=True)


def prepare() -> None:
    """Load what running a first chapter would, and would in every thread that runs one at the same time."""
    nbformat.v4.new_notebook()  # compiles the schema
    KernelProvisionerFactory.instance()


def run_chapter(notebook: Path, parameters: Mapping[str, Any], processes: Processes, owner: str) -> Executed:
    """Run a notebook to its end.

    Parameters
    ----------
    notebook
        The chapter; it is not written to.
    parameters
        Checked values for its parameters.
    owner
        The report that the kernel belongs to.

    Raises
    ------
    ChapterFailed
        If a cell failed, the kernel died, or the last cell was not reached.
    """
    if processes.stopped.is_set():
        raise ChapterFailed("the run was stopped", None)
    node = nbformat.read(notebook, as_version=4)
    token = secrets.token_hex(8)
    node.cells.append(nbformat.v4.new_code_cell(_LAST_CELL.format(mime=SENTINEL, token=token)))
    processes.wait_until_ready()
    run = _Run(processes.environment)
    try:
        with processes.watched(owner, run):
            done: NotebookNode = execute_notebook(
                node, None, parameters=dict(parameters), engine_name=_ENGINE, kernel_name=_ENGINE, language="python",
                progress_bar=False, request_save_on_cell_execute=False, press=run,
            )  # fmt: skip
    except PapermillExecutionError as error:
        raise ChapterFailed(f"{error.ename} in cell {_place(run.notebook)}{_told(error)}", run.notebook) from None
    except DeadKernelError:
        raise _died(run) from None
    except (CellExecutionError, RuntimeError, TimeoutError) as error:
        reason = f"the kernel could not run: {type(error).__name__}"
        raise ChapterFailed(reason, run.notebook, killed=True) from None
    finally:
        run.close()
        _close_loop()
        _forget_papermill(run.notebook)
    inputs = _last_word(done, token)
    if inputs is None:
        raise ChapterFailed("the notebook ended before its last cell", done)
    done.cells = done.cells[:-1]
    return Executed(done, inputs)


def _died(run: _Run) -> ChapterFailed:
    """Say how the kernel ended and in which cell."""
    killed = run.status is not None and run.status < 0
    how = f"was killed (signal {-run.status})" if killed and run.status else f"ended (status {run.status})"
    return ChapterFailed(f"the kernel {how} in cell {_running(run.notebook)}", run.notebook, killed=killed)


def _forget_papermill(notebook: NotebookNode | None) -> None:
    """Take out what papermill notes: a second copy of the notebook, and cells called completed that never ran."""
    if notebook is not None:
        for noted in (notebook, *notebook.cells):
            noted.metadata.pop("papermill", None)


def _close_loop() -> None:
    """Close the event loop that nbclient opens in every thread and leaves open, with its sockets."""
    loop = ensure_event_loop()
    if loop.is_running():
        return
    tasks = asyncio.all_tasks(loop)  # of a notebook that failed, one still asks whether the kernel lives
    for task in tasks:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.close()


def _told(error: PapermillExecutionError) -> str:
    """The message of our own errors, which are written for the reader; any other may hold data.

    A name proves nothing, for database drivers have a DataError too: our own errors are raised by our own code.
    """
    kind = getattr(errors, str(error.ename), None)
    if not (isinstance(kind, type) and issubclass(kind, errors.KamreportError)):
        return ""
    frames = _COLOUR.sub("", "\n".join(error.traceback[:-1]))
    files = re.findall(r"^File (.+?):\d+", frames, re.MULTILINE)
    raised = re.findall(r"^-+> \d+ +(\w+)", frames, re.MULTILINE)
    ours = bool(files) and Path(files[-1]).expanduser().is_relative_to(_PACKAGE) and raised[-1:] == ["raise"]
    return f": {' '.join(str(error.evalue).split())[:300]}" if ours else ""


def _place(notebook: NotebookNode | None) -> str:
    """Number of the cell that failed."""
    for number, cell in enumerate(_analysts_cells(notebook), start=1):
        if any(output.output_type == "error" for output in cell.get("outputs", [])):
            return str(number)
    return "?"


def _running(notebook: NotebookNode | None) -> str:
    """Number of the cell that was begun last; of what papermill notes, when a cell was begun can be believed."""
    cells = _analysts_cells(notebook)
    begun = [n for n, cell in enumerate(cells, start=1) if cell.metadata.get("papermill", {}).get("start_time")]
    return str(begun[-1]) if begun else "?"


def _analysts_cells(notebook: NotebookNode | None) -> list[NotebookNode]:
    """The cells as an analyst counts them: without those of papermill and of the press."""
    added = {"injected-parameters", "papermill-error-cell-tag"}
    return [] if notebook is None else [one for one in notebook.cells if not added & set(one.metadata.get("tags", []))]


def _last_word(notebook: NotebookNode, token: str) -> dict[str, str] | None:
    """What the last cell says was read, if it has shown this run's sentinel."""
    for output in notebook.cells[-1].get("outputs", []) if notebook.cells else []:
        said = output.get("data", {}).get(SENTINEL)
        if isinstance(said, dict) and said.get("token") == token:
            return {str(name): str(digest) for name, digest in said["inputs"].items()}
    return None
