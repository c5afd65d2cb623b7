import math

import numpy as np
import pandas as pd
import pytest

from kamreport.analysis.importance import derived_importance, strengths_and_weaknesses
from kamreport.results import Strengths
from kamreport.settings import Attribute, Bilingual, Rules
from tests.analysis.frames import WINDOW
from tests.analysis.raters import ATTRIBUTES, world

RATERS = [f"r{number}" for number in range(8)]
DAY = pd.Timestamp("2025-05-15")


def scored(*told: tuple[str, str, float], importance: dict[str, float] | None = None) -> pd.DataFrame:
    """Rows of (competitor, attribute, mean score): eight raters, a tenth above and below."""
    rows = [
        (rater, who, what, score + (place % 2 - 0.5) / 5 * (who != "own"), DAY, (importance or {}).get(what, np.nan))
        for who, what, score in told
        for place, rater in enumerate(RATERS)
    ]
    names = ["rater_id", "competitor_id", "attribute", "score", "rated_on", "importance"]
    return pd.DataFrame(rows, columns=names)


def found(frame: pd.DataFrame, survey: pd.DataFrame | None = None, rules: Rules | None = None) -> Strengths:
    return strengths_and_weaknesses(frame, ATTRIBUTES, window=WINDOW, survey=survey, rules=rules or Rules())


FOUR = [("own", "price", 5.0), ("own", "quality", 8.0), ("own", "delivery", 5.0), ("own", "service", 8.0)]
STATED = {"price": 90.0, "quality": 80.0, "delivery": 52.0, "service": 20.0}


def test_the_four_quadrants_are_cut_at_the_means() -> None:
    made = found(scored(*FOUR, importance=STATED))
    assert dict(zip(made.frame["attribute"], made.frame["quadrant"], strict=True)) == {
        "price": "concentrate", "quality": "keep_up", "delivery": "low_priority", "service": "overkill",
    }  # fmt: skip
    assert (made.importance_cut, made.own_cut, made.source, made.n) == (60.5, 6.5, "stated", 8)
    assert made.frame["attribute"].tolist() == ["price", "quality", "delivery", "service"]


def test_own_scores_alone_say_nothing_of_a_rival() -> None:
    made = found(scored(*FOUR))
    assert (set(made.frame["verdict"]), set(made.frame["competitor_id"]), len(made.lessons)) == ({""}, {""}, 0)
    assert made.source == "weight"


def test_the_best_rival_is_named_with_its_gap_and_what_it_teaches_is_weighed() -> None:
    rivals = [
        ("x", "price", 7.0),
        ("y", "price", 6.0),
        ("x", "quality", 6.0),
        ("y", "quality", 7.0),
        ("x", "delivery", 5.0),
    ]
    made = found(scored(*FOUR, *rivals, importance=STATED))
    frame = made.frame.set_index("attribute")
    assert frame[["competitor_id", "verdict"]].apply(tuple, axis=1).to_dict() == {
        "price": ("x", "weakness"), "quality": ("y", "strength"), "delivery": ("x", "level"), "service": ("", ""),
    }  # fmt: skip
    assert frame["gap"].tolist() == pytest.approx([2, -1, 0, math.nan], nan_ok=True)
    # Both rivals are ahead in price: 2 x 90 % and 1 x 90 %.
    assert made.lessons[["competitor_id", "attribute"]].values.tolist() == [["x", "price"], ["y", "price"]]
    assert made.lessons["weighted"].tolist() == pytest.approx([1.8, 0.9])


def test_a_rival_scored_by_too_few_is_no_proof_and_does_not_hide_another() -> None:
    few = scored(("z", "price", 9.0))
    made = found(pd.concat([scored(("own", "price", 5.0), ("x", "price", 7.0)), few[few["rater_id"] < "r3"]]))
    assert made.frame[["competitor_id", "verdict", "pairs"]].values.tolist() == [["x", "weakness", 8]]
    alone = found(pd.concat([scored(("own", "price", 5.0)), few[few["rater_id"] < "r3"]]))
    assert alone.frame[["competitor_id", "verdict", "pairs"]].values.tolist() == [["z", "too_few", 3]]


def test_a_lead_that_one_of_many_has_by_chance_is_level() -> None:
    # In the worlds where nobody differs some interval leaves zero out; no verdict follows.
    frames = [found(world(seed)).frame for seed in range(6)]
    assert any(((one["low"] > 0) & (one["verdict"] == "level")).any() for one in frames)


def _survey(satisfaction: dict[str, float]) -> pd.DataFrame:
    frame = pd.DataFrame({"account_id": list(satisfaction), "score": list(satisfaction.values()), "kind": "overall"})
    return frame.assign(answered_on=DAY)


def test_importance_is_derived_from_satisfaction_where_nobody_states_it() -> None:
    random = np.random.default_rng(2)
    raters = [f"r{number}" for number in range(30)]
    service, price = random.normal(7, 1, 30), random.normal(7, 1, 30)
    rows = [(rater, "own", what, value) for what, values in (("service", service), ("price", price))
            for rater, value in zip(raters, values, strict=True)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["rater_id", "competitor_id", "attribute", "score"])
    frame = frame.assign(rated_on=DAY, importance=np.nan)
    told = _survey(dict(zip(raters, service / 2 + random.normal(0, 0.1, 30), strict=True)))
    made = found(frame, told)
    assert (made.source, made.n, made.frame["attribute"].iloc[0]) == ("derived", 30, "service")
    assert made.frame["importance"].iloc[0] == pytest.approx(100 * np.corrcoef(service, told["score"])[0, 1])
    # Satisfaction that goes with nothing, or is known of too few, says nothing of what matters.
    noise = _survey(dict(zip(raters, random.normal(4, 1, 30), strict=True)))
    assert found(frame, noise).source == "weight"
    assert found(frame, told.head(10)).source == "weight"


def test_a_negative_correlation_is_no_importance() -> None:
    places = pd.MultiIndex.from_product([["price"], list("abc")], names=["attribute", "rater_id"])
    scores = pd.Series([3.0, 2.0, 1.0], index=places)
    assert derived_importance(scores, pd.Series({"a": 1.0, "b": 2.0, "c": 3.0}))["price"] == 0


def test_importance_that_not_every_attribute_has_is_not_mixed_with_weights() -> None:
    assert found(scored(*FOUR, importance={"price": 90.0})).source == "weight"


def test_nobody_scored() -> None:
    made = strengths_and_weaknesses(scored().astype({"rated_on": "datetime64[us]"}), {}, window=WINDOW)
    assert (len(made.frame), len(made.lessons)) == (0, 0)


def test_attributes_may_be_unknown_to_the_settings() -> None:
    known = {"price": Attribute(name=Bilingual(en="Price", zh="价格"), weight=1)}
    made = strengths_and_weaknesses(scored(*FOUR), known, window=WINDOW)
    assert made.frame["importance"].tolist() == [25.0] * 4
