from datetime import date

import pandas as pd

from kamreport.analysis.rhythms import days_in_season, rhythms
from tests.analysis.frames import AS_OF, AUTUMN, orders_frame, owners_frame


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
