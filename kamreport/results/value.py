"""What an account is worth to us, and how far the plan is met."""

from dataclasses import dataclass

import pandas as pd

from kamreport.period import Period
from kamreport.settings import Rules

__all__ = ["Concentration", "FakeBigAccounts", "KeyAccounts", "OverdueReceivables", "Plan", "WhaleCurve"]


@dataclass(frozen=True)
class Concentration:
    """How much hangs on how few owners.

    Attributes
    ----------
    revenue, margin
        Owners ranked by each: `owner_id`, `name`, the measure, `rank`, `share`, `cumulative`, `abc`.
    revenue_80, margin_80
        How many owners make 80 % of the positive total.
    top_1, top_5
        Share of the largest and of the five largest in the measure that ranks.
    gini
        Of revenue, negative revenues taken as zero.
    """

    revenue: pd.DataFrame
    margin: pd.DataFrame
    revenue_80: int
    margin_80: int
    top_1: float
    top_5: float
    gini: float
    by_margin: bool
    window: Period


@dataclass(frozen=True)
class WhaleCurve:
    """Cumulative pocket margin of the owners from the most to the least profitable.

    Attributes
    ----------
    frame
        `owner_id`, `name`, `pocket`, `rank`, `cumulative` (report currency).
    total, peak
        Profit of all, and of the owners that earn.
    losing
        Owners with negative pocket margin.
    give_back
        (peak - total) / total: the part of the profit that the losing owners give back; NaN without profit.
    """

    frame: pd.DataFrame
    total: float
    peak: float
    losing: pd.DataFrame
    give_back: float


@dataclass(frozen=True)
class FakeBigAccounts:
    """Owners that are big in revenue and not in profit.

    Attributes
    ----------
    frame
        All owners with `is_big` and `is_fake`, `shortfall`: what the pocket margin is below the median rate, and
        `over_discount`, `over_rebates`, `over_service`, `over_cost`, which add up to it; `term` is the largest.
    big
        How many owners make the first part of the revenue.
    fakes
        The fake ones, largest shortfall first.
    median_rate
        The company's median pocket-margin rate.
    usual
        Median `discount`, `rebates` and `service` of the accounts at home here, as parts of list price and revenue.
    """

    frame: pd.DataFrame
    big: int
    fakes: pd.DataFrame
    median_rate: float
    usual: dict[str, float]
    rules: Rules


@dataclass(frozen=True)
class KeyAccounts:
    """The key accounts of a region and how the list has moved.

    Attributes
    ----------
    frame
        One row per key account, most valuable first: `owner_id`, `name`, `manager_name`, `revenue`, `margin`,
        `rate`, `share` of the region's measure, `before` (the same months a year ago) and `change`.
    promoted, demoted
        Names, against the review before; None where this is the first.
    share
        Part of the region's margin (or revenue) that they bring; NaN where that is not positive.
    value, total
        What they bring, and all accounts with them.
    rule
        ``tier`` for the firm's own list, ``value`` for the computed rule.
    quarter
        First day after the quarter of the last review; None for the firm's own list.
    """

    frame: pd.DataFrame
    promoted: list[str] | None
    demoted: list[str] | None
    share: float
    value: float
    total: float
    rule: str
    by_margin: bool
    quarter: pd.Timestamp | None
    rules: Rules


@dataclass(frozen=True)
class Plan:
    """A measure against its target and last year, and where the year will land.

    Attributes
    ----------
    months
        The fiscal year, indexed by `month`: `actual` (complete months), `year_ago`, `target` (where it is a
        month's own), `forecast` (the months to come).
    to_date, target_to_date, year_ago_to_date
        Over the complete months of the fiscal year; the target is NaN where there is none.
    landing, low, high
        Year's end: to date plus last year's remaining months at this year's pace; 95 % interval, NaN where too
        few months can be compared.
    target_year
        NaN where the year has no target to its end.
    ratios
        How many months the pace rests on.
    """

    measure: str
    months: pd.DataFrame
    to_date: float
    target_to_date: float
    year_ago_to_date: float
    landing: float
    low: float
    high: float
    target_year: float
    scope: str
    ratios: int
    through: Period


@dataclass(frozen=True)
class OverdueReceivables:
    """Overdue receivables at the end of a month.

    Attributes
    ----------
    month
        Month of the ageing; None where there is none.
    managers
        One row per manager, most overdue first: `manager_id`, `manager_name`, `accounts` (with overdue),
        `balance`, `overdue`, `overdue_over_90`, `share`, `expected_loss`.
    accounts
        The same per account.
    balance, overdue, over_90, expected_loss
        Totals, with VAT.
    before, year_ago
        The overdue amount a month and a year earlier; NaN without one.
    """

    month: pd.Timestamp | None
    managers: pd.DataFrame
    accounts: pd.DataFrame
    balance: float
    overdue: float
    over_90: float
    expected_loss: float
    before: float
    year_ago: float
