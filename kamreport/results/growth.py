"""Where an account can grow, what is to be expected of it, and how it is served."""

from dataclasses import dataclass

import pandas as pd

from kamreport.period import Period
from kamreport.settings import Rules

__all__ = [
    "AccountPlans",
    "DeliveryService",
    "NewProducts",
    "Outlook",
    "Potential",
    "RevenueBridge",
    "WhiteSpace",
]


@dataclass(frozen=True)
class WhiteSpace:
    """Product families that an owner does not buy and its peers do.

    Attributes
    ----------
    frame
        One row per valued empty cell, largest first: `owner_id`, `name`, `manager_id`, `manager_name`, `segment`,
        `family`, `peers` (other owners of the segment), `buyers` of them, `penetration`, `typical` (what a buyer
        of its size brings a year), `amount` (penetration x typical).
    total
        Sum of the amounts.
    judged
        Owners looked at.
    unsaid
        Empty cells that too few buyers in the segment make comparable.
    """

    frame: pd.DataFrame
    total: float
    judged: int
    unsaid: int
    by_margin: bool
    rules: Rules


@dataclass(frozen=True)
class Potential:
    """What the accounts spend with all suppliers, and our part of it.

    Attributes
    ----------
    frame
        One row per account with a usable estimate, largest headroom first: `account_id`, `owner_id`, `name`,
        `manager_id`, `manager_name`, `region`, `source`, `start`, `end`, `wallet`, `low`, `high`, `own` (revenue of
        exactly these months), `share`, `share_low`, `share_high`, `headroom`, `headroom_low`, `headroom_high`,
        `growth` of the wallet and `own_growth` (against the estimate of the same source a year earlier).
    regions
        The same sums per home region, largest headroom first, with `accounts`, `active` (accounts that bought in
        the window) and `cover` (their part of the window's revenue); growth only of accounts with two estimates.
    active, cover
        Accounts that bought in the window, and the part of its revenue that the accounts of `frame` bring.
    contradicted
        Accounts that bought more from us than their estimate says they bought at all; they have no headroom.
    """

    frame: pd.DataFrame
    regions: pd.DataFrame
    active: int
    cover: float
    contradicted: int


@dataclass(frozen=True)
class Outlook:
    """What revenue is to be expected of the next months.

    Attributes
    ----------
    months
        Indexed by `month`: `expected`, `low`, `high` (95 %), `year_ago`.
    period
        The months together.
    expected, low, high
        Their sum; its interval comes from the errors of sums and not from those of single months.
    year_ago, target
        The same months of last year, and their target; NaN without one.
    method
        ``seasonal`` (as last year) or ``trend`` (last year at the pace of the last months); "" with too little
        history, and then nothing else is known.
    n
        Forecasts of past months that the interval rests on.
    error
        Their median absolute error as a part of what came.
    """

    months: pd.DataFrame
    period: Period
    expected: float
    low: float
    high: float
    year_ago: float
    target: float
    method: str
    n: int
    error: float


@dataclass(frozen=True)
class NewProducts:
    """Revenue from products that are not older than some years.

    Attributes
    ----------
    frame
        One row per family, largest first: `family`, `products` (new ones sold), `revenue`, `new`, `share`.
    products
        One row per new product sold, largest first: `product_id`, `name`, `family`, `launched_on`, `revenue`, `share`
        (of its family's sales since its launch), and where several regions sell the family `region` (the one with the
        smallest share) and `region_share`.
    revenue, new
        Sales of products whose launch is known, and of the new ones among them.
    share, before
        new / revenue, and the same a year earlier; NaN without sales.
    unknown
        Part of the sales whose product has no launch date.
    """

    frame: pd.DataFrame
    products: pd.DataFrame
    revenue: float
    new: float
    share: float
    before: float
    unknown: float
    rules: Rules


@dataclass(frozen=True)
class DeliveryService:
    """Orders delivered on time and in full, how long they took, and who has bought less since.

    Attributes
    ----------
    frame
        One row per owner, worst first: `owner_id`, `name`, `manager_id`, `manager_name`, `orders` (due in the
        window), `on_time`, `in_full`, `otif`, `rate` (on time), `low`, `high` (Wilson), `otif_rate`, `lead_median`
        and `lead_p90` (days from order to delivery), `recent`, `recent_before`, `change`, `drop`, `is_late` (three
        months in which chance does not explain it: `run_start`, `run_end`, `run_orders`, `run_on_time`),
        `is_followed` (late, and buys far less since).
    followed
        The rows of those, largest drop first.
    orders, on_time, in_full, otif
        Sums over all owners.
    low, high
        Of the part on time and in full.
    lead_median, lead_p90, delivered
        Days, over the orders that have arrived.
    undated
        Lines without a promised day; nobody can say whether they were late.
    recent
        The months whose purchases are compared with last year's.
    """

    frame: pd.DataFrame
    followed: pd.DataFrame
    orders: int
    on_time: int
    in_full: int
    otif: int
    low: float
    high: float
    lead_median: float
    lead_p90: float
    delivered: int
    undated: int
    recent: Period
    rules: Rules


@dataclass(frozen=True)
class RevenueBridge:
    """Why the revenue of a period differs from that of another: bars that add up exactly.

    Attributes
    ----------
    frame
        One row per product family, largest change first: `family`, `past`, `volume`, `mix`, `price`, `new`,
        `stopped`, `other` (credits and what has no quantity), `now`.
    totals
        The sums of its columns.
    now, past
        The two periods.
    """

    frame: pd.DataFrame
    totals: dict[str, float]
    now: Period
    past: Period


@dataclass(frozen=True)
class AccountPlans:
    """Accounts against their own targets.

    Attributes
    ----------
    frame
        One row per owner with a target, largest shortfall first: `owner_id`, `name`, `manager_id`, `manager_name`,
        `target`, `actual`, `variance`, and the bridge from last year's same months to `actual`: `past`, `volume`,
        `mix`, `price`, `new`, `stopped`, `other`.
    period
        The fiscal year to date.
    partial
        Owners whose targets do not fill these months; they are not compared.
    """

    frame: pd.DataFrame
    period: Period
    partial: int
