import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.analysis.intervals import wilson_interval
from kamreport.analysis.retention import STEPS, retention
from kamreport.results import Retention
from tests.analysis.frames import WINDOW, ledger_frame, owners_frame

BEFORE, NOW = "2024-06-01", "2025-06-01"


def kept(revenues: dict[str, tuple[float, float]], **columns: object) -> Retention:
    """Retention of owners with revenues (the year before, this year)."""
    rows = [
        (owner, month, amount)
        for owner, both in revenues.items()
        for month, amount in zip((BEFORE, NOW), both, strict=True)
    ]
    return retention(ledger_frame(rows), owners_frame(*revenues, **columns), window=WINDOW)


def bridge(found: Retention) -> dict[str, float]:
    return dict(zip(found.bridge["step"], found.bridge["amount"], strict=True))


def test_retention_and_bridge_worked_by_hand() -> None:
    # Before 100 + 100 + 200 + 0 = 400; now 80 + 150 + 0 + 60 = 290.
    # GRR = (80 + 100 + 0) / 400, NRR = (80 + 150 + 0) / 400; backwards (80 + 100) / (80 + 150).
    found = kept({"less": (100, 80), "more": (100, 150), "gone": (200, 0), "new": (0, 60)})
    assert (found.grr, found.nrr) == (0.45, 0.575)
    assert found.grr_backwards == pytest.approx(180 / 230)
    assert (found.cohort, found.stopped) == (3, 1)
    assert bridge(found) == {"start": 400, "new": 60, "expansion": 50, "contraction": -20, "stopped": -200, "end": 290}


def test_the_stopped_stand_with_their_wilson_interval() -> None:
    found = kept({"a": (10, 0), "b": (10, 10), "c": (10, 10), "d": (10, 0)})
    assert found.stopped_interval == wilson_interval(2, 4)
    assert found.stopped == 2


def test_the_intervals_hold_the_figures() -> None:
    found = kept({f"o{number}": (100, 40 + 10 * number) for number in range(10)})
    assert found.grr_interval[0] < found.grr < found.grr_interval[1]
    assert found.nrr_interval[0] < found.nrr < found.nrr_interval[1]


def test_owners_that_moved_and_pools_have_bars_of_their_own_and_no_part_in_the_rates() -> None:
    found = kept(
        {"stays": (100, 90), "came": (0, 70), "left": (300, 20), "cash": (50, 10)},
        moved_in=[False, True, False, False],
        moved_out=[False, False, True, False],
        type=["customer", "customer", "customer", "pool"],
    )
    assert bridge(found) == {
        "start": 450, "moved_in": 70, "pool": -40, "moved_out": -280, "contraction": -10, "end": 190,
    }  # fmt: skip
    assert (found.cohort, found.grr, found.nrr, found.stopped) == (1, 0.9, 0.9, 0)


def test_net_returns_are_kept_revenue_of_nothing() -> None:
    # GRR counts -30 as 0: (0 + 50) / 150; NRR counts it: (-30 + 60) / 150.
    found = kept({"back": (100, -30), "more": (50, 60)})
    assert (found.grr, found.nrr) == (pytest.approx(50 / 150), 0.2)
    assert found.stopped == 1
    assert bridge(found) == {"start": 150, "expansion": 10, "stopped": -130, "end": 30}


def test_an_owner_whose_base_was_negative_is_not_in_the_cohort() -> None:
    found = kept({"a": (-20, 50), "b": (-20, -10), "c": (100, 100)})
    assert (found.cohort, found.grr, found.nrr) == (1, 1.0, 1.0)
    assert bridge(found) == {"start": 60, "new": 70, "expansion": 10, "end": 140}


def test_what_was_sold_and_credited_in_full_is_neither_kept_nor_lost() -> None:
    # .1 + .2 - .3 is 5.6e-17 in floating point, and no revenue.
    rows = [
        ("a", "2024-04-01", 0.1),
        ("a", "2024-05-01", 0.2),
        ("a", "2024-06-01", -0.3),
        ("b", "2024-06-01", 5.0),
        ("b", NOW, 5.0),
    ]
    found = retention(ledger_frame(rows), owners_frame("a", "b"), window=WINDOW)
    assert (found.cohort, found.stopped) == (1, 0)


