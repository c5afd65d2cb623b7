"""What became of every record, as far as a book knows: counts for the basis page, without accounts.

A record counts from the day that dates it, as far as that can be read; what has no date counts always: the rows of a
plain master file, a record that could not be split. Days are kept to the month where only remarks are counted.
"""

from collections.abc import Sequence
from datetime import date

from kamreport.book.casting import literal
from kamreport.book.contract import TABLES, Table
from kamreport.book.reading import known_from, parquet
from kamreport.book.store import Load

__all__ = ["late_sql", "left_out_rows_sql", "quality_sql", "reconciliation_sql"]


def quality_sql(load: Load, as_of: date | None = None) -> dict[str, str]:
    """Queries for what a book tells of its records, by the names of its attributes.

    Parameters
    ----------
    as_of
        First day that is not known; without it everything is counted that was read.

    Returns
    -------
    dict
        ``sources``, ``left_out``, ``noted``, ``line_kinds``, ``coverage``, ``reconciliation`` and ``money``.
    """
    return {
        "sources": _sources(load, as_of),
        "left_out": _reasons(load, as_of),
        "noted": _noted(load, as_of),
        "line_kinds": _line_kinds(load, as_of),
        "coverage": _coverage(load, as_of),
        "reconciliation": (
            f"SELECT region, sum(revenue) AS revenue FROM {parquet(*load.shape('ledger'))} "
            f"WHERE {_known('month', as_of)} GROUP BY region ORDER BY region"
        ),
        "money": (
            "SELECT 'used' AS outcome, CAST(coalesce(sum(revenue), 0) AS VARCHAR) AS revenue "
            f"FROM {_file(load, 'transactions')} WHERE {_known('date', as_of)} "
            "UNION ALL SELECT outcome, CAST(coalesce(sum(revenue), CAST(0 AS DECIMAL(18,4))) AS VARCHAR) "
            f"FROM (VALUES ('excluded'), ('rejected')) AS o(outcome) LEFT JOIN (FROM {_left_out(load, as_of)} "
            "WHERE table_name = 'transactions') USING (outcome) GROUP BY outcome ORDER BY outcome DESC"
        ),
    }


def left_out_rows_sql(load: Load) -> str:
    """Every record that is not used: `table_name`, `file`, `sheet`, `line`, `column_name`, `reason`, `outcome`."""
    return f"SELECT * EXCLUDE (value, day) FROM {_file(load, 'left_out')} ORDER BY table_name, file, line"


def late_sql(load: Load, days: int) -> str:
    """Lines booked so many days after the end of their month, or later: `month`, `lines`, `revenue`."""
    after = f"date_trunc('month', date) + INTERVAL 1 MONTH + INTERVAL {days} DAY"
    return (
        "SELECT CAST(date_trunc('month', date) AS DATE) AS month, count(*) AS lines, CAST(sum(revenue) AS DOUBLE) "
        f"AS revenue FROM {parquet(load.folder / 'late.parquet')} WHERE posted_on >= {after} GROUP BY ALL ORDER BY ALL"
    )


def reconciliation_sql(parts: str, regions: Sequence[str]) -> str:
    """The revenue of some regions, of all others as one sum (``*``) and of the company (""), as exact text.

    Parameters
    ----------
    parts
        SQL of the exact revenue by region.
    """
    named = ", ".join(map(literal, regions))
    known = "".join(f" UNION ALL SELECT {literal(region)}, 0" for region in regions)  # also where nothing was sold
    return (
        f"WITH parts AS (SELECT CASE WHEN region IN ({named}) THEN region ELSE '*' END AS region, "
        f"sum(revenue) AS revenue FROM (FROM ({parts}){known}) GROUP BY ALL) "
        "SELECT region, CAST(revenue AS VARCHAR) AS revenue FROM "
        "(FROM parts UNION ALL SELECT '', sum(revenue) FROM parts) ORDER BY region = '', region = '*', region"
    )


def _file(load: Load, name: str) -> str:
    return parquet(load.folder / "tables" / f"{name}.parquet")


def _known(day: str, as_of: date | None) -> str:
    return "TRUE" if as_of is None else f"coalesce({day} < DATE {literal(as_of)}, TRUE)"


def _left_out(load: Load, as_of: date | None) -> str:
    return f"(FROM {_file(load, 'left_out')} WHERE {_known('day', as_of)})"


