"""What serving costs, what is given away, what was agreed: costs, prices, rebates, spend, contracts, benefits."""

from datetime import date, timedelta

import pandas as pd

from kamreport.book.demo.changes import EROSION
from kamreport.book.demo.firm import LAST, REGIONS
from kamreport.book.demo.trade import products
from kamreport.book.demo.world import MONTHS, YEAR, World
from kamreport.results import each

__all__ = ["benchmarks", "benefits", "contracts", "cost_to_serve", "price_list", "product_costs", "rebates", "spend"]


def product_costs(world: World) -> pd.DataFrame:
    """What a unit has cost, by month since its launch: what the lines of the month say, or the month before."""
    lines = world.lines[(world.lines["kind"] == "sale") & (world.lines["currency"] == "CNY")]
    month = lines["date"].dt.to_period("M")
    sums = lines.groupby([lines["product_id"], month])[["cost", "quantity"]].sum()
    unit_cost = (sums["cost"] / sums["quantity"]).round(4).unstack().reindex(columns=MONTHS).ffill(axis=1).bfill(axis=1)
    frame = unit_cost.T.melt(ignore_index=False, var_name="product_id", value_name="unit_cost")
    frame = frame.rename_axis("month").reset_index()
    launched = {one.product_id: pd.Period(one.launched_on, "M") for one in products()}
    frame = frame[frame["month"] >= frame["product_id"].map(launched)]
    return frame.assign(month=frame["month"].astype(str))


def price_list() -> pd.DataFrame:
    """List prices; one product's was raised twice."""
    rows: list[tuple[object, ...]] = []
    for product in products():
        steps = [(max(date(2022, 1, 1), product.launched_on), 1.0)]
        if product.product_id == EROSION["product_id"]:
            steps += list(EROSION["raises"].items())  # type: ignore[attr-defined]
        ends = [since for since, _ in steps[1:]] + [None]
        for (since, factor), end in zip(steps, ends, strict=True):
            rows.append((product.product_id, round(product.list_price * factor, 4), product.unit, since, end))
    return pd.DataFrame(rows, columns=["product_id", "price", "unit", "valid_from", "valid_to"])


def rebates(world: World) -> pd.DataFrame:
    """Rebates by the month in which they were earned: one eats all that an account earns, one is booked already."""
    rows: list[tuple[object, ...]] = []
    booked = next(one for one in world.innocents if one.kind == "rebate_in_transactions")
    red = world.lines[(world.lines["account_id"] == booked.account_id) & (world.lines["kind"] == "rebate")]
    rows += [
        (one.date.strftime("%Y-%m"), one.account_id, -one.revenue, "是", "volume", one.date.date()) for one in each(red)
    ]
    usual = [account for region in REGIONS for account in world.steady(region)[12:20]]
    bought = world.sums()
    for account in usual:
        amount = round(float(bought[account.id]) * 0.01, 2)
        rows.append(("2024-12", account.id, amount, "否", "year_end", date(2025, 1, 20)))
    generous = world.pick("Southwest", rank=1)
    given = 0.0
    for quarter in pd.period_range("2024Q3", "2025Q2", freq="Q"):
        start, end = quarter.start_time.date(), quarter.end_time.date()
        amount = round(float(world.sums("revenue", start, end + timedelta(days=1))[generous.id]) * 0.22, 2)
        given += amount
        settled = end + timedelta(days=40)
        rows.append((end.strftime("%Y-%m"), generous.id, amount, "否", "volume", settled if settled <= LAST else None))
    margin = float(bought[generous.id] - world.sums("cost")[generous.id])
    world.truth(
        "rebate_turns_margin", generous, "earns nothing once its rebates are deducted",
        finding="customer_value/fake_big_accounts",
        figures={"margin_12m": round(margin, 2), "rebates_12m": round(given, 2)},
    )  # fmt: skip
    return pd.DataFrame(rows, columns=["month", "account_id", "amount", "in_transactions", "kind", "settled_on"])


def cost_to_serve(world: World) -> pd.DataFrame:
    """Freight and visits by region to share out, and what single accounts cost: one more than it earns."""
    rng = world.draw("cost_to_serve")
    rows: list[tuple[object, ...]] = []
    region_of = {account.id: account.region for account in world.firm.accounts}
    region = world.lines["account_id"].map(region_of)
    month = world.lines["date"].dt.to_period("M")
    sold = world.lines["revenue"].groupby([region, month]).sum()
    for name in REGIONS:
        for one in MONTHS[-24:]:
            base = float(sold.loc[name].loc[one])
            for driver, part, by in (
                ("freight", 0.018, "deliveries"),
                ("storage", 0.006, "revenue"),
                ("visits", 0.005, "visits"),
            ):
                rows.append((str(one), driver, round(base * part * rng.uniform(0.9, 1.1), 2), None, by, name, None))
    costly = world.pick("Northeast", rank=1)
    by_month = world.lines[world.lines["account_id"] == costly.id].assign(month=month).groupby("month")["revenue"].sum()
    spent = 0.0
    for one in MONTHS[-24:]:
        visits = int(rng.integers(8, 15))
        amount = round(max(float(by_month.get(one, 0.0)), 0.0) * 0.28 * rng.uniform(0.95, 1.05), 2)
        spent += amount if one >= pd.Period(YEAR, "M") else 0.0
        rows.append((str(one), "service", amount, costly.id, None, None, visits))
    for account in [account for name in REGIONS for account in world.steady(name)[:6]]:
        samples = [round(account.yearly / 12 * rng.uniform(0.002, 0.006), 2) for _ in MONTHS[-24:]]
        rows += [
            (str(one), "samples", amount, account.id, None, None, None)
            for one, amount in zip(MONTHS[-24:], samples, strict=True)
        ]
    margin = float(world.sums()[costly.id] - world.sums("cost")[costly.id])
    world.truth(
        "costs_more_than_it_earns", costly, "needs more service than it earns",
        finding="customer_value/fake_big_accounts",
        figures={"margin_12m": round(margin, 2), "service_12m": round(spent, 2)},
    )  # fmt: skip
    names = ["month", "driver", "amount", "account_id", "allocate_by", "region", "quantity"]
    return pd.DataFrame(rows, columns=names)


