"""The tables of the book as data: what contract.toml declares, as objects.

Loader, checker, demo book and documentation all read `TABLES`; none of them knows a table by name unless the
contract itself gives it a meaning (the transactions are reduced to the ledger).
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

__all__ = ["ALL", "TABLES", "UNASSIGNED", "Column", "Table", "missing_parts"]

# The company instead of a region; and where lines belong that have none.
ALL, UNASSIGNED = "all", "(unassigned)"

ColumnType = Literal["id", "text", "code", "date", "month", "money", "price", "qty", "share", "score", "int", "bool"]
SQL_TYPES: dict[str, str] = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "code": "VARCHAR",
    "date": "DATE",
    "month": "DATE",
    "money": "DECIMAL(18,4)",
    "price": "DECIMAL(18,6)",
    "qty": "DECIMAL(18,4)",
    "share": "DECIMAL(9,6)",
    "score": "DECIMAL(18,4)",
    "int": "INTEGER",
    "bool": "BOOLEAN",
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    name, type
        Its name in the book and how its text is read.
    required
        A row without it is rejected.
    instead
        Columns that together stand for a required one.
    refers
        Table whose ids it holds; spellings are matched across all tables.
    values
        Of a code: what it may be.
    default
        Stands where nothing is given, as text.
    later
        The date column that brings it; ``row`` where the whole row is known from this date on.
    span
        ``any`` for a date that may lie outside the data: terms, due dates, birthdays.
    low, high
        Bounds of a score.
    personal
        Never in logs, file names or a table without accounts.
    zh, about
        Usual Chinese header, and what it means.
    """

    name: str
    type: ColumnType
    required: bool = False
    instead: tuple[str, ...] = ()
    refers: str = ""
    values: tuple[str, ...] = ()
    default: str = ""
    later: str = ""
    span: Literal["data", "any"] = "data"
    low: float | None = None
    high: float | None = None
    personal: bool = False
    zh: str = ""
    about: str = ""

    @property
    def sql_type(self) -> str:
        """The type in the store."""
        return SQL_TYPES[self.type]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table: its columns, what makes a row the same row, and when a row can be seen.

    Attributes
    ----------
    time
        ``event``, ``month``, ``validity`` or ``snapshot``.
    visible
        Of an event: the date from which it is known.
    key
        Columns that name a row; empty where every row stands for itself.
    versions
        Of a snapshot: the column that, where it is mapped, dates its rows.
    ahead
        Months after the book's end are part of it (targets).
    level
        1 = on the first day, 2 = in the first month, 3 = in the first year.
    """

    name: str
    time: Literal["event", "month", "validity", "snapshot"]
    key: tuple[str, ...]
    level: int
    columns: tuple[Column, ...]
    visible: str = ""
    versions: str = ""
    ahead: bool = False
    zh: str = ""
    about: str = ""

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns by their names."""
        return {column.name: column for column in self.columns}

    @cached_property
    def dated_by(self) -> tuple[str, ...]:
        """The columns whose latest day says from when a row is known; a table without any is always known."""
        if self.time == "event":
            return tuple(name for name in (self.visible, "recorded_on") if name in self.by_name)
        if self.time == "month" and not self.ahead:
            return ("month",)
        if self.time == "validity":
            return ("valid_from",)
        return tuple(column.name for column in self.columns if column.later == "row" or column.name == self.versions)


def _table(name: str, declared: dict[str, Any]) -> Table:
    columns = dict(declared.pop("columns"))
    if declared["time"] == "event" and name != "transactions":
        columns["recorded_on"] = {"type": "date", "zh": "登记日期", "about": "When the row itself was written."}
    values: dict[str, Any] = {key: _frozen(value) for key, value in declared.items()}
    return Table(name=name, columns=tuple(_column(key, value) for key, value in columns.items()), **values)


def _column(name: str, declared: dict[str, Any]) -> Column:
    values: dict[str, Any] = {key: _frozen(value) for key, value in declared.items()}
    return Column(name=name, **values)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


TABLES: dict[str, Table] = {
    name: _table(name, declared)
    for name, declared in tomllib.loads(Path(__file__).with_name("contract.toml").read_text("utf-8")).items()
}


def missing_parts(mapped: Mapping[str, Collection[str]]) -> list[tuple[int, str]]:
    """Tables that are not mapped, and columns of the others in which nothing stands, in the order of use.

    Parameters
    ----------
    mapped
        Of each mapped table the columns in which something stands.

    Returns
    -------
    list
        (level, ``table`` or ``table.column``).
    """
    parts = []
    for name, table in TABLES.items():
        if name not in mapped:
            parts.append((table.level, name))
        else:
            parts += [(table.level, f"{name}.{one.name}") for one in table.columns if one.name not in mapped[name]]
    return sorted(parts, key=lambda part: part[0])
