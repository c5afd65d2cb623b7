"""What a book gives of a region, what it is compared with, and what of other regions it never holds."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from kamreport.book.book import Book
from kamreport.book.closing import Closing
from kamreport.book.contract import ALL, TABLES
from kamreport.book.opening import open_book
from kamreport.book.store import Load
from kamreport.period import Period
from kamreport.settings import Settings, load_settings
from tests.book.conftest import frames
from tests.conftest import monthly_lines

OpenRegion = Callable[[str], Book]

# What belongs to the south only bears this word, wherever an account can be named.
CANARY = "CANARY"
LINES = """\
date,account_id,revenue,region,order_id,salesperson_id
2024-03-05,moved,70,North,m1,pn
2025-05-06,n1,100,North,o1,pn
2025-05-07,visitor,10,North,v1,pn
2025-05-08,visitor,900,South,CANARY-v2,ps
2025-06-10,n1,120,North,o2,pn
2025-06-11,n1,30,South,o3,ps
2025-06-12,CANARY-s1,500,South,CANARY-1,ps
2025-06-13,CANARY-s2,400,South,CANARY-2,ps
2025-06-30,CANARY-s2,x,South,CANARY-3,ps
2025-06-30,CANARY-unknown,5,South,CANARY-4,ps
"""
TEXTS = {
    "transactions": LINES,
    "regions": "region,name_en,name_zh\nNorth,North,华北\nSouth,South,华南\nWest,,\n",
    # n1 and n2 are under control of an account of the south, n3 of a holding that is no account anywhere.
    "accounts": """\
account_id,name,parent_id,region
n1,North One,CANARY-s1,North
n2,North Two,n1,North
n3,North Three,holding,North
CANARY-s1,CANARY Sun,,South
CANARY-s2,CANARY Sea,n3,South
visitor,Visitor,CANARY-s2,South
moved,Moved,,South
""",
    "people": "person_id,name,region\npn,Nan,North\nps,Sun,South\n",
    "targets": """\
month,measure,value,region,account_id,person_id,issued_on
2025-06,revenue,1,,,,2025-01-01
2025-06,revenue,2,North,,,2025-01-01
2025-06,revenue,3,North,,,2025-03-01
2025-06,revenue,4,North,,,2025-07-01
2025-12,revenue,5,North,,,2025-01-01
2025-06,revenue,6,South,,,2025-01-01
2025-06,revenue,7,,n1,,2025-01-01
2025-06,revenue,8,,CANARY-s1,,2025-01-01
2025-06,revenue,9,,,pn,2025-01-01
2025-06,revenue,10,,,ps,2025-01-01
2025-06,revenue,11,South,n1,,2025-01-01
2025-06,revenue,12,South,CANARY-s1,,2025-01-01
""",
    "receivables": "month,account_id,balance\n2025-06,n1,1\n2025-06,CANARY-s1,2\n2025-06,visitor,3\n2025-07,n1,4\n",
    "opportunities": """\
opportunity_id,created_on,account_id,region
1,2025-06-01,n1,
2,2025-06-01,,North
3,2025-06-01,CANARY-s1,
CANARY-4,2025-06-01,,South
5,2025-06-01,n1,South
6,2025-06-01,,
""",
    "actions": """\
action_id,created_on,title,owner_id,due_on,account_id,region
1,2025-06-01,Call,pn,2025-07-01,n2,
2,2025-06-01,Visit,pn,2025-07-01,,North
3,2025-06-01,CANARY,ps,2025-07-01,CANARY-s2,
4,2025-06-01,CANARY,ps,2025-07-01,,South
""",
    "competitors": "competitor_id,name\nr,Rival\n",
    "competitor_prices": """\
competitor_id,product_id,collected_on,price,unit,basis,tax_included,source,region,account_id
r,p,2025-06-01,1,t,net,no,a,North,
r,p,2025-06-01,2,t,net,no,a,,
r,p,2025-06-01,3,t,net,no,a,,n1
r,p,2025-06-01,4,t,net,no,CANARY,South,
r,p,2025-06-01,5,t,net,no,CANARY,,CANARY-s1
""",
    "competitor_scores": """\
