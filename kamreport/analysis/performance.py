"""How the period went: against the previous one, last year and the target, and where the year will land."""

import math
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd

from kamreport.analysis.profit import in_window
from kamreport.period import Period
from kamreport.results import Plan, each
from kamreport.settings import Rules

__all__ = [
    "SpanPair",
    "account_changes",
    "monthly_totals",
    "owner_trends",
    "period_target",
    "period_total",
    "period_totals",
    "plan",
    "planned_measure",
    "region_comparison",
    "scoped_targets",
]

_DEFAULTS = Rules()
_SCOPES = ("region", "account_id", "person_id", "family")


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


def planned_measure(targets: pd.DataFrame, *, default: str) -> str:
    """Say by what the plan is judged: by margin if that has targets, else by what has.

    Parameters
    ----------
    targets
        `measure`, `kind`; plans and forecasts are no targets.
    default
        ``margin`` or ``revenue``: where neither has targets.

    Examples
    --------
    >>> planned_measure(pd.DataFrame({"measure": ["revenue"], "kind": ["target"]}), default="margin")
    'revenue'
    """
    known = set(targets.loc[targets["kind"] == "target", "measure"])
    return next((measure for measure in ("margin", "revenue") if measure in known), default)


def scoped_targets(targets: pd.DataFrame, *, measure: str, region: str) -> tuple[pd.DataFrame, str]:
    """Choose the targets that speak of exactly this report, else the sum of the next finer scope.

    Scopes are never added to one another: targets of accounts that name their region and those that name none are
    two scopes as well, and one of them is taken.

    Parameters
    ----------
    targets
        Rows whose scope is the region or lies inside it: `month`, `months`, `measure`, `kind`, `value`, `region`,
        `account_id`, `person_id`, `family`.
    region
        A region's id, or ``"all"``.

    Returns
    -------
    tuple
        Frame with `month`, `months`, `value`; and the scope: ``exact``, ``region``, ``account_id``,
        ``person_id``, ``family``, or "" without targets.

    Examples
    --------
    >>> targets = pd.DataFrame({"month": pd.to_datetime(["2025-06-01"] * 2), "months": [1, 1], "value": [5.0, 7.0],
    ...     "measure": "revenue", "kind": "target", "region": [None, None], "account_id": [None, None],
    ...     "person_id": ["p", "q"], "family": [None, None]})
    >>> frame, scope = scoped_targets(targets, measure="revenue", region="North")
    >>> frame["value"].tolist(), scope
    ([12.0], 'person_id')
    """
    rows = targets[(targets["measure"] == measure) & (targets["kind"] == "target")]
    filled = {name: rows[name].notna() for name in _SCOPES}
    alone = ~filled["account_id"] & ~filled["person_id"] & ~filled["family"]
    exact = alone & (~filled["region"] if region == "all" else rows["region"] == region)
    choices = [("exact", exact)]
    if region == "all":
        choices.append(("region", alone & filled["region"]))
    for name in _SCOPES[1:]:
        only = filled[name] & ~np.logical_or.reduce([filled[other] for other in _SCOPES[1:] if other != name])
        placed, unplaced = (name, only & filled["region"]), (name, only & ~filled["region"])
        choices += [unplaced, placed] if region == "all" else [placed, unplaced]
    for scope, chosen in choices:
        if chosen.any():
            sums = rows[chosen].groupby(["month", "months"])["value"].sum().reset_index()
            return sums, scope
    return pd.DataFrame({"month": pd.to_datetime([]), "months": [], "value": []}), ""


