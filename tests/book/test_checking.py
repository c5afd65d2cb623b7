"""From text to checked tables: what is mapped, what can be read, and every record accounted for."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from kamreport.errors import DataError
from kamreport.settings import Settings
from tests.book.conftest import Reading, lines

ReadCsv = Callable[..., Reading]
Workspace = Callable[..., Settings]
Read = Callable[[Settings], Reading]

LINE = "date,account_id,revenue\n2025-06-02,a,1\n"


# What is text stays text (D1, D3, D9).


def test_regions_that_look_like_nothing_are_regions(read_csv: ReadCsv) -> None:
    names = ["#N/A", "NA", "NO", "NULL", "NaN", "None", "YES", "inf", "n/a"]
    reading = read_csv(transactions=lines(*(f"2025-06-02,a,{n}.01,{name}" for n, name in enumerate(names))))
    assert reading.regions == names
    assert reading.by_region() == {name: Decimal(f"{n}.01") for n, name in enumerate(names)}


def test_ids_of_digits_are_kept_to_the_last(read_csv: ReadCsv) -> None:
    ids = ["00123", "123", "12345678901234567890123", "12345678901234567890124", "1e5"]
    reading = read_csv(transactions=lines(*(f"2025-06-02,{id_},1,N" for id_ in ids)))
    assert reading.column("transactions", "account_id") == ids


def test_a_column_that_changes_its_kind_late_is_rejected_at_its_line(read_csv: ReadCsv) -> None:
    rows = [f"2025-06-02,{n},1,N" for n in range(30_000)]
    rows[29_998] = "2025-06-02,x,one,N"
    reading = read_csv(transactions=lines(*rows))
    # The header is line 1, so row 29,999 of the data stands in line 30,000.
    assert reading.left_out == [("transactions", 30_000, "revenue", "not_a_number", "rejected")]
    assert reading.money["used"] == 29_999


def test_numbers_that_are_none_are_rejected_with_their_lines(read_csv: ReadCsv) -> None:
    texts = ["inf", "nan", "1e400", "NO", "1.2.3", ""]
    reading = read_csv(transactions=lines("2025-06-02,a,1,N", *(f"2025-06-02,a,{text},N" for text in texts)))
    reasons = [(line, reason) for _, line, _, reason, _ in reading.left_out]
    assert reasons == [*((line, "not_a_number") for line in range(3, 8)), (8, "empty")]


def test_a_semicolon_file_with_decimal_commas_fails_loudly_unless_it_is_declared(
    workspace: Workspace, read: Read
) -> None:
    text = "date;account_id;revenue;region\n2025-06-02;a;1.234,50;N\n"
    toml = '[tables.transactions]\npath = "t.csv"\n'
    message = (
        "tables.transactions: nothing is mapped to 'date' (开票日期), which is required; add columns = "
        '{ date = "..." }. Headers in t.csv: date;account_id;revenue;region; if the headers stand lower, '
        "set header to their row; is the delimiter right?"
    )
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        read(workspace(toml, {"t.csv": text}))
    half = read(workspace(toml + 'delimiter = ";"\n', {"t.csv": text + "2025-06-02;a;1;N\n"}))
    assert half.left_out == [("transactions", 2, "revenue", "not_a_number", "rejected")]
    whole = read(workspace(toml + 'delimiter = ";"\ndecimal = ","\nthousands = "."\n', {"t.csv": text}))
    assert whole.column("transactions", "revenue") == [Decimal("1234.5")]


def test_an_optional_cell_that_cannot_be_read_rejects_its_row(read_csv: ReadCsv) -> None:
    text = lines("2025-06-02,a,1,2", "2025-06-02,a,1,x", header="date,account_id,revenue,cost")
    assert read_csv(transactions=text).left_out == [("transactions", 3, "cost", "not_a_number", "rejected")]


def test_a_row_with_two_faults_is_counted_once(read_csv: ReadCsv) -> None:
    reading = read_csv(transactions=lines("2025-06-02,a,1,N", "yesterday,,much,N"))
    assert reading.left_out == [("transactions", 3, "date", "not_a_date", "rejected")]


# Mapping.


def test_columns_are_mapped_and_constants_stand_for_every_row(workspace: Workspace, read: Read) -> None:
    toml = (
        '[tables.transactions]\npath = "t.csv"\n'
        'columns = { date = "开票日期", account_id = "客户编码", revenue = "无税金额" }\n'
        'constants = { region = "华东", kind = "service", currency = "CNY" }\n'
    )
    reading = read(workspace(toml, {"t.csv": "无税金额,备注,开票日期,客户编码\n5,x,2025-06-02,a\n"}))
    assert reading.rows("transactions", "date", "account_id", "revenue", "region", "kind") == [
        (date(2025, 6, 2), "a", 5, "华东", "service")
    ]


def test_a_constant_may_be_a_number_or_yes(workspace: Workspace, read: Read) -> None:
    toml = (
        '[tables.transactions]\npath = "t.csv"\nconstants = { cost = 0.5 }\n'
        '[tables.products]\npath = "p.csv"\nconstants = { is_product = false, family = 7 }\n'
    )
    reading = read(workspace(toml, {"t.csv": LINE, "p.csv": "product_id\np\n"}))
    assert reading.column("transactions", "cost") == [Decimal("0.5")]
    assert reading.rows("products", "is_product", "family") == [(False, "7")]


def test_a_constant_that_is_a_number_keeps_its_value_however_the_file_writes(workspace: Workspace, read: Read) -> None:
    toml = (
        '[tables.transactions]\npath = "t.csv"\ndelimiter = ";"\ndecimal = ","\nthousands = "."\nempty = ["0"]\n'
        'columns = { revenue_incl_tax = "gross" }\nconstants = { tax_rate = 0.13, cost = 0, quantity = "1.000,5" }\n'
    )
    reading = read(workspace(toml, {"t.csv": "date;account_id;gross\n2025-06-02;a;1.130,00\n"}))
    assert reading.rows("transactions", "tax_rate", "revenue", "cost", "quantity") == [
        (Decimal("0.13"), 1000, 0, Decimal("1000.5"))
    ]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            'columns = { dat = "x" }',
            "tables.transactions: column 'dat' is not in the contract; did you mean 'date'? Known: account_id, "
            "campaign_id, channel, cost, currency, date, doc_id, kind, line_no, list_amount, order_date, order_id "
            "and 9 more",
        ),
        (
            'columns = { cost = "Cots" }',
            "tables.transactions: header 'Cots' is not in t.csv. Known: account_id, date, revenue; "
            "if the headers stand lower, set header to their row",
        ),
        (
            'columns = { kind = "revenu" }',
            "tables.transactions: header 'revenu' is not in t.csv; did you mean 'revenue'? "
            "Known: account_id, date, revenue; if the headers stand lower, set header to their row",
        ),
    ],
)
def test_a_misspelt_mapping_is_one_line_with_the_nearest(
    workspace: Workspace, read: Read, entry: str, message: str
) -> None:
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        read(workspace(f'[tables.transactions]\npath = "t.csv"\n{entry}\n', {"t.csv": LINE}))


def test_a_misspelt_header_of_a_column_with_a_default_is_no_default(workspace: Workspace, read: Read) -> None:
    toml = (
        '[tables.transactions]\npath = "t.csv"\n[tables.accounts]\npath = "a.csv"\ncolumns = { type = "客户性质 " }\n'
    )
    message = (
        "tables.accounts: header '客户性质 ' is not in a.csv; did you mean '客户性质'? "
        "Known: account_id, name, 客户性质; if the headers stand lower, set header to their row"
    )
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        read(workspace(toml, {"t.csv": LINE, "a.csv": "account_id,name,客户性质\na,Anna,pool\n"}))


def test_a_mapped_header_that_stands_twice_is_one_line(read_csv: ReadCsv) -> None:
    message = "tables.transactions: the header 'revenue' stands twice in transactions.csv; rename one of them"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        read_csv(transactions="date,account_id,revenue,revenue\n2025-06-02,a,1,2\n")


def test_headers_that_nobody_maps_may_stand_twice(read_csv: ReadCsv) -> None:
    reading = read_csv(transactions="date,note,account_id,note,revenue,NOTE\n2025-06-02,x,a,y,1,z\n")
    assert reading.column("transactions", "revenue") == [1]


def test_a_workspace_without_transactions_is_one_line(read_csv: ReadCsv) -> None:
    message = "kamreport.toml maps no transactions; add [tables.transactions] with a path or sql"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        read_csv(accounts="account_id,name\na,Anna\n")


# Dates (D20).


def test_days_outside_the_data_are_rejected_and_named(read_csv: ReadCsv) -> None:
    rows = ["0001-01-01", "1999-12-31", "2000-01-01", "2025-06-30", "2025-07-01", "9999-12-31"]
    reading = read_csv(transactions=lines(*(f"{day},a,1,N" for day in rows)), more="[data]\nup_to = 2025-06-30")
    assert [str(day) for day in reading.column("transactions", "date")] == ["2000-01-01", "2025-06-30"]
    assert [row[1:] for row in reading.left_out] == [
        (line, "date", "outside_dates", "rejected") for line in (2, 3, 6, 7)
    ]
    assert reading.up_to == date(2025, 6, 30)


def test_without_a_day_of_export_the_data_end_with_their_last_line_before_today(read_csv: ReadCsv) -> None:
    # The tests read as of 15 January 2026.
    reading = read_csv(transactions=lines("2025-06-20,a,1,N", "2026-01-15,a,2,N", "2026-01-16,a,4,N"))
    assert reading.up_to == date(2026, 1, 15)
    assert reading.left_out == [("transactions", 4, "date", "outside_dates", "rejected")]


def test_other_tables_may_go_on_after_the_last_invoice_until_today(read_csv: ReadCsv) -> None:
    # The last invoice is of Friday; on Monday, still June, somebody acted and saw a price.
    reading = read_csv(
        transactions=lines("2025-06-27,a,1,N"),
        actions=(
            "action_id,created_on,title,owner_id,due_on\n1,2025-06-30,x,p,2025-07-07\n"
            "2,2026-01-15,x,p,2026-02-01\n3,2026-01-16,x,p,2026-02-01\n"
        ),
        competitor_prices=(
            "competitor_id,product_id,collected_on,price,unit,basis,tax_included,source\nr,p,2025-06-30,1,t,quote,no,x\n"
        ),
        receivables="month,account_id,balance\n2025-07,a,1\n",
    )
    assert reading.up_to == date(2025, 6, 27)
    assert reading.left_out == [("actions", 4, "created_on", "outside_dates", "rejected")]


def test_an_earliest_day_can_be_declared(read_csv: ReadCsv) -> None:
    reading = read_csv(transactions=lines("1998-05-31,a,1,N", "1998-06-01,a,2,N"), more="[data]\nearliest = 1998-06-01")
    assert reading.money == {"used": 2, "excluded": 0, "rejected": 1}


def test_due_dates_terms_and_targets_may_lie_outside_the_data(read_csv: ReadCsv) -> None:
    reading = read_csv(
        transactions=lines("2025-06-02,a,1,N"),
        actions=(
            "action_id,created_on,title,owner_id,due_on\n1,2025-06-01,x,p,2100-12-31\n2,2025-06-01,x,p,2101-01-01\n"
            "3,2025-06-03,x,p,2025-07-01\n"
        ),
        accounts="account_id,name,opened_on\na,Anna,1900-01-01\nb,Bob,1899-12-31\n",
        targets="month,measure,value\n2026-12,revenue,1\n",
        receivables="month,account_id,balance\n2025-06,a,1\n2025-07,a,1\n",
        more="[data]\nup_to = 2025-06-02",
    )
    assert reading.column("targets", "month") == [date(2026, 12, 1)]
    assert [row[:4] for row in reading.left_out] == [
        ("accounts", 3, "opened_on", "outside_dates"),
        ("actions", 3, "due_on", "outside_dates"),
        ("actions", 4, "created_on", "outside_dates"),
        ("receivables", 3, "month", "outside_dates"),
    ]


def test_a_posting_may_follow_the_data_by_a_year(read_csv: ReadCsv) -> None:
    rows = ["2025-06-02,a,1,2026-06-03", "2025-06-02,a,2,2026-06-04"]
    reading = read_csv(transactions=lines(*rows, header="date,account_id,revenue,posted_on"))
    # 2 June 2025 + 366 days = 3 June 2026.
    assert reading.left_out == [("transactions", 3, "posted_on", "outside_dates", "rejected")]


def test_where_the_day_of_recording_is_kept_a_row_without_it_is_rejected(read_csv: ReadCsv) -> None:
    header = "opportunity_id,created_on,recorded_on\n"
    reading = read_csv(transactions=LINE, opportunities=header + "1,2025-06-01,2025-06-02\n2,2025-06-01,\n")
    assert reading.left_out == [("opportunities", 3, "recorded_on", "empty", "rejected")]


# What comes later under a key that is taken.


def test_of_rows_that_claim_one_key_those_known_first_stand(read_csv: ReadCsv) -> None:
    rows = [
        "a,2025-06-05,2025-06-09",  # known on the ninth
        "a,2025-06-01,2025-06-02",  # known on the second, the first of its key
        "a,2025-06-01,2025-06-02",
        "b,2025-06-03,2025-06-03",  # the first two of their key differ
        "b,2025-06-02,2025-06-03",
        "b,2025-06-04,2025-06-04",
        "c,2025-06-07,2025-06-01",  # known on the day that it is about
        "c,2025-06-06,2025-06-06",
    ]
    text = "opportunity_id,created_on,recorded_on\n" + "".join(f"{row}\n" for row in rows)
    reading = read_csv(transactions=LINE.replace("-02,", "-09,"), opportunities=text)
    assert reading.column("opportunities", "line") == [3, 9]
    assert [(line, reason, outcome) for _, line, _, reason, outcome in reading.left_out] == [
        (2, "same_key", "rejected"),
        (4, "copy", "excluded"),
        *((line, "same_key", "rejected") for line in (5, 6, 7, 8)),
    ]


def test_an_invoice_line_booked_again_on_a_later_day_takes_nothing_out_of_the_month_before(read_csv: ReadCsv) -> None:
    text = "date,account_id,revenue,doc_id,line_no\n2025-07-01,a,2,d,1\n2025-06-30,a,1,d,1\n"
    reading = read_csv(transactions=text)
    assert reading.rows("transactions", "date", "revenue") == [(date(2025, 6, 30), 1)]
    assert reading.left_out == [("transactions", 2, "doc_id", "same_key", "rejected")]


# Nothing left.


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("date,account_id,revenue\n", "the transactions are empty; nothing can be printed"),
        (
            "date,account_id,revenue\n02.06.2025,a,1\n03.06.2025,a,1\n",
            "no transaction can be used: the first is transactions.csv, line 2, column date: "
            "'02.06.2025' is not a date as %Y-%m-%d; set tables.transactions.date_format",
        ),
        (
            "date,account_id,revenue\n2999-01-01,a,1\n",
            "no transaction can be used: the first is transactions.csv, line 2, column date: outside dates "
            "('2999-01-01'); mend the mapping in kamreport.toml and run kamreport check",
        ),
        (
            "date,account_id,revenue\n2025-06-02,a\n",
            "no transaction can be used: the first is transactions.csv, line 2, column ?: fields; "
            "mend the mapping in kamreport.toml and run kamreport check",
        ),
        (
            'date,account_id,revenue\n2025-06-02,a,"1,234.00"\n',
            "no transaction can be used: the first is transactions.csv, line 2, column revenue: '1,234.00' is not a "
            "number with decimal '.' and no thousands sign; set tables.transactions.thousands or decimal",
        ),
        (
            "date,account_id,revenue,kind\n2025-06-02,a,1,普通销售\n",
            "no transaction can be used: the first is transactions.csv, line 2, column kind: '普通销售' is not one of "
            "sale, return, credit, rebate, service, freight, sample, adjustment, internal; "
            "say what your words mean with values (docs/data.md)",
        ),
        (
            f"date,account_id,revenue\n2\t\x1b[31m{'5' * 50},a,1\n",
            f"no transaction can be used: the first is transactions.csv, line 2, column date: '2  [31m{'5' * 33}...' "
            "is not a date as %Y-%m-%d; set tables.transactions.date_format",
        ),
    ],
)
def test_when_no_transaction_can_be_used_the_first_reason_is_said(read_csv: ReadCsv, text: str, message: str) -> None:
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        read_csv(transactions=text)
