import numpy as np
import pandas as pd
import pytest

from kamreport.analysis.price_attacks import price_attacks
from kamreport.analysis.prices import price_index
from kamreport.results import PriceAttacks
from kamreport.settings import Rules
from tests.analysis.frames import AS_OF, WINDOW, seen, sold

JUNE, MARCH = "2025-06-10", "2025-03-10"  # in force on 1 July, and on 2 April

OURS = sold(*((product, "2025-06-01", 10, 100.0) for product in ("a1", "a2", "a3", "b1")))


def attacks(prices: pd.DataFrame, *, ours: pd.DataFrame = OURS, rules: Rules | None = None) -> PriceAttacks:
    return price_attacks(ours, prices, window=WINDOW, as_of=AS_OF, rules=rules or Rules())


def cut(*prices: float, then: float = 10.0, rival: str = "x", region: str | None = "North") -> list[tuple[object, ...]]:
    """A rival who asked so much for a1, a2, ... in March and asks these prices in June."""
    return [
        row
        for number, now in enumerate(prices, start=1)
        for row in ((rival, f"a{number}", MARCH, then, region), (rival, f"a{number}", JUNE, now, region))
    ]


def test_an_attack_worked_by_hand() -> None:
    # Cuts of 20, 19 and 18 %: (.8 x .81 x .82)^(1/3) - 1. We ask 10 for 10 pieces each: (30 - 24.3) x 10 to match him.
    found = attacks(seen(*cut(8, 8.1, 8.2), ("x", "b1", MARCH, 10.0), ("x", "b1", JUNE, 1.0)))
    row = found.frame.iloc[0]
    assert len(found.frame) == 1
    assert (row["competitor_id"], row["region"], row["family"], row["items"]) == ("x", "North", "Fa", 3)
    assert row["change"] == pytest.approx((0.8 * 0.81 * 0.82) ** (1 / 3) - 1)
    assert (row["revenue"], row["exposure"], row["gap"]) == (300, pytest.approx(57), pytest.approx(300 / 243 - 1))
    assert (found.exposure, found.revenue) == (pytest.approx(57), 300)
    assert row["since"] == pd.Timestamp(JUNE)
    assert found.items[["product_id", "unit_price_then", "unit_price", "own_price"]].values.tolist() == [
        ["a1", 10, 8, 10], ["a2", 10, 8.1, 10], ["a3", 10, 8.2, 10],
    ]  # fmt: skip
    # Against our 10: level 100 in March, and the three prices' geometric mean in June.
    assert found.history["level"].tolist() == [pytest.approx(100), pytest.approx(100 * (0.8 * 0.81 * 0.82) ** (1 / 3))]


@pytest.mark.parametrize(
    ("prices", "is_one"),
    [((9.5, 9.5, 9.5), True), ((9.6, 9.5, 9.5), False), ((8, 8), False), ((10.5, 10.5, 10.5), False)],
)
def test_an_attack_takes_five_percent_over_three_products(prices: tuple[float, ...], is_one: bool) -> None:
    assert len(attacks(seen(*cut(*prices))).frame) == is_one


def test_the_rules_of_an_attack_can_be_set() -> None:
    rules = Rules(price_attack_drop=0.25, price_attack_items=2)
    assert len(attacks(seen(*cut(8, 8)), rules=rules).frame) == 0
    assert len(attacks(seen(*cut(7, 7)), rules=rules).frame) == 1
    assert len(attacks(seen(*cut(7, 7))).frame) == 0


def test_one_product_alone_says_nothing_of_chance() -> None:
    rules = Rules(price_attack_items=1)
    assert len(attacks(seen(*cut(7)), rules=rules).frame) == 0
    # Beside others of the family at another rival's, it does.
    assert len(attacks(seen(*cut(7), *cut(10, 10.01, 9.99, rival="y")), rules=rules).frame) == 1


