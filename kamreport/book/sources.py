"""The declared files: where they lie, and what they hold at this moment."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from kamreport.errors import DataError
from kamreport.settings import Settings, Source, expand

__all__ = ["Input", "digest", "read_inputs", "resolve"]


@dataclass(frozen=True)
class Input:
    """A file that was read, and what it held."""

    file: str
    bytes: int
    sha256: str


def read_inputs(settings: Settings) -> list[Input]:
    """Find every declared file and what it holds, in the order of kamreport.toml.

    Raises
    ------
    DataError
        If one is not there or cannot be opened.
    """
    found = []
    for group, sources in (("sources", settings.sources), ("tables", settings.tables)):
        for name, source in sources.items():
            if source.path:
                path = resolve(source, settings.root, where=f"{group}.{name}")
                found.append(Input(path.name, path.stat().st_size, digest(path)))
    return found


def resolve(source: Source, root: Path, *, where: str) -> Path:
    """Find the file of a source.

    Raises
    ------
    DataError
        If it is not there, or its name holds a wildcard.
    """
    written = expand(source.path, where=f"{where}.path")
    path = (root / written).resolve()
    if any(char in written for char in "*?["):
        raise DataError(f"{where}: '{written}' holds a wildcard; name one file")
    if not path.is_file():
        raise DataError(f"{where}: there is no file {path}; mend its path in kamreport.toml")
    return path


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes.

    Raises
    ------
    DataError
        If the file cannot be opened: another program may hold it.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{path.name} cannot be opened ({error.strerror}); close the program that holds it") from None
