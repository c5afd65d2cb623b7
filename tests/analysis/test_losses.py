"""Why deals were lost, and to whom accounts went."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from kamreport.analysis.intervals import wilson_interval
from kamreport.analysis.losses import loss_reasons, losses_by_destination
from kamreport.results import Destinations, Losses, LossReasons, PartialDefection
from kamreport.settings import Rules

from .frames import WINDOW

LOST = ["owner_id", "last_order", "margin", "revenue"]
FALLS = ["owner_id", "lost_margin", "drop"]
STOPPED = ["owner_id", "family", "last_order", "margin", "revenue"]
REGISTER = ["account_id", "noticed_on", "family", "competitor_id"]
Rows = Sequence[tuple[object, ...]]


def named(rows: Rows, names: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=names)
    if "last_order" in frame:
        frame["last_order"] = pd.to_datetime(frame["last_order"])
    return frame.assign(name=frame["owner_id"], manager_id="m", manager_name="Li Na")


def destinations(
    lost: Rows = (), falls: Rows = (), stopped: Rows = (), register: Rows = (), *, by_margin: bool = True
) -> Destinations:
    told = pd.DataFrame(list(register), columns=REGISTER)
    told["noticed_on"] = pd.to_datetime(told["noticed_on"])
    owners = {str(row[0]) for row in (*lost, *falls, *stopped)}
    # Each owner has two accounts, its own and another.
    accounts = pd.DataFrame([(id_ + end, id_) for id_ in sorted(owners) for end in ("", "2")],
                            columns=["account_id", "owner_id"])  # fmt: skip
    return losses_by_destination(
        Losses(named(lost, LOST), 0, 99, frozenset(), (0.0, 1.0), WINDOW, Rules()),
        PartialDefection(named(falls, FALLS), 0, 99, WINDOW, 0.0, Rules()),
        named(stopped, STOPPED),
        told,
        accounts,
        by_margin=by_margin,
    )


def went(found: Destinations) -> dict[str, str]:
    return dict(zip(found.cases["owner_id"], found.cases["competitor_id"], strict=True))


def test_losses_of_the_ledger_go_where_the_register_says_by_hand() -> None:
    found = destinations(
        lost=[("a", "2024-12-01", 60.0, 300.0), ("b", "2024-12-01", 20.0, 90.0)],
        falls=[("c", 10.0, 50.0)],
        stopped=[("d", "F", "2025-01-01", 10.0, 40.0)],
        register=[("a", "2025-03-01", None, "x"), ("d2", "2025-03-01", "F", "x"), ("c", "2025-02-01", None, "none")],
    )
    assert found.frame[["competitor_id", "lost", "partial", "family", "n", "margin"]].values.tolist() == [
        ["x", 1, 0, 1, 2, 70.0],
        ["unknown", 1, 0, 0, 1, 20.0],
        ["none", 0, 1, 0, 1, 10.0],
    ]
    first = found.frame.iloc[0]
    assert (first["share"], first["value_share"]) == (0.5, 0.7)
    assert (first["low"], first["high"]) == wilson_interval(2, 4)
    # Kish: 100^2 / (60^2 + 20^2 + 10^2 + 10^2) = 2.38 losses.
    items = 10_000 / 4_200
    assert (first["value_low"], first["value_high"]) == pytest.approx(wilson_interval(0.7 * items, items))


def test_the_register_makes_no_loss() -> None:
    found = destinations(register=[("a", "2025-03-01", None, "x")])
    assert (len(found.cases), len(found.frame), found.leads) == (0, 0, False)


def test_a_line_from_before_the_loss_or_of_another_family_says_nothing() -> None:
    found = destinations(
        lost=[("a", "2024-12-01", 1.0, 1.0)],
        falls=[("c", 1.0, 1.0)],
        stopped=[("d", "F", "2025-01-01", 1.0, 1.0)],
        register=[
            ("a", "2024-11-30", None, "x"), ("c", "2024-06-30", None, "x"), ("d", "2025-03-01", "G", "x"),
        ],
    )  # fmt: skip
    assert went(found) == dict.fromkeys("acd", "unknown")


def test_the_newest_line_that_names_a_destination_counts() -> None:
    found = destinations(
        lost=[("a", "2024-12-01", 1.0, 1.0)],
        register=[("a", "2025-04-01", None, "y"), ("a2", "2025-03-01", None, "x"), ("a", "2025-05-01", None, None)],
    )
    assert went(found) == {"a": "y"}


def test_an_owner_counts_once_and_its_margin_too() -> None:
    found = destinations(
        falls=[("a", 50.0, 200.0)],
        stopped=[("a", "F", "2025-01-01", 40.0, 150.0), ("b", "F", "2025-01-01", 5.0, 20.0),
                 ("b", "G", "2025-01-01", 3.0, 30.0)],
    )  # fmt: skip
    assert found.cases[["owner_id", "kind", "family", "margin"]].values.tolist() == [
        ["a", "partial", "", 50.0],
        ["b", "family", "F", 5.0],
        ["b", "family", "G", 3.0],
    ]
    assert found.cases["counts"].tolist() == [True, True, False]
    assert found.frame[["n", "family", "margin"]].values.tolist() == [[2, 1, 58.0]]
    assert found.twice == 1


def test_each_dropped_family_goes_its_own_way_and_the_owner_counts_where_most_went() -> None:
    found = destinations(
        stopped=[("a", "F", "2025-01-01", 6.0, 9.0), ("a", "G", "2025-01-01", 4.0, 9.0),
                 ("a", "H", "2025-01-01", 5.0, 9.0)],
        register=[("a", "2025-03-01", "F", "x"), ("a", "2025-03-01", "G", "y"), ("a", "2025-03-01", "H", "y")],
    )  # fmt: skip
    assert found.frame[["competitor_id", "n", "family", "margin", "share"]].values.tolist() == [
        ["y", 1, 1, 9.0, 1.0],
        ["x", 0, 0, 6.0, 0.0],
    ]
    # One owner, so one item.
    first = found.frame.iloc[0]
    assert (first["value_low"], first["value_high"]) == pytest.approx(wilson_interval(0.6, 1))


def test_a_line_of_one_family_does_not_take_the_whole_account() -> None:
    lines = [("a", "2025-03-01", "F", "x"), ("c", "2025-03-01", "F", "x"), ("d", "2025-03-01", "G", "x"),
             ("e", "2025-02-01", None, "y"), ("e", "2025-03-01", "F", "x")]  # fmt: skip
    found = destinations(
        lost=[("a", "2024-12-01", 1.0, 1.0), ("e", "2024-12-01", 1.0, 1.0)],
        falls=[("c", 1.0, 1.0), ("d", 1.0, 1.0)],
        stopped=[("d", "G", "2025-01-01", 1.0, 1.0)],
        register=lines,
    )
    # What c still buys of F is not known to have gone; d dropped G.
    assert went(found) == {"a": "unknown", "c": "unknown", "d": "x", "e": "y"}


def test_where_the_cost_is_not_known_revenue_decides() -> None:
    rows = [("a", "2024-12-01", 0.0, 10.0), ("b", "2024-12-01", 0.0, 30.0)]
    found = destinations(lost=rows, register=[("a", "2025-01-01", None, "x")], by_margin=False)
    assert found.frame[["competitor_id", "value_share"]].values.tolist() == [["unknown", 0.75], ["x", 0.25]]


@pytest.mark.parametrize(("x", "y", "leads"), [(5, 0, False), (6, 0, True), (10, 2, True), (9, 2, False)])
def test_a_rival_leads_only_beyond_chance(x: int, y: int, leads: bool) -> None:
    # Exact: 2 / 2^5 = .063, 2 / 2^6 = .031; ten of twelve .039, nine of eleven .065.
    lost = [(f"o{place}", "2024-12-01", 1.0, 1.0) for place in range(x + y)]
    register = [(f"o{place}", "2025-01-01", None, "x" if place < x else "y") for place in range(x + y)]
    assert destinations(lost=lost, register=register).leads is leads


def test_who_takes_most_accounts_does_not_lead_if_another_takes_most_money() -> None:
    lost = [("big", "2024-12-01", 900.0, 900.0), *((f"o{place}", "2024-12-01", 1.0, 1.0) for place in range(9))]
    register = [(str(row[0]), "2025-01-01", None, "x" if row[0] == "big" else "y") for row in lost]
    found = destinations(lost=lost, register=register)
    assert found.frame["competitor_id"].tolist() == ["x", "y"]
    assert not found.leads


def test_where_no_rival_takes_more_seldom_one_leads() -> None:
    rng = np.random.default_rng(62)
    leads = 0
    for _ in range(200):
        rivals = rng.choice([*"wxyz", "none", "unknown"], 30)
        lost = [(f"o{place:02d}", "2024-12-01", float(rng.lognormal(10, 1)), 1.0) for place in range(30)]
        register = [(f"o{place:02d}", "2025-01-01", None, rival) for place, rival in enumerate(rivals)]
        leads += destinations(lost=lost, register=register).leads
    assert leads <= 10


# Reasons


def reasons(rows: Rows) -> LossReasons:
    """Deals of (rival, reason, amount)."""
    frame = pd.DataFrame(list(rows), columns=["competitor_id", "reason", "amount"])
    frame = frame.assign(closed_on=pd.Timestamp("2025-06-01"), outcome="lost")
    won = pd.DataFrame({"outcome": ["won", "cancelled"], "closed_on": pd.Timestamp("2025-06-01"), "reason": "price"})
    return loss_reasons(pd.concat([frame, won]), window=WINDOW)


def test_reasons_are_of_the_lost_deals_and_a_blank_one_is_in_the_denominator() -> None:
    found = reasons([("x", "price", 5.0), ("y", "price", 1.0), (None, None, 2.0), ("x", "delivery", float("nan"))])
    assert found.frame[["reason", "n", "amount", "share"]].values.tolist() == [
        ["price", 2, 6.0, 0.5],
        ["delivery", 1, 0.0, 0.25],
        ["unknown", 1, 2.0, 0.25],
    ]
    assert (found.frame.loc[0, "low"], found.frame.loc[0, "high"]) == wilson_interval(2, 4)
    assert (found.n, found.leads) == (4, False)
    assert found.by_rival[["competitor_id", "reason", "n"]].values.tolist() == [
        ["unknown", "unknown", 1],
        ["x", "delivery", 1],
        ["x", "price", 1],
        ["y", "price", 1],
    ]


def test_what_is_not_known_is_no_reason_that_leads() -> None:
    assert not reasons([("x", None, 1.0)] * 20 + [("x", "price", 1.0)] * 3).leads
    assert reasons([("x", None, 1.0)] * 20 + [("x", "price", 1.0)] * 6).leads


def test_no_lost_deal_has_no_reason() -> None:
    found = reasons([])
    assert (len(found.frame), found.n, found.leads) == (0, 0, False)
