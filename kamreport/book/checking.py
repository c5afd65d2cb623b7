"""From text to checked tables: cast, match ids, reject what cannot be true, count everything.

Every record of a source ends in exactly one of three places: the table, or `left_out` as *rejected* (it cannot be
read or contradicts itself) or as *excluded* (it is readable and a rule sets it aside). `noted` holds what is used
but worth knowing.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

import duckdb
import pyarrow as pa

from kamreport.book.casting import cast_column, literal, quote
from kamreport.book.contract import TABLES, Column, Table
from kamreport.book.raw import Raw
from kamreport.book.reading import known_from
from kamreport.book.reshaping import place_of
from kamreport.errors import DataError, unknown
from kamreport.settings import DataSettings, Source

__all__ = ["exclude_totals", "fold", "left_out", "make_tables", "need_transactions", "place_sql", "reject_broken"]

_PLACES = ("file", "sheet", "line")
_AMOUNTS = {"money", "price", "qty", "score", "share", "int"}
_RESERVED = {"own", "unknown", "none"}
_YEAR = timedelta(days=366)
_FAR_PAST, _FAR_FUTURE = "1900-01-01", "2100-12-31"


def fold(name: str) -> str:
    """What two spellings of one id have in common: compatible characters, no outer space, no case.

    Examples
    --------
    >>> fold("  ＥＭＥＡ ") == fold("emea")
    True
    """
    return unicodedata.normalize("NFKC", name).strip().casefold()


def make_tables(con: duckdb.DuckDBPyConnection, raws: dict[str, Raw], bounds: DataSettings, today: date) -> date:
    """Make the checked tables, under their names in the schema `book`.

    Parameters
    ----------
    raws
        The sources in the engine; those that the contract does not name are only there for queries.
    bounds
        Earliest and latest date that can be true.
    today
        No row can be dated after it where the day of the export is not given.

    Returns
    -------
    date
        The day up to which the data goes.

    Raises
    ------
    DataError
        If the transactions are missing, a mapped column does not exist, or no transaction can be used.
    """
    con.execute("CREATE SCHEMA book")
    con.execute(
        "CREATE TABLE book.left_out (table_name VARCHAR, file VARCHAR, sheet VARCHAR, line BIGINT, "
        "column_name VARCHAR, reason VARCHAR, value VARCHAR, outcome VARCHAR, revenue DECIMAL(18,4), day DATE)"
    )
    con.execute(
        "CREATE TABLE book.noted (table_name VARCHAR, what VARCHAR, column_name VARCHAR, value VARCHAR, "
        "month DATE, rows BIGINT, revenue DECIMAL(38,4))"
    )
    mapped = {name: _cast(con, TABLES[name], raws[name]) for name in TABLES if name in raws}
    for name, raw in raws.items():
        _note_copies(con, name, raw)
    if "transactions" not in mapped:
        raise DataError("kamreport.toml maps no transactions; add [tables.transactions] with a path or sql")
    _match_ids(con, mapped)
    up_to = _bound_dates(con, mapped, bounds, today)
    need_transactions(con, raws["transactions"].source)
    for name, columns in mapped.items():
        _reject_conflicts(con, TABLES[name], columns)
    # So far ahead nothing is booked: such a date says nothing of when its record was known.
    con.execute("UPDATE book.left_out SET day = NULL WHERE day > ?", [up_to + _YEAR])
    return up_to


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


def _cast(con: duckdb.DuckDBPyConnection, table: Table, raw: Raw) -> list[str]:
    """Cast a source into its table; returns the names of the columns it has."""
    cells = _cells(table, raw)
    casts = {
        name: cast_column(table.by_name[name], cell, raw.source, typed=typed, header=_header(raw, name))
        for name, (cell, typed) in cells.items()
    }
    texts = ", ".join(f"{cast.text} AS {quote('t_' + name)}" for name, cast in casts.items())
    values = ", ".join(f"{cast.value} AS {quote(name)}" for name, cast in casts.items())
    steps = ["WHEN total IS NOT NULL THEN ['', 'total_row', total]"]
    steps += [f"WHEN {cast.fault} IS NOT NULL THEN {_fault(name, cast.fault)}" for name, cast in casts.items()]
    steps += [
        f"WHEN {missing} THEN {_fault(column.name, literal('empty'), column.name in casts)}"
        for column in table.columns
        if (missing := _is_missing(column, list(casts)))
    ]
    money = _revenue(list(casts)) if table.name == "transactions" else "NULL"
    # A table has all its columns, so that no later query need ask which are mapped.
    given = {name: quote(name) for name in casts} | ({"revenue": money} if table.name == "transactions" else {})
    full = ", ".join(
        f"CAST({given.get(column.name, 'NULL')} AS {column.sql_type}) AS {quote(column.name)}"
        for column in table.columns
    )
    con.execute(
        f"CREATE TABLE book.{table.name} AS SELECT {full}, file, sheet, line, CASE {' '.join(steps)} END AS fault "
        f"FROM (SELECT *, {values} FROM (SELECT {texts}, {place_sql(raw)}, total FROM {raw.table}))"
    )
    con.execute(f"DROP TABLE {raw.table}")  # the queries have run; as text it is the largest of all
    con.execute(
        f"INSERT INTO book.left_out SELECT {literal(table.name)}, file, sheet, line, fault[1], fault[2], fault[3], "
        "CASE WHEN fault[2] = 'total_row' THEN 'excluded' ELSE 'rejected' END, "
        f"{'revenue' if table.name == 'transactions' else 'NULL'}, {known_from(table, given=casts)} "
        f"FROM book.{table.name} WHERE fault IS NOT NULL"
    )
    con.execute(f"DELETE FROM book.{table.name} WHERE fault IS NOT NULL")
    con.execute(f"ALTER TABLE book.{table.name} DROP COLUMN fault")
    reject_broken(con, table.name, raw)
    return list(casts)


def _revenue(given: list[str]) -> str:
    """SQL of a line's revenue, worked out from the amount with tax where it is not given: also of lines left out."""
    net = "TRY_CAST(revenue_incl_tax / (1 + tax_rate) AS DECIMAL(18,4))"
    known = ["revenue"] if "revenue" in given else []
    known += [net] if {"revenue_incl_tax", "tax_rate"} <= set(given) else []
    return f"coalesce({', '.join(known)})"


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


