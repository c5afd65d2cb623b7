import math
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.analysis.prices import (
    fisher,
    jevons,
    laspeyres,
    own_prices,
    paasche,
    price_index,
    prices_in_force,
    tornqvist,
)
from kamreport.period import Period
from kamreport.results import PriceIndex
from tests.analysis.frames import AS_OF, NAN, WINDOW, seen, sold

JUNE, MARCH = "2025-06-10", "2025-03-10"  # in force on 1 July, and on 2 April


def series(*values: float) -> pd.Series:
    return pd.Series(values, dtype=float)


# The formulas

# Prices and quantities of six goods in five periods: IMF (2004), Producer Price Index Manual, tables 19.1 and 19.2.
PRICES = [
    (1, 1, 1, 1, 1, 1),
    (1.2, 3, 1.3, 0.7, 1.4, 0.8),
    (1, 1, 1.5, 0.5, 1.7, 0.6),
    (0.8, 0.5, 1.6, 0.3, 1.9, 0.4),
    (1, 1, 1.6, 0.1, 2, 0.2),
]
QUANTITIES = [
    (1, 1, 2, 1, 4.5, 0.5),
    (0.8, 0.9, 1.9, 1.3, 4.7, 0.6),
    (1, 1.1, 1.8, 3, 5, 0.8),
    (1.2, 1.2, 1.9, 6, 5.6, 1.3),
    (0.9, 1.2, 2, 12, 6.5, 2.5),
]


@pytest.mark.parametrize(
    ("period", "published"),
    [
        # Laspeyres, Paasche, Fisher, Tornqvist of the same tables, as printed: three digits of the first.
        (1, (1.420, 1.3824, 1.4011, 1.4052)),
        (2, (1.345, 1.2031, 1.2721, 1.2890)),
        (3, (1.355, 1.0209, 1.1762, 1.2268)),
        (4, (1.440, 0.7968, 1.0712, 1.2477)),
    ],
)
def test_the_indices_as_published(period: int, published: tuple[float, ...]) -> None:
    now, base, quantities, then = (
        series(*one) for one in (PRICES[period], PRICES[0], QUANTITIES[period], QUANTITIES[0])
    )
    assert round(laspeyres(now, base, then), 3) == published[0]
    assert round(paasche(now, base, quantities), 4) == published[1]
    assert round(fisher(now, base, quantities, then), 4) == published[2]
    assert round(tornqvist(now, base, quantities, then), 4) == published[3]


@pytest.mark.parametrize(
    ("now", "product"),
    [((6, 7, 3, 5), 1.5), ((7, 6, 4, 5), 2), ((6, 7, 5, 4), 2), ((6, 7, 2, 5), 1), ((6.6, 7.7, 2.2, 5.5), 1.1**4)],
)
def test_jevons_worked_by_hand(now: tuple[float, ...], product: float) -> None:
    # The fourth root of the product of four ratios, as 7/6 x 6/7 x 4/2 x 5/5 = 2.
    assert jevons(series(*now), series(6, 7, 2, 5)) == pytest.approx(product ** (1 / 4))


def test_without_items_there_is_no_index() -> None:
    assert math.isnan(jevons(series(), series()))
    assert math.isnan(paasche(series(), series(), series()))
    assert math.isnan(paasche(series(2.0), series(1.0), series(0.0)))
    assert math.isnan(fisher(series(), series(), series(), series()))


PRICE = st.integers(1, 10**6).map(lambda cents: cents / 100)
ITEMS = st.lists(st.tuples(PRICE, PRICE, PRICE), min_size=1, max_size=8)
FACTOR = st.floats(0.01, 100)


