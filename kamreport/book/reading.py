"""How a book reads the store: what is known at a day, as frames."""

import os
from collections.abc import Collection
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from kamreport.book.casting import literal, quote
from kamreport.book.contract import Table
from kamreport.book.engine import connect

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["known_column", "known_from", "known_row", "parquet", "read_frame"]

_KERNEL_MEMORY = "1GB"


def parquet(*files: Path) -> str:
    """SQL that reads files of the store."""
    return f"read_parquet([{', '.join(map(literal, files))}])"


@lru_cache(maxsize=1)
def _engine(folder: Path, _process: int) -> duckdb.DuckDBPyConnection:
    """A connection that reads a load and nothing else; kept, for opening one takes longer than most reads.

    A process that is forked opens its own.
    """
    return connect(folder, memory=_KERNEL_MEMORY, threads=1)


def known_from(table: Table, *, of: str = "", given: Collection[str] | None = None) -> str:
    """SQL of the day from which a row is known; NULL where nothing dates it.

    Where another date can stand for one that is blank, the earlier of both counts: what was planned for June is known
    in June, though it was done in July.

    Parameters
    ----------
    of
        Alias of the table.
    given
        The columns that there are, where these are not all.
    """
    alias = f"{of}." if of else ""
    days = []
    for name in table.dated_by:
        names = [one for one in (name, *table.by_name[name].instead) if given is None or one in given]
        days += [_of_all("least", [alias + quote(one) for one in names])] if names else []
    return _of_all("greatest", days) if days else "CAST(NULL AS DATE)"


def _of_all(which: str, days: list[str]) -> str:
    return f"{which}({', '.join(days)})" if len(days) > 1 else days[0]


def known_row(table: Table, as_of: date) -> str:
    """Condition under which a row is part of a book that ends at a day."""
    end = f"DATE {literal(as_of)}"
    known = f"coalesce({known_from(table)} < {end}, TRUE)" if table.dated_by else "TRUE"
    return f"{known} AND coalesce(valid_to, DATE '9999-12-31') >= {end}" if table.time == "validity" else known


def known_column(table: Table, name: str, as_of: date) -> str:
    """A column, blank where the day that brings it is not known yet."""
    later = table.by_name[name].later
    if later in ("", "row"):
        return quote(name)
    return f"CASE WHEN {quote(later)} < DATE {literal(as_of)} THEN {quote(name)} END AS {quote(name)}"


def read_frame(folder: Path, query: str) -> "pd.DataFrame":
    """Run a query on a load; decimals come back as float, days as timestamps."""
    return _engine(folder, os.getpid()).cursor().execute(query).df()
