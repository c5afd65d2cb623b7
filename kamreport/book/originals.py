"""The records that are not used, with all that stands in them: read again from the sources, and kept nowhere.

A load keeps the place of such a record and the cell that is at fault, no more: what cannot be used is not stored.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from kamreport.book import raw
from kamreport.book.engine import connect
from kamreport.book.outcomes import place_sql
from kamreport.book.quality import left_out_rows_sql
from kamreport.book.store import Load
from kamreport.settings import Settings, Source

__all__ = ["Originals", "read_originals"]


@dataclass(frozen=True)
class Originals:
    """Records of a table that are not used.

    Attributes
    ----------
    name
        Of the table, or ``sources.NAME``.
    headers
        Those of its source.
    rows
        `file`, `sheet`, `line`, `column_name`, `reason`, `outcome`, and the cells under the headers: none where a
        record could not be split.
    """

    name: str
    headers: list[str]
    rows: list[tuple[object, ...]]


def read_originals(settings: Settings, load: Load) -> Iterator[Originals]:
    """Read the sources again and give, table by table, the records that are not used, as they stand there.

    Of a file that is the file's own row: nothing filled down, and one row where columns were made rows. What a query
    selects is as the query gives it.

    Raises
    ------
    DataError
        If a source cannot be read.
    """
    with closing(connect(load.folder)) as con:
        names = {
            name for (name,) in con.execute(f"SELECT DISTINCT table_name FROM ({left_out_rows_sql(load)})").fetchall()
        }
    files = {
        "tables": {name: _unshaped(one) for name, one in settings.tables.items() if one.path and name in names},
        "sources": {name: _unshaped(one) for name, one in settings.sources.items() if f"sources.{name}" in names},
    }
    yield from _read(settings.model_copy(update=files), load, {*files["tables"], *files["sources"]})
    if queried := {name for name, one in settings.tables.items() if one.sql and name in names}:
        yield from _read(settings, load, queried)


def _unshaped(source: Source) -> Source:
    return source.model_copy(update={"fill_down": [], "unpivot": None})


def _read(settings: Settings, load: Load, wanted: set[str]) -> Iterator[Originals]:
    with closing(connect(load.folder)) as con:
        con.execute(f"CREATE TABLE left_out AS {left_out_rows_sql(load)}")
        for name, one in raw.read_sources(con, settings).items():
            if name not in wanted:
                continue
            known = f"sources.{name}" if name in settings.sources else name
            cells = "".join(f", CAST(r.c{place} AS VARCHAR)" for place in range(len(one.headers)))
            rows = con.execute(
                f"SELECT l.file, l.sheet, l.line, l.column_name, l.reason, l.outcome{cells} FROM left_out AS l "
                f"LEFT JOIN (SELECT *, {place_sql(one)} FROM {one.rows}) AS r USING (file, sheet, line) "
                "WHERE l.table_name = ? ORDER BY l.file, l.sheet, l.line",
                [known],
            ).fetchall()
            yield Originals(known, one.headers, rows)
