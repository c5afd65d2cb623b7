"""How many orders are still to come where nobody signs off: BG/NBD for the orders, Gamma-Gamma for their size.

Both are fitted by maximum likelihood with their gradients. They are made for many accounts that order now and then;
`forecast_purchases` runs them only behind a minimum, and says why where it does not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from kamreport.analysis.defection import home_orders
from kamreport.results import PurchaseForecast
from kamreport.settings import Rules

__all__ = [
    "PurchaseModel",
    "SpendModel",
    "fit_purchases",
    "fit_spend",
    "forecast_purchases",
    "purchase_histories",
]

Floats = npt.NDArray[np.float64]
_HOLD_OUT_DAYS = 182
_BOUND = 12.0  # of the logarithm of a parameter: what ends there is not estimated
_DEFAULTS = Rules()


@dataclass(frozen=True)
class PurchaseModel:
    """A fitted BG/NBD: orders come at random at a rate of the account's own, and after each it may stay away.

    Attributes
    ----------
    r, alpha
        Gamma distribution of the rates over accounts; 1 / alpha in the unit of time.
    a, b
        Beta distribution of the chance to stay away after an order.
    log_likelihood
        At the maximum.
    sound
        The fit converged and no parameter ran to its bound.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float = float("nan")
    sound: bool = True

    def expected_orders(self, time: npt.ArrayLike) -> Floats:
        """Orders that a new account places within a time after its first.

        Examples
        --------
        >>> PurchaseModel(0.2425945, 4.4136019, 0.7929199, 2.4258881).expected_orders(52).round(3)
        np.float64(1.444)
        """
        time = np.asarray(time, float)
        return self._still_to_come(np.zeros_like(time), np.zeros_like(time), time)

    def alive(self, x: npt.ArrayLike, t_x: npt.ArrayLike, age: npt.ArrayLike) -> Floats:
        """Chance that an account still orders; 1 for one that has ordered once, about which the model is silent.

        Parameters
        ----------
        x, t_x, age
            Orders after the first, time from the first to the last, time from the first to today.

        Examples
        --------
        >>> PurchaseModel(0.243, 4.414, 0.793, 2.426).alive(26, 30.857, 31).round(3)
        np.float64(0.969)
        """
        x, t_x, age = (np.asarray(value, float) for value in (x, t_x, age))
        repeats = np.maximum(x, 1.0)
        odds = np.log(self.a / (self.b + repeats - 1)) + (self.r + x) * np.log((self.alpha + age) / (self.alpha + t_x))
        chance: Floats = np.where(x > 0, 1 / (1 + np.exp(np.minimum(odds, 700.0))), 1.0)
        return chance[()]

    def orders_to_come(
        self, x: npt.ArrayLike, t_x: npt.ArrayLike, age: npt.ArrayLike, *, time: npt.ArrayLike
    ) -> Floats:
        """Orders that an account with a known history will place within a time from today.

        Examples
        --------
        >>> PurchaseModel(0.243, 4.414, 0.793, 2.426).orders_to_come(2, 30.43, 38.86, time=39).round(3)
        np.float64(1.226)
        """
        x, age, time = np.broadcast_arrays(*(np.asarray(value, float) for value in (x, age, time)))
        return self._still_to_come(x, age, time) * self.alive(x, t_x, age)

    def _still_to_come(self, x: Floats, age: Floats, time: Floats) -> Floats:
        """Orders of an account that is alive; the printed 2F1 after Euler's transformation, which does not overflow."""
        from scipy.special import hyp2f1

        a = self.a if abs(self.a - 1) > 1e-6 else 1 + 1e-6  # the limit at a = 1 exists, the formula does not
        z = time / (self.alpha + age + time)
        left = (1 - z) ** (a - 1) * hyp2f1(a - 1, a + self.b - 1 - self.r, a + self.b + x - 1, z)
        found: Floats = (a + self.b + x - 1) / (a - 1) * (1 - left)
        return found[()]


@dataclass(frozen=True)
class SpendModel:
    """A fitted Gamma-Gamma: what an order brings varies about a mean of the account's own.

    Attributes
    ----------
    p, q, gamma
        Its parameters; `gamma` in the unit of money.
    """

    p: float
    q: float
    gamma: float
    log_likelihood: float = float("nan")
    sound: bool = True

    @property
    def mean(self) -> float:
        """What an order brings on average over accounts; infinite for q <= 1."""
        return self.p * self.gamma / (self.q - 1) if self.q > 1 else float("inf")

    def expected_spend(self, x: npt.ArrayLike, mean: npt.ArrayLike) -> Floats:
        """What an account's next orders bring: its own mean, drawn towards all the more the fewer its orders.

        Parameters
        ----------
        x, mean
            Orders and their mean amount; x = 0 gives the mean over accounts.

        Examples
        --------
        >>> SpendModel(6.25, 3.74, 15.44).expected_spend([2, 0], [22.35, 0.0]).round(1).tolist()
        [24.7, 35.2]
        """
        x, mean = np.asarray(x, float), np.asarray(mean, float)
        found: Floats = self.p * (self.gamma + x * mean) / (self.p * x + self.q - 1)
        return found


