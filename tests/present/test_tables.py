"""Tables as they print and as they go into the workbook."""

import base64
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from kamreport.language import Language, Number, text
from kamreport.present.section import Column, Table, cells
from kamreport.present.tables import plain_rows, render_table
from kamreport.record import ROW_LIMIT
from kamreport.settings import Bilingual

from . import frames as f

EN, ZH = Language("en", "CNY"), Language("zh", "CNY")
NAME = Column("name", text("Account"), "name")
REVENUE = Column("revenue", text("Revenue"), "money")
MARGIN = Column("margin", text("Margin"), "money")


def _texts(table: Table, language: Language = EN) -> list[list[str]]:
    return [[cell.text for cell in cells] for _, cells in render_table(table, language).rows]


def _heads(table: Table, language: Language = EN) -> list[str]:
    return [head.text for head in render_table(table, language).heads]


def _money(*amounts: float, **more: object) -> Table:
    frame = pd.DataFrame({"name": [f"A{n}" for n in range(len(amounts))], "revenue": list(amounts)})
    return Table(frame, [NAME, Column("revenue", text("Revenue"), "money", **more)])  # type: ignore[arg-type]


# Money has one scale in a table, said in the head


@pytest.mark.parametrize(
    ("largest", "english", "chinese"),
    [
        (99_999, ("Revenue, ¥", "99,999"), ("收入（元）", "99,999")),
        (100_000, ("Revenue, ¥k", "100"), ("收入（万元）", "10.0")),
        (1_234_567, ("Revenue, ¥k", "1,235"), ("收入（万元）", "123.5")),
        (100_000_000, ("Revenue, ¥m", "100.0"), ("收入（万元）", "10,000.0")),
        (2_345_678_901, ("Revenue, ¥m", "2,345.7"), ("收入（亿元）", "23.46")),
    ],
)
def test_the_largest_amount_decides_the_scale(
    largest: float, english: tuple[str, str], chinese: tuple[str, str]
) -> None:
    for amount in (largest, -largest):
        table = _money(amount, 0.0)
        for language, (head, said) in ((EN, english), (ZH, chinese)):
            assert _heads(table, language)[1] == head
            assert _texts(table, language)[0][1] == ("−" if amount < 0 else "") + said


def test_all_money_of_a_table_shares_the_scale_of_the_largest() -> None:
    frame = pd.DataFrame({"name": ["A"], "revenue": [5_000_000.0], "margin": [3_210.0]})
    table = Table(frame, [NAME, REVENUE, MARGIN])
    assert _heads(table) == ["Account", "Revenue, ¥k", "Margin, ¥k"]
    assert _texts(table) == [["A", "5,000", "3"]]
    assert _texts(table, ZH) == [["A", "500.0", "0.3"]]


def test_rows_that_are_not_shown_count_for_the_scale_so_that_the_workbook_and_the_page_agree() -> None:
    table = Table(pd.DataFrame({"name": ["A", "B"], "revenue": [1.0, 2e6]}), [NAME, REVENUE], most=1)
    assert _heads(table)[1] == "Revenue, ¥k"


@pytest.mark.parametrize(
    ("currency", "english", "chinese"),
    [
        ("GBP", "Revenue, £k", "收入（万英镑）"),
        ("USD", "Revenue, $k", "收入（万美元）"),
        ("CNY", "Revenue, ¥k", "收入（万元）"),
        ("EUR", "Revenue, €k", "收入（万欧元）"),
    ],
)
def test_the_unit_names_the_currency(currency: str, english: str, chinese: str) -> None:
    table = _money(1e6)
    assert _heads(table, Language("en", currency))[1] == english
    assert _heads(table, Language("zh", currency))[1] == chinese


def test_an_amount_that_is_unknown_does_not_spoil_the_scale() -> None:
    for unknown in (f.NAN, float("inf"), None):
        frame = pd.DataFrame({"name": ["A", "B"], "revenue": pd.Series([unknown, 2e6], dtype=object)})
        table = Table(frame, [NAME, REVENUE])
        assert _heads(table) == ["Account", "Revenue, ¥k"]
        assert _texts(table) == [["A", "–"], ["B", "2,000"]]


def test_a_table_of_unknown_amounts_has_the_plain_unit() -> None:
    table = _money(f.NAN, f.NAN)
    assert (_heads(table)[1], _texts(table)) == ("Revenue, ¥", [["A0", "–"], ["A1", "–"]])


def test_an_empty_table_has_its_heads() -> None:
    table = Table(pd.DataFrame({"name": [], "revenue": []}), [NAME, REVENUE])
    shown = render_table(table, EN)
    assert ([head.text for head in shown.heads], shown.rows, shown.more) == (["Account", "Revenue, ¥"], [], "")


# Cells


