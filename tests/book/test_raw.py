"""Sources in the engine: files and queries by name, each row with its place, and no way out of the workspace."""

import hashlib
import re
import sys
import time
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kamreport.book.engine import connect
from kamreport.book.raw import read_sources
from kamreport.book.sheets import without_blanks
from kamreport.book.sources import digest
from kamreport.errors import DataError, SettingsError
from kamreport.settings import Settings
from tests.book.conftest import Content, Reading

Workspace = Callable[..., Settings]
Read = Callable[[Settings], Reading]

LINES = "date,account_id,revenue,region\n2025-06-01,a,1.10,NO\n2025-06-30,00123,2,YES\n"
SECRET = "date,account_id,revenue\n2025-06-01,canary,1\n"


def parquet(columns: dict[str, pa.Array]) -> Callable[[Path], None]:
    return lambda file: pq.write_table(pa.table(columns), file)


def by_query(sql: str, sources: str = '[sources.lines]\npath = "lines.csv"\n') -> str:
    return f"{sources}[tables.transactions]\nsql = '''{sql}'''\n"


def test_every_row_keeps_its_file_and_line(workspace: Workspace, read: Read) -> None:
    toml = '[tables.transactions]\npath = "data/lines.csv"\n[tables.accounts]\npath = "data/a.xlsx"\n'

    def accounts(file: Path) -> None:
        book = openpyxl.Workbook()
        book.active.title = "客户"
        for row in (["account_id", "name"], ["a", "Anna"], [], [123, "Bob"]):
            book.active.append(row)
        book.save(file)

    reading = read(workspace(toml, {"data/lines.csv": LINES, "data/a.xlsx": accounts}))
    assert reading.rows("transactions", "file", "sheet", "line") == [("lines.csv", "", 2), ("lines.csv", "", 3)]
    assert reading.rows("accounts", "file", "sheet", "line", "account_id") == [
        ("a.xlsx", "客户", 2, "a"),
        ("a.xlsx", "客户", 4, "123"),
    ]


def test_typed_columns_are_read_by_the_contract(workspace: Workspace, read: Read) -> None:
    columns = {
        "date": pa.array([datetime(2025, 6, 1, 23, 59), datetime(2025, 6, 2)], pa.timestamp("ns")),
        "order_date": pa.array([date(2025, 5, 31), None]),
        "account_id": pa.array([17850.0, 17850.5]),
        "revenue": pa.array([0.1 + 0.2, -1e-3]),
        "cost": pa.array([Decimal("1.2345"), None], pa.decimal128(10, 4)),
        "quantity": pa.array([3, -1], pa.int32()),
        "region": pa.array(["NA", "NA"]).dictionary_encode(),
        "order_id": pa.array([2**53, 7]),
        "doc_id": pa.array([True, False]),
        "kind": pa.array(["sale", None]),
    }
    reading = read(workspace('[tables.transactions]\npath = "t.parquet"\n', {"t.parquet": parquet(columns)}))
    names = ("date", "order_date", "account_id", "revenue", "cost", "quantity", "region", "order_id", "doc_id", "kind")
    assert reading.rows("transactions", *names) == [
        (
            date(2025, 6, 1), date(2025, 5, 31), "17850", Decimal("0.3000"), Decimal("1.2345"), Decimal(3), "NA",
            "9007199254740992", "true", "sale",
        ),
        # No kind: a return, because its revenue is below zero.
        (date(2025, 6, 2), None, "17850.5", Decimal("-0.0010"), None, Decimal(-1), "NA", "7", "false", "return"),
    ]  # fmt: skip


def test_numbers_that_are_none_are_rejected_in_typed_columns(workspace: Workspace, read: Read) -> None:
    columns = {
        "date": pa.array([date(2025, 6, 1)] * 5),
        "account_id": pa.array([1.0, 2.0, float("nan"), 4.0, 5.0]),
        "revenue": pa.array([1.0, float("nan"), 3.0, float("inf"), 1e15]),
    }
    reading = read(workspace('[tables.transactions]\npath = "t.parquet"\n', {"t.parquet": parquet(columns)}))
    assert reading.column("transactions", "account_id") == ["1"]
    assert [(line, column, reason) for _, line, column, reason, _ in reading.left_out] == [
        (2, "revenue", "not_a_number"),
        (3, "account_id", "empty"),
        (4, "revenue", "not_a_number"),
        (5, "revenue", "not_a_number"),  # 16 digits before the point do not fit DECIMAL(18,4)
    ]


