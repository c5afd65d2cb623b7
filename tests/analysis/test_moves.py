"""Rivals' moves: what they touch, what is at stake, how fast they are noticed and answered."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kamreport.analysis.moves import _waiting, move_review, rival_moves
from kamreport.results import RivalMoves
from kamreport.settings import Rules

from . import frames as f

COLUMNS = [
    "event_id", "competitor_id", "kind", "region", "family", "depth", "happened_on", "noticed_on", "answered_on",
    "account_id",
]  # fmt: skip
CUT = ("e1", "x", "price", "North", "F", 0.1, "2025-04-01", "2025-05-14", None)


def events(*rows: tuple[object, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=COLUMNS)
    for name in ("happened_on", "noticed_on", "answered_on"):
        frame[name] = pd.to_datetime(frame[name])
    return frame.astype({"depth": float})


def moved(*rows: tuple[object, ...], keys: str = "a", by_margin: bool = True, days: int = 30) -> RivalMoves:
    """Of the accounts a and b at home and c elsewhere; a earns 40 in F and 5 in G, b 10 in F and loses 3 in G."""
    sold = pd.DataFrame({"owner_id": list("aabbc"), "family": list("FGFGF"), "revenue": [90.0, 10, 60, 20, 70]})
    sold = sold.assign(month=pd.Timestamp("2025-06-01"), costed_revenue=sold["revenue"], cost=[50.0, 5, 50, 23, 10])
    sold.loc[len(sold)] = ["a", "F", 999.0, pd.Timestamp("2024-06-01"), 999.0, 0.0]  # before the window
    owners = f.owners_frame("a", "b", "c", is_home=[True, True, False])
    accounts = pd.DataFrame({"account_id": ["a1", "a2", "b1", "c1"], "owner_id": list("aabc")})
    return rival_moves(
        events(*rows), sold, accounts, owners, keys=frozenset(keys), window=f.WINDOW, as_of=f.AS_OF,
        by_margin=by_margin, rules=Rules(move_answer_days=days),
    )  # fmt: skip


def test_a_move_is_one_row_with_the_accounts_at_home_that_it_touches() -> None:
    found = moved((*CUT, "a1"), (*CUT, "a2"), (*CUT, "b1"), (*CUT, "c1"), (*CUT, "zz"))
    (row,) = found.frame.to_dict("records")
    assert (row["accounts"], row["key_accounts"], row["stake"]) == (2, 1, 50.0)
    assert (row["to_notice"], row["waited"], row["is_open"]) == (43.0, 48.0, True)
    assert found.touched[["owner_id", "name", "is_key", "stake"]].values.tolist() == [
        ["a", "A", True, 40.0], ["b", "B", False, 10.0],
    ]  # fmt: skip
    assert found.keys == 1


@pytest.mark.parametrize(("family", "stake"), [("F", 50.0), ("G", 5.0), (None, 55.0)])
def test_at_stake_is_the_family_of_the_move_if_we_sell_it(family: str | None, stake: float) -> None:
    cut = (*CUT[:4], family, *CUT[5:])
    assert moved((*cut, "a1"), (*cut, "b1")).frame["stake"].tolist() == [stake]


def test_of_a_family_that_nobody_buys_here_what_is_at_stake_is_not_known() -> None:
    unsold = (*CUT[:4], "spelt otherwise", *CUT[5:])
    found = moved((*unsold, "a1"), ("e2", *CUT[1:], "b1"))
    assert found.frame["event_id"].tolist() == ["e2", "e1"]
    assert np.isnan(found.frame["stake"].iloc[1])
    assert found.frame["accounts"].tolist() == [1, 1]
    assert found.touched["stake"].isna().tolist() == [False, True]


def test_what_was_heard_of_before_it_happened_was_noticed_at_once() -> None:
    early = (*CUT[:7], "2025-03-20", None)
    assert moved((*early, "a1")).frame["to_notice"].tolist() == [0.0]


def test_where_no_cost_is_known_revenue_is_at_stake() -> None:
    assert moved((*CUT, "a1"), by_margin=False).frame["stake"].tolist() == [90.0]


def test_a_move_is_answered_when_it_is_for_all_of_its_accounts() -> None:
    half = moved((*CUT, "a1"), (*CUT[:8], "2025-05-20", "b1"))
    assert half.frame["is_open"].tolist() == [True]
    whole = moved((*CUT[:8], "2025-05-24", "a1"), (*CUT[:8], "2025-05-20", "b1"))
    assert whole.frame[["is_open", "waited"]].values.tolist() == [[False, 10.0]]


@pytest.mark.parametrize(("days", "late"), [(47, True), (48, False)])
def test_due_was_noticed_longer_ago_than_the_rule(days: int, late: bool) -> None:
    assert moved((*CUT, "a1"), days=days).frame["is_due"].tolist() == [late]


def test_of_an_account_that_nobody_names_nothing_is_at_stake_and_nothing_is_known() -> None:
    found = moved((*CUT, None), ("e2", *CUT[1:], "b1"))
    assert found.frame["event_id"].tolist() == ["e2", "e1"]
    assert found.frame["accounts"].tolist() == [1, 0]
    assert np.isnan(found.frame["stake"].iloc[1])


def test_places_and_families_that_differ_are_not_said_and_what_was_before_the_window_is_left_out() -> None:
    other = ("e1", "x", "price", "South", "G", *CUT[5:])
    old = ("e0", "x", "price", "North", "F", 0.1, "2024-06-30", "2024-07-02", None)
    found = moved((*CUT, "a1"), (*other, "b1"), (*old, "a1"))
    assert found.frame[["event_id", "region", "family"]].values.tolist() == [["e1", "", ""]]


def test_the_open_ones_come_first_by_their_stake_then_the_newest() -> None:
    rows = [
        ("small", *CUT[1:], "b1"), ("large", *CUT[1:], "a1"),
        ("done", *CUT[1:6], "2025-06-01", "2025-06-02", "2025-06-03", "a1"),
        ("older", *CUT[1:6], "2025-03-01", "2025-03-02", "2025-03-03", "a1"),
    ]  # fmt: skip
    assert moved(*rows).frame["event_id"].tolist() == ["large", "small", "done", "older"]


def test_no_move_at_all() -> None:
    found = moved()
    assert found.frame.empty
    assert move_review(found).frame.empty


def _log(waited: list[float], is_open: list[bool], due: list[bool] | None = None) -> RivalMoves:
    frame = pd.DataFrame({"waited": waited, "is_open": is_open, "is_due": due or True})
    frame = frame.assign(event_id=[str(n) for n in range(len(frame))], competitor_id="x", kind="bid", to_notice=7.0)
    touched = pd.DataFrame({"event_id": ["0", "1"], "owner_id": ["k", "k"], "is_key": [True, True]})
    return RivalMoves(frame, touched, touched, 9, True, Rules())


def test_only_moves_that_are_old_enough_count_as_answered_in_time_or_not() -> None:
    found = move_review(_log([5, 5, 31, 40, 3], [False, False, False, True, True], [True, False, True, True, False]))
    row = found.frame.iloc[0]
    assert (row["answered"], row["due"], row["open"], row["moves"]) == (1, 3, 2, 5)
    assert (row["key_accounts"], found.keys) == (1, 9)


def test_below_five_moves_no_median_is_said() -> None:
    row = move_review(_log([5.0] * 4, [False] * 4)).frame.iloc[0]
    assert np.isnan(row["notice_median"])
    assert np.isnan(row["answer_median"])
    assert move_review(_log([5.0] * 5, [False] * 5)).frame["answer_median"].iloc[0] == 5.0


def test_the_median_of_kaplan_and_meier_s_leukaemia_patients() -> None:
    """Freireich (1963), 6-MP: 21 remissions, 12 censored; median 23 weeks in every textbook."""
    weeks = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    group = pd.DataFrame({"waited": weeks, "is_open": [False] * 9 + [True] * 12})
    assert _waiting(group) == 23.0


@given(st.lists(st.tuples(st.integers(1, 60), st.booleans()), min_size=1, max_size=40))
def test_days_to_the_answer_are_those_of_the_product_limit_estimate(rows: list[tuple[int, bool]]) -> None:
    from scipy.stats import CensoredData, ecdf

    group = pd.DataFrame(rows, columns=["waited", "is_open"])
    median = _waiting(group)
    if group["is_open"].all():
        assert median == np.inf
        return
    left = ecdf(CensoredData.right_censored(group["waited"], group["is_open"])).sf
    reached = left.quantiles[left.probabilities <= 0.5 + 1e-9]
    assert median == (reached[0] if len(reached) else np.inf)


def test_what_is_decided_on_the_last_known_day_counts_from_then() -> None:
    assert date(2025, 7, 1) == f.AS_OF
    found = moved(("e", *CUT[1:6], "2025-06-30", "2025-06-30", None, "a1"))
    assert found.frame[["to_notice", "waited"]].values.tolist() == [[0.0, 1.0]]
