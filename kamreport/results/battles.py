"""Deals won and lost against the rivals, and accounts lost to them."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from kamreport.period import Period
from kamreport.settings import Rules

__all__ = ["NOBODY", "ContestedDeals", "Destinations", "LossReasons", "WinRates"]

NOBODY = ("unknown", "none")
"""Groups of their own that stand for no rival, manager or family and are never named as one."""


@dataclass(frozen=True)
class WinRates:
    """Deals decided in the window, by the rival they were decided against or by anything else known of them.

    Attributes
    ----------
    frame
        The column `by`, then `won`, `lost`, `n`, `rate`, `low`, `high` (Wilson 95 %), `won_amount`, `lost_amount`,
        `value_rate`, `value_low`, `value_high` (by amount, NaN where amounts are not known), `won_before`, `n_before`
        (the same span before), `others_won`, `others_n`, `p` (Fisher, against the others), `excess` (lost amount beyond
        what the others' rate explains, NaN where nothing is compared), `p_holm` and `verdict`:
        ``worse``, ``better``, ``alike``, ``too few`` to say, or "" where there is nothing to compare with. Most deals
        first, stages and sizes in their order. `unknown` and `none` are rows of their own. Of stages also `lost_here`:
        deals lost of which this was the last stage; their `n` reached it.
    by
        ``competitor_id``, ``stage``, ``size`` or another column of the deals.
    won, n, rate, low, high
        Over all deals.
    cancelled, open
        Deals that were dropped by the account, and those not decided yet.
    bands
        Of sizes: the amounts at which a band ends and the next begins.
    """

    frame: pd.DataFrame
    by: str
    won: int
    n: int
    rate: float
    low: float
    high: float
    cancelled: int
    open: int
    bands: tuple[float, ...]
    window: Period
    rules: Rules

    @property
    def worst(self) -> "pd.Series | None":
        """The row of the largest amount lost beyond the others' rate, where less is won than chance explains."""
        named = self.frame[(self.frame["verdict"] == "worse") & ~self.frame[self.by].isin(NOBODY)]
        if not len(named):
            return None
        order = ["excess", "lost_amount", "lost", self.by]
        return named.sort_values(order, ascending=[False, False, False, True]).iloc[0]


@dataclass(frozen=True)
class ContestedDeals:
    """Open deals of accounts where a rival is known to be.

    Attributes
    ----------
    frame
        One row per open deal and rival, largest first: `opportunity_id`, `account_id`, `region`, `family`,
        `owner_id`, `amount`, `expected_close`, `competitor_id` and why he is thought to be there: `won_deal`,
        `holds_share`, `took_business`, `made_move`.
    open, without_account
        Open deals, and those of them that name no account, of which nobody can say who else is there.
    months
        How far back a rival is looked for.
    """

    frame: pd.DataFrame
    open: int
    without_account: int
    months: int
    as_of: date


@dataclass(frozen=True)
class LossReasons:
    """Why deals were lost, as the register says.

    Attributes
    ----------
    frame
        `reason`, `n`, `amount`, `share`, `low`, `high` (Wilson 95 %); most deals first; without a reason `unknown`.
    by_rival
        `competitor_id`, `reason`, `n`, `amount`.
    n
        Deals lost in the window: the denominator.
    leads
        Whether the first named reason is more frequent than the second beyond chance (exact binomial test, 5 %).
    """

    frame: pd.DataFrame
    by_rival: pd.DataFrame
    n: int
    leads: bool
    window: Period


@dataclass(frozen=True)
class Destinations:
    """Where the business went that was lost in the window.

    Attributes
    ----------
    cases
        One row per owner, of one that dropped families a row for each, largest first: `owner_id`, `name`,
        `manager_id`, `manager_name`, `kind` (``lost``, ``partial``, ``family``), `family`, `since` (last order; of a
        partly lost one the first day of the window), `margin`, `revenue` (of a year), `competitor_id` and `counts`
        (the one row by which the owner is counted).
    frame
        `competitor_id`, `lost`, `partial`, `family` (owners), `n`, `margin`, `revenue`, `share`, `low`, `high` (of
        the owners, Wilson 95 %), `value_share`, `value_low`, `value_high` (of the margin, or of the revenue where the
        cost is not known); most money first. `unknown` and `none` are rows of their own.
    leads
        Whether more owners went to the first named rival than to the second beyond chance (exact binomial test, 5 %).
    twice
        Owners that are partly lost and dropped a family: counted as partly lost.
    """

    cases: pd.DataFrame
    frame: pd.DataFrame
    leads: bool
    twice: int
    by_margin: bool
    window: Period
    rules: Rules