def test_dates_and_months_of_numbers_and_days_are_read(workspace: Workspace, read: Read) -> None:
    columns = {"day": pa.array([20250601]), "account_id": pa.array(["a"]), "revenue": pa.array([1])}
    targets = {"month": pa.array([202506, 202507]), "measure": pa.array(["revenue"] * 2), "value": pa.array([1, 2])}
    toml = (
        '[tables.transactions]\npath = "t.parquet"\ndate_format = "%Y%m%d"\ncolumns = { date = "day" }\n'
        '[tables.targets]\npath = "m.parquet"\n'
    )
    reading = read(workspace(toml, {"t.parquet": parquet(columns), "m.parquet": parquet(targets)}))
    assert reading.column("transactions", "date") == [date(2025, 6, 1)]
    assert reading.column("targets", "month") == [date(2025, 6, 1), date(2025, 7, 1)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no tzset")
@pytest.mark.parametrize(
    ("zone", "days"),
    [("UTC", [1, 1]), ("Asia/Shanghai", [2, 2]), ("America/Sao_Paulo", [1, 1]), ("+09:00", [2, 2]), (None, [1, 1])],
)
@pytest.mark.parametrize("machine", ["UTC", "Asia/Shanghai"])
def test_an_instant_is_of_the_day_in_its_column_s_zone_wherever_it_is_read(
    workspace: Workspace, read: Read, monkeypatch: pytest.MonkeyPatch, machine: str, zone: str | None, days: list[int]
) -> None:
    monkeypatch.setenv("TZ", machine)
    time.tzset()
    # 16:30 in Greenwich is half past midnight of the next day in Shanghai.
    instants = pa.array([datetime(2025, 6, 1, 16, 30)] * 2, pa.timestamp("us")).cast(pa.timestamp("us", tz=zone))
    files = {"t.parquet": parquet({"date": instants, "account_id": pa.array(["a", "b"]), "revenue": pa.array([1, 2])})}
    toml = '[sources.lines]\npath = "t.parquet"\n[tables.transactions]\nsql = "SELECT * FROM lines"\n'
    found = [
        read(workspace(text, files)).column("transactions", "date")
        for text in ('[tables.transactions]\npath = "t.parquet"\n', toml)
    ]
    monkeypatch.undo()
    time.tzset()
    assert found == [[date(2025, 6, day) for day in days]] * 2


def test_bytes_are_text_and_other_bytes_reject_only_rows_that_map_them(workspace: Workspace, read: Read) -> None:
    columns = {
        "date": pa.array([b"2025-06-01"] * 2),
        "account_id": pa.array([b"a", b"\xff"]),
        "revenue": pa.array([1, 2]),
        "picture": pa.array([b"\xff\xfe", b"\xff"]),
    }
    reading = read(workspace('[tables.transactions]\npath = "t.parquet"\n', {"t.parquet": parquet(columns)}))
    assert reading.column("transactions", "account_id") == ["a"]
    assert reading.left_out == [("transactions", 2, "account_id", "cell_error", "rejected")]


def test_a_query_sees_csv_excel_parquet_and_other_queries_by_name(workspace: Workspace, read: Read) -> None:
    toml = """
        [sources.lines]
        path = "lines.csv"
        [sources.names]
        path = "names.xlsx"
        [sources.tiers]
        path = "tiers.parquet"
        [sources.known]
        sql = "SELECT names.*, tier FROM names JOIN tiers USING (id)"
        [tables.transactions]
        sql = "SELECT date, account_id, region, CAST(revenue AS DECIMAL(18,2)) * 2 AS revenue FROM lines"
        [tables.accounts]
        sql = "SELECT id AS account_id, name, tier FROM known WHERE id IN (SELECT account_id FROM transactions)"
    """

    def names(file: Path) -> None:
        book = openpyxl.Workbook()
        for row in (["id", "name"], ["a", "Anna"], ["b", "Bob"]):
            book.active.append(row)
        book.save(file)

    tiers = parquet({"id": pa.array(["a", "b"]), "tier": pa.array(["key", "key"])})
    reading = read(workspace(toml, {"lines.csv": LINES, "names.xlsx": names, "tiers.parquet": tiers}))
    assert reading.rows("transactions", "account_id", "region", "revenue") == [
        ("a", "NO", Decimal("2.2")),
        ("00123", "YES", Decimal(4)),
    ]
    assert reading.rows("accounts", "account_id", "name", "tier", "file") == [
        ("a", "Anna", "key", "tables.accounts.sql")
    ]


def test_a_query_sees_a_table_however_it_writes_its_name(workspace: Workspace, read: Read) -> None:
    toml = """
        [tables.transactions]
        path = "lines.csv"
        [tables.accounts]
        sql = "SELECT account_id, account_id AS name FROM Transactions"
    """
    assert read(workspace(toml, {"lines.csv": LINES})).column("accounts", "account_id") == ["a", "00123"]


@pytest.mark.parametrize(
    "name",
    [
        "lines",
        "account_versions",
        "judged",
        "verdict",
        "incoming",
        "renamed",
        "raw",
        "book",
        "select",
        "accounts",
        "表",
    ],
)
def test_a_source_may_have_any_name(workspace: Workspace, read: Read, name: str) -> None:
    toml = by_query(
        f'SELECT date, account_id, revenue FROM "{name}"',
        f'[sources.{"表" if name != "表" else "x"}]\npath = "lines.csv"\n[sources."{name}"]\npath = "lines.csv"\n',
    )
    settings = workspace(toml.replace("[sources.表]", '[sources."表"]'), {"lines.csv": LINES})
    assert read(settings).column("transactions", "account_id") == ["a", "00123"]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM lines;",
        "SELECT * FROM lines -- and a remark",
        "/* a remark */ SELECT * FROM lines",
        "WITH few AS (SELECT * FROM lines) SELECT * FROM few",
        "FROM lines",
    ],
)
def test_one_select_in_any_form_is_read(workspace: Workspace, read: Read, sql: str) -> None:
    reading = read(workspace(by_query(sql), {"lines.csv": LINES}))
    assert reading.rows("transactions", "account_id", "line") == [("a", 1), ("00123", 2)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM lines; SELECT 1",
        "COPY lines TO 'out.csv'",
        "ATTACH 'other.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "CREATE TABLE x AS SELECT 1",
        "INSERT INTO raw.lines SELECT * FROM raw.lines",
        "SET enable_external_access = true",
        "PRAGMA database_list",
        "EXPORT DATABASE 'out'",
        "-- nothing",
    ],
)
def test_anything_but_one_select_is_refused(workspace: Workspace, read: Read, sql: str) -> None:
    settings = workspace(by_query(sql), {"lines.csv": LINES})
    before = sorted(settings.root.iterdir())
    with pytest.raises(DataError, match=r"^tables\.transactions\.sql must be one SELECT and nothing else$"):
        read(settings)
    assert sorted(settings.root.iterdir()) == before


