"""Assembles one report: from executed notebooks to the page, the workbook's rows and what the manifest remembers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any
from unicodedata import east_asian_width

from nbformat import NotebookNode

from kamreport.language import Language, Money, Names, Text, text, texts
from kamreport.period import Period
from kamreport.publish.cleaning import policy
from kamreport.publish.exporter import render_html
from kamreport.publish.findings import Finding, Part, closed, collect, follow, in_order, ranked
from kamreport.publish.jobs import Batch, Job

__all__ = ["Assembled", "assemble"]

_STATES = {
    "new": text("new"),
    "worse": text("worse since {since}"),
    "same": text("unchanged since {since}"),
    "better": text("better since {since}"),
}
_WORDS = {
    "contents": text("Contents"),
    "page": text("Page"),
    "findings": text("Findings by money at stake"),
    "decisions": text("Your decision needed"),
    "brief": text("In brief"),
    "small": text("Below the material amount"),
    "nothing": text("Nothing to report"),
}
_SUMMARY_LINES = 3
_DECISIONS = 3
# What the page of the cover holds besides two rows of headline figures, in lines of 14 points.
_COVER_LINES = 24.0
_COVER_WIDTH = 56
_HEADING_WIDTH = 48
_STAKE_WIDTH = 6
_ROW_PADDING = 0.3
_LEAST_ON_COVER = 3


@dataclass(frozen=True)
class Assembled:
    """A report ready to be written.

    Attributes
    ----------
    html
        The whole page.
    parts
        Every part, in printing order.
    findings
        What the next period's report compares with, by id.
    headline
        The headline figures, for manifest and index.
    not_printed
        Outputs of the notebooks that are not of `page.show`.
    """

    html: str
    parts: list[Part]
    findings: dict[str, dict[str, Any]]
    headline: list[dict[str, Any]]
    not_printed: int


def assemble(
    job: Job, notebooks: Mapping[str, NotebookNode], batch: Batch, before: Mapping[str, Any] | None
) -> Assembled:
    """Put a report together.

    Parameters
    ----------
    notebooks
        Executed, by chapter.
    before
        Findings of the previous period's report by id, None if there is none.
    """
    language = Language(job.language, batch.settings.company.currency)
    parts: list[Part] = []
    not_printed = 0
    for chapter in job.chapters:
        found, others = collect(
            notebooks[chapter], chapter=chapter, region=job.region, period=str(job.period), language=job.language
        )
        parts += found
        not_printed += others
    parts = follow(parts, before, change=batch.settings.rules.same_change)
    parts = [_shrunk(part, job, language) if part.state == "same" else part for part in parts]
    ordered = _printing_order(_without_data(parts, language), job.chapters)
    context = _context(job, ordered, batch, language, before)
    html = render_html(ordered, batch.settings.templates, context)
    return Assembled(html, ordered, _remembered(parts), _headline(parts), not_printed)


def _without_data(parts: Sequence[Part], language: Language) -> list[Part]:
    """Make one line a chapter of all sections that want for data."""
    kept: list[Part] = []
    for part in parts:
        same = [one for one in kept if one.record.chapter == part.record.chapter and "missing" in one.record.texts]
        if "missing" not in part.record.texts or not same:
            kept.append(part)
            continue
        named = [*same[0].record.texts["missing"].split(", "), part.record.texts["missing"]]
        tables = ", ".join(dict.fromkeys(named))
        said = language.say(text("Not shown: the data hold no {tables}.", tables=tables))
        record = same[0].record.model_copy(update={"title": said, "texts": {"missing": tables}})
        kept[kept.index(same[0])] = replace(same[0], record=record, html=_line(said))
    return kept


def _line(said: str) -> str:
    return f'<div class="kam"><p class="kam-line">{escape(said)}</p></div>'


def _printing_order(parts: Sequence[Part], chapters: Sequence[str]) -> list[Part]:
    """Chapter by chapter: heading and figures first, then the findings in reading order."""
    ordered: list[Part] = []
    for chapter in chapters:
        own = [part for part in parts if part.record.chapter == chapter]
        findings = own if chapter == "basis" else in_order(own)
        ordered += [part for part in own if not part.is_finding]
        ordered += [part for part in findings if part.is_finding]
    return ordered


def _context(
    job: Job, parts: Sequence[Part], batch: Batch, language: Language, before: Mapping[str, Any] | None
) -> dict[str, Any]:
    """What the template says besides the parts."""
    settings = batch.settings
    say = language.say
    style = _style(batch)
    region, company, name = (language.value(one) for one in (job.region_name, settings.company.name, job.title))
    chapters = _chapters(job, parts, language)
    if job.preview and chapters:  # it is known by the name of its notebook, which no reader knows
        name = chapters[0]["title"]
    region = say(text("All regions")) if job.region == "all" else region
    period = language.period(job.period)
    up_to = language.day(batch.data_up_to[job.period])
    known = say(text("data up to {day}", day=up_to))
    when = text(
        "{period} · data up to {day} · amounts in {currency}", period=period, day=up_to, currency=language.currency
    )
    return {
        "lang": {"en": "en", "zh": "zh-CN"}[job.language],
        "policy": policy(style),
        "style": style,
        "title": f"{company} · {name} · {region} · {period}",
        "company": company,
        "name": name,
        "region": region,
        "when": say(when),
        "head": f"{region} · {period}",
        "foot": f"{language.value(settings.print.notice)} · {known}",
        **_cover(job, parts, language, _closed(parts, before, language), heading=f"{company} · {name} · {region}"),
        "chapters": chapters,
        "notes": _notes(parts, language),
        "words": {key: say(said) for key, said in _WORDS.items()},
    }


def _cover(job: Job, parts: Sequence[Part], language: Language, gone: str, *, heading: str) -> dict[str, Any]:
    """The findings that the cover has room for, with the decisions they call for."""
    findings = ranked(parts)
    rows = [_row(finding, job, language) for finding in findings]
    # What the cover's own notebook has found: last period's actions. The tables follow behind the contents.
    own = [
        part.record.title
        for part in parts
        if part.record.chapter == "cover" and part.is_finding and part.layout == "section"
    ]
    taken = _lines(heading, _HEADING_WIDTH) + sum(map(_lines, (*_decisions(findings), gone, *own)))
    fitting = _fitting(rows, _COVER_LINES - taken)
    weighty = any(finding.amount for finding in findings)
    return {
        "findings": rows[:fitting],
        "quiet": "" if weighty else language.say(text("No finding reaches the material amount.")),
        "decisions": _decisions(findings[:fitting]),
        "own": own,
        "closed": gone,
    }


def _chapters(job: Job, parts: Sequence[Part], language: Language) -> list[dict[str, Any]]:
    """The chapters that were opened, for contents and body."""
    titles = {part.record.chapter: part.record.title for part in parts if part.record.kind == "chapter"}
    return [
        {"id": chapter, "title": titles[chapter], "summary": _summary(parts, chapter, language)}
        for chapter in job.chapters
        if chapter != "cover" and chapter in titles
    ]


def _style(batch: Batch) -> str:
    templates = batch.settings.templates
    page = f"@page {{ size: {batch.settings.print.paper}; }}\n"
    return page + "".join((templates / name).read_text("utf-8") for name in ("section.css", "kamreport/report.css"))


def _shrunk(part: Part, job: Job, language: Language) -> Part:
    """A finding that stands as it stood, in one line; its evidence is in the workbook."""
    stake = _stake(part, part.record.amount or 0.0, language)
    return replace(part, html=_line(f"{part.record.title} {stake} ({_state(part, job, language)})"))


def _stake(part: Part, amount: float, language: Language) -> str:
    """Money at stake; it is margin, and where the cost is unknown revenue, which it then says."""
    if part.record.unit == "revenue":
        return language.say(text("{amount} revenue", amount=Money(amount)))
    return language.money(amount)


def _row(finding: Finding, job: Job, language: Language) -> dict[str, str]:
    record = finding.part.record
    also = ""
    if finding.also:
        said = texts("{n} account counts above", "{n} accounts count above", finding.also)
        also = f"({language.say(said)})"
    return {
        "title": record.title,
        "stake": _stake(finding.part, finding.amount, language) if finding.amount else "",
        "state": _state(finding.part, job, language),
        "chapter_id": record.chapter,
        "also": also,
    }


def _fitting(rows: Sequence[Mapping[str, str]], room: float) -> int:
    """How many findings the cover has room for, so that it stays one page; the others stand in their chapters."""
    # The widest amount takes its room from all titles.
    width = _COVER_WIDTH - max([0, *(_columns(row["stake"]) - _STAKE_WIDTH for row in rows)])
    for number, row in enumerate(rows):
        room -= _lines(row["title"] + (row["state"] + row["also"])[: width // 2], width) + _ROW_PADDING
        if room < 0:
            return max(number, _LEAST_ON_COVER)
    return len(rows)


def _lines(said: str, width: int = _COVER_WIDTH) -> int:
    """Lines of the cover that a sentence takes."""
    return -(-_columns(said) // width)


def _columns(said: str) -> int:
    """Width of a sentence; a Chinese character is as wide as two others."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in said)


