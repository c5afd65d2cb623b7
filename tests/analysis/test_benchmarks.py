"""Our figures beside the trade's."""

from datetime import date

import pandas as pd
import pytest

from kamreport.analysis.benchmarks import METRICS, benchmarked, on_time_in_full, own_metrics

from .frames import AS_OF, NAN, WINDOW, profit_frame


def trade(*rows: tuple[str, float, str, int], source: str = "X", segment: str | None = None) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=["metric", "value", "unit", "year"])
    return frame.assign(source=source, segment=segment)


def deliveries(*rows: tuple[str | None, str | None, float, float]) -> pd.DataFrame:
    """Rows of (promised, delivered, ordered, delivered quantity)."""
    frame = pd.DataFrame(list(rows), columns=["promised_on", "delivered_on", "ordered_qty", "delivered_qty"])
    for name in ("promised_on", "delivered_on"):
        frame[name] = pd.to_datetime(frame[name])
    return frame.astype({"ordered_qty": float, "delivered_qty": float})


def test_the_newest_year_of_each_source_is_compared_in_our_unit() -> None:
    told = pd.concat(
        [
            trade(("win_rate", 55.0, "%", 2022), ("win_rate", 60.0, "%", 2024)),
            trade(("win_rate", 0.5, "share", 2020), source="Y"),
        ]
    )
    found = benchmarked({"win_rate": (0.48, 52)}, told)
    assert found.frame[["value", "year", "source"]].values.tolist() == [[0.6, 2024, "X"], [0.5, 2020, "Y"]]
    assert found.frame["own"].tolist() == [0.48, 0.48]
    assert found.uncompared == []


@pytest.mark.parametrize(
    ("own", "row", "segment"),
    [
        ({"win_rate": (NAN, 0)}, ("win_rate", 0.5, "share", 2024), None),
        ({}, ("dso", 62.0, "days", 2024), None),
        ({"win_rate": (0.5, 9)}, ("win_rate", 0.5, "deals", 2024), None),
        ({"win_rate": (0.5, 9)}, ("win_rate", 0.5, "share", 2024), "dealer"),
    ],
    ids=["ours unknown", "nothing of the kind", "another unit", "of one segment"],
)
def test_what_cannot_be_compared_is_named(
    own: dict[str, tuple[float, int]], row: tuple[str, float, str, int], segment: str | None
) -> None:
    found = benchmarked(own, trade(row, segment=segment))
    assert (len(found.frame), found.uncompared) == (0, [row[0]])


def test_on_time_in_full_counts_late_short_and_missing_as_misses_and_what_is_not_due_not_at_all() -> None:
    rows = deliveries(
        ("2025-06-05", "2025-06-05", 10, 10),
        ("2025-06-05", "2025-06-06", 10, 10),
        ("2025-06-05", "2025-06-04", 10, 9),
        ("2025-06-05", None, 10, NAN),
        ("2025-07-01", "2025-06-05", 10, 10),
        (None, "2025-06-05", 10, 10),
    )
    assert on_time_in_full(rows, window=WINDOW, as_of=AS_OF) == (1, 4)
    assert on_time_in_full(rows, window=WINDOW, as_of=date(2025, 6, 1)) == (0, 0)


def test_own_figures_by_hand() -> None:
    profit = profit_frame([("a", 100.0, 30.0), ("b", 100.0, -10.0)], costed_revenue=100.0)
    accounts = pd.DataFrame(
        {
            "manager_id": ["m", "m", "n", None, "m", "m", "k"],
            "revenue_12m": [1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0],
            "type": ["customer"] * 5 + ["pool", "customer"],
            "is_home": [True] * 6 + [False],
        }
    )
    own = own_metrics(profit, accounts, deliveries(), window=WINDOW, as_of=AS_OF)
    assert own["gross_margin_rate"] == (0.1, 2)
    assert own["accounts_per_manager"] == (1.5, 2)  # of those who buy, at home here, with a manager: 3 with 2
    assert own["on_time_in_full"][1] == 0
    assert own["on_time_in_full"][0] != own["on_time_in_full"][0]
    assert set(own) <= set(METRICS)
