"""Sources as they are: every declared file and query as rows of the engine, each with its line.

What a query may select from, or has to be reshaped, becomes a table of texts. Any other file is a stream, read once
and kept nowhere as text: that is most of the time and room that a large file would take.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from kamreport.book.casting import quote
from kamreport.book.contract import TABLES
from kamreport.book.files import read_sheets
from kamreport.book.reshaping import flag_totals, reshape
from kamreport.book.sheets import Sheet, without_blanks
from kamreport.book.sources import digest, names_of, resolve
from kamreport.errors import DataError, SettingsError, unknown
from kamreport.settings import Settings, Source

__all__ = ["Broken", "Part", "Raw", "read_sources"]


@dataclass(frozen=True)
class Part:
    """A file, or a sheet of one, that a source was read from.

    Attributes
    ----------
    headers
        Those that stand in it.
    encoding
        In which a text was read; else empty.
    """

    file: str
    sheet: str
    headers: frozenset[str]
    encoding: str = ""


@dataclass(frozen=True)
class Broken:
    """A record that could not be split into cells."""

    part: Part
    line: int
    reason: str


@dataclass
class Raw:
    """A source in the engine.

    Attributes
    ----------
    rows
        SQL of its rows: columns ``c0``, ``c1``, ..., ``row``, ``part`` (place in `parts`) and ``total`` (the text that
        makes the row a total, else NULL). A stream can be read once, by `read_into`.
    headers
        Name of each column in the files or the query.
    typed
        Whether each column has a type of its own.
    records, broken
        How many there are, and those that could not be split; known when they are read.
    copies
        Files that hold the same bytes as another and were not read.
    """

    name: str
    source: Source
    parts: list[Part]
    rows: str = ""
    headers: list[str] = field(default_factory=list)
    typed: list[bool] = field(default_factory=list)
    records: int = 0
    broken: list[Broken] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)
    _sheets: list[Sheet] = field(default_factory=list)
    _faults: list[DataError] = field(default_factory=list)

    @property
    def encodings(self) -> dict[str, str]:
        """In which encoding each text file was read."""
        return {part.file: part.encoding for part in self.parts if part.encoding}

    @property
    def file(self) -> str:
        """How a message names it."""
        files = list(dict.fromkeys(part.file for part in self.parts))
        return files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1} more"

    @property
    def table(self) -> str:
        """The table of a source that is one."""
        return f"raw.{quote(self.name)}"

    @property
    def trimmed(self) -> bool:
        """Whether its texts have no blanks at their ends, as those of files."""
        return bool(self.source.path)

    def read_into(self, con: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
        """Make a table of a query over its rows, the last to need them.

        Raises
        ------
        DataError
            If the rest of a file cannot be read.
        """
        if not self._sheets:
            con.execute(f"CREATE TABLE {table} AS {query}")
            con.execute(f"DROP TABLE {self.table}")
            return
        try:
            counted = con.execute(f"CREATE TABLE {table} AS {query}").fetchall()
        except duckdb.Error:
            if self._faults:  # the engine has buried our own message in a traceback
                raise self._faults[0] from None
            raise
        con.unregister(_stream(self.name))
        for part, sheet in zip(self.parts, self._sheets, strict=True):
            self.broken += [Broken(part, one.line, one.reason) for one in sheet.broken]
        self.records = counted[0][0] + len(self.broken)
        self._sheets = []


def read_sources(con: duckdb.DuckDBPyConnection, settings: Settings) -> dict[str, Raw]:
    """Read every declared source: the files first, then the queries in the order they are written.

    What a query selects from is a view under its own name while the queries run.

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
    queries = {name: source for name, source in declared.items() if source.sql}
    # Where its name stands in the text of no query, no query selects from it.
    selections = "\n".join(source.sql for source in queries.values()).casefold()
    raws: dict[str, Raw] = {}
    for name, source in declared.items():
        if source.path:
            raw = _from_files(name, source, settings.root, where[name])
            _open(con, raw, where[name], stored=name in settings.sources or name.casefold() in selections)
            raws[name] = raw
    for name, source in queries.items():
        raws[name] = _from_query(con, name, source, where[name])
    for name, raw in raws.items():
        if raw.rows == raw.table:
            con.execute(f"DROP VIEW {quote(name)}")
    return raws


def _stream(name: str) -> str:
    """What a stream is called in the engine: as no source can be."""
    return f"({name})"


def _from_files(name: str, source: Source, root: Path, where: str) -> Raw:
    found = resolve(source, root, where=where)
    paths, copies = _without_copies(found)
    names = names_of(found)
    sheets = [sheet for path in paths for sheet in read_sheets(path, source, where=where)]
    if not sheets:
        raise DataError(f"{where}: {paths[0].name} has no sheet in which anything stands; export it again")
    parts = [Part(names[sheet.path], sheet.name, frozenset(sheet.headers), sheet.encoding) for sheet in sheets]
    return Raw(name, source, parts, copies=[names[path] for path in copies], _sheets=sheets)