def _state(part: Part, job: Job, language: Language) -> str:
    if part.state in ("", "first"):
        return ""
    since = Period.parse(part.since, fiscal_year_start=job.period.fiscal_year_start)
    return language.say(Text(_STATES[part.state].message, {"since": since}))


def _decisions(findings: Sequence[Finding]) -> list[str]:
    """First thing to do about each of the largest findings."""
    actions = [finding.part.record.actions[0] for finding in findings if finding.amount and finding.part.record.actions]
    return actions[:_DECISIONS]


def _closed(parts: Sequence[Part], before: Mapping[str, Any] | None, language: Language) -> str:
    titles = closed(parts, before)
    return language.say(text("Closed since the last report: {titles}", titles=Names(titles, most=3))) if titles else ""


def _summary(parts: Sequence[Part], chapter: str, language: Language) -> list[str]:
    """The three sentences that a chapter comes down to, where it has more than that to say and no lead to say it."""
    full = [part for part in parts if part.record.chapter == chapter and part.is_finding and part.layout == "section"]
    if len(full) < _SUMMARY_LINES or chapter == "basis" or full[0].record.leads:
        return []
    return [
        f"{part.record.title} {_stake(part, part.record.amount, language)}" if part.record.amount else part.record.title
        for part in full[:_SUMMARY_LINES]
    ]


