"""What happened to single accounts after all: prices that slipped, orders moved forward, accounts that moved.

The lines are invented first and changed here, so that all that is not changed stays as it was, to the last digit.
"""

from datetime import date, timedelta

import pandas as pd

from kamreport.book.demo.firm import REGIONS
from kamreport.book.demo.trade import products
from kamreport.book.demo.world import LEFT_ON, YEAR, YEAR_BEFORE, World

__all__ = ["CAMPAIGN", "EROSION", "MOVED_ON", "SISTER_SINCE", "change", "moved_account"]

DISCOUNT_SINCE, SISTER_SINCE, MOVED_ON, RISE_SINCE = (
    date(2024, 10, 1), date(2024, 12, 1), date(2025, 2, 1), date(2024, 10, 1),
)  # fmt: skip
EROSION = {"product_id": "0109", "raises": {date(2024, 1, 1): 1.05, date(2025, 1, 1): 1.1025}}
"""A product whose list price was raised twice, while what accounts pay stayed as it was."""
CAMPAIGN = {
    "campaign_id": "CP05", "region": "Northeast", "family": "Feed 饲料",
    "starts_on": date(2024, 11, 4), "ends_on": date(2024, 11, 30),
}  # fmt: skip
"""What was bought in it would have been bought in the four weeks after it."""
_AMOUNTS = ["quantity", "list_amount", "revenue", "cost"]


def change(world: World) -> None:
    """Change the lines of some accounts and note what was planted."""
    _discount(world)
    _rise(world)
    _erosion(world)
    _campaign(world)
    _sister(world)
    _moved(world)
    _succession(world)
    _red_lines(world)
    world.lines = world.lines.sort_values(["date", "doc_id"], kind="stable", ignore_index=True)
    _credit_note(world)


def moved_account(world: World) -> str:
    """The account that moved from the North to the East."""
    return next(one.account_id for one in world.innocents if one.kind == "moved_to_another_region")


def _of(world: World, account_id: str, since: date) -> "pd.Series[bool]":
    return (world.lines["account_id"] == account_id) & (world.lines["date"] >= pd.Timestamp(since))


def _discount(world: World) -> None:
    account = world.pick("South")
    world.lines.loc[_of(world, account.id, DISCOUNT_SINCE), "revenue"] *= 0.92
    world.lines["revenue"] = world.lines["revenue"].round(2)
    before, after = (
        {
            name: float(world.sums(name, since, until)[account.id])
            for name in ("revenue", "cost", "quantity", "list_amount")
        }
        for since, until in ((date(2023, 10, 1), date(2024, 7, 1)), (DISCOUNT_SINCE, date(2025, 7, 1)))
    )
    world.truth(
        "discount_loses_money",
        account,
        f"pays 8 % less since {DISCOUNT_SINCE} and buys hardly more",
        finding="customer_value/discounts_that_lose_money",
        figures={
            "discount_before": round(1 - before["revenue"] / before["list_amount"], 4),
            "discount_after": round(1 - after["revenue"] / after["list_amount"], 4),
            "margin_before": round(before["revenue"] - before["cost"], 2),
            "margin_after": round(after["revenue"] - after["cost"], 2),
        },
    )


def _rise(world: World) -> None:
    account = world.pick("Central", rank=15)
    for since, factor in ((RISE_SINCE, 1.8), (date(2025, 2, 1), 1.6)):
        rows = _of(world, account.id, since)
        quantity = world.lines.loc[rows, "quantity"]
        grown = (quantity * factor).round(1)
        for column in _AMOUNTS:
            world.lines.loc[rows, column] = (world.lines.loc[rows, column] * grown / quantity).round(2)
    now, before = (float(world.sums(since=s, until=u)[account.id]) for s, u in _TWO_YEARS)
    world.truth(
        "rising_account",
        account,
        "is a standard account in the file and has more than doubled within a year",
        figures={"revenue_12m": round(now, 2), "revenue_prior": round(before, 2)},
    )


_TWO_YEARS = ((YEAR, date(2025, 7, 1)), (YEAR_BEFORE, YEAR))


def _erosion(world: World) -> None:
    product = world.lines["product_id"] == EROSION["product_id"]
    original = world.lines["list_amount"].copy()
    for since, factor in EROSION["raises"].items():  # type: ignore[attr-defined]
        rows = product & (world.lines["order_date"] >= pd.Timestamp(since))
        world.lines.loc[rows, "list_amount"] = (original[rows] * factor).round(2)
    paid = {}
    for year in (2023, 2025):
        rows = product & (world.lines["date"].dt.year == year)
        paid[year] = float(world.lines.loc[rows, "revenue"].sum() / world.lines.loc[rows, "list_amount"].sum())
    world.truth(
        "list_price_erosion",
        "all",
        "its list price rose by 10 % in two steps, and accounts pay what they paid",
        finding="customer_value/list_price_erosion",
        object_id=EROSION["product_id"],
        figures={"paid_of_list_2023": round(paid[2023], 4), "paid_of_list_2025": round(paid[2025], 4)},
    )


