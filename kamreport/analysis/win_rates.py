"""Deals won and lost, against whom."""

import pandas as pd

from kamreport.analysis.intervals import wilson_interval
from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import WinRates

__all__ = ["win_rates"]


def win_rates(opportunities: pd.DataFrame, *, window: Period) -> WinRates:
    """Count the deals won and lost against each rival; rate = won / (won + lost), Wilson 95 %.

    Parameters
    ----------
    opportunities
        `closed_on`, `outcome`, `competitor_id`, `amount` (report currency).

    References
    ----------
    Wilson, E. B. (1927). JASA 22, 209-212.

    Examples
    --------
    >>> deals = pd.DataFrame({"closed_on": pd.to_datetime(["2025-06-01"] * 3), "outcome": ["won", "lost", "lost"],
    ...     "competitor_id": "x", "amount": [1.0, 2.0, 3.0]})
    >>> found = win_rates(deals, window=Period.parse("2025-06"))
    >>> found.won, found.n, round(found.low, 2), round(found.high, 2)
    (1, 3, 0.06, 0.79)
    """
    now, before = _decided(opportunities, window), _decided(opportunities, window.back(window.months))
    closed = in_window(opportunities, window, by="closed_on")
    rows = []
    for rival, group in now.groupby("competitor_id", sort=True):
        earlier = before[before["competitor_id"] == rival]
        won = int((group["outcome"] == "won").sum())
        low, high = wilson_interval(won, len(group))
        amounts = group.groupby("outcome")["amount"].sum()
        rows.append(
            {
                "competitor_id": rival,
                "won": won,
                "lost": len(group) - won,
                "n": len(group),
                "rate": won / len(group),
                "low": low,
                "high": high,
                "won_amount": float(amounts.get("won", 0.0)),
                "lost_amount": float(amounts.get("lost", 0.0)),
                "won_before": int((earlier["outcome"] == "won").sum()),
                "n_before": len(earlier),
            }
        )
    names = [
        "competitor_id", "won", "lost", "n", "rate", "low", "high", "won_amount", "lost_amount",
        "won_before", "n_before",
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=names).sort_values(["n", "competitor_id"], ascending=[False, True])
    won, n = int((now["outcome"] == "won").sum()), len(now)
    low, high = wilson_interval(won, n)
    return WinRates(
        frame=frame.reset_index(drop=True),
        won=won,
        n=n,
        rate=won / n if n else float("nan"),
        low=low,
        high=high,
        cancelled=int((closed["outcome"] == "cancelled").sum()),
        open=int(opportunities["closed_on"].isna().sum()),
        window=window,
    )


def _decided(opportunities: pd.DataFrame, window: Period) -> pd.DataFrame:
    closed = in_window(opportunities, window, by="closed_on")
    decided = closed[closed["outcome"].isin(["won", "lost"])]
    return decided.assign(
        competitor_id=decided["competitor_id"].fillna("unknown"), amount=decided["amount"].fillna(0.0)
    )
