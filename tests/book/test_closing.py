"""The closing: which months are complete, what the window is, and what is known at its end."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from kamreport.book import closing_tables
from kamreport.book.closing import Closing, close_period, complete_months, latest_period
from kamreport.book.opening import open_book
from kamreport.book.store import Load, load_store
from kamreport.period import Period
from kamreport.settings import Rules, Settings
from tests.conftest import monthly_lines

MakeWorkspace = Callable[..., Settings]
Rows = list[dict[str, object]]


def with_rules(settings: Settings, **rules: object) -> Settings:
    return settings.model_copy(update={"rules": Rules(**rules)})  # type: ignore[arg-type]


# Complete months.


@pytest.mark.parametrize(
    ("last_rows", "up_to", "declared", "country", "complete"),
    [
        pytest.param(["2025-06-02"], "2025-06-30", True, "", [6], id="exported on its last day"),
        pytest.param(["2025-06-30"], "2025-06-29", True, "", [], id="exported before, whatever the rows say"),
        pytest.param(["2025-05-02", "2025-06-03"], "2025-06-03", False, "", [5], id="a later month has rows"),
        pytest.param(["2025-05-02", "2025-06-03"], "2025-06-03", True, "", [5], id="so too where it is declared"),
        pytest.param(["2025-06-26"], "2025-06-26", False, "", [6], id="rows on the third last working day"),
        pytest.param(["2025-06-25"], "2025-06-25", False, "", [], id="rows up to the fourth last"),
        pytest.param(["2025-08-27"], "2025-08-27", False, "", [8], id="a month that ends on a Sunday"),
        pytest.param(["2025-09-26"], "2025-09-26", False, "", [9], id="26, 29 and 30 are the last three"),
        pytest.param(["2025-09-26"], "2025-09-26", False, "CN", [], id="in China Sunday 28 is one of them"),
    ],
)
def test_a_month_is_complete_by_the_export_by_later_rows_or_by_its_last_working_days(
    last_rows: list[str], up_to: str, declared: bool, country: str, complete: list[int]
) -> None:
    months = {date.fromisoformat(day).replace(day=1): date.fromisoformat(day) for day in last_rows}
    load = Load(Path(), date.fromisoformat(up_to), declared, {}, months, {}, {}, {}, {}, {}, date(2026, 1, 1), {}, ())
    found = complete_months(load, country)
    assert sorted(month.month for month in found) == complete


@pytest.mark.parametrize(
    ("months", "settings", "latest"),
    [
        (["2025-04", "2025-05", "2025-06"], "", "2025-05"),  # the line of June is dated the tenth
        (["2025-04", "2025-06"], "[data]\nup_to = 2025-07-15", "2025-06"),
        (["2025-06"], "", "2025-06"),
    ],
)
def test_the_latest_period_is_the_last_complete_month_else_the_last(
    make_workspace: MakeWorkspace, months: list[str], settings: str, latest: str
) -> None:
    load = load_store(make_workspace(settings=settings, transactions=monthly_lines("a", dict.fromkeys(months, 1.0))))
    assert latest_period(load, fiscal_year_start=4) == Period.parse(latest)
    assert latest_period(load, fiscal_year_start=4).fiscal_year_start == 4


@pytest.mark.parametrize(
    ("text", "as_of", "complete", "window"),
    [
        ("2025-04", date(2025, 5, 1), True, "2024-05..2025-04"),
        ("2025-05", date(2025, 5, 21), False, "2024-05..2025-04"),
        ("2025-Q1", date(2025, 4, 1), True, "2024-04..2025-03"),
        ("2025-Q2", date(2025, 5, 21), False, "2024-05..2025-04"),
        ("2025", date(2025, 5, 21), False, "2024-05..2025-04"),
        ("2025-02", date(2025, 3, 1), True, "2024-03..2025-02"),  # nothing was sold in it
        ("2024", date(2025, 1, 1), True, "2024"),
        ("2022-11..2023-04", date(2023, 5, 1), True, "2022-05..2023-04"),
    ],
)
def test_the_window_is_twelve_complete_months_and_nothing_after_the_data_is_known(
    to_20_may: Settings, text: str, as_of: date, complete: bool, window: str
) -> None:
    closing = close_period(to_20_may, load_store(to_20_may), Period.parse(text))
    assert (closing.as_of, closing.complete, str(closing.window)) == (as_of, complete, window)
    assert closing.history_start == date(2023, 3, 1)


@pytest.fixture(scope="module")
def to_20_may(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Lines from March 2023 to 10 May 2025, none in February 2025; exported on 20 May."""
    root: Path = tmp_path_factory.mktemp("may")
    months = [f"{day:%Y-%m}" for day in Period.parse("2023-03..2025-05") if day != date(2025, 2, 1)]
    lines = monthly_lines("a", dict.fromkeys(months, 100.0))
    pd.DataFrame(lines).to_csv(root / "t.csv", index=False)
    (root / "kamreport.toml").write_text("")
    return Settings(root=root, data={"up_to": date(2025, 5, 20)}, tables={"transactions": {"path": "t.csv"}})  # type: ignore[arg-type]


