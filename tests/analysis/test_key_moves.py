import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.analysis.key_moves import chance_moves, key_list, key_moves, monthly_noise
from kamreport.results import KeyList, KeyMoves
from kamreport.settings import Rules
from tests.analysis.frames import WINDOW, company_frame, ledger_frame, monthly, owners_frame, profit_frame
from tests.analysis.test_key_accounts import REVIEWS, quarters, thresholds

HOME = owners_frame("a", "b", "c")
QUIET = ledger_frame([])


def moves(worth: dict[str, list[float | None]], ledger: pd.DataFrame = QUIET, **more: object) -> KeyMoves:
    most = max((len(values) for values in worth.values()), default=0)
    given_: dict[str, object] = {"company": thresholds(*REVIEWS[:most]), "owners": HOME, **more}
    return key_moves(quarters(worth), ledger=ledger, window=WINDOW, by_margin=False, **given_)  # type: ignore[arg-type]


def test_who_came_and_who_went_since_the_review_before_largest_change_first() -> None:
    found = moves({"a": [120, 50], "b": [70, 100], "c": [120, 61]})
    # c fell as well, and stays: 61 is above the door out.
    assert found.frame[["owner_id", "then", "now", "change", "is_up"]].values.tolist() == [
        ["a", 120.0, 50.0, -70.0, False],
        ["b", 70.0, 100.0, 30.0, True],
    ]
    assert (found.before, found.review) == (pd.Timestamp(REVIEWS[0]), pd.Timestamp(REVIEWS[1]))
    assert found.keys == 2
    assert found.matrix is None


def test_an_owner_that_no_longer_buys_is_demoted_to_nothing() -> None:
    found = moves({"a": [120, None], "b": [120, 120]})
    assert found.frame[["owner_id", "now", "is_up"]].values.tolist() == [["a", 0.0, False]]


def test_the_matrix_counts_every_account_once_by_what_it_was_a_year_ago_and_is_now() -> None:
    found = moves({"a": [120, 120, 120, 120, 50], "b": [None, None, None, None, 120], "c": [70, 70, 70, 70, 70]})
    assert found.matrix is not None
    assert found.matrix.to_numpy().tolist() == [[0, 1, 0], [0, 1, 0], [1, 0, 0]]
    assert found.year_ago == pd.Timestamp(REVIEWS[0])


@pytest.mark.parametrize("worth", [{}, {"a": [120]}])
def test_with_less_than_two_reviews_nobody_has_moved(worth: dict[str, list[float | None]]) -> None:
    found = moves(worth)
    assert (len(found.frame), found.review, found.before, found.by_chance, found.at_most) == (0, None, None, 0.0, 0)


def test_pools_and_owners_at_home_elsewhere_do_not_move() -> None:
    owners = HOME.assign(type=["pool", "customer", "customer"], is_home=[True, False, True])
    assert moves({"a": [50, 120], "b": [50, 120], "c": [50, 120]}, owners=owners).frame["owner_id"].tolist() == ["c"]


def test_noise_knows_neither_the_season_nor_steady_growth() -> None:
    # Three times as much in June as in January, and 10 more than a year before in every month: no noise.
    same = [("a", str(month), 100.0 + 40 * month.month + 10 * (month in WINDOW)) for month in WINDOW.trailing(24)]
    noise = monthly_noise(ledger_frame(same), window=WINDOW, by_margin=False)
    assert noise.tolist() == pytest.approx([0.0])


def test_noise_is_the_deviation_of_the_twelve_differences() -> None:
    # This year 10 and 30 in turn, last year nothing: differences of mean 20, deviation sqrt(12 * 100 / 11).
    rows = [("a", str(month), 10.0 if at % 2 else 30.0) for at, month in enumerate(WINDOW)]
    assert monthly_noise(ledger_frame(rows), window=WINDOW, by_margin=False)["a"] == pytest.approx((1200 / 11) ** 0.5)
    costed = ledger_frame([(*row, row[2] / 2) for row in rows])
    assert monthly_noise(costed, window=WINDOW, by_margin=True)["a"] == pytest.approx((300 / 11) ** 0.5)


def _review(value: float, *, was_key: bool, enter: float = 100.0, leave: float = 80.0) -> pd.DataFrame:
    return pd.DataFrame({"value": [value], "was_key": [was_key], "enter": [enter], "leave": [leave]})


@settings(deadline=None)
@given(
    then=st.floats(0, 200),
    now=st.floats(0, 200),
    noise=st.floats(1, 80),
    was_key=st.booleans(),
)
def test_the_chance_to_move_is_what_a_simulation_gives(then: float, now: float, noise: float, was_key: bool) -> None:
    first, last = _review(then, was_key=was_key), _review(now, was_key=was_key)
    chance = float(chance_moves(first, last, np.array([noise]))[0])
    swing = np.random.default_rng(7).normal(0, noise / 2, 20_000)
    middle = (then + now) / 2
    keys = middle - swing >= (80.0 if was_key else 100.0)
    stays = np.where(keys, middle + swing >= 80.0, middle + swing >= 100.0)
    assert chance == pytest.approx(float((keys != stays).mean()), abs=0.02)


