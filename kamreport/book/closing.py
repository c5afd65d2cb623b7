"""A period seen from its end: how far it is known, which months are complete, where its tables lie."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from filelock import FileLock

from kamreport.book.calendar import WorkCalendar
from kamreport.book.store import Load
from kamreport.period import WINDOW_MONTHS, Period
from kamreport.settings import Settings

__all__ = ["Closing", "close_period", "complete_months", "latest_period"]


@dataclass(frozen=True)
class Closing:
    """A period seen from its end.

    Attributes
    ----------
    as_of
        First day that is not known: the day after the period, or after the data where that ends earlier.
    up_to
        Last day of the data that are known.
    complete
        Every month of the period is complete.
    window
        The twelve complete months up to the period's end.
    history_start
        First month of the company's data.
    by_margin
        The cost is known for enough of the revenue to rank by margin.
    suspicions
        Signs of a faulty export that change money.
    regions
        Those that are known by then.
    """

    folder: Path
    period: Period
    as_of: date
    up_to: date
    complete: bool
    window: Period
    history_start: date
    by_margin: bool
    suspicions: int
    regions: tuple[str, ...]


def complete_months(load: Load, country: str = "") -> set[date]:
    """Say which months are complete: by the export's day, by later rows, or by rows on their last working days.

    Parameters
    ----------
    country
        Whose working days count; empty for Monday to Friday.
    """
    newest = max(load.months)
    return {
        month
        for month, last in load.months.items()
        if month < newest
        or load.up_to >= Period(month).last_day
        or (not load.declared and last >= WorkCalendar(country).back_from(Period(month).last_day, 3))
    }


def latest_period(load: Load, country: str = "", *, fiscal_year_start: int = 1) -> Period:
    """Give the last complete month in the data, else the last month with rows."""
    return Period(max(complete_months(load, country) or load.months), 1, fiscal_year_start)


def close_period(settings: Settings, load: Load, period: Period) -> Closing:
    """Make the closing of a period, or find it made."""
    folder = load.folder / "closings" / f"{period}-{_rules_digest(settings)}"
    folder.parent.mkdir(exist_ok=True, mode=0o700)
    complete = complete_months(load, settings.company.country)
    start = min(load.months)
    first_gap = next((month for month in period if month >= start and _lacks(month, complete, load)), None)
    until = first_gap or period.end
    as_of = min(period.end, load.up_to + timedelta(days=1)) if first_gap else period.end
    window = Period(until, 1, period.fiscal_year_start).previous.trailing(WINDOW_MONTHS)
    with FileLock(load.folder / "closings.lock"):
        if not (folder / "closing.json").is_file():
            # What only making needs is large; a run that finds all made does without.
            from kamreport.book.closing_tables import make_tables

            make_tables(settings, load, folder, as_of=as_of, until=until, window=window)
    told = json.loads((folder / "closing.json").read_text("utf-8"))
    return Closing(
        folder=folder,
        period=period,
        as_of=as_of,
        up_to=_up_to(load, as_of),
        complete=first_gap is None,
        window=window,
        history_start=start,
        by_margin=told["by_margin"],
        suspicions=told["suspicions"],
        regions=tuple(told["regions"]),
    )


def _lacks(month: date, complete: set[date], load: Load) -> bool:
    """Say whether a month of the period is not complete; a month without rows is, once later days are known."""
    return month not in complete and Period(month).last_day > load.up_to


def _up_to(load: Load, as_of: date) -> date:
    """The declared day of the export, or the last line's; in an old book what it was when that was new."""
    if load.declared:
        return min(load.up_to, as_of - timedelta(days=1))
    return max(last for month, last in load.months.items() if month < as_of)


def _rules_digest(settings: Settings) -> str:
    told = settings.rules.model_dump_json() + settings.company.model_dump_json()
    return hashlib.sha256(told.encode()).hexdigest()[:8]
