"""The store: checked tables and shapes as Parquet, built once per load and never half.

A load's folder is named after what went into it (settings, files, code), so a changed input makes another folder
and a finished one is never written again.
"""

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from kamreport.book.sources import Input, Uneven, read_inputs
from kamreport.settings import Bilingual, Settings

__all__ = ["Load", "forget_loads", "load_store", "old_loads", "read_load"]

_FORMAT = 2
_KEEP = 3


@dataclass(frozen=True)
class Load:
    """A finished load.

    Attributes
    ----------
    folder
        Where it lies.
    up_to
        Day up to which the data goes; `declared` says whether the settings name it.
    region_names
        In both languages, by region in alphabetical order; a region's place is its number in the store's file names.
    months
        First day of each month with lines, and the last day with a line in it.
    mapped
        Of each mapped table the columns in which anything stands, and the day from which that is known.
    records
        Records read, of each table and of each file that only queries use (``sources.NAME``).
    encodings
        In which encoding each text file was read, by what `records` counts.
    unused, uneven
        Likewise the headers that nothing uses, and those that only some files of a pattern have.
    loaded_on
        Day of the load: what "as of" means for a plain master file.
    money
        Revenue used, excluded and rejected, as exact text.
    """

    folder: Path
    up_to: date
    declared: bool
    region_names: dict[str, Bilingual]
    months: dict[date, date]
    mapped: dict[str, dict[str, date]]
    records: dict[str, int]
    encodings: dict[str, dict[str, str]]
    unused: dict[str, list[str]]
    uneven: dict[str, list[Uneven]]
    loaded_on: date
    money: dict[str, str]
    inputs: tuple[dict[str, Any], ...]

    @property
    def key(self) -> str:
        """Digest of all that went into the load."""
        return self.folder.name

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions of the data; none where nobody has named one."""
        return tuple(self.region_names)

    def filled(self, as_of: date) -> dict[str, set[str]]:
        """Of each mapped table the columns in which anything stands that is known before a day."""
        return {table: {column for column, day in days.items() if day < as_of} for table, days in self.mapped.items()}

    def shape(self, name: str) -> list[Path]:
        """The files of a shape, one a region."""
        return [self.folder / name / f"{number}.parquet" for number in range(max(len(self.regions), 1))]


def load_store(settings: Settings, *, today: date | None = None) -> Load:
    """Build the store, or reuse it while no input has changed.

    Parameters
    ----------
    today
        For the tests; the day of the load.

    Raises
    ------
    DataError
        If a source cannot be read or nothing can be printed from it.
    """
    inputs = read_inputs(settings)
    folder = settings.store / _fingerprint(settings, inputs)
    settings.store.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(settings.store / "lock"):
        if not (folder / "load.json").is_file():
            # What only building needs is large; a run that finds all made does without.
            from kamreport.book.loading import build_load

            build_load(settings, folder, inputs, today or datetime.now(UTC).astimezone().date())
        os.utime(folder)
        _forget_old(settings.store)
    return read_load(folder)


def read_load(folder: Path) -> Load:
    """Open a finished load."""
    told = json.loads((folder / "load.json").read_text("utf-8"))
    return Load(
        folder=folder,
        up_to=_day(told["up_to"]),
        declared=told["declared"],
        region_names={region: Bilingual(**names) for region, names in told["region_names"].items()},
        months={_day(month): _day(last) for month, last in told["months"].items()},
        mapped={
            table: {column: _day(first) for column, first in columns.items()}
            for table, columns in told["mapped"].items()
        },
        records=told["records"],
        encodings=told["encodings"],
        unused=told["unused"],
        uneven={
            name: [Uneven(one["header"], tuple(one["files"]), one["lacking"]) for one in headers]
            for name, headers in told["uneven"].items()
        },
        loaded_on=_day(told["loaded_on"]),
        money=told["money"],
        inputs=tuple(told["inputs"]),
    )


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _fingerprint(settings: Settings, inputs: list[Input]) -> str:
    """Digest of the settings that bear on the data, the files, and the code that reads them."""
    told = settings.model_dump(mode="json", include={"company", "data", "sources", "tables"})
    code = hashlib.sha256()
    room = Path(__file__).parent
    for file in sorted(room.rglob("*")):
        if file.suffix in {".py", ".sql", ".toml"} and room / "demo" not in file.parents:
            code.update(file.read_bytes())
    whole = json.dumps([_FORMAT, told, [asdict(one) for one in inputs], code.hexdigest()], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:20]


def _forget_old(store: Path) -> None:
    """Keep the loads used last; remove older ones and what a crash left. Only for who holds the lock."""
    for left in store.glob("building-*"):
        shutil.rmtree(left, ignore_errors=True)
    for old in _by_use(store)[:-_KEEP]:
        _forget(old)


def old_loads(store: Path, before: date) -> list[Path]:
    """List the loads that were last used before a day; the one used last is never among them."""
    unused = _by_use(store)[:-1] if store.is_dir() else []
    return [one for one in unused if datetime.fromtimestamp(one.stat().st_mtime).astimezone().date() < before]


def forget_loads(store: Path, before: date) -> list[Path]:
    """Remove what `old_loads` lists."""
    with FileLock(store / "lock"):
        old = old_loads(store, before)
        for one in old:
            _forget(one)
        return old


def _by_use(store: Path) -> list[Path]:
    """The loads of a store, the one used last at the end."""
    loads = (one for one in store.iterdir() if one.is_dir() and not one.name.startswith("building-"))
    return sorted(loads, key=lambda one: one.stat().st_mtime)


def _forget(load: Path) -> None:
    (load / "load.json").unlink(missing_ok=True)  # first, so that half a load is never taken for a whole one
    shutil.rmtree(load, ignore_errors=True)
