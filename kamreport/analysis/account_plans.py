"""Accounts against their own targets, and why revenue differs from last year's: volume, mix, price, families."""

from collections.abc import Sequence

import pandas as pd

from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import AccountPlans, RevenueBridge

__all__ = ["account_plans", "revenue_bridge"]

_BARS = ["past", "volume", "mix", "price", "new", "stopped", "other", "now"]


def revenue_bridge(product_ledger: pd.DataFrame, *, now: Period, past: Period) -> RevenueBridge:
    """Part the change of revenue into volume, mix, price, new and stopped families: the parts add up exactly.

    Of the families that were sold in both periods in the same unit, with quantities q and prices p:
    volume = (Q1/Q0 - 1) R0 over all of one unit, mix = sum q1 p0 - (Q1/Q0) R0, price = sum (p1 - p0) q1. What has a
    quantity in one period only is new or stopped; what has none in either (credits, services) is other.

    Parameters
    ----------
    product_ledger
        `family`, `unit`, `month`, `revenue` (report currency), `quantity` (per unit).

    References
    ----------
    Horngren, C. T., Datar, S. M., Rajan, M. V. (2012). Cost Accounting: A Managerial Emphasis, 14th ed., ch. 14:
    sales-volume variance, divided into sales-mix and sales-quantity variance.

    Examples
    --------
    >>> rows = pd.DataFrame({"family": "F", "unit": "t", "month": pd.to_datetime(["2024-06-01", "2025-06-01"]),
    ...     "revenue": [100.0, 240.0], "quantity": [10.0, 20.0]})
    >>> june = Period.parse("2025-06")
    >>> totals = revenue_bridge(rows, now=june, past=june.year_ago).totals
    >>> totals["past"], totals["volume"], totals["price"], totals["now"]  # twice as much, 2 more for each of 20
    (100.0, 100.0, 40.0, 240.0)
    """
    cells = _bridge(product_ledger, now, past, [])
    frame = cells.groupby("family")[_BARS].sum().reset_index()
    size = (frame["now"] - frame["past"]).abs()
    frame = frame.assign(size=size).sort_values(["size", "family"], ascending=[False, True], ignore_index=True)
    frame = frame.drop(columns="size")
    return RevenueBridge(frame, {name: float(frame[name].sum()) for name in _BARS}, now, past)


def account_plans(
    targets: pd.DataFrame,
    product_ledger: pd.DataFrame,
    accounts: pd.DataFrame,
    owners: pd.DataFrame,
    *,
    period: Period,
) -> AccountPlans:
    """Compare the accounts' revenue with their own targets, and bridge it from last year's same months.

    Targets of accounts under one control are added. They are compared only where each of them fills the period
    month for month: a quarter's target is never split.

    Parameters
    ----------
    targets
        `month`, `months`, `measure`, `kind`, `value`, `region`, `account_id`, `person_id`, `family`; used are
        revenue targets of an account and nothing finer.
    product_ledger
        `owner_id`, `family`, `unit`, `month`, `revenue`, `quantity`.
    accounts, owners
        `account_id`, `owner_id`, `is_home`; `owner_id`, `name`, `type`, `manager_id`, `manager_name`.

    References
    ----------
    See `revenue_bridge`; here a family of an account is what is priced, and the mix is that of the account.

    Examples
    --------
    >>> june = Period.parse("2025-06")
    >>> targets = pd.DataFrame({"month": pd.to_datetime(["2025-06-01"]), "months": 1, "measure": "revenue",
    ...     "kind": "target", "value": 300.0, "region": None, "account_id": "a", "person_id": None, "family": None})
    >>> rows = pd.DataFrame({"owner_id": "a", "family": "F", "unit": "t", "revenue": [100.0, 240.0],
    ...     "month": pd.to_datetime(["2024-06-01", "2025-06-01"]), "quantity": [10.0, 20.0]})
    >>> accounts = pd.DataFrame({"account_id": ["a"], "owner_id": ["a"], "is_home": [True]})
    >>> owners = pd.DataFrame({"owner_id": ["a"], "name": ["A"], "type": "customer", "manager_id": "m",
    ...     "manager_name": "M"})
    >>> found = account_plans(targets, rows, accounts, owners, period=june)
    >>> found.frame[["target", "actual", "variance", "past", "volume", "price"]].values.tolist()
    [[300.0, 240.0, -60.0, 100.0, 100.0, 40.0]]
    """
    home = accounts[accounts["is_home"]].set_index("account_id")["owner_id"]
    own = targets[
        (targets["measure"] == "revenue") & (targets["kind"] == "target") & targets["account_id"].isin(home.index)
    ]
    own = own[own["person_id"].isna() & own["family"].isna()]
    filled = _filled(own, period)
    told = pd.DataFrame({"owner_id": home.reindex(filled.index).to_numpy(), "target": filled.to_numpy()})
    told["owner_id"] = told["owner_id"].astype("str")  # also where there is none
    sums = told.groupby("owner_id")["target"].agg(["sum", "count", "size"])
    whole = sums[sums["count"] == sums["size"]]["sum"].rename("target").reset_index()
    bars = _bridge(product_ledger, period, period.year_ago, ["owner_id"]).groupby("owner_id")[_BARS].sum()
    known = owners.loc[owners["type"] != "pool", ["owner_id", "name", "manager_id", "manager_name"]]
    frame = known.merge(whole, on="owner_id").merge(bars.reset_index(), on="owner_id", how="left")
    frame[_BARS] = frame[_BARS].fillna(0.0)
    frame = frame.rename(columns={"now": "actual"})
    frame["variance"] = frame["actual"] - frame["target"]
    frame = frame.sort_values(["variance", "owner_id"], ignore_index=True)
    return AccountPlans(frame, period, len(sums) - len(whole))


