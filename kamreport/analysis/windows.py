"""What lies in a period."""

import pandas as pd

from kamreport.period import Period

__all__ = ["in_window"]


def in_window(rows: pd.DataFrame, window: Period, *, by: str = "month") -> pd.DataFrame:
    """Rows whose month, or another of their days, lies in a period; a blank one lies in none.

    Parameters
    ----------
    rows
        Of a ledger, or of any frame with a column of days.
    by
        The column that says when.

    Examples
    --------
    >>> ledger = pd.DataFrame({"month": pd.to_datetime(["2025-05-01", "2025-06-01"]), "revenue": [1.0, 2.0]})
    >>> in_window(ledger, Period.parse("2025-06"))["revenue"].tolist()
    [2.0]
    """
    return rows[(rows[by] >= pd.Timestamp(window.start)) & (rows[by] < pd.Timestamp(window.end))]
