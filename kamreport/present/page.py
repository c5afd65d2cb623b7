"""The page of a notebook: shows sections as they will print, and records them for the press."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, overload

import pandas as pd
from IPython.core.getipython import get_ipython
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kamreport.errors import UsageError, unknown
from kamreport.language import Language, Money, Number, Share, Text, clean, text, texts
from kamreport.period import Period
from kamreport.present.fonts import printable, require_glyphs
from kamreport.present.own import own_section, own_title
from kamreport.present.section import Cadence, Chart, Headline, Section, Table, finite
from kamreport.present.style import chart_style, png, sparkline
from kamreport.present.tables import Shown, plain_rows, render_table
from kamreport.record import MIME, Picture, Record, Subject
from kamreport.settings import Rules, Settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["CHAPTERS", "Page"]

CHAPTERS: dict[str, tuple[Text, Text]] = {
    "cover": (text("Cover"), text("What must I know, and what must I decide?")),
    "customer_value": (text("Customer value"), text("Who earns our money, and who costs us?")),
    "competitors": (text("Competitors"), text("Who takes what from us, and with what?")),
    "churn": (text("Churn"), text("Who has left, who is leaving, and whom do we call first?")),
    "basis": (text("Basis"), text("Which data and which rules does this report rest on?")),
}
_CADENCES: tuple[Cadence, ...] = ("month", "quarter", "year")
# Rows of a table that says how things stand: who wants more opens the workbook.
_FEW = 6


class BookLike(Protocol):
    """What a page needs to know of a book."""

    @property
    def settings(self) -> Settings: ...
    @property
    def region(self) -> str: ...
    @property
    def period(self) -> Period: ...
    @property
    def window(self) -> Period: ...
    @property
    def as_of(self) -> date: ...
    @property
    def rules(self) -> Rules: ...
    @property
    def ledger(self) -> pd.DataFrame: ...
    @property
    def history_start(self) -> date: ...
    def has(self, table: str, *columns: str) -> bool: ...


class Page:
    """One notebook's page: opens a chapter, shows its sections.

    Parameters
    ----------
    book
        The book that the notebook has opened.
    language
        ``"en"`` or ``"zh"``.

    Raises
    ------
    PrintError
        If no typeface can draw the language.
    """

    def __init__(self, book: BookLike, language: str = "en") -> None:
        self.book = book
        self.language = Language(language, book.settings.company.currency)
        self._chapter = ""
        self._keys: set[str] = set()
        self._lost = 0
        self._nothing = False
        require_glyphs(self.language.sentences)

    @cached_property
    def threshold(self) -> float:
        """Money at stake from which a finding is material: a share of the region's yearly revenue, or a minimum."""
        window = self.book.window
        month = self.book.ledger["month"]
        inside = (month >= pd.Timestamp(window.start)) & (month < pd.Timestamp(window.end))
        revenue = float(self.book.ledger.loc[inside, "revenue"].sum())
        return max(self.book.rules.material_minimum, self.book.rules.material_share * revenue)

    @property
    def edition(self) -> Cadence:
        """Which sections print in full: those of the month, also of the quarter, also of the year."""
        months = self.book.period.months
        return "year" if months >= 12 else "quarter" if months >= 3 else "month"

    def chapter(self, name: str, *, title: Mapping[str, str] | None = None) -> None:
        """Open a chapter: its heading, and the question it answers.

        Parameters
        ----------
        name
            The notebook's name without its ending.
        title
            For an analyst's own chapter: its title in both languages.

        Raises
        ------
        UsageError
            If the chapter is not one of ours and has no title.
        """
        if title is not None:
            heading, question = own_title(title, self.language.code), ""
        elif name in CHAPTERS:
            heading, question = (self._say(part) for part in CHAPTERS[name])
        else:
            raise UsageError(f"{unknown('chapter', name, CHAPTERS)}. Give your own a title={{'en': ..., 'zh': ...}}")
        self._chapter = name
        record = self._record("", "chapter", heading, texts={"question": question})
        self._emit("chapter.html.j2", record, style=self._style)

    def requires(self, table: str, *columns: str, months: int = 0) -> bool:
        """Say whether a section has the data it needs; if not, the page says so in one line.

        Parameters
        ----------
        table, columns
            Table of the contract, and columns of it in which something must stand.
        months
            Months of history before the end of the window that it needs.

        Returns
        -------
        bool
            For ``if page.requires("opportunities"):``.
        """
        key = f"needs_{table}" + (f"_{months}" if months else "") + "".join(f"_{name}" for name in columns)
        if not self.book.has(table, *columns):
            if self._nothing:
                return False
            wanting = [f"{table}.{column}" for column in columns if not self.book.has(table, column)]
            name = wanting[0] if self.book.has(table) else table
            self._once(
                Section(key, text("Not shown: the data hold no {tables}.", tables=name), quiet=True), missing=name
            )
            return False
        if months and self.book.window.trailing(months).start < self.book.history_start:
            said = texts(
                "What compares {n} month of data is not shown: they begin on {start}.",
                "What compares {n} months of data is not shown: they begin on {start}.",
                months,
                start=self.book.history_start,
            )
            self._once(Section(key, said, quiet=True))
            return False
        return True

    def expects_any(self, *tables: str, instead: Section) -> bool:
        """Say in one line what to collect first if a chapter has none of the tables it speaks of.

        What is missing further down is then not said again.

        Parameters
        ----------
        tables
            Tables of the contract, or ``table.column`` where a table alone says nothing of the subject.
        instead
            What the chapter says then, and what that would show.

        Returns
        -------
        bool
            There is one of them.
        """
        if any(self.book.has(*name.split(".")) for name in tables):
            return True
        self._once(instead, missing=tables[0])
        self._nothing = True
        return False

    def _once(self, section: Section, **texts: str) -> None:
        if section.key not in self._keys:
            self._show_section(section, **texts)

    @overload
    def show(self, shown: Section | Headline) -> None: ...
    @overload
    def show(
        self, shown: "Figure | pd.DataFrame", *, title: Mapping[str, str], amount: float | None = None, key: str = ""
    ) -> None: ...
    def show(
        self,
        shown: "Section | Headline | Figure | pd.DataFrame",
        *,
        title: Mapping[str, str] | None = None,
        amount: float | None = None,
        key: str = "",
    ) -> None:
        """Show a section or a headline figure as it will print, and record it.

        Parameters
        ----------
        shown
            A section, a headline figure, or an analyst's own figure or frame.
        title
            Of an analyst's own section, in both languages: ``{"en": ..., "zh": ...}``.
        amount
            Money at stake of an analyst's own section, in report currency; it counts as at risk.
        key
            Stable name of an analyst's own section; the English title by default.

        Raises
        ------
        UsageError
            If a figure or frame has no title in both languages, or a key is used twice.
        """
        if isinstance(shown, Headline):
            self._show_headline(shown)
        elif isinstance(shown, Section):
            self._show_section(shown)
        else:
            self._show_section(own_section(shown, title, amount, key, self.language.code))

    def _show_section(self, section: Section, **more: str) -> None:
        if section.key in self._keys:
            raise UsageError(f"the section '{section.key}' is shown twice on this page; give one another key")
        self._keys.add(section.key)
        amount = finite(section.amount)
        material = amount is None or amount >= self.threshold or section.leads
        early = _CADENCES.index(section.cadence) > _CADENCES.index(self.edition)
        full = material and not early and not section.quiet
        title = self._say(section.title)
        tables = [part for part in section.evidence if isinstance(part, Table)]
        shown: list[Picture | Shown] = [self._evidence(part) for part in _printed(section)] if full else []
        stake = self._say(section.stake or _stake(section)) if amount else ""
        record = self._record(
            section.key,
            "finding",
            title,
            nature=section.nature,
            amount=amount,
            low=finite(section.low),
            high=finite(section.high),
            unit=section.unit,
            layout="section" if full else "silent" if early and section.quiet else "line",
            cadence=section.cadence,
            material=material and not section.quiet,
            leads=section.leads,
            accounts=[
                Subject(id=one.id, name=printable(clean(one.name))[0], amount=finite(one.amount), owner=one.owner)
                for one in section.who
            ],
            texts={"stake": stake, **more},
            basis=[self._say(one) for one in section.basis],
            actions=[self._say(one) for one in section.actions],
            pictures=[part for part in shown if isinstance(part, Picture)],
            tables=[plain_rows(table, self.language) for table in tables],
        )
        self._emit("section.html.j2", record, evidence=shown, alarm=section.alarm)

    def _show_headline(self, headline: Headline) -> None:
        said = {
            "value": self._value(headline.value),
            "previous": self._against(headline.value, headline.previous),
            "year_ago": self._against(headline.value, headline.year_ago),
            "plan": self._against(headline.value, headline.plan),
            "note": self._say(headline.note) if headline.note else "",
            "better": headline.better,
            "trend": sparkline(headline.trend) if headline.trend else "",
        }
        record = self._record(
            headline.key,
            "figure",
            self._say(headline.label),
            value=_plain(headline.value),
            previous=_plain(headline.previous),
            year_ago=_plain(headline.year_ago),
            plan=_plain(headline.plan),
            texts=said,
        )
        self._emit("figure.html.j2", record)

    def _against(self, value: Money | Share | Number, other: Money | Share | Number | None) -> str:
        """Change against another value: per cent of money, points of a share, a difference of a number."""
        now, then = _plain(value), _plain(other)
        if now is None or then is None:
            return ""
        if isinstance(value, Share):
            return self._say(text("{points} points", points=Number((now - then) * 100, 1, signed=True)))
        if isinstance(value, Number):
            return self._value(Number(now - then, value.digits, signed=True))
        if then <= 0:
            return self._value(Money(now - then, signed=True))
        return self._value(Share(now / then - 1, 1, signed=True))

    def _evidence(self, part: Chart | Table) -> Picture | Shown:
        if isinstance(part, Table):
            return render_table(part, self.language)
        with chart_style():
            drawn = part.draw(self.language)
            return Picture(png=png(drawn), alt=self._say(part.alt))

    def _emit(self, template: str, record: Record, **more: Any) -> None:
        """Render a record and display it; what no typeface can draw becomes a placeholder, and is counted."""
        known = _environment(self.book.settings.templates).get_template(template)
        html = known.render(record=record, words=self._words, language=self.language.code, **more)
        html, lost = printable(html)
        lost, self._lost = lost + self._lost, 0
        if lost:
            record = record.model_copy(update={"notes": {"glyphs": lost}})
        _display(html, record)

    @property
    def _words(self) -> dict[str, str]:
        return {
            "todo": self._say(text("What to do")),
            "basis": self._say(text("Basis")),
            "previous": self._say(text("previous")),
            "year_ago": self._say(text("year ago")),
            "plan": self._say(text("target")),
        }

    def _value(self, value: Money | Share | Number) -> str:
        return self.language.value(value)

    def _say(self, said: Text) -> str:
        return self._clean(self.language.say(said))

    def _clean(self, said: str) -> str:
        kept, lost = printable(said)
        self._lost += lost
        return kept

    def _record(self, key: str, kind: str, title: str, **more: Any) -> Record:
        if not self._chapter:
            raise UsageError("nothing can be shown before the chapter is opened; call page.chapter first")
        return Record(
            id=f"{self._chapter}/{key}" if key else self._chapter,
            key=key,
            chapter=self._chapter,
            kind=kind,  # type: ignore[arg-type]
            language=self.language.code,
            region=self.book.region,
            period=str(self.book.period),
            title=title,
            **more,
        )

    @property
    def _style(self) -> str:
        return (self.book.settings.templates / "section.css").read_text("utf-8")


