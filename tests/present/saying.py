"""What a section says in a language, as plain text."""

from dataclasses import dataclass
from html.parser import HTMLParser

from kamreport.language import Language
from kamreport.present.section import Chart, Headline, Section, Table
from kamreport.present.tables import render_table

from .variants import VARIANTS

__all__ = ["Said", "Tags", "headline", "said", "section"]


@dataclass(frozen=True)
class Said:
    """Its sentences, and each table as rows of cells, the heads first."""

    title: str
    basis: list[str]
    actions: list[str]
    stake: str
    alts: list[str]
    tables: list[list[list[str]]]


class Tags(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def section(variant: str) -> Section:
    made = VARIANTS[variant]()
    assert isinstance(made, Section)
    return made


def headline(variant: str) -> Headline:
    made = VARIANTS[variant]()
    assert isinstance(made, Headline)
    return made


def said(shown: Section | str, code: str = "en") -> Said:
    """Say a section, or a variant by its name."""
    one = section(shown) if isinstance(shown, str) else shown
    language = Language(code)
    tables = [render_table(part, language) for part in one.evidence if isinstance(part, Table)]
    return Said(
        language.say(one.title),
        [language.say(part) for part in one.basis],
        [language.say(part) for part in one.actions],
        language.say(one.stake) if one.stake else "",
        [language.say(part.alt) for part in one.evidence if isinstance(part, Chart)],
        [
            [[head.text for head in shown.heads], *([cell.text for cell in cells] for _, cells in shown.rows)]
            for shown in tables
        ],
    )
