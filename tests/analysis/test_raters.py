"""How sure a mean of raters is, and how often chance alone has a rival named."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from kamreport.analysis.importance import strengths_and_weaknesses
from kamreport.analysis.profile import competitive_profile
from kamreport.analysis.raters import attribute_weights, estimate, newest_scores
from kamreport.analysis.value_map import competition_levels, value_map
from tests.analysis.frames import WINDOW
from tests.analysis.raters import ATTRIBUTES, world

PRICES = pd.DataFrame({"competitor_id": list("abcd"), "level": 100.0, "verdict": "unclear"})
WORLDS = 40


def test_p_is_that_of_students_t() -> None:
    from scipy.stats import ttest_1samp

    values = [0.3, 1.1, -0.2, 0.9, 1.4, 0.6]
    assert estimate(values).p == pytest.approx(ttest_1samp(values, 0).pvalue)
    assert estimate(values).value == pytest.approx(np.mean(values))


def test_one_opinion_leaves_no_doubt_and_one_rater_all_of_it() -> None:
    assert (estimate([2.0, 2.0, 2.0]).p, estimate([0.0, 0.0, 0.0]).p) == (0.0, 1.0)
    assert math.isnan(estimate([2.0]).p)
    assert estimate([]).n == 0


def test_weights_sum_to_one_and_newest_scores_have_a_column_for_each_supplier() -> None:
    assert attribute_weights(ATTRIBUTES, ["price", "quality", "new"]).sum() == pytest.approx(1)
    wide = newest_scores(world(1, raters=3), WINDOW)
    assert sorted(wide.columns) == ["a", "b", "c", "d", "own"]
    assert len(wide) == 3 * len(ATTRIBUTES)


def _tiers(scores: pd.DataFrame) -> bool:
    rivals = competitive_profile(scores, ATTRIBUTES, window=WINDOW, previous=WINDOW.back(3)).rivals
    return bool(rivals["tier"].isin(["stronger", "catching_up"]).any())


def _weaknesses(scores: pd.DataFrame) -> bool:
    return len(strengths_and_weaknesses(scores, ATTRIBUTES, window=WINDOW).lessons) > 0


def _value(scores: pd.DataFrame) -> bool:
    return bool((value_map(scores, ATTRIBUTES, PRICES, window=WINDOW).frame["verdict"] == "more").any())


def _levels(scores: pd.DataFrame) -> bool:
    return bool((competition_levels(scores, ATTRIBUTES, window=WINDOW).frame["verdict"] == "ahead").any())


@pytest.mark.slow  # each of them says what forty worlds hold
@pytest.mark.parametrize("accuses", [_tiers, _weaknesses, _value, _levels])
@pytest.mark.parametrize("raters", [5, 12])
def test_where_nobody_differs_hardly_ever_is_anybody_named(
    accuses: Callable[[pd.DataFrame], bool], raters: int
) -> None:
    named = [accuses(world(seed, raters=raters)) for seed in range(WORLDS)]
    assert sum(named) <= 0.05 * WORLDS
    assert accuses(world(0, raters=12, ahead=1.5))
