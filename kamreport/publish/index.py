"""The index page: every period, region, report and language that is published, with its headline figures."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from kamreport.language import LANGUAGES, Language, text, texts
from kamreport.period import Period
from kamreport.publish.cleaning import policy
from kamreport.publish.files import writable, write_atomically
from kamreport.publish.manifest import Figure, FirstPrint, Printed, find_failures, find_manifests, is_whole
from kamreport.settings import Settings

__all__ = ["write_index"]

_FIGURES = 4
_ENDINGS = {"html": "HTML", "pdf": "PDF", "xlsx": "Excel"}

Found = tuple[Path, Printed]


def write_index(settings: Settings) -> None:
    """Write ``output/index.html`` from the manifests of what is published."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    year_start = settings.company.fiscal_year_start
    found = find_manifests(settings.output, fiscal_year_start=year_start)
    language = Language(_language(settings, found), settings.company.currency)
    # Also of periods in which nothing could be published.
    failures = [
        f"{one.report} {one.period} {one.region} {one.language}: {one.reason}"
        for one in find_failures(settings.output, fiscal_year_start=year_start)
    ]
    style = "".join((settings.templates / name).read_text("utf-8") for name in ("section.css", "index.css"))
    environment = Environment(
        loader=FileSystemLoader(settings.templates), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    html = environment.get_template("index.html.j2").render(
        lang={"en": "en", "zh": "zh-CN"}[language.code],
        policy=policy(style),
        style=style,
        company=language.value(settings.company.name),
        periods=[
            _period(settings, period, list(group), language)
            for period, group in groupby(found, key=lambda one: one[1].period)
        ],
        failures=failures,
        words={
            "reports": language.say(text("Reports")),
            "region": language.say(text("Region")),
            "files": language.say(text("Files")),
            "failed": language.say(text("Failed")),
            "damaged": language.say(text("damaged, print it again")),
        },
    )
    with writable(settings.output):
        write_atomically(settings.output / "index.html", html.encode("utf-8"))


def _language(settings: Settings, found: Sequence[Found]) -> str:
    """The first language of the settings that is published; where none is, any that is."""
    languages = {printed.language for _, printed in found}
    wanted = [code for code in settings.print.languages if code in languages or not languages]
    return [*wanted, *sorted(languages)][0]


def _period(settings: Settings, name: str, found: list[Found], language: Language) -> dict[str, Any]:
    """One period: its heads, and a row per region and report with its languages side by side."""
    period = Period.parse(name, fiscal_year_start=settings.company.fiscal_year_start)
    several = len({printed.report for _, printed in found}) > 1
    groups = [list(group) for _, group in groupby(found, key=lambda one: (one[1].region, one[1].report))]
    rows = [_row(settings, group, language, named=several) for group in groups]
    said = [language.say(text("Change since {period}", period=period.previous))]
    if revised := sum(bool(row["revised"]) for row in rows):
        told = texts(
            "{n} report reads otherwise than when first printed",
            "{n} reports read otherwise than when first printed",
            revised,
        )
        said.append(language.say(told))
    return {
        "id": name,
        "name": language.period(period),
        "said": " · ".join(said),
        "heads": {figure["key"]: figure["label"] for row in rows for figure in row["figures"]},
        "rows": rows,
    }


def _row(settings: Settings, found: list[Found], language: Language, *, named: bool) -> dict[str, Any]:
    """One region's report; its figures are those of the index's language where it was printed in that."""
    printed = next((one for _, one in found if one.language == language.code), found[0][1])
    region = language.say(text("All regions")) if printed.region == "all" else printed.region_name[language.code]
    report = settings.reports.get(printed.report)
    title = language.value(report.name) if report else printed.report
    day = language.say(text("printed {day}", day=_day(printed.printed_at, language)))
    first = {now.key: _first(then, language) for now, then in printed.revised}
    return {
        "region": region,
        "said": " · ".join([title, day] if named else [day]),
        "revised": first,
        "figures": [_figure(one, first.get(one.key, ""), language) for one in printed.headline[:_FIGURES]],
        "links": [
            {"language": LANGUAGES[one.language], "files": _links(file) if is_whole(file, one, verify=False) else {}}
            for file, one in found
        ],
    }


def _figure(figure: Figure, first: str, language: Language) -> dict[str, str]:
    """A headline figure with its change; whether that is good or bad is said by a word, not by a colour alone."""
    arrow, word, css = "＝", "", ""
    if figure.value is not None and figure.previous is not None and figure.value != figure.previous:
        up = figure.value > figure.previous
        good = up == (figure.better == "up")
        arrow, css = "▲" if up else "▼", "good" if good else "bad"
        word = language.say(text("better") if good else text("worse"))
    return {
        "key": figure.key,
        "label": figure.label,
        "text": figure.text,
        "note": figure.note,
        "change": figure.change,
        "arrow": arrow,
        "word": word,
        "css": css,
        "first": first,
    }


def _first(then: FirstPrint, language: Language) -> str:
    return language.say(text("first printed as {value} on {day}", value=then.text, day=_day(then.printed_at, language)))


def _day(moment: datetime, language: Language) -> str:
    return language.day(moment.astimezone().date())


def _links(file: Path) -> dict[str, str]:
    folder = f"{file.parent.parent.name}/{file.parent.name}"
    return {name: f"{folder}/{file.stem}.{ending}" for ending, name in _ENDINGS.items()}
