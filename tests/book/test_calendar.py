"""Working days: weekdays, or a country's statutory days with its make-up days."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.book.calendar import WorkCalendar
from kamreport.errors import SettingsError

WEEKDAYS = WorkCalendar("")
CHINA = WorkCalendar("CN")
DAYS = st.dates(date(2023, 1, 1), date(2025, 11, 30))
CALENDARS = st.sampled_from([WEEKDAYS, CHINA])


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        # Notice of the State Council on the holidays of 2025 (国办发明电〔2024〕12号).
        (date(2025, 1, 1), False),
        (date(2025, 1, 26), True),  # a Sunday, made up for the Spring Festival
        (date(2025, 1, 28), False),  # New Year's Eve, a holiday since 2025
        (date(2025, 2, 4), False),
        (date(2025, 2, 5), True),
        (date(2025, 2, 8), True),  # a Saturday
        (date(2025, 4, 4), False),  # Tomb-Sweeping Day
        (date(2025, 4, 27), True),  # a Sunday
        (date(2025, 5, 5), False),
        (date(2025, 6, 2), False),  # the Monday after the Dragon Boat Festival
        (date(2025, 9, 28), True),  # a Sunday
        (date(2025, 10, 8), False),
        (date(2025, 10, 9), True),
        (date(2025, 10, 11), True),  # a Saturday
        (date(2025, 10, 12), False),
        # and of 2024 (国办发明电〔2023〕7号).
        (date(2024, 2, 4), True),  # a Sunday
        (date(2024, 2, 9), True),  # New Year's Eve, not yet a holiday
        (date(2024, 2, 12), False),
        (date(2024, 2, 18), True),  # a Sunday
        (date(2024, 10, 12), True),  # a Saturday
    ],
)
def test_the_days_that_china_works_are_known(day: date, worked: bool) -> None:
    assert CHINA.is_working(day) is worked


def test_without_a_country_monday_to_friday_are_worked() -> None:
    week = [date(2025, 9, 29) + timedelta(days=n) for n in range(7)]
    assert [WEEKDAYS.is_working(day) for day in week] == [True] * 5 + [False] * 2


@pytest.mark.parametrize(("start", "end", "china"), [(1, 2, 19), (2, 3, 19), (5, 6, 19), (10, 11, 18)])
def test_the_working_days_of_a_month_are_counted(start: int, end: int, china: int) -> None:
    """Worked out by hand from the notice of 2025."""
    assert CHINA.count(date(2025, start, 1), date(2025, end, 1)) == china


@given(CALENDARS, DAYS, st.integers(1, 40))
@settings(max_examples=100, deadline=None)
def test_the_day_after_n_working_days_has_n_of_them_before_it(calendar: WorkCalendar, start: date, worked: int) -> None:
    end = calendar.after(start, worked)
    assert calendar.count(start, end) == worked
    assert calendar.is_working(end - timedelta(days=1))


@given(CALENDARS, DAYS, st.integers(1, 10))
@settings(max_examples=100, deadline=None)
def test_the_last_n_working_days_begin_with_one(calendar: WorkCalendar, day: date, worked: int) -> None:
    first = calendar.back_from(day, worked)
    assert calendar.is_working(first)
    assert calendar.count(first, day + timedelta(days=1)) == worked


def test_no_working_day_takes_no_time() -> None:
    assert WEEKDAYS.after(date(2025, 6, 1), 0) == date(2025, 6, 1)
    assert WEEKDAYS.count(date(2025, 6, 2), date(2025, 6, 2)) == 0


def test_a_country_without_a_calendar_is_one_line() -> None:
    with pytest.raises(SettingsError) as caught:
        WorkCalendar("XX")
    assert str(caught.value) == ("kamreport.toml: company.country 'XX' has no calendar; give another ISO code, or none")
