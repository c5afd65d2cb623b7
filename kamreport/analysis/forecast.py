"""What revenue is to be expected of the next months, with an interval that its own past errors give."""

import math
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kamreport.analysis.performance import monthly_totals
from kamreport.analysis.plan import period_target
from kamreport.period import Period
from kamreport.results import Outlook

__all__ = ["outlook"]

_Values = NDArray[np.float64]
_LEAST_ERRORS = 10
_PACE_MONTHS = 6
_YEAR = 12
_METHODS = {"seasonal": _YEAR, "trend": _YEAR + _PACE_MONTHS}


def outlook(
    ledger: pd.DataFrame, targets: pd.DataFrame, *, window: Period, region: str, history_start: date, months: int = 3
) -> Outlook:
    """Expect the revenue of the next months, as last year or at the pace of the last half year.

    ``seasonal`` expects of a month what the same month of last year brought; ``trend`` that, times the ratio of the
    last six months to the same six of last year. Both have forecast the past as if it were not known yet; the one
    with the smaller mean squared error of the months' sum over the same origins is used. The interval is
    expected +- t x the root of the mean squared error, with as many degrees of freedom as past forecasts, fewer
    where these share months: 95 %, two-sided. With fewer than ten past forecasts there is none, and no expectation.

    Parameters
    ----------
    ledger
        `month`, `revenue` (report currency).
    targets
        See `scoped_targets`.
    window
        The trailing complete months; what is expected begins after it.
    history_start
        First month of the company's data.
    months
        How many months ahead, at most twelve.

    References
    ----------
    Hyndman, R. J., Athanasopoulos, G. (2021). Forecasting: Principles and Practice, 3rd ed., ch. 5: seasonal
    naive method, prediction intervals, time series cross-validation.

    Examples
    --------
    >>> ledger = pd.DataFrame({"month": pd.date_range("2022-07-01", "2025-06-01", freq="MS"), "cost": 0.0,
    ...     "revenue": [10.0, 20.0, 30.0] * 12, "costed_revenue": 0.0})
    >>> targets = pd.DataFrame(columns=["month", "months", "measure", "kind", "value", "region", "account_id",
    ...     "person_id", "family"])
    >>> found = outlook(ledger, targets, window=Period.parse("2024-07..2025-06"), region="North",
    ...     history_start=date(2022, 7, 1))
    >>> found.expected, found.low, found.high, found.n  # each year was like the one before
    (60.0, 60.0, 60.0, 16)
    """
    coming = Period(window.end, months, window.fiscal_year_start)
    first = max(history_start, window.trailing(5 * _YEAR).start)
    known = (window.end.year - first.year) * _YEAR + window.end.month - first.month
    values = monthly_totals(ledger, window.trailing(known))["revenue"].to_numpy(float)
    methods = [name for name, least in _METHODS.items() if known - least - months + 1 >= _LEAST_ERRORS]
    year_ago = values[known - _YEAR :][:months] if known >= _YEAR else np.full(months, math.nan)
    target = period_target(targets, measure="revenue", period=coming, region=region)
    index = pd.DatetimeIndex(list(coming), name="month")
    if not methods:
        blank = pd.DataFrame({"expected": math.nan, "low": math.nan, "high": math.nan, "year_ago": year_ago}, index)
        count = max(known - _YEAR - months + 1, 0)
        return Outlook(blank, coming, math.nan, math.nan, math.nan, float(year_ago.sum()), target, "", count, math.nan)
    # All methods are judged on the origins that the neediest of them can forecast.
    origins = range(max(_METHODS[name] for name in methods), known - months + 1)
    errors = {name: np.array([_error(values, origin, months, name) for origin in origins]) for name in methods}
    method = min(methods, key=lambda name: (float((errors[name].sum(axis=1) ** 2).mean()), name != "seasonal"))
    missed, expected = errors[method], _forecast(values, known, months, method)
    half, half_sum = _half_widths(missed, 1), float(_half_widths(missed.sum(axis=1, keepdims=True), months)[0])
    frame = pd.DataFrame({"expected": expected, "low": expected - half, "high": expected + half}, index)
    frame["year_ago"] = year_ago
    came = np.array([values[origin : origin + months].sum() for origin in origins])
    parts = np.abs(missed.sum(axis=1))[came > 0] / came[came > 0]
    total = float(expected.sum())
    return Outlook(
        frame, coming, total, total - half_sum, total + half_sum, float(year_ago.sum()), target, method, len(origins),
        float(np.median(parts)) if len(parts) else math.nan,
    )  # fmt: skip


def _forecast(values: _Values, origin: int, months: int, method: str) -> _Values:
    """What is expected of the months from `origin` on by what came before it."""
    base: _Values = values[origin - _YEAR : origin - _YEAR + months]
    if method == "seasonal":
        return base
    past = float(values[origin - _YEAR - _PACE_MONTHS : origin - _YEAR].sum())
    pace = float(values[origin - _PACE_MONTHS : origin].sum()) / past if past > 0 else 1.0
    return base * max(pace, 0.0)


def _error(values: _Values, origin: int, months: int, method: str) -> _Values:
    came: _Values = values[origin : origin + months]
    return came - _forecast(values, origin, months, method)


def _half_widths(errors: _Values, overlap: int) -> _Values:
    """Half the 95 % interval of each column of errors.

    Sums of `overlap` months that begin a month apart are correlated by (overlap - k) / overlap at a distance of k;
    that many of them tell as much of a variance as n / (1 + 2 sum of their squares) independent ones (Bayley and
    Hammersley 1946, Supplement to the JRSS 8, 184-197).
    """
    from scipy.special import stdtrit

    alike = sum((1 - distance / overlap) ** 2 for distance in range(1, overlap))
    squares: _Values = (errors**2).mean(axis=0)
    return float(stdtrit(len(errors) / (1 + 2 * alike), 0.975)) * np.sqrt(squares)
