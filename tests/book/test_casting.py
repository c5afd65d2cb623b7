"""What a text means as a number, a date, a month, a code: the value, or the reason why it has none."""

import random
import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb
import pytest

from kamreport.book.casting import cast_column, literal, quote
from kamreport.book.contract import TABLES
from kamreport.settings import Source

_CON = duckdb.connect()


def cast(place: str, text: str | None, **written: Any) -> Any:
    """Value of a cell as a column of the contract, or the reason why it has none."""
    table, _, name = place.partition(".")
    steps = cast_column(TABLES[table].by_name[name], "cell", Source(path="x.csv", **written), typed=False)
    value, fault, wrong = _CON.execute(
        f'SELECT "{name}", {steps.fault}, {steps.wrong} FROM (SELECT *, {steps.value} AS "{name}" FROM '
        f'(SELECT {steps.text} AS "t_{name}" FROM (SELECT CAST(? AS VARCHAR) AS cell)))',
        [text],
    ).fetchall()[0]
    assert bool(wrong) == (fault is not None)
    return fault or value


def money(text: str, **written: Any) -> Any:
    return cast("transactions.revenue", text, **written)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", "1"),
        ("1.5", "1.5"),
        ("-1.50", "-1.5"),
        ("+1", "1"),
        ("1.", "1"),
        (".5", "0.5"),
        ("-.5", "-0.5"),
        ("00012", "12"),
        ("-0", "0"),
        ("(100.00)", "-100"),
        ("100.00-", "-100"),
        ("1e3", "1000"),
        ("1E-2", "0.01"),
        ("1.5e3", "1500"),
        ("$1", "1"),
        ("¥1", "1"),
        ("￥1", "1"),
        ("€1", "1"),
        ("£1", "1"),
        ("¥ 1", "1"),
        ("1 ¥", "1"),
        ("$-1", "-1"),
        ("-$1", "-1"),
        ("-¥1.50", "-1.5"),
        ("($1)", "-1"),
        ("$(1)", "-1"),
        ("\u22125", "-5"),
        ("１２３．５", "123.5"),
        ("－５", "-5"),
        ("（１００）", "-100"),
        ("  7\t", "7"),
        ("\u00a07\u3000", "7"),
        ("99999999999999.9999", "99999999999999.9999"),
    ],
)
def test_a_number_is_read_as_it_is_written(text: str, value: str) -> None:
    assert money(text) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        "1,234.50", "1,5", "1 234", "1'234", "1_000", "1.2.3", "--1", "-(1)", "(-1)", "(1", "1)", ".", "-", "()", "$",
        "12%", "0x10", "½", "٣", "abc", "1e", "1e400", "1e99", "inf", "-inf", "Infinity", "nan", "NaN", "1 EUR",
        "999999999999999",
    ],
)  # fmt: skip
def test_what_is_not_exactly_a_number_is_none(text: str) -> None:
    assert money(text) == "not_a_number"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.50", "1234.5"),
        ("1,234,567", "1234567"),
        ("1234", "1234"),
        ("-1,234", "-1234"),
        ("(1,234.5)", "-1234.5"),
        ("1,234-", "-1234"),
        ("$1,234.50", "1234.5"),
        ("-$1,234.50", "-1234.5"),
        ("($1,234.50)", "-1234.5"),
        ("１，２３４", "1234"),
    ],
)
def test_declared_thousands_are_read(text: str, value: str) -> None:
    assert money(text, thousands=",") == Decimal(value)


@pytest.mark.parametrize("text", ["12,34", "1,234,5", "1,2345", ",123", "1234,567", "1,23", "1.234,50"])
def test_groups_that_are_not_thousands_are_no_number(text: str) -> None:
    assert money(text, thousands=",") == "not_a_number"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,50", "1234.5"),
        ("1.234", "1234"),
        ("1234,5", "1234.5"),
        (",5", "0.5"),
        ("1,", "1"),
        ("-1,5", "-1.5"),
        ("1,5-", "-1.5"),
        ("(1.234,5)", "-1234.5"),
        ("1,5e2", "150"),
    ],
)
def test_a_decimal_comma_is_read_where_it_is_declared(text: str, value: str) -> None:
    assert money(text, decimal=",", thousands=".") == Decimal(value)


@pytest.mark.parametrize("text", ["1.5", "1234.50", "1.23,4", "1,234,5"])
def test_a_point_is_no_decimal_sign_where_the_comma_is(text: str) -> None:
    assert money(text, decimal=",", thousands=".") == "not_a_number"


