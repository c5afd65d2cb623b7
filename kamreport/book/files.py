"""Files to text: every cell as it was written, with the place where it stood.

CSV is decoded and split in Python and Excel in a child process, because both DuckDB's sniffing and the
spreadsheet readers lose rows or change values without a word. A cell that cannot be read travels on as `FAULT`
and a reason, so that only rows whose *mapped* columns are broken are rejected.
"""

import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kamreport.book.sources import resolve
from kamreport.errors import DataError
from kamreport.settings import Source

__all__ = ["FAULT", "Broken", "Sheet", "read_file"]

FAULT = "\x00"
_BATCH = 50_000
_FIELD_LIMIT = 1_000_000
_EXCEL = {".xlsx", ".xlsm", ".xls"}
_EXCEL_SECONDS = 600


@dataclass(frozen=True)
class Broken:
    """A record that could not be split into cells."""

    line: int
    reason: str


@dataclass
class Sheet:
    """A file, or a sheet of one, as a stream of text columns.

    Attributes
    ----------
    headers
        As they stand in the file.
    batches
        Columns named by position (``c0``, ``c1``, ...) and ``row``, the line or row number in the file.
    broken
        Filled while the batches are read.
    """

    path: Path
    name: str
    headers: list[str]
    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    broken: list[Broken] = field(default_factory=list)


def read_file(source: Source, root: Path, *, where: str) -> Sheet:
    """Open a source's file.

    Parameters
    ----------
    source
        With a path.
    root
        Folder that a relative path starts from.
    where
        How an error names the source: ``tables.transactions``.

    Raises
    ------
    DataError
        If the file is missing, cannot be decoded, or is of a kind that is not read.
    """
    path = resolve(source, root, where=where)
    if path.suffix.lower() in _EXCEL:
        return _read_excel(path, source)
    if path.suffix.lower() in {".parquet", ".pq"}:
        return _read_parquet(path)
    if path.suffix.lower() in {".csv", ".txt", ".tsv"}:
        return _read_csv(path, source)
    raise DataError(f"{where}: {path.name} is not a CSV, Excel or Parquet file; save it as one of these")


def _batch(rows: Sequence[Sequence[str]], numbers: Sequence[int], width: int) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    arrays = [pa.array(column, pa.string()) for column in columns]
    return pa.RecordBatch.from_arrays([*arrays, pa.array(numbers, pa.int64())], schema=_text_schema(width))


def _text_schema(width: int) -> pa.Schema:
    return pa.schema([*((f"c{place}", pa.string()) for place in range(width)), ("row", pa.int64())])


def _read_csv(path: Path, source: Source) -> Sheet:
    """Split a text file by the csv module in strict mode; the declared encoding, or the file's own mark."""
    encoding = _encoding(path, source.encoding)
    records = _records(path, encoding, source.delimiter)
    if (start := next(records, None)) is None:
        raise DataError(f"{path.name} is empty; export it again")
    records = chain([start], records)
    first = next((one for one in records if one[0] >= source.header), (0, []))
    headers = first[1] if first[0] == source.header else []
    if source.header == 0:
        headers = [str(place) for place in range(1, len(first[1]) + 1)]
        records = chain([first], records)
    if not headers:
        raise DataError(f"{path.name} has no header in row {source.header}; set header to the row that holds it")
    sheet = Sheet(path, "", [cell.strip() for cell in headers], _text_schema(len(headers)), iter(()))
    sheet.batches = _csv_batches(records, len(headers), sheet.broken)
    return sheet


def _csv_batches(
    records: Iterator[tuple[int, list[str]]], width: int, broken: list[Broken]
) -> Iterator[pa.RecordBatch]:
    rows: list[list[str]] = []
    numbers: list[int] = []
    for line, record in records:
        if len(record) != width:
            broken.append(Broken(line, "fields"))
        elif any(FAULT in cell for cell in record):
            broken.append(Broken(line, "nul"))
        else:
            rows.append(record)
            numbers.append(line)
        if len(rows) == _BATCH:
            yield _batch(rows, numbers, width)
            rows, numbers = [], []
    yield _batch(rows, numbers, width)


def _records(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the records of a text file with the line each starts on; empty lines are none."""
    csv.field_size_limit(_FIELD_LIMIT)
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
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
            if record:
                yield line, record
            line = reader.line_num + 1


def _encoding(path: Path, declared: str) -> str:
    """Follow the file's own byte order mark, else the declared encoding."""
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


def _read_parquet(path: Path) -> Sheet:
    """Read a Parquet file; its columns keep their own types and are cast by the contract."""
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError):
        raise DataError(f"{path.name} is not a Parquet file; export it again") from None
    kinds = [pa.string() if _is_bytes(kind) else kind for kind in file.schema_arrow.types]
    schema = pa.schema([*((f"c{place}", kind) for place, kind in enumerate(kinds)), ("row", pa.int64())])

    def batches() -> Iterator[pa.RecordBatch]:
        start = 1
        try:
            for batch in file.iter_batches(_BATCH):
                numbers = pa.array(range(start, start + batch.num_rows), pa.int64())
                start += batch.num_rows
                columns = [_decoded(column) if _is_bytes(column.type) else column for column in batch.columns]
                yield pa.RecordBatch.from_arrays([*columns, numbers], schema=schema)
        except (pa.ArrowException, OSError):
            raise DataError(f"{path.name} is damaged after row {start - 1}; export it again") from None

    return Sheet(path, "", file.schema_arrow.names, schema, batches())


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _decoded(column: pa.Array) -> pa.Array:
    """Bytes as text: some engines write text without saying so. What is no text is a fault of its cell."""
    texts = []
    for value in column.to_pylist():
        try:
            texts.append(None if value is None else value.decode("utf-8"))
        except UnicodeDecodeError:
            texts.append(FAULT + "cell_error")
    return pa.array(texts, pa.string())


def _read_excel(path: Path, source: Source) -> Sheet:
    """Read a sheet in a child process; whatever kills the child is one line here."""
    with tempfile.TemporaryDirectory(prefix="kamreport-") as folder:
        out = Path(folder) / "sheet.arrow"
        order = {"path": str(path), "sheet": source.sheet, "header": source.header, "out": str(out)}
        answer = _ask_child(path, order)
        with pa.ipc.open_file(out) as reader:
            table = reader.read_all()
    return Sheet(path, answer["sheet"], answer["headers"], table.schema, iter(table.to_batches()))


def _ask_child(path: Path, order: dict[str, Any]) -> dict[str, Any]:
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "kamreport.book.excel"],
            input=json.dumps(order),
            capture_output=True,
            text=True,
            timeout=_EXCEL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DataError(f"{path.name} was not read within {_EXCEL_SECONDS} s; save the sheet as CSV") from None
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise DataError(
            f"{path.name} cannot be read: the reader stopped with status {done.returncode}, "
            "probably for want of memory; save the sheet as CSV"
        ) from None
    if "error" in answer:
        raise DataError(answer["error"])
    return answer
