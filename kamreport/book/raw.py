"""Sources as they are: every declared file and query as a table of the engine, each row with its line."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from kamreport.book.casting import quote
from kamreport.book.contract import TABLES
from kamreport.book.files import read_file
from kamreport.errors import DataError, SettingsError, unknown
from kamreport.settings import Settings, Source

__all__ = ["Raw", "read_sources"]

# No source can have this name.
_INCOMING = "(incoming)"


@dataclass
class Raw:
    """A source in the engine.

    Attributes
    ----------
    table
        Its table: columns ``c0``, ``c1``, ... and ``row``.
    headers
        Name of each column in the file or query.
    typed
        Whether each column has a type of its own.
    broken
        (line, reason) of records that could not be split.
    """

    name: str
    source: Source
    table: str
    file: str
    sheet: str
    headers: list[str]
    typed: list[bool]
    records: int
    broken: list[tuple[int, str]]


def read_sources(con: duckdb.DuckDBPyConnection, settings: Settings) -> dict[str, Raw]:
    """Read every declared source: the files first, then the queries in the order they are written.

    Each becomes a view under its own name while they are read, so that a query can select from any other source.

    Raises
    ------
    SettingsError
        If a table is not in the contract.
    DataError
        If a file or query cannot be read.
    """
    for name in settings.tables:
        if name not in TABLES:
            known = unknown("table", name, TABLES, source="the contract")
            raise SettingsError(f"kamreport.toml: {known}; what only queries use stands under [sources.{name}]")
    con.execute("CREATE SCHEMA raw")
    declared = {**settings.sources, **settings.tables}
    where = {name: f"sources.{name}" if name in settings.sources else f"tables.{name}" for name in declared}
    raws: dict[str, Raw] = {}
    for name, source in declared.items():
        if source.path:
            raws[name] = _from_file(con, name, source, settings.root, where[name])
    for name, source in declared.items():
        if source.sql:
            raws[name] = _from_query(con, name, source, where[name])
    for name in declared:
        con.execute(f"DROP VIEW {quote(name)}")
    return raws


def _from_file(con: duckdb.DuckDBPyConnection, name: str, source: Source, root: Path, where: str) -> Raw:
    sheet = read_file(source, root, where=where)
    table = f"raw.{quote(name)}"
    faults: list[DataError] = []
    con.register(_INCOMING, pa.RecordBatchReader.from_batches(sheet.schema, _watched(sheet.batches, faults)))
    try:
        con.execute(f"CREATE TABLE {table} AS SELECT * FROM {quote(_INCOMING)}")
    except duckdb.Error:
        if faults:  # the engine has buried our own message in a traceback
            raise faults[0] from None
        raise
    con.unregister(_INCOMING)
    raw = _describe(con, name, source, sheet.path.name, sheet.headers)
    raw.sheet = sheet.name
    raw.broken = [(one.line, one.reason) for one in sheet.broken]
    raw.records += len(raw.broken)
    return raw


def _from_query(con: duckdb.DuckDBPyConnection, name: str, source: Source, where: str) -> Raw:
    table = f"raw.{quote(name)}"
    try:
        statements = con.extract_statements(source.sql)
        if len(statements) != 1 or statements[0].type.name != "SELECT":
            raise DataError(f"{where}.sql must be one SELECT and nothing else")
        # A line of its own, because the query may end in a comment.
        query = f"(\n{statements[0].query.strip().rstrip(';')}\n)"
        headers = [item[0] for item in con.execute(f"SELECT * FROM {query} LIMIT 0").description or []]
        names = ", ".join(f"c{place}" for place in range(len(headers)))
        con.execute(f"CREATE TABLE {table} AS SELECT *, row_number() OVER () AS row FROM {query} AS q({names})")
    except duckdb.PermissionException:
        raise DataError(
            f"{where}.sql: a query reads declared sources only; name its file under [sources.NAME] and select from NAME"
        ) from None
    except duckdb.Error as error:
        raise DataError(f"{where}.sql: {_one_line(error)}") from None
    return _describe(con, name, source, f"{where}.sql", headers)


def _describe(con: duckdb.DuckDBPyConnection, name: str, source: Source, file: str, headers: list[str]) -> Raw:
    """What lies in the engine now, and a view of it under the source's own headers."""
    table = f"raw.{quote(name)}"
    columns = con.execute(f"DESCRIBE {table}").fetchall()[: len(headers)]
    typed = [kind != "VARCHAR" and not kind.startswith("ENUM") for _, kind, *_ in columns]
    unique = dict.fromkeys(headers)
    renamed = ", ".join(f"c{headers.index(header)} AS {quote(header)}" for header in unique if header)
    con.execute(f"CREATE VIEW {quote(name)} AS SELECT {renamed or '1'} FROM {table}")
    records = con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
    return Raw(name, source, table, file, "", headers, typed, records, [])


def _watched(batches: Iterator[pa.RecordBatch], faults: list[DataError]) -> Iterator[pa.RecordBatch]:
    """Pass the batches on, and keep what stops them."""
    try:
        yield from batches
    except DataError as error:
        faults.append(error)
        raise


def _one_line(error: Exception) -> str:
    """The first line of the engine's own message, without its picture of the query."""
    return " ".join(str(error).split("\n\n")[0].split())[:300]