_NO_FILES = "a query reads declared sources only; name its file under [sources.NAME] and select from NAME"


@pytest.mark.parametrize(
    "source",
    [
        "read_csv('{outside}/secret.csv')",
        "'{outside}/secret.csv'",
        "'../{name}/secret.csv'",
        "'link.csv'",
        "'folder/secret.csv'",
        "read_text('/etc/passwd')",
        "read_blob('/etc/hostname')",
        "read_csv(['lines.csv', '/etc/passwd'])",
        "glob('/etc/*')",
        "sniff_csv('/etc/passwd')",
        "parquet_metadata('/etc/passwd')",
        "'https://127.0.0.1:9/x.csv'",
        "'lines.csv'",  # it would be guessed at, and its changes would go unseen
    ],
)
def test_a_query_reads_no_file(
    workspace: Workspace, read: Read, tmp_path_factory: pytest.TempPathFactory, source: str
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.csv").write_text(SECRET)
    sql = f"SELECT * FROM {source.format(outside=outside, name=outside.name)}"
    settings = workspace(by_query(sql), {"lines.csv": LINES})
    (settings.root / "link.csv").symlink_to(outside / "secret.csv")
    (settings.root / "folder").symlink_to(outside)
    with pytest.raises(DataError, match=f"^{re.escape(f'tables.transactions.sql: {_NO_FILES}')}$"):
        read(settings)


def sheet_of(*rows: list[object]) -> Callable[[Path], None]:
    def write(file: Path) -> None:
        workbook = openpyxl.Workbook()
        for row in rows:
            workbook.worksheets[0].append(row)
        workbook.save(file)

    return write


HEAD = ["date", "account_id", "revenue"]
INVOICES = "开票日期,客户编码,无税金额,业务类型\n2025/06/02,a,5,普通销售\n2025/06/03,a,-1,退货\n".encode("gb18030")
SHOWN: dict[str, tuple[dict[str, Content], str, list[str], list[tuple[object, ...]]]] = {
    "Several files or sheets": (
        {
            "exports/2025-05.xlsx": sheet_of(HEAD, ["2025-05-02", "a", 1]),
            "exports/2025-06.xlsx": sheet_of(HEAD, ["2025-06-02", "b", 2]),
        },
        "transactions",
        ["account_id", "revenue", "file"],
        [("a", 1, "2025-05.xlsx"), ("b", 2, "2025-06.xlsx")],
    ),
    "A header of two rows": (
        {
            "data/应收账龄.xlsx": sheet_of(
                ["应收账龄表"], ["月份", "客户", "应收"], ["", "编码", "余额", "逾期30天内"], ["2025-05", "a", 9, 3]
            )
        },
        "receivables",
        ["account_id", "balance", "overdue_1_30"],
        [("a", 9, 3)],
    ),
    "Totals and merged cells": (
        {
            "data/销售明细.xlsx": sheet_of(
                HEAD, ["2025-06-02", "a", 1], [None, None, 2], [None, "小计：", 3], [None, "b", 4]
            )
        },
        "transactions",
        ["account_id", "revenue"],
        [("a", 1), ("a", 2), ("b", 4)],
    ),
    "Codes": ({"data/发票明细.csv": INVOICES}, "transactions", ["revenue", "kind"], [(-1, "return"), (5, "sale")]),
    "万元 and tax": (
        {"data/销售额.csv": "date,account_id,价税合计\n2025-06-02,a,1.13\n"},
        "transactions",
        ["revenue"],
        [(10_000,)],
    ),
    "A column for each month": (
        {"data/年度计划.csv": '大区,1月,12月\n华东,"1,200.50",7\n华南,8,\n'.encode("gb18030")},
        "targets",
        ["region", "month", "value"],
        [
            ("华东", date(2025, 1, 1), Decimal("1200.5")),
            ("华东", date(2025, 12, 1), 7),
            ("华南", date(2025, 1, 1), 8),
        ],
    ),
    "Anything else": (
        {"data/发票明细.csv": INVOICES},
        "transactions",
        ["revenue", "kind"],
        [(-1, "return"), (5, "sale")],
    ),
}


@pytest.mark.parametrize("part", SHOWN)
def test_the_entries_that_the_documentation_shows_work(workspace: Workspace, read: Read, part: str) -> None:
    files, table, columns, rows = SHOWN[part]
    page = (Path(__file__).parents[2] / "docs" / "data.md").read_text("utf-8")
    toml = page[page.index(f"**{part}") :].split("```toml\n")[1].split("```")[0]
    if table != "transactions":
        toml += '[tables.transactions]\npath = "t.csv"\n'
    reading = read(workspace(toml, {"t.csv": LINES, **files}))
    assert sorted(reading.rows(table, *columns)) == rows
    assert [row for row in reading.left_out if row[4] == "rejected"] == []


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT * FROM SETTINGS", "Catalog Error: Table with name SETTINGS does not exist!"),
        ("SELECT * FROM frame", "Catalog Error: Table with name frame does not exist! Did you mean "),
        (
            "SELECT nope FROM lines",
            'Binder Error: Referenced column "nope" not found in FROM clause! Candidate bindings: ',
        ),
        ("SELEC 1", 'Parser Error: syntax error at or near "SELEC"'),
        ("SELECT getenv('HOME')", "Catalog Error: Scalar Function with name getenv does not exist! "),
        ("SELECT CAST('x' AS INTEGER) AS date", "Conversion Error: Could not convert string 'x' to INT32"),
    ],
)
def test_a_query_that_fails_is_one_line_and_sees_no_python(
    workspace: Workspace, read: Read, sql: str, said: str
) -> None:
    frame = pa.table({"date": ["2025-06-01"], "account_id": ["canary"], "revenue": [1]})
    assert frame.num_rows == 1  # a variable that DuckDB would find in the caller's frames
    with pytest.raises(DataError, match=f"^{re.escape('tables.transactions.sql: ' + said)}[^\n]*$"):
        read(workspace(by_query(sql), {"lines.csv": LINES}))


