"""The matrix: which reports are printed for which regions, periods and languages, and under which names."""

import hashlib
import json
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from importlib.metadata import requires, version
from pathlib import Path
from typing import Any

from kamreport import __version__
from kamreport.errors import UsageError, unknown
from kamreport.language import LANGUAGES
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
        Last day of the data that is known at the end of a period, as it stands at the foot of every page.
    parameters
        Further parameters for the notebooks that declare them.
    encodings
        In which encoding the text files of each source were read; recorded with each report.
    changed
        Says which of the inputs that the notebooks of a report have read, by name with their digests, are not the
        same in this load; called in a process of its own. Without it another load is taken for other data.
    """

    settings: Settings
    load_key: str
    regions: Mapping[str, Bilingual]
    data_up_to: Mapping[Period, date]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    changed: Callable[[Mapping[str, str]], list[str]] | None = None
    encodings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One report to be printed.

    Attributes
    ----------
    name
        Of the report, or of a chapter that is printed alone.
    folder
        Where it is published, below the output folder.
    ingredients
        Digests of all that decides what is printed, but for the data, by names for people.
    """

    name: str
    chapters: tuple[str, ...]
    region: str
    region_name: Bilingual
    period: Period
    language: str
    title: Bilingual
    folder: Path
    ingredients: Mapping[str, str]
    preview: bool = False

    @property
    def stem(self) -> str:
        """File name without its ending: ``monthly.en``."""
        return f"{self.name}.{self.language}"

    @property
    def label(self) -> str:
        """How the terminal names it."""
        return f"{self.name} {self.period} {self.region} {self.language}"

    @property
    def earlier_label(self) -> str:
        """The label of the same report of the period before."""
        return replace(self, period=self.period.previous).label

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
    cook = _Cook(batch)
    jobs = []
    for period in sorted(set(periods)):
        for name, (chapters, title, preview) in chosen.items():
            for region in dict.fromkeys(regions or batch.regions):
                place = Path(PREVIEW if preview else ".") / str(period) / subjects[region]
                for language in dict.fromkeys(languages):
                    job = Job(
                        name, chapters, region, batch.regions[region], period, language, title, place, {}, preview
                    )
                    for chapter in chapters:
                        _check_chapter(batch, job, chapter)
                    jobs.append(replace(job, ingredients=cook.ingredients(job)))
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


class _Cook:
    """Knows what goes into a report besides the data; hashes each thing once a run."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        package = Path(__file__).parent.parent
        self._common = {
            "kamreport": _digest(__version__, _tree(package, ("*.py", "*.sql", "*.toml"))),
            "templates": _tree(batch.settings.templates, ("*",)),
            "lib": _tree(batch.settings.root / "lib", ("*.py",)),
            "libraries": _digest(sys.version, *_versions()),
            "typefaces": _typefaces(),
            "time zone": _digest(*time.tzname),
        }
        catalogues = {language: package / "locales" / language for language in LANGUAGES}
        self._catalogues = {language: _tree(folder, ("*.po",)) for language, folder in catalogues.items()}
        self._rules = _digest(batch.settings.rules.model_dump_json())

    def ingredients(self, job: Job) -> dict[str, str]:
        """Give the digests by name; texts of another language are not among them."""
        settings, language = self._batch.settings, job.language
        # The others are in the ingredients by themselves, or show in the data, or bear on the run alone.
        apart = {"root": True, "reports": True, "rules": True, "data": True, "sources": True, "tables": True}
        told = settings.model_dump(mode="json", exclude={**apart, "print": {"languages", "minutes"}})
        parameters = {chapter: job.parameters(self._batch, chapter) for chapter in job.chapters}
        return {
            **{f"notebook {chapter}": self._notebook(chapter) for chapter in job.chapters},
            **self._common,
            "translations": self._catalogues[language],
            "rules": self._rules,
            "settings": _digest(_in_language(told, language)),
            "names": _digest(_in_language([one.model_dump() for one in (job.region_name, job.title)], language)),
            "parameters": _digest(job.name, job.chapters, parameters),
            "data up to": _digest(str(self._batch.data_up_to[job.period])),
        }

    @cache  # noqa: B019 - lives as long as the planning of one run
    def _notebook(self, chapter: str) -> str:
        """Digest of what runs: neither outputs nor notes, ids or the kernel that it was saved with."""
        content = json.loads((self._batch.settings.notebooks / f"{chapter}.ipynb").read_text("utf-8"))
        code = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
        return _digest([("".join(cell["source"]), sorted(cell["metadata"].get("tags", []))) for cell in code])


def _digest(*parts: Any) -> str:
    whole = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=repr)  # what may not be is refused before
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


def _in_language(told: Any, language: str) -> Any:
    """Settings with only one language of every text that is given in several."""
    if isinstance(told, dict):
        if told.keys() == set(LANGUAGES):
            return told[language]
        return {name: _in_language(value, language) for name, value in told.items()}
    return [_in_language(value, language) for value in told] if isinstance(told, list) else told


def _versions() -> list[str]:
    """Versions of the libraries that kamreport stands on, as they are installed."""
    names = [re.split(r"[^\w.-]", wanted)[0] for wanted in requires("kamreport") or () if "extra ==" not in wanted]
    return [f"{name} {version(name)}" for name in names]


def _typefaces() -> str:
    """Digest of the names and sizes of all font files where systems keep them."""
    home = Path.home()
    folders = [
        Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".fonts", home / ".local" / "share" / "fonts",
        Path("/Library/Fonts"), Path("/System/Library/Fonts"), home / "Library" / "Fonts", Path("C:/Windows/Fonts"),
    ]  # fmt: skip
    found = [
        (str(file), file.stat().st_size) for folder in folders if folder.is_dir() for file in folder.rglob("*.[totw]*")
    ]
    return _digest(sorted(found))


def _tree(folder: Path, patterns: Sequence[str]) -> str:
    """Digest of the files of a folder by their names and contents."""
    whole = hashlib.sha256()
    files = {file for pattern in patterns for file in folder.rglob(pattern) if file.is_file()}
    for file in sorted(files):
        if "__pycache__" not in file.parts:
            whole.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes())
    return whole.hexdigest()
