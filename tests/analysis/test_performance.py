import math
from dataclasses import dataclass
from datetime import date

import pandas as pd
import pytest

from kamreport.analysis.performance import (
    account_changes,
    monthly_totals,
    owner_trends,
    period_target,
    period_total,
    period_totals,
    plan,
    planned_measure,
    region_comparison,
    scoped_targets,
)
from kamreport.period import Period
from kamreport.results import Plan
from kamreport.settings import Rules
from tests.analysis.frames import NAN, WINDOW, ledger_frame, monthly, owners_frame

LONG_AGO = date(2020, 1, 1)
FESTIVAL = Rules(spring_festival=True)


@dataclass(frozen=True)
class Pair:
    name: str
    current: tuple[date, date]
    past: tuple[date, date]


def daily(rows: list[tuple[str, float, float]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["date", "revenue", "cost"]).astype({"revenue": float, "cost": float})
    return frame.assign(date=pd.to_datetime(frame["date"]), costed_revenue=frame["revenue"])


def months_of(first: str, values: list[float]) -> pd.DataFrame:
    """A ledger of one owner with these revenues in successive months."""
    return ledger_frame(
        [
            ("a", month, value)
            for month, value in zip(pd.date_range(first, periods=len(values), freq="MS"), values, strict=True)
        ]
    )


def target_rows(*rows: tuple[str, int, float], **scope: object) -> pd.DataFrame:
    """Revenue targets of (first month, months, value) with the filled keys of their scope."""
    frame = pd.DataFrame(list(rows), columns=["month", "months", "value"]).astype({"value": float})
    keys = {"region": None, "account_id": None, "person_id": None, "family": None}
    values = {"measure": "revenue", "kind": "target", **keys, **scope}
    return frame.assign(month=pd.to_datetime(frame["month"]), **values)


def monthly_targets(period: str, value: float, **scope: object) -> pd.DataFrame:
    return target_rows(*((str(month), 1, value) for month in Period.parse(period)), **scope)


NO_TARGETS = target_rows()


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


# Targets


@pytest.mark.parametrize(
    ("measures", "kinds", "judged"),
    [
        (["revenue", "margin"], ["target", "target"], "margin"),
        (["revenue", "visits"], ["target", "target"], "revenue"),
        (["visits"], ["target"], "revenue"),
        (["revenue", "margin"], ["target", "forecast"], "revenue"),  # a forecast of margin is no target
        ([], [], "revenue"),
    ],
)
def test_the_plan_is_judged_by_margin_if_that_has_targets(measures: list[str], kinds: list[str], judged: str) -> None:
    targets = pd.DataFrame({"measure": measures, "kind": kinds}, dtype="str")
    assert planned_measure(targets, default="revenue") == judged


def scope_of(targets: pd.DataFrame, region: str = "North") -> tuple[list[float], str]:
    frame, scope = scoped_targets(targets, measure="revenue", region=region)
    return list(frame["value"]), scope


REGION = target_rows(("2025-06", 1, 100.0), region="North")
ACCOUNTS = pd.concat([target_rows(("2025-06", 1, 30.0), account_id=name) for name in "ab"])
MANAGERS = pd.concat([target_rows(("2025-06", 1, 40.0), person_id=name) for name in "pq"])
FAMILIES = pd.concat([target_rows(("2025-06", 1, 55.0), region="North", family=name) for name in "FG"])


def test_the_exact_scope_goes_before_all_finer_ones() -> None:
    assert scope_of(pd.concat([ACCOUNTS, MANAGERS, FAMILIES, REGION])) == ([100.0], "exact")


def test_without_it_the_next_finer_scope_is_added_up_and_no_other() -> None:
    assert scope_of(pd.concat([FAMILIES, MANAGERS, ACCOUNTS])) == ([60.0], "account_id")
    assert scope_of(pd.concat([FAMILIES, MANAGERS])) == ([80.0], "person_id")
    assert scope_of(FAMILIES) == ([110.0], "family")


def test_the_company_takes_its_own_target_else_the_regions() -> None:
    company = target_rows(("2025-06", 1, 500.0))
    south = target_rows(("2025-06", 1, 70.0), region="South")
    assert scope_of(pd.concat([company, REGION, south]), "all") == ([500.0], "exact")
    assert scope_of(pd.concat([REGION, south, ACCOUNTS]), "all") == ([170.0], "region")


def test_a_family_target_of_the_company_is_not_added_to_its_split_by_region() -> None:
    company = target_rows(("2025-06", 1, 110.0), family="F")
    split = pd.concat([target_rows(("2025-06", 1, 55.0), region=name, family="F") for name in ("North", "South")])
    assert scope_of(pd.concat([split, company]), "all") == ([110.0], "family")
    assert scope_of(split, "all") == ([110.0], "family")


def test_in_a_region_the_accounts_targets_that_name_it_go_before_those_that_do_not() -> None:
    placed = target_rows(("2025-06", 1, 30.0), region="North", account_id="a")
    assert scope_of(pd.concat([ACCOUNTS, placed])) == ([30.0], "account_id")


def test_targets_of_an_account_in_a_family_are_a_scope_that_no_report_has() -> None:
    assert scope_of(target_rows(("2025-06", 1, 9.0), account_id="a", family="F")) == ([], "")


def test_plans_forecasts_and_other_measures_are_no_targets() -> None:
    assert scope_of(REGION.assign(kind="forecast")) == ([], "")
    assert scope_of(REGION.assign(measure="margin")) == ([], "")
    assert scope_of(NO_TARGETS) == ([], "")


@pytest.mark.parametrize(
    ("rows", "period", "value"),
    [
        ([("2025-06", 1, 5.0)], "2025-06", 5.0),
        ([("2025-04", 1, 5.0), ("2025-05", 1, 6.0), ("2025-06", 1, 7.0)], "2025-Q2", 18.0),
        ([("2025-04", 3, 20.0)], "2025-Q2", 20.0),
        ([("2025-04", 3, 20.0)], "2025-05", NAN),  # a quarter's target is never split
        ([("2025-04", 3, 20.0)], "2025-02..2025-04", NAN),  # nor moved, though both are three months
        ([("2025-04", 1, 5.0), ("2025-06", 1, 7.0)], "2025-Q2", NAN),  # May is missing
        ([("2025-04", 3, 20.0), ("2025-05", 1, 6.0)], "2025-Q2", NAN),  # May would count twice
        ([("2025-04", 2, 9.0), ("2025-05", 1, 6.0)], "2025-Q2", NAN),  # twice May and no June are three months too
        ([], "2025-06", NAN),
    ],
)
def test_a_period_has_the_targets_that_fill_it_month_for_month(
    rows: list[tuple[str, int, float]], period: str, value: float
) -> None:
    found = period_target(
        target_rows(*rows, region="North"), measure="revenue", period=Period.parse(period), region="North"
    )
    assert found == pytest.approx(value, nan_ok=True)


# Plan


def planned(
    ledger: pd.DataFrame,
    targets: pd.DataFrame = NO_TARGETS,
    *,
    window: Period = WINDOW,
    history_start: date = LONG_AGO,
    rules: Rules | None = None,
    measure: str = "revenue",
) -> Plan:
    return plan(
        ledger,
        targets,
        measure=measure,
        window=window,
        region="North",
        history_start=history_start,
        rules=rules or Rules(),
    )


def test_the_landing_and_its_interval_worked_by_hand() -> None:
    # Last year 100 a month; in the window 110, 90, 110, ...: the pace is 1200/1200 = 1, each month strays by .1 from
    # it, s^2 = 12 x .01 / 11. To come are July to December, last year 110, 90, 110, 90, 110, 90: in sum 600, in
    # squares 60,600. Var = s^2 (60,600 + 600^2/12) = .12/11 x 90,600 = 988.36; t(.975, 11) = 2.20099.
    found = planned(months_of("2023-07-01", [100] * 12 + [110, 90] * 6))
    assert (found.to_date, found.year_ago_to_date, found.ratios) == (600, 600, 12)
    assert found.landing == pytest.approx(1200)
    assert found.high - found.landing == pytest.approx(2.20099 * math.sqrt(988.3636), rel=1e-5)
    assert found.landing - found.low == pytest.approx(found.high - found.landing)
    assert str(found.through) == "2025-01..2025-06"


def test_the_interval_is_measured_on_last_years_months_and_not_twice_scaled_by_the_pace() -> None:
    # Twice last year, straying by .2: s^2 = 12 x .04 / 11. To come: 2 x (220 + 180 + ...) = 2 x 1200.
    # Var = s^2 (242,400 + 1200^2/12) = .48/11 x 362,400 = 15,813.8.
    found = planned(months_of("2023-07-01", [100] * 12 + [220, 180] * 6))
    assert found.landing == pytest.approx(1200 + 2400)
    assert found.high - found.landing == pytest.approx(2.20099 * math.sqrt(15_813.82), rel=1e-5)


def test_the_pace_is_known_less_well_where_few_months_make_most_of_the_year() -> None:
    # Last year 500 in July and 50 in the others (1,050): weights .476 and .0476, their squares 277,500/1,102,500 =
    # .2517 and not 1/12. This year 550, then 45, 55, ... (550 + 6 x 45 + 5 x 55 = 1,095): the pace is 1095/1050.
    past, now = [500.0] + [50.0] * 11, [550.0] + [45.0, 55.0] * 5 + [45.0]
    found = planned(months_of("2023-07-01", past + now))
    pace = 1095 / 1050
    residuals = [1.1 - pace] + [0.9 - pace] * 6 + [1.1 - pace] * 5
    variance = sum(residual**2 for residual in residuals) / 11
    rest = now[:6]
    weights = (500**2 + 11 * 50**2) / 1050**2
    expected = variance * (sum(value**2 for value in rest) + weights * sum(rest) ** 2)
    assert weights == pytest.approx(0.25170, abs=1e-5)
    assert found.high - found.landing == pytest.approx(2.20099 * math.sqrt(expected), rel=1e-5)


def test_the_months_of_the_year_stand_beside_last_year_target_and_forecast() -> None:
    ledger = months_of("2024-01-01", [100] * 12 + [120] * 6)
    found = planned(ledger, monthly_targets("2025", 110, region="North"), window=WINDOW, history_start=date(2024, 1, 1))
    june, july = pd.Timestamp("2025-06-01"), pd.Timestamp("2025-07-01")
    # Only January to June can be compared: the pace is 1.2, so July is 120.
    assert found.months.loc[june, ["actual", "year_ago", "target"]].tolist() == [120, 100, 110]
    assert found.months.loc[july, ["year_ago", "target", "forecast"]].tolist() == [100, 110, pytest.approx(120)]
    assert found.months["actual"].notna().sum() == 6
    assert found.months["forecast"].notna().sum() == 6
    assert (found.target_to_date, found.target_year, found.scope) == (660, 1320, "exact")
    assert (found.landing, found.ratios) == (pytest.approx(720 + 720), 6)


@pytest.mark.parametrize(
    ("history", "ratios", "landing", "interval"),
    [
        (date(2024, 1, 1), 6, 1440.0, True),  # 720 to date, and six months of 100 at the pace of 1.2
        (date(2024, 2, 1), 5, 1440.0, False),  # five months can be compared: too few for an interval
        (date(2024, 8, 1), 0, NAN, False),  # no month can be
        (date(2025, 1, 1), 0, NAN, False),
    ],
)
def test_a_history_too_short_gives_no_figure_instead_of_zero(
    history: date, ratios: int, landing: float, *, interval: bool
) -> None:
    first = pd.Timestamp(history)
    ledger = months_of("2023-01-01", [100] * 24 + [120] * 6)
    found = planned(ledger[ledger["month"] >= first], history_start=history)
    assert found.ratios == ratios
    assert found.landing == pytest.approx(landing, nan_ok=True)
    assert math.isfinite(found.low) is math.isfinite(found.high) is interval


def test_last_year_to_date_is_unknown_unless_all_its_months_are_there() -> None:
    ledger = months_of("2024-01-01", [100] * 18)
    assert planned(ledger, history_start=date(2024, 1, 1)).year_ago_to_date == 600
    assert math.isnan(planned(ledger, history_start=date(2024, 2, 1)).year_ago_to_date)


def test_a_month_without_sales_in_the_history_is_zero() -> None:
    # The region sold nothing last February, the company did: 500 and not unknown.
    ledger = months_of("2023-01-01", [100] * 30)
    found = planned(ledger[ledger["month"] != pd.Timestamp("2024-02-01")])
    assert found.year_ago_to_date == 500


def test_a_year_that_is_over_lands_on_what_it_brought() -> None:
    found = planned(months_of("2023-01-01", [100] * 24), window=Period.parse("2024-01..2024-12"))
    assert (found.to_date, found.landing, found.low, found.high) == (1200, 1200, 1200, 1200)


def test_the_fiscal_year_begins_where_the_firm_says() -> None:
    window = Period.parse("2024-07..2025-06", fiscal_year_start=4)
    found = planned(months_of("2023-04-01", [100] * 12 + [110] * 15), window=window)
    # April to June 2025 against April to June 2024. To come: nine months of 110, at the pace of the window over the
    # twelve months a year before it: 12 x 110 / (9 x 100 + 3 x 110).
    assert str(found.through) == "2025-Q1"
    assert (found.to_date, found.year_ago_to_date) == (330, 330)
    assert found.landing == pytest.approx(330 + 9 * 110 * 1320 / 1230)
    assert len(found.months) == 12
    assert found.months.index[0] == pd.Timestamp("2025-04-01")


def test_the_plan_of_a_margin_leaves_out_what_has_no_cost() -> None:
    rows = [*monthly("a", "2023-07..2025-06", 100, 80), *monthly("b", "2023-07..2025-06", 50)]
    found = planned(ledger_frame(rows), measure="margin")
    assert (found.to_date, found.landing) == (120, pytest.approx(240))


def test_months_with_a_loss_last_year_do_not_make_the_pace() -> None:
    # 11 months of 100 and one of -50: the pace is that of the 11, and July's forecast is a loss as well.
    ledger = months_of("2023-07-01", [-50.0] + [100.0] * 11 + [-50.0] + [110.0] * 11)
    found = planned(ledger)
    assert found.ratios == 11
    assert found.months.loc[pd.Timestamp("2025-07-01"), "forecast"] == pytest.approx(1.1 * -50)


def test_nothing_sold_and_nothing_planned() -> None:
    found = planned(ledger_frame([]))
    assert (found.to_date, found.scope, found.ratios) == (0, "", 0)
    assert math.isnan(found.landing)
    assert math.isnan(found.target_to_date)
    assert math.isnan(found.target_year)


def test_quarterly_targets_are_compared_when_the_quarter_is_over() -> None:
    quarters = target_rows(
        ("2025-01", 3, 300.0), ("2025-04", 3, 330.0), ("2025-07", 3, 1.0), ("2025-10", 3, 1.0), region="North"
    )
    ledger = months_of("2023-01-01", [100] * 30)
    found = planned(ledger, quarters)
    assert (found.target_to_date, found.target_year) == (630, 632)
    may = planned(ledger, quarters, window=Period.parse("2024-06..2025-05"))
    # Five months are not measured by six months' target.
    assert math.isnan(may.target_to_date)
    assert may.target_year == 632
    assert found.months["target"].isna().all()


def test_targets_that_end_before_the_year_give_no_target_of_the_year() -> None:
    found = planned(months_of("2023-01-01", [100] * 30), monthly_targets("2025-01..2025-11", 110, region="North"))
    assert found.target_to_date == 660
    assert math.isnan(found.target_year)


# Spring Festival: in January in one year, in February in the other.

MOVED = [100.0] * 6 + [150, 50] + [100] * 4 + [100] * 6 + [40, 160] + [100] * 4


def test_january_and_february_are_one_month_where_the_festival_moves() -> None:
    # From July 2023: together 200 in both years, so nothing strays and the landing is sure.
    found = planned(months_of("2023-07-01", MOVED), rules=FESTIVAL)
    assert found.ratios == 11
    assert (found.landing, found.low, found.high) == pytest.approx((1200, 1200, 1200))
    apart = planned(months_of("2023-07-01", MOVED))
    assert apart.ratios == 12
    assert apart.high - apart.landing > 400


def test_a_january_without_its_february_is_not_compared() -> None:
    # The window runs from February to January: its February is 50 of 2024, its January 40 of 2025.
    ledger = months_of("2023-02-01", [160.0] + [100] * 10 + [150, 50] + [100] * 10 + [40])
    found = planned(ledger, window=Period.parse("2024-02..2025-01"), rules=FESTIVAL)
    assert found.ratios == 10
    # February brings what last year's two months at the pace of 1 leave after January: 150 + 50 - 40.
    assert found.months.loc[pd.Timestamp("2025-02-01"), "forecast"] == pytest.approx(160)
    assert (found.to_date, found.landing) == (40, pytest.approx(40 + 160 + 1000))
    assert math.isnan(found.year_ago_to_date)
    # Without the rule: the pace is (50 + 10 x 100 + 40) / (160 + 10 x 100 + 150) and January is measured by January.
    apart = planned(ledger, window=Period.parse("2024-02..2025-01"))
    assert (apart.ratios, apart.year_ago_to_date) == (12, 150)
    assert apart.months.loc[pd.Timestamp("2025-02-01"), "forecast"] == pytest.approx(50 * 1090 / 1310)


def test_january_and_february_to_come_stray_as_one_month() -> None:
    # Fiscal year from April, nine months known. All of 2023 was 100 a month; in 2024 January and February 100, then
    # 110, 90, ...: the pace is 1200/1200 over 11 months, of which ten stray by .1, so s^2 = 10 x .01 / 10 = .01. To
    # come: January with February (200) and March (110), in squares 52,100; w^2 = (200^2 + 10 x 100^2) / 1200^2 = 7/72.
    window = Period.parse("2024-01..2024-12", fiscal_year_start=4)
    found = planned(months_of("2023-01-01", [100.0] * 14 + [110.0, 90] * 5), window=window, rules=FESTIVAL)
    variance = 0.01 * (52_100 + 7 / 72 * 310**2)
    assert (found.ratios, found.landing) == (11, pytest.approx(900 - 10 + 310))
    assert found.high - found.landing == pytest.approx(2.228139 * math.sqrt(variance), rel=1e-5)


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
