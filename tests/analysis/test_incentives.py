"""Incentives: what counts as given, who is retained, and what is compared when."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.analysis.incentives import incentives
from kamreport.analysis.intervals import ratio_interval
from kamreport.results import Incentives
from kamreport.settings import Rules
from tests.analysis.frames import NAN, WINDOW, ledger_frame, profit_frame

FEW = Rules(min_group=1)


def found_for(
    bought: dict[str, tuple[float, float]],
    *,
    discounts: dict[str, float] | None = None,
    rebates: list[tuple[str, str, float]] | None = None,
    lost: tuple[str, ...] = (),
    rules: Rules = FEW,
    **columns: object,
) -> Incentives:
    """Owners with revenue of the window and of the year before; their discounts off a list amount of 1,000."""
    ledger = ledger_frame([(owner, "2025-03-01", now) for owner, (now, _) in bought.items()])
    ledger["list_amount"] = 1000.0
    profit = profit_frame([(owner, now, 0.0) for owner, (now, _) in bought.items()], **columns)
    profit["discount"] = profit["owner_id"].map(discounts or {}).astype(float).fillna(NAN if discounts is None else 0.0)
    before = profit_frame([(owner, then, 0.0) for owner, (_, then) in bought.items() if then])
    earned = pd.DataFrame(rebates or [], columns=["month", "account_id", "amount"])
    earned["month"] = pd.to_datetime(earned["month"])
    accounts = pd.DataFrame({"account_id": [f"{owner}-1" for owner in bought], "owner_id": list(bought)})
    return incentives(ledger, profit, before, earned, accounts, window=WINDOW, lost=frozenset(lost), rules=rules)


def groups(found: Incentives) -> dict[str, list[float]]:
    return {row[0]: list(row[1:]) for row in found.frame.drop(columns=["low", "high"]).itertuples(index=False)}


def test_what_is_given_and_kept_worked_by_hand() -> None:
    # Median discount .02. a: rebates 7 + 5, b: .1 - .02 of 1,000; c and d on usual terms, .04 is not 3 points beyond.
    found = found_for(
        {"a": (120.0, 100.0), "b": (50.0, 100.0), "c": (80.0, 100.0), "d": (60.0, 40.0), "e": (10.0, 10.0)},
        discounts={"a": 0.02, "b": 0.10, "c": 0.04, "d": 0.0, "e": 0.02},
        rebates=[("2024-07-01", "a-1", 7.0), ("2025-06-01", "a-1", 5.0), ("2024-06-01", "c-1", 99.0)],
    )
    # accounts, rebates, discounts, given, revenue, before, kept, change
    assert groups(found) == {
        "with": pytest.approx([2, 12.0, 80.0, 92.0, 170.0, 200.0, 150.0, -0.15]),
        "without": pytest.approx([3, 0.0, 0.0, 0.0, 150.0, 150.0, 130.0, 0.0]),
    }
    assert found.usual == pytest.approx(0.02)
    assert found.has == {"rebates", "list"}
    assert found.apart == pytest.approx(-0.15)


def test_the_interval_of_the_difference_is_that_of_the_two_changes() -> None:
    rng = np.random.default_rng(2)
    bought = {f"o{n:02d}": (float(now), 100.0) for n, now in enumerate(rng.uniform(60, 140, 50))}
    found = found_for(bought, rebates=[("2025-01-01", f"o{n:02d}-1", 1.0) for n in range(25)], rules=Rules())
    now = pd.Series([now for now, _ in bought.values()])
    then = pd.Series([100.0] * 50)
    (l1, u1), (l2, u2) = (ratio_interval(now[part], then[part]) for part in (slice(0, 25), slice(25, 50)))
    r1, r2 = float(now[:25].sum()) / 2500, float(now[25:].sum()) / 2500
    assert found.frame[["low", "high"]].values.tolist() == [
        pytest.approx([l1 - 1, u1 - 1]), pytest.approx([l2 - 1, u2 - 1]),
    ]  # fmt: skip
    low = r1 - r2 - math.sqrt((r1 - l1) ** 2 + (u2 - r2) ** 2)
    high = r1 - r2 + math.sqrt((u1 - r1) ** 2 + (r2 - l2) ** 2)
    assert found.interval == pytest.approx((low, high))


@pytest.mark.parametrize(("rebated", "said"), [(19, False), (20, True), (21, False)])
def test_nineteen_in_either_group_are_too_few(rebated: int, said: bool) -> None:
    bought = {f"o{n:02d}": (90.0 + n, 100.0) for n in range(40)}
    found = found_for(bought, rebates=[("2025-01-01", f"o{n:02d}-1", 1.0) for n in range(rebated)], rules=Rules())
    assert (found.apart == found.apart, bool(found.frame["low"].notna().all())) == (said, said)


def test_only_who_bought_in_both_years_at_home_and_is_not_lost_counts() -> None:
    bought = {
        "in": (100.0, 100.0), "new": (100.0, 0.0), "gone": (10.0, 100.0), "pool": (9.0, 9.0), "away": (9.0, 9.0),
        "credit": (-5.0, 10.0),
    }  # fmt: skip
    rebates = [("2025-01-01", f"{owner}-1", 1.0) for owner in bought]
    found = found_for(
        bought, rebates=rebates, lost=("gone",),
        is_pool=[owner == "pool" for owner in bought], is_home=[owner != "away" for owner in bought],
    )  # fmt: skip
    assert groups(found)["with"][:2] == [1, 1.0]
    assert groups(found)["without"][0] == 0


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    assert found_for({"a": (1.0, 1.0)}).has == frozenset()
    assert found_for({"a": (1.0, 1.0)}, discounts={}).has == {"list"}
    assert found_for({"a": (1.0, 1.0)}, rebates=[("2025-01-01", "a-1", 1.0)]).has == {"rebates"}
    nobody = found_for({})
    assert nobody.frame["accounts"].tolist() == [0, 0]
    assert math.isnan(nobody.apart)


@given(st.lists(st.tuples(st.floats(1, 1e6), st.floats(0, 1e6), st.floats(0, 0.5), st.floats(0, 1e4)), max_size=9))
@settings(max_examples=50, deadline=None)
def test_the_groups_divide_the_retained_and_nothing_is_kept_twice(
    drawn: list[tuple[float, float, float, float]],
) -> None:
    bought = {f"o{n}": (now, then) for n, (now, then, _, _) in enumerate(drawn)}
    found = found_for(
        bought,
        discounts={f"o{n}": row[2] for n, row in enumerate(drawn)},
        rebates=[("2025-01-01", f"o{n}-1", row[3]) for n, row in enumerate(drawn)],
    )
    both = [(now, then) for now, then in bought.values() if then > 0]
    frame = found.frame
    assert frame["accounts"].sum() == len(both)
    assert frame["kept"].sum() == pytest.approx(sum(min(pair) for pair in both))
    assert (frame["given"] >= 0).all()
    assert frame["given"].tolist() == pytest.approx((frame["rebates"] + frame["discounts"]).tolist())
    assert frame.loc[frame["group"] == "without", "given"].item() == 0