rater_id,rater_kind,competitor_id,attribute,score,rated_on,region
n1,customer,own,price,8,2025-06-01,
seller,sales,own,price,7,2025-06-01,North
CANARY-s1,customer,own,price,6,2025-06-01,
CANARY-s1,customer,r,price,5,2025-06-01,
CANARY-s2,customer,own,price,4,2025-06-01,
CANARY-s2,customer,own,price,3,2025-06-02,South
""",
}


@pytest.fixture(scope="module")
def two_regions(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    root: Path = tmp_path_factory.mktemp("regions")
    toml = "[data]\nup_to = 2025-07-31\n"
    for name, text in TEXTS.items():
        (root / f"{name}.csv").write_text(text, "utf-8")
        toml += f'[tables.{name}]\npath = "{name}.csv"\n'
    (root / "kamreport.toml").write_text(toml, "utf-8")
    return load_settings(root)


@pytest.fixture
def of(two_regions: Settings) -> OpenRegion:
    """Open the book of June of a region."""
    return lambda region: open_book(region, "2025-06", settings=two_regions)


def told(book: Book) -> str:
    """All that a book says: every frame, and what is no frame."""
    rest = (book.region_names, book.regions, book.comparisons, book.snapshots, book.measure)
    return "\n".join([*(f"{name}\n{frame.to_csv()}" for name, frame in frames(book).items()), str(rest)])


# Regions are kept apart.


def test_a_region_never_holds_an_account_that_neither_lives_nor_trades_there(of: OpenRegion) -> None:
    said = told(of("North"))
    assert [line for line in said.splitlines() if CANARY in line] == []
    assert "South" not in "".join(of("North").region_names)
    assert CANARY in told(of("South"))
    assert CANARY in told(of(ALL))


def test_a_region_without_accounts_holds_none(of: OpenRegion) -> None:
    west = of("West")
    said = told(west)
    assert not any(name in said for name in (CANARY, "n1", "North One", "visitor", "Moved"))
    assert len(west.accounts) == len(west.owners) == len(west.ledger) == len(west.orders) == 0
    assert west.region_names["West"].en == "West"


def test_a_region_of_the_demo_holds_no_account_of_another(open_demo: Callable[..., Book]) -> None:
    everyone, here = open_demo(ALL).accounts, open_demo("Central")
    others = everyone[~everyone["account_id"].isin(here.accounts["account_id"])]
    assert len(others) > 250
    cells = {str(value) for frame in frames(here).values() for column in frame for value in frame[column].unique()}
    assert cells & {*others["account_id"], *others["name"]} == set()


def test_a_region_may_have_any_name(make_workspace: Callable[..., Settings]) -> None:
    names = ["O'Hara", ":as_of", "a/b", "NA", "null", "*", '"; --', "东 北", "two\nlines", "x\n; DROP TABLE state; --"]
    rows = [
        line for place, name in enumerate(names) for line in monthly_lines("a", {"2025-06": 2.0**place}, region=name)
    ]
    settings = make_workspace(transactions=rows)
    revenue = {name: open_book(name, "2025-06", settings=settings).ledger["revenue"].sum() for name in names}
    assert revenue == {name: 2.0**place for place, name in enumerate(names)}


def test_owners_of_other_regions_go_by_their_first_account_here(of: OpenRegion) -> None:
    north = of("North").accounts.set_index("account_id")
    # s1 is itself an account of the south, so its accounts here go by their first; the holding is none and is named.
    assert north.loc[["n1", "n2"], "owner_id"].tolist() == ["n1", "n1"]
    assert north.loc["n1", "owner_name"] == "North One"
    assert north.loc[["n3", "visitor"], "owner_id"].tolist() == ["holding", "holding"]
    company = of(ALL).accounts.set_index("account_id")
    assert company.loc[["n1", "n2", "CANARY-s1"], "owner_name"].tolist() == ["CANARY Sun"] * 3


def test_accounts_live_or_trade_here(of: OpenRegion) -> None:
    north = of("North").accounts.set_index("account_id")
    assert north["is_home"].to_dict() == {"moved": False, "n1": True, "n2": True, "n3": True, "visitor": False}
    # The state is the company's; the money of the ledger is the region's own.
    assert north.loc["n1", "revenue_12m"] == 250
    assert of("North").ledger.groupby("account_id")["revenue"].sum().to_dict() == {
        "moved": 70,
        "n1": 220,
        "visitor": 10,
    }


def test_orders_are_those_of_the_accounts_at_home_wherever_they_bought(of: OpenRegion) -> None:
    assert sorted(of("North").orders["order_id"]) == ["o1", "o2", "o3"]
    assert set(of("North").orders["owner_id"]) == {"n1"}


def test_every_row_has_the_owner_of_its_account(open_demo: Callable[..., Book]) -> None:
    book = open_demo("Central")
    owner = dict(zip(book.accounts["account_id"], book.accounts["owner_id"], strict=True))
    for frame in (book.orders, book.ledger, book.product_ledger):
        assert frame["owner_id"].tolist() == [owner[account] for account in frame["account_id"]]
    assert (book.orders["owner_id"] != book.orders["account_id"]).any()  # some are under the control of another


def test_owners_are_counted_once(of: OpenRegion) -> None:
    owners = of("North").owners.set_index("owner_id")
    assert owners["accounts"].to_dict() == {"holding": 2, "moved": 1, "n1": 2}
    assert owners["is_home"].to_dict() == {"holding": True, "moved": False, "n1": True}
    assert owners["tier"].unique().tolist() == ["other"]


# Tables of a region.


@pytest.mark.parametrize(
    ("region", "table", "column", "expected"),
    [
        ("North", "targets", "value", [3, 5, 7, 9]),
        ("South", "targets", "value", [6, 8, 10, 11, 12]),
        ("West", "targets", "value", []),
        (ALL, "targets", "value", [1, 3, 5, 6, 7, 8, 9, 10, 11, 12]),
        ("North", "receivables", "balance", [1]),
        ("South", "receivables", "balance", [2, 3]),
        (ALL, "receivables", "balance", [1, 2, 3]),
        ("North", "opportunities", "opportunity_id", ["1", "2"]),
        ("South", "opportunities", "opportunity_id", ["3", "5", "CANARY-4"]),
        (ALL, "opportunities", "opportunity_id", ["1", "2", "3", "5", "6", "CANARY-4"]),
        ("North", "actions", "action_id", ["1", "2"]),
        ("South", "actions", "action_id", ["3", "4"]),
        ("North", "competitor_prices", "price", [1, 2, 3]),
        ("South", "competitor_prices", "price", [2, 4, 5]),
        ("North", "competitor_scores", "rater_id", ["*0", "*0", "*1", "n1", "seller"]),
        ("South", "competitor_scores", "rater_id", ["*2", "CANARY-s1", "CANARY-s1", "CANARY-s2", "CANARY-s2"]),
        ("North", "people", "person_id", ["pn", "ps"]),
    ],
)
def test_a_region_gets_its_own_rows(
    of: OpenRegion, region: str, table: str, column: str, expected: list[object]
) -> None:
    assert sorted(getattr(of(region), table)[column]) == expected


@pytest.mark.parametrize(
    ("region", "expected"),
    [("North", ["deal n", "case n", "order n"]), ("South", ["deal s", "order s"]), ("West", [])],
)
def test_steps_are_those_of_the_deals_complaints_and_orders_here(
    make_workspace: Callable[..., Settings], region: str, expected: list[str]
) -> None:
    day = "2025-06-01"
    logged = [
        ("opportunity", "n"), ("opportunity", "s"), ("complaint", "n"), ("order", "n"), ("order", "s"),
        ("service", "n"), ("complaint", "deal"), ("order", "elsewhere"),
    ]  # fmt: skip
    names = {"opportunity": "deal", "complaint": "case", "order": "order"}
    settings = make_workspace(
        settings="[data]\nup_to = 2025-06-30",
        transactions=[line for id_, name in (("n", "North"), ("s", "South"), ("w", "West"))
            for line in monthly_lines(id_, {"2025-06": 1.0}, region=name)],
        opportunities=[{"opportunity_id": id_, "created_on": day, "account_id": id_} for id_ in ("n", "s")],
        complaints=[{"case_id": "n", "account_id": "n", "opened_on": day}],
        deliveries=[{"order_id": id_, "account_id": id_, "ordered_on": day, "promised_on": day, "ordered_qty": 1}
            for id_ in ("n", "s")],
        steps=[{"object": kind, "object_id": id_, "step": f"{names.get(kind)} {id_}", "entered_on": day}
            for kind, id_ in logged],
    )  # fmt: skip
    assert sorted(open_book(region, "2025-06", settings=settings).steps["step"]) == sorted(expected)


def test_records_are_used_excluded_or_rejected(of: OpenRegion) -> None:
    book = of("North")
    sources = book.sources.set_index("table_name")
    assert (sources["read"] == sources["used"] + sources["excluded"] + sources["rejected"]).all()
    assert sources.loc["transactions", ["read", "used", "excluded", "copies", "rejected"]].tolist() == [10, 9, 0, 0, 1]
    rejected = book.left_out.iloc[-1]
    assert (rejected["table_name"], rejected["reason"], rejected["lines"]) == ("transactions", "not_a_number", "10")


def test_late_postings_are_those_of_the_region_and_period(make_workspace: Callable[..., Settings]) -> None:
    rows = [
        {"date": day, "account_id": "a", "revenue": revenue, "region": region, "posted_on": posted}
        for day, revenue, region, posted in (
            ("2025-06-20", 1, "N", "2025-07-10"),
            ("2025-06-20", 2, "N", "2025-07-11"),  # ten days after the end of June
            ("2025-06-20", 4, "S", "2025-07-20"),
            ("2025-05-20", 8, "N", "2025-07-20"),
            ("2025-07-20", 16, "N", "2025-07-20"),
        )
    ]
    settings = make_workspace(transactions=rows)
    late = {region: open_book(region, "2025-06", settings=settings).late_postings for region in (ALL, "N", "S")}
    assert {name: frame.iloc[0].tolist() for name, frame in late.items()} == {ALL: [2, 6], "N": [1, 2], "S": [1, 4]}


# What is mapped, and what is not.


def test_a_table_that_is_not_mapped_is_an_empty_frame_with_its_columns(make_workspace: Callable[..., Settings]) -> None:
    lines = monthly_lines("a", {"2025-06": 10.0})
    settings = make_workspace(settings="[data]\nup_to = 2025-06-30", transactions=lines)
    book = open_book("North", "2025-06", settings=settings)
    for table in ("targets", "receivables", "opportunities", "actions", "competitors", "competitor_prices", "people"):
        frame: pd.DataFrame = getattr(book, table)
        assert frame.columns.tolist() == [column.name for column in TABLES[table].columns]
        assert len(frame) == 0
        assert not book.has(table)
    assert book.has("transactions", "region", "revenue")
    assert not book.has("transactions", "region", "cost")
    assert (book.by_margin, book.measure, book.snapshots, book.months) == (False, "revenue", [], 1)


def test_master_tables_without_a_history_are_named(of: OpenRegion) -> None:
    assert of("North").snapshots == ["accounts", "regions", "people", "competitors"]


# Like with like.


def spans(text: str, up_to: str, first: str = "2020-01-01", **company: object) -> dict[str, str]:
    """What a period is compared with where the data end on a day; "5" is the fifth, both ends are days of a span."""
    period = Period.parse(text)
    as_of = min(date.fromisoformat(up_to), period.end)
    settings = Settings(root=Path(), company={"country": company.pop("country", "")}, rules=company)  # type: ignore[arg-type]
    closing = Closing(
        Path(), period, as_of, as_of, as_of == period.end, period.trailing(12), date.fromisoformat(first), False, (), 0
    )
    load = Load(Path(), as_of, True, {}, {}, {}, {}, {}, {}, {}, as_of, {}, ())
    return {
        pair.name: " to ".join(map(str, pair.current)) + " with " + " to ".join(map(str, pair.past))
        for pair in Book(settings, load, closing, ALL).comparisons
    }


def test_a_complete_period_is_compared_with_whole_ones() -> None:
    assert spans("2025-06", "2025-07-01") == {
        "previous": "2025-06-01 to 2025-07-01 with 2025-05-01 to 2025-06-01",
        "year_ago": "2025-06-01 to 2025-07-01 with 2024-06-01 to 2024-07-01",
    }
    assert spans("2025-Q1", "2025-04-01") == {
        "previous": "2025-01-01 to 2025-04-01 with 2024-10-01 to 2025-01-01",
        "year_ago": "2025-01-01 to 2025-04-01 with 2024-01-01 to 2024-04-01",
    }


def test_an_incomplete_period_is_compared_with_as_many_working_days() -> None:
    # Up to Friday 13 June 2025 ten days were worked; the tenth of May was the 14th, that of June 2024 the 14th.
    assert spans("2025-06", "2025-06-14") == {
        "previous": "2025-06-01 to 2025-06-14 with 2025-05-01 to 2025-05-15",
        "year_ago": "2025-06-01 to 2025-06-14 with 2024-06-01 to 2024-06-15",
    }
    # 22 days in April and 7 in May: the 29th of the first quarter was 10 February, that of April 2024 on was 9 May.
    assert spans("2025-Q2", "2025-05-10") == {
        "previous": "2025-04-01 to 2025-05-10 with 2025-01-01 to 2025-02-11",
        "year_ago": "2025-04-01 to 2025-05-10 with 2024-04-01 to 2024-05-10",
    }


def test_a_comparison_never_goes_beyond_the_period_it_is_made_with() -> None:
    # 22 days were worked up to 30 July 2025, and June had only 21.
    assert spans("2025-07", "2025-07-31")["previous"] == "2025-07-01 to 2025-07-31 with 2025-06-01 to 2025-07-01"


def test_statutory_holidays_and_make_up_days_are_counted() -> None:
    # In China 8 October 2024 was the first day worked after the holidays, and 9 October 2025.
    # Up to 10 October 2025 two days were worked, and Saturday 11 October was a make-up day.
    assert spans("2025-10", "2025-10-12", country="CN")["year_ago"] == (
        "2025-10-01 to 2025-10-12 with 2024-10-01 to 2024-10-11"
    )


def test_january_and_february_are_compared_with_last_year_only_together() -> None:
    assert list(spans("2025-01", "2025-02-01", spring_festival=True)) == ["previous"]
    assert spans("2025-02", "2025-03-01", spring_festival=True) == {
        "previous": "2025-02-01 to 2025-03-01 with 2025-01-01 to 2025-02-01",
        "year_ago": "2025-01-01 to 2025-03-01 with 2024-01-01 to 2024-03-01",
    }
    for text in ("2025-03", "2025-Q1", "2025"):
        assert spans(text, "2026-01-01", spring_festival=True) == spans(text, "2026-01-01")


def test_what_begins_before_the_data_is_not_compared_with() -> None:
    assert list(spans("2024", "2025-01-01", "2023-01-01")) == ["previous", "year_ago"]
    assert list(spans("2025-06", "2025-07-01", "2024-07-01")) == ["previous"]
    assert list(spans("2024-07", "2024-08-01", "2024-07-01")) == []


def test_an_incomplete_february_is_counted_from_january_on() -> None:
    # New Year's Day 2025 was 29 January, that of 2024 10 February. Up to 14 February 2025 28 days were worked:
    # 19 in January (with Sunday the 26th) and 9 in February (with Saturday the 8th). In 2024 January had 22 and
    # the 28th was 7 February (with Sunday the 4th). The two spans hold as many working days, not as many of February.
    assert spans("2025-02", "2025-02-15", spring_festival=True, country="CN")["year_ago"] == (
        "2025-01-01 to 2025-02-15 with 2024-01-01 to 2024-02-08"
    )