def place_sql(raw: Raw) -> str:
    """SQL of the file, sheet and line that a row of a source stands in."""
    named = []
    for name in ("file", "sheet"):
        texts = [literal(getattr(part, name)) for part in raw.parts]
        text = f"[{', '.join(texts)}][part + 1]" if len(set(texts)) > 1 else texts[0]
        # A byte or two a row, whatever the name's length.
        named.append(f"CAST({text} AS ENUM({', '.join(dict.fromkeys(texts))})) AS {name}")
    return f"{', '.join(named)}, row AS line"


def _note_copies(con: duckdb.DuckDBPyConnection, name: str, raw: Raw) -> None:
    """Remember the files that hold what another holds, and were not read."""
    for file in raw.copies:
        con.execute("INSERT INTO book.noted VALUES (?, 'file_twice', '', ?, NULL, 1, NULL)", [name, file])


def _is_missing(column: Column, given: list[str]) -> str:
    """SQL that says of a row that it lacks a column without which it is rejected; empty where it cannot.

    Where it is kept at all, the day on which a row was recorded decides from when the row is known.
    """
    own = f"{quote(column.name)} IS NULL" if column.name in given else "TRUE"
    if column.instead and all(name in given for name in column.instead):
        return f"{own} AND ({' OR '.join(f'{quote(name)} IS NULL' for name in column.instead)})"
    must = column.required or column.name == "recorded_on"
    return own if must and column.name in given else ""


def _fault(name: str, reason: str, given: bool = True) -> str:
    return f"[{literal(name)}, {reason}, {quote('t_' + name) if given else 'NULL'}]"


def _header(raw: Raw, name: str) -> str:
    """The header that a column is read from; empty where it is read from none."""
    header = raw.source.columns.get(name, name)
    return header if name not in raw.source.constants and header in raw.headers else ""


def _cells(table: Table, raw: Raw) -> dict[str, tuple[str, bool]]:
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
            mapped = [one for one in table.by_name if _header(raw, one) == header]
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
    return literal(value), not isinstance(value, str)


