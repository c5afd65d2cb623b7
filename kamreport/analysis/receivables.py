"""Who owes us money for too long, and who looks after them."""

from collections.abc import Mapping

import pandas as pd

from kamreport.results import OverdueReceivables

__all__ = ["BUCKETS", "overdue"]

BUCKETS = ("overdue_1_30", "overdue_31_60", "overdue_61_90", "overdue_over_90")


def overdue(
    receivables: pd.DataFrame, accounts: pd.DataFrame, *, loss_rates: Mapping[str, float]
) -> OverdueReceivables:
    """Add up what is overdue at the end of the newest month, by account and manager.

    Parameters
    ----------
    receivables
        `month`, `account_id`, `balance` and the ageing buckets, with VAT.
    accounts
        `account_id`, `owner_id`, `name`, `manager_id`, `manager_name`.
    loss_rates
        Part of each bucket that is expected to be lost (provision matrix).

    References
    ----------
    IFRS 9, B5.5.35: provision matrix for trade receivables.

    Examples
    --------
    >>> receivables = pd.DataFrame({"month": pd.to_datetime(["2025-06-01"]), "account_id": ["a"], "balance": [100.0],
    ...     "overdue_1_30": [10.0], "overdue_31_60": [0.0], "overdue_61_90": [0.0], "overdue_over_90": [20.0]})
    >>> accounts = pd.DataFrame({"account_id": ["a"], "owner_id": ["a"], "name": ["A"], "manager_id": ["m"],
    ...     "manager_name": ["M"]})
    >>> found = overdue(receivables, accounts, loss_rates={"overdue_over_90": 0.5})
    >>> found.overdue, found.expected_loss
    (30.0, 10.0)
    """
    month = receivables["month"].max() if len(receivables) else None
    newest = receivables[receivables["month"] == month].fillna(dict.fromkeys(BUCKETS, 0.0))
    frame = newest.merge(
        accounts[["account_id", "owner_id", "name", "manager_id", "manager_name"]], on="account_id", how="left"
    )
    for name in ("owner_id", "name"):
        # An account that has never traded and stands in no master file owes all the same.
        frame[name] = frame[name].fillna(frame["account_id"])
    frame["overdue"] = frame[list(BUCKETS)].sum(axis=1)
    frame["expected_loss"] = sum((frame[name] * loss_rates.get(name, 0.0) for name in BUCKETS), start=0.0)
    frame["manager_id"] = frame["manager_id"].fillna("")
    frame["manager_name"] = frame["manager_name"].fillna("")
    sums = ["balance", "overdue", "overdue_over_90", "expected_loss"]
    managers = frame.groupby(["manager_id", "manager_name"])[sums].sum().reset_index()
    late = frame[frame["overdue"] > 0].groupby("manager_id").size()
    managers["accounts"] = managers["manager_id"].map(late).fillna(0).astype(int)
    total = float(frame["overdue"].sum())
    managers["share"] = managers["overdue"] / total if total else 0.0
    return OverdueReceivables(
        month=month,
        managers=managers.sort_values(["overdue", "manager_id"], ascending=[False, True], ignore_index=True),
        accounts=frame.sort_values(["overdue", "account_id"], ascending=[False, True], ignore_index=True),
        balance=float(frame["balance"].sum()),
        overdue=total,
        over_90=float(frame["overdue_over_90"].sum()),
        expected_loss=float(frame["expected_loss"].sum()),
        before=_total(receivables, month, 1),
        year_ago=_total(receivables, month, 12),
    )


def _total(receivables: pd.DataFrame, month: pd.Timestamp | None, months_back: int) -> float:
    if month is None:
        return float("nan")
    rows = receivables[receivables["month"] == month - pd.DateOffset(months=months_back)]
    return float(rows[list(BUCKETS)].sum().sum()) if len(rows) else float("nan")
