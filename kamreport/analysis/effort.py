"""Where the work goes, and what would be left without the largest accounts."""

import numpy as np
import pandas as pd

from kamreport.analysis.concentration import ranking
from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import Dependency, Effort
from kamreport.settings import Rules

__all__ = ["dependency", "effort"]

_DEFAULTS = Rules()
_CHANCE = 0.01  # how often an account may be called over- or under-served by chance alone


def dependency(
    profit: pd.DataFrame, spend: pd.DataFrame, *, window: Period, region: str, by_margin: bool, rules: Rules = _DEFAULTS
) -> Dependency:
    """Say what of the margin would be gone with each account, and whether the rest still pays the fixed cost.

    Cover = margin / fixed cost of the region. Gross margin is used: what an account costs to serve goes with it, but
    not at once. Nothing here says that anybody leaves.

    Parameters
    ----------
    profit
        Of `owner_profit`; pools count in the total and are not ranked.
    spend
        `month`, `purpose` (``fixed`` counts), `amount`, `region`. A region's fixed cost is what names it; what is
        spent for all regions counts in the company's report only.
    region
        The book's; ``all`` for the company.

    References
    ----------
    IFRS 8 Operating Segments, paragraph 34: customers with 10 per cent of revenue or more are disclosed.

    Examples
    --------
    >>> profit = pd.DataFrame({"owner_id": list("abc"), "name": list("ABC"), "manager_id": "m", "manager_name": "M",
    ...     "margin": [60.0, 30.0, 10.0], "revenue": 100.0, "is_pool": False})
    >>> spend = pd.DataFrame({"month": pd.to_datetime(["2025-06-01"]), "purpose": "fixed", "amount": [40.0],
    ...     "region": ["North"]})
    >>> found = dependency(profit, spend, window=Period.parse("2025-06"), region="North", by_margin=True)
    >>> found.cover, found.frame["cover_without"].tolist(), found.bearable
    (2.5, [1.0, 1.75, 2.25], 1)
    """
    measure = "margin" if by_margin else "revenue"
    total = float(profit[measure].sum())
    counted = in_window(spend, window)
    counted = counted[counted["purpose"] == "fixed"]
    if region != "all":
        counted = counted[counted["region"] == region]
    is_known = by_margin and bool((counted["amount"] > 0).any())
    fixed = float(counted["amount"].sum()) if is_known else float("nan")
    frame = profit[~profit["is_pool"] & (profit[measure] > 0)].rename(columns={measure: "amount"})
    frame = frame.sort_values(["amount", "owner_id"], ascending=[False, True], ignore_index=True)
    frame["rank"] = np.arange(1, len(frame) + 1)
    frame["share"] = frame["amount"] / total if total > 0 else float("nan")
    frame["cover_without"] = (total - frame["amount"]) / fixed
    left = total - frame["amount"].cumsum()
    bearable = int((left >= fixed).sum()) if is_known else None
    columns = ["rank", "owner_id", "name", "manager_id", "manager_name", "amount", "share", "cover_without"]
    return Dependency(frame[columns], total, fixed, total / fixed, bearable, by_margin, rules)