def test_a_mean_that_one_low_quote_pulls_down_is_no_attack() -> None:
    # 20 % off one of three is 7 % on average. Other rivals' prices stand still: it is his own that differ.
    calm = [row for rival in "abcdefghijklm" for row in cut(10, 10, 10, rival=rival)]
    assert len(attacks(seen(*cut(8, 10, 10), *calm)).frame) == 0
    assert len(attacks(seen(*cut(9.3, 9.28, 9.32), *calm)).frame) == 1


def test_what_others_did_as_well_is_the_markets_unless_it_is_a_cut_itself() -> None:
    # 5.2 % off where the others fell by 4.2 %, 3.5 to 5 % each: no further below them than prices differ anyway.
    mine, fallen = cut(9.5, 9.45, 9.48), [row for rival in "uvw" for row in cut(9.65, 9.6, 9.5, rival=rival)]
    assert len(attacks(seen(*mine)).frame) == 1
    assert len(attacks(seen(*mine, *fallen)).frame) == 0
    war = [row for rival in "uvw" for row in cut(9.0, 9.05, 8.95, rival=rival)]
    assert attacks(seen(*mine, *war)).frame["competitor_id"].tolist() == ["u", "v", "w", "x"]


def test_a_price_without_one_before_it_at_the_same_place_and_basis_is_no_cut() -> None:
    rows = seen(*cut(8, 8, 8))
    june = rows["collected_on"] == pd.Timestamp(JUNE)
    for column, other in (("basis", "list"), ("unit", "bag"), ("region", "South"), ("tax_included", True)):
        changed = rows.assign(**{column: rows[column].mask(june, other)})
        assert len(attacks(changed).frame) == 0, column
    assert len(attacks(rows[june]).frame) == 0


def test_who_is_still_dearer_than_we_are_costs_nothing_to_match() -> None:
    found = attacks(seen(*cut(15, 15, 15, then=20)))
    assert found.frame[["exposure", "gap"]].values.tolist() == [[0.0, pytest.approx(10 / 15 - 1)]]


def test_a_cut_everywhere_is_felt_in_all_our_regions_and_the_most_exposed_comes_first() -> None:
    ours = pd.concat([OURS, OURS.assign(region="South")])
    found = attacks(seen(*cut(9, 9, 9), *cut(9, 9, 9, rival="y", region=None)), ours=ours).frame
    assert found[["competitor_id", "region", "exposure"]].values.tolist() == [["y", "", 60.0], ["x", "North", 30.0]]


def test_what_two_rivals_cut_is_at_risk_once_and_at_the_lower_price() -> None:
    # x asks 8 and y 9 where we ask 10 for 10 pieces of each of three: 60 for x, 30 for y; who matches x matches y.
    found = attacks(seen(*cut(8, 8, 8), *cut(9, 9, 9, rival="y")))
    assert found.frame["exposure"].tolist() == [60, 30]
    assert (found.exposure, found.revenue) == (60, 300)
    # Two whose products differ add up.
    ours = pd.concat([OURS, sold(*((f"c{n}", "2025-06-01", 10, 100.0) for n in (1, 2, 3)))])
    other = [(rival, product.replace("a", "c"), *rest) for rival, product, *rest in cut(9, 9, 9, rival="y")]  # type: ignore[attr-defined]
    apart = attacks(seen(*cut(8, 8, 8), *other), ours=ours)
    assert (apart.exposure, apart.revenue) == (90, 600)


def test_a_cut_everywhere_and_in_a_region_is_at_risk_once_there() -> None:
    # 1 on 10 pieces of each of three in both regions, and in the North 2: 30 + 60, of purchases of 600.
    ours = pd.concat([OURS, OURS.assign(region="South")])
    found = attacks(seen(*cut(8, 8, 8), *cut(9, 9, 9, region=None)), ours=ours)
    assert found.frame["exposure"].tolist() == [60, 60]
    assert (found.exposure, found.revenue) == (90, 600)


