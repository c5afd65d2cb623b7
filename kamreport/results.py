"""What the analysis hands to the page: results as data, without language, charts or files.

The analysis makes them and the page says them; neither knows the other. Frames are described by their columns;
money is in report currency, without VAT unless said.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from kamreport.period import Period
from kamreport.settings import Rules

__all__ = [
    "ActionReview", "Concentration", "FakeBigAccounts", "KeyAccounts", "Losses", "OverdueOwners", "OverdueReceivables",
    "PartialDefection", "Plan", "PriceAttacks", "PriceIndex", "Profile", "Retention", "WhaleCurve", "WinRates", "each",
]  # fmt: skip


def each(frame: pd.DataFrame) -> Iterator[Any]:
    """Yield the rows of a frame with their columns as attributes.

    Examples
    --------
    >>> [row.name for row in each(pd.DataFrame({"name": ["a", "b"]}))]
    ['a', 'b']
    """
    return iter(frame.itertuples(index=False))


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
class Losses:
    """Owners lost in the window and not back.

    Attributes
    ----------
    frame
        `owner_id`, `name`, `manager_id`, `manager_name`, `last_order`, `lost_on`, `median_gap`, `limit_days`,
        `orders` (order days before the silence), `revenue`, `margin` (of the twelve months up to the last order);
        most valuable first.
    returned
        Owners that ordered again in the window after a loss.
    active
        Owners with an order in the window or lost in it: the denominator.
    gone
        All owners that are lost now, whenever it was.
    interval
        Wilson interval of the lost among the active.
    """

    frame: pd.DataFrame
    returned: int
    active: int
    gone: frozenset[str]
    interval: tuple[float, float]
    window: Period
    rules: Rules


@dataclass(frozen=True)
class WhaleCurve:
    """Cumulative profit of the owners from the most to the least profitable.

    Attributes
    ----------
    frame
        `owner_id`, `name`, `margin`, `rank`, `cumulative` (report currency).
    total, peak
        Profit of all, and of the owners that earn.
    losing
        Owners with negative margin.
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
        All owners with `is_big` and `is_fake`, and `shortfall`: what the margin is below the median rate.
    big
        How many owners make the first part of the revenue.
    fakes
        The fake ones, largest shortfall first.
    """

    frame: pd.DataFrame
    big: int
    fakes: pd.DataFrame
    median_rate: float
    median_discount: float
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


@dataclass(frozen=True)
class Retention:
    """Revenue of the window against the twelve months before, owner by owner.

    Attributes
    ----------
    frame
        `owner_id`, `name`, `type`, `before`, `now`, `change` and `step`: the bar of the bridge that it is in.
    bridge
        `step` and `amount`, from ``start`` over the steps to ``end``; adds up exactly.
    cohort
        Owners with revenue in the year before, without pools and without those that moved.
    grr, nrr
        Gross and net revenue retention, with bootstrap intervals over owners.
    grr_backwards
        The same figure backwards in time: what mere fluctuation would show.
    stopped
        Owners of the cohort with no revenue in the window, and their Wilson interval.
    """

    frame: pd.DataFrame
    bridge: pd.DataFrame
    cohort: int
    grr: float
    grr_interval: tuple[float, float]
    nrr: float
    nrr_interval: tuple[float, float]
    grr_backwards: float
    stopped: int
    stopped_interval: tuple[float, float]


@dataclass(frozen=True)
class OverdueOwners:
    """Owners that should have ordered by now, and how far that alarm can be trusted.

    Attributes
    ----------
    frame
        `owner_id`, `name`, `manager_id`, `manager_name`, `last_order`, `silence_days` (in season), `median_gap`,
        `ratio`, `limit`, `gaps`, `recent` and `recent_before` (revenue of the last 91 days and of the same days
        a year ago), `confirmed` (the revenue fell as well: without this second signal no name is printed),
        `margin` and `revenue` of the window; the most valuable confirmed ones first.
    judged
        Owners with enough gaps of their own to be judged.
    flagged, wrong
        Confirmed silences of the last year that can be judged, and those that ended by an order within the
        horizon after all.
    chance
        Probability of a loss that the money at stake is weighed with: (flagged - wrong) / flagged from
        `min_group` cases on, else the rule's `overdue_loss_share`.
    """

    frame: pd.DataFrame
    judged: int
    flagged: int
    wrong: int
    chance: float
    rules: Rules

    @property
    def named(self) -> pd.DataFrame:
        """The confirmed ones: those whose names are printed."""
        return self.frame[self.frame["confirmed"]].reset_index(drop=True)


@dataclass(frozen=True)
class PartialDefection:
    """Owners whose revenue fell far below their own of last year, and those that rose as far.

    Attributes
    ----------
    falls
        `owner_id`, `name`, `manager_id`, `manager_name`, `recent`, `recent_before`, `recent_change`, `year`,
        `year_before`, `year_change`, `drop`, `lost_margin` (margin of the twelve months before
        less that of the window).
    rises
        How many owners rose by the same rule: what chance and trade alone bring.
    judged
        Owners with enough orders in the base year.
    threshold
        Change in yearly revenue from which an owner counted.
    recent
        The months that were compared.
    """

    falls: pd.DataFrame
    rises: int
    judged: int
    recent: Period
    threshold: float
    rules: Rules


@dataclass(frozen=True)
class WinRates:
    """Deals decided in the window, by the rival they were decided against.

    Attributes
    ----------
    frame
        `competitor_id`, `won`, `lost`, `n`, `rate`, `low`, `high`, `won_amount`, `lost_amount`, `won_before`,
        `n_before` (the twelve months before); most deals first. `unknown` and `none` are rows of their own.
    won, n, rate, low, high
        Over all rivals.
    cancelled, open
        Deals that were dropped by the customer, and those not decided yet.
    """

    frame: pd.DataFrame
    won: int
    n: int
    rate: float
    low: float
    high: float
    cancelled: int
    open: int
    window: Period


@dataclass(frozen=True)
class Profile:
    """The competitive profile matrix and each rival's tier.

    Attributes
    ----------
    scores
        Mean score: one row per attribute (most important first), one column per competitor, `own` among them,
        and `weight` (sums to 1).
    rivals
        `competitor_id`, `total` (weighted mean), `gap` (rival - own), `low`, `high` (bootstrap over raters),
        `trend` (change of the gap over twelve months), `trend_low`, `trend_high`, `raters`, `tier`: ``stronger``,
        ``equal``, ``catching_up``, ``weaker`` or ``too_few``; strongest first.
    own_total
        Our weighted mean.
    """

    scores: pd.DataFrame
    rivals: pd.DataFrame
    own_total: float
    rules: Rules


@dataclass(frozen=True)
class PriceIndex:
    """Our price level against each rival's.

    Attributes
    ----------
    frame
        `competitor_id`, `level` (100 = our price, above 100 the rival is dearer; own basket), `jevons_level`,
        `items`, `coverage` (share of our revenue in the matched products), `oldest` (day); cheapest rival first.
    with_tax, too_old
        Prices left out for these reasons.
    """

    frame: pd.DataFrame
    with_tax: int
    too_old: int
    span: Period
    rules: Rules


@dataclass(frozen=True)
class PriceAttacks:
    """Rivals who cut their prices.

    Attributes
    ----------
    frame
        One row per rival, region and family: `competitor_id`, `region` ("" for everywhere), `family`, `change`
        (Jevons), `items`, `since`, `revenue` (ours with these items in the window), `gap` (our price over theirs
        less 1, on our basket), `exposure` (what matching their prices would cost in a year; 0 where we are
        cheaper); largest exposure first.
    items
        The products of the first attack: `product_id`, `unit_price_then`, `unit_price`, `change`, `own_price`,
        `year_revenue`.
    history
        Its level by `month`, our present price = 100.
    """

    frame: pd.DataFrame
    items: pd.DataFrame
    history: pd.DataFrame
    rules: Rules


@dataclass(frozen=True)
class ActionReview:
    """The actions that are open, or were done in the period.

    Attributes
    ----------
    frame
        `action_id`, `title`, `owner_id`, `owner`, `due_on`, `state` (``late``, ``open`` or ``done``), `result`,
        `days_late`; the latest first.
    late, open, done
        Their numbers.
    """

    frame: pd.DataFrame
    late: int
    open: int
    done: int
