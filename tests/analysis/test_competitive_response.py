"""Which rival to answer first: the signs side by side."""

import pandas as pd
import pytest

from kamreport.analysis.competitive_response import competitive_response
from kamreport.results import (
    CompetitiveResponse,
    Destinations,
    PriceAttacks,
    Profile,
    RivalMoves,
    RivalShares,
    Squeeze,
    WinRates,
)
from kamreport.settings import Rules
from tests.analysis.frames import NAN, WINDOW

EMPTY = pd.DataFrame()


def attacks(*rows: tuple[str, str, float]) -> PriceAttacks:
    """Rows of (rival, region, exposure)."""
    frame = pd.DataFrame(rows, columns=["competitor_id", "region", "exposure"]).assign(family="F", change=-0.1)
    return PriceAttacks(frame=frame, items=EMPTY, history=EMPTY, rules=Rules())


def deals(*rows: tuple[str, int, int, float, str], by: str = "competitor_id") -> WinRates:
    """Rows of (rival or region, won, decided, amount lost beyond the others' rate, verdict)."""
    frame = pd.DataFrame(rows, columns=[by, "won", "n", "excess", "verdict"]).assign(lost_amount=1e6)
    frame["lost"] = frame["n"] - frame["won"]
    return WinRates(frame, by, 0, 0, NAN, NAN, NAN, 0, 0, (), WINDOW, Rules())


def shares(*takers: tuple[str, int, float]) -> RivalShares:
    """Rows of (rival, accounts, amount)."""
    frame = pd.DataFrame(takers, columns=["competitor_id", "accounts", "amount"])
    return RivalShares(EMPTY, EMPTY, EMPTY, frame, EMPTY, 0, 0, NAN, (NAN, NAN), 0, 0, Rules())


def squeezes(*rows: tuple[str, bool, float]) -> Squeeze:
    frame = pd.DataFrame(rows, columns=["competitor_id", "is_squeeze", "stake"])
    return Squeeze(frame, EMPTY, (), 0.95, True, Rules())


def gone(*rows: tuple[str, float, float], by_margin: bool = True) -> Destinations:
    """Rows of (rival, margin, revenue)."""
    frame = pd.DataFrame(rows, columns=["competitor_id", "margin", "revenue"])
    return Destinations(EMPTY, frame, False, 0, by_margin, WINDOW, Rules())


def moves(*rows: tuple[str, bool]) -> RivalMoves:
    frame = pd.DataFrame(rows, columns=["competitor_id", "is_open"])
    return RivalMoves(frame, EMPTY, EMPTY, 0, True, Rules())


def rated(*rows: tuple[str, str]) -> Profile:
    return Profile(EMPTY, pd.DataFrame(rows, columns=["competitor_id", "tier"]), NAN, Rules())


def row(found: CompetitiveResponse, rival: str) -> "pd.Series":
    return found.frame.set_index("competitor_id").loc[rival]


def test_the_largest_amount_puts_a_rival_first_and_they_are_not_added() -> None:
    found = competitive_response(
        ["x", "y"],
        attacks=attacks(("x", "South", 300.0), ("y", "North", 500.0)),
        deals=deals(("x", 3, 17, 1000.0, "worse"), ("y", 5, 9, 8000.0, "alike")),
        shares=shares(("x", 4, 1500.0)),
        margin_rate=0.2,
    )
    assert found.frame["competitor_id"].tolist() == ["y", "x"]
    assert row(found, "x")[["attack", "deals", "taken", "signals", "stake"]].tolist() == [300.0, 200.0, 300.0, 3, 300.0]
    # What chance explains is no sign, whatever it cost.
    assert row(found, "y")[["attack", "deals", "taken", "signals", "stake"]].tolist() == [500.0, 0.0, 0.0, 1, 500.0]
    assert row(found, "y")[["record_won", "record_n"]].tolist() == [5, 9]