def test_an_attack_begins_with_the_first_product_that_was_cut() -> None:
    # a1 was cut in April. It had been as cheap in January, before it was 10 in March; and a4 has not been cut at all:
    # that it wavered begins nothing.
    ours = pd.concat([OURS, sold(("a4", "2025-06-01", 10, 100.0))])
    rows = [*cut(8, 8, 8, 9.9), *(("x", *row) for row in (
        ("a1", "2025-01-20", 8.0), ("a1", "2025-04-20", 8.1), ("a4", "2025-04-10", 9.8)))]  # fmt: skip
    assert attacks(seen(*rows), ours=ours).frame["since"].tolist() == [pd.Timestamp("2025-04-20")]


def test_what_we_do_not_sell_is_no_attack() -> None:
    assert len(attacks(seen(*cut(8, 8, 8)), ours=sold(("z", "2025-06-01", 1, 1.0))).frame) == 0


def test_nobody_is_seen() -> None:
    found = attacks(seen())
    assert (len(found.frame), len(found.items), len(found.history)) == (0, 0, 0)


# Worlds in which no rival does anything: what is named there is named by chance.

RIVALS, PLACES = "wxyz", ("North", "South", "East", "West", "Central", "Northeast")


def world(
    seed: int, *, noise: dict[str, float], cut: float = 1.0, drift: float = 0.0, products: int = 5
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Monthly quotes of half a year around steady prices, a third missing; x may cut family A in the South."""
    rng = np.random.default_rng(seed)
    listed = [(f"{family}{number}", family) for family in noise for number in range(products)]
    level = rng.uniform(50, 5000, len(listed))
    rows = [
        (rival, product, pd.Timestamp(2025, month, int(rng.integers(1, 28))), price, place)
        for month in range(1, 7)
        for place in PLACES
        for rival in RIVALS
        for (product, family), base, draw, kept in zip(
            listed, level, rng.normal(size=len(listed)), rng.random(len(listed)) >= 0.35, strict=True
        )
        if kept
        for price in [
            base
            * np.exp(noise[family] * draw + drift * (month > 3))
            * (cut if (rival, place, family) == ("x", "South", "A") and month > 3 else 1.0)
        ]
    ]
    ours = sold(*((product, "2025-06-01", 1, base, place) for place in PLACES
                  for (product, _), base in zip(listed, level, strict=True)))  # fmt: skip
    return ours, seen(*rows)


def worlds_with_a_name(count: int, first: int = 0, **how: object) -> float:
    named = 0
    for seed in range(first, first + count):
        ours, prices = world(seed, **how)  # type: ignore[arg-type]
        found = attacks(prices, ours=ours).frame
        named += bool(len(found[~((found["competitor_id"] == "x") & (found["region"] == "South"))]))
    return named / count


@pytest.mark.slow
@pytest.mark.parametrize(
    "how",
    [
        {"noise": {"A": 0.01, "B": 0.03}},
        {"noise": {"A": 0.03, "B": 0.03}, "products": 3},
        {"noise": {"A": 0.03, "B": 0.03}, "drift": -0.03},
    ],
    ids=["by family", "few products", "the market falls"],
)
def test_where_nobody_cuts_anybody_is_named_in_at_most_five_worlds_of_a_hundred(how: dict[str, object]) -> None:
    assert worlds_with_a_name(80, **how) <= 0.05


@pytest.mark.slow
def test_a_cut_of_twelve_percent_is_found_and_nobody_else() -> None:
    hits = 0
    for seed in range(60):
        ours, prices = world(seed, noise={"A": 0.02, "B": 0.02, "C": 0.03}, cut=0.88)
        found = attacks(prices, ours=ours).frame
        hits += ("x", "South", "FA") in list(zip(found["competitor_id"], found["region"], found["family"], strict=True))
    assert hits / 60 >= 0.9


@pytest.mark.slow
def test_where_rivals_ask_what_we_ask_one_is_called_cheaper_in_at_most_five_worlds_of_a_hundred() -> None:
    named = 0
    for seed in range(100):
        ours, prices = world(seed, noise={"A": 0.02, "B": 0.03})
        found = price_index(ours, prices, window=WINDOW, as_of=AS_OF).frame
        named += bool((found["verdict"] == "cheaper").any())
    assert named <= 5
