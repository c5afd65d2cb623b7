"""What was agreed with the key accounts for the year, month by month, and which of them did not keep to it."""

from datetime import date

import numpy as np
import pandas as pd

from kamreport.book.demo.firm import FIRST, LAST
from kamreport.book.demo.world import RATE, YEAR, World

__all__ = ["PLANNED_GROWTH", "account_targets"]

PLANNED_GROWTH = 1.05
"""What the plans of those were that bought less in the end, as if nothing were to happen."""
_SURPRISING = ("lost_account", "partial_defection", "stopped_family", "overdue_account", "discount_loses_money")


def account_targets(world: World) -> pd.DataFrame:
    """Revenue and margin by month for key accounts that have bought for a year and of late: most meet it, some nearly.

    A plan follows last year's months. Whoever knows an account plans about what it will buy; nobody knew of what is
    planted on accounts that were to buy less.
    """
    rng = world.draw("account plans")
    monthly, margins = _by_month(world)
    owner = {account.id: account.parent or account.id for account in world.firm.accounts}
    controlled = monthly.groupby(pd.Series(owner)).sum()
    surprising = {one.account_id for kind in _SURPRISING for one in world.planted(kind)}
    innocent = {one.account_id for one in world.innocents}
    rows: list[tuple[object, ...]] = []
    for year in (2024, 2025):
        for account in world.firm.accounts:
            attained = float(rng.uniform(1.02 if account.id in innocent else 0.94, 1.12))
            months = pd.period_range(f"{year}-01", f"{year}-12", freq="M")
            over = months[months <= pd.Period(LAST, "M")]
            own, together = monthly.loc[account.id], controlled.loc[owner[account.id]]
            before = float(together.reindex(over - 12).to_numpy(float).sum())
            has_bought = account.first < date(year - 1, 1, 1) and own.reindex(months[:3] - 3).to_numpy(float).sum() > 0
            if world.tiers.get(account.id) != "key" or not has_bought or before <= 0:
                continue
            grows = float(together.reindex(over).to_numpy(float).sum()) / before / attained
            grows = PLANNED_GROWTH if account.id in surprising else grows
            for month, past in zip(months, own.reindex(months - 12), strict=True):
                value = max(float(past), 0.0) * grows
                told = (account.id, str(month), f"{year}-01-02")
                rows.append((*told, "revenue", round(value, -2)))
                rows.append((*told, "margin", round(value * margins[account.id], -2)))
    frame = pd.DataFrame(rows, columns=["account_id", "month", "issued_on", "measure", "value"])
    _plant(world, frame)
    return frame.assign(kind="target", region=None)


def _by_month(world: World) -> tuple[pd.DataFrame, "pd.Series[float]"]:
    """Revenue of each account (row) and month (column) in yuan, and the part of it that is margin in all years."""
    rate = np.where(world.lines["currency"] == "USD", RATE, 1.0)
    lines = world.lines.assign(revenue=world.lines["revenue"] * rate, month=world.lines["date"].dt.to_period("M"))
    months = pd.period_range(FIRST, LAST.replace(month=12), freq="M")
    ids = [account.id for account in world.firm.accounts]
    monthly = lines.pivot_table(index="account_id", columns="month", values="revenue", aggfunc="sum", fill_value=0.0)
    cost = (lines["cost"] * rate).groupby(lines["account_id"]).sum()
    revenue = lines["revenue"].groupby(lines["account_id"]).sum()
    return monthly.reindex(index=ids, columns=months, fill_value=0.0), (1 - cost / revenue).clip(lower=0.0)


def _plant(world: World, targets: pd.DataFrame) -> None:
    """Note one missed plan for each reason that a bridge from last year shows."""
    told = targets[(targets["measure"] == "revenue") & targets["month"].between("2025-01", "2025-06")]
    actual, past = world.sums(since=date(2025, 1, 1)), world.sums(since=date(2024, 1, 1), until=YEAR)
    for kind, region, reason in (
        ("partial_defection", "North", "volume"),
        ("stopped_family", "Northeast", "stopped"),
        ("discount_loses_money", "South", "price"),
    ):
        account = world.account(next(one.account_id for one in world.planted(kind) if one.region == region))
        world.truth(
            "plan_missed", account, f"has not kept to its plan for 2025: {_WHY[reason]}",
            finding="customer_value/account_plans", object_id=reason,
            figures={
                "target": round(float(told.loc[told["account_id"] == account.id, "value"].sum()), 2),
                "actual": round(float(actual[account.id]), 2),
                "past": round(float(past[account.id]), 2),
            },
        )  # fmt: skip


_WHY = {
    "volume": "it buys less of everything",
    "stopped": "it has stopped buying one family",
    "price": "it pays less for what it buys",
}
