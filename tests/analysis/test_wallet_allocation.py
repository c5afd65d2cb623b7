"""The Wallet Allocation Rule against its printed table, and what one rank up is worth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kamreport.analysis.wallet_allocation import wallet_allocation, wallet_rule
from tests.analysis.frames import WINDOW
from tests.present.of_rival_shares import accounts, ranked, spend, told


@pytest.mark.parametrize(("n", "printed"), [(2, [0.67, 0.33]), (3, [0.50, 0.33, 0.17]), (4, [0.40, 0.30, 0.20, 0.10])])
def test_the_rule_gives_the_printed_table(n: int, printed: list[float]) -> None:
    assert wallet_rule(range(1, n + 1)).round(2).tolist() == printed


def test_ties_share_the_mean_of_their_ranks_however_they_are_counted() -> None:
    assert wallet_rule([1, 2, 2, 4]).tolist() == pytest.approx([0.4, 0.25, 0.25, 0.1])
    assert wallet_rule([1, 2, 2, 3]).tolist() == wallet_rule([1, 2, 2, 4]).tolist()
    assert np.isnan(wallet_rule([1])).all()


@given(st.lists(st.integers(1, 9), min_size=2, max_size=12))
def test_the_shares_of_an_account_add_up_to_one_and_fall_with_the_rank(ranks: list[int]) -> None:
    shares = wallet_rule(ranks)
    assert shares.sum() == pytest.approx(1)
    assert all(a > b for a, r in zip(shares, ranks, strict=True) for b, s in zip(shares, ranks, strict=True) if r < s)


def test_one_rank_up_is_worth_the_rules_difference_by_hand() -> None:
    found = ranked({"own": 0.2, "x": 0.5, "y": 0.3}, {"own": 0.5, "x": 0.5}, {"own": 0.9, "x": 0.1})
    third, tied = (found.steps.set_index("account_id").loc[id_] for id_ in ("A000", "A001"))
    # Third of three 1/6, second 1/3: 166,667 of a million. Beside another 1/2, alone 2/3.
    assert (third["rank"], third["above"], third["worth"]) == (3, "y", pytest.approx(1e6 / 6))
    assert (tied["rank"], tied["above"], tied["worth"]) == (1.5, "x", pytest.approx(1e6 / 6))
    assert (found.judged, found.first, len(found.steps)) == (3, 1, 2)
    gaps = [abs(1 / 6 - 0.2), abs(0.5 - 0.5), abs(1 / 3 - 0.3), 0, 0, abs(2 / 3 - 0.9), abs(1 / 3 - 0.1)]
    assert found.error == pytest.approx(sum(gaps) / len(gaps))


def test_who_ranks_fewer_than_two_is_left_out_and_counted() -> None:
    found = ranked({"own": 1.0}, {"own": 0.2, "x": 0.8})
    assert (found.judged, found.too_few, found.steps["account_id"].tolist()) == (1, 1, ["A001"])
    assert set(found.frame["account_id"]) == {"A001"}
    nobody = ranked({"own": 0.6, "x": 0.4}, ranks=False)
    assert (nobody.judged, nobody.too_few) == (0, 1)


def test_a_ranking_without_us_says_nothing_of_our_rank() -> None:
    found = ranked({"own": 0.1, "x": 0.5, "y": 0.4}, {"own": 0.6, "x": 0.4}, unranked=["A000"])
    assert (found.judged, found.first, found.behind, found.too_few, found.without_us) == (1, 1, 0, 0, 1)
    assert set(found.frame["account_id"]) == {"A001"}


def test_accounts_of_one_owner_are_one_key_account() -> None:
    found = ranked({"own": 0.2, "x": 0.8}, {"own": 0.3, "x": 0.7}, {"own": 0.8, "x": 0.2}, owner="A000")
    assert (found.judged, found.first, found.behind, len(found.steps)) == (1, 0, 1, 2)


def test_the_newest_ranking_counts() -> None:
    pair = ({"own": 0.1, "x": 0.9}, {"own": 0.8, "x": 0.2})
    found = wallet_allocation(told(pair), spend(1), accounts(1), accounts(1), window=WINDOW)
    assert (found.first, len(found.steps)) == (1, 0)
