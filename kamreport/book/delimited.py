"""Text files: CSV and its kin, decoded and split strictly, each record with the line it starts on."""

import csv
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from kamreport.book.headers import header_rows, join_headers
from kamreport.book.sheets import Sheet, from_records
from kamreport.errors import DataError
from kamreport.settings import Source

__all__ = ["decoded_as", "read_delimited"]

_FIELD_LIMIT = 1_000_000


def read_delimited(path: Path, source: Source, delimiter: str) -> Sheet:
    """Split a text file by the csv module in strict mode; the declared encoding, or the file's own mark.

    Raises
    ------
    DataError
        If it is empty, has no such header row, or cannot be decoded.
    """
    records = _records(path, decoded_as(path, source.encoding), delimiter)
    if (start := next(records, None)) is None:
        raise DataError(f"{path.name} is empty; export it again")
    records = chain([start], records)
    wanted = header_rows(source.header)
    above: dict[int, list[str]] = {}
    first = (0, list[str]())
    for line, record in records:
        if line >= (wanted[-1] if wanted else 1):
            first = (line, record)
            break
        above[line] = record
    if not wanted:
        headers = [str(place) for place in range(1, len(first[1]) + 1)]
        records = chain([first], records)
    else:
        rows = [above.get(line, []) for line in wanted[:-1]] + [first[1] if first[0] == wanted[-1] else []]
        headers = join_headers(rows) if rows[-1] else []
    if not headers:
        raise DataError(f"{path.name} has no header in row {source.header}; set header to the row that holds it")
    return from_records(path, "", headers, records)


def _records(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the records of a text file with the line each starts on; empty lines are none."""
    csv.field_size_limit(_FIELD_LIMIT)
    # Columns set apart by spaces: as many as it takes to line them up, also before the first.
    spaced = delimiter == " "
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True, skipinitialspace=spaced)
        line = 1
        while True:
            try:
                record = next(reader, None)
            except csv.Error as error:
                raise DataError(
                    f"{path.name}, line {line}: {error}; a quotation mark opened there is probably never closed"
                ) from None
            except UnicodeError:
                place = f"after line {reader.line_num}" if reader.line_num else "in its first lines"
                raise DataError(
                    f"{path.name}, {place}: not {encoding}; set the encoding it was saved in, "
                    "for example encoding = 'gb18030'"
                ) from None
            if record is None:
                return
            if spaced and record and not record[-1]:
                record.pop()
            if record:
                yield line, record
            line = reader.line_num + 1


def decoded_as(path: Path, declared: str) -> str:
    """Follow the file's own byte order mark, else the declared encoding.

    Raises
    ------
    DataError
        If there is no such encoding.
    """
    with path.open("rb") as file:
        mark = file.read(4)
    if mark.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if mark.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        "".encode(declared)
    except LookupError:
        raise DataError(f"{path.name}: there is no encoding '{declared}'; use utf-8, gb18030 or big5") from None
    return declared
