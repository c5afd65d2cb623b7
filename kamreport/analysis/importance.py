"""Our strengths and weaknesses by how much each attribute matters, and who does better."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from kamreport.analysis.intervals import holm
from kamreport.analysis.raters import OWN, attribute_weights, estimate, newest_scores
from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import Strengths
from kamreport.settings import Attribute, Rules

__all__ = ["derived_importance", "strengths_and_weaknesses"]

_DEFAULTS = Rules()
_LEVEL = 0.05
_GAPS: dict[str, Any] = {
    "attribute": "str", "competitor_id": "str", "score": float, "gap": float, "low": float, "high": float,
    "pairs": int, "p": float,
}  # fmt: skip


class _Importance(NamedTuple):
    values: "pd.Series[float]"
    source: str
    n: int


def strengths_and_weaknesses(
    scores: pd.DataFrame,
    attributes: Mapping[str, Attribute],
    *,
    window: Period,
    survey: pd.DataFrame | None = None,
    rules: Rules = _DEFAULTS,
) -> Strengths:
    """Set importance against our score, attribute by attribute, and our score against the best rival's.

    Importance is what the raters state; else what follows from their satisfaction, where a survey knows it of
    enough of them and it goes with any attribute by more than chance; else the weight. Quadrants are cut at the
    means. A weakness is an attribute in which some rival leads, a strength one in which none comes near: interval
    over raters and Holm's procedure over all rivals and attributes must both leave zero out.

    Parameters
    ----------
    scores
        `rater_id`, `competitor_id`, `attribute`, `score` (1 to 10), `rated_on`, `importance` (0 to 100). Scores of
        `own` alone give the quadrants.
    attributes
        Their weights; one that is not listed weighs as the mean of the others.
    survey
        `account_id`, `kind`, `score`, `answered_on`; an account that answers is the rater of its name.

    References
    ----------
    Martilla, J. A., James, J. C. (1977). Importance-performance analysis. Journal of Marketing 41(1), 77-79.

    Examples
    --------
    >>> scores = pd.DataFrame({"rater_id": list("pppppp"), "competitor_id": ["own", "own", "x"] * 2,
    ...     "attribute": ["price", "service", "price"] * 2, "score": [4.0, 8.0, 6.0] * 2, "importance": np.nan,
    ...     "rated_on": pd.to_datetime(["2025-06-01"] * 6)})
    >>> attributes = {"price": Attribute(name={"en": "Price", "zh": "价格"}, weight=3),
    ...     "service": Attribute(name={"en": "Service", "zh": "服务"}, weight=1)}
    >>> found = strengths_and_weaknesses(scores, attributes, window=Period.parse("2025"))
    >>> found.frame[["attribute", "importance", "quadrant", "verdict"]].values.tolist()
    [['price', 75.0, 'concentrate', 'too_few'], ['service', 25.0, 'overkill', '']]
    """
    wide = newest_scores(scores, window)
    own = wide[OWN].dropna() if OWN in wide else pd.Series(dtype=float, index=wide.index[:0])
    means = own.groupby(level="attribute").agg(["mean", "size"])
    told = _importance(in_window(scores, window, by="rated_on"), own, attributes, window, survey, rules)
    frame = pd.DataFrame(
        {
            "attribute": pd.Series(means.index, dtype="str"),
            "importance": told.values.reindex(means.index).to_numpy(float),
            "own": means["mean"].to_numpy(float),
            "raters": means["size"].to_numpy(int),
        }
    )
    cuts = float(frame["importance"].mean()), float(frame["own"].mean())
    frame["quadrant"] = [
        _quadrant(important=one >= cuts[0], good=two >= cuts[1])
        for one, two in zip(frame["importance"], frame["own"], strict=True)
    ]
    gaps = _gaps(wide)
    enough = gaps["pairs"] >= rules.score_min_raters
    gaps["certain"] = holm(gaps["p"].where(enough)) <= _LEVEL
    gaps["verdict"] = np.select(
        [~enough, gaps["certain"] & (gaps["low"] > 0), gaps["certain"] & (gaps["high"] < 0)],
        ["too_few", "weakness", "strength"],
        "level",
    )
    # The rival that comes first is the one that is proved to lead, else the highest of those enough have scored.
    ranks = gaps.assign(proved=gaps["verdict"] == "weakness", enough=enough)
    ranks = ranks.sort_values(["proved", "enough", "gap", "competitor_id"], ascending=[False, False, False, True])
    best = ranks.drop_duplicates("attribute").drop(columns=["p", "certain", "proved", "enough"])
    frame = frame.merge(best, on="attribute", how="left")
    words = ["competitor_id", "verdict"]
    frame[words] = frame[words].fillna("")
    frame["pairs"] = frame["pairs"].fillna(0).astype(int)
    lessons = gaps[gaps["verdict"] == "weakness"].merge(frame[["attribute", "importance"]], on="attribute")
    lessons["weighted"] = lessons["gap"] * lessons["importance"] / 100
    names = ["competitor_id", "attribute", "gap", "low", "high", "weighted"]
    return Strengths(
        frame.sort_values(["importance", "attribute"], ascending=[False, True], ignore_index=True),
        lessons.sort_values(["weighted", "attribute"], ascending=[False, True], ignore_index=True)[names],
        told.source, told.n, *cuts, rules,
    )  # fmt: skip


def derived_importance(scores: "pd.Series[float]", satisfaction: "pd.Series[float]") -> "pd.Series[float]":
    """Give how closely the satisfaction of raters goes with their score of each attribute.

    It is Pearson's correlation, 0 to 100; one below zero is none. What goes together need not cause one another.

    Parameters
    ----------
    scores
        By `rater_id` and `attribute`.
    satisfaction
        By `rater_id`.

    Examples
    --------
    >>> places = pd.MultiIndex.from_product([["price", "service"], list("abc")], names=["attribute", "rater_id"])
    >>> scores = pd.Series([1.0, 2.0, 3.0, 5.0, 5.0, 2.0], index=places)
    >>> derived_importance(scores, pd.Series({"a": 2.0, "b": 4.0, "c": 6.0})).round(1).to_dict()
    {'price': 100.0, 'service': 0.0}
    """
    wide = scores.unstack("attribute").reindex(satisfaction.index)
    return 100 * wide.corrwith(satisfaction).clip(lower=0)


def _importance(
    rows: pd.DataFrame, own: "pd.Series[float]", attributes: Mapping[str, Attribute], window: Period,
    survey: pd.DataFrame | None, rules: Rules,
) -> _Importance:  # fmt: skip
    rated = sorted(own.index.unique("attribute"))
    stated = rows.dropna(subset=["importance"]).sort_values(["rated_on", "importance"])
    stated = stated.drop_duplicates(["rater_id", "attribute"], keep="last")
    means = stated.groupby("attribute")["importance"].mean()
    if rated and set(rated) <= set(means.index):
        return _Importance(means, "stated", stated["rater_id"].nunique())
    if survey is not None and rated:
        answers = in_window(survey[survey["kind"] == "overall"], window, by="answered_on")
        overall = answers.groupby("account_id")["score"].mean()
        both = overall[overall.index.isin(own.index.unique("rater_id"))]
        found = derived_importance(own, both)
        if len(both) >= rules.min_group and _is_more_than_chance(found / 100, len(both)):
            return _Importance(found.fillna(0.0), "derived", len(both))
    return _Importance(100 * attribute_weights(attributes, rated), "weight", 0)


def _is_more_than_chance(correlations: "pd.Series[float]", n: int) -> bool:
    """Whether any of the correlations is: Student's t with Holm's procedure over all of them."""
    from scipy.special import stdtr

    size = correlations.dropna().clip(upper=1 - 1e-12).to_numpy(float)
    p = 2 * stdtr(n - 2, -size * np.sqrt((n - 2) / (1 - size**2)))
    return bool((holm(p) <= _LEVEL).any())


def _gaps(wide: pd.DataFrame) -> pd.DataFrame:
    """Gap of every rival in every attribute, over the raters who scored both."""
    rows = []
    for rival in [name for name in wide.columns if name != OWN and OWN in wide]:
        both = wide[[rival, OWN]].dropna()
        for attribute, part in both.groupby(level="attribute"):
            found = estimate(part[rival] - part[OWN])
            mean = float(part[rival].mean())
            rows.append((attribute, rival, mean, found.value, found.low, found.high, found.n, found.p))
    return pd.DataFrame(rows, columns=list(_GAPS)).astype(_GAPS)


def _quadrant(*, important: bool, good: bool) -> str:
    if important:
        return "keep_up" if good else "concentrate"
    return "overkill" if good else "low_priority"
