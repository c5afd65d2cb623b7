"""The workbook: the rows behind every figure, and no cell that computes."""

from datetime import date, datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from kamreport.language import Language
from kamreport.publish.findings import Part
from kamreport.publish.workbook import _sheet_name, write_workbook
from kamreport.record import ROW_LIMIT
from tests.publish.desk import part

DAY = date(2025, 6, 30)
FORMULAS = ["=1+1", "+x", "-x", "@x", '=HYPERLINK("http://x","y")', "=cmd|'/c calc'!A1", "\t=1", "{=1}", "-1", "+7"]


def rows(kind: str, *values: Any, head: str = "Head", total: int = 0) -> dict[str, Any]:
    column = {"name": "value", "head": head, "kind": kind}
    return {"columns": [column], "rows": [[value] for value in values], "total": total or len(values)}


def book(*parts: Part, language: str = "en") -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(write_workbook(parts, Language(language), DAY)))


def sheet(*tables: dict[str, Any], **more: Any) -> Worksheet:
    found = book(part("lost", tables=list(tables), **more)).worksheets[1]
    assert isinstance(found, Worksheet)
    return found


def column_of(found: Worksheet) -> list[Any]:
    """The values below the head."""
    return [cell.value for cell in found["A"][4:]]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula_wherever_it_stands(text: str) -> None:
    made = book(part(text, title=text, basis=[text], chapter=text, tables=[rows("text", text, head=text)]))
    for found in made.worksheets:
        assert not [cell.coordinate for row in found.iter_rows() for cell in row if cell.data_type == "f"]
    assert column_of(made.worksheets[1]) == [text]
    assert made.worksheets[1]["A5"].data_type == "s"


@given(st.lists(st.integers(-(2**53), 2**53) | st.floats(-1e300, 1e300), min_size=1))
def test_numbers_are_the_same_to_the_fifteenth_figure_when_read_back(values: list[float]) -> None:
    assert column_of(sheet(rows("money", *values))) == pytest.approx(values, rel=1e-15)


@pytest.mark.parametrize(
    ("kind", "value", "form"),
    [
        ("money", -1234.5, "#,##0.00"),
        ("share", 0.413, "0.0%"),
        ("number", 3, "#,##0.####"),
        ("text", 3, "#,##0.####"),
        ("text", "00123", "@"),
        ("money", "n/a", "@"),
    ],
)
def test_a_cell_has_the_format_of_its_kind(kind: str, value: object, form: str) -> None:
    cell = sheet(rows(kind, value))["A5"]
    assert (cell.value, cell.number_format) == (value, form)


def test_dates_are_dates_and_what_excel_cannot_count_stays_text() -> None:
    found = sheet(rows("date", "2024-02-29", "1900-01-01", "1899-12-31", "2025-06-30T00:00", "soon", None))
    told = [getattr(value, "isoformat", lambda value=value: value)() for value in column_of(found)]
    assert told[:2] == ["2024-02-29T00:00:00", "1900-01-01T00:00:00"]
    assert told[2:] == ["1899-12-31", "2025-06-30T00:00", "soon"]


def test_truth_is_truth_and_nothing_is_nothing() -> None:
    assert column_of(sheet(rows("text", True, None, False))) == [True, None, False]


def test_control_characters_are_left_out() -> None:
    text = "a\x00b\x0bc\x1fd\x7fe\r\n\tf\ufffe😀 客户_x0041_"
    found = sheet(rows("text", text), title=f"Title {text}")
    assert column_of(found) == ["abcde\n\tf_xFFFE_😀 客户_x0041_"]
    assert found["A1"].value == "Title abcde\n\tf_xFFFE_😀 客户_x0041_"


def test_a_text_longer_than_a_cell_is_cut() -> None:
    assert len(column_of(sheet(rows("text", "x" * 40_000)))[0]) == 32_767


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        (["whale_curve"], ["whale_curve"]),
        (["a/b", "a:b", "a b"], ["a b", "a b 2", "a b 3"]),
        (["Lost", "LOST"], ["Lost", "LOST 2"]),
        (["x" * 40, "x" * 41], ["x" * 31, "x" * 29 + " 2"]),
        (["[]*?'"], ["sheet"]),
        (["'quoted'"], ["quoted"]),
        (["History"], ["History 2"]),
        (["Findings"], ["Findings 2"]),
        (["a\x0bb"], ["ab"]),
        (["客户" * 20], ["客户" * 15 + "客"]),
    ],
)
def test_sheets_have_names_that_excel_takes(keys: list[str], names: list[str]) -> None:
    made = book(*(part(key, tables=[rows("number", 1)]) for key in keys))
    assert made.sheetnames == ["Findings", *names]


