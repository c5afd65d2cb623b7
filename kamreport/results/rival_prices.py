"""Our prices and the rivals'."""

from dataclasses import dataclass

import pandas as pd

from kamreport.period import Period
from kamreport.settings import Rules

__all__ = ["PriceAttacks", "PriceIndex"]


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