def test_who_does_not_fluctuate_does_not_move_by_chance() -> None:
    both = _review(100.0, was_key=False)
    assert chance_moves(both, both, np.array([0.0])).tolist() == [0.0]


def test_the_moves_to_be_expected_are_the_sum_over_the_accounts() -> None:
    # a lies below the door in with noise, b far away; two reviews a quarter apart differ by three months.
    ledger = ledger_frame(
        [("a", str(month), 5.0 * (at % 2)) for at, month in enumerate(WINDOW)] + monthly("b", str(WINDOW), 5.0)
    )
    found = moves({"a": [99, 97], "b": [1000, 1000]}, ledger)
    noise = monthly_noise(ledger, window=WINDOW, by_margin=False)["a"]
    alone = chance_moves(
        _review(99, was_key=False, leave=60), _review(97, was_key=False, leave=60), np.array([noise * 3**0.5])
    )
    assert found.by_chance == pytest.approx(float(alone[0]))
    # The mean of 98 lies 2 below the door: P(D > 4), D normal with deviation 2.61 x 1.73.
    assert found.by_chance == pytest.approx(0.188, abs=0.002)
    assert found.at_most == 1  # P(Poisson(0.19) > 1) = 1.6 %, P(> 0) = 17 %


NOW = profit_frame([("a", 900, 90), ("b", 700, 70), ("c", 50, 5)])
LISTED = owners_frame("a", "b", "c", tier=["other", "key", "key"])


def checked(now: pd.DataFrame = NOW, before: pd.DataFrame = NOW, owners: pd.DataFrame = LISTED) -> KeyList:
    rows = [("tier_keys", "", float((owners["tier"] == "key").sum())), ("key_enter", "", 60), ("key_leave", "", 40)]
    return key_list(now, before, owners, company_frame(*rows), by_margin=True)


def test_who_is_worth_more_than_the_list_is_missing_and_who_is_worth_nothing_is_undue() -> None:
    found = checked()
    assert found.missing[["owner_id", "rank", "now", "is_rising"]].values.tolist() == [["a", 1, 90.0, False]]
    assert found.undue["owner_id"].tolist() == ["c"]
    assert (found.listed, found.accounts, found.has_list, found.leave) == (2, 3, True, 40.0)


def test_who_was_not_among_the_largest_a_year_ago_is_missing_only_if_it_has_grown_much() -> None:
    owners = LISTED.assign(tier=["other", "key", "other"])
    fell = profit_frame([("a", 900, 65), ("b", 700, 70), ("c", 50, 5)])
    assert checked(before=fell, owners=owners).missing["owner_id"].tolist() == []  # 90 from 65: by less than a half
    rose = profit_frame([("a", 900, 60), ("b", 700, 70), ("c", 50, 5)])
    assert checked(before=rose, owners=owners).missing[["owner_id", "is_rising"]].values.tolist() == [["a", True]]
    gone = profit_frame([("b", 700, 70), ("c", 50, 5)])
    found = checked(before=gone, owners=owners)
    assert found.missing["growth"].isna().tolist() == [True]
    assert found.missing["is_rising"].tolist() == [True]


def test_who_has_risen_to_what_the_company_asks_for_is_missing_before_it_is_among_the_largest() -> None:
    now = profit_frame([("a", 900, 60), ("b", 700, 70), ("c", 50, 65)])
    before = profit_frame([("a", 900, 59), ("b", 700, 70), ("c", 50, 40)])
    found = checked(now, before, LISTED.assign(tier=["other", "key", "other"]))
    assert found.missing[["owner_id", "rank", "is_rising"]].values.tolist() == [["c", 2, True]]


def test_one_good_year_keeps_an_account_on_the_list() -> None:
    better = profit_frame([("a", 900, 90), ("b", 700, 70), ("c", 50, 40)])
    assert len(checked(before=better).undue) == 0


def test_worth_less_than_the_company_asks_for_nobody_is_missing() -> None:
    small = profit_frame([("a", 900, 59), ("b", 700, 50), ("c", 50, 45)])
    found = checked(small, small)
    assert (len(found.missing), len(found.undue)) == (0, 0)


def test_without_an_own_list_nothing_is_held_against_it() -> None:
    found = checked(owners=LISTED.assign(tier="other"))
    assert (found.has_list, len(found.missing), len(found.undue)) == (False, 0, 0)


def test_the_growth_that_counts_as_rising_is_a_rule() -> None:
    rows = [("tier_keys", "", 1.0), ("key_enter", "", 60.0), ("key_leave", "", 40.0)]
    before = profit_frame([("a", 900, 65), ("b", 700, 70), ("c", 50, 5)])
    owners = LISTED.assign(tier=["other", "key", "other"])
    found = key_list(NOW, before, owners, company_frame(*rows), by_margin=True, rules=Rules(key_rise=0.3))
    assert found.missing["owner_id"].tolist() == ["a"]
