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


def known_on(table: Table, row: Row) -> date:
    """The day on which a row was there, by what the contract says of its kind of time; the first if nothing says it."""
    if table.time == "event":
        seen = [row[table.visible], row["planned_for"] if table.name == "activities" else None]
        days = [min(day for day in seen if isinstance(day, date)), row.get("recorded_on")]
    elif table.time == "month":
        days = [row["issued_on"]] if table.ahead else [row["month"]]
    else:
        days = [row["valid_from"]] if "valid_from" in table.by_name else []
    return max((day for day in days if isinstance(day, date)), default=date.min)


def again(table: Table, first: Row, place: int, chance: random.Random) -> list[Row]:
    """Another row under the key of one, known on another day; none where the key itself dates the row."""
    second = made(table, place, chance) | {name: first[name] for name in table.key}
    return [] if known_on(table, second) == known_on(table, first) else [second]


def span(table: Table, row: Row) -> tuple[date, date]:
    """When a row holds: what does not begin and end holds always."""
    start, end = row.get("valid_from"), row.get("valid_to")
    if table.time != "validity" or not isinstance(start, date):
        return date.min, date.max
    return start, end if isinstance(end, date) else date.max


def stands(table: Table, row: Row, rows: list[Row]) -> bool:
    """Whether no row of its key was there before it; a row that holds for a time is in the way of that time only."""
    if not table.key or table.versions:  # each row stands for itself, or is another version
        return True
    start, end = span(table, row)
    before = [
        span(table, one)
        for one in rows
        if all(one[name] == row[name] for name in table.key) and known_on(table, one) < known_on(table, row)
    ]
    return not any(max(start, first) < min(end, last) for first, last in before)


def holds(table: Table, row: Row) -> bool:
    """Whether a known row was in force on the last of June."""
    end = row.get("valid_to")
    return table.time != "validity" or not isinstance(end, date) or end >= JULY


def all_tables(seed: int) -> Rows:
    chance = random.Random(seed)
    rows = {name: [made(table, place, chance) for place in range(6)] for name, table in TABLES.items()}
    for name, table in TABLES.items():
        rows[name] += [row for place in range(3) for row in again(table, rows[name][place], 6 + place, chance)]
    return rows


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
        name: [masked(TABLES[name], row, JULY) for row in rows if known_on(TABLES[name], row) < JULY]
        for name, rows in later.items()
    }
    now = open_book("all", "2025-06", settings=write(root / "june", june))
    then = open_book("all", "2025-06", settings=write(root / "later", later))
    rejected = 0
    for name, table in TABLES.items():
        known = now._table(name)
        pd.testing.assert_frame_equal(known, then._table(name), check_exact=True, obj=name)
        seen = [row for row in later[name] if known_on(table, row) < JULY]
        used = [row for row in seen if stands(table, row, later[name])]
        rejected += len(seen) - len(used)
        # The rows themselves, so that a book of nothing would not pass.
        assert len(known) == sum(holds(table, row) for row in used), name
    assert then.sources["rejected"].sum() == rejected > 0
    told, said = frames(now), frames(then)
    for name in told.keys() - {"noted"}:  # an id without its master row may get one later: the remark is gone then
        pd.testing.assert_frame_equal(
            told[name].drop(columns="lines", errors="ignore"),  # rows that come later stand between those of June
            said[name].drop(columns="lines", errors="ignore"),
            check_exact=True,
            obj=name,
        )


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
