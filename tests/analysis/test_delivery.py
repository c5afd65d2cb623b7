"""Orders on time and in full, how long they take, and who buys less after late ones."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.analysis.delivery import delivery_service
from kamreport.results import DeliveryService
from tests.analysis.frames import AS_OF, WINDOW, owners_frame

Line = tuple[str, str, str, int | None, float]


def lines_frame(rows: Sequence[Line], **columns: Any) -> pd.DataFrame:
    """Rows of (account, order, promised day, days late or None, part delivered); ordered five days before."""
    frame = pd.DataFrame(rows, columns=["account_id", "order_id", "promised_on", "late", "part"])
    frame["promised_on"] = pd.to_datetime(frame["promised_on"])
    frame["ordered_on"] = frame["promised_on"] - pd.Timedelta(days=5)
    frame["delivered_on"] = frame["promised_on"] + pd.to_timedelta(frame.pop("late").astype(float), unit="D")
    frame["ordered_qty"] = 10.0
    frame["delivered_qty"] = frame.pop("part") * 10
    return frame.assign(**columns)


def found(rows: Sequence[Line] | pd.DataFrame, ledger: pd.DataFrame | None = None, **more: Any) -> DeliveryService:
    lines = rows if isinstance(rows, pd.DataFrame) else lines_frame(rows)
    ids = sorted(set(lines["account_id"]))
    owners = more.pop("owners", None)
    accounts = pd.DataFrame({"account_id": pd.Series(ids, dtype="str"), "owner_id": pd.Series(ids, dtype="str")})
    sold = pd.DataFrame({"owner_id": [], "month": pd.to_datetime([]), "revenue": []}) if ledger is None else ledger
    return delivery_service(
        lines, sold, accounts, owners_frame(*ids) if owners is None else owners, window=WINDOW,
        as_of=more.pop("as_of", AS_OF),
    )  # fmt: skip


def test_an_order_is_as_good_as_the_worst_of_its_lines() -> None:
    made = found([("a", "1", "2025-06-10", 0, 1), ("a", "1", "2025-06-10", 3, 1), ("a", "2", "2025-06-10", -2, 0.5)])
    assert (made.orders, made.on_time, made.in_full, made.otif) == (2, 1, 1, 0)
    # The last line of the first came after 8 days, the second after 3.
    assert (made.lead_median, made.lead_p90) == (5.5, pytest.approx(7.5))


def test_the_promised_day_itself_is_on_time_and_the_next_is_late() -> None:
    made = found([("a", "1", "2025-06-10", 0, 1), ("a", "2", "2025-06-10", 1, 1)])
    assert made.on_time == 1


def test_what_was_due_and_has_not_come_is_neither_on_time_nor_in_full_nor_timed() -> None:
    made = found([("a", "1", "2025-06-10", None, 1), ("a", "2", "2025-06-10", 0, 1)])
    assert (made.orders, made.otif, made.delivered, made.lead_median) == (2, 1, 1, 5.0)


@pytest.mark.parametrize(
    ("day", "orders"), [("2024-06-30", 0), ("2024-07-01", 1), ("2025-06-30", 1), ("2025-07-01", 0)]
)
def test_only_orders_due_in_the_window_count(day: str, orders: int) -> None:
    assert found([("a", "1", day, 0, 1)]).orders == orders


def test_what_is_promised_for_a_day_to_come_is_not_late() -> None:
    assert found([("a", "1", "2025-06-25", None, 1)], as_of=date(2025, 6, 20)).orders == 0


def test_a_line_without_a_promised_day_is_counted_apart() -> None:
    lines = lines_frame([("a", "1", "2025-06-10", 0, 1), ("a", "2", "2025-06-10", 0, 1)])
    lines.loc[1, "promised_on"] = pd.NaT
    made = found(lines)
    assert (made.orders, made.undated) == (1, 1)


def test_a_pool_and_an_owner_at_home_elsewhere_are_not_counted() -> None:
    rows: list[Line] = [("a", "1", "2025-06-10", 0, 1), ("b", "2", "2025-06-10", 9, 1)]
    assert found(rows, owners=owners_frame("a", "b", type=["customer", "pool"])).orders == 1
    assert found(rows, owners=owners_frame("a", "b", is_home=[True, False])).orders == 1


def test_wilson_s_interval_of_the_part_on_time_and_in_full() -> None:
    """15 of 148: 0.0624 to 0.1605 (Newcombe 1998, Statistics in Medicine 17, table I)."""
    made = found([("a", str(n), "2025-06-10", 0 if n < 15 else 2, 1) for n in range(148)])
    assert (made.low, made.high) == (pytest.approx(0.0624, abs=5e-5), pytest.approx(0.1605, abs=5e-5))


# Late, and less bought since


def served(start: str = "2024-09-01", late: int = 8, before: float = 100.0, now: float = 50.0) -> tuple[Any, Any]:
    """One account whose orders of one month came late, among others that are served well nine times of ten."""
    days = pd.date_range(start, periods=8, freq="3D").strftime("%Y-%m-%d")
    rows: list[Line] = [("a", f"a{n}", str(day), 4 if n < late else 0, 1) for n, day in enumerate(days)]
    rows += [("b", f"b{n}", "2024-10-10", 4 if n % 10 == 0 else 0, 1) for n in range(200)]
    months = pd.date_range("2024-04-01", "2025-06-01", freq="MS")
    ledger = pd.DataFrame({"owner_id": "a", "month": months, "revenue": before})
    ledger.loc[ledger["month"] >= "2025-04-01", "revenue"] = now
    return lines_frame(rows), ledger


def test_an_account_served_late_that_buys_half_since_is_named_with_its_months() -> None:
    made = found(*served())
    (row,) = made.followed.to_dict("records")
    assert (row["owner_id"], row["run_orders"], row["run_on_time"]) == ("a", 8, 0)
    assert (str(row["run_start"].date()), str(row["run_end"].date())) == ("2024-07-01", "2024-09-30")
    assert (row["change"], row["drop"]) == (-0.5, 150.0)
    assert made.frame.set_index("owner_id")["is_late"].to_dict() == {"a": True, "b": False}


@pytest.mark.parametrize(
    ("changed", "is_late", "is_followed"),
    [
        ({"now": 70.0}, True, True),  # exactly 30 % less
        ({"now": 71.0}, True, False),
        ({"start": "2025-04-01"}, True, False),  # late in the very months that are compared: nothing came after
        ({"late": 3}, False, False),  # 3 of 8 late where one in ten is: chance gives that in one of 26
        ({"late": 4}, False, False),  # one in 200
        ({"late": 5}, True, True),  # one in 2,300
        ({"before": 0.0}, True, False),
    ],
)
def test_both_must_be_so_and_in_this_order(changed: dict[str, Any], is_late: bool, is_followed: bool) -> None:
    row = found(*served(**changed)).frame.set_index("owner_id").loc["a"]
    assert (row["is_late"], row["is_followed"]) == (is_late, is_followed)


def test_who_has_moved_is_late_but_not_said_to_buy_less() -> None:
    made = found(*served(), owners=owners_frame("a", "b", moved_in=[True, False]))
    assert made.frame.set_index("owner_id").loc["a", "is_late"]
    assert not len(made.followed)


def test_alone_an_account_has_nobody_to_be_compared_with() -> None:
    made = found([("a", str(n), "2024-10-10", 5, 1) for n in range(30)])
    assert not made.frame["is_late"].any()


def test_no_deliveries_at_all() -> None:
    made = found([])
    assert (made.orders, made.otif, len(made.frame), len(made.followed)) == (0, 0, 0, 0)


def test_chance_alone_calls_few_late() -> None:
    """360 accounts of two orders a month, one order in five late: each looked at in ten runs of three months."""
    random = np.random.default_rng(1)
    days = [str(day.date()) for day in pd.date_range("2024-07-03", "2025-06-28", freq="15D")]
    rows: list[Line] = [
        (f"o{account:03d}", f"{account}-{n}", day, 3 if random.random() < 0.2 else 0, 1)
        for account in range(360)
        for n, day in enumerate(days)
    ]
    assert found(rows).frame["is_late"].sum() <= 0.01 * 360


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 9), st.integers(-3, 9), st.floats(0, 1)), max_size=40))
def test_on_time_in_full_is_never_more_than_either(rows: list[tuple[str, int, int, float]]) -> None:
    made = found([(account, f"{account}{order}", "2025-06-10", late, part) for account, order, late, part in rows])
    assert made.otif <= min(made.on_time, made.in_full)
    assert made.otif >= made.on_time + made.in_full - made.orders
    assert made.orders == len({(account, order) for account, order, *_ in rows}) == made.frame["orders"].sum()