def effort(
    profit: pd.DataFrame,
    activities: pd.DataFrame,
    accounts: pd.DataFrame,
    *,
    window: Period,
    rules: Rules = _DEFAULTS,
) -> Effort:
    """Compare each account's share of the effort with its share of the profit.

    Effort is hours where at least nine contacts in ten have them, else the number of contacts; winning new accounts
    is not counted. An account is over-served if its share of the effort is `effort_ratio` times its share of the
    positive pocket margin, under-served the other way round, and in both cases only if so many or so few contacts
    would come by chance less than once in a hundred (Poisson). Who gets less than an average account is not called
    over-served, who earns less than one not under-served.

    Parameters
    ----------
    profit
        Of `owner_profit`, with the deductions.
    activities
        `account_id`, `date` (blank: planned only), `purpose`, `hours`.
    accounts
        `account_id`, `owner_id`.

    References
    ----------
    Shapiro, B. P., Rangan, V. K., Moriarty, R. T., Ross, E. B. (1987). Manage customers for profits (not just
    sales). HBR 65(5), 101-108.

    Examples
    --------
    >>> profit = pd.DataFrame({"owner_id": ["a", "b"], "name": ["A", "B"], "manager_id": "m", "manager_name": "M",
    ...     "pocket": [90.0, 10.0], "is_pool": False, "is_home": True})
    >>> days = pd.to_datetime(["2025-06-03"] * 40)
    >>> visits = pd.DataFrame({"account_id": ["a"] * 10 + ["b"] * 30, "date": days, "purpose": "serve", "hours": 2.0})
    >>> accounts = pd.DataFrame({"account_id": ["a", "b"], "owner_id": ["a", "b"]})
    >>> found = effort(profit, visits, accounts, window=Period.parse("2025-06"))
    >>> found.frame[["owner_id", "effort", "profit", "kind"]].values.tolist()
    [['b', 0.75, 0.1, 'over'], ['a', 0.25, 0.9, 'under']]
    """
    done = in_window(activities[activities["purpose"] != "acquire"], window, by="date")
    done = done.assign(
        owner_id=done["account_id"].map(dict(zip(accounts["account_id"], accounts["owner_id"], strict=True)))
    )
    by_hours = len(done) > 0 and float((done["hours"] > 0).mean()) >= 0.9
    sums = done.groupby("owner_id").agg(contacts=("account_id", "size"), hours=("hours", "sum"))
    ranked = profit[~profit["is_pool"] & profit["is_home"]]
    known = ["owner_id", "name", "manager_id", "manager_name", "pocket"]
    frame = ranked[known].merge(sums.reset_index(), on="owner_id", how="left", validate="one_to_one")
    frame[["contacts", "hours"]] = frame[["contacts", "hours"]].fillna(0.0)
    spent = frame["hours" if by_hours else "contacts"]
    earned = frame["pocket"].clip(lower=0)
    frame["effort"] = spent / float(spent.sum()) if spent.sum() > 0 else 0.0
    frame["profit"] = earned / float(earned.sum()) if earned.sum() > 0 else 0.0
    frame["kind"] = _served(frame, rules)
    order = ranking(frame, column="pocket").set_index("owner_id")["abc"]
    frame["tier"] = frame["owner_id"].map(order).astype("str")
    tiers = frame.groupby("tier").agg(
        accounts=("owner_id", "size"), contacts=("contacts", "sum"), hours=("hours", "sum"), effort=("effort", "sum"),
        profit=("profit", "sum"),
    )  # fmt: skip
    frame["gap"] = frame["effort"] - frame["profit"]
    frame = frame.sort_values(["gap", "owner_id"], ascending=[False, True], ignore_index=True)
    return Effort(frame, tiers.reset_index(), int(frame["contacts"].sum()), by_hours, rules)


def _served(frame: pd.DataFrame, rules: Rules) -> "pd.Series[str]":
    """Who is over- and who under-served, beyond the ratio and beyond chance."""
    from scipy.special import pdtr

    contacts = frame["contacts"].to_numpy(float)
    expected = frame["profit"].to_numpy(float) * contacts.sum()
    so_many, so_few = 1 - pdtr(contacts - 1, np.maximum(expected, 1e-9)), pdtr(contacts, np.maximum(expected, 1e-9))
    so_many = np.where(contacts > 0, so_many, 1.0)
    average = 1 / max(len(frame), 1)
    over = (frame["effort"] >= np.maximum(rules.effort_ratio * frame["profit"], average)) & (so_many < _CHANCE)
    under = (frame["profit"] >= np.maximum(rules.effort_ratio * frame["effort"], average)) & (so_few < _CHANCE)
    return pd.Series(np.select([over, under], ["over", "under"], ""), index=frame.index, dtype="str")
