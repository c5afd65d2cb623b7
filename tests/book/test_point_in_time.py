"""A book for June is the same whether it is printed in July or a year later."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kamreport.book.book import Book
from kamreport.book.opening import open_book
from kamreport.settings import Settings
from tests.book.conftest import frames
from tests.book.world import JULY, REGIONS, write


def same(left: dict[str, pd.DataFrame], right: dict[str, pd.DataFrame]) -> None:
    """Assert that two books hold the same, to the last digit and with what they say of their records."""
    assert left.keys() == right.keys()
    for name in left:
        pd.testing.assert_frame_equal(left[name], right[name], check_exact=True, obj=name)


@pytest.mark.parametrize("region", ["all", *REGIONS])
def test_nothing_that_came_later_changes_the_book_of_june(firms: dict[str, Settings], region: str) -> None:
    seen = open_book(region, "2025-06", settings=firms["june"])
    same(frames(seen), frames(open_book(region, "2025-06", settings=firms["july"])))
    # The day itself is named, so that a book of nothing would not pass.
    assert seen.as_of == JULY
    assert len(seen.ledger) > 0


@pytest.mark.parametrize("region", ["all", "N"])
def test_the_order_of_the_rows_changes_nothing(firms: dict[str, Settings], region: str) -> None:
    one, other = (frames(open_book(region, "2025-07", settings=firms[name])) for name in ("july", "turned"))
    # But for the place of a record that is not used, which is told.
    assert (one["left_out"].pop("lines").tolist(), other["left_out"].pop("lines").tolist()) == (["6"], ["2"])
    same(one, other)


def test_the_book_of_july_holds_all_of_it(firms: dict[str, Settings]) -> None:
    """Otherwise the tests above could not fail."""
    before, after = (frames(open_book("all", period, settings=firms["july"])) for period in ("2025-06", "2025-07"))
    unchanged = {name for name in before if before[name].equals(after[name])}
    assert unchanged == {"products", "competitors", "benchmarks", "late_postings", "suspicions"}
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
    lines: list[dict[str, object]], mixed: object, tmp_path_factory: pytest.TempPathFactory
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
        same(*(frames(open_book(region, "2025-Q2", settings=known)) for known in (now, later)))
    books = {name: open_book(name, "2025-07", settings=later) for name in ("all", "N", "S", "(unassigned)")}
    exact = {name: sum(cents(value) for value in book.ledger["revenue"]) for name, book in books.items()}
    assert exact["all"] == sum(line["revenue"] for line in lines)  # type: ignore[misc]
    assert exact["all"] == exact["N"] + exact["S"] + exact["(unassigned)"]


def cents(value: float) -> Decimal:
    return Decimal(f"{value:.4f}")


def test_the_regions_of_the_demo_sum_to_the_company_and_to_the_input(open_demo: Callable[..., Book]) -> None:
    company = open_demo()
    assert company.as_of == company.up_to + timedelta(days=1)
    total = sum(cents(value) for value in company.ledger["revenue"])
    parts = {region: open_demo(region) for region in company.regions}
    regions = {name: sum(cents(value) for value in book.ledger["revenue"]) for name, book in parts.items()}
    assert total == sum(regions.values()) == Decimal(company.money["used"])
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
