"""The data-quality page in the terminal: every record accounted for, in the words of the basis chapter."""

import click
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text as Plain

from kamreport.book.closing import complete_months
from kamreport.book.contract import ALL, UNASSIGNED
from kamreport.book.quality import left_out_rows_sql, quality_sql, reconciliation_sql
from kamreport.book.reading import read_frame
from kamreport.book.store import Load
from kamreport.cli.screen import screen
from kamreport.cli.workspace import notebooks_with_output
from kamreport.language import Language, Names, Text, text, texts
from kamreport.present.section import Section, Table
from kamreport.present.sections import basis
from kamreport.present.tables import render_table
from kamreport.results import each
from kamreport.settings import Settings

__all__ = ["show_quality"]


def show_quality(settings: Settings, load: Load, language: str, *, rows: bool = False) -> None:
    """Print what was read, used, excluded and rejected, and why.

    Parameters
    ----------
    rows
        Print every record that is not used, as ``file:line: column: reason``, and nothing else.
    """
    console = screen()
    said = Language(language, settings.company.currency)
    if rows:
        for row in each(read_frame(load.folder, left_out_rows_sql(load))):
            reason = said.say(basis.REASONS.get(row.reason, text("{reason}", reason=row.reason)))
            click.echo(
                f"{row.file}:{row.line}: {row.column_name}: {reason}"
                if row.column_name
                else f"{row.file}:{row.line}: {reason}"
            )
        return
    queries = quality_sql(load)
    queries["reconciliation"] = reconciliation_sql(queries["reconciliation"], load.regions or (UNASSIGNED,))
    told = {name: read_frame(load.folder, query) for name, query in queries.items()}
    sections = [
        basis.sources_section(told["sources"]),
        basis.left_out_section(told["left_out"]),
        basis.noted_section(told["noted"]),
        basis.kinds_section(told["line_kinds"]),
        basis.reconciliation_section(told["reconciliation"], region=ALL, money=load.money),
    ]
    for section in sections:
        _print(section, said, console)
    complete = complete_months(load, settings.company.country)
    console.print(
        said.say(
            texts(
                "Data up to {day}: {n} month with transactions, {k} of them complete.",
                "Data up to {day}: {n} months with transactions, {k} of them complete.",
                len(load.months),
                day=load.up_to,
                k=len(complete),
            )
        ),
        markup=False,
    )
    saved = notebooks_with_output(settings.notebooks)
    console.print(said.say(_saved_output(saved, settings.notebooks.name)), markup=False, soft_wrap=True)


def _saved_output(saved: list[str], folder: str) -> Text:
    """Which notebooks would carry customer data into a commit, and what to do."""
    if not saved:
        return text("No notebook holds saved output.")
    return texts(
        "{n} notebook holds saved output, which may show customers: {names}. Next: nbstripout --install in a git "
        "repository, or nbstripout {folder}/*.ipynb",
        "{n} notebooks hold saved output, which may show customers: {names}. Next: nbstripout --install in a git "
        "repository, or nbstripout {folder}/*.ipynb",
        len(saved),
        names=Names(saved, most=12),
        folder=folder,
    )


def _print(section: Section, said: Language, console: Console) -> None:
    console.print(said.say(section.title), style="bold", markup=False)
    for part in section.evidence:
        if isinstance(part, Table):
            shown = render_table(part, said)
            grid = Grid(box=None, pad_edge=False)
            for head in shown.heads:
                grid.add_column(Plain(head.text), justify="right" if head.css == "n" else "left", overflow="fold")
            for _, cells in shown.rows:
                grid.add_row(*(Plain(cell.text) for cell in cells))
            console.print(grid)
            if shown.more:
                console.print(shown.more, markup=False)
    console.print()
