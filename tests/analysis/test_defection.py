import math
from collections.abc import Iterable
from datetime import date

import pandas as pd
import pytest

from kamreport.analysis.defection import (
    days_in_season,
    lost_owners,
    overdue_limit,
    overdue_owners,
    rhythms,
    silences,
    spells,
    track_record,
)
from kamreport.analysis.intervals import wilson_interval
from kamreport.results import Losses
from kamreport.settings import Rules
from tests.analysis.frames import (
    AS_OF,
    NAN,
    WINDOW,
    company_frame,
    every,
    ledger_frame,
    monthly,
    orders_frame,
    owners_frame,
    profit_frame,
)

RULES = Rules()
NO_GAPS = company_frame()
SEGMENT_20 = company_frame(("median_gap", "dealer", 20.0), ("median_gap", "*", 50.0), moment="2020-01-01")
AUTUMN = [
    f"{year}-{month:02d}-{day:02d}" for year in (2022, 2023, 2024) for month in (9, 10, 11) for day in (5, 15, 25)
]
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


# Rhythm


def test_a_rhythm_is_made_of_order_days_known_on_the_day() -> None:
    orders = orders_frame({"a": ["2025-01-01", "2025-01-01", "2025-01-11", "2025-02-01", "2025-02-20"]})
    orders.loc[3, "date"] = pd.Timestamp("2025-03-05")  # ordered on 1 February, booked and known in March
    [rhythm] = rhythms(orders, owners_frame("a"), as_of=date(2025, 3, 1))
    assert rhythm.gaps.tolist() == [10, 40]


def test_pools_and_owners_at_home_elsewhere_have_no_rhythm() -> None:
    orders = orders_frame({"a": ["2025-01-01"], "p": ["2025-01-01"], "away": ["2025-01-01"]})
    owners = owners_frame("a", "p", "away", type=["customer", "pool", "customer"], is_home=[True, True, False])
    assert [rhythm.owner_id for rhythm in rhythms(orders, owners, as_of=AS_OF)] == ["a"]


def test_nobody_has_a_rhythm_without_orders() -> None:
    assert rhythms(orders_frame({}), owners_frame("a"), as_of=AS_OF) == []


# Season


def counted(days: list[str], until: str, years: int = 2) -> int:
    numbers = pd.to_datetime(days).to_numpy("datetime64[D]").astype(int)
    end = pd.Timestamp(until).to_numpy().astype("datetime64[D]").astype(int)
    return len(days_in_season(numbers, int(numbers[-1]) + 1, int(end), years=years))


def test_silence_counts_in_the_months_of_orders_and_those_beside_them() -> None:
    # From 26 November 2024 to the end of 2025: 5 days, December 31, August to December 153; all else is off season.
    assert counted(AUTUMN, "2026-01-01") == 5 + 31 + 153


def test_with_less_than_two_years_of_history_every_day_counts() -> None:
    # 5 December 2022 to 25 November 2024 are 721 days, and not 730: all of 26 November to 30 June count.
    assert counted(["2022-12-05", *AUTUMN[9:]], "2025-07-01") == 217


def test_the_season_is_that_of_the_last_two_years_before_the_silence() -> None:
    # March was a month of orders in 2021 only: not in the two years up to the last order.
    assert counted(["2021-03-10", *AUTUMN], "2025-07-01") == 5 + 31


def test_a_month_with_an_order_in_one_of_the_two_years_is_in_season() -> None:
    # An order in March 2023: February, March and April count as well (28 + 31 + 30).
    days = sorted(["2023-03-10", *AUTUMN])
    assert counted(days, "2025-07-01") == 5 + 31 + 28 + 31 + 30


def test_january_is_beside_december() -> None:
    days = ["2021-12-10", "2022-12-10", "2023-12-10", "2024-12-10"]
    # 21 days of December, January 31; February to June are off season.
    assert counted(days, "2025-07-01") == 21 + 31


# Lost


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


# Overdue


