"""`kamreport map`: where the draft goes, and one line for every file that cannot be read."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from kamreport.settings import load_settings

from .conftest import Ask, error

SALES = "开票日期,客户编码,无税金额\n2025-06-13,C001,1234.50\n"


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    (tmp_path / "sales.csv").write_text(SALES, "utf-8")
    return tmp_path


def bomb() -> bytes:
    """A workbook of 300 KB with a sheet of 300 MB."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/sheet1.xml", "w") as file:
        for _ in range(300):
            file.write(b"0" * (1 << 20))
    return content.getvalue()


def test_the_draft_goes_to_standard_output(ask: Ask, exports: Path) -> None:
    answer = ask("map", "sales.csv", at=exports)
    assert answer.status == 0
    assert '[tables.transactions.columns]\ndate = "开票日期" # sure: its usual name; 2025-06-13' in answer.out
    assert answer.err == (
        "1 table drafted, 3 questions; save it with --write kamreport.toml and answer them, then run: kamreport check\n"
    )
    assert not (exports / "kamreport.toml").exists()


def test_the_draft_is_written_where_it_is_asked_for_and_loads(ask: Ask, exports: Path) -> None:
    (exports / "work").mkdir()
    answer = ask("map", "sales.csv", "--write", "work/kamreport.toml", at=exports)
    assert (answer.status, answer.out) == (0, "")
    settings = load_settings(exports / "work")
    assert settings.tables["transactions"].path == (exports / "sales.csv").as_posix()
    assert settings.tables["transactions"].columns["revenue"] == "无税金额"


def test_paths_in_the_workspace_are_written_from_it(ask: Ask, exports: Path) -> None:
    ask("map", str(exports / "sales.csv"), "--write", "kamreport.toml", at=exports)
    assert load_settings(exports).tables["transactions"].path == "sales.csv"
    assert ask("check", at=exports).status == 0


def test_a_file_that_is_there_is_never_written_over(ask: Ask, exports: Path) -> None:
    (exports / "kamreport.toml").write_text("mine")
    answer = ask("map", "sales.csv", "--write", "kamreport.toml", at=exports)
    assert answer.status == 2
    assert error(answer) == "kamreport.toml is there already and would be written over; give another name"
    assert (exports / "kamreport.toml").read_text() == "mine"


def test_a_place_that_is_not_there_is_named(ask: Ask, exports: Path) -> None:
    answer = ask("map", "sales.csv", "--write", "none/kamreport.toml", at=exports)
    assert answer.status == 2
    assert error(answer) == "none/kamreport.toml cannot be written: No such file or directory; choose another place"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "a.csv is empty; export it again"),
        ("a.csv", b" \n\n", "a.csv is empty; export it again"),
        ("a.csv", b"\x00\x01\x02" * 100, "a.csv is not text, whatever its name says; export it again"),
        ("a.csv", b"PK\x03\x04" * 9, "a.csv is an archive and not text; if it is a workbook, rename it to .xlsx"),
        ("a.csv", b"alone\n" * 9, "a.csv: no columns can be told apart in its first 54 bytes; export it again"),
        ("a.csv", b"a" * (3 << 20),
         "a.csv: no columns can be told apart in its first 2,097,152 bytes; export it again"),
        ("a.xls", b"<html><p>No table</p></html>", "a.xls is a web page without a table; open it and save it as .xlsx"),
        ("a.xls", b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
         "a.xls: a.xls is an XML spreadsheet; open it and save it as .xlsx"),
        ("a.parquet", b"PAR1" * 9, "a.parquet is not a Parquet file; export it again"),
        ("a.pdf", b"%PDF", "a.pdf is not a CSV, Excel or Parquet file; save it as one of these"),
        ("a.xlsx", bomb, "a.xlsx: xl/sheet1.xml unpacks to 300 MB, which is more than is read; save it as CSV"),
    ],
)  # fmt: skip
def test_a_hostile_file_costs_one_line_and_the_others_are_mapped(
    ask: Ask, exports: Path, name: str, content: object, said: str
) -> None:
    made = content() if callable(content) else content
    assert isinstance(made, bytes)
    (exports / name).write_bytes(made)
    answer = ask("map", name, "sales.csv", at=exports)
    assert answer.status == 0
    assert answer.err.splitlines()[:-1] == [f"left out: {said}"]
    assert "[tables.transactions]" in answer.out
    alone = ask("map", name, at=exports)
    assert alone.status == 1
    assert error(alone) == said


def test_a_folder_and_a_missing_file_are_named(ask: Ask, exports: Path) -> None:
    (exports / "folder").mkdir()
    answer = ask("map", "folder", "none.csv", at=exports)
    assert answer.status == 1
    folder, missing = exports / "folder", exports / "none.csv"
    assert answer.err.splitlines() == [
        f"left out: {folder} is a folder; name its files: {folder}/*",
        f"left out: there is no file {missing}; mend its name",
        "error: none of the 2 files can be read; nothing was drafted",
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_not_waited_for(ask: Ask, exports: Path) -> None:
    os.mkfifo(exports / "pipe.csv")
    assert "is not a file" in error(ask("map", "pipe.csv", at=exports))


def test_an_xls_that_is_a_web_page_or_text_is_mapped_as_what_it_is(ask: Ask, exports: Path) -> None:
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in line.split(','))}</tr>" for line in SALES.splitlines())
    (exports / "page.xls").write_bytes(f"<html><table>{rows}</table></html>".encode("gb18030"))
    (exports / "text.xls").write_bytes(SALES.replace(",", "\t").encode("gb18030"))
    for name in ("page.xls", "text.xls"):
        (exports / "kamreport.toml").unlink(missing_ok=True)
        assert ask("map", name, "--write", "kamreport.toml", at=exports).status == 0
        settings = load_settings(exports).tables["transactions"]
        assert (settings.encoding, settings.columns["revenue"]) == ("gb18030", "无税金额")
        assert ask("check", at=exports).status == 0
