"""Who beats us on price, speed and service at once."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from kamreport.analysis.homes import at_home
from kamreport.analysis.raters import OWN, newest_scores
from kamreport.period import Period
from kamreport.results import PriceIndex, Squeeze
from kamreport.settings import Rules

__all__ = ["LEGS", "squeeze"]

LEGS: Mapping[str, str] = {"price": "price", "speed": "delivery", "service": "service"}
"""What a rival has to beat us on, and the attribute that raters score it by."""
_DEFAULTS = Rules()
_QUARTER = 3


def squeeze(
    scores: pd.DataFrame,
    index: PriceIndex,
    index_before: PriceIndex,
    presence: pd.DataFrame,
    profit: pd.DataFrame,
    *,
    window: Period,
    by_margin: bool,
    legs: Mapping[str, str] = LEGS,
    rules: Rules = _DEFAULTS,
) -> Squeeze:
    """Find the rivals who beat us on price, speed and service at once, now and a quarter ago.

    A rival is ahead on a leg if the interval of the raters' mean gap (his score less ours, by raters who scored both;
    Student) lies above zero; on price our index must not say that he is the dearer one. He squeezes us if he is
    ahead on all: then no leg can be by chance (intersection-union test). The intervals hold 95 % over all rivals
    together (Bonferroni).

    Parameters
    ----------
    scores
        `rater_id`, `competitor_id`, `attribute`, `score`, `rated_on`; each rater's newest in twelve months count.
    index, index_before
        Of `price_index`, now and a quarter ago.
    presence
        Where each rival is known to be, of `rival_presence`.
    profit
        Of `owner_profit`: `owner_id`, `name`, `type`, `is_home`, `manager_id`, `manager_name`, `margin`, `revenue`.
    legs
        Attribute of each leg, where a firm's raters score others.

    References
    ----------
    Berger, R. L. (1982). Multiparameter hypothesis testing and acceptance sampling. Technometrics 24(4), 295-300.

    Examples
    --------
    >>> rows = [(rater, rival, attribute, 6 + (rival == "x") * 2 + (rater == "p"))
    ...     for rater in "pqrst" for rival in ("own", "x") for attribute in ("price", "delivery", "service")]
    >>> scores = pd.DataFrame(rows, columns=["rater_id", "competitor_id", "attribute", "score"])
    >>> scores["rated_on"] = pd.Timestamp("2025-06-01")
    >>> window = Period.parse("2024-07..2025-06")
    >>> index = PriceIndex(pd.DataFrame({"competitor_id": ["x"], "level": [93.0]}), 0, 0, window, Rules())
    >>> there = pd.DataFrame({"competitor_id": ["x"], "owner_id": ["a"]})
    >>> profit = pd.DataFrame({"owner_id": ["a"], "name": "A", "type": "customer", "is_home": True, "margin": 5.0,
    ...     "revenue": 9.0, "manager_id": "m", "manager_name": "M"})
    >>> found = squeeze(scores, index, index, there, profit, window=window, by_margin=True)
    >>> found.frame[["competitor_id", "ahead", "is_squeeze", "was_squeeze", "stake"]].values.tolist()
    [['x', 3, True, False, 5.0]]
    """
    wanted = scores[scores["attribute"].isin(legs.values())]
    now = _gaps(wanted, window, legs)
    rivals = sorted(set(now["competitor_id"]))
    confidence = 1 - 0.05 / max(len(rivals), 1)
    here = at_home(profit)
    here = here.assign(stake=here["margin" if by_margin else "revenue"].clip(lower=0))
    frame = _rivals(now, rivals, legs, index, confidence, rules)
    before = _rivals(_gaps(wanted, window.back(_QUARTER), legs), rivals, legs, index_before, confidence, rules)
    # Who was not asked then has not said that he was behind.
    asked = (before[[f"{leg}_raters" for leg in legs]] >= rules.score_min_raters).all(axis=1)
    frame["ahead_before"], frame["was_squeeze"] = before["ahead"].where(asked), before["is_squeeze"]
    active = presence[["competitor_id", "owner_id"]].drop_duplicates()
    known = active.merge(here[["owner_id", "name", "manager_id", "manager_name", "stake"]], on="owner_id")
    known = known.sort_values(["stake", "owner_id"], ascending=[False, True], ignore_index=True)
    stakes = known.groupby("competitor_id")["stake"]
    frame["accounts"] = frame["competitor_id"].map(stakes.size()).fillna(0).astype(int)
    frame["stake"] = frame["competitor_id"].map(stakes.sum()).fillna(0.0).astype(float)
    frame = frame.sort_values(
        ["is_squeeze", "ahead", "stake", "competitor_id"], ascending=[False, False, False, True], ignore_index=True
    )
    return Squeeze(frame, known, tuple(legs), confidence, by_margin, rules)


def _gaps(scores: pd.DataFrame, window: Period, legs: Mapping[str, str]) -> pd.DataFrame:
    """Each rater's newest score of a rival less that of us: `competitor_id`, `leg`, `gap`."""
    wide = newest_scores(scores, window)
    rivals = [name for name in wide.columns if name != OWN and OWN in wide]
    gaps = wide[rivals].sub(wide[OWN], axis=0) if rivals else wide[rivals]
    both = gaps.melt(var_name="competitor_id", value_name="gap", ignore_index=False).dropna(subset="gap").reset_index()
    leg = {attribute: name for name, attribute in legs.items()}
    return both.assign(leg=both["attribute"].map(leg))


def _rivals(
    gaps: pd.DataFrame,
    rivals: list[str],
    legs: Mapping[str, str],
    index: PriceIndex,
    confidence: float,
    rules: Rules,
) -> pd.DataFrame:
    levels = dict(zip(index.frame["competitor_id"], index.frame["level"], strict=True))
    rows = []
    for rival in rivals:
        row: dict[str, Any] = {"competitor_id": rival, "level": levels.get(rival, np.nan), "ahead": 0}
        for leg in legs:
            values = gaps.loc[(gaps["competitor_id"] == rival) & (gaps["leg"] == leg), "gap"].to_numpy(float)
            mean, low, high = _student(values, confidence) if len(values) >= rules.score_min_raters else (np.nan,) * 3
            ahead = low > 0 and not (leg == "price" and row["level"] >= 100)
            row |= {leg: mean, f"{leg}_low": low, f"{leg}_high": high, f"{leg}_raters": len(values)}
            row |= {f"{leg}_ahead": ahead, "ahead": row["ahead"] + ahead}
        rows.append({**row, "is_squeeze": row["ahead"] == len(legs)})
    parts = [f"{leg}{part}" for leg in legs for part in ("", "_low", "_high", "_raters", "_ahead")]
    return pd.DataFrame(rows, columns=["competitor_id", "level", *parts, "ahead", "is_squeeze"])


def _student(values: np.ndarray, confidence: float) -> tuple[float, float, float]:
    """Mean of a few values with its interval, which a bootstrap would make too short."""
    from scipy.special import stdtrit

    n, mean = len(values), float(values.mean())
    reach = float(stdtrit(n - 1, 0.5 + confidence / 2)) * float(values.std(ddof=1)) / n**0.5
    return mean, mean - reach, mean + reach
