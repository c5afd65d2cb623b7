import math

import pandas as pd
import pytest

from kamreport.analysis.receivables import BUCKETS, overdue
from kamreport.results import OverdueReceivables
from kamreport.settings import Rules
from tests.analysis.frames import NAN

ACCOUNTS = pd.DataFrame(
    {
        "account_id": ["a", "b", "c"],
        "owner_id": ["a", "b", "b"],
        "name": ["A", "B", "C"],
        "manager_id": ["m1", "m1", None],
        "manager_name": ["Wang", "Wang", None],
    }
)


def ageing(rows: list[tuple[str, str, float, float, float, float, float]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["month", "account_id", "balance", *BUCKETS])
    frame["month"] = pd.to_datetime(frame["month"])
    return frame.astype({"account_id": "str", "balance": float, **dict.fromkeys(BUCKETS, float)})


def found_in(rows: list[tuple[str, str, float, float, float, float, float]]) -> OverdueReceivables:
    return overdue(ageing(rows), ACCOUNTS, loss_rates=Rules().credit_loss_rates)


JUNE = [
    ("2025-06-01", "a", 1000.0, 100.0, 50.0, 0.0, 0.0),
    ("2025-06-01", "b", 500.0, 0.0, 0.0, 0.0, 0.0),
    ("2025-06-01", "c", 300.0, 0.0, 0.0, 20.0, 200.0),
]


def test_overdue_is_added_up_over_the_buckets() -> None:
    found = found_in(JUNE)
    assert (found.balance, found.overdue, found.over_90) == (1800, 370, 200)
    assert found.month == pd.Timestamp("2025-06-01")


def test_what_is_likely_lost_follows_the_provision_matrix() -> None:
    # a: 1 % of 100 + 5 % of 50 = 3.5; c: 10 % of 20 + 30 % of 200 = 62.
    found = found_in(JUNE)
    assert found.accounts.set_index("account_id")["expected_loss"].to_dict() == pytest.approx(
        {"a": 3.5, "b": 0, "c": 62}
    )
    assert found.expected_loss == pytest.approx(65.5)
    assert overdue(ageing(JUNE), ACCOUNTS, loss_rates={"overdue_1_30": 1.0}).expected_loss == 100


def test_managers_come_with_the_most_overdue_first_and_nobody_is_a_manager_too() -> None:
    managers = found_in(JUNE).managers
    assert managers["manager_id"].tolist() == ["", "m1"]
    assert managers["overdue"].tolist() == [220, 150]
    assert managers["accounts"].tolist() == [1, 1]  # b owes nothing overdue
    assert managers["share"].tolist() == pytest.approx([220 / 370, 150 / 370])


def test_accounts_come_with_the_most_overdue_first() -> None:
    assert found_in(JUNE).accounts["account_id"].tolist() == ["c", "a", "b"]


def test_only_the_newest_month_counts_and_older_ones_are_compared() -> None:
    older = [("2025-05-01", "a", 900.0, 80.0, 0.0, 0.0, 0.0), ("2024-06-01", "a", 700.0, 0.0, 7.0, 0.0, 0.0)]
    found = found_in([*older, *JUNE])
    assert (found.overdue, found.before, found.year_ago) == (370, 80, 7)
    assert math.isnan(found_in(JUNE).before)
    assert math.isnan(found_in(JUNE).year_ago)


def test_a_bucket_that_is_not_known_is_nothing_overdue() -> None:
    found = found_in([("2025-06-01", "a", 1000.0, 10.0, NAN, NAN, NAN)])
    assert (found.overdue, found.over_90) == (10, 0)


def test_an_account_that_nobody_knows_owes_under_its_number() -> None:
    found = found_in([("2025-06-01", "x9", 100.0, 10.0, 0.0, 0.0, 0.0)])
    assert found.accounts[["owner_id", "name", "manager_name"]].values.tolist() == [["x9", "x9", ""]]


def test_nothing_overdue_has_no_shares() -> None:
    found = found_in([("2025-06-01", "b", 500.0, 0.0, 0.0, 0.0, 0.0)])
    assert (found.overdue, found.expected_loss) == (0, 0)
    assert found.managers["share"].tolist() == [0.0]


def test_no_receivables_have_no_month() -> None:
    found = found_in([])
    assert found.month is None
    assert (found.balance, found.overdue, len(found.managers), len(found.accounts)) == (0, 0, 0, 0)
    assert math.isnan(found.before)
