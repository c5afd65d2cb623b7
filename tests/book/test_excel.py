"""Workbooks: cells as they are meant, faults by their place, and a reader that survives what is thrown at it."""

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
import xlsxwriter
from openpyxl.worksheet.worksheet import Worksheet

from kamreport.book import excel
from kamreport.book.headers import header_rows
from kamreport.errors import DataError
from kamreport.settings import Source
from tests.book.opened import read_file

SHEET = "xl/worksheets/sheet1.xml"


def write(
    file: Path, rows: list[list[Any]], *, name: str = "data", change: Callable[[Worksheet], Any] | None = None
) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = name
    for row in rows:
        sheet.append(row)
    if change:
        change(sheet)
    book.save(file)
    return file


def rewrite(file: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """Change or add a part of the archive."""
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts[part] = change(parts.get(part, b""))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return file


def sheet_of(file: Path, *, sheet: str = "", header: int = 1) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Headers and rows (number first) as the child process hands them over; here without the process."""
    (told,) = excel._read(file, sheet, header_rows(header), file.parent)
    with pa.ipc.open_file(file.parent / told["file"]) as reader:
        rows = reader.read_all().to_pylist()
    return told["headers"], [(row.pop("row"), *row.values()) for row in rows]


def refused(file: Path, message: str, **options: Any) -> None:
    with pytest.raises(excel.Refused, match=f"^{message}$"):
        sheet_of(file, **options)


def test_cells_are_the_text_of_what_they_mean(tmp_path: Path) -> None:
    row = [
        "NA",
        "00123",
        17850,
        1234567890123456,
        1.5,
        True,
        date(2025, 6, 1),
        datetime(2025, 6, 30, 10, 5),
        time(8, 30),
    ]
    file = write(tmp_path / "t.xlsx", [[f"h{n}" for n in range(9)], row])
    headers, rows = sheet_of(file)
    assert headers == [f"h{n}" for n in range(9)]
    assert rows == [
        (2, "NA", "00123", "17850", "1234567890123456", "1.5", "true", "2025-06-01", "2025-06-30 10:05:00", "08:30:00")
    ]


@pytest.mark.parametrize(
    ("number", "text"),
    # 2 ** 53 = 9007199254740992 is the last whole number that a cell holds exactly.
    [
        (2**53, "9007199254740992"),
        (-1.0, "-1"),
        (0.1, "0.1"),
        (33.333333333333336, "33.333333333333336"),
        (1e20, "1e+20"),
    ],
)
def test_a_number_becomes_the_shortest_text_that_gives_it_back(number: float, text: str) -> None:
    assert excel._text(float(number)) == text


def test_a_named_sheet_is_read_and_the_first_by_default(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "t.xlsx") as book:
        for name in ("说明", "客户 档案"):
            book.add_worksheet(name).write_column(0, 0, [name, "x"])
    assert sheet_of(tmp_path / "t.xlsx") == (["说明"], [(2, "x")])
    assert sheet_of(tmp_path / "t.xlsx", sheet="客户 档案") == (["客户 档案"], [(2, "x")])
    refused(tmp_path / "t.xlsx", "there is no sheet '客户'. Known: 说明, 客户 档案", sheet="客户")


def test_the_header_row_is_the_declared_one(tmp_path: Path) -> None:
    file = write(tmp_path / "t.xlsx", [["客户档案"], [], ["a", " b "], [1, 2]])
    assert sheet_of(file, header=3) == (["a", "b"], [(4, "1", "2")])
    assert sheet_of(file, header=0) == (["1", "2"], [(1, "客户档案", ""), (3, "a", " b "), (4, "1", "2")])
    refused(file, "sheet 'data' has no header in row 5; set header to the row that holds it", header=5)


def test_rows_keep_their_numbers_over_empty_ones_and_a_shifted_table(tmp_path: Path) -> None:
    def shifted(sheet: Worksheet) -> None:
        for place, value in {"B2": "a", "C2": "b", "B3": 1, "C5": 2}.items():
            sheet[place] = value

    file = write(tmp_path / "t.xlsx", [], change=shifted)
    assert sheet_of(file, header=2) == (["", "a", "b"], [(3, "", "1", ""), (5, "", "", "2")])


def test_error_cells_and_formulas_without_a_value_are_faults_in_their_place(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "t.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_row(1, 0, ["x", 1])
        sheet.write_formula(2, 0, "=A2", None, "y")
        sheet.write_formula(2, 1, "=1+1", None, 2)
        sheet.write_formula(3, 0, "=1/0", None, "#DIV/0!")
        sheet.write_formula(4, 1, "=1+1", None, "")
    rows = sheet_of(tmp_path / "t.xlsx")[1]
    assert rows[:2] == [(2, "x", "1"), (3, "y", "2")]
    assert rows[2:] == [(4, "\x00cell_error", ""), (5, "", "\x00formula_without_value")]


def test_a_formula_that_openpyxl_wrote_has_no_value(tmp_path: Path) -> None:
    file = write(tmp_path / "t.xlsx", [["a"], ["=1+1"], ["#N/A"]])
    assert sheet_of(file)[1] == [(2, "\x00formula_without_value"), (3, "\x00cell_error")]


def test_a_formula_whose_value_is_the_empty_text_is_an_empty_cell(tmp_path: Path) -> None:
    file = write(tmp_path / "t.xlsx", [["a", "b"], ["=B2", "x"]])
    rewrite(file, SHEET, lambda xml: re.sub(rb'<c r="A2"[^>]*>', b'<c r="A2" t="str">', xml))
    assert sheet_of(file)[1] == [(2, "", "x")]


def test_cells_without_an_address_are_found_by_their_order(tmp_path: Path) -> None:
    rows = [["a", "b"], [1, "=1/0"], [], ["#REF!", 2]]
    file = rewrite(write(tmp_path / "t.xlsx", rows), SHEET, lambda xml: re.sub(rb'(<c) r="[A-Z]+\d+"', rb"\1", xml))
    assert sheet_of(file)[1] == [(2, "1", "\x00formula_without_value"), (4, "\x00cell_error", "2")]


def test_a_nul_in_a_cell_is_a_fault(tmp_path: Path) -> None:
    file = write(tmp_path / "t.xlsx", [["a", "b"], ["x_x0000_y", "z"]])
    assert sheet_of(file)[1] == [(2, "\x00nul", "z")]


@pytest.mark.parametrize(("limit", "rows"), [(12, 4), (11, None)])
def test_the_used_range_is_counted_up_to_its_last_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int, rows: int | None
) -> None:
    monkeypatch.setattr(excel, "_MOST_CELLS", limit)  # the range A1:C4 has 3 x 4 = 12 cells
    file = write(tmp_path / "t.xlsx", [["a"], [1]], change=lambda sheet: sheet.cell(4, 3, "x"))
    if rows is None:
        refused(file, "sheet 'data' is used up to cell C4; delete the stray cells, or save the table alone")
    else:
        assert sheet_of(file)[1][-1] == (4, "", "", "x")


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "invalid Zip archive: Could not find EOCD"), (b"<html><table>", "invalid Zip archive: Could not find EOCD")],
)
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "t.xlsx"
    file.write_bytes(content)
    refused(file, re.escape(f"not a workbook that can be read ({said}); save it again as .xlsx or CSV"))


@pytest.mark.parametrize("name", ["t.xls", "t.xlsx", "t.xlsm"])
def test_an_export_that_only_bears_the_name_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("<html><table><tr><td>客户</td></tr></table></html>")
    refused(tmp_path / name, r"not a workbook that can be read \(.{10,}\); save it again as \.xlsx or CSV")


def test_a_cut_workbook_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "t.xlsx", [["a"], [1]])
    file.write_bytes(file.read_bytes()[:2000])
    refused(file, r"not a workbook that can be read \(.+\); save it again as \.xlsx or CSV")


def test_a_document_type_in_a_sheet_is_refused(tmp_path: Path) -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><worksheet'
    file = rewrite(write(tmp_path / "t.xlsx", [["a"], [1]]), SHEET, lambda xml: xml.replace(b"<worksheet", laughs, 1))
    refused(file, r"not a workbook that can be read \(DTDForbidden\(.+\); save it again")


@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml", "xl/media/picture.png"])
def test_an_archive_that_unpacks_to_far_too_much_is_refused(tmp_path: Path, part: str) -> None:
    # 40 MB of spaces pack into 40 KB: more than 500 times 64 KB, the least that counts.
    file = rewrite(write(tmp_path / "t.xlsx", [["a"], [1]]), part, lambda old: old + b" " * (40 << 20))
    assert file.stat().st_size < 100_000
    refused(file, re.escape(f"{part} unpacks to 40 MB, which is more than is read; save it as CSV"))


def test_want_of_memory_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def exhausted(*args: object) -> None:
        raise MemoryError

    monkeypatch.setattr(excel, "_limit", lambda: None)
    monkeypatch.setattr(excel, "_read", exhausted)
    order = {"path": "/x/t.xlsx", "sheet": "", "header": [1], "out": "/x/out"}
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(order)))
    excel.main()
    said = json.loads(capsys.readouterr().out)
    assert said == {"error": "t.xlsx needs more than 4 GB to read; save the sheet as CSV"}


def test_the_child_process_hands_the_sheet_over(tmp_path: Path) -> None:
    write(tmp_path / "t.xlsx", [["大区", "额"], ["NA", 1.5]])
    sheet = read_file(Source(path="t.xlsx"), tmp_path, where="tables.transactions")
    assert (sheet.name, sheet.headers) == ("data", ["大区", "额"])
    assert [row for batch in sheet.batches for row in batch.to_pylist()] == [{"c0": "NA", "c1": "1.5", "row": 2}]


def test_a_stray_cell_at_the_end_of_the_sheet_is_one_line(tmp_path: Path) -> None:
    write(tmp_path / "t.xlsx", [["a"], [1]], change=lambda sheet: sheet.cell(1_048_576, 16_384, "x"))
    message = "t.xlsx: sheet 'data' is used up to cell XFD1048576; delete the stray cells, or save the table alone"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        read_file(Source(path="t.xlsx"), tmp_path, where="tables.transactions")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_the_child_keeps_within_a_lower_limit_of_the_machine() -> None:
    told = (
        "import resource as r; from kamreport.book import excel; r.setrlimit(r.RLIMIT_CPU, (100, 200)); "
        "excel._limit(); print(*r.getrlimit(r.RLIMIT_CPU), r.getrlimit(r.RLIMIT_AS)[1] <= excel._MEMORY)"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == (["200", "200", "True"], "")


def test_the_child_lives_within_its_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that allocates without end dies alone and is one line."""
    eater = tmp_path / "eater"
    eater.write_text(
        f"#!/bin/sh\nexec {sys.executable} -c 'from kamreport.book import excel; excel._limit(); bytearray(5 << 30)'\n"
    )
    eater.chmod(0o755)
    write(tmp_path / "t.xlsx", [["a"], [1]])
    monkeypatch.setattr(sys, "executable", str(eater))
    message = (
        "t.xlsx cannot be read: the reader stopped with status 1, probably for want of memory; save the sheet as CSV"
    )
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        read_file(Source(path="t.xlsx"), tmp_path, where="tables.transactions")