@given(ITEMS, FACTOR)
@settings(max_examples=60, deadline=None)
def test_the_axioms_of_an_index(items: list[tuple[float, float, float]], k: float) -> None:
    ours, theirs, quantities = (series(*column) for column in zip(*items, strict=True))
    one = pytest.approx(1.0)
    assert (jevons(ours, ours), paasche(ours, ours, quantities)) == (one, one)  # identity
    others = quantities.iloc[::-1].reset_index(drop=True)
    for index in (
        jevons,
        lambda ours, theirs: paasche(ours, theirs, quantities),
        lambda ours, theirs: laspeyres(ours, theirs, others),
        lambda ours, theirs: fisher(ours, theirs, quantities, others),
        lambda ours, theirs: tornqvist(ours, theirs, quantities, others),
    ):
        assert index(k * ours, theirs) == pytest.approx(k * index(ours, theirs))  # proportionality
        assert index(ours, k * theirs) == pytest.approx(index(ours, theirs) / k)
        ratios = ours / theirs
        assert ratios.min() * 0.999999 <= index(ours, theirs) <= ratios.max() * 1.000001  # mean value
    assert jevons(theirs, ours) == pytest.approx(1 / jevons(ours, theirs))  # time reversal
    # Reversed in time, with the baskets: the two that know both.
    for both in (fisher, tornqvist):
        assert both(theirs, ours, others, quantities) == pytest.approx(1 / both(ours, theirs, quantities, others))
    # Another unit of the first item: its prices times k, its quantity over k.
    unit = series(k, *[1.0] * (len(items) - 1))
    assert jevons(ours * unit, theirs * unit) == pytest.approx(jevons(ours, theirs))
    assert paasche(ours * unit, theirs * unit, quantities / unit) == pytest.approx(paasche(ours, theirs, quantities))


# Our own prices


def test_our_price_is_what_a_unit_brought_in_the_span() -> None:
    # 300 / 40 = 7.5 net; at list (100 + 220) / 40 = 8.
    frame = sold(
        ("a", "2025-05-01", 10, 90.0, "North", 100.0),
        ("a", "2025-06-01", 30, 210.0, "South", 220.0),
        ("a", "2025-07-01", 99, 1.0, "North", 1.0),  # after the span
        ("a", "2025-04-01", 99, 1.0, "North", 1.0),  # before it
    )
    found = own_prices(frame, span=Period.parse("2025-05..2025-06"))
    columns = ["product_id", "unit", "quantity", "revenue", "net_price", "list_price"]
    assert found[columns].values.tolist() == [["a", "t", 40, 300, 7.5, 8.0]]


def test_the_list_price_is_over_the_lines_that_have_one_and_nan_where_none_has() -> None:
    frame = sold(
        ("a", "2025-05-01", 10, 90.0, "North", 100.0),
        ("a", "2025-06-01", 90, 810.0),
        ("b", "2025-06-01", 1, 5.0),
    )
    found = own_prices(frame, span=WINDOW).set_index("product_id")["list_price"]
    assert found["a"] == 10
    assert math.isnan(found["b"])


def test_a_product_sold_in_two_units_has_two_prices_and_one_sold_on_balance_nowhere_has_none() -> None:
    frame = sold(
        ("a", "2025-06-01", 2, 10.0, "North", NAN, "t"),
        ("a", "2025-06-01", 50, 10.0, "North", NAN, "bag"),
        ("b", "2025-06-01", 0, 0.0),
    )
    found = own_prices(frame, span=WINDOW)
    assert found[["product_id", "unit", "net_price"]].values.tolist() == [["a", "bag", 0.2], ["a", "t", 5.0]]


# The rivals' prices in force


@pytest.mark.parametrize(
    ("day", "in_force"),
    [("2025-07-01", False), ("2025-06-30", True), ("2025-04-02", True), ("2025-04-01", False)],
)
def test_a_price_is_in_force_for_ninety_days(day: str, in_force: bool) -> None:
    assert len(prices_in_force(seen(("x", "a", day, 5.0)), as_of=AS_OF)) == in_force


def test_the_newest_price_of_each_rival_product_and_region_is_in_force() -> None:
    frame = seen(
        ("x", "a", "2025-06-01", 5.0),
        ("x", "a", "2025-05-01", 4.0),
        ("x", "a", "2025-04-20", 9.0, "South"),
        ("x", "a", "2025-04-10", 8.0, None),
        ("y", "a", "2025-04-05", 7.0),
    )
    found = prices_in_force(frame, as_of=AS_OF)
    assert sorted(zip(found["competitor_id"], found["unit_price"], found["here"], strict=True)) == [
        ("x", 5.0, True), ("x", 8.0, False), ("x", 9.0, True), ("y", 7.0, True),
    ]  # fmt: skip


def test_of_two_prices_of_one_day_the_higher_counts() -> None:
    rows = [("x", "a", JUNE, 4.0), ("x", "a", JUNE, 6.0), ("x", "a", JUNE, 5.0)]
    assert prices_in_force(seen(*rows), as_of=AS_OF)["unit_price"].tolist() == [6.0]