@pytest.mark.parametrize("missing", [None, f.NAN, pd.NA, pd.NaT, float("inf"), float("-inf"), np.nan])
@pytest.mark.parametrize("kind", ["name", "money", "share", "points", "count", "number", "date", "month"])
def test_what_is_missing_is_a_dash(kind: str, missing: object) -> None:
    frame = pd.DataFrame({"name": ["A", "B"], "value": pd.Series([missing, missing], dtype=object)})
    table = Table(frame, [NAME, Column("value", text("Value"), kind)])  # type: ignore[arg-type]
    assert _texts(table) == [["A", "–"], ["B", "–"]]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        (Column("v", text("Value"), "share"), 0.1234, "12%"),
        (Column("v", text("Value"), "share", 1, signed=True), 0.1234, "+12.3%"),
        (Column("v", text("Value"), "points", 1, signed=True), -0.05, "−5.0"),
        (Column("v", text("Value"), "count"), 1234, "1,234"),
        (Column("v", text("Value"), "number", 2), 1234.5, "1,234.50"),
        (Column("v", text("Value"), "exact"), "1,234.5600", "1,234.5600"),
        (Column("v", text("Value"), "date"), pd.Timestamp("2025-06-03"), "3 Jun 2025"),
        (Column("v", text("Value"), "date"), date(2025, 6, 3), "3 Jun 2025"),
        (Column("v", text("Value"), "month"), pd.Timestamp("2025-06-01"), "Jun 2025"),
        (Column("v", text("Value"), "text"), "x" * 61, "x" * 59 + "…"),
        (Column("v", text("Value"), "text"), True, "yes"),
        (Column("v", text("Value"), "text"), text("stopped"), "stopped"),
        (Column("v", text("Value"), "text"), Bilingual(en="North", zh="华北"), "North"),
        (Column("v", text("Value"), "name"), "y" * 45, "y" * 43 + "…"),
    ],
)
def test_each_kind_of_cell_is_said_in_its_way(column: Column, value: object, said: str) -> None:
    table = Table(pd.DataFrame({"v": pd.Series([value], dtype=object)}), [column])
    assert _texts(table) == [[said]]


def test_only_figures_stand_right_and_a_signed_fall_is_marked_as_worse() -> None:
    frame = pd.DataFrame({"name": ["A"], "past": [-5.0], "change": [-5.0], "day": [pd.Timestamp("2025-06-03")]})
    columns = [
        NAME,
        Column("past", text("Last year"), "money"),
        Column("change", text("Change"), "money", signed=True),
        Column("day", text("Due"), "date"),
    ]
    shown = render_table(Table(frame, columns), EN)
    assert [cell.css for cell in shown.rows[0][1]] == ["name", "n", "n worse", "d"]
    assert [head.css for head in shown.heads] == ["", "n", "n", ""]


def test_what_is_shown_as_zero_is_not_marked_as_worse() -> None:
    frame = pd.DataFrame({"change": [-2e6, -400.0], "share": [-0.2, -0.0004]})
    columns = [
        Column("change", text("Change"), "money", signed=True),
        Column("share", text("Growth"), "share", 1, signed=True),
    ]
    rows = [[(cell.text, cell.css) for cell in cells] for _, cells in render_table(Table(frame, columns), EN).rows]
    assert rows == [[("−2,000", "n worse"), ("−20.0%", "n worse")], [("0", "n"), ("0.0%", "n")]]


def test_a_cut_name_keeps_its_whole_beside_it() -> None:
    whole = "Hengtai Agricultural Supplies of the North, 2nd branch"
    shown = render_table(Table(pd.DataFrame({"name": [whole, "Short"]}), [NAME]), EN)
    assert [(cells[0].text, cells[0].full) for _, cells in shown.rows] == [(whole[:43] + "…", whole), ("Short", "")]


def test_a_trend_is_a_small_picture() -> None:
    frame = pd.DataFrame({"name": ["A"], "trend": cells([[1.0, 2.0]])})
    cell = render_table(Table(frame, [NAME, Column("trend", text("13 months"), "trend")]), EN).rows[0][1][1]
    assert cell.text == "trend"
    assert base64.b64decode(cell.image).startswith(b"<svg ")


def test_the_accent_marks_the_rows_that_the_title_speaks_of() -> None:
    frame = pd.DataFrame({"name": ["A", "B"], "hit": [True, False]})
    assert [marked for marked, _ in render_table(Table(frame, [NAME], accent="hit"), EN).rows] == [True, False]
    assert [marked for marked, _ in render_table(Table(frame, [NAME]), EN).rows] == [False, False]


def test_a_column_of_words_without_a_word_is_left_out_and_figures_stay() -> None:
    manager = Column("manager_name", text("Manager"), "text")
    for empty in ([None, None], ["", ""], [f.NAN, ""], [pd.NA, ""], [pd.NaT, None]):
        words = pd.Series(empty, dtype=object)
        frame = pd.DataFrame({"name": ["A", "B"], "manager_name": words, "revenue": [f.NAN, f.NAN]})
        assert _heads(Table(frame, [NAME, manager, REVENUE])) == ["Account", "Revenue, ¥"]
    half = pd.DataFrame({"name": ["A", "B"], "manager_name": ["Li Na", None]})
    assert _texts(Table(half, [NAME, manager])) == [["A", "Li Na"], ["B", "–"]]
    assert _heads(Table(half.head(0), [NAME, manager])) == ["Account", "Manager"]


