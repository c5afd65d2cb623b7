"""How often accounts will still buy that can buy once a season or a tender: the BG/BB, fitted by maximum likelihood."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from kamreport.analysis.homes import home_orders
from kamreport.analysis.likelihood import Floats, maximise

__all__ = ["SeasonModel", "fit_seasons", "season_histories"]

_BOUND = 9.0  # of the logarithm of a parameter, none of which has a unit


@dataclass(frozen=True)
class SeasonModel:
    """A fitted BG/BB: in each season an account buys with a chance of its own, and may stay away before each.

    Attributes
    ----------
    alpha, beta
        Beta distribution over accounts of the chance to buy in a season.
    gamma, delta
        Beta distribution of the chance to stay away from a season on, and from all that follow.
    log_likelihood
        At the maximum.
    sound
        The fit converged and no parameter ran to its bound.
    """

    alpha: float
    beta: float
    gamma: float
    delta: float
    log_likelihood: float = float("nan")
    sound: bool = True

    def alive(self, x: npt.ArrayLike, t_x: npt.ArrayLike, n: npt.ArrayLike) -> Floats:
        """Chance that an account can still be won for the next season.

        Parameters
        ----------
        x, t_x, n
            Seasons bought in after the first, number of the last of them (0: none), seasons after the first.

        Examples
        --------
        >>> SeasonModel(1.204, 0.750, 0.657, 2.783).alive([0, 4, 6], [0, 5, 6], 6).round(2).tolist()
        [0.11, 0.7, 0.93]
        """
        x, t_x, n = np.broadcast_arrays(*(np.asarray(value, float) for value in (x, t_x, n)))
        found: Floats = np.exp(self._bought(x, n) + self._stays(n + 1) - self._history(x, t_x, n))
        return found[()]

    def orders_to_come(self, x: npt.ArrayLike, t_x: npt.ArrayLike, n: npt.ArrayLike, *, seasons: int) -> Floats:
        """Seasons out of the next ones in which an account with a known history will buy.

        Parameters
        ----------
        x, t_x, n
            See `alive`.

        Examples
        --------
        >>> SeasonModel(1.204, 0.750, 0.657, 2.783).orders_to_come([0, 4], [0, 5], 6, seasons=10).round(2).tolist()
        [0.13, 3.63]
        """
        x, t_x, n = np.broadcast_arrays(*(np.asarray(value, float) for value in (x, t_x, n)))
        buys = np.log((self.alpha + x) / (self.alpha + self.beta + n))
        rest = self._bought(x, n) + buys - self._history(x, t_x, n)
        # Season by season, and not by the printed quotient, which has no value at gamma = 1.
        found: Floats = sum((np.exp(rest + self._stays(n + ahead)) for ahead in range(1, seasons + 1)), 0 * rest)
        return found[()]

    def expected_orders(self, seasons: int) -> Floats:
        """Seasons out of the next ones in which an account buys of which nothing is known but its first.

        Examples
        --------
        >>> SeasonModel(1.20, 0.75, 0.66, 2.78).expected_orders(10).round(3)
        np.float64(3.165)
        """
        return self.orders_to_come(0, 0, 0, seasons=seasons)

    def _bought(self, x: Floats, n: Floats) -> Floats:
        """Log chance of buying in x given seasons of n, while it can be won for all."""
        from scipy.special import betaln

        found: Floats = betaln(self.alpha + x, self.beta + n - x) - betaln(self.alpha, self.beta)
        return found

    def _stays(self, n: Floats) -> Floats:
        """Log chance that it has not stayed away for good in n seasons."""
        from scipy.special import betaln

        found: Floats = betaln(self.gamma, self.delta + n) - betaln(self.gamma, self.delta)
        return found

    def _history(self, x: Floats, t_x: Floats, n: Floats) -> Floats:
        """Log-likelihood of each history."""
        parameters = np.log([self.alpha, self.beta, self.gamma, self.delta])
        return _likelihood(parameters, x.ravel(), t_x.ravel(), n.ravel())[0].reshape(x.shape)


def fit_seasons(histories: pd.DataFrame) -> SeasonModel:
    """Fit a BG/BB by maximum likelihood.

    L(x, t_x, n) = B(alpha+x, beta+n-x) B(gamma, delta+n) + sum of B(alpha+x, beta+m-x) B(gamma+1, delta+m) over
    m = t_x ... n-1, both over B(alpha, beta) B(gamma, delta): it was there for all n seasons, or for m of them.

    Parameters
    ----------
    histories
        One row per account: `x` (seasons bought in after the first), `t_x` (number of the last of them, 0 where there
        is none), `n` (seasons after the first), of `season_histories`; or one row per history with their `weight`.

    References
    ----------
    Fader, P. S., Hardie, B. G. S., Shang, J. (2010). Customer-base analysis in a discrete-time noncontractual setting.
    Marketing Science 29(6), 1086-1108.

    Examples
    --------
    >>> histories = pd.DataFrame({"x": [0, 0, 0, 1, 1, 2, 4, 4], "t_x": [0, 0, 0, 1, 3, 2, 4, 4], "n": 4})
    >>> model = fit_seasons(histories)
    >>> bool(model.alive(2, 4, 4) > model.alive(2, 2, 4))  # silent for two seasons
    True
    """
    weighted = histories.assign(weight=histories.get("weight", 1.0))
    equal = weighted.groupby(["x", "t_x", "n"])["weight"].sum()
    x, t_x, n = (equal.index.get_level_values(name).to_numpy(float) for name in ("x", "t_x", "n"))
    weights = equal.to_numpy(float)

    def slope(parameters: Floats) -> tuple[float, Floats]:
        values, slopes = _likelihood(parameters, x, t_x, n)
        return float((weights * values).sum()), (weights[:, None] * slopes).sum(axis=0)

    found, value, sound = maximise(slope, np.zeros(4), float(weights.sum()), bound=_BOUND)
    alpha, beta, gamma, delta = (float(one) for one in np.exp(found))
    return SeasonModel(alpha, beta, gamma, delta, value, sound)


def _likelihood(parameters: Floats, x: Floats, t_x: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Log-likelihood of each history of a BG/BB, and its slopes by the logarithms of the parameters (columns)."""
    from scipy.special import betaln, digamma

    alpha, beta, gamma, delta = np.exp(parameters)
    # One row per history and number of seasons m for which it may have been there; the last is all of them.
    times = (n - t_x).astype(int) + 1
    first = np.append(0, np.cumsum(times)[:-1]).astype(int)
    each = np.repeat(np.arange(len(x)), times)
    there = t_x[each] + np.arange(len(each)) - first[each]
    gone = (there < n[each]).astype(float)
    bought = x[each]
    ends = betaln(alpha + bought, beta + there - bought) + betaln(gamma + gone, delta + there)
    highest = np.maximum.reduceat(ends, first) if len(first) else ends
    share = np.exp(ends - highest[each])
    total = np.bincount(each, share, len(x))
    values = highest + np.log(total) - betaln(alpha, beta) - betaln(gamma, delta)
    both, left = digamma(alpha + beta + there), digamma(gamma + gone + delta + there)
    by_row = [
        digamma(alpha + bought) - both,
        digamma(beta + there - bought) - both,
        digamma(gamma + gone) - left,
        digamma(delta + there) - left,
    ]
    at_none = digamma([alpha, beta, gamma, delta]) - digamma([alpha + beta] * 2 + [gamma + delta] * 2)
    slopes = np.column_stack([np.bincount(each, share * one, len(x)) / total for one in by_row]) - at_none
    return values, slopes * np.exp(parameters)


