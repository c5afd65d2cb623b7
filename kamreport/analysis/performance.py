"""How the period went: against the previous one and last year, by account and by region."""

import math
from collections.abc import Iterable
from datetime import date
from typing import Protocol

import pandas as pd

from kamreport.analysis.windows import in_window
from kamreport.period import Period

__all__ = [
    "SpanPair",
    "account_changes",
    "monthly_totals",
    "owner_trends",
    "period_total",
    "period_totals",
    "region_comparison",
]


class SpanPair(Protocol):
    """Two half-open spans of days that can be compared."""

    @property
    def name(self) -> str:
        """``previous`` or ``year_ago``."""

    @property
    def current(self) -> tuple[date, date]:
        """The span of this period."""

    @property
    def past(self) -> tuple[date, date]:
        """The span it is compared with."""


def period_total(daily: pd.DataFrame, start: date, end: date) -> dict[str, float]:
    """Revenue and margin of a half-open span of days.

    Parameters
    ----------
    daily
        One row per region and day: `date`, `revenue`, `cost`, `costed_revenue`.

    Examples
    --------
    >>> daily = pd.DataFrame({"date": pd.to_datetime(["2025-06-01", "2025-07-01"]), "revenue": [10.0, 5.0],
    ...     "cost": [8.0, 4.0], "costed_revenue": [10.0, 5.0]})
    >>> period_total(daily, date(2025, 6, 1), date(2025, 7, 1))
    {'revenue': 10.0, 'margin': 2.0}
    """
    rows = daily[(daily["date"] >= pd.Timestamp(start)) & (daily["date"] < pd.Timestamp(end))]
    return {
        "revenue": float(rows["revenue"].sum()),
        "margin": float(rows["costed_revenue"].sum() - rows["cost"].sum()),
    }


def period_totals(daily: pd.DataFrame, comparisons: Iterable[SpanPair]) -> pd.DataFrame:
    """Compare the period with others of the same kind, day for day where it is incomplete.

    Parameters
    ----------
    daily
        See `period_total`.

    Returns
    -------
    DataFrame
        Indexed by the comparison's name: `revenue`, `margin` of this period's span and `past_revenue`,
        `past_margin` of the other.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> daily = pd.DataFrame({"date": pd.to_datetime(["2024-06-02", "2024-06-20", "2025-06-02"]),
    ...     "revenue": [8.0, 99.0, 10.0], "cost": [6.0, 90.0, 7.0], "costed_revenue": [8.0, 99.0, 10.0]})
    >>> pair = SimpleNamespace(name="year_ago", current=(date(2025, 6, 1), date(2025, 6, 11)),
    ...     past=(date(2024, 6, 1), date(2024, 6, 11)))  # ten days are known, so ten are compared
    >>> period_totals(daily, [pair]).loc["year_ago"].to_dict()
    {'revenue': 10.0, 'margin': 3.0, 'past_revenue': 8.0, 'past_margin': 2.0}
    """
    rows = {}
    for pair in comparisons:
        now, past = period_total(daily, *pair.current), period_total(daily, *pair.past)
        rows[pair.name] = {**now, **{f"past_{name}": value for name, value in past.items()}}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["revenue", "margin", "past_revenue", "past_margin"])


def monthly_totals(ledger: pd.DataFrame, months: Period) -> pd.DataFrame:
    """Revenue and margin of each month of a period, zero where nothing was sold.

    Parameters
    ----------
    ledger
        `month`, `revenue`, `costed_revenue`, `cost` (report currency).

    Returns
    -------
    DataFrame
        Indexed by `month`: `revenue`, `margin`.

    Examples
    --------
    >>> ledger = pd.DataFrame({"month": pd.to_datetime(["2025-04-01", "2025-04-01", "2025-06-01"]),
    ...     "revenue": [10.0, 5.0, 8.0], "costed_revenue": [10.0, 5.0, 8.0], "cost": [7.0, 4.0, 6.0]})
    >>> monthly_totals(ledger, Period.parse("2025-Q2")).values.tolist()  # nothing in May
    [[15.0, 4.0], [0.0, 0.0], [8.0, 2.0]]
    """
    rows = in_window(ledger, months)
    sums = rows.groupby("month")[["revenue", "costed_revenue", "cost"]].sum()
    sums = sums.reindex(pd.DatetimeIndex(list(months), name="month"), fill_value=0.0)
    return pd.DataFrame({"revenue": sums["revenue"], "margin": sums["costed_revenue"] - sums["cost"]})


