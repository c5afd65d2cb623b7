"""The demo book in two other dresses: a Chinese ERP system's exports of it, and what there is on the first day."""

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from kamreport.book.book import Book
from kamreport.book.contract import TABLES
from kamreport.book.demo import DEMOS
from kamreport.book.demo.write import make_tables
from kamreport.book.opening import open_book
from kamreport.settings import load_settings
from tests.conftest import OpenDemo

pytestmark = pytest.mark.slow  # each book is written and loaded


@pytest.fixture(scope="module", autouse=True)
def _invented_once() -> Iterator[None]:
    """Both dresses are cut from one making of the tables."""
    invented = cache(make_tables)
    with pytest.MonkeyPatch.context() as patch:
        for dress in ("exports", "first_day"):
            patch.setattr(f"kamreport.book.demo.{dress}.make_tables", lambda seed: deepcopy(invented(seed)))
        yield


def _made(kind: str, root: Path) -> Book:
    (root / "kamreport.toml").write_text(DEMOS[kind].settings, "utf-8")
    DEMOS[kind].write(root / "data")
    return open_book("all", "latest", settings=load_settings(root))


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return _made("zh", tmp_path_factory.mktemp("zh"))


@pytest.fixture(scope="module")
def first_day(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return _made("day1", tmp_path_factory.mktemp("day1"))


# Chinese exports


def test_the_exports_give_the_same_ledger_to_the_cent(exported: Book, open_demo: OpenDemo) -> None:
    columns = ["account_id", "region", "month", "revenue", "sales", "credits", "cost", "quantity", "orders", "lines"]
    ours, theirs = (
        book.ledger[columns].sort_values(columns[:3], ignore_index=True) for book in (open_demo(), exported)
    )
    assert len(ours) > 10_000
    pd.testing.assert_frame_equal(ours, theirs)


def _checked(book: Book, table: str) -> pd.DataFrame:
    """A table as it was checked, without the places where its records stood."""
    file = next((book.settings.root / ".kamreport" / "store").glob(f"*/tables/{table}.parquet"))
    columns = [column.name for column in TABLES[table].columns]
    frame = pd.read_parquet(file, columns=columns).astype("str")
    return frame.sort_values(columns, ignore_index=True)


@pytest.mark.parametrize("table", [name for name in TABLES if name != "aliases"])
def test_the_exports_give_the_same_tables(table: str, exported: Book, open_demo: OpenDemo) -> None:
    ours, theirs = _checked(open_demo(), table), _checked(exported, table)
    assert len(ours)
    pd.testing.assert_frame_equal(ours, theirs)


def test_no_record_of_the_exports_is_lost_but_totals(exported: Book, open_demo: OpenDemo) -> None:
    left = exported.left_out.set_index(["table_name", "reason"])["rows"].to_dict()
    assert left == {("accounts", "total_row"): 6, ("transactions", "total_row"): 36}
    used = exported.sources.set_index("table_name")["used"]
    ours = open_demo().sources.set_index("table_name")["used"]
    # The same records, but that three tables name accounts in their own ways.
    assert (used.drop("aliases") == ours.drop("aliases")).all()
    assert used["aliases"] == 3 * 120


def test_what_an_export_does_is_in_the_files(exported: Book) -> None:
    data = exported.settings.root / "data"
    june, again = (data / f"销售出库明细_202506{twice}.csv" for twice in ("", " (1)"))
    assert june.read_bytes() == again.read_bytes()
    lines = june.read_text("gb18030").splitlines()
    assert lines[0] == "销售出库明细表"
    assert "合计" in lines[-1]
    assert (data / "存货档案.xls").read_text("gb18030").count("\t") > 50
    assert "<table>" in (data / "客诉台账.xls").read_text("gb18030")
    with pytest.raises(UnicodeDecodeError):
        june.read_text("utf-8")


def test_accounts_are_written_in_three_ways(exported: Book) -> None:
    noted = exported.noted
    alias = noted[noted["what"] == "alias"]
    assert set(alias["table_name"]) == {"opportunities", "complaints", "needs"}


# The first day


def test_the_first_day_has_the_revenue_of_the_whole_book_and_no_cost(first_day: Book, open_demo: OpenDemo) -> None:
    whole = open_demo()
    abroad = whole.accounts.loc[whole.accounts["name"] == "Mekong Growers Import", "account_id"]
    ours = whole.ledger[~whole.ledger["account_id"].isin(abroad)]
    assert first_day.ledger["revenue"].sum() == pytest.approx(ours["revenue"].sum(), abs=0.01)
    assert not first_day.by_margin
    assert set(first_day.sources["table_name"]) == {"transactions", "accounts"}


def test_accounts_that_nobody_has_on_file_are_kept_and_counted(first_day: Book) -> None:
    noted = first_day.noted
    unknown = noted[(noted["table_name"] == "transactions") & (noted["column_name"] == "account_id")]
    assert unknown["ids"].sum() == 72
    assert "(unassigned)" in first_day.regions
    assert first_day.left_out.empty
