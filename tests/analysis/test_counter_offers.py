import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.analysis.counter_offers import counter_offers
from kamreport.results import CounterOffers
from kamreport.settings import Rules
from tests.analysis.frames import NAN, WINDOW, owners_frame


def bought(*rows: tuple[object, ...]) -> pd.DataFrame:
    """Rows of (owner, family, revenue, cost) and, if wanted, region and month; without cost it is not known."""
    full = [(*row, *("South", "2025-06-01")[len(row) - 4 :]) for row in rows]
    frame = pd.DataFrame(full, columns=["owner_id", "family", "revenue", "cost", "region", "month"])
    frame["month"] = pd.to_datetime(frame["month"])
    frame = frame.astype({"owner_id": "str", "family": "str", "region": "str", "revenue": float, "cost": float})
    return frame.assign(costed_revenue=frame["revenue"].where(frame["cost"].notna(), 0.0))


def attack(gap: float = 0.25, *, rival: str = "x", region: str = "South") -> pd.DataFrame:
    return pd.DataFrame({"competitor_id": [rival], "region": [region], "family": ["F"], "gap": [gap]})


def offers(ledger: pd.DataFrame, *attacks: pd.DataFrame, keys: tuple[str, ...] = (), **rules: float) -> CounterOffers:
    owners = owners_frame("a", "b", "c", "pool", "guest", type=["customer"] * 3 + ["pool", "customer"])
    owners["is_home"] = owners["owner_id"] != "guest"
    return counter_offers(
        ledger, owners, pd.concat(attacks or [attack()]), keys=keys, window=WINDOW, rules=Rules(**rules)
    )


def test_an_offer_worked_by_hand() -> None:
    # We are a quarter dearer: he asks 80 where we ask 100, a gap of 20 %. Leaving costs 2 %, so 18 % keeps it: 180 of
    # 1000. It earns 300 there (30 %), after the offer 120; the offer pays from a chance of 18 / 30. Seed earns 40 more.
    row = offers(bought(("a", "F", 600.0, 420.0), ("a", "F", 400.0, 280.0, "South", "2024-07-01"),
                        ("a", "S", 100.0, 60.0))).frame.iloc[0]  # fmt: skip
    numbers = ["revenue", "margin", "other_margin", "gap", "needed", "ceiling", "cost", "kept", "break_even"]
    assert row[numbers].tolist() == pytest.approx([1000, 300, 40, 0.2, 0.18, 0.3, 180, 120, 0.6])
    assert (row["verdict"], row["manager_name"]) == ("match", "Wang")


@pytest.mark.parametrize(
    ("gap", "cost", "verdict"),
    [
        (0.25, 819.0, "match"),
        (0.25, 821.0, "cannot"),  # 17.9 % of margin, and 18 % are needed
        (0.25, 1100.0, "cannot"),
        (0.25, NAN, "unknown"),
        (NAN, 800.0, "unknown"),
        (0.02, 800.0, "hold"),  # he is 1.96 % cheaper
        (0.0205, 800.0, "match"),  # 2.009 %
        (-0.1, 800.0, "hold"),
        (-0.1, NAN, "hold"),
    ],
)
def test_the_answer(gap: float, cost: float, verdict: str) -> None:
    row = offers(bought(("a", "F", 1000.0, cost)), attack(gap)).frame.iloc[0]
    assert row["verdict"] == verdict
    assert math.isnan(row["break_even"]) == math.isnan(row["kept"]) == (verdict != "match")


def test_what_leaving_costs_is_a_rule() -> None:
    ledger = bought(("a", "F", 1000.0, 700.0))
    assert offers(ledger, switching_cost=0.0).frame["needed"].tolist() == pytest.approx([0.2])
    assert offers(ledger, switching_cost=0.25).frame["verdict"].tolist() == ["hold"]


def test_only_who_is_at_home_and_buys_the_family_there_in_these_months_is_courted() -> None:
    rows = bought(
        ("a", "F", 1000.0, 700.0), ("b", "F", 900.0, 500.0, "North"), ("c", "S", 900.0, 500.0),
        ("b", "F", 900.0, 500.0, "South", "2024-06-01"), ("pool", "F", 9e3, 1.0), ("guest", "F", 9e3, 1.0),
        ("c", "F", -10.0, -5.0),
    )  # fmt: skip
    assert offers(rows).frame["owner_id"].tolist() == ["a"]
    everywhere = offers(rows, attack(region=""))
    assert everywhere.frame["owner_id"].tolist() == ["b", "a"]


def test_key_accounts_come_first_then_the_largest_margin() -> None:
    rows = bought(("a", "F", 1000.0, 900.0), ("b", "F", 500.0, 300.0), ("c", "F", 100.0, 90.0))
    frame = offers(rows, keys=("c",)).frame
    assert frame[["owner_id", "is_key"]].values.tolist() == [["c", True], ["b", False], ["a", False]]


def test_two_rivals_make_two_rows() -> None:
    frame = offers(bought(("a", "F", 1000.0, 700.0)), attack(0.25), attack(0.1, rival="y")).frame
    assert sorted(zip(frame["competitor_id"], frame["needed"].round(4), strict=True)) == [("x", 0.18), ("y", 0.0709)]


def test_without_attacks_nobody_is_courted() -> None:
    assert len(offers(bought(("a", "F", 1000.0, 700.0)), attack().head(0)).frame) == 0
    assert len(offers(bought()).frame) == 0


@given(st.floats(-0.5, 2), st.floats(0, 0.9), st.floats(0, 0.3), st.floats(0.01, 100))
@settings(max_examples=40, deadline=None)
def test_an_offer_never_exceeds_the_margin_and_leaves_the_account_no_reason_to_go(
    gap: float, rate: float, switching: float, k: float
) -> None:
    row = offers(bought(("a", "F", 1000.0, 1000 * (1 - rate))), attack(gap), switching_cost=switching).frame.iloc[0]
    if row["verdict"] == "match":
        assert row["needed"] <= row["ceiling"] + 1e-12
        assert 0 <= row["kept"] <= row["margin"] + 1e-9
        # With the offer our price is his and the cost of leaving together.
        assert 1 - row["needed"] == pytest.approx(1 / (1 + gap) + switching)
        # Who leaves with just that chance: keeping pays as much as letting go.
        assert (1 - row["break_even"]) * row["margin"] == pytest.approx(row["kept"], abs=1e-6)
    other = offers(bought(("a", "F", 1000 * k, 1000 * k * (1 - rate))), attack(gap), switching_cost=switching)
    assert other.frame["cost"].iloc[0] == pytest.approx(k * row["cost"])
    assert other.frame["needed"].iloc[0] == row["needed"]
