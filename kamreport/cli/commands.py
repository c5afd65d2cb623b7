"""The commands; heavy imports wait until a command needs them."""

import shlex
import subprocess
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kamreport import __version__
from kamreport.cli.door import Door
from kamreport.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from kamreport.book.store import Load
    from kamreport.period import Period
    from kamreport.publish.jobs import Batch
    from kamreport.settings import Settings

__all__ = ["main"]

_LANGUAGE = click.Choice(["en", "zh"])


@click.group(cls=Door, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="kamreport")
def main() -> None:
    """Key-account reports from Jupyter notebooks: customer value, competitors and churn.

    \b
    First steps:
      kamreport init --demo demo && cd demo
      kamreport run --period latest
    """


_DEMOS = ("en", "zh", "day1")


class _Init(click.Command):
    """Lets ``--demo`` stand alone: what follows it is its value only if it is one, and the folder otherwise."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        pairs = zip(args, [*args[1:], ""], strict=False)
        return super().parse_args(
            ctx, [f"{one}=en" if one == "--demo" and after not in _DEMOS else one for one, after in pairs]
        )


@main.command(cls=_Init)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
@click.option(
    "--demo",
    type=click.Choice(_DEMOS),
    help="With the data of an invented distributor: clean files (en, the default), the exports of a Chinese ERP system "
    "(zh), or what there is on a first day (day1).",
)
def init(folder: Path, demo: str | None) -> None:
    """Make a workspace: settings, notebooks, templates, and demo data if asked for.

    \b
    Examples:
      kamreport init --demo demo
      kamreport init --demo=zh demo
    """
    from kamreport.cli.workspace import draft_settings, lay_out, strip_notebooks

    if demo:
        from kamreport.book.demo import DEMOS

        if (folder / "data").exists():
            raise UsageError(f"{folder / 'data'} is there already and would be written over; choose another folder")
        lay_out(folder, DEMOS[demo].settings)
        DEMOS[demo].write(folder / "data")
    else:
        lay_out(folder, draft_settings())
    click.echo(f"{folder}: kamreport.toml, notebooks/, templates/, lib/" + (", data/" if demo else ""))
    click.echo(strip_notebooks(folder))
    where = "" if folder == Path() else f"cd {shlex.quote(str(folder))} && "
    following = "kamreport run --period latest" if demo else "kamreport check, once kamreport.toml names your tables"
    click.echo(f"next: {where}{following}")


@main.command("map")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--write", "target", type=click.Path(path_type=Path), help="A file that is not there yet. Default: standard output."
)
def map_files(files: tuple[Path, ...], target: Path | None) -> None:
    """Draft a kamreport.toml from exports: what each file holds, how it is written, and what only you can know.

    Looks at both ends of a file and loads nothing. A guess that is unsure stands behind a # and is asked about.

    \b
    Example:
      kamreport map exports/*.csv exports/*.xlsx --write kamreport.toml
    """
    from kamreport.cli.mapping import write_mapping

    write_mapping(files, target)


@main.command()
@click.option("--language", type=_LANGUAGE, default="en", help="Language of the tables.")
@click.option("--rows", is_flag=True, help="List every record that is not used, with file and line.")
@click.option(
    "--workbook",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    metavar="FILE",
    help="Write every record that is not used, with all its cells, into an .xlsx file.",
)
def check(language: str, rows: bool, workbook: Path | None) -> None:
    """Read and check every table, and account for every record.

    What looks like a faulty export and changes money comes first. Ends with status 1 where nothing can be printed from
    the data.

    \b
    Examples:
      kamreport check --language zh
      kamreport check --workbook rejected.xlsx
    """
    from kamreport.cli.quality import show_quality, write_rejected

    settings = _settings()
    load = _load(settings)
    if workbook:
        write_rejected(settings, load, language, workbook)
        return
    show_quality(settings, load, language, rows=rows)
    if not rows:
        from kamreport.publish.jobs import declared_by

        declared_by(settings, ())  # says which chapter of a report does not exist


@main.command()
@click.argument("reports", nargs=-1)
@click.option(
    "--period",
    default="latest",
    show_default=True,
    help="2025-06, 2025-Q2, 2025, 2025-01..2025-06 (each month), or latest.",
)
@click.option(
    "--region",
    "regions",
    multiple=True,
    help="A region's id, or all; repeat for several. Default: every region and all.",
)
@click.option(
    "--language", "languages", type=_LANGUAGE, multiple=True, help="Repeat for both. Default: [print] languages."
)
@click.option(
    "--jobs", type=click.IntRange(1, 64), default=None, help="Notebooks at once. Default: processors and one more."
)
@click.option(
    "-p", "--parameter", "parameters", multiple=True, metavar="NAME=VALUE", help="For notebooks that declare it."
)
@click.option("--missing", is_flag=True, help="Print only what was never printed; leave what has changed since.")
@click.option("--force", is_flag=True, help="Print also what is there and unchanged.")
def run(
    reports: tuple[str, ...], period: str, regions: tuple[str, ...], languages: tuple[str, ...], jobs: int | None,
    parameters: tuple[str, ...], missing: bool, force: bool,
) -> None:  # fmt: skip
    """Print reports, or a single chapter for a look (into output/preview).

    A second run prints what is missing or changed. Ends with status 1 where a report failed.

    \b
    Examples:
      kamreport run --period latest
      kamreport run --period 2025-01..2025-06 --language en --language zh
      kamreport run --period 2025-01..2025-06 --missing
      kamreport run customer_value --region North --period 2025-06
    """
    from kamreport.publish.jobs import plan_jobs
    from kamreport.publish.press import is_printed, run_jobs, usual_workers

    console = _console()
    settings = _settings()
    load = _load(settings)
    periods = _periods(settings, load, period)
    with console.status("Closing the period ..."):
        batch = _batch(settings, load, periods, reports, parameters)
    planned = plan_jobs(batch, reports, regions, periods, languages or settings.print.languages)
    if missing:
        planned = [job for job in planned if not is_printed(settings.output, job)]
    from kamreport.cli.outcome import tell_results, warn_of_suspicions
    from kamreport.cli.progress import Progress

    with Progress(console, planned) as progress:
        results = run_jobs(
            batch, planned, workers=jobs or usual_workers(), force=force, warm_up="kamreport.cli.warming:warm_up",
            tell=progress.tell, remark=progress.remark,
        )  # fmt: skip
    tell_results(console, results, settings.output)
    warn_of_suspicions(console, settings, load, periods[-1])
    if all(job.preview for job in planned):
        for job, made in zip(planned, results, strict=True):
            if not made.failed:
                click.echo(settings.output / job.folder / f"{job.stem}.html")
    else:
        click.echo(settings.output / "index.html")
    if any(one.failed for one in results):
        sys.exit(1)


@main.command()
@click.option("--period", default="", help="Only this period: 2025-06, 2025-Q2, 2025, 2025-01..2025-06 (each month).")
@click.option("--verify", is_flag=True, help="Read every file again instead of going by size and time.")
@click.option("--json", "as_document", is_flag=True, help="One JSON document for programs.")
def status(period: str, verify: bool, as_document: bool) -> None:
    """Show what is printed, what failed and why.

    \b
    Examples:
      kamreport status --period 2025-06
      kamreport status --json
    """
    from kamreport.cli.status import as_json, report_states, show_status

    settings = _settings()
    states = report_states(settings, _spelt(settings, period) if period else [], verify=verify)
    if as_document:
        click.echo(as_json(states))
    elif states:
        show_status(states)
    else:
        click.echo(f"nothing is printed{f' for {period}' if period else ''}; print with: kamreport run --period latest")


@main.command()
@click.option("--older-than", "age", required=True, metavar="DAYS", help="How old, as 90d.")
@click.option("--reports", is_flag=True, help="Also published reports of periods that ended so long ago.")
@click.option("--delete", is_flag=True, help="Remove it; otherwise it is only shown.")
def prune(age: str, reports: bool, delete: bool) -> None:
    """Show or remove what has grown old: previews, failed notebooks, data loads out of use.

    \b
    Examples:
      kamreport prune --older-than 90d
      kamreport prune --older-than 800d --reports --delete
    """
    from kamreport.cli.upkeep import cutoff, find_unwanted, remove_unwanted, show_unwanted

    before = cutoff(age)
    settings = _settings()
    unwanted = find_unwanted(settings, before, reports=reports)
    if not unwanted:
        click.echo(f"nothing to remove is older than {age}")
        return
    if delete:
        unwanted = remove_unwanted(settings, before, reports=reports)
    total = show_unwanted(unwanted)
    following = f"kamreport prune --older-than {age}{' --reports' if reports else ''} --delete"
    click.echo(f"{total} removed" if delete else f"{total} would go; remove it with: {following}")


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def lab(arguments: tuple[str, ...]) -> None:
    """Open JupyterLab on the workspace; further arguments go to JupyterLab.

    \b
    Example:
      kamreport lab --no-browser
    """
    import os

    settings = _settings()
    _load(settings)
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={settings.root}", *arguments]
    environment = {**os.environ, "KAMREPORT_WORKSPACE": str(settings.root)}
    sys.exit(subprocess.run(command, env=environment, check=False).returncode)  # noqa: S603 - JupyterLab itself


def _console() -> "Console":
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def _settings() -> "Settings":
    from kamreport.settings import load_settings

    return load_settings()


def _load(settings: "Settings") -> "Load":
    from kamreport.book.store import load_store

    with _console().status("Reading the data ..."):
        return load_store(settings)


def _periods(settings: "Settings", load: "Load", text: str) -> "list[Period]":
    """Read the periods asked for; a range means each of its months."""
    from kamreport.book.opening import resolve_period
    from kamreport.period import Period

    if text != "latest" and get_close_matches(text.casefold(), ["latest"]):
        raise UsageError(f"period '{text}' is not understood; did you mean 'latest'?")
    if ".." in text:
        months = Period.parse(text, fiscal_year_start=settings.company.fiscal_year_start).split()
        return [resolve_period(settings, load, month) for month in months]
    return [resolve_period(settings, load, text)]


def _spelt(settings: "Settings", text: str) -> list[str]:
    """Spell a period as the folders of the output do; a range means each of its months."""
    from kamreport.period import Period

    period = Period.parse(text, fiscal_year_start=settings.company.fiscal_year_start)
    return [str(one) for one in (period.split() if ".." in text else [period])]


def _batch(
    settings: "Settings", load: "Load", periods: "Sequence[Period]", reports: Sequence[str], parameters: Sequence[str]
) -> "Batch":
    from functools import partial

    from kamreport.book.closing import close_period
    from kamreport.book.contract import ALL
    from kamreport.book.opening import changed_inputs
    from kamreport.publish.jobs import Batch
    from kamreport.settings import Bilingual

    names = {ALL: Bilingual(en=ALL, zh=ALL), **load.region_names}
    given = _parameters(settings, reports, parameters)  # a mistake in it is said before periods are closed
    known = {period: close_period(settings, load, period).up_to for period in periods}
    return Batch(settings, load.key, names, known, given, partial(changed_inputs, settings, load), load.encodings)


def _parameters(settings: "Settings", reports: Sequence[str], given: Sequence[str]) -> dict[str, Any]:
    """Read NAME=VALUE by the types that the chapters declare; what none declares is refused when jobs are planned."""
    from kamreport.publish.jobs import OPTIONS, declared_by
    from kamreport.publish.parameters import parse_value

    declared = declared_by(settings, reports) if given else {}
    values: dict[str, Any] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"parameter '{pair}' is not NAME=VALUE")
        if name in OPTIONS:
            raise UsageError(f"'{name}' has an option of its own; use --{name}")
        values[name] = parse_value(value, declared[name]) if name in declared else value
    return values
