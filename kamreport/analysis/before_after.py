"""The same measures over two years, side by side: what changed, not why."""

from dataclasses import dataclass

import pandas as pd

from kamreport.analysis.intervals import wilson_interval
from kamreport.analysis.pipeline import deal_days
from kamreport.analysis.win_rates import win_rates
from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import BeforeAfter

__all__ = ["before_after"]

_SERVED = ("acquire", "retain", "serve")
_SATISFIED = 4  # of five
_ALL = "all"
_NAN = float("nan")


@dataclass(frozen=True)
class _Known:
    """A measure over one year: its value, its interval, what it rests on."""

    value: float = _NAN
    low: float = _NAN
    high: float = _NAN
    n: float = 0.0


def before_after(
    ledger: pd.DataFrame,
    people: pd.DataFrame,
    spend: pd.DataFrame,
    opportunities: pd.DataFrame,
    survey: pd.DataFrame,
    *,
    window: Period,
    region: str,
) -> BeforeAfter:
    """Put sales per person, cost of sales and service, cycle length, satisfaction and profit of two years side by side.

    Two years differ for many reasons; nothing here says which. Only rates over drawn cases have an interval (Wilson).

    Parameters
    ----------
    ledger
        `month`, `account_id`, `revenue`, `cost`, `costed_revenue` (report currency).
    people
        `region`, `role`, `joined_on`, `left_on`. Managers of the region count, each for the part of the year that he
        was here.
    spend
        `month`, `purpose`, `amount`, `region`, `account_id`; fixed cost is left out, and of a region's figure what is
        spent on all regions together.
    opportunities
        `created_on`, `closed_on`, `outcome`, `competitor_id`, `amount`.
    survey
        `kind` (``overall`` counts), `score` (1 to 5), `answered_on`. Satisfied: 4 or 5.
    region
        A region's id, or ``"all"``.

    References
    ----------
    Wilson, E. B. (1927). JASA 22, 209-212. Shadish, Cook and Campbell (2002), ch. 4: a before-after comparison without
    a control group shows no effect.

    Examples
    --------
    >>> ledger = pd.DataFrame({"month": pd.to_datetime(["2024-06-01", "2025-06-01"]), "account_id": "a",
    ...     "revenue": [100.0, 150.0], "cost": [80.0, 120.0], "costed_revenue": [100.0, 150.0]})
    >>> none = pd.DataFrame(columns=["role", "joined_on", "left_on", "month", "purpose", "amount", "created_on",
    ...     "closed_on", "outcome", "competitor_id", "kind", "score", "answered_on", "region", "account_id"])
    >>> days = none.astype({"joined_on": "datetime64[us]", "left_on": "datetime64[us]", "closed_on": "datetime64[us]",
    ...     "created_on": "datetime64[us]", "answered_on": "datetime64[us]", "month": "datetime64[us]"})
    >>> found = before_after(ledger, days, days, days, days, window=Period.parse("2024-07..2025-06"),
    ...     region="all")
    >>> found.frame[["measure", "now", "before"]].round(2).values.tolist()
    [['margin', 30.0, 20.0], ['margin_rate', 0.2, 0.2]]
    """
    if region != _ALL:
        people = people[people["region"] == region]
        spend = spend[spend["region"].eq(region) | spend["account_id"].notna()]
    years = (window, window.back(12))
    measures = {
        "margin": [_margin(ledger, year) for year in years],
        "margin_rate": [_margin_rate(ledger, year) for year in years],
        "revenue_per_manager": [_per_manager(ledger, people, year) for year in years],
        "service_cost_ratio": [_cost_ratio(ledger, spend, year) for year in years],
        "win_rate": [_won(opportunities, year) for year in years],
        "cycle_days": [_cycle(opportunities, year) for year in years],
        "satisfied": [_satisfied(survey, year) for year in years],
    }
    rows = [
        {
            "measure": measure,
            "now": now.value,
            "before": before.value,
            "low": now.low,
            "high": now.high,
            "low_before": before.low,
            "high_before": before.high,
            "n": now.n,
            "n_before": before.n,
        }
        for measure, (now, before) in measures.items()
        if now.value == now.value or before.value == before.value
    ]
    names = ["measure", "now", "before", "low", "high", "low_before", "high_before", "n", "n_before"]
    return BeforeAfter(pd.DataFrame(rows, columns=names), window)


def _margin(ledger: pd.DataFrame, year: Period) -> _Known:
    rows = in_window(ledger, year)
    costed = rows[rows["costed_revenue"] != 0]
    if not len(costed):
        return _Known()
    return _Known(float(costed["costed_revenue"].sum() - costed["cost"].sum()), n=_buyers(costed))


def _margin_rate(ledger: pd.DataFrame, year: Period) -> _Known:
    rows = in_window(ledger, year)
    costed, margin = float(rows["costed_revenue"].sum()), _margin(ledger, year)
    return _Known(margin.value / costed if costed > 0 else _NAN, n=margin.n)


def _buyers(rows: pd.DataFrame) -> float:
    return float(rows.loc[rows["revenue"] > 0, "account_id"].nunique())


def _per_manager(ledger: pd.DataFrame, people: pd.DataFrame, year: Period) -> _Known:
    """Revenue over person-years: who came in the middle of the year is half a person."""
    start, end = pd.Timestamp(year.start), pd.Timestamp(year.end)
    managers = people[people["role"] == "manager"]
    joined, left = managers["joined_on"], managers["left_on"]
    here, until = joined.where(joined > start, start), left.where(left < end, end)
    full = (until - here).dt.days.clip(lower=0).sum() / (end - start).days
    revenue = float(in_window(ledger, year)["revenue"].sum())
    return _Known(revenue / full if full > 0 and revenue else _NAN, n=float(full))


def _cost_ratio(ledger: pd.DataFrame, spend: pd.DataFrame, year: Period) -> _Known:
    rows = in_window(spend, year)
    rows = rows[rows["purpose"].isin(_SERVED)]
    revenue = float(in_window(ledger, year)["revenue"].sum())
    known = rows["month"].nunique()
    # Of a year whose spend is known for a part only, the ratio would be too low.
    full = known >= year.months and revenue > 0
    return _Known(float(rows["amount"].sum()) / revenue if full else _NAN, n=float(known))


def _won(opportunities: pd.DataFrame, year: Period) -> _Known:
    rates = win_rates(opportunities, window=year)
    return _Known(rates.rate, rates.low, rates.high, float(rates.n))


def _cycle(opportunities: pd.DataFrame, year: Period) -> _Known:
    days = deal_days(opportunities, window=year)
    return _Known(float(days.median()), n=float(len(days)))


def _satisfied(survey: pd.DataFrame, year: Period) -> _Known:
    answered = in_window(survey, year, by="answered_on")
    scores = answered.loc[answered["kind"] == "overall", "score"].dropna()
    good, n = int((scores >= _SATISFIED).sum()), len(scores)
    return _Known(good / n if n else _NAN, *wilson_interval(good, n), float(n))
