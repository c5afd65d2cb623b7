import math
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.analysis import intervals
from kamreport.analysis.intervals import (
    bootstrap_interval,
    fisher_exact,
    funnel_limits,
    holm,
    ratio_interval,
    wilson_interval,
)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(successes: int, n: int, low: float, high: float) -> None:
    # Newcombe, R. G. (1998). Statistics in Medicine 17, 857-872, table I, method 3.
    assert wilson_interval(successes, n) == pytest.approx((low, high), abs=5e-5)


def test_wilson_makes_the_published_interval_of_a_difference() -> None:
    # Newcombe, R. G. (1998). Statistics in Medicine 17, 873-890, method 10: 56/70 - 48/80 is .0524 to .3339.
    # Each bound is the difference less (plus) the distances of the shares to their own bounds, squared and summed.
    (l1, u1), (l2, u2) = wilson_interval(56, 70), wilson_interval(48, 80)
    low = 0.2 - math.hypot(0.8 - l1, u2 - 0.6)
    high = 0.2 + math.hypot(u1 - 0.8, 0.6 - l2)
    assert (low, high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_wilson_without_cases_says_nothing() -> None:
    assert all(math.isnan(bound) for bound in wilson_interval(0, 0))


def test_wilson_is_narrower_at_lower_confidence() -> None:
    # z = 1.2816 (80 %), p = .5, n = 100: .5 +- 1.2816 sqrt(.0025 + 1.6424 / 40000) / 1.016424 = .5 +- .06356
    assert wilson_interval(50, 100, confidence=0.8) == pytest.approx((0.43644, 0.56356), abs=1e-5)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(max_examples=60, deadline=None)
def test_wilson_holds_the_share_stays_within_0_and_1_and_mirrors(case: tuple[int, int]) -> None:
    successes, n = case
    low, high = wilson_interval(successes, n)
    assert 0 <= low <= successes / n + 1e-12
    assert successes / n - 1e-12 <= high <= 1
    mirrored = wilson_interval(n - successes, n)
    assert (low, high) == pytest.approx((1 - mirrored[1], 1 - mirrored[0]), abs=1e-12)


def test_funnel_limits_are_the_exact_binomial_quantiles() -> None:
    # n = 10, p = .5, 5 % a side: P(X <= 1) = 11/1024 < .05 <= P(X <= 2) = 56/1024,
    # and P(X <= 7) = 968/1024 < .95 <= P(X <= 8) = 1013/1024.
    assert funnel_limits(0.5, 10, confidence=0.9) == (0.2, 0.8)


def test_funnel_limits_let_one_region_in_five_hundred_out_at_most() -> None:
    from scipy.stats import binom

    low, high = funnel_limits(0.06, 60)
    assert binom.cdf(low * 60 - 1, 60, 0.06) <= 0.001
    assert binom.sf(high * 60, 60, 0.06) <= 0.001
    assert binom.sf(high * 60 - 1, 60, 0.06) > 0.001  # a limit one case lower would be too tight


def test_funnel_limits_without_cases_say_nothing_and_without_a_rate_are_0() -> None:
    assert all(math.isnan(limit) for limit in funnel_limits(0.1, 0))
    assert funnel_limits(0.0, 40) == (0.0, 0.0)


def test_the_interval_of_a_mean_has_the_width_of_the_normal_one_for_many_values() -> None:
    # Values 1 to 400: s = 115.47 (n), 1.96 s / 20 = 11.316; the mean is 200.5.
    low, high = bootstrap_interval([float(value) for value in range(1, 401)])
    assert low == pytest.approx(200.5 - 11.316, abs=1.0)
    assert high == pytest.approx(200.5 + 11.316, abs=1.0)


def test_the_interval_of_a_mean_of_equal_values_is_a_point_and_of_one_value_unknown() -> None:
    assert bootstrap_interval([3.0] * 5) == pytest.approx((3.0, 3.0))
    assert all(math.isnan(bound) for bound in bootstrap_interval([3.0]))
    assert all(math.isnan(bound) for bound in bootstrap_interval([]))


def test_the_same_data_give_the_same_interval() -> None:
    assert bootstrap_interval([1.0, 5.0, 9.0, 2.0]) == bootstrap_interval([1.0, 5.0, 9.0, 2.0])


def test_the_interval_of_a_ratio_resamples_owners_and_not_their_shares() -> None:
    # Each owner kept 80 %: every resample of whole owners gives 80 %, whatever their size.
    base = pd.Series([10.0, 1000.0, 50.0])
    assert ratio_interval(0.8 * base, base) == pytest.approx((0.8, 0.8))


def test_the_interval_of_a_ratio_of_two_owners_runs_from_one_to_the_other() -> None:
    # A quarter of the resamples draws the one owner twice, a quarter the other: the 2.5 % quantiles are the extremes.
    assert ratio_interval(pd.Series([50.0, 100.0]), pd.Series([100.0, 100.0])) == pytest.approx((0.5, 1.0))


@pytest.mark.parametrize(("numerator", "denominator"), [([1.0], [2.0]), ([], []), ([0.0, 0.0], [0.0, 0.0])])
def test_the_interval_of_a_ratio_is_unknown_below_two_owners_or_without_a_base(
    numerator: list[float], denominator: list[float]
) -> None:
    bounds = ratio_interval(pd.Series(numerator, dtype=float), pd.Series(denominator, dtype=float))
    assert all(math.isnan(bound) for bound in bounds)


def test_of_many_owners_the_interval_of_a_ratio_is_what_resampling_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(7)
    base = pd.Series(random.lognormal(0, 1, 1500))
    kept = base * random.uniform(0, 1.2, 1500)
    quick = ratio_interval(kept, base)
    monkeypatch.setattr(intervals, "_MANY", 10_000)
    slow = ratio_interval(kept, base)
    assert quick == pytest.approx(slow, abs=0.1 * (slow[1] - slow[0]))
    assert quick != slow, "both were resampled"


# Comparing proportions


@pytest.mark.parametrize(
    ("table", "p"),
    [
        ((3, 4, 1, 4), 0.4857),  # Fisher (1935): the lady tasting tea; Agresti (2002), Categorical Data Analysis, 3.5.2
        ((10, 13, 2, 17), 0.0005367),  # Fisher (1935): convictions of like-sex twins of criminals; R, ?fisher.test
    ],
)
def test_fisher_s_test_gives_the_published_figures(table: tuple[int, int, int, int], p: float) -> None:
    assert fisher_exact(*table) == pytest.approx(p, rel=2e-4)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=2, max_size=2))
