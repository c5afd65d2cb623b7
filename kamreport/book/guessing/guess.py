"""What is guessed of an export: a value with its confidence, or a question."""

from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any, Literal

__all__ = ["Asked", "Confidence", "Guess", "Question", "TableGuess"]

Confidence = Literal["sure", "likely", "unsure"]


class Asked(IntEnum):
    """What a question is about; the dearest to get wrong first."""

    TABLE = 0
    TAX = 1
    UNIT = 2
    NUMBERS = 3
    DATE = 4
    DATE_FORMAT = 5
    COLUMN = 6
    CODES = 7
    ROWS = 8
    CURRENCY = 9
    UP_TO = 10
    FISCAL_YEAR = 11
    FILE = 12


@dataclass(frozen=True, order=True)
class Question:
    """What only a person can know."""

    about: Asked
    text: str


@dataclass(frozen=True)
class Guess:
    """An entry of kamreport.toml that was guessed.

    Attributes
    ----------
    entry
        Its place under the table: ``("encoding",)``, ``("columns", "date")``.
    confidence
        What is unsure stands in the draft as a comment, so that nothing is loaded by it.
    why
        What it rests on.
    samples
        Two values as the file writes them, personal ones masked.
    """

    entry: tuple[str, ...]
    value: Any
    confidence: Confidence
    why: str
    samples: tuple[str, ...] = ()


@dataclass
class TableGuess:
    """A table of the contract, and the file or files that hold it.

    Attributes
    ----------
    unmapped, missing
        Headers that no column takes; required columns that no header gives.
    path
        As the draft names it: of one file, or a pattern that finds these files and no others.
    score
        How well the table fits, to choose between files of one table.
    """

    table: str
    paths: list[Path]
    confidence: Confidence
    why: str
    score: float
    guesses: list[Guess] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    unmapped: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    currency: str = ""
    path: str = ""

    def settled(self) -> dict[tuple[str, ...], Any]:
        """What stands in the draft and is loaded."""
        return {guess.entry: guess.value for guess in self.guesses if guess.confidence != "unsure"}
