"""Files on the disk: each is written whole or not at all, and those of a report all of them or none.

They are written beside, flushed to the disk, and renamed. Where several belong together a commit comes between: one
more file, which says what is to be renamed and removed. Until it is there the old files count and parts are rubbish;
from then on the new files count, and whoever comes next finishes what the commit says. So a process may end anywhere.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kamreport.errors import KamreportError

__all__ = ["FileName", "is_unfinished", "recover", "require_room", "writable", "write_atomically", "write_together"]

_PART = ".part-"
_COMMIT = ".commit"

FileName = Annotated[str, Field(pattern=r"^[^/\\.][^/\\]*$")]
"""A name within its folder, as it is read from a manifest: it leads nowhere else."""

_PartName = Annotated[str, Field(pattern=r"^\.part-[^/\\]+$")]


class _Commit(BaseModel):
    """What is to be done in a folder: renames in this order, then removals."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rename: dict[_PartName, FileName]
    remove: list[FileName]


@contextmanager
def writable(output: Path) -> Iterator[None]:
    """Say in one line why the output folder cannot be written.

    Raises
    ------
    KamreportError
        Instead of an OSError.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise KamreportError(f"{output} cannot be written: {reason}; free it or choose another workspace") from None


def require_room(output: Path, needed: int) -> None:
    """Refuse to begin what would not fit.

    Raises
    ------
    KamreportError
        If fewer bytes are free than are needed.
    """
    free = shutil.disk_usage(output).free
    if free < needed:
        raise KamreportError(
            f"{output} has {free / 1e6:,.1f} MB free, the run needs about {needed / 1e6:,.1f} MB; free some or choose "
            "another workspace"
        )


def write_atomically(file: Path, content: bytes) -> None:
    """Write beside, flush to disk, rename; the old file stays until then."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = _write_part(file.parent, content)
    try:
        part.replace(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync(file.parent)


def write_together(folder: Path, files: Mapping[str, bytes], *, without: Sequence[str] = ()) -> None:
    """Write files as one, and remove others with them.

    Parameters
    ----------
    files
        By name, renamed in this order.
    without
        Names of files that are no more.

    Raises
    ------
    OSError
        As long as nothing was renamed the old files stay and nothing else; after that the commit stays, and `recover`
        finishes it.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _finish(folder)
    parts: dict[Path, str] = {}
    try:
        for name, content in files.items():
            parts[_write_part(folder, content)] = name
        # Before the commit names them: a disk that loses its power keeps names in any order.
        _sync(folder)
        commit = _Commit(rename={part.name: name for part, name in parts.items()}, remove=list(without))
        write_atomically(folder / _COMMIT, commit.model_dump_json().encode())
        _finish(folder)
    except BaseException:
        if all(part.exists() for part in parts):
            (folder / _COMMIT).unlink(missing_ok=True)
            for part in parts:
                part.unlink(missing_ok=True)
        raise


def recover(output: Path) -> None:
    """Finish what was committed and remove what was not, below a folder that nobody else is writing to."""
    for folder, _, names in os.walk(output):
        if _COMMIT in names:
            _finish(Path(folder))
        for name in names:
            if name.startswith(_PART):
                Path(folder, name).unlink(missing_ok=True)


def is_unfinished(output: Path) -> bool:
    """Whether a commit lies below a folder: a run is at work, or one has ended in the middle."""
    return any(_COMMIT in names for _, _, names in os.walk(output))


def _write_part(folder: Path, content: bytes) -> Path:
    handle, name = tempfile.mkstemp(prefix=_PART, dir=folder)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return part


def _finish(folder: Path) -> None:
    """Do what the folder's commit says, as far as it is not done yet."""
    file = folder / _COMMIT
    try:
        commit = _Commit.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return
    except ValidationError:  # not written by us, or the disk is at fault: no report is whole by it
        file.unlink()
        return
    for part, name in commit.rename.items():
        with suppress(FileNotFoundError):
            (folder / part).replace(folder / name)
    for name in commit.remove:
        (folder / name).unlink(missing_ok=True)
    _sync(folder)
    file.unlink()


def _sync(folder: Path) -> None:
    """Flush a folder's names to the disk, where folders can be flushed."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:  # some shares of a network
            raise
    finally:
        os.close(handle)
