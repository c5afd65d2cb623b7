"""What is to be expected of the next months: worked by hand, and judged by how often it comes true."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from kamreport.analysis.forecast import outlook
from kamreport.period import Period
from kamreport.results import Outlook
from tests.analysis.frames import WINDOW

FIRST = date(2022, 7, 1)
SEASON = np.array([100.0, 80.0, 60.0, 60.0, 80.0, 120.0, 160.0, 180.0, 160.0, 140.0, 120.0, 100.0])
NO_TARGETS = pd.DataFrame(
    columns=["month", "months", "measure", "kind", "value", "region", "account_id", "person_id", "family"]
)


def expect(values: list[float] | np.ndarray, *, months: int = 3, targets: pd.DataFrame = NO_TARGETS) -> Outlook:
    """The outlook after so many months, the last of them June 2025."""
    index = pd.date_range(end="2025-06-01", periods=len(values), freq="MS")
    ledger = pd.DataFrame({"month": index, "revenue": np.asarray(values, float), "costed_revenue": 0.0, "cost": 0.0})
    return outlook(ledger, targets, window=WINDOW, region="North", history_start=index[0].date(), months=months)


def test_a_business_that_grows_by_a_tenth_each_year_is_expected_to_grow_by_a_tenth() -> None:
    # July to September of the last year: 121 % of 100, 80, 60; ten per cent more than that in the next.
    found = expect(np.concatenate([SEASON, SEASON * 1.1, SEASON * 1.21]))
    assert found.method == "trend"
    assert found.months["expected"].tolist() == pytest.approx([133.1, 106.48, 79.86])
    assert (found.expected, found.year_ago) == (pytest.approx(319.44), pytest.approx(290.4))
    assert str(found.period) == "2025-Q3"


def test_the_interval_is_t_times_the_root_of_the_mean_squared_error_of_past_forecasts() -> None:
    """By hand: 24 months leave ten forecasts of 3 months; with 4/9 and 1/9 in common they are worth 10/2.1111."""
    values = np.concatenate([np.full(12, 100.0), 100 + 10 * (-1.0) ** np.arange(12)])
    found = expect(values)
    # Each month missed by 10, the sum of three by 10 as well.
    assert (found.method, found.n) == ("seasonal", 10)
    assert found.expected == pytest.approx(310.0)
    assert found.high - found.expected == pytest.approx(10 * t.ppf(0.975, 10 / (1 + 2 * (4 / 9 + 1 / 9))))
    # Of single months all ten count: t(10) = 2.2281 in every table.
    assert (found.months["high"] - found.months["expected"]).tolist() == pytest.approx([22.281] * 3, rel=1e-4)
    assert found.error == pytest.approx(np.median(10 / np.where(np.arange(10) % 2, 290, 310)))


def test_too_little_history_is_said_and_nothing_expected() -> None:
    found = expect(np.full(23, 100.0))
    assert (found.method, found.n) == ("", 9)
    assert found.expected != found.expected
    assert found.months["expected"].isna().all()
    assert found.year_ago == 300.0
    assert expect(np.full(24, 100.0)).method == "seasonal"
    assert expect(np.full(5, 100.0)).n == 0


def test_the_target_of_the_same_months_is_beside_it() -> None:
    targets = pd.DataFrame({"month": pd.to_datetime(["2025-07-01"]), "months": 3, "value": 900.0, "region": "North"})
    targets = targets.assign(measure="revenue", kind="target", account_id=None, person_id=None, family=None)
    assert expect(np.full(36, 100.0), targets=targets).target == 900.0
    assert np.isnan(expect(np.full(36, 100.0)).target)


def test_returns_beyond_sales_expect_no_negative_pace() -> None:
    values = np.concatenate([np.full(30, 100.0), np.full(6, -50.0)])
    assert (expect(values).months["expected"] >= 0).all()


def test_nothing_later_than_the_window_is_looked_at() -> None:
    index = pd.date_range("2022-07-01", periods=39, freq="MS")
    ledger = pd.DataFrame({"month": index, "revenue": 100.0, "costed_revenue": 0.0, "cost": 0.0})
    later = ledger.assign(revenue=ledger["revenue"].where(index < "2025-07-01", 9e9))
    first, second = (
        outlook(frame, NO_TARGETS, window=WINDOW, region="North", history_start=FIRST) for frame in (ledger, later)
    )
    assert first.months.equals(second.months)
    assert (first.low, first.high) == (second.low, second.high)


@pytest.mark.parametrize(("growth", "spread"), [(0.0, 0.05), (0.0, 0.25), (0.15, 0.10)])
def test_the_intervals_hold_what_comes_about_as_often_as_they_say(growth: float, spread: float) -> None:
    """Coverage over 400 simulated firms: of 95 % intervals, 92 to 99 % must hold (2 standard errors: 2.2 %)."""
    random = np.random.default_rng(20250701)
    level = (1 + growth) ** (np.arange(39) / 12) * np.tile(SEASON, 4)[:39]
    held, single = [], []
    for _ in range(400):
        values = level * random.normal(1.0, spread, 39)
        found = expect(values[:36])
        held.append(found.low <= values[36:].sum() <= found.high)
        single.append(found.months["low"].iloc[0] <= values[36] <= found.months["high"].iloc[0])
    assert 0.92 <= np.mean(held) <= 0.995
    assert 0.90 <= np.mean(single) <= 0.995


def test_the_months_follow_the_fiscal_year() -> None:
    window = Period.parse("2024-07..2025-06", fiscal_year_start=7)
    index = pd.date_range("2022-07-01", periods=36, freq="MS")
    ledger = pd.DataFrame({"month": index, "revenue": 100.0, "costed_revenue": 0.0, "cost": 0.0})
    found = outlook(ledger, NO_TARGETS, window=window, region="North", history_start=FIRST)
    assert str(found.period) == "2026-Q1"
