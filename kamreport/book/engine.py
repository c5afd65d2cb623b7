"""The embedded engine, locked: it reads and writes one folder and fetches nothing."""

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb

from kamreport.book.casting import literal

__all__ = ["connect", "copy_to", "fill", "sql_text"]

_SQL = Path(__file__).with_name("sql")


def connect(folder: Path, *, memory: str = "", threads: int = 0) -> duckdb.DuckDBPyConnection:
    """Open DuckDB in memory, allowed to touch one folder and nothing else.

    Parameters
    ----------
    folder
        The only folder whose files a query can name; symbolic links and ``..`` do not lead out of it.
    memory, threads
        Limits; DuckDB's own defaults where they are not given.

    Examples
    --------
    >>> con = connect(Path("/nowhere"))
    >>> con.execute("SELECT * FROM read_text('/etc/hostname')")
    Traceback (most recent call last):
        ...
    _duckdb.PermissionException: Permission Error: ...
    """
    con = duckdb.connect(":memory:")
    limits = {"memory_limit": memory, "threads": threads, "temp_directory": str(folder / "spill")}
    for name, value in limits.items():
        if value:
            con.execute(f"SET {name} = {literal(value)}")
    con.execute(f"SET allowed_directories = [{literal(folder)}]")
    for name in ("enable_external_access", "autoinstall_known_extensions", "autoload_known_extensions"):
        con.execute(f"SET {name} = false")
    with suppress(duckdb.InvalidInputException):  # in a kernel without ipywidgets there is none, and this is an error
        con.execute("SET enable_progress_bar = false")
    con.execute("SET python_enable_replacements = false")
    con.execute("SET preserve_insertion_order = true")
    con.execute("SET lock_configuration = true")
    return con


def copy_to(con: duckdb.DuckDBPyConnection, query: str, file: Path) -> None:
    """Write what a query gives as a Parquet file; its folder is made if it is missing."""
    file.parent.mkdir(exist_ok=True, mode=0o700)
    con.execute(f"COPY ({query}) TO {literal(file)} (FORMAT parquet, COMPRESSION zstd)")


def sql_text(name: str, **places: Any) -> str:
    """Read one of the package's SQL texts and fill its places.

    Parameters
    ----------
    name
        File name without ``.sql``.
    places
        What stands for ``:name`` in the text; written as SQL literals.

    Examples
    --------
    >>> "GROUP BY" in sql_text("ledger")
    True
    """
    sql = (_SQL / f"{name}.sql").read_text("utf-8")
    return fill(sql, **places) if places else _without_comments(sql)


def fill(sql: str, **places: Any) -> str:
    """Fill the places of an SQL text, written as SQL literals.

    Examples
    --------
    >>> fill("SELECT :name -- why", name="it's")
    "SELECT 'it''s'"
    """
    # In one pass, because a value may itself look like a place.
    return re.sub(r":(\w+)", lambda match: literal(places[match[1]]), _without_comments(sql))


def _without_comments(sql: str) -> str:
    # A value with a line break in it would end a comment and run as SQL.
    return re.sub(r"--.*", "", sql).strip()
