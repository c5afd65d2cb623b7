"""What an account's orders bring: the Gamma-Gamma, fitted by maximum likelihood."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kamreport.analysis.likelihood import Floats, maximise

__all__ = ["SpendModel", "fit_spend"]


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
    found, value, sound = maximise(slope, start, float(n))
    p, q, gamma = (float(one) for one in np.exp(found))
    return SpendModel(p, q, gamma, value, sound)
