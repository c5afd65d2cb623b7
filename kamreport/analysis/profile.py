"""Which rivals are stronger, equal, catching up or weaker, and when one would move on."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from kamreport.analysis.intervals import holm
from kamreport.analysis.raters import OWN, attribute_weights, estimate, newest_scores, rater_gaps
from kamreport.period import Period
from kamreport.results import Profile
from kamreport.settings import Attribute, Rules

__all__ = ["competitive_profile"]

_DEFAULTS = Rules()
_LEVEL = 0.05
_COLUMNS: dict[str, Any] = {
    "competitor_id": "str", "gap": float, "low": float, "high": float, "raters": int, "slope": float,
    "slope_low": float, "slope_high": float, "slope_raters": int, "driver": "str", "driver_slope": float,
    "tier": "str", "next_tier": "str", "months": float,
}  # fmt: skip


def competitive_profile(
    scores: pd.DataFrame,
    attributes: Mapping[str, Attribute],
    *,
    window: Period,
    previous: Period | None = None,
    rules: Rules = _DEFAULTS,
) -> Profile:
    """Compare the rivals with us, attribute by attribute and in all, and say how the gap moves.

    Each rater's newest score of a competitor and attribute in the window counts for the gap; for its slope all
    rounds up to the window's end do, a round being a month: within each rater and attribute, so that a change of
    raters is no movement. The first that holds is the tier: stronger, if the gap lies above zero; catching up, if it
    grows, whether a rival still lies below us or can no longer be told from us; weaker, if the interval of the gap
    lies below zero; else equal. For the first two, which accuse, interval and Holm's procedure over the gaps
    and slopes of all rivals must both leave zero out.

    Parameters
    ----------
    scores
        `rater_id`, `competitor_id`, `attribute`, `score` (1 to 10), `rated_on`.
    attributes
        Their weights; one that is not listed weighs as the mean of the others.
    previous
        The window of the period before: which tier each rival was in then.

    References
    ----------
    David, F. R. Strategic Management: competitive profile matrix. Holm, S. (1979). Scand. J. Stat. 6, 65-70.

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
    now = newest_scores(scores, window)
    weight = attribute_weights(attributes, sorted(now.index.unique("attribute")))
    matrix = now.groupby(level="attribute").mean().reindex(weight.index)
    totals = matrix.mul(weight, axis=0).sum(skipna=False)
    rivals = _tiers(scores, now, weight, window, rules)
    rivals.insert(1, "total", rivals["competitor_id"].map(totals))
    before = _tiers(scores, newest_scores(scores, previous), weight, previous, rules) if previous else rivals.head(0)
    earlier = dict(zip(before["competitor_id"], before["tier"], strict=True))
    rivals["tier_before"] = [earlier.get(rival, "") for rival in rivals["competitor_id"]]
    matrix.insert(0, "weight", weight)
    own = float(totals[OWN]) if OWN in totals else float("nan")
    rivals = rivals.sort_values(["gap", "competitor_id"], ascending=[False, True], ignore_index=True)
    return Profile(matrix.sort_values("weight", ascending=False), rivals, own, rules)


def _tiers(
    scores: pd.DataFrame, now: pd.DataFrame, weight: "pd.Series[float]", window: Period, rules: Rules
) -> pd.DataFrame:
    """One row per rival: gap, slope, tier and what would move it on."""
    rounds = _rounds(scores, window)
    least = rules.score_min_raters
    rows: list[dict[str, Any]] = []
    tests: list[float] = []
    for rival in [name for name in now.columns if name != OWN and OWN in now]:
        gap = estimate(rater_gaps(now, weight, rival))
        moves = _moves(rounds, weight, rival)
        sums = moves.groupby(level="rater_id").sum()
        slope = estimate(sums["xy"], sums["xx"]) if len(sums) >= least else estimate([])
        tests += [gap.p if gap.n >= least else np.nan, slope.p]
        parts = moves["xy"].groupby(level="attribute").sum() / moves["xx"].sum()
        driver = str((parts * np.sign(slope.value)).idxmax()) if slope.n else ""
        rows.append(
            {
                "competitor_id": rival, "gap": gap.value, "low": gap.low, "high": gap.high, "raters": gap.n,
                "slope": slope.value, "slope_low": slope.low, "slope_high": slope.high, "slope_raters": slope.n,
                "driver": driver, "driver_slope": float(parts[driver]) if driver else np.nan,
            }
        )  # fmt: skip
    certain = (holm(tests) <= _LEVEL).reshape(-1, 2)
    for row, (is_apart, is_moving) in zip(rows, certain, strict=True):
        row["tier"] = _tier(row, least, is_apart=bool(is_apart), is_moving=bool(is_moving))
        row |= _next(row, rules.score_horizon_months) if is_moving else {"next_tier": "", "months": np.nan}
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)


def _rounds(scores: pd.DataFrame, window: Period) -> pd.DataFrame:
    """Scores by rater, attribute and month up to the window's end, one column per competitor."""
    known = scores[scores["rated_on"] < pd.Timestamp(window.end)].sort_values("rated_on")
    known = known.assign(month=12 * known["rated_on"].dt.year + known["rated_on"].dt.month)
    key = ["rater_id", "attribute", "month", "competitor_id"]
    return known.drop_duplicates(key, keep="last").set_index(key)["score"].unstack()


def _moves(rounds: pd.DataFrame, weight: "pd.Series[float]", rival: str) -> pd.DataFrame:
    """Weighted sums of products by rater and attribute; over any of them, xy / xx is the slope in points a year."""
    if rival not in rounds or OWN not in rounds:
        none = pd.MultiIndex.from_arrays([[], []], names=["rater_id", "attribute"])
        return pd.DataFrame({"xy": [], "xx": []}, index=none, dtype=float)
    gap = (rounds[rival] - rounds[OWN]).dropna().rename("gap").reset_index(level="month")
    gap["year"] = gap.pop("month") / 12
    own = gap - gap.groupby(level=["rater_id", "attribute"]).transform("mean")
    parts = weight.reindex(own.index.get_level_values("attribute"), fill_value=0.0).to_numpy()
    products = pd.DataFrame({"xy": parts * own["gap"] * own["year"], "xx": parts * own["year"] ** 2})
    sums = products.groupby(level=["rater_id", "attribute"]).sum()
    return sums[sums["xx"] > 0]


def _tier(row: dict[str, Any], least: int, *, is_apart: bool, is_moving: bool) -> str:
    if row["raters"] < least:
        return "too_few"
    if is_apart and row["low"] > 0:
        return "stronger"
    if is_moving and row["slope_low"] > 0:
        return "catching_up"
    return "weaker" if row["high"] < 0 else "equal"


def _next(row: dict[str, Any], horizon: int) -> dict[str, Any]:
    """Where the present slope leads, and in how many months the gap's interval would be there."""
    rising = row["slope"] > 0
    ways = [("equal", -row["high"]), ("stronger", -row["low"])] if rising else [
        ("equal", row["low"]), ("weaker", row["high"])
    ]  # fmt: skip
    for tier, distance in ways:
        if distance >= 0:
            months = 12 * distance / abs(row["slope"])
            return {"next_tier": tier, "months": months if months <= horizon else np.nan}
    return {"next_tier": "", "months": np.nan}
