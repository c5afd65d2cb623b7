import math
from collections.abc import Sequence

import pandas as pd
import pytest

from kamreport.analysis.intervals import bootstrap_interval
from kamreport.analysis.profile import competitive_profile
from kamreport.period import Period
from kamreport.results import Profile
from kamreport.settings import Attribute, Bilingual, Rules
from tests.analysis.frames import WINDOW
from tests.analysis.raters import ATTRIBUTES, world

NAMES = Bilingual(en="a", zh="a")
PRICE_3 = {"price": Attribute(name=NAMES, weight=3), "quality": Attribute(name=NAMES, weight=1)}
RATERS = ["r1", "r2", "r3", "r4", "r5"]


def scores(*rows: tuple[str, str, str, float, str]) -> pd.DataFrame:
    """Scores of (rater, competitor, attribute, score, day)."""
    frame = pd.DataFrame(list(rows), columns=["rater_id", "competitor_id", "attribute", "score", "rated_on"])
    frame["rated_on"] = pd.to_datetime(frame["rated_on"])
    return frame.astype({"score": float, "rater_id": "str", "competitor_id": "str", "attribute": "str"})


def gaps(now: list[float], before: list[float] | None = None) -> pd.DataFrame:
    """Five raters who give us 5 and the rival 5 and this gap, now and a year ago."""
    rows: list[tuple[str, str, str, float, str]] = []
    for day, values in (("2025-05-15", now), ("2024-05-15", before or [])):
        for rater, gap in zip(RATERS, values, strict=False):
            rows += [(rater, "own", "price", 5.0, day), (rater, "x", "price", 5.0 + gap, day)]
    return scores(*rows)


def profile(frame: pd.DataFrame, attributes: dict[str, Attribute] | None = None, rules: Rules | None = None) -> Profile:
    return competitive_profile(frame, attributes or {}, window=WINDOW, rules=rules or Rules())


@pytest.mark.parametrize(
    ("now", "before", "tier"),
    [
        ([1, 2, 1, 2, 1], None, "stronger"),
        ([-1, -2, -1, -2, -1], None, "weaker"),
        ([-1, 1, 0, 1, -1], None, "equal"),
        ([-1, -2, -1, -2, -1], [-3, -4, -3, -4, -4], "catching_up"),
        ([-1, 1, 0, 1, -1], [-3, -2, -2, -2, -3], "catching_up"),
        ([1, 2, 1, 2, 1], [-3, -2, -3, -2, -3], "stronger"),  # is past us already
        ([-1, -2, -1, -2, -1], [1, 1, 1, 1, 2], "weaker"),  # falls behind
        ([-1, -2, -1, -2, -1], [-2, -1, -2, -1, -1], "weaker"),  # moved, but by chance
        ([2, 2, 2, 2], None, "too_few"),
        ([-1, -2, -1, -2, -1], [-4, -4, -4, -4], "weaker"),  # the year before too few to speak of a trend
    ],
)
def test_tiers(now: list[float], before: list[float] | None, tier: str) -> None:
    assert profile(gaps(now, before)).rivals["tier"].tolist() == [tier]


def test_the_gap_its_interval_and_slope_by_hand() -> None:
    now, before = [-1.0, -2.0, -1.0, -2.0, -1.0], [-3.0, -4.0, -3.0, -4.0, -4.0]
    row = profile(gaps(now, before)).rivals.iloc[0]
    # -7/5; in one year 2, 2, 2, 2, 3 more.
    assert (row["gap"], row["slope"], row["raters"]) == (pytest.approx(-1.4), pytest.approx(2.2), 5)
    assert (row["low"], row["high"]) == pytest.approx(bootstrap_interval(now))
    assert (row["slope_low"], row["slope_high"]) == pytest.approx(bootstrap_interval([2, 2, 2, 2, 3]))


def rounds(*told: tuple[str, str, float], rival: str = "x", raters: Sequence[str] = RATERS) -> pd.DataFrame:
    """Rows of (day, attribute, gap) of every rater, who gives us 5."""
    rows = [
        (rater, who, what, 5.0 + gap * (who != "own"), day)
        for day, what, gap in told
        for rater in raters
        for who in ("own", rival)
    ]
    return scores(*rows)


def test_the_slope_is_of_all_rounds_and_of_the_attributes_as_they_weigh() -> None:
    # Price: -3, -3, 0 in half-years around 0: slope 3 a year, by least squares. Quality, of a weight of 1 to 3: -1.
    told = [("2024-05-15", -3, 0), ("2024-11-15", -3, -0.5), ("2025-05-15", 0, -1)]
    frame = rounds(*((day, what, gap) for day, one, two in told for what, gap in (("price", one), ("quality", two))))
    row = profile(frame, PRICE_3).rivals.iloc[0]
    assert row["slope"] == pytest.approx(0.75 * 3 - 0.25 * 1)
    assert (row["driver"], row["driver_slope"]) == ("price", pytest.approx(2.25))


