import math

import pandas as pd
import pytest

from kamreport.analysis.company import company_value
from kamreport.analysis.key_accounts import key_accounts, key_quarters
from kamreport.book.opening import open_book
from kamreport.results import KeyAccounts
from kamreport.settings import Rules
from tests.analysis.frames import company_frame, owners_frame, profit_frame
from tests.conftest import MakeWorkspace, monthly_lines

REVIEWS = [f"{day}" for day in ("2024-07-01", "2024-10-01", "2025-01-01", "2025-04-01", "2025-07-01")]


def thresholds(*reviews: str, enter: float = 100, leave: float = 60) -> pd.DataFrame:
    """The same two thresholds at every review."""
    frames = [company_frame(("key_enter", "", enter), ("key_leave", "", leave), moment=review) for review in reviews]
    return pd.concat(frames, ignore_index=True) if frames else company_frame()


def quarters(values: dict[str, list[float | None]]) -> pd.DataFrame:
    """What each owner was worth at the reviews; None where it has no row."""
    rows = [
        (owner, pd.Timestamp(review), value)
        for owner, worth in values.items()
        for review, value in zip(REVIEWS, worth, strict=False)
        if value is not None
    ]
    frame = pd.DataFrame(rows, columns=["owner_id", "quarter", "value"])
    frame["quarter"] = pd.to_datetime(frame["quarter"])
    return frame.astype({"owner_id": "str", "value": float})


def kept(values: list[float | None]) -> list[bool]:
    return list(key_quarters(quarters({"a": values}), thresholds(*REVIEWS))["is_key"])


@pytest.mark.parametrize(
    ("values", "is_key"),
    [
        ([100, 99, 60, 59, 99], [True, True, True, False, False]),  # in at 100, stays to 60, must reach 100 again
        ([99, 100, 60, 60, 60], [False, True, True, True, True]),
        ([60, 99, 99, 99, 99], [False] * 5),  # between the two it stays what it was: no key account
        ([120, 10, 120, 10, 120], [True, False, True, False, True]),
    ],
)
def test_an_owner_enters_at_one_threshold_and_leaves_at_a_lower_one(
    values: list[float | None], is_key: list[bool]
) -> None:
    assert kept(values) == is_key


def test_an_owner_without_a_row_at_a_review_has_left() -> None:
    # 80 is not enough to come back in, though the row before the hole was a key account's.
    assert kept([120, None, 80]) == [True, False]


def test_owners_do_not_lend_one_another_their_rank() -> None:
    # Rows of two owners stand below one another: b begins with 80 after a's 120.
    frame = key_quarters(quarters({"b": [80, 80], "a": [120, 120]}), thresholds(*REVIEWS))
    assert frame.groupby("owner_id")["is_key"].all().to_dict() == {"a": True, "b": False}


def test_a_review_without_thresholds_knows_no_key_account() -> None:
    frame = key_quarters(quarters({"a": [500, 500]}), thresholds(REVIEWS[0]))
    assert frame["is_key"].tolist() == [True, False]


def test_a_company_that_earns_nothing_has_no_thresholds_and_no_key_account() -> None:
    assert key_quarters(quarters({"a": [-5, -1]}), company_frame())["is_key"].tolist() == [False, False]


def test_nobody_is_reviewed() -> None:
    assert len(key_quarters(quarters({}), company_frame())) == 0


HOME = owners_frame("a", "b", "c")
NOW = profit_frame([("a", 500, 100), ("b", 300, 60), ("c", 200, 40)])
BEFORE = profit_frame([("a", 400, 70), ("b", 300, 80)])


def listed(
    worth: dict[str, list[float | None]],
    *,
    owners: pd.DataFrame = HOME,
    company: pd.DataFrame | None = None,
    profit: pd.DataFrame = NOW,
    by_margin: bool = True,
) -> KeyAccounts:
    most = max((len(values) for values in worth.values()), default=0)
    known = thresholds(*REVIEWS[:most]) if company is None else company
    return key_accounts(profit, BEFORE, owners, quarters(worth), known, by_margin=by_margin)


def test_key_accounts_come_with_what_they_bring_and_the_change_to_the_year_before() -> None:
    found = listed({"a": [120, 120], "b": [120, 120], "c": [10, 10]})
    # a: 100 of the region's 200 margin, 70 the year before; b: 60, 80 the year before.
    assert found.frame[["owner_id", "margin", "share", "before", "change"]].values.tolist() == [
        ["a", 100.0, 0.5, 70.0, 30.0],
        ["b", 60.0, 0.3, 80.0, -20.0],
    ]
    assert (found.value, found.total, found.share) == (160.0, 200.0, 0.8)
    assert (found.rule, found.by_margin, found.quarter) == ("value", True, pd.Timestamp("2024-10-01"))


