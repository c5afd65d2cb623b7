"""Building a load: the declared sources become checked tables and shapes, in a folder beside until all is there.

No row's place in a file depends on chance or on the number of threads, so the same data always read the same.
"""

import json
import shutil
import tempfile
from contextlib import closing
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from kamreport.book import checking, outcomes, raw, reducing
from kamreport.book.casting import literal
from kamreport.book.contract import TABLES, UNASSIGNED
from kamreport.book.engine import connect, copy_to
from kamreport.book.reading import known_from
from kamreport.book.sources import Input, read_inputs
from kamreport.book.unused import uneven_headers, unused_headers
from kamreport.errors import DataError
from kamreport.settings import Settings

__all__ = ["build_load"]

# What the engine holds at most; the rest goes to the folder of the load. Ten million lines need no more.
_MEMORY = "3GB"


def build_load(settings: Settings, folder: Path, inputs: list[Input], today: date) -> None:
    """Build in a folder beside, then give it its name.

    Raises
    ------
    DataError
        If a source cannot be read, changes while it is read, or nothing can be printed from it.
    """
    building = Path(tempfile.mkdtemp(prefix="building-", dir=settings.store))
    try:
        # A query sees the declared sources and no file: what it read by itself would be guessed, and not be watched.
        with closing(connect(building, memory=_MEMORY)) as con:
            told = _fill(con, settings, building, today)
        if read_inputs(settings) != inputs:
            raise DataError("a source has changed while it was read; run again when its export is finished")
        told["inputs"] = [asdict(one) for one in inputs]
        (building / "load.json").write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
        shutil.rmtree(folder, ignore_errors=True)  # what is left of a load that was being forgotten
        building.rename(folder)
    except duckdb.Error as error:
        shutil.rmtree(building, ignore_errors=True)
        raise DataError(f"the data cannot be loaded: {' '.join(str(error).split())[:300]}") from error
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


def _fill(con: duckdb.DuckDBPyConnection, settings: Settings, folder: Path, today: date) -> dict[str, Any]:
    """Read, check, reduce and write; gives what load.json tells of it."""
    found = raw.read_sources(con, settings)
    raws = {name: one for name, one in found.items() if name in settings.tables}
    files = {f"sources.{name}": found[name] for name, one in settings.sources.items() if one.path}
    unused = unused_headers(con, found, settings)
    up_to = checking.make_tables(con, raws, settings.data, today)
    for name, one in files.items():
        outcomes.reject_broken(con, name, one)
        outcomes.exclude_totals(con, name, one)
    reducing.complete_transactions(con, settings)
    regions = reducing.make_lines(con)
    mapped = {name: _first_days(con, name) for name in TABLES if name in raws}
    _write_tables(con, folder)
    con.execute("DROP TABLE book.transactions")  # making the shapes takes the room
    reducing.make_shapes(con)
    money = reducing.reconcile(con)
    _write_shapes(con, folder, regions)
    counted = {name: raws[name] for name in TABLES if name in raws} | files
    return {
        "up_to": str(up_to),
        "declared": settings.data.up_to is not None,
        "region_names": _region_names(con, regions),
        "months": _months(con),
        "mapped": mapped,
        "records": {name: one.records for name, one in counted.items()},
        "encodings": {name: one.encodings for name, one in counted.items()},
        "unused": {name: unused[one.name] for name, one in counted.items()},
        "uneven": {name: [asdict(header) for header in uneven_headers(one)] for name, one in counted.items()},
        "loaded_on": str(today),
        "money": {name: str(amount) for name, amount in money.items()},
    }


def _region_names(con: duckdb.DuckDBPyConnection, regions: list[str]) -> dict[str, dict[str, str]]:
    """Names in both languages; the id where none is given."""
    rows = con.execute("SELECT region, name_en, name_zh FROM book.regions").fetchall()
    named = {region: {"en": en or region, "zh": zh or region} for region, en, zh in rows}
    return {region: named.get(region, {"en": region, "zh": region}) for region in regions}


def _months(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The first day of each month with lines, and the last day with a line in it."""
    month = "CAST(date_trunc('month', date) AS DATE)"
    rows = con.execute(f"SELECT {month}, max(date) FROM lines GROUP BY ALL ORDER BY ALL").fetchall()
    return {str(month): str(last) for month, last in rows}


def _first_days(con: duckdb.DuckDBPyConnection, name: str) -> dict[str, str]:
    """The columns of a table in which anything stands, and the day from which that is known."""
    table = TABLES[name]
    counts = ", ".join(f"count({column.name})" for column in table.columns)
    rows, *filled = con.execute(f"SELECT count(*), {counts} FROM book.{name}").fetchall()[0]
    known = f"coalesce({known_from(table)}, DATE '{date.min}')"
    firsts = {}
    for column, count in zip(table.columns, filled, strict=True):
        if count and column.later not in ("", "row"):
            day = f"min(greatest({known}, {column.later}))"
            firsts[column.name] = f"{day} FILTER ({column.name} IS NOT NULL AND {column.later} IS NOT NULL)"
        elif count:
            # Most columns are filled in every row, and the engine looks for the same first day once.
            firsts[column.name] = f"min({known})" + (f" FILTER ({column.name} IS NOT NULL)" if count < rows else "")
    if not firsts:
        return {}
    days = con.execute(f"SELECT {', '.join(firsts.values())} FROM book.{name}").fetchall()[0]
    return {column: str(day) for column, day in zip(firsts, days, strict=True) if day}


def _write_tables(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the tables whole, in the order of the files."""
    for name in TABLES:
        copy_to(con, f"FROM book.{name}", folder / "tables" / f"{name}.parquet")
    for name in ("left_out", "noted"):
        copy_to(con, f"SELECT * FROM book.{name} ORDER BY ALL", folder / "tables" / f"{name}.parquet")
    versions = "SELECT * FROM account_versions ORDER BY account_id, valid_from"
    copy_to(con, versions, folder / "tables" / "account_versions.parquet")
    late = "SELECT posted_on, date, region, revenue FROM lines WHERE posted_on > date ORDER BY ALL"
    copy_to(con, late, folder / "late.parquet")


def _write_shapes(con: duckdb.DuckDBPyConnection, folder: Path, regions: list[str]) -> None:
    """Write each shape as one file per region."""
    for shape in reducing.SHAPES:
        for number, region in enumerate(regions or [UNASSIGNED]):
            query = f"SELECT * FROM shape.{shape} WHERE region = {literal(region)}"
            copy_to(con, query, folder / shape / f"{number}.parquet")
