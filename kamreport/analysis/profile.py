"""How raters see the rivals and us."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from kamreport.analysis.intervals import bootstrap_interval
from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import Profile
from kamreport.settings import Attribute, Rules

__all__ = ["OWN", "competitive_profile"]

OWN = "own"
_DEFAULTS = Rules()


def competitive_profile(
    scores: pd.DataFrame, attributes: Mapping[str, Attribute], *, window: Period, rules: Rules = _DEFAULTS
) -> Profile:
    """Compare the rivals with us, attribute by attribute and in all.

    Each rater's newest score of a competitor and attribute in the window counts. A rival is stronger or weaker if
    the interval of the mean gap over raters leaves zero out, else equal; one that is not stronger and whose gap
    has closed over a year (interval above zero) is catching up.

    Parameters
    ----------
    scores
        `rater_id`, `competitor_id`, `attribute`, `score` (1 to 10), `rated_on`.
    attributes
        Their weights; one that is not listed weighs as the mean of the others.

    References
    ----------
    David, F. R. Strategic Management: competitive profile matrix.

    Examples
    --------
    >>> scores = pd.DataFrame({"rater_id": list("ppppqqqq"), "competitor_id": ["own", "own", "x", "x"] * 2,
    ...     "attribute": ["price", "service"] * 4, "score": [6.0, 6.0, 8.0, 6.0] * 2,
    ...     "rated_on": pd.to_datetime(["2025-06-01"] * 8)})
    >>> attributes = {"price": Attribute(name={"en": "Price", "zh": "价格"}, weight=3),
    ...     "service": Attribute(name={"en": "Service", "zh": "服务"}, weight=1)}
    >>> found = competitive_profile(scores, attributes, window=Period.parse("2025"), rules=Rules(score_min_raters=2))
    >>> found.own_total, found.rivals[["total", "gap", "tier"]].values.tolist()  # (3 x 8 + 1 x 6) / 4
    (6.0, [[7.5, 1.5, 'stronger']])
    """
    now, before = _newest(scores, window), _newest(scores, window.back(window.months))
    rated = sorted(now["attribute"].unique())
    general = float(np.mean([one.weight for one in attributes.values()])) if attributes else 1.0
    weight = pd.Series(
        {name: attributes[name].weight if name in attributes else general for name in rated}, dtype=float
    )
    weight = weight / weight.sum() if len(weight) and weight.sum() else weight
    matrix = now.pivot_table(index="attribute", columns="competitor_id", values="score").reindex(rated)
    totals = matrix.mul(weight, axis=0).sum(skipna=False)
    rows = [
        _rival(
            rival, _gaps(now, weight, rival), _gaps(before, weight, rival), float(totals[rival]), rules.score_min_raters
        )
        for rival in matrix.columns
        if rival != OWN and OWN in matrix.columns
    ]
    names = ["competitor_id", "total", "gap", "low", "high", "trend", "trend_low", "trend_high", "raters", "tier"]
    rivals = pd.DataFrame(rows, columns=names).sort_values(["gap", "competitor_id"], ascending=[False, True])
    matrix.insert(0, "weight", weight)
    matrix = matrix.sort_values("weight", ascending=False)
    own = float(totals[OWN]) if OWN in totals else float("nan")
    return Profile(matrix, rivals.reset_index(drop=True), own, rules)


def _newest(scores: pd.DataFrame, window: Period) -> pd.DataFrame:
    """Each rater's newest score of a competitor and attribute in a period."""
    rows = in_window(scores, window, by="rated_on")
    return rows.sort_values("rated_on").drop_duplicates(["rater_id", "competitor_id", "attribute"], keep="last")


def _gaps(scores: pd.DataFrame, weight: pd.Series, rival: str) -> pd.Series:
    """Weighted gap (rival - own) of each rater who scored both, over the attributes scored for both."""
    wide = scores[scores["competitor_id"].isin([OWN, rival])].pivot_table(
        index=["rater_id", "attribute"], columns="competitor_id", values="score"
    )
    if OWN not in wide or rival not in wide:
        return pd.Series(dtype=float)
    gap = (wide[rival] - wide[OWN]).dropna()
    parts = weight.reindex(gap.index.get_level_values("attribute")).to_numpy()
    sums = pd.DataFrame({"gap": gap * parts, "weight": parts}).groupby(level="rater_id").sum()
    # A rater who scored only what has no weight says nothing.
    return (sums["gap"] / sums["weight"].where(sums["weight"] > 0)).dropna()


def _rival(rival: str, now: pd.Series, before: pd.Series, total: float, min_raters: int) -> dict[str, object]:
    low, high = bootstrap_interval(now.to_list())
    both = (now - before).dropna()
    trend_low, trend_high = bootstrap_interval(both.to_list()) if len(both) >= min_raters else (np.nan, np.nan)
    if len(now) < min_raters:
        tier = "too_few"
    elif low > 0:
        tier = "stronger"
    elif trend_low > 0:
        tier = "catching_up"
    else:
        tier = "weaker" if high < 0 else "equal"
    return {
        "competitor_id": rival,
        "total": total,
        "gap": float(now.mean()) if len(now) else float("nan"),
        "low": low,
        "high": high,
        "trend": float(both.mean()) if len(both) else float("nan"),
        "trend_low": trend_low,
        "trend_high": trend_high,
        "raters": len(now),
        "tier": tier,
    }
