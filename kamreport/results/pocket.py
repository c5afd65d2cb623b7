"""What is left of the list price, and what it costs to leave no more."""

from dataclasses import dataclass

import pandas as pd

from kamreport.period import Period
from kamreport.settings import Rules

__all__ = ["Dependency", "DiscountReview", "Effort", "Incentives", "ListPrices", "PriceAndService", "Waterfall"]


@dataclass(frozen=True)
class Waterfall:
    """From the list price to the pocket margin, step by step.

    Attributes
    ----------
    steps
        `step`, `amount` (negative where it takes), `is_level`: the sums in between, ``list``, ``revenue``,
        ``margin`` and ``pocket``, each the sum of what stands above it. Steps without an amount are left out.
    accounts
        One row per owner, largest revenue first: `owner_id`, `name`, `manager_id`, `manager_name`, and its part
        of every step as a column.
    unsettled
        Rebates of the window that are earned and not paid.
    has
        Of ``list``, ``cost``, ``rebates`` and ``service``, what is known.
    """

    steps: pd.DataFrame
    accounts: pd.DataFrame
    unsettled: float
    has: frozenset[str]
    window: Period


@dataclass(frozen=True)
class PriceAndService:
    """Net price against cost to serve.

    Attributes
    ----------
    frame
        One row per owner: columns of `owner_profit`, `price` (revenue after rebates as a part of the list price),
        `burden` (cost to serve as a part of revenue) and `kind`: ``carriage`` (dear, much service), ``passive``
        (dear, little), ``aggressive`` (cheap, much), ``bargain`` (cheap, little).
    price, burden
        The medians that divide them.
    """

    frame: pd.DataFrame
    price: float
    burden: float


@dataclass(frozen=True)
class DiscountReview:
    """Discounts that have deepened, and whether the volume has followed.

    Attributes
    ----------
    frame
        One row per owner whose discount has deepened, largest loss first: `owner_id`, `name`, `manager_id`,
        `manager_name`, `since` (month), `months`, `discount_before`, `discount_after`, `rate` (margin before),
        `needed` (increase of volume that keeps the margin; infinite where none does), `actual` with `low` and
        `high`, `lines`, `given` (what the deeper discount gave away), `gained` (margin of the additional volume),
        `loss` (given - gained) and `verdict`: ``loses``, ``pays``, ``open``, ``few``.
    losing
        Those that lose money.
    judged
        Owners with enough months to see a change.
    """

    frame: pd.DataFrame
    losing: pd.DataFrame
    judged: int
    rules: Rules


@dataclass(frozen=True)
class ListPrices:
    """Raised list prices, and how much of the rise has been paid.

    Attributes
    ----------
    frame
        One row per product and unit whose list price rose, largest loss first: `product_id`, `unit`, `revenue`,
        `list_change`, `net_change`, `paid_before` and `paid` (of the list price), `lost` (what the rise would have
        brought more, had net prices followed), `eroded`.
    eroded
        Those of which less than half was paid.
    products
        How many products could be compared.
    """

    frame: pd.DataFrame
    eroded: pd.DataFrame
    products: int
    window: Period
    rules: Rules


@dataclass(frozen=True)
class Dependency:
    """What remains without the largest accounts.

    Attributes
    ----------
    frame
        One row per owner, largest first: `rank`, `owner_id`, `name`, `manager_id`, `manager_name`, `amount`,
        `share` of the total, `cover_without` (how many times the others' margin pays the fixed cost).
    total
        Margin (or revenue, where the cost is unknown) of all, pools too.
    fixed
        Fixed cost of the window; NaN where it is not known.
    cover
        Total / fixed; NaN where it is not known.
    bearable
        How many of the largest can go, one after the other, before the margin no longer pays the fixed cost; None
        where that is not known.
    """

    frame: pd.DataFrame
    total: float
    fixed: float
    cover: float
    bearable: int | None
    by_margin: bool
    rules: Rules


@dataclass(frozen=True)
class Effort:
    """Where the work goes, and where the profit comes from.

    Attributes
    ----------
    frame
        One row per owner: `owner_id`, `name`, `manager_id`, `manager_name`, `pocket`, `contacts`, `hours`,
        `effort` and `profit` (shares of all), `kind`: ``over``, ``under`` or empty.
    tiers
        One row per class by pocket margin (``A`` the first 80 %, ``B`` to 95 %, ``C`` the others): `tier`,
        `accounts`, `contacts`, `hours`, `effort`, `profit`.
    contacts
        Number of contacts that were counted.
    by_hours
        Effort is measured in hours; otherwise in contacts.
    """

    frame: pd.DataFrame
    tiers: pd.DataFrame
    contacts: int
    by_hours: bool
    rules: Rules


@dataclass(frozen=True)
class Incentives:
    """What retained accounts were given beside the usual terms, and how their revenue went beside the others'.

    Attributes
    ----------
    frame
        One row per group, ``with`` an incentive and ``without``: `accounts` (retained), `rebates`, `discounts` (beyond
        the usual one), `given` (both), `revenue`, `before` (of the twelve months before), `kept` (the lesser of both,
        account by account), `change` (revenue / before - 1), `low`, `high` (NaN where either group is too small).
    apart
        Change of those with less that of those without; NaN where either group is too small.
    interval
        Its interval.
    usual
        Discount off list of the median account here; NaN where no list price is known.
    has
        Of ``rebates`` and ``list``, what is known.
    """

    frame: pd.DataFrame
    apart: float
    interval: tuple[float, float]
    usual: float
    has: frozenset[str]
    rules: Rules
