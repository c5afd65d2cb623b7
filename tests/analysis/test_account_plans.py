"""The revenue bridge adds up whatever is sold; accounts meet their own targets or do not."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.analysis.account_plans import account_plans, revenue_bridge
from kamreport.period import Period
from kamreport.results import AccountPlans
from tests.analysis.frames import owners_frame

JUNE = Period.parse("2025-06")
BARS = ["volume", "mix", "price", "new", "stopped", "other"]


def sold(*rows: tuple[str, str, str, float, float | None]) -> pd.DataFrame:
    """Rows of (family, unit, now or past, revenue, quantity) of one owner."""
    frame = pd.DataFrame(rows, columns=["family", "unit", "when", "revenue", "quantity"])
    frame["month"] = pd.to_datetime(frame.pop("when").map({"now": "2025-06-01", "past": "2024-06-01"}))
    return frame.assign(owner_id="a").astype({"revenue": float, "quantity": float})


def bars(*rows: tuple[str, str, str, float, float | None]) -> dict[str, float]:
    return revenue_bridge(sold(*rows), now=JUNE, past=JUNE.year_ago).totals


def test_volume_mix_and_price_by_hand() -> None:
    """Past: 10 A at 10 and 10 B at 20 = 300. Now: 12 A at 11 and 18 B at 19 = 474.

    Quantities 30/20: volume 0.5 x 300 = 150. Now at past prices 12 x 10 + 18 x 20 = 480: mix 480 - 450 = 30.
    Price 474 - 480 = -6.
    """
    made = bars(
        ("A", "t", "past", 100, 10), ("B", "t", "past", 200, 10), ("A", "t", "now", 132, 12), ("B", "t", "now", 342, 18)
    )
    assert [made[name] for name in BARS] == pytest.approx([150, 30, -6, 0, 0, 0])
    assert (made["past"], made["now"]) == (300, 474)


def test_quantities_of_different_units_are_never_added() -> None:
    # Twice the tonnes and as many pieces; mixed, 30 against 20 would be half as much again of both.
    made = bars(
        ("A", "t", "past", 100, 10),
        ("B", "pc", "past", 100, 10),
        ("A", "t", "now", 200, 20),
        ("B", "pc", "now", 100, 10),
    )
    assert [made[name] for name in BARS] == pytest.approx([100, 0, 0, 0, 0, 0])


def test_new_and_stopped_families_and_credits_without_quantity_stand_apart() -> None:
    made = bars(
        ("A", "t", "past", 100, 10), ("A", "t", "now", 100, 10), ("N", "t", "now", 50, 5),
        ("S", "t", "past", 40, 4), ("", None, "now", -7, None),
    )  # fmt: skip
    assert [made[name] for name in BARS] == pytest.approx([0, 0, 0, 50, -40, -7])


def test_returns_beyond_sales_have_no_price() -> None:
    made = bars(("A", "t", "past", 100, 10), ("A", "t", "now", -20, -2))
    assert [made[name] for name in BARS] == pytest.approx([0, 0, 0, 0, 0, -120])


AMOUNTS = st.one_of(st.just(0.0), st.floats(-1e6, 1e6, allow_subnormal=False))
ROWS = st.lists(
    st.tuples(st.sampled_from("ABC"), st.sampled_from(["t", "pc"]), st.sampled_from(["now", "past"]), AMOUNTS, AMOUNTS),
    max_size=20,
)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_the_bars_add_up_to_the_change_in_every_family_and_in_all(
    rows: list[tuple[str, str, str, float, float]],
) -> None:
    made = revenue_bridge(sold(*rows), now=JUNE, past=JUNE.year_ago)
    scale = sum(abs(row[3]) for row in rows)
    # Prices of next to no quantity times large quantities: what is lost is of the size of what was multiplied.
    at_past_prices = made.frame[["volume", "mix", "price"]].abs().to_numpy().sum()
    slack = 1e-9 * (1 + scale + at_past_prices)
    change = made.frame["now"] - made.frame["past"]
    assert (made.frame[BARS].sum(axis=1) - change).abs().max() <= slack if len(change) else True
    assert sum(made.totals[name] for name in BARS) == pytest.approx(made.totals["now"] - made.totals["past"], abs=slack)
    assert made.totals["now"] == pytest.approx(sum(row[3] for row in rows if row[2] == "now"), abs=slack)


# Accounts against their own targets


def targets(*rows: tuple[str, str, int, float], **columns: Any) -> pd.DataFrame:
    """Rows of (account, first month, months, value)."""
    frame = pd.DataFrame(rows, columns=["account_id", "month", "months", "value"])
    more = {"measure": "revenue", "kind": "target", "region": None, "person_id": None, "family": None}
    return frame.assign(**{"month": pd.to_datetime(frame["month"]), **more, **columns})


def plans(told: pd.DataFrame, *, period: str = "2025-06", **owners: Any) -> AccountPlans:
    ledger = sold(("A", "t", "past", 100, 10), ("A", "t", "now", 240, 20))
    accounts = pd.DataFrame({"account_id": ["a", "a2"], "owner_id": ["a", "a"], "is_home": [True, True]})
    return account_plans(told, ledger, accounts, owners_frame("a", **owners), period=Period.parse(period))


def test_the_targets_of_accounts_under_one_control_are_added() -> None:
    row = plans(targets(("a", "2025-06-01", 1, 200.0), ("a2", "2025-06-01", 1, 100.0))).frame.iloc[0]
    assert row[["target", "actual", "variance"]].tolist() == [300, 240, -60]
    assert row[["past", "volume", "mix", "price"]].tolist() == [100, 100, 0, 40]


@pytest.mark.parametrize(
    "told",
    [
        targets(("a", "2025-04-01", 3, 600.0)),  # a quarter's target is not split
        targets(("a", "2025-05-01", 1, 600.0)),
        targets(("a", "2025-06-01", 1, 600.0), measure="margin"),
        targets(("a", "2025-06-01", 1, 600.0), kind="forecast"),
        targets(("a", "2025-06-01", 1, 600.0), family="A"),
        targets(("a", "2025-06-01", 1, 600.0), person_id="p"),
    ],
)
def test_a_target_of_something_else_is_no_target_of_the_account(told: pd.DataFrame) -> None:
    assert not len(plans(told).frame)


def test_half_of_an_owners_targets_is_counted_and_not_compared() -> None:
    told = targets(("a", "2025-05-01", 1, 200.0), ("a", "2025-06-01", 1, 200.0), ("a2", "2025-06-01", 1, 100.0))
    made = plans(told, period="2025-05..2025-06")
    assert (len(made.frame), made.partial) == (0, 1)


@pytest.mark.parametrize(
    ("rows", "target"),
    [
        ([("a", "2025-04-01", 3, 600.0)], 600.0),
        ([("a", "2025-04-01", 1, 1.0), ("a", "2025-05-01", 1, 2.0), ("a", "2025-06-01", 1, 4.0)], 7.0),
        ([("a", "2025-04-01", 1, 1.0), ("a", "2025-05-01", 2, 2.0)], 3.0),
        ([("a", "2025-04-01", 1, 1.0), ("a", "2025-06-01", 1, 4.0)], None),  # May is missing
        ([("a", "2025-04-01", 2, 1.0), ("a", "2025-06-01", 3, 4.0)], None),  # the second reaches into summer
        ([("a", "2025-04-01", 2, 1.0), ("a", "2025-05-01", 1, 4.0)], None),  # they overlap, June has none
    ],
)
def test_targets_count_where_they_fill_the_months(
    rows: list[tuple[str, str, int, float]], target: float | None
) -> None:
    made = plans(targets(*rows), period="2025-04..2025-06")
    assert made.frame["target"].tolist() == ([] if target is None else [target])


def test_a_region_s_and_the_company_s_target_of_an_account_are_two_scopes_and_never_added() -> None:
    both = pd.concat([targets(("a", "2025-06-01", 1, 200.0)), targets(("a", "2025-06-01", 1, 200.0), region="North")])
    assert plans(both).frame["target"].tolist() == [200.0]


def test_a_pool_has_no_plan() -> None:
    assert not len(plans(targets(("a", "2025-06-01", 1, 200.0)), type="pool").frame)