def account_changes(
    ledger: pd.DataFrame, owners: pd.DataFrame, *, measure: str, now: Period, past: Period
) -> pd.DataFrame:
    """What each owner contributed to the change between two periods.

    Parameters
    ----------
    ledger
        `owner_id`, `month`, `revenue`, `costed_revenue`, `cost` (report currency).
    owners
        `owner_id`, `name`, `type`, `manager_id`, `manager_name`, `moved_out`.
    measure
        ``revenue`` or ``margin``.

    Returns
    -------
    DataFrame
        `owner_id`, `name`, `type`, `manager_id`, `manager_name`, `moved_out`, `now`, `past`, `change`; largest fall
        first.

    Examples
    --------
    >>> ledger = pd.DataFrame({"owner_id": ["a", "a", "b"], "revenue": [10.0, 4.0, 3.0], "costed_revenue": 0.0,
    ...     "cost": 0.0, "month": pd.to_datetime(["2024-06-01", "2025-06-01", "2025-06-01"])})
    >>> owners = pd.DataFrame({"owner_id": ["a", "b"], "name": ["A", "B"], "type": "customer", "manager_id": "m",
    ...     "manager_name": "M", "moved_out": False})
    >>> june = Period.parse("2025-06")
    >>> found = account_changes(ledger, owners, measure="revenue", now=june, past=june.year_ago)
    >>> found[["name", "past", "now", "change"]].values.tolist()
    [['A', 10.0, 4.0, -6.0], ['B', 0.0, 3.0, 3.0]]
    """
    frame = ledger.assign(margin=ledger["costed_revenue"] - ledger["cost"].fillna(0.0))
    sums = {
        name: in_window(frame, span).groupby("owner_id")[measure].sum() for name, span in (("now", now), ("past", past))
    }
    both = pd.DataFrame(sums).fillna(0.0).rename_axis("owner_id").reset_index()
    both["change"] = both["now"] - both["past"]
    named = both.merge(
        owners[["owner_id", "name", "manager_id", "manager_name", "type", "moved_out"]], on="owner_id", how="left"
    )
    return named.sort_values(["change", "owner_id"], ignore_index=True)


def owner_trends(ledger: pd.DataFrame, *, window: Period, months: int = 13) -> pd.DataFrame:
    """Revenue of each owner month by month, zero where nothing was sold.

    Returns
    -------
    DataFrame
        Indexed by `owner_id`, one column per month, oldest first.

    Examples
    --------
    >>> ledger = pd.DataFrame({"owner_id": ["a"], "month": pd.to_datetime(["2025-06-01"]), "revenue": [5.0]})
    >>> owner_trends(ledger, window=Period.parse("2025-06"), months=2).values.tolist()
    [[0.0, 5.0]]
    """
    span = window.trailing(months)
    wide = in_window(ledger, span).pivot_table(index="owner_id", columns="month", values="revenue", aggfunc="sum")
    return wide.reindex(columns=pd.DatetimeIndex(list(span), name="month")).fillna(0.0)


def region_comparison(
    ledger: pd.DataFrame, owners: pd.DataFrame, *, window: Period, regions: Iterable[str]
) -> pd.DataFrame:
    """Put the regions side by side over the window and the twelve months before.

    Parameters
    ----------
    ledger
        `owner_id`, `region`, `month`, `revenue`, `costed_revenue`, `cost` (report currency).
    owners
        `owner_id`, `type`.

    Returns
    -------
    DataFrame
        One row per region, largest revenue first: `region`, `revenue`, `before`, `growth`, `margin`, `rate`,
        `owners` (with revenue; a pool of cash sales is none).

    Examples
    --------
    >>> ledger = pd.DataFrame({"owner_id": ["a", "a", "b"], "region": ["North", "North", "South"],
    ...     "month": pd.to_datetime(["2024-06-01", "2025-06-01", "2025-06-01"]), "revenue": [40.0, 50.0, 20.0],
    ...     "costed_revenue": [40.0, 50.0, 20.0], "cost": [30.0, 40.0, 19.0]})
    >>> owners = pd.DataFrame({"owner_id": ["a", "b"], "type": "customer"})
    >>> found = region_comparison(ledger, owners, window=Period.parse("2025"), regions=["North", "South"])
    >>> found[["region", "revenue", "growth", "rate"]].values.tolist()  # South sold nothing before
    [['North', 50.0, 0.25, 0.2], ['South', 20.0, nan, 0.05]]
    """
    pools = owners.loc[owners["type"] == "pool", "owner_id"]
    rows = []
    for region in regions:
        here = ledger[ledger["region"] == region]
        now, before = in_window(here, window), in_window(here, window.back(window.months))
        costed, margin = float(now["costed_revenue"].sum()), float(now["costed_revenue"].sum() - now["cost"].sum())
        revenue, past = float(now["revenue"].sum()), float(before["revenue"].sum())
        rows.append(
            {
                "region": region,
                "revenue": revenue,
                "before": past,
                "growth": revenue / past - 1 if past > 0 else math.nan,
                "margin": margin,
                "rate": margin / costed if costed > 0 else math.nan,
                "owners": int((now[~now["owner_id"].isin(pools)].groupby("owner_id")["revenue"].sum() > 0).sum()),
            }
        )
    names = ["region", "revenue", "before", "growth", "margin", "rate", "owners"]
    return pd.DataFrame(rows, columns=names).sort_values(
        ["revenue", "region"], ascending=[False, True], ignore_index=True
    )
