"""From checked tables to the shapes in the store: one SQL text per shape."""

from decimal import Decimal

import duckdb

from kamreport.book.casting import literal
from kamreport.book.checking import need_transactions
from kamreport.book.contract import ALL, TABLES, UNASSIGNED
from kamreport.book.engine import sql_text
from kamreport.book.matching import fold
from kamreport.book.outcomes import left_out
from kamreport.errors import DataError
from kamreport.settings import Settings

__all__ = ["SHAPES", "complete_transactions", "make_lines", "make_shapes", "reconcile"]

SHAPES = ("ledger", "product_ledger", "orders", "daily", "product_prices", "channel_ledger")
# What the shapes group by, and where all of its texts are found.
_GROUPED = {
    "account_id": ("book.transactions",),
    "product_id": ("book.transactions",),
    "region": ("book.transactions", "book.accounts", "book.regions", f"(VALUES ({literal(UNASSIGNED)})) AS t(region)"),
    "family": ("book.products",),
    "unit": ("book.transactions", "book.products"),
}
_MONTH = "date_trunc('month', date)"


def complete_transactions(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Work out what a line leaves open: its kind, its currency, whether it counts.

    Lines without a rate, lines of kind internal and lines of internal accounts leave the table.
    """
    con.execute(
        "UPDATE book.transactions SET kind = CASE WHEN revenue < 0 THEN 'return' ELSE 'sale' END WHERE kind IS NULL"
    )
    _convert(con, settings.company.currency)
    left_out(con, "transactions", "t.kind = 'internal'", reason="internal_line", outcome="excluded", column_name="kind")
    left_out(
        con,
        "transactions",
        "t.account_id IN (SELECT account_id FROM book.accounts WHERE type = 'internal')",
        reason="internal_account",
        outcome="excluded",
        column_name="account_id",
    )
    need_transactions(con, settings.tables["transactions"])
    _count_twins(con)


def _convert(con: duckdb.DuckDBPyConnection, currency: str) -> None:
    """Turn other currencies into the report's by the month's rate; a line without a rate is rejected."""
    foreign = f"t.currency IS NOT NULL AND upper(t.currency) <> {literal(currency)}"
    rate = (
        "(SELECT any_value(rate) FROM book.fx_rates AS f WHERE upper(f.currency) = upper(t.currency) "
        "AND f.month = date_trunc('month', t.date))"
    )
    left_out(
        con,
        "transactions",
        f"{foreign} AND {rate} IS NULL",
        reason="no_rate",
        outcome="rejected",
        column_name="currency",
        value="t.currency",
    )
    for column in ("revenue", "cost", "list_amount"):
        wide = f"CAST({column} AS DECIMAL(20,4))"  # the engine multiplies two decimals of 18 digits in 18 digits
        con.execute(
            f"UPDATE book.transactions AS t SET {column} = CAST({wide} * f.rate AS DECIMAL(18,4)) "
            "FROM book.fx_rates AS f WHERE upper(f.currency) = upper(t.currency) "
            f"AND f.month = date_trunc('month', t.date) AND {foreign}"
        )


def _count_twins(con: duckdb.DuckDBPyConnection) -> None:
    """Lines without document and line number that are alike in everything are kept, and counted."""
    columns = ", ".join(column.name for column in TABLES["transactions"].columns)
    loose = "FROM book.transactions WHERE (doc_id IS NULL OR line_no IS NULL)"
    # Most lines stand alone, and a hash of eight bytes says so of all but a few.
    repeated = f"SELECT hash({columns}) AS hashed {loose} GROUP BY hashed HAVING count(*) > 1"
    con.execute(
        "INSERT INTO book.noted "
        f"SELECT 'transactions', 'possible_duplicates', '', '', {_MONTH}, sum(n - 1), sum((n - 1) * revenue) "
        "FROM (SELECT count(*) AS n, any_value(revenue) AS revenue, any_value(date) AS date "
        f"{loose} AND hash({columns}) IN ({repeated}) GROUP BY {columns} HAVING count(*) > 1) GROUP BY ALL"
    )


def make_lines(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Make the table `lines` that the shapes read, with all there is to note of it; returns the regions in order.

    Lines whose region the regions table does not know stay, under that of their account or `UNASSIGNED`, and are
    counted; lines without any region are counted apart from them.

    Raises
    ------
    DataError
        If the lines do not add up to the transactions, or a region has the company's name.
    """
    con.execute(
        "DELETE FROM book.noted WHERE table_name = 'transactions' AND what = 'unknown_id' AND column_name = 'region' "
        "AND (SELECT count(*) FROM book.regions) > 0"
    )
    con.execute(
        f"INSERT INTO book.noted SELECT 'transactions', 'unknown_region', 'region', region, {_MONTH}, count(*), "
        "sum(revenue) FROM book.transactions WHERE region IS NOT NULL AND (SELECT count(*) FROM book.regions) > 0 "
        "AND region NOT IN (SELECT region FROM book.regions) GROUP BY ALL"
    )
    con.execute(
        "UPDATE book.accounts SET region = NULL WHERE region IS NOT NULL "
        "AND (SELECT count(*) FROM book.regions) > 0 AND region NOT IN (SELECT region FROM book.regions)"
    )
    con.execute(f"CREATE TABLE account_versions AS {sql_text('account_versions')}")
    _number_texts(con)
    numbered = ", ".join(f"CAST({name} AS every_{name}) AS {name}" for name in _GROUPED)
    con.execute(f"CREATE TABLE lines AS SELECT * REPLACE ({numbered}) FROM ({sql_text('lines')})")
    _agree(con, "lines", "book.transactions")
    con.execute(
        f"INSERT INTO book.noted SELECT 'transactions', 'unit_cost', 'cost', '', {_MONTH}, count(*), sum(revenue) "
        "FROM lines WHERE cost_by_unit IS NOT NULL GROUP BY ALL"
    )
    con.execute(
        f"INSERT INTO book.noted SELECT 'transactions', 'unassigned', 'region', '', {_MONTH}, count(*), sum(revenue) "
        f"FROM lines WHERE region = {literal(UNASSIGNED)} AND NOT stray GROUP BY ALL"
    )
    rows = con.execute(
        "SELECT region FROM book.regions UNION SELECT region FROM lines "
        "UNION SELECT region FROM book.accounts WHERE region IS NOT NULL ORDER BY 1"
    ).fetchall()
    regions = [region for (region,) in rows]
    if taken := [region for region in regions if fold(region) == ALL]:
        raise DataError(f"a region is called '{taken[0]}', which names the whole company; rename it in the data")
    # Nobody has named a region: the company is all there is.
    return [] if regions == [UNASSIGNED] else regions


def _number_texts(con: duckdb.DuckDBPyConnection) -> None:
    """Have what the shapes group and sort by be numbers that stand for texts, in the order of the texts.

    So lines are written, joined, grouped and sorted in half the time.
    """
    for name, texts in _GROUPED.items():
        found = [f"SELECT CAST({name} AS VARCHAR) AS text FROM {table}" for table in texts]
        every = " UNION ALL ".join(["SELECT '' AS text", *found])  # what has no text at all could not be numbered
        con.execute(
            f"CREATE TYPE every_{name} AS ENUM (SELECT DISTINCT text FROM ({every}) WHERE text IS NOT NULL ORDER BY 1)"
        )
        if name in TABLES["transactions"].by_name:
            # The engine rewrites rows that have left the table too, and their texts have no number.
            new = f"every_{name} USING TRY_CAST({name} AS every_{name})"
            con.execute(f"ALTER TABLE book.transactions ALTER {name} TYPE {new}")


def make_shapes(con: duckdb.DuckDBPyConnection) -> None:
    """Make the shapes as tables of the schema `shape`; of the rest they need only the lines."""
    con.execute("CREATE SCHEMA shape")
    for name in SHAPES:
        con.execute(f"CREATE TABLE shape.{name} AS {sql_text(name)}")


def reconcile(con: duckdb.DuckDBPyConnection) -> dict[str, Decimal]:
    """Check to the last digit that nothing was lost on the way from the lines to the regions.

    Returns
    -------
    dict
        ``used`` (all lines), ``excluded`` and ``rejected`` revenue as far as it could be read.

    Raises
    ------
    DataError
        If a shape does not add up to the lines: a fault of the program, never printed over.
    """
    for shape in ("ledger", "product_ledger", "daily"):
        used = _agree(con, f"shape.{shape}", "lines")
    out = dict(
        con.execute(
            "SELECT outcome, sum(revenue) FROM book.left_out WHERE table_name = 'transactions' GROUP BY outcome"
        ).fetchall()
    )
    zero = Decimal("0.0000")
    return {"used": used, "excluded": out.get("excluded") or zero, "rejected": out.get("rejected") or zero}


def _agree(con: duckdb.DuckDBPyConnection, made: str, source: str) -> Decimal:
    """Give the revenue of a table if it is that of the table it is made from."""
    total, used = (
        con.execute(f"SELECT coalesce(sum(revenue), 0) FROM {table}").fetchall()[0][0] for table in (made, source)
    )
    if total != used:
        raise DataError(f"{made} sums to {total} and {source} to {used}; please report this fault")
    return Decimal(total)
