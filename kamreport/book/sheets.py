"""What every reader of files gives: a sheet of text cells, as batches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = [
    "BATCH",
    "BLANKS",
    "FAULT",
    "Broken",
    "Sheet",
    "from_records",
    "record_batches",
    "row_numbers",
    "text_batch",
    "text_schema",
    "without_blanks",
]

# A cell that could not be read travels on as this and a reason.
FAULT = "\x00"
BATCH = 50_000
BLANKS = " \t\r\n\u00a0\u2007\u202f\u3000\ufeff"
# Whether a text with this first or last byte may have a blank there.
_STARTS, _ENDS = np.zeros((2, 256), np.bool_)
_STARTS[[blank.encode()[0] for blank in BLANKS]] = True
_ENDS[[blank.encode()[-1] for blank in BLANKS]] = True


@dataclass(frozen=True)
class Broken:
    """A record that could not be split into cells."""

    line: int
    reason: str


@dataclass
class Sheet:
    """A file, or a sheet of one, as a stream of columns.

    Attributes
    ----------
    headers
        As they stand in the file.
    batches
        Columns named by position (``c0``, ``c1``, ...) and ``row``, the line or row number in the file.
    broken
        Filled while the batches are read.
    encoding
        In which a text was read; empty for a file that says by itself how it is written.
    """

    path: Path
    name: str
    headers: list[str]
    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    broken: list[Broken] = field(default_factory=list)
    encoding: str = ""


def text_schema(width: int) -> pa.Schema:
    """So many columns of text, and the row."""
    return pa.schema([*((f"c{place}", pa.string()) for place in range(width)), ("row", pa.int64())])


def row_numbers(first: int, count: int) -> pa.Array:
    """Numbers one after another.

    Examples
    --------
    >>> row_numbers(2, 3).to_pylist()
    [2, 3, 4]
    """
    return pa.array(np.arange(first, first + count))


def text_batch(rows: Sequence[Sequence[str]], numbers: Sequence[int], width: int) -> pa.RecordBatch:
    """Make rows of text cells a batch."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    arrays = [pa.array(column, pa.string()) for column in columns]
    return pa.RecordBatch.from_arrays([*arrays, pa.array(numbers, pa.int64())], schema=text_schema(width))


def from_records(
    path: Path, name: str, headers: list[str], records: Iterator[tuple[int, list[str]]], *, padded: bool = False
) -> Sheet:
    """Make a sheet of numbered records; one that is not as wide as the headers is broken, unless it may be padded."""
    sheet = Sheet(path, name, headers, text_schema(len(headers)), iter(()))
    sheet.batches = record_batches(records, len(headers), sheet.broken, padded=padded)
    return sheet


def record_batches(
    records: Iterator[tuple[int, list[str]]], width: int, broken: list[Broken], *, padded: bool = False
) -> Iterator[pa.RecordBatch]:
    """Make numbered records batches, and tell of those that are broken."""
    rows: list[list[str]] = []
    numbers: list[int] = []
    for line, record in records:
        cells = record + [""] * (width - len(record)) if padded else record
        if len(cells) != width:
            broken.append(Broken(line, "fields"))
        elif any(FAULT in cell for cell in cells):
            broken.append(Broken(line, "nul"))
        else:
            rows.append(cells)
            numbers.append(line)
        if len(rows) == BATCH:
            yield text_batch(rows, numbers, width)
            rows, numbers = [], []
    yield text_batch(rows, numbers, width)


def without_blanks(cells: pa.Array) -> pa.Array:
    """Cells of text without blanks at their ends; of any other type as they are.

    Examples
    --------
    >>> without_blanks(pa.array([" a b\u3000", None])).to_pylist()
    ['a b', None]
    """
    if not pa.types.is_string(cells.type) or not len(cells):
        return cells
    _, places, texts = cells.buffers()
    if not texts:
        return cells
    # Most columns have no such cell, which the first and last bytes tell in a tenth of the time that trimming takes.
    places = np.frombuffer(places, np.int32)[cells.offset : cells.offset + len(cells) + 1]
    texts = np.frombuffer(texts, np.uint8)
    filled = places[1:] > places[:-1]
    suspected = _STARTS[texts[places[:-1][filled]]].any() or _ENDS[texts[places[1:][filled] - 1]].any()
    return pc.utf8_trim(cells, characters=BLANKS) if suspected else cells
