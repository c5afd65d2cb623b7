import pandas as pd
import pytest

from kamreport.analysis.portfolio import four_part_test, portfolio, vip_rule
from kamreport.settings import Rules
from tests.analysis.frames import NAN, company_frame, profit_frame

PROFIT = profit_frame([("a", 500, 120), ("b", 300, 30), ("c", 150, 45), ("d", 50, 15)], orders=[9, 20, 12, 1])
COMPANY = company_frame(("margin_rate_median", "", 0.24))


def test_each_part_is_asked_at_its_own_limit() -> None:
    found = four_part_test(PROFIT, COMPANY, material=40.0, by_margin=True)
    # Median of 9, 20, 12 and 1 orders: 10.5. The first 80 % of 1,000: a and b. 24 %: exactly a's rate.
    assert (found.orders, found.revenue, found.rate, found.worth) == (10.5, 300.0, 0.24, 40.0)
    grid = found.frame.set_index("owner_id")[["often", "much", "well", "matters", "passed"]]
    assert grid.to_dict("index") == {
        "a": {"often": False, "much": True, "well": True, "matters": True, "passed": 3},
        "c": {"often": True, "much": False, "well": True, "matters": True, "passed": 3},
        "b": {"often": True, "much": True, "well": False, "matters": False, "passed": 2},
        "d": {"often": False, "much": False, "well": True, "matters": False, "passed": 1},
    }
    assert found.frame["owner_id"].tolist() == ["a", "c", "b", "d"]


def test_without_cost_the_margin_is_not_tested_and_revenue_matters() -> None:
    found = four_part_test(PROFIT.assign(rate=NAN), company_frame(), material=300.0, by_margin=False)
    assert found.frame["well"].isna().all()
    assert found.frame.set_index("owner_id")["passed"].to_dict() == {"a": 2, "b": 3, "c": 1, "d": 0}


def test_pools_and_owners_at_home_elsewhere_are_not_tested() -> None:
    profit = PROFIT.assign(is_pool=[True, False, False, False], is_home=[True, False, True, True])
    assert set(four_part_test(profit, COMPANY, material=1.0, by_margin=True).frame["owner_id"]) == {"c", "d"}
    assert set(vip_rule(profit, rules=Rules(vip_revenue=100)).reached["owner_id"]) == {"c"}


def test_the_threshold_catches_who_reaches_it_and_names_who_is_within_ten_percent() -> None:
    profit = profit_frame([("a", 1000, 1), ("b", 999.99, 1), ("c", 900, 1), ("d", 899.99, 1), ("e", -5, 1)])
    found = vip_rule(profit, rules=Rules(vip_revenue=1000))
    assert found.reached["owner_id"].tolist() == ["a"]
    assert found.near["owner_id"].tolist() == ["b", "c"]
    assert found.near["missing"].tolist() == pytest.approx([0.01, 100.0])
    assert found.accounts == 4  # who returned more than it bought is none
    assert found.share == pytest.approx(1000 / 3799.98)


def test_nobody_bought() -> None:
    found = vip_rule(PROFIT.head(0))
    assert (len(found.reached), len(found.near), found.accounts) == (0, 0, 0)
    assert found.share != found.share
    assert len(four_part_test(PROFIT.head(0), COMPANY, material=1.0, by_margin=True).frame) == 0


def test_the_four_parts_divide_the_accounts_whose_potential_is_known() -> None:
    ids = list("abcde")
    measured = pd.DataFrame({"owner_id": ids, "profit": [50.0, 40, 30, 20, 10], "headroom": NAN, "deals": 0.0})
    measured["growth"] = [1.0, 2, 3, 4, NAN]
    scored = pd.DataFrame({"owner_id": ids, "name": ids, "manager_id": "m", "manager_name": "M"})
    scored["profit"], scored["potential"] = [90.0, 70, 50, 30, 10], [80.0, 20, 70, 10, NAN]
    found = portfolio(measured, scored, by_margin=True)
    # Medians of the four: 60 today, 45 potential.
    assert found.frame.set_index("owner_id")["part"].to_dict() == {
        "a": "star", "b": "harvest", "c": "develop", "d": "minor",
    }  # fmt: skip
    assert found.parts[["part", "accounts", "worth", "share"]].values.tolist() == [
        ["star", 1, 50.0, 50 / 140], ["harvest", 1, 40.0, 40 / 140], ["develop", 1, 30.0, 30 / 140],
        ["minor", 1, 20.0, 20 / 140],
    ]  # fmt: skip
    assert (found.known, found.accounts) == ({"headroom": 0, "deals": 5, "growth": 4}, 5)


def test_who_brings_nothing_is_no_star_where_most_lose() -> None:
    ids = list("abcde")
    measured = pd.DataFrame(
        {"owner_id": ids, "profit": [9.0, 0, 0, -5, -7], "headroom": NAN, "deals": 0.0, "growth": 1.0}
    )
    scored = pd.DataFrame({"owner_id": ids, "name": ids, "manager_id": "m", "manager_name": "M"})
    # Percentiles of the profit: a first, b and c level in the middle, at the median.
    scored["profit"], scored["potential"] = [90.0, 60, 60, 30, 10], [50.0, 90, 10, 80, 10]
    found = portfolio(measured, scored, by_margin=True)
    assert found.frame.set_index("owner_id")["part"].to_dict() == {
        "a": "star", "b": "develop", "c": "minor", "d": "develop", "e": "minor",
    }  # fmt: skip
