"""What turns an export into a table of records: total rows set aside, merged cells filled, columns made rows."""

from collections.abc import Sequence

import duckdb

from kamreport.book.casting import literal, quote
from kamreport.book.sheets import BLANKS
from kamreport.errors import DataError, unknown
from kamreport.settings import Source

__all__ = ["flag_totals", "place_of", "reshape"]


def place_of(header: str, headers: list[str], entry: str) -> int:
    """Place of a header.

    Parameters
    ----------
    entry
        How an error names what asks for it: ``tables.transactions.drop``.

    Raises
    ------
    DataError
        If it does not stand there, or twice.
    """
    if header not in headers:
        raise DataError(f"{entry}: {unknown('header', header, filter(None, headers), source='the file')}")
    if headers.count(header) > 1:
        raise DataError(f"{entry}: the header '{header}' stands twice; rename one of them")
    return headers.index(header)


def flag_totals(headers: list[str], source: Source, where: str) -> str:
    """SQL that gives the text which makes a row a total; spaces and a colon in it do not count."""
    cases = []
    for header, texts in source.drop.items():
        cell = f"CAST(c{place_of(header, headers, f'{where}.drop')} AS VARCHAR)"
        plain = f"regexp_replace(coalesce({cell}, ''), '[\\s\u00a0\u3000]+|[:：]$', '', 'g')"
        known = ", ".join(literal("".join(text.split()).rstrip(":：")) for text in texts)
        cases.append(f"WHEN {plain} IN ({known}) THEN coalesce({cell}, '')")
    return f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS VARCHAR)"


def reshape(
    con: duckdb.DuckDBPyConnection,
    table: str,
    headers: list[str],
    source: Source,
    where: str,
    *,
    broken: Sequence[tuple[int, int]] = (),
) -> None:
    """Fill merged cells and make columns rows, as a source declares it; the headers change with the columns.

    Parameters
    ----------
    broken
        Part and row of the records that could not be split: what stood in them is not known below them either.

    Raises
    ------
    DataError
        If a header is not there.
    """
    empty = ", ".join(map(literal, dict.fromkeys(["", *source.empty])))
    if source.fill_down:
        places = [place_of(one, headers, f"{where}.fill_down") for one in source.fill_down]
        _fill_down(con, table, places, empty, broken)
    if source.unpivot:
        entry = f"{where}.unpivot"
        if len(set(source.unpivot.columns)) < len(source.unpivot.columns):
            raise DataError(f"{entry}: a column is named twice, and would count twice; name each once")
        places = [place_of(one, headers, entry) for one in source.unpivot.columns]
        kept = [place for place in range(len(headers)) if place not in places]
        if taken := {source.unpivot.names, source.unpivot.values} & {headers[place] for place in kept}:
            raise DataError(f"{entry}: a column is already called '{min(taken)}'; choose another name")
        _unpivot(con, table, kept, places, [headers[place] for place in places], empty)
        headers[:] = [*(headers[place] for place in kept), source.unpivot.names, source.unpivot.values]


def _fill_down(
    con: duckdb.DuckDBPyConnection, table: str, places: list[int], empty: str, broken: Sequence[tuple[int, int]]
) -> None:
    """Give a blank the value above it in the same sheet; a total has a text of its own there and ends nothing.

    A blank below a record that could not be split may belong to it: its value is a fault.
    """
    con.execute("CREATE TEMP TABLE gaps (part INTEGER, row BIGINT)")
    if broken:
        con.executemany("INSERT INTO gaps VALUES (?, ?)", broken)
    filled = []
    for place in places:
        something = f"t.total IS NULL AND {_trimmed(f't.c{place}')} NOT IN ({empty})"
        above = f"last_value(CASE WHEN {something} THEN t.c{place} END IGNORE NULLS) OVER above"
        since = f"last_value(CASE WHEN {something} THEN t.row END IGNORE NULLS) OVER above"
        lost = f"gaps.row > coalesce({since}, 0)"
        value = f"CASE WHEN {lost} THEN chr(0) || 'below_broken' ELSE {above} END" if broken else above
        filled.append(f"CASE WHEN t.total IS NULL THEN {value} ELSE t.c{place} END AS c{place}")
    _replace(
        con,
        table,
        f"SELECT t.* REPLACE ({', '.join(filled)}) FROM {table} AS t ASOF LEFT JOIN gaps "
        "ON gaps.part = t.part AND gaps.row <= t.row WINDOW above AS (PARTITION BY t.part ORDER BY t.row)",
    )
    con.execute("DROP TABLE gaps")


def _unpivot(
    con: duckdb.DuckDBPyConnection, table: str, kept: list[int], places: list[int], headers: list[str], empty: str
) -> None:
    """Make a row of each cell in which something stands."""
    columns = [f"c{place} AS c{number}" for number, place in enumerate(kept)]
    names = f"unnest([{', '.join(map(literal, headers))}]) AS c{len(kept)}"
    values = f"unnest([{', '.join(f'c{place}' for place in places)}]) AS c{len(kept) + 1}"
    cells = ", ".join([*columns, names, values])
    something = f"{_trimmed(f'c{len(kept) + 1}')} NOT IN ({empty})"
    _replace(con, table, f"SELECT * FROM (SELECT {cells}, row, part, total FROM {table}) WHERE {something}")


def _trimmed(cell: str) -> str:
    return f"trim(CAST({cell} AS VARCHAR), E'{BLANKS}')"


def _replace(con: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
    con.execute(f"CREATE TABLE raw.{quote('(reshaped)')} AS {query} ORDER BY part, row")
    con.execute(f"DROP TABLE {table}")
    con.execute(f"ALTER TABLE raw.{quote('(reshaped)')} RENAME TO {table.removeprefix('raw.')}")
