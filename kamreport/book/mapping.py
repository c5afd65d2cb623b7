"""What kamreport.toml maps: for each column of a table, the cell it is read from."""

from kamreport.book.casting import literal
from kamreport.book.contract import Column, Table
from kamreport.book.raw import Raw
from kamreport.book.reshaping import place_of
from kamreport.errors import DataError, unknown

__all__ = ["header_of", "read_cells"]

_AMOUNTS = {"money", "price", "qty", "score", "share", "int"}


def read_cells(table: Table, raw: Raw) -> dict[str, tuple[str, bool]]:
    """For each column of the table, the SQL of its cell and whether that has a type of its own.

    Raises
    ------
    DataError
        If a mapped header is missing or stands twice, or a required column is not mapped.
    """
    source = raw.source
    where = f"tables.{table.name}"
    _check_entries(table, raw)
    cells: dict[str, tuple[str, bool]] = {}
    for column in table.columns:
        header = source.columns.get(column.name, column.name)
        if column.name in source.constants:
            cells[column.name] = _constant(source.constants[column.name])
        elif header in raw.headers:
            if raw.headers.count(header) > 1:
                raise DataError(f"{where}: the header '{header}' stands twice in {raw.file}; rename one of them")
            if without := [part for part in raw.parts if header not in part.headers and not _is_made(raw, header)]:
                place = f"{without[0].file}, sheet '{without[0].sheet}'" if without[0].sheet else without[0].file
                raise DataError(
                    f"{where}: the header '{header}' is not in {place}; name the files and sheets that have it"
                )
            cells[column.name] = _cell(column, raw, raw.headers.index(header))
        elif column.name in source.columns:
            known = unknown("header", header, filter(None, raw.headers), source=raw.file)
            raise DataError(f"{where}: {known}{_about_headers(raw)}")
        elif column.default:
            cells[column.name] = (literal(column.default), False)
    if unread := [name for name in source.values if name not in cells]:
        raise DataError(
            f"{where}.values.{unread[0]}: nothing is mapped to '{unread[0]}'; map it, or take its words out"
        )
    for column in table.columns:
        missing = column.required and column.name not in cells and not column.default
        if missing and not (column.instead and all(name in cells for name in column.instead)):
            raise DataError(
                f"{where}: nothing is mapped to '{column.name}' ({column.zh}), which is required; "
                f'add columns = {{ {column.name} = "..." }}. Headers in {raw.file}: '
                f"{', '.join(filter(None, raw.headers))}{_about_headers(raw)}"
            )
    return cells


def header_of(raw: Raw, name: str) -> str:
    """The header that a column is read from; empty where it is read from none."""
    header = raw.source.columns.get(name, name)
    return header if name not in raw.source.constants and header in raw.headers else ""


def _is_made(raw: Raw, header: str) -> bool:
    """Whether a header is of our making and stands in no file."""
    made = raw.source.unpivot
    return made is not None and header in {made.names, made.values}


def _check_entries(table: Table, raw: Raw) -> None:
    """Make sure that what the source says of columns and headers is of columns and headers that there are.

    Raises
    ------
    DataError
        With the entry, the name, and what was expected.
    """
    source, where = raw.source, f"tables.{table.name}"
    for name in (*source.columns, *source.constants, *source.values):
        if name not in table.by_name:
            raise DataError(f"{where}: {unknown('column', name, table.by_name, source='the contract')}")
    for name, meant in source.values.items():
        codes = table.by_name[name].values
        for written, code in meant.items():
            if codes and code not in codes:
                raise DataError(
                    f"{where}.values.{name}: '{written}' is to mean '{code}', which is not one of {', '.join(codes)}"
                )
    for entry, headers in (("scale", source.scale), ("tax_included", source.tax_included)):
        for header in headers:
            place_of(header, raw.headers, f"{where}.{entry}")
            mapped = [one for one in table.by_name if header_of(raw, one) == header]
            if not mapped or any(table.by_name[one].type not in _AMOUNTS for one in mapped):
                raise DataError(f"{where}.{entry}: '{header}' is mapped to no amount; map it, or take it out")


def _about_headers(raw: Raw) -> str:
    """Why a header may not have been found in a file whose headers are a row of it."""
    if not raw.source.path or not raw.source.header or raw.file.lower().endswith((".parquet", ".pq")):
        return ""
    one = "; is the delimiter right?" if len(raw.headers) == 1 else ""
    return f"; if the headers stand lower, set header to their row{one}"


def _cell(column: Column, raw: Raw, place: int) -> tuple[str, bool]:
    cell, typed = f"c{place}", raw.typed[place]
    if typed and column.type in {"id", "text"}:
        # A number that serves as a name: 17850.0 is the account 17850, and nan is no account.
        whole = f"TRY_CAST({cell} AS HUGEINT)"
        text = f"nullif(CAST({cell} AS VARCHAR), 'nan')"
        return f"CASE WHEN TRY_CAST({text} AS DOUBLE) = {whole} THEN CAST({whole} AS VARCHAR) ELSE {text} END", False
    return cell, typed


def _constant(value: str | float | bool) -> tuple[str, bool]:
    """SQL of a constant and whether it has a type of its own: a text is read as the file writes, a number is one."""
    if isinstance(value, bool):
        return literal(str(value).lower()), False
    return literal(value.strip() if isinstance(value, str) else value), not isinstance(value, str)
