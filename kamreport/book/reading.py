"""How a book reads the store: what is known at a day, as frames."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path

import duckdb
import pandas as pd

from kamreport.book.casting import literal, quote
from kamreport.book.contract import Table
from kamreport.book.engine import connect
from kamreport.book.store import Load
from kamreport.settings import Bilingual

__all__ = ["engine", "known_column", "known_row", "parquet", "read_frame", "region_names"]

_KERNEL_MEMORY = "1GB"


def parquet(*files: Path) -> str:
    """SQL that reads files of the store."""
    return f"read_parquet([{', '.join(map(literal, files))}])"


@contextmanager
def engine(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads a load and nothing else."""
    with _engine(folder, os.getpid()).cursor() as con:
        yield con


@cache
def _engine(folder: Path, _process: int) -> duckdb.DuckDBPyConnection:
    """The engine of a process, for to start one takes longer than most queries; a forked process starts its own."""
    return connect(folder, memory=_KERNEL_MEMORY, threads=1)


def known_row(table: Table, as_of: date) -> str:
    """Condition under which a row is part of a book that ends at a day."""
    end = f"DATE {literal(as_of)}"
    if table.time == "event":
        recorded = f" AND coalesce(recorded_on, {table.visible}) < {end}" if "recorded_on" in table.by_name else ""
        return f"{table.visible} < {end}{recorded}"
    if table.time == "month" and not table.ahead:
        return f"month < {end}"
    if table.time == "validity":
        return f"valid_from < {end} AND coalesce(valid_to, DATE '9999-12-31') >= {end}"
    rows = [column.name for column in table.columns if column.later == "row"]
    return " AND ".join(f"coalesce({name}, DATE '1800-01-01') < {end}" for name in rows) or "TRUE"


def known_column(table: Table, name: str, as_of: date) -> str:
    """A column, blank where the day that brings it is not known yet."""
    later = table.by_name[name].later
    if later in ("", "row"):
        return quote(name)
    return f"CASE WHEN {quote(later)} < DATE {literal(as_of)} THEN {quote(name)} END AS {quote(name)}"


def read_frame(folder: Path, query: str) -> pd.DataFrame:
    """Run a query on a load; decimals come back as float, days as timestamps."""
    with engine(folder) as con:
        described = con.execute(f"DESCRIBE {query}").fetchall()
        casts = ", ".join(
            f"CAST({quote(name)} AS DOUBLE) AS {quote(name)}" if kind.startswith("DECIMAL") else quote(name)
            for name, kind, *_ in described
        )
        return con.execute(f"SELECT {casts} FROM ({query})").df()


def region_names(load: Load) -> dict[str, Bilingual]:
    """Names of all regions of the data in both languages; the id where no name is given."""
    with engine(load.folder) as con:
        file = parquet(load.folder / "tables" / "regions.parquet")
        rows = con.execute(f"SELECT region, name_en, name_zh FROM {file}").fetchall()
    named = {region: Bilingual(en=en or region, zh=zh or region) for region, en, zh in rows}
    return {region: named.get(region, Bilingual(en=region, zh=region)) for region in load.regions}