@pytest.mark.parametrize("text", ["1 234,5", "1\u00a0234,5", "1\u202f234,5"])
def test_every_space_serves_as_the_declared_space(text: str) -> None:
    assert money(text, decimal=",", thousands=" ") == Decimal("1234.5")


def test_an_apostrophe_serves_as_thousands_sign() -> None:
    assert money("1'234.5", thousands="'") == Decimal("1234.5")


@pytest.mark.parametrize(
    ("decimal", "thousands"), [(".", ""), (".", ","), (",", ""), (",", "."), (",", " ")], ids=lambda sign: sign or "no"
)
def test_no_two_readings_of_a_text_differ(decimal: str, thousands: str) -> None:
    drawn = random.Random(f"{decimal}{thousands}")
    texts = {"".join(drawn.choices("0123456789.,_-+eE ", k=drawn.randint(1, 9))).strip() for _ in range(20_000)} - {""}
    column = TABLES["transactions"].by_name["revenue"]
    steps = cast_column(column, "cell", Source(path="x.csv", decimal=decimal, thousands=thousands), typed=False)
    read = _CON.execute(
        f'SELECT t_revenue, {steps.value} FROM (SELECT {steps.text} AS "t_revenue" FROM (SELECT unnest(?) AS cell))',
        [sorted(texts)],
    ).fetchall()
    assert dict(read) == {text: by_hand(text, decimal, thousands) for text in texts}


def by_hand(text: str, decimal: str, thousands: str) -> Decimal | None:
    """Read a number of plain signs as docs/data.md says it is read."""
    mark, group = re.escape(decimal), re.escape(thousands)
    digits = f"(?:[0-9]{{1,3}}(?:{group}[0-9]{{3}})+|[0-9]+)" if thousands else "[0-9]+"
    plain = f"(?:{digits}(?:{mark}[0-9]*)?|{mark}[0-9]+)"
    if not re.fullmatch(f"[+-]?{plain}(?:[eE][+-]?[0-9]{{1,2}})?|{plain}-", text):
        return None
    bare = text.replace(thousands, "") if thousands else text
    sign, bare = (-1, bare[:-1]) if bare.endswith("-") else (1, bare)
    number = sign * Decimal(bare.replace(",", "."))
    fits = abs(number) < 10**14
    return number.quantize(Decimal("0.0001"), ROUND_HALF_UP) if fits else None


def test_money_is_rounded_half_away_from_zero_at_the_fifth_place() -> None:
    assert money("0.00005") == Decimal("0.0001")
    assert money("0.00004") == 0


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.13", "0.13"), ("13%", "0.13"), ("１３％", "0.13"), ("13 %", "0.13"), ("0", "0"), ("1", "1"), ("100%", "1")],
)
def test_a_share_is_read_with_or_without_per_cent(text: str, value: str) -> None:
    assert cast("transactions.tax_rate", text) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "reason"),
    # 13 for 13 % would make revenue / 14 of revenue / 1.13.
    [("13", "out_of_range"), ("-5%", "out_of_range"), ("150%", "out_of_range"), ("13%%", "not_a_number")]
    + [(text, "not_a_number") for text in ("%13", "%", "13 per cent")],
)
def test_a_share_lies_between_0_and_1(text: str, reason: str) -> None:
    assert cast("transactions.tax_rate", text) == reason


@pytest.mark.parametrize(
    ("text", "value"),
    [("30", 30), ("30.0", 30), ("1e2", 100), ("-1", -1), ("30.5", "not_a_whole_number"), ("3e9", "not_a_whole_number")],
)
def test_a_whole_number_has_no_fraction(text: str, value: object) -> None:
    assert cast("accounts.payment_days", text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), ("10", 10), ("5.5", Decimal("5.5")), ("0.9", "out_of_range"), ("11", "out_of_range")],
)
def test_a_score_lies_on_its_scale(text: str, value: object) -> None:
    assert cast("competitor_scores.score", text) == value


@pytest.mark.parametrize(
    "text",
    ["2025-06-01", " 2025-06-01 ", "2025-06-01 10:00", "2025-06-01T10:00:00", "2025-06-01 00:00:00.000"],
)
def test_an_iso_date_is_read_with_or_without_a_time(text: str) -> None:
    assert cast("transactions.date", text) == date(2025, 6, 1)


@pytest.mark.parametrize(
    "text",
    [
        "2025-06-31",
        "2025-6-1",
        "2025/06/01",
        "20250601",
        "01.06.2025",
        "2025-06-010",
        "2025-06-01 soon",
        "infinity",
        "2025-06-01 25:00",
        "45000",
        "today",
        "NO",
    ],
)
def test_what_has_not_the_declared_form_is_no_date(text: str) -> None:
    assert cast("transactions.date", text) == "not_a_date"


