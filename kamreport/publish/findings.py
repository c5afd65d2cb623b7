"""What the notebooks said, put in reading order: ranked by money, followed from period to period."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nbformat import NotebookNode

from kamreport.errors import PrintError
from kamreport.publish.cleaning import clean_html
from kamreport.record import MIME, Record, read_record

__all__ = ["Finding", "Part", "closed", "collect", "follow", "in_order", "ranked"]

_MOST_ON_COVER = 7
_MOST_OPPORTUNITIES = 2
_FACTS_ON_COVER = 3


@dataclass(frozen=True)
class Part:
    """One output of a notebook that prints: its record and its cleaned HTML.

    Attributes
    ----------
    state, since
        How the finding stands against the previous period's report, and since which period it has stood.
    """

    record: Record
    html: str
    state: str = ""
    since: str = ""

    @property
    def layout(self) -> str:
        """``section`` or ``line``: a finding that stands as it stood shrinks to a line."""
        return "line" if self.state == "same" else self.record.layout

    @property
    def is_finding(self) -> bool:
        """A finding, as opposed to a headline figure or a chapter's heading."""
        return self.record.kind == "finding"

    @property
    def weighs(self) -> bool:
        """It is printed in full and has money at stake of its own: what leads a chapter has that of its findings."""
        own = self.is_finding and self.record.layout == "section" and not self.record.leads
        return own and bool(self.record.amount)


@dataclass(frozen=True)
class Finding:
    """A finding on the cover: the amount counts each account only under its largest finding."""

    part: Part
    amount: float | None
    also: int


def collect(notebook: NotebookNode, *, chapter: str, region: str, period: str, language: str) -> tuple[list[Part], int]:
    """Read the records of an executed notebook.

    Parameters
    ----------
    chapter, region, period, language
        What the notebook was run for; it may speak of nothing else, whatever it does with its parameters.

    Returns
    -------
    tuple
        The parts in the notebook's order, and how many other outputs there were: these are not printed.

    Raises
    ------
    PrintError
        If a record is not valid, or is of another chapter, region, period or language.
    """
    asked = {"chapter": chapter, "region": region, "period": period, "language": language}
    parts: list[Part] = []
    others = 0
    own = [cell for cell in notebook.cells if "injected-parameters" not in cell.metadata.get("tags", [])]
    for number, cell in enumerate(own, start=1):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if MIME in data:
                record = read_record(data[MIME], where=f"{chapter}, cell {number}")
                _check_asked(record, asked, where=f"{chapter}, cell {number}")
                parts.append(Part(record, clean_html("".join(data.get("text/html", "")))))
            else:
                others += 1
    return parts, others


def _check_asked(record: Record, asked: Mapping[str, str], *, where: str) -> None:
    """Refuse what would stand in another region's report, or in none: the notebook has not used its parameters."""
    for name, value in asked.items():
        said = getattr(record, name)
        if said != value:
            use = f'page.chapter("{value}")' if name == "chapter" else f"the parameter {name}"
            raise PrintError(f"record in {where} is of {name} '{said}', not '{value}'; use {use} in the notebook")


def follow(parts: Iterable[Part], before: Mapping[str, Mapping[str, Any]] | None, *, change: float) -> list[Part]:
    """Say of every finding with money whether it is new, worse, the same or better than in the report before.

    Parameters
    ----------
    before
        Findings of the previous period's report by id: `amount`, `since`; None if there was no such report.
    change
        Relative change of the amount from which it is worse or better.
    """
    followed = []
    for part in parts:
        if not part.weighs or part.record.amount is None:
            followed.append(part)
            continue
        earlier = None if before is None else before.get(part.record.id)
        if before is None:
            state, since = "first", part.record.period
        elif earlier is None or not earlier.get("amount"):
            state, since = "new", part.record.period
        else:
            ratio = part.record.amount / float(earlier["amount"])
            state = "worse" if ratio > 1 + change else "better" if ratio < 1 - change else "same"
            since = str(earlier.get("since") or part.record.period)
        followed.append(replace(part, state=state, since=since))
    return followed


def closed(parts: Iterable[Part], before: Mapping[str, Mapping[str, Any]] | None) -> list[str]:
    """Titles of the previous report's findings with money that have none now."""
    open_now = {part.record.id for part in parts if part.weighs}
    return [str(one["title"]) for id_, one in (before or {}).items() if one.get("amount") and id_ not in open_now]


def in_order(parts: Sequence[Part]) -> list[Part]:
    """Order a chapter's findings: what leads it, by money at stake, then the facts, then what is one line."""

    def place(numbered: tuple[int, Part]) -> tuple[int, float, int]:
        number, part = numbered
        if part.layout != "section":
            return 3 if part.record.material else 4, 0.0, number
        if part.record.leads:
            return 0, 0.0, number
        return (1, -(part.record.amount or 0.0), number) if part.weighs else (2, 0.0, number)

    return [part for _, part in sorted(enumerate(part for part in parts if part.is_finding), key=place)]


def ranked(parts: Sequence[Part]) -> list[Finding]:
    """Rank the findings for the cover.

    Realised and at risk are ranked together, with two opportunities at most; an account counts once, under its
    largest finding. Facts follow where there is room. What leads a chapter puts its findings together and would say
    them twice.
    """
    parts = [part for part in parts if part.record.chapter != "cover" and not part.record.leads]
    weighed = [part for part in parts if part.weighs]
    opportunities = sorted(
        (part for part in weighed if part.record.nature == "opportunity"), key=lambda part: -(part.record.amount or 0.0)
    )
    # Left out before accounts are counted: an account must not vanish under a finding that is not shown.
    weighed = [part for part in weighed if part not in opportunities[_MOST_OPPORTUNITIES:]]
    amounts = _each_account_once(weighed)
    order = sorted(weighed, key=lambda part: -(amounts[part.record.id][0]))
    found = [Finding(part, *amounts[part.record.id]) for part in order]
    facts = [
        Finding(part, None, 0)
        for part in parts
        if part.is_finding and part.record.layout == "section" and not part.weighs
        and part.record.chapter != "basis"
    ]  # fmt: skip
    room = max(0, min(_FACTS_ON_COVER, _MOST_ON_COVER - len(found)))
    return [*found[:_MOST_ON_COVER], *facts[:room]]


def _each_account_once(parts: Sequence[Part]) -> dict[str, tuple[float, int]]:
    """Amount of each finding after accounts that weigh more elsewhere are taken out, and how many those are."""
    largest: dict[str, float] = {}
    home: dict[str, str] = {}
    for part in parts:
        for account in part.record.accounts:
            amount = account.amount or 0.0
            if amount > largest.get(account.id, -math.inf):
                largest[account.id], home[account.id] = amount, part.record.id
    amounts = {}
    for part in parts:
        elsewhere = [one for one in part.record.accounts if home.get(one.id) != part.record.id]
        less = sum(one.amount or 0.0 for one in elsewhere)
        amounts[part.record.id] = (max(0.0, (part.record.amount or 0.0) - less), len(elsewhere))
    return amounts
