"""Who is an account yet, what is in the pipeline, and how our figures stand against last year's and the trade's."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from kamreport.period import Period
from kamreport.results.battles import WinRates
from kamreport.settings import Rules

__all__ = ["BeforeAfter", "Benchmarked", "KeyGaps", "Pipeline", "Statuses"]


@dataclass(frozen=True)
class Pipeline:
    """The open deals by stage, how deals move on, and how many are won.

    Attributes
    ----------
    stages
        In the order in which deals pass them: `stage` ("" for deals without recorded stages), `open`, `amount` (of the
        open deals, NaN where none is known), `left` (deals that left it in the window), `moved` (those of them that
        reached a later stage or were won), `rate`, `low`, `high` (Wilson 95 %), `usual_days` (NaN where unknown),
        `by_standard` (the usual time is the firm's standard), `limit` (days after which a deal is stuck), `stuck`,
        `stuck_amount`.
    deals
        One row per open deal, longest in its stage first: `opportunity_id`, `account_id`, `owner_id`, `created_on`,
        `amount`, `stage`, `since`, `days`, `usual_days`, `is_stuck`.
    rates
        Deals won, by count.
    value_rate, value_low, value_high
        Part of the decided amount that was won; bootstrap over deals.
    cycle_days, cycle_low, cycle_high, cycles
        Median and quartiles of the days from creation to decision, and of how many deals.
    recorded
        Open deals whose stage is recorded.
    """

    stages: pd.DataFrame
    deals: pd.DataFrame
    rates: WinRates
    value_rate: float
    value_low: float
    value_high: float
    cycle_days: float
    cycle_low: float
    cycle_high: float
    cycles: int
    recorded: int
    window: Period
    as_of: date
    rules: Rules


@dataclass(frozen=True)
class Statuses:
    """The accounts at home here by what they are to us.

    Attributes
    ----------
    frame
        One row per status that occurs, in the order existing, silent, target, prospect, partner, closed: `status`,
        `accounts`, `buying` (revenue in the window), `revenue`, `accounts_before`, `buying_before` and
        `revenue_before` (a year ago; the two counts by status are NaN where the status has no history).
    moves
        Accounts whose status changed within the year: `account_id`, `name`, `manager_id`, `manager_name`, `before`,
        `status`, `revenue`; most revenue first. Empty without a history.
    has_history
        The status of a year ago is known.
    contradicted
        Accounts that buy and are called target, prospect or closed.
    pools
        Cash-sales pools, which are left out.
    """

    frame: pd.DataFrame
    moves: pd.DataFrame
    has_history: bool
    contradicted: int
    pools: int


@dataclass(frozen=True)
class BeforeAfter:
    """The same measures over the window and over the twelve months before.

    Attributes
    ----------
    frame
        One row per measure that is known in either: `measure`, `now`, `before`, `low`, `high`, `low_before`,
        `high_before` (95 %, NaN where it is no estimate), `n`, `n_before` (what it rests on).
    window
        The months of `now`.
    """

    frame: pd.DataFrame
    window: Period


@dataclass(frozen=True)
class Benchmarked:
    """Own figures beside configured ones of the trade.

    Attributes
    ----------
    frame
        One row per benchmark that can be compared: `metric`, `own`, `n` (what ours rests on), `value`, `year`,
        `source`.
    uncompared
        Metrics of benchmarks that are not: nothing of the kind is computed here, or our figure is not known.
    """

    frame: pd.DataFrame
    uncompared: list[str]


@dataclass(frozen=True)
class KeyGaps:
    """What gaps in the data do to the list of key accounts.

    Attributes
    ----------
    hidden
        Who would be on the list if revenue without a known cost earned as the rest: `owner_id`, `name`, `margin`,
        `without_cost` (revenue), `would_be` (margin); largest first.
    without_cost
        Revenue of the accounts here whose cost is not known.
    rule, by_margin
        Of the list.
    """

    hidden: pd.DataFrame
    without_cost: float
    rule: str
    by_margin: bool
