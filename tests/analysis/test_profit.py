import math

import pandas as pd
import pytest

from kamreport.analysis.profit import fake_big_accounts, margin_rate, owner_profit, whale_curve
from kamreport.period import Period
from kamreport.settings import Rules
from tests.analysis.frames import NAN, WINDOW, company_frame, ledger_frame, owners_frame, profit_frame

MEDIAN_20 = company_frame(("pocket_rate_median", "", 0.20))


def test_margin_is_over_the_lines_whose_cost_is_known() -> None:
    # Revenue 100 at cost 70 and 50 without: the margin is 30 on 100.
    ledger = ledger_frame([("a", "2025-05-01", 100, 70), ("a", "2025-06-01", 50)])
    row = owner_profit(ledger, owners_frame("a"), window=WINDOW).iloc[0]
    assert (row["revenue"], row["costed_revenue"], row["margin"], row["rate"]) == (150, 100, 30, 0.3)
    assert math.isnan(row["discount"])


def test_an_owner_without_any_cost_has_no_rate() -> None:
    found = owner_profit(ledger_frame([("a", "2025-06-01", 50)]), owners_frame("a"), window=WINDOW)
    assert found["rate"].isna().tolist() == [True]
    assert math.isnan(margin_rate(found))


def test_an_owner_with_more_returns_than_sales_has_no_rate_but_a_margin() -> None:
    found = owner_profit(ledger_frame([("a", "2025-06-01", -50, -40)]), owners_frame("a"), window=WINDOW)
    assert found["margin"].tolist() == [-10]
    assert found["rate"].isna().tolist() == [True]


def test_the_discount_is_off_the_list_price_of_the_listed_lines() -> None:
    # Two of three months have a list price: 100 and 80 charged where 150 and 90 are listed: 1 - 180/240 = 25 %.
    ledger = ledger_frame(
        [("a", month, amount) for month, amount in (("2025-04-01", 100), ("2025-05-01", 80), ("2025-06-01", 60))]
    )
    ledger["list_amount"], ledger["listed_revenue"] = [150.0, 90.0, NAN], [100.0, 80.0, 0.0]
    assert owner_profit(ledger, owners_frame("a"), window=WINDOW)["discount"].tolist() == [0.25]


def test_owners_come_with_the_largest_revenue_first_and_pools_marked() -> None:
    ledger = ledger_frame(
        [("a", "2025-06-01", 10, 5, 2), ("b", "2025-06-01", 10, 5, 3), ("p", "2025-06-01", 90, 50, 9)]
    )
    found = owner_profit(ledger, owners_frame("a", "b", "p", type=["customer", "customer", "pool"]), window=WINDOW)
    assert found[["owner_id", "is_pool", "orders"]].values.tolist() == [
        ["p", True, 9],
        ["a", False, 2],
        ["b", False, 3],
    ]


def test_an_owner_that_is_known_twice_is_an_error() -> None:
    with pytest.raises(pd.errors.MergeError):
        owner_profit(ledger_frame([("a", "2025-06-01", 1)]), owners_frame("a", "a"), window=WINDOW)


def test_nobody_bought() -> None:
    found = owner_profit(ledger_frame([]), owners_frame("a"), window=WINDOW)
    assert len(found) == 0
    assert math.isnan(margin_rate(found))
    curve = whale_curve(found)
    assert (len(curve.frame), curve.total, curve.peak, math.isnan(curve.give_back)) == (0, 0.0, 0.0, True)
    fakes = fake_big_accounts(found, MEDIAN_20)
    assert (fakes.big, len(fakes.fakes), math.isnan(fakes.usual["discount"])) == (0, 0, True)


def test_the_whale_curve_rises_to_its_peak_and_falls_to_the_total() -> None:
    # 70 + 50 = 120 at the peak, then 0, then 20 and 10 given back: 90 in all, 30/90 given back.
    curve = whale_curve(profit_frame([("a", 1, 50), ("b", 1, -20), ("c", 1, 70), ("d", 1, -10), ("e", 1, 0)]))
    assert curve.frame["owner_id"].tolist() == ["c", "a", "e", "d", "b"]
    assert curve.frame["cumulative"].tolist() == [70, 120, 120, 110, 90]
    assert curve.frame["rank"].tolist() == [1, 2, 3, 4, 5]
    assert (curve.peak, curve.total, curve.give_back) == (120, 90, pytest.approx(1 / 3))
    assert curve.losing["owner_id"].tolist() == ["b", "d"]


