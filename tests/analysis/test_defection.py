import math
from collections.abc import Iterable
from datetime import date

import pandas as pd
import pytest

from kamreport.analysis.defection import lost_owners, spells
from kamreport.analysis.intervals import wilson_interval
from kamreport.results import Losses
from kamreport.settings import Rules
from tests.analysis.frames import (
    AS_OF,
    AUTUMN,
    WINDOW,
    company_frame,
    every,
    ledger_frame,
    monthly,
    orders_frame,
    owners_frame,
)

RULES = Rules()
NO_GAPS = company_frame()
SEGMENT_20 = company_frame(("median_gap", "dealer", 20.0), ("median_gap", "*", 50.0), moment="2020-01-01")

# The two years before as well, so that the season was known when the last silence began.
FIVE_AUTUMNS = [day.replace(day[:4], str(int(day[:4]) - 2)) for day in AUTUMN[:18]] + AUTUMN


def losses(
    days: Iterable[object], as_of: date, *, company: pd.DataFrame = NO_GAPS, rules: Rules = RULES
) -> list[tuple[str, str]]:
    """When an owner with orders on these days was lost, and when it came back."""
    found = spells(orders_frame({"a": days}), owners_frame("a"), company, as_of=as_of, rules=rules)
    return [
        (f"{lost:%Y-%m-%d}", "" if back is pd.NaT else f"{back:%Y-%m-%d}")
        for lost, back in zip(found["lost_on"], found["returned_on"], strict=True)
    ]


def test_a_loss_is_dated_on_the_day_the_limit_is_passed() -> None:
    # Every 70 days, last on 8 October 2023: limit 3 x 70 = 210, passed on the 211th day, 6 May 2024.
    days = every(70, first="2023-01-01", times=5)
    assert f"{days[-1]:%Y-%m-%d}" == "2023-10-08"
    assert losses(days, date(2024, 5, 6)) == []
    assert losses(days, date(2024, 5, 7)) == [("2024-05-06", "")]
    assert losses(days, date(2025, 7, 1)) == [("2024-05-06", "")]


@pytest.mark.parametrize(
    ("gap", "limit"),
    [(10, 180), (60, 180), (61, 183), (70, 210), (133, 399), (134, 400), (150, 400)],
)
def test_the_limit_is_three_gaps_within_180_and_400_days(gap: int, limit: int) -> None:
    days = every(gap, first="2023-01-01", times=5)
    [(lost_on, _)] = losses(days, date(2026, 7, 1))
    assert pd.Timestamp(lost_on) == days[-1] + pd.Timedelta(days=limit + 1)
    found = spells(orders_frame({"a": days}), owners_frame("a"), NO_GAPS, as_of=date(2026, 7, 1))
    assert found[["median_gap", "limit_days", "orders"]].values.tolist() == [[gap, limit, 5]]


def test_the_rules_move_the_limits() -> None:
    days = every(10, first="2023-01-01", times=5)
    rules = Rules(lost_gap_factor=2, lost_min_days=15, lost_max_days=19)
    [(lost_on, _)] = losses(days, date(2023, 12, 1), rules=rules)
    assert pd.Timestamp(lost_on) == days[-1] + pd.Timedelta(days=20)


def test_with_few_gaps_of_its_own_an_owner_is_measured_by_its_segment() -> None:
    # Every 100 days. Three gaps: the segment's 20 days make 180. Four: its own make 300.
    three, four = every(100, first="2023-01-01", times=4), every(100, first="2023-01-01", times=5)
    [(by_segment, _)] = losses(three, date(2026, 7, 1), company=SEGMENT_20)
    [(by_own, _)] = losses(four, date(2026, 7, 1), company=SEGMENT_20)
    assert pd.Timestamp(by_segment) == three[-1] + pd.Timedelta(days=181)
    assert pd.Timestamp(by_own) == four[-1] + pd.Timedelta(days=301)


@pytest.mark.parametrize(
    ("company", "limit"),
    [
        (company_frame(("median_gap", "*", 80.0), moment="2020-01-01"), 240),  # no such segment: all together
        (SEGMENT_20.assign(value=[90.0, 70.0], n=[19, 500]), 210),  # 19 gaps are too few to speak for a segment
        (SEGMENT_20.assign(value=[90.0, 70.0], n=[20, 500]), 270),
        (NO_GAPS, 400),  # nobody's rhythm is known: the most
    ],
)
def test_a_segment_that_cannot_speak_is_replaced_by_all(company: pd.DataFrame, limit: int) -> None:
    [(lost_on, _)] = losses(["2023-01-01"], date(2026, 7, 1), company=company)
    assert pd.Timestamp(lost_on) == pd.Timestamp("2023-01-01") + pd.Timedelta(days=limit + 1)


def test_a_return_ends_the_silence_and_the_old_loss_stays_in_its_month() -> None:
    # 181 days after 10 February 2023 is 10 August; back on 1 December, silent again from 10 January 2024 on.
    days = ["2023-01-01", "2023-01-11", "2023-01-21", "2023-01-31", "2023-02-10"]
    back = ["2023-12-01", "2023-12-11", "2023-12-21", "2023-12-31", "2024-01-10"]
    assert losses(days, date(2023, 12, 1)) == [("2023-08-10", "")]
    assert losses([*days, *back], date(2024, 2, 1)) == [("2023-08-10", "2023-12-01")]
    assert losses([*days, *back], date(2025, 7, 1)) == [("2023-08-10", "2023-12-01"), ("2024-07-09", "")]


