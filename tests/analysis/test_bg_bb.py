"""BG/BB against the published figures of the donors, and against its own formulas written out."""

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.analysis.bg_bb import SeasonModel, _likelihood, fit_seasons, season_histories
from tests.analysis.frames import AS_OF, orders_frame, owners_frame

# Fader, Hardie, Shang (2010), Marketing Science 29(6), 1086-1108: 11,104 people who first gave in 1995, by the number
# of the six years after in which they gave again and the last of them; as in donations.csv of the package lifetimes.
DONORS = pd.DataFrame(
    [
        (0, 0, 3464),
        (1, 1, 1091), (1, 2, 277), (1, 3, 129), (1, 4, 78), (1, 5, 119), (1, 6, 129),
        (2, 2, 613), (2, 3, 255), (2, 4, 155), (2, 5, 173), (2, 6, 234),
        (3, 3, 322), (3, 4, 181), (3, 5, 225), (3, 6, 357),
        (4, 4, 240), (4, 5, 284), (4, 6, 512),
        (5, 5, 335), (5, 6, 728),
        (6, 6, 1203),
    ],
    columns=["x", "t_x", "weight"],
).assign(n=6)  # fmt: skip


def test_the_published_fit_of_the_donors() -> None:
    assert int(DONORS["weight"].sum()) == 11_104
    model = fit_seasons(DONORS)
    assert model.sound
    assert [round(value, 3) for value in (model.alpha, model.beta, model.gamma, model.delta)] == [
        1.204, 0.750, 0.657, 2.783,
    ]  # fmt: skip
    assert round(model.log_likelihood, 2) == -33225.58


def test_published_expectations() -> None:
    # R package BTYD 2.4.3: the walkthrough with its fitted parameters, and the example of bgbb.Expectation.
    model = fit_seasons(DONORS)
    assert model.orders_to_come([0, 4], [0, 5], 6, seasons=10) == pytest.approx([0.1302169, 3.627858], rel=5e-5)
    rounded = SeasonModel(1.20, 0.75, 0.66, 2.78)
    printed = {1: 0.4973166, 2: 0.9207078, 3: 1.2927317, 4: 1.6266289, 9: 2.9469256, 10: 3.1649902}
    assert {n: float(rounded.expected_orders(n)) for n in printed} == pytest.approx(printed, abs=5e-8)


def beta(one: float, other: float) -> float:
    return math.gamma(one) * math.gamma(other) / math.gamma(one + other)


def written_out(model: SeasonModel, x: int, t_x: int, n: int) -> float:
    """The likelihood of one history as the paper prints it, equation 5."""
    a, b, c, d = model.alpha, model.beta, model.gamma, model.delta
    always = beta(a + x, b + n - x) * beta(c, d + n)
    left = sum(beta(a + x, b + t_x - x + i) * beta(c + 1, d + t_x + i) for i in range(n - t_x))
    return (always + left) / (beta(a, b) * beta(c, d))


def expected_as_printed(model: SeasonModel, x: int, t_x: int, n: int, seasons: int) -> float:
    """The conditional expectation as the paper prints it, by gamma functions; it has no value at gamma = 1."""
    a, b, c, d = model.alpha, model.beta, model.gamma, model.delta
    span = [math.exp(math.lgamma(1 + d + m) - math.lgamma(c + d + m)) for m in (n, n + seasons)]
    quotient = d / (c - 1) * math.gamma(c + d) / math.gamma(1 + d) * (span[0] - span[1])
    return beta(a + x + 1, b + n - x) / beta(a, b) * quotient / written_out(model, x, t_x, n)


PARAMETERS = st.tuples(*[st.floats(0.1, 6)] * 4)
HISTORY = st.integers(0, 8).flatmap(
    lambda n: st.integers(0, n).flatmap(lambda t_x: st.tuples(st.integers(min(1, t_x), t_x), st.just(t_x), st.just(n)))
)


def columns_of(drawn: list[tuple[int, int, int]]) -> list[np.ndarray]:
    return list(np.array(drawn, float).T)


@given(st.lists(HISTORY, min_size=1, max_size=5), PARAMETERS)
@settings(max_examples=60, deadline=None)
def test_the_likelihood_is_the_papers_and_its_slopes_are_its_own(
    drawn: list[tuple[int, int, int]], parameters: tuple[float, ...]
) -> None:
    logs, columns = np.log(parameters), columns_of(drawn)
    values, slopes = _likelihood(logs, *columns)
    model = SeasonModel(*parameters)
    assert values == pytest.approx([math.log(written_out(model, *row)) for row in drawn], rel=1e-8, abs=1e-10)
    step = 1e-5
    for place in range(4):
        ahead, back = logs.copy(), logs.copy()
        ahead[place] += step
        back[place] -= step
        measured = (_likelihood(ahead, *columns)[0] - _likelihood(back, *columns)[0]) / (2 * step)
        assert slopes[:, place] == pytest.approx(measured, rel=1e-4, abs=1e-6)


