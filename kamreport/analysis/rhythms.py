"""On which days owners order, and in which months of the year."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from kamreport.analysis.homes import home_orders

__all__ = [
    "Rhythm",
    "day_number",
    "day_numbers",
    "day_of",
    "days_in_season",
    "order_days",
    "rhythms",
]

Days = npt.NDArray[np.int64]
_YEAR = 365
_MONTHS = np.arange(12)


@dataclass(frozen=True)
class Rhythm:
    """The days on which an owner ordered (days since 1970), in order, each once."""

    owner_id: str
    days: Days

    @property
    def gaps(self) -> Days:
        """Days between one order day and the next."""
        return np.diff(self.days)


def rhythms(orders: pd.DataFrame, owners: pd.DataFrame, *, as_of: date) -> list[Rhythm]:
    """Order days of each owner at home here, as they were known on a day; pools have none.

    Parameters
    ----------
    orders
        `owner_id`, `order_date`, `date` (posting).
    owners
        `owner_id`, `type`, `is_home`.
    as_of
        First day that is not known.

    Examples
    --------
    >>> orders = pd.DataFrame({"owner_id": ["a", "a", "a"], "date": pd.to_datetime(["2025-01-05"] * 2 + ["2025-02-09"]),
    ...     "order_date": pd.to_datetime(["2025-01-01", "2025-01-01", "2025-02-01"])})
    >>> owners = pd.DataFrame({"owner_id": ["a"], "type": ["customer"], "is_home": [True]})
    >>> rhythms(orders, owners, as_of=date(2025, 3, 1))[0].gaps.tolist()
    [31]
    """
    known = order_days(orders, owners)
    known = known[known["date"] < pd.Timestamp(as_of)].reset_index(drop=True)
    days = day_numbers(known["order_date"])
    return [Rhythm(str(name), days[places]) for name, places in known.groupby("owner_id", sort=True).indices.items()]


def order_days(orders: pd.DataFrame, owners: pd.DataFrame) -> pd.DataFrame:
    """Days on which each owner at home here ordered, each once, in order: `owner_id`, `order_date`, `date`.

    `date` is when a day was first known: the earliest posting of its lines.

    Examples
    --------
    >>> orders = pd.DataFrame({"owner_id": "a", "order_date": pd.to_datetime(["2025-01-01"] * 2),
    ...     "date": pd.to_datetime(["2025-01-09", "2025-01-05"])})
    >>> owners = pd.DataFrame({"owner_id": ["a"], "type": ["customer"], "is_home": [True]})
    >>> order_days(orders, owners)["date"].dt.day.tolist()
    [5]
    """
    own = home_orders(orders, owners, ["owner_id", "order_date", "date"])
    return own.groupby(["owner_id", "order_date"], sort=True)["date"].min().reset_index()


def days_in_season(days: Days, silent_from: int, until: int, *, years: int) -> Days:
    """The days of a silence that count: those not in the owner's off season.

    Parameters
    ----------
    days
        Order days up to the last one before the silence.
    silent_from, until
        First day of the silence and the day after its last.
    years
        Length of the history that shows the season; a shorter one shows none.

    Returns
    -------
    ndarray
        Days since 1970 that count.

    Examples
    --------
    >>> autumn = np.array([day_number(date(year, month, 10)) for year in (2022, 2023, 2024) for month in (9, 10, 11)])
    >>> counted = days_in_season(autumn, day_number(date(2024, 11, 11)), day_number(date(2025, 7, 1)), years=2)
    >>> len(counted)  # the rest of November and December
    51
    """
    silence = np.arange(silent_from, until)
    last = int(days[-1])
    if len(days) < 2 or last - int(days[0]) < years * _YEAR:
        return silence
    recent = days[days > last - years * _YEAR]
    bought = np.isin(_MONTHS, _month(recent))
    in_season = bought | np.roll(bought, 1) | np.roll(bought, -1)
    return silence[in_season[_month(silence)]]


def _month(days: Days) -> Days:
    """Calendar month of each day, January = 0."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12


def day_number(day: date | pd.Timestamp) -> int:
    """Give a day as days since 1970.

    Examples
    --------
    >>> day_number(date(1970, 2, 1))
    31
    """
    return int(np.datetime64(pd.Timestamp(day).date(), "D").astype(np.int64))


def day_numbers(days: pd.Series) -> Days:
    """Give days as days since 1970.

    Examples
    --------
    >>> day_numbers(pd.Series(pd.to_datetime(["1970-01-01", "1970-02-01"]))).tolist()
    [0, 31]
    """
    return days.to_numpy("datetime64[D]").astype(np.int64)


def day_of(number: int) -> pd.Timestamp:
    """Give the day that is so many days after 1970 began.

    Examples
    --------
    >>> str(day_of(31).date())
    '1970-02-01'
    """
    return pd.Timestamp(np.datetime64(int(number), "D"))
