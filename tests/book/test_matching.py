"""Rows that mean the same: one spelling per id, one row per key, one manager at a time."""

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kamreport.book.matching import fold
from kamreport.errors import DataError
from tests.book.conftest import Reading, lines

ReadCsv = Callable[..., Reading]

LINE = "date,account_id,revenue\n2025-06-02,a,1\n"


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
        ("transactions", "spelling", "region", "Zoe\u0308 -> Zoë", 1, 32),
        ("transactions", "spelling", "region", "emea -> EMEA", 2, 18),
        ("transactions", "spelling", "region", "ＥＭＥＡ -> EMEA", 1, 4),
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


def test_an_assignment_that_overlaps_an_earlier_one_is_rejected_and_so_are_two_of_one_day(read_csv: ReadCsv) -> None:
    rows = [
        "a,p,manager,2024-01-01,2025-01-01",  # overlaps the next two, which are known later
        "a,q,manager,2024-02-01,2024-04-01",
        "a,r,manager,2024-04-01,2024-05-01",
        "a,s,manager,2025-01-01,",
        "b,p,manager,2024-01-01,",
        "c,p,manager,2024-01-01,",
        "c,q,manager,2024-01-01,2024-02-01",
    ]
    left = [(line, "overlap") for line in (3, 4, 7, 8)]
    assert assigned(read_csv, *rows) == ([2, 5, 6], left)


def test_roles_other_than_manager_overlap_only_with_themselves(read_csv: ReadCsv) -> None:
    rows = [
        "a,p,service,2024-01-01,",
        "a,q,service,2024-01-01,",
        "a,p,sponsor,2024-01-01,",
        "a,r,technical,2024-01-01,",
        "a,r,technical,2024-06-01,2024-07-01",
    ]
    assert assigned(read_csv, *rows) == ([2, 3, 4, 5], [(6, "overlap")])


def test_two_ends_of_one_assignment_contradict_each_other(read_csv: ReadCsv) -> None:
    rows = ["a,p,manager,2024-01-01,2024-02-01", "a,p,manager,2024-01-01,", "a,q,manager,2025-01-01,"]
    assert assigned(read_csv, *rows) == ([4], [(2, "same_key"), (3, "same_key")])


def test_an_assignment_that_never_held_overlaps_nothing(read_csv: ReadCsv) -> None:
    rows = ["a,p,manager,2024-01-01,", "a,q,manager,2024-06-01,2024-06-01"]
    assert assigned(read_csv, *rows) == ([2, 3], [])
