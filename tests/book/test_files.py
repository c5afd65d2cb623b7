"""Files to text: nothing is guessed, every record is read or named with its line."""

import csv
import io
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kamreport.book import files, sheets
from kamreport.book.sheets import Sheet
from kamreport.errors import DataError, SettingsError
from kamreport.settings import Source
from tests.book.opened import read_file

HEADER = "date,account_id,region\n"


def open_sheet(folder: Path, content: str | bytes, name: str = "t.csv", **source: object) -> Sheet:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_file(Source.model_validate({"path": name, **source}), folder, where="tables.transactions")


def cells(sheet: Sheet) -> list[tuple[object, ...]]:
    """Every record: its line or row, then its cells."""
    found = []
    for batch in sheet.batches:
        found.extend((row.pop("row"), *row.values()) for row in batch.to_pylist())
    return found


def test_every_cell_stays_the_text_that_was_written(tmp_path: Path) -> None:
    texts = [
        "NA",
        "NaN",
        "NULL",
        "None",
        "#N/A",
        "00123",
        "12345678901234567890123",
        "1e400",
        "NO",
        "inf",
        "2025-06-01",
        " x ",
    ]
    sheet = open_sheet(tmp_path, "id\n" + "\n".join(texts) + "\n")
    assert cells(sheet) == [(line, text) for line, text in enumerate(texts, start=2)]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_read_and_counted(tmp_path: Path, ending: str) -> None:
    sheet = open_sheet(tmp_path, ending.join(["a,b", "1,2", "", "3", "4,5", ""]))
    assert cells(sheet) == [(2, "1", "2"), (5, "4", "5")]
    assert [(one.line, one.reason) for one in sheet.broken] == [(4, "fields")]


def test_a_record_over_several_lines_is_named_by_its_first(tmp_path: Path) -> None:
    sheet = open_sheet(tmp_path, 'a,b\n"x\ny\nz",1\n2,3\n4\n')
    assert cells(sheet) == [(2, "x\ny\nz", "1"), (5, "2", "3")]
    assert [one.line for one in sheet.broken] == [6]


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16-le", "utf-16-be"])
def test_a_byte_order_mark_goes_before_the_declared_encoding(tmp_path: Path, codec: str) -> None:
    mark = "" if codec == "utf-8-sig" else "\ufeff"
    sheet = open_sheet(tmp_path, f"{mark}大区,客户\n华北,张三\n".encode(codec), encoding="gb18030")
    assert sheet.headers == ["大区", "客户"]
    assert cells(sheet) == [(2, "华北", "张三")]


@pytest.mark.parametrize("codec", ["gb18030", "big5", "utf-8"])
def test_a_declared_encoding_is_read(tmp_path: Path, codec: str) -> None:
    sheet = open_sheet(tmp_path, "region,name\n華北,王\n".encode(codec), encoding=codec)
    assert cells(sheet) == [(2, "華北", "王")]


@pytest.mark.parametrize("name", ["klingon", "hex"])
def test_an_encoding_that_does_not_exist_is_one_line(tmp_path: Path, name: str) -> None:
    message = f"t.csv: there is no encoding '{name}'; use utf-8, gb18030 or big5"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        open_sheet(tmp_path, HEADER, encoding=name)


def test_a_nul_rejects_its_record_with_the_line(tmp_path: Path) -> None:
    sheet = open_sheet(tmp_path, "a,b\n1,2\n3,x\x00y\n\x00,\n5,6\n")
    assert cells(sheet) == [(2, "1", "2"), (5, "5", "6")]
    assert [(one.line, one.reason) for one in sheet.broken] == [(3, "nul"), (4, "nul")]


def test_ragged_records_are_rejected_with_their_lines(tmp_path: Path) -> None:
    sheet = open_sheet(tmp_path, "a,b\n1,2\n3\n4,5,6\n7,8,\n9,10\n")
    assert cells(sheet) == [(2, "1", "2"), (6, "9", "10")]
    assert [(one.line, one.reason) for one in sheet.broken] == [(3, "fields"), (4, "fields"), (5, "fields")]


@pytest.mark.parametrize(
    ("body", "line", "said"),
    [
        ('1,2\n3,"4\n5,6\n', 3, "unexpected end of data"),
        ('1,2\n"3"x,4\n', 3, "',' expected after '\"'"),
        ('"1\n2",3\n"4,5\n', 4, "unexpected end of data"),
        (f"1,2\n{'x' * 1_000_001},2\n", 3, "field larger than field limit (1000000)"),
    ],
)
def test_a_record_that_cannot_be_split_stops_with_its_line(tmp_path: Path, body: str, line: int, said: str) -> None:
    message = f"t.csv, line {line}: {said}; a quotation mark opened there is probably never closed"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        cells(open_sheet(tmp_path, "a,b\n" + body))