def test_a_price_is_per_unit_of_ours_and_nothing_where_that_cannot_be() -> None:
    # A pallet of 40 at 200 is 5 each. No factor, nothing asked and a factor of nothing say nothing of a price.
    frame = seen(*((f"x{number}", "a", JUNE, price) for number, price in enumerate((200.0, 5.0, 0.0, 5.0))))
    found = prices_in_force(frame.assign(factor=[40.0, NAN, NAN, 0.0]), as_of=AS_OF)
    assert found["unit_price"].tolist() == [5.0, 5.0]


def test_prices_with_tax_are_left_out() -> None:
    frame = seen(("x", "a", JUNE, 5.0), ("y", "a", JUNE, 5.0)).assign(tax_included=[True, False])
    assert prices_in_force(frame, as_of=AS_OF)["competitor_id"].tolist() == ["y"]


# The index


def index(product_prices: pd.DataFrame, prices: pd.DataFrame) -> PriceIndex:
    return price_index(product_prices, prices, window=WINDOW, as_of=AS_OF)


def test_the_level_of_a_rival_worked_by_hand() -> None:
    # We ask 10 and 20 for 6 and 2 pieces: 60 + 40. At his 8 and 30 they cost 48 + 60 = 108, the level is 108.
    # Jevons: sqrt(.8 x 1.5) = sqrt(1.2). Product c has no price of his: 100 of 200 are covered.
    found = index(
        sold(("a", "2025-06-01", 6, 60.0), ("b", "2025-05-01", 2, 40.0), ("c", "2025-04-01", 1, 100.0)),
        seen(("x", "a", JUNE, 8.0), ("x", "b", "2025-05-02", 30.0), ("x", "d", JUNE, 1.0)),
    )
    row = found.frame.iloc[0]
    assert (row["level"], row["jevons_level"]) == (pytest.approx(108), pytest.approx(100 * math.sqrt(1.2)))
    assert (row["items"], row["coverage"], row["oldest"]) == (2, 0.5, pd.Timestamp("2025-05-02"))
    assert str(found.span) == "2025-Q2"


def test_the_cheapest_rival_comes_first_and_what_was_left_out_is_counted() -> None:
    prices = seen(
        ("dear", "a", JUNE, 11.0),
        ("cheap", "a", JUNE, 9.0),
        ("old", "a", "2025-04-01", 1.0),
        ("taxed", "a", JUNE, 1.0),
        ("later", "a", "2025-07-01", 1.0),
    )
    prices["tax_included"] = prices["competitor_id"] == "taxed"
    found = index(sold(("a", "2025-06-01", 1, 10.0)), prices)
    assert found.frame[["competitor_id", "level"]].values.tolist() == [["cheap", 90.0], ["dear", 110.0]]
    assert (found.with_tax, found.too_old) == (1, 1)


def test_too_old_is_a_match_whose_newest_price_is() -> None:
    ours = sold(("a", "2025-06-01", 1, 10.0), ("b", "2025-06-01", 1, 10.0))
    prices = seen(
        ("x", "a", "2025-01-01", 9.0), ("x", "a", "2025-02-01", 9.0), ("x", "a", JUNE, 9.0),  # superseded
        ("x", "b", "2025-01-01", 9.0), ("x", "b", "2025-02-01", 9.0),  # one match, twice seen
        ("y", "b", "2025-02-01", 9.0, None),  # for everywhere
        ("y", "b", "2025-02-01", 9.0, "South"), ("x", "z", "2025-02-01", 9.0),  # never sold by us
    )  # fmt: skip
    assert index(ours, prices).too_old == 2
    both = pd.concat([ours, ours.assign(region="East")])
    assert index(both, prices).too_old == 2  # one price for everywhere, however many of our regions


def test_only_like_is_compared_with_like() -> None:
    # List with list: 12 against our 15, and not against our net 10. Another unit, or no list price of ours: nothing.
    ours = sold(("a", "2025-06-01", 1, 10.0, "North", 15.0), ("b", "2025-06-01", 1, 10.0))
    prices = seen(("x", "a", JUNE, 12.0), ("y", "b", JUNE, 12.0), ("z", "a", JUNE, 12.0))
    prices["basis"], prices["unit"] = ["list", "list", "quote"], ["t", "t", "bag"]
    found = index(ours, prices).frame
    assert found[["competitor_id", "level"]].values.tolist() == [["x", 80.0]]


def test_a_regions_own_price_goes_before_one_for_everywhere() -> None:
    # In the North he asks 8 and everywhere 12: 10 x 8 + 10 x 12 against our 200. No price of his is of the West alone.
    ours = sold(("a", "2025-06-01", 10, 100.0), ("a", "2025-06-01", 10, 100.0, "South"))
    prices = seen(("x", "a", "2025-05-01", 8.0), ("x", "a", JUNE, 12.0, None), ("x", "a", JUNE, 1.0, "West"))
    assert index(ours, prices).frame[["level", "coverage", "items"]].values.tolist() == [[100.0, 1.0, 1]]


