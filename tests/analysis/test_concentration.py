import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.analysis.concentration import (
    concentration,
    concentration_trend,
    gini,
    owners_for_share,
    ranking,
    top_share,
)
from tests.analysis.frames import WINDOW, ledger_frame, monthly, owners_frame, profit_frame


def ranked(*values: float) -> pd.DataFrame:
    return ranking(profit_frame((f"o{place}", value, value) for place, value in enumerate(values)), column="revenue")


def test_the_owner_that_crosses_a_line_belongs_to_the_better_class() -> None:
    # Cumulated before each: 0, 50, 81, 94 %. The second crosses 80, the third stays below 95, the fourth crosses it.
    assert ranked(50, 31, 13, 4, 2)["abc"].tolist() == ["A", "A", "B", "B", "C"]


def test_a_line_that_is_reached_exactly_closes_its_class() -> None:
    assert ranked(80, 15, 5)["abc"].tolist() == ["A", "B", "C"]


def test_ten_equal_owners_are_eight_a_and_two_b_despite_the_rounding_of_tenths() -> None:
    # .1 added eight times is .7999999999999999 in floating point.
    frame = ranked(*[10.0] * 10)
    assert frame["abc"].tolist() == ["A"] * 8 + ["B"] * 2
    assert owners_for_share(frame) == 8


def test_equal_owners_are_ranked_by_id() -> None:
    frame = ranking(profit_frame([("b", 5, 1), ("a", 5, 1), ("c", 9, 1)]), column="revenue")
    assert frame[["owner_id", "rank"]].values.tolist() == [["c", 1], ["a", 2], ["b", 3]]


def test_who_takes_from_the_total_is_class_c_however_far_the_sum_falls() -> None:
    # Of the positive total of 110: 100 is 91 %, 10 the rest; then the sum falls to 70/110 = 64 %.
    frame = ranked(100, 10, -30, -10)
    assert frame["cumulative"].tolist() == pytest.approx([100 / 110, 1.0, 100 / 110, 70 / 110])
    assert frame["abc"].tolist() == ["A", "B", "C", "C"]


def test_the_first_owner_makes_80_percent_though_losers_pull_the_sum_below_it_again() -> None:
    assert owners_for_share(ranked(100, 10, -30, -10)) == 1


@pytest.mark.parametrize("values", [(), (0.0, 0.0), (-5.0, -1.0)])
def test_without_a_positive_total_nobody_makes_80_percent_and_all_are_c(values: tuple[float, ...]) -> None:
    frame = ranked(*values)
    assert owners_for_share(frame) == 0
    assert frame["abc"].tolist() == ["C"] * len(values)
    assert frame["share"].tolist() == [0.0] * len(values)


def test_one_owner_is_all() -> None:
    frame = ranked(7)
    assert frame[["rank", "share", "cumulative", "abc"]].values.tolist() == [[1, 1.0, 1.0, "A"]]
    assert (owners_for_share(frame), top_share(frame["revenue"], 5), gini(frame["revenue"])) == (1, 1.0, 0.0)


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=30).filter(any))
@settings(max_examples=50, deadline=None)
def test_shares_sum_to_one_and_the_counted_owners_are_the_smallest_set(values: list[int]) -> None:
    frame = ranked(*values)
    assert frame["share"].sum() == pytest.approx(1)
    assert all(before <= after for before, after in pairwise(frame["abc"]))
    k, largest = owners_for_share(frame), sorted(values, reverse=True)
    # In whole numbers: 10 times the sum of k reaches 8 times the total, that of k - 1 does not.
    assert 10 * sum(largest[:k]) >= 8 * sum(values) > 10 * sum(largest[: k - 1])


def test_the_share_of_the_largest_is_of_the_positive_total() -> None:
    values = pd.Series([50.0, -20.0, 30.0, 20.0])
    assert top_share(values, 1) == 0.5
    assert top_share(values, 2) == 0.8
    assert top_share(values, 9) == 1.0


def test_the_share_of_the_largest_is_unknown_without_a_positive_value() -> None:
    assert math.isnan(top_share(pd.Series([-1.0, 0.0]), 1))
    assert math.isnan(top_share(pd.Series([], dtype=float), 5))


def test_gini_is_that_of_the_r_package_ineq() -> None:
    # help(ineq): x <- c(541, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261); Gini(x) is 0.4620911.
    values = pd.Series([541, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261], dtype=float)
    assert gini(values.sample(frac=1, random_state=3)) == pytest.approx(0.4620911, abs=5e-8)


def test_gini_of_equal_owners_is_0_and_of_one_among_n_that_has_all_is_1_less_1_over_n() -> None:
    assert gini(pd.Series([4.0] * 6)) == pytest.approx(0)
    assert gini(pd.Series([0.0, 0.0, 0.0, 8.0])) == pytest.approx(0.75)


