"""The record: what a notebook may say to the press, and how a fault in it is told without its data."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kamreport.errors import PrintError
from kamreport.record import MIME, ROW_LIMIT, VERSION, Record, read_record

LEAST: dict[str, Any] = {
    "id": "churn/lost", "key": "lost", "chapter": "churn", "kind": "finding", "language": "en", "region": "North",
    "period": "2025-06", "title": "Three accounts are lost",
}  # fmt: skip
FULL: dict[str, Any] = {
    **LEAST,
    "version": 1,
    "nature": "realised",
    "amount": 1234.5,
    "low": 1000.0,
    "high": 2000.0,
    "unit": "revenue",
    "layout": "line",
    "cadence": "quarter",
    "material": False,
    "leads": True,
    "accounts": [{"id": "00123", "name": "A", "amount": 3.0, "owner": "p1"}],
    "value": 1.0,
    "previous": 2.0,
    "year_ago": 3.0,
    "plan": 4.0,
    "texts": {"stake": "¥1,234 lost"},
    "basis": ["n = 3."],
    "actions": ["Call A."],
    "pictures": [{"png": "AA==", "alt": "A line."}],
    "tables": [
        {
            "columns": [{"name": "x", "head": "X", "kind": "money"}, {"name": "y", "head": "Y", "kind": "date"}],
            "rows": [[1.5, "2025-06-30"], [None, True]],
            "total": 2,
        }
    ],
    "notes": {"glyphs": 2},
}


def test_a_record_with_everything_survives_a_notebook() -> None:
    record = read_record(FULL, where="churn, cell 4")
    assert record.model_dump(mode="json") == FULL
    assert read_record(json.loads(record.model_dump_json()), where="") == record


def test_a_record_needs_little() -> None:
    record = read_record(LEAST, where="churn, cell 4")
    assert (record.nature, record.layout, record.material, record.amount) == ("fact", "section", True, None)


def test_version_and_mime_type_are_what_written_notebooks_hold() -> None:
    """A change of either is a new layout: published notebooks of earlier runs hold these."""
    assert (VERSION, MIME, ROW_LIMIT) == (1, "application/vnd.kamreport+json", 5000)


def table(**more: Any) -> dict[str, Any]:
    return {"tables": [{"columns": [], "rows": [], "total": 0, **more}]}


CANARY = "ACME Corp 12345"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"version": 2}, "'version': Input should be 1"),
        ({"kind": CANARY}, "'kind': Input should be 'chapter', 'finding' or 'figure'"),
        ({"nature": CANARY}, "'nature': Input should be 'realised', 'at_risk', 'opportunity' or 'fact'"),
        ({"title": None}, "'title': Input should be a valid string"),
        ({"amount": float("nan")}, "'amount': Input should be a finite number"),
        ({"value": float("inf")}, "'value': Input should be a finite number"),
        ({"amount": CANARY}, "'amount': Input should be a valid number, unable to parse string as a number"),
        ({"accounts": [{"id": "a"}]}, "'accounts.0.name': Field required"),
        ({"accounts": [{"id": 7, "name": CANARY}]}, "'accounts.0.id': Input should be a valid string"),
        ({CANARY.replace(" ", "_").lower()[:4]: 1}, "'acme': Extra inputs are not permitted"),
        ({"pictures": [{"png": CANARY}]}, "'pictures.0.alt': Field required"),
        (
            table(columns=[{"name": "x", "head": "X", "kind": "pickle"}]),
            "'tables.0.columns.0.kind': Input should be 'text', 'number', 'money', 'share' or 'date'",
        ),
        (
            table(rows=[[]] * (ROW_LIMIT + 1)),
            f"'tables.0.rows': List should have at most {ROW_LIMIT} items after validation, not {ROW_LIMIT + 1}",
        ),
    ],
)
def test_a_fault_is_named_by_its_place_and_never_by_the_data(more: dict[str, Any], said: str) -> None:
    with pytest.raises(PrintError) as raised:
        read_record({**LEAST, **more}, where="churn, cell 4")
    assert str(raised.value) == f"record in churn, cell 4 is not valid at {said}"
    assert CANARY not in str(raised.value)


@pytest.mark.parametrize("data", [None, [], "text", 3])
def test_what_is_no_record_is_refused(data: object) -> None:
    with pytest.raises(PrintError) as raised:
        read_record(data, where="churn, cell 4")
    assert str(raised.value) == (
        "record in churn, cell 4 is not valid at '': Input should be a valid dictionary or instance of Record"
    )


@pytest.mark.parametrize("cell", [float("nan"), float("inf"), [], {}, b"x"])
def test_a_cell_of_the_rows_is_plain_and_finite(cell: object) -> None:
    told = table(columns=[{"name": "x", "head": "X", "kind": "text"}], rows=[[cell]], total=1)
    with pytest.raises(PrintError, match=r"record in churn, cell 4 is not valid at 'tables\.0\.rows\.0\.0"):
        read_record({**LEAST, **told}, where="churn, cell 4")


def test_a_row_has_as_many_cells_as_there_are_columns() -> None:
    told = table(columns=[{"name": "x", "head": "X", "kind": "text"}], rows=[["a", "b"]], total=1)
    with pytest.raises(PrintError) as raised:
        read_record({**LEAST, **told}, where="churn, cell 4")
    assert str(raised.value) == (
        "record in churn, cell 4 is not valid at 'tables.0': Value error, row 1 has 2 cells for 1 columns"
    )


CELLS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e12, 1e12)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.tuples(CELLS | TEXTS, CELLS), max_size=4), TEXTS)
def test_cells_keep_their_values_and_types_through_json(rows: list[tuple[object, object]], title: str) -> None:
    columns = [{"name": name, "head": name, "kind": "text"} for name in "xy"]
    told = table(columns=columns, rows=[list(row) for row in rows], total=len(rows))
    record = read_record({**LEAST, **told, "title": title}, where="")
    back = Record.model_validate_json(record.model_dump_json())
    assert back == record
    assert [tuple(map(repr, row)) for row in back.tables[0].rows] == [tuple(map(repr, row)) for row in rows]


def test_a_record_cannot_be_changed() -> None:
    record = read_record(LEAST, where="")
    with pytest.raises(ValueError, match="Instance is frozen"):
        record.title = "other"
