"""What is known of a shape of sheets while it is looked at."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from kamreport.book.contract import Table
from kamreport.book.guessing.guess import Asked, Confidence, Guess, Question, TableGuess
from kamreport.book.guessing.heading import Heading
from kamreport.book.guessing.matching import Match
from kamreport.book.guessing.sampling import Rows, Sample
from kamreport.book.guessing.vocabulary import plain, words
from kamreport.language import clean, shorten

__all__ = ["Shape", "Work", "mask"]

_PHONE = re.compile(r"(?:\+?\d{1,3}[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}|\d{3,4}-\d{7,8}|\d{3}-\d{3}-\d{4}")
# Names of people and accounts that the contract does not keep out of everything.
_NAMES = {("people", "name"), ("aliases", "alias")}


@dataclass
class Shape:
    """Sheets of one shape: the same headers in the same place, written alike.

    Attributes
    ----------
    heading
        Of the first; its rows are those of all.
    sheet
        As kamreport.toml says it; empty for a text file.
    """

    samples: list[Sample]
    heading: Heading
    sheet: str | int = ""

    @property
    def name(self) -> str:
        """How a person is told of it."""
        first = self.samples[0]
        more = len({one.path for one in self.samples}) - 1
        return f"{first.name} and {more} more" if more else first.name

    @property
    def names(self) -> list[str]:
        """What files and sheets are called, and the titles above the headers."""
        said = [[one.path.stem, str(one.sheet)] for one in self.samples]
        return [*dict.fromkeys(name for names in said for name in names if name), *self.heading.titles]


def mask(value: str, table: Table, name: str, header: str) -> str:
    """Show a sample value of a column; of a name or phone number its first character only.

    Examples
    --------
    >>> from kamreport.book.contract import TABLES
    >>> accounts = TABLES["accounts"]
    >>> mask("张伟", accounts, "name", "客户名称"), mask("C0012", accounts, "account_id", "客户编码")
    ('张…', 'C0012')
    """
    text = clean(value)
    column = table.by_name.get(name)
    # An id without a digit is a name that is used as one.
    person = bool(column and column.refers in ("people", "contacts", "accounts")) and not re.search(r"\d", text)
    owned = bool(column and column.personal) or (table.name, name) in _NAMES
    told = any(word in plain(header) for word in words("personal"))
    if text and (person or owned or told or "@" in text or _PHONE.fullmatch(text)):
        return f"{text[0]}…"
    return shorten(text, 24)


@dataclass
class Work:
    """A shape, the table it was found to hold, and what has been guessed so far."""

    shape: Shape
    table: Table
    guess: TableGuess
    headers: list[str]
    rows: Rows
    columns: dict[str, Match] = field(default_factory=dict)

    def add(self, entry: Sequence[str], value: object, confidence: Confidence, why: str, header: str = "") -> None:
        """Note a guess; with a header, two values of its column."""
        shown = self.seen(header)[:2] if header else []
        samples = tuple(dict.fromkeys(mask(cell, self.table, entry[-1], header) for cell in shown))
        self.guess.guesses.append(Guess(tuple(entry), value, confidence, why, samples))

    def ask(self, about: Asked, text: str) -> None:
        """Note a question."""
        self.guess.questions.append(Question(about, f"{self.shape.name}: {text}"))

    def cells(self, header: str) -> list[str]:
        """A column of the sample."""
        place = self.headers.index(header)
        return [cells[place] for _, cells in self.rows]

    def seen(self, header: str) -> list[str]:
        """The different texts of a column, in the order of the file."""
        return list(dict.fromkeys(cell.strip() for cell in self.cells(header) if cell.strip()))
