"""Opening a book: which load, which period, which region."""

import os
import sys

from kamreport.book.book import ALL, Book
from kamreport.book.calendar import WorkCalendar
from kamreport.book.closing import close_period, latest_period, months_of
from kamreport.book.store import Load, load_store, read_load
from kamreport.errors import KamreportError, UsageError, unknown
from kamreport.period import Period
from kamreport.settings import Settings, load_settings

__all__ = ["open_book", "resolve_period"]


def resolve_period(settings: Settings, load: Load, period: str | Period) -> Period:
    """Read a period; ``latest`` is the last complete month in the data.

    Raises
    ------
    UsageError
        If it is no period, or lies wholly after or before the data.
    """
    start = settings.company.fiscal_year_start
    if period == "latest":
        return latest_period(load, WorkCalendar(settings.company.country), fiscal_year_start=start)
    chosen = Period.parse(period, fiscal_year_start=start) if isinstance(period, str) else period
    if chosen.start > load.up_to:
        raise UsageError(f"period '{chosen}' lies after the data, which go up to {load.up_to}; choose an earlier one")
    first = min(months_of(load)[0])
    if chosen.end <= first:
        raise UsageError(f"period '{chosen}' lies before the data, which start in {first:%Y-%m}; choose a later one")
    return chosen


def open_book(region: str = ALL, period: str | Period = "latest", *, settings: Settings | None = None) -> Book:
    """Open the book of a region and period; loads the data first if anything has changed.

    Parameters
    ----------
    region
        A region's id, or ``"all"`` for the company.
    period
        A month (``2025-06``), quarter (``2025-Q2``), year, range, or ``latest``: the last complete month.
    settings
        Of another workspace than the current one.

    Raises
    ------
    UsageError
        If the region or period does not exist.
    DataError
        If the data cannot be read.
    """
    settings = settings or load_settings()
    load = _pinned(settings) or load_store(settings)
    chosen = resolve_period(settings, load, period)
    if region != ALL and region not in load.regions:
        raise UsageError(unknown("region", region, [*load.regions, ALL], source="the data"))
    own = str(settings.root / "lib")
    if own not in sys.path:
        sys.path.append(own)
    return Book(settings, load, close_period(settings, load, chosen), region)


def _pinned(settings: Settings) -> Load | None:
    """The load that a batch has fixed for all its notebooks."""
    key = os.environ.get("KAMREPORT_LOAD", "")
    if not key:
        return None
    folder = settings.store / key
    if not (folder / "load.json").is_file():
        raise KamreportError(f"the load {key} is gone from {settings.store}; run the batch again")
    return read_load(folder)
