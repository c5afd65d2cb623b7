"""What each owner earns for us: pocket margin, the whale curve, and the big ones that earn nothing."""

import numpy as np
import pandas as pd

from kamreport.analysis.company import company_value
from kamreport.analysis.concentration import owners_for_share, ranking
from kamreport.period import Period
from kamreport.results import FakeBigAccounts, WhaleCurve
from kamreport.settings import Rules

__all__ = ["fake_big_accounts", "in_window", "margin_rate", "owner_profit", "whale_curve"]

_DEFAULTS = Rules()


def in_window(ledger: pd.DataFrame, window: Period) -> pd.DataFrame:
    """Rows of a ledger whose month lies in a period.

    Examples
    --------
    >>> ledger = pd.DataFrame({"month": pd.to_datetime(["2025-05-01", "2025-06-01"]), "revenue": [1.0, 2.0]})
    >>> in_window(ledger, Period.parse("2025-06"))["revenue"].tolist()
    [2.0]
    """
    return ledger[(ledger["month"] >= pd.Timestamp(window.start)) & (ledger["month"] < pd.Timestamp(window.end))]


def owner_profit(ledger: pd.DataFrame, owners: pd.DataFrame, *, window: Period) -> pd.DataFrame:
    """What each owner bought in the window, at what price and what margin.

    Pocket margin here is revenue after credits and rebates in the invoices, less cost of goods, over the lines
    whose cost is known. Cash-sales pools are totals, not owners, and carry `is_pool`.

    Parameters
    ----------
    ledger
        One row per account and month: `owner_id`, `revenue`, `cost`, `costed_revenue`, `list_amount`,
        `listed_revenue`, `orders` (report currency, without VAT).
    owners
        One row per owner: `owner_id`, `name`, `type`, `segment`, `manager_id`, `manager_name`, `is_home`.

    Returns
    -------
    DataFrame
        One row per owner with revenue or cost in the window: its columns, `revenue`, `costed_revenue`,
        `margin`, `rate` (margin / costed revenue), `discount` (1 - revenue / list price) and `orders`;
        largest revenue first.

    References
    ----------
    Marn, M. V., Rosiello, R. L. (1992). Managing price, gaining profit. HBR 70(5): pocket price and margin.

    Examples
    --------
    >>> ledger = pd.DataFrame({"owner_id": ["a"], "month": pd.to_datetime(["2025-06-01"]), "revenue": [100.0],
    ...     "cost": [80.0], "costed_revenue": [100.0], "list_amount": [200.0], "listed_revenue": [100.0],
    ...     "orders": [2]})
    >>> owners = pd.DataFrame({"owner_id": ["a"], "name": ["A"], "type": ["customer"], "segment": [""],
    ...     "manager_id": ["m"], "manager_name": ["M"], "is_home": [True]})
    >>> owner_profit(ledger, owners, window=Period.parse("2025-06"))[["margin", "rate", "discount"]].values.tolist()
    [[20.0, 0.2, 0.5]]
    """
    measures = ["revenue", "cost", "costed_revenue", "list_amount", "listed_revenue", "orders"]
    sums = in_window(ledger, window).groupby("owner_id")[measures].sum().reset_index()
    sums["margin"] = sums["costed_revenue"] - sums["cost"]
    sums["rate"] = (sums["margin"] / sums["costed_revenue"]).where(sums["costed_revenue"] > 0)
    sums["discount"] = (1 - sums["listed_revenue"] / sums["list_amount"]).where(sums["list_amount"] > 0)
    known = ["owner_id", "name", "type", "segment", "manager_id", "manager_name", "is_home"]
    frame = sums.merge(owners[known], on="owner_id", how="left", validate="one_to_one")
    frame["is_pool"] = frame["type"] == "pool"
    columns = [*known, "is_pool", "revenue", "costed_revenue", "margin", "rate", "discount", "orders"]
    return frame[columns].sort_values(["revenue", "owner_id"], ascending=[False, True], ignore_index=True)