def plan(
    ledger: pd.DataFrame,
    targets: pd.DataFrame,
    *,
    measure: str,
    window: Period,
    region: str,
    history_start: date,
    rules: Rules = _DEFAULTS,
) -> Plan:
    """Compare the fiscal year so far with target and last year, and project its end.

    The pace p is this year's sum over last year's sum of the trailing months. A month is (p + e) times last year's
    y, so the months to come are p sum(y), with the variance s^2 (sum(y^2) + sum(w^2) sum(y)^2): s is the spread of
    e in the trailing months, w their shares in last year's sum. The first part is the straying of the months to
    come, the second that of the pace itself.

    Where the Spring Festival moves, January and February make one month. After a January alone, February is what
    last year's two months at this pace leave for it, and the year to date cannot be compared with last year's.

    Parameters
    ----------
    ledger
        `month`, `revenue`, `costed_revenue`, `cost`.
    targets
        See `scoped_targets`.
    measure
        ``revenue`` or ``margin``.
    window
        The trailing complete months; the fiscal year is that of its last month.
    history_start
        First month of the company's data: a month without sales counts only from then on.

    References
    ----------
    Hyndman, R. J., Athanasopoulos, G. (2021). Forecasting: Principles and Practice, 3rd ed., ch. 5: seasonal
    naive method and prediction intervals from its residuals.

    Examples
    --------
    >>> ledger = pd.DataFrame({"month": pd.date_range("2024-01-01", "2025-06-01", freq="MS"),
    ...     "revenue": [10.0] * 12 + [15.0] * 6, "costed_revenue": 0.0, "cost": 0.0})
    >>> targets = pd.DataFrame({"month": pd.date_range("2025-01-01", periods=12, freq="MS"), "months": 1,
    ...     "value": 12.0, "measure": "revenue", "kind": "target", "region": "North", "account_id": None,
    ...     "person_id": None, "family": None})
    >>> found = plan(ledger, targets, measure="revenue", window=Period.parse("2024-07..2025-06"), region="North",
    ...     history_start=date(2024, 1, 1))
    >>> found.to_date, found.target_to_date, found.landing, found.target_year  # 90 + 6 x 10 at a pace of 1.5
    (90.0, 72.0, 180.0, 144.0)
    """
    through = window.trailing(1).year_to_date
    year = Period(through.start, 12, window.fiscal_year_start)
    actual = monthly_totals(ledger, through)[measure]
    past = monthly_totals(ledger, year.year_ago)[measure]
    past.index = past.index + pd.DateOffset(years=1)
    if history_start > year.year_ago.start:
        past[past.index < pd.Timestamp(history_start) + pd.DateOffset(years=1)] = np.nan
    chosen, scope = scoped_targets(targets, measure=measure, region=region)
    target_to_date, target_year = _target_sum(chosen, through), _target_sum(chosen, year)
    year_ago_to_date = float(past.iloc[: through.months].sum(min_count=through.months))
    if rules.spring_festival and through.last_day.month == 1:
        year_ago_to_date = math.nan
    pace = _pace(ledger, window, measure, history_start, spring_festival=rules.spring_festival)
    forecast, base = _to_come(actual, past, pace.ratio, spring_festival=rules.spring_festival)
    landing, low, high = _landing(float(actual.sum()), forecast, base, pace)
    months = pd.DataFrame(index=pd.DatetimeIndex(list(year), name="month"))
    months["actual"], months["year_ago"] = actual, past
    months["target"] = chosen[chosen["months"] == 1].set_index("month")["value"]
    months["forecast"] = forecast
    return Plan(
        measure, months, float(actual.sum()), target_to_date, year_ago_to_date,
        landing, low, high, target_year, scope, pace.months, through,
    )  # fmt: skip


def period_target(targets: pd.DataFrame, *, measure: str, period: Period, region: str) -> float:
    """Target of a period: the sum of those that cover it exactly, NaN where they do not.

    Examples
    --------
    >>> targets = pd.DataFrame({"month": pd.to_datetime(["2025-06-01"]), "months": [1], "value": [5.0],
    ...     "measure": "revenue", "kind": "target", "region": ["North"], "account_id": [None],
    ...     "person_id": [None], "family": [None]})
    >>> period_target(targets, measure="revenue", period=Period.parse("2025-06"), region="North")
    5.0
    """
    chosen, _ = scoped_targets(targets, measure=measure, region=region)
    return _target_sum(chosen, period)


