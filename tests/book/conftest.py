"""Workspaces of any files, and their tables read without writing a store."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from kamreport.book import checking, raw, reducing
from kamreport.book.book import Book
from kamreport.book.contract import TABLES
from kamreport.book.engine import connect
from kamreport.settings import Settings, load_settings
from tests.book.world import JULY, closed, in_july, known_in_june, opened, write

TODAY = date(2026, 1, 15)
Content = str | bytes | Callable[[Path], Any]


def lines(*rows: str, header: str = "date,account_id,revenue,region") -> str:
    """A CSV file of transactions."""
    return "\n".join([header, *rows]) + "\n"


@dataclass
class Reading:
    """A workspace read, checked and reduced in memory."""

    con: duckdb.DuckDBPyConnection
    raws: dict[str, raw.Raw]
    up_to: date
    regions: list[str]
    money: dict[str, Decimal]

    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        """Columns of a checked table in the order of the file."""
        return self.con.execute(f"SELECT {', '.join(columns)} FROM book.{table} ORDER BY file, line").fetchall()

    def column(self, table: str, column: str) -> list[Any]:
        return [value for (value,) in self.rows(table, column)]

    @property
    def left_out(self) -> list[tuple[Any, ...]]:
        """(table, line, column, reason, outcome) of every record that is not used."""
        return self.con.execute(
            "SELECT table_name, line, column_name, reason, outcome FROM book.left_out ORDER BY ALL"
        ).fetchall()

    @property
    def noted(self) -> list[tuple[Any, ...]]:
        """(table, what, column, value, rows, revenue), over all months."""
        return self.con.execute(
            "SELECT table_name, what, column_name, value, sum(rows), sum(revenue) FROM book.noted "
            "GROUP BY ALL ORDER BY ALL"
        ).fetchall()

    def by_region(self) -> dict[str, Decimal]:
        """Revenue of the ledger, exact."""
        return dict(self.con.execute("SELECT region, sum(revenue) FROM shape.ledger GROUP BY region").fetchall())


@pytest.fixture(scope="session")
def firms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Settings]:
    """A firm as known at the end of June, a month later, and that from the last row to the first; tests only read."""
    root = tmp_path_factory.mktemp("firms")
    after = in_july()
    turned = {name: rows[::-1] for name, rows in after.items()}
    june = opened(closed(known_in_june(), JULY), JULY)
    return {name: write(root / name, rows) for name, rows in (("june", june), ("july", after), ("turned", turned))}


@pytest.fixture
def workspace(tmp_path: Path) -> Callable[..., Settings]:
    """Make a workspace: ``workspace('[tables.transactions]\\npath = "t.csv"', {"t.csv": "date,..."})``."""

    def made(toml: str, files: dict[str, Content] | None = None) -> Settings:
        for name, content in (files or {}).items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if callable(content):
                content(file)
            else:
                file.write_bytes(content if isinstance(content, bytes) else content.encode())
        (tmp_path / "kamreport.toml").write_text(toml, "utf-8")
        return load_settings(tmp_path)

    return made


@pytest.fixture
def read(tmp_path: Path) -> Callable[[Settings], Reading]:
    """Read a workspace as a load does, and account for every record of every table."""

    def done(settings: Settings) -> Reading:
        con = connect(tmp_path / "nothing")
        found = raw.read_sources(con, settings)
        raws = {name: found[name] for name in settings.tables}
        up_to = checking.make_tables(con, raws, settings.data, TODAY)
        reducing.complete_transactions(con, settings)
        regions = reducing.make_lines(con)
        reducing.make_shapes(con)
        reading = Reading(con, raws, up_to, regions, reducing.reconcile(con))
        for name in TABLES.keys() & raws.keys():
            used = con.execute(f"SELECT count(*) FROM book.{name}").fetchall()[0][0]
            left = con.execute("SELECT count(*) FROM book.left_out WHERE table_name = ?", [name]).fetchall()[0][0]
            assert raws[name].records == used + left, name
        return reading

    return done


@pytest.fixture
def read_csv(workspace: Callable[..., Settings], read: Callable[[Settings], Reading]) -> Callable[..., Reading]:
    """Read tables written as CSV text: ``read_csv(transactions="date,...", accounts="...", more="[company]...")``."""

    def done(*, more: str = "", **tables: str) -> Reading:
        toml = [more, *(f'[tables.{name}]\npath = "{name}.csv"' for name in tables)]
        return read(workspace("\n".join(toml), {f"{name}.csv": text for name, text in tables.items()}))

    return done


def frames(book: Book) -> dict[str, pd.DataFrame]:
    """Every frame that a book gives, by its name; a new one is in it by itself."""
    return {
        name: getattr(book, name)
        for name in dir(Book)
        if not name.startswith("_")
        and isinstance(made := inspect.getattr_static(Book, name), cached_property)
        and made.func.__annotations__["return"] is pd.DataFrame
    }
