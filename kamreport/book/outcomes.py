"""Where records go that are not used, each with its place and its reason."""

import duckdb

from kamreport.book.casting import literal
from kamreport.book.contract import TABLES
from kamreport.book.raw import Raw
from kamreport.book.reading import known_from

__all__ = ["exclude_totals", "left_out", "note_copies", "place_sql", "reject_broken"]

_PLACES = ("file", "sheet", "line")


def left_out(
    con: duckdb.DuckDBPyConnection, table: str, condition: str, *, reason: str, outcome: str, **more: str
) -> int:
    """Move rows out of a table, each with its place and reason.

    Parameters
    ----------
    condition
        SQL over the table, aliased ``t``.
    reason, outcome
        Code of the reason; ``rejected`` or ``excluded``.
    more
        SQL for ``column_name`` and ``value``.
    """
    column = literal(more.get("column_name", ""))
    money = "t.revenue" if table == "transactions" else "NULL"
    moved: int = con.execute(
        f"INSERT INTO book.left_out SELECT {literal(table)}, {', '.join('t.' + name for name in _PLACES)}, {column}, "
        f"{literal(reason)}, {more.get('value', 'NULL')}, {literal(outcome)}, {money}, "
        f"{known_from(TABLES[table], of='t')} FROM book.{table} AS t WHERE {condition}"
    ).fetchall()[0][0]
    if moved:
        con.execute(f"DELETE FROM book.{table} AS t WHERE {condition}")
    return moved


def reject_broken(con: duckdb.DuckDBPyConnection, name: str, raw: Raw) -> None:
    """Count the records of a file that could not be split into cells."""
    for one in raw.broken:
        con.execute(
            "INSERT INTO book.left_out VALUES (?, ?, ?, ?, '', ?, NULL, 'rejected', NULL, NULL)",
            [name, one.part.file, one.part.sheet, one.line, one.reason],
        )


def exclude_totals(con: duckdb.DuckDBPyConnection, name: str, raw: Raw) -> None:
    """Count the total rows of a file that only queries use."""
    con.execute(
        f"INSERT INTO book.left_out SELECT {literal(name)}, file, sheet, line, '', 'total_row', total, 'excluded', "
        f"NULL, NULL FROM (SELECT {place_sql(raw)}, total FROM {raw.table} WHERE total IS NOT NULL)"
    )


def note_copies(con: duckdb.DuckDBPyConnection, name: str, raw: Raw) -> None:
    """Remember the files that hold what another holds, and were not read."""
    for file in raw.copies:
        con.execute("INSERT INTO book.noted VALUES (?, 'file_twice', '', ?, NULL, 1, NULL)", [name, file])


def place_sql(raw: Raw) -> str:
    """SQL of the file, sheet and line that a row of a source stands in."""
    named = []
    for name in ("file", "sheet"):
        texts = [literal(getattr(part, name)) for part in raw.parts]
        text = f"[{', '.join(texts)}][part + 1]" if len(set(texts)) > 1 else texts[0]
        # A byte or two a row, whatever the name's length.
        named.append(f"CAST({text} AS ENUM({', '.join(dict.fromkeys(texts))})) AS {name}")
    return f"{', '.join(named)}, row AS line"