@pytest.mark.parametrize(
    ("k", "limit"),
    [
        (0.0, 4.3), (0.99, 4.3), (1, 4.3), (1.99, 4.3), (2, 2.8), (3.9, 2.8), (4, 2.1), (7.9, 2.1), (8, 1.7),
        (15.9, 1.7), (16, 1.5), (31, 1.5), (32, 1.25), (500, 1.25),
    ],
)  # fmt: skip
def test_the_overdue_limit_falls_in_steps_with_regularity(k: float, limit: float) -> None:
    assert overdue_limit(k, RULES.overdue_limits) == limit


EVEN = {"*": 8.0}
# Every 12 days, last on 1 June 2025, and as often the year before: limit 1.7 x 12 = 20.4 days.
TWELVE = list(every(12, first="2023-03-15", times=68))


def silent(
    days: list[pd.Timestamp], as_of: date, regularity: dict[str, float] = EVEN, rules: Rules = RULES
) -> pd.DataFrame:
    found, _ = silences(orders_frame({"a": days}), owners_frame("a"), as_of=as_of, regularity=regularity, rules=rules)
    return found


def test_an_owner_is_overdue_from_the_day_its_silence_passes_the_limit() -> None:
    assert f"{TWELVE[-1]:%Y-%m-%d}" == "2025-05-27"
    # Known up to 16 June: 20 days of silence. Up to 17 June: 21.
    assert len(silent(TWELVE, date(2025, 6, 17))) == 0
    row = silent(TWELVE, date(2025, 6, 18)).iloc[0]
    assert (row["silence_days"], row["median_gap"], row["ratio"], row["limit"], row["gaps"]) == (21, 12, 1.75, 1.7, 67)


@pytest.mark.parametrize(
    ("regularity", "days"), [({"*": 1.0}, 52), ({"dealer": 2.0, "*": 8.0}, 34), ({}, 52), ({"*": 40.0}, 16)]
)
def test_the_limit_is_that_of_the_segments_regularity(regularity: dict[str, float], days: int) -> None:
    # 4.3 x 12 = 51.6; 2.8 x 12 = 33.6; 1.25 x 12 = 15: the first day above them.
    last = TWELVE[-1]
    assert len(silent(TWELVE, (last + pd.Timedelta(days=days)).date(), regularity)) == 0
    assert len(silent(TWELVE, (last + pd.Timedelta(days=days + 1)).date(), regularity)) == 1


def test_too_few_gaps_are_not_judged() -> None:
    orders = orders_frame(
        {"six": every(10, first="2025-01-01", times=7), "five": every(10, first="2025-01-01", times=6)}
    )
    found, judged = silences(orders, owners_frame("six", "five"), as_of=AS_OF, regularity=EVEN)
    assert (found["owner_id"].tolist(), judged) == (["six"], 1)


def test_the_lost_are_not_overdue_and_not_judged() -> None:
    orders = orders_frame({"a": every(10, first="2025-01-01", times=7)})
    found, judged = silences(orders, owners_frame("a"), as_of=AS_OF, regularity=EVEN, lost=frozenset({"a"}))
    assert (len(found), judged) == (0, 0)


def test_a_seasonal_buyer_off_season_is_overdue_by_its_days_in_season_only() -> None:
    # 217 days since 25 November 2024, of which 36 in season: under a limit of 4.3 x 10 it is not overdue.
    days = list(pd.to_datetime(AUTUMN))
    assert len(silent(days, AS_OF, {"*": 1.0})) == 0
    assert silent(days, AS_OF, EVEN)[["silence_days", "confirmed"]].values.tolist() == [[36, False]]


def with_revenue(recent: float, before: float) -> pd.DataFrame:
    """An owner silent since 27 May 2025, with revenue in the 91 days before 1 July of this year and last."""
    orders = orders_frame({"a": TWELVE}, revenue=0.0)
    for until, amount in (("2025-07-01", recent), ("2024-07-01", before)):
        inside = (orders["date"] < until) & (orders["date"] >= pd.Timestamp(until) - pd.Timedelta(days=91))
        orders.loc[orders.index[inside][0], "revenue"] = amount
    return orders