def test_without_matches_no_rival_has_a_level() -> None:
    nothing = index(sold(("a", "2025-06-01", 1, 10.0)), seen(("x", "b", JUNE, 1.0)))
    assert len(nothing.frame) == 0
    assert len(index(sold(), seen()).frame) == 0
    assert len(index(sold(), seen(("x", "a", JUNE, 1.0))).frame) == 0


@given(ITEMS, st.floats(0.1, 10))
@settings(max_examples=20, deadline=None)
def test_a_rival_who_asks_so_many_times_our_prices_stands_at_so_many_hundreds(
    items: list[tuple[float, float, float]], k: float
) -> None:
    ours = sold(*((f"p{n}", "2025-06-01", q, p * q) for n, (p, q, _) in enumerate(items)))
    prices = seen(*(("x", f"p{n}", JUNE, k * p) for n, (p, _, _) in enumerate(items)))
    row = index(ours, prices).frame.iloc[0]
    assert (row["level"], row["jevons_level"]) == (pytest.approx(100 * k), pytest.approx(100 * k))
    assert row["coverage"] == pytest.approx(1.0)


def test_fisher_is_of_the_products_of_which_the_quantities_were_seen() -> None:
    # Paasche 60 + 40 over 48 + 60; his baskets 2 + 3 of a and 4 of b: (10 x 5 + 20 x 4) / (8 x 5 + 30 x 4).
    # Half of what we sell is a and b; c has a price and no quantity.
    ours = sold(("a", "2025-06-01", 6, 60.0), ("b", "2025-05-01", 2, 40.0), ("c", "2025-04-01", 1, 100.0))
    prices = seen(
        ("x", "a", JUNE, 8.0), ("x", "a", "2025-05-10", 8.8), ("x", "a", MARCH, 9.0), ("x", "b", JUNE, 30.0),
        ("x", "c", JUNE, 1.0), ("y", "a", JUNE, 9.0), quantity=[2.0, 3.0, 99.0, 4.0, NAN, NAN],
    )  # fmt: skip
    found = index(ours, prices).frame.set_index("competitor_id")
    row = found.loc["x"]
    assert row["fisher_level"] == pytest.approx(100 / math.sqrt(100 / 108 * 130 / 160))
    assert (row["fisher_items"], row["fisher_coverage"], row["items"]) == (2, 0.5, 3)
    assert math.isnan(found.loc["y", "fisher_level"])
    assert (found.loc["y", "fisher_items"], found.loc["y", "fisher_coverage"]) == (0, 0)


def test_a_quantity_seen_everywhere_counts_once_however_many_of_our_regions_it_is_compared_in() -> None:
    # His 6 of a lie beside our North and South. His basket: 6 x 5 + 1 x 20 = 50; at our 10 and 20: 60 + 20 = 80.
    # Ours: 20 x 10 + 20 against 20 x 5 + 20.
    ours = sold(("a", "2025-06-01", 10, 100.0), ("a", "2025-06-01", 10, 100.0, "South"), ("b", "2025-06-01", 1, 20.0))
    prices = seen(("x", "a", JUNE, 5.0, None), ("x", "b", JUNE, 20.0), quantity=[6.0, 1.0])
    found = index(ours, prices).frame
    assert found["fisher_level"].tolist() == pytest.approx([100 / math.sqrt(220 / 120 * 80 / 50)])


def test_the_interval_is_students_over_the_products_and_two_are_too_few() -> None:
    # Logs of .9, .8, 1: mean m, s / sqrt(3), t(2) = 4.3027.
    ours = sold(*((product, "2025-06-01", 1, 10.0) for product in "abc"))
    prices = seen(*(("x", product, JUNE, price) for product, price in zip("abc", (9.0, 8.0, 10.0), strict=True)))
    row = index(ours, prices).frame.iloc[0]
    logs = np.log([0.9, 0.8, 1.0])
    reach = 4.302653 * logs.std(ddof=1) / math.sqrt(3)
    assert row["low"] == pytest.approx(100 * math.exp(logs.mean() - reach))
    assert row["high"] == pytest.approx(100 * math.exp(logs.mean() + reach))
    assert row["verdict"] == "unclear"
    few = index(ours, prices.head(2)).frame.iloc[0]
    assert math.isnan(few["low"])
    assert few["verdict"] == "few"


