"""How many orders are still to come where nobody signs off: the BG/NBD, fitted by maximum likelihood."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kamreport.analysis.likelihood import Floats, maximise

__all__ = ["PurchaseModel", "fit_purchases"]


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
    found, value, sound = maximise(slope, np.log([0.5, 0.2 * max(scale, 1e-9), 1.0, 2.0]), float(weights.sum()))
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
