"""A book for June is the same whether it is printed in July or a year later."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kamreport.book.book import Book
from kamreport.book.contract import TABLES, Column, Table
from kamreport.book.opening import open_book
from kamreport.settings import Settings, load_settings
from tests.book.conftest import OF_THE_LOAD, frames

Rows = dict[str, list[dict[str, object]]]

JUNE, JULY = date(2025, 6, 1), date(2025, 7, 1)
REGIONS = ("N", "S")
IDS = {"regions": "N", "products": "p", "people": "m", "accounts": "a", "competitors": "rival", "": ""}


def cell(column: Column, tag: str, day: date) -> object:
    """A value of the right type; every date and month is the one day."""
    values = {
        "id": IDS[column.refers],
        "text": tag,
        "code": next(iter(column.values), ""),
        "date": day,
        "month": day.replace(day=1),
        "int": 1,
        "bool": "yes",
        "share": 0.25,
        "score": column.low or 1,
    }
    return values.get(column.type, 100)


def row(table: str, tag: str, day: date, **given: object) -> dict[str, object]:
    """A row of a table with every column filled."""
    return {column.name: cell(column, tag, day) for column in TABLES[table].columns} | given


def masked(table: Table, made: dict[str, object], day: date) -> dict[str, object]:
    """The row as it was before anything was known that came on or after a day."""
    later = {column.name: column.later for column in table.columns if column.later not in ("", "row")}
    return {name: None if name in later and made[later[name]] >= day else value for name, value in made.items()}  # type: ignore[operator]


def known_in_june() -> Rows:
    """One row of each table from May, and what is needed to have two regions."""
    rows = {name: [row(name, "past", date(2025, 5, 20))] for name in TABLES if name not in ("aliases", "fx_rates")}
    rows["transactions"][0] |= {"currency": "CNY"}
    rows["transactions"].append(row("transactions", "s", date(2025, 6, 30), currency="CNY", account_id="b", region="S"))
    rows["accounts"] = [
        row("accounts", name, JUNE, account_id=name, region=region, parent_id=None, valid_from=date(2020, 1, 1))
        for name, region in (("a", "N"), ("b", "S"))
    ]
    rows["regions"] = [row("regions", name, JUNE, region=name) for name in REGIONS]
    rows["assignments"][0] |= {"valid_to": JULY, "person_id": "m"}
    return rows


def told_in_july() -> Rows:
    """Rows that a book of June must not hold, one of each kind of time and table."""
    rows = {name: [row(name, "later", JULY)] for name, table in TABLES.items() if table.time in ("event", "month")}
    del rows["fx_rates"]
    # Ordered in June, invoiced in July: the posting decides. An account of the south comes to the north.
    rows["transactions"] = [
        row("transactions", account, JULY, currency="CNY", order_date=date(2025, 6, 20), account_id=account)
        for account in ("a", "b")
    ]
    # Happened in June and written down in July; written down in June for July.
    for name, table in TABLES.items():
        if "recorded_on" in table.by_name:
            rows[name].append(row(name, "noted later", JUNE, recorded_on=JULY))
            rows[name].append(row(name, "noted before", JULY, recorded_on=JUNE))
    # A new figure for June, given out in July; the account moves and gets another manager.
    rows["targets"] = [row("targets", "past", date(2025, 5, 1), issued_on=JULY, value=999)]
    rows["accounts"] = [row("accounts", "later", JULY, account_id="a", region="S", parent_id="b")]
    rows["assignments"] = [row("assignments", "later", JULY, person_id="later", valid_to=None)]
    return rows


def write(root: Path, rows: Rows) -> Settings:
    """A workspace of these rows, exported on the last of July."""
    root.mkdir()
    lines = ["[data]\nup_to = 2025-07-31\n"]
    for name, made in rows.items():
        pd.DataFrame(made).to_csv(root / f"{name}.csv", index=False)
        lines.append(f'[tables.{name}]\npath = "{name}.csv"\n')
    (root / "kamreport.toml").write_text("".join(lines), "utf-8")
    return load_settings(root)


def same(one: Book, other: Book) -> None:
    """Assert that two books hold the same, leaving out what is said of the load as a whole."""
    left, right = frames(one), frames(other)
    for name in left.keys() - OF_THE_LOAD:
        # Estimates of regularity are sums of floats, whose last digits may depend on the order of addition.
        pd.testing.assert_frame_equal(left[name], right[name], rtol=1e-9, check_exact=name != "company", obj=name)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Settings]:
    """The same data as known at the end of June, a month later, and that from the last row to the first."""
    before, later = known_in_june(), told_in_july()
    # What is open in June is closed in July: the day that brings it is the first one after the book.
    closed = {
        name: [
            one | {column.later: JULY for column in TABLES[name].columns if column.later not in ("", "row")}
            for one in made
        ]
        for name, made in before.items()
    }
    opened = {name: [masked(TABLES[name], one, JULY) for one in made] for name, made in closed.items()}
    after = {name: closed[name] + later.get(name, []) for name in closed}
    root = tmp_path_factory.mktemp("known")
    turned = {name: rows[::-1] for name, rows in after.items()}
    return {name: write(root / name, rows) for name, rows in (("june", opened), ("july", after), ("turned", turned))}


@pytest.mark.parametrize("region", ["all", *REGIONS])
def test_nothing_that_came_later_changes_the_book_of_june(
    worlds: dict[str, Settings], region: str, one_engine: None
) -> None:
    seen = open_book(region, "2025-06", settings=worlds["june"])
    same(seen, open_book(region, "2025-06", settings=worlds["july"]))
    # The day itself is named, so that a book of nothing would not pass.
    assert seen.as_of == JULY
    assert len(seen.ledger) > 0


@pytest.mark.parametrize("region", ["all", "N"])
def test_the_order_of_the_rows_changes_nothing(worlds: dict[str, Settings], region: str, one_engine: None) -> None:
    same(*(open_book(region, "2025-07", settings=worlds[name]) for name in ("july", "turned")))


def test_the_book_of_july_holds_all_of_it(worlds: dict[str, Settings], one_engine: None) -> None:
    """Otherwise the tests above could not fail."""
    before, after = (frames(open_book("all", period, settings=worlds["july"])) for period in ("2025-06", "2025-07"))
    unchanged = {name for name in before.keys() - OF_THE_LOAD if before[name].equals(after[name])}
    assert unchanged == {"products", "competitors", "late_postings"}
    assert after["opportunities"]["outcome"].tolist() == ["won"] * 4
    assert after["actions"]["result"].notna().all()
    assert after["people"]["left_on"].notna().all()
    assert before["opportunities"]["outcome"].isna().all()
    moved = after["accounts"].set_index("account_id").loc["a"]
    assert (moved["home_region"], moved["owner_id"], moved["manager_id"]) == ("S", "b", "later")


LINES = st.lists(
    st.fixed_dictionaries(
        {
            "date": st.dates(date(2023, 1, 1), date(2025, 7, 31)),
            "account_id": st.sampled_from(["a", "b", "c"]),
            "region": st.sampled_from(["N", "S", None]),
            "revenue": st.decimals(-1000, 1000, places=2),
            "cost": st.none() | st.decimals(-500, 500, places=2),
            "order_id": st.sampled_from(["o1", "o2", None]),
            "product_id": st.sampled_from(["p1", "p2", None]),
            "salesperson_id": st.sampled_from(["m1", "m2", None]),
        }
    ),
    min_size=4,
    max_size=30,
)


@pytest.mark.slow
@given(lines=LINES, mixed=st.randoms(use_true_random=False))
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
def test_neither_later_lines_nor_their_order_change_a_book_and_no_cent_is_lost(
    lines: list[dict[str, object]], mixed: object, tmp_path_factory: pytest.TempPathFactory, one_engine: None
) -> None:
    first = {"date": date(2023, 1, 1), "account_id": "a", "region": "N", "revenue": Decimal("0.01")}
    lines = [first, *lines]
    shuffled = sorted(lines, key=lambda _: mixed.random())  # type: ignore[attr-defined]
    products = [{"product_id": "p1", "family": "f"}]
    regions = [{"region": "N"}, {"region": "S"}, {"region": "(unassigned)"}]
    root = tmp_path_factory.mktemp("law")
    known = [line for line in lines if line["date"] < JULY]  # type: ignore[operator]
    now = write(root / "now", {"transactions": known, "products": products, "regions": regions})
    later = write(root / "later", {"transactions": shuffled, "products": products, "regions": regions})
    for region in ("all", "N"):
        same(open_book(region, "2025-Q2", settings=now), open_book(region, "2025-Q2", settings=later))
    books = {name: open_book(name, "2025-07", settings=later) for name in ("all", "N", "S", "(unassigned)")}
    exact = {name: sum(cents(value) for value in book.ledger["revenue"]) for name, book in books.items()}
    assert exact["all"] == sum(line["revenue"] for line in lines)  # type: ignore[misc]
    assert exact["all"] == exact["N"] + exact["S"] + exact["(unassigned)"]


def cents(value: float) -> Decimal:
    return Decimal(f"{value:.4f}")


def test_the_regions_of_the_demo_sum_to_the_company_and_to_the_input(
    open_demo: Callable[..., Book], one_engine: None
) -> None:
    company = open_demo()
    day = company.load.up_to + timedelta(days=1)
    assert company.as_of == day
    total = sum(cents(value) for value in company.ledger["revenue"])
    parts = {region: open_demo(region) for region in company.regions}
    regions = {name: sum(cents(value) for value in book.ledger["revenue"]) for name, book in parts.items()}
    assert total == sum(regions.values()) == Decimal(company.load.money["used"])
    assert total == sum(cents(value) for value in company.product_ledger["revenue"])
    said = dict(zip(company.reconciliation["region"], map(Decimal, company.reconciliation["revenue"]), strict=True))
    assert said == {**regions, "": total}
    # A region reads of the others only that they make the rest.
    north = dict(zip(parts["North"].reconciliation["region"], parts["North"].reconciliation["revenue"], strict=True))
    assert {name: Decimal(value) for name, value in north.items()} == {
        "North": regions["North"],
        "*": total - regions["North"],
        "": total,
    }
