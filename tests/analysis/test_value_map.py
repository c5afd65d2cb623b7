import math

import pandas as pd
import pytest

from kamreport.analysis.value_map import brand_items, competition_levels, value_map
from kamreport.results import ValueMap
from kamreport.settings import Attribute, Bilingual, Rules
from tests.analysis.frames import WINDOW
from tests.analysis.raters import ATTRIBUTES, world

NAMES = Bilingual(en="a", zh="a")
WEIGHED = {
    "price": Attribute(name=NAMES, weight=40, level="price"),
    "quality": Attribute(name=NAMES, weight=40),
    "service": Attribute(name=NAMES, weight=20),
}
DAY = pd.Timestamp("2025-05-15")
NONE = pd.DataFrame(
    {"competitor_id": pd.Series(dtype="str"), "level": pd.Series(dtype=float), "verdict": pd.Series(dtype="str")}
)


def scored(rows: dict[tuple[str, str], float], raters: int = 6, spread: float = 0.0) -> pd.DataFrame:
    """Mean scores by (competitor, attribute); every other rater a spread above and below."""
    told = [
        (f"r{rater}", who, what, score + spread * (1 - 2 * (rater % 2)) * (who != "own"), DAY)
        for (who, what), score in rows.items()
        for rater in range(raters)
    ]
    return pd.DataFrame(told, columns=["rater_id", "competitor_id", "attribute", "score", "rated_on"])


HAND = {
    ("own", "price"): 6.0, ("own", "quality"): 8.0, ("own", "service"): 6.0,
    ("x", "price"): 7.5, ("x", "quality"): 6.4, ("x", "service"): 8.0,
}  # fmt: skip


def mapped(
    frame: pd.DataFrame, prices: dict[str, float] | None = None, *, verdict: str = "unclear", **more: object
) -> ValueMap:
    levels = pd.DataFrame({"competitor_id": list(prices or {}), "level": list((prices or {}).values())})
    levels["verdict"] = verdict
    return value_map(frame, WEIGHED, levels if prices else NONE, window=WINDOW, **more)  # type: ignore[arg-type]


def test_the_map_by_hand() -> None:
    # Quality weighs 2/3, service 1/3: 2/3 x 8/6.4 + 1/3 x 6/8 = 1.0833 of theirs. A point of quality is worth
    # 60/40 = 1.5 of price: theirs, 92.31 of ours, would be fair at 100 - 1.5 x 7.69 = 88.46; at 95 it is too dear.
    found = mapped(scored(HAND), {"x": 95.0})
    row = found.frame.iloc[0]
    assert (found.slope, found.price_source) == (pytest.approx(1.5), "prices")
    assert row[["ratio", "quality", "fair_price", "price", "more"]].tolist() == pytest.approx(
        [13 / 12, 1200 / 13, 100 - 1.5 * 100 / 13, 95, 100 - 1.5 * 100 / 13 - 95]
    )
    assert (row["verdict"], row["raters"]) == ("less", 6)
    assert mapped(scored(HAND), {"x": 80.0}).frame["verdict"].tolist() == ["more"]


def test_without_a_price_that_was_seen_the_score_of_price_stands_for_it() -> None:
    # We are scored 6 on price and they 7.5: they are felt to cost 80 % of ours.
    found = mapped(scored(HAND))
    assert (found.price_source, found.frame["price"].tolist()) == ("scores", [pytest.approx(80)])


def test_a_rival_without_a_price_beside_one_with_a_price_is_named_and_not_mapped() -> None:
    more = scored({("y", what): score for (who, what), score in HAND.items() if who == "x"})
    found = mapped(pd.concat([scored(HAND), more]), {"y": 90.0})
    assert (found.frame["competitor_id"].tolist(), found.without_price) == (["y"], ["x"])


def test_a_price_level_of_too_few_products_is_none() -> None:
    # At 80 for two products x would offer more; the score of price says 80 as well, and has an interval.
    found = mapped(scored(HAND, spread=1.5), {"x": 80.0}, verdict="few")
    assert (found.price_source, found.frame["verdict"].tolist()) == ("scores", ["fair"])
    more = scored({("y", what): score for (who, what), score in HAND.items() if who == "x"})
    levels = pd.DataFrame({"competitor_id": ["x", "y"], "level": [80.0, 90.0], "verdict": ["few", "cheaper"]})
    both = value_map(pd.concat([scored(HAND), more]), WEIGHED, levels, window=WINDOW)
    assert (both.frame["competitor_id"].tolist(), both.without_price) == (["y"], ["x"])


