"""White space: which cells are empty, what they are worth, and whose are not looked at."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.analysis.white_space import white_space
from kamreport.results import WhiteSpace
from tests.analysis.frames import WINDOW, orders_frame, owners_frame

PRODUCTS = pd.DataFrame({"family": ["F", "G", "H", "Freight"], "is_product": [True, None, True, False]})


def sold_frame(*rows: tuple[str, str, float, float]) -> pd.DataFrame:
    """Rows of (owner, family, revenue, cost), all in June."""
    frame = pd.DataFrame(rows, columns=["owner_id", "family", "revenue", "cost"])
    frame = frame.astype({"owner_id": "str", "family": "str", "revenue": float, "cost": float})
    return frame.assign(costed_revenue=frame["revenue"], month=pd.Timestamp("2025-06-01"))


def peers_frame(*rows: tuple[str, int, int, float, float], segment: str = "dealer") -> pd.DataFrame:
    """Rows of (family, accounts, buyers, median revenue, median margin)."""
    frame = pd.DataFrame(rows, columns=["family", "accounts", "buyers", "revenue", "margin"])
    return frame.assign(segment=segment)


def found(
    sold: pd.DataFrame,
    peers: pd.DataFrame,
    owners: pd.DataFrame | None = None,
    orders: pd.DataFrame | None = None,
    **more: Any,
) -> WhiteSpace:
    buyers = sorted(set(sold["owner_id"]))
    owners = owners_frame(*buyers) if owners is None else owners
    if orders is None:
        rows = sold.assign(order_date=pd.Timestamp("2025-06-05"), date=pd.Timestamp("2025-06-05"))
        orders = rows[["owner_id", "family", "order_date", "date"]]
    settings = {"gone": frozenset[str](), "by_margin": True} | more
    return white_space(sold, orders, owners, peers, PRODUCTS, window=WINDOW, **settings)


SOLD = sold_frame(("a", "F", 100.0, 60.0))
PEERS = peers_frame(("F", 21, 20, 90.0, 30.0), ("G", 21, 10, 50.0, 20.0))


def test_a_cell_is_worth_the_part_of_the_peers_that_buy_times_what_a_buyer_brings() -> None:
    row = found(SOLD, PEERS).frame.iloc[0]
    # Ten of the twenty others buy G; their median margin is 20.
    assert (row["family"], row["buyers"], row["peers"], row["penetration"]) == ("G", 10, 20, 0.5)
    assert (row["typical"], row["amount"]) == (20.0, 10.0)
    assert found(SOLD, PEERS, by_margin=False).frame["amount"].tolist() == [25.0]


def test_a_small_account_is_not_expected_to_buy_like_a_large_one() -> None:
    # It earns us 8 with F and 4 with H: 6 per family, less than the median buyer's 20.
    small = sold_frame(("a", "F", 20.0, 12.0), ("a", "H", 10.0, 6.0))
    row = found(small, PEERS).frame.iloc[0]
    assert (row["typical"], row["amount"]) == (6.0, 3.0)


def test_an_account_without_margin_has_no_white_space_worth_naming() -> None:
    assert not len(found(sold_frame(("a", "F", 100.0, 130.0)), PEERS).frame)


@pytest.mark.parametrize("buyers", [9, 10])
def test_with_fewer_than_ten_buyers_it_is_too_few_to_say(buyers: int) -> None:
    made = found(SOLD, peers_frame(("F", 21, 20, 90.0, 30.0), ("G", 21, buyers, 50.0, 20.0)))
    assert (len(made.frame), made.unsaid) == ((0, 1) if buyers < 10 else (1, 0))


def test_what_was_ordered_in_24_months_is_no_white_space_whoever_booked_it() -> None:
    bought = {"a": ["2023-07-01"]}
    everywhere = pd.concat([orders_frame({"a": ["2025-06-05"]}), orders_frame(bought, family="G")])
    assert not len(found(SOLD, PEERS, orders=everywhere).frame)  # a dropped family, or bought from another region
    longer_ago = pd.concat([orders_frame({"a": ["2025-06-05"]}), orders_frame({"a": ["2023-06-30"]}, family="G")])
    assert found(SOLD, PEERS, orders=longer_ago).frame["family"].tolist() == ["G"]


@pytest.mark.parametrize(
    "columns", [{"type": "pool"}, {"is_home": False}, {"moved_in": True}, {"moved_out": True}, {"segment": "farm"}]
)
def test_pools_strangers_and_the_moved_are_not_judged_and_other_segments_are_no_peers(columns: dict[str, Any]) -> None:
    assert not len(found(SOLD, PEERS, owners_frame("a", **columns)).frame)


def test_the_lost_are_not_judged() -> None:
    made = found(SOLD, PEERS, gone=frozenset({"a"}))
    assert (len(made.frame), made.judged) == (0, 0)


def test_services_are_no_families_and_who_bought_nothing_in_the_window_is_not_judged() -> None:
    peers = peers_frame(("Freight", 21, 20, 50.0, 20.0))
    assert not len(found(SOLD, peers).frame)
    old = SOLD.assign(month=pd.Timestamp("2024-06-01"))
    assert found(old, PEERS).judged == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("FGH"), st.floats(0, 1e6)), max_size=30))
def test_no_cell_is_worth_more_than_a_buyer_brings_and_the_total_is_their_sum(
    rows: list[tuple[int, str, float]],
) -> None:
    sold = sold_frame(*((f"o{number}", family, revenue, revenue / 2) for number, family, revenue in rows))
    peers = peers_frame(*((family, 30, 12, 50.0, 20.0) for family in "FGH"))
    made = found(sold, peers)
    assert (made.frame["amount"] <= 20 * 12 / 29 + 1e-9).all()
    assert made.total == pytest.approx(made.frame["amount"].sum())
    pairs = set(zip(made.frame["owner_id"], made.frame["family"], strict=True))
    assert len(pairs) == len(made.frame)
    assert not pairs & set(zip(sold["owner_id"], sold["family"], strict=True))
