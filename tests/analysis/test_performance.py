from dataclasses import dataclass
from datetime import date

import pandas as pd

from kamreport.analysis.performance import (
    account_changes,
    monthly_totals,
    owner_trends,
    period_total,
    period_totals,
    region_comparison,
)
from kamreport.period import Period
from tests.analysis.frames import NAN, WINDOW, ledger_frame, owners_frame


@dataclass(frozen=True)
class Pair:
    name: str
    current: tuple[date, date]
    past: tuple[date, date]


def daily(rows: list[tuple[str, float, float]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["date", "revenue", "cost"]).astype({"revenue": float, "cost": float})
    return frame.assign(date=pd.to_datetime(frame["date"]), costed_revenue=frame["revenue"])


# Totals


def test_a_span_holds_its_first_day_and_not_the_one_after_its_last() -> None:
    days = daily([("2025-06-01", 10, 7), ("2025-06-30", 20, 15), ("2025-07-01", 99, 1)])
    assert period_total(days, date(2025, 6, 1), date(2025, 7, 1)) == {"revenue": 30.0, "margin": 8.0}


def test_margin_leaves_out_the_revenue_whose_cost_is_unknown() -> None:
    days = daily([("2025-06-01", 10, 7), ("2025-06-02", 20, NAN)])
    days["costed_revenue"] = [10.0, 0.0]
    assert period_total(days, date(2025, 6, 1), date(2025, 7, 1)) == {"revenue": 30.0, "margin": 3.0}


def test_a_period_without_sales_is_zero() -> None:
    assert period_total(daily([]), date(2025, 6, 1), date(2025, 7, 1)) == {"revenue": 0.0, "margin": 0.0}


def test_totals_stand_beside_those_they_are_compared_with() -> None:
    days = daily([("2025-06-10", 10, 7), ("2025-05-10", 4, 1), ("2024-06-10", 8, 8)])
    june = (date(2025, 6, 1), date(2025, 7, 1))
    pairs = [
        Pair("previous", june, (date(2025, 5, 1), date(2025, 6, 1))),
        Pair("year_ago", june, (date(2024, 6, 1), date(2024, 7, 1))),
    ]
    found = period_totals(days, pairs)
    assert found.loc["previous"].to_dict() == {"revenue": 10, "margin": 3, "past_revenue": 4, "past_margin": 3}
    assert found.loc["year_ago"].to_dict() == {"revenue": 10, "margin": 3, "past_revenue": 8, "past_margin": 0}
    assert len(period_totals(days, [])) == 0


def test_a_month_without_sales_is_zero_and_not_missing() -> None:
    ledger = ledger_frame([("a", "2025-04-01", 10, 7), ("b", "2025-04-01", 5), ("a", "2025-06-01", 20, 15)])
    found = monthly_totals(ledger, Period.parse("2025-Q2"))
    assert found["revenue"].tolist() == [15, 0, 20]
    assert found["margin"].tolist() == [3, 0, 5]
    assert [f"{month:%Y-%m}" for month in found.index] == ["2025-04", "2025-05", "2025-06"]


def test_monthly_totals_of_nothing_are_zero() -> None:
    assert monthly_totals(ledger_frame([]), Period.parse("2025-Q2"))["revenue"].tolist() == [0, 0, 0]


# Contributions


def test_account_changes_begin_with_the_largest_fall() -> None:
    ledger = ledger_frame(
        [
            ("a", "2024-06-01", 100, 60),
            ("a", "2025-06-01", 70, 60),
            ("b", "2025-06-01", 50),
            ("c", "2024-06-01", 20, 10),
        ]
    )
    june = Period.parse("2025-06")
    found = account_changes(ledger, owners_frame("a", "b", "c"), measure="revenue", now=june, past=june.year_ago)
    assert found[["owner_id", "now", "past", "change"]].values.tolist() == [
        ["a", 70.0, 100.0, -30.0],
        ["c", 0.0, 20.0, -20.0],
        ["b", 50.0, 0.0, 50.0],
    ]
    by_margin = account_changes(ledger, owners_frame("a", "b", "c"), measure="margin", now=june, past=june.year_ago)
    # a: 10 against 40; c: 0 against 10; b has no cost: 0.
    assert by_margin[["owner_id", "change"]].values.tolist() == [["a", -30.0], ["c", -10.0], ["b", 0.0]]


def test_trends_have_a_column_for_every_month() -> None:
    ledger = ledger_frame(
        [("a", "2025-04-01", 1), ("a", "2025-06-01", 2), ("a", "2025-06-01", 3), ("b", "2025-03-01", 9)]
    )
    found = owner_trends(ledger, window=WINDOW, months=3)
    assert found.loc["a"].tolist() == [1, 0, 5]
    assert list(found.index) == ["a"]
    assert owner_trends(ledger_frame([]), window=WINDOW).shape == (0, 13)


def test_regions_side_by_side() -> None:
    north = ledger_frame([("a", "2025-06-01", 120, 90), ("b", "2025-06-01", -20, -10), ("a", "2024-06-01", 80, 60)])
    south = ledger_frame([("c", "2025-06-01", 300)]).assign(region="South")
    cash = ledger_frame([("cash", "2025-06-01", 50)]).assign(region="South")
    owners = owners_frame("a", "b", "c", "cash", type=["customer", "customer", "customer", "pool"])
    found = region_comparison(
        pd.concat([north, south, cash]), owners, window=WINDOW, regions=["North", "South", "West"]
    )
    # Cash sales are revenue of the South and no account of it.
    assert found.set_index("region").loc["South", ["revenue", "owners"]].tolist() == [350, 1]
    assert found["region"].tolist() == ["South", "North", "West"]
    # North: 100 against 80; margin 30 - 10 = 20 on 100; b only returned goods and is no owner with revenue.
    values = found.set_index("region").loc["North"].to_dict()
    assert values == {"revenue": 100, "before": 80, "growth": 0.25, "margin": 20, "rate": 0.2, "owners": 1}
    assert found.set_index("region").loc["South", ["growth", "rate"]].isna().all()
    assert found.set_index("region").loc["West", ["revenue", "owners"]].tolist() == [0, 0]


def test_no_regions_make_an_empty_comparison() -> None:
    assert len(region_comparison(ledger_frame([]), owners_frame(), window=WINDOW, regions=[])) == 0
