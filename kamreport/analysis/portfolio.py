"""Accounts sorted by plain rules: the four-part test, the yearly threshold, value today against potential."""

import numpy as np
import pandas as pd

from kamreport.analysis.company import company_value
from kamreport.analysis.concentration import owners_for_share, ranking
from kamreport.analysis.scoring import POTENTIAL
from kamreport.results import FourPartTest, Portfolio, VipRule
from kamreport.settings import Rules

__all__ = ["four_part_test", "portfolio", "vip_rule"]

_DEFAULTS = Rules()
_PARTS = ("star", "harvest", "develop", "minor")
_KNOWN = ["owner_id", "name", "manager_id", "manager_name"]


def four_part_test(
    profit: pd.DataFrame, company: pd.DataFrame, *, material: float, by_margin: bool, rules: Rules = _DEFAULTS
) -> FourPartTest:
    """Test which accounts buy often, much, at a good margin, and matter to the region.

    Often: at least as many orders as the region's median account. Much: among those that make the first
    `fake_revenue_share` of revenue. Well: at least the company's median margin rate. Matters: its margin (revenue
    where the cost is not known) alone is material.

    Parameters
    ----------
    profit
        Of `owner_profit`, for twelve months; pools and accounts at home elsewhere are left out.
    company
        Measure `margin_rate_median`.
    material
        From which amount something is material for the region.

    Examples
    --------
    >>> profit = pd.DataFrame({"owner_id": ["a", "b"], "name": ["A", "B"], "manager_id": "m", "manager_name": "M",
    ...     "revenue": [90.0, 10.0], "margin": [30.0, 1.0], "rate": [1 / 3, 0.1], "orders": [9, 2],
    ...     "is_home": True, "is_pool": False})
    >>> company = pd.DataFrame({"measure": ["margin_rate_median"], "segment": "", "value": [0.2],
    ...     "moment": pd.to_datetime(["2025-07-01"])})
    >>> four_part_test(profit, company, material=5.0, by_margin=True).frame[["name", "passed"]].values.tolist()
    [['A', 4], ['B', 0]]
    """
    frame = profit[~profit["is_pool"] & profit["is_home"]]
    ranked = ranking(frame, column="revenue")
    first = ranked.head(owners_for_share(ranked, rules.fake_revenue_share))
    orders = float(frame["orders"].median()) if len(frame) else float("nan")
    revenue = float(first["revenue"].min()) if len(first) else float("nan")
    rate = company_value(company, "margin_rate_median")
    worth = frame["margin" if by_margin else "revenue"]
    parts = {
        "often": frame["orders"] >= orders,
        "much": frame["owner_id"].isin(first["owner_id"]),
        "well": (frame["rate"] >= rate).astype(object).where(frame["rate"].notna() & (rate == rate)),
        "matters": worth >= material,
    }
    frame = frame[[*_KNOWN, "orders", "revenue", "rate"]].assign(**parts)
    frame["passed"] = frame[list(parts)].eq(True).sum(axis=1)
    frame = frame.sort_values(["passed", "revenue", "owner_id"], ascending=[False, False, True], ignore_index=True)
    return FourPartTest(frame, orders, revenue, rate, material, by_margin)


def vip_rule(profit: pd.DataFrame, *, rules: Rules = _DEFAULTS) -> VipRule:
    """Apply the threshold rule: who buys for a yearly amount, and who nearly does.

    Parameters
    ----------
    profit
        Of `owner_profit`, for twelve months; pools and accounts at home elsewhere are left out.

    Examples
    --------
    >>> profit = pd.DataFrame({"owner_id": list("abc"), "name": list("ABC"), "manager_id": "m", "manager_name": "M",
    ...     "revenue": [1_200_000.0, 950_000.0, 100.0], "is_home": True, "is_pool": False})
    >>> found = vip_rule(profit)
    >>> found.reached["name"].tolist(), found.near[["name", "missing"]].values.tolist()
    (['A'], [['B', 50000.0]])
    """
    frame = profit[~profit["is_pool"] & profit["is_home"] & (profit["revenue"] > 0)]
    frame = frame[[*_KNOWN, "revenue"]].assign(missing=(rules.vip_revenue - frame["revenue"]).clip(lower=0))
    frame = frame.sort_values(["revenue", "owner_id"], ascending=[False, True])
    has = frame["revenue"] >= rules.vip_revenue
    near = ~has & (frame["revenue"] >= (1 - rules.vip_near) * rules.vip_revenue)
    reached, total = frame[has], float(frame["revenue"].sum())
    share = float(reached["revenue"].sum()) / total if total else float("nan")
    return VipRule(reached.reset_index(drop=True), frame[near].reset_index(drop=True), len(frame), share, rules)


def portfolio(measured: pd.DataFrame, scored: pd.DataFrame, *, by_margin: bool, rules: Rules = _DEFAULTS) -> Portfolio:
    """Sort the accounts by what they bring today and by what they could bring, each above or below its median.

    Star: both. Harvest: much today, little potential. Develop: little today, much potential. Minor: neither.
    Accounts whose potential is not known are in no part; who brings nothing brings little, wherever the median lies.

    Parameters
    ----------
    measured
        Of `criteria`: `owner_id`, `profit`, and what potential is made of: `headroom`, `deals`, `growth`.
    scored
        `KeyScore.frame`: the percentiles `profit` and `potential`.

    References
    ----------
    Fiocca, R. (1982). Account portfolio analysis for strategy development. Industrial Marketing Management 11,
    53-62.

    Examples
    --------
    >>> measured = pd.DataFrame({"owner_id": ["a", "b"], "profit": [9.0, 1.0], "headroom": None, "deals": 0.0,
    ...     "growth": [1.0, 2.0]})
    >>> scored = pd.DataFrame({"owner_id": ["a", "b"], "name": ["A", "B"], "manager_id": "m", "manager_name": "M",
    ...     "profit": [75.0, 25.0], "potential": [20.0, 80.0]})
    >>> portfolio(measured, scored, by_margin=True).frame["part"].tolist()
    ['harvest', 'develop']
    """
    frame = scored[[*_KNOWN, "profit", "potential"]].rename(columns={"profit": "current"})
    frame["worth"] = frame["owner_id"].map(measured.set_index("owner_id")["profit"])
    frame = frame[frame["potential"].notna()]
    high, able = (frame[name] >= frame[name].median() for name in ("current", "potential"))
    high &= frame["worth"] > 0
    frame["part"] = np.select([high & able, high, able], _PARTS[:3], _PARTS[3])
    frame = frame.sort_values(["worth", "owner_id"], ascending=[False, True], ignore_index=True)
    parts = frame.groupby("part").agg(accounts=("owner_id", "size"), worth=("worth", "sum"))
    parts = parts.reindex(_PARTS, fill_value=0).reset_index()
    total = float(parts["worth"].sum())
    parts["share"] = parts["worth"] / total if total > 0 else float("nan")
    known = {name: int(measured[name].notna().sum()) for name in POTENTIAL}
    return Portfolio(frame, parts, known, len(measured), by_margin, rules)