def test_other_raters_in_another_round_are_no_movement() -> None:
    frame = pd.concat([
        rounds(("2024-05-15", "price", -3.0), raters=["a", "b", "c", "d", "e"]),
        rounds(("2025-05-15", "price", 0.0), raters=["f", "g", "h", "i", "j"]),
    ])  # fmt: skip
    row = profile(frame).rivals.iloc[0]
    assert (row["slope_raters"], row["tier"]) == (0, "equal")
    assert math.isnan(row["slope"])


def test_what_is_scored_after_the_window_moves_nothing() -> None:
    known = rounds(("2024-05-15", "price", -2.0), ("2025-05-15", "price", -1.0))
    later = rounds(("2025-07-01", "price", 5.0))
    pd.testing.assert_frame_equal(profile(pd.concat([known, later])).rivals, profile(known).rivals)


@pytest.mark.parametrize(
    ("now", "before", "next_tier", "months"),
    [
        # Gains 2.2 a year, and the upper end of its interval (-1.0) lies 1.0 below us: 12 x 1.0 / 2.2.
        ([-1, -2, -1, -2, -1], [-3, -4, -3, -4, -4], "equal", 12 * 1.0 / 2.2),
        # Equal to us (interval -0.8 to 0.8), gains 2.4 a year: stronger once the lower end is above zero.
        ([-1, 1, 0, 1, -1], [-3, -2, -2, -2, -3], "stronger", 12 * 0.8 / 2.4),
        # Falls back by 4 a year from 1.2 to 1.8 above us.
        ([1, 2, 1, 2, 1], [5, 6, 5, 6, 5], "equal", 12 * 1.0 / 4),
        # Falls from equal: weaker once the upper end is below zero.
        ([-1, 1, 0, 1, -1], [3, 5, 4, 5, 3], "weaker", 12 * 0.8 / 4),
        # Gains 0.5 a year and lies 3 below: six years, which is not in sight.
        ([-3, -3, -3, -3, -3], [-3.5, -3.5, -3.5, -3.5, -3.5], "equal", None),
        # Falls on from below, and rises on from above: there is nothing next.
        ([-3, -3, -3, -3, -3], [-1, -1, -1, -1, -1], "", None),
        ([3, 3, 3, 3, 3], [1, 1, 1, 1, 1], "", None),
        # Moved, but by chance.
        ([-1, -2, -1, -2, -1], [-2, -1, -2, -1, -1], "", None),
        ([1, 2, 1, 2, 1], None, "", None),
    ],
)
def test_where_the_slope_leads_and_when(
    now: list[float], before: list[float] | None, next_tier: str, months: float | None
) -> None:
    row = profile(gaps(now, before)).rivals.iloc[0]
    low, high = bootstrap_interval([float(one) for one in now])
    assert row["next_tier"] == next_tier
    if months is None:
        assert math.isnan(row["months"])
    else:
        end = {"equal": high if row["gap"] < 0 else low, "stronger": low, "weaker": high}[next_tier]
        assert row["months"] == pytest.approx(12 * abs(end) / abs(row["slope"]))
        assert row["months"] == pytest.approx(months, rel=0.25)  # with the ends as the comments round them


def test_the_horizon_is_a_rule() -> None:
    frame = gaps([-3, -3, -3, -3, -3], [-3.5, -3.5, -3.5, -3.5, -3.5])
    assert profile(frame, rules=Rules(score_horizon_months=72)).rivals["months"].tolist() == [pytest.approx(72)]


def test_the_tier_of_the_period_before_stands_beside_todays() -> None:
    frame = gaps([2, 3, 2, 3, 2], [-3, -4, -3, -4, -4])
    found = competitive_profile(frame, {}, window=WINDOW, previous=WINDOW.back(12))
    assert found.rivals[["tier", "tier_before"]].values.tolist() == [["stronger", "weaker"]]
    known = competitive_profile(gaps([2, 3, 2, 3, 2]), {}, window=WINDOW, previous=WINDOW.back(12))
    assert known.rivals["tier_before"].tolist() == [""]


def test_one_of_many_that_is_ahead_as_one_of_many_must_be_is_not_called_stronger() -> None:
    # Alone its interval says stronger, and so does t (p = .033); beside seven more it is one of eight looked at.
    lucky = gaps([0, 1, 2, 1, 2])
    others = [gaps([-1, 1, 0, 1, -1]).replace({"competitor_id": {"x": f"o{number}"}}) for number in range(7)]
    assert profile(lucky).rivals["tier"].tolist() == ["stronger"]
    crowd = profile(pd.concat([lucky, *(one[one["competitor_id"] != "own"] for one in others)])).rivals
    assert set(crowd["tier"]) == {"equal"}
    assert crowd.iloc[0]["low"] > 0


def test_a_rival_that_rises_is_found_among_those_that_do_not() -> None:
    found = [
        competitive_profile(world(seed, rising=0.8), ATTRIBUTES, window=WINDOW).rivals.set_index("competitor_id")
        for seed in range(8)
    ]
    assert sum(one.loc["d", "tier"] == "catching_up" for one in found) >= 7
    assert not any(one["tier"].drop("d").isin(["stronger", "catching_up"]).any() for one in found)