@pytest.mark.parametrize(
    ("recent", "before", "confirmed"),
    [(70.0, 100.0, True), (70.1, 100.0, False), (0.0, 1.0, True), (50.0, 0.0, False), (0.0, 0.0, False)],
)
def test_a_silence_is_confirmed_by_revenue_30_percent_below_that_of_a_year_ago(
    recent: float, before: float, *, confirmed: bool
) -> None:
    found, _ = silences(with_revenue(recent, before), owners_frame("a"), as_of=AS_OF, regularity=EVEN)
    assert found[["recent", "recent_before", "confirmed"]].values.tolist() == [[recent, before, confirmed]]


def test_overdue_owners_come_with_the_longest_silence_for_their_rhythm_first() -> None:
    orders = orders_frame({"a": every(20, first="2024-12-01", times=8), "b": every(5, first="2025-03-01", times=15)})
    assert silences(orders, owners_frame("a", "b"), as_of=AS_OF, regularity=EVEN)[0]["owner_id"].tolist() == ["b", "a"]


def test_an_order_day_is_known_from_the_first_line_booked_of_it() -> None:
    # Three lines of 27 May: one booked on the 28th, the others after the day of judging. The day counts, and once.
    orders = orders_frame({"a": [*TWELVE, TWELVE[-1], TWELVE[-1]]})
    orders.loc[67:, "date"] = pd.to_datetime(["2025-06-20", "2025-05-28", "2025-06-20"])
    [row] = silences(orders, owners_frame("a"), as_of=date(2025, 6, 18), regularity=EVEN)[0].to_dict("records")
    assert (row["last_order"], row["gaps"], row["silence_days"]) == (TWELVE[-1], 67, 21)
    # Had none of them been booked, the silence would have begun twelve days earlier.
    orders.loc[68, "date"] = pd.Timestamp("2025-06-20")
    [row] = silences(orders, owners_frame("a"), as_of=date(2025, 6, 18), regularity=EVEN)[0].to_dict("records")
    assert (row["last_order"], row["gaps"], row["silence_days"]) == (TWELVE[-2], 66, 33)


@pytest.mark.parametrize("days", [{}, {"a": ["2025-01-01"]}, {"a": ["2025-01-01"] * 9}])
def test_whoever_has_no_gap_is_not_judged_now_nor_in_the_past(days: dict[str, list[str]]) -> None:
    orders, owners = orders_frame(days), owners_frame("a")
    found, judged = silences(orders, owners, as_of=AS_OF, regularity=EVEN)
    assert (len(found), judged) == (0, 0)
    none = spells(orders.head(0), owners, NO_GAPS, as_of=AS_OF)
    assert track_record(orders, owners, as_of=AS_OF, regularity=EVEN, losses=none) == (0, 0)


# Track record. As of 1 July 2025 the alarms of 1 May 2024 to 1 April 2025 can be judged over 90 days. Both owners
# order every 10 days and stop on 8 October 2024. On 1 November they are overdue, but sales of 91 days are 7/9 of those
# a year ago; on 1 December they have fallen by more than half: the alarm.

STEADY = every(10, first="2023-01-07", times=65)
RIGHT = STEADY
WRONG = [*STEADY, *every(10, first="2025-01-15", times=17)]
LOST_BEFORE = every(10, first="2022-06-01", times=40)


def test_the_track_record_tells_the_right_alarm_from_the_wrong_one() -> None:
    assert f"{STEADY[-1]:%Y-%m-%d}" == "2024-10-08"
    orders, owners = orders_frame({"right": RIGHT, "wrong": WRONG}), owners_frame("right", "wrong")
    none = spells(orders.head(0), owners, NO_GAPS, as_of=AS_OF)
    assert track_record(orders, owners, as_of=AS_OF, regularity=EVEN, losses=none) == (2, 1)
    only = {name: orders[orders["owner_id"] == name] for name in ("right", "wrong")}
    assert track_record(only["right"], owners, as_of=AS_OF, regularity=EVEN, losses=none) == (1, 0)
    assert track_record(only["wrong"], owners, as_of=AS_OF, regularity=EVEN, losses=none) == (1, 1)


