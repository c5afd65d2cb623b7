"""Deals won and lost against the rivals."""

from dataclasses import dataclass

import pandas as pd

from kamreport.period import Period

__all__ = ["WinRates"]


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
        Deals that were dropped by the account, and those not decided yet.
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
