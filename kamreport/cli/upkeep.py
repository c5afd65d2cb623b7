"""What has grown old in output/ and in the store: found, shown, removed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path

from rich.filesize import decimal

from kamreport.book.store import forget_loads, old_loads
from kamreport.cli.screen import show_table
from kamreport.errors import UsageError
from kamreport.publish.files import writable
from kamreport.publish.pruning import Old, find_old, prune
from kamreport.settings import Settings

__all__ = ["Unwanted", "cutoff", "find_unwanted", "remove_unwanted", "show_unwanted"]


@dataclass(frozen=True)
class Unwanted:
    """A report, notebook or load that may go: of which kind and period, and how large."""

    kind: str
    period: str
    bytes: int


def cutoff(age: str, *, today: date | None = None) -> date:
    """Give the first day that is young enough to stay.

    Raises
    ------
    UsageError
        If the age is not a number of days.

    Examples
    --------
    >>> cutoff("90d", today=date(2025, 7, 1))
    datetime.date(2025, 4, 2)
    """
    days = re.fullmatch(r"(\d{1,5})d", age)
    if days is None:
        raise UsageError(f"age '{age}' is not understood; give days, as 90d")
    return (today or datetime.now(UTC).astimezone().date()) - timedelta(days=int(days[1]))


def find_unwanted(settings: Settings, before: date, *, reports: bool) -> list[Unwanted]:
    """List what is older than a day; see `find_old` and `old_loads`."""
    old = find_old(settings, before, reports=reports)
    return [*map(_unwanted, old), *(_load(size) for size in _sizes(settings, before).values())]


def remove_unwanted(settings: Settings, before: date, *, reports: bool) -> list[Unwanted]:
    """Remove what is older than a day, and list what has gone."""
    gone = [_unwanted(one) for one in prune(settings, before, reports=reports)]
    sizes = _sizes(settings, before)
    if not sizes:
        return gone
    with writable(settings.store):
        return gone + [_load(sizes.get(load, 0)) for load in forget_loads(settings.store, before)]


def _unwanted(old: Old) -> Unwanted:
    return Unwanted(old.kind, old.period, old.bytes)


def _load(size: int) -> Unwanted:
    return Unwanted("load of the data", "", size)


def _sizes(settings: Settings, before: date) -> dict[Path, int]:
    """What the old loads of the store take."""
    return {
        load: sum(file.stat().st_size for file in load.rglob("*") if file.is_file())
        for load in old_loads(settings.store, before)
    }


def show_unwanted(unwanted: Sequence[Unwanted]) -> str:
    """Write one line a kind and period; the total is given back in words."""
    rows = []
    for (kind, period), group in groupby(sorted(unwanted, key=_place), key=_place):
        sizes = [one.bytes for one in group]
        rows.append((kind, period, str(len(sizes)), decimal(sum(sizes))))
    show_table(("What", "Period", "Number", "Size"), rows)
    return decimal(sum(one.bytes for one in unwanted))


def _place(one: Unwanted) -> tuple[str, str]:
    return one.kind, one.period
