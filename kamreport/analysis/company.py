"""What a region knows of the company: single measures out of the table of totals and thresholds."""

from datetime import date

import pandas as pd

from kamreport.results import each

__all__ = ["company_value", "segment_values"]


def company_value(company: pd.DataFrame, measure: str, *, segment: str = "") -> float:
    """Latest value of a company measure; NaN where there is none.

    Parameters
    ----------
    company
        `measure`, `segment`, `moment`, `value`.

    Examples
    --------
    >>> company = pd.DataFrame({"measure": ["x", "x"], "segment": ["", ""], "value": [1.0, 2.0],
    ...     "moment": pd.to_datetime(["2024-07-01", "2025-07-01"])})
    >>> company_value(company, "x")
    2.0
    """
    rows = company[(company["measure"] == measure) & (company["segment"] == segment)].sort_values("moment")
    return float(rows["value"].iloc[-1]) if len(rows) else float("nan")


def segment_values(company: pd.DataFrame, measure: str, *, as_of: date, at_least: int = 0) -> dict[str, float]:
    """A measure by segment as it stood on a day; ``*`` is all segments together.

    Parameters
    ----------
    company
        `measure`, `segment`, `moment`, `value`, `n`.
    at_least
        Cases that a segment needs to speak for itself; one with fewer is left out.

    Examples
    --------
    >>> company = pd.DataFrame({"measure": "regularity", "segment": ["*", "farm"], "value": [2.0, 90.0], "n": [50, 3],
    ...     "moment": pd.to_datetime(["2025-07-01"] * 2)})
    >>> segment_values(company, "regularity", as_of=date(2025, 7, 1), at_least=20)
    {'*': 2.0}
    """
    rows = company[(company["measure"] == measure) & (company["moment"] <= pd.Timestamp(as_of))]
    newest = rows[(rows["moment"] == rows["moment"].max()) & ((rows["segment"] == "*") | (rows["n"] >= at_least))]
    return {str(row.segment): float(row.value) for row in each(newest)}
