"""Which table of the contract a sheet holds, and which header is which column."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from kamreport.book.contract import TABLES, Table
from kamreport.book.guessing.guess import Confidence
from kamreport.book.guessing.vocabulary import LISTED, POSSIBLE, USUAL, columns_called, naming_words, plain

__all__ = ["Choice", "Match", "Matches", "choose_table", "match_columns"]

_CLEAR = 0.25
_FITS = 1.5
_MANY = 6
_WEIGHT = {0: 0.0, POSSIBLE: 0.6, LISTED: 1.0, USUAL: 1.0}


@dataclass(frozen=True)
class Match:
    """A header that is a column, how sure and why."""

    header: str
    confidence: Confidence
    why: str


@dataclass
class Matches:
    """What became of the headers of a sheet.

    Attributes
    ----------
    columns
        Our name -> header; sure and likely ones.
    doubtful
        Header -> the columns it may mean, or a column -> the headers that may mean it, never settled here.
    besides
        Column -> further headers that could be meant, where the usual one stands.
    """

    columns: dict[str, Match] = field(default_factory=dict)
    doubtful: dict[str, list[str]] = field(default_factory=dict)
    besides: dict[str, list[str]] = field(default_factory=dict)

    @property
    def named(self) -> set[str]:
        """Every header that means something."""
        known = {match.header for match in self.columns.values()} | set(self.doubtful)
        return known.union(*self.besides.values()) if self.besides else known


@dataclass(frozen=True)
class Choice:
    """The table that a sheet probably holds.

    Attributes
    ----------
    table
        None where no table fits.
    close
        Others that fit nearly as well.
    """

    table: Table | None
    confidence: Confidence
    why: str
    score: float
    close: tuple[str, ...] = ()


def choose_table(headers: Sequence[str], names: Sequence[str]) -> Choice:
    """Choose by what the headers cover and by what the file, sheet or title is called.

    Sure where every required column has a header, no other table comes near, and the name says so too or most headers
    are columns of it. Likely where the name says so alone, or decides between tables that are near, or one required
    column lacks. Else unsure.

    Parameters
    ----------
    names
        Of the file and sheet, and the titles above the headers.

    Examples
    --------
    >>> choose_table(["开票日期", "客户编码", "无税金额"], ["export"]).table.name
    'transactions'
    """
    named = _named(names)
    ranked = sorted(
        ((_score(table, headers) + (0.5 if name in named else 0.0), not _lacking(table, headers), name)
         for name, table in TABLES.items()),
        reverse=True,
    )  # fmt: skip
    score, complete, name = ranked[0]
    if score < 0.6:
        return Choice(None, "unsure", "its headers are those of no table", score)
    close = tuple(other for rival, full, other in ranked[1:4] if score - rival < _CLEAR and (full or not complete))
    called = name in named
    why = ("every required column has a header" if complete else "not every required column has a header") + (
        ", and it is called so" if called else ""
    )
    fits = score >= _FITS
    if complete and not close and (called or fits):
        return Choice(TABLES[name], "sure", why, score)
    nearly = fits and _lacking(TABLES[name], headers) == 1
    if ((called or nearly) and not close) or (complete and called and named.isdisjoint(close)):
        return Choice(TABLES[name], "likely", why, score, close)
    return Choice(TABLES[name], "unsure", why, score, close)


def _named(names: Sequence[str]) -> set[str]:
    """The tables that the longest word found in the names speaks of."""
    said = " ".join(plain(name) for name in names)
    found = [(len(word), name) for name, table in TABLES.items() for word in naming_words(table) if word in said]
    longest = max((length for length, _ in found), default=0)
    return {name for length, name in found if length == longest}


def _score(table: Table, headers: Sequence[str]) -> float:
    """Score a table by its required columns that have a header, the headers that are its columns, and their number.

    The number is there because a table of one required column is soon covered.
    """
    filled = [header for header in headers if header.strip()]
    explained = sum(_WEIGHT[max(columns_called(header, table).values(), default=0)] for header in filled)
    covered = [_WEIGHT[strength] for strength in _covered(table, headers)]
    return (
        sum(covered) / len(covered) + explained / max(1, len(filled)) + 0.5 * min(explained, _MANY) / _MANY
        if covered
        else 0.0
    )


def _lacking(table: Table, headers: Sequence[str]) -> int:
    """How many required columns have no header."""
    return sum(not strength for strength in _covered(table, headers))


def _covered(table: Table, headers: Sequence[str]) -> list[int]:
    """How strongly the headers speak for each required column, or for what may stand instead."""
    spoken: dict[str, int] = {}
    for header in headers:
        for name, strength in columns_called(header, table).items():
            spoken[name] = max(strength, spoken.get(name, 0))
    return [
        max(spoken.get(column.name, 0), *(spoken.get(name, 0) for name in column.instead[:1]), 0)
        for column in table.columns
        if column.required
    ]


def match_columns(table: Table, headers: Sequence[str]) -> Matches:
    """Give each header the column it means.

    The contract's own word is sure, a listed one too; a word that may mean other things is likely, unless it fits two
    columns of the table: then it is doubtful, but for the column that another header means beyond doubt.

    Examples
    --------
    >>> found = match_columns(TABLES["transactions"], ["日期", "订单日期", "客户"])
    >>> {name: (match.header, match.confidence) for name, match in found.columns.items()}
    {'order_date': ('订单日期', 'sure'), 'date': ('日期', 'likely'), 'account_id': ('客户', 'likely')}
    """
    result = Matches()
    open_headers: dict[str, dict[str, int]] = {}
    for header in dict.fromkeys(filter(str.strip, headers)):
        columns = columns_called(header, table)
        if columns and list(headers).count(header) > 1:
            result.doubtful[header] = sorted(columns)
        elif columns:
            open_headers[header] = columns
    for strength in (USUAL, LISTED, POSSIBLE):
        _settle(result, {h: list(c) for h, c in open_headers.items() if max(c.values()) == strength}, strength)
    return result


def _settle(result: Matches, found: dict[str, list[str]], strength: int) -> None:
    """Settle the headers of one strength: those that fit one free column, and no other header does."""
    free = {header: [name for name in columns if name not in result.columns] for header, columns in found.items()}
    wanted: dict[str, list[str]] = {}
    for header, columns in free.items():
        for name in columns:
            wanted.setdefault(name, []).append(header)
    for header, columns in found.items():
        left = free[header]
        rivals = {other for name in left for other in wanted[name]} - {header}
        if not left:
            for name in columns:
                result.besides.setdefault(name, []).append(header)
        elif len(left) == 1 and not rivals:
            eliminated = len(columns) > 1
            why = {USUAL: "its usual name", LISTED: "a known name of it", POSSIBLE: "may be called so"}[strength]
            if eliminated:
                others = ", ".join(name for name in columns if name not in left)
                why = f"may be called so, and {others} has a header of its own"
            sure = strength > POSSIBLE and not eliminated
            result.columns[left[0]] = Match(header, "sure" if sure else "likely", why)
        else:
            result.doubtful[header] = left