def _sources(load: Load, as_of: date | None) -> str:
    """Records of each table; of a file that only queries use all, or where days count only those that were lost.

    What a query selects from such a file is dated in its table; in the file itself nothing is.
    """
    rows = []
    for place, (name, records) in enumerate(load.records.items()):
        read = "NULL" if as_of else records
        if name in TABLES:
            known = _known(known_from(TABLES[name]), as_of)
            day = _covered(TABLES[name])
            counted = f"count(*), min({day}), max({day}) FROM {_file(load, name)} WHERE {known}"
            rows.append(f"SELECT {place}, {literal(name)}, {read}, {counted}")
        else:
            rows.append(f"SELECT {place}, {literal(name)}, {read}, NULL, NULL, NULL")
    return (
        f"WITH used(place, table_name, read, used, first, last) AS ({' UNION ALL '.join(rows)}), "
        "out AS (SELECT table_name, count(*) FILTER (outcome = 'excluded') AS excluded, "
        "count(*) FILTER (reason = 'copy') AS copies, "
        f"count(*) FILTER (outcome = 'rejected') AS rejected FROM {_left_out(load, as_of)} GROUP BY table_name), "
        "counts AS (SELECT used.*, coalesce(excluded, 0) AS excluded, coalesce(copies, 0) AS copies, "
        "coalesce(rejected, 0) AS rejected "
        "FROM used LEFT JOIN out USING (table_name)) "
        "SELECT table_name, coalesce(read, used + excluded + rejected) AS read, "
        "coalesce(used, read - excluded - rejected) AS used, excluded, copies, rejected, first, last "
        "FROM counts WHERE coalesce(read, used) IS NOT NULL OR rejected > 0 ORDER BY place"
    )


def _covered(table: Table) -> str:
    """SQL of the day that a row is about; NULL in a plain master file."""
    by_time = {"month": "month", "validity": "valid_from", "snapshot": table.versions}
    if table.time != "event":
        return f"CAST({by_time[table.time] or 'NULL'} AS DATE)"
    # What was done may be known later than what was planned, and both are one record.
    days = [table.visible, *table.by_name[table.visible].instead]
    return f"least({', '.join(days)})" if len(days) > 1 else table.visible


def _reasons(load: Load, as_of: date | None) -> str:
    """Why records are not used, with the first place of each reason: a file, a sheet, up to three lines in it."""
    group = "table_name, outcome, reason, column_name"
    return (
        f"WITH placed AS (SELECT *, dense_rank() OVER (PARTITION BY {group} ORDER BY file, sheet) AS part, "
        f"row_number() OVER (PARTITION BY {group} ORDER BY file, sheet, line) AS nth FROM {_left_out(load, as_of)}) "
        f"SELECT {group}, count(*) AS rows, CAST(sum(revenue) AS DOUBLE) AS revenue, "
        "any_value(file) FILTER (nth = 1) AS file, any_value(sheet) FILTER (nth = 1) AS sheet, "
        "string_agg(line, ', ' ORDER BY line) FILTER (part = 1 AND nth <= 3) AS lines "
        f"FROM placed GROUP BY {group} ORDER BY table_name, outcome, rows DESC, reason, column_name"
    )


def _coverage(load: Load, as_of: date | None) -> str:
    """How much of the last twelve months' revenue has a cost: of the company (no name), each region and each family."""
    return (
        f"WITH known AS (FROM {parquet(*load.shape('product_ledger'))} WHERE {_known('month', as_of)}), "
        "recent AS (FROM known WHERE month > (SELECT max(month) FROM known) - INTERVAL 12 MONTH) "
        "SELECT CASE WHEN GROUPING(region) = 0 THEN 'region' WHEN GROUPING(family) = 0 THEN 'family' ELSE '' END "
        "AS part, coalesce(region, family, '') AS name, CAST(sum(revenue) AS DOUBLE) AS revenue, "
        "CAST(sum(costed_revenue) AS DOUBLE) AS costed_revenue FROM recent "
        "GROUP BY GROUPING SETS ((), (region), (family)) ORDER BY part, name"
    )


def _noted(load: Load, as_of: date | None) -> str:
    """Remarks by table, kind and column, with the three ids of most records as examples."""
    return (
        "WITH named AS (SELECT table_name, what, column_name, value, sum(rows) AS rows, sum(revenue) AS revenue "
        f"FROM {_file(load, 'noted')} WHERE {_known('month', as_of)} GROUP BY ALL), "
        "ranked AS (SELECT *, row_number() OVER "
        "(PARTITION BY table_name, what, column_name ORDER BY rows DESC, value) AS place FROM named) "
        "SELECT table_name, what, column_name, "
        "string_agg(value, ', ' ORDER BY value) FILTER (place <= 3) AS examples, count(*) AS ids, "
        "CAST(sum(rows) AS BIGINT) AS rows, CAST(sum(revenue) AS DOUBLE) AS revenue "
        "FROM ranked GROUP BY table_name, what, column_name ORDER BY table_name, what, column_name"
    )


def _line_kinds(load: Load, as_of: date | None) -> str:
    pools = f"SELECT account_id FROM {_file(load, 'accounts')} WHERE type = 'pool'"
    return (
        f"SELECT kind, count(*) AS lines, count(*) FILTER (account_id IN ({pools})) AS pool_lines, "
        f"CAST(sum(revenue) AS DOUBLE) AS revenue FROM {_file(load, 'transactions')} "
        f"WHERE {_known('date', as_of)} GROUP BY kind ORDER BY lines DESC, kind"
    )