def test_of_several_attacks_of_a_rival_the_largest_is_told() -> None:
    found = competitive_response([], attacks=attacks(("x", "North", 10.0), ("x", "South", 30.0)))
    assert found.frame[["competitor_id", "region", "attack"]].values.tolist() == [["x", "South", 30.0]]


def test_where_deals_are_lost_in_one_region_the_deals_there_count() -> None:
    where = [deals(("South", 11, 57, 900.0, "worse"), ("North", 40, 81, 0.0, "alike"), by="region")]
    found = competitive_response(["x"], deals=deals(("x", 51, 138, 1400.0, "worse")), where=where, margin_rate=0.1)
    names = ["won", "n", "place", "deals", "record_won", "record_n"]
    assert row(found, "x")[names].tolist() == [11, 57, "South", 90.0, 51, 138]


def test_only_a_lead_on_all_three_is_a_squeeze() -> None:
    found = competitive_response(["x", "y"], squeeze=squeezes(("x", True, 70.0), ("y", False, 90.0)))
    assert found.first is not None
    assert found.first["competitor_id"] == "x"
    assert found.frame["squeeze"].tolist() == [70.0, 0.0]


def test_what_has_no_amount_is_a_sign_and_stands_behind_what_has_one() -> None:
    found = competitive_response(
        ["x", "y", "z"],
        deals=deals(("x", 10, 60, NAN, "worse"), ("y", 20, 40, 0.0, "alike")),
        shares=shares(("z", 1, 5.0)),
    )
    assert found.frame["competitor_id"].tolist() == ["z", "x", "y"]
    # What it does not do is worth nothing, and is no amount of what it does.
    alone = competitive_response(["x"], deals=deals(("x", 10, 60, NAN, "worse")), attacks=attacks(), shares=shares())
    assert alone.first is not None
    assert pd.isna(alone.first["stake"])
    for unpaid in (
        competitive_response(["x"], attacks=attacks(("x", "South", 0.0))),
        competitive_response(["x"], squeeze=squeezes(("x", True, 0.0))),
        competitive_response(["x"], shares=shares(("x", 1, 50.0)), margin_rate=-0.1),
    ):
        assert unpaid.first is not None
        assert unpaid.first["stake"] == 0


def test_losses_moves_and_tiers_stand_beside_and_name_nobody() -> None:
    found = competitive_response(
        ["x"],
        destinations=gone(("x", 40.0, 400.0), ("unknown", 90.0, 900.0), ("none", 5.0, 50.0)),
        moves=moves(("x", True), ("x", True), ("x", False), ("z", False)),
        profile=rated(("x", "stronger")),
    )
    assert found.first is None
    assert set(found.frame["competitor_id"]) == {"x"}
    assert row(found, "x")[["lost", "unanswered", "tier"]].tolist() == [40.0, 2, "stronger"]


def test_without_the_cost_revenue_stands_for_margin() -> None:
    found = competitive_response(
        ["x"],
        deals=deals(("x", 1, 30, 1000.0, "worse")),
        destinations=gone(("x", NAN, 400.0), by_margin=False),
    )
    assert row(found, "x")[["deals", "lost", "stake"]].tolist() == [1000.0, 400.0, 1000.0]


@pytest.mark.parametrize("column", ["attack", "record_n", "deals", "taken", "squeeze", "lost", "unanswered"])
def test_what_was_not_analysed_is_not_nothing(column: str) -> None:
    unknown = competitive_response(["x"])
    known = competitive_response(
        ["x"], attacks=attacks(), deals=deals(), shares=shares(), squeeze=squeezes(), destinations=gone(), moves=moves()
    )
    assert pd.isna(row(unknown, "x")[column])
    assert row(known, "x")[column] == 0
    assert unknown.first is None
    assert known.first is None


def test_nobody_is_known() -> None:
    assert competitive_response([]).first is None
    assert len(competitive_response([]).frame) == 0