def test_age_is_the_median_and_the_oldest_day() -> None:
    ours = sold(*((product, "2025-06-01", 1, 10.0) for product in "abc"))
    days = ("2025-06-21", "2025-06-01", "2025-04-12")
    row = index(ours, seen(*(("x", product, day, 9.0) for product, day in zip("abc", days, strict=True)))).frame.iloc[0]
    assert (row["age"], row["oldest"]) == (30, pd.Timestamp("2025-04-12"))


def test_a_rival_is_cheaper_if_both_indices_say_so_and_chance_does_not_among_all_rivals() -> None:
    products = "abcd"
    ours = sold(*((product, "2025-06-01", 97 if product == "a" else 1, 970.0 if product == "a" else 10.0)
                  for product in products))  # fmt: skip
    levels = {
        "cheap": (9.0, 9.1, 8.9, 9.0),
        "dear": (11.0, 11.1, 10.9, 11.0),
        "mixed": (8.0, 12.0, 9.0, 11.0),
        "large": (10.1, 9.0, 9.1, 9.05),  # cheaper on average, dearer on what we sell
        "alike": (10.0, 10.0, 10.0, 10.0),
    }
    prices = seen(*((rival, product, JUNE, price) for rival, row in levels.items()
                    for product, price in zip(products, row, strict=True)))  # fmt: skip
    found = index(ours, prices).frame.set_index("competitor_id")["verdict"].to_dict()
    assert found == {"cheap": "cheaper", "dear": "dearer", "mixed": "unclear", "large": "unclear", "alike": "unclear"}


def test_with_more_rivals_it_takes_more_to_call_one_cheaper() -> None:
    # Alone p = .017; with three others whose prices say nothing it is .07.
    ours = sold(*((product, "2025-06-01", 1, 10.0) for product in "abcd"))
    one = [("x", product, JUNE, price) for product, price in zip("abcd", (9.0, 9.5, 8.8, 9.7), strict=True)]
    more = [
        (rival, product, JUNE, price)
        for rival in "uvw"
        for product, price in zip("abcd", (8.0, 12.0, 9.0, 11.5), strict=True)
    ]
    assert index(ours, seen(*one)).frame["verdict"].tolist() == ["cheaper"]
    assert set(index(ours, seen(*one, *more)).frame["verdict"]) == {"unclear"}


LEVELS = ["level", "jevons_level", "low", "high", "fisher_level"]


@given(st.lists(st.tuples(PRICE, PRICE, PRICE), min_size=3, max_size=8), st.floats(0.1, 10), st.randoms())
@settings(max_examples=8, deadline=None)
def test_what_moves_the_levels_and_what_does_not(
    items: list[tuple[float, float, float]], k: float, random: Random
) -> None:
    ours = sold(*((f"p{n}", "2025-06-01", q, p * q) for n, (p, _, q) in enumerate(items)))
    prices = seen(*(("x", f"p{n}", JUNE, his) for n, (_, his, _) in enumerate(items)))
    prices["quantity"] = [q for _, _, q in items]
    base = index(ours, prices).frame[LEVELS].to_numpy(float)[0]
    # His prices times k: every level times k.
    assert index(ours, prices.assign(price=k * prices["price"])).frame[LEVELS].to_numpy(float)[0] == pytest.approx(
        k * base
    )
    # The first product in another unit: its prices times k and its quantities over k, on both sides.
    unit = np.array([k, *[1.0] * (len(items) - 1)])
    other = index(
        ours.assign(quantity=ours["quantity"] / unit),
        prices.assign(price=prices["price"] * unit, quantity=prices["quantity"] / unit),
    )
    assert other.frame[LEVELS].to_numpy(float)[0] == pytest.approx(base)
    # Rows with tax, on a basis that we have no price of, too old, or not yet seen; and the order of all of them.
    strange = pd.concat(
        [
            prices.assign(price=0.01, tax_included=True, quantity=1e6),
            prices.assign(price=0.01, basis="list", quantity=1e6),
            prices.assign(price=0.01, collected_on=pd.Timestamp("2025-04-01"), quantity=1e6),
            prices.assign(price=0.01, collected_on=pd.Timestamp("2025-07-01"), quantity=1e6),
        ]
    )
    mixed = pd.concat([prices, strange]).sample(frac=1, random_state=random.randrange(2**31))
    assert index(ours, mixed).frame[LEVELS].to_numpy(float)[0] == pytest.approx(base)
