"""Margin to come: the published multiples, values worked by hand, what a better retention adds."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.analysis.intervals import wilson_interval
from kamreport.analysis.lifetime import lifetime_values, loss_counts, margin_multiple, retention_economics
from kamreport.results import LifetimeValues, Losses, RetentionEconomics
from kamreport.settings import Rules
from tests.analysis.frames import AS_OF, WINDOW, orders_frame, owners_frame, profit_frame


def losses(*gone: tuple[str, float], rules: Rules | None = None, earlier: tuple[str, ...] = ()) -> Losses:
    """Owners lost in the window with their margin, and those lost before it."""
    frame = pd.DataFrame(list(gone), columns=["owner_id", "margin"]).astype({"owner_id": "str", "margin": float})
    frame["name"], frame["manager_id"], frame["manager_name"] = frame["owner_id"].str.upper(), "m1", "Wang"
    frame["lost_on"] = pd.Timestamp("2025-03-01")
    names = frozenset({*frame["owner_id"], *earlier})
    return Losses(frame, 0, 0, names, (math.nan, math.nan), WINDOW, rules or Rules())


def valued(
    bought: dict[str, float], lost: Losses, *, segments: dict[str, str] | None = None, keys: tuple[str, ...] = ()
) -> LifetimeValues:
    """Values of owners with a margin each, all of which have ordered in the window."""
    everyone = [*bought, *(owner for owner in lost.frame["owner_id"] if owner not in bought)]
    segment = [(segments or {}).get(owner, "dealer") for owner in everyone]
    owners = owners_frame(*everyone, segment=segment)
    profit = profit_frame([(owner, 1000.0, margin) for owner, margin in bought.items()])
    profit["segment"] = segment[: len(bought)]
    orders = orders_frame({owner: ["2025-06-01"] for owner in bought})
    return lifetime_values(profit, orders, owners, lost, keys=frozenset(keys), as_of=AS_OF)


def hundred(lost: int, *, margin: float = 100.0, rules: Rules | None = None) -> LifetimeValues:
    """A hundred accounts of which some were lost; the rest have the same margin."""
    gone = losses(*((f"g{number}", 50.0) for number in range(lost)), rules=rules)
    return valued({f"o{number}": margin for number in range(100 - lost)}, gone)


@pytest.mark.parametrize(
    ("retention", "interest", "printed"),
    [
        (0.6, 0.10, 1.20), (0.7, 0.10, 1.75), (0.8, 0.10, 2.67), (0.9, 0.10, 4.50),
        (0.9, 0.12, 4.09), (0.9, 0.14, 3.75), (0.9, 0.16, 3.46),
    ],
)  # fmt: skip
def test_the_published_multiples(retention: float, interest: float, printed: float) -> None:
    # Gupta, S., Lehmann, D. R. (2005). Managing Customers as Investments: the table of the margin multiple.
    assert round(float(margin_multiple(retention, discount=interest)), 2) == printed


@given(st.floats(0, 1), st.floats(0.01, 0.5), st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_the_multiple_is_the_sum_of_the_years(retention: float, interest: float, years: int) -> None:
    one_by_one = sum((retention / (1 + interest)) ** year for year in range(1, years + 1))
    assert margin_multiple(retention, discount=interest, years=years) == pytest.approx(one_by_one, rel=1e-9, abs=1e-12)
    assert margin_multiple(retention, discount=interest, years=years) <= margin_multiple(retention, discount=interest)


def test_values_worked_by_hand() -> None:
    # One of ten lost: r = .9, .9 / .2 = 4.5 at 10 %; over three years .818 + .669 + .548 = 2.035.
    bought = {f"o{number}": 100.0 * number for number in range(1, 10)}
    found = valued(bought, losses(("gone", 40.0)), keys=("o9", "o1", "gone"))
    assert found.frame["value"].tolist() == pytest.approx([450.0 * number for number in range(9, 0, -1)])
    assert found.keys["owner_id"].tolist() == ["o9", "o1"]
    assert found.gone["value"].tolist() == pytest.approx([180.0])
    low, high = wilson_interval(9, 10)
    assert found.gone[["low", "high"]].values[0] == pytest.approx([40 * low / (1.1 - low), 40 * high / (1.1 - high)])
    short = valued(bought, losses(("gone", 40.0), rules=Rules(lifetime_years=3)))
    assert short.gone["value"].tolist() == pytest.approx([40 * sum((0.9 / 1.1) ** year for year in (1, 2, 3))])


def test_an_account_without_margin_costs_all_the_more_the_longer_it_stays() -> None:
    found = valued({"a": -100.0, "b": 100.0}, losses()).frame
    assert found["value"].tolist() == pytest.approx([1000.0, -1000.0])  # nobody lost: 1 / i times
    assert (found["low"] < found["high"]).all()
    assert found["low"].iloc[1] == pytest.approx(-1000.0)


def test_pools_the_lost_and_other_regions_accounts_are_not_valued() -> None:
    profit = profit_frame(
        [(name, 10.0, 5.0) for name in ("pool", "away", "gone", "left", "in")],
        is_pool=[True, False, False, False, False],
        is_home=[True, False, True, True, True],
    )
    owners = owners_frame(
        "pool", "away", "gone", "left", "in",
        type=["pool", "customer", "customer", "customer", "customer"], is_home=[True, False, True, True, True],
    )  # fmt: skip
    orders = orders_frame({"in": ["2025-06-01"], "pool": ["2025-06-01"], "away": ["2025-06-01"]})
    found = lifetime_values(
        profit, orders, owners, losses(("gone", 5.0), earlier=("left",)), keys=frozenset(), as_of=AS_OF
    )
    assert found.frame["owner_id"].tolist() == ["in"]
    assert found.bases[["lost", "active"]].values.tolist() == [[1, 2]]


def test_a_segment_speaks_for_itself_from_the_stated_losses_on() -> None:
    # Farms lose ten of fifteen, dealers nine of thirty; all in all 19 of 45.
    gone = [(f"f{number}", 1.0) for number in range(10)] + [(f"d{number}", 1.0) for number in range(9)]
    bought = {f"f{number}": 100.0 for number in range(10, 15)} | {f"d{number}": 100.0 for number in range(9, 30)}
    segments = {name: "farm" if name.startswith("f") else "dealer" for name in [*bought, *(name for name, _ in gone)]}
    found = valued(bought, losses(*gone), segments=segments)
    assert found.bases[["basis", "lost", "active"]].values.tolist() == [["*", 19, 45], ["farm", 10, 15]]
    kept = found.frame.set_index("owner_id")[["basis", "retention"]]
    assert kept.loc["f10"].tolist() == ["farm", pytest.approx(1 / 3)]
    assert kept.loc["d9"].tolist() == ["*", pytest.approx(26 / 45)]
    assert set(found.gone["basis"]) == {"farm", "*"}


def test_nobody_at_all_has_no_retention_and_no_value() -> None:
    found = valued({}, losses())
    assert found.bases[["lost", "active"]].values.tolist() == [[0, 0]]
    assert math.isnan(found.bases["multiple"].iloc[0])
    assert found.frame.empty
    assert retention_economics(found).frame.empty


def test_a_better_retention_worked_by_hand() -> None:
    # Twenty of a hundred lost, r = .8; 80 accounts with 100 each. Multiples: .8/.3, .81/.29, .85/.25.
    found = retention_economics(hundred(20)).frame.set_index("step")
    assert found["retention"].tolist() == pytest.approx([0.8, 0.81, 0.85])
    gain = {"fewer": 8000 * (0.81 / 0.29 - 0.8 / 0.3), "points": 8000 * (3.4 - 0.8 / 0.3)}
    assert found["gain"].to_dict() == pytest.approx({"today": 0.0, **gain})
    assert found["kept"].tolist() == pytest.approx([0.0, 1.0, 5.0])
    # Paid every year from now, the first at once: one a year is worth 1.1 / .1 = 11.
    assert found["yearly"].to_dict() == pytest.approx({"today": 0.0, **{name: one / 11 for name, one in gain.items()}})


def test_five_points_end_at_one_hundred_per_cent() -> None:
    found = retention_economics(hundred(3, rules=Rules(retention_min_losses=3))).frame.set_index("step")
    assert found.loc["points", "retention"] == 1.0
    assert found.loc["points", "multiple"] == pytest.approx(10.0)
    assert found.loc["fewer", "retention"] == pytest.approx(0.9715)


@pytest.mark.parametrize(("lost", "said"), [(9, False), (10, True)])
def test_below_ten_losses_nothing_is_said(lost: int, said: bool) -> None:
    found = retention_economics(hundred(lost))
    assert (found.lost, found.active, bool(len(found.frame))) == (lost, 100, said)


def test_accounts_that_earn_nothing_are_worth_nothing_more() -> None:
    assert retention_economics(hundred(20, margin=-1.0)).frame.empty


@given(st.integers(10, 90), st.floats(0.02, 0.4), st.integers(0, 20))
@settings(max_examples=40, deadline=None)
def test_the_gain_lies_in_its_interval_and_is_never_negative(lost: int, interest: float, years: int) -> None:
    found: RetentionEconomics = retention_economics(
        hundred(lost, rules=Rules(discount_rate=interest, lifetime_years=years))
    )
    frame = found.frame
    assert (frame["gain"] >= 0).all()
    assert (frame["gain_low"] <= frame["gain"] + 1e-9).all()
    assert (frame["gain"] <= frame["gain_high"] + 1e-9).all()
    # Spent every year over the years that count, the yearly sum eats the gain up.
    count = years or 2000
    spent = np.array([1 / (1 + interest) ** year for year in range(count)]).sum()
    assert frame["yearly"].iloc[2] * spent == pytest.approx(frame["gain"].iloc[2], rel=1e-6)


def test_counts_are_those_of_the_losses_and_the_active() -> None:
    orders = orders_frame({"a": ["2025-06-01"], "b": ["2024-06-01"], "late": ["2025-07-05"]})
    found = loss_counts(orders, owners_frame("a", "b", "c", "late"), losses(("c", 1.0)), as_of=AS_OF)
    assert found[["basis", "lost", "active", "retention"]].values.tolist() == [["*", 1, 2, 0.5]]
