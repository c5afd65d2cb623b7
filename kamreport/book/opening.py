"""Opening a book: which load, which period, which region; and whether a report's inputs are what they were."""

import os
import sys
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from kamreport import inputs
from kamreport.book.closing import close_period, latest_period
from kamreport.book.contract import ALL
from kamreport.book.store import Load, load_store, read_load
from kamreport.errors import KamreportError, UsageError, unknown
from kamreport.period import Period
from kamreport.settings import Settings, load_settings

if TYPE_CHECKING:  # laying out a run opens no book
    from kamreport.book.book import Book

__all__ = ["changed_inputs", "open_book", "resolve_period"]

_LATEST = "latest"


def resolve_period(settings: Settings, load: Load, period: str | Period) -> Period:
    """Read a period; ``latest`` is the last complete month in the data.

    Raises
    ------
    UsageError
        If it is no period, or lies wholly after or before the data.
    """
    start = settings.company.fiscal_year_start
    if period == _LATEST:
        return latest_period(load, settings.company.country, fiscal_year_start=start)
    chosen = Period.parse(period, fiscal_year_start=start) if isinstance(period, str) else period
    if chosen.start > load.up_to:
        raise UsageError(f"period '{chosen}' lies after the data, which go up to {load.up_to}; choose an earlier one")
    first = min(load.months)
    if chosen.end <= first:
        raise UsageError(f"period '{chosen}' lies before the data, which start in {first:%Y-%m}; choose a later one")
    return chosen


def open_book(region: str = ALL, period: str | Period = _LATEST, *, settings: Settings | None = None) -> "Book":
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
    from kamreport.book.noting import digest

    settings = settings or load_settings()
    book = _open(settings, _pinned(settings) or load_store(settings), region, period)
    if period == _LATEST:
        inputs.note(str(inputs.Input("company", _LATEST, "", "")), digest(str(book.period)))
    own = str(settings.root / "lib")
    if own not in sys.path:
        sys.path.append(own)
    return book


def changed_inputs(settings: Settings, load: Load, noted: Mapping[str, str]) -> list[str]:
    """Read what a notebook has read, and nothing else, and give what is not as it was then.

    Parameters
    ----------
    noted
        Digests by input, of `kamreport.inputs.noted`.

    Returns
    -------
    list of str
        Names of inputs; also of those that no longer exist. `kamreport.inputs.said` says them for people.
    """
    from kamreport.book.noting import digest, digest_of

    @cache
    def opened(region: str, period: str) -> "Book | None":
        try:
            return _open(settings, load, region, period)
        except KamreportError:  # the region, the period or its data are gone; printing says it better
            return None

    def holds(one: inputs.Input) -> str:
        if one.name == _LATEST:
            return digest(str(resolve_period(settings, load, _LATEST)))
        book = opened(one.region, one.period)
        return "" if book is None else digest_of(book, one.name)

    return [name for name, before in noted.items() if holds(inputs.Input.parse(name)) != before]


def _open(settings: Settings, load: Load, region: str, period: str | Period) -> "Book":
    from kamreport.book.book import Book

    chosen = resolve_period(settings, load, period)
    if region != ALL and region not in load.regions:
        raise UsageError(unknown("region", region, [*load.regions, ALL], source="the data"))
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
