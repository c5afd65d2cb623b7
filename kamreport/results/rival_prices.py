"""Our prices and the rivals'."""

from dataclasses import dataclass

import pandas as pd

from kamreport.period import Period
from kamreport.settings import Rules

__all__ = ["Concessions", "CounterOffers", "PriceAttacks", "PriceIndex"]


@dataclass(frozen=True)
class PriceIndex:
    """Our price level against each rival's.

    Attributes
    ----------
    frame
        `competitor_id`, `level` (100 = our price, above 100 the rival is dearer; own basket), `jevons_level` with
        `low` and `high` (95 %, over products) and `p_value`, `items`, `coverage` (share of our revenue in the matched
        products), `fisher_level` with its `fisher_items` and `fisher_coverage` (NaN, 0 and 0 where none of the rival's
        quantities is known), `age` (median, in days), `oldest` (day), `verdict` (``cheaper``, ``dearer``, ``unclear``,
        ``few``); cheapest rival first.
    with_tax
        Prices of the last days that were left out for it.
    too_old
        Prices like one of ours that are older, where the rival's newest of that product, unit, basis and place is.
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
    exposure, revenue
        Of all attacks together; what several of them touch counts once, and at the lowest price.
    """

    frame: pd.DataFrame
    items: pd.DataFrame
    history: pd.DataFrame
    rules: Rules
    exposure: float = 0.0
    revenue: float = 0.0


@dataclass(frozen=True)
class CounterOffers:
    """Accounts that buy what a rival has cut.

    Attributes
    ----------
    frame
        One row per account and attack: `owner_id`, `name`, `manager_id`, `manager_name`, `is_key`, `competitor_id`,
        `region`, `family`, `revenue` and `margin` (of the family at that place, twelve months), `other_margin` (of all
        else that it buys), as shares of our price `gap`, `needed` and `ceiling`, `cost` (of the offer in a year),
        `kept` (margin after it), `break_even` (chance of leaving from which it pays), `verdict` (``hold``, ``match``,
        ``cannot``, ``unknown``); key accounts first, the largest margin first.
    """

    frame: pd.DataFrame
    rules: Rules


@dataclass(frozen=True)
class Concessions:
    """What accounts bought after rivals' concessions.

    Attributes
    ----------
    frame
        One row per `band` of depth (``all`` first, ``deep``, ``shallow``, ``unknown``): `n` (accounts), `events`,
        `before`, `after`, `expected` (volume in report currency), `change`, `neighbours`, `difference` (after /
        expected - 1) with `low` and `high`, `verdict` (``less``, ``more``, ``unclear``, ``few``).
    events
        One row per concession that is compared: `event_id`, `competitor_id`, `happened_on`, `family` ("" for all),
        `depth`, `n`, `before`, `after`, `expected`; the newest first.
    known
        Concessions with accounts that are known, compared or not.
    """

    frame: pd.DataFrame
    events: pd.DataFrame
    known: int
    rules: Rules