def test_an_order_after_the_horizon_does_not_make_an_alarm_wrong() -> None:
    # Flagged on 1 December; 90 days end on 28 February. With a horizon of 45 days (to 14 January) the order of the
    # 15th comes too late.
    orders, owners = orders_frame({"wrong": WRONG}), owners_frame("wrong")
    none = spells(orders.head(0), owners, NO_GAPS, as_of=AS_OF)
    rules = Rules(overdue_horizon_days=45)
    assert track_record(orders, owners, as_of=AS_OF, regularity=EVEN, losses=none, rules=rules) == (1, 0)


def test_an_owner_that_was_lost_already_is_no_right_alarm() -> None:
    # Silent since 26 June 2023 and lost on 24 December: it is not overdue in 2024, when a year before it still bought.
    orders, owners = orders_frame({"gone": LOST_BEFORE}), owners_frame("gone")
    gone = spells(orders, owners, NO_GAPS, as_of=AS_OF)
    assert gone["lost_on"].astype(str).tolist() == ["2023-12-24"]
    assert track_record(orders, owners, as_of=AS_OF, regularity=EVEN, losses=gone) == (0, 0)
    assert track_record(orders, owners, as_of=AS_OF, regularity=EVEN, losses=gone.head(0)) == (1, 0)


def test_who_came_back_after_a_loss_is_judged_again() -> None:
    orders, owners = orders_frame({"a": [*LOST_BEFORE[:5], *RIGHT]}), owners_frame("a")
    once = pd.DataFrame(
        {"owner_id": ["a"], "lost_on": pd.to_datetime(["2024-03-01"]), "returned_on": pd.to_datetime(["2024-04-01"])}
    )
    assert track_record(orders, owners, as_of=AS_OF, regularity=EVEN, losses=once) == (1, 0)
    still = once.assign(returned_on=pd.NaT)
    assert track_record(orders, owners, as_of=AS_OF, regularity=EVEN, losses=still) == (0, 0)


def test_a_silence_counts_once_and_from_its_first_alarm() -> None:
    # Flagged on 1 December and on every first day after it. An order on 1 March comes 90 days after the first alarm,
    # which is too late, and in time for the others; the silence after it is flagged on 1 April as another.
    orders, owners = orders_frame({"a": [*STEADY, "2025-03-01"]}), owners_frame("a")
    none = spells(orders.head(0), owners, NO_GAPS, as_of=AS_OF)
    assert track_record(orders, owners, as_of=AS_OF, regularity=EVEN, losses=none) == (2, 0)
    sooner = orders_frame({"a": [*STEADY, "2025-02-28"]})
    assert track_record(sooner, owners, as_of=AS_OF, regularity=EVEN, losses=none) == (2, 1)


def test_the_track_record_knows_nothing_of_orders_booked_later() -> None:
    orders, owners = orders_frame({"right": RIGHT}), owners_frame("right")
    none = spells(orders.head(0), owners, NO_GAPS, as_of=AS_OF)
    late = orders_frame({"right": ["2025-01-15"]}).assign(date=pd.Timestamp("2025-07-02"))
    more = pd.concat([orders, late], ignore_index=True)
    assert track_record(more, owners, as_of=AS_OF, regularity=EVEN, losses=none) == (1, 0)


def regular(k: float, moment: str = "2024-07-01", n: int = 1000) -> pd.DataFrame:
    return company_frame(("regularity", "*", k), moment=moment, n=n)


PROFIT = profit_frame([("right", 1000, 200), ("wrong", 3000, 100), ("a", 500, 50)])