def margin_rate(profit: pd.DataFrame) -> float:
    """Margin rate of all owners together; NaN where no cost is known.

    Examples
    --------
    >>> margin_rate(pd.DataFrame({"margin": [20.0, 5.0], "costed_revenue": [100.0, 25.0]}))
    0.2
    """
    costed = float(profit["costed_revenue"].sum())
    return float(profit["margin"].sum()) / costed if costed > 0 else float("nan")


def whale_curve(profit: pd.DataFrame) -> WhaleCurve:
    """Rank the owners by profit and cumulate it.

    Parameters
    ----------
    profit
        Of `owner_profit`; pools are left out.

    References
    ----------
    Kaplan, R. S., Narayanan, V. G. (2001). Measuring and managing customer profitability. Journal of Cost
    Management 15(5), 5-15.

    Examples
    --------
    >>> frame = pd.DataFrame({"owner_id": list("abc"), "name": list("ABC"), "margin": [80.0, 40.0, -20.0],
    ...     "revenue": [1.0, 1.0, 1.0], "is_pool": False})
    >>> curve = whale_curve(frame)
    >>> curve.peak, curve.total, curve.give_back
    (120.0, 100.0, 0.2)
    """
    frame = profit[~profit["is_pool"]].sort_values(["margin", "owner_id"], ascending=[False, True], ignore_index=True)
    frame = frame.assign(rank=np.arange(1, len(frame) + 1), cumulative=frame["margin"].cumsum())
    total, peak = float(frame["margin"].sum()), float(frame["margin"].clip(lower=0).sum())
    losing = frame[frame["margin"] < 0].sort_values(["margin", "owner_id"], ignore_index=True)
    return WhaleCurve(frame, total, peak, losing, (peak - total) / total if total > 0 else float("nan"))


def fake_big_accounts(profit: pd.DataFrame, company: pd.DataFrame, *, rules: Rules = _DEFAULTS) -> FakeBigAccounts:
    """Find fake big accounts: among the owners that make most of the revenue, those that earn little or nothing.

    A big owner is fake if its margin is not positive, or its rate lies `fake_margin_gap` below the company's
    median. Big are the owners at home here that together make `fake_revenue_share` of their revenue in the region.

    Parameters
    ----------
    profit
        Of `owner_profit`; pools are left out.
    company
        Measure `margin_rate_median`.

    References
    ----------
    Shapiro, B. P., Rangan, V. K., Moriarty, R. T., Ross, E. B. (1987). Manage customers for profits (not just
    sales). HBR 65(5).

    Examples
    --------
    >>> frame = pd.DataFrame({"owner_id": list("abc"), "name": list("ABC"), "revenue": [50.0, 40.0, 10.0],
    ...     "costed_revenue": [50.0, 40.0, 10.0], "margin": [-1.0, 10.0, 2.0], "rate": [-0.02, 0.25, 0.2],
    ...     "discount": [0.1, 0.1, 0.1], "is_pool": False, "is_home": True})
    >>> company = pd.DataFrame({"measure": ["margin_rate_median"], "segment": [""], "value": [0.2],
    ...     "moment": pd.to_datetime(["2025-07-01"])})
    >>> fake_big_accounts(frame, company).fakes["owner_id"].tolist()
    ['a']
    """
    median_rate = company_value(company, "margin_rate_median")
    frame = profit[~profit["is_pool"] & profit["is_home"]]
    ranked = ranking(frame, column="revenue")
    big = ranked["owner_id"].head(owners_for_share(ranked, rules.fake_revenue_share))
    frame = frame.assign(
        is_big=frame["owner_id"].isin(big), shortfall=median_rate * frame["costed_revenue"] - frame["margin"]
    )
    poor = (frame["margin"] <= 0) | (frame["rate"] <= median_rate - rules.fake_margin_gap + 1e-9)
    frame = frame.assign(is_fake=frame["is_big"] & poor & frame["rate"].notna())
    fakes = frame[frame["is_fake"]].sort_values(["shortfall", "owner_id"], ascending=[False, True], ignore_index=True)
    discount = float(frame["discount"].median()) if frame["discount"].notna().any() else float("nan")
    return FakeBigAccounts(frame, len(big), fakes, median_rate, discount, rules)