def test_a_file_fault_inside_a_load_keeps_its_own_words(workspace: Workspace, read: Read) -> None:
    text = LINES + '2025-06-02,"b,1,N\n'
    message = "t.csv, line 4: unexpected end of data; a quotation mark opened there is probably never closed"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        read(workspace('[tables.transactions]\npath = "t.csv"\n', {"t.csv": text}))


def test_a_table_that_the_contract_does_not_know_is_refused_with_the_nearest(workspace: Workspace, read: Read) -> None:
    toml = '[tables.transactions]\npath = "t.csv"\n[tables.receivable]\npath = "t.csv"\n'
    message = "kamreport.toml: table 'receivable' is not in the contract; did you mean 'receivables'? Known: accounts, "
    with pytest.raises(SettingsError, match=f"^{re.escape(message)}.*") as caught:
        read(workspace(toml, {"t.csv": LINES}))
    assert str(caught.value).endswith("; what only queries use stands under [sources.receivable]")


def test_a_source_with_the_name_of_a_table_is_no_table(workspace: Workspace, read: Read) -> None:
    toml = by_query("SELECT date, account_id, revenue FROM lines") + '[sources.accounts]\npath = "lines.csv"\n'
    reading = read(workspace(toml, {"lines.csv": LINES}))
    assert reading.rows("accounts", "account_id") == []
    assert len(reading.rows("transactions", "line")) == 2


