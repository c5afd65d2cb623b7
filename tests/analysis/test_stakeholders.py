"""Whose voice counts: the score by hand, who is judged, who is called against us."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kamreport.analysis.stakeholders import stakeholders
from tests.present.of_rival_shares import accounts, voices

PEOPLE = st.lists(st.tuples(st.integers(1, 100), st.integers(-2, 2)), min_size=2, max_size=4)


def test_support_is_the_stances_weighted_by_influence_by_hand() -> None:
    found = voices([(90, -1), (30, 2), (80, 1)])
    row = found.frame.iloc[0]
    assert row["support"] == pytest.approx((-90 + 60 + 80) / (2 * 200))
    assert (row["contacts"], row["rated"], row["heaviest"], row["is_against"]) == (3, 3, -1, True)
    levels = found.levels.set_index("level")["support"]
    assert levels.to_dict() == {"decision": -0.5, "executive": 1.0, "user": 0.5}


@pytest.mark.parametrize(
    ("people", "is_against"),
    [
        ([(90, 2), (40, -1)], False),
        ([(40, -1), (30, 2)], True),  # the sum is for us, who counts most is not
        ([(60, 1), (50, -2)], True),  # the other way round
        ([(60, -1), (60, 2)], False),  # of two who count alike the kinder one
        ([(60, 0), (60, 0)], False),
    ],
)
def test_an_account_is_against_us_by_the_sum_or_by_who_counts_most(
    people: list[tuple[float, float]], is_against: bool
) -> None:
    assert voices(people).frame["is_against"].tolist() == [is_against]


def test_who_has_left_or_is_not_rated_does_not_count_and_one_is_too_few() -> None:
    contacts = pd.DataFrame(
        {
            "contact_id": list("abcdef"),
            "account_id": ["A000"] * 4 + ["A001"] * 2,
            "level": "user",
            "influence": [50.0, 50.0, 99.0, None, 80.0, 0.0],
            "stance": [1.0, 1.0, -2.0, -2.0, -2.0, None],
            "left_on": pd.to_datetime([None, "2025-07-01", "2025-06-30", None, None, None]),
        }
    )
    found = stakeholders(contacts, accounts(3), accounts(3), as_of=date(2025, 7, 1))
    row = found.frame.iloc[0]
    assert (row["contacts"], row["rated"], row["support"]) == (3, 2, 0.5)
    assert (found.judged, found.keys, found.without) == (1, 3, 1)
    weightless = contacts.assign(influence=0.0, stance=-1.0)
    assert stakeholders(weightless, accounts(3), accounts(3), as_of=date(2025, 7, 1)).judged == 0


def test_accounts_of_one_owner_are_one_and_the_dearest_comes_first() -> None:
    found = voices([(90, -2), (30, 1)], [(90, -1), (30, 1)])
    found.frame.loc[found.frame["owner_id"] == "A001", "margin"] = 5e5
    assert found.against["owner_id"].tolist() == ["A001", "A000"]
    one = accounts(2).assign(owner_id="A000")
    people = pd.DataFrame(
        {"contact_id": ["1", "2"], "account_id": ["A000", "A001"], "level": "user", "influence": 50.0, "stance": -1.0}
    ).assign(left_on=pd.NaT)
    row = stakeholders(people, one, accounts(1), as_of=date(2025, 7, 1)).frame.iloc[0]
    assert (row["rated"], row["margin"], row["support"]) == (2, 4e5, -0.5)


@given(PEOPLE)
def test_support_lies_between_all_against_and_all_for_us_and_turns_with_the_stances(
    people: list[tuple[int, int]],
) -> None:
    (score,) = voices(people).frame["support"]
    (turned,) = voices([(weight, -stance) for weight, stance in people]).frame["support"]
    assert -1 <= score <= 1
    assert turned == pytest.approx(-score)
