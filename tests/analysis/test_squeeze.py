"""Who beats us on price, speed and service at once; and that nobody is accused by chance."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from kamreport.analysis.squeeze import squeeze
from kamreport.results import PriceIndex, Squeeze
from kamreport.settings import Rules

from . import frames as f

ATTRIBUTES = ("price", "delivery", "service")
RIVALS = ("x", "y", "z", "w")


def scored(rows: list[tuple[str, str, str, float, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["rater_id", "competitor_id", "attribute", "score", "rated_on"])
    return frame.assign(rated_on=pd.to_datetime(frame["rated_on"]))


def ahead(rival: str = "x", by: float = 2.0, *, day: str = "2025-05-15", raters: int = 5) -> list[tuple[str, ...]]:
    """Raters of whom each likes a rival better than us on all, none by exactly the same."""
    return [
        (f"r{n}", who, attribute, 6 + (by + n / 10) * (who != "own"), day)
        for n in range(raters)
        for who in ("own", rival)
        for attribute in ATTRIBUTES
    ]  # type: ignore[misc]


def squeezed(scores: pd.DataFrame, level: float = f.NAN, before: float = f.NAN, **more: object) -> Squeeze:
    index, index_before = (
        PriceIndex(pd.DataFrame({"competitor_id": ["x"], "level": [one]}), 0, 0, f.WINDOW, Rules())
        for one in (level, before)
    )
    active = pd.DataFrame({"competitor_id": ["x", "x", "x"], "owner_id": ["a", "b", "elsewhere"]})
    profit = f.profit_frame([("a", 100.0, 30.0), ("b", 50.0, -5.0), ("c", 70.0, 9.0)], is_home=True, type="customer")
    return squeeze(scores, index, index_before, active, profit, window=f.WINDOW, by_margin=True, **more)  # type: ignore[arg-type]


def only(found: Squeeze) -> Mapping[str, object]:
    (row,) = found.frame.to_dict("records")
    return row


def test_a_rival_who_is_better_on_all_three_squeezes_us_and_his_accounts_are_at_stake() -> None:
    found = squeezed(scored(ahead()))
    row = only(found)
    assert (row["ahead"], row["is_squeeze"], row["accounts"], row["stake"]) == (3, True, 2, 30.0)
    assert found.active["owner_id"].tolist() == ["a", "b"]


def test_the_interval_is_student_s_of_the_gaps_of_those_who_rated_both() -> None:
    rows = [*ahead(raters=6)[:-6], ("r9", "x", "price", 9.0, "2025-05-15")]  # r9 says nothing of us
    row = only(squeezed(scored(rows)))
    gaps = np.array([2.0, 2.1, 2.2, 2.3, 2.4])
    reach = 2.776445 * gaps.std(ddof=1) / np.sqrt(5)  # t(4), two-sided 95 %
    assert row["price_raters"] == 5
    assert (row["price_low"], row["price_high"]) == pytest.approx((2.2 - reach, 2.2 + reach), abs=1e-6)


@pytest.mark.parametrize(("level", "ahead_on"), [(99.9, 3), (100.0, 2), (f.NAN, 3)])
def test_on_price_our_index_must_not_find_him_dearer(level: float, ahead_on: int) -> None:
    assert only(squeezed(scored(ahead()), level))["ahead"] == ahead_on


def test_a_quarter_ago_is_judged_by_the_scores_and_prices_of_then() -> None:
    early, late = scored(ahead(day="2025-03-31")), scored(ahead(day="2025-04-01"))
    assert [only(squeezed(one))["was_squeeze"] for one in (early, late)] == [True, False]
    row = only(squeezed(early, 95.0, 105.0))
    assert (row["is_squeeze"], row["was_squeeze"], row["ahead_before"]) == (True, False, 2)


def test_where_too_few_were_asked_a_quarter_ago_nothing_is_said_of_then() -> None:
    row = only(squeezed(scored([*ahead(), *ahead(day="2025-02-01", raters=4)])))
    assert row["is_squeeze"]
    assert np.isnan(row["ahead_before"])  # type: ignore[arg-type]
    asked = scored([*ahead(day="2025-02-01", by=-2.0), *ahead()])
    assert only(squeezed(asked))["ahead_before"] == 0


def test_fewer_raters_than_the_rule_say_nothing() -> None:
    row = only(squeezed(scored(ahead(raters=4))))
    assert row["ahead"] == 0
    assert np.isnan(row["price"])  # type: ignore[arg-type]


def test_a_firm_may_score_speed_by_another_name() -> None:
    rows = [(*row[:2], {"delivery": "lead time"}.get(row[2], row[2]), *row[3:]) for row in ahead()]
    assert only(squeezed(scored(rows)))["ahead"] == 2
    legs = {"price": "price", "speed": "lead time", "service": "service"}
    assert only(squeezed(scored(rows), legs=legs))["ahead"] == 3


def test_the_confidence_grows_with_the_rivals_compared() -> None:
    both = scored([*ahead("x"), *(row for row in ahead("y") if row[1] != "own")])
    assert squeezed(scored(ahead("x"))).confidence == pytest.approx(0.95)
    assert squeezed(both).confidence == pytest.approx(0.975)
    assert squeezed(scored([])).frame.empty


def _world(seed: int, better: Mapping[str, float], raters: int = 8) -> pd.DataFrame:
    """Four rivals who all are alike, each rater with a taste of its own; better by so much on some attributes."""
    rng = np.random.default_rng(seed)
    taste = rng.normal(6, 0.6, raters)
    return scored(
        [
            (f"r{n}", who, attribute, float(np.clip(round(taste[n] + (who != "own") * better.get(attribute, 0.0)
             + rng.normal(0, 1)), 1, 10)), "2025-05-15")
            for n in range(raters) for who in ("own", *RIVALS) for attribute in ATTRIBUTES
        ]
    )  # fmt: skip


@pytest.mark.parametrize("better", [{}, {"price": 3.0}, {"price": 3.0, "delivery": 3.0}])
def test_where_no_rival_is_better_on_all_at_most_one_world_in_twenty_names_one(better: dict[str, float]) -> None:
    """Also where all four truly are better on two of the three, which is the hardest case."""
    named = sum(bool(squeezed(_world(seed, better)).frame["is_squeeze"].any()) for seed in range(200))
    assert named <= 10


def test_rivals_who_truly_are_better_on_all_are_found() -> None:
    better = dict.fromkeys(ATTRIBUTES, 2.5)
    assert sum(bool(squeezed(_world(seed, better)).frame["is_squeeze"].any()) for seed in range(20)) >= 18
