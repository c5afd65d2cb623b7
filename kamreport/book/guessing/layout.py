"""What stands between an export and a table of records: total rows, merged cells, months that are columns."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from kamreport.book.guessing.heading import as_month
from kamreport.book.guessing.sampling import Rows
from kamreport.book.guessing.vocabulary import plain, words

__all__ = ["Months", "Totals", "filled_down", "find_merged", "find_months", "find_totals", "year_said"]

_LIKE_A_TOTAL = re.compile(r".+(合计|小计|总计|\btotal)\s*[:：]?", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_FEWEST_MONTHS = 3


@dataclass
class Totals:
    """Rows that add others up.

    Attributes
    ----------
    drop
        Header -> the texts that make a row a total, as they are written.
    places
        Of the total rows among those that were given.
    others
        Header -> number of rows whose text only ends like a total: one text a group, which no list can name.
    """

    drop: dict[str, list[str]] = field(default_factory=dict)
    places: set[int] = field(default_factory=set)
    others: dict[str, int] = field(default_factory=dict)


def find_totals(headers: Sequence[str], rows: Rows) -> Totals:
    """Find rows that are totals: one of their texts says so and they are emptier than the others.

    A row that repeats the headers, as at the top of a printed page, goes with them.
    """
    found = Totals()
    if not rows:
        return found
    usual = median(sum(bool(cell.strip()) for cell in cells) for _, cells in rows)
    first = next((header for header in headers if header.strip()), "")
    for place, (_, cells) in enumerate(rows):
        if first and [cell.strip() for cell in cells] == list(headers):
            _note(found, place, first, first)
        elif sum(bool(cell.strip()) for cell in cells) < usual:
            for header, cell in zip(headers, cells, strict=True):
                if header and plain(cell) in words("totals") and cell.strip():
                    _note(found, place, header, cell.strip())
                    break
                if header and _LIKE_A_TOTAL.fullmatch(cell.strip()):
                    found.others[header] = found.others.get(header, 0) + 1
                    found.places.add(place)
                    break
    return found


def _note(found: Totals, place: int, header: str, text: str) -> None:
    found.places.add(place)
    texts = found.drop.setdefault(header, [])
    if text not in texts:
        texts.append(text)


def find_merged(headers: Sequence[str], rows: Rows) -> list[str]:
    """Find the leading columns whose cells are merged: each filled at the top and then blank wherever its left is.

    A blank in a column with filled ones on its left is a blank: an invoice line without an account is no merged cell.
    Nor are the blanks where all of them follow several filled ones, as where targets of regions come first and those
    of accounts after them.
    """
    merged: list[str] = []
    outer: set[int] = set()
    for place, header in enumerate(headers):
        if not merged and plain(header) in words("serial"):
            continue
        filled = {number for number, cells in rows if cells[place].strip()}
        blank = {number for number, _ in rows} - filled
        within = blank <= outer if merged else len(filled) == 1 or min(blank, default=0) < max(filled, default=0)
        if not rows or not header or rows[0][0] not in filled or len(blank) * 5 < len(rows) or not within:
            break
        merged.append(header)
        outer = blank
    # Where every column is so, the rows are merely sparse.
    return merged if len(merged) < len([header for header in headers if header]) else []


def filled_down(rows: Rows, places: Sequence[int]) -> Rows:
    """Give a blank in these columns the text above it."""
    above = dict.fromkeys(places, "")
    filled = []
    for number, cells in rows:
        above = {place: cells[place].strip() or above[place] for place in places}
        filled.append((number, [above.get(place, cell) for place, cell in enumerate(cells)]))
    return filled


@dataclass(frozen=True)
class Months:
    """Headers that are months, with what the loader reads as one where their year is known."""

    headers: list[str]
    written: dict[str, str]
    year: int


def find_months(headers: Sequence[str], year: int) -> Months | None:
    """Find months among the headers, with the year of their own or the one that file, sheet or title say (0: none)."""
    named = {header: month for header in headers if (month := as_month(header))}
    if len(named) < _FEWEST_MONTHS or len(set(named.values())) < len(named):
        return None
    missing = any(not own for own, _ in named.values())
    written = {header: f"{own or year}-{month:02}" for header, (own, month) in named.items()}
    return Months(list(named), written, year if missing else next(iter(named.values()))[0])


def year_said(names: Sequence[str]) -> int:
    """The one year that names and titles say, else 0.

    Examples
    --------
    >>> year_said(["销售目标2025", "2025年度"]), year_said(["2024-2025"])
    (2025, 0)
    """
    found = {int(year) for name in names for year in _YEAR.findall(name)}
    return found.pop() if len(found) == 1 else 0