def test_pools_are_not_on_the_whale_curve() -> None:
    profit = profit_frame([("a", 1, 50), ("pool", 1, -80)], is_pool=[False, True])
    assert whale_curve(profit).frame["owner_id"].tolist() == ["a"]


@pytest.mark.parametrize("margins", [(10.0, -10.0), (10.0, -30.0), (-1.0, -2.0)])
def test_without_profit_nothing_can_be_given_back_in_percent(margins: tuple[float, float]) -> None:
    curve = whale_curve(profit_frame([("a", 1, margins[0]), ("b", 1, margins[1])]))
    assert math.isnan(curve.give_back)
    assert curve.total == sum(margins)
    assert curve.peak == max(margins[0], 0)


def fakes_of(profit: pd.DataFrame, median: float = 0.20, rules: Rules | None = None) -> list[str]:
    company = company_frame(("pocket_rate_median", "", median))
    return list(fake_big_accounts(profit, company, rules=rules or Rules()).fakes["owner_id"])


@pytest.mark.parametrize(
    ("rate", "median", "fake"),
    [
        (0.20, 0.30, True),  # exactly ten points below; .30 - .10 is .19999999999999998 in floating point
        (0.2001, 0.30, False),
        (0.09, 0.19, True),
        (0.0901, 0.19, False),
    ],
)
def test_a_big_account_is_fake_from_ten_points_below_the_median_on(rate: float, median: float, *, fake: bool) -> None:
    assert fakes_of(profit_frame([("a", 100, 100 * rate)]), median) == (["a"] if fake else [])


@pytest.mark.parametrize(("margin", "fake"), [(0.0, True), (0.01, False)])
def test_a_big_account_without_margin_is_fake_whatever_the_median(margin: float, *, fake: bool) -> None:
    # The median is 5 %: ten points below it would be -5 %.
    assert fakes_of(profit_frame([("a", 100, margin)]), 0.05) == (["a"] if fake else [])


def test_only_the_owners_that_make_the_first_80_percent_are_big() -> None:
    # Of 100: 50 and 30 reach 80 exactly. The third loses money and is not big.
    profit = profit_frame([("a", 50, -5), ("b", 30, -1), ("c", 20, -9)])
    found = fake_big_accounts(profit, MEDIAN_20)
    assert (found.big, found.fakes["owner_id"].tolist()) == (2, ["a", "b"])
    assert fakes_of(profit, rules=Rules(fake_revenue_share=0.81)) == ["a", "c", "b"]


def test_fakes_are_ordered_by_what_they_fall_short_of_the_median() -> None:
    # Short of 20 %: a .2 x 40 - 2 = 6; b .2 x 40 + 1 = 9.
    found = fake_big_accounts(profit_frame([("a", 40, 2), ("b", 40, -1), ("c", 20, 5)]), MEDIAN_20)
    assert found.fakes[["owner_id", "shortfall"]].values.tolist() == [["b", 9.0], ["a", 6.0]]
    assert found.frame.set_index("owner_id")["is_big"].to_dict() == {"a": True, "b": True, "c": False}


def test_a_pool_is_never_a_fake_big_account_and_does_not_hide_one() -> None:
    # With the pool in the ranking, a would not be among the first 80 %.
    profit = profit_frame([("pool", 900, -50), ("a", 50, -5)], is_pool=[True, False])
    assert fakes_of(profit) == ["a"]


def test_an_owner_at_home_elsewhere_is_not_accused_here() -> None:
    profit = profit_frame([("away", 500, -50), ("a", 50, -5)], is_home=[False, True])
    assert fakes_of(profit) == ["a"]


