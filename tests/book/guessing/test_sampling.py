"""Files of every kind as samples: sheets of workbooks, both ends of what is large."""

import tracemalloc
from pathlib import Path

import pandas as pd
import xlsxwriter

from kamreport.book.guessing import Draft, draft_mapping
from kamreport.book.guessing.sampling import read_samples

from .exports import HEADERS, LINES, asked, csv, settled

ACCOUNTS = [["客户编码", "客户名称", "大区"], ["C001", "甲", "华东"], ["C002", "乙", "华南"]]


def _workbook(path: Path, **sheets: list[list[str]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


def _drafted(*paths: Path) -> Draft:
    return draft_mapping(paths, paths[0].parent)


def test_each_sheet_of_a_workbook_is_a_table(tmp_path: Path) -> None:
    draft = _drafted(_workbook(tmp_path / "book.xlsx", 发票=[HEADERS, *LINES], 客户=ACCOUNTS))
    assert draft.tables == ("transactions", "accounts")
    assert settled(draft)["sheet"] == "发票"
    assert settled(draft, "accounts")["sheet"] == "客户"


def test_sheets_of_one_shape_are_all_meant(tmp_path: Path) -> None:
    sheets = {"一月": [HEADERS, *LINES[:2]], "二月": [HEADERS, *LINES[2:]]}
    draft = _drafted(_workbook(tmp_path / "sales.xlsx", **sheets))
    assert settled(draft)["sheet"] == "*"


def test_an_empty_first_sheet_is_not_taken_for_the_table(tmp_path: Path) -> None:
    """The loader's default is the first sheet, so the name is written."""
    draft = _drafted(_workbook(tmp_path / "sales.xlsx", 封面=[], 明细=[HEADERS, *LINES]))
    assert settled(draft)["sheet"] == "明细"


def test_a_workbook_of_months_beside_another_table_is_not_read_as_a_whole(tmp_path: Path) -> None:
    sheets = {"一月": [HEADERS, *LINES[:2]], "二月": [HEADERS, *LINES[2:]], "客户": ACCOUNTS}
    draft = _drafted(_workbook(tmp_path / "sales.xlsx", **sheets))
    assert settled(draft)["sheet"] == "一月"
    assert any("also looks like transactions" in question for question in asked(draft))


def test_parquet_names_its_columns_itself(tmp_path: Path) -> None:
    frame = pd.DataFrame(LINES, columns=HEADERS).assign(开票日期=pd.to_datetime([line[0] for line in LINES]))
    frame.to_parquet(tmp_path / "sales.parquet")
    found = settled(_drafted(tmp_path / "sales.parquet"))
    assert found["columns"]["date"] == "开票日期"
    assert {"header", "encoding", "delimiter", "date_format"}.isdisjoint(found)


def test_of_a_file_of_a_gigabyte_both_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    with path.open("wb") as file:
        file.write((csv([HEADERS]) + csv(LINES) * 20_000).encode())
        file.seek(1 << 30)
        file.write(("\n" + csv([*LINES, ["合计", "", "", "", "1"]])).encode())
    tracemalloc.start()
    try:
        (sample,) = read_samples(path)
        assert tracemalloc.get_traced_memory()[1] < 100 << 20
    finally:
        tracemalloc.stop()
    assert len(sample.rows) == 2000
    assert sample.tail[-1][1][0] == "合计"
