"""What a template does before it forks kernels and printers: imports all that they use, and uses it once on nothing.

What is loaded on first use (typefaces, catalogues, locales, the engine) is loaded here, once for all reports. No data
is read, and nothing that an analyst can change but the templates.
"""

from importlib import import_module

import duckdb
import pandas as pd

import kamreport as kam
from kamreport.language import LANGUAGES, Language, Money, text
from kamreport.period import Period
from kamreport.present.section import Column, Table
from kamreport.present.style import chart_style, figure, png
from kamreport.present.tables import render_table
from kamreport.publish.pdf import cover_picture, print_pdf
from kamreport.publish.workbook import write_workbook

__all__ = ["warm_up"]

# What a kernel or a printer would import by itself, beyond what the rooms do.
_MODULES = (
    "ipykernel.debugger",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "kamreport.publish.printing",
    "matplotlib_inline.backend_inline",
    "seaborn",
)


def warm_up() -> None:
    """Import the analysis stack and the printers, draw one chart and one table, print one page."""
    for name in _MODULES:
        import_module(name)
    for name in kam.__all__:
        getattr(kam, name)
    with duckdb.connect(":memory:", config={"threads": 1}) as con:
        frame = con.execute("SELECT 'A' AS name, 1.0 AS revenue").df()
    for code in LANGUAGES:
        language = Language(code, "CNY")
        language.value(Money(1.0))
        language.period(Period.parse("2025-06"))
        _draw(language, frame)
    # Both kinds of glyphs, in both weights.
    page = "<p>A 大 <b>A 大</b></p>" + "<p>.</p>" * 8
    pdf, _ = print_pdf(f"<html><body>{page}</body></html>", must_say=[])
    cover_picture(pdf)
    write_workbook([], Language("en", "CNY"))


def _draw(language: Language, frame: pd.DataFrame) -> None:
    revenue = text("Revenue")
    columns = [Column("name", text("Account"), "name"), Column("revenue", revenue, "money")]
    render_table(Table(frame, columns), language)
    with chart_style():
        drawn, (axes,) = figure(1.0)
        axes.bar([0], [1])
        axes.set_xlabel(f"A 大 {language.say(revenue)}")
        png(drawn)
