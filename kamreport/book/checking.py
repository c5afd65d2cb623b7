"""From text to checked tables: cast, match ids, reject what cannot be true, count everything.

Every record of a source ends in exactly one of three places: the table, or `left_out` as *rejected* (it cannot be
read or contradicts itself) or as *excluded* (it is readable and a rule sets it aside). `noted` holds what is used
but worth knowing.
"""

from datetime import date, timedelta

import duckdb

from kamreport.book.casting import cast_column, literal, quote
from kamreport.book.contract import TABLES, Column, Table
from kamreport.book.mapping import header_of, read_cells
from kamreport.book.matching import match_ids
from kamreport.book.outcomes import left_out, note_copies, place_sql, reject_broken
from kamreport.book.raw import Raw
from kamreport.book.reading import known_from
from kamreport.errors import DataError
from kamreport.settings import DataSettings, Source

__all__ = ["make_tables", "need_transactions"]

_YEAR = timedelta(days=366)
_FAR_PAST, _FAR_FUTURE = "1900-01-01", "2100-12-31"


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
    for name, table in TABLES.items():
        if name not in mapped:  # it is there and empty, so that no query need ask
            empty = ", ".join(f"{quote(column.name)} {column.sql_type}" for column in table.columns)
            con.execute(f"CREATE TABLE book.{name} ({empty}, file VARCHAR, sheet VARCHAR, line BIGINT)")
    for name, raw in raws.items():
        note_copies(con, name, raw)
    if "transactions" not in mapped:
        raise DataError("kamreport.toml maps no transactions; add [tables.transactions] with a path or sql")
    match_ids(con, mapped)
    up_to = _bound_dates(con, mapped, bounds, today)
    need_transactions(con, raws["transactions"].source)
    for name, columns in mapped.items():
        _reject_conflicts(con, TABLES[name], columns)
    # So far ahead nothing is booked: such a date says nothing of when its record was known.
    con.execute("UPDATE book.left_out SET day = NULL WHERE day > ?", [up_to + _YEAR])
    return up_to


def _cast(con: duckdb.DuckDBPyConnection, table: Table, raw: Raw) -> list[str]:
    """Cast a source into its table; returns the names of the columns it has."""
    cells = read_cells(table, raw)
    casts = {
        name: cast_column(
            table.by_name[name], cell, raw.source, typed=typed, trimmed=raw.trimmed, header=header_of(raw, name)
        )
        for name, (cell, typed) in cells.items()
    }
    texts = ", ".join(f"{cast.text} AS {quote('t_' + name)}" for name, cast in casts.items())
    values = ", ".join(f"{cast.value} AS {quote(name)}" for name, cast in casts.items())
    missing = {column.name: sql for column in table.columns if (sql := _is_missing(column, list(casts)))}
    steps = ["WHEN total IS NOT NULL THEN ['', 'total_row', total]"]
    steps += [f"WHEN {cast.wrong} THEN {_fault(name, cast.fault)}" for name, cast in casts.items()]
    steps += [f"WHEN {sql} THEN {_fault(name, literal('empty'), name in casts)}" for name, sql in missing.items()]
    # Few rows have anything wrong with them, and only for these it is asked what.
    wrong = " OR ".join(["total IS NOT NULL", *(cast.wrong for cast in casts.values()), *missing.values()])
    money = _revenue(list(casts)) if table.name == "transactions" else "NULL"
    # A table has all its columns, so that no later query need ask which are mapped.
    given = {name: quote(name) for name in casts} | ({"revenue": money} if table.name == "transactions" else {})
    full = ", ".join(_stored(column, given.get(column.name, "")) for column in table.columns)
    raw.read_into(
        con,
        f"book.{table.name}",
        f"SELECT {full}, file, sheet, line, CASE WHEN {wrong} THEN CASE {' '.join(steps)} END END AS fault "
        f"FROM (SELECT *, {values} FROM (SELECT {texts}, {place_sql(raw)}, total FROM {raw.rows}))",
    )
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


