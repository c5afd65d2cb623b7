"""What of the output has grown old and may go: previews, failed notebooks and, if asked for, reports.

Nothing goes but what a manifest names or the press has laid out. The files of a report go first and its manifest
last: half a report is not whole, for its digests do not fit, and what is left of it is still named for the next time.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from kamreport.period import Period
from kamreport.publish.files import writable
from kamreport.publish.index import write_index
from kamreport.publish.jobs import PREVIEW
from kamreport.publish.lock import locked
from kamreport.publish.manifest import (
    FAILED,
    PERIOD_FILE,
    SUFFIX,
    Printed,
    find_manifests,
    read_manifest,
    read_period_manifest,
)
from kamreport.publish.paths import slug
from kamreport.settings import Settings

__all__ = ["Old", "find_old", "prune"]


@dataclass(frozen=True)
class Old:
    """Something that may go.

    Attributes
    ----------
    kind
        ``preview``, ``failed notebook``, ``report`` or ``period manifest``.
    files
        In the order in which they go.
    bytes
        What they took when they were found.
    """

    kind: str
    period: str
    files: tuple[Path, ...]
    bytes: int


def find_old(settings: Settings, before: date, *, reports: bool = False) -> list[Old]:
    """List what was printed before a day and can be made again: previews and failed notebooks.

    Parameters
    ----------
    reports
        Also the reports of periods that had ended before the day, with the periods' manifests.
    """
    output = settings.output
    old = [*_previews(output, before), *_failed_notebooks(output, before)]
    return [*old, *_reports(settings, before)] if reports else old


def prune(settings: Settings, before: date, *, reports: bool = False) -> list[Old]:
    """Remove what `find_old` finds, and bring the index up to date.

    Raises
    ------
    LockedError
        If a run is writing to the output.
    KamreportError
        If something cannot be removed; what is left goes the next time.
    """
    output = settings.output
    with locked(output):
        old = find_old(settings, before, reports=reports)
        with writable(output):
            for file in (file for one in old for file in one.files):
                file.unlink(missing_ok=True)
                _leave(file.parent, output)
        if (output / "index.html").is_file():
            write_index(settings)
        return old


def _leave(folder: Path, output: Path) -> None:
    """Remove a folder that has become empty, and those above it."""
    with suppress(OSError):
        while folder != output:
            folder.rmdir()
            folder = folder.parent


def _old(kind: str, period: str, files: tuple[Path, ...]) -> Old:
    return Old(kind, period, files, sum(file.stat().st_size for file in files))


def _previews(output: Path, before: date) -> Iterator[Old]:
    for file in sorted((output / PREVIEW).glob(f"*/*/*{SUFFIX}")):
        printed = read_manifest(file)
        if printed is None or _day(printed.printed_at) >= before:
            continue
        if _in_place(file, output / PREVIEW, printed) and _inside(file, output):
            yield _old("preview", printed.period, _files(file, printed))


def _failed_notebooks(output: Path, before: date) -> Iterator[Old]:
    for folder in (output / FAILED, output / FAILED / PREVIEW):
        for file in sorted(folder.glob("*/*/*.ipynb")):
            written = datetime.fromtimestamp(file.stat().st_mtime).astimezone()
            if _day(written) < before and _inside(file, output):
                yield _old("failed notebook", file.parent.parent.name, (file,))


def _reports(settings: Settings, before: date) -> Iterator[Old]:
    output, year_start = settings.output, settings.company.fiscal_year_start
    for file, printed in find_manifests(output, fiscal_year_start=year_start):
        if not _has_ended(printed.period, before, year_start):
            continue
        if _in_place(file, output, printed) and _inside(file, output):
            yield _old("report", printed.period, _files(file, printed))
    for file in sorted(output.glob(f"*/{PERIOD_FILE}")):
        period = file.parent.name
        jobs = read_period_manifest(output, period)
        if jobs and jobs[0].period == period and _has_ended(period, before, year_start) and _inside(file, output):
            yield _old("period manifest", period, (file,))


def _has_ended(period: str, before: date, year_start: int) -> bool:
    return Period.parse(period, fiscal_year_start=year_start).last_day < before


def _files(manifest: Path, printed: Printed) -> tuple[Path, ...]:
    named = (manifest.parent / one.name for one in printed.files)
    return (*(file for file in named if file.is_file()), manifest)


def _in_place(file: Path, root: Path, printed: Printed) -> bool:
    """Whether a manifest lies where the press puts it; a copy elsewhere is somebody's own."""
    place = root / printed.period / slug(printed.region) / f"{printed.report}.{printed.language}{SUFFIX}"
    return file == place


def _inside(file: Path, output: Path) -> bool:
    """Whether a file lies in the output also when links are followed."""
    return file.parent.resolve().is_relative_to(output.resolve())


def _day(moment: datetime) -> date:
    return moment.astimezone().date()