def _open(con: duckdb.DuckDBPyConnection, raw: Raw, where: str, *, stored: bool) -> None:
    """Make the files' rows a stream, and that a table where it is to be stored or reshaped."""
    raw.headers, schema, batches = _aligned(raw._sheets, where)
    total = flag_totals(raw.headers, raw.source, where)
    stream = _stream(raw.name)
    con.register(stream, pa.RecordBatchReader.from_batches(schema, _watched(batches, raw._faults)))
    raw.rows = f"(SELECT *, {total} AS total FROM {quote(stream)})"
    if stored or raw.source.fill_down or raw.source.unpivot:
        raw.read_into(con, raw.table, f"FROM {raw.rows}")
        raw.rows = raw.table
        broken = [(raw.parts.index(one.part), one.line) for one in raw.broken]
        reshape(con, raw.table, raw.headers, raw.source, where, broken=broken)
        raw.records = _count(con, raw.table) + len(raw.broken)
        _show(con, raw)
    _describe(con, raw)


def _without_copies(paths: list[Path]) -> tuple[list[Path], list[Path]]:
    """The files that differ, and those that hold the same as one before them."""
    if len(paths) == 1:
        return paths, []
    first: dict[str, Path] = {}
    copies = [path for path in paths if first.setdefault(digest(path), path) != path]
    return list(first.values()), copies


def _aligned(sheets: Sequence[Sheet], where: str) -> tuple[list[str], pa.Schema, Iterator[pa.RecordBatch]]:
    """The headers of all sheets together, and their batches with the columns in that order.

    A header that stands twice in a sheet is two columns.

    Raises
    ------
    DataError
        If a column has types that do not go together.
    """
    places: dict[tuple[str, int], int] = {}
    columns: list[list[int]] = []
    for sheet in sheets:
        keys = [(header, sheet.headers[:place].count(header)) for place, header in enumerate(sheet.headers)]
        columns.append([places.setdefault(key, len(places)) for key in keys])
    schemas = [
        pa.schema([(f"c{to}", sheet.schema.field(at).type) for at, to in enumerate(target)])
        for sheet, target in zip(sheets, columns, strict=True)
    ]
    try:
        whole = pa.unify_schemas(schemas, promote_options="permissive")
    except pa.ArrowException as error:
        raise DataError(f"{where}: its files do not go together: {' '.join(str(error).split())[:200]}") from None
    ordered = [whole.field(f"c{place}") for place in range(len(places))]
    schema = pa.schema([*ordered, ("row", pa.int64()), ("part", pa.int32())])
    return [header for header, _ in places], schema, _numbered(sheets, columns, schema)


def _numbered(sheets: Sequence[Sheet], columns: Sequence[list[int]], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    for number, (sheet, target) in enumerate(zip(sheets, columns, strict=True)):
        at = {to: place for place, to in enumerate(target)}
        for batch in sheet.batches:
            arrays = [
                without_blanks(batch.column(at[place]).cast(schema.field(place).type))
                if place in at
                else pa.nulls(batch.num_rows, schema.field(place).type)
                for place in range(len(schema) - 2)
            ]
            part = pa.repeat(pa.scalar(number, pa.int32()), batch.num_rows)
            yield pa.RecordBatch.from_arrays([*arrays, batch.column(batch.num_columns - 1), part], schema=schema)


def _from_query(con: duckdb.DuckDBPyConnection, name: str, source: Source, where: str) -> Raw:
    raw = Raw(name, source, [])
    raw.rows = raw.table
    try:
        statements = con.extract_statements(source.sql)
        if len(statements) != 1 or statements[0].type.name != "SELECT":
            raise DataError(f"{where}.sql must be one SELECT and nothing else")
        # A line of its own, because the query may end in a comment.
        query = f"(\n{statements[0].query.strip().rstrip(';')}\n)"
        raw.headers = [item[0] for item in con.execute(f"SELECT * FROM {query} LIMIT 0").description or []]
        raw.parts = [Part(f"{where}.sql", "", frozenset(raw.headers))]
        names = ", ".join(f"c{place}" for place in range(len(raw.headers)))
        total = flag_totals(raw.headers, source, where)
        con.execute(
            f"CREATE TABLE {raw.table} AS SELECT *, row_number() OVER () AS row, 0 AS part, {total} AS total "
            f"FROM {query} AS q({names})"
        )
    except duckdb.PermissionException:
        raise DataError(
            f"{where}.sql: a query reads declared sources only; name its file under [sources.NAME] and select from NAME"
        ) from None
    except duckdb.Error as error:
        raise DataError(f"{where}.sql: {_one_line(error)}") from None
    raw.records = _count(con, raw.table)
    _show(con, raw)
    _describe(con, raw)
    return raw


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    (rows,) = con.execute(f"SELECT count(*) FROM {table}").fetchall()[0]
    return int(rows)


def _show(con: duckdb.DuckDBPyConnection, raw: Raw) -> None:
    """Make a view of it under the source's own headers."""
    unique = dict.fromkeys(raw.headers)
    renamed = ", ".join(f"c{raw.headers.index(header)} AS {quote(header)}" for header in unique if header)
    con.execute(f"CREATE VIEW {quote(raw.name)} AS SELECT {renamed or '1'} FROM {raw.table} WHERE total IS NULL")


def _describe(con: duckdb.DuckDBPyConnection, raw: Raw) -> None:
    """Say which columns have a type of their own."""
    columns = con.execute(f"DESCRIBE FROM {raw.rows}").fetchall()[: len(raw.headers)]
    raw.typed = [kind != "VARCHAR" and not kind.startswith("ENUM") for _, kind, *_ in columns]


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
