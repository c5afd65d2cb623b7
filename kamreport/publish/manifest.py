"""What was published: one manifest a report, written last, and one a period over all of them.

A report exists if its manifest does and the digests in it are those of its files. A reader sees the old file or the
new one and never a part; while a report is being replaced it may see files of both, and the digests say so.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from kamreport.period import Period
from kamreport.publish.files import FileName, recover, writable, write_atomically, write_together

__all__ = [
    "Printed",
    "Published",
    "damaged",
    "digest",
    "find_failures",
    "find_manifests",
    "is_whole",
    "now",
    "published",
    "read_manifest",
    "read_period_manifest",
    "write_period_manifest",
    "write_report",
]

SUFFIX = ".json"
PERIOD_FILE = "manifest.json"
FAILURES = ("failed", "timed out", "killed")


class Published(BaseModel):
    """A file of a report: its name beside the manifest, its size and SHA-256."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: FileName
    bytes: int
    sha256: str


class Printed(BaseModel):
    """The manifest of a report.

    Attributes
    ----------
    version
        Of this layout.
    state
        ``done``; one that is ``failed``, ``timed out`` or ``killed`` has a manifest only in the period's list.
    reason
        Why it failed, or why it was printed again, in one line without data.
    key
        Digest of all that went into it.
    ingredients, inputs
        The same by name, each with its digest: notebooks, package, templates, settings, typefaces, ...; and what the
        notebooks have read of the book.
    load
        Key of the data it was printed from, or of those in which its inputs were last found to be the same.
    seconds
        From the first kernel's start to the last file.
    files
        HTML, PDF, workbook, the cover's picture and the executed notebooks.
    headline
        The headline figures.
    findings
        By id: what the next period's report compares with.
    not_printed
        Outputs of the notebooks that were not shown by `page.show`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = 1
    report: str
    region: str
    region_name: dict[str, str]
    period: str
    language: str
    chapters: list[str]
    parameters: dict[str, Any]
    state: str
    reason: str = ""
    key: str
    ingredients: dict[str, str] = {}
    inputs: dict[str, str] = {}
    load: str = ""
    printed_at: str
    seconds: float
    printer: str = ""
    pages: int = 0
    files: list[Published] = []
    headline: list[dict[str, Any]] = []
    findings: dict[str, dict[str, Any]] = {}
    not_printed: int = 0


def digest(content: bytes) -> str:
    """SHA-256 of some bytes.

    Examples
    --------
    >>> digest(b"")[:8]
    'e3b0c442'
    """
    return hashlib.sha256(content).hexdigest()


def now() -> str:
    """Time as it stands in a manifest: to the second, in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def published(files: Mapping[str, bytes]) -> list[Published]:
    """Describe files for the manifest that they are written with."""
    return [Published(name=name, bytes=len(content), sha256=digest(content)) for name, content in files.items()]


def write_report(file: Path, printed: Printed, files: Mapping[str, bytes]) -> None:
    """Publish a report: its files and, last, its manifest; what the report before had besides them goes.

    Raises
    ------
    OSError
        If the disk does not take them; see `write_together` for what is there then.
    """
    recover(file.parent)  # what was begun and could not be finished counts as the report before
    before = read_manifest(file)
    gone = [one.name for one in before.files if one.name not in files] if before is not None else []
    write_together(file.parent, {**files, file.name: printed.model_dump_json(indent=1).encode()}, without=gone)


def read_manifest(file: Path) -> Printed | None:
    """Read the manifest of a report; None if there is none that can be read."""
    try:
        return Printed.model_validate_json(file.read_bytes())
    except (OSError, ValidationError, ValueError):
        return None


def damaged(file: Path, printed: Printed) -> list[str]:
    """Name the files of a report that are missing or not as they were published."""
    spoilt = []
    for one in printed.files:
        try:
            content = (file.parent / one.name).read_bytes()
        except OSError:
            content = b""
        if digest(content) != one.sha256:
            spoilt.append(one.name)
    return spoilt if printed.files else [file.name]


def is_whole(file: Path, printed: Printed) -> bool:
    """Say whether every file of a report is there, unchanged."""
    return not damaged(file, printed)


def find_manifests(output: Path, *, fiscal_year_start: int = 1) -> list[tuple[Path, Printed]]:
    """All published reports below a folder; newest period first, then by region and name.

    Previews lie one folder deeper and are not among them.
    """
    read = [(file, read_manifest(file)) for file in output.glob("*/*/*" + SUFFIX)]
    found = [(file, printed) for file, printed in read if printed is not None]
    found.sort(key=lambda one: (one[1].region != "all", one[1].region, one[1].report, one[1].language))
    return sorted(found, key=lambda one: _time(one[1], fiscal_year_start), reverse=True)


def find_failures(output: Path, *, fiscal_year_start: int = 1) -> list[Printed]:
    """All jobs that failed when they were last run, newest period first."""
    periods = [file.parent.name for file in output.glob(f"*/{PERIOD_FILE}")]
    failed = [one for period in periods for one in read_period_manifest(output, period) if one.state in FAILURES]
    return sorted(failed, key=lambda one: _time(one, fiscal_year_start), reverse=True)


def _time(printed: Printed, fiscal_year_start: int) -> tuple[date, int, str]:
    """By its end, a quarter after its months and a year after its quarters."""
    period = Period.parse(printed.period, fiscal_year_start=fiscal_year_start)
    return period.end, period.months, printed.period


def write_period_manifest(output: Path, period: str, results: Iterable[Printed]) -> None:
    """Write what came of every job of a period; jobs of earlier runs stay in it.

    The file is JSON: ``{"version": 1, "period": ..., "jobs": [manifest, ...]}``.
    """
    file = output / period / PERIOD_FILE
    jobs = {_job(one): one for one in _earlier(file)}
    jobs.update({_job(one): one for one in results})
    whole = {"version": 1, "period": period, "jobs": [jobs[name].model_dump(mode="json") for name in sorted(jobs)]}
    with writable(output):
        write_atomically(file, json.dumps(whole, ensure_ascii=False, indent=1).encode())


def read_period_manifest(output: Path, period: str) -> list[Printed]:
    """Jobs of a period, with those that failed."""
    return _earlier(output / period / PERIOD_FILE)


def _earlier(file: Path) -> list[Printed]:
    try:
        return [Printed.model_validate(one) for one in json.loads(file.read_bytes())["jobs"]]
    except (OSError, ValueError, LookupError, TypeError):
        return []


def _job(printed: Printed) -> tuple[str, str, str]:
    return printed.report, printed.region, printed.language
