"""What each owner earns for us: gross and pocket margin, the whale curve, and the big ones that earn nothing."""

import numpy as np
import pandas as pd

from kamreport.analysis.company import company_value
from kamreport.analysis.concentration import owners_for_share, ranking
from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import FakeBigAccounts, WhaleCurve
from kamreport.settings import Rules

__all__ = ["fake_big_accounts", "margin_rate", "owner_profit", "usual_terms", "whale_curve"]

_DEFAULTS = Rules()


def owner_profit(
    ledger: pd.DataFrame, owners: pd.DataFrame, *, window: Period, deductions: pd.DataFrame | None = None
) -> pd.DataFrame:
    """What each owner bought in the window, at what price, what gross margin and what pocket margin.

    Gross margin (`margin`) is revenue after the credits and rebates in the invoices, less cost of goods, over the
    lines whose cost is known. Pocket margin (`pocket`) is what is left of it after rebates outside the invoices and
    the cost to serve. Cash-sales pools are totals, not owners, and carry `is_pool`.

    Parameters
    ----------
    ledger
        One row per account and month: `owner_id`, `revenue`, `cost`, `costed_revenue`, `list_amount`,
        `listed_revenue`, `orders` (report currency, without VAT).
    owners
        One row per owner: `owner_id`, `name`, `type`, `segment`, `manager_id`, `manager_name`, `is_home`.
    deductions
        Of the window, positive: `owner_id`, `step` (``rebates``, or a driver of the cost to serve), `amount`.
        Without it the pocket margin is the gross margin.

    Returns
    -------
    DataFrame
        One row per owner with revenue or cost in the window: its columns, `revenue`, `costed_revenue`,
        `margin`, `rate` (margin / costed revenue), `discount` (1 - revenue / list price), `orders`, `rebates`,
        `service` (cost to serve), `pocket` and `pocket_rate`; largest revenue first.

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
    >>> given = pd.DataFrame({"owner_id": "a", "step": ["rebates", "freight"], "amount": [3.0, 2.0]})
    >>> found = owner_profit(ledger, owners, window=Period.parse("2025-06"), deductions=given)
    >>> found[["margin", "discount", "rebates", "service", "pocket", "pocket_rate"]].values.tolist()
    [[20.0, 0.5, 3.0, 2.0, 15.0, 0.15]]
    """
    measures = ["revenue", "cost", "costed_revenue", "list_amount", "listed_revenue", "orders"]
    frame = in_window(ledger, window).groupby("owner_id")[measures].sum().reset_index()
    frame["margin"] = frame["costed_revenue"] - frame["cost"]
    for name, amounts in _deducted(deductions).items():
        frame[name] = frame["owner_id"].map(amounts).fillna(0.0).astype(float)
    frame["pocket"] = frame["margin"] - frame["rebates"] - frame["service"]
    for name, amount in (("rate", "margin"), ("pocket_rate", "pocket")):
        frame[name] = (frame[amount] / frame["costed_revenue"]).where(frame["costed_revenue"] > 0)
    frame["discount"] = (1 - frame["listed_revenue"] / frame["list_amount"]).where(frame["list_amount"] > 0)
    known = ["owner_id", "name", "type", "segment", "manager_id", "manager_name", "is_home"]
    frame = frame.merge(owners[known], on="owner_id", how="left", validate="one_to_one")
    frame["is_pool"] = frame["type"] == "pool"
    earned = ["margin", "rate", "discount", "orders", "rebates", "service", "pocket", "pocket_rate"]
    columns = [*known, "is_pool", "revenue", "costed_revenue", *earned]
    return frame[columns].sort_values(["revenue", "owner_id"], ascending=[False, True], ignore_index=True)


def _deducted(deductions: pd.DataFrame | None) -> "dict[str, pd.Series[float] | dict[str, float]]":
    """Rebates and cost to serve by owner; nothing where nothing is known of them."""
    if deductions is None:
        return {"rebates": {}, "service": {}}
    is_rebate = deductions["step"] == "rebates"
    parts = {"rebates": deductions[is_rebate], "service": deductions[~is_rebate]}
    return {name: part.groupby("owner_id")["amount"].sum() for name, part in parts.items()}


def margin_rate(profit: pd.DataFrame) -> float:
    """Gross margin rate of all owners together; NaN where no cost is known.

    Examples
    --------
    >>> margin_rate(pd.DataFrame({"margin": [20.0, 5.0], "costed_revenue": [100.0, 25.0]}))
    0.2
    """
    costed = float(profit["costed_revenue"].sum())
    return float(profit["margin"].sum()) / costed if costed > 0 else float("nan")


def whale_curve(profit: pd.DataFrame) -> WhaleCurve:
    """Rank the owners by what they leave in our pocket and cumulate it.

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
    >>> frame = pd.DataFrame({"owner_id": list("abc"), "name": list("ABC"), "pocket": [80.0, 40.0, -20.0],
    ...     "revenue": [1.0, 1.0, 1.0], "is_pool": False})
    >>> curve = whale_curve(frame)
    >>> curve.peak, curve.total, curve.give_back
    (120.0, 100.0, 0.2)
    """
    frame = profit[~profit["is_pool"]].sort_values(["pocket", "owner_id"], ascending=[False, True], ignore_index=True)
    frame = frame.assign(rank=np.arange(1, len(frame) + 1), cumulative=frame["pocket"].cumsum())
    total, peak = float(frame["pocket"].sum()), float(frame["pocket"].clip(lower=0).sum())
    losing = frame[frame["pocket"] < 0].sort_values(["pocket", "owner_id"], ignore_index=True)
    return WhaleCurve(frame, total, peak, losing, (peak - total) / total if total > 0 else float("nan"))