def _id_columns(mapped: dict[str, list[str]]) -> Iterator[tuple[str, str, str]]:
    """(domain, table, column) of every id that refers to a table."""
    for name, columns in mapped.items():
        for column in TABLES[name].columns:
            if column.refers and column.name in columns:
                yield column.refers, name, column.name


def _match_ids(con: duckdb.DuckDBPyConnection, mapped: dict[str, list[str]]) -> None:
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
    month = f"date_trunc('month', {known_from(TABLES[table], of='t')})"
    con.execute(
        f"INSERT INTO book.noted SELECT {literal(table)}, r.what, {literal(column)}, r.value, {month}, count(*), "
        f"{_worth(con, table)} FROM book.{table} AS t JOIN remarks AS r ON t.{quote(column)} = r.id GROUP BY ALL"
    )
    con.unregister("remarks")


def _worth(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """SQL of the money in the rows of a table, aliased ``t``: the first amount of an event or a month."""
    amounts = [column.name for column in TABLES[table].columns if column.type == "money"]
    if not amounts or TABLES[table].time not in ("event", "month"):
        return "NULL"
    if table != "transactions":
        return f"sum(t.{amounts[0]})"
    # Taxes are taken out and currencies changed later, when ids are matched; a currency without a rate is rejected.
    amount = "CAST(coalesce(t.revenue, t.revenue_incl_tax / (1 + t.tax_rate)) AS DECIMAL(18,4))"
    if not _is_there(con, "fx_rates"):
        return f"sum({amount})"
    rate = "SELECT any_value(rate) FROM book.fx_rates AS f WHERE upper(f.currency) = upper(t.currency)"
    return f"sum(CAST({amount} * coalesce(({rate} AND f.month = date_trunc('month', t.date)), 1) AS DECIMAL(18,4)))"


def _is_there(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Say whether a table of the contract is mapped."""
    count: int = con.execute(
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'book' AND table_name = ?", [table]
    ).fetchall()[0][0]
    return count > 0


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
    if not _is_there(con, "aliases"):
        return {}
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


def _bound_dates(
    con: duckdb.DuckDBPyConnection, mapped: dict[str, list[str]], bounds: DataSettings, today: date
) -> date:
    """Reject rows dated outside the data, and say up to which day the data goes.

    Where no day of the export is declared the data ends with the last invoice; other tables may go on until today.
    """
    last = con.execute("SELECT max(date) FROM book.transactions WHERE date <= ?", [today]).fetchall()[0][0]
    up_to: date = bounds.up_to or last or today
    for name, columns in mapped.items():
        for column in TABLES[name].columns:
            if column.type not in {"date", "month"} or column.name not in columns:
                continue
            low, high = str(bounds.earliest), str(up_to if name == "transactions" else bounds.up_to or today)
            if column.span == "any" or (column.type == "month" and TABLES[name].ahead):
                low, high = _FAR_PAST, _FAR_FUTURE
            if name == "transactions" and column.name == "posted_on":
                high = str(up_to + _YEAR)
            place = f"t.{quote(column.name)}"
            left_out(
                con,
                name,
                f"{place} < {literal(low)} OR {place} > {literal(high)}",
                reason="outside_dates",
                outcome="rejected",
                column_name=column.name,
                value=f"CAST({place} AS VARCHAR)",
            )
    return up_to


def need_transactions(con: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Make sure that a transaction is left.

    Parameters
    ----------
    source
        Where they come from: what their text was read as.

    Raises
    ------
    DataError
        With the first reason why there is nothing to print, its place, what stands there and what to set.
    """
    if con.execute("SELECT count(*) FROM book.transactions").fetchall()[0][0]:
        return
    first = con.execute(
        "SELECT file, line, column_name, reason, value FROM book.left_out WHERE table_name = 'transactions' "
        "ORDER BY line LIMIT 1"
    ).fetchall()
    if not first:
        raise DataError("the transactions are empty; nothing can be printed")
    file, line, column, reason, value = first[0]
    raise DataError(
        f"no transaction can be used: the first is {file}, line {line}, column {column or '?'}: "
        f"{_explain(column, reason, value or '', source)}"
    )


def _explain(column: str, reason: str, value: str, source: Source) -> str:
    """What stands in a cell, what was expected there, and what to set."""
    clean = "".join(char if char.isprintable() else " " for char in value).strip()
    given = f"'{clean[:40]}{'...' if len(clean) > 40 else ''}'"
    entry = "tables.transactions"
    if reason == "not_a_date":
        return f"{given} is not a date as {source.date_format}; set {entry}.date_format"
    if reason == "not_a_number":
        sign = f"thousands '{source.thousands}'" if source.thousands else "no thousands sign"
        return f"{given} is not a number with decimal '{source.decimal}' and {sign}; set {entry}.thousands or decimal"
    if reason == "not_listed":
        codes = ", ".join(TABLES["transactions"].by_name[column].values)
        return f"{given} is not one of {codes}; map codes with sql (docs/data.md)"
    said = reason.replace("_", " ") + (f" ({given})" if clean else "")
    return f"{said}; mend the mapping in kamreport.toml and run kamreport check"


def _reject_conflicts(con: duckdb.DuckDBPyConnection, table: Table, columns: list[str]) -> None:
    """Keep one of identical rows; reject rows that claim the same key and differ."""
    key = [name for name in table.key if name in columns]
    key += [name for name in (table.versions, "valid_from" if table.time == "validity" else "") if name in columns]
    if not key or (table.name == "transactions" and len(key) < len(table.key)):
        return
    # A line without document or number is no copy of another such line.
    keyed = " AND ".join(f"{quote(name)} IS NOT NULL" for name in key) if table.name == "transactions" else "TRUE"
    names = ", ".join(f"coalesce(CAST({quote(name)} AS VARCHAR), '')" for name in key)
    whole = f"md5(concat_ws(chr(31), {', '.join(_text(column.name) for column in table.columns)}))"
    # Nearly every key stands once, and where its hash does so, it does.
    rows = f"FROM book.{table.name} WHERE {keyed}"
    repeated = f"SELECT hash({names}) AS hashed {rows} GROUP BY hashed HAVING count(*) > 1"
    con.execute(
        f"CREATE TEMP TABLE judged AS SELECT rowid AS id, concat_ws(chr(31), {names}) AS key, {whole} AS whole "
        f"{rows} AND hash({names}) IN ({repeated})"
    )
    con.execute(
        "CREATE TEMP TABLE verdict AS SELECT id, "
        "count(DISTINCT whole) OVER (PARTITION BY key) AS variants, "
        "row_number() OVER (PARTITION BY key ORDER BY id) AS nth FROM judged"
    )
    shown = f"concat_ws(' / ', {', '.join(_text(name) for name in key)})"
    for reason, outcome, condition in (
        ("same_key", "rejected", "variants > 1"),
        ("copy", "excluded", "variants = 1 AND nth > 1"),
    ):
        left_out(
            con,
            table.name,
            f"t.rowid IN (SELECT id FROM verdict WHERE {condition})",
            reason=reason,
            outcome=outcome,
            column_name=key[0],
            value=shown,
        )
    con.execute("DROP TABLE judged; DROP TABLE verdict")
    if table.time == "validity":
        _reject_overlaps(con, table)


def _reject_overlaps(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Reject rows of one key whose times overlap; an account has one manager at a time, whoever it is."""
    same = " AND ".join(f"o.{quote(name)} IS NOT DISTINCT FROM t.{quote(name)}" for name in table.key)
    if table.name == "assignments":
        same = "o.account_id = t.account_id AND o.role = t.role AND (o.role = 'manager' OR o.person_id = t.person_id)"
    left_out(
        con,
        table.name,
        f"t.rowid IN (WITH spans AS (SELECT *, rowid AS id, coalesce(valid_to, DATE '9999-12-31') AS ends "
        f"FROM book.{table.name} WHERE valid_to IS NULL OR valid_from < valid_to) "
        f"SELECT t.id FROM spans AS t JOIN spans AS o ON {same} "
        "WHERE o.id <> t.id AND o.valid_from < t.ends AND t.valid_from < o.ends)",
        reason="overlap",
        outcome="rejected",
        column_name="valid_from",
        value="CAST(t.valid_from AS VARCHAR)",
    )


def _text(name: str) -> str:
    return f"coalesce(CAST({quote(name)} AS VARCHAR), chr(30))"
