"""What is known at the end of a period: every account's state, the company's thresholds, what became of the records.

Made once per load and period for all regions, and split by region, so that a notebook reads its own region's
accounts and nothing of the others but totals.
"""

import json
import shutil
import tempfile
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb

from kamreport.book.calendar import WorkCalendar
from kamreport.book.casting import literal
from kamreport.book.contract import TABLES, UNASSIGNED
from kamreport.book.doubts import doubts_sql
from kamreport.book.engine import connect, copy_to, sql_text
from kamreport.book.quality import quality_sql
from kamreport.book.reading import known_row, parquet
from kamreport.book.store import Load
from kamreport.period import Period
from kamreport.settings import Settings

__all__ = ["make_tables"]


def make_tables(settings: Settings, load: Load, folder: Path, *, as_of: date, until: date, window: Period) -> None:
    """Make the tables in a folder beside, then give it its name.

    Parameters
    ----------
    as_of
        First day that is not known.
    until
        First day after the last complete month.
    """
    WorkCalendar(settings.company.country)  # a country without a calendar is said now, not in the middle of a run
    building = Path(tempfile.mkdtemp(prefix="building-", dir=folder.parent))
    try:
        with closing(connect(load.folder)) as con:
            for name in ("ledger", "orders", "product_ledger"):
                con.execute(f"CREATE VIEW {name} AS SELECT * FROM {parquet(*load.shape(name))}")
            for table in ("account_versions", "assignments", "people", "regions"):
                file = load.folder / "tables" / f"{table}.parquet"
                con.execute(f"CREATE VIEW {table} AS SELECT * FROM {parquet(file)}")
            for table in ("rebates", "cost_to_serve", "activities", "deliveries"):
                file = load.folder / "tables" / f"{table}.parquet"
                known = known_row(TABLES[table], as_of)
                con.execute(f"CREATE VIEW {table} AS SELECT * FROM {parquet(file)} WHERE {known}")
            by_margin = _make(con, settings, as_of=as_of, until=until, window=window)
            _write(con, load, building, as_of)
            suspicions = _write_doubts(con, load, building, as_of=as_of, until=until)
            told = {"by_margin": by_margin, "suspicions": suspicions, "regions": _regions(con, load, as_of)}
        (building / "closing.json").write_text(json.dumps(told, ensure_ascii=False), "utf-8")
        building.rename(folder)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


def _make(con: duckdb.DuckDBPyConnection, settings: Settings, *, as_of: date, until: date, window: Period) -> bool:
    """Make the tables of a closing; says whether accounts are ranked by margin."""
    days = {
        "as_of": as_of,
        "until": until,
        "window": window.start,
        "prior": window.back(window.months).start,
        "year_ago": Period(until).back(12).start,
    }
    con.execute(f"CREATE TABLE state AS {sql_text('account_state', **days)}")
    costed, revenue = con.execute(
        "SELECT sum(CAST(costed_12m AS DECIMAL(38,4))), sum(CAST(revenue_12m AS DECIMAL(38,4))) FROM state"
    ).fetchall()[0]
    by_margin = bool(revenue) and costed / revenue >= settings.rules.min_cost_coverage
    start = settings.company.fiscal_year_start
    quarters = sql_text("owner_quarters", until=until, fiscal_year_start=start, by_margin=by_margin)
    con.execute(f"CREATE TABLE owner_quarters AS {quarters}")
    con.execute(f"CREATE TABLE deductions AS {sql_text('deductions', **days)}")
    rules = settings.rules
    shares = {"enter": rules.key_account_enter, "leave": rules.key_account_leave}
    con.execute(f"CREATE TABLE company AS {sql_text('company', **days, **shares)}")
    peers = sql_text("peers", window=window.start, until=until, least=rules.white_space_min_buyers)
    con.execute(f"CREATE TABLE peers AS {peers}")
    return by_margin


def _write_doubts(con: duckdb.DuckDBPyConnection, load: Load, folder: Path, *, as_of: date, until: date) -> int:
    """Write what is doubted of the data; returns how many suspicions there are."""
    for name, query in doubts_sql(load, as_of, until).items():
        copy_to(con, query, folder / f"{name}.parquet")
    count: int = con.execute(f"SELECT count(*) FROM {parquet(folder / 'suspicions.parquet')}").fetchall()[0][0]
    return count


def _regions(con: duckdb.DuckDBPyConnection, load: Load, as_of: date) -> list[str]:
    """The regions of the regions table, which has no dates, and those that accounts or lines have named by then."""
    known = con.execute(
        "SELECT region FROM regions UNION SELECT region FROM ledger WHERE month < CAST(? AS DATE) "
        "UNION SELECT region FROM account_versions WHERE valid_from < CAST(? AS DATE)",
        [as_of, as_of],
    ).fetchall()
    return [region for region in load.regions if (region,) in known]


def _write(con: duckdb.DuckDBPyConnection, load: Load, folder: Path, as_of: date) -> None:
    """Write the company's accounts, owners and records, and of each region those that it may see, with their orders."""
    for name, query in quality_sql(load, as_of).items():
        copy_to(con, query, folder / f"{name}.parquet")
    for name in ("company", "peers"):
        copy_to(con, f"SELECT * FROM {name} ORDER BY ALL", folder / f"{name}.parquet")
    copy_to(con, "SELECT *, TRUE AS is_home FROM state ORDER BY account_id", folder / "accounts" / "all.parquet")
    copy_to(con, "SELECT * FROM owner_quarters ORDER BY ALL", folder / "owner_quarters" / "all.parquet")
    orders = f"SELECT o.* FROM orders AS o JOIN seen USING (account_id) WHERE is_home AND o.date < {literal(as_of)}"
    for number, region in enumerate(load.regions or (UNASSIGNED,)):
        for name in ("seen", "named"):
            text = sql_text(name, region=region, as_of=as_of, unassigned=UNASSIGNED)
            con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {text}")
        queries = {
            "accounts": "SELECT seen.* REPLACE (named.name AS owner_name, named.shown_id AS owner_id) FROM seen "
            "JOIN named USING (owner_id) ORDER BY account_id",
            "owner_quarters": "SELECT owner_quarters.* REPLACE (named.shown_id AS owner_id) FROM owner_quarters "
            "JOIN named USING (owner_id) ORDER BY ALL",
            "orders": f"{orders} ORDER BY ALL",
            "deductions": f"SELECT * FROM deductions WHERE region = {literal(region)} ORDER BY ALL",
        }
        for name, query in queries.items():
            copy_to(con, query, folder / name / f"{number}.parquet")
