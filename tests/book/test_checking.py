"""From text to checked tables: one spelling per id, one row per key, and every record accounted for."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kamreport.book.checking import fold
from kamreport.errors import DataError
from kamreport.settings import Settings
from tests.book.conftest import Reading

ReadCsv = Callable[..., Reading]
Workspace = Callable[..., Settings]
Read = Callable[[Settings], Reading]

LINE = "date,account_id,revenue\n2025-06-02,a,1\n"


def lines(*rows: str, header: str = "date,account_id,revenue,region") -> str:
    return "\n".join([header, *rows]) + "\n"


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
        '{ date = "..." }. Headers in t.csv: date;account_id;revenue;region'
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


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            'columns = { dat = "x" }',
            "tables.transactions: column 'dat' is not in the contract; did you mean 'date'? Known: account_id, "
            "channel, cost, currency, date, doc_id, kind, line_no, list_amount, order_date, order_id, posted_on "
            "and 8 more",
        ),
        (
            'columns = { cost = "Cots" }',
            "tables.transactions: header 'Cots' is not in t.csv. Known: account_id, date, revenue",
        ),
        (
            'columns = { kind = "revenu" }',
            "tables.transactions: header 'revenu' is not in t.csv; did you mean 'revenue'? "
            "Known: account_id, date, revenue",
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
        "Known: account_id, name, 客户性质"
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


# Spellings (D23).


@given(st.text(max_size=8))
def test_two_spellings_are_one_after_width_case_and_outer_spaces(name: str) -> None:
    assert fold(name) == fold(f" {name}\u3000") == fold(unicodedata.normalize("NFKD", name))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("EMEA", "emea"),
        ("EMEA", " EMEA "),
        ("EMEA", "ＥＭＥＡ"),
        ("Zoë", "Zoe\u0308"),
        ("STRASSE", "straße"),
        ("①", "1"),
    ],
)
def test_what_a_reader_takes_for_one_name_is_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("00123", "123"), ("A B", "AB"), ("Zoë", "Zoe"), ("A-1", "A_1"), ("华东", "華東")]
)
def test_what_differs_in_letters_stays_two(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_region_variants_are_read_as_the_master_writes_them_and_counted(read_csv: ReadCsv) -> None:
    reading = read_csv(
        transactions=lines(
            '2025-06-02,a,1,"EMEA "', "2025-06-02,a,2,emea", "2025-06-02,a,4,ＥＭＥＡ", "2025-06-02,a,8,EMEA",
            "2025-06-02,a,16,emea", "2025-06-02,a,32,Zoe\u0308",
        ),
        regions="region\nEMEA\nZoë\n",
    )  # fmt: skip
    assert reading.by_region() == {"EMEA": 31, "Zoë": 32}
    assert reading.noted == [
        ("transactions", "spelling", "region", "Zoe\u0308 -> Zoë", 1, None),
        ("transactions", "spelling", "region", "emea -> EMEA", 2, None),
        ("transactions", "spelling", "region", "ＥＭＥＡ -> EMEA", 1, None),
    ]


def test_without_a_master_the_most_frequent_spelling_stands_over_all_tables(read_csv: ReadCsv) -> None:
    reading = read_csv(
        transactions=lines("2025-06-02,A1,1,N", "2025-06-02,a1,2,n", "2025-06-02,a1,4,N"),
        receivables="month,account_id,balance\n2025-05,A1,9\n",
        opportunities="opportunity_id,created_on,region\no,2025-06-02,Ｎ\n",
    )
    # A1 and a1 stand twice each: the first in order of letters. N stands twice.
    assert set(reading.column("transactions", "account_id") + reading.column("receivables", "account_id")) == {"A1"}
    assert reading.regions == ["N"]
    assert reading.column("opportunities", "region") == ["N"]
    assert [(table, value, rows) for table, what, _, value, rows, _ in reading.noted if what == "spelling"] == [
        ("opportunities", "Ｎ -> N", 1),
        ("transactions", "a1 -> A1", 2),
        ("transactions", "n -> N", 1),
    ]


def test_an_id_that_the_master_does_not_know_has_one_spelling_too(read_csv: ReadCsv) -> None:
    reading = read_csv(
        transactions=lines("2025-06-02,x9,1,", "2025-06-02,X9,2,", "2025-06-02,X9,4,", "2025-06-02,a,8,"),
        accounts="account_id,name\nA,Anna\n",
    )
    assert reading.column("transactions", "account_id") == ["X9", "X9", "X9", "A"]
    assert [note[1:5] for note in reading.noted if note[1] != "unassigned"] == [
        ("spelling", "account_id", "a -> A", 1),
        ("spelling", "account_id", "x9 -> X9", 1),
        ("unknown_id", "account_id", "X9", 2),
        ("unknown_id", "account_id", "x9", 1),
    ]


@pytest.mark.parametrize(
    ("table", "text", "pair"),
    [
        ("accounts", "account_id,name\nA1,Anna\nB,Bob\nａ１,Anna\n", "'A1' and 'ａ１'"),
        ("regions", "region\nEMEA\nemea\n", "'EMEA' and 'emea'"),
    ],
)
def test_two_master_rows_that_read_alike_are_one_line(read_csv: ReadCsv, table: str, text: str, pair: str) -> None:
    message = f"tables.{table}: {pair} differ only in case, width or spaces; make them one"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        read_csv(transactions=LINE, **{table: text})


def test_an_id_without_its_master_row_is_kept_and_counted(read_csv: ReadCsv) -> None:
    reading = read_csv(
        transactions="date,account_id,revenue,product_id,salesperson_id\n2025-06-02,x,1,p,s\n2025-06-03,x,2,,\n",
        accounts="account_id,name,region\na,Anna,N\n",
        products="product_id,family\nq,F\n",
        people="person_id,name\nt,Tim\n",
    )
    assert reading.rows("transactions", "account_id", "product_id", "salesperson_id") == [
        ("x", "p", "s"),
        ("x", None, None),
    ]
    assert [note[:5] for note in reading.noted if note[1] == "unknown_id"] == [
        ("transactions", "unknown_id", "account_id", "x", 2),
        ("transactions", "unknown_id", "product_id", "p", 1),
        ("transactions", "unknown_id", "salesperson_id", "s", 1),
    ]


def test_an_alias_is_read_as_its_id_and_one_of_the_table_goes_first(read_csv: ReadCsv) -> None:
    reading = read_csv(
        transactions=lines("2025-06-02,Anna Ltd,1,N", "2025-06-02,ANNA LTD,2,N", "2025-06-02,b,4,N"),
        receivables="month,account_id,balance\n2025-05,anna ltd,9\n",
        accounts="account_id,name\na,Anna\nb,Bob\nc,Cid\n",
        aliases=(
            "kind,source,alias,id\naccount,,Anna Ltd,A\naccount,receivables,Anna Ltd,c\naccount,actions,Anna Ltd,b\n"
            "person,,Anna Ltd,b\n"
        ),
    )
    assert reading.column("transactions", "account_id") == ["a", "a", "b"]
    assert reading.column("receivables", "account_id") == ["c"]
    assert [note[:5] for note in reading.noted if note[1] == "alias"] == [
        ("receivables", "alias", "account_id", "anna ltd -> c", 1),
        ("transactions", "alias", "account_id", "ANNA LTD -> a", 1),
        ("transactions", "alias", "account_id", "Anna Ltd -> a", 1),
    ]


def test_an_alias_serves_without_a_master_table(read_csv: ReadCsv) -> None:
    reading = read_csv(
        transactions=lines("2025-06-02,a,1,north", "2025-06-02,a,2,Nord"),
        aliases="kind,source,alias,id\nregion,,nord,North\n",
    )
    assert reading.by_region() == {"North": 3}


def test_people_and_rivals_have_aliases_and_own_is_reserved(read_csv: ReadCsv) -> None:
    reading = read_csv(
        transactions=LINE,
        people="person_id,name\np1,Tim\n",
        competitors="competitor_id,name\nr1,Rival\n",
        opportunities=(
            "opportunity_id,created_on,owner_id,competitor_id,closed_on\n"
            "1,2025-06-01,Tim T.,The Rival,2025-06-02\n2,2025-06-01,p1,UNKNOWN,2025-06-02\n"
            "3,2025-06-01,p1,Own,2025-06-02\n"
        ),
        aliases="kind,source,alias,id\nperson,,tim t.,p1\ncompetitor,,the rival,r1\n",
    )
    assert reading.rows("opportunities", "owner_id", "competitor_id") == [
        ("p1", "r1"),
        ("p1", "unknown"),
        ("p1", "own"),
    ]
    assert [note for note in reading.noted if note[1] == "unknown_id"] == []


# Keys (D12).


def test_identical_rows_of_one_key_are_kept_once_and_differing_ones_rejected(read_csv: ReadCsv) -> None:
    text = "date,account_id,revenue,doc_id,line_no\n"
    rows = ["a,1,d1,1", "a,1,d1,1", "a,2,d1,2", "a,3,d1,2", "b,4,d2,1", "a,1.00,d1,1"]
    reading = read_csv(transactions=text + "".join(f"2025-06-02,{row}\n" for row in rows))
    assert reading.rows("transactions", "line", "revenue") == [(2, 1), (6, 4)]
    assert reading.left_out == [
        ("transactions", 3, "doc_id", "copy", "excluded"),
        ("transactions", 4, "doc_id", "same_key", "rejected"),
        ("transactions", 5, "doc_id", "same_key", "rejected"),
        ("transactions", 7, "doc_id", "copy", "excluded"),
    ]
    # 1 + 4 used, two copies of 1 excluded, 2 + 3 rejected.
    assert reading.money == {"used": 5, "excluded": 2, "rejected": 5}


def test_lines_without_document_or_number_are_kept_and_counted_as_possible_duplicates(read_csv: ReadCsv) -> None:
    text = "date,account_id,revenue,doc_id,line_no\n"
    rows = ["a,1,,", "a,1,,", "a,2,,", "a,5,d1,", "a,6,d1,", "a,7,,1", "a,7,,1", "a,7,,1", "b,9,d1,1"]
    reading = read_csv(transactions=text + "".join(f"2025-06-02,{row}\n" for row in rows))
    assert reading.left_out == []
    assert reading.money["used"] == 1 + 1 + 2 + 5 + 6 + 7 + 7 + 7 + 9
    # One copy of the line of 1, two copies of the line of 7: 1 + 2 x 7 = 15.
    assert [note for note in reading.noted if note[1] == "possible_duplicates"] == [
        ("transactions", "possible_duplicates", "", "", 3, 15)
    ]


def test_without_keys_no_line_is_a_copy(read_csv: ReadCsv) -> None:
    reading = read_csv(transactions=lines(*["2025-06-02,a,1.10,N"] * 3, "2025-06-02,a,1.10,S"))
    assert reading.money["used"] == Decimal("4.40")
    assert [note[1:] for note in reading.noted] == [("possible_duplicates", "", "", 2, Decimal("2.20"))]


def test_a_blank_key_column_is_a_value(read_csv: ReadCsv) -> None:
    header = "month,measure,value,region,account_id\n"
    rows = ["2025-06,revenue,1,,", "2025-06,revenue,2,N,", "2025-06,revenue,3,N,", "2025-06,revenue,1,,"]
    reading = read_csv(transactions=LINE, targets=header + "".join(f"{row}\n" for row in rows))
    assert reading.rows("targets", "line") == [(2,)]
    assert [row[1:] for row in reading.left_out] == [
        (3, "month", "same_key", "rejected"),
        (4, "month", "same_key", "rejected"),
        (5, "month", "copy", "excluded"),
    ]


def test_two_spellings_of_an_id_are_one_key(read_csv: ReadCsv) -> None:
    reading = read_csv(transactions=LINE, receivables="month,account_id,balance\n2025-05,A,1\n2025-05,a,2\n")
    assert [row[:4] for row in reading.left_out] == [
        ("receivables", 2, "month", "same_key"),
        ("receivables", 3, "month", "same_key"),
    ]


def test_a_master_without_dates_has_one_row_per_id(read_csv: ReadCsv) -> None:
    reading = read_csv(transactions=LINE, accounts="account_id,name\na,Anna\nb,Bob\nb,Bea\nc,Cid\nc,Cid\n")
    assert reading.rows("accounts", "account_id", "line") == [("a", 2), ("c", 5)]
    assert [row[1:] for row in reading.left_out] == [
        (3, "account_id", "same_key", "rejected"),
        (4, "account_id", "same_key", "rejected"),
        (6, "account_id", "copy", "excluded"),
    ]


def test_a_master_with_dates_has_one_row_per_id_and_date(read_csv: ReadCsv) -> None:
    text = "account_id,name,valid_from\na,Anna,2024-01-01\na,Anne,2025-01-01\nb,Bob,2024-01-01\nb,Bea,2024-01-01\n"
    reading = read_csv(transactions=LINE, accounts=text)
    assert reading.column("accounts", "name") == ["Anna", "Anne"]
    assert [row[1:4] for row in reading.left_out] == [(4, "account_id", "same_key"), (5, "account_id", "same_key")]


# Validity.


def assigned(read_csv: ReadCsv, *rows: str) -> tuple[list[int], list[tuple[int, str]]]:
    """Lines that hold, and (line, reason) of those left out."""
    text = "account_id,person_id,role,valid_from,valid_to\n" + "".join(f"{row}\n" for row in rows)
    reading = read_csv(transactions=LINE, assignments=text)
    left = [(line, reason) for _, line, _, reason, _ in reading.left_out]
    return reading.column("assignments", "line"), left


def test_one_manager_after_another_holds_and_so_does_one_who_comes_back(read_csv: ReadCsv) -> None:
    rows = ["a,p,manager,2024-01-01,2024-07-01", "a,q,manager,2024-07-01,2025-01-01", "a,p,manager,2025-01-01,"]
    assert assigned(read_csv, *rows) == ([2, 3, 4], [])


def test_all_assignments_that_overlap_are_rejected(read_csv: ReadCsv) -> None:
    rows = [
        "a,p,manager,2024-01-01,2025-01-01",  # overlaps the next two
        "a,q,manager,2024-02-01,2024-03-01",
        "a,r,manager,2024-04-01,2024-05-01",
        "a,s,manager,2025-01-01,",
        "b,p,manager,2024-01-01,",
    ]
    assert assigned(read_csv, *rows) == ([5, 6], [(2, "overlap"), (3, "overlap"), (4, "overlap")])


def test_roles_other_than_manager_overlap_only_with_themselves(read_csv: ReadCsv) -> None:
    rows = [
        "a,p,service,2024-01-01,",
        "a,q,service,2024-01-01,",
        "a,p,sponsor,2024-01-01,",
        "a,r,technical,2024-01-01,",
        "a,r,technical,2024-06-01,2024-07-01",
    ]
    assert assigned(read_csv, *rows) == ([2, 3, 4], [(5, "overlap"), (6, "overlap")])


def test_two_ends_of_one_assignment_contradict_each_other(read_csv: ReadCsv) -> None:
    rows = ["a,p,manager,2024-01-01,2024-02-01", "a,p,manager,2024-01-01,", "a,q,manager,2025-01-01,"]
    assert assigned(read_csv, *rows) == ([4], [(2, "same_key"), (3, "same_key")])


def test_an_assignment_that_never_held_overlaps_nothing(read_csv: ReadCsv) -> None:
    rows = ["a,p,manager,2024-01-01,", "a,q,manager,2024-06-01,2024-06-01"]
    assert assigned(read_csv, *rows) == ([2, 3], [])


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


# Nothing left.


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("date,account_id,revenue\n", "the transactions are empty; nothing can be printed"),
        (
            "date,account_id,revenue\n02.06.2025,a,1\n03.06.2025,a,1\n",
            "no transaction can be used: the first is transactions.csv, line 2, column date: not a date; "
            "mend the mapping in kamreport.toml and run kamreport check",
        ),
        (
            "date,account_id,revenue\n2999-01-01,a,1\n",
            "no transaction can be used: the first is transactions.csv, line 2, column date: outside dates; "
            "mend the mapping in kamreport.toml and run kamreport check",
        ),
        (
            "date,account_id,revenue\n2025-06-02,a\n",
            "no transaction can be used: the first is transactions.csv, line 2, column ?: fields; "
            "mend the mapping in kamreport.toml and run kamreport check",
        ),
    ],
)
def test_when_no_transaction_can_be_used_the_first_reason_is_said(read_csv: ReadCsv, text: str, message: str) -> None:
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        read_csv(transactions=text)
