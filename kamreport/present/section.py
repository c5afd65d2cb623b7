"""A section before it is said in a language: the finding, its evidence, its basis, what to do."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from kamreport.language import Language, Money, Number, Share, Text
from kamreport.results import each

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Chart", "Column", "Headline", "Section", "Table", "Who", "cells", "finite", "line", "named_in", "word"]

Nature = Literal["realised", "at_risk", "opportunity", "fact"]
Cadence = Literal["month", "quarter", "year"]
Kind = Literal["name", "text", "money", "share", "points", "count", "number", "date", "month", "trend", "exact", "wide"]


@dataclass(frozen=True)
class Chart:
    """A picture and the sentence that stands for it.

    Attributes
    ----------
    draw
        Makes the figure in a language.
    alt
        What it shows, for those who cannot see it.
    """

    draw: "Callable[[Language], Figure]"
    alt: Text


@dataclass(frozen=True)
class Column:
    """A column of a table: its place in the frame, its head, its kind.

    `money` shares one scale over the table; `points` is a difference of shares in percentage points; `trend` is a
    list of numbers drawn as a line; `exact` is an amount that is already written; `wide` is running text.
    """

    name: str
    head: Text
    kind: Kind = "text"
    digits: int = 0
    signed: bool = False
    better: Literal["up", "down"] = "up"


@dataclass(frozen=True)
class Table:
    """Rows as evidence.

    Attributes
    ----------
    frame
        All rows; the report shows the first `most`, the workbook all.
    columns
        Those that are shown, at most seven on paper.
    accent
        Boolean column that marks the rows the title speaks of.
    """

    frame: pd.DataFrame
    columns: Sequence[Column]
    accent: str = ""
    most: int = 12


@dataclass(frozen=True)
class Who:
    """An account that a finding speaks of, its part of the amount, and who looks after it."""

    id: str
    name: str
    amount: float | None = None
    owner: str = ""


@dataclass(frozen=True)
class Section:
    """A finding with all that belongs to it, in no language yet.

    Attributes
    ----------
    key
        Stable over periods: ``fake_big_accounts``.
    title
        The finding as a sentence with its number.
    nature, amount, low, high
        Money at stake: the effect on twelve months of margin (`unit` ``revenue`` where cost is unknown).
    stake
        How the amount is called where "lost" or "at risk" would be wrong.
    who
        The accounts it speaks of.
    evidence
        Charts and tables in reading order.
    basis
        What it rests on: n, rule, interval, source.
    actions
        What to do, naming accounts and owners.
    cadence
        The shortest period in which it prints in full; in shorter ones it is a line. ``month`` is for what moved and
        what to do. What stands still has little room: of its evidence the first part, of a table the first rows.
    quiet
        There is nothing to report: a line at most, and in an edition shorter than its cadence not even that.
    alarm
        The figures of the report may be wrong: it is shouted, not told.
    leads
        It puts the findings of its chapter together: it opens the chapter whatever its amount, and the cover has the
        findings themselves.
    """

    key: str
    title: Text
    nature: Nature = "fact"
    amount: float | None = None
    low: float | None = None
    high: float | None = None
    unit: Literal["margin", "revenue"] = "margin"
    stake: Text | None = None
    who: Sequence[Who] = ()
    evidence: Sequence[Chart | Table] = ()
    basis: Sequence[Text] = ()
    actions: Sequence[Text] = ()
    cadence: Cadence = "month"
    quiet: bool = False
    alarm: bool = False
    leads: bool = False


def cells(values: Iterable[object]) -> Any:
    """Give the values of a column that is said in a language only when it is shown: `Text`, names, lists.

    Examples
    --------
    >>> cells(name for name in ("a", "b"))
    ['a', 'b']
    """
    return list(values)


def finite(amount: float | None) -> float | None:
    """Give an amount, None where it is unknown.

    Examples
    --------
    >>> finite(1.5), finite(float("nan")), finite(None)
    (1.5, None, None)
    """
    return amount if amount is not None and math.isfinite(amount) else None


def word(value: object) -> str:
    """Give a word from the data, nothing where there is none.

    Examples
    --------
    >>> word("Li Na"), word(None), word(float("nan"))
    ('Li Na', '', '')
    """
    return value if isinstance(value, str) else ""


def named_in(frame: pd.DataFrame, amounts: "pd.Series[float]") -> list[Who]:
    """Give the accounts that a finding speaks of, each with its part of the amount.

    Parameters
    ----------
    frame
        `owner_id`, `name`, `manager_id`.
    amounts
        One per row, in the same order; NaN where it is unknown.
    """
    return [
        Who(str(row.owner_id), str(row.name), finite(float(amount)), word(row.manager_id))
        for row, amount in zip(each(frame), amounts, strict=True)
    ]


def line(key: str, title: Text, *basis: Text, cadence: Cadence = "month") -> Section:
    """Build a section that says in one line that there is nothing to report.

    Parameters
    ----------
    cadence
        The shortest period in which it is worth a line.

    Examples
    --------
    >>> from kamreport.language import text
    >>> line("lost_accounts", text("No account was lost.")).quiet
    True
    """
    return Section(key, title, basis=basis, cadence=cadence, quiet=True)


@dataclass(frozen=True)
class Headline:
    """A headline figure of the cover.

    Attributes
    ----------
    key, label
        Stable name, and what it is called.
    value, previous, year_ago, plan
        Of one kind each: `Money`, `Share` or `Number`; None where there is nothing to compare with.
    better
        Whether more of it is ``up`` (good) or ``down``.
    trend
        The last 13 months, oldest first; NaN where unknown.
    note
        What stands under it: what the plan is, or how far it reaches.
    """

    key: str
    label: Text
    value: Money | Share | Number
    previous: Money | Share | Number | None = None
    year_ago: Money | Share | Number | None = None
    plan: Money | Share | Number | None = None
    better: Literal["up", "down"] = "up"
    trend: Sequence[float] = ()
    note: Text | None = None
