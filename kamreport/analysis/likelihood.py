"""The maximum of a likelihood, and whether it can be relied on."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

__all__ = ["Floats", "maximise"]

Floats = npt.NDArray[np.float64]


def maximise(
    slope: Callable[[Floats], tuple[float, Floats]], start: Floats, n: float, *, bound: float = 12.0
) -> tuple[Floats, float, bool]:
    """Give the parameters at the maximum of a log-likelihood, its value, and whether it can be relied on.

    Parameters
    ----------
    slope
        Takes the logarithms of the parameters, which are all positive; gives the log-likelihood and its derivatives
        by them.
    start
        Logarithms to start from, in the data's own units.
    n
        Accounts that the likelihood is summed over.
    bound
        How far from the start a logarithm may end; what ends there is not estimated.

    Returns
    -------
    tuple
        Logarithms, log-likelihood, and whether the search converged with no parameter at its bound.

    Examples
    --------
    >>> def slope(logs: Floats) -> tuple[float, Floats]:  # three intervals of 6 in all: one every 2, rate 1/2
    ...     rate = np.exp(logs)
    ...     return float(3 * logs[0] - 6 * rate[0]), 3 - 6 * rate
    >>> logs, value, sound = maximise(slope, np.zeros(1), 3)
    >>> np.exp(logs).round(6).tolist(), sound
    ([0.5], True)
    """
    from scipy.optimize import minimize

    if not n:
        return np.full_like(start, np.nan), float("nan"), False

    def downhill(parameters: Floats) -> tuple[float, Floats]:
        value, gradient = slope(parameters)
        return -value / n, -gradient / n

    bounds = [(one - bound, one + bound) for one in start]
    options = {"ftol": 1e-13, "gtol": 1e-8, "maxiter": 500}
    found = minimize(downhill, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    inside = bool((np.abs(found.x - start) < bound - 1e-3).all())
    return found.x, float(-found.fun * n), bool(found.success) and inside