def _filled(targets: pd.DataFrame, period: Period) -> "pd.Series[float]":
    """Target of each account for the period; NaN where its targets do not fill it month for month.

    A target that names the region and one that does not are two scopes, which are never added: one is taken.
    """
    inside = in_window(targets, period).drop_duplicates(["account_id", "month", "months"])
    ends = inside["month"].dt.year * 12 + inside["month"].dt.month + inside["months"]
    last = period.end.year * 12 + period.end.month
    groups = inside.assign(ends=ends).groupby("account_id")
    sums = groups["value"].sum()
    # Each begins in a month of its own, together they are as long as the period, and none reaches beyond it.
    fits = (
        (groups["months"].sum() == period.months)
        & (groups["ends"].max() == last)
        & (groups["month"].min() == pd.Timestamp(period.start))
        & (groups["month"].nunique() == groups.size())
    )
    return sums.where(fits)


def _bridge(product_ledger: pd.DataFrame, now: Period, past: Period, by: Sequence[str]) -> pd.DataFrame:
    """One row per cell (`by`, family, unit) with its bars; volume and mix are measured within (`by`, unit)."""
    keys = [*by, "family", "unit"]
    rows = product_ledger.assign(unit=product_ledger["unit"].fillna(""))
    sums = []
    for number, span in ((1, now), (0, past)):
        part = in_window(rows, span).groupby(keys)[["revenue", "quantity"]].sum()
        sums.append(part.rename(columns={"revenue": f"r{number}", "quantity": f"q{number}"}))
    cells = sums[0].join(sums[1], how="outer").fillna(0.0).reset_index()
    # A price needs a quantity and an amount on the same side of zero.
    had = (cells["q0"] > 0) & (cells["r0"] > 0)
    has = (cells["q1"] > 0) & (cells["r1"] > 0)
    both = had & has
    kept = cells[both]
    totals = kept.groupby([*by, "unit"])[["q0", "q1"]].transform("sum")
    growth = totals["q1"] / totals["q0"]
    at_past_prices = kept["q1"] * kept["r0"] / kept["q0"]
    bars = pd.DataFrame(0.0, cells.index, ["volume", "mix", "price"])
    bars.loc[both, "volume"] = (growth - 1) * kept["r0"]
    bars.loc[both, "mix"] = at_past_prices - growth * kept["r0"]
    bars.loc[both, "price"] = kept["r1"] - at_past_prices
    bars["new"] = cells["r1"].where(has & ~had & (cells["q0"] == 0) & (cells["r0"] == 0), 0.0)
    bars["stopped"] = 0.0 - cells["r0"].where(had & ~has & (cells["q1"] == 0) & (cells["r1"] == 0), 0.0)
    bars["past"], bars["now"] = cells["r0"], cells["r1"]
    known = bars["volume"] + bars["mix"] + bars["price"] + bars["new"] + bars["stopped"]
    bars["other"] = (bars["now"] - bars["past"] - known).where(~both, 0.0)
    return pd.concat([cells[keys], bars[_BARS]], axis=1)