def test_gini_without_anything_to_share_is_unknown() -> None:
    assert math.isnan(gini(pd.Series([0.0, 0.0])))
    assert math.isnan(gini(pd.Series([], dtype=float)))


def test_gini_refuses_negative_values_by_name() -> None:
    with pytest.raises(ValueError, match=r"^gini needs values of 0 or more, not -3; drop or floor the negative ones$"):
        gini(pd.Series([1.0, -3.0]))


def test_the_80_20_distribution_has_its_closed_form() -> None:
    # Pareto with alpha = log 5 / log 4: the largest share u holds u^(1 - 1/alpha) of the sum, so a fifth holds
    # .2^(.13865) = .8; Gini = 1 / (2 alpha - 1) = .7565. In 20,000 slices the inequality inside a slice is left out.
    alpha = math.log(5) / math.log(4)
    held = np.linspace(0, 1, 20_001) ** (1 - 1 / alpha)
    values = pd.Series(np.diff(held))
    frame = pd.DataFrame({"owner_id": [f"{place:05d}" for place in values.index], "name": "", "revenue": values})
    assert top_share(values, 4_000) == pytest.approx(0.8)
    assert owners_for_share(ranking(frame, column="revenue")) == 4_000
    assert gini(values) == pytest.approx(0.7565, abs=5e-5)


def test_concentration_leaves_pools_out_and_takes_the_measure_that_ranks() -> None:
    # Without the pool: revenue 60, 30, 10, 0 and margin 1, 9, 10, 0.
    profit = profit_frame([("a", 60, 1), ("b", 30, 9), ("c", 10, 10), ("d", 0, 0), ("pool", 900, 90)])
    profit["is_pool"] = profit["owner_id"] == "pool"
    found = concentration(profit, window=WINDOW, by_margin=True)
    assert found.revenue["owner_id"].tolist() == ["a", "b", "c", "d"]
    assert found.margin["owner_id"].tolist() == ["c", "b", "a", "d"]
    assert (found.revenue_80, found.margin_80) == (2, 2)
    assert (found.top_1, found.top_5) == (0.5, 1.0)
    # G = 2 (1 x 0 + 2 x 10 + 3 x 30 + 4 x 60) / (4 x 100) - 5/4 = 700/400 - 1.25 = .5
    assert found.gini == pytest.approx(0.5)
    assert concentration(profit, window=WINDOW, by_margin=False).top_1 == 0.6
    assert (found.by_margin, found.window) == (True, WINDOW)


def test_concentration_takes_net_returns_as_nothing_in_the_gini() -> None:
    found = concentration(profit_frame([("a", 100, 1), ("b", -50, -1)]), window=WINDOW, by_margin=False)
    assert found.gini == pytest.approx(0.5)


def test_concentration_of_nobody_is_empty_and_unknown() -> None:
    found = concentration(profit_frame([]), window=WINDOW, by_margin=True)
    assert (len(found.revenue), found.revenue_80, found.margin_80) == (0, 0, 0)
    assert math.isnan(found.top_1)
    assert math.isnan(found.top_5)
    assert math.isnan(found.gini)


# Over time


def _trend(*rows: tuple[object, ...], months: int = 24, **more: object) -> pd.DataFrame:
    owners = owners_frame("a", "b", **more)
    return concentration_trend(ledger_frame(rows), owners, window=WINDOW, months=months)


def test_the_trend_measures_twelve_months_at_each_quarters_end() -> None:
    found = _trend(*monthly("a", "2023-07..2025-06", 30.0), *monthly("b", "2024-07..2025-06", 10.0))
    assert [str(month.date()) for month in found["month"]] == [
        "2024-06-01", "2024-09-01", "2024-12-01", "2025-03-01", "2025-06-01",
    ]  # fmt: skip
    # b bought in none, 3, 6, 9 and 12 of the months.
    assert found["top_1"].tolist() == pytest.approx([360 / (360 + 10 * n) for n in (0, 3, 6, 9, 12)])
    assert found["top_5"].tolist() == [1.0] * 5
    assert found[["accounts", "for_80"]].values.tolist() == [[1, 1], [2, 1], [2, 1], [2, 1], [2, 2]]


def test_the_trend_begins_with_the_first_whole_window_and_leaves_pools_out() -> None:
    rows = [*monthly("a", "2024-05..2025-06", 30.0), *monthly("b", "2024-05..2025-06", 10.0)]
    assert len(_trend(*rows, months=14)) == 1
    assert _trend(*rows, months=12, type=["pool", "customer"])["top_1"].tolist() == [1.0]
    assert len(_trend(*rows, months=11)) == 0
