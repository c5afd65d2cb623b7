import pandas as pd
import pytest

from kamreport.analysis.demand import demand, demand_pattern
from kamreport.results import Demand
from tests.analysis.frames import WINDOW, ledger_frame, monthly, owners_frame

KEYS = pd.DataFrame({"owner_id": ["a"]})


def bought(*rows: tuple[object, ...], months: int = 24) -> Demand:
    return demand(ledger_frame(rows), owners_frame("a", "b"), KEYS, window=WINDOW, months=months)


@pytest.mark.parametrize(
    ("interval", "size_cv2", "pattern"),
    [(1.31, 0.48, "smooth"), (1.31, 0.49, "erratic"), (1.32, 0.48, "intermittent"), (1.32, 0.49, "lumpy")],
)
def test_the_cuts_are_those_of_syntetos_boylan_and_croston(interval: float, size_cv2: float, pattern: str) -> None:
    # JORS 56 (2005), 495-503: p = 1.32 and CV2 = 0.49.
    assert demand_pattern(interval, size_cv2) == pattern


def test_a_steady_buyer_and_one_with_gaps() -> None:
    # b: 100 in January, 300 in July, of each year: 4 of the 24 months, the first of them the window's first.
    found = bought(
        *monthly("a", "2023-07..2025-06", 10.0),
        *(("b", f"{month}-01", amount) for month, amount in (
            ("2023-07", 300.0), ("2024-01", 100.0), ("2024-07", 300.0), ("2025-01", 100.0))),
    ).frame.set_index("owner_id")  # fmt: skip
    assert found.loc["a", ["months", "cv", "interval", "size_cv2", "pattern"]].tolist() == [24, 0.0, 1.0, 0.0, "smooth"]
    assert found.loc["b", "interval"] == 6.0
    # Sizes of mean 200 and variance 40,000 / 3: a third of the squared mean.
    assert found.loc["b", "size_cv2"] == pytest.approx(1 / 3)
    assert found.loc["b", "pattern"] == "intermittent"
    # Months of mean 800 / 24, variance (200,000 - 24 * mean^2) / 23.
    mean = 800 / 24
    assert found.loc["b", "cv"] == pytest.approx(((200_000 - 24 * mean**2) / 23) ** 0.5 / mean)


def test_an_account_counts_from_its_first_month_with_sales() -> None:
    found = bought(*monthly("a", "2025-01..2025-06", 10.0)).frame.iloc[0]
    assert (found["interval"], found["cv"]) == (1.0, 0.0)


def test_one_month_with_sales_says_nothing_and_a_month_of_returns_is_one_without() -> None:
    assert len(bought(("a", "2025-06-01", 10.0)).frame) == 0
    found = bought(("a", "2025-04-01", 10.0), ("a", "2025-05-01", -10.0), ("a", "2025-06-01", 10.0)).frame.iloc[0]
    assert (found["months"], found["interval"]) == (2, 1.5)


def test_key_accounts_are_counted_beside_the_others_with_an_interval() -> None:
    groups = bought(*monthly("a", "2024-07..2025-06", 10.0), ("b", "2024-07-01", 1.0), ("b", "2025-06-01", 1.0)).groups
    assert groups[["is_key", "accounts", "smooth", "intermittent", "smooth_share"]].values.tolist() == [
        [True, 1, 1, 0, 1.0],
        [False, 1, 0, 1, 0.0],
    ]
    assert groups["low"].iloc[0] == pytest.approx(0.2065, abs=1e-4)  # Wilson, 1 of 1
    assert bought().groups["accounts"].tolist() == [0, 0]


def test_with_a_year_of_data_only_that_year_is_asked_for() -> None:
    found = bought(*monthly("a", "2023-07..2025-06", 10.0), months=14)
    assert (found.window.months, found.frame["months"].tolist()) == (14, [14])