def fit_purchases(histories: pd.DataFrame) -> PurchaseModel:
    """Fit a BG/NBD by maximum likelihood.

    L(x, t_x, T) = A1 A2 (A3 + [x > 0] A4) with A1 = G(r+x) alpha^r / G(r), A2 = G(a+b) G(b+x) / (G(b) G(a+b+x)),
    A3 = (alpha+T)^-(r+x), A4 = a / (b+x-1) (alpha+t_x)^-(r+x).

    Parameters
    ----------
    histories
        One row per account: `x` (orders after the first), `t_x` (time from the first to the last), `age` (time from
        the first to today), all in one unit of time.

    References
    ----------
    Fader, P. S., Hardie, B. G. S., Lee, K. L. (2005). "Counting your customers" the easy way: an alternative to the
    Pareto/NBD model. Marketing Science 24(2), 275-284.

    Examples
    --------
    >>> histories = pd.DataFrame({"x": [0, 0, 0, 1, 2, 7], "t_x": [0, 0, 0, 9.0, 20, 37], "age": [39.0] * 6})
    >>> model = fit_purchases(histories)
    >>> bool(model.alive(7, 37, 39) > model.alive(7, 12, 39))  # silent for 27 weeks
    True
    """
    columns = histories[["x", "t_x", "age"]].to_numpy(float)
    # Equal histories are one row with a weight: of retail customers half have ordered once, on few different days.
    order = np.lexsort(columns.T)
    columns = columns[order]
    first = np.append(True, (columns[1:] != columns[:-1]).any(axis=1)) if len(columns) else np.zeros(0, bool)
    weights = np.diff(np.append(np.flatnonzero(first), len(columns))).astype(float)
    x, t_x, age = columns[first].T
    counts, place = np.unique(x, return_inverse=True)
    of_count = np.bincount(place, weights, len(counts)).astype(float)

    def slope(parameters: Floats) -> tuple[float, Floats]:
        return _purchase_likelihood(parameters, x, t_x, age, weights, counts, of_count)

    scale = float(np.average(age, weights=weights)) if len(x) else 1.0
    found, value, sound = _maximise(slope, np.log([0.5, 0.2 * max(scale, 1e-9), 1.0, 2.0]), float(weights.sum()))
    r, alpha, a, b = (float(one) for one in np.exp(found))
    return PurchaseModel(r, alpha, a, b, value, sound)


def _purchase_likelihood(
    parameters: Floats, x: Floats, t_x: Floats, age: Floats, weights: Floats, counts: Floats, of_count: Floats
) -> tuple[float, Floats]:
    """Log-likelihood of a BG/NBD and its slope, both by the logarithms of the parameters."""
    from scipy.special import digamma, gammaln

    r, alpha, a, b = np.exp(parameters)
    repeats = counts > 0
    by_count = gammaln(r + counts) - gammaln(r) + gammaln(b + counts) - gammaln(a + b + counts)
    by_count += r * np.log(alpha) + gammaln(a + b) - gammaln(b)
    later = np.maximum(x, 1.0) - 1
    stays, last = np.log(alpha + age), np.log(alpha + t_x)
    # The chance to have stayed away, relative to that of being silent: (A3 + A4) = A3 (1 + odds).
    odds = np.log(a / (b + later)) + (r + x) * (stays - last)
    total = np.where(x > 0, np.logaddexp(0.0, odds), 0.0)
    away = np.where(x > 0, 1 / (1 + np.exp(-odds.clip(-700, 700))), 0.0)
    # Sums and not dot products over the rows: those are shared out to threads, which wait for one another.
    value = float(of_count @ by_count + (weights * (total - (r + x) * stays)).sum())
    weighted = weights * away
    n, gone = float(weights.sum()), float(weighted.sum())
    in_r = of_count @ digamma(r + counts) - n * digamma(r) + n * np.log(alpha)
    in_r += (weighted * (stays - last) - weights * stays).sum()
    in_alpha = n * r / alpha - ((r + x) * ((weights - weighted) / (alpha + age) + weighted / (alpha + t_x))).sum()
    shared = n * digamma(a + b) - of_count @ digamma(a + b + counts)
    in_a = shared + gone / a
    in_b = shared + of_count[repeats] @ digamma(b + counts[repeats]) - float(of_count[repeats].sum()) * digamma(b)
    in_b -= float((weighted / (b + later)).sum())
    return value, np.array([in_r * r, in_alpha * alpha, in_a * a, in_b * b])