def _stored(column: Column, given: str) -> str:
    """SQL of a column as it is kept while it is checked: in a byte where its text is one of few, or there is none."""
    few = column.values if column.values else () if given or column.sql_type != "VARCHAR" else ("",)
    kind = f"ENUM({', '.join(map(literal, few))})" if few else column.sql_type
    return f"CAST({given or 'NULL'} AS {kind}) AS {quote(column.name)}"


def _revenue(given: list[str]) -> str:
    """SQL of a line's revenue, worked out from the amount with tax where it is not given: also of lines left out."""
    net = "TRY_CAST(revenue_incl_tax / (1 + tax_rate) AS DECIMAL(18,4))"
    known = ["revenue"] if "revenue" in given else []
    known += [net] if {"revenue_incl_tax", "tax_rate"} <= set(given) else []
    return f"coalesce({', '.join(known)})"


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
        return f"{given} is not one of {codes}; say what your words mean with values (docs/data.md)"
    said = reason.replace("_", " ") + (f" ({given})" if clean else "")
    return f"{said}; mend the mapping in kamreport.toml and run kamreport check"


def _reject_conflicts(con: duckdb.DuckDBPyConnection, table: Table, columns: list[str]) -> None:
    """Of rows that claim one key those known first stand, so that what comes later changes no earlier book.

    Of identical rows one is kept. Where those known first differ among themselves all rows of the key are rejected.
    """
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
    hashed = f"hash({', '.join(map(quote, key))})"
    repeated = f"SELECT {hashed} AS hashed {rows} GROUP BY hashed HAVING count(*) > 1"
    con.execute(
        f"CREATE TEMP TABLE judged AS SELECT rowid AS id, file, sheet, line, concat_ws(chr(31), {names}) AS key, "
        f"{whole} AS whole, "
        f"{_known(table)} AS known {rows} AND {hashed} IN ({repeated})"
    )
    # Rows that are the same in everything are known on the same day. The first is that of the file: with several
    # threads a join may hand the rows on in another order.
    con.execute(
        "CREATE TEMP TABLE verdict AS SELECT id, known > min(known) OVER (PARTITION BY key) "
        "OR min(whole) OVER same_day <> max(whole) OVER same_day AS conflict, "
        "row_number() OVER (PARTITION BY key, known ORDER BY file, sheet, line, id) AS nth "
        "FROM judged WINDOW same_day AS (PARTITION BY key, known)"
    )
    shown = f"concat_ws(' / ', {', '.join(_text(name) for name in key)})"
    for reason, outcome, condition in (
        ("same_key", "rejected", "conflict"),
        ("copy", "excluded", "NOT conflict AND nth > 1"),
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
    """Reject rows whose time overlaps that of a row of their key which is not known later than they are.

    An account has one manager at a time, whoever it is.
    """
    same = " AND ".join(f"o.{quote(name)} IS NOT DISTINCT FROM t.{quote(name)}" for name in table.key)
    if table.name == "assignments":
        same = "o.account_id = t.account_id AND o.role = t.role AND (o.role = 'manager' OR o.person_id = t.person_id)"
    left_out(
        con,
        table.name,
        "t.rowid IN (WITH spans AS (SELECT *, rowid AS id, coalesce(valid_to, DATE '9999-12-31') AS ends, "
        f"{_known(table)} AS known FROM book.{table.name} WHERE valid_to IS NULL OR valid_from < valid_to) "
        f"SELECT t.id FROM spans AS t JOIN spans AS o ON {same} "
        "WHERE o.id <> t.id AND o.known <= t.known AND o.valid_from < t.ends AND t.valid_from < o.ends)",
        reason="overlap",
        outcome="rejected",
        column_name="valid_from",
        value="CAST(t.valid_from AS VARCHAR)",
    )


def _known(table: Table) -> str:
    """SQL of the day from which a row is known: from the first where nothing dates it."""
    return f"coalesce({known_from(table)}, DATE '{date.min}')"


def _text(name: str) -> str:
    return f"coalesce(CAST({quote(name)} AS VARCHAR), chr(30))"
