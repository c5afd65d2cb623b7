"""The data-quality page in the terminal: every record accounted for, in the words of the basis chapter."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import pandas as pd
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text as Plain

from kamreport.book.closing import complete_months, latest_period
from kamreport.book.contract import ALL, UNASSIGNED, missing_parts
from kamreport.book.doubts import doubts_today
from kamreport.book.encoding import is_declared
from kamreport.book.originals import read_originals
from kamreport.book.quality import late_sql, left_out_rows_sql, quality_sql, reconciliation_sql
from kamreport.book.reading import read_frame
from kamreport.book.sources import read_files
from kamreport.book.store import Load
from kamreport.cli.needs import needs_of
from kamreport.cli.screen import screen
from kamreport.cli.workspace import notebooks_with_output
from kamreport.errors import KamreportError, UsageError
from kamreport.language import Language, Money, Names, Text, shorten, text, texts
from kamreport.present.section import Section, Table
from kamreport.present.sections import basis, doubts, unlocks
from kamreport.present.tables import render_table
from kamreport.publish.files import write_atomically
from kamreport.publish.workbook import Sheet, write_sheets
from kamreport.results import each
from kamreport.settings import Settings

__all__ = ["show_quality", "write_rejected"]


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
    queries = quality_sql(load) | doubts_today(load, latest_period(load, settings.company.country).end)
    queries["late"] = late_sql(load, settings.rules.late_posting_days)
    queries["reconciliation"] = reconciliation_sql(queries["reconciliation"], load.regions or (UNASSIGNED,))
    told = {name: read_frame(load.folder, query) for name, query in queries.items()}
    sections = [
        doubts.suspicions_section(told["suspicions"]),
        basis.sources_section(told["sources"]),
        basis.left_out_section(told["left_out"]),
        basis.noted_section(told["noted"]),
        doubts.contradictions_section(told["contradictions"]),
        basis.kinds_section(told["line_kinds"]),
        unlocks.coverage_section(told["coverage"], least=settings.rules.min_cost_coverage),
        basis.reconciliation_section(told["reconciliation"], region=ALL, money=load.money),
        unlocks.unlocks_section(missing_parts(load.mapped), needs_of(settings.notebooks)),
    ]
    for section in sections:
        _print(section, said, console)
    if "posted_on" in load.mapped["transactions"]:
        console.print(said.say(_late(told["late"], settings.rules.late_posting_days)), markup=False)
    for remark in _file_remarks(settings, load):
        console.print(said.say(remark), markup=False, soft_wrap=True)
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


def _file_remarks(settings: Settings, load: Load) -> Iterator[Text]:
    """What the files are besides their records: another encoding than declared, headers that nothing uses."""
    declared = {**settings.tables, **{f"sources.{name}": one for name, one in settings.sources.items()}}
    for name in load.records:
        given, read = declared[name].encoding, load.encodings[name]
        for encoding in dict.fromkeys(one for one in read.values() if not is_declared(one, given)):
            files = [file for file, one in read.items() if one == encoding]
            yield texts(
                "{table}: {n} file is in {encoding} and not in {declared}, as declared, and was read so: {files}.",
                "{table}: {n} files are in {encoding} and not in {declared}, as declared, and were read so: {files}.",
                len(files),
                table=name,
                encoding=encoding,
                declared=given,
                files=Names(files),
            )
        if unused := load.unused[name]:
            yield texts(
                "{table}: nothing uses {n} header: {headers}.",
                "{table}: nothing uses {n} headers: {headers}.",
                len(unused),
                table=name,
                headers=Names(unused, most=8),
            )
        for one in load.uneven[name]:
            values = {"table": name, "files": Names(one.files), "header": shorten(one.header)}
            yield (
                texts(
                    "{table}: {n} file lacks the header '{header}', the others have it: {files}.",
                    "{table}: {n} files lack the header '{header}', the others have it: {files}.",
                    len(one.files),
                    **values,
                )
                if one.lacking
                else texts(
                    "{table}: {n} file has the header '{header}', the others have not: {files}.",
                    "{table}: {n} files have the header '{header}', the others have not: {files}.",
                    len(one.files),
                    **values,
                )
            )


def _late(late: pd.DataFrame, days: int) -> Text:
    """How many lines were booked long after their month, and with how much money."""
    return texts(
        "{n} line was booked {days} days or more after its month's end ({amount}).",
        "{n} lines were booked {days} days or more after their month's end ({amount}).",
        int(late["lines"].sum()),
        days=days,
        amount=Money(float(late["revenue"].sum())),
    )


def write_rejected(settings: Settings, load: Load, language: str, file: Path) -> None:
    """Write every record that is not used into a workbook, with all its cells; nobody else can read the file.

    Raises
    ------
    UsageError
        If the file is no workbook, or holds what is read.
    KamreportError
        If it cannot be written.
    """
    if file.suffix.lower() != ".xlsx":
        raise UsageError(f"'{file.name}' is no workbook; give it a name that ends in .xlsx")
    if file.resolve() in (path for _, path in read_files(settings)):
        raise UsageError(f"{file} is one of the sources and would be written over; choose another name")
    said = Language(language, settings.company.currency)
    heads = [said.say(head) for head in _HEADS]
    sheets = [
        Sheet(one.name, [*heads, *one.headers], [_row(row, said) for row in one.rows])
        for one in read_originals(settings, load)
    ]
    if not sheets:
        click.echo(said.say(text("No record was left out; no workbook is written.")))
        return
    try:
        write_atomically(file, write_sheets(sheets, load.loaded_on))
    except OSError as error:
        raise KamreportError(f"{file} cannot be written: {error.strerror}; close it or choose another name") from None
    click.echo(
        said.say(
            text(
                "{file}: {n} records. It holds customer data; keep it out of git.",
                file=str(file),
                n=sum(len(one.rows) for one in sheets),
            )
        )
    )


_HEADS = (text("File"), text("Sheet"), text("Line"), text("Column"), text("Reason"), text("Outcome"))


def _row(row: tuple[object, ...], said: Language) -> list[object]:
    """The place and reason of a record in words, then its cells."""
    file, sheet, line, column, reason, outcome, *given = row
    why = basis.REASONS.get(str(reason), text("{reason}", reason=str(reason)))
    return [file, sheet, line, column, said.say(why), said.say(basis.OUTCOMES[str(outcome)]), *given]


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
    console.print(said.say(section.title), style="bold red" if section.alarm else "bold", markup=False)
    for part in section.evidence:
        if isinstance(part, Table):
            shown = render_table(replace(part, most=len(part.frame)), said)
            grid = Grid(box=None, pad_edge=False)
            for head in shown.heads:
                grid.add_column(Plain(head.text), justify="right" if head.css == "n" else "left", overflow="fold")
            for _, cells in shown.rows:
                grid.add_row(*(Plain(cell.text) for cell in cells))
            console.print(grid, style="red" if section.alarm else "")
    console.print()
