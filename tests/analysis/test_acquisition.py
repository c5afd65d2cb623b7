"""What winning an account costs beside keeping one: whose spend, which accounts, and when nothing can be said."""

import math
from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.analysis.acquisition import acquisition_cost
from kamreport.analysis.intervals import wilson_interval
from kamreport.results import AcquisitionCost, Losses
from kamreport.settings import Rules
from tests.analysis.frames import AS_OF, WINDOW, orders_frame, owners_frame

MONTHS = pd.date_range("2024-07-01", periods=12, freq="MS")


def spend_frame(*rows: tuple[str, float, str | None, str | None]) -> pd.DataFrame:
    """Purpose, amount a month, region and account, in every month of the window."""
    columns = ["purpose", "amount", "region", "account_id"]
    frame = pd.DataFrame([row for row in rows for _ in MONTHS], columns=columns)
    return frame.assign(month=list(MONTHS) * len(rows))


SPEND = spend_frame(("acquire", 600.0, "North", None), ("retain", 100.0, "North", None))
# Two won in the window, three kept, one kept until it was lost, one not seen in the window.
DAYS = {
    "new1": ["2024-07-01"], "new2": ["2025-06-30"],
    "old1": ["2024-06-30", "2024-07-01"], "old2": ["2023-01-05", "2025-01-01"], "old3": ["2022-08-01", "2025-06-01"],
    "gone": ["2023-01-05", "2024-08-01"], "silent": ["2024-01-01"],
}  # fmt: skip


def cost(
    spend: pd.DataFrame = SPEND,
    days: dict[str, list[str]] | None = None,
    *,
    region: str = "North",
    start: date = date(2022, 7, 1),
    least: int = 1,
    **columns: object,
) -> AcquisitionCost | None:
    found = DAYS if days is None else days
    rules = Rules(retention_min_losses=least)
    lost = Losses(pd.DataFrame({"owner_id": ["gone"]}), 0, 0, frozenset({"gone"}), (0.0, 1.0), WINDOW, rules)
    return acquisition_cost(
        spend, orders_frame(found), owners_frame(*found, **columns), lost,
        region=region, history_start=start, as_of=AS_OF,
    )  # fmt: skip


def test_a_ratio_worked_by_hand() -> None:
    # 12 x 600 for two won is 3,600 each, 12 x 100 for three kept is 400 each.
    found = cost()
    assert found
    assert (found.winning, found.keeping, found.won, found.kept) == (7200.0, 1200.0, 2, 3)
    assert found.ratio == pytest.approx(9.0)
    low, high = wilson_interval(2, 5)
    assert found.interval == pytest.approx((6 * (1 - high) / high, 6 * (1 - low) / low))


def test_a_region_pays_for_itself_and_its_accounts_the_company_for_all() -> None:
    spend = spend_frame(
        ("acquire", 600.0, "North", None), ("retain", 100.0, "North", None), ("retain", 20.0, None, "old1"),
        ("acquire", 50.0, None, None), ("retain", 7.0, "South", None), ("serve", 99.0, "North", None),
        ("fixed", 99.0, "North", None),
    )  # fmt: skip
    here, everywhere = cost(spend), cost(spend, region="all")
    assert here
    assert everywhere
    assert (here.winning, here.keeping) == (7200.0, 1440.0)
    assert (everywhere.winning, everywhere.keeping) == (7800.0, 1524.0)


def test_months_outside_the_window_do_not_count_and_a_missing_one_is_not_taken_for_nothing() -> None:
    late = cost(pd.concat([SPEND, SPEND.head(1).assign(month=pd.Timestamp("2024-06-01"), amount=1e9)]))
    assert late
    assert late.winning == 7200.0
    assert cost(SPEND[~((SPEND["purpose"] == "retain") & (SPEND["month"] == MONTHS[3]))]) is None
    assert cost(SPEND[SPEND["purpose"] == "acquire"]) is None
    assert cost(SPEND.head(0)) is None


def test_without_a_year_before_the_window_nobody_is_known_to_be_new() -> None:
    assert cost(start=date(2023, 7, 1)) is not None
    assert cost(start=date(2023, 8, 1)) is None


@pytest.mark.parametrize(("least", "said"), [(2, True), (3, False)])
def test_too_few_won_or_kept_make_no_ratio_but_are_counted(least: int, said: bool) -> None:
    few, turned = cost(least=least), cost(days={"new1": DAYS["new1"]}, least=least)
    assert few
    assert turned
    assert (few.won, few.kept, few.ratio == few.ratio) == (2, 3, said)
    assert (turned.won, turned.kept, math.isnan(turned.ratio)) == (1, 0, True)


def test_pools_and_other_regions_accounts_are_neither_won_nor_kept() -> None:
    found = cost(type=["pool", *["customer"] * 6], is_home=[True, True, False, True, True, True, True])
    assert found
    assert (found.won, found.kept) == (1, 2)


@given(st.integers(1, 12), st.integers(1, 40), st.floats(1, 1e5), st.floats(1, 1e5))
@settings(max_examples=40, deadline=None)
def test_the_ratio_lies_in_its_interval(won: int, kept: int, winning: float, keeping: float) -> None:
    days = {f"n{number}": ["2025-01-01"] for number in range(won)}
    days |= {f"k{number}": ["2023-01-01", "2025-01-01"] for number in range(kept)}
    found = cost(spend_frame(("acquire", winning, "North", None), ("retain", keeping, "North", None)), days)
    assert found
    assert found.ratio == pytest.approx((winning / won) / (keeping / kept))
    assert found.interval[0] < found.ratio < found.interval[1]
