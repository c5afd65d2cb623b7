"""What a notebook has read: each input by its name, with a digest of what it held.

The book notes, the press asks in a notebook's last cell, and neither knows the other. An input is written
``region.ledger @ 2025-06 North``: whether it is of the region or of the company, its name, and whose book it is from.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

__all__ = ["Input", "forget", "note", "noted", "said"]

_noted: dict[str, str] = {}


@dataclass(frozen=True)
class Input:
    """A part of a book, by its name.

    Attributes
    ----------
    scope
        ``region`` for what is of the region alone, ``company`` for what other regions have a part in.
    period, region
        Of the book.

    Examples
    --------
    >>> str(Input("region", "ledger", "2025-06", "North"))
    'region.ledger @ 2025-06 North'
    >>> Input.parse("company.has products.family @ 2025-06 Far East").region
    'Far East'
    """

    scope: Literal["company", "region"]
    name: str
    period: str
    region: str

    def __str__(self) -> str:
        return f"{self.scope}.{self.name} @ {self.period} {self.region}"

    @classmethod
    def parse(cls, text: str) -> "Input":
        """Read what `str` has written; a region may have any name."""
        named, _, book = text.partition(" @ ")
        scope, _, name = named.partition(".")
        period, _, region = book.partition(" ")
        return cls("company" if scope == "company" else "region", name, period, region)


def note(name: str, digest: str) -> None:
    """Remember that an input was read."""
    _noted[name] = digest


def noted() -> dict[str, str]:
    """The digest of every input that was read since the start or since `forget`, by its name."""
    return dict(sorted(_noted.items()))


def forget() -> None:
    """Begin anew, for another notebook in the same process."""
    _noted.clear()


def said(names: Iterable[str], *, period: str) -> str:
    """Say for people which inputs have changed: figures of the company, and rows of a region.

    Parameters
    ----------
    period
        Of the report; only another one is named.

    Examples
    --------
    >>> said(["region.orders @ 2025-06 North", "company.company @ 2025-06 North"], period="2025-06")
    'figures of the company: company; rows of North: orders'
    >>> said(["region.ledger @ 2025-05 South"], period="2025-06")
    'rows of South 2025-05: ledger'
    """
    groups: dict[str, list[str]] = {}
    for one in sorted(map(Input.parse, names), key=lambda one: (one.scope, one.region, one.period, one.name)):
        whose = "figures of the company" if one.scope == "company" else f"rows of {one.region}"
        group = whose if one.period in ("", period) else f"{whose} {one.period}"
        groups.setdefault(group, []).append(one.name)
    return "; ".join(f"{group}: {', '.join(dict.fromkeys(found))}" for group, found in groups.items())
