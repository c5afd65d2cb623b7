"""Whatever an export holds, every record of it and all its money are used, excluded or rejected: by property.

The generator knows what each row is worth; nothing here asks the code what a cell means.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import openpyxl
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kamreport.settings import Settings
from tests.book.conftest import Reading

Workspace = Callable[..., Settings]
Read = Callable[[Settings], Reading]

COLUMNS = ["日期", "客户", "大区", "金额", "币种", "单据", "行号", "类型"]
RATE = Decimal("7.1")  # of USD; of EUR there is none
ACCOUNTS = "account_id,name,type\na,Anna,customer\ni,Ours,internal\n"
CENT = Decimal("0.0001")


@dataclass(frozen=True)
class Line:
    """A row as it is written, and what it is worth; a torn one has a cell too few."""

    cells: tuple[str, ...]
    amount: Decimal
    torn: bool = False


@dataclass(frozen=True)
class Dialect:
    """How a file writes amounts."""

    scale: int
    tax: str
    thousands: str
    codec: str

    def worth(self, written: Decimal, currency: str) -> Decimal:
        """What an amount is in report currency without tax, as money of four places; without a rate as it stands."""
        net = (written * self.scale).quantize(CENT, ROUND_HALF_UP)
        if self.tax:
            net = (net / (1 + Decimal(self.tax))).quantize(CENT, ROUND_HALF_UP)
        return net * RATE if currency == "USD" else net

    @property
    def toml(self) -> str:
        entries = [f'encoding = "{self.codec}"', f'thousands = "{self.thousands}"', 'empty = ["-"]']
        entries += [f'scale = {{ "金额" = {self.scale} }}']
        entries += [f'tax_included = {{ "金额" = {self.tax} }}'] if self.tax else []
        return "\n".join(entries) + "\n"


DIALECTS = st.builds(
    Dialect,
    scale=st.sampled_from([1, 10000]),
    tax=st.sampled_from(["", "0.13"]),
    thousands=st.sampled_from(["", ","]),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
CENTS = st.integers(-10_000_000, 10_000_000).map(lambda cents: Decimal(cents) / 100)
WIDE = str.maketrans("0123456789.-", "０１２３４５６７８９．－")


@st.composite
def amounts(draw: st.DrawFn, thousands: str) -> tuple[str, Decimal | None]:
    """A cell and the number it means; None where it means none."""
    if draw(st.integers(0, 5)) == 0:
        return draw(st.sampled_from(["", "-", "x", "1.2.3", "12e400", "inf"])), None
    number = draw(CENTS)
    plain = f"{abs(number):,}" if thousands else f"{abs(number)}"
    forms = [f"{number}", f"¥ {number} ", f"{number}".translate(WIDE)]
    forms += [f"-{plain}", f"({plain})", f"{plain}-"] if number < 0 else [plain, f"￥{plain}"]
    return draw(st.sampled_from(forms)), number


@st.composite
def exported(draw: st.DrawFn, dialect: Dialect) -> Line:
    """A row with any dirt: unknown days, words, currencies, keys that repeat, totals, cells that are blank or torn."""
    text, number = draw(amounts(dialect.thousands))
    days = ["2025-06-02", "2025-06-03", "1999-01-01", "2999-01-01", "02.06.2025", "", "合计", "小计："]
    day = draw(st.sampled_from(days))
    account = draw(st.sampled_from(["a", "Ａ ", "i", "b", 'q"uo,te', "二\n行", "", "-"]))
    currency = draw(st.sampled_from(["", "CNY", "USD", "EUR", "usd"]))
    kind = draw(st.sampled_from(["", "销售", "退货", "internal", "礼品"]))
    doc, line = draw(st.sampled_from(["", "d1", "d2"])), draw(st.sampled_from(["", "1", "2"]))
    region = draw(st.sampled_from(["N", "NA", "无", ""]))
    torn = draw(st.integers(0, 9)) == 0
    amount = Decimal(0) if number is None or torn else dialect.worth(number, "")
    return Line((day, account, region, text, currency, doc, line, kind), amount, torn)


@st.composite
def exports(draw: st.DrawFn) -> tuple[Dialect, list[list[Line]]]:
    """Several files of one dialect."""
    dialect = draw(DIALECTS)
    return dialect, draw(st.lists(st.lists(exported(dialect), max_size=8), min_size=1, max_size=3))


def csv_text(rows: list[tuple[str, ...]]) -> str:
    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if set(text) & set('",\n') else text

    return "".join(",".join(map(cell, row)) + "\n" for row in rows)


def sure(dialect: Dialect) -> Line:
    """A line that is always used: without any there would be no book."""
    return Line(("2025-06-02", "a", "N", "1", "", "", "", ""), dialect.worth(Decimal(1), ""))


TABLES = (
    '[tables.accounts]\npath = "a.csv"\n[tables.fx_rates]\npath = "fx.csv"\n[tables.transactions]\npath = "{path}"\n'
    'columns = {{ date = "日期", account_id = "客户", region = "大区", revenue = "金额", currency = "币种", '
    'doc_id = "单据", line_no = "行号", kind = "类型" }}\n'
    'values = {{ kind = {{ "销售" = "sale", "退货" = "return" }} }}\n{dialect}{more}'
)
MASTERS = {"a.csv": ACCOUNTS, "fx.csv": f"month,currency,rate\n2025-06,USD,{RATE}\n"}


def accounted(reading: Reading, records: int) -> None:
    """Assert that every record and all money is in one place, and that the money of the regions is that in use."""
    counted = dict(
        reading.con.execute(
            "SELECT outcome, count(*) FROM book.left_out WHERE table_name = 'transactions' GROUP BY outcome"
        ).fetchall()
    )
    used = len(reading.rows("transactions", "line"))
    assert used + sum(counted.values()) == reading.raws["transactions"].records == records
    assert counted.keys() <= {"excluded", "rejected"}
    assert sum(reading.by_region().values()) == reading.money["used"]


@given(made=exports(), twice=st.booleans())
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_record_and_cent_of_several_files_is_in_one_place(
    workspace: Workspace, read: Read, tmp_path: Path, made: tuple[Dialect, list[list[Line]]], twice: bool
) -> None:
    dialect, files = made
    for old in tmp_path.glob("t*.csv"):
        old.unlink()
    # A mark in each header sets apart files that would be alike.
    written: dict[str, str] = {}
    lines: dict[tuple[str, int], Line] = {}
    for number, rows in enumerate([[sure(dialect), *rows] for rows in files]):
        text = csv_text([(*COLUMNS, f"列{number}")])
        for row in rows:
            lines[f"t{number}.csv", text.count("\n") + 1] = row
            text += csv_text([row.cells if row.torn else (*row.cells, "x")])
            text += "\n"  # a blank line after each is no record
        written[f"t{number}.csv"] = text
    if twice:
        written["t9.csv"] = written["t0.csv"]
    contents = {name: text.encode(dialect.codec) for name, text in written.items()}
    toml = TABLES.format(path="t?.csv", dialect=dialect.toml, more='drop = { "日期" = ["合计", "小计"] }\n')
    reading = read(workspace(toml, {**MASTERS, **contents}))
    accounted(reading, len(lines))
    assert [note[3] for note in reading.noted if note[1] == "file_twice"] == (["t9.csv"] if twice else [])
    # Line by line, and so in total, with dollars at the rate of their month.
    found = reading.con.execute(
        "SELECT file, line, revenue, 'used', '' FROM book.transactions UNION ALL "
        "SELECT file, line, revenue, outcome, reason FROM book.left_out WHERE table_name = 'transactions'"
    ).fetchall()
    assert {(file, line) for file, line, *_ in found} == lines.keys()
    for file, line, revenue, outcome, reason in found:
        row = lines[file, line]
        converted = outcome == "used" or reason.startswith("internal")
        rate = RATE if converted and row.cells[4].upper() == "USD" else 1
        assert (revenue or 0) == (row.amount * rate).quantize(CENT, ROUND_HALF_UP), (row, outcome, reason)
        assert (reason == "total_row") == (row.cells[0] in ("合计", "小计：") and not row.torn)
        assert (reason == "fields") == row.torn
    assert sum(reading.money.values()) == sum((revenue or Decimal(0) for _, _, revenue, *_ in found), Decimal(0))


SHEET = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", None]),  # merged: the account above it
        st.sampled_from(["合计", "发票"]),
        *[st.sampled_from([None, "-", "x"]) | CENTS] * 3,
    ),
    max_size=6,
)


@given(sheets=st.lists(SHEET, min_size=1, max_size=3))
@example(sheets=[[(None, "发票", Decimal("1.10"), None, Decimal(-2))], [("a", "合计", Decimal(3), "x", "-")]])
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_figure_of_merged_sheets_with_a_column_a_month_is_in_one_place(
    workspace: Workspace, read: Read, sheets: list[list[tuple[object, ...]]]
) -> None:
    months = ["2025-04", "2025-05", "2025-06"]
    first = ("a", "发票", Decimal("0.01"), None, None)
    sheets = [[first, *rows] for rows in sheets]

    def write(file: Path) -> None:
        workbook = openpyxl.Workbook()
        for number, rows in enumerate(sheets):
            sheet = workbook.create_sheet(f"s{number}") if number else workbook.worksheets[0]
            sheet.append(["本表含税", None, None])
            sheet.append(["客户", "类别", *months])
            for row in rows:
                sheet.append([f"{cell}" if isinstance(cell, Decimal) else cell for cell in row])
        workbook.save(file)

    toml = (
        '[tables.transactions]\npath = "t.xlsx"\nsheet = "*"\nheader = 2\nempty = ["-"]\nfill_down = ["客户"]\n'
        'drop = { "类别" = ["合计"] }\n'
        f"unpivot = {{ columns = {months}, names = '月份', values = '金额' }}\n"
        'columns = { date = "月份", account_id = "客户", revenue = "金额" }\ndate_format = "%Y-%m"\n'
    )
    reading = read(workspace(toml, {"t.xlsx": write}))
    figures = [cell for rows in sheets for row in rows for cell in row[2:] if cell not in (None, "-")]
    accounted(reading, len(figures))
    worth = {"used": Decimal(0), "excluded": Decimal(0)}
    by_account: dict[str, Decimal] = {}
    for rows in sheets:
        account = ""
        for name, what, *cells in rows:
            total = sum((cell for cell in cells if isinstance(cell, Decimal)), Decimal(0))
            if what == "合计":
                worth["excluded"] += total
                continue
            account = str(name or account)
            worth["used"] += total
            by_account[account] = by_account.get(account, Decimal(0)) + total
    assert reading.money == {**worth, "rejected": 0}
    sums = dict(reading.con.execute("SELECT account_id, sum(revenue) FROM book.transactions GROUP BY ALL").fetchall())
    assert {name: sums.get(name, Decimal(0)) for name in by_account} == by_account
