"""Periods: whole months, half-open, named as they are read."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.errors import UsageError
from kamreport.period import Period

YEARS = st.integers(1, 12)
PERIODS = st.builds(
    lambda month, months, year: Period(date(month // 12, month % 12 + 1, 1), months, year),
    st.integers(1902 * 12, 2190 * 12),
    st.integers(1, 40),
    YEARS,
)


@given(PERIODS)
@settings(max_examples=300, deadline=None)
def test_a_period_is_read_back_from_its_name(period: Period) -> None:
    again = Period.parse(str(period), fiscal_year_start=period.fiscal_year_start)
    assert (again.start, again.months, again.kind) == (period.start, period.months, period.kind)


@given(PERIODS, st.integers(1, 40))
@settings(max_examples=200, deadline=None)
def test_neighbours_touch_and_a_year_is_twelve_months(period: Period, months: int) -> None:
    assert period.previous.end == period.start
    assert period.previous.months == period.months
    assert period.previous.back(-period.months) == period
    assert (period.year_ago.start.year, period.year_ago.start.month) == (period.start.year - 1, period.start.month)
    assert period.back(months).back(-months) == period
    assert (period.trailing(months).end, period.trailing(months).months) == (period.end, months)


@given(PERIODS)
@settings(max_examples=200, deadline=None)
def test_the_pieces_of_a_period_fill_it(period: Period) -> None:
    pieces = period.split()
    assert [piece.start for piece in pieces] == list(period)
    assert len(pieces) == period.months
    assert all(one.end == other.start for one, other in pairwise(pieces))
    assert (pieces[0].start, pieces[-1].end) == (period.start, period.end)


@given(PERIODS)
@settings(max_examples=200, deadline=None)
def test_a_period_holds_its_first_day_and_not_the_day_after_its_last(period: Period) -> None:
    assert period.start in period
    assert period.last_day in period
    assert period.end not in period
    assert period.start - timedelta(days=1) not in period


@given(PERIODS)
@settings(max_examples=200, deadline=None)
def test_the_year_to_date_begins_with_the_fiscal_year_of_the_last_month(period: Period) -> None:
    so_far = period.year_to_date
    assert so_far.end == period.end
    assert so_far.start.month == period.fiscal_year_start
    assert 1 <= so_far.months <= 12


# Fiscal years by their published names: Japan's 2025 runs from April 2025, Australia's to June 2025, the United
# States' to September 2025.
@pytest.mark.parametrize(
    ("text", "first_month", "start", "end"),
    [
        ("2025", 1, date(2025, 1, 1), date(2026, 1, 1)),
        ("2025", 4, date(2025, 4, 1), date(2026, 4, 1)),
        ("2025", 7, date(2024, 7, 1), date(2025, 7, 1)),
        ("2025", 10, date(2024, 10, 1), date(2025, 10, 1)),
        ("2025-Q1", 1, date(2025, 1, 1), date(2025, 4, 1)),
        ("2025-Q4", 4, date(2026, 1, 1), date(2026, 4, 1)),
        ("2025-Q1", 10, date(2024, 10, 1), date(2025, 1, 1)),
        ("2025q2", 10, date(2025, 1, 1), date(2025, 4, 1)),
        ("2025-06", 10, date(2025, 6, 1), date(2025, 7, 1)),
        ("2024-2", 1, date(2024, 2, 1), date(2024, 3, 1)),
        (" 2025-11 .. 2026-01 ", 1, date(2025, 11, 1), date(2026, 2, 1)),
        ("2024..2025-Q2", 1, date(2024, 1, 1), date(2025, 7, 1)),
        ("2025-03..2025-03", 1, date(2025, 3, 1), date(2025, 4, 1)),
    ],
)
def test_months_quarters_years_and_ranges_are_read(text: str, first_month: int, start: date, end: date) -> None:
    period = Period.parse(text, fiscal_year_start=first_month)
    assert (period.start, period.end) == (start, end)


@pytest.mark.parametrize(
    ("text", "first_month", "kind", "year", "quarter"),
    [
        ("2025-02", 1, "month", 2025, 1),
        ("2025-02", 4, "month", 2024, 4),
        ("2025-02", 10, "month", 2025, 2),
        ("2025-Q3", 4, "quarter", 2025, 3),
        ("2025-01..2025-03", 1, "quarter", 2025, 1),
        ("2025-02..2025-04", 1, "months", 2025, 1),
        ("2025-01..2025-12", 1, "year", 2025, 1),
        ("2025-01..2025-12", 4, "months", 2024, 4),
    ],
)
def test_a_period_knows_its_kind_fiscal_year_and_quarter(
    text: str, first_month: int, kind: str, year: int, quarter: int
) -> None:
    period = Period.parse(text, fiscal_year_start=first_month)
    assert (period.kind, period.fiscal_year, period.quarter) == (kind, year, quarter)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not understood"),
        ("June", "is not understood"),
        ("2025-13", "is not understood"),
        ("2025-0", "is not understood"),
        ("2025-Q5", "is not understood"),
        ("2025-06-01", "is not understood"),
        ("-2025", "is not understood"),
        ("2025-06..", "is not understood"),
        ("..", "is not understood"),
        ("2024..2025..2026", "is not understood"),
        ("1899", "is not between 1900 and 2199"),
        ("2025..2200", "is not between 1900 and 2199"),
        ("2025-06..2025-05", "ends before it starts"),
    ],
)
def test_what_is_no_period_is_one_line_with_the_whole_text_and_the_way_out(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        Period.parse(text)
    assert str(caught.value).startswith(f"period '{text}' {said}; give ")
    assert "\n" not in str(caught.value)


@given(st.text(st.sampled_from("0123456789-Qq. .年月٣"), max_size=16), YEARS)
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_period_or_refused(text: str, first_month: int) -> None:
    try:
        period = Period.parse(text, fiscal_year_start=first_month)
    except UsageError:
        return
    assert Period.parse(str(period), fiscal_year_start=first_month) == period


def test_a_long_chain_of_ranges_is_refused_and_not_followed() -> None:
    with pytest.raises(UsageError):
        Period.parse("2025.." * 5000 + "2025")


@pytest.mark.parametrize(("start", "months"), [(date(2025, 6, 2), 1), (date(2025, 6, 1), 0)])
def test_a_period_is_whole_months(start: date, months: int) -> None:
    with pytest.raises(UsageError, match="a period is whole months, not"):
        Period(start, months)


@pytest.mark.parametrize("months", [0, 2])
def test_pieces_that_do_not_fill_a_period_are_refused(months: int) -> None:
    with pytest.raises(UsageError, match=f"2025-Q1 cannot be cut into pieces of {months} months"):
        Period.parse("2025-Q1").split(months)


def test_a_year_is_cut_into_its_quarters() -> None:
    quarters = Period.parse("2025", fiscal_year_start=4).split(3)
    assert [str(quarter) for quarter in quarters] == ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4"]


def test_periods_stand_in_order_of_time_and_february_is_never_longer_than_itself() -> None:
    texts = ["2025-02", "2024-03", "2024-Q1"]
    assert sorted(map(Period.parse, texts)) == [Period.parse(text) for text in ("2024-Q1", "2024-03", "2025-02")]
    assert (Period.parse("2024-02").last_day, Period.parse("2024-02").year_ago.last_day) == (
        date(2024, 2, 29),
        date(2023, 2, 28),
    )


# Days at an edge, with what holds them, worked out by hand. For each: the last day of its month, of the one before and
# of the same month a year earlier; its quarter of the year that begins in April, and that quarter's last day a year
# earlier; the last day of the half-year before that which holds it; the first day of the fiscal year.
EDGES = [
    # day          month's end   the one before  a year ago  quarter    a year ago    half before   fiscal year
    ("2023-02-28", "2023-02-28", "2023-01-31", "2022-02-28", "2022-Q4", "2022-03-31", "2022-09-30", "2022-04-01"),
    ("2023-03-31", "2023-03-31", "2023-02-28", "2022-03-31", "2022-Q4", "2022-03-31", "2022-09-30", "2022-04-01"),
    ("2024-01-31", "2024-01-31", "2023-12-31", "2023-01-31", "2023-Q4", "2023-03-31", "2023-09-30", "2023-04-01"),
    ("2024-02-28", "2024-02-29", "2024-01-31", "2023-02-28", "2023-Q4", "2023-03-31", "2023-09-30", "2023-04-01"),
    ("2024-02-29", "2024-02-29", "2024-01-31", "2023-02-28", "2023-Q4", "2023-03-31", "2023-09-30", "2023-04-01"),
    ("2024-03-01", "2024-03-31", "2024-02-29", "2023-03-31", "2023-Q4", "2023-03-31", "2023-09-30", "2023-04-01"),
    ("2024-03-31", "2024-03-31", "2024-02-29", "2023-03-31", "2023-Q4", "2023-03-31", "2023-09-30", "2023-04-01"),
    ("2024-04-01", "2024-04-30", "2024-03-31", "2023-04-30", "2024-Q1", "2023-06-30", "2024-03-31", "2024-04-01"),
    ("2024-12-31", "2024-12-31", "2024-11-30", "2023-12-31", "2024-Q3", "2023-12-31", "2024-09-30", "2024-04-01"),
    ("2025-01-01", "2025-01-31", "2024-12-31", "2024-01-31", "2024-Q4", "2024-03-31", "2024-09-30", "2024-04-01"),
    ("2025-02-28", "2025-02-28", "2025-01-31", "2024-02-29", "2024-Q4", "2024-03-31", "2024-09-30", "2024-04-01"),
    ("2100-02-28", "2100-02-28", "2100-01-31", "2099-02-28", "2099-Q4", "2099-03-31", "2099-09-30", "2099-04-01"),
]


@pytest.mark.parametrize(("day", "last", "before", "year_ago", "quarter", "quarter_ago", "half_before", "year"), EDGES)
def test_arithmetic_in_months_knows_no_length_of_february(
    day: str, last: str, before: str, year_ago: str, quarter: str, quarter_ago: str, half_before: str, year: str
) -> None:
    period = Period.month_of(date.fromisoformat(day), fiscal_year_start=4)
    assert date.fromisoformat(day) in period
    assert (str(period), str(period.last_day)) == (day[:7], last)
    assert (str(period.previous.last_day), str(period.year_ago.last_day)) == (before, year_ago)
    whole = Period.parse(f"{period.fiscal_year}-Q{period.quarter}", fiscal_year_start=4)
    assert (str(whole), str(whole.year_ago.last_day)) == (quarter, quarter_ago)
    assert date.fromisoformat(day) in whole
    half = Period(whole.start if period.quarter % 2 else whole.previous.start, 6, 4)
    assert date.fromisoformat(day) in half
    assert str(half.previous.last_day) == half_before
    assert str(period.year_to_date.start) == year
    assert (period.year_to_date.end, period.trailing(12).previous.end) == (period.end, period.year_ago.end)


def test_a_year_with_a_leap_day_is_twelve_months_as_any() -> None:
    leap, after = Period.parse("2024"), Period.parse("2025")
    assert ((leap.end - leap.start).days, (after.end - after.start).days) == (366, 365)
    assert (after.year_ago, leap.months, after.months) == (leap, 12, 12)
    # The leap day is in February 2024 and in nothing that is compared with 29 days of another year.
    assert sum(date(2024, 2, 29) in piece for piece in leap.split()) == 1
    assert len(list(Period.parse("2024-02"))) == len(list(Period.parse("2023-02"))) == 1
