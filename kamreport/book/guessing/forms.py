"""How a file writes days, numbers and nothing, found by the loader's own reading of the sample."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from kamreport.book.casting import cast_column, quote
from kamreport.book.contract import Column
from kamreport.book.engine import connect
from kamreport.book.guessing.vocabulary import words
from kamreport.settings import Source

__all__ = ["DATES", "NUMBERS", "Form", "Reader", "Reading", "empty_marks"]

# In the order in which they are preferred where they read the same.
DATES = (
    "%Y-%m-%d", "%Y-%-m-%-d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y",
    "%d-%m-%Y", "%m-%d-%Y", "%d/%m/%y", "%m/%d/%y", "%y/%m/%d", "%d.%m.%y", "%y.%m.%d", "%d-%m-%y", "%y-%m-%d",
    "%d-%b-%Y",    "%d %b %Y", "%d-%b-%y", "%b %d, %Y", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y年%m月%d日 %H:%M",
    "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p",
    "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%Y%m%d%H%M%S",
)  # fmt: skip
NUMBERS = ((".", ""), (".", ","), (",", ""), (",", "."), (".", " "), (",", " "), (".", "'"), (",", "'"))
_YEARS = (1900, 2100)
_NUMERIC = {"money", "price", "qty", "score", "share", "int"}


@dataclass(frozen=True)
class Reading:
    """What the loader makes of the cells of a column: of so many that say something, how many it reads."""

    values: tuple[Any, ...]
    said: int
    read: int
    unread: tuple[str, ...]

    @property
    def share(self) -> float:
        """Part of the cells that are read; nothing said is nothing misread."""
        return self.read / self.said if self.said else 1.0


@dataclass(frozen=True)
class Form:
    """A way of writing, and the others that read as many cells and make other values of them."""

    value: Any
    read: int
    said: int
    rivals: tuple[Any, ...] = ()


class Reader:
    """Reads cells as the loader would."""

    def __init__(self) -> None:
        self._con = connect(Path("nowhere"))

    def read(self, cells: Sequence[str], column: Column, source: Source) -> Reading:
        """Read the cells of a column by what a source says of its file."""
        counts = Counter(cells)
        cast = cast_column(column, "c", source, typed=False)
        name, given = quote(column.name), quote(f"t_{column.name}")
        incoming = pa.table(
            {"c": pa.array(list(counts), pa.string()), "n": pa.array(list(counts.values()), pa.int64())}
        )
        self._con.register("cells", incoming)
        rows = self._con.execute(
            f"SELECT {given}, {name}, {cast.fault}, n FROM (SELECT *, {cast.value} AS {name} "
            f"FROM (SELECT *, {cast.text} AS {given} FROM cells)) WHERE {given} IS NOT NULL ORDER BY {given}"
        ).fetchall()
        self._con.unregister("cells")
        good = [row for row in rows if row[2] is None and _plausible(row[1])]
        unread = {row[0] for row in rows} - {row[0] for row in good}
        return Reading(
            tuple((row[0], row[1]) for row in good),
            sum(row[3] for row in rows),
            sum(row[3] for row in good),
            tuple(sorted(unread)),
        )

    def date_format(self, columns: Mapping[Column, Sequence[str]], empty: Sequence[str]) -> Form:
        """The date format that reads most days of all date columns."""
        dated = {column: cells for column, cells in columns.items() if column.type in ("date", "month")}
        return self._best(dated, [(form, {"date_format": form}) for form in DATES], empty)

    def number_form(self, columns: Mapping[Column, Sequence[str]], empty: Sequence[str]) -> Form:
        """The signs for decimals and thousands that read most numbers of all columns of numbers."""
        numeric = {column: cells for column, cells in columns.items() if column.type in _NUMERIC}
        forms = [((decimal, mark), {"decimal": decimal, "thousands": mark}) for decimal, mark in NUMBERS]
        return self._best(numeric, forms, empty)

    def _best(
        self, columns: Mapping[Column, Sequence[str]], forms: Sequence[tuple[Any, dict[str, str]]], empty: Sequence[str]
    ) -> Form:
        said = 0
        found: list[tuple[Any, int, tuple[Any, ...]]] = []
        for form, entries in forms:
            source = Source.model_validate({"path": "sample", "empty": list(empty), **entries})
            readings = [self.read(cells, _unbounded(column), source) for column, cells in columns.items()]
            said = sum(one.said for one in readings)
            found.append((form, sum(one.read for one in readings), tuple(one.values for one in readings)))
        best = max(read for _, read, _ in found)
        value, _, values = next(one for one in found if one[1] == best)
        rivals = tuple(form for form, read, other in found if read == best and other != values) if best else ()
        return Form(value, best, said, rivals)


def _plausible(value: Any) -> bool:
    """A day is of our time: %Y reads 25 as the year 25."""
    return not isinstance(value, date) or _YEARS[0] <= value.year <= _YEARS[1]


def _unbounded(column: Column) -> Column:
    """The column without its bounds: a share of 13 is a number, whatever else it is."""
    kind = "score" if column.type == "share" else column.type
    return Column(name=column.name, type=kind)


def empty_marks(columns: Mapping[Column, Sequence[str]]) -> tuple[list[str], list[str]]:
    """Find texts that mean nothing in columns of numbers and days: those meant, and those that elsewhere are an id."""
    typed = _NUMERIC | {"date", "month"}
    found = {cell.strip() for column, cells in columns.items() if column.type in typed for cell in cells}
    marks = found & words("empty")
    ids = {cell.strip() for column, cells in columns.items() if column.type in ("id", "code") for cell in cells}
    return sorted(marks - ids), sorted(marks & ids)