def test_the_frame_begins_with_the_largest_fall() -> None:
    found = kept({"b": (100, 90), "a": (100, 90), "c": (100, 10)})
    assert found.frame[["owner_id", "change", "step"]].values.tolist() == [
        ["c", -90.0, "contraction"],
        ["a", -10.0, "contraction"],
        ["b", -10.0, "contraction"],
    ]


def test_nothing_to_retain() -> None:
    found = kept({"new": (0, 60)})
    assert (found.cohort, found.stopped) == (0, 0)
    assert all(math.isnan(value) for value in (found.grr, found.nrr, found.grr_backwards, *found.grr_interval))
    assert bridge(found) == {"start": 0, "new": 60, "end": 60}


def test_nobody_at_all() -> None:
    found = retention(ledger_frame([]), owners_frame(), window=WINDOW)
    assert bridge(found) == {"start": 0, "end": 0}
    assert math.isnan(found.grr)


def test_everyone_was_lost() -> None:
    found = kept({"a": (60, 0), "b": (40, 0)})
    assert (found.grr, found.nrr, found.stopped) == (0.0, 0.0, 2)
    assert math.isnan(found.grr_backwards)


def test_one_owner_has_a_rate_and_no_interval() -> None:
    found = kept({"a": (100, 50)})
    assert (found.grr, found.nrr) == (0.5, 0.5)
    assert all(math.isnan(bound) for bound in (*found.grr_interval, *found.nrr_interval))


# In cents, so that sums can be checked exactly.
AMOUNTS = st.integers(-(10**9), 10**9)
OWNER = st.fixed_dictionaries(
    {
        "amounts": st.lists(st.tuples(st.integers(0, 29), AMOUNTS), max_size=6),
        "type": st.sampled_from(["customer", "customer", "pool"]),
        "moved_in": st.booleans(),
        "moved_out": st.booleans(),
    }
)


def world(drawn: list[dict[str, object]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    months = pd.date_range("2023-01-01", periods=30, freq="MS")
    rows = [
        (f"o{number}", months[month], cents / 100)
        for number, owner in enumerate(drawn)
        for month, cents in owner["amounts"]  # type: ignore[attr-defined]
    ]
    flags = {name: [owner[name] for owner in drawn] for name in ("type", "moved_in", "moved_out")}
    return ledger_frame(rows), owners_frame(*(f"o{number}" for number in range(len(drawn))), **flags)


@given(st.lists(OWNER, max_size=8))
@settings(max_examples=60, deadline=None)
def test_the_bridge_always_adds_up(drawn: list[dict[str, object]]) -> None:
    ledger, owners = world(drawn)
    found = retention(ledger, owners, window=WINDOW)
    steps = bridge(found)
    total = sum(steps[step] for step in steps if step not in ("start", "end"))
    assert set(steps) <= {"start", *STEPS, "end"}
    assert steps["start"] + total == pytest.approx(steps["end"], abs=0.005)
    in_window = (ledger["month"] >= pd.Timestamp(WINDOW.start)) & (ledger["month"] < pd.Timestamp(WINDOW.end))
    assert steps["end"] == pytest.approx(ledger.loc[in_window, "revenue"].sum(), abs=0.005)


@given(st.lists(OWNER, max_size=8))
@settings(max_examples=60, deadline=None)
def test_gross_retention_is_at_most_1_and_without_net_returns_at_most_the_net_one(
    drawn: list[dict[str, object]],
) -> None:
    ledger, owners = world(drawn)
    ledger["revenue"] = ledger["revenue"].abs()
    found = retention(ledger, owners, window=WINDOW)
    if found.cohort:
        assert 0 <= found.grr <= min(1, found.nrr) + 1e-12
        assert 0 <= found.stopped <= found.cohort
    else:
        assert math.isnan(found.grr)


@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)), min_size=1, max_size=8))
@settings(max_examples=40, deadline=None)
def test_backwards_in_time_the_figures_change_places_where_nobody_came_or_went(pairs: list[tuple[int, int]]) -> None:
    forth = kept({f"o{number}": pair for number, pair in enumerate(pairs)})
    back = kept({f"o{number}": pair[::-1] for number, pair in enumerate(pairs)})
    assert forth.grr_backwards == pytest.approx(back.grr)
    assert forth.grr == pytest.approx(back.grr_backwards)
