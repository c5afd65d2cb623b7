"""The store: checked tables and shapes as Parquet, built once per load and never half.

A load's folder is named after what went into it (settings, files, code), so a changed input makes another folder
and a finished one is never written again.
"""

import hashlib
import json
import os
import shutil
import tempfile
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
from filelock import FileLock

from kamreport.book import checking, raw, reducing
from kamreport.book.casting import literal
from kamreport.book.contract import TABLES
from kamreport.book.engine import connect, copy_to
from kamreport.book.files import resolve
from kamreport.errors import DataError
from kamreport.settings import Settings

__all__ = ["Load", "forget_loads", "load_store", "old_loads", "read_load"]

_FORMAT = 1
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
    regions
        In alphabetical order; their place is their number in the store's file names.
    records
        Records read, of each table and of each file that only queries use (``sources.NAME``).
    loaded_on
        Day of the load: what "as of" means for a plain master file.
    money
        Revenue used, excluded and rejected, as exact text.
    """

    folder: Path
    up_to: date
    declared: bool
    regions: tuple[str, ...]
    tables: tuple[str, ...]
    mapped: dict[str, list[str]]
    records: dict[str, int]
    loaded_on: date
    money: dict[str, str]
    inputs: tuple[dict[str, Any], ...]

    @property
    def key(self) -> str:
        """Digest of all that went into the load."""
        return self.folder.name


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
    inputs = _inputs(settings)
    folder = settings.store / _fingerprint(settings, inputs)
    settings.store.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(settings.store / "lock"):
        if not (folder / "load.json").is_file():
            _build(settings, folder, inputs, today or datetime.now(UTC).astimezone().date())
        os.utime(folder)
        _forget_old(settings.store)
    return read_load(folder)


def read_load(folder: Path) -> Load:
    """Open a finished load."""
    told = json.loads((folder / "load.json").read_text("utf-8"))
    return Load(
        folder=folder,
        up_to=date.fromisoformat(told["up_to"]),
        declared=told["declared"],
        regions=tuple(told["regions"]),
        tables=tuple(told["tables"]),
        mapped=told["mapped"],
        records=told["records"],
        loaded_on=date.fromisoformat(told["loaded_on"]),
        money=told["money"],
        inputs=tuple(told["inputs"]),
    )


def _inputs(settings: Settings) -> list[raw.Input]:
    found = []
    for group, sources in (("sources", settings.sources), ("tables", settings.tables)):
        for name, source in sources.items():
            if source.path:
                path = resolve(source, settings.root, where=f"{group}.{name}")
                found.append(raw.Input(path.name, path.stat().st_size, raw.digest(path)))
    return found


def _fingerprint(settings: Settings, inputs: list[raw.Input]) -> str:
    """Digest of the settings that bear on the data, the files, and the code that reads them."""
    told = settings.model_dump(mode="json", include={"company", "data", "sources", "tables"})
    code = hashlib.sha256()
    room = Path(__file__).parent
    for file in sorted(room.rglob("*")):
        if file.suffix in {".py", ".sql", ".toml"} and room / "demo" not in file.parents:
            code.update(file.read_bytes())
    whole = json.dumps([_FORMAT, told, [asdict(one) for one in inputs], code.hexdigest()], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:20]


def _build(settings: Settings, folder: Path, inputs: list[raw.Input], today: date) -> None:
    """Build in a folder beside, then give it its name."""
    building = Path(tempfile.mkdtemp(prefix="building-", dir=settings.store))
    try:
        # A query sees the declared sources and no file: what it read by itself would be guessed, and not be watched.
        with closing(connect(building)) as con:
            found = raw.read_sources(con, settings)
            raws = {name: one for name, one in found.items() if name in settings.tables}
            files = {f"sources.{name}": found[name] for name, one in settings.sources.items() if one.path}
            up_to = checking.make_tables(con, raws, settings.data, today)
            for name, one in files.items():
                checking.reject_broken(con, name, one)
            reducing.complete_transactions(con, settings)
            regions = reducing.reduce_lines(con)
            money = reducing.reconcile(con)
            _write(con, building, regions)
            counted = {name: raws[name] for name in TABLES if name in raws} | files
            told = {
                "up_to": str(up_to),
                "declared": settings.data.up_to is not None,
                "regions": regions,
                "tables": [name for name in TABLES if name in raws],
                "mapped": {name: _filled(con, name) for name in TABLES if name in raws},
                "records": {name: one.records for name, one in counted.items()},
                "loaded_on": str(today),
                "money": {name: str(amount) for name, amount in money.items()},
                "inputs": [asdict(one) for one in inputs],
            }
        if _inputs(settings) != inputs:
            raise DataError("a source has changed while it was read; run again when its export is finished")
        (building / "load.json").write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
        shutil.rmtree(folder, ignore_errors=True)  # what is left of a load that was being forgotten
        building.rename(folder)
    except duckdb.Error as error:
        shutil.rmtree(building, ignore_errors=True)
        raise DataError(f"the data cannot be loaded: {' '.join(str(error).split())[:300]}") from error
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


def _filled(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """The columns of a table in which anything stands."""
    names = [column.name for column in TABLES[table].columns]
    counts = con.execute(f"SELECT {', '.join(f'count({name})' for name in names)} FROM book.{table}").fetchall()[0]
    return [name for name, count in zip(names, counts, strict=True) if count]


def _write(con: duckdb.DuckDBPyConnection, folder: Path, regions: list[str]) -> None:
    """Write the tables whole, and each shape as one file per region."""
    for name in (*TABLES, "left_out", "noted"):
        copy_to(con, f"SELECT * FROM book.{name}", folder / "tables" / f"{name}.parquet")
    copy_to(con, "SELECT * FROM account_versions", folder / "tables" / "account_versions.parquet")
    copy_to(con, "SELECT posted_on, date, region, revenue FROM lines WHERE posted_on > date", folder / "late.parquet")
    for shape in reducing.SHAPES:
        for number, region in enumerate(regions or [reducing.UNASSIGNED]):
            query = f"SELECT * FROM shape.{shape} WHERE region = {literal(region)}"
            copy_to(con, query, folder / shape / f"{number}.parquet")


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
