"""The contract is data: a table that is added to it is read, checked, masked and stored without any code."""

from collections.abc import Callable

import pytest

from kamreport.book import book, checking, loading, matching, outcomes, quality, raw, reducing, tables
from kamreport.book.book import Book
from kamreport.book.contract import SQL_TYPES, TABLES, Table, _table
from kamreport.book.opening import open_book
from kamreport.settings import Settings
from tests.conftest import monthly_lines

MakeWorkspace = Callable[..., Settings]

INCIDENTS = {
    "time": "event",
    "visible": "opened_on",
    "key": ["case_id"],
    "level": 2,
    "zh": "事故台账",
    "about": "What went wrong.",
    "columns": {
        "case_id": {"type": "text", "required": True},
        "account_id": {"type": "id", "required": True, "refers": "accounts"},
        "opened_on": {"type": "date", "required": True},
        "category": {"type": "code", "values": ["quality", "delivery"], "default": "quality"},
        "severity": {"type": "score", "low": 1, "high": 4},
        "resolved_on": {"type": "date", "later": "resolved_on"},
        "amount": {"type": "money", "later": "resolved_on"},
    },
}
ROWS = [
    {"case_id": 1, "account_id": "A ", "opened_on": "2025-06-01", "severity": 4, "resolved_on": "2025-06-20"},
    {"case_id": 2, "account_id": "a", "opened_on": "2025-06-02", "severity": 1, "resolved_on": "2025-07-01"},
    {"case_id": 3, "account_id": "a", "opened_on": "2025-07-01", "severity": 1},
    {"case_id": 4, "account_id": "a", "opened_on": "2025-06-03", "severity": 5},
    {"case_id": 5, "account_id": "a", "opened_on": "2025-06-04", "category": "weather"},
    {"case_id": 6, "account_id": "a", "opened_on": "2025-06-05"},
    {"case_id": 6, "account_id": "a", "opened_on": "2025-06-05"},
]


@pytest.fixture
def with_incidents(monkeypatch: pytest.MonkeyPatch) -> dict[str, Table]:
    """Every module of the room with a contract of one table more."""
    more = {**TABLES, "incidents": _table("incidents", {**INCIDENTS})}
    for module in (book, checking, loading, matching, outcomes, quality, raw, reducing, tables):
        monkeypatch.setattr(module, "TABLES", more)
    return more


def incidents(opened: Book) -> list[tuple[object, ...]]:
    """What an accessor of one line would give."""
    frame = opened._table("incidents").sort_values("case_id")[["case_id", "severity", "amount"]]
    return list(frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None))


@pytest.mark.usefixtures("with_incidents")
def test_a_table_more_needs_no_code(make_workspace: MakeWorkspace) -> None:
    settings = make_workspace(
        settings="[data]\nup_to = 2025-07-31\n",
        transactions=monthly_lines("a", {"2025-06": 1.0}),
        incidents=[{"amount": 7.5, **row} for row in ROWS],
    )
    june = open_book("North", "2025-06", settings=settings)
    assert june.has("incidents", "amount", "severity")
    assert not june.has("incidents", "recorded_on")
    # The second is resolved later, the third opened later.
    assert incidents(june) == [("1", 4.0, 7.5), ("2", 1.0, None), ("6", None, None)]
    july = open_book("North", "2025-07", settings=settings)
    assert incidents(july)[1:3] == [("2", 1.0, 7.5), ("3", 1.0, None)]
    # The third is no record of June.
    sources = june.sources.set_index("table_name").loc["incidents"]
    counts = ["read", "used", "excluded", "copies", "rejected"]
    assert sources[counts].to_dict() == {"read": 6, "used": 3, "excluded": 1, "copies": 1, "rejected": 2}
    left = june.left_out[june.left_out["table_name"] == "incidents"]
    assert set(zip(left["reason"], left["column_name"], left["lines"], strict=True)) == {
        ("copy", "case_id", "8"),
        ("not_listed", "category", "6"),
        ("out_of_range", "severity", "5"),
    }
    noted = june.noted[june.noted["table_name"] == "incidents"]
    assert noted[["what", "column_name", "rows"]].to_numpy().tolist() == [["spelling", "account_id", 1]]


def test_an_event_may_say_when_it_was_written_down(with_incidents: dict[str, Table]) -> None:
    assert "recorded_on" in with_incidents["incidents"].by_name
    assert "recorded_on" not in TABLES["transactions"].by_name


# What a table must say of itself to be read by those rules.


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_table_says_what_the_rules_need(table: Table) -> None:
    names = table.by_name
    assert set(table.key) <= names.keys()
    assert table.about
    assert table.zh
    assert all(column.about and column.zh for column in table.columns)
    assert all(column.type in SQL_TYPES for column in table.columns)
    # When it is visible.
    if table.time == "event":
        assert names[table.visible].required
        assert names[table.visible].type == "date"
    if table.time == "month":
        assert names["month"].type == "month"
    if table.time == "validity":
        assert {"valid_from", "valid_to"} <= names.keys()
    # What names another column or table names one that exists.
    for column in table.columns:
        assert column.later in ("", "row") or names[column.later].type == "date"
        assert set(column.instead) <= names.keys()
        assert not column.refers or column.refers in TABLES
        assert bool(column.values) == (column.type == "code")
        assert not column.default or not column.values or column.default in column.values
    if table.versions:
        assert names[table.versions].type == "date"


def test_the_tables_of_the_first_day_and_their_keys_are_those_of_the_contract() -> None:
    assert {name for name, table in TABLES.items() if table.level == 1} == {
        "transactions",
        "accounts",
        "products",
        "regions",
        "people",
        "assignments",
        "targets",
        "receivables",
        "actions",
        "aliases",
        "fx_rates",
    }
    required = [name for name, column in TABLES["transactions"].by_name.items() if column.required]
    assert required == ["date", "account_id", "revenue"]


def test_money_is_exact_in_the_store() -> None:
    assert (SQL_TYPES["money"], SQL_TYPES["price"], SQL_TYPES["qty"]) == (
        "DECIMAL(18,4)",
        "DECIMAL(18,6)",
        "DECIMAL(18,4)",
    )


def test_a_row_of_a_validity_holds_from_its_first_day_to_the_day_before_its_last(
    make_workspace: MakeWorkspace,
) -> None:
    """valid_from <= last day of the book < valid_to."""
    spans = [("m1", "2025-01-01", "2025-06-30"), ("m2", "2025-06-30", "2025-07-01"), ("m3", "2025-07-01", None)]
    settings = make_workspace(
        settings="[data]\nup_to = 2025-07-31\n",
        transactions=monthly_lines("a", {"2025-05": 1.0, "2025-06": 1.0, "2025-07": 1.0}),
        assignments=[
            {"account_id": "a", "person_id": who, "role": "manager", "valid_from": start, "valid_to": end}
            for who, start, end in spans
        ],
    )
    managers = {
        text: open_book("all", text, settings=settings).accounts["manager_id"].tolist()
        for text in ("2025-05", "2025-06", "2025-07")
    }
    assert managers == {"2025-05": ["m1"], "2025-06": ["m2"], "2025-07": ["m3"]}
