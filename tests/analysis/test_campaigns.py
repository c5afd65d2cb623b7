"""Campaigns: the list that earns most, worked by hand, and the expected maximum profit as published."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.analysis.campaigns import campaign_profit, expected_maximum_profit


def test_a_campaign_goes_to_those_that_bring_more_than_they_cost() -> None:
    # .4 p (V - 50) - (1 - p) 50 - 10: a 155, b -49, c .4 x .9 x 100 - 5 - 10 = 21.
    chances = pd.DataFrame({"owner_id": list("bac"), "chance": [0.1, 0.5, 0.9], "value": [200.0, 1000.0, 150.0]})
    ranked, best = campaign_profit(chances, accepts=0.4, offer=50.0, contact=10.0)
    assert ranked["owner_id"].tolist() == ["a", "c", "b"]
    assert ranked["profit"].tolist() == pytest.approx([155.0, 176.0, 127.0])
    assert best == 2


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1e6)), max_size=8), st.floats(0, 1), st.floats(0, 500))
@settings(max_examples=40, deadline=None)
def test_no_other_number_of_accounts_earns_more(drawn: list[tuple[float, float]], accepts: float, offer: float) -> None:
    chances = pd.DataFrame(drawn, columns=["chance", "value"]).astype(float)
    chances["owner_id"] = [f"o{number}" for number in range(len(chances))]
    ranked, best = campaign_profit(chances, accepts=accepts, offer=offer, contact=5.0)
    earned = [0.0, *ranked["profit"]]
    assert earned[best] == pytest.approx(max(earned))


def test_costs_may_differ_from_account_to_account() -> None:
    # .5 x .4 x 950 - .5 x 50 - 10 = 155 as above; b costs nothing to call and is offered 10: .4 x .1 x 190 - 9 = -1.4.
    chances = pd.DataFrame({"owner_id": list("ab"), "chance": [0.5, 0.1], "value": [1000.0, 200.0]})
    ranked, _ = campaign_profit(chances, accepts=0.4, offer=[50.0, 10.0], contact=[10.0, 0.0])
    assert ranked["expected"].tolist() == pytest.approx([155.0, -1.4])


def outcomes(chances: list[float], left: list[bool]) -> pd.DataFrame:
    return pd.DataFrame({"chance": np.array(chances, float), "left": np.array(left, bool)})


HALF = [True] * 500 + [False] * 500


def test_the_published_profit_of_a_perfect_ranking() -> None:
    # empulse 0.11.1, the tests of its expected maximum profit: 28.0 at a half of the accounts.
    profit, share = expected_maximum_profit(outcomes([1.0 if one else 0.0 for one in HALF], HALF))
    assert (profit, share) == pytest.approx((28.0, 0.5), abs=1e-9)


def test_the_published_profit_of_the_worst_ranking() -> None:
    # Ibid.: all are called unless fewer than 6 in 95 can be won over.
    profit, share = expected_maximum_profit(outcomes([0.0 if one else 1.0 for one in HALF], HALF))
    assert (profit, share) == pytest.approx((22.5007912244511, 0.9991601018889205), rel=1e-13)


def best_by_trying(frame: pd.DataFrame, value: float, offer: float, contact: float, gamma: np.ndarray) -> np.ndarray:
    """For each gamma the largest profit per account over every length of the list, equal chances called together."""
    sums = frame.groupby("chance")["left"].agg(["sum", "size"]).sort_index(ascending=False).cumsum()
    left = np.append(0.0, sums["sum"])[:, None]
    stayed = np.append(0.0, sums["size"] - sums["sum"])[:, None]
    profit = left * (gamma * (value - offer) - contact) - stayed * (offer + contact)
    return profit.max(axis=0) / len(frame)


CASES = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=12)


@given(CASES, st.floats(0, 400), st.floats(0, 60), st.floats(0.01, 10), st.floats(1, 8), st.floats(1, 20))
@settings(max_examples=60, deadline=None)
def test_it_is_the_mean_over_gamma_of_the_best_list(
    drawn: list[tuple[int, bool]], value: float, offer: float, contact: float, alpha: float, beta: float
) -> None:
    from scipy.special import betaincinv

    frame = outcomes([chance / 6 for chance, _ in drawn], [left for _, left in drawn])
    gamma = betaincinv(alpha, beta, (np.arange(20_000) + 0.5) / 20_000)
    tried = best_by_trying(frame, value, offer, contact, gamma).mean()
    profit, share = expected_maximum_profit(frame, value=value, offer=offer, contact=contact, accepts=(alpha, beta))
    assert profit == pytest.approx(tried, abs=5e-3)
    assert 0 <= share <= 1


def test_only_the_order_of_the_chances_counts() -> None:
    rng = np.random.default_rng(4)
    frame = outcomes(list(rng.uniform(0, 1, 200)), list(rng.uniform(0, 1, 200) < 0.3))
    same = frame.assign(chance=frame["chance"] ** 3).sample(frac=1, random_state=1)
    assert expected_maximum_profit(same) == pytest.approx(expected_maximum_profit(frame), rel=1e-12)


def test_nobody_to_call_earns_nothing_and_nobody_at_all_says_nothing() -> None:
    assert expected_maximum_profit(outcomes([0.9, 0.1], [False, False])) == (0.0, 0.0)
    assert expected_maximum_profit(outcomes([0.9, 0.1], [True, False]), value=5.0) == (0.0, 0.0)
    assert all(math.isnan(figure) for figure in expected_maximum_profit(outcomes([], [])))
