"""`kamreport check`: every record accounted for in the terminal, and what stands in the way of printing."""

import json
import re
from pathlib import Path

import pytest

from tests.conftest import MakeWorkspace, Rows, monthly_lines

from .conftest import Ask, error

MONTHS = {f"2025-{month:02d}": 1000.0 for month in range(1, 7)}


@pytest.fixture
def lines() -> Rows:
    """Six good lines, and three that cannot be used."""
    return [
        *monthly_lines("Hengtai", MONTHS),
        {"date": "2025-06-31", "account_id": "Hengtai", "revenue": 1.0, "region": "North"},
        {"date": "2025-06-30", "account_id": "", "revenue": 2.0, "region": "North"},
        {"date": "2025-06-30", "account_id": "Hengtai", "revenue": "3,0", "region": "North"},
    ]


def _rows(out: str, first: str) -> list[list[str]]:
    """Cells of the lines that begin with a word."""
    return [line.split() for line in out.splitlines() if line.startswith(first)]


def test_every_record_is_used_excluded_or_rejected(make_workspace: MakeWorkspace, lines: Rows, ask: Ask) -> None:
    settings = make_workspace(transactions=lines)
    answer = ask("check", at=settings.root)
    assert answer.status == 0
    assert "Of 9 records read, 3 are not used; each is counted by reason below." in answer.out
    assert _rows(answer.out, "transactions ")[0][:5] == ["transactions", "9", "6", "0", "3"]
    places = re.findall(r"transactions\.csv:(\d+)", answer.out)
    assert sorted(map(int, places)) == [8, 9, 10]
    assert "The regions sum to the company and to the input, to the cent." in answer.out
    assert "Data up to 10 Jun 2025: 6 months with transactions," in answer.out


def test_rows_lists_each_record_with_file_and_line_and_nothing_else(
    make_workspace: MakeWorkspace, lines: Rows, ask: Ask
) -> None:
    answer = ask("check", "--rows", at=make_workspace(transactions=lines).root)
    assert answer.out.splitlines() == [
        "transactions.csv:8: date: not a date in the declared format",
        "transactions.csv:9: account_id: empty but required",
        "transactions.csv:10: revenue: not a number in the declared format",
    ]
    # What is in the records does not reach a terminal or a log.
    assert "Hengtai" not in answer.out + answer.err


def test_it_speaks_chinese(make_workspace: MakeWorkspace, lines: Rows, ask: Ask) -> None:
    root = make_workspace(transactions=lines).root
    answer = ask("check", "--language", "zh", at=root)
    assert "读取9条记录，3条未使用，原因如下。" in answer.out
    assert "没有笔记本保存了输出。" in answer.out
    assert ask("check", "--rows", "--language", "zh").out.splitlines()[0] == (
        "transactions.csv:8: date: 不是约定格式的日期"
    )


def test_one_month_is_said_in_the_singular(make_workspace: MakeWorkspace, ask: Ask) -> None:
    settings = make_workspace(transactions=monthly_lines("A", {"2025-06": 10.0}))
    assert "1 month with transactions, 0 of them complete." in ask("check", at=settings.root).out


def test_what_is_printed_to_a_file_has_no_colours_and_whole_lines(
    make_workspace: MakeWorkspace, lines: Rows, ask: Ask
) -> None:
    answer = ask("check", at=make_workspace(transactions=lines).root)
    assert "\x1b" not in answer.out + answer.err
    assert "\r" not in answer.out + answer.err
    assert answer.err == ""


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"date": "soon", "account_id": "A", "revenue": 1}], "no transaction can be used: "),
        ([], "the transactions are empty; nothing can be printed"),
    ],
    ids=["none can be used", "none"],
)
@pytest.mark.parametrize("flags", [[], ["--rows"]])
def test_where_nothing_can_be_printed_the_status_is_1(
    rows: Rows, said: str, flags: list[str], make_workspace: MakeWorkspace, ask: Ask
) -> None:
    settings = make_workspace(transactions=rows)
    if not rows:
        (settings.root / "data" / "transactions.csv").write_text("date,account_id,revenue\n")
    answer = ask("check", *flags, at=settings.root)
    assert answer.status == 1
    assert error(answer).startswith(said)


# What the files are besides their records


def _months(settings: Path, *files: tuple[str, str]) -> Path:
    """A workspace of a file a month, in GB18030 as it says: (headers beside the three, encoding)."""
    toml = '[tables.transactions]\npath = "2025-*.csv"\nencoding = "gb18030"\n'
    (settings / "kamreport.toml").write_text(toml, "utf-8")
    for month, (more, encoding) in enumerate(files, start=1):
        text = f"date,account_id,revenue{more}\n2025-{month:02d}-10,恒泰,1{',' * more.count(',')}\n"
        (settings / f"2025-{month:02d}.csv").write_bytes(text.encode(encoding))
    return settings


