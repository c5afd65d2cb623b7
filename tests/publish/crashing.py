"""A process that publishes a report over an older one, or recovers it, and ends or fails at any call to the disk.

As a program it imports once what is needed, and does each thing that it is asked for in a child of its own.
"""

import errno
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kamreport.publish.files import recover
from tests.publish.versions import publish

REPOSITORY = Path(__file__).parents[2]

# How a child ends besides 0: killed, with an OSError, or well although a call has failed.
DIED, RAISED, SURVIVED = 9, 3, 4


class _Nth:
    """Has the N-th call to the disk end the process or fail, whichever call that is; a write is half done then."""

    def __init__(self, at: int, end: Callable[[], None]) -> None:
        self.left, self.end = at, end
        for name in ("open", "mkdir", "fsync", "replace", "unlink"):
            setattr(os, name, self._counted(getattr(os, name)))
        nth = self

        class Writer(io.BufferedWriter):
            def write(self, content: Any) -> int:
                if nth.is_due():
                    super().write(content[: len(content) // 2])
                    self.flush()
                    nth.end()
                return super().write(content)

        os.fdopen = lambda handle, mode: Writer(io.FileIO(handle, mode))  # type: ignore[assignment]

    def is_due(self) -> bool:
        self.left -= 1
        return self.left == 0

    def _counted(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:
            if self.is_due():
                self.end()
            return real(*arguments, **more)

        return call


def _die() -> None:
    os._exit(DIED)


def _fail() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


_ACTIONS: dict[str, Callable[[Path], object]] = {"publish": lambda folder: publish(folder, "new"), "recover": recover}
_ENDS = {"die": _die, "fail": _fail}


def _do(action: str, end: str, at: int, folder: Path) -> int:
    nth = _Nth(at, _ENDS[end]) if end in _ENDS else None
    if nth is None:
        os.read(0, 1)
    try:
        _ACTIONS[action](folder)
    except OSError:
        return RAISED
    return SURVIVED if nth is not None and nth.left <= 0 else 0


def _serve() -> None:
    """Answer lines like ``publish die 5 FOLDER`` with a child's number and how it ended."""
    # Byte by byte, for what follows a line is for the child.
    for line in sys.stdin.buffer.raw:  # type: ignore[attr-defined]
        action, end, at, folder = line.decode().rstrip("\n").split(" ", 3)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                status = _do(action, end, int(at), Path(folder))
            finally:
                os._exit(status)
        os.write(1, f"{child}\n".encode())
        os.write(1, f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n".encode())


class Crasher:
    """The other end of that process."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.publish.crashing"],
            cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
        )  # fmt: skip
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._ask, self._answers = self._server.stdin, self._server.stdout

    def close(self) -> None:
        """End it."""
        self._ask.close()
        self._server.wait(60)
        self._answers.close()

    def do(self, action: str, folder: Path, end: str, at: int) -> int:
        """Do something and have its N-th call to the disk ``die`` or ``fail``; the exit status."""
        self._begin(action, folder, end, at)
        return int(self._answers.readline())

    def trace(self, action: str, folder: Path, inject: str) -> int:
        """Do something under strace with a fault injected; the exit status, negative for a signal.

        Raises
        ------
        OSError
            If strace is not here or may not trace.
        """
        child = self._begin(action, folder, "wait", 0)
        try:
            calls, _, _ = inject.partition(":")
            tracer = subprocess.Popen(
                ["strace", "-f", "-o", os.devnull, "-e", f"trace={calls}", "-e", f"inject={inject}", "-p", str(child)],
                stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
            assert tracer.stderr is not None
            said = tracer.stderr.readline()
        finally:
            self._ask.write(b"\n")
            status = int(self._answers.readline())
        tracer.communicate(timeout=60)
        if " attached" not in said:
            raise OSError(said.strip())
        return status

    def _begin(self, action: str, folder: Path, end: str, at: int) -> int:
        self._ask.write(f"{action} {end} {at} {folder}\n".encode())
        return int(self._answers.readline())


if __name__ == "__main__":
    _serve()