def _notes(parts: Sequence[Part], language: Language) -> list[str]:
    """What concerns the whole report: nothing to compare with, characters that could not be drawn."""
    notes = []
    if any(part.state == "first" for part in parts):
        notes.append(
            language.say(text("First print: there is no report of the period before to compare findings with."))
        )
    lost = sum(part.record.notes.get("glyphs", 0) for part in parts)
    if not lost:
        return notes
    said = texts(
        "{n} character of the data has no glyph in the installed typefaces and is drawn as □.",
        "{n} characters of the data have no glyph in the installed typefaces and are drawn as □.",
        lost,
    )
    return [*notes, language.say(said)]


def _remembered(parts: Sequence[Part]) -> dict[str, dict[str, Any]]:
    return {
        part.record.id: {
            "title": part.record.title,
            "nature": part.record.nature,
            "amount": part.record.amount if part.weighs else None,
            "state": part.state,
            "since": part.since,
            "layout": part.record.layout,
        }
        for part in parts
        if part.is_finding
    }


def _headline(parts: Sequence[Part]) -> list[dict[str, Any]]:
    return [
        {
            "key": part.record.key,
            "label": part.record.title,
            "text": part.record.texts.get("value", ""),
            "note": part.record.texts.get("note", ""),
            "change": part.record.texts.get("previous", ""),
            "better": "down" if part.record.texts.get("better") == "down" else "up",
            "value": part.record.value,
            "previous": part.record.previous,
            "year_ago": part.record.year_ago,
            "plan": part.record.plan,
        }
        for part in parts
        if part.record.kind == "figure"
    ]
