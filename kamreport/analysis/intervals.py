"""How sure a figure is: intervals of proportions and of sums over owners, tests that compare proportions."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["bootstrap_interval", "fisher_exact", "funnel_limits", "holm", "ratio_interval", "wilson_interval"]

_SEED = 20_080_808
_MANY = 1_000  # owners, from where resampling costs seconds and says nothing else


def wilson_interval(successes: float, n: float, *, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of a proportion.

    Parameters
    ----------
    successes, n
        Numerator and denominator; of a weighted share, the share times the effective number, and that number.
    confidence
        Two-sided confidence.

    Returns
    -------
    tuple of float
        Lower and upper bound; (nan, nan) for n = 0.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.
    Tested against Newcombe, R. G. (1998). Statistics in Medicine 17, 857-872, table I.

    Examples
    --------
    >>> [round(bound, 4) for bound in wilson_interval(81, 263)]
    [0.2553, 0.3662]
    """
    if n == 0:
        return math.nan, math.nan
    from scipy.special import ndtri

    z = float(ndtri(0.5 + confidence / 2))
    share = successes / n
    centre = share + z * z / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def ratio_interval(
    numerator: npt.ArrayLike, denominator: npt.ArrayLike, *, confidence: float = 0.95, draws: int = 2000
) -> tuple[float, float]:
    """Interval of a ratio of two sums over owners, by resampling whole owners.

    Above 1,000 owners by the linearised standard error, to which the resamples come down then, in a hundredth of
    the time.

    Parameters
    ----------
    numerator, denominator
        One value per owner, in the same order.
    draws
        Number of resamples; the seed is fixed, so the same values give the same interval in any order.

    Returns
    -------
    tuple of float
        Percentile bounds; (nan, nan) with fewer than two owners.

    References
    ----------
    Efron, B., Tibshirani, R. (1993). An Introduction to the Bootstrap, ch. 13. Cochran, W. G. (1977). Sampling
    Techniques, ch. 6 (standard error of a ratio).

    Examples
    --------
    >>> kept, base = [90.0, 100.0, 0.0, 50.0], [100.0, 100.0, 50.0, 50.0]
    >>> low, high = ratio_interval(kept, base)
    >>> low < 0.8 < high
    True
    """
    pairs = np.array([np.asarray(denominator, float), np.asarray(numerator, float)])
    if pairs.shape[1] < 2:
        return math.nan, math.nan
    # Sorted, so that the interval rests on the values and not on the names by which they were put in order.
    pairs = pairs[:, np.lexsort(pairs)]
    if pairs.shape[1] > _MANY:
        return _linearised(pairs, confidence)
    below, above = _resampled(pairs, draws)
    kept = above[below > 0] / below[below > 0]
    return _bounds(kept, confidence)


def bootstrap_interval(values: Sequence[float], *, confidence: float = 0.95, draws: int = 2000) -> tuple[float, float]:
    """Interval of a mean, by resampling the values: percentile bounds, (nan, nan) with fewer than two.

    References
    ----------
    Efron, B., Tibshirani, R. (1993). An Introduction to the Bootstrap, ch. 13.

    Examples
    --------
    >>> low, high = bootstrap_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    >>> low < 3 < high
    True
    """
    sample = np.sort(np.asarray(values, float))
    if len(sample) < 2:
        return math.nan, math.nan
    return _bounds(_resampled(sample, draws) / len(sample), confidence)


def funnel_limits(rate: float, n: int, *, confidence: float = 0.998) -> tuple[float, float]:
    """Range in which a region's rate lies by chance alone if its true rate is the company's.

    Parameters
    ----------
    rate
        The company's rate.
    n
        Number of cases in the region.

    References
    ----------
    Spiegelhalter, D. J. (2005). Funnel plots for comparing institutional performance. Statistics in Medicine
    24, 1185-1202; exact binomial limits.

    Examples
    --------
    >>> [round(limit, 3) for limit in funnel_limits(0.06, 60)]
    [0.0, 0.167]
    """
    if n == 0:
        return math.nan, math.nan
    from scipy.stats import binom

    tail = (1 - confidence) / 2
    return float(binom.ppf(tail, n, rate)) / n, float(binom.ppf(1 - tail, n, rate)) / n


def fisher_exact(successes: int, n: int, other_successes: int, other_n: int) -> float:
    """Probability that two groups of one and the same rate differ at least as much as these (two-sided).

    Parameters
    ----------
    successes, n, other_successes, other_n
        Numerator and denominator of either group.

    References
    ----------
    Fisher, R. A. (1935). The Design of Experiments, ch. 2.

    Examples
    --------
    >>> round(fisher_exact(3, 4, 1, 4), 4)  # the lady who tasted eight cups of tea and mistook two
    0.4857
    """
    from scipy.stats import fisher_exact as exact

    table = [[successes, n - successes], [other_successes, other_n - other_successes]]
    return float(exact(table).pvalue)


def holm(p_values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Adjust the p-values of several comparisons, so that of those below a level one is wrong as seldom as it says.

    The smallest of m is multiplied by m, the next by m - 1 and so on; none becomes smaller than the one before it.

    Parameters
    ----------
    p_values
        One per comparison; NaN where none was made, which stays NaN and does not count.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6,
    65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03, 0.005]).round(4).tolist()
    [0.03, 0.06, 0.06, 0.02]
    """
    values = np.asarray(p_values, float)
    made = np.flatnonzero(~np.isnan(values))
    order = made[np.argsort(values[made], kind="stable")]
    adjusted = np.full(len(values), np.nan)
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(values[order] * factors), 1.0)
    return adjusted


def _linearised(pairs: np.ndarray, confidence: float) -> tuple[float, float]:
    """Interval of a ratio of sums from its linearised standard error; (nan, nan) without a positive denominator."""
    from scipy.special import ndtri

    below, above = pairs
    base = float(below.sum())
    if base <= 0:
        return math.nan, math.nan
    ratio = float(above.sum()) / base
    error = math.sqrt(len(below) * float(np.var(above - ratio * below, ddof=1))) / base
    reach = float(ndtri(0.5 + confidence / 2)) * error
    return ratio - reach, ratio + reach


def _resampled(values: np.ndarray, draws: int) -> np.ndarray:
    """Sums over resamples of the last axis."""
    n = values.shape[-1]
    picks = np.random.default_rng(_SEED).multinomial(n, np.full(n, 1 / n), size=draws)
    return values @ picks.T


def _bounds(values: np.ndarray, confidence: float) -> tuple[float, float]:
    if not len(values):
        return math.nan, math.nan
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