def test_the_interval_is_over_raters_and_chance_offers_nothing_more() -> None:
    # Three of six score them far above us and three as far below.
    row = mapped(scored(HAND, spread=1.5), {"x": 88.0}).frame.iloc[0]
    assert row["low"] < row["quality"] < row["high"]
    assert row["more_low"] < 0 < row["more_high"]
    assert row["verdict"] == "fair"
    assert mapped(scored(HAND), {"x": 80.0}, rules=Rules(score_min_raters=7)).frame["verdict"].tolist() == ["too_few"]


def test_without_a_weight_of_price_there_is_no_line() -> None:
    found = value_map(scored(HAND), {"quality": WEIGHED["quality"]}, NONE, window=WINDOW)
    assert math.isnan(found.slope)
    assert len(found.frame) == 0


def test_nobody_scored_a_rival() -> None:
    frame = scored(HAND)
    assert len(mapped(frame[frame["competitor_id"] == "own"], {"x": 95.0}).frame) == 0
    assert len(competition_levels(frame[frame["competitor_id"] == "own"], WEIGHED, window=WINDOW).frame) == 0


def test_neither_the_names_of_raters_nor_the_order_change_the_map() -> None:
    frame = world(3)
    other = frame.assign(rater_id=[f"{9 - int(rater[1:])}" for rater in frame["rater_id"]]).sample(
        frac=1, random_state=1
    )
    prices = pd.DataFrame({"competitor_id": list("abcd"), "level": 97.0, "verdict": "cheaper"})
    one, two = (value_map(told, ATTRIBUTES, prices, window=WINDOW).frame for told in (frame, other))
    pd.testing.assert_frame_equal(one, two)


# Levels of competition


def test_each_level_is_the_weighted_mean_of_its_attributes() -> None:
    frame = competition_levels(scored(HAND), WEIGHED, window=WINDOW).frame
    # Of quality: us (40 x 8 + 20 x 6) / 60, them (40 x 6.4 + 20 x 8) / 60.
    assert frame[["level", "own", "score", "gap", "verdict"]].values.tolist() == [
        ["price", pytest.approx(6), pytest.approx(7.5), pytest.approx(1.5), "ahead"],
        ["quality", pytest.approx(22 / 3), pytest.approx(104 / 15), pytest.approx(-0.4), "behind"],
    ]
    assert frame["weight"].tolist() == pytest.approx([0.4, 0.6])


def test_an_attribute_that_no_setting_names_is_of_quality() -> None:
    frame = competition_levels(scored(HAND), {}, window=WINDOW).frame
    assert frame["level"].tolist() == ["quality"]
    priced = {"price": of_level(WEIGHED["price"], "culture")}
    assert set(competition_levels(scored(HAND), priced, window=WINDOW).frame["level"]) == {"quality", "culture"}


def of_level(attribute: Attribute, level: str) -> Attribute:
    return attribute.model_copy(update={"level": level})


def test_a_lead_that_one_of_many_has_by_chance_is_not_said() -> None:
    # In worlds where nobody differs some interval leaves zero out; no verdict follows.
    prices = pd.DataFrame({"competitor_id": list("abcd"), "level": 100.0, "verdict": "unclear"})
    maps = [value_map(world(seed), ATTRIBUTES, prices, window=WINDOW).frame for seed in range(8)]
    assert any(((one["more_low"] > 0) & (one["verdict"] == "fair")).any() for one in maps)
    levels = [competition_levels(world(seed), ATTRIBUTES, window=WINDOW).frame for seed in range(8)]
    assert any(((one["low"] > 0) & (one["verdict"] == "level")).any() for one in levels)


# The brand


def test_brand_questions_are_counted_once_an_account_with_the_year_before() -> None:
    survey = pd.DataFrame(
        [
            ("a", "trust", "brand", 2.0, "2024-09-01"),
            ("a", "trust", "brand", 5.0, "2025-05-01"),  # the newest of this account
            ("b", "trust", "brand", 3.0, "2025-05-01"),
            ("c", "trust", "brand", None, "2025-05-01"),
            ("b", "trust", "brand", 1.0, "2024-05-01"),
            ("b", "overall", "overall", 1.0, "2025-05-01"),
        ],
        columns=["account_id", "item", "kind", "score", "answered_on"],
    )
    survey["answered_on"] = pd.to_datetime(survey["answered_on"])
    frame = brand_items(survey, window=WINDOW).frame
    assert frame[["item", "mean", "n", "top", "mean_before", "n_before"]].values.tolist() == [
        ["trust", 4.0, 2, 1, 1.0, 1]
    ]
    assert len(brand_items(survey[survey["kind"] == "overall"], window=WINDOW).frame) == 0