def spend(world: World) -> pd.DataFrame:
    """What the regions spend to win, keep and serve accounts: more on winning than on keeping."""
    rng = world.draw("spend")
    usual = {"acquire": (62000, 300), "retain": (24000, 140), "serve": (30000, 260), "fixed": (85000, 0)}
    rows = [
        (
            str(month),
            purpose,
            round(amount * rng.uniform(0.85, 1.15), 2),
            round(hours * rng.uniform(0.85, 1.15), 1),
            region,
        )
        for month in MONTHS
        for region in REGIONS
        for purpose, (amount, hours) in usual.items()
    ]
    return pd.DataFrame(rows, columns=["month", "purpose", "amount", "hours", "region"])


def contracts(world: World) -> pd.DataFrame:
    """Yearly contracts of the key accounts, each renewing the one before: one ran out, one was renewed late."""
    rng = world.draw("contracts")
    ended, late = world.pick("North", rank=1), world.pick("Central", rank=3)
    holders = [account for account in world.firm.accounts if world.tiers.get(account.id) == "key"]
    holders += [one for one in (ended, late) if one not in holders]
    rows: list[dict[str, object]] = []
    last_of: dict[str, str] = {}
    for account in holders:
        month = {ended.id: 5, late.id: 4}.get(account.id, int(rng.integers(1, 13)))
        for year in (2022, 2023, 2024, 2025):
            starts = date(year, month, 1)
            gone = account.last < starts or (account.id == ended.id and year == 2025)
            if gone or starts > LAST or starts < account.first - timedelta(days=365):
                continue
            delay = 24 if (account.id, year) == (late.id, 2025) else -int(rng.integers(3, 40))
            signed = starts + timedelta(days=delay)
            id_ = f"HT{year}{account.id}"
            rows.append(
                {
                    "contract_id": id_, "account_id": account.id, "signed_on": signed, "starts_on": starts,
                    "ends_on": date(year + 1, month, 1) - timedelta(days=1), "value": round(account.yearly, -3),
                    "renews": last_of.get(account.id, ""), "exclusive": "是" if rng.random() < 0.1 else "否",
                }
            )  # fmt: skip
            last_of[account.id] = id_
    frame = pd.DataFrame(rows)
    world.truth(
        "contract_ran_out", ended, "its contract ended in April 2025 and none has followed",
        object_id=last_of[ended.id],
        figures={"ends_on": "2025-04-30", "revenue_12m": round(float(world.sums()[ended.id]), 2)},
    )  # fmt: skip
    world.innocent(
        "renewed_late", late, "was without a contract for three weeks and has one again", object_id=last_of[late.id],
        figures={"signed_on": "2025-04-25"},
    )  # fmt: skip
    return frame


def benefits(world: World) -> pd.DataFrame:
    """What joint work with four key accounts has brought, a year."""
    rng = world.draw("benefits")
    rows = [
        (
            str(month),
            account.id,
            kind,
            round(float(rng.uniform(2000, 12000)), 0),
            round(float(rng.uniform(3000, 15000)), 0),
            "采购经理",
        )
        for account in [world.steady(region)[0] for region in ("North", "East", "South", "Central")]
        for month in MONTHS[-12::3]
        for kind in ("saving", "process")
    ]
    return pd.DataFrame(rows, columns=["month", "account_id", "kind", "own", "customer", "agreed_by"])


def benchmarks() -> pd.DataFrame:
    """Figures of an invented survey of an invented trade; they are no real benchmark."""
    source = "invented for the demo 演示用虚构数据"
    rows = [
        ("overdue_share", 0.12, "share", 2024), ("dso", 62, "days", 2024), ("on_time_in_full", 0.88, "share", 2024),
        ("gross_margin_rate", 0.17, "share", 2024), ("retention", 0.90, "share", 2024),
        ("accounts_per_manager", 14, "accounts", 2024),
    ]  # fmt: skip
    return pd.DataFrame([(*row, source) for row in rows], columns=["metric", "value", "unit", "year", "source"])