def test_attributes_are_weighed() -> None:
    # Price weighs 3/4: us .75 x 4 + .25 x 8 = 5, the rival .75 x 8 + .25 x 4 = 7, the gap .75 x 4 - .25 x 4 = 2.
    rows = [(rater, who, what, score, "2025-05-15") for rater in RATERS for who, what, score in (
        ("own", "price", 4.0), ("own", "quality", 8.0), ("x", "price", 8.0), ("x", "quality", 4.0))]  # fmt: skip
    found = profile(scores(*rows), PRICE_3)
    assert found.own_total == 5
    assert found.rivals[["total", "gap"]].values.tolist() == [[7, 2]]
    assert found.scores["weight"].to_dict() == {"price": 0.75, "quality": 0.25}
    assert found.scores.loc["price", ["own", "x"]].tolist() == [4, 8]


def test_an_attribute_without_a_weight_weighs_as_the_mean_of_the_others() -> None:
    # Price 3, quality 1, so range weighs 2: of 6 together. Without any weights all weigh alike.
    rows = [("r1", "own", what, 5.0, "2025-05-15") for what in ("price", "quality", "range")]
    assert profile(scores(*rows), PRICE_3).scores["weight"].to_dict() == pytest.approx(
        {"price": 3 / 6, "range": 2 / 6, "quality": 1 / 6}
    )
    assert profile(scores(*rows)).scores["weight"].tolist() == pytest.approx([1 / 3] * 3)


def test_only_the_newest_score_of_a_rater_in_the_window_counts() -> None:
    frame = scores(
        ("r1", "own", "price", 9, "2024-06-30"),  # before the window
        ("r1", "own", "price", 3, "2024-09-01"),
        ("r1", "own", "price", 6, "2025-01-01"),
        ("r1", "own", "price", 1, "2025-07-01"),  # after it
        ("r2", "own", "price", 8, "2024-09-01"),
    )
    assert profile(frame).own_total == 7


def test_a_rater_who_scored_only_one_side_has_no_gap() -> None:
    more = scores(("r6", "x", "price", 10, "2025-05-15"), ("r7", "own", "price", 1, "2025-05-15"))
    row = profile(pd.concat([gaps([1, 1, 1, 1, 1]), more])).rivals.iloc[0]
    assert (row["gap"], row["raters"]) == (1, 5)


def test_a_gap_is_over_the_attributes_that_a_rater_scored_for_both() -> None:
    # r1 scored quality for the rival only: the gap is that of price.
    frame = scores(
        ("r1", "own", "price", 5, "2025-05-15"),
        ("r1", "x", "price", 7, "2025-05-15"),
        ("r1", "x", "quality", 1, "2025-05-15"),
    )
    assert profile(frame, PRICE_3).rivals["gap"].tolist() == [2]


def test_a_competitor_without_a_score_on_some_attribute_has_no_total() -> None:
    frame = scores(
        ("r1", "own", "price", 5, "2025-05-15"),
        ("r1", "own", "quality", 5, "2025-05-15"),
        ("r1", "x", "price", 7, "2025-05-15"),
    )
    found = profile(frame)
    assert found.own_total == 5
    assert found.rivals["total"].isna().tolist() == [True]


def test_raters_of_attributes_without_weight_say_nothing() -> None:
    weights = {"price": Attribute(name=NAMES, weight=0), "quality": Attribute(name=NAMES, weight=1)}
    found = profile(gaps([1, 1, 1, 1, 1]), weights)
    assert found.rivals[["raters", "tier"]].values.tolist() == [[0, "too_few"]]


def test_the_strongest_rival_comes_first_and_we_are_no_rival_of_ours() -> None:
    frame = pd.concat([gaps([1, 1, 1, 1, 1]), gaps([2, 2, 2, 2, 2]).replace({"competitor_id": {"x": "y"}})])
    assert profile(frame).rivals["competitor_id"].tolist() == ["y", "x"]


def test_without_scores_of_ours_there_is_nobody_to_compare() -> None:
    frame = gaps([1, 1, 1, 1, 1])
    found = profile(frame[frame["competitor_id"] == "x"])
    assert len(found.rivals) == 0
    assert math.isnan(found.own_total)


def test_nobody_scored() -> None:
    found = profile(scores(), PRICE_3)
    assert (len(found.rivals), len(found.scores)) == (0, 0)
    assert math.isnan(found.own_total)


def test_the_least_number_of_raters_is_a_rule() -> None:
    assert profile(gaps([2, 2, 3]), rules=Rules(score_min_raters=3)).rivals["tier"].tolist() == ["stronger"]


def test_scores_of_another_year_are_not_of_this_window() -> None:
    found = competitive_profile(gaps([1, 1, 1, 1, 1]), {}, window=Period.parse("2022"))
    assert len(found.rivals) == 0
