"""The matrix: which reports are printed for which regions, periods and languages, and under which names."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kamreport.errors import UsageError, unknown
from kamreport.period import Period
from kamreport.publish.parameters import Declared, check_values, declared_parameters
from kamreport.publish.paths import slug
from kamreport.settings import Bilingual, Settings

__all__ = ["OPTIONS", "PREVIEW", "Batch", "Job", "declared_by", "plan_jobs"]

PREVIEW = "preview"
# Parameters of every chapter, which the matrix gives.
OPTIONS = ("region", "period", "language")


@dataclass(frozen=True)
class Batch:
    """What a run prints, and what it prints from.

    Attributes
    ----------
    load_key
        Digest of the data, the same for all notebooks of the run.
    regions
        Names by region; ``all`` among them.
    data_up_to
        As it is printed at the foot of every page.
    parameters
        Further parameters for the notebooks that declare them.
    """

    settings: Settings
    load_key: str
    regions: Mapping[str, Bilingual]
    data_up_to: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One report to be printed.

    Attributes
    ----------
    name
        Of the report, or of a chapter that is printed alone.
    folder
        Where it is published, below the output folder.
    key
        Digest of all that decides what is printed.
    """

    name: str
    chapters: tuple[str, ...]
    region: str
    region_name: Bilingual
    period: Period
    language: str
    title: Bilingual
    folder: Path
    key: str
    preview: bool = False

    @property
    def stem(self) -> str:
        """File name without its ending: ``monthly.en``."""
        return f"{self.name}.{self.language}"

    @property
    def label(self) -> str:
        """How the terminal names it."""
        return f"{self.name} {self.period} {self.region} {self.language}"

    def parameters(self, batch: Batch, chapter: str) -> dict[str, Any]:
        """Give the values for a chapter's notebook."""
        declared = declared_parameters(batch.settings.notebooks / f"{chapter}.ipynb")
        own = {name: value for name, value in batch.parameters.items() if name in declared}
        return {**own, "region": self.region, "period": str(self.period), "language": self.language}


def plan_jobs(
    batch: Batch, names: Sequence[str], regions: Sequence[str], periods: Sequence[Period], languages: Sequence[str]
) -> list[Job]:
    """Lay out the matrix, and check every name and parameter before anything runs.

    Parameters
    ----------
    names
        Reports of kamreport.toml, or single chapters; these go to the preview folder.
    regions
        All of them if empty.

    Returns
    -------
    list of Job
        Periods in order of time; within one, reports, regions and languages as given.

    Raises
    ------
    UsageError
        For a report, region or parameter that does not exist, or two subjects with one file name.
    """
    settings = batch.settings
    chosen = {name: _chapters(settings, name) for name in (names or list(settings.reports))}
    for region in regions:
        if region not in batch.regions:
            raise UsageError(unknown("region", region, batch.regions, source="the data"))
    # Also of regions that this run leaves out: what lies in their folders must not be overwritten.
    subjects = {region: slug(region) for region in batch.regions}
    _refuse_collisions(subjects)
    declared = declared_by(settings, names)
    own = [name for name in declared if name not in OPTIONS]
    for parameter in batch.parameters:
        if parameter not in declared:
            raise UsageError(unknown("parameter", parameter, own, source="the parameters cells of these chapters"))
    digests = _Digests(batch)
    jobs = []
    for period in sorted(set(periods)):
        for name, (chapters, title, preview) in chosen.items():
            for region in dict.fromkeys(regions or batch.regions):
                place = Path(PREVIEW if preview else ".") / str(period) / subjects[region]
                for language in dict.fromkeys(languages):
                    job = Job(
                        name, chapters, region, batch.regions[region], period, language, title, place, "", preview
                    )
                    for chapter in chapters:
                        _check_chapter(batch, job, chapter)
                    jobs.append(digests.keyed(job))
    return jobs


def _chapters(settings: Settings, name: str) -> tuple[tuple[str, ...], Bilingual, bool]:
    """Chapters, title, and whether it is only a preview."""
    if name in settings.reports:
        report = settings.reports[name]
        return tuple(dict.fromkeys(report.chapters)), report.name, False
    notebooks = {file.stem for file in settings.notebooks.glob("*.ipynb")}
    if name in notebooks:
        return (name,), Bilingual(en=name, zh=name), True
    raise UsageError(unknown("report or chapter", name, [*settings.reports, *notebooks]))


def declared_by(settings: Settings, names: Sequence[str]) -> dict[str, Declared]:
    """Give the parameters that the chapters of some reports declare.

    Parameters
    ----------
    names
        Reports of kamreport.toml, or single chapters; all reports if empty.

    Raises
    ------
    UsageError
        For a report or chapter that does not exist.
    """
    declared: dict[str, Declared] = {}
    for name in names or list(settings.reports):
        for chapter in _chapters(settings, name)[0]:
            declared.update(declared_parameters(_notebook(settings, chapter)))
    return declared


def _notebook(settings: Settings, chapter: str) -> Path:
    notebook = settings.notebooks / f"{chapter}.ipynb"
    if not notebook.is_file():
        known = [file.stem for file in settings.notebooks.glob("*.ipynb")]
        raise UsageError(unknown("chapter", chapter, known, source=str(settings.notebooks)))
    return notebook


def _check_chapter(batch: Batch, job: Job, chapter: str) -> None:
    notebook = _notebook(batch.settings, chapter)
    check_values(job.parameters(batch, chapter), declared_parameters(notebook), notebook=notebook.name)


def _refuse_collisions(subjects: Mapping[str, str]) -> None:
    seen: dict[str, str] = {}
    for region, name in subjects.items():
        other = seen.setdefault(name.casefold(), region)
        if other != region:
            raise UsageError(
                f"regions '{other}' and '{region}' would have the same folder '{name}'; rename one of them"
            )


class _Digests:
    """Keys of results: everything that decides what is printed, hashed once per run."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        settings = batch.settings
        told = settings.model_dump(mode="json", exclude={"root", "reports"})
        self._common = [
            batch.load_key,
            json.dumps(told, sort_keys=True, ensure_ascii=False),
            json.dumps(dict(batch.parameters), sort_keys=True, default=repr),  # what may not be is refused below
            _tree(settings.templates, ("*",)),
            _tree(Path(__file__).parent.parent, ("*.py", "*.po", "*.sql", "*.toml")),
            _tree(settings.root / "lib", ("*.py",)),
        ]

    def keyed(self, job: Job) -> Job:
        own = [job.name, job.region, str(job.period), job.language, job.title.model_dump_json()]
        for chapter in job.chapters:
            notebook = self._batch.settings.notebooks / f"{chapter}.ipynb"
            own += [chapter, hashlib.sha256(notebook.read_bytes()).hexdigest()]
        key = hashlib.sha256(json.dumps([*self._common, *own]).encode()).hexdigest()
        return replace(job, key=key)


def _tree(folder: Path, patterns: Sequence[str]) -> str:
    """Digest of the files of a folder by their names and contents."""
    whole = hashlib.sha256()
    files = {file for pattern in patterns for file in folder.rglob(pattern) if file.is_file()}
    for file in sorted(files):
        if "__pycache__" not in file.parts:
            whole.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes())
    return whole.hexdigest()
