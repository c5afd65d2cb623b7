"""Periods of whole months: a month, a quarter, a year, or any run of months.

Every period is half-open: it holds its first day and not the day after its last. All arithmetic is done in
months, so no comparison ever depends on the length of February.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from kamreport.errors import UsageError

__all__ = ["WINDOW_MONTHS", "Period"]

# What structure and retention are measured over: sentences and comparisons rest on its being a year.
WINDOW_MONTHS = 12

_FORMS = "a month (2025-06), a quarter (2025-Q2), a year (2025) or a range (2025-01..2025-06)"
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_QUARTER = re.compile(r"(\d{4})-?Q([1-4])", re.IGNORECASE)
_YEAR = re.compile(r"(\d{4})")


@dataclass(frozen=True, order=True)
class Period:
    """A run of whole months from `start`, up to but not including `end`.

    Parameters
    ----------
    start
        First day of the first month.
    months
        Number of months, at least one.
    fiscal_year_start
        Month in which the firm's year begins; quarters and years are counted from it.

    Raises
    ------
    UsageError
        If `start` is not the first day of a month, or there is no month in the period.

    Examples
    --------
    >>> june = Period.parse("2025-06")
    >>> june.end, str(june.previous), str(june.year_ago), str(june.trailing(12))
    (datetime.date(2025, 7, 1), '2025-05', '2024-06', '2024-07..2025-06')
    """

    start: date
    months: int = 1
    fiscal_year_start: int = field(default=1, compare=False)

    def __post_init__(self) -> None:
        if self.start.day != 1 or self.months < 1:
            raise UsageError(f"a period is whole months, not {self.months} from {self.start}; give {_FORMS}")

    @classmethod
    def parse(cls, text: str, *, fiscal_year_start: int = 1) -> "Period":
        """Read a month, a quarter, a year or a range.

        A fiscal year is named after the calendar year that holds most of its months; one that starts in July
        after the year in which it ends.

        Examples
        --------
        >>> Period.parse("2025-Q2").start, Period.parse("2025", fiscal_year_start=4).start
        (datetime.date(2025, 4, 1), datetime.date(2025, 4, 1))
        >>> Period.parse("2025-Q1", fiscal_year_start=12).start
        datetime.date(2024, 12, 1)
        """
        ends = [_read(end.strip(), text, fiscal_year_start) for end in text.split("..", 1)]
        (first, _), (last, months) = ends[0], ends[-1]
        if last + months <= first:
            raise UsageError(f"period '{text}' ends before it starts; give the earlier end first")
        return cls(_day(first), last + months - first, fiscal_year_start)

    @classmethod
    def month_of(cls, day: date, *, fiscal_year_start: int = 1) -> "Period":
        """Give the month that holds a day.

        Examples
        --------
        >>> str(Period.month_of(date(2024, 2, 29)))
        '2024-02'
        """
        return cls(day.replace(day=1), 1, fiscal_year_start)

    @property
    def end(self) -> date:
        """The first day after the period."""
        return _day(_index(self.start) + self.months)

    @property
    def last_day(self) -> date:
        """The last day in the period."""
        return self.end - timedelta(days=1)

    @property
    def kind(self) -> str:
        """One of ``month``, ``quarter``, ``year`` and ``months`` (any other run)."""
        offset = (self.start.month - self.fiscal_year_start) % 12
        if self.months == 1:
            return "month"
        if self.months == 3 and offset % 3 == 0:
            return "quarter"
        return "year" if self.months == 12 and offset == 0 else "months"

    @property
    def fiscal_year(self) -> int:
        """Name of the fiscal year in which the period's first month lies."""
        started = self.start.year - (1 if self.start.month < self.fiscal_year_start else 0)
        return started + _named_later(self.fiscal_year_start)

    @property
    def quarter(self) -> int:
        """The fiscal quarter, 1 to 4, of the period's first month."""
        return (self.start.month - self.fiscal_year_start) % 12 // 3 + 1

    @property
    def previous(self) -> "Period":
        """The period of the same length just before this one."""
        return self.back(self.months)

    @property
    def year_ago(self) -> "Period":
        """The same months one year earlier."""
        return self.back(12)

    @property
    def year_to_date(self) -> "Period":
        """From the start of the fiscal year of the last month to the end of this period."""
        last = _index(self.end) - 1
        first = last - (last % 12 - (self.fiscal_year_start - 1)) % 12
        return Period(_day(first), last - first + 1, self.fiscal_year_start)

    def back(self, months: int) -> "Period":
        """Shift the period into the past, or into the future with a negative number.

        Examples
        --------
        >>> str(Period.parse("2025-03").back(1)), str(Period.parse("2024-02").back(-12))
        ('2025-02', '2025-02')
        """
        return Period(_day(_index(self.start) - months), self.months, self.fiscal_year_start)

    def trailing(self, months: int) -> "Period":
        """Give the run of months that ends with this period.

        Examples
        --------
        >>> str(Period.parse("2025-Q1").trailing(12))
        '2024-04..2025-03'
        """
        return Period(_day(_index(self.end) - months), months, self.fiscal_year_start)

    def split(self, months: int = 1) -> list["Period"]:
        """Cut the period into pieces of so many months, in order of time.

        Raises
        ------
        UsageError
            If the pieces do not fill the period exactly.

        Examples
        --------
        >>> [str(piece) for piece in Period.parse("2025-01..2025-03").split()]
        ['2025-01', '2025-02', '2025-03']
        """
        if months < 1 or self.months % months:
            raise UsageError(f"{self} cannot be cut into pieces of {months} months")
        first = _index(self.start)
        return [
            Period(_day(first + offset), months, self.fiscal_year_start) for offset in range(0, self.months, months)
        ]

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day < self.end

    def __iter__(self) -> Iterator[date]:
        """Yield the first day of every month in the period."""
        first = _index(self.start)
        return (_day(first + offset) for offset in range(self.months))

    def __str__(self) -> str:
        """Name the period as `parse` reads it."""
        if self.kind == "month":
            return f"{self.start:%Y-%m}"
        if self.kind == "quarter":
            return f"{self.fiscal_year}-Q{self.quarter}"
        if self.kind == "year":
            return f"{self.fiscal_year}"
        return f"{self.start:%Y-%m}..{self.last_day:%Y-%m}"


def _read(end: str, text: str, fiscal_year_start: int) -> tuple[int, int]:
    """Months since year 0 of the first month, and number of months, of one end of a period's text."""
    earlier = _named_later(fiscal_year_start)
    if match := _QUARTER.fullmatch(end):
        year, month, months = int(match[1]) - earlier, fiscal_year_start + 3 * (int(match[2]) - 1), 3
    elif (match := _MONTH.fullmatch(end)) and 1 <= int(match[2]) <= 12:
        year, month, months = int(match[1]), int(match[2]), 1
    elif match := _YEAR.fullmatch(end):
        year, month, months = int(match[1]) - earlier, fiscal_year_start, 12
    else:
        raise UsageError(f"period '{text}' is not understood; give {_FORMS}")
    if not 1900 <= year <= 2199:
        raise UsageError(f"period '{text}' is not between 1900 and 2199; give {_FORMS}")
    return year * 12 + month - 1, months


def _named_later(fiscal_year_start: int) -> int:
    """1 where a fiscal year is named after the year in which it ends, 0 where after that in which it starts."""
    return 1 if fiscal_year_start >= 7 else 0


def _index(day: date) -> int:
    """Months since year 0."""
    return day.year * 12 + day.month - 1


def _day(index: int) -> date:
    return date(index // 12, index % 12 + 1, 1)
