"""The beginning and the end of an export, as rows of text."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kamreport.book.files import read_sheets
from kamreport.book.guessing.decoding import find_delimiter, guess_encoding, split
from kamreport.book.guessing.guess import Asked, Guess, Question
from kamreport.book.markup import read_markup
from kamreport.book.sheets import FAULT
from kamreport.errors import DataError
from kamreport.settings import Source

__all__ = ["Rows", "Sample", "read_samples"]

RECORDS = 2_000
_LAST = 100
_HEAD_BYTES = 2 << 20
_TAIL_BYTES = 1 << 16
_PAGE_BYTES = 64 << 20
_WORKBOOK = {".xlsx", ".xlsm", ".xls"}
_TEXT = {".csv", ".txt", ".tsv"}
_PARQUET = {".parquet", ".pq"}
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"

Rows = list[tuple[int, list[str]]]


@dataclass
class Sample:
    """A file, or a sheet of one: its first 2,000 rows and the last of the others.

    Attributes
    ----------
    rows
        With their number in the file, the headers among them.
    tail
        The last rows, where they are not among the first.
    sheet, sheets
        Its name or number, and how many the file has; a text file has none.
    headed
        The first row holds the headers because the format says so (Parquet).
    """

    path: Path
    rows: Rows
    tail: Rows = field(default_factory=list)
    sheet: str | int = ""
    sheets: int = 0
    headed: bool = False
    guesses: list[Guess] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    @property
    def name(self) -> str:
        """How a person is told of it."""
        return f"{self.path.name}, sheet '{self.sheet}'" if self.sheets > 1 else self.path.name


def read_samples(path: Path) -> list[Sample]:
    """Look at a file: text and Parquet at both ends, a workbook by the loader's own reader with its limits.

    Raises
    ------
    DataError
        One line, for whatever cannot be read.
    """
    if path.is_dir():
        raise DataError(f"{path} is a folder; name its files: {path}/*")
    if not path.exists():
        raise DataError(f"there is no file {path}; mend its name")
    if not path.is_file():
        raise DataError(f"{path} is not a file; save the table as CSV or .xlsx")
    try:
        with path.open("rb") as file:
            start = file.read(1024)
    except OSError as error:
        raise DataError(f"{path.name} cannot be opened ({error.strerror}); close the program that holds it") from None
    if not start.strip():
        raise DataError(f"{path.name} is empty; export it again")
    suffix = path.suffix.lower()
    if suffix in _PARQUET:
        return [_from_parquet(path)]
    if suffix not in _TEXT | _WORKBOOK:
        raise DataError(f"{path.name} is not a CSV, Excel or Parquet file; save it as one of these")
    if suffix in _WORKBOOK and start.startswith((_ZIP, _OLE)):
        return _from_workbook(path)
    if start.startswith(_ZIP):
        raise DataError(f"{path.name} is a workbook or an archive and not text; if a workbook, rename it to .xlsx")
    if b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{path.name} is not text, whatever its name says; export it again")
    if suffix in _WORKBOOK:
        return _from_disguised(path, start)
    return [_from_text(path)]


def _from_parquet(path: Path) -> Sample:
    try:
        file = pq.ParquetFile(path)
        batches = file.iter_batches(RECORDS)
        first = next(batches, None)
        headers = file.schema_arrow.names
        columns = [column.to_pylist() for column in first.columns] if first is not None else []
    except (pa.ArrowException, OSError):
        raise DataError(f"{path.name} is not a Parquet file; export it again") from None
    rows = [
        (number, [_as_text(cell) for cell in row]) for number, row in enumerate(zip(*columns, strict=True), start=1)
    ]
    return Sample(path, [(0, list(headers)), *rows], headed=True)


def _as_text(cell: object) -> str:
    if cell is None:
        return ""
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)


def _from_workbook(path: Path) -> list[Sample]:
    source = Source(path=path.name, sheet="*", header=0)
    samples = []
    for sheet in read_sheets(path, source, where=path.name):
        rows = [row for batch in sheet.batches for row in _texts(batch)]
        samples.append(Sample(path, rows[:RECORDS], rows[RECORDS:][-_LAST:], sheet=sheet.name))
    if not samples:
        raise DataError(f"{path.name} has no sheet in which anything stands; export it again")
    for sample in samples:
        sample.sheets = len(samples)
    return samples


def _texts(batch: pa.RecordBatch) -> Iterator[tuple[int, list[str]]]:
    *columns, numbers = (column.to_pylist() for column in batch.columns)
    for number, *cells in zip(numbers, *columns, strict=True):
        yield number, ["" if cell is None or cell.startswith(FAULT) else cell for cell in cells]


def _from_disguised(path: Path, start: bytes) -> list[Sample]:
    """Read an .xls that is a web page or text with tabs."""
    encoding = guess_encoding(start, whole=False).encoding
    text = start.decode(encoding, "ignore").lstrip("\ufeff \t\r\n")
    if not text.startswith("<"):
        if "\t" in text:
            return [_from_text(path, delimiter="\t")]
    elif "urn:schemas-microsoft-com:office:spreadsheet" not in text:
        return _from_page(path)
    read_sheets(path, Source(path=path.name), where=path.name)  # refuses it in the loader's words
    raise DataError(f"{path.name} is neither a workbook, a web page nor text with tabs; save it as .xlsx")


def _from_page(path: Path) -> list[Sample]:
    if path.stat().st_size > _PAGE_BYTES:
        raise DataError(f"{path.name} is a web page of more than {_PAGE_BYTES >> 20} MB; open it and save it as .xlsx")
    content = path.read_bytes()
    encoding, guesses, questions = _encoding(path, content, whole=True)
    tables = read_markup(content.decode(encoding, "replace"))
    guesses.append(Guess(("sheet",), 1, "sure", "the file is a web page: its tables go by number"))
    samples = []
    for number, cells in enumerate(tables, start=1):
        rows = [row for row in cells if any(row[1])]
        if len(rows) > 1:
            own = [guess if guess.entry != ("sheet",) else _numbered(guess, number) for guess in guesses]
            sample = Sample(path, rows[:RECORDS], rows[RECORDS:][-_LAST:], number, len(tables))
            sample.guesses, sample.questions = own, questions
            samples.append(sample)
    if not samples:
        raise DataError(f"{path.name} is a web page without a table; open it and save it as .xlsx")
    return samples


def _numbered(guess: Guess, number: int) -> Guess:
    return Guess(guess.entry, number, guess.confidence, guess.why)


def _encoding(path: Path, content: bytes, *, whole: bool) -> tuple[str, list[Guess], list[Question]]:
    found = guess_encoding(content, whole=whole)
    # A mark is followed by itself; what is written stands for other files of the pattern.
    written = "utf-8" if found.encoding == "utf-8-sig" else found.encoding
    guesses = [Guess(("encoding",), written, found.confidence, found.why)]
    questions = []
    if found.confidence == "unsure":
        questions.append(
            Question(Asked.FILE, f"{path.name}: in which encoding was it saved? It {found.why}; '{written}' was tried.")
        )
    return found.encoding, guesses, questions


def _from_text(path: Path, delimiter: str = "") -> Sample:
    """Read both ends of a text file."""
    size = path.stat().st_size
    with path.open("rb") as file:
        content = file.read(_HEAD_BYTES)
        ending = b""
        if size > _HEAD_BYTES:
            file.seek(max(_HEAD_BYTES, size - _TAIL_BYTES) & ~1)
            ending = file.read()
    whole = not ending
    # The end is looked at as well: what is plain ASCII at the beginning may have names below.
    below = b"" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ending.partition(b"\n")[2]
    head = content if whole else content[: content.rfind(b"\n") + 1] + below
    encoding, guesses, questions = _encoding(path, head or content, whole=whole)
    text = content.decode(encoding, "ignore").removeprefix("\ufeff")
    given = delimiter or find_delimiter(text, whole=whole)
    if not given:
        raise DataError(
            f"{path.name}: no columns can be told apart in its first {len(content):,} bytes; export it again"
        )
    if not delimiter:
        why = "records are equally wide by it"
        guesses.append(Guess(("delimiter",), given, "sure", why))
    try:
        rows = split(text, given, whole=whole)
    except csv.Error as error:
        raise DataError(f"{path.name}: {error}; a quotation mark is probably never closed") from None
    tail = rows[RECORDS:][-_LAST:] if whole else _end(ending, encoding, given)
    return Sample(path, rows[:RECORDS], tail, guesses=guesses, questions=questions)


def _end(ending: bytes, encoding: str, delimiter: str) -> Rows:
    """Read the last records; the first line is cut off."""
    codec = "utf-16-le" if encoding == "utf-16" else encoding
    text = re.sub(r"\A[^\n]*\n", "", ending.decode(codec, "ignore"))
    try:
        return [(0, cells) for _, cells in split(text, delimiter)][-_LAST:]
    except csv.Error:  # it began within a quoted cell
        return []
