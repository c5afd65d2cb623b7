import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.analysis.profit import owner_profit
from kamreport.analysis.waterfall import price_and_service, price_waterfall
from kamreport.results import Waterfall
from tests.analysis.frames import NAN, WINDOW, ledger_frame, owners_frame, profit_frame

NO_REBATES = pd.DataFrame({"month": [], "amount": [], "in_transactions": [], "settled_on": []})


def deductions_frame(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["owner_id", "step", "amount"]).astype({"amount": float})


def waterfall_of(
    ledger: pd.DataFrame, deductions: pd.DataFrame, rebates: pd.DataFrame = NO_REBATES, *ids: str
) -> Waterfall:
    profit = owner_profit(ledger, owners_frame(*(ids or ("a", "b"))), window=WINDOW, deductions=deductions)
    return price_waterfall(ledger, profit, deductions, rebates, window=WINDOW)


def amounts(found: Waterfall) -> dict[str, float]:
    return dict(zip(found.steps["step"], found.steps["amount"], strict=True))


def test_from_the_list_price_to_the_pocket_by_hand() -> None:
    # a: 200 listed, 180 charged, 120 of cost; b: 50 charged without list price or cost, of which 10 are a booked
    # rebate. Beside the invoices: rebates 5, freight 7 and 3; 4 was spent on c, who bought nothing.
    ledger = ledger_frame([("a", "2025-06-01", 180, 120), ("b", "2025-06-01", 50)])
    ledger.loc[0, ["list_amount", "listed_revenue"]] = [200.0, 180.0]
    given_away = deductions_frame(("a", "rebates", 5), ("a", "freight", 7), ("b", "freight", 3), ("c", "visits", 4))
    rebates = pd.DataFrame(
        {
            "month": pd.to_datetime(["2025-05-01", "2025-05-01", "2024-06-01"]), "amount": [10.0, 5.0, 99.0],
            "in_transactions": [True, False, False], "settled_on": pd.NaT,
        }
    )  # fmt: skip
    found = waterfall_of(ledger, given_away, rebates)
    assert amounts(found) == {
        "list": 200, "discounts": -20, "unlisted": 60, "booked": -10, "revenue": 230, "uncosted": -50, "cost": -120,
        "margin": 60, "rebates": -5, "freight": -10, "idle": -4, "pocket": 41,
    }  # fmt: skip
    assert found.unsettled == 5
    assert found.has == {"list", "cost", "rebates", "service"}
    rows = found.accounts.set_index("owner_id")
    assert rows.loc["a", ["discounts", "cost", "rebates", "freight", "pocket"]].tolist() == [-20, -120, -5, -7, 48]


def test_what_is_not_known_is_no_step() -> None:
    found = waterfall_of(ledger_frame([("a", "2025-06-01", 180)]), deductions_frame())
    assert amounts(found) == {"revenue": 180, "uncosted": -180, "margin": 0, "pocket": 0}
    assert found.has == set()


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(*[st.integers(-1000, 1000)] * 3, st.booleans(), st.booleans()), min_size=1, max_size=6
    ),
    st.lists(st.tuples(st.sampled_from("abx"), st.sampled_from(["rebates", "freight", "other"]), st.integers(1, 99))),
)  # fmt: skip
def test_every_sum_is_that_of_its_steps_and_the_accounts_add_up_to_the_total(
    lines: list[tuple[int, int, int, bool, bool]], given_away: list[tuple[str, str, int]]
) -> None:
    ledger = ledger_frame(
        [
            ("ab"[n % 2], "2025-06-01", revenue, cost if costed else None)
            for n, (revenue, cost, _, costed, _) in enumerate(lines)
        ]
    )
    for n, (revenue, _, listed, _, known) in enumerate(lines):
        ledger.loc[n, ["list_amount", "listed_revenue"]] = [float(listed), float(revenue)] if known else [NAN, 0.0]
    deductions = deductions_frame(*((o, s, float(x)) for o, s, x in given_away))
    found = waterfall_of(ledger, deductions)
    level = 0.0
    for row in found.steps.itertuples():
        if row.is_level and not (level == 0 and row.Index == 0):
            assert row.amount == pytest.approx(level)
        level = row.amount if row.is_level else level + row.amount
    margin = ledger["costed_revenue"].sum() - ledger["cost"].sum()
    assert amounts(found)["pocket"] == pytest.approx(margin - deductions["amount"].sum())
    assert found.accounts["pocket"].sum() + amounts(found).get("idle", 0.0) == pytest.approx(amounts(found)["pocket"])


def test_the_four_kinds_of_shapiro_by_the_medians() -> None:
    # Paid of list after rebates: a 1.0, b .95, c .8, d .76 (5 % rebate); served: 2, 12, 3, 11 per cent.
    frame = profit_frame([("a", 100, 1), ("b", 100, 1), ("c", 100, 1), ("d", 100, 1)])
    frame = frame.assign(
        discount=[0.0, 0.05, 0.2, 0.2], rebates=[0.0, 0.0, 0.0, 5.0], service=[2.0, 12.0, 3.0, 11.0]
    )  # fmt: skip
    found = price_and_service(frame)
    assert found.frame["kind"].tolist() == ["passive", "carriage", "bargain", "aggressive"]
    assert (found.price, found.burden) == (pytest.approx((0.95 + 0.8) / 2), pytest.approx(0.07))


@pytest.mark.parametrize("change", [{"is_pool": True}, {"is_home": False}, {"discount": NAN}, {"revenue": -5.0}])
def test_pools_strangers_and_accounts_without_a_net_price_are_not_placed(change: dict[str, object]) -> None:
    frame = profit_frame([("a", 100, 1), ("b", 100, 1)]).assign(discount=0.1)
    for name, value in change.items():
        frame.loc[0, name] = value
    assert price_and_service(frame).frame["owner_id"].tolist() == ["b"]
