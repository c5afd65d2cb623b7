"""What calling on the accounts at risk earns: how many to call, and what a ranking of them is worth."""

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["campaign_profit", "expected_maximum_profit"]


def campaign_profit(
    chances: pd.DataFrame, *, accepts: float, offer: npt.ArrayLike, contact: npt.ArrayLike = 0.0
) -> tuple[pd.DataFrame, int]:
    """Say how many of the accounts at risk a campaign should go to, by what it earns.

    An account is called at a cost; one that would leave stays with probability gamma and takes the offer, one that
    would have stayed takes the offer too: profit(k) = sum over the first k of gamma p (V - d) - (1 - p) d - f, in
    the order of what each brings.

    Parameters
    ----------
    chances
        `owner_id`, `chance` p of leaving, `value` V if it stays (report currency).
    accepts
        Probability gamma that one that would leave is won over.
    offer, contact
        Cost d of the offer where it is taken, and f of each call (report currency): one for all or one per row.

    Returns
    -------
    tuple
        The accounts with `expected` and `profit` (cumulative), best first; and how many to go to.

    References
    ----------
    After Verbraken, T., Verbeke, W., Baesens, B. (2013). A novel profit maximizing metric for measuring classification
    performance of customer churn prediction models. IEEE TKDE 25(5), 961-973, with the firm's own costs.

    Examples
    --------
    >>> chances = pd.DataFrame({"owner_id": ["a", "b"], "chance": [0.5, 0.1], "value": [1000.0, 200.0]})
    >>> ranked, best = campaign_profit(chances, accepts=0.4, offer=50.0, contact=10.0)
    >>> ranked["expected"].tolist(), best  # .2 x 950 - .5 x 50 - 10, .04 x 150 - .9 x 50 - 10
    ([155.0, -49.0], 1)
    """
    offer, contact = np.asarray(offer, float), np.asarray(contact, float)
    won, value = accepts * chances["chance"], chances["value"] - offer
    frame = chances.assign(expected=won * value - (1 - chances["chance"]) * offer - contact)
    frame = frame.sort_values(["expected", "owner_id"], ascending=[False, True], ignore_index=True)
    frame["profit"] = frame["expected"].cumsum()
    return frame, int((frame["expected"] > 0).sum())


def expected_maximum_profit(
    outcomes: pd.DataFrame,
    *,
    value: float = 200.0,
    offer: float = 10.0,
    contact: float = 1.0,
    accepts: tuple[float, float] = (6.0, 14.0),
) -> tuple[float, float]:
    """Say what a ranking by chance of leaving would have earned, judged by who left.

    EMPC = mean over gamma ~ Beta of the largest profit that any length of the call list gives, where an account that
    leaves brings gamma (V - d) - f and one that stays -(d + f). The lengths that can be best for some gamma are those
    where the share that left falls, once equal and contradicting ranks are pooled (isotonic regression: the convex
    hull of the ROC curve). Pool by pool, with q its share that left, the mean of
    max(0, gamma (V - d) q - d (1 - q) - f) is a difference of two incomplete beta functions.

    Parameters
    ----------
    outcomes
        One row per account of a past day: `chance` of leaving as it was said then, `left` (bool).
    value, offer, contact
        V of an account that is kept, cost d of the offer where it is taken, f of each call. The defaults are the
        paper's, for telephone customers; figures of different costs do not compare.
    accepts
        The two parameters of gamma's distribution; 6 and 14 mean 30 in a hundred.

    Returns
    -------
    tuple of float
        Profit per account of the frame, and the share of it that is called on average; (nan, nan) without rows.

    References
    ----------
    Verbraken, T., Verbeke, W., Baesens, B. (2013). A novel profit maximizing metric for measuring classification
    performance of customer churn prediction models. IEEE TKDE 25(5), 961-973.

    Examples
    --------
    >>> outcomes = pd.DataFrame({"chance": [0.9, 0.8, 0.2, 0.1], "left": [True, True, False, False]})
    >>> profit, share = expected_maximum_profit(outcomes)
    >>> round(profit, 6), round(share, 6)  # half of them left, all found: .5 (.3 x 190 - 1)
    (28.0, 0.5)
    """
    if outcomes.empty:
        return float("nan"), float("nan")
    from scipy.optimize import isotonic_regression
    from scipy.special import betaincc

    equal = outcomes.groupby("chance")["left"].agg(["mean", "size"])
    weight = equal["size"].to_numpy(float) / len(outcomes)
    left = isotonic_regression(equal["mean"].to_numpy(float), weights=weight).x
    gain, cost = max(value - offer, 0.0) * left, offer * (1 - left) + contact
    # Called if gamma is above cost / gain; a gain of nothing is never worth a call.
    least = np.minimum(cost / np.where(gain > 0, gain, 1.0), 1.0)
    least = np.where(gain > 0, least, 1.0)
    alpha, beta = accepts
    called = betaincc(alpha, beta, least)
    earned = gain * alpha / (alpha + beta) * betaincc(alpha + 1, beta, least) - cost * called
    return float(weight @ earned), float(weight @ called)
