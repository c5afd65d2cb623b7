import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kamreport.analysis.discounts import break_even_volume, discount_review, list_price_erosion
from kamreport.results import DiscountReview
from kamreport.settings import Rules
from tests.analysis.frames import WINDOW, owners_frame

MONTHS = pd.date_range("2023-07-01", periods=24, freq="MS")
# The month-to-month scatter of a discount, a tenth of a point either way.
SCATTER = np.tile([0.001, -0.001], 12)


def deepened(
    *, step: float = 0.05, since: int = 15, volume: float = 1.0, rate: float = 0.2, lines: int = 9, ids: str = "a"
) -> pd.DataFrame:
    """Two years at 5 % off list; since a month the discount is deeper and the volume another."""
    late = np.arange(24) >= since
    listed = 1000.0 * np.where(late, volume, 1.0)
    paid = listed * (0.95 - np.where(late, step, 0.0) + SCATTER)
    frame = pd.DataFrame({"month": MONTHS, "list_amount": listed, "listed_revenue": paid, "lines": lines})
    frame["cost"], frame["costed_revenue"] = listed * 0.95 * (1 - rate), paid
    return pd.concat([frame.assign(owner_id=one) for one in ids], ignore_index=True)


def review(ledger: pd.DataFrame, **rules: float) -> DiscountReview:
    owners = owners_frame(*sorted(set(ledger["owner_id"])))
    return discount_review(ledger, owners, window=WINDOW, rules=Rules(**rules))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cut", "margin", "needed"),
    [
        # Nagle and Holden (1995), The Strategy and Tactics of Pricing, ch. 3: a 5 % cut of $10 at a contribution margin
        # of $4.50 takes -(-0.50) / (4.50 - 0.50) = 12.5 %.
        (0.05, 0.45, 0.125),
        # The usual table of break-even sales changes: cut 10 % at a margin of 30 %: 50 %; at 20 %: 100 %.
        (0.10, 0.30, 0.5), (0.10, 0.20, 1.0),
        (0.10, 0.10, float("inf")), (0.20, 0.10, float("inf")),
    ],
)  # fmt: skip
def test_the_break_even_increase_of_published_tables(cut: float, margin: float, needed: float) -> None:
    assert break_even_volume(cut, margin) == pytest.approx(needed)


@given(st.floats(0.01, 0.3), st.floats(0.31, 0.9), st.floats(1, 1e6))
def test_at_the_break_even_increase_the_margin_is_what_it_was(cut: float, margin: float, revenue: float) -> None:
    grown = 1 + break_even_volume(cut, margin)
    assert grown * revenue * (margin - cut) == pytest.approx(revenue * margin)


def test_a_deeper_discount_without_volume_loses_what_it_gives_away() -> None:
    # October to June: nine months of 1000 at list; 5 points of them given away, 450 in all. The price fell by
    # 0.05 / 0.95 = 5.26 % at a margin of 20 %: 5.26 / (20 - 5.26) = 35.7 % more is needed.
    row = review(deepened()).losing.iloc[0]
    assert (str(row["since"].date()), row["months"], row["lines"]) == ("2024-10-01", 9, 81)
    assert (row["discount_before"], row["discount_after"]) == (
        pytest.approx(0.05, abs=2e-3),
        pytest.approx(0.1, abs=2e-3),
    )
    assert row["needed"] == pytest.approx(0.357, abs=0.02)
    assert (row["actual"], row["given"], row["loss"]) == (0.0, pytest.approx(450, abs=5), pytest.approx(450, abs=5))


def test_volume_beyond_the_needed_pays() -> None:
    row = review(deepened(volume=1.6)).frame.iloc[0]
    assert row["verdict"] == "pays"
    # 600 more a month at 95 % of list and 20 % margin, against 80 given away: 9 x (80 - 114).
    assert row["loss"] == pytest.approx(9 * (80 - 114), abs=30)


def test_with_few_lines_it_is_too_few_to_say() -> None:
    found = review(deepened(lines=2))
    assert found.frame["verdict"].tolist() == ["few"]
    assert len(found.losing) == 0