def test_an_owner_whose_cost_is_not_known_is_not_accused() -> None:
    profit = profit_frame([("a", 100, 0)], rate=NAN, pocket_rate=NAN, costed_revenue=0.0)
    assert fakes_of(profit) == []


def test_without_a_median_only_the_margin_itself_accuses() -> None:
    found = fake_big_accounts(profit_frame([("a", 50, -5), ("b", 40, 1)]), company_frame())
    assert found.fakes["owner_id"].tolist() == ["a"]
    assert math.isnan(found.median_rate)


def test_an_owner_that_only_returned_goods_is_not_big() -> None:
    found = fake_big_accounts(profit_frame([("a", -50, -5), ("b", -40, -1)]), MEDIAN_20)
    assert (found.big, len(found.fakes)) == (0, 0)


def test_the_usual_discount_is_the_median_of_the_owners_at_home() -> None:
    profit = profit_frame([("a", 3, 1), ("b", 2, 1), ("c", 1, 1)], discount=[0.1, 0.3, NAN])
    assert fake_big_accounts(profit, MEDIAN_20).usual["discount"] == pytest.approx(0.2)


def test_the_margin_rate_weighs_owners_by_revenue() -> None:
    # (10 + 30) / (100 + 100)
    assert margin_rate(profit_frame([("a", 100, 10), ("b", 100, 30)])) == 0.2


def test_a_window_of_another_year_is_empty() -> None:
    ledger = ledger_frame([("a", "2025-06-01", 50)])
    assert len(owner_profit(ledger, owners_frame("a"), window=Period.parse("2023"))) == 0


# Beside the invoices


def test_the_pocket_margin_is_what_rebates_and_service_leave_of_the_gross_margin() -> None:
    ledger = ledger_frame([("a", "2025-06-01", 100, 70), ("b", "2025-06-01", 50, 40)])
    given_away = pd.DataFrame(
        [("a", "rebates", 4.0), ("a", "freight", 3.0), ("a", "visits", 2.0), ("c", "visits", 9.0)],
        columns=["owner_id", "step", "amount"],
    )
    found = owner_profit(ledger, owners_frame("a", "b", "c"), window=WINDOW, deductions=given_away)
    columns = ["margin", "rebates", "service", "pocket", "pocket_rate"]
    # Of a 30 - 4 - 5; b has nothing beside its invoices, and c bought nothing.
    assert found[columns].values.tolist() == [[30, 4, 5, 21, 0.21], [10, 0, 0, 10, 0.2]]
    before = owner_profit(ledger, owners_frame("a", "b"), window=WINDOW)
    assert before["pocket"].tolist() == before["margin"].tolist() == [30, 10]


# Four usual accounts, and a large one with a term of its own: 10 % off list, 1 % rebates and 2 % service are usual.
USUAL = [(name, 100.0, 20.0) for name in "bcde"]


@pytest.mark.parametrize(
    ("change", "term", "over"),
    [
        # At the usual discount it would bring 1000 x 0.9 / 0.6 = 1500.
        ({"discount": 0.4}, "discount", 500),
        ({"rebates": 160.0}, "rebates", 150),
        ({"service": 160.0}, "service", 140),
        # 20 % of 1000 less a pocket margin of -50 are short, and no term is unusual.
        ({}, "cost", 250),
        ({"discount": NAN}, "cost", 250),
    ],
)
def test_the_term_to_renegotiate_is_the_one_that_takes_most(change: dict[str, float], term: str, over: float) -> None:
    frame = profit_frame([("a", 1000.0, -50.0), *USUAL]).assign(discount=0.1)
    frame["rebates"], frame["service"] = 0.01 * frame["revenue"], 0.02 * frame["revenue"]
    for name, value in change.items():
        frame.loc[0, name] = value
    row = fake_big_accounts(frame, MEDIAN_20).fakes.iloc[0]
    assert (row["owner_id"], row["term"], row[f"over_{term}"]) == ("a", term, pytest.approx(over))
    parts = ["over_discount", "over_rebates", "over_service", "over_cost"]
    assert row[parts].sum() == pytest.approx(row["shortfall"])
