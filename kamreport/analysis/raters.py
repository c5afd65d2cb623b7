"""What raters' scores have alike: which of them count, each rater's gap, how sure a mean of raters is."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from kamreport.analysis.intervals import ratio_interval
from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.settings import Attribute

__all__ = ["OWN", "Estimate", "attribute_weights", "estimate", "newest_scores", "rater_gaps"]

OWN = "own"


class Estimate(NamedTuple):
    """A ratio of two sums over raters, its interval, and how likely chance alone is to bring it as far from zero."""

    value: float
    low: float
    high: float
    p: float
    n: int


def attribute_weights(attributes: Mapping[str, Attribute], rated: list[str]) -> "pd.Series[float]":
    """Give the weights of the attributes that were rated; they sum to 1.

    Parameters
    ----------
    attributes
        Their weights; one that is not listed weighs as the mean of the others.

    Examples
    --------
    >>> price = Attribute(name={"en": "Price", "zh": "价格"}, weight=3)
    >>> attribute_weights({"price": price}, ["price", "service"]).tolist()
    [0.5, 0.5]
    """
    general = float(np.mean([one.weight for one in attributes.values()])) if attributes else 1.0
    weight = pd.Series(
        {name: attributes[name].weight if name in attributes else general for name in rated}, dtype=float
    )
    return weight / weight.sum() if len(weight) and weight.sum() else weight


def newest_scores(scores: pd.DataFrame, window: Period) -> pd.DataFrame:
    """Give each rater's newest scores in a period.

    Parameters
    ----------
    scores
        `rater_id`, `competitor_id`, `attribute`, `score`, `rated_on`.

    Returns
    -------
    DataFrame
        One row per rater and attribute, one column per competitor; NaN where it was not scored.

    Examples
    --------
    >>> scores = pd.DataFrame({"rater_id": "a", "competitor_id": ["own", "own", "x"], "attribute": "price",
    ...     "score": [5.0, 6.0, 8.0], "rated_on": pd.to_datetime(["2025-01-05", "2025-06-05", "2025-06-05"])})
    >>> newest_scores(scores, Period.parse("2025")).values.tolist()
    [[6.0, 8.0]]
    """
    rows = in_window(scores, window, by="rated_on").sort_values("rated_on")
    key = ["rater_id", "attribute", "competitor_id"]
    return rows.drop_duplicates(key, keep="last").set_index(key)["score"].unstack().rename_axis(columns=None)


def rater_gaps(wide: pd.DataFrame, weight: "pd.Series[float]", rival: str) -> "pd.Series[float]":
    """Give the weighted gap (rival less us) of each rater who scored both, over the attributes scored for both.

    Parameters
    ----------
    wide
        As `newest_scores` gives it.
    weight
        Of the attributes that count; a rater who scored none of them has no gap.

    Examples
    --------
    >>> places = pd.MultiIndex.from_product([["a"], ["price", "service"]], names=["rater_id", "attribute"])
    >>> wide = pd.DataFrame({"own": [6.0, 6.0], "x": [8.0, 7.0]}, index=places)
    >>> rater_gaps(wide, pd.Series({"price": 3.0, "service": 1.0}), "x").tolist()  # (3 x 2 + 1 x 1) / 4
    [1.75]
    """
    if OWN not in wide or rival not in wide:
        return pd.Series(dtype=float)
    gap = (wide[rival] - wide[OWN]).dropna()
    parts = weight.reindex(gap.index.get_level_values("attribute"), fill_value=0.0).to_numpy()
    sums = pd.DataFrame({"gap": gap * parts, "weight": parts}).groupby(level="rater_id").sum()
    return (sums["gap"] / sums["weight"].where(sums["weight"] > 0)).dropna()


def estimate(above: npt.ArrayLike, below: npt.ArrayLike | None = None) -> Estimate:
    """Give a mean over raters, or a ratio of two sums over them.

    Parameters
    ----------
    above, below
        One value per rater; without `below` it is a mean.

    Returns
    -------
    Estimate
        Bootstrap interval over raters (95 %); two-sided p of Student's t with the linearised standard error, which
        holds with few raters where resampling is too sure. NaN with fewer than two.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, ch. 6 (standard error of a ratio).

    Examples
    --------
    >>> round(estimate([1.0, 2.0, 3.0]).p, 4)  # t = 2 / (1 / sqrt 3) = 3.46 with 2 degrees of freedom
    0.0742
    """
    tops = np.asarray(above, float)
    bases = np.ones(len(tops)) if below is None else np.asarray(below, float)
    n, base = len(tops), float(bases.sum())
    value = float(tops.sum()) / base if base else float("nan")
    if n < 2 or value != value:
        return Estimate(value, float("nan"), float("nan"), float("nan"), n)
    from scipy.special import stdtr

    error = np.sqrt(n * np.var(tops - value * bases, ddof=1)) / base
    # Raters of one opinion leave no doubt, and none of a gap where there is none.
    p = 2 * float(stdtr(n - 1, -abs(value) / error)) if error > 1e-9 else float(abs(value) < 1e-9)
    return Estimate(value, *ratio_interval(tops, bases), p, n)