def test_an_order_on_the_day_the_limit_would_be_passed_is_in_time() -> None:
    # Silent from 11 February to 9 August 2023: 180 days, and not more.
    days = ["2023-01-01", "2023-01-11", "2023-01-21", "2023-01-31", "2023-02-10"]
    assert losses([*days, "2023-08-10"], date(2023, 9, 1)) == []
    assert losses([*days, "2023-08-11"], date(2023, 9, 1)) == [("2023-08-10", "2023-08-11")]


def test_later_orders_do_not_move_earlier_losses() -> None:
    # After the return the owner orders every 90 days: its median gap is now long, the old loss stays.
    days = ["2022-01-01", "2022-01-11", "2022-01-21", "2022-01-31", "2022-02-10"]
    later = every(90, first="2022-12-01", times=8)
    assert losses([*days, *later], date(2025, 1, 1))[0] == (*losses(days, date(2022, 11, 1))[0][:1], "2022-12-01")


def test_a_seasonal_buyer_out_of_season_is_not_lost() -> None:
    known = losses(FIVE_AUTUMNS, date(2025, 7, 1))
    # While there was less than two years of history its season could not be known: twice lost, twice back.
    assert known == [("2021-05-25", "2021-09-05"), ("2022-05-25", "2022-09-05")]


def test_a_seasonal_buyer_that_misses_its_season_is_lost_in_it() -> None:
    # Gap 10, so 180 days in season: 36 in 2024, August 31, September 30, October 31, November 30 make 158; the
    # 181st is 23 December 2025.
    assert [lost for lost, back in losses(FIVE_AUTUMNS, date(2025, 12, 23)) if not back] == []
    assert [lost for lost, back in losses(FIVE_AUTUMNS, date(2026, 1, 1)) if not back] == ["2025-12-23"]


def test_a_half_yearly_buyer_is_not_lost() -> None:
    days = every(182, first="2020-01-10", times=11)
    gaps = company_frame(("median_gap", "*", 182.0), moment="2020-01-01")
    assert losses(days, days[-1].date(), company=gaps) == []
    assert losses(days, (days[-1] + pd.Timedelta(days=360)).date(), company=gaps) == []


def test_nobody_can_be_lost() -> None:
    found = spells(orders_frame({}), owners_frame("a"), NO_GAPS, as_of=AS_OF)
    assert len(found) == 0
    assert str(found["lost_on"].dtype).startswith("datetime64")


def lost_in(days: dict[str, list[object]], ledger: pd.DataFrame, owners: pd.DataFrame | None = None) -> Losses:
    known = owners_frame(*days) if owners is None else owners
    return lost_owners(orders_frame(days), ledger, known, NO_GAPS, window=WINDOW, as_of=AS_OF)


DAYS: dict[str, list[object]] = {
    # Last order 1 June 2024, lost on 29 November 2024.
    "fresh": list(every(10, first="2024-04-22", times=5)),
    # Last order 1 January 2024: lost on 30 June, the day before the window, and silent since.
    "old": list(every(10, first="2023-11-22", times=5)),
    # Lost on 30 June 2024 too, but back in the window.
    "back": [*every(10, first="2023-11-22", times=5), "2025-02-01"],
    "active": list(every(30, first="2024-01-01", times=18)),
}


def test_lost_in_the_window_lost_before_and_returned_are_kept_apart() -> None:
    found = lost_in(DAYS, ledger_frame([]))
    assert found.frame[["owner_id", "last_order", "lost_on"]].astype(str).values.tolist() == [
        ["fresh", "2024-06-01", "2024-11-29"]
    ]
    assert found.gone == {"fresh", "old"}
    assert found.returned == 1
    # The active are those with an order in the window, and those lost in it: active, back, fresh.
    assert found.active == 3
    assert found.interval == wilson_interval(1, 3)


def test_a_lost_owner_is_worth_its_twelve_months_up_to_the_last_order() -> None:
    # July 2023 to June 2024: 12 x 10 revenue; the cost of 7 is known in all of them.
    ledger = ledger_frame([*monthly("fresh", "2023-01..2025-06", 10, 7), *monthly("active", "2024-06", 999, 1)])
    row = lost_in(DAYS, ledger).frame.iloc[0]
    assert (row["revenue"], row["margin"]) == (120, 36)


def test_the_most_valuable_loss_comes_first() -> None:
    days: dict[str, list[object]] = {"a": list(DAYS["fresh"]), "b": list(DAYS["fresh"]), "c": list(DAYS["fresh"])}
    ledger = ledger_frame([("b", "2024-06-01", 50), ("c", "2024-06-01", 50), ("a", "2024-06-01", 10)])
    assert lost_in(days, ledger).frame["owner_id"].tolist() == ["b", "c", "a"]


def test_a_pool_is_never_lost() -> None:
    found = lost_in({"p": list(DAYS["fresh"])}, ledger_frame([]), owners_frame("p", type="pool"))
    assert (len(found.frame), found.active, found.gone) == (0, 0, frozenset())


def test_everyone_was_lost() -> None:
    found = lost_in({"fresh": DAYS["fresh"]}, ledger_frame([]))
    assert (len(found.frame), found.active) == (1, 1)


def test_nobody_ordered_and_nobody_was_lost() -> None:
    found = lost_in({}, ledger_frame([]), owners_frame("a"))
    assert (len(found.frame), found.active, found.returned, found.gone) == (0, 0, 0, frozenset())
    assert all(math.isnan(bound) for bound in found.interval)