def test_a_file_in_another_encoding_than_declared_is_named(tmp_path: Path, ask: Ask) -> None:
    root = _months(tmp_path, ("", "gb18030"), ("", "utf-8"), ("", "utf-16"), ("", "utf-8-sig"))
    out = ask("check", at=root).out
    assert [line for line in out.splitlines() if "declared" in line] == [
        f"transactions: 1 file is in {encoding} and not in gb18030, as declared, and was read so: 2025-0{month}.csv."
        for month, encoding in ((2, "utf-8"), (3, "utf-16"), (4, "utf-8-sig"))
    ]
    assert "有1个文件实际编码是utf-16而不是声明的gb18030，已按实际编码读取：2025-03.csv。" in (
        ask("check", "--language", "zh").out
    )


def test_headers_that_nothing_uses_are_one_line_and_those_of_some_files_one_each(tmp_path: Path, ask: Ask) -> None:
    odd = ",".join(["", *(f"c{place}" for place in range(9)), "\x1b[31m备注"])
    root = _months(tmp_path, (odd, "gb18030"), (odd, "gb18030"), (f"{odd},X", "gb18030"), (odd[3:], "gb18030"))
    out = ask("check", at=root).out
    told = [line for line in out.splitlines() if "header" in line]
    assert told == [
        "transactions: nothing uses 11 headers: c0, c1, c2, c3, c4, c5, c6, c7 and 3 more.",
        "transactions: 1 file has the header 'X', the others have not: 2025-03.csv.",
        "transactions: 1 file lacks the header 'c0', the others have it: 2025-04.csv.",
    ]
    assert "\x1b" not in out
    assert "transactions：只有1个文件有列名“X”：2025-03.csv。" in ask("check", "--language", "zh").out


def test_of_files_as_declared_nothing_is_told(make_workspace: MakeWorkspace, ask: Ask) -> None:
    out = ask("check", at=make_workspace(transactions=monthly_lines("A", MONTHS)).root).out
    assert "declared" not in out
    assert "header" not in out


# Saved output


def _reports(*chapters: str) -> str:
    return f"[reports.monthly]\nname = {{ en = 'Monthly', zh = '月报' }}\nchapters = {list(chapters)}\n"


def test_a_chapter_of_a_report_that_does_not_exist_is_said(make_workspace: MakeWorkspace, ask: Ask) -> None:
    root = make_workspace(settings=_reports("chrun"), transactions=monthly_lines("A", MONTHS)).root
    _notebook(root / "notebooks" / "churn.ipynb", output=False)
    answer = ask("check", at=root)
    assert (error(answer).split(";")[0], answer.status) == (f"chapter 'chrun' is not in {root / 'notebooks'}", 2)


def _notebook(file: Path, *, output: bool) -> None:
    shown = [{"output_type": "stream", "name": "stdout", "text": ["Hengtai"]}] if output else []
    tagged = {"tags": ["parameters"]}
    cell = {"cell_type": "code", "id": "0", "metadata": tagged, "execution_count": None, "source": [], "outputs": shown}
    note = {"cell_type": "markdown", "id": "1", "metadata": {}, "source": []}
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"cells": [note, cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "utf-8")


@pytest.mark.parametrize(
    ("saved", "said"),
    [
        ([], "No notebook holds saved output."),
        (
            ["churn"],
            "1 notebook holds saved output, which may show customers: churn.ipynb. Next: nbstripout --install in a git "
            "repository, or nbstripout notebooks/*.ipynb",
        ),
        (
            ["churn", "own"],
            "2 notebooks hold saved output, which may show customers: churn.ipynb, own.ipynb. Next: nbstripout "
            "--install in a git repository, or nbstripout notebooks/*.ipynb",
        ),
    ],
)
def test_notebooks_saved_with_output_are_named_with_the_next_step(
    saved: list[str], said: str, make_workspace: MakeWorkspace, ask: Ask
) -> None:
    root = make_workspace(settings=_reports("cover", "churn"), transactions=monthly_lines("A", MONTHS)).root
    for name in ("churn", "cover", "own"):
        _notebook(root / "notebooks" / f"{name}.ipynb", output=name in saved)
    (root / "notebooks" / "broken.ipynb").write_text("not json")
    answer = ask("check", at=root)
    assert (answer.out.splitlines()[-1], answer.status) == (said, 0)
    assert "Hengtai" not in answer.out
