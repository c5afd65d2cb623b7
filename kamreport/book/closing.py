"""What is known at the end of a period: every account's state and the company's thresholds.

Made once per load and period for all regions, and split by region, so that a notebook reads its own region's
accounts and nothing of the others but totals.
"""

import json
import shutil
import tempfile
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
from filelock import FileLock

from kamreport.book.calendar import WorkCalendar
from kamreport.book.casting import literal
from kamreport.book.engine import connect, copy_to, sql_text
from kamreport.book.reading import engine, parquet
from kamreport.book.reducing import UNASSIGNED
from kamreport.book.store import Load
from kamreport.period import WINDOW_MONTHS, Period
from kamreport.settings import Settings

__all__ = ["Closing", "close_period", "complete_months", "latest_period", "months_of"]


@dataclass(frozen=True)
class Closing:
    """A period seen from its end.

    Attributes
    ----------
    as_of
        First day that is not known: the day after the period, or after the data where that ends earlier.
    complete
        Every month of the period is complete.
    window
        The twelve complete months up to the period's end.
    history_start
        First month of the company's data.
    by_margin
        The cost is known for enough of the revenue to rank by margin.
    """

    folder: Path
    period: Period
    as_of: date
    complete: bool
    window: Period
    history_start: date
    by_margin: bool


def complete_months(load: Load, months: list[date], last_days: dict[date, date], calendar: WorkCalendar) -> set[date]:
    """Say which months are complete: by the export's day, by later rows, or by rows on their last working days.

    Parameters
    ----------
    months
        First days of the months with rows.
    last_days
        Last day with a row, by month.
    """
    complete = set()
    for month in months:
        period = Period(month)
        later_rows = any(other > month for other in months)
        closing_rows = not load.declared and last_days[month] >= calendar.back_from(period.last_day, 3)
        if load.up_to >= period.last_day or later_rows or closing_rows:
            complete.add(month)
    return complete


def latest_period(load: Load, calendar: WorkCalendar, *, fiscal_year_start: int = 1) -> Period:
    """Give the last complete month in the data, else the last month with rows."""
    months, last_days = months_of(load)
    complete = complete_months(load, months, last_days, calendar)
    return Period(max(complete or months), 1, fiscal_year_start)


def close_period(settings: Settings, load: Load, period: Period) -> Closing:
    """Make the closing of a period, or find it made."""
    folder = load.folder / "closings" / f"{period}-{_rules_digest(settings)}"
    folder.parent.mkdir(exist_ok=True, mode=0o700)
    calendar = WorkCalendar(settings.company.country)
    months, last_days = months_of(load)
    complete = complete_months(load, months, last_days, calendar)
    first_gap = next((month for month in period if month >= min(months) and _lacks(month, complete, load)), None)
    until = first_gap or period.end
    as_of = min(period.end, load.up_to + timedelta(days=1)) if first_gap else period.end
    window = Period(_shift(until, -1), 1, period.fiscal_year_start).trailing(WINDOW_MONTHS)
    with FileLock(load.folder / "closings.lock"):
        if not (folder / "closing.json").is_file():
            _build(settings, load, folder, as_of=as_of, until=until, window=window)
    told = json.loads((folder / "closing.json").read_text("utf-8"))
    return Closing(folder, period, as_of, first_gap is None, window, min(months), told["by_margin"])


def _lacks(month: date, complete: set[date], load: Load) -> bool:
    """Say whether a month of the period is not complete; a month without rows is, once later days are known."""
    return month not in complete and Period(month).last_day > load.up_to


def _shift(day: date, months: int) -> date:
    return Period(day).back(-months).start


def _rules_digest(settings: Settings) -> str:
    import hashlib

    told = settings.rules.model_dump_json() + settings.company.model_dump_json()
    return hashlib.sha256(told.encode()).hexdigest()[:8]


def months_of(load: Load) -> tuple[list[date], dict[date, date]]:
    """First days of the months with rows, and the last day with a row in each."""
    with engine(load.folder) as con:
        rows = con.execute(
            "SELECT CAST(date_trunc('month', date) AS DATE), max(date) "
            f"FROM {_all(load, 'daily')} GROUP BY 1 ORDER BY 1"
        ).fetchall()
    return [month for month, _ in rows], dict(rows)


def _all(load: Load, shape: str) -> str:
    """Name the files of all regions, one by one: a wildcard could match a hostile name."""
    return parquet(*(load.folder / shape / f"{number}.parquet" for number in range(max(len(load.regions), 1))))


def _build(settings: Settings, load: Load, folder: Path, *, as_of: date, until: date, window: Period) -> None:
    building = Path(tempfile.mkdtemp(prefix="building-", dir=folder.parent))
    try:
        with closing(connect(load.folder)) as con:
            for shape in ("ledger", "orders"):
                con.execute(f"CREATE VIEW {shape} AS SELECT * FROM {_all(load, shape)}")
            for table in ("account_versions", "assignments", "people"):
                file = load.folder / "tables" / f"{table}.parquet"
                con.execute(f"CREATE VIEW {table} AS SELECT * FROM {parquet(file)}")
            by_margin = _make(con, settings, as_of=as_of, until=until, window=window)
            _write(con, load, building, as_of)
        (building / "closing.json").write_text(json.dumps({"by_margin": by_margin}), "utf-8")
        building.rename(folder)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


def _make(con: duckdb.DuckDBPyConnection, settings: Settings, *, as_of: date, until: date, window: Period) -> bool:
    """Make the three tables of a closing; says whether accounts are ranked by margin."""
    days = {
        "as_of": as_of,
        "until": until,
        "window": window.start,
        "prior": window.back(window.months).start,
        "year_ago": _shift(until, -12),
    }
    con.execute(f"CREATE TABLE state AS {sql_text('account_state', **days)}")
    costed, revenue = con.execute("SELECT sum(costed_12m), sum(revenue_12m) FROM state").fetchall()[0]
    by_margin = bool(revenue) and costed / revenue >= settings.rules.min_cost_coverage
    start = settings.company.fiscal_year_start
    quarters = sql_text("owner_quarters", until=until, fiscal_year_start=start, by_margin=by_margin)
    con.execute(f"CREATE TABLE owner_quarters AS {quarters}")
    rules = settings.rules
    shares = {"enter": rules.key_account_enter, "leave": rules.key_account_leave}
    con.execute(f"CREATE TABLE company AS {sql_text('company', **days, **shares)}")
    return by_margin


def _write(con: duckdb.DuckDBPyConnection, load: Load, folder: Path, as_of: date) -> None:
    """Write the company's accounts and owners, and of each region those that it may see, with their orders."""
    copy_to(con, "SELECT * FROM company ORDER BY ALL", folder / "company.parquet")
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
        }
        for name, query in queries.items():
            copy_to(con, query, folder / name / f"{number}.parquet")