@pytest.mark.parametrize(("min_group", "chance"), [(2, 0.5), (3, 0.3)])
def test_the_chance_of_a_loss_is_that_of_past_alarms_if_there_were_enough(min_group: int, chance: float) -> None:
    # Two alarms, one of them wrong; below `min_group` the rule's share counts.
    orders, owners = orders_frame({"right": RIGHT, "wrong": WRONG}), owners_frame("right", "wrong")
    found = overdue_owners(
        orders, PROFIT, owners, regular(8), window=WINDOW, as_of=AS_OF, lost=frozenset({"right"}),
        rules=Rules(min_group=min_group, overdue_loss_share=0.3),
    )  # fmt: skip
    assert (found.flagged, found.wrong, found.chance, found.judged) == (2, 1, chance, 1)


def test_overdue_owners_are_named_only_with_the_second_signal() -> None:
    orders = pd.concat([with_revenue(10, 100), with_revenue(95, 100).assign(owner_id="b")], ignore_index=True)
    owners = owners_frame("a", "b", manager_id=["m1", "m2"])
    found = overdue_owners(orders, PROFIT, owners, regular(8), window=WINDOW, as_of=AS_OF, lost=frozenset())
    assert found.frame["owner_id"].tolist() == ["a", "b"]
    assert found.named[["owner_id", "manager_id", "revenue", "margin"]].values.tolist() == [["a", "m1", 500, 50]]
    # b has no revenue in the window: worth nothing, and not missing.
    assert found.frame["revenue"].tolist() == [500, 0]


def test_the_most_valuable_of_the_named_come_first() -> None:
    orders = pd.concat(
        [with_revenue(10, 100).assign(owner_id=name) for name in ("a", "right", "wrong")], ignore_index=True
    )
    found = overdue_owners(
        orders, PROFIT, owners_frame("a", "right", "wrong"), regular(8), window=WINDOW, as_of=AS_OF, lost=frozenset()
    )
    assert found.named["owner_id"].tolist() == ["wrong", "right", "a"]


def test_today_is_judged_by_todays_regularity_and_the_past_by_that_of_then() -> None:
    # A silence of 35 days is within the 51.6 of k = 1, and above the 15 of k = 40, which is known from 1 July on.
    orders, owners = orders_frame({"a": TWELVE}), owners_frame("a")
    company = pd.concat([regular(1), regular(40, moment="2025-07-01")])
    found = overdue_owners(orders, PROFIT, owners, company, window=WINDOW, as_of=date(2025, 6, 20), lost=frozenset())
    assert found.frame.empty  # on 20 June only the k of 2024 is known
    found = overdue_owners(orders, PROFIT, owners, company, window=WINDOW, as_of=AS_OF, lost=frozenset())
    assert found.frame["limit"].tolist() == [1.25]


def test_a_regularity_of_few_pairs_does_not_speak_for_a_segment() -> None:
    company = pd.concat([company_frame(("regularity", "dealer", 90.0), n=19), company_frame(("regularity", "*", 1.0))])
    orders, owners = orders_frame({"a": TWELVE}), owners_frame("a")
    found = overdue_owners(orders, PROFIT, owners, company, window=WINDOW, as_of=AS_OF, lost=frozenset())
    assert found.frame.empty  # 35 days are within 4.3 gaps
    company.loc[company["n"] == 19, "n"] = 20
    found = overdue_owners(orders, PROFIT, owners, company, window=WINDOW, as_of=AS_OF, lost=frozenset())
    assert found.frame["limit"].tolist() == [1.25]


def test_nobody_is_overdue_without_orders() -> None:
    found = overdue_owners(
        orders_frame({}), profit_frame([]), owners_frame("a"), NO_GAPS, window=WINDOW, as_of=AS_OF, lost=frozenset()
    )
    assert (len(found.frame), len(found.named), found.judged, found.flagged, found.wrong) == (0, 0, 0, 0, 0)
    assert found.chance == RULES.overdue_loss_share


def test_an_unknown_worth_is_nothing() -> None:
    orders = with_revenue(10, 100)
    profit = profit_frame([("a", 100, NAN)])
    found = overdue_owners(orders, profit, owners_frame("a"), regular(8), window=WINDOW, as_of=AS_OF, lost=frozenset())
    assert found.named["margin"].tolist() == [0]
