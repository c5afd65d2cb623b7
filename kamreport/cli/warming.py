"""What a template does before it forks kernels and printers: imports all that they use, and uses it once on nothing.

What is loaded on first use (typefaces, catalogues, templates, the engine) is loaded here, once for all reports. No data
is read: the page that is shown is that of an empty book.
"""

import os
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pandas as pd

import kamreport as kam
from kamreport.book.calendar import WorkCalendar
from kamreport.language import LANGUAGES, Language, Money, text
from kamreport.period import WINDOW_MONTHS, Period
from kamreport.present.page import Page
from kamreport.present.section import Chart, Column, Headline, Section, Table
from kamreport.present.style import figure
from kamreport.publish.exporter import exporter
from kamreport.publish.pdf import cover_picture, print_pdf, printer
from kamreport.publish.workbook import write_workbook
from kamreport.settings import Rules, Settings, load_settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["warm_up"]

# What a kernel or a printer would import by itself, beyond what the rooms do. Not matplotlib's backend for notebooks:
# only where it is first imported in a kernel does it show the figures that an analyst plots.
_MODULES = (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "ipykernel.debugger",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "kamreport.publish.printing",
    "pandas.core.reshape.reshape",
    "seaborn",
    "tornado.platform.asyncio",
)
_PERIOD = Period.parse("2025-06")


@dataclass(frozen=True)
class _NoBook:
    """A book in which nothing stands."""

    settings: Settings
    rules: Rules
    ledger: pd.DataFrame
    region = "all"
    period = _PERIOD
    window = _PERIOD.trailing(WINDOW_MONTHS)
    as_of = _PERIOD.end
    history_start = _PERIOD.start

    def has(self, *_: str) -> bool:
        return False


def warm_up() -> None:
    """Import the analysis stack and the printers, show one section, print one page."""
    for name in _MODULES:
        import_module(name)
    pd.set_option("display.max_columns", 20)  # as in a kernel; pandas took this process for one in a terminal
    for name in kam.__all__:
        getattr(kam, name)
    settings = load_settings() if "KAMREPORT_WORKSPACE" in os.environ else Settings(root=Path.cwd())
    WorkCalendar(settings.company.country).count(_PERIOD.start, _PERIOD.end)
    with duckdb.connect(":memory:", config={"threads": 1}) as con:
        frame = con.execute("SELECT DATE '2025-06-01' AS month, 'A' AS name, 1.0 AS revenue").df()
    for code in LANGUAGES:
        with redirect_stdout(StringIO()):
            _show(Page(_NoBook(settings, settings.rules, frame), code), frame)
    exporter(settings.templates).template  # noqa: B018 - compiles it
    write_workbook([], Language("en", "CNY"), _PERIOD.last_day)
    if printer() == "weasyprint":  # a browser starts anew for every page
        # Both kinds of glyphs, in both weights.
        page = "<p>A 大 <b>A 大</b></p>" + "<p>.</p>" * 8
        pdf, _ = print_pdf(f"<html><body>{page}</body></html>", must_say=[])
        cover_picture(pdf)


def _show(page: Page, frame: pd.DataFrame) -> None:
    revenue, name = text("Revenue"), text("Account")

    def draw(language: Language) -> "Figure":
        drawn, (axes,) = figure(1.0)
        axes.bar([0], [1])
        axes.set_xlabel(f"A 大 {language.say(revenue)} {language.period(_PERIOD)}")
        return drawn

    table = Table(frame, [Column("name", name, "name"), Column("revenue", revenue, "money")])
    page.chapter("basis")
    page.show(Headline("revenue", revenue, Money(1.0), previous=Money(2.0), trend=[1.0, 2.0]))
    page.show(Section("nothing", revenue, evidence=[Chart(draw, revenue), table]))