@cache
def _environment(templates: Path) -> Environment:
    """Templates of a workspace, compiled once a process; one that is edited is read again."""
    loader = FileSystemLoader(templates)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _printed(section: Section) -> list[Chart | Table]:
    """The evidence that has room on paper: all of what moved, the first part of what stands still."""
    if section.cadence == "month":
        return list(section.evidence)
    first = next(iter(section.evidence), None)
    # A table that was given more rows than others is to be seen whole: the regions side by side.
    if isinstance(first, Table) and first.most <= Table.most:
        first = replace(first, most=min(first.most, _FEW))
    return [first] if first else []


def _stake(section: Section) -> Text:
    amount = Money(section.amount or 0.0)
    revenue = section.unit == "revenue"
    if section.nature == "realised":
        return text("{amount} revenue lost", amount=amount) if revenue else text("{amount} lost", amount=amount)
    if section.nature == "at_risk":
        return text("{amount} revenue at risk", amount=amount) if revenue else text("{amount} at risk", amount=amount)
    return text("{amount} to gain", amount=amount)


def _plain(value: Money | Share | Number | None) -> float | None:
    if value is None:
        return None
    return finite(float(value.amount if isinstance(value, Money) else value.value))


def _display(html: str, record: Record) -> None:
    """Emit one output in three forms: what a person sees, what the press reads, what a terminal prints."""
    from IPython.display import display

    if get_ipython() is None:  # a plain script would print the whole bundle
        sys.stdout.write(f"{record.title}\n")
        return
    bundle = {"text/html": html, MIME: record.model_dump(mode="json"), "text/plain": record.title}
    display(bundle, raw=True)  # type: ignore[no-untyped-call]