def test_a_closing_is_made_once_for_each_set_of_rules(to_20_may: Settings) -> None:
    load, april = load_store(to_20_may), Period.parse("2025-04")

    def made(settings: Settings) -> tuple[Path, int]:
        closing: Closing = close_period(settings, load, april)
        return closing.folder, (closing.folder / "closing.json").stat().st_mtime_ns

    assert made(to_20_may) == made(to_20_may)
    assert made(to_20_may) != made(with_rules(to_20_may, key_account_enter=0.7))


def test_a_closing_that_fails_leaves_nothing_open_and_nothing_behind(
    to_20_may: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, opened = load_store(to_20_may), list[duckdb.DuckDBPyConnection]()

    def fails(con: duckdb.DuckDBPyConnection, *_: object) -> None:
        opened.append(con)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(closing_tables, "copy_to", fails)
    with pytest.raises(OSError, match="No space left on device"):
        close_period(to_20_may, load, Period.parse("2025-03"))
    assert list((load.folder / "closings").glob("building-*")) == []
    with pytest.raises(duckdb.ConnectionException):
        opened[0].execute("SELECT 1")


# Thresholds of the company, by hand.

# Account: revenue and cost, parent, type, segment.
FIRM = {
    "a": (100, 60, "", "customer", ""),
    "a2": (20, 10, "a", "customer", ""),
    "b": (60, 30, "", "customer", ""),
    "c": (40, 30, "", "customer", "x"),
    "d": (10, 4, "", "customer", ""),
    "e": (5, 1, "", "customer", ""),
    "f": (50, 70, "", "customer", ""),
    "cash": (1000, 100, "", "pool", ""),
}
# The orders of c lie 10, 30 and 10 days apart.
DAYS = {"c": ["2025-01-01", "2025-01-11", "2025-02-10", "2025-02-20"]}


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    root: Path = tmp_path_factory.mktemp("firm")
    lines = [
        {"date": day, "account_id": name, "revenue": revenue / len(days), "cost": cost / len(days)}
        for name, (revenue, cost, *_) in FIRM.items()
        for days in [DAYS.get(name, ["2025-05-05"])]
        for day in days
    ]
    # Before the window, without cost: neither counts.
    lines.append({"date": "2024-06-30", "account_id": "a", "revenue": 7000, "cost": None})  # type: ignore[dict-item]
    accounts = [
        {"account_id": name, "name": name, "parent_id": parent, "type": kind, "segment": segment, "tier": tier}
        for name, (_, _, parent, kind, segment) in FIRM.items()
        for tier in ["key" if name in "ab" else ""]
    ]
    pd.DataFrame(lines).to_csv(root / "t.csv", index=False)
    pd.DataFrame(accounts).to_csv(root / "a.csv", index=False)
    (root / "kamreport.toml").write_text("")
    tables = {"transactions": {"path": "t.csv"}, "accounts": {"path": "a.csv"}}
    return Settings(root=root, data={"up_to": date(2025, 6, 30)}, tables=tables)  # type: ignore[arg-type]


def measures(settings: Settings, period: str = "2025-06") -> dict[tuple[str, str, str], tuple[float, int]]:
    company = open_book("all", period, settings=settings).company
    keys = zip(company["measure"], company["segment"], company["moment"].astype(str), strict=True)
    return dict(zip(keys, zip(company["value"], company["n"], strict=True), strict=True))


def test_the_company_s_totals_medians_and_thresholds(firm: Settings) -> None:
    found = measures(firm)
    july = "2025-07-01"
    # The margins of the owners are 50 (a with a2), 30, 10, 6, 4 and -20: 80 % of the positive 100 are reached
    # with b and 85 % with c. The pool is no owner, but part of the totals.
    quarter = "2025-07-01"
    assert found["key_enter", "", quarter] == (30.0, 5)
    assert found["key_leave", "", quarter] == (10.0, 5)
    assert found["revenue_12m", "", july] == (1285.0, 0)
    assert found["costed_12m", "", july] == (1285.0, 0)
    assert found["margin_12m", "", july] == (980.0, 0)
    # Rates: 50/120, 30/60, 10/40, 6/10, 4/5 and -20/50; the median lies between the first two.
    assert found["margin_rate_median", "", july] == (pytest.approx((50 / 120 + 1 / 2) / 2), 6)
    assert found["tier_keys", "", july] == (2.0, 8)


def test_the_regularity_of_a_segment_by_wheat_and_morrison(firm: Settings) -> None:
    """M = g / (g + next g) has the variance 1 / (4 (2k + 1)) (Wheat and Morrison 1990, Journal of Marketing Research).

    Gaps of 10, 30 and 10 days make M = 1/4 and 3/4 with variance 1/8, so k = (1 - 4/8) / (8/8) = 1/2.
    """
    found = measures(firm)
    assert found["regularity", "x", "2025-07-01"] == (pytest.approx(0.5), 2)
    assert found["median_gap", "x", "2025-07-01"] == (10.0, 3)
    # Over all segments: the gaps of c, and the 309 days between the two orders of a.
    assert found["regularity", "*", "2025-07-01"] == (pytest.approx(0.5), 2)
    assert found["median_gap", "*", "2025-07-01"] == (20.0, 4)
    assert not [key for key in found if key[2] == "2024-07-01" and key[0] == "regularity"]


def test_thresholds_move_with_the_rules(firm: Settings) -> None:
    found = measures(with_rules(firm, key_account_enter=0.5, key_account_leave=0.95))
    # a alone makes half; 95 % takes all but e.
    assert found["key_enter", "", "2025-07-01"] == (50.0, 5)
    assert found["key_leave", "", "2025-07-01"] == (6.0, 5)


@pytest.mark.parametrize(("needed", "by_margin"), [(0.95, True), (0.96, False)])
def test_accounts_are_ranked_by_margin_where_enough_cost_is_known(
    make_workspace: MakeWorkspace, needed: float, by_margin: bool
) -> None:
    lines = monthly_lines("a", {"2025-06": 95.0}, cost=0.5)
    lines += [{"date": "2025-06-11", "account_id": "b", "revenue": 5.0, "region": "North"}]
    lines += [{"date": "2024-06-11", "account_id": "b", "revenue": 900.0, "region": "North"}]  # before the window
    settings = make_workspace(settings="[data]\nup_to = 2025-06-30", transactions=lines)
    book = open_book("all", "2025-06", settings=with_rules(settings, min_cost_coverage=needed))
    assert (book.by_margin, book.measure) == (by_margin, "margin" if by_margin else "revenue")
    quarters = book.owner_quarters
    assert quarters["quarter"].astype(str).unique().tolist() == ["2025-07-01"]
    assert dict(zip(quarters["owner_id"], quarters["value"], strict=True)) == (
        {"a": 47.5, "b": 0.0} if by_margin else {"a": 95.0, "b": 5.0}
    )


@pytest.mark.parametrize(
    ("first_month", "quarters"),
    [
        (1, ["2024-04-01", "2024-07-01", "2024-10-01", "2025-01-01", "2025-04-01"]),
        (2, ["2024-05-01", "2024-08-01", "2024-11-01", "2025-02-01", "2025-05-01"]),
    ],
)
def test_owners_are_reviewed_at_the_end_of_each_fiscal_quarter_with_a_year_of_data(
    to_20_may: Settings, first_month: int, quarters: list[str]
) -> None:
    company = to_20_may.company.model_copy(update={"fiscal_year_start": first_month})
    settings = to_20_may.model_copy(update={"company": company})
    found = open_book("all", "2025-04", settings=settings).owner_quarters
    assert found["quarter"].astype(str).tolist() == quarters
    # Twelve lines of 100 each, but for February 2025.
    assert found["value"].tolist() == [1100.0 if quarter > "2025-02-28" else 1200.0 for quarter in quarters]


def test_a_company_without_a_year_of_data_is_reviewed_once_at_the_end(firm: Settings) -> None:
    found = open_book("all", "2025-05", settings=firm).owner_quarters
    assert found["quarter"].astype(str).unique().tolist() == ["2025-06-01"]


# The state of an account.


def test_the_owner_is_the_top_of_the_parents_and_a_ring_has_one(make_workspace: MakeWorkspace) -> None:
    parents = {
        "shop": "chain",
        "chain": "group",
        "group": "",
        "alone": "alone",
        "r1": "r2",
        "r2": "r3",
        "r3": "r1",
        "branch": "r2",
        "daughter": "nobody's",
    }
    accounts = [{"account_id": name, "name": name, "parent_id": parent} for name, parent in parents.items()]
    settings = make_workspace(accounts=accounts, transactions=monthly_lines("shop", {"2025-06": 1.0}))
    state = open_book("all", "2025-06", settings=settings).accounts
    assert dict(zip(state["account_id"], state["owner_id"], strict=True)) == {
        **dict.fromkeys(["shop", "chain", "group"], "group"),
        "alone": "alone",
        **dict.fromkeys(["r1", "r2", "r3", "branch"], "r1"),
        "daughter": "nobody's",
    }


def test_the_manager_is_the_assigned_one_else_the_account_s_else_who_sold_last(make_workspace: MakeWorkspace) -> None:
    lines = [
        {"date": f"2025-06-{day}", "account_id": name, "revenue": 1, "region": "N", "salesperson_id": seller}
        for name in ("a", "b", "c")
        for day, seller in (("10", "old"), ("20", "new"))
    ]
    settings = make_workspace(
        transactions=lines,
        accounts=[{"account_id": name, "name": name, "manager_id": who} for name, who in (("a", "m"), ("b", "m"))],
        assignments=[{"account_id": "a", "person_id": "p", "role": "manager", "valid_from": "2025-01-01"}],
        people=[{"person_id": "p", "name": "Ping"}],
    )
    state = open_book("all", "2025-06", settings=settings).accounts
    assert state["manager_id"].tolist() == ["p", "m", "new"]
    assert state["manager_name"].tolist() == ["Ping", "m", "new"]


def test_an_account_that_moved_is_moved_in_and_out_and_keeps_its_history(make_workspace: MakeWorkspace) -> None:
    accounts: Rows = [
        {"account_id": "a", "name": "Anna", "region": region, "valid_from": since}
        for region, since in (("N", "2020-01-01"), ("S", "2025-03-01"))
    ]
    lines = [
        {"date": f"{month}-10", "account_id": "a", "revenue": 1}
        for month in ("2024-01", "2025-01", "2025-02", "2025-03", "2025-06")
    ]
    settings = make_workspace(settings="[data]\nup_to = 2025-06-30", transactions=lines, accounts=accounts)
    north, south = (open_book(region, "2025-06", settings=settings) for region in ("N", "S"))
    assert north.owners[["moved_in", "moved_out", "is_home"]].iloc[0].tolist() == [False, True, False]
    assert south.owners[["moved_in", "moved_out", "is_home"]].iloc[0].tolist() == [True, False, True]
    assert (len(north.ledger), len(south.ledger), len(south.orders), len(north.orders)) == (3, 2, 5, 0)
    assert south.accounts["revenue_12m"].tolist() == [4.0]
    before = open_book("N", "2025-02", settings=settings).owners
    assert before[["moved_in", "moved_out", "is_home"]].iloc[0].tolist() == [False, False, True]


# What peers buy.


def test_what_peers_buy_is_counted_by_segment_and_its_median_shown_where_enough_make_it(
    make_workspace: MakeWorkspace,
) -> None:
    # Eleven dealers: ten buy F for 1 to 10, two of them G; a farm buys F; a pool and the year before do not count.
    bought = [(f"d{number}", "f", "2025-06-11", float(number)) for number in range(1, 11)]
    bought += [("d1", "g", "2025-06-11", 50.0), ("d11", "g", "2025-06-11", 150.0), ("farm", "f", "2025-06-11", 7.0)]
    bought += [("cash", "f", "2025-06-11", 900.0), ("d11", "f", "2024-06-11", 900.0)]
    lines = [
        {"date": day, "account_id": account, "product_id": product, "revenue": revenue, "cost": revenue / 2}
        for account, product, day, revenue in bought
    ]
    accounts = [
        {
            "account_id": account,
            "name": account,
            "segment": "farm" if account == "farm" else "dealer",
            "type": "pool" if account == "cash" else "customer",
        }
        for account in sorted({account for account, *_ in bought})
    ]
    products = [{"product_id": product, "family": product.upper()} for product in "fg"]
    settings = make_workspace(
        settings="[data]\nup_to = 2025-06-30", transactions=lines, accounts=accounts, products=products
    )

    def peers(least: int) -> pd.DataFrame:
        book = open_book("all", "2025-06", settings=with_rules(settings, white_space_min_buyers=least))
        return book.peers.set_index(["segment", "family"])

    found = peers(10)
    assert found[["accounts", "buyers"]].to_dict("index") == {
        ("dealer", "F"): {"accounts": 11, "buyers": 10},
        ("dealer", "G"): {"accounts": 11, "buyers": 2},
        ("farm", "F"): {"accounts": 1, "buyers": 1},
    }
    assert found.loc[("dealer", "F"), ["revenue", "margin"]].tolist() == [5.5, 2.75]
    # What one or two buy is theirs alone to know.
    assert found.drop(index=("dealer", "F"))[["revenue", "margin"]].isna().all(axis=None)
    assert peers(2).loc[("dealer", "G"), "revenue"] == 100.0
