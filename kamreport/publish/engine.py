"""Runs one chapter: papermill with a kernel of our own interpreter, in a folder of its own, over private sockets.

Whether it went well is decided here and not by what papermill writes into the notebook, which calls cells
completed that never ran: only a notebook whose last cell has shown the sentinel is done.
"""

import os
import re
import secrets
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import execute_notebook

from kamreport import errors

__all__ = ["SENTINEL", "ChapterFailed", "Kernels", "PressEngine", "run_chapter"]

SENTINEL = "application/vnd.kamreport.sentinel"
_ENGINE = "kamreport"
_START_SECONDS = 120
_IOPUB_SECONDS = 120
_PACKAGE = Path(errors.__file__).parent
_DROPPED = re.compile(
    r"secret|token|pass|pwd|credential|auth|smtp|(api|access|private)_?key"
    r"|^PYTHON(PATH|STARTUP|HOME)$|^IPYTHON|^JUPYTER",
    re.IGNORECASE,
)
# A password inside an address or a connection string.
_DROPPED_VALUE = re.compile(r"://[^/\s:@]*:[^/\s@]+@|(passw\w*|pwd)\s*=", re.IGNORECASE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class ChapterFailed(Exception):
    """A chapter did not run to its end.

    Attributes
    ----------
    reason
        One line without data: what kind of error, in which cell.
    notebook
        As far as it ran.
    """

    def __init__(self, reason: str, notebook: NotebookNode | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.notebook = notebook


class _OwnInterpreter(KernelSpecManager):
    """Knows one kernel: the interpreter that the press itself runs on."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name=kernel_name, language="python")


class Kernels:
    """The kernels of a run: what they see of the machine, and a way to end them all at once.

    Parameters
    ----------
    environment
        Added to what is left of the press's own environment.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not _DROPPED.search(name) and not _DROPPED_VALUE.search(value)
            },
            "PYTHONSAFEPATH": "1",
            "PYTHONNOUSERSITE": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            **environment,
        }
        self.stopped = threading.Event()
        self._live: set[AsyncKernelManager] = set()
        self._lock = threading.Lock()

    def add(self, manager: AsyncKernelManager) -> None:
        """Remember a kernel so that it can be ended."""
        with self._lock:
            self._live.add(manager)

    def discard(self, manager: AsyncKernelManager) -> None:
        """Forget a kernel that has ended."""
        with self._lock:
            self._live.discard(manager)

    def stop(self) -> None:
        """End all kernels now, with whatever they have started."""
        self.stopped.set()
        with self._lock:
            managers = list(self._live)
        for manager in managers:
            process = getattr(manager.provisioner, "pid", None)
            if process:
                try:
                    os.killpg(process, signal.SIGKILL) if hasattr(os, "killpg") else os.kill(process, signal.SIGTERM)
                except (ProcessLookupError, PermissionError):
                    continue


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
        client.execute(cwd=str(press.folder), env=press.environment)


papermill_engines.register(_ENGINE, PressEngine)


class _Run:
    """One kernel for one notebook, in a private folder."""

    def __init__(self, kernels: Kernels) -> None:
        self.kernels = kernels
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
            **places,
        )
        # Nothing of the user's profile runs in a report.
        own = {name: str(self._private / name.lower()) for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR")}
        self.environment = {**kernels.environment, **own}
        kernels.add(self.manager)

    def close(self) -> None:
        self.kernels.discard(self.manager)
        shutil.rmtree(self._private, ignore_errors=True)


def run_chapter(notebook: Path, parameters: Mapping[str, Any], kernels: Kernels) -> NotebookNode:
    """Run a notebook to its end.

    Parameters
    ----------
    notebook
        The chapter; it is not written to.
    parameters
        Checked values for its parameters.

    Returns
    -------
    NotebookNode
        With the outputs, without the sentinel's cell.

    Raises
    ------
    ChapterFailed
        If a cell failed, the kernel died, or the last cell was not reached.
    """
    if kernels.stopped.is_set():
        raise ChapterFailed("the run was stopped", None)
    node = nbformat.read(notebook, as_version=4)
    token = secrets.token_hex(8)
    cell = nbformat.v4.new_code_cell(
        f"from IPython.display import display as _display\n_display({{{SENTINEL!r}: {token!r}}}, raw=True)",
        metadata={"tags": ["kamreport-sentinel"]},
    )
    node.cells.append(cell)
    run = _Run(kernels)
    try:
        done: NotebookNode = execute_notebook(
            node, None, parameters=dict(parameters), engine_name=_ENGINE, kernel_name=_ENGINE, language="python",
            progress_bar=False, request_save_on_cell_execute=False, press=run,
        )  # fmt: skip
    except PapermillExecutionError as error:
        raise ChapterFailed(f"{error.ename} in cell {_place(run.notebook)}{_told(error)}", run.notebook) from None
    except DeadKernelError:
        raise ChapterFailed("the kernel died, perhaps for want of memory", run.notebook) from None
    except (CellExecutionError, RuntimeError, TimeoutError) as error:
        raise ChapterFailed(f"the kernel could not run: {type(error).__name__}", run.notebook) from None
    finally:
        run.close()
        _close_loop()
        _forget_papermill(run.notebook)
    if not _reached(done, token):
        raise ChapterFailed("the notebook ended before its last cell", done)
    done.cells = done.cells[:-1]
    return done


def _forget_papermill(notebook: NotebookNode | None) -> None:
    """Take out what papermill notes: a second copy of the notebook, and cells called completed that never ran."""
    if notebook is not None:
        for noted in (notebook, *notebook.cells):
            noted.metadata.pop("papermill", None)


def _close_loop() -> None:
    """Close the event loop that nbclient opens in every thread and leaves open, with its sockets."""
    loop = ensure_event_loop()
    if not loop.is_running():
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
    """Number of the cell that failed, as an analyst counts them: without those of papermill and of the press."""
    added = {"injected-parameters", "papermill-error-cell-tag"}
    cells = [] if notebook is None else [one for one in notebook.cells if not added & set(one.metadata.get("tags", []))]
    for number, cell in enumerate(cells, start=1):
        if any(output.output_type == "error" for output in cell.get("outputs", [])):
            return str(number)
    return "?"


def _reached(notebook: NotebookNode, token: str) -> bool:
    """Whether the last cell has shown this run's sentinel."""
    outputs = notebook.cells[-1].get("outputs", []) if notebook.cells else []
    return any(output.get("data", {}).get(SENTINEL) == token for output in outputs)
