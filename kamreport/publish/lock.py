"""One run at a time for one output folder."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from kamreport.errors import KamreportError, LockedError
from kamreport.publish.files import is_unfinished, recover, writable

__all__ = ["locked", "settle"]

_LOCK = ".lock"
_POLLS = 100
_POLL_SECONDS = 0.05


@contextmanager
def locked(output: Path) -> Iterator[None]:
    """Hold an output folder, and finish first what a run that was killed has left in it.

    The system frees the lock of a process that has ended, however it ended.

    Raises
    ------
    LockedError
        If another run holds it; says which.
    KamreportError
        If the folder cannot be written.
    """
    lock, holder = FileLock(output / _LOCK), output / f"{_LOCK}.holder"
    with writable(output):
        output.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise LockedError(f"{output} is in use by {_name(holder)}; wait for it to end") from None
    try:
        with writable(output):
            holder.write_text(f"process {os.getpid()} on {socket.gethostname()}", "utf-8")
            recover(output)
        yield
    finally:
        with suppress(OSError):  # a disk that has failed; the error that says so is on its way
            holder.unlink(missing_ok=True)
        lock.release()


def settle(output: Path) -> None:
    """Finish what a run that was killed has left, for one who only reads; a run that is at work does so itself."""
    if is_unfinished(output):
        with suppress(KamreportError), locked(output):
            pass


def _name(holder: Path) -> str:
    """Who holds the lock; it says so as soon as it has it, which another may see a moment before."""
    for _ in range(_POLLS):
        with suppress(OSError):
            if name := holder.read_text("utf-8"):
                return name
        time.sleep(_POLL_SECONDS)
    return "another run"
