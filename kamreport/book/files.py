"""Files to text: every cell as it was written, with the place where it stood.

CSV is decoded and split in Python and Excel in a child process, because both DuckDB's sniffing and the
spreadsheet readers lose rows or change values without a word. A cell that cannot be read travels on as `FAULT`
and a reason, so that only rows whose *mapped* columns are broken are rejected.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kamreport.book.delimited import read_delimited
from kamreport.book.encoding import decoded_as, not_decoded
from kamreport.book.headers import header_rows, join_headers
from kamreport.book.markup import read_markup
from kamreport.book.sheets import BATCH, FAULT, Sheet, from_records, row_numbers
from kamreport.errors import DataError
from kamreport.settings import Source

__all__ = ["read_sheets"]

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_EXCEL_SECONDS = 600


def read_sheets(path: Path, source: Source, *, where: str) -> list[Sheet]:
    """Open a file of a source: its sheets, or itself as the only one.

    Parameters
    ----------
    source
        How the file is to be read.
    where
        How an error names the source: ``tables.transactions``.

    Raises
    ------
    DataError
        If the file cannot be opened or decoded, or is of a kind that is not read.
    """
    suffix = path.suffix.lower()
    if suffix in {".xlsx", ".xlsm", ".xls"}:
        return _read_workbook(path, source, where)
    if suffix in {".parquet", ".pq"}:
        return [_read_parquet(path)]
    if suffix in {".csv", ".txt", ".tsv"}:
        return [read_delimited(path, source, source.delimiter)]
    raise DataError(f"{where}: {path.name} is not a CSV, Excel or Parquet file; save it as one of these")


def _read_parquet(path: Path) -> Sheet:
    """Read a Parquet file; its columns keep their own types and are cast by the contract."""
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError):
        raise DataError(f"{path.name} is not a Parquet file; export it again") from None
    kinds = [_read_as(kind) for kind in file.schema_arrow.types]
    schema = pa.schema([*((f"c{place}", kind) for place, kind in enumerate(kinds)), ("row", pa.int64())])

    def batches() -> Iterator[pa.RecordBatch]:
        start = 1
        try:
            for batch in file.iter_batches(BATCH):
                columns = [_plain(column) for column in batch.columns]
                numbers = row_numbers(start, batch.num_rows)
                start += batch.num_rows
                yield pa.RecordBatch.from_arrays([*columns, numbers], schema=schema)
        except (pa.ArrowException, OSError):
            raise DataError(f"{path.name} is damaged after row {start - 1}; export it again") from None

    return Sheet(path, "", file.schema_arrow.names, schema, batches())


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _read_as(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return pa.timestamp(kind.unit)
    return pa.string() if _is_bytes(kind) else kind


def _plain(column: pa.Array) -> pa.Array:
    """Bytes as text; an instant as the time on the clocks of the zone that its column names, not of this machine's."""
    if pa.types.is_timestamp(column.type) and column.type.tz:
        return pc.local_timestamp(column)
    return _decoded(column) if _is_bytes(column.type) else column


def _decoded(column: pa.Array) -> pa.Array:
    """Bytes as text: some engines write text without saying so. What is no text is a fault of its cell."""
    texts = []
    for value in column.to_pylist():
        try:
            texts.append(None if value is None else value.decode("utf-8"))
        except UnicodeDecodeError:
            texts.append(FAULT + "cell_error")
    return pa.array(texts, pa.string())


def _read_workbook(path: Path, source: Source, where: str) -> list[Sheet]:
    """Read a workbook by what it holds: what many systems call .xls is a web page, or text with tabs."""
    with path.open("rb") as file:
        start = file.read(1024)
    if start.startswith((_ZIP, _OLE)):
        return _read_excel(path, source)
    text = start.decode(decoded_as(path, source.encoding), errors="ignore").lstrip()
    if "urn:schemas-microsoft-com:office:spreadsheet" in text:
        raise DataError(f"{where}: {path.name} is an XML spreadsheet; open it and save it as .xlsx")
    if text.startswith("<"):
        return [_read_page(path, source)]
    if "\t" in text:
        return [read_delimited(path, source, "\t")]
    raise DataError(
        f"{where}: {path.name} is neither a workbook, a web page nor text with tabs; open it and save it as .xlsx"
    )


def _read_page(path: Path, source: Source) -> Sheet:
    """Read a table of a web page, the first by default."""
    encoding = decoded_as(path, source.encoding)
    try:
        tables = read_markup(path.read_text(encoding))
    except UnicodeError:
        raise not_decoded(path, encoding) from None
    number = source.sheet or 1
    if not isinstance(number, int) or number > len(tables):
        raise DataError(
            f"{path.name} is a web page of {len(tables)} tables; set sheet to the number of one, not {number}"
        )
    rows = tables[number - 1]
    wanted = header_rows(source.header)
    last = wanted[-1] if wanted else 0
    width = max((len(cells) for _, cells in rows), default=0)
    if last > len(rows) or not width:
        raise DataError(f"{path.name} has no header in row {source.header}; set header to the row that holds it")
    headers = join_headers([rows[row - 1][1] for row in wanted]) if wanted else [str(n + 1) for n in range(width)]
    headers += [""] * (width - len(headers))
    body = ((row, cells) for row, cells in rows[last:] if any(cells))
    sheet = from_records(path, "", headers, body, padded=True)
    sheet.encoding = encoding
    return sheet


def _read_excel(path: Path, source: Source) -> list[Sheet]:
    """Read sheets in a child process; whatever kills the child is one line here."""
    with tempfile.TemporaryDirectory(prefix="kamreport-") as folder:
        order = {"path": str(path), "sheet": source.sheet, "header": header_rows(source.header), "out": folder}
        answer = _ask_child(path, order)
        sheets = []
        for told in answer["sheets"]:
            with pa.ipc.open_file(Path(folder) / told["file"]) as reader:
                table = reader.read_all()
            sheets.append(Sheet(path, told["name"], told["headers"], table.schema, iter(table.to_batches())))
    return sheets


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
