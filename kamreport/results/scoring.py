"""Who should be a key account: scores, tests, lists, and how they move."""

from dataclasses import dataclass

import pandas as pd

from kamreport.period import Period
from kamreport.settings import Rules

__all__ = [
    "Demand",
    "FourPartTest",
    "KeyList",
    "KeyMoves",
    "KeyScore",
    "Portfolio",
    "Rfm",
    "VipRule",
]


@dataclass(frozen=True)
class KeyMoves:
    """Who entered and left the key accounts by value, and how many moves chance alone would give.

    Attributes
    ----------
    frame
        Who moved between the last two reviews, largest change first: `owner_id`, `name`, `manager_id`,
        `manager_name`, `then`, `now` (twelve-month value at each), `change`, `is_up`.
    by_chance
        Moves to be expected in both directions if no account had changed.
    at_most
        Moves that chance alone exceeds one time in twenty.
    matrix
        Accounts by what they were a year ago (rows) and are now (columns): ``key``, ``other``, ``none``; None
        where the reviews do not reach back a year.
    review, before
        First day after each of the two reviews; None where there are not two.
    year_ago
        First day after the review of a year ago; None where there is none.
    keys
        How many are key accounts by value now.
    """

    frame: pd.DataFrame
    by_chance: float
    at_most: int
    matrix: pd.DataFrame | None
    review: pd.Timestamp | None
    before: pd.Timestamp | None
    year_ago: pd.Timestamp | None
    keys: int
    by_margin: bool
    rules: Rules


@dataclass(frozen=True)
class KeyList:
    """The firm's own list of key accounts against what the accounts bring.

    Attributes
    ----------
    missing
        Accounts that are worth more than the list's least and not on it: `owner_id`, `name`, `manager_id`,
        `manager_name`, `rank` in the region, `now`, `before` (twelve-month value), `growth`, `is_rising`.
    undue
        Accounts on the list that no value rule would keep there: the same columns.
    listed
        How many of the region's accounts are on the list; `accounts` is how many there are.
    has_list
        The firm has a list of its own.
    leave
        The company's value below which a key account leaves.
    """

    missing: pd.DataFrame
    undue: pd.DataFrame
    listed: int
    accounts: int
    has_list: bool
    leave: float
    by_margin: bool
    rules: Rules


@dataclass(frozen=True)
class KeyScore:
    """Accounts by a weighted score over what makes a key account.

    Attributes
    ----------
    frame
        Best score first: `owner_id`, `name`, `manager_id`, `manager_name`, `is_listed`, `rank`, `score` (0 to
        100), one column for each criterion (percentile, 0 to 100; NaN where unknown), `effort` (percentile of the
        hours spent, on its own axis), `followers`, `interview`, `research`, `management` (mean rating, 0 to 100;
        NaN where nobody was asked), `in_list` (share of the shaken weightings in which it is among the first).
    weights
        One row per criterion: `criterion`, `weight` (as set), `used` (what it weighs in the score, 0 if left out),
        `known` (accounts for which it is known), `like` (the criterion it repeats, or "").
    correlations
        Rank correlation of the criteria with one another.
    listed
        Length of the list.
    draws
        How many weightings were tried.
    """

    frame: pd.DataFrame
    weights: pd.DataFrame
    correlations: pd.DataFrame
    listed: int
    draws: int
    rules: Rules


@dataclass(frozen=True)
class FourPartTest:
    """Which accounts buy often, much, at a good margin, and matter.

    Attributes
    ----------
    frame
        Most parts passed first: `owner_id`, `name`, `manager_id`, `manager_name`, `orders`, `revenue`, `rate`, the
        parts `often`, `much`, `well` (NaN where no cost is known), `matters`, and `passed` (how many).
    orders, revenue, rate, worth
        What each part asks for at least.
    by_margin
        `worth` is margin and not revenue.
    """

    frame: pd.DataFrame
    orders: float
    revenue: float
    rate: float
    worth: float
    by_margin: bool


@dataclass(frozen=True)
class VipRule:
    """Who reaches a yearly amount, and who is close to it.

    Attributes
    ----------
    reached, near
        Accounts from the amount on, and the rest within `vip_near` below: `owner_id`, `name`, `manager_id`,
        `manager_name`, `revenue`, `missing` (what is still to buy).
    accounts
        How many accounts bought.
    share
        Part of the revenue of these that the rule catches; NaN without revenue.
    """

    reached: pd.DataFrame
    near: pd.DataFrame
    accounts: int
    share: float
    rules: Rules


@dataclass(frozen=True)
class Portfolio:
    """Accounts by what they bring today and what they could bring.

    Attributes
    ----------
    frame
        `owner_id`, `name`, `manager_id`, `manager_name`, `worth`, `current` and `potential` (percentiles, 0 to
        100), `part`: ``star``, ``harvest``, ``develop`` or ``minor``.
    parts
        One row per part: `part`, `accounts`, `worth`, `share` of all worth.
    known
        Of how many accounts each thing that makes potential is known: ``headroom``, ``deals``, ``growth``.
    accounts
        How many accounts there are.
    """

    frame: pd.DataFrame
    parts: pd.DataFrame
    known: dict[str, int]
    accounts: int
    by_margin: bool
    rules: Rules


@dataclass(frozen=True)
class Rfm:
    """Accounts by recency, frequency and amount of their orders.

    Attributes
    ----------
    frame
        `owner_id`, `name`, `manager_name`, `recency` (days since the last order), `frequency` (orders), `amount`,
        the scores `r`, `f`, `m` (1 to 5), `score` (the three as one number) and `segment`.
    segments
        One row per segment, best first: `segment`, `accounts`, `amount`, `came` and `left` (since a year ago).
    binning
        How the scores were cut.
    """

    frame: pd.DataFrame
    segments: pd.DataFrame
    binning: str
    window: Period


@dataclass(frozen=True)
class Demand:
    """How steadily accounts buy.

    Attributes
    ----------
    frame
        `owner_id`, `name`, `is_key`, `months` (with sales), `cv` (of monthly sales), `interval` (mean months from
        one with sales to the next), `size_cv2` (squared variation of the sales in months with sales), `pattern`:
        ``smooth``, ``erratic``, ``intermittent``, ``lumpy``.
    groups
        Key accounts and others: `is_key`, `accounts`, `cv` (median), one count for each pattern, `smooth_share`,
        `low`, `high` (95 % interval).
    """

    frame: pd.DataFrame
    groups: pd.DataFrame
    window: Period
