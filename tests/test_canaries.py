"""Hostile and personal text in every text column of the contract: what of it a report shows, and how."""

from pathlib import Path
from typing import Any

import duckdb
import nbformat
import pytest
import tomlkit

from kamreport.book.contract import TABLES, Column, Table
from kamreport.book.store import load_store
from kamreport.record import MIME
from kamreport.settings import Settings
from tests.publish.payloads import offences

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
# What reports are about may be named in them; of all else that is personal nothing may stand there.
NAMED = {"accounts.name"}
LONG = 300

pytestmark = pytest.mark.slow


def _is_text(table: Table, column: Column) -> bool:
    """Free text; a currency and a rated attribute are codes that other settings name."""
    return column.type == "text" and column.name not in ("currency", "attribute") and table.name != "aliases"


def _canary(table: Table, column: Column) -> str:
    """SQL of a column with markup, an address and a telephone number in it, or with a mark where it is personal.

    The mark of a column is the same in all tables: families and units are compared across them.
    """
    place = f"{table.name}.{column.name}"
    if column.personal and place not in NAMED:
        return f"'SECRET {place} ' || coalesce({column.name}, '')"
    before = f"<canary>{column.name} <b onclick=1>www.canary.example https://canary.example/{column.name} 13900001234 "
    return f"'{before}' || {column.name} || ' {'x' * LONG}'"


@pytest.fixture(scope="module")
def hostile_root(demo_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo book once more, with a canary in every text."""
    root = tmp_path_factory.mktemp("hostile")
    told = tomlkit.parse((demo_settings.root / "kamreport.toml").read_text("utf-8"))
    for group in ("tables", "sources"):
        told.pop(group, None)
    load = load_store(demo_settings)
    with duckdb.connect() as con:
        for name in load.mapped.keys() - {"aliases"}:
            table = TABLES[name]
            columns = ", ".join(
                f"{_canary(table, one)} AS {one.name}" if _is_text(table, one) else one.name
                for one in table.columns
                if one.name in load.mapped[name] or one.personal
            )
            con.execute(f"COPY (SELECT {columns} FROM '{load.folder}/tables/{name}.parquet') TO '{root}/{name}.csv'")
            told.setdefault("tables", tomlkit.table())[name] = {"path": f"{name}.csv"}
    (root / "kamreport.toml").write_text(tomlkit.dumps(told), "utf-8")
    return root


@pytest.fixture(scope="module")
def shown(hostile_root: Path) -> dict[str, list[dict[str, Any]]]:
    """What each notebook shows of it, for the company."""
    bundles: dict[str, list[dict[str, Any]]] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KAMREPORT_WORKSPACE", str(hostile_root))
        patch.setattr("kamreport.present.page.get_ipython", object)
        for file in NOTEBOOKS:
            told = bundles.setdefault(file.stem, [])
            patch.setattr("IPython.display.display", lambda bundle, *, raw, told=told: told.append(bundle))
            space: dict[str, Any] = {}
            for cell in nbformat.read(file, as_version=4).cells:
                if cell.cell_type == "code":
                    exec(compile(cell.source, file.stem, "exec"), space)
    return bundles


def test_no_text_is_markup_or_a_link_in_any_chapter(shown: dict[str, list[dict[str, Any]]]) -> None:
    for chapter, bundles in shown.items():
        for bundle in bundles:
            # The style is our own: a section brings it for the eyes of who works on the notebook.
            assert set(offences(bundle["text/html"])) <= {"<style>"}, chapter
    # And it is there: escaped, in every chapter but that of the records.
    escaped = {chapter for chapter, told in shown.items() if any("&lt;canary&gt;" in one["text/html"] for one in told)}
    assert escaped >= {"cover", "customer_value", "churn", "competitors"}


def test_no_text_goes_on_for_long(shown: dict[str, list[dict[str, Any]]]) -> None:
    pages = "".join(bundle["text/html"] for bundles in shown.values() for bundle in bundles)
    assert "x" * 160 not in pages


def test_nothing_personal_stands_in_a_report_or_its_workbook(shown: dict[str, list[dict[str, Any]]]) -> None:
    for chapter, bundles in shown.items():
        for bundle in bundles:
            assert "SECRET" not in bundle["text/html"], chapter
            assert "SECRET" not in str(bundle[MIME]), chapter


def test_the_personal_texts_are_in_the_data(hostile_root: Path) -> None:
    """Otherwise the test above could not fail."""
    marked = {
        f"{name}.{column.name}"
        for name, table in TABLES.items()
        for column in table.columns
        if column.personal and _is_text(table, column) and f"{name}.{column.name}" not in NAMED
    }
    found = {
        place for place in marked if f"SECRET {place}" in (hostile_root / f"{place.split('.')[0]}.csv").read_text()
    }
    assert found == marked
    assert len(marked) >= 9
