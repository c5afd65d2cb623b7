"""What is known at a day, for every table of the contract: no row, and no date, that comes later changes it."""

import random
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kamreport.book.contract import TABLES, Column, Table
from kamreport.book.opening import open_book
from tests.book.conftest import frames
from tests.book.world import JULY, Rows, cell, masked, write

Row = dict[str, object]
FIRST, LAST = date(2025, 5, 1), date(2025, 7, 31)


def some_day(chance: random.Random) -> date:
    return FIRST + timedelta(days=chance.randrange((LAST - FIRST).days + 1))


def value(column: Column, place: int, chance: random.Random) -> object:
    """A value of the column's type; ids and texts are other in each row, so that no two rows claim one key."""
    if column.type in ("id", "text"):
        return f"{column.name}{place}"
    day = some_day(chance) if place else FIRST  # a row of each table is known in June
    may_be_blank = column.later or column.instead or column.name == "planned_for"
    return None if may_be_blank and chance.random() < 0.3 else cell(column, "", day)


def made(table: Table, place: int, chance: random.Random) -> Row:
    """A row of any dates; an activity has at least one, what holds begins before it ends."""
    row = {column.name: value(column, place, chance) for column in table.columns}
    if table.name == "activities" and row["date"] is row["planned_for"] is None:
        row["date"] = some_day(chance)
    if table.time == "validity" and row["valid_to"] is not None:
        row["valid_from"], row["valid_to"] = sorted([row["valid_from"], row["valid_to"]])  # type: ignore[type-var]
    if table.name == "transactions":
        row["currency"] = "CNY"
    return row


def is_known(table: Table, row: Row) -> bool:
    """Whether a row was there at the end of June, by what the contract says of its kind of time."""
    if table.time == "event":
        seen = [row[table.visible], row["planned_for"] if table.name == "activities" else None]
        days = [min(day for day in seen if isinstance(day, date)), row.get("recorded_on")]
    elif table.time == "month":
        days = [row["issued_on"]] if table.ahead else [row["month"]]
    else:
        days = [row["valid_from"]] if "valid_from" in table.by_name else []
    return all(day < JULY for day in days if isinstance(day, date))


def holds(table: Table, row: Row) -> bool:
    """Whether a known row was in force on the last of June."""
    end = row.get("valid_to")
    return table.time != "validity" or not isinstance(end, date) or end >= JULY


def all_tables(seed: int) -> Rows:
    chance = random.Random(seed)
    return {name: [made(table, place, chance) for place in range(6)] for name, table in TABLES.items()}


@pytest.mark.slow
@given(seed=st.integers(0, 2**32))
@settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.generate],  # a smaller seed is no simpler firm
    suppress_health_check=list(HealthCheck),
)
def test_a_table_of_june_is_the_same_however_much_comes_later(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("known")
    later = all_tables(seed)
    june = {
        name: [masked(TABLES[name], row, JULY) for row in rows if is_known(TABLES[name], row)]
        for name, rows in later.items()
    }
    now = open_book("all", "2025-06", settings=write(root / "june", june))
    then = open_book("all", "2025-06", settings=write(root / "later", later))
    for name, table in TABLES.items():
        known = now._table(name)
        pd.testing.assert_frame_equal(known, then._table(name), check_exact=True, obj=name)
        # The rows themselves, so that a book of nothing would not pass.
        assert len(known) == sum(is_known(table, row) and holds(table, row) for row in later[name]), name
    assert then.sources["rejected"].sum() == 0
    told, said = frames(now), frames(then)
    for name in told.keys() - {"noted"}:  # an id without its master row may get one later: the remark is gone then
        pd.testing.assert_frame_equal(told[name], said[name], check_exact=True, obj=name)


def test_what_was_planned_is_known_from_its_plan_and_done_from_its_day(tmp_path: Path) -> None:
    june, july = date(2025, 6, 10), date(2025, 7, 5)
    days = {
        "early": (june, july),
        "late": (july, june),
        "done": (june, None),
        "planned": (None, june),
        "new": (july, july),
    }
    visits = [
        {"activity_id": name, "account_id": "a", "date": done, "planned_for": planned, "hours": 2}
        for name, (done, planned) in days.items()
    ]
    sale = {"date": june, "account_id": "a", "revenue": 1}
    workspace = write(tmp_path / "visits", {"transactions": [sale], "activities": visits})
    seen = open_book("all", "2025-06", settings=workspace)._table("activities").set_index("activity_id")
    assert sorted(seen.index) == ["done", "early", "late", "planned"]
    # What was done in July is a plan in June, of which nobody knows how long it took.
    assert (
        seen["hours"].dropna().to_dict()
        == seen["date"].dropna().map(lambda _: 2.0).to_dict()
        == {"done": 2, "early": 2}
    )
