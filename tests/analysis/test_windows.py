import pandas as pd

from kamreport.analysis.windows import in_window
from tests.analysis.frames import WINDOW, ledger_frame


def test_a_window_holds_its_first_month_and_not_the_one_after_its_last() -> None:
    ledger = ledger_frame([("a", month, 1.0) for month in ("2024-06-01", "2024-07-01", "2025-06-01", "2025-07-01")])
    assert in_window(ledger, WINDOW)["month"].dt.strftime("%Y-%m").tolist() == ["2024-07", "2025-06"]


def test_a_window_holds_the_days_of_another_column_and_no_blank_ones() -> None:
    days = pd.to_datetime(["2024-06-30", "2024-07-01", None, "2025-06-30", "2025-07-01"])
    rows = pd.DataFrame({"closed_on": days, "deal": list("abcde")})
    assert in_window(rows, WINDOW, by="closed_on")["deal"].tolist() == ["b", "d"]
