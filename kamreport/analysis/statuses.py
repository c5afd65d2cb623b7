"""What the accounts are to us: those that buy or have bought, those we want to win, partners, closed ones."""

import numpy as np
import pandas as pd

from kamreport.period import Period
from kamreport.results import Statuses

__all__ = ["STATUSES", "account_statuses"]

STATUSES = ("existing", "silent", "target", "prospect", "partner", "closed")
_NOT_YET = ("target", "prospect", "closed")


def account_statuses(accounts: pd.DataFrame, *, window: Period, has_history: bool) -> Statuses:
    """Count the accounts at home here by status, with what they bought, and those whose status changed in a year.

    The status is the firm's own; an existing account without revenue in the twelve months is told apart as silent. An
    account that buys although the list calls it target, prospect or closed is counted beside it: the list is behind.

    Parameters
    ----------
    accounts
        `account_id`, `name`, `type`, `status`, `status_before` (a year ago; blank where it was not on file),
        `manager_id`, `manager_name`, `first_order`, `revenue_12m`, `revenue_prior` (the twelve months before),
        `is_home`.
    window
        The twelve months of `revenue_12m`; who first ordered in it was no existing account before.
    has_history
        The list says since when a status holds.

    References
    ----------
    Reinartz, W., Krafft, M., Hoyer, W. D. (2004). The customer relationship management process. Journal of Marketing
    Research 41(3), 293-305: initiation, maintenance and termination as stages of one relation.

    Examples
    --------
    >>> accounts = pd.DataFrame({"account_id": ["a", "b"], "name": ["A", "B"], "type": "customer", "is_home": True,
    ...     "status": ["existing", "prospect"], "status_before": ["prospect", "prospect"], "manager_id": "m",
    ...     "manager_name": "M", "revenue_12m": [5.0, 1.0], "revenue_prior": [0.0, 0.0],
    ...     "first_order": pd.to_datetime(["2025-02-01", "2025-03-01"])})
    >>> found = account_statuses(accounts, window=Period.parse("2024-07..2025-06"), has_history=True)
    >>> found.frame[["status", "accounts", "buying", "accounts_before"]].values.tolist()
    [['existing', 1, 1, 0.0], ['prospect', 1, 1, 2.0]]
    >>> found.moves["name"].tolist(), found.contradicted
    (['A'], 1)
    """
    home = accounts[accounts["is_home"]]
    pools = int((home["type"] == "pool").sum())
    home = home[home["type"] != "pool"]
    now = _with_silent(home["status"], home["revenue_12m"])
    frame = _counted(now, home["revenue_12m"]).rename(columns={"amount": "revenue"})
    if has_history:
        # A list without earlier entries has everybody on file for ever.
        is_new = (home["status_before"] == "existing") & (home["first_order"] >= pd.Timestamp(window.start))
        then = _with_silent(home["status_before"].mask(is_new), home["revenue_prior"])
        before = _counted(then, home["revenue_prior"]).drop(columns="amount").add_suffix("_before")
        frame = frame.join(before, how="outer").fillna(0.0).astype({"accounts": int, "buying": int})
    else:
        frame = frame.assign(accounts_before=np.nan, buying_before=np.nan)
    frame["revenue_before"] = home["revenue_prior"].groupby(now).sum()
    frame["revenue_before"] = frame["revenue_before"].fillna(0.0)
    order = [status for status in STATUSES if status in frame.index]
    frame = frame.loc[order].rename_axis("status").reset_index()
    moved = home["status_before"].notna() & (home["status_before"] != home["status"])
    moves = home[moved] if has_history else home.head(0)
    moves = moves.rename(columns={"status_before": "before", "revenue_12m": "revenue"})
    columns = ["account_id", "name", "manager_id", "manager_name", "before", "status", "revenue"]
    contradicted = int((home["status"].isin(_NOT_YET) & (home["revenue_12m"] > 0)).sum())
    moves = moves[columns].sort_values(["revenue", "account_id"], ascending=[False, True], ignore_index=True)
    return Statuses(frame, moves, has_history, contradicted, pools)


def _with_silent(status: pd.Series, revenue: pd.Series) -> pd.Series:
    """The status, existing without revenue told apart."""
    return status.mask((status == "existing") & ~(revenue > 0), "silent")


def _counted(status: pd.Series, revenue: pd.Series) -> pd.DataFrame:
    frame = pd.DataFrame({"status": status, "amount": revenue, "buying": revenue > 0})
    return frame.groupby("status").agg(accounts=("amount", "size"), buying=("buying", "sum"), amount=("amount", "sum"))
