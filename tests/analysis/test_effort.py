import math

import pandas as pd
import pytest

from kamreport.analysis.effort import dependency, effort
from kamreport.results import Dependency, Effort
from tests.analysis.frames import NAN, WINDOW, profit_frame


def spend_frame(*rows: tuple[str, str, float, str | None]) -> pd.DataFrame:
    """Rows of (month, purpose, amount, region)."""
    frame = pd.DataFrame(list(rows), columns=["month", "purpose", "amount", "region"])
    return frame.assign(month=pd.to_datetime(frame["month"]))


FIXED = spend_frame(
    ("2025-06-01", "fixed", 50.0, "North"), ("2024-06-01", "fixed", 900.0, "North"),
    ("2025-06-01", "serve", 900.0, "North"), ("2025-06-01", "fixed", 40.0, None),
)  # fmt: skip
PROFIT = profit_frame([("a", 300, 60), ("b", 300, 30), ("c", 300, 10), ("p", 300, 20)], is_pool=[False] * 3 + [True])


def depends(profit: pd.DataFrame = PROFIT, *, region: str = "North", by_margin: bool = True) -> Dependency:
    return dependency(profit, FIXED, window=WINDOW, region=region, by_margin=by_margin)


def test_the_cover_without_an_account_by_hand() -> None:
    # Margin 120 with the pool's, fixed cost 50 of this region: 2.4 times; without a 60/50, without b 90/50.
    found = depends()
    assert (found.total, found.fixed, found.cover) == (120, 50, 2.4)
    assert found.frame["owner_id"].tolist() == ["a", "b", "c"]
    assert found.frame["share"].tolist() == [0.5, 0.25, pytest.approx(10 / 120)]
    assert found.frame["cover_without"].tolist() == [1.2, 1.8, 2.2]
    # Without a 60 are left, without b too 30: less than 50.
    assert found.bearable == 1


def test_the_company_pays_what_is_fixed_for_all() -> None:
    assert depends(region="all").fixed == 90


def test_without_fixed_cost_or_margins_there_is_no_cover() -> None:
    for found in (depends(region="South"), depends(by_margin=False)):
        assert math.isnan(found.cover)
        assert found.bearable is None
    assert depends(by_margin=False).total == 1200


def test_accounts_that_earn_nothing_carry_nothing() -> None:
    assert depends(profit_frame([("a", 300, -5), ("b", 300, 10)])).frame["owner_id"].tolist() == ["b"]


def effort_of(
    profit: pd.DataFrame, contacts: dict[str, int], *, hours: float = NAN, **columns: object
) -> Effort:  # fmt: skip
    ids = [account for account, n in contacts.items() for _ in range(n)]
    frame = pd.DataFrame({"account_id": pd.Series(ids, dtype="str"), "date": pd.Timestamp("2025-03-03")})
    frame = frame.assign(purpose="serve", hours=hours).assign(**columns)
    accounts = pd.DataFrame({"account_id": [*profit["owner_id"], "a2"], "owner_id": [*profit["owner_id"], "a"]})
    return effort(profit, frame, accounts, window=WINDOW)


def kinds(found: Effort) -> dict[str, str]:
    return dict(zip(found.frame["owner_id"], found.frame["kind"], strict=True))


FOUR = profit_frame([("a", 900, 70), ("b", 300, 20), ("c", 300, 10), ("d", 300, -10)])


def test_shares_are_of_hours_where_they_are_known_and_a_sister_counts_with_its_owner() -> None:
    found = effort_of(FOUR, {"a": 10, "a2": 10, "b": 20}, hours=2.0)
    assert found.by_hours
    rows = found.frame.set_index("owner_id")
    assert rows["effort"].to_dict() == {"a": 0.5, "b": 0.5, "c": 0, "d": 0}
    assert rows["profit"].to_dict() == {"a": 0.7, "b": 0.2, "c": 0.1, "d": 0}
    assert found.tiers[["tier", "accounts", "hours"]].values.tolist() == [["A", 2, 80], ["B", 1, 0], ["C", 1, 0]]


def test_without_hours_contacts_are_counted() -> None:
    found = effort_of(FOUR, {"a": 30, "b": 10})
    assert not found.by_hours
    assert found.frame.set_index("owner_id")["effort"].to_dict() == {"a": 0.75, "b": 0.25, "c": 0, "d": 0}


def test_over_and_under_served_are_beyond_the_ratio_an_average_account_and_chance() -> None:
    # a earns 70 % and gets 20 % of 100 contacts; d loses and gets 60 %: both beyond chance. c earns too little to be
    # called under-served.
    found = effort_of(FOUR, {"a": 20, "b": 20, "c": 0, "d": 60})
    assert kinds(found) == {"a": "under", "b": "", "c": "", "d": "over"}
    # The same shares of five contacts: a would be expected to have 3.5 and has 1, which happens.
    assert kinds(effort_of(FOUR, {"a": 1, "b": 1, "d": 3}))["a"] == ""


@pytest.mark.parametrize(
    "columns",
    [
        {"purpose": "acquire"},
        {"date": pd.NaT},
        {"date": pd.Timestamp("2024-06-30")},
        {"date": pd.Timestamp("2025-07-01")},
    ],
)
def test_plans_old_contacts_and_winning_new_accounts_do_not_count(columns: dict[str, object]) -> None:
    found = effort_of(FOUR, {"a": 9}, **columns)
    assert found.contacts == 0
    assert set(kinds(found).values()) == {""}


def test_pools_and_accounts_elsewhere_are_left_out() -> None:
    frame = FOUR.assign(is_pool=[False, True, False, False], is_home=[True, True, False, True])
    found = effort_of(frame, {"a": 9, "b": 9, "c": 9})
    assert found.frame["owner_id"].tolist() == ["a", "d"]
    assert found.contacts == 9