def test_records_that_could_not_be_split_count_as_read(workspace: Workspace, tmp_path: Path) -> None:
    text = LINES + "ragged\n2025-06-02,b\x00,1,N\n"
    settings = workspace('[tables.transactions]\npath = "t.csv"\n', {"t.csv": text})
    con = connect(tmp_path)
    raw = read_sources(con, settings)["transactions"]
    raw.read_into(con, "whole", f"FROM {raw.rows}")
    assert (raw.records, [(one.line, one.reason) for one in raw.broken]) == (4, [(4, "fields"), (5, "nul")])
    assert (raw.headers, raw.typed) == (["date", "account_id", "revenue", "region"], [False] * 4)


def test_a_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"abc")
    # The published test vector of SHA-256 for "abc".
    assert digest(tmp_path / "t.csv") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest(tmp_path / "t.csv") == hashlib.sha256(b"abc").hexdigest()


def test_a_file_that_cannot_be_opened_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def held(*args: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", held)
    message = "t.csv cannot be opened (Permission denied); close the program that holds it"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        digest(tmp_path / "t.csv")


@pytest.mark.parametrize("cell", [" a", "a ", "\u3000a", "a\u3000", "\u00a0 a", "a\ufeff", "\ta\n"])
def test_a_single_cell_with_blanks_is_trimmed_also_in_a_part_of_a_column(cell: str) -> None:
    column = pa.array(["", "b", None, cell, "c d"])
    assert without_blanks(column).to_pylist() == ["", "b", None, "a", "c d"]
    assert without_blanks(column.slice(3)).to_pylist() == ["a", "c d"]
    assert without_blanks(column.slice(0, 3)).to_pylist() == ["", "b", None]
