"""What a rival offers for its price, and in which competition it is ahead: price, quality, or culture and brand."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from kamreport.analysis.intervals import holm, wilson_interval
from kamreport.analysis.raters import OWN, attribute_weights, estimate, newest_scores, rater_gaps
from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import BrandItems, Levels, ValueMap
from kamreport.settings import Attribute, Rules

__all__ = ["brand_items", "competition_levels", "value_map"]

_Array = npt.NDArray[np.float64]
_DEFAULTS = Rules()
_LEVEL = 0.05
_SEED = 20_080_808
_DRAWS = 2000
_COUNTS = 2_000_000  # drawn at most: of thousands of raters a few hundred resamples say as much
_LEVELS = ("price", "quality", "culture")
_MAP: dict[str, Any] = {
    "competitor_id": "str", "ratio": float, "quality": float, "low": float, "high": float, "price": float,
    "fair_price": float, "more": float, "more_low": float, "more_high": float, "raters": int, "verdict": "str",
}  # fmt: skip
_BY_LEVEL: dict[str, Any] = {
    "level": "str", "weight": float, "competitor_id": "str", "own": float, "score": float, "gap": float,
    "low": float, "high": float, "raters": int, "verdict": "str",
}  # fmt: skip


def value_map(
    scores: pd.DataFrame,
    attributes: Mapping[str, Attribute],
    prices: pd.DataFrame,
    *,
    window: Period,
    rules: Rules = _DEFAULTS,
) -> ValueMap:
    """Set each rival's perceived quality against its price, ours being 100 and 100.

    Quality is Gale's market-perceived quality ratio over the attributes that are not of the level `price`: the sum
    of weight times our mean score over the rival's. On the fair-value line through us a point of quality
    is worth as many points of price as quality weighs more than price. Who lies below the line offers more for the
    money: it is said if the bootstrap interval over raters, and Holm's procedure over the rivals, leave zero out.

    Parameters
    ----------
    scores
        `rater_id`, `competitor_id`, `attribute`, `score` (1 to 10), `rated_on`.
    attributes
        Their weights and levels.
    prices
        `competitor_id`, `level` (100 = our price) and `verdict`, as `price_index` gives them; a level of too few
        products (``few``) is none. It counts as exact. Where there are none, our score of price over the rival's
        stands for them: who is scored higher is felt to be cheaper.

    References
    ----------
    Gale, B. T. (1994). Managing Customer Value. Buzzell, R. D., Gale, B. T. (1987). The PIMS Principles.

    Examples
    --------
    >>> scores = pd.DataFrame({"rater_id": list("ppqq"), "competitor_id": ["own", "x"] * 2, "attribute": "service",
    ...     "score": [6.0, 8.0] * 2, "rated_on": pd.to_datetime(["2025-06-01"] * 4)})
    >>> attributes = {"price": Attribute(name={"en": "Price", "zh": "价格"}, weight=3, level="price"),
    ...     "service": Attribute(name={"en": "Service", "zh": "服务"}, weight=1)}
    >>> prices = pd.DataFrame({"competitor_id": ["x"], "level": [105.0], "verdict": ["dearer"]})
    >>> found = value_map(scores, attributes, prices, window=Period.parse("2025"), rules=Rules(score_min_raters=2))
    >>> row = found.frame.iloc[0]  # 6 / 8 of its quality; on the line 100 + 33.3 / 3 = 111.1 would be fair
    >>> [float(round(row[name], 2)) for name in ("ratio", "quality", "fair_price", "more")], row["verdict"]
    ([0.75, 133.33, 111.11, 6.11], 'more')
    """
    wide = newest_scores(scores, window)
    rated = sorted(wide.index.unique("attribute"))
    of_price = {name for name, one in attributes.items() if one.level == "price"}
    quality = attribute_weights(attributes, [name for name in rated if name not in of_price])
    felt = attribute_weights(attributes, [name for name in rated if name in of_price])
    slope = _slope(attributes, list(quality.index), of_price)
    rivals = [name for name in wide.columns if name != OWN and OWN in wide and len(quality)]
    known = prices[prices["verdict"] != "few"].set_index("competitor_id")["level"].dropna()
    source = "prices" if len(known.index.intersection(rivals)) or not len(felt) else "scores"
    rows, tests = [], []
    for rival in rivals:
        own, theirs = _sides(wide, rival, [*quality.index, *felt.index], len(quality))
        picks = _picks(len(own))
        n = len(quality)
        ratios = _ratios(own[:, :n], theirs[:, :n], picks, quality)
        price = np.full(len(ratios), known.get(rival, np.nan))
        if source == "scores":
            price = 100 * _ratios(own[:, n:], theirs[:, n:], picks, felt)
        fair = 100 + slope * (100 / ratios - 100)
        more = fair - price
        rows.append(
            (rival, ratios[0], 100 / ratios[0], *_bounds(100 / ratios), price[0], fair[0], more[0], *_bounds(more),
             len(own), "")
        )  # fmt: skip
        tests.append(_p(more, len(own)) if len(own) >= rules.score_min_raters else np.nan)
    frame = pd.DataFrame(rows, columns=list(_MAP)).astype(_MAP)
    frame["verdict"] = _verdicts(frame, tests, rules, ("more_low", "more_high"), ("more", "less", "fair"))
    missing = sorted(frame.loc[frame["price"].isna(), "competitor_id"])
    frame = frame[frame["more"].notna()].sort_values(["more", "competitor_id"], ascending=[False, True])
    return ValueMap(frame.reset_index(drop=True), slope, source, missing, rules)


def competition_levels(
    scores: pd.DataFrame, attributes: Mapping[str, Attribute], *, window: Period, rules: Rules = _DEFAULTS
) -> Levels:
    """Give who is ahead in the competition of price, of quality, and of culture and brand.

    A level's score is the weighted mean of its attributes, over the raters who scored both us and the rival. Ahead or
    behind: interval over raters and Holm's procedure over all rivals and levels leave zero out.

    Parameters
    ----------
    scores
        `rater_id`, `competitor_id`, `attribute`, `score` (1 to 10), `rated_on`.
    attributes
        Their weights and levels; one that is not listed is of quality.

    Examples
    --------
    >>> scores = pd.DataFrame({"rater_id": list("ppqq"), "competitor_id": ["own", "x"] * 2, "attribute": "service",
    ...     "score": [6.0, 8.0] * 2, "rated_on": pd.to_datetime(["2025-06-01"] * 4)})
    >>> found = competition_levels(scores, {}, window=Period.parse("2025"), rules=Rules(score_min_raters=2))
    >>> found.frame[["level", "competitor_id", "gap", "verdict"]].values.tolist()
    [['quality', 'x', 2.0, 'ahead']]
    """
    wide = newest_scores(scores, window)
    weight = attribute_weights(attributes, sorted(wide.index.unique("attribute")))
    level_of = pd.Series(
        [attributes[name].level if name in attributes else "quality" for name in weight.index], index=weight.index
    )
    rows, tests = [], []
    for level in _LEVELS:
        own_weight = weight[level_of == level]
        for rival in [name for name in wide.columns if name != OWN and OWN in wide]:
            both = wide[wide[rival].notna() & wide[OWN].notna()].assign(zero=0.0)
            gap = estimate(rater_gaps(both, own_weight, rival))
            # Each rater's own score is its gap to nothing, over the same attributes.
            ours = -rater_gaps(both[[OWN, "zero"]], own_weight, "zero").mean() if gap.n else np.nan
            rows.append((level, own_weight.sum(), rival, ours, ours + gap.value, *gap[:3], gap.n, ""))
            tests.append(gap.p if gap.n >= rules.score_min_raters else np.nan)
    frame = pd.DataFrame(rows, columns=list(_BY_LEVEL)).astype(_BY_LEVEL)
    frame["verdict"] = _verdicts(frame, tests, rules, ("low", "high"), ("ahead", "behind", "level"))
    return Levels(frame[frame["raters"] > 0].reset_index(drop=True), rules)


def brand_items(survey: pd.DataFrame, *, window: Period, rules: Rules = _DEFAULTS) -> BrandItems:
    """Give what our accounts answer to the questions on our brand, this year and the year before.

    Each account's newest answer to a question counts. A survey asks them of us alone; how the brand stands
    against the rivals' is in the attributes of the level `culture`.

    Parameters
    ----------
    survey
        `account_id`, `item`, `kind`, `score` (1 to 5), `answered_on`.

    Examples
    --------
    >>> survey = pd.DataFrame({"account_id": list("abc"), "item": "trust", "kind": "brand", "score": [5.0, 4.0, 2.0],
    ...     "answered_on": pd.to_datetime(["2025-05-01"] * 3)})
    >>> brand_items(survey, window=Period.parse("2025")).frame[["item", "n", "top"]].values.tolist()
    [['trust', 3, 2]]
    """
    asked = survey[(survey["kind"] == "brand") & survey["score"].notna()].sort_values("answered_on")
    parts = []
    for span in (window, window.back(window.months)):
        rows = in_window(asked, span, by="answered_on").drop_duplicates(["account_id", "item"], keep="last")
        parts.append(rows.assign(top=rows["score"] >= 4).groupby("item").agg(
            mean=("score", "mean"), n=("score", "size"), top=("top", "sum")
        ))  # fmt: skip
    frame = parts[0].join(parts[1][["mean", "n"]].add_suffix("_before")).reset_index()
    bounds = [wilson_interval(int(top), int(n)) for top, n in zip(frame["top"], frame["n"], strict=True)]
    frame["low"], frame["high"] = [low for low, _ in bounds], [high for _, high in bounds]
    frame["n_before"] = frame["n_before"].fillna(0).astype(int)
    return BrandItems(frame, window, rules)


def _slope(attributes: Mapping[str, Attribute], quality: list[str], of_price: set[str]) -> float:
    """Weight of quality over that of price; NaN where price has none."""
    weight = attribute_weights(attributes, [*quality, *sorted(of_price)])
    price = float(weight[weight.index.isin(of_price)].sum())
    return (1 - price) / price if price else float("nan")


def _sides(wide: pd.DataFrame, rival: str, names: list[str], qualities: int) -> tuple[_Array, _Array]:
    """Our scores and the rival's, raters by attributes; NaN where a rater did not score both."""
    both = wide[[OWN, rival]].dropna()
    own, theirs = (both[who].unstack("attribute").reindex(columns=names).to_numpy(float) for who in (OWN, rival))
    kept = ~np.isnan(own[:, :qualities]).all(axis=1)
    own, theirs = own[kept], theirs[kept]
    # In the order of what they scored and not of their names, so that these change no interval.
    order = np.lexsort(np.nan_to_num(np.hstack([own, theirs])).T)
    return own[order], theirs[order]


