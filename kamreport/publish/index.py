"""The index page: every period, region, report and language that is published, with its headline figures."""

from itertools import groupby
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kamreport.language import LANGUAGES, Language, text
from kamreport.period import Period
from kamreport.publish.exporter import policy
from kamreport.publish.files import writable, write_atomically
from kamreport.publish.manifest import Printed, find_failures, find_manifests
from kamreport.settings import Settings

__all__ = ["write_index"]

_FIGURES = 4


def write_index(settings: Settings) -> None:
    """Write ``output/index.html`` from the manifests of what is published."""
    year_start = settings.company.fiscal_year_start
    found = find_manifests(settings.output, fiscal_year_start=year_start)
    languages = sorted({printed.language for _, printed in found}) or ["en"]
    language = Language(languages[0], settings.company.currency)
    periods = []
    for period, group in groupby(found, key=lambda one: one[1].period):
        rows = _rows(list(group), language)
        heads = {figure["key"]: figure["label"] for row in rows for figure in row["figures"]}
        periods.append({"name": _period_name(settings, language, period), "rows": rows, "heads": heads})
    # Also of periods in which nothing could be published.
    failures = [
        f"{one.report} {one.period} {one.region} {one.language}: {one.reason}"
        for one in find_failures(settings.output, fiscal_year_start=year_start)
    ]
    reports = language.say(text("Reports"))
    style = (settings.templates / "section.css").read_text("utf-8") + (settings.templates / "index.css").read_text(
        "utf-8"
    )
    environment = Environment(
        loader=FileSystemLoader(settings.templates), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    html = environment.get_template("index.html.j2").render(
        lang=language.code,
        policy=policy(style),
        style=style,
        title=f"{language.value(settings.company.name)} · {reports}",
        periods=periods,
        failures=failures,
        words={
            "region": language.say(text("Region")),
            "report": language.say(text("Report")),
            "files": language.say(text("Files")),
            "failed": language.say(text("Failed")),
        },
    )
    with writable(settings.output):
        write_atomically(settings.output / "index.html", html.encode("utf-8"))


def _period_name(settings: Settings, language: Language, period: str) -> str:
    return language.period(Period.parse(period, fiscal_year_start=settings.company.fiscal_year_start))


def _rows(found: list[Any], language: Language) -> list[dict[str, Any]]:
    """One row per region and report, its languages side by side."""
    rows = []
    for (region, report), group in groupby(found, key=lambda one: (one[1].region, one[1].report)):
        versions = list(group)
        first: Printed = versions[0][1]
        name = language.say(text("All regions")) if region == "all" else first.region_name[language.code]
        rows.append(
            {
                "region": name,
                "report": report,
                "figures": first.headline[:_FIGURES],
                "links": [
                    {
                        "language": LANGUAGES[printed.language],
                        "files": {
                            ending: f"{file.parent.parent.name}/{file.parent.name}/{file.stem}.{ending}"
                            for ending in ("html", "pdf", "xlsx")
                        },
                    }
                    for file, printed in versions
                ],
            }
        )
    return rows
