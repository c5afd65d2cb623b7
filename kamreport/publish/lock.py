"""One at a time: whoever writes to an output folder holds its lock."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from kamreport.errors import LockedError
from kamreport.publish.manifest import writable

__all__ = ["locked"]

_LOCK = ".lock"


@contextmanager
def locked(output: Path) -> Iterator[None]:
    """Hold an output folder; who comes second is told who has it.

    Raises
    ------
    LockedError
        If another run is writing to it.
    """
    lock, holder = FileLock(output / _LOCK), output / f"{_LOCK}.holder"
    with writable(output):
        output.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            who = holder.read_text("utf-8") if holder.is_file() else "another run"
            raise LockedError(f"{output} is in use by {who}; wait for it to end") from None
    try:
        with writable(output):
            holder.write_text(f"process {os.getpid()} on {socket.gethostname()}", "utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()
