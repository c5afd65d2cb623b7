"""The template: a process that has imported everything, has read no data, and forks a child for every request.

Run as ``python -m kamreport.publish.template MODULE:FUNCTION ADDRESS``: the function warms it up, the address is that
of its socket. Its client is `kamreport.publish.forking`. Importing the analysis stack costs seconds, a fork
milliseconds; and since every kernel is a fork of its own, nothing of one report is left for the next.

A child may be asked for anything: it ends by ``os._exit``, and with it ends whatever it has started. When the press is
gone, however it went, the template ends everything below it.
"""

import ctypes
import gc
import os
import pickle
import random
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from kamreport.errors import KamreportError
from kamreport.publish.lean import lean_imports

__all__ = ["READY", "receive", "run_kernel"]

READY = b"ready\n"
_LENGTH_BYTES = 8
_WAITING = 64
# Of linux/prctl.h.
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def run_kernel(command: list[str], folder: str, environment: dict[str, str]) -> None:
    """Be the kernel that a command would have started; returns when the kernel was told to end.

    Parameters
    ----------
    command
        ``python -m ipykernel_launcher -f FILE ...``, of which what follows the module counts.
    folder, environment
        Its current folder and its whole environment.
    """
    from ipykernel.kernelapp import IPKernelApp

    # A kernel passes on what its children print, and they may print anything; the notebook has it.
    _silence(sys.stderr.fileno())
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = command[2:]
    app = IPKernelApp.instance(parent_handle=os.getppid())
    app.initialize(command[3:])  # type: ignore[no-untyped-call]
    app.start()  # type: ignore[no-untyped-call]


def receive(connection: socket.socket, size: int) -> tuple[bytes, list[int]]:
    """Receive so many bytes and the file descriptors that come with them.

    Raises
    ------
    EOFError
        If the other side has gone before.
    """
    content, files = b"", list[int]()
    while len(content) < size:
        part, more, _, _ = socket.recv_fds(connection, size - len(content), 1)
        if not part:
            raise EOFError
        content += part
        files += more
    return content, files


def main() -> None:
    """Warm up, say so, and serve until the press closes standard input."""
    warm_up, address = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the press's business
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    module, _, name = warm_up.partition(":")
    try:
        with lean_imports():
            getattr(import_module(module), name)()
    except KamreportError as error:
        os.write(sys.stdout.fileno(), f"{error}\n".encode())
        os._exit(1)
    gc.collect()
    gc.freeze()  # what is shared stays shared
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        sys.exit(f"{threads} threads run after {warm_up}, and only one would be forked")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(_WAITING)
        os.write(sys.stdout.fileno(), READY)
        _silence(sys.stdout.fileno())
        _Server(listener).serve()
    os._exit(0)  # what is frozen would be reported as leaked


class _Server:
    """Forks for whoever connects, and tells each how its child ended."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.children: dict[int, socket.socket] = {}
        self.wake, ended = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(ended)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.selector = selectors.DefaultSelector()
        for one in (listener, sys.stdin, self.wake):
            self.selector.register(one, selectors.EVENT_READ)
        self.inner = (self.wake, ended, self.selector.fileno())

    def serve(self) -> None:
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.listener:
                    self._fork(self.listener.accept()[0])
                elif key.fileobj is sys.stdin:
                    self._end()
                    return
                else:
                    with suppress(BlockingIOError):
                        os.read(self.wake, 1024)
            self._reap()

    def _fork(self, connection: socket.socket) -> None:
        template = os.getpid()
        child = os.fork()
        if child == 0:
            # Whatever happens, the child must not fall back into the template's loop.
            try:
                self._leave(template)
                _answer(connection)
            except BaseException:
                os._exit(1)
            os._exit(0)
        self.children[child] = connection
        _send(connection, child)

    def _leave(self, template: int) -> None:
        """Let go of everything that is the template's, and end with it."""
        os.setsid()
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != template:
            os._exit(1)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.listener.close()
        for one in self.children.values():
            one.close()
        for file in self.inner:
            os.close(file)
        _silence(sys.stdin.fileno())
        _reseed()

    def _reap(self) -> None:
        """Note which children have ended, and end what they have started."""
        while True:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None:
                return
            connection = self.children.pop(ended.si_pid, None)
            if connection is not None:  # its number is still its own, and so is that of its group
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(ended.si_pid, signal.SIGKILL)
            _, status = os.waitpid(ended.si_pid, 0)
            if connection is not None:
                _send(connection, os.waitstatus_to_exitcode(status))
                connection.close()

    def _end(self) -> None:
        """End the children and all that comes down to us of theirs, until nothing is left."""
        for child in self.children:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child, signal.SIGKILL)
        while True:
            for child in _own_children():
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(child, signal.SIGKILL)
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                return


def _answer(connection: socket.socket) -> None:
    """Do what the client asks for; the answer goes into the pipe that comes with the question."""
    length, files = receive(connection, _LENGTH_BYTES)
    request, _ = receive(connection, int.from_bytes(length, "big"))
    connection.close()  # before anything of a notebook runs
    function, arguments = pickle.loads(request)  # noqa: S301 - of the press, over a socket in its private folder
    if not files:
        function(*arguments)
        return
    gc.disable()  # it ends with its answer, and its garbage with it
    with os.fdopen(files[0], "wb") as answer:
        answer.write(_called(function, arguments))


def _called(function: Callable[..., Any], arguments: tuple[Any, ...]) -> bytes:
    try:
        return pickle.dumps((True, function(*arguments)))
    except Exception as error:
        try:
            return pickle.dumps((False, error))
        except Exception:  # an error that cannot travel
            return pickle.dumps((False, RuntimeError(type(error).__name__)))


def _send(connection: socket.socket, number: int) -> None:
    """Tell a client a number; one that has gone or does not listen must not stop the others."""
    with suppress(OSError):
        connection.send(f"{number}\n".encode(), socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)


def _reseed() -> None:
    """Give the child random numbers of its own."""
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()


def _silence(file: int) -> None:
    empty = os.open(os.devnull, os.O_RDWR)
    os.dup2(empty, file)
    os.close(empty)


def _own_children() -> list[int]:
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(child) for child in listed.read_text().split()] if listed.is_file() else []


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0):
        sys.exit(f"prctl {option} failed: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    main()