def season_histories(
    orders: pd.DataFrame, owners: pd.DataFrame, *, starts: Sequence[date], as_of: date
) -> pd.DataFrame:
    """What the model needs to know of each owner at home here; pools have no history.

    Parameters
    ----------
    orders
        `owner_id`, `order_date`, `date` (posting).
    owners
        `owner_id`, `type`, `is_home`.
    starts
        First days of the seasons or tenders, each up to the next; the last day only ends the season before it.
        Orders before the first do not count.
    as_of
        First day that is not known; a season that is not over by then does not count.

    Returns
    -------
    DataFrame
        `owner_id`, `x` (seasons bought in after the first), `t_x` (number of the last of them after the first, 0 where
        there is none), `n` (seasons after the first).

    Examples
    --------
    >>> day = pd.to_datetime(["2022-04-02", "2022-05-20", "2024-03-30"])
    >>> orders = pd.DataFrame({"owner_id": "a", "order_date": day, "date": day})
    >>> owners = pd.DataFrame({"owner_id": ["a"], "type": ["customer"], "is_home": [True]})
    >>> springs = [date(year, 3, 1) for year in (2022, 2023, 2024, 2025, 2026)]
    >>> season_histories(orders, owners, starts=springs, as_of=date(2025, 7, 1))[["x", "t_x", "n"]].values.tolist()
    [[1, 2, 2]]
    """
    firsts = pd.DatetimeIndex(sorted(pd.Timestamp(start) for start in starts))
    over = max(int((firsts <= pd.Timestamp(as_of)).sum()) - 1, 0)  # each ends where the next begins
    known = home_orders(orders, owners, ["owner_id", "order_date", "date"])
    known = known[known["date"] < pd.Timestamp(as_of)]
    known = known.assign(season=firsts.searchsorted(known["order_date"], side="right") - 1)
    known = known[known["season"].between(0, over - 1)].drop_duplicates(["owner_id", "season"])
    found = known.groupby("owner_id")["season"].agg(first="min", last="max", x="size")
    found["x"] -= 1
    found["t_x"], found["n"] = found["last"] - found["first"], over - 1 - found["first"]
    return found[["x", "t_x", "n"]].astype(int).reset_index()