def test_the_header_row_is_counted_as_an_editor_counts(tmp_path: Path) -> None:
    sheet = open_sheet(tmp_path, "客户档案\n\na,b\n1,2\n", header=3)
    assert (sheet.headers, cells(sheet)) == (["a", "b"], [(4, "1", "2")])


def test_headers_lose_their_outer_spaces(tmp_path: Path) -> None:
    assert open_sheet(tmp_path, " a ,\u3000b\n1,2\n").headers == ["a", "b"]


@pytest.mark.parametrize(("content", "header"), [("a,b\n1,2\n", 3), ("title\n\na,b\n", 2), ("\n\na,b\n", 1)])
def test_a_header_that_is_not_there_is_one_line(tmp_path: Path, content: str, header: int) -> None:
    message = f"t.csv has no header in row {header}; set header to the row that holds it"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        open_sheet(tmp_path, content, header=header)


@pytest.mark.parametrize("header", [0, 1, 3])
@pytest.mark.parametrize("content", ["", "\ufeff", "\n\n"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, content: str, header: int) -> None:
    with pytest.raises(DataError, match=r"^t\.csv is empty; export it again$"):
        open_sheet(tmp_path, content, header=header)


def test_columns_without_a_header_are_named_by_their_numbers(tmp_path: Path) -> None:
    sheet = open_sheet(tmp_path, "x,y,z\n1,2,3\n", header=0)
    assert sheet.headers == ["1", "2", "3"]
    assert cells(sheet) == [(1, "x", "y", "z"), (2, "1", "2", "3")]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_declared_delimiter_splits_and_a_comma_does_not(tmp_path: Path, delimiter: str) -> None:
    sheet = open_sheet(tmp_path, f"a{delimiter}b\n1,5{delimiter}2\n", delimiter=delimiter)
    assert cells(sheet) == [(2, "1,5", "2")]


def test_more_records_than_a_batch_are_all_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "BATCH", 3)
    for count in (2, 3, 4, 7):
        sheet = open_sheet(tmp_path, "a\n" + "".join(f"v{n}\n" for n in range(count)))
        assert cells(sheet) == [(n + 2, f"v{n}") for n in range(count)]


_CELL = st.text(st.sampled_from('a7 ,;"\n\r华é\x00'), max_size=5)
_RECORDS = st.lists(st.lists(_CELL, min_size=1, max_size=4), max_size=8)


@given(records=_RECORDS, ending=st.sampled_from(["\n", "\r\n", "\r"]))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_record_that_csv_counts_is_read_or_rejected(
    tmp_path: Path, records: list[list[str]], ending: str
) -> None:
    text = io.StringIO(newline="")
    # Left to itself the writer quotes only its own line end.
    quoting = csv.QUOTE_ALL if any(set(cell) & set("\n\r") for row in records for cell in row) else csv.QUOTE_MINIMAL
    csv.writer(text, lineterminator=ending, quoting=quoting).writerows([["a", "b", "c"], *records])
    counted = [record for record in csv.reader(io.StringIO(text.getvalue(), newline="")) if record][1:]
    sheet = open_sheet(tmp_path, text.getvalue())
    rows = cells(sheet)
    assert len(rows) + len(sheet.broken) == len(counted) == len(records)
    whole = [tuple(record) for record in records if len(record) == 3 and "\x00" not in "".join(record)]
    assert [row[1:] for row in rows] == whole


@given(body=st.text(st.sampled_from('a,"\n\r '), max_size=30))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_read_whole_or_refused_whole(tmp_path: Path, body: str) -> None:
    text = "a,b\n" + body
    try:
        counted = [record for record in csv.reader(io.StringIO(text, newline=""), strict=True) if record][1:]
    except csv.Error:
        with pytest.raises(DataError, match=r"^t\.csv, line \d+: "):
            cells(open_sheet(tmp_path, text))
        return
    sheet = open_sheet(tmp_path, text)
    assert len(cells(sheet)) + len(sheet.broken) == len(counted)


@pytest.mark.parametrize("name", ["data/*.csv", "t?.csv", "t[1].csv"])
def test_a_pattern_that_finds_nothing_is_one_line(tmp_path: Path, name: str) -> None:
    message = f"tables.transactions: no file is named like {tmp_path / name}; mend its path in kamreport.toml"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        read_file(Source(path=name), tmp_path, where="tables.transactions")


