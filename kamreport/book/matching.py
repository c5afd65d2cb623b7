"""One spelling for each id over all tables: aliases followed, spellings unified, unknown ones counted."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator

import duckdb
import pyarrow as pa

from kamreport.book.casting import literal, quote
from kamreport.book.contract import TABLES
from kamreport.book.reading import known_from
from kamreport.errors import DataError

__all__ = ["fold", "match_ids"]

_RESERVED = {"own", "unknown", "none"}


def fold(name: str) -> str:
    """What two spellings of one id have in common: compatible characters, no outer space, no case.

    Examples
    --------
    >>> fold("  ＥＭＥＡ ") == fold("emea")
    True
    """
    return unicodedata.normalize("NFKC", name).strip().casefold()


def match_ids(con: duckdb.DuckDBPyConnection, mapped: dict[str, list[str]]) -> None:
    """One spelling for each id over all tables; aliases resolved; unknown ones counted."""
    places: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for domain, table, column in _id_columns(mapped):
        places[domain].append((table, column))
    for domain, columns in places.items():
        master = TABLES[domain].key[0] if domain in mapped else ""
        known = _masters(con, domain, master)
        for table, column in columns:
            if not (table == domain and column == master):
                _respell(con, domain, table, column, known)
        _unify(con, columns, known)


def _id_columns(mapped: dict[str, list[str]]) -> Iterator[tuple[str, str, str]]:
    """(domain, table, column) of every id that refers to a table."""
    for name, columns in mapped.items():
        for column in TABLES[name].columns:
            if column.refers and column.name in columns:
                yield column.refers, name, column.name


def _masters(con: duckdb.DuckDBPyConnection, domain: str, master: str) -> dict[str, str]:
    """Folded spelling -> spelling in the master table; of two that fold alike the first is the master's."""
    if not master:
        return {}
    spellings = con.execute(f"SELECT DISTINCT {quote(master)} FROM book.{domain} ORDER BY 1").fetchall()
    known: dict[str, str] = {}
    for (spelling,) in spellings:
        first = known.setdefault(fold(spelling), spelling)
        if first != spelling:
            raise DataError(
                f"tables.{domain}: '{first}' and '{spelling}' differ only in case, width or spaces; make them one"
            )
    return known


def _respell(con: duckdb.DuckDBPyConnection, domain: str, table: str, column: str, known: dict[str, str]) -> None:
    """Follow aliases, then write each id as the master table does; count what changed and what is unknown."""
    aliases = _aliases(con, domain, table)
    changed: list[tuple[str, str, str]] = []
    unknown_ones: list[str] = []
    for spelling, _ in _spellings(con, table, column):
        folded = fold(spelling)
        target = known.get(folded) or known.get(fold(aliases.get(folded, "")))
        if target is None and domain == "competitors" and folded in _RESERVED:
            target = folded
        elif target is None:
            target = aliases.get(folded, spelling)
            if known:
                unknown_ones.append(spelling)
        if target != spelling:
            changed.append((spelling, target, "alias" if folded in aliases else "spelling"))
    _note(con, table, column, [(spelling, "unknown_id", spelling) for spelling in unknown_ones])
    _rename(con, table, column, changed)


def _spellings(con: duckdb.DuckDBPyConnection, table: str, column: str) -> list[tuple[str, int]]:
    """Every spelling of an id in a column, with its rows."""
    return con.execute(
        f"SELECT {quote(column)}, count(*) FROM book.{table} WHERE {quote(column)} IS NOT NULL GROUP BY ALL ORDER BY 1"
    ).fetchall()


def _note(con: duckdb.DuckDBPyConnection, table: str, column: str, remarks: list[tuple[str, str, str]]) -> None:
    """Remember of ids (id, what, how it is shown) in how many rows of which month they stand, and with what money."""
    if not remarks:
        return
    ids, whats, values = (list(texts) for texts in zip(*remarks, strict=True))
    con.register("remarks", pa.table({"id": ids, "what": whats, "value": values}))
    known, later = known_from(TABLES[table], of="t"), TABLES[table].by_name[column].later
    month = f"date_trunc('month', {f'greatest({known}, t.{later})' if later not in ('', 'row') else known})"
    con.execute(
        f"INSERT INTO book.noted SELECT {literal(table)}, r.what, {literal(column)}, r.value, {month}, count(*), "
        f"{_worth(table)} FROM book.{table} AS t JOIN remarks AS r ON t.{quote(column)} = r.id GROUP BY ALL"
    )
    con.unregister("remarks")


def _worth(table: str) -> str:
    """SQL of the money in the rows of a table, aliased ``t``: the first amount of an event or a month."""
    amounts = [column.name for column in TABLES[table].columns if column.type == "money"]
    if not amounts or TABLES[table].time not in ("event", "month"):
        return "NULL"
    if table != "transactions":
        return f"sum(t.{amounts[0]})"
    # Taxes are taken out and currencies changed later, when ids are matched; a currency without a rate is rejected.
    amount = "CAST(coalesce(t.revenue, t.revenue_incl_tax / (1 + t.tax_rate)) AS DECIMAL(28,4))"
    rate = "SELECT any_value(rate) FROM book.fx_rates AS f WHERE upper(f.currency) = upper(t.currency)"
    return f"sum(CAST({amount} * coalesce(({rate} AND f.month = date_trunc('month', t.date)), 1) AS DECIMAL(18,4)))"


def _rename(con: duckdb.DuckDBPyConnection, table: str, column: str, changed: list[tuple[str, str, str]]) -> None:
    """Write ids anew, all at once, and note each (old, new, why)."""
    if not changed:
        return
    _note(con, table, column, [(old, why, f"{old} -> {new}") for old, new, why in changed])
    con.register("renamed", pa.table({"old": [old for old, *_ in changed], "new": [new for _, new, _ in changed]}))
    con.execute(
        f"UPDATE book.{table} SET {quote(column)} = renamed.new FROM renamed WHERE {quote(column)} = renamed.old"
    )
    con.unregister("renamed")


def _aliases(con: duckdb.DuckDBPyConnection, domain: str, table: str) -> dict[str, str]:
    """Folded alias -> id, for one table; an alias for this table goes before one for all."""
    kind = {"people": "person"}.get(domain, domain.removesuffix("s"))
    rows = con.execute(
        "SELECT alias, id FROM book.aliases WHERE kind = ? AND coalesce(source, '') IN ('', ?) "
        "ORDER BY source NULLS FIRST",
        [kind, table],
    ).fetchall()
    return {fold(alias): target for alias, target in rows}


def _unify(con: duckdb.DuckDBPyConnection, columns: list[tuple[str, str]], known: dict[str, str]) -> None:
    """Of an id that no master table knows, the most frequent spelling stands for all of them."""
    found = {place: _spellings(con, *place) for place in columns}
    counts: dict[str, int] = defaultdict(int)
    for spellings in found.values():
        for spelling, rows in spellings:
            counts[spelling] += rows
    best = dict(known)
    for spelling in sorted(counts, key=lambda one: (-counts[one], one)):
        best.setdefault(fold(spelling), spelling)
    for (table, column), spellings in found.items():
        changed = [(one, best[fold(one)], "spelling") for one, _ in spellings if best[fold(one)] != one]
        _rename(con, table, column, changed)
