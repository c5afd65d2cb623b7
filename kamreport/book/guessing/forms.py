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
        self._con = connect(Path("nowhere"), threads=1)  # a sample is too small for more

    def read(self, cells: Sequence[str], column: Column, source: Source) -> Reading:
        """Read the cells of a column by what a source says of its file."""
        cast = cast_column(column, "c", source, typed=False)
        name, given = quote(column.name), quote(f"t_{column.name}")
        rows = self._over(
            Counter(cells),
            f"SELECT {given}, {name}, {cast.fault}, n FROM (SELECT *, {cast.value} AS {name} "
            f"FROM (SELECT *, {cast.text} AS {given} FROM cells)) WHERE {given} IS NOT NULL ORDER BY {given}",
        )
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
        sources = [Source.model_validate({"path": "sample", "empty": list(empty), **entries}) for _, entries in forms]
        # Columns of one type are read alike, so that each is a column of one query; planning it is what takes time.
        counts: dict[Column, Counter[str]] = {}
        for column, cells in columns.items():
            counts.setdefault(_unbounded(column), Counter()).update(cells)
        rows = [row for column, counted in counts.items() for row in self._read_each(counted, column, sources)]
        read = [sum(count for count, *values in rows if values[place] is not None) for place in range(len(forms))]
        best = max(read)
        first = read.index(best)
        rivals = tuple(
            form
            for place, (form, _) in enumerate(forms)
            if best and read[place] == best and any(row[1 + place] != row[1 + first] for row in rows)
        )
        return Form(forms[first][0], best, sum(count for count, *_ in rows), rivals)

    def _read_each(self, counts: Counter[str], column: Column, sources: Sequence[Source]) -> list[tuple[Any, ...]]:
        """Of each text that says something: how often it stands there, and its value by each source.

        The sources differ in their forms only, and the column has no bounds.
        """
        casts = [cast_column(column, "c", source, typed=False) for source in sources]
        given, values = quote(f"t_{column.name}"), ", ".join(cast.value for cast in casts)
        rows = self._over(counts, f"SELECT n, {values} FROM (SELECT n, {casts[0].text} AS {given} FROM cells) "
                                  f"WHERE {given} IS NOT NULL")  # fmt: skip
        return [(count, *(value if _plausible(value) else None for value in values)) for count, *values in rows]

    def _over(self, counts: Counter[str], query: str) -> list[tuple[Any, ...]]:
        """What a query says of different cells ``c`` and how often each stands there, ``n``."""
        incoming = {"c": pa.array(list(counts), pa.string()), "n": pa.array(list(counts.values()), pa.int64())}
        self._con.register("cells", pa.table(incoming))
        rows = self._con.execute(query).fetchall()
        self._con.unregister("cells")
        return rows


def _plausible(value: Any) -> bool:
    """A day is of our time: %Y reads 25 as the year 25."""
    return not isinstance(value, date) or _YEARS[0] <= value.year <= _YEARS[1]


def _unbounded(column: Column) -> Column:
    """The column without its bounds: a share of 13 is a number, whatever else it is."""
    kind = "score" if column.type == "share" else column.type
    return Column(name="value", type=kind)


def empty_marks(columns: Mapping[Column, Sequence[str]]) -> tuple[list[str], list[str]]:
    """Find texts that mean nothing in columns of numbers and days: those meant, and those that elsewhere are an id."""
    typed = _NUMERIC | {"date", "month"}
    found = {cell.strip() for column, cells in columns.items() if column.type in typed for cell in cells}
    marks = found & words("empty")
    ids = {cell.strip() for column, cells in columns.items() if column.type in ("id", "code") for cell in cells}
    return sorted(marks - ids), sorted(marks & ids)
