"""What many tests share: the demo book, small workspaces made on the spot, the real data where they lie."""

import gc
import os
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from kamreport.book.book import Book
from kamreport.book.demo import SETTINGS, write_demo
from kamreport.book.opening import open_book
from kamreport.book.store import load_store
from kamreport.publish.lean import lean_imports
from kamreport.settings import Settings, load_settings

with lean_imports():  # before any test module imports it with all it can do without
    import_module("nbformat")

# No example fails because the machine is busy.
settings.register_profile("kamreport", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kamreport")

Rows = list[dict[str, object]]
MakeWorkspace = Callable[..., Settings]
OpenDemo = Callable[..., Book]


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Thousands of tests live to the end: the garbage collector, which looks for what does not, passes them over."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_unconfigure() -> None:
    """Let the modules of the tests go in the end, so that the engine does not complain of what it has lent them."""
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _no_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test see the workspace it happens to run in."""
    for name in ("KAMREPORT_WORKSPACE", "KAMREPORT_LOAD", "KAMREPORT_PRINTER"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def demo_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace on the demo data, written and loaded once for all workers of a run; tests do not change it."""
    base = tmp_path_factory.getbasetemp()
    # A worker of pytest-xdist has a folder of its own within that of the run.
    root = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo"
    with FileLock(f"{root}.lock"):
        if not root.exists():
            making = Path(f"{root}.making")
            write_demo(making / "data")
            (making / "kamreport.toml").write_text(SETTINGS, "utf-8")
            making.rename(root)
            load_store(load_settings(root))
    return root


@pytest.fixture(scope="session")
def demo_settings(demo_root: Path) -> Settings:
    return load_settings(demo_root)


@pytest.fixture(scope="session")
def open_demo(demo_settings: Settings) -> OpenDemo:
    """Open the demo book of a region and period."""

    def opened(region: str = "all", period: str = "latest") -> Book:
        return open_book(region, period, settings=demo_settings)

    return opened


@pytest.fixture
def make_workspace(tmp_path: Path) -> MakeWorkspace:
    """Make a workspace from rows: ``make_workspace(transactions=[{...}, ...], settings="[rules]\\n...")``.

    Every table becomes a CSV file with the names of the contract.
    """

    def made(*, settings: str = "", **tables: Rows) -> Settings:
        (tmp_path / "data").mkdir(exist_ok=True)
        lines = [settings]
        for name, rows in tables.items():
            pd.DataFrame(rows).to_csv(tmp_path / "data" / f"{name}.csv", index=False)
            lines.append(f'[tables.{name}]\npath = "data/{name}.csv"\n')
        (tmp_path / "kamreport.toml").write_text("\n".join(lines), "utf-8")
        return load_settings(tmp_path)

    return made


def monthly_lines(
    account: str, months: Mapping[str, float], *, region: str = "North", cost: float | None = None
) -> Rows:
    """One sale of an account on the tenth of each month."""
    rows: Rows = []
    for month, revenue in months.items():
        row: dict[str, object] = {"date": f"{month}-10", "account_id": account, "revenue": revenue, "region": region}
        if cost is not None:
            row["cost"] = round(revenue * cost, 2)
        rows.append(row)
    return rows


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real data sets: KAMREPORT_DATASETS, or beside the checkout."""
    folder = Path(os.environ.get("KAMREPORT_DATASETS") or Path(__file__).parents[2] / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("the real data sets are not here: set KAMREPORT_DATASETS to their folder")
    return folder
