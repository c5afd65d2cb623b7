"""The processes of a run: kernels and printers, what they see of the machine, and how they are ended.

They are forked from one warm template where that is possible, and started anew where it is not.
"""

import os
import pickle
import re
import shutil
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import psutil
from jupyter_client.provisioning.factory import KernelProvisionerFactory

from kamreport.publish.forking import ADDRESS, ChildDied, Template, TemplateGone, available

__all__ = ["Processes", "killed_for_memory"]

_PROVISIONER = "JUPYTER_DEFAULT_PROVISIONER_NAME"
_DROPPED = re.compile(
    r"secret|token|pass|pwd|credential|auth|smtp|(api|access|private)_?key"
    r"|^PYTHON(PATH|STARTUP|HOME)$|^IPYTHON|^JUPYTER|^KAMREPORT_TEMPLATE$",
    re.IGNORECASE,
)
# A password inside an address or a connection string.
_DROPPED_VALUE = re.compile(r"://[^/\s:@]*:[^/\s@]+@|(passw\w*|pwd)\s*=", re.IGNORECASE)
_OWN = {
    "PYTHONSAFEPATH": "1",
    "PYTHONNOUSERSITE": "1",
    # Figures are in the language of the report, never in that of the machine.
    "LC_ALL": "C.UTF-8",
    # What is forked may have one thread: neither OpenBLAS nor jemalloc start theirs.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # as ipykernel would set it, but before matplotlib looks
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # the debugger, which ipykernel loads, would warn of frozen modules
}
_MEMORY_EVENTS = ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control")


class _Process(Protocol):
    """What can be ended: a fork, or a process of our own."""

    @property
    def pid(self) -> int | None: ...


class Processes:
    """The kernels and printers of a run.

    Parameters
    ----------
    environment
        Added to what is left of the press's own environment.
    warm_up
        ``module:function`` that warms the template up; without one every process is started anew.
    remark
        Is told once, in one line for the user, why processes are started anew where they could be forked.
    """

    def __init__(
        self, environment: Mapping[str, str], *, warm_up: str = "", remark: Callable[[str], None] = lambda _: None
    ) -> None:
        self.environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not _DROPPED.search(name) and not _DROPPED_VALUE.search(value)
            },
            **_OWN,
            **environment,
        }
        self.stopped = threading.Event()
        self._warm_up = warm_up
        self._remark = remark
        self._template: Template | None = None
        self._ready = self._cold = False
        self._live: defaultdict[str, list[_Process]] = defaultdict(list)
        self._lock = threading.Lock()
        self._warming = threading.Lock()

    def __enter__(self) -> Self:
        """Begin to warm the template up; nothing waits for it yet."""
        self._folder = Path(tempfile.mkdtemp(prefix="kam-"))
        self._before = {name: os.environ.get(name) for name in (_PROVISIONER, ADDRESS)}
        os.environ.pop(ADDRESS, None)
        os.environ[_PROVISIONER] = "kamreport-fork"
        KernelProvisionerFactory.clear_instance()  # it has read the environment once and for all
        if self._warm_up and available():
            self._template = Template(self._folder, self.environment, self._warm_up)
        elif self._warm_up:
            self._do_without(f"processes cannot be forked on {sys.platform}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._template is not None:
            self._template.close()
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        KernelProvisionerFactory.clear_instance()
        shutil.rmtree(self._folder, ignore_errors=True)

    def wait_until_ready(self) -> None:
        """Wait until kernels can be forked, or it is known that they cannot.

        Raises
        ------
        PrintError
            If the template has found that nothing can be printed here.
        """
        with self._warming:
            if self._template is None or self._ready or self._cold:
                return
            try:
                self._template.wait_until_ready()
            except TemplateGone as error:
                self._do_without(str(error))
            else:
                self._ready = True
                os.environ[ADDRESS] = self._template.address

    def _do_without(self, reason: str) -> None:
        """Go on with ordinary processes; the template stays known, so that it is closed."""
        with self._lock:
            if self._cold:
                return
            self._cold = True
        os.environ.pop(ADDRESS, None)
        self._remark(f"{reason}; ordinary kernels run, and take longer to start")

    def call(self, owner: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function in a process of its own.

        Raises
        ------
        ChildDied
            If the process ended without an answer; whatever the function raises is raised here.
        """
        self.wait_until_ready()
        if self._template is not None and not self._cold:
            try:
                return self._template.call(function, *arguments, watch=lambda child: self.watched(owner, child))
            except TemplateGone as error:
                self._do_without(str(error))
        return self._call_anew(owner, function, arguments)

    def _call_anew(self, owner: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        context = get_context("spawn")
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_answer, args=(there, function, arguments), daemon=True)
        process.start()
        there.close()
        with self.watched(owner, process):
            try:
                good, value = here.recv()
            except EOFError:
                process.join()
                raise ChildDied(process.exitcode or 0) from None
            finally:
                here.close()
            process.join()
        if not good:
            raise value
        return value

    @contextmanager
    def watched(self, owner: str, process: _Process) -> Iterator[None]:
        """Know a process of a report while it runs, so that it can be ended."""
        with self._lock:
            self._live[owner].append(process)
            late = self.stopped.is_set()
        if late:
            _end(process)
        try:
            yield
        finally:
            with self._lock:
                self._live[owner].remove(process)

    def end(self, owner: str) -> None:
        """End all processes of a report now, with whatever they have started."""
        with self._lock:
            processes = list(self._live[owner])
        for process in processes:
            _end(process)

    def stop(self) -> None:
        """End all processes now, with whatever they have started."""
        self.stopped.set()
        for owner in list(self._live):
            self.end(owner)


def killed_for_memory() -> int:
    """Count how often the system has killed a process here for want of memory; 0 where it does not say."""
    for name in _MEMORY_EVENTS:
        with suppress(OSError):
            if found := re.search(r"^oom_kill (\d+)", Path(name).read_text("ascii"), re.MULTILINE):
                return int(found[1])
    return 0


def _end(process: _Process) -> None:
    """End a process and all below it, in whatever group they are."""
    if process.pid is None:
        return
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(process.pid)
        # Itself first: it must not start another for one that it sees end.
        for one in [root, *root.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                one.kill()


def _answer(pipe: "Connection[Any, Any]", function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """Call a function in a process that was started for it."""
    from kamreport.publish.printing import leave_signals

    leave_signals()
    try:
        answer = (True, function(*arguments))
    except Exception as error:
        answer = (False, error)
    try:
        pipe.send(answer)
    except (pickle.PicklingError, TypeError, AttributeError):
        pipe.send((False, RuntimeError(type(answer[1]).__name__)))