def _target_sum(targets: pd.DataFrame, span: Period) -> float:
    """Sum of the targets of a span; NaN unless they fill it month for month: none is split, none overlaps."""
    rows = targets[(targets["month"] >= pd.Timestamp(span.start)) & (targets["month"] < pd.Timestamp(span.end))]
    filled = [row.month + pd.DateOffset(months=number) for row in each(rows) for number in range(int(row.months))]
    return float(rows["value"].sum()) if sorted(filled) == [pd.Timestamp(month) for month in span] else math.nan


class _Pace(NamedTuple):
    """Ratio of this year to last, how far single months strayed from it, its standard error, and their number."""

    ratio: float
    spread: float
    error: float
    months: int


def _joint(months: pd.Index) -> list[pd.Timestamp]:
    """Months with February counted as January: the Spring Festival lies in either."""
    return [month.replace(month=1) if month.month == 2 else month for month in months]


def _pace(ledger: pd.DataFrame, window: Period, measure: str, history_start: date, *, spring_festival: bool) -> _Pace:
    now = monthly_totals(ledger, window)[measure]
    past = monthly_totals(ledger, window.year_ago)[measure]
    past.index = now.index
    known = now.index >= pd.Timestamp(history_start) + pd.DateOffset(years=1)
    frame = pd.DataFrame({"now": now, "past": past})[known]
    if spring_festival and len(frame):
        months = frame.groupby(_joint(frame.index))
        sums, sizes = months.sum(), months.size().to_numpy()
        # One of the two without the other says nothing.
        frame = sums[(pd.DatetimeIndex(sums.index).month > 1) | (sizes == 2)]
    frame = frame[frame["past"] > 0]
    if not len(frame):
        return _Pace(math.nan, math.nan, math.nan, 0)
    ratio = float(frame["now"].sum() / frame["past"].sum())
    residual = frame["now"] / frame["past"] - ratio
    spread = math.sqrt(float((residual**2).sum()) / max(len(frame) - 1, 1))
    share = frame["past"] / frame["past"].sum()
    return _Pace(ratio, spread, spread * math.sqrt(float((share**2).sum())), len(frame))


def _to_come(actual: pd.Series, past: pd.Series, ratio: float, *, spring_festival: bool) -> tuple[pd.Series, pd.Series]:
    """What the months to come bring at this pace, and last year's sums on which that rests."""
    rest = past.iloc[len(actual) :].copy()
    forecast = rest * ratio
    if not spring_festival or not len(rest):
        return forecast, rest
    if pd.DatetimeIndex(rest.index)[0].month == 2:
        january = past.iloc[len(actual) - 1]
        forecast.iloc[0] += january * ratio - actual.iloc[-1]
        rest.iloc[0] += january
    return forecast, rest.groupby(_joint(rest.index)).sum(min_count=1)


def _landing(to_date: float, forecast: pd.Series, base: pd.Series, pace: _Pace) -> tuple[float, float, float]:
    """Year's end with its interval; without months to come it is what has been reached.

    `base` is last year's sum of each month to come, two of them joined where they are compared as one.
    """
    if not len(forecast):
        return to_date, to_date, to_date
    landing = to_date + float(forecast.sum(min_count=len(forecast)))
    if pace.months < 6 or not math.isfinite(landing):
        return landing, math.nan, math.nan
    from scipy.stats import t

    # Single months stray independently; the pace is wrong for all of them alike.
    variance = pace.spread**2 * float((base**2).sum()) + pace.error**2 * float(base.sum()) ** 2
    half = float(t.ppf(0.975, pace.months - 1)) * math.sqrt(variance)
    return landing, landing - half, landing + half


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
