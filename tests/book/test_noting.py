"""What a notebook reads of a book is noted, and found changed if and only if what it held has changed."""

import os
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kamreport import inputs
from kamreport.book import closing_tables, engine, loading
from kamreport.book.book import Book
from kamreport.book.contract import TABLES
from kamreport.book.noting import digest
from kamreport.book.opening import changed_inputs, open_book
from kamreport.book.store import Load, load_store
from kamreport.inputs import Input
from kamreport.settings import Settings, load_settings
from tests.book.world import JULY, Rows, closed, known_in_june, opened, write
from tests.conftest import monthly_lines

MakeWorkspace = Callable[..., Settings]

# What a book is asked for, what stands in the settings, and a fact of the print.
NO_INPUTS = {"settings", "region", "period", "rules", "currency", "loaded_on"}
PARTS = {name for name in dir(Book) if not name.startswith("_")} - NO_INPUTS - {"has"}
SHARED = {"company", "reconciliation", "line_kinds", "money", "coverage"}


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    inputs.forget()
    yield
    inputs.forget()


def noted(book: Book, *names: str) -> dict[str, str]:
    """What is noted when a notebook asks a book for these parts; without names for all there are."""
    inputs.forget()
    for name in names or sorted(PARTS):
        getattr(book, name)
    if not names:
        book.has("transactions", "region")
        book.has("targets", "issued_on")
    return inputs.noted()


def changed(settings: Settings, before: dict[str, str]) -> tuple[set[str], set[str]]:
    """Names of changed inputs, those of the region and those of the company."""
    found = [Input.parse(name) for name in changed_inputs(settings, load_store(settings), before)]
    own, shared = ({one.name for one in found if one.scope == scope} for scope in ("region", "company"))
    return own, shared


# What is noted.


def test_everything_that_a_book_tells_is_noted(open_demo: Callable[..., Book]) -> None:
    """Also what is added to it some day: a part that were read without a note would let a stale report stand."""
    book = open_demo("North")
    for name in sorted(PARTS):
        inputs.forget()
        getattr(book, name)
        assert [Input.parse(one).name for one in inputs.noted()] == [name]
    for name in NO_INPUTS:
        inputs.forget()
        getattr(book, name)
        assert inputs.noted() == {}, name
    assert {name for name in Book.__dataclass_fields__ if not name.startswith("_")} == {"settings", "region"}


def test_a_question_is_an_input_by_its_answer(open_demo: Callable[..., Book]) -> None:
    book = open_demo("North", "2025-06")
    assert book.has("transactions", "cost", "quantity")
    assert not book.has("transactions", "posted_on")
    assert inputs.noted() == {
        "company.has transactions.posted_on @ 2025-06 North": digest(False),
        "company.has transactions.cost.quantity @ 2025-06 North": digest(True),
    }


def test_what_is_asked_for_again_is_noted_again_as_it_was_read(open_demo: Callable[..., Book]) -> None:
    """A notebook may change a frame in its hands, and the next one in the same process reads for itself."""
    book = open_demo("North")
    before = noted(book, "targets")
    book.targets["value"] = 0.0
    assert noted(book, "targets") == before


def test_a_book_is_read_and_not_written_to(open_demo: Callable[..., Book]) -> None:
    book = open_demo("North")
    with pytest.raises(AttributeError):
        book.ledger = pd.DataFrame()  # type: ignore[misc]


def test_books_of_other_regions_and_periods_do_not_mix(open_demo: Callable[..., Book]) -> None:
    for region, period in (("North", "2025-06"), ("North", "2025-05"), ("East", "2025-06"), ("all", "2025-Q2")):
        assert len(open_demo(region, period).daily)
    assert list(inputs.noted()) == [
        "region.daily @ 2025-05 North",
        "region.daily @ 2025-06 East",
        "region.daily @ 2025-06 North",
        "region.daily @ 2025-Q2 all",
    ]
    assert len(set(inputs.noted().values())) == 4


