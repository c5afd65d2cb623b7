"""Exports as firms have them: several files and sheets, totals, merged cells, a column a month, pages called .xls."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kamreport.errors import DataError, SettingsError
from kamreport.settings import Settings
from tests.book.conftest import Content, Reading

Workspace = Callable[..., Settings]
Read = Callable[[Settings], Reading]

HEAD = "date,account_id,revenue"


def transactions(entries: str, path: str = "t.csv") -> str:
    return f'[tables.transactions]\npath = "{path}"\n{entries}\n'


def book(**sheets: list[list[object]]) -> Content:
    """A workbook with these sheets."""

    def write(file: Path) -> None:
        workbook = openpyxl.Workbook()
        workbook.remove(workbook.worksheets[0])
        for name, rows in sheets.items():
            sheet = workbook.create_sheet(name)
            for row in rows:
                sheet.append(row)
        workbook.save(file)

    return write


def refused(read: Read, made: Callable[[], Settings], message: str) -> None:
    """Assert that a workspace is refused with exactly this line."""
    with pytest.raises((DataError, SettingsError), match=f"^{re.escape(message)}$"):
        read(made())


# Several files.


def test_files_of_a_pattern_are_one_table_and_each_row_keeps_its_file(workspace: Workspace, read: Read) -> None:
    files = {
        "in/2025-05.csv": f"{HEAD}\n2025-05-02,a,1\n",
        # Another order, and a column more.
        "in/2025-06.csv": "备注,revenue,account_id,date\nx,2,b,2025-06-02\ny,z,b,2025-06-03\n",
        "in/2025-06 copy.csv": f"{HEAD}\n2025-05-02,a,1\n",
        "in/.2025-07.csv": f"{HEAD}\n2025-05-02,hidden,1\n",
        "in/~$2025-07.csv": f"{HEAD}\n2025-05-02,open,1\n",
        "in/other.csv": f"{HEAD}\n2025-05-02,other,1\n",
    }
    reading = read(workspace(transactions("", "in/2025-*.csv"), files))
    # Of two files with the same bytes the first by name is read.
    assert reading.rows("transactions", "account_id", "file", "line") == [
        ("a", "2025-05.csv", 2),
        ("b", "2025-06.csv", 2),
    ]
    assert reading.left_out == [("transactions", 3, "revenue", "not_a_number", "rejected")]
    assert reading.noted[0] == ("transactions", "file_twice", "", "2025-06 copy.csv", 1, None)


def test_files_of_one_name_are_told_apart_by_their_folders(workspace: Workspace, read: Read) -> None:
    files = {f"in/{month}/sales.csv": f"{HEAD}\n2025-0{month}-02,a,{month}\n" for month in (5, 6)}
    reading = read(workspace(transactions("", "in/*/sales.csv"), files))
    assert reading.rows("transactions", "file", "revenue") == [("5/sales.csv", 5), ("6/sales.csv", 6)]


def test_a_number_may_be_whole_in_one_file_of_a_pattern(workspace: Workspace, read: Read) -> None:
    def parquet(revenue: pa.Array) -> Content:
        table = pa.table({"date": [date(2025, 6, 2)], "account_id": ["a"], "revenue": revenue})
        return lambda file: pq.write_table(table, file)

    files = {"1.parquet": parquet(pa.array([3])), "2.parquet": parquet(pa.array([0.25]))}
    assert read(workspace(transactions("", "*.parquet"), files)).column("transactions", "revenue") == [
        3,
        Decimal("0.25"),
    ]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"1.csv": f"{HEAD}\n2025-06-02,a,1\n", "2.csv": "date,account_id,Betrag\n2025-06-02,a,1\n"},
            "tables.transactions: the header 'revenue' is not in 2.csv; name the files and sheets that have it",
        ),
        (
            {"1.csv": f"{HEAD}\n2025-06-02,a,1\n", "2.xlsx": book(data=[[1]])},
            "tables.transactions: '*.*' finds files of several kinds (.csv, .toml, .xlsx); name one kind",
        ),
    ],
)
def test_files_that_do_not_go_together_are_one_line(
    workspace: Workspace, read: Read, files: dict[str, Content], message: str
) -> None:
    pattern = "*.*" if "kinds" in message else "*.csv"
    refused(read, lambda: workspace(transactions("", pattern), files), message)


def test_columns_whose_types_do_not_go_together_are_one_line(workspace: Workspace, read: Read) -> None:
    def parquet(revenue: object) -> Content:
        table = pa.table({"date": [date(2025, 6, 2)], "account_id": ["a"], "revenue": [revenue]})
        return lambda file: pq.write_table(table, file)

    files = {"1.parquet": parquet(1), "2.parquet": parquet(date(2025, 6, 2))}
    with pytest.raises(DataError, match=r"^tables\.transactions: its files do not go together: [^\n]*c2[^\n]*$"):
        read(workspace(transactions("", "*.parquet"), files))


# Several sheets.

MONTHS = {
    "五月": [HEAD.split(","), ["2025-05-02", "a", 1]],
    "说明": [],
    "六月": [HEAD.split(","), ["2025-06-02", "a", 2], ["2025-06-03", "a", "x"]],
}


@pytest.mark.parametrize(("sheet", "revenue"), [('"*"', [1, 2]), ("1", [1]), ("3", [2]), ('"六月"', [2]), ('""', [1])])
def test_a_sheet_is_named_by_its_name_or_number_and_all_by_a_star(
    workspace: Workspace, read: Read, sheet: str, revenue: list[int]
) -> None:
    reading = read(workspace(transactions(f"sheet = {sheet}", "t.xlsx"), {"t.xlsx": book(**MONTHS)}))
    assert sorted(reading.column("transactions", "revenue")) == revenue
    named = dict(reading.rows("transactions", "revenue", "sheet"))
    assert named == {amount: {1: "五月", 2: "六月"}[amount] for amount in revenue}
    faults = reading.con.execute("SELECT sheet, line FROM book.left_out").fetchall()
    assert faults == ([("六月", 3)] if 2 in revenue else [])


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("sheet = 4", "t.xlsx: there is no sheet '4'. Known: 五月, 说明, 六月"),
        ('sheet = "七月"', "t.xlsx: there is no sheet '七月'. Known: 五月, 说明, 六月"),
        ("sheet = 0", "kamreport.toml: tables.transactions.sheet is 0; sheets are counted from 1"),
        (
            "sheet = 3\nheader = 9",
            "t.xlsx: sheet '六月' has no header in row 9; set header to the row that holds it",
        ),
        (
            'sheet = "*"\nheader = [1, 9]',
            "t.xlsx: sheet '五月' has no header in row [1, 9]; set header to the row that holds it",
        ),
    ],
)
def test_a_sheet_or_header_that_is_not_there_is_one_line(
    workspace: Workspace, read: Read, entry: str, message: str
) -> None:
    refused(read, lambda: workspace(transactions(entry, "t.xlsx"), {"t.xlsx": book(**MONTHS)}), message)


def test_a_sheet_without_a_mapped_header_is_one_line(workspace: Workspace, read: Read) -> None:
    sheets = MONTHS | {"说明": [["本表由系统导出"]]}
    message = (
        "tables.transactions: the header 'date' is not in t.xlsx, sheet '说明'; name the files and sheets that have it"
    )
    refused(read, lambda: workspace(transactions('sheet = "*"', "t.xlsx"), {"t.xlsx": book(**sheets)}), message)


def test_a_workbook_of_empty_sheets_is_one_line(workspace: Workspace, read: Read) -> None:
    toml = transactions('sheet = "*"', "t.xlsx")
    message = "tables.transactions: t.xlsx has no sheet in which anything stands; export it again"
    refused(read, lambda: workspace(toml, {"t.xlsx": book(a=[], b=[])}), message)


# Headers of two rows.

TWO_ROWS = [
    ["销售明细", "", "", ""],
    ["日期", "客户", "本月", ""],
    ["", "编码", "金额", "数量"],
    ["2025-06-02", "a", "5", "2"],
]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "xls"])
def test_two_header_rows_are_joined_and_a_merged_cell_spans_its_columns(
    workspace: Workspace, read: Read, kind: str
) -> None:
    columns = 'columns = { date = "日期", account_id = "客户/编码", revenue = "本月/金额", quantity = "本月/数量" }'
    page = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in TWO_ROWS)
    content = {
        "csv": "".join(",".join(row) + "\n" for row in TWO_ROWS),
        "xlsx": book(data=[[cell or None for cell in row] for row in TWO_ROWS]),
        "xls": f"<html><table>{page}</table></html>",
    }[kind]
    settings = workspace(transactions(f"header = [2, 3]\n{columns}", f"t.{kind}"), {f"t.{kind}": content})
    assert read(settings).rows("transactions", "date", "account_id", "revenue", "quantity", "line") == [
        (date(2025, 6, 2), "a", 5, 2, 4)
    ]


@pytest.mark.parametrize("header", ["-1", "[2]", "[]", "[2, 1]", "[1, 1]", "[0, 1]"])
def test_a_header_that_cannot_be_is_one_line(workspace: Workspace, header: str) -> None:
    message = (
        f"kamreport.toml: tables.transactions.header is {header}; name its row, counted from 1 (0: none), "
        "or its two rows, as [1, 2]"
    )
    with pytest.raises(SettingsError, match=f"^{re.escape(message)}$"):
        workspace(transactions(f"header = {header}"))


# Totals.


def test_rows_of_totals_are_set_aside_and_counted_with_their_money(workspace: Workspace, read: Read) -> None:
    text = (
        f"{HEAD},region\n2025-06-02,a,1,N\n小 计：,,1,\n2025-06-02,b,2,N\n\u3000合计 ,,3,\n2025-06-02,合计,4,N\n"
        "2025-06-02,c,x,合计\n"
    )
    drop = 'drop = { date = ["合计", "小计"], region = ["合计"] }'
    reading = read(workspace(transactions(drop), {"t.csv": text}))
    # An account may be called 合计: only the named columns are looked at.
    assert reading.column("transactions", "account_id") == ["a", "b", "合计"]
    assert reading.left_out == [("transactions", line, "", "total_row", "excluded") for line in (3, 5, 7)]
    assert reading.money == {"used": 7, "excluded": 4, "rejected": 0}


def test_a_query_sees_no_row_of_totals_and_they_are_counted_with_the_file(workspace: Workspace, read: Read) -> None:
    toml = (
        '[sources.export]\npath = "t.csv"\ndrop = { date = ["合计"] }\n'
        '[tables.transactions]\nsql = "SELECT * FROM export"\n'
    )
    reading = read(workspace(toml, {"t.csv": f"{HEAD}\n2025-06-02,a,1\n合计,,1\n"}))
    assert reading.money == {"used": 1, "excluded": 0, "rejected": 0}


# Merged cells.

MERGED = "date,account_id,doc_id,revenue\n"


def test_merged_cells_are_filled_down_within_their_sheet(workspace: Workspace, read: Read) -> None:
    head = ["date", "account_id", "revenue"]
    sheets = {
        "1": [head, ["2025-06-02", "a", 1], [None, None, 2], [None, "合计", 3], [None, None, 4], [None, "b", 5]],
        "2": [head, [None, None, 6], ["2025-06-03", "c", 7], ["-", None, 8]],
    }
    entries = 'sheet = "*"\nempty = ["-"]\nfill_down = ["date", "account_id"]\ndrop = { account_id = ["合计"] }'
    reading = read(workspace(transactions(entries, "t.xlsx"), {"t.xlsx": book(**sheets)}))
    # The total ends nothing; the first row of the second sheet has nothing above it.
    assert sorted(reading.rows("transactions", "revenue", "account_id", "CAST(date AS VARCHAR)")) == [
        (1, "a", "2025-06-02"),
        (2, "a", "2025-06-02"),
        (4, "a", "2025-06-02"),
        (5, "b", "2025-06-02"),
        (7, "c", "2025-06-03"),
        (8, "c", "2025-06-03"),
    ]
    assert [row[1:] for row in reading.left_out] == [
        (2, "date", "empty", "rejected"),
        (4, "", "total_row", "excluded"),
    ]


def test_what_stood_in_a_record_that_cannot_be_split_is_not_filled_from_above_it(
    workspace: Workspace, read: Read
) -> None:
    # Line 4 is broken. Whether 3 is of a or of the account that stood there, nobody knows.
    text = f"{HEAD}\n2025-06-02,a,1\n,,2\n2025-06-03,b\n,,3\n,c,4\n2025-06-04,,5\n"
    reading = read(workspace(transactions('fill_down = ["date", "account_id"]'), {"t.csv": text}))
    assert reading.rows("transactions", "account_id", "revenue", "CAST(date AS VARCHAR)") == [
        ("a", 1, "2025-06-02"),
        ("a", 2, "2025-06-02"),
        ("c", 5, "2025-06-04"),
    ]
    assert [row[1:] for row in reading.left_out] == [
        (4, "", "fields", "rejected"),
        (5, "date", "below_broken", "rejected"),
        (6, "date", "below_broken", "rejected"),
    ]
    assert reading.money == {"used": 8, "excluded": 0, "rejected": 7}


# Columns that become rows.


def test_a_column_for_each_month_becomes_rows(workspace: Workspace, read: Read) -> None:
    text = '客户,2025年5月,2025年6月,2025年7月,备注\na,"1,000.50",-,,x\nb,2,3,x,\n合计,1002.5,3,,\n'
    toml = (
        '[tables.transactions]\npath = "t.csv"\n'
        '[tables.receivables]\npath = "r.csv"\nthousands = ","\nempty = ["-"]\ndrop = { "客户" = ["合计"] }\n'
        'unpivot = { columns = ["2025年5月", "2025年6月", "2025年7月"], names = "月份", values = "金额" }\n'
        'columns = { month = "月份", account_id = "客户", balance = "金额" }\nscale = { "金额" = 1000 }\n'
    )
    reading = read(workspace(toml, {"t.csv": f"{HEAD}\n2025-07-02,a,1\n", "r.csv": text}))
    assert sorted(reading.rows("receivables", "account_id", "month", "balance", "line")) == [
        ("a", date(2025, 5, 1), 1_000_500, 2),
        ("b", date(2025, 5, 1), 2_000, 3),
        ("b", date(2025, 6, 1), 3_000, 3),
    ]
    # A blank is no figure; what cannot be read is one that is lost. The totals are two cells.
    assert [row[1:] for row in reading.left_out] == [
        (3, "balance", "not_a_number", "rejected"),
        (4, "", "total_row", "excluded"),
        (4, "", "total_row", "excluded"),
    ]


def test_a_column_for_each_question_becomes_rows_with_words_of_ours(workspace: Workspace, read: Read) -> None:
    toml = (
        '[tables.transactions]\npath = "t.csv"\n[tables.survey]\npath = "s.csv"\n'
        'unpivot = { columns = ["总体", "推荐"], names = "item", values = "score" }\n'
        'columns = { kind = "item" }\nvalues = { kind = { "总体" = "overall", "推荐" = "recommend" } }\n'
        'constants = { wave = "2025", answered_on = "2025-06-02" }\n'
    )
    reading = read(workspace(toml, {"t.csv": f"{HEAD}\n2025-06-02,a,1\n", "s.csv": "account_id,总体,推荐\na,4,9\n"}))
    assert sorted(reading.rows("survey", "item", "kind", "score", "wave")) == [
        ("总体", "overall", 4, "2025"),
        ("推荐", "recommend", 9, "2025"),
    ]


# Words, 万元, tax.


def test_words_are_read_as_codes_and_the_codes_themselves_stay(workspace: Workspace, read: Read) -> None:
    values = 'values = { kind = { "普通销售" = "sale", "退货" = "return", "it\'s \\"x\\"" = "freight" } }'
    rows = ["普通销售", " 退货 ", "sale", 'it\'s ""x""', "调整", ""]
    text = f"{HEAD},kind\n" + "".join(f'2025-06-02,a,1,"{kind}"\n' for kind in rows)
    reading = read(workspace(transactions(values), {"t.csv": text}))
    assert reading.column("transactions", "kind") == ["sale", "return", "sale", "freight", "sale"]
    assert reading.left_out == [("transactions", 6, "kind", "not_listed", "rejected")]


@pytest.mark.parametrize(
    ("scale", "text", "value"),
    [
        (10000, "1.23456789", "12345.6789"),  # scaled before it is rounded to four places
        (10000, "-0.5", "-5000"),
        (10000, "（1.5）", "-15000"),
        (100000000, "12.3456789012", "1234567890.12"),
        (0.01, "1999", "19.99"),
        (1, "1.5", "1.5"),
    ],
)
def test_amounts_are_scaled_exactly(workspace: Workspace, read: Read, scale: float, text: str, value: str) -> None:
    reading = read(
        workspace(transactions(f"scale = {{ revenue = {scale} }}"), {"t.csv": f"{HEAD}\n2025-06-02,a,{text}\n"})
    )
    assert reading.column("transactions", "revenue") == [Decimal(value)]


def test_a_whole_number_is_whole_after_it_is_scaled(workspace: Workspace, read: Read) -> None:
    toml = transactions("") + '[tables.benchmarks]\npath = "b.csv"\nscale = { year = 1000 }\n'
    files = {"t.csv": f"{HEAD}\n2025-06-02,a,1\n", "b.csv": "metric,value,unit,year,source\nm,1,x,2.025,s\n"}
    assert read(workspace(toml, files)).column("benchmarks", "year") == [2025]


def test_an_amount_too_large_for_money_after_scaling_is_no_number(workspace: Workspace, read: Read) -> None:
    text = f"{HEAD}\n2025-06-02,a,1\n2025-06-02,a,99999999999999\n"
    reading = read(workspace(transactions("scale = { revenue = 1000000000 }"), {"t.csv": text}))
    assert reading.left_out == [("transactions", 3, "revenue", "not_a_number", "rejected")]


def test_tax_is_taken_out_after_scaling_where_the_file_includes_it(workspace: Workspace, read: Read) -> None:
    entries = (
        'columns = { revenue = "价税合计", cost = "成本" }\nscale = { "价税合计" = 10000 }\n'
        'tax_included = { "价税合计" = 0.13 }'
    )
    text = "date,account_id,价税合计,成本\n2025-06-02,a,1.13,5000\n2025-06-02,a,-0.0001,\n"
    reading = read(workspace(transactions(entries), {"t.csv": text}))
    # 1.13 x 10000 / 1.13 = 10000; -1 / 1.13 = -0.88496 rounded to four places.
    assert reading.rows("transactions", "revenue", "cost") == [(10000, 5000), (Decimal("-0.8850"), None)]


def test_lines_left_out_have_their_money_without_tax_too(workspace: Workspace, read: Read) -> None:
    text = (
        "date,account_id,revenue_incl_tax,tax_rate,doc_id,line_no\n"
        "2025-06-02,a,113,13%,d,1\n2025-06-02,a,113,13%,d,1\n"
        "2025-06-02,a,226,13%,d,2\n2025-06-02,a,339,13%,d,2\n"
        "1999-01-01,a,1130,13%,d,3\nyesterday,a,11300,13%,d,4\n2025-06-02,a,x,13%,d,5\n"
    )
    reading = read(workspace(transactions(""), {"t.csv": text}))
    # A copy of 100; 200 and 300 contradict each other; 1000 too early; 10000 without a date; one not known.
    assert reading.money == {"used": 100, "excluded": 100, "rejected": 11_500}


# Misuse, each in one line.


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            'drop = { acount_id = ["合计"] }',
            "tables.transactions.drop: header 'acount_id' is not in the file; did you mean 'account_id'? "
            "Known: account_id, date, note, revenue, x",
        ),
        (
            'fill_down = ["Date"]',
            "tables.transactions.fill_down: header 'Date' is not in the file; did you mean 'date'? "
            "Known: account_id, date, note, revenue, x",
        ),
        ('fill_down = ["x"]', "tables.transactions.fill_down: the header 'x' stands twice; rename one of them"),
        (
            'unpivot = { columns = ["May"], names = "m", values = "v" }',
            "tables.transactions.unpivot: header 'May' is not in the file. Known: account_id, date, note, revenue, x",
        ),
        (
            'unpivot = { columns = ["revenue"], names = "note", values = "v" }',
            "tables.transactions.unpivot: a column is already called 'note'; choose another name",
        ),
        (
            'unpivot = { columns = ["note", "note"], names = "m", values = "v" }',
            "tables.transactions.unpivot: a column is named twice, and would count twice; name each once",
        ),
        (
            "scale = { Revenue = 10000 }",
            "tables.transactions.scale: header 'Revenue' is not in the file; did you mean 'revenue'? "
            "Known: account_id, date, note, revenue, x",
        ),
        (
            "scale = { note = 10000 }",
            "tables.transactions.scale: 'note' is mapped to no amount; map it, or take it out",
        ),
        (
            "tax_included = { date = 0.13 }",
            "tables.transactions.tax_included: 'date' is mapped to no amount; map it, or take it out",
        ),
        (
            'values = { kind = { "退货" = "retrun" } }\nconstants = { kind = "退货" }',
            "tables.transactions.values.kind: '退货' is to mean 'retrun', which is not one of sale, return, credit, "
            "rebate, service, freight, sample, adjustment, internal",
        ),
        (
            'values = { kind = { "退货" = "return" } }',
            "tables.transactions.values.kind: nothing is mapped to 'kind'; map it, or take its words out",
        ),
        (
            'values = { knd = { "退货" = "return" } }',
            "tables.transactions: column 'knd' is not in the contract; did you mean 'kind'? Known: account_id, "
            "campaign_id, channel, cost, currency, date, doc_id, kind, line_no, list_amount, order_date, order_id "
            "and 9 more",
        ),
        (
            "scale = { revenue = 0 }",
            "kamreport.toml: 'tables.transactions.scale.revenue' is 0: input should be greater than 0",
        ),
        (
            "tax_included = { revenue = 13 }",
            "kamreport.toml: 'tables.transactions.tax_included.revenue' is 13: input should be less than 1",
        ),
    ],
)
def test_an_entry_that_says_nothing_true_of_the_file_is_one_line(
    workspace: Workspace, read: Read, entry: str, message: str
) -> None:
    text = f"{HEAD},note,x,x\n2025-06-02,a,1,n,1,2\n"
    refused(read, lambda: workspace(transactions(entry), {"t.csv": text}), message)


@pytest.mark.parametrize(
    "entry", ["values = { kind = { a = 'sale' } }", "scale = { a = 2 }", "tax_included = { a = 0.1 }"]
)
def test_what_needs_a_mapping_has_no_place_with_a_source(workspace: Workspace, entry: str) -> None:
    toml = f'[sources.export]\npath = "t.csv"\n{entry}\n'
    message = "kamreport.toml: sources.export is read as it is; map its columns where a table selects from it"
    with pytest.raises(SettingsError, match=f"^{re.escape(message)}$"):
        workspace(toml)


# Pages and text that are called .xls.

PAGE = (
    "<html><head><meta charset='gb2312'></head><body><table><tr><td>标题</td></tr></table>"
    "<table><tr><th>date</th><th>account_id</th><th>revenue</th></tr>"
    "<tr><td rowspan=2>2025-06-02</td><td>00123</td><td>&nbsp;1,234.50 </td></tr>"
    "<tr><td>华\n北 &amp; 东</td><td>2<tr><td></td><td></td><td></td></tr>"
    "<tr><td colspan=2>合计</td><td>1236.5</td></tr></table></body></html>"
)


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "utf-16"])
def test_a_web_page_called_xls_is_read_by_its_table(workspace: Workspace, read: Read, codec: str) -> None:
    entries = f'sheet = 2\nencoding = "{codec}"\nthousands = ","\nfill_down = ["date"]\ndrop = {{ date = ["合计"] }}'
    reading = read(workspace(transactions(entries, "t.xls"), {"t.xls": PAGE.encode(codec)}))
    assert reading.rows("transactions", "date", "account_id", "revenue", "line") == [
        (date(2025, 6, 2), "00123", Decimal("1234.5"), 2),
        (date(2025, 6, 2), "华 北 & 东", 2, 3),
    ]
    assert [row[1:] for row in reading.left_out] == [(5, "", "total_row", "excluded")]


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "utf-16"])
def test_text_with_tabs_called_xls_is_read(workspace: Workspace, read: Read, codec: str) -> None:
    text = '日期\taccount_id\trevenue\n2025-06-02\t"张,三"\t5\n2025-06-02\tb\n'
    entries = f'encoding = "{codec}"\ncolumns = {{ date = "日期" }}'
    reading = read(workspace(transactions(entries, "t.xls"), {"t.xls": text.encode(codec)}))
    assert reading.rows("transactions", "account_id", "revenue") == [("张,三", 5)]
    assert reading.left_out == [("transactions", 3, "", "fields", "rejected")]


@pytest.mark.parametrize(
    ("entries", "content", "message"),
    [
        (
            "",
            '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
            "tables.transactions: t.xls is an XML spreadsheet; open it and save it as .xlsx",
        ),
        (
            "",
            "date;account_id;revenue\n",
            "tables.transactions: t.xls is neither a workbook, a web page nor text with tabs; "
            "open it and save it as .xlsx",
        ),
        (
            "",
            "",
            "tables.transactions: t.xls is neither a workbook, a web page nor text with tabs; "
            "open it and save it as .xlsx",
        ),
        (
            "sheet = 3",
            PAGE,
            "t.xls is a web page of 2 tables; set sheet to the number of one, not 3",
        ),
        ('sheet = "六月"', PAGE, "t.xls is a web page of 2 tables; set sheet to the number of one, not 六月"),
        ("", "<html>no table</html>", "t.xls is a web page of 0 tables; set sheet to the number of one, not 1"),
        ("header = 7", PAGE, "t.xls has no header in row 7; set header to the row that holds it"),
        (
            "sheet = 2",
            PAGE.encode("gb18030"),
            "t.xls, line 1: not utf-8; as gb18030 it reads '标题</td></tr></table>...', "
            "as big5 it reads '梓枙</td></tr></table>...'; set encoding to the one that reads right",
        ),
    ],
)
def test_what_cannot_be_read_by_content_is_one_line(
    workspace: Workspace, read: Read, entries: str, content: Content, message: str
) -> None:
    refused(read, lambda: workspace(transactions(entries, "t.xls"), {"t.xls": content}), message)
