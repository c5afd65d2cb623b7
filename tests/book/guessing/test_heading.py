"""Where the headers stand."""

from pathlib import Path

import pytest

from kamreport.book.guessing.heading import as_month, find_heading, is_value
from kamreport.book.guessing.sampling import Sample

HEADERS = ["开票日期", "客户编码", "数量", "无税金额"]
LINE = ["2025-06-13", "C001", "10", "1234.50"]


def _sample(*rows: list[str]) -> Sample:
    return Sample(Path("x.csv"), list(enumerate((list(row) for row in rows), start=1)))


@pytest.mark.parametrize(
    ("rows", "header", "titles"),
    [
        ([HEADERS, LINE], 1, []),
        (
            [["销售发票明细"], ["单位：元", "", "2025年6月"], HEADERS, LINE],
            3,
            ["销售发票明细", "单位：元", "2025年6月"],
        ),
        ([["日期", "客户", "一季度", ""], ["", "", "数量", "金额"], LINE], [1, 2], []),
        (
            [["报表"], ["客户", "", "销售", ""], ["编码", "名称", "数量", "金额"], ["C1", "甲", "1", "2"]],
            [2, 3],
            ["报表"],
        ),
        ([["Day", "Who", "What", "How much"], LINE, LINE], 1, []),
        ([["id", "x1", "x2", "x3"], ["1", "8.5", "3.9", "2"], ["2", "8", "3", "1"]], 1, []),
    ],
)
def test_the_row_of_the_headers(rows: list[list[str]], header: int | list[int], titles: list[str]) -> None:
    found = find_heading(_sample(*rows))
    assert found.header == header
    assert found.titles == titles
    assert found.confidence != "unsure"


def test_two_rows_are_joined_as_the_loader_joins_them() -> None:
    rows = [["客户", "一季度", "", "备注"], ["", "数量", "金额", ""], ["C1", "1", "2.5", ""]]
    assert find_heading(_sample(*rows)).headers == ["客户", "一季度/数量", "一季度/金额", "备注"]


def test_a_header_with_a_blank_cell_is_one_row() -> None:
    """The first line is no second row of headers, though it holds texts only."""
    for header in (["", "客户编码", "客户名称"], ["客户编码", "", "客户名称"]):
        rows = [header, ["a", "Acme", "Acme Ltd"], ["b", "Bolt", "Bolt Inc"]]
        assert find_heading(_sample(*rows)).header == 1


def test_a_file_without_headers_is_not_given_any() -> None:
    found = find_heading(_sample(["00004", "19970101", "2", "29.33"], ["00004", "19970118", "2", "29.73"]))
    assert (found.header, found.headers, found.confidence) == (0, ["1", "2", "3", "4"], "unsure")


def test_short_rows_are_filled_to_the_width_of_the_headers() -> None:
    found = find_heading(_sample(HEADERS, ["2025-06-13", "C001"], LINE))
    assert [len(cells) for _, cells in found.body] == [4, 4]


@pytest.mark.parametrize(
    "cell", ["2025-06-13", "2025/6/3 10:20", "2025年6月3日", "1,234.50", "-3", "¥12.5", "C0012", "12%"]
)
def test_a_value_is_no_header(cell: str) -> None:
    assert is_value(cell)


@pytest.mark.parametrize("cell", ["开票日期", "1月", "Q1 sales", "x1", "30天以内", "1-30天", "金额(元)"])
def test_a_header_with_figures_is_no_value(cell: str) -> None:
    assert not is_value(cell)


@pytest.mark.parametrize(
    ("header", "month"),
    [
        ("1月", (0, 1)),
        ("12月份", (0, 12)),
        ("2025-03", (2025, 3)),
        ("Dec 2024", (2024, 12)),
        ("May", (0, 5)),
        ("Sept", (0, 9)),
        ("13月", None),
        ("Mark", None),
        ("marketing", None),
    ],
)
def test_a_month_among_the_headers(header: str, month: tuple[int, int] | None) -> None:
    assert as_month(header) == month