def test_which_period_is_the_latest_is_an_input(make_workspace: MakeWorkspace) -> None:
    make: Callable[[str], Settings] = lambda day: make_workspace(  # noqa: E731
        settings=f"[data]\nup_to = {day}", transactions=monthly_lines("a", {"2025-05": 1.0, "2025-06": 1.0})
    )
    settings = make("2025-06-20")
    assert str(open_book("all", settings=settings).period) == "2025-05"
    assert list(before := inputs.noted()) == ["company.latest @  "]
    assert changed_inputs(settings, load_store(settings), before) == []
    settings = make("2025-06-30")
    assert changed_inputs(settings, load_store(settings), before) == ["company.latest @  "]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": [1, 2]}, {"a": [2, 1]}),
        ({"a": [1]}, {"b": [1]}),
        ({"a": [1]}, {"a": [1.0]}),
        ({"a": [1.0]}, {"a": [1.0 + 2**-52]}),
        ({"a": ["x"], "b": ["y"]}, {"b": ["y"], "a": ["x"]}),
        ({"a": ["x"], "b": ["y"]}, {"a": ["y"], "b": ["x"]}),
        ({"a": ["x", None]}, {"a": ["x", ""]}),
        ({"a": [True]}, {"a": [1]}),
        ({"a": []}, {"b": []}),
    ],
)
def test_a_digest_tells_frames_apart(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert digest(pd.DataFrame(one)) != digest(pd.DataFrame(other))
    assert digest(pd.DataFrame(one)) == digest(pd.DataFrame(one))


# What is found changed.


CHANGES: list[tuple[str, dict[str, object], set[str], set[str]]] = [
    (
        "transactions",
        {"revenue": 150},
        {
            "ledger",
            "product_ledger",
            "product_prices",
            "daily",
            "channel_ledger",
            "orders",
            "accounts",
            "owner_quarters",
        },
        SHARED,
    ),
    ("transactions", {"quantity": 7}, {"ledger", "product_ledger", "product_prices"}, {"contradictions"}),
    ("accounts", {"name": "Anna"}, {"accounts", "owners"}, set()),
    ("accounts", {"credit_limit": 7}, {"accounts"}, set()),
    ("products", {"name": "Plough"}, set(), {"products"}),
    ("regions", {"name_en": "Far North"}, {"region_names"}, set()),
    ("people", {"joined_on": date(2019, 1, 1)}, set(), {"people"}),
    ("targets", {"value": 7}, {"targets"}, set()),
    ("receivables", {"balance": 7}, {"receivables"}, {"contradictions"}),
    ("actions", {"title": "Call"}, {"actions"}, set()),
    ("opportunities", {"amount": 7}, {"opportunities"}, set()),
    ("competitors", {"name": "Rival"}, set(), {"competitors"}),
    ("competitor_prices", {"price": 7}, {"competitor_prices"}, set()),
    ("competitor_scores", {"score": 2}, {"competitor_scores"}, set()),
    ("deliveries", {"ordered_qty": 7}, {"deliveries"}, set()),
    ("cost_to_serve", {"amount": 7}, {"cost_to_serve", "deductions"}, {"company"}),
    ("links", {"weight": 7}, {"links"}, set()),
    ("price_list", {"price": 7}, set(), {"price_list", "contradictions"}),
]


def of_june() -> Rows:
    """The firm of June with the tables that are changed below, and no more: each is another second for every test."""
    changed = {table for table, *_ in CHANGES}
    rows = opened(closed(known_in_june(), JULY), JULY)
    return {name: rows[name] for name in rows if name in changed or TABLES[name].level == 1}


@pytest.fixture(scope="module")
def june(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return write(tmp_path_factory.mktemp("noting") / "june", of_june())


@pytest.fixture(scope="module")
def noted_in_june(june: Settings) -> dict[str, dict[str, str]]:
    """What is noted of each region before anything is changed."""
    return {region: noted(open_book(region, "2025-06", settings=june)) for region in ("N", "S")}


@pytest.fixture
def mended(tmp_path: Path) -> Callable[..., Settings]:
    """The firm of June with something changed in the first row of a table, which is the north's."""

    def made(table: str, **cells: object) -> Settings:
        rows = of_june()
        assert rows[table][0].keys() >= cells.keys()
        rows[table][0] |= cells
        return write(tmp_path / "mended", rows)

    return made


@pytest.mark.parametrize(("table", "cells", "own", "shared"), CHANGES)
def test_what_changes_in_one_region_changes_its_own_inputs_and_the_company_s_that_show_it(
    noted_in_june: dict[str, dict[str, str]],
    mended: Callable[..., Settings],
    table: str,
    cells: dict[str, object],
    own: set[str],
    shared: set[str],
) -> None:
    now = mended(table, **cells)
    assert changed(now, noted_in_june["N"]) == (own, shared)
    assert changed(now, noted_in_june["S"]) == (set(), shared)


@pytest.mark.parametrize("region", ["all", "N", "S"])
def test_what_comes_later_and_the_order_of_rows_change_no_input_of_june(
    firms: dict[str, Settings], region: str
) -> None:
    before = noted(open_book(region, "2025-06", settings=firms["june"]))
    assert len(before) == len(PARTS) + 2
    for settings in (firms["july"], firms["turned"]):
        assert changed_inputs(settings, load_store(settings), before) == []
        # And the book of July is another one, or nothing could have been found.
        after = noted(open_book(region, "2025-07", settings=settings))
        assert {name.replace("2025-07", "2025-06") for name in after} == set(before)
        assert sum(after[name.replace("2025-06", "2025-07")] != before[name] for name in before) >= 15


def test_a_file_that_was_only_touched_changes_nothing(june: Settings) -> None:
    load = load_store(june)
    os.utime(june.root / "transactions.csv", (1, 1))
    assert load_store(load_settings(june.root)) == load


def test_what_is_not_there_any_more_has_changed(june: Settings) -> None:
    load = load_store(june)
    before = noted(open_book("N", "2025-06", settings=june), "ledger")
    (name,) = before
    assert changed_inputs(june, load, before) == []
    gone = [
        name.replace(" N", " West"),  # a region
        name.replace("2025-06", "2031-06"),  # a period
        name.replace("ledger", "complaints"),  # a part
        name.replace("ledger", "settings"),  # what is no part
        name.replace("ledger", "_load"),
    ]
    assert changed_inputs(june, load, dict.fromkeys([*gone, name], before[name])) == gone


def test_only_what_was_noted_is_read_again(june: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    before = noted(open_book("N", "2025-06", settings=june), "daily", "as_of")
    read: list[str] = []
    monkeypatch.setattr(Book, "_read", lambda book, query: read.append(query))
    assert changed_inputs(june, load_store(june), before) == ["region.daily @ 2025-06 N"]
    assert len(read) == 1


def test_what_a_column_holds_later_is_not_there_before(make_workspace: MakeWorkspace) -> None:
    lines = monthly_lines("a", {"2025-06": 1.0})
    later = monthly_lines("a", {"2025-07": 1.0}, cost=0.5)
    settings = make_workspace(settings="[data]\nup_to = 2025-07-31", transactions=lines + later)
    assert [
        open_book("all", period, settings=settings).has("transactions", "cost") for period in ("2025-06", "2025-07")
    ] == [
        False,
        True,
    ]


def test_the_day_up_to_which_the_data_are_known_is_that_of_the_period(make_workspace: MakeWorkspace) -> None:
    lines = monthly_lines("a", {"2025-05": 1.0, "2025-06": 1.0, "2025-07": 1.0})
    days = {}
    for declared in ("", "[data]\nup_to = 2025-07-20"):
        settings = make_workspace(settings=declared, transactions=lines)
        days[declared] = [open_book("all", period, settings=settings).up_to for period in ("2025-06", "2025-07")]
    # Where no day of the export is declared the last line says it, in June as if July were not yet there.
    assert list(days.values()) == [
        [date(2025, 6, 10), date(2025, 7, 10)],
        [date(2025, 6, 30), date(2025, 7, 20)],
    ]


@pytest.mark.slow
def test_the_number_of_threads_changes_no_input(
    demo_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").symlink_to(demo_root / "data")
    (tmp_path / "kamreport.toml").write_text((demo_root / "kamreport.toml").read_text("utf-8"), "utf-8")
    settings = load_settings(tmp_path)

    def loaded(threads: int) -> Load:
        for module in (loading, closing_tables):
            monkeypatch.setattr(module, "connect", partial(engine.connect, threads=threads))
        return load_store(settings)

    load = loaded(1)
    before = noted(open_book("all", "2025-06", settings=settings))
    before |= noted(open_book("North", "2025-06", settings=settings))
    (load.folder / "load.json").unlink()  # so that it is made again, and its closings with it
    assert changed_inputs(settings, loaded(8), before) == []
