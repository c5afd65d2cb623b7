"""A draft of kamreport.toml from exports: what is guessed, how sure that is, and what a person must say."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from kamreport.book.contract import TABLES
from kamreport.book.guessing.forms import Reader
from kamreport.book.guessing.guess import Asked, Question, TableGuess
from kamreport.book.guessing.heading import find_heading
from kamreport.book.guessing.sampling import Sample, read_samples
from kamreport.book.guessing.tables import guess_table
from kamreport.book.guessing.working import Shape
from kamreport.book.guessing.writing import write_draft
from kamreport.book.sources import digest
from kamreport.errors import DataError

__all__ = ["Draft", "draft_mapping"]

_DIGITS = "0123456789"


@dataclass(frozen=True)
class Draft:
    """The text of a kamreport.toml, and what became of the files.

    Attributes
    ----------
    tables
        Those that the draft names.
    questions
        How many it asks.
    read
        How many files could be read, whether or not a table fits.
    faults
        A line for each file that could not.
    """

    text: str
    tables: tuple[str, ...]
    questions: int
    read: int
    faults: tuple[str, ...]


def draft_mapping(files: Sequence[Path], root: Path) -> Draft:
    """Look at exports and draft how they are to be read.

    Parameters
    ----------
    files
        Any number of them, of any table. What cannot be read is a fault; the others are mapped all the same.
    root
        The workspace's folder: paths are written relative to it.
    """
    paths, copies = _without_copies(files)
    faults: list[str] = []
    samples: list[Sample] = []
    for path in paths:
        try:
            samples += read_samples(path)
        except DataError as error:
            faults.append(str(error))
    reader = Reader()
    found = [guess_table(shape, reader) for shape in _shapes(samples)]
    questions = [one for one in found if isinstance(one, Question)]
    tables: dict[str, TableGuess] = {}
    for guess in sorted((one for one in found if isinstance(one, TableGuess)), key=lambda one: -one.score):
        if guess.table in tables:
            questions.append(_second(guess, tables[guess.table]))
        else:
            tables[guess.table] = guess
            guess.path, doubts = _path(guess.paths, copies, root)
            guess.questions += doubts
    questions += [_copied(copy, path) for copy, path in copies.items()]
    ordered = [tables[name] for name in TABLES if name in tables]
    text, asked = write_draft(ordered, questions)
    return Draft(text, tuple(guess.table for guess in ordered), asked, len(paths) - len(faults), tuple(faults))


def _without_copies(files: Sequence[Path]) -> tuple[list[Path], dict[Path, Path]]:
    """The files that differ, and which of them each of the others repeats; only files of one size are compared."""
    by_size: dict[int, list[Path]] = {}
    copies: dict[Path, Path] = {}
    kept: list[Path] = []
    for path in dict.fromkeys(file.absolute() for file in files):
        if not path.is_file():
            kept.append(path)
            continue
        alike = by_size.setdefault(path.stat().st_size, [])
        same = next((other for other in alike if _same(path, other)), None)
        if same:
            copies[path] = same
        else:
            alike.append(path)
            kept.append(path)
    return kept, copies


def _same(one: Path, other: Path) -> bool:
    try:
        return digest(one) == digest(other)
    except DataError:  # said when it is read
        return False


def _shapes(samples: Iterable[Sample]) -> list[Shape]:
    """Put sheets of one shape together: the same headers in the same place, and files of one kind written alike."""
    found: dict[object, Shape] = {}
    for sample in samples:
        heading = find_heading(sample)
        written = tuple((guess.entry, guess.value) for guess in sample.guesses)
        headed = isinstance(heading.header, list) or heading.header != 0
        place = (tuple(heading.headers), str(heading.header), sample.path.suffix.lower(), sample.path.parent)
        key = (*place, written) if headed else (sample.path, sample.sheet)
        shape = found.get(key)
        if shape is None:
            found[key] = Shape([sample], heading)
        else:
            shape.samples.append(sample)
            shape.heading.body += heading.body
            shape.heading.tail += heading.tail
            shape.heading.titles += [title for title in heading.titles if title not in shape.heading.titles]
    return [one for shape in found.values() for one in _by_sheets(shape)]


def _by_sheets(shape: Shape) -> list[Shape]:
    """Say which sheets are meant: the one of a name, or all; files that differ in this stand apart."""
    samples = shape.samples
    names = {sample.sheet for sample in samples}
    if not samples[0].sheets:
        return [shape]
    if len(names) == 1:
        return [Shape(samples, shape.heading, names.pop())]
    counts = {path: sum(one.path == path for one in samples) for path in {one.path for one in samples}}
    if all(counts[one.path] == one.sheets for one in samples) and not isinstance(samples[0].sheet, int):
        return [Shape(samples, shape.heading, "*")]
    return [Shape([sample], find_heading(sample), sample.sheet) for sample in samples]


def _path(paths: Sequence[Path], copies: dict[Path, Path], root: Path) -> tuple[str, list[Question]]:
    """One path, or a pattern that finds these files and no others."""
    if len(paths) == 1:
        return _relative(paths[0], root), []
    names = [path.name for path in paths]
    start = _common(names).rstrip(_DIGITS)
    end = _common([name[::-1] for name in names])[::-1].lstrip(_DIGITS)
    pattern = f"{start}*{end}"
    meant = {*paths, *(copy for copy, path in copies.items() if path in paths)}
    others = sorted(
        file.name
        for file in paths[0].parent.glob(pattern)
        if file not in meant and not file.name.startswith((".", "~$"))
    )
    whole = not set("*?[") & set(start + end)
    if whole and not others:
        return _relative(paths[0].parent / pattern, root), []
    why = f"'{pattern}' finds {', '.join(others[:3])} too" if others else "their names have signs of a pattern"
    text = (
        f"{', '.join(names)} are of one shape, but {why}. Move them to a folder of their own, or the draft reads the "
        "first only."
    )
    return _relative(paths[0], root), [Question(Asked.TABLE, text)]


def _common(names: Sequence[str]) -> str:
    """What all names begin with."""
    alike = takewhile(lambda chars: len(set(chars)) == 1, zip(*names, strict=False))
    return "".join(one for one, *_ in alike)


def _relative(path: Path, root: Path) -> str:
    """A path as the draft writes it: from the workspace where it lies in it."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _second(guess: TableGuess, first: TableGuess) -> Question:
    names = ", ".join(path.name for path in guess.paths)
    return Question(
        Asked.TABLE,
        f"{names}: also looks like {guess.table}, which {first.paths[0].name} is, but has other headers. It is not in "
        "the draft; if both belong together, put them into one by sql.",
    )


def _copied(copy: Path, path: Path) -> Question:
    return Question(Asked.FILE, f"{copy.name} holds the same as {path.name} and is left out. Is one of them wrong?")
