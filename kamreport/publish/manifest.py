"""What was published: one manifest a report, written last, and one a period over all of them.

A report exists if its manifest does and the digests in it are those of its files. A reader sees the old file or the
new one and never a part; while a report is being replaced it may see files of both, and the digests say so.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from kamreport.period import Period
from kamreport.publish.files import FileName, recover, writable, write_atomically, write_together
from kamreport.publish.paths import slug

__all__ = [
    "FAILED",
    "PERIOD_FILE",
    "SUFFIX",
    "Figure",
    "FirstPrint",
    "Printed",
    "Published",
    "damaged",
    "digest",
    "failed_notebook",
    "find_failures",
    "find_manifests",
    "find_other_versions",
    "first_prints",
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
FAILED = ".failed"
_VERSION: Literal[2] = 2
_GOOD = ("done", "reused")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Published(_Strict):
    """A file of a report: its name beside the manifest, its size and SHA-256."""

    name: FileName
    bytes: int
    sha256: str


class Figure(_Strict):
    """A headline figure: as it is printed in `text`, `note` and `change` (since the previous period), and plain.

    `better` says whether more of it is good (``up``) or bad (``down``).
    """

    key: str
    label: str
    text: str
    note: str = ""
    change: str = ""
    better: Literal["up", "down"] = "up"
    value: float | None = None
    previous: float | None = None
    year_ago: float | None = None
    plan: float | None = None


class FirstPrint(_Strict):
    """A headline figure as it came out when it was first printed after its period had ended."""

    text: str
    value: float | None = None
    printed_at: AwareDatetime


class Printed(_Strict):
    """The manifest of a report.

    Attributes
    ----------
    version
        Of this layout; a manifest of any other is not read.
    state
        ``done``; in the period's list also ``reused``, or what else became of it: whatever is neither has failed.
    reason
        Why it failed, or why it was printed again, in one line without data.
    key
        Digest of all that went into it.
    ingredients, inputs
        The same by name, each with its digest: notebooks, package, templates, settings, typefaces, ...; and what the
        notebooks have read of the book.
    load
        Key of the data it was printed from, or of those in which its inputs were last found to be the same.
    encodings
        In which encoding each text file of those data was read, by source and file.
    seconds
        From the first kernel's start to the last file.
    files
        HTML, PDF, workbook, the cover's picture and the executed notebooks.
    headline
        The headline figures.
    first
        The headline figures by key as they were first printed, handed on from print to print.
    findings
        By id: what the next period's report compares with.
    not_printed
        Outputs of the notebooks that were not shown by `page.show`.
    """

    version: Literal[2] = _VERSION
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
    encodings: dict[str, dict[str, str]] = {}
    printed_at: AwareDatetime
    seconds: float
    printer: str = ""
    pages: int = 0
    files: list[Published] = []
    headline: list[Figure] = []
    first: dict[str, FirstPrint] = {}
    findings: dict[str, dict[str, Any]] = {}
    not_printed: int = 0

    @property
    def failed(self) -> bool:
        """Whether the job came to no report: failed, timed out, killed."""
        return self.state not in _GOOD

    @property
    def revised(self) -> list[tuple[Figure, FirstPrint]]:
        """Headline figures that now read otherwise than when first printed, with what they were."""
        figures = {figure.key: figure for figure in reversed(self.headline)}
        pairs = [(figures[key], self.first[key]) for key in reversed(figures) if key in self.first]
        return [(now, then) for now, then in pairs if now.value != then.value and now.text != then.text]


def digest(content: bytes) -> str:
    """SHA-256 of some bytes.

    Examples
    --------
    >>> digest(b"")[:8]
    'e3b0c442'
    """
    return hashlib.sha256(content).hexdigest()


def now() -> datetime:
    """Time as it stands in a manifest: to the second, in UTC."""
    return datetime.now(UTC).replace(microsecond=0)


def first_prints(
    earlier: Printed | None,
    headline: Sequence[Figure],
    *,
    printed_at: datetime,
    period: Period,
    begun: datetime | None = None,
) -> dict[str, FirstPrint]:
    """Headline figures by key as they were first printed; what an earlier print has handed on stays.

    What is printed while the period is still running is no first print: it is expected to change.

    Parameters
    ----------
    earlier
        The manifest of the print before, of the same report, region, period and language.
    begun
        When the run began, if that is not when this report was printed: it decides for all reports of a run alike
        whether the period was over, also where midnight has come between them.
    """
    known = {} if earlier is None else dict(earlier.first)
    if (begun or printed_at).astimezone().date() >= period.end:
        for figure in headline:
            first = FirstPrint(text=figure.text, value=figure.value, printed_at=printed_at)
            known.setdefault(figure.key, first)
    return known


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


def damaged(file: Path, printed: Printed, *, verify: bool = True) -> list[str]:
    """Name the files of a report that are missing or not as they were published.

    Parameters
    ----------
    verify
        Read every byte. Otherwise a file of the right size that was last written before its manifest is believed:
        in a moment, and blind only to what keeps a file's size and sets its time back.
    """
    spoilt = [one.name for one in printed.files if not _is_there(file, one, verify)]
    return spoilt if printed.files else [file.name]


def is_whole(file: Path, printed: Printed, *, verify: bool = True) -> bool:
    """Say whether every file of a report is there, unchanged; see `damaged`."""
    return not damaged(file, printed, verify=verify)


def _is_there(manifest: Path, one: Published, verify: bool) -> bool:
    try:
        file = manifest.parent / one.name
        found = file.stat()
        if found.st_size != one.bytes:
            return False
        if not verify and found.st_mtime_ns <= manifest.stat().st_mtime_ns:
            return True
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest() == one.sha256
    except OSError:
        return False


def find_manifests(output: Path, *, fiscal_year_start: int = 1) -> list[tuple[Path, Printed]]:
    """All published reports below a folder; newest period first, then by region and name.

    Previews lie one folder deeper and are not among them.
    """
    read = [(file, read_manifest(file)) for file in output.glob(f"*/*/*{SUFFIX}")]
    found = [(file, printed) for file, printed in read if printed is not None]
    found.sort(key=lambda one: (one[1].region != "all", one[1].region, one[1].report, one[1].language))
    return sorted(found, key=lambda one: _time(one[1], fiscal_year_start), reverse=True)


def find_other_versions(output: Path, known: Iterable[Path]) -> list[Path]:
    """Manifests that another version of kamreport has written, which says by a number what this one cannot read.

    Parameters
    ----------
    known
        Manifests that were read already.
    """
    unread = set(output.glob(f"*/*/*{SUFFIX}")) - set(known)
    return sorted(file for file in unread if _version(file) not in (None, _VERSION))


def _version(file: Path) -> int | None:
    """The version that a file names; None if it is no manifest."""
    whole = _read_json(file)
    named = whole.get("version") if "report" in whole else None
    return named if isinstance(named, int) else None


def find_failures(output: Path, *, fiscal_year_start: int = 1) -> list[Printed]:
    """All jobs that came to no report when they were last run, newest period first."""
    listed = [one for file in output.glob(f"*/{PERIOD_FILE}") for one in _earlier(file, failed=True)]
    return sorted(listed, key=lambda one: _time(one, fiscal_year_start), reverse=True)


def failed_notebook(output: Path, printed: Printed) -> Path | None:
    """Find the notebook over which a job failed, as far as it ran; the reason begins with its chapter."""
    chapter = printed.reason.partition(":")[0]
    name = f"{printed.report}.{printed.language}.{chapter}.ipynb"
    file = output / FAILED / printed.period / slug(printed.region) / name
    return file if chapter in printed.chapters and file.is_file() else None


def _time(printed: Printed, fiscal_year_start: int) -> tuple[date, int, str]:
    """By its end, a quarter after its months and a year after its quarters."""
    period = Period.parse(printed.period, fiscal_year_start=fiscal_year_start)
    return period.end, period.months, printed.period


def write_period_manifest(output: Path, period: str, results: Iterable[Printed]) -> None:
    """Write what came of every job of a period; jobs of earlier runs stay in it.

    The file is JSON: ``{"version": 2, "period": ..., "jobs": [manifest, ...]}``.
    """
    jobs = {_job(one): one for one in read_period_manifest(output, period)}
    jobs.update({_job(one): one for one in results})
    listed = [jobs[name].model_dump(mode="json") for name in sorted(jobs)]
    whole = {"version": _VERSION, "period": period, "jobs": listed}
    with writable(output):
        write_atomically(output / period / PERIOD_FILE, json.dumps(whole, ensure_ascii=False, indent=1).encode())


def read_period_manifest(output: Path, period: str) -> list[Printed]:
    """Jobs of a period, with those that failed."""
    return _earlier(output / period / PERIOD_FILE)


def _earlier(file: Path, *, failed: bool = False) -> list[Printed]:
    """Read the jobs of a period's list, or only those that failed."""
    whole = _read_json(file)
    try:
        jobs = whole["jobs"] if whole.get("version") == _VERSION else []
        return [Printed.model_validate(one) for one in jobs if not failed or one["state"] not in _GOOD]
    except (ValueError, LookupError, TypeError):
        return []


def _read_json(file: Path) -> dict[str, Any]:
    """Read an object of JSON; an empty one where there is none."""
    try:
        whole = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return whole if isinstance(whole, dict) else {}


def _job(printed: Printed) -> tuple[str, str, str]:
    return printed.report, printed.region, printed.language