def _picks(n: int) -> _Array:
    """How often each rater counts: once each in the first row, and as often as drawn in the others."""
    if n < 2:
        return np.ones((1, n))
    drawn = np.random.default_rng(_SEED).multinomial(n, np.full(n, 1 / n), size=min(_DRAWS, _COUNTS // n))
    return np.vstack([np.ones(n), drawn])


def _ratios(own: _Array, theirs: _Array, picks: _Array, weight: "pd.Series[float]") -> _Array:
    """Weighted ratio of the mean scores, ours over theirs, for each row of picks; what nobody scored weighs nothing."""
    ours, others = (picks @ np.nan_to_num(side) for side in (own, theirs))
    parts = np.where(others > 0, weight.to_numpy(float), 0.0)
    sums = parts.sum(axis=1)
    ratios = (parts * ours / np.where(others > 0, others, 1.0)).sum(axis=1)
    return np.where(sums > 0, ratios / np.where(sums > 0, sums, 1.0), np.nan)


def _bounds(values: _Array) -> tuple[float, float]:
    drawn = values[1:][np.isfinite(values[1:])]
    if not len(drawn):
        return np.nan, np.nan
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def _p(values: _Array, n: int) -> float:
    """Two-sided, of Student's t with the spread of the resamples as standard error."""
    drawn = values[1:][np.isfinite(values[1:])]
    if not len(drawn):
        return float("nan")
    from scipy.special import stdtr

    error = float(np.std(drawn))
    return 2 * float(stdtr(n - 1, -abs(values[0]) / error)) if error > 1e-9 else float(abs(values[0]) < 1e-9)


def _verdicts(
    frame: pd.DataFrame, tests: list[float], rules: Rules, interval: tuple[str, str], said: tuple[str, str, str]
) -> list[str]:
    above, below, neither = said
    certain = holm(tests) <= _LEVEL
    low, high = (frame[name] for name in interval)
    few = frame["raters"] < rules.score_min_raters
    return list(np.select([few, certain & (low > 0), certain & (high < 0)], ["too_few", above, below], neither))