def test_without_cost_they_are_measured_by_revenue() -> None:
    found = listed({"a": [120]}, by_margin=False)
    assert found.frame[["share", "before", "change"]].values.tolist() == [[0.5, 400.0, 100.0]]


def test_promoted_and_demoted_are_named_against_the_review_before() -> None:
    found = listed({"a": [120, 120, 120], "b": [120, 120, 50], "c": [10, 10, 130]})
    assert (found.promoted, found.demoted) == (["C"], ["B"])
    assert found.frame["owner_id"].tolist() == ["a", "c"]


def test_the_first_review_knows_nothing_of_a_move() -> None:
    found = listed({"a": [120]})
    assert (found.promoted, found.demoted) == (None, None)
    assert found.frame["owner_id"].tolist() == ["a"]


def test_before_the_first_review_there_is_no_list() -> None:
    found = listed({})
    assert (len(found.frame), found.promoted, found.demoted, found.quarter) == (0, None, None, None)


def test_an_owner_that_stopped_for_a_year_is_demoted_at_the_review_that_misses_it() -> None:
    # The region has no row at the last review, the company has: the list is not that of an older day.
    found = listed({"a": [120, None]}, company=thresholds(*REVIEWS[:2]))
    assert (len(found.frame), found.promoted, found.demoted) == (0, [], ["A"])
    assert found.quarter == pd.Timestamp("2024-10-01")


def test_the_firms_own_list_goes_before_the_rule() -> None:
    company = pd.concat([thresholds(REVIEWS[0]), company_frame(("tier_keys", "", 1))])
    owners = HOME.assign(tier=["other", "key", "other"])
    found = listed({"a": [500]}, owners=owners, company=company)
    assert found.frame["owner_id"].tolist() == ["b"]
    assert (found.rule, found.quarter, found.promoted, found.demoted) == ("tier", None, None, None)


def test_a_region_without_a_name_on_the_firms_list_has_no_key_account() -> None:
    company = pd.concat([thresholds(REVIEWS[0]), company_frame(("tier_keys", "", 3))])
    found = listed({"a": [500]}, company=company)
    assert (len(found.frame), found.rule) == (0, "tier")


@pytest.mark.parametrize("tier", ["other", "key"])
def test_pools_and_owners_at_home_elsewhere_are_not_listed(tier: str) -> None:
    owners = HOME.assign(type=["pool", "customer", "customer"], is_home=[True, False, True], tier=tier)
    company = pd.concat([thresholds(REVIEWS[0]), company_frame(("tier_keys", "", 3.0 if tier == "key" else 0.0))])
    found = listed({"a": [500], "b": [500], "c": [500]}, owners=owners, company=company)
    assert found.frame["owner_id"].tolist() == ["c"]


def test_where_all_together_lose_money_there_is_no_share() -> None:
    found = listed({"a": [120]}, profit=profit_frame([("a", 500, 30), ("b", 300, -50)]))
    assert math.isnan(found.share)
    assert found.frame["share"].isna().all()
    assert (found.value, found.total) == (30.0, -20.0)


def test_a_key_account_that_bought_nothing_in_the_window_is_still_listed() -> None:
    found = listed({"a": [120]}, profit=NOW[NOW["owner_id"] != "a"])
    assert found.frame[["owner_id", "margin", "change"]].values.tolist() == [["a", 0.0, -70.0]]


def test_the_thresholds_of_the_company_are_the_smallest_sets_of_80_and_85_percent(
    make_workspace: MakeWorkspace,
) -> None:
    # Twelve months of 50, 30, 15 and 5 a month: 50 + 30 reach 80 %, so 30 x 12 enters; 85 % needs the third: 15 x 12.
    # The pool, larger than all, counts for nothing.
    year = [f"2024-{month:02d}" for month in range(1, 13)]
    lines = [
        line
        for account, amount in {"a": 50, "b": 30, "c": 15, "d": 5, "p": 999}.items()
        for line in monthly_lines(account, dict.fromkeys(year, float(amount)))
    ]
    accounts = [{"account_id": name, "name": name, "type": "pool" if name == "p" else "customer"} for name in "abcdp"]
    settings = make_workspace(transactions=lines, accounts=accounts, settings="[data]\nup_to = 2024-12-31\n")
    book = open_book(settings=settings)
    assert not book.by_margin
    assert company_value(book.company, "key_enter") == 360.0
    assert company_value(book.company, "key_leave") == 180.0
    profit = profit_frame([("a", 600, 0), ("b", 360, 0), ("c", 180, 0), ("d", 60, 0)])
    found = key_accounts(
        profit, profit.head(0), book.owners, book.owner_quarters, book.company, by_margin=False, rules=Rules()
    )
    assert found.frame["owner_id"].tolist() == ["a", "b"]