def fit_spend(spends: pd.DataFrame) -> SpendModel:
    """Fit a Gamma-Gamma to accounts whose orders after the first bring something.

    L(x, m) = G(px+q) / (G(px) G(q)) gamma^q m^(px-1) x^px / (gamma + m x)^(px+q)

    Parameters
    ----------
    spends
        One row per account: `x` (orders after the first), `mean` (their mean amount); rows with either not above 0
        are left out.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. (2013). The Gamma-Gamma model of monetary value.
    http://www.brucehardie.com/notes/025/

    Examples
    --------
    >>> model = fit_spend(pd.DataFrame({"x": [2, 1, 4, 9, 3], "mean": [20.0, 60.0, 35.0, 30.0, 25.0]}))
    >>> 25 < model.expected_spend(1, 60.0) < 60
    np.True_
    """
    from scipy.special import digamma, gammaln

    used = spends[(spends["x"] > 0) & (spends["mean"] > 0)]
    x, mean = used["x"].to_numpy(float), used["mean"].to_numpy(float)
    total, n = x * mean, len(x)

    def slope(parameters: Floats) -> tuple[float, Floats]:
        p, q, gamma = np.exp(parameters)
        both, share = np.log(gamma + total), np.log(total) - np.log(gamma + total)
        value = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(gamma) + p * x * share - q * both
        value -= np.log(mean)
        in_p = (x * (digamma(p * x + q) - digamma(p * x) + share)).sum()
        in_q = float((digamma(p * x + q) - both).sum()) + n * (np.log(gamma) - digamma(q))
        in_gamma = n * q / gamma - float(((p * x + q) / (gamma + total)).sum())
        return float(value.sum()), np.array([in_p * p, in_q * q, in_gamma * gamma])

    start = np.log([2.0, 3.0, float(np.median(mean)) if n else 1.0])
    found, value, sound = _maximise(slope, start, float(n))
    p, q, gamma = (float(one) for one in np.exp(found))
    return SpendModel(p, q, gamma, value, sound)


