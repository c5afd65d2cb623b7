"""Opening a book: what does not exist is said in one line, before anything is read for nothing."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kamreport.book.opening import open_book, resolve_period
from kamreport.book.store import load_store
from kamreport.errors import KamreportError, UsageError
from kamreport.period import Period
from kamreport.settings import Settings
from tests.conftest import monthly_lines

MakeWorkspace = Callable[..., Settings]


@pytest.fixture
def firm(make_workspace: MakeWorkspace) -> Settings:
    """Two regions, February to 10 May 2025."""
    months = {"2025-02": 1.0, "2025-03": 2.0, "2025-04": 3.0, "2025-05": 4.0}
    lines = monthly_lines("a", months, region="North") + monthly_lines("b", months, region="South")
    return make_workspace(settings="[company]\nfiscal_year_start = 4\n", transactions=lines)


def test_the_latest_period_is_the_last_complete_month_and_the_default(firm: Settings) -> None:
    book = open_book(settings=firm)
    assert (str(book.period), book.region, book.complete) == ("2025-04", "all", True)
    assert open_book("North", settings=firm).ledger["revenue"].sum() == 6.0


def test_a_period_is_read_in_the_company_s_fiscal_year(firm: Settings) -> None:
    assert open_book("North", "2025-Q1", settings=firm).period.start.month == 4
    assert open_book("North", Period.parse("2025-03"), settings=firm).ledger["revenue"].sum() == 3.0


def test_the_workspace_is_found_where_no_settings_are_given(firm: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(firm.root)
    assert open_book("South").settings == firm


@pytest.mark.parametrize(
    ("region", "said"),
    [
        ("Nort", "region 'Nort' is not in the data; did you mean 'North'? Known: North, South, all"),
        ("north", "region 'north' is not in the data; did you mean 'North'? Known: North, South, all"),
        ("East", "region 'East' is not in the data. Known: North, South, all"),
        ("", "region '' is not in the data. Known: North, South, all"),
    ],
)
def test_an_unknown_region_is_one_line_with_the_nearest(firm: Settings, region: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_book(region, settings=firm)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("period", "said"),
    [
        ("2025-06", "period '2025-06' lies after the data, which go up to 2025-05-10; choose an earlier one"),
        ("2024-12..2025-01", "period '2024-12..2025-01' lies before the data, which start in 2025-02; choose a"),
        ("2024-12", "period '2024-12' lies before the data, which start in 2025-02; choose a later one"),
        ("Latest", "period 'Latest' is not understood; give a month"),
    ],
)
def test_a_period_outside_the_data_is_one_line(firm: Settings, period: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_book("all", period, settings=firm)
    assert str(caught.value).startswith(said)


def test_a_period_that_is_half_in_the_data_is_opened(firm: Settings) -> None:
    load = load_store(firm)
    for text in ("2025-05", "2024", "2025"):
        assert str(resolve_period(firm, load, text)) == text


# A batch fixes one load for all its notebooks.


def test_a_pinned_load_is_read_though_the_data_have_changed(firm: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    key = load_store(firm).key
    (firm.root / "data" / "transactions.csv").write_text("date,account_id,revenue\n2025-04-10,z,1\n")
    monkeypatch.setenv("KAMREPORT_LOAD", key)
    assert open_book("all", "2025-04", settings=firm).accounts["account_id"].tolist() == ["a", "b"]
    monkeypatch.delenv("KAMREPORT_LOAD")
    assert open_book("all", "2025-04", settings=firm).accounts["account_id"].tolist() == ["z"]


def test_a_pinned_load_that_is_gone_is_one_line(firm: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    load = load_store(firm)
    shutil.rmtree(load.folder)
    monkeypatch.setenv("KAMREPORT_LOAD", load.key)
    with pytest.raises(KamreportError) as caught:
        open_book("all", "2025-04", settings=firm)
    assert str(caught.value) == f"the load {load.key} is gone from {firm.store}; run the batch again"
    assert caught.value.exit_status == 1


def test_a_workspace_s_own_functions_can_be_imported_after_everything_else(
    firm: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    for _ in range(2):
        open_book("all", "2025-04", settings=firm)
    own = str(Path(firm.root / "lib"))
    assert sys.path.count(own) == 1
    assert sys.path[-1] == own