def test_fisher_s_test_is_the_sum_over_all_tables_that_are_no_likelier(rows: list[tuple[int, int]]) -> None:
    (a, b), (c, d) = rows
    n, m, won = a + b, c + d, a + c
    chances = {k: math.comb(n, k) * math.comb(m, won - k) for k in range(max(0, won - m), min(n, won) + 1)}
    rare = sum(chance for chance in chances.values() if chance <= chances[a] * (1 + 1e-7))
    assert fisher_exact(a, n, c, m) == pytest.approx(rare / math.comb(n + m, won), rel=1e-6)


def test_holm_by_hand() -> None:
    # 0.005 x 4, 0.01 x 3, 0.03 x 2, and 0.04 x 1, which may not be below the one before it.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_leaves_out_what_was_not_compared_and_never_passes_one() -> None:
    adjusted = holm([float("nan"), 0.6, 0.04])
    assert math.isnan(adjusted[0])
    assert adjusted[1:] == pytest.approx([0.6, 0.08])
    assert holm([0.9, 0.8]).tolist() == [1.0, 1.0]
    assert holm([]).tolist() == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_is_bonferroni_of_every_family_that_a_comparison_belongs_to(values: list[float]) -> None:
    # The closure principle: a hypothesis falls if every set of hypotheses with it falls by Bonferroni.
    expected = [
        max(
            min(1.0, size * min(values[place] for place in family))
            for size in range(1, len(values) + 1)
            for family in combinations(range(len(values)), size)
            if one in family
        )
        for one in range(len(values))
    ]
    assert holm(values) == pytest.approx(expected)
