"""From the list price to the pocket margin, and what price and service make of an account."""

import pandas as pd

from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import PriceAndService, Waterfall

__all__ = ["price_and_service", "price_waterfall"]

DRIVERS = ("freight", "visits", "samples", "service", "credit", "storage", "commission", "other")


def price_waterfall(
    ledger: pd.DataFrame,
    profit: pd.DataFrame,
    deductions: pd.DataFrame,
    rebates: pd.DataFrame,
    *,
    window: Period,
) -> Waterfall:
    """Step from the list price to the pocket margin: the region's total and every account's part.

    List price of the lines that have one - discounts +/- lines without a list price - rebates in the invoices
    = revenue - revenue without known cost - cost of goods = gross margin - rebates beside the invoices - cost to
    serve by driver - what accounts without sales have cost (``idle``, in the total only) = pocket margin. Every sum
    is that of its steps.

    Parameters
    ----------
    ledger
        One row per account and month: `owner_id`, `revenue`, `cost`, `costed_revenue`, `list_amount`,
        `listed_revenue`.
    profit
        Of `owner_profit` over the window, with the deductions.
    deductions
        `owner_id`, `step`, `amount` of the window.
    rebates
        `month`, `amount`, `in_transactions`, `settled_on` (blank: earned and not paid).

    References
    ----------
    Marn, M. V., Rosiello, R. L. (1992). Managing price, gaining profit. HBR 70(5), 84-94: the pocket price
    waterfall.

    Examples
    --------
    >>> month = pd.to_datetime(["2025-06-01"])
    >>> ledger = pd.DataFrame({"owner_id": ["a"], "month": month, "revenue": [90.0], "cost": [60.0],
    ...     "costed_revenue": [90.0], "list_amount": [100.0], "listed_revenue": [90.0]})
    >>> profit = pd.DataFrame({"owner_id": ["a"], "name": ["A"], "manager_id": ["m"], "manager_name": ["M"]})
    >>> given = pd.DataFrame({"owner_id": ["a"], "step": ["freight"], "amount": [5.0]})
    >>> rebates = pd.DataFrame({"month": [], "amount": [], "in_transactions": [], "settled_on": []})
    >>> found = price_waterfall(ledger, profit, given, rebates, window=Period.parse("2025-06"))
    >>> dict(zip(found.steps["step"], found.steps["amount"]))
    {'list': 100.0, 'discounts': -10.0, 'revenue': 90.0, 'cost': -60.0, 'margin': 30.0, 'freight': -5.0, 'pocket': 25.0}
    """
    names = ["revenue", "cost", "costed_revenue", "list_amount", "listed_revenue"]
    sums = in_window(ledger, window).groupby("owner_id")[names].sum().reindex(profit["owner_id"]).fillna(0.0)
    months = pd.to_datetime(rebates["month"])
    earned = rebates[(months >= pd.Timestamp(window.start)) & (months < pd.Timestamp(window.end))]
    is_booked = earned["in_transactions"].astype(bool)
    booked = float(earned.loc[is_booked, "amount"].sum())
    beside = deductions.pivot_table(index="owner_id", columns="step", values="amount", aggfunc="sum")
    parts = _steps(sums, beside.reindex(sums.index).fillna(0.0))
    known = ["owner_id", "name", "manager_id", "manager_name"]
    accounts = profit[known].merge(parts.reset_index(), on="owner_id", validate="one_to_one")
    totals = parts.sum()
    totals["unlisted"] += booked
    totals["booked"] = -booked
    idle = float(deductions.loc[~deductions["owner_id"].isin(parts.index), "amount"].sum())
    pocket = totals.pop("pocket") - idle
    steps = pd.DataFrame({"step": [*totals.index, "idle", "pocket"], "amount": [*totals, -idle, pocket]})
    steps["is_level"] = steps["step"].isin(["list", "revenue", "margin", "pocket"])
    has = {
        name
        for name, there in (
            ("list", bool((sums["list_amount"] != 0).any())),
            ("cost", bool((sums["costed_revenue"] != 0).any())),
            ("rebates", len(earned) > 0),
            ("service", bool((deductions["step"] != "rebates").any())),
        )
        if there
    }
    if "list" not in has:
        steps = steps[~steps["step"].isin(["list", "discounts", "unlisted", "booked"])]
    unsettled = earned[~is_booked & earned["settled_on"].isna()]
    return Waterfall(
        steps[steps["is_level"] | (steps["amount"].abs() >= 0.005)].reset_index(drop=True),
        accounts.sort_values(["revenue", "owner_id"], ascending=[False, True], ignore_index=True),
        float(unsettled["amount"].sum()),
        frozenset(has),
        window,
    )


def _steps(sums: pd.DataFrame, beside: pd.DataFrame) -> pd.DataFrame:
    """Every step as a column, in their order, of each owner."""
    parts = pd.DataFrame(index=sums.index)
    parts["list"] = sums["list_amount"]
    parts["discounts"] = sums["listed_revenue"] - sums["list_amount"]
    parts["unlisted"] = sums["revenue"] - sums["listed_revenue"]
    parts["booked"] = 0.0  # which lines they are is known of the total only
    parts["revenue"] = sums["revenue"]
    parts["uncosted"] = sums["costed_revenue"] - sums["revenue"]
    parts["cost"] = -sums["cost"]
    parts["margin"] = sums["costed_revenue"] - sums["cost"]
    for step in ("rebates", *DRIVERS):
        if step in beside:
            parts[step] = -beside[step]
    parts["pocket"] = parts["margin"] - beside.sum(axis=1)
    return parts


def price_and_service(profit: pd.DataFrame) -> PriceAndService:
    """Divide the accounts by net price and cost to serve, each at its median.

    Net price is revenue after rebates as a part of the list price; the cost to serve is a part of revenue. Accounts
    whose list price is unknown, and pools, are left out.

    Parameters
    ----------
    profit
        Of `owner_profit`, with the deductions: `owner_id`, `revenue`, `discount`, `rebates`, `service`, `is_pool`,
        `is_home`.

    References
    ----------
    Shapiro, B. P., Rangan, V. K., Moriarty, R. T., Ross, E. B. (1987). Manage customers for profits (not just
    sales). HBR 65(5), 101-108.

    Examples
    --------
    >>> profit = pd.DataFrame({"owner_id": list("abcd"), "revenue": 100.0, "discount": [0.0, 0.0, 0.2, 0.2],
    ...     "rebates": 0.0, "service": [9.0, 1.0, 9.0, 1.0], "is_pool": False, "is_home": True})
    >>> price_and_service(profit).frame["kind"].tolist()
    ['carriage', 'passive', 'aggressive', 'bargain']
    """
    shown = ~profit["is_pool"] & profit["is_home"] & (profit["revenue"] > 0) & profit["discount"].notna()
    frame = profit[shown].reset_index(drop=True)
    frame["price"] = (1 - frame["discount"]) * (1 - frame["rebates"] / frame["revenue"])
    frame["burden"] = frame["service"] / frame["revenue"]
    price, burden = (float(frame[name].median()) if len(frame) else float("nan") for name in ("price", "burden"))
    dear, heavy = frame["price"] >= price, frame["burden"] > burden
    frame["kind"] = "bargain"
    for is_dear, is_heavy, kind in ((True, True, "carriage"), (True, False, "passive"), (False, True, "aggressive")):
        frame.loc[(dear == is_dear) & (heavy == is_heavy), "kind"] = kind
    return PriceAndService(frame, price, burden)