def _campaign(world: World) -> None:
    lines = world.lines
    feed_ids = [one.product_id for one in products() if one.family == CAMPAIGN["family"]]
    homes = {account.id for account in world.firm.accounts if account.region == CAMPAIGN["region"]}
    after = pd.Timestamp(CAMPAIGN["ends_on"])  # type: ignore[arg-type]  # the day of a table of several types
    soon = (lines["order_date"] > after) & (lines["order_date"] <= after + timedelta(days=28))
    bought = lines["account_id"].isin(homes) & soon & (lines["kind"] == "sale")
    orders = lines.loc[bought & (lines["product_id"].isin(feed_ids)), "order_id"].unique()
    rows = lines["order_id"].isin([order for number, order in enumerate(orders) if number % 4])
    for column in ("date", "order_date"):
        lines.loc[rows, column] -= timedelta(days=28)
    feed = lines[lines["account_id"].isin(homes) & lines["product_id"].isin(feed_ids)]
    month = feed["date"].dt.to_period("M").astype(str)
    sums = feed["revenue"].groupby(month).sum()
    world.truth(
        "campaign_moved_orders_forward",
        str(CAMPAIGN["region"]),
        "sold in November what would have been sold in December",
        object_id=CAMPAIGN["campaign_id"],
        figures={name: round(float(sum(sums[one] for one in months)), 2) for name, months in _AROUND.items()},
    )


_AROUND = {
    "october": ("2024-10",), "november": ("2024-11",), "december": ("2024-12",), "january": ("2025-01",),
    "both_months": ("2024-11", "2024-12"), "both_months_before": ("2023-11", "2023-12"),
}  # fmt: skip


def _sister(world: World) -> None:
    sister = next(account for account in world.firm.accounts if account.parent)
    world.lines.loc[_of(world, sister.id, SISTER_SINCE), "account_id"] = sister.parent
    world.innocent(
        "moved_to_sister_firm",
        sister,
        f"buys under its parent's number since {SISTER_SINCE}",
        others=(sister.parent,),
        figures={"last_order": world.last_order(sister.id)},
    )


def _moved(world: World) -> None:
    account = world.pick("North", rank=12)
    manager = next(one.manager for one in world.firm.accounts if one.region == "East")
    world.lines.loc[_of(world, account.id, MOVED_ON), "salesperson_id"] = manager
    world.innocent(
        "moved_to_another_region",
        account,
        f"belongs to the East since {MOVED_ON}",
        object_id=manager,
        figures={"revenue_12m": round(float(world.sums()[account.id]), 2)},
    )


def _succession(world: World) -> None:
    gone = (world.lines["salesperson_id"] == world.left) & (world.lines["date"] >= pd.Timestamp(LEFT_ON))
    world.lines.loc[gone, "salesperson_id"] = world.successor


def _red_lines(world: World) -> None:
    """A rebate that stands in the transactions already: 2 % a quarter, as red lines."""
    account = world.pick("East", rank=3)
    rows, given = [], 0.0
    for quarter in pd.period_range("2024Q3", "2025Q2", freq="Q"):
        start, end = quarter.start_time.date(), quarter.end_time.date()
        bought = float(world.sums("revenue", start, end + timedelta(days=1))[account.id])
        given += round(bought * 0.02, 2)
        rows.append(
            {
                "date": pd.Timestamp(end),
                "doc_id": f"RB{account.id}{quarter}",
                "line_no": "1",
                "account_id": account.id,
                "kind": "rebate",
                "revenue": -round(bought * 0.02, 2),
                "cost": 0.0,
                "currency": "CNY",
                "salesperson_id": account.manager,
            }
        )
    world.lines = pd.concat([world.lines, pd.DataFrame(rows)], ignore_index=True)
    world.innocent(
        "rebate_in_transactions",
        account,
        "its rebate is a red line already and must not be deducted again",
        figures={"rebate_12m": round(given, 2)},
    )


def _credit_note(world: World) -> None:
    """The account with the largest credit note after its last order; it is not leaving."""
    last = world.lines.groupby("account_id").tail(1)
    steady = {account.id for region in REGIONS for account in world.steady(region)}
    note = last[(last["kind"] == "return") & last["account_id"].isin(steady)].sort_values("revenue").iloc[0]
    world.innocent(
        "ends_on_a_credit_note",
        world.take(str(note["account_id"])),
        "has sent goods back last and buys on",
        object_id=str(note["doc_id"]),
        figures={"credit": float(note["revenue"])},
    )