@pytest.mark.parametrize(
    ("rows", "english", "chinese"),
    [
        (12, "", ""),
        (13, "and 1 more in the workbook", "另有1行见工作簿"),
        (ROW_LIMIT, "and 4,988 more in the workbook", "另有4,988行见工作簿"),
        (10_000, "and 9,988 more, 4,988 of them in the workbook", "另有9,988行，其中4,988行见工作簿"),
    ],
)
def test_a_long_table_says_how_many_rows_are_in_the_workbook(rows: int, english: str, chinese: str) -> None:
    table = Table(pd.DataFrame({"name": [f"A{n}" for n in range(rows)]}), [NAME])
    shown = render_table(table, EN)
    assert (len(shown.rows), shown.more, render_table(table, ZH).more) == (min(rows, 12), english, chinese)
    assert plain_rows(table, EN).total == rows
    assert len(plain_rows(table, EN).rows) == min(rows, ROW_LIMIT)


def test_the_frame_is_not_changed() -> None:
    frame = pd.DataFrame({"name": ["A\n"], "revenue": [1.5], "hit": [True]})
    before = frame.copy(deep=True)
    table = Table(frame, [NAME, REVENUE], accent="hit")
    render_table(table, EN)
    plain_rows(table, ZH)
    pd.testing.assert_frame_equal(frame, before)


# Rows for the workbook


def test_plain_rows_hold_only_plain_values_unscaled() -> None:
    frame = pd.DataFrame(
        {
            "name": ["A\u202e", "B", None],
            "revenue": [1_234_567.891, f.NAN, float("inf")],
            "count": pd.Series([1, 2, None], dtype="Int64"),
            "flag": [True, False, True],
            "day": pd.to_datetime(["2025-06-03", None, "2025-01-01"]),
            "plain_day": [date(2025, 6, 3), datetime(2025, 6, 3, 5, 6), None],
            "note": cells([text("stopped"), Bilingual(en="North", zh="华北"), Decimal("1.50")]),
            "trend": cells([[1.0], [2.0], [3.0]]),
            "float32": np.array([1.5, np.nan, 2.5], dtype="float32"),
        }
    )
    columns = [NAME, REVENUE, Column("note", text("Remark"), "text"), Column("trend", text("13 months"), "trend")]
    found = plain_rows(Table(frame, columns), ZH)
    assert [(head.name, head.head, head.kind) for head in found.columns] == [
        ("name", "客户", "text"),
        ("revenue", "收入", "money"),
        ("note", "说明", "text"),
        ("count", "count", "number"),
        ("flag", "flag", "text"),
        ("day", "day", "date"),
        ("plain_day", "plain_day", "text"),
        ("float32", "float32", "number"),
    ]
    assert found.rows == [
        ["A", 1_234_567.891, "停购", 1, True, "2025-06-03", "2025-06-03", 1.5],
        ["B", None, "华北", 2, False, None, "2025-06-03", None],
        [None, None, "1.50", None, True, "2025-01-01", None, 2.5],
    ]
    kinds = {type(value) for row in found.rows for value in row}
    assert kinds <= {str, int, float, bool, type(None)}


def test_only_the_first_five_thousand_rows_are_kept_and_all_are_counted() -> None:
    table = Table(pd.DataFrame({"name": [f"A{n}" for n in range(ROW_LIMIT + 1)]}), [NAME])
    found = plain_rows(table, EN)
    assert (len(found.rows), found.total, found.rows[-1]) == (5_000, 5_001, ["A4999"])


def test_columns_of_unsaid_things_do_not_reach_the_workbook() -> None:
    frame = pd.DataFrame({"name": ["A"], "said": cells([text("stopped")]), "listed": cells([[1, 2]])})
    assert [head.name for head in plain_rows(Table(frame, [NAME]), EN).columns] == ["name"]
    numbers = pd.DataFrame({"name": ["A"], "due": cells([Number(2.0)])})
    assert "Number(" not in str(plain_rows(Table(numbers, [NAME]), EN).rows)


@pytest.mark.parametrize("name", f.HOSTILE, ids=range(len(f.HOSTILE)))
def test_a_hostile_name_stays_text_in_page_and_workbook(name: str) -> None:
    frame = pd.DataFrame({"name": [name, "B"], "family": [name, "C"]}, dtype=object)
    table = Table(frame, [NAME, Column("family", text("Family"), "text")])
    (shown, family), _ = _texts(table)
    (whole, _), _ = plain_rows(table, EN).rows
    assert len(shown) <= 44
    assert len(family) <= 60
    assert isinstance(whole, str)
    assert not set(whole) & set("\ud800\u202e\u202c\x00\n\t")
    assert whole.startswith(shown.rstrip("…"))
