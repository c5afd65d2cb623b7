from datetime import date

import pandas as pd
import pytest

from kamreport.analysis.defection import spells
from kamreport.analysis.overdue import overdue_limit, overdue_owners, silences, track_record
from kamreport.settings import Rules
from tests.analysis.frames import (
    AS_OF,
    AUTUMN,
    NAN,
    WINDOW,
    company_frame,
    every,
    orders_frame,
    owners_frame,
    profit_frame,
)

RULES = Rules()
NO_GAPS = company_frame()


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
