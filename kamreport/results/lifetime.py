"""What keeping the accounts is worth, and what is still to come from them."""

from dataclasses import dataclass

import pandas as pd

from kamreport.settings import Rules

__all__ = ["AcquisitionCost", "LifetimeValues", "PurchaseForecast", "Renewals", "RetentionEconomics"]


@dataclass(frozen=True)
class LifetimeValues:
    """The margin to come of each account: its yearly margin times a multiple of the retention around it.

    Attributes
    ----------
    frame
        One row per account that buys and is not lost, most valuable first: `owner_id`, `name`, `manager_id`,
        `manager_name`, `margin` (12 months), `segment`, `basis` (the segment whose losses give the retention, ``*``
        for the region), `retention`, `lost`, `active` (of that basis), `multiple`, `value`, `low`, `high`, `is_key`.
    bases
        One row per basis used: `basis`, `lost`, `active`, `retention`, `retention_low`, `retention_high`,
        `multiple`, `multiple_low`, `multiple_high`.
    gone
        The accounts lost in the window: `owner_id`, `name`, `manager_id`, `manager_name`, `lost_on`, `margin` (of the
        twelve months up to the last order), `multiple`, `value`, `low`, `high`; most valuable first.
    curve
        `retention` from 0 to 1 and the `multiple` that it gives.
    """

    frame: pd.DataFrame
    bases: pd.DataFrame
    gone: pd.DataFrame
    curve: pd.DataFrame
    rules: Rules

    @property
    def keys(self) -> pd.DataFrame:
        """The key accounts among them."""
        return self.frame[self.frame["is_key"]].reset_index(drop=True)


@dataclass(frozen=True)
class RetentionEconomics:
    """What a better retention would add to the margin to come.

    Attributes
    ----------
    frame
        One row per step, today's first: `step` (``today``, ``fewer``: 5 % fewer losses, ``points``: 5 points more
        retained, at most all), `retention`, `multiple`, `value`, `gain`, `gain_low`, `gain_high` (over the interval
        of today's retention), `kept` (accounts a year more than today), `yearly` (what may be spent on it each year
        until nothing is gained); empty with too few losses.
    lost, active
        Accounts lost in the window, of those that bought in it or were lost.
    accounts, margin
        Accounts that are valued, and their margin of twelve months.
    """

    frame: pd.DataFrame
    lost: int
    active: int
    interval: tuple[float, float]
    accounts: int
    margin: float
    rules: Rules


@dataclass(frozen=True)
class AcquisitionCost:
    """What winning an account has cost beside what keeping one has cost.

    Attributes
    ----------
    winning, keeping
        Spent in the window on either (report currency).
    won
        Accounts whose first order lies in the window.
    kept
        Accounts that had ordered before the window, ordered in it and are not lost.
    ratio, interval
        Spent for each account won over spent for each kept, and its interval; NaN with too few of either.
    """

    winning: float
    keeping: float
    won: int
    kept: int
    ratio: float
    interval: tuple[float, float]
    rules: Rules


@dataclass(frozen=True)
class Renewals:
    """What became of the contracts that have ended.

    Attributes
    ----------
    by_term
        `term` (1 is the first contract the data hold), `n`, `renewed`, `rate`, `low`, `high`, `model` (NaN without).
    ended
        Contracts that none has followed, latest first: `contract_id`, `account_id`, `owner_id`, `name`, `manager_id`,
        `manager_name`, `term`, `ends_on`, `state`, `buys_on` (its owner is not lost).
    renewed, decided, open
        Contracts that another followed, those of which it is known, those that run or may still be renewed.
    interval
        Wilson interval of the renewed among the decided.
    fitted
        alpha and beta of the shifted-beta-geometric; None where too few have ended or no maximum was found.
    """

    by_term: pd.DataFrame
    ended: pd.DataFrame
    renewed: int
    decided: int
    open: int
    interval: tuple[float, float]
    fitted: tuple[float, float] | None
    rules: Rules


@dataclass(frozen=True)
class PurchaseForecast:
    """Orders of the next twelve months by BG/NBD, or the reason why there are none.

    Attributes
    ----------
    frame
        `owner_id`, `name`, `manager_id`, `manager_name`, `x` (order days after the first), `t_x`, `age` (weeks),
        `mean` (revenue of an order day), `last_order`, `alive` (chance), `expected` (order days in 12 months), `spend`
        (expected revenue of an order day; NaN where the amounts show no difference between accounts), `silence` (in
        own mean gaps); most orders first, empty with a reason.
    reason
        ``""``, ``too_few`` accounts, ``not_found`` (no convergence, or a parameter at its bound), ``worse`` (than the
        accounts' own rates, over the days held out).
    accounts
        Accounts with an order that the fit rests on.
    error, plain_error
        Mean absolute error per account over the days held out: the model's, and that of the accounts' own rates.
    parameters
        r, alpha, a, b of the BG/NBD; None with a reason.
    """

    frame: pd.DataFrame
    reason: str
    accounts: int
    error: float
    plain_error: float
    parameters: dict[str, float] | None
    rules: Rules