@pytest.mark.parametrize(
    ("date_format", "text", "day"),
    [
        ("%d/%m/%Y", "02/03/2024", date(2024, 3, 2)),
        ("%m/%d/%Y", "02/03/2024", date(2024, 2, 3)),
        ("%d/%m/%Y", "1/6/2025", date(2025, 6, 1)),
        ("%Y/%m/%d", "2025/6/1", date(2025, 6, 1)),
        ("%Y年%m月%d日", "2025年6月1日", date(2025, 6, 1)),
        ("%Y%m%d", "20250601", date(2025, 6, 1)),
        ("%d/%m/%Y", "2024-03-02", date(2024, 3, 2)),
        ("%d/%m/%Y %H:%M", "02/03/2024 23:59", date(2024, 3, 2)),
    ],
)
def test_a_date_is_read_in_the_declared_form_or_as_iso(date_format: str, text: str, day: date) -> None:
    assert cast("transactions.date", text, date_format=date_format) == day


@pytest.mark.parametrize(
    ("date_format", "text"), [("%d/%m/%Y", "02/13/2024"), ("%m/%d/%Y", "13/02/2024"), ("%d/%m/%Y", "02/03/2024 10:00")]
)
def test_month_and_day_are_never_exchanged(date_format: str, text: str) -> None:
    assert cast("transactions.date", text, date_format=date_format) == "not_a_date"


@pytest.mark.parametrize(
    "text",
    ["2025-06", "202506", "2025年6月", "2025年06月", "2025/6", "2025.06", "2025-6", "2025-06-01", "2025-06-30"],
)
def test_a_month_is_read_as_its_first_day(text: str) -> None:
    assert cast("targets.month", text) == date(2025, 6, 1)


@pytest.mark.parametrize("text", ["2025-13", "2025", "06-2025", "June 2025", "2025-00", "2025-06-31"])
def test_what_names_no_month_is_none(text: str) -> None:
    assert cast("targets.month", text) == "not_a_month"


@pytest.mark.parametrize("text", ["return", "RETURN", " Return "])
def test_a_code_is_read_without_case(text: str) -> None:
    assert cast("transactions.kind", text) == "return"


@pytest.mark.parametrize("text", ["gift", "退货", "returns", "sale;return"])
def test_a_code_that_is_not_listed_is_none(text: str) -> None:
    assert cast("transactions.kind", text) == "not_listed"


@pytest.mark.parametrize(
    ("texts", "value"),
    [
        (["是", "有", "Y", "yes", "TRUE", "t", "1", "√", "✓"], True),
        (["否", "无", "N", "no", "False", "f", "0", "×"], False),
        (["maybe", "2", "-", "ja"], "not_yes_or_no"),
    ],
)
def test_yes_and_no_are_read_in_both_languages(texts: list[str], value: object) -> None:
    assert [cast("competitor_prices.tax_included", text) for text in texts] == [value] * len(texts)


@pytest.mark.parametrize("text", ["NA", "NaN", "NULL", "None", "#N/A", "n/a", "NO", "inf", "00123", "1e5", "true"])
def test_text_stays_text(text: str) -> None:
    assert cast("transactions.region", text) == text
    assert cast("transactions.order_id", text) == text


@pytest.mark.parametrize("text", ["", " ", "\u3000", "\u00a0\t", None])
def test_only_an_empty_cell_is_no_value(text: str | None) -> None:
    assert cast("transactions.region", text) is None


def test_declared_empty_texts_are_no_value_and_the_empty_cell_stays_one() -> None:
    assert [cast("transactions.cost", text, empty=["-", "无"]) for text in ("-", " 无 ", "")] == [None, None, None]
    assert cast("transactions.cost", "/", empty=["-"]) == "not_a_number"


def test_a_default_stands_where_nothing_is_given() -> None:
    assert cast("accounts.type", "") == "customer"
    assert cast("accounts.type", "pool") == "pool"


@pytest.mark.parametrize("reason", ["cell_error", "formula_without_value", "nul"])
def test_a_broken_cell_keeps_its_own_reason(reason: str) -> None:
    assert cast("transactions.revenue", f"\x00{reason}") == reason
    assert cast("transactions.order_id", f"\x00{reason}") == reason


def test_names_and_values_are_quoted_for_sql() -> None:
    name, value = 'a"; DROP TABLE x; --', "it's; DROP TABLE x; --"
    answer = _CON.execute(f"SELECT {literal(value)} AS {quote(name)}")
    assert [column[0] for column in answer.description or []] == [name]
    assert answer.fetchall() == [(value,)]