def test_a_file_whose_name_looks_like_a_pattern_is_itself(tmp_path: Path) -> None:
    (tmp_path / "t1.csv").write_text("a\n1\n")
    assert cells(open_sheet(tmp_path, "a\n2\n", "t[1].csv")) == [(2, "2")]


@pytest.mark.parametrize("name", ["gone.csv", "folder"])
def test_a_file_that_is_not_there_is_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    message = f"tables.transactions: there is no file {tmp_path.resolve() / name}; mend its path in kamreport.toml"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        read_file(Source(path=name), tmp_path, where="tables.transactions")


def test_a_file_of_another_kind_is_one_line(tmp_path: Path) -> None:
    message = "tables.transactions: t.json is not a CSV, Excel or Parquet file; save it as one of these"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        open_sheet(tmp_path, "{}", name="t.json")


def test_a_variable_in_a_path_is_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n")
    monkeypatch.setenv("OUR_DATA", str(tmp_path))
    sheet = read_file(Source(path="${OUR_DATA}/t.csv"), Path("/nowhere"), where="tables.transactions")
    assert cells(sheet) == [(2, "1")]


def test_a_variable_that_is_not_set_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OUR_DATA", raising=False)
    message = "tables.transactions.path names ${OUR_DATA}, which is not set; set it: export OUR_DATA=/folder"
    with pytest.raises(SettingsError, match=f"^{re.escape(message)}$"):
        read_file(Source(path="${OUR_DATA}/t.csv"), Path("/nowhere"), where="tables.transactions")


def write_parquet(folder: Path, columns: dict[str, pa.Array]) -> Path:
    pq.write_table(pa.table(columns), folder / "t.parquet")
    return folder / "t.parquet"


def open_parquet(folder: Path) -> Sheet:
    return read_file(Source(path="t.parquet"), folder, where="tables.transactions")


def test_parquet_keeps_its_types_and_counts_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "BATCH", 2)
    write_parquet(tmp_path, {"a": pa.array([1.5, None, 2.5]), "b": pa.array(["NA", "", None])})
    sheet = open_parquet(tmp_path)
    assert [str(field.type) for field in sheet.schema] == ["double", "string", "int64"]
    assert cells(sheet) == [(1, 1.5, "NA"), (2, None, ""), (3, 2.5, None)]


def test_bytes_in_parquet_are_text_and_what_is_no_text_is_a_fault(tmp_path: Path) -> None:
    write_parquet(tmp_path, {"a": pa.array(["华北".encode(), b"\xff\xfe", None], pa.binary())})
    assert cells(open_parquet(tmp_path)) == [(1, "华北"), (2, "\x00cell_error"), (3, None)]


def test_a_file_that_is_no_parquet_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match=r"^t\.parquet is not a Parquet file; export it again$"):
        open_parquet(tmp_path)


def test_a_damaged_parquet_is_one_line(tmp_path: Path) -> None:
    file = write_parquet(tmp_path, {"a": pa.array([str(n) for n in range(20_000)])})
    content = file.read_bytes()
    file.write_bytes(content[:1000] + bytes(20_000) + content[21_000:])
    with pytest.raises(DataError, match=r"^t\.parquet is damaged after row 0; export it again$"):
        cells(open_parquet(tmp_path))


@pytest.fixture
def reader_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let a shell script stand in for the child process that reads workbooks."""

    def stands_in(does: str) -> None:
        script = tmp_path / "reader"
        script.write_text(f"#!/bin/sh\n{does}\n")
        script.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(script))

    return stands_in


@pytest.mark.parametrize(("does", "status"), [("kill -9 $$", -9), ("kill -6 $$", -6), ("exit 3", 3)])
def test_a_child_that_dies_is_one_line(
    tmp_path: Path, reader_that: Callable[[str], None], does: str, status: int
) -> None:
    reader_that(does)
    message = (
        f"t.xlsx cannot be read: the reader stopped with status {status}, probably for want of memory; "
        "save the sheet as CSV"
    )
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        open_sheet(tmp_path, b"PK\x03\x04", name="t.xlsx")


def test_a_child_that_hangs_is_one_line(
    tmp_path: Path, reader_that: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader_that("exec sleep 60")
    monkeypatch.setattr(files, "_EXCEL_SECONDS", 0.2)
    with pytest.raises(DataError, match=r"^t\.xlsx was not read within 0\.2 s; save the sheet as CSV$"):
        open_sheet(tmp_path, b"PK\x03\x04", name="t.xlsx")
