"""The declared files: where they lie, and what they hold at this moment."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from kamreport.errors import DataError
from kamreport.settings import Settings, Source, expand

__all__ = ["Input", "Uneven", "digest", "names_of", "read_files", "read_inputs", "resolve"]

_WILD = set("*?[")


@dataclass(frozen=True)
class Input:
    """A file that was read, and what it held."""

    file: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Uneven:
    """A header that some files of a pattern, or sheets of a workbook, have and others have not.

    Attributes
    ----------
    files
        The fewer of the two: those that have it, or where `lacking` those that have it not.
    """

    header: str
    files: tuple[str, ...]
    lacking: bool


def read_inputs(settings: Settings) -> list[Input]:
    """Find every declared file and what it holds, in the order of kamreport.toml.

    Raises
    ------
    DataError
        If one is not there or cannot be opened.
    """
    return [Input(name, path.stat().st_size, digest(path)) for name, path in read_files(settings)]


def read_files(settings: Settings) -> list[tuple[str, Path]]:
    """Find every declared file and what it is called, in the order of kamreport.toml.

    Raises
    ------
    DataError
        If one is not there.
    """
    found: list[tuple[str, Path]] = []
    for group, sources in (("sources", settings.sources), ("tables", settings.tables)):
        for name, source in sources.items():
            paths = resolve(source, settings.root, where=f"{group}.{name}") if source.path else []
            found += [(called, path) for path, called in names_of(paths).items()]
    return found


def resolve(source: Source, root: Path, *, where: str) -> list[Path]:
    """Find the files of a source, in the order of their names.

    A file whose own name holds ``*``, ``?`` or ``[`` is meant where the path names it to the letter. A pattern never
    means files that are hidden or that a spreadsheet program keeps while it has another open (``~$...``).

    Raises
    ------
    DataError
        If there is none, or a pattern finds files of several kinds.
    """
    written = expand(source.path, where=f"{where}.path")
    path = root / written
    if path.is_file():
        return [path.resolve()]
    if not any(char in written for char in _WILD):
        raise DataError(f"{where}: there is no file {path.resolve()}; mend its path in kamreport.toml")
    fixed = Path(path.anchor, *takewhile(lambda part: not _WILD & set(part), path.parts[1:]))
    pattern = str(path.relative_to(fixed))
    found = sorted(file for file in fixed.glob(pattern) if file.is_file() and not file.name.startswith((".", "~$")))
    if not found:
        raise DataError(f"{where}: no file is named like {path}; mend its path in kamreport.toml")
    if len(kinds := sorted({file.suffix.lower() for file in found})) > 1:
        raise DataError(f"{where}: '{written}' finds files of several kinds ({', '.join(kinds)}); name one kind")
    return [file.resolve() for file in found]


def names_of(paths: Sequence[Path]) -> dict[Path, str]:
    """How files are called: by their names, or where two have the same one by their folders too."""
    if len({path.name for path in paths}) == len(paths):
        return {path: path.name for path in paths}
    above = Path(os.path.commonpath(paths))
    return {path: path.relative_to(above).as_posix() for path in paths}


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