def test_volume_that_swings_is_left_open() -> None:
    ledger = deepened(volume=1.3)
    swing = np.where(np.arange(24) % 3 == 0, 2.5, 0.25)
    for name in ("list_amount", "listed_revenue", "cost", "costed_revenue"):
        ledger[name] *= np.where(np.arange(24) >= 15, swing, 1.0)
    assert review(ledger).frame["verdict"].tolist() == ["open"]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"step": 0.02}, 0),  # less than three points
        ({"step": -0.05}, 0),  # a smaller discount
        ({"since": 20}, 1),  # four months are the least
        ({"since": 22}, 0),  # spread over four months it is two and a half points
        ({"since": 12}, 1),  # the first month of the window
        ({"since": 6}, 0),  # before the window: last year's matter
    ],
)
def test_what_counts_as_deepened(change: dict[str, float], found: int) -> None:
    assert len(review(deepened(**change)).frame) == found  # type: ignore[arg-type]


def test_a_discount_that_always_swings_has_not_deepened() -> None:
    ledger = deepened(step=0.0)
    swing = np.random.default_rng(3).normal(0, 0.06, 24)
    ledger["listed_revenue"] -= ledger["list_amount"] * swing
    assert len(review(ledger).frame) == 0


def test_chance_deepens_no_discount_among_many() -> None:
    # Three hundred owners whose discounts scatter by two points a month.
    random = np.random.default_rng(1)
    ids = [f"o{n:03d}" for n in range(300)]
    ledger = pd.concat([deepened(step=0.0).assign(owner_id=one) for one in ids], ignore_index=True)
    ledger["listed_revenue"] -= ledger["list_amount"] * random.normal(0, 0.02, len(ledger))
    found = review(ledger)
    assert found.judged == 300
    assert len(found.frame) <= 3


def test_an_owner_elsewhere_a_pool_and_one_without_list_prices_are_not_judged() -> None:
    ledger = deepened(ids="abc")
    owners = owners_frame("a", "b", "c", is_home=[False, True, True], type=["customer", "pool", "customer"])
    ledger.loc[ledger["owner_id"] == "c", ["list_amount", "listed_revenue"]] = 0.0
    found = discount_review(ledger, owners, window=WINDOW)
    assert (found.judged, len(found.frame)) == (0, 0)


def test_nobody_bought() -> None:
    assert review(deepened().head(0)).judged == 0


def prices_frame(*rows: tuple[str, str, float, float, float]) -> pd.DataFrame:
    """Rows of (product, month, quantity, list price, net price)."""
    frame = pd.DataFrame(list(rows), columns=["product_id", "month", "quantity", "list", "net"])
    frame["month"], frame["unit"] = pd.to_datetime(frame["month"]), "t"
    return frame.assign(
        list_amount=frame["quantity"] * frame["list"], revenue=frame["quantity"] * frame["net"],
        listed_quantity=frame["quantity"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("list_now", "net_now", "eroded"),
    [(110, 90, True), (110, 94.4, True), (110, 94.6, False), (102, 90, False), (110, 99, False), (110, 80, True)],
)
def test_a_list_price_has_eroded_if_less_than_half_of_its_rise_is_paid(
    list_now: float, net_now: float, eroded: bool
) -> None:
    # 10 % up in the list from 100: half of it is 4.5 on a net price of 90.
    found = list_price_erosion(
        prices_frame(("p", "2022-09-01", 10, 100, 90), ("p", "2025-01-01", 10, list_now, net_now)), window=WINDOW
    )
    assert len(found.eroded) == eroded
    assert found.products == 1
    if eroded:
        # Ten units at 90 would have brought 10 % more.
        assert found.eroded["lost"].iloc[0] == pytest.approx(90 + 10 * (90 - net_now))


def test_prices_are_compared_with_the_year_before_last_else_with_last_year() -> None:
    old = [("p", "2022-09-01", 10, 100, 90), ("p", "2023-09-01", 10, 110, 90), ("p", "2025-01-01", 10, 110, 90)]
    assert len(list_price_erosion(prices_frame(*old), window=WINDOW).eroded) == 1
    assert len(list_price_erosion(prices_frame(*old[1:]), window=WINDOW).eroded) == 0


def test_a_product_without_list_prices_or_new_to_the_list_is_not_compared() -> None:
    frame = prices_frame(
        ("p", "2022-09-01", 10, 100, 90), ("p", "2025-01-01", 10, 120, 90), ("q", "2025-01-01", 1, 1, 1)
    )
    frame.loc[0, ["listed_quantity", "list_amount"]] = [0.0, 0.0]
    assert list_price_erosion(frame, window=WINDOW).products == 0
