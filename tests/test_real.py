"""The real data sets, as a user would run them: every row accounted for, three kinds of regions printed."""

import json
import shutil
import subprocess
import sys
from decimal import Decimal
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from kamreport.analysis.contested import contested_deals
from kamreport.analysis.rival_presence import rival_presence
from kamreport.analysis.win_rates import win_rates
from kamreport.book.book import Book
from kamreport.book.opening import open_book
from kamreport.book.quality import quality_sql, reconciliation_sql
from kamreport.book.reading import read_frame
from kamreport.book.store import load_store, read_load
from kamreport.settings import Settings, expand, load_settings

ROOT = Path(__file__).parent.parent
pytestmark = [pytest.mark.real, pytest.mark.slow]
FOLDERS = {
    "online_retail": "ONLINE_RETAIL",
    "adventureworks": "ADVENTUREWORKS",
    "maven_crm": "MAVEN_CRM",
    "cdnow": "CDNOW",
    "salvirt_b2b": "SALVIRT_B2B",
}
DATA = {name: name for name in FOLDERS} | {"adventureworks": "adventureworks_dw"}


@pytest.fixture(scope="module")
def workspaces(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Copies of the examples, so that what a test prints stays out of the checkout."""
    made = {}
    for name in FOLDERS:
        folder = tmp_path_factory.mktemp(name)
        shutil.copy(ROOT / "examples" / name / "kamreport.toml", folder)
        made[name] = folder
    return made


@pytest.fixture
def environment(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, variable in FOLDERS.items():
        monkeypatch.setenv(variable, str(real_data / DATA[name]))


@pytest.fixture
def settings(request: pytest.FixtureRequest, workspaces: dict[str, Path], environment: None) -> Settings:
    return load_settings(workspaces[request.param])


def _company(settings: Settings, period: str = "latest") -> Book:
    return open_book("all", period, settings=settings)


def _whole(settings: Settings) -> dict[str, pd.DataFrame]:
    """What became of every record of the load; a book counts those that it knows."""
    return _whole_load(load_store(settings).folder)


@cache
def _whole_load(folder: Path) -> dict[str, pd.DataFrame]:
    load = read_load(folder)
    queries = quality_sql(load)
    queries["reconciliation"] = reconciliation_sql(queries["reconciliation"], load.regions)
    return {name: read_frame(load.folder, query) for name, query in queries.items()}


@pytest.mark.parametrize("settings", ["online_retail", "adventureworks"], indirect=True)
def test_every_record_is_used_excluded_or_rejected(settings: Settings) -> None:
    sources = _whole(settings)["sources"]
    assert (sources["read"] == sources["used"] + sources["excluded"] + sources["rejected"]).all()
    read = dict(zip(sources["table_name"], sources["read"], strict=True))
    assert read["transactions"] == {"online_retail": 541_909, "adventureworks": 60_855}[settings.root.name.rstrip("0")]


@pytest.mark.parametrize("settings", ["maven_crm"], indirect=True)
def test_the_deals_of_a_crm_are_all_there_and_two_spellings_are_one_product(settings: Settings) -> None:
    book = _company(settings, "2017")
    outcomes = book.opportunities["outcome"].value_counts(dropna=False)
    # As the data set is described: won, lost, and open deals of which 500 have not begun.
    assert (outcomes["won"], outcomes["lost"], outcomes[outcomes.index.isna()].sum()) == (4_238, 2_473, 2_089 - 500)
    assert book.opportunities["family"].notna().all()
    assert book.money == {"used": "10005534.0000", "excluded": "0.0000", "rejected": "0.0000"}


@pytest.mark.parametrize("settings", ["maven_crm"], indirect=True)
def test_a_product_that_is_spelt_in_another_way_is_said_and_counted(settings: Settings, real_data: Path) -> None:
    book = _company(settings, "2017")
    raw = pd.read_csv(real_data / "maven_crm" / "sales_pipeline.csv")
    other = raw[(raw["product"] == "GTXPro") & (raw["deal_stage"] == "Won")]
    noted = book.noted[book.noted["table_name"] == "transactions"]
    assert noted[["what", "examples", "rows", "revenue"]].values.tolist() == [
        ["alias", "GTXPro -> GTX Pro", len(other), other["close_value"].sum()]
    ]


@pytest.mark.parametrize("settings", ["maven_crm"], indirect=True)
@pytest.mark.parametrize(("by", "column"), [("family", "series"), ("owner_id", "sales_agent"), ("region", "office")])
def test_a_crm_without_competitors_has_its_win_rates_by_product_agent_and_office(
    settings: Settings, by: str, column: str, real_data: Path
) -> None:
    book, folder = _company(settings, "2017"), real_data / "maven_crm"
    raw = pd.read_csv(folder / "sales_pipeline.csv").replace({"product": {"GTXPro": "GTX Pro"}})
    raw = raw.merge(pd.read_csv(folder / "products.csv"), on="product")
    raw = raw.merge(pd.read_csv(folder / "sales_teams.csv"), on="sales_agent").rename(
        columns={"regional_office": "office"}
    )
    expected = raw[raw["deal_stage"].isin(["Won", "Lost"])].groupby(column)["deal_stage"]
    found = win_rates(book.opportunities, window=book.window, by=by).frame.set_index(by)
    assert found["n"].to_dict() == expected.size().to_dict()
    assert found["won"].to_dict() == expected.apply(lambda stage: int((stage == "Won").sum())).to_dict()
    # Nobody recorded a competitor, nor what a lost deal would have brought.
    assert win_rates(book.opportunities, window=book.window).frame["competitor_id"].tolist() == ["unknown"]
    assert win_rates(book.opportunities, window=book.window, by="size").frame["size"].tolist() == ["unknown"]
    there = rival_presence(
        book.opportunities,
        book.wallet_shares,
        book.defections,
        book.competitor_events,
        book.accounts,
        as_of=book.as_of,
    )
    open_deals = contested_deals(book.opportunities, there, as_of=book.as_of)
    # 1,425 deals name no account, 337 of which had not begun.
    begun = raw["engage_date"].notna() & raw["close_date"].isna() & raw["account"].isna()
    assert (open_deals.without_account, len(open_deals.frame)) == (begun.sum(), 0) == (1_425 - 337, 0)


@pytest.mark.parametrize("settings", ["salvirt_b2b"], indirect=True)
def test_deals_with_a_competitor_without_one_and_not_known_are_three_rows(settings: Settings) -> None:
    book = _company(settings, "2015")
    found = win_rates(book.opportunities, window=book.window)
    # Counted in the file: 448 deals, 227 won; Competitors Yes 30 of 143, No 192 of 285, Unknown 5 of 20.
    assert (found.won, found.n) == (227, 448)
    assert found.frame[["competitor_id", "won", "n"]].values.tolist() == [
        ["none", 192, 285],
        ["some", 30, 143],
        ["unknown", 5, 20],
    ]
    assert found.frame["verdict"].tolist() == ["better", "alike", "alike"]
    assert found.worst is None


@pytest.mark.parametrize("settings", ["cdnow"], indirect=True)
def test_columns_set_apart_by_spaces_are_read_to_the_last_purchase(settings: Settings) -> None:
    book = _company(settings, "1998-06")
    # Fader and Hardie (2001): 23,570 customers. The purchases are the lines of the file below its header.
    assert (len(book.accounts), int(book.line_kinds["lines"].sum())) == (23_570, 69_659)
    assert book.money["used"] == "2500315.6300"


@pytest.mark.parametrize("settings", ["online_retail", "adventureworks"], indirect=True)
def test_every_row_of_every_file_is_counted(settings: Settings, real_data: Path) -> None:
    sources = _whole(settings)["sources"].set_index("table_name")
    rows = {f"sources.{name}": _rows(Path(expand(one.path, where=name))) for name, one in settings.sources.items()}
    assert sources["read"].filter(like="sources.").to_dict() == rows
    assert sources["used"].filter(like="sources.").to_dict() == rows


def _rows(file: Path) -> int:
    """Rows of a file as Arrow counts them, which is no part of how a book reads."""
    if file.suffix == ".parquet":
        return int(parquet.read_metadata(file).num_rows)
    named = arrow_csv.ReadOptions(autogenerate_column_names=True)
    split = arrow_csv.ParseOptions(delimiter="|", newlines_in_values=True)
    return int(arrow_csv.read_csv(file, named, split).num_rows)


@pytest.mark.parametrize("settings", ["adventureworks"], indirect=True)
def test_no_sale_and_no_product_is_lost_on_the_way_through_a_query(settings: Settings) -> None:
    sources = _whole(settings)["sources"].set_index("table_name")
    read = sources["read"]
    assert (sources["used"] == read).all()
    assert read["transactions"] == read["sources.sales"]
    assert read["products"] == read["sources.product_list"] == 606
    assert read["people"] < read["sources.employees"] == 296


@pytest.mark.parametrize("settings", ["online_retail"], indirect=True)
def test_online_retail_sums_to_the_published_total_and_counts_its_lines_by_kind(settings: Settings) -> None:
    whole, book = _whole(settings), _company(settings)
    parts = whole["reconciliation"]
    amounts = {name: Decimal(amount) for name, amount in zip(parts["region"], parts["revenue"], strict=True)}
    company = amounts.pop("")
    assert len(amounts) == 38
    assert sum(amounts.values()) == company
    # Sum of Quantity x UnitPrice over all 541,909 lines of the data set.
    assert company.quantize(Decimal("0.01")) == Decimal("9747747.93")
    kinds = dict(zip(whole["line_kinds"]["kind"], whole["line_kinds"]["lines"], strict=True))
    assert sum(kinds.values()) == 541_909
    # 9,288 invoices lines begin with C; 584 of them are postage, fees, discounts or manual corrections.
    assert kinds["return"] == 8_704
    pool = book.owners[book.owners["type"] == "pool"]["owner_id"].tolist()
    assert pool == ["no customer"]
    assert int(book.ledger.loc[book.ledger["owner_id"] == "no customer", "lines"].sum()) == 135_080 - _later_lines(book)


def _later_lines(book: Book) -> int:
    """Lines without a customer in December 2011, which lie after the last complete month."""
    later = open_book("all", "2011-12", settings=book.settings).ledger
    own = later[(later["owner_id"] == "no customer") & (later["month"] >= "2011-12-01")]
    return int(own["lines"].sum())


@pytest.mark.parametrize("settings", ["online_retail"], indirect=True)
def test_december_2011_is_incomplete_and_compared_with_as_many_working_days(settings: Settings) -> None:
    book = _company(settings, "2011-12")
    assert not book.complete
    assert _company(settings).period.start.isoformat() == "2011-11-01"
    spans = {pair.name: pair for pair in book.comparisons}
    # 1 to 9 December 2011 holds seven working days; so does 1 to 9 December 2010, a Wednesday to a Thursday.
    assert spans["year_ago"].current == (book.period.start, book.as_of)
    assert [day.isoformat() for day in spans["year_ago"].past] == ["2010-12-01", "2010-12-10"]


@pytest.mark.parametrize("settings", ["adventureworks"], indirect=True)
def test_adventureworks_sums_to_the_cent_and_keeps_a_region_called_na(settings: Settings) -> None:
    whole, book = _whole(settings), _company(settings)
    parts = whole["reconciliation"]
    amounts = {name: Decimal(amount) for name, amount in zip(parts["region"], parts["revenue"], strict=True)}
    company = amounts.pop("")
    assert company.quantize(Decimal("0.01")) == Decimal("80450596.98")
    assert sum(amounts.values()) == company
    assert "NA" in book.regions
    assert amounts["NA"] == 0
    assert round(float(book.ledger["cost"].sum()), 2) == 79_980_114.38


@pytest.mark.parametrize("settings", ["adventureworks"], indirect=True)
def test_a_month_is_complete_though_its_last_invoice_is_not_on_its_last_day(settings: Settings) -> None:
    book = _company(settings)
    assert book.complete
    assert str(book.period) == "2013-11"
    assert str(book.up_to) == "2013-11-29"


@pytest.mark.parametrize(
    ("settings", "regions", "period"),
    [
        # The largest, one with a single account, one without sales.
        ("online_retail", ("United Kingdom", "Brazil", "Saudi Arabia"), "2011-11"),
        ("adventureworks", ("Southwest", "Germany", "NA"), "2013-11"),
    ],
    indirect=["settings"],
)
def test_the_largest_the_smallest_and_an_empty_region_print(
    settings: Settings, regions: tuple[str, ...], period: str
) -> None:
    arguments = [argument for region in regions for argument in ("--region", region)]
    done = subprocess.run(
        [sys.executable, "-m", "kamreport.cli", "run", "--period", period, *arguments],
        cwd=settings.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    jobs = json.loads((settings.output / period / "manifest.json").read_text("utf-8"))["jobs"]
    assert {job["region"]: job["state"] for job in jobs} == dict.fromkeys(regions, "done")
    assert all(job["pages"] >= 2 for job in jobs)
