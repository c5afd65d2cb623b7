"""`kamreport check`: what is shouted, what is missing, and the records that are not used in a workbook."""

import stat
from pathlib import Path

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from tests.conftest import MakeWorkspace, Rows, monthly_lines

from .conftest import Ask, error

MONTHS = {f"2025-{month:02d}": 1000.0 + 7 * month**2 for month in range(1, 7)}


def test_what_changes_money_stands_first_with_the_amount_and_what_to_do(
    make_workspace: MakeWorkspace, ask: Ask
) -> None:
    rows = [
        *monthly_lines("A", MONTHS),
        {"date": "2025-06-30", "account_id": "合计", "revenue": 6637, "region": "North"},
    ]
    root = make_workspace(transactions=rows).root
    first, _, row, *_ = ask("check", at=root).out.splitlines()
    assert first == "Do not rely on these figures yet: 1 thing in the transactions looks wrong and changes money."
    assert row.split("  ")[0].startswith("transactions.csv, line 8: counted though they read as totals")
    assert "6,637" in row
    assert "Name the text of total rows under drop" in row
    assert ask("check", "--language", "zh", at=root).out.startswith("暂勿依据这些数字：销售明细中有1处可疑")


def test_missing_tables_stand_in_the_order_of_use_with_the_notebooks_that_ask(
    make_workspace: MakeWorkspace, ask: Ask
) -> None:
    settings = make_workspace(transactions=monthly_lines("A", MONTHS))
    (settings.root / "notebooks").mkdir()
    cell = '{"cell_type": "code", "source": ["if page.requires(\\"wallet\\", \\"low\\"):\\n", "    pass"]}'
    (settings.root / "notebooks" / "own.ipynb").write_text(f'{{"cells": [{cell}]}}')
    lines = ask("check", at=settings.root).out.splitlines()
    levels = [line.split()[:2] for line in lines if line[:7].strip() in {"1", "2", "3"}]
    assert levels == sorted(levels, key=lambda one: one[0])
    assert ["1", "accounts"] in levels
    assert ["3", "wallet"] in levels
    assert ["1", "transactions.region"] not in levels


def _sheet(file: Path, name: str) -> list[list[object]]:
    return CalamineWorkbook.from_path(file).get_sheet_by_name(name).to_python()


@pytest.fixture
def lines() -> Rows:
    return [
        *monthly_lines("Hengtai", MONTHS),
        {"date": "2025-06-31", "account_id": '=HYPERLINK("http://x")', "revenue": 1.0, "region": "North"},
        {"date": "2025-06-30", "account_id": "", "revenue": 2.0, "region": "+1"},
    ]


def test_the_workbook_holds_whole_records_as_text_for_the_user_alone(
    make_workspace: MakeWorkspace, lines: Rows, ask: Ask, tmp_path: Path
) -> None:
    file = tmp_path / "out" / "rejected.xlsx"
    answer = ask("check", "--workbook", str(file), at=make_workspace(transactions=lines).root)
    assert (answer.status, answer.out) == (0, f"{file}: 2 records. It holds customer data; keep it out of git.\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    place = ["transactions.csv", ""]
    why = "not a date in the declared format"
    assert _sheet(file, "transactions") == [
        ["File", "Sheet", "Line", "Column", "Reason", "Outcome", "date", "account_id", "revenue", "region"],
        [*place, 8, "date", why, "rejected", "2025-06-31", '=HYPERLINK("http://x")', "1.0", "North"],
        [*place, 9, "account_id", "empty but required", "rejected", "2025-06-30", "", "2.0", "+1"],
    ]


def test_the_records_are_those_of_the_file_before_it_was_shaped(
    make_workspace: MakeWorkspace, ask: Ask, tmp_path: Path
) -> None:
    settings = make_workspace(transactions=monthly_lines("A", MONTHS))
    (settings.root / "plan.csv").write_text("大区,1月,2月\nN,1,x\n,2,y\n", "utf-8")
    more = """[tables.targets]
path = "plan.csv"
columns = { region = "大区", value = "v", month = "m" }
constants = { measure = "revenue" }
fill_down = ["大区"]
unpivot = { columns = ["1月", "2月"], names = "m", values = "v" }
"""
    with (settings.root / "kamreport.toml").open("a", encoding="utf-8") as toml:
        toml.write(more)
    file = tmp_path / "rejected.xlsx"
    assert ask("check", "--workbook", str(file), at=settings.root).status == 0
    head, *rows = _sheet(file, "targets")
    assert head[6:] == ["大区", "1月", "2月"]
    assert {tuple(row[6:]) for row in rows} == {("N", "1", "x"), ("", "2", "y")}


def test_another_ending_is_refused(make_workspace: MakeWorkspace, lines: Rows, ask: Ask) -> None:
    answer = ask("check", "--workbook", "rejected.csv", at=make_workspace(transactions=lines).root)
    assert (error(answer), answer.status) == ("'rejected.csv' is no workbook; give it a name that ends in .xlsx", 2)


def test_a_source_is_not_written_over(tmp_path: Path, lines: Rows, ask: Ask) -> None:
    pd.DataFrame(lines).astype(str).to_excel(tmp_path / "lines.xlsx", index=False, engine="xlsxwriter")
    (tmp_path / "kamreport.toml").write_text('[tables.transactions]\npath = "lines.xlsx"\n')
    before = (tmp_path / "lines.xlsx").read_bytes()
    answer = ask("check", "--workbook", "lines.xlsx", at=tmp_path)
    said = "lines.xlsx is one of the sources and would be written over; choose another name"
    assert (error(answer), answer.status) == (said, 2)
    assert (tmp_path / "lines.xlsx").read_bytes() == before


def test_without_a_rejected_record_no_workbook_is_written(
    make_workspace: MakeWorkspace, ask: Ask, tmp_path: Path
) -> None:
    file = tmp_path / "rejected.xlsx"
    answer = ask("check", "--workbook", str(file), at=make_workspace(transactions=monthly_lines("A", MONTHS)).root)
    assert answer.out == "No record was left out; no workbook is written.\n"
    assert not file.exists()