@given(st.lists(st.text(max_size=40), max_size=6))
def test_sheet_names_are_unique_whatever_their_case_and_never_longer_than_31(keys: list[str]) -> None:
    taken: set[str] = set()
    names = [_sheet_name(key, taken) for key in keys]
    assert len({name.casefold() for name in names}) == len(names)
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in names)


def test_the_front_sheet_lists_every_finding_with_its_sheet() -> None:
    made = book(
        part("", kind="chapter", title="Churn"),
        part("lost", amount=1234.5, nature="realised", basis=["n = 3.", "Rule."], tables=[rows("number", 1)]),
        part("fact"),
        part("revenue", kind="figure", value=1.0),
    )
    assert [[cell.value for cell in row] for row in made.worksheets[0].iter_rows()] == [
        ["Chapter", "Finding", "Money at stake", "Nature", "Sheet", "Basis"],
        ["Churn", "Title of lost", 1234.5, "realised", "lost", "n = 3. Rule."],
        ["Churn", "Title of fact", None, "fact", "", ""],
    ]
    assert made.sheetnames == ["Findings", "lost"]


def test_several_tables_of_a_section_stand_below_each_other() -> None:
    found = sheet(rows("number", 1, 2, head="First"), rows("text", "x", head="Second"), basis=["Basis."])
    assert [cell.value for cell in found["A"]] == [
        "Title of lost", "Basis.", None, "First", 1, 2, None, None, "Second", "x",
    ]  # fmt: skip


def test_rows_that_are_left_out_are_counted() -> None:
    found = sheet(rows("number", 1, total=9), rows("number", 2))
    assert [cell.value for cell in found["A"]][4:9] == [1, "8 more rows are not in this workbook.", None, None, "Head"]


def test_a_chinese_workbook_has_chinese_heads() -> None:
    made = book(part("lost"), language="zh")
    assert made.sheetnames == ["发现"]
    assert [cell.value for cell in made.worksheets[0][1]] == [
        "章节",
        "发现",
        "涉及金额",
        "性质",
        "工作表",
        "数据与规则",
    ]


def test_a_chinese_front_names_chapters_and_natures_in_chinese_and_sheets_by_their_keys() -> None:
    natures = ["realised", "at_risk", "opportunity", "fact"]
    findings = [part(f"key_{nature}", nature=nature, tables=[rows("number", 1)]) for nature in natures]
    made = book(part("", kind="chapter", title="流失"), *findings, part("x", chapter="unopened"), language="zh")
    assert [[row[n].value for n in (0, 3, 4)] for row in made.worksheets[0].iter_rows(min_row=2)] == [
        ["流失", "已发生", "key_realised"],
        ["流失", "有风险", "key_at_risk"],
        ["流失", "机会", "key_opportunity"],
        ["流失", "事实", "key_fact"],
        ["unopened", "事实", ""],
    ]
    assert made.sheetnames == ["发现", *(f"key_{nature}" for nature in natures)]


def test_an_empty_report_has_an_empty_front() -> None:
    assert book().sheetnames == ["Findings"]


def test_it_was_made_on_the_last_day_of_its_period_whenever_it_was() -> None:
    """Equal reports are equal bytes (R29)."""
    properties = book(part()).properties
    assert {properties.created, properties.modified} == {datetime(2025, 6, 30)}


def test_of_ten_thousand_rows_the_workbook_holds_five_thousand_and_says_so() -> None:
    long = rows("text", *(f"Hengtai Supplies {number}" for number in range(ROW_LIMIT)), total=10_000)
    made = write_workbook([part("lost", tables=[long])], Language("en"), DAY)
    values = column_of(openpyxl.load_workbook(BytesIO(made)).worksheets[1])
    assert (len(values), values[-2:]) == (
        ROW_LIMIT + 1,
        ["Hengtai Supplies 4999", "5,000 more rows are not in this workbook."],
    )
    assert len(made) < 200_000


def test_nothing_tells_who_made_it_and_nothing_links_out() -> None:
    made = write_workbook(
        [part("lost", title="http://x.example", tables=[rows("text", "http://x.example")])], Language("en"), DAY
    )
    with ZipFile(BytesIO(made)) as whole:
        assert not [name for name in whole.namelist() if "externalLink" in name or "vba" in name.lower()]
        core = whole.read("docProps/core.xml").decode()
        sheets = "".join(whole.read(name).decode() for name in whole.namelist() if name.startswith("xl/worksheets/"))
    assert "<dc:creator></dc:creator><cp:lastModifiedBy></cp:lastModifiedBy>" in core
    assert "hyperlink" not in sheets