def _maximise(slope: Callable[[Floats], tuple[float, Floats]], start: Floats, n: float) -> tuple[Floats, float, bool]:
    """Parameters (logarithms) at the maximum of a likelihood, its value, and whether it can be relied on."""
    from scipy.optimize import minimize

    if not n:
        return np.full_like(start, np.nan), float("nan"), False

    def downhill(parameters: Floats) -> tuple[float, Floats]:
        value, gradient = slope(parameters)
        return -value / n, -gradient / n

    # About the start, whose third or second parameter is in the data's own unit of time or money.
    bounds = [(one - _BOUND, one + _BOUND) for one in start]
    options = {"ftol": 1e-13, "gtol": 1e-8, "maxiter": 500}
    found = minimize(downhill, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    inside = bool((np.abs(found.x - start) < _BOUND - 1e-3).all())
    return found.x, float(-found.fun * n), bool(found.success) and inside


def purchase_histories(orders: pd.DataFrame, owners: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """What the models need to know of each owner at home here; pools have no history.

    Parameters
    ----------
    orders
        `owner_id`, `order_date`, `date` (posting), `revenue` (report currency).
    owners
        `owner_id`, `type`, `is_home`.
    as_of
        First day that is not known.

    Returns
    -------
    DataFrame
        `owner_id`, `x` (order days after the first), `t_x` and `age` (weeks from the first to the last, to the last
        day known), `mean` (revenue of an order day after the first; 0 where there is none), `last_order`.

    Examples
    --------
    >>> days = pd.to_datetime(["2025-01-01", "2025-01-15", "2025-01-15", "2025-03-12"])
    >>> orders = pd.DataFrame({"owner_id": "a", "order_date": days, "date": days, "revenue": [9.0, 10.0, 20.0, 50.0]})
    >>> owners = pd.DataFrame({"owner_id": ["a"], "type": ["customer"], "is_home": [True]})
    >>> purchase_histories(orders, owners, as_of=date(2025, 4, 10))[["x", "t_x", "age", "mean"]].values.tolist()
    [[2.0, 10.0, 14.0, 40.0]]
    """
    own = home_orders(orders, owners, ["owner_id", "order_date", "date", "revenue"])
    known = own[own["date"] < pd.Timestamp(as_of)]
    days = known.groupby(["owner_id", "order_date"], sort=True)["revenue"].sum().reset_index()
    found = days.groupby("owner_id").agg(
        first=("order_date", "first"),
        last_order=("order_date", "last"),
        x=("order_date", "size"),
        total=("revenue", "sum"),
        opening=("revenue", "first"),
    )
    found["x"] -= 1
    found["t_x"] = (found["last_order"] - found["first"]).dt.days / 7
    found["age"] = ((pd.Timestamp(as_of) - found["first"]).dt.days - 1) / 7
    found["mean"] = ((found["total"] - found["opening"]) / found["x"].where(found["x"] > 0)).fillna(0.0)
    return found[["x", "t_x", "age", "mean", "last_order"]].reset_index()


def forecast_purchases(
    orders: pd.DataFrame, owners: pd.DataFrame, *, as_of: date, rules: Rules = _DEFAULTS
) -> PurchaseForecast:
    """Forecast the orders of the next twelve months, if there are accounts enough and the model proves itself.

    It is fitted to what was known half a year ago and has to foretell the orders since then, account by account, at
    least as closely as each account's own rate of the twelve months before. Only then it is fitted again to today.

    Parameters
    ----------
    orders, owners
        See `purchase_histories`; owners also with `name`, `manager_id`, `manager_name`.

    References
    ----------
    Wübben, M., Wangenheim, F. v. (2008). Instant customer base analysis: managerial heuristics often "get it right".
    Journal of Marketing 72(3), 82-93: why the plain rate is what it has to beat.

    Examples
    --------
    >>> day = pd.to_datetime(["2025-01-01"])
    >>> orders = pd.DataFrame({"owner_id": ["a"], "order_date": day, "date": day, "revenue": [9.0]})
    >>> owners = pd.DataFrame({"owner_id": ["a"], "name": ["A"], "type": ["customer"], "is_home": [True],
    ...     "manager_id": ["m"], "manager_name": ["M"]})
    >>> forecast_purchases(orders, owners, as_of=date(2025, 7, 1)).reason
    'too_few'
    """
    then = as_of - timedelta(days=_HOLD_OUT_DAYS)
    past, now = (purchase_histories(orders, owners, as_of=day) for day in (then, as_of))
    empty = now.head(0).assign(name="", manager_name="", alive=0.0, expected=0.0, spend=0.0, silence=0.0)
    if len(past) < rules.model_min_accounts:
        return PurchaseForecast(empty, "too_few", len(past), float("nan"), float("nan"), None, rules)
    model = fit_purchases(past)
    if not model.sound:
        return PurchaseForecast(empty, "not_found", len(past), float("nan"), float("nan"), None, rules)
    error, plain = _hold_out(past, now, model, orders, then)
    if not error <= plain:
        return PurchaseForecast(empty, "worse", len(past), error, plain, None, rules)
    model, spend = fit_purchases(now), fit_spend(now)
    if not model.sound:
        return PurchaseForecast(empty, "not_found", len(now), error, plain, None, rules)
    frame = now.assign(
        alive=model.alive(now["x"], now["t_x"], now["age"]),
        expected=model.orders_to_come(now["x"], now["t_x"], now["age"], time=365 / 7),
        spend=spend.expected_spend(now["x"], now["mean"]) if spend.sound else float("nan"),
        # In the account's own mean gaps: stands beside the chance, which nobody should read alone.
        silence=((now["age"] - now["t_x"]) * now["x"] / now["t_x"].where(now["t_x"] > 0)),
    )
    frame = frame.merge(owners[["owner_id", "name", "manager_id", "manager_name"]], on="owner_id", how="left")
    frame = frame.sort_values(["expected", "owner_id"], ascending=[False, True], ignore_index=True)
    parameters = {name: getattr(model, name) for name in ("r", "alpha", "a", "b")}
    return PurchaseForecast(frame, "", len(now), error, plain, parameters, rules)


def _hold_out(
    past: pd.DataFrame, now: pd.DataFrame, model: PurchaseModel, orders: pd.DataFrame, then: date
) -> tuple[float, float]:
    """Mean absolute error per account of the model and of the account's own rate, over the days held out."""
    came = past.merge(now[["owner_id", "x"]], on="owner_id", how="left", suffixes=("", "_now"))
    actual = (came["x_now"] - came["x"]).clip(lower=0).fillna(0.0)
    time = _HOLD_OUT_DAYS / 7
    foretold = model.orders_to_come(past["x"], past["t_x"], past["age"], time=time)
    day = pd.Timestamp(then)
    year = orders[(orders["date"] < day) & (orders["order_date"] >= day - pd.Timedelta(days=364))]
    placed = year.drop_duplicates(["owner_id", "order_date"]).groupby("owner_id").size()
    seen = past["age"].clip(upper=52.0, lower=1.0)  # one that came within the year is known for a part of it
    own = past["owner_id"].map(placed).fillna(0.0) / seen * time
    return float((actual - foretold).abs().mean()), float((actual - own).abs().mean())
