"""Text files: CSV and its kin, decoded and split strictly, each record with the line it starts on.

What a text file means is what Python's csv module in strict mode says of it. A block of lines of which that is certain
beforehand is split by Arrow, a hundred times faster; every other block by the csv module itself.
"""

import csv
from collections.abc import Iterator
from functools import lru_cache
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from kamreport.book.encoding import decoded_as, not_decoded
from kamreport.book.headers import header_rows, join_headers
from kamreport.book.sheets import FAULT, Sheet, record_batches, row_numbers, text_schema
from kamreport.errors import DataError
from kamreport.settings import Source

if TYPE_CHECKING:
    from _csv import Reader

__all__ = ["read_delimited"]

_FIELD_LIMIT = 1_000_000
# Characters that are read and split at a time, and bytes that Arrow gives to a thread.
_BLOCK, _PART = 1 << 23, 1 << 20
_BYTE_ORDER_MARK = "\ufeff"


def read_delimited(path: Path, source: Source, delimiter: str) -> Sheet:
    """Split a text file, in its own encoding or the declared one.

    Raises
    ------
    DataError
        If it is empty, has no such header row, or cannot be decoded.
    """
    encoding = decoded_as(path, source.encoding)
    try:
        headers, first = _headers(path, encoding, delimiter, source)
    except UnicodeError:
        raise not_decoded(path, encoding) from None
    sheet = Sheet(path, "", headers, text_schema(len(headers)), iter(()), encoding=encoding)
    sheet.batches = _batches(sheet, encoding, delimiter, first)
    return sheet


def _headers(path: Path, encoding: str, delimiter: str, source: Source) -> tuple[list[str], int]:
    """The headers of a file, and the line after them."""
    wanted = header_rows(source.header)
    above: dict[int, list[str]] = {}
    with path.open(encoding=encoding, newline="") as file:
        reader = _reader(file, delimiter)
        records = _records(path, reader, 1)
        for line, record in records:
            above[line] = record
            if line >= (wanted[-1] if wanted else 1):
                break
        after = reader.line_num + 1
    if not above:
        raise DataError(f"{path.name} is empty; export it again")
    if not wanted:
        return [str(place) for place in range(1, len(above[max(above)]) + 1)], 1
    headers = join_headers([above.get(line, []) for line in wanted]) if wanted[-1] in above else []
    if not headers:
        raise DataError(f"{path.name} has no header in row {source.header}; set header to the row that holds it")
    return headers, after


def _batches(sheet: Sheet, encoding: str, delimiter: str, first: int) -> Iterator[pa.RecordBatch]:
    """The records from a line on, block by block; a block ends where a line ends, and is longer if its record is."""
    path, width, line = sheet.path, len(sheet.headers), first
    try:
        with path.open(encoding=encoding, newline="") as file:
            for _ in range(first - 1):
                file.readline()
            while text := file.read(_BLOCK) + file.readline():
                if (table := _certain(text, delimiter, width)) is not None:
                    yield from table.append_column("row", row_numbers(line, table.num_rows)).to_batches()
                    line += table.num_rows
                else:
                    lines = StringIO(text, newline="").readlines()
                    reader = _reader(chain(lines, file), delimiter)
                    yield from record_batches(_records(path, reader, line, len(lines)), width, sheet.broken)
                    line += reader.line_num
    except UnicodeError:
        raise not_decoded(path, encoding) from None


def _certain(text: str, delimiter: str, width: int) -> pa.Table | None:
    """Split whole lines, none of them empty, if each is a record and has as many cells as the header; else None.

    Without quotation marks a line is a record and a cell what stands between delimiters. With them every line must be
    made of cells without a quotation mark and of cells that one opens and one closes: then none goes on in the next
    line, and nothing is left that Arrow lets pass and the csv module does not.
    """
    if not delimiter.isascii() or delimiter in ' "\r\n' or FAULT in text or text.startswith(_BYTE_ORDER_MARK):
        return None
    whole = text if text.endswith("\n") else text + "\n"
    step = _FIELD_LIMIT // 2  # where each stretch of half a limit has a line end, no line reaches the limit
    if any(whole.find("\n", start, start + step) < 0 for start in range(0, len(whole), step)):
        return None
    if "\r" in whole and whole.count("\r") != whole.count("\r\n"):
        return None
    quoted = '"' in whole
    if quoted and not _well_quoted(whole, delimiter):
        return None
    names = text_schema(width).names[:-1]
    encoded = whole.encode()
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(encoded),
            arrow_csv.ReadOptions(column_names=names, block_size=_PART),
            arrow_csv.ParseOptions(delimiter=delimiter, quote_char='"' if quoted else False),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), check_utf8=False),
        )
    except pa.ArrowInvalid:  # a line has more or fewer cells
        return None
    lines = np.count_nonzero(np.frombuffer(encoded, np.uint8) == ord("\n"))
    return table if table.num_rows == lines else None  # Arrow skips empty lines


def _well_quoted(text: str, delimiter: str) -> bool:
    lines = pc.split_pattern(pa.scalar(text), "\n").values
    return bool(pc.all(pc.match_substring_regex(lines, _grammar(delimiter))).as_py())


@lru_cache
def _grammar(delimiter: str) -> str:
    """Regular expression of a line whose cells are either plain or quoted."""
    end = f"\\x{ord(delimiter):02x}"
    cell = f'([^"{end}\\r]*|"([^"]|"")*")'
    return f"^{cell}({end}{cell})*\\r?$"


def _reader(lines: Iterator[str], delimiter: str) -> "Reader":
    csv.field_size_limit(_FIELD_LIMIT)
    # Columns set apart by spaces: as many as it takes to line them up, also before the first.
    return csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=delimiter == " ")


def _records(path: Path, reader: "Reader", first: int, lines: int | None = None) -> Iterator[tuple[int, list[str]]]:
    """Yield the records that start in so many lines, with the line each starts on; empty lines are none."""
    while lines is None or reader.line_num < lines:
        line = first + reader.line_num
        try:
            record = next(reader, None)
        except csv.Error as error:
            raise DataError(
                f"{path.name}, line {line}: {error}; a quotation mark opened there is probably never closed"
            ) from None
        if record is None:
            return
        if reader.dialect.skipinitialspace and record and not record[-1]:
            record.pop()
        if record:
            yield line, record