def fake_big_accounts(profit: pd.DataFrame, company: pd.DataFrame, *, rules: Rules = _DEFAULTS) -> FakeBigAccounts:
    """Find fake big accounts: among the owners that make most of the revenue, those that earn little or nothing.

    A big owner is fake if its pocket margin is not positive, or its rate lies `fake_margin_gap` below the company's
    median. Big are the owners at home here that together make `fake_revenue_share` of their revenue in the region.

    What a fake one is short of the median is taken apart against the median account at home here: ``discount``,
    ``rebates`` and ``service`` are what it would bring more at the usual ones; the rest is ``cost``, its prices
    before discounts, its mix of products and their cost. The largest is the term to renegotiate.

    Parameters
    ----------
    profit
        Of `owner_profit`; pools are left out.
    company
        Measure `pocket_rate_median`.

    References
    ----------
    Shapiro, B. P., Rangan, V. K., Moriarty, R. T., Ross, E. B. (1987). Manage customers for profits (not just
    sales). HBR 65(5).

    Examples
    --------
    >>> frame = pd.DataFrame({"owner_id": list("abc"), "name": list("ABC"), "revenue": [50.0, 40.0, 10.0],
    ...     "costed_revenue": [50.0, 40.0, 10.0], "pocket": [-1.0, 10.0, 2.0], "pocket_rate": [-0.02, 0.25, 0.2],
    ...     "discount": [0.1, 0.1, 0.1], "rebates": [9.0, 0.0, 0.0], "service": 0.0, "is_pool": False,
    ...     "is_home": True})
    >>> company = pd.DataFrame({"measure": ["pocket_rate_median"], "segment": [""], "value": [0.2],
    ...     "moment": pd.to_datetime(["2025-07-01"])})
    >>> fake_big_accounts(frame, company).fakes[["owner_id", "shortfall", "term"]].values.tolist()
    [['a', 11.0, 'rebates']]
    """
    median_rate = company_value(company, "pocket_rate_median")
    frame = profit[~profit["is_pool"] & profit["is_home"]]
    ranked = ranking(frame, column="revenue")
    big = ranked["owner_id"].head(owners_for_share(ranked, rules.fake_revenue_share))
    frame = frame.assign(
        is_big=frame["owner_id"].isin(big), shortfall=median_rate * frame["costed_revenue"] - frame["pocket"]
    )
    poor = (frame["pocket"] <= 0) | (frame["pocket_rate"] <= median_rate - rules.fake_margin_gap + 1e-9)
    frame = frame.assign(is_fake=frame["is_big"] & poor & frame["pocket_rate"].notna())
    usual = usual_terms(frame)
    frame = _with_terms(frame, usual)
    fakes = frame[frame["is_fake"]].sort_values(["shortfall", "owner_id"], ascending=[False, True], ignore_index=True)
    return FakeBigAccounts(frame, len(big), fakes, median_rate, usual, rules)


def usual_terms(profit: pd.DataFrame) -> dict[str, float]:
    """Median discount off list, and median rebates and cost to serve as parts of revenue; NaN where unknown.

    Parameters
    ----------
    profit
        Of `owner_profit`.

    Examples
    --------
    >>> frame = pd.DataFrame({"revenue": [100.0, 50.0], "discount": [0.1, 0.2], "rebates": [0.0, 2.0],
    ...     "service": [4.0, 1.0]})
    >>> {name: round(value, 2) for name, value in usual_terms(frame).items()}
    {'discount': 0.15, 'rebates': 0.02, 'service': 0.03}
    """
    buying = profit[profit["revenue"] > 0]
    parts = {"discount": buying["discount"].dropna()}
    parts |= {name: buying[name] / buying["revenue"] for name in ("rebates", "service")}
    return {name: float(part.median()) if len(part) else float("nan") for name, part in parts.items()}


def _with_terms(frame: pd.DataFrame, usual: dict[str, float]) -> pd.DataFrame:
    """What each term takes beyond the usual one, as `over_...`, and the `term` that takes most."""
    price = (1 - usual["discount"]) / (1 - frame["discount"]).where(frame["discount"] < 1)
    terms = {"discount": (frame["revenue"] * (price - 1)).fillna(0.0)}
    terms |= {name: (frame[name] - usual[name] * frame["revenue"]).fillna(0.0) for name in ("rebates", "service")}
    terms["cost"] = frame["shortfall"] - sum(terms.values())
    over = pd.DataFrame(terms, index=frame.index).astype(float)
    term = over.fillna(0.0).idxmax(axis=1).astype("str") if len(over) else pd.Series(index=frame.index, dtype="str")
    return frame.assign(**{f"over_{name}": over[name] for name in over}, term=term)
