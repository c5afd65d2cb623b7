"""Our figures beside the trade's."""

import pandas as pd
import pytest

from kamreport.analysis.benchmarks import METRICS, benchmarked, own_metrics

from .frames import NAN, profit_frame
from .test_delivery import found as served


def trade(*rows: tuple[str, float, str, int], source: str = "X", segment: str | None = None) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=["metric", "value", "unit", "year"])
    return frame.assign(source=source, segment=segment)


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


def test_on_time_in_full_is_that_of_the_section_on_deliveries() -> None:
    rows = [  # the first late with its second line, the second short, the third as promised
        ("a", "1", "2025-06-10", 0, 1.0),
        ("a", "1", "2025-06-10", 3, 1.0),
        ("a", "2", "2025-06-10", -2, 0.5),
        ("a", "3", "2025-06-10", 0, 1.0),
        ("a", "4", "2025-06-10", 0, 0.9),
    ]
    none = profit_frame([]), pd.DataFrame(columns=["manager_id", "revenue_12m", "type", "is_home"])
    assert own_metrics(*none, delivered=served(rows))["on_time_in_full"] == (0.25, 4)


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
    own = own_metrics(profit, accounts)
    assert own["gross_margin_rate"] == (0.1, 2)
    assert own["accounts_per_manager"] == (1.5, 2)  # of those who buy, at home here, with a manager: 3 with 2
    assert "on_time_in_full" not in own
    assert set(own) <= set(METRICS)