@given(st.integers(0, 6), PARAMETERS)
@settings(max_examples=40, deadline=None)
def test_all_histories_of_so_many_seasons_add_up_to_one(n: int, parameters: tuple[float, ...]) -> None:
    # As many ways to buy x times with the last at t_x as there are places for the others before it.
    every = [(0, 0, n)] + [(x, t_x, n) for t_x in range(1, n + 1) for x in range(1, t_x + 1)]
    ways = [1] + [math.comb(t_x - 1, x - 1) for x, t_x, _ in every[1:]]
    values, _ = _likelihood(np.log(parameters), *columns_of(every))
    assert float(np.exp(values) @ np.array(ways)) == pytest.approx(1.0, rel=1e-9)


@given(HISTORY, PARAMETERS, st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_orders_to_come_are_those_that_the_paper_prints(
    drawn: tuple[int, int, int], parameters: tuple[float, ...], seasons: int
) -> None:
    model = SeasonModel(*parameters)
    came = float(model.orders_to_come(*drawn, seasons=seasons))
    if abs(model.gamma - 1) > 1e-3:
        assert came == pytest.approx(expected_as_printed(model, *drawn, seasons), rel=1e-6)
    x, t_x, n = drawn
    buys = (model.alpha + x) / (model.alpha + model.beta + n)
    assert came <= seasons * buys + 1e-9
    # One season ahead: it can be won, and it buys.
    assert float(model.orders_to_come(*drawn, seasons=1)) == pytest.approx(float(model.alive(*drawn)) * buys, rel=1e-9)
    # Silence never raises the chance that it can still be won.
    assert 0 <= float(model.alive(x, t_x, n + 1)) <= float(model.alive(x, t_x, n)) + 1e-12 <= 1 + 1e-9


def test_the_fit_finds_what_made_the_data_also_with_histories_of_different_length() -> None:
    rng = np.random.default_rng(5)
    rows = []
    for number in range(6000):
        buys, leaves, n = rng.beta(2.0, 3.0), rng.beta(1.0, 5.0), 4 + number % 5
        there = min(int(rng.geometric(leaves)) - 1, n)
        bought = np.flatnonzero(rng.random(there) < buys) + 1
        rows.append((len(bought), int(bought.max(initial=0)), n))
    model = fit_seasons(pd.DataFrame(rows, columns=["x", "t_x", "n"]))
    assert model.sound
    assert model.alpha / (model.alpha + model.beta) == pytest.approx(0.4, rel=0.05)
    assert model.gamma / (model.gamma + model.delta) == pytest.approx(1 / 6, rel=0.15)


def test_weights_stand_for_equal_rows() -> None:
    few = pd.DataFrame({"x": [0, 1, 2, 3, 4], "t_x": [0, 2, 4, 4, 4], "n": 4, "weight": [5, 3, 4, 2, 6]})
    rows = few.loc[few.index.repeat(few["weight"]), ["x", "t_x", "n"]]
    assert fit_seasons(few).log_likelihood == pytest.approx(fit_seasons(rows).log_likelihood, rel=1e-9)


def test_no_accounts_and_accounts_that_never_miss_are_no_sound_fit() -> None:
    assert not fit_seasons(pd.DataFrame({"x": [], "t_x": [], "n": []})).sound
    assert not fit_seasons(pd.DataFrame({"x": [6] * 30, "t_x": 6, "n": 6})).sound


SPRINGS = [date(year, 3, 1) for year in (2021, 2022, 2023, 2024, 2025)]


def test_a_history_of_seasons_worked_by_hand() -> None:
    # Seasons 2021 to 2023 and 2024 up to 28 February 2025; that of 2025 is not over. Two orders in one season are one.
    days = {
        "a": ["2021-03-01", "2021-09-01", "2023-02-28", "2025-03-01"],
        "b": ["2023-03-01", "2025-02-28"],
        "before": ["2021-02-28"],
        "now": ["2025-05-01"],
    }
    found = season_histories(orders_frame(days), owners_frame(*days), starts=SPRINGS, as_of=AS_OF)
    assert found.values.tolist() == [["a", 1, 1, 3], ["b", 1, 1, 1]]
    mixed = season_histories(orders_frame(days), owners_frame(*days), starts=SPRINGS[::-1], as_of=date(2025, 3, 1))
    assert mixed.values.tolist() == found.values.tolist()


def test_pools_other_regions_and_orders_posted_later_are_in_no_history() -> None:
    days = {name: ["2023-05-01"] for name in ("pool", "away", "late", "in")}
    orders = orders_frame(days)
    orders.loc[orders["owner_id"] == "late", "date"] = pd.Timestamp("2025-07-01")
    owners = owners_frame(*days, type=["pool", "customer", "customer", "customer"], is_home=[True, False, True, True])
    assert season_histories(orders, owners, starts=SPRINGS, as_of=AS_OF)["owner_id"].tolist() == ["in"]
    assert season_histories(orders, owners, starts=SPRINGS[:1], as_of=AS_OF).empty
