import math

import pandas as pd
import pytest

from kamreport.analysis.intervals import wilson_interval
from kamreport.analysis.win_rates import win_rates
from tests.analysis.frames import NAN, WINDOW


def deals(*rows: tuple[str | None, str | None, str | None, float]) -> pd.DataFrame:
    """Deals of (day closed, outcome, rival, amount)."""
    frame = pd.DataFrame(list(rows), columns=["closed_on", "outcome", "competitor_id", "amount"])
    frame["closed_on"] = pd.to_datetime(frame["closed_on"])
    return frame.astype({"outcome": "str", "competitor_id": "str", "amount": float})


def test_the_rate_is_of_the_deals_won_and_lost_by_hand() -> None:
    found = win_rates(
        deals(
            ("2025-06-01", "won", "x", 100),
            ("2025-06-02", "lost", "x", 40),
            ("2025-06-03", "lost", "x", 60),
            ("2025-06-04", "won", "y", 7),
        ),
        window=WINDOW,
    )
    x, y = (found.frame.iloc[place].to_dict() for place in (0, 1))
    assert (x["competitor_id"], x["won"], x["lost"], x["n"], x["rate"]) == ("x", 1, 2, 3, pytest.approx(1 / 3))
    assert (x["low"], x["high"]) == wilson_interval(1, 3)
    assert (x["won_amount"], x["lost_amount"]) == (100, 100)
    assert (y["competitor_id"], y["n"], y["rate"], y["lost_amount"]) == ("y", 1, 1.0, 0)
    assert (found.won, found.n, found.rate, found.low, found.high) == (2, 4, 0.5, *wilson_interval(2, 4))


def test_cancelled_and_open_deals_are_counted_and_not_decided() -> None:
    found = win_rates(
        deals(
            ("2025-06-01", "won", "x", 1),
            ("2025-06-01", "cancelled", "x", 1),
            (None, None, None, 1),
            (None, None, None, 1),
        ),
        window=WINDOW,
    )
    assert (found.n, found.rate, found.cancelled, found.open) == (1, 1.0, 1, 2)


def test_a_rival_that_is_not_known_differs_from_none() -> None:
    found = win_rates(
        deals(("2025-06-01", "won", None, 1), ("2025-06-01", "lost", "unknown", 1), ("2025-06-01", "won", "none", 1)),
        window=WINDOW,
    )
    assert found.frame.set_index("competitor_id")["n"].to_dict() == {"unknown": 2, "none": 1}


def test_the_year_before_stands_beside_and_not_in_the_rate() -> None:
    found = win_rates(
        deals(
            ("2025-06-30", "won", "x", 1),
            ("2025-07-01", "lost", "x", 1),  # after the window
            ("2024-06-30", "won", "x", 1),
            ("2023-07-01", "lost", "x", 1),
            ("2023-06-30", "lost", "x", 1),  # before the year before
            ("2024-06-01", "lost", "gone", 1),  # a rival of the year before only has no row
        ),
        window=WINDOW,
    )
    assert found.frame[["competitor_id", "n", "won_before", "n_before"]].values.tolist() == [["x", 1, 1, 2]]


def test_the_rival_with_most_deals_comes_first() -> None:
    rows = [("2025-06-01", "won", rival, 1.0) for rival in ("b", "a", "c", "c")]
    assert win_rates(deals(*rows), window=WINDOW).frame["competitor_id"].tolist() == ["c", "a", "b"]


def test_a_deal_without_an_amount_is_worth_nothing_and_counts() -> None:
    found = win_rates(deals(("2025-06-01", "lost", "x", NAN)), window=WINDOW)
    assert found.frame[["n", "lost_amount"]].values.tolist() == [[1, 0]]


def test_no_deals_have_no_rate() -> None:
    found = win_rates(deals(), window=WINDOW)
    assert (len(found.frame), found.won, found.n, found.cancelled, found.open) == (0, 0, 0, 0, 0)
    assert all(math.isnan(value) for value in (found.rate, found.low, found.high))
