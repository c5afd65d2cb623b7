"""What the basis page says of data that are not there: how far costs reach, and what missing tables would unlock."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from kamreport.language import Share, Text, text, texts
from kamreport.present.section import Column, Section, Table, cells, line
from kamreport.results import each

__all__ = ["UNLOCKS", "coverage_section", "first_rival_data_section", "unlocks_section"]

UNLOCKS: dict[str, Text] = {
    "transactions.cost": text("margin, fake big accounts, ranking by margin"),
    "transactions.order_id": text("orders as they were placed, instead of one a day"),
    "transactions.doc_id": text("finding lines that came twice"),
    "transactions.product_id": text("prices, product families, dropped families"),
    "transactions.quantity": text("unit prices; telling taxed from untaxed exports"),
    "transactions.list_amount": text("discounts from the list price"),
    "transactions.salesperson_id": text("who sold, where nobody is assigned"),
    "transactions.posted_on": text("late postings by name"),
    "accounts": text("names, regions, owners, segments"),
    "accounts.region": text("home regions, lists by region"),
    "accounts.parent_id": text("accounts under the same control counted as one"),
    "accounts.segment": text("comparison with accounts of the same kind"),
    "accounts.tier": text("the firm's own list of key accounts"),
    "accounts.type": text("cash sales and internal accounts kept apart"),
    "products": text("product families, dropped families, white space"),
    "products.family": text("product families, dropped families, white space"),
    "regions": text("names of regions; a report also where nothing is sold"),
    "people": text("managers by name"),
    "assignments": text("who looked after an account at the time"),
    "targets": text("plan, landing and the accounts that make the gap"),
    "receivables": text("overdue receivables by account and manager"),
    "actions": text("what became of what was decided"),
    "aliases": text("names from other systems read as accounts"),
    "fx_rates": text("lines in other currencies"),
    "product_costs": text("margin where lines have no cost"),
    "price_list": text("discounts that nobody agreed to"),
    "rebates": text("margin after rebates"),
    "cost_to_serve": text("margin after freight, visits, samples and credit"),
    "spend": text("what it costs to win and to keep an account"),
    "activities": text("key accounts that nobody has called on"),
    "contracts": text("contracts that end in the next 90 days"),
    "deliveries": text("late and short deliveries that cost orders"),
    "complaints": text("open complaints of accounts with falling sales"),
    "opportunities": text("deals won and lost, and against whom"),
    "steps": text("where deals and complaints get stuck"),
    "defections": text("why accounts left, as sales and customers see it"),
    "contacts": text("whom we know at an account, and how high"),
    "wallet": text("share of wallet, and where there is room to grow"),
    "wallet_shares": text("who takes the rest of an account's purchases"),
    "competitors": text("competitors by name"),
    "competitor_prices": text("price gaps and price attacks"),
    "competitor_scores": text("strengths and weaknesses against competitors"),
    "competitor_events": text("what competitors do, and how fast we answer"),
    "survey_sample": text("how far a survey can be trusted"),
    "survey": text("satisfaction, and dissatisfied accounts with falling sales"),
    "interviews": text("what lost accounts say themselves"),
    "links": text("losses that spread along connections"),
    "needs": text("changed needs that wait for an answer"),
    "ratings": text("accounts by potential and by how we stand"),
    "channel_stock": text("what distributors sell on, and what lies in stock"),
    "campaigns": text("what campaigns brought"),
    "service_plans": text("service promised and service given"),
    "benefits": text("what the partnership brings to both sides"),
    "benchmarks": text("comparison with the trade"),
}


def unlocks_section(missing: Sequence[tuple[int, str]], uses: Mapping[str, Sequence[str]] | None = None) -> Section:
    """What each missing table or column would unlock, in the order of use.

    Parameters
    ----------
    missing
        (level, ``table`` or ``table.column``).
    uses
        Notebooks in which something is not shown for want of it.
    """
    uses = uses or {}
    rows = [(level, name) for level, name in missing if name in UNLOCKS or name in uses]
    if not rows:
        return line("unlocks", text("No table or column is missing that a chapter could use."), cadence="quarter")
    frame = pd.DataFrame(rows, columns=["level", "name"])
    frame["gives"] = cells(UNLOCKS.get(name, text("{name}", name="")) for name in frame["name"])
    frame["chapters"] = [", ".join(uses.get(name, ())) for name in frame["name"]]
    first = frame.iloc[0]
    return Section(
        key="unlocks",
        title=texts(
            "{n} table or column would unlock more: {name} ({gives}).",
            "{n} tables and columns would unlock more, the first: {name} ({gives}).",
            len(frame),
            name=str(first["name"]),
            gives=first["gives"],
        ),
        evidence=[
            Table(
                frame,
                [
                    Column("level", text("Level"), "count"),
                    Column("name", text("Missing"), "text"),
                    Column("gives", text("Would unlock"), "wide"),
                    Column("chapters", text("In chapters"), "text"),
                ],
                most=len(frame),
            )
        ],
        basis=[text("Level 1: on the first day; 2: in the first month; 3: in the first year.")],
        cadence="quarter",
    )


def first_rival_data_section() -> Section:
    """What to collect first where nothing at all is known of competitors, and what it would show."""
    return line(
        "first_rival_data",
        text(
            "Nothing is known of competitors yet. Collect first, each quarter, the prices of five products that match "
            "ours at the two strongest competitors (table competitor_prices): they show who is cheaper, by how much, "
            "and who cuts prices where."
        ),
    )


def coverage_section(coverage: pd.DataFrame, *, least: float) -> Section:
    """How much of the revenue has a cost, and which regions and families lack it.

    Parameters
    ----------
    coverage
        `part` ("" for the company, ``region``, ``family``), `name`, `revenue`, `costed_revenue`, of twelve months.
    least
        Share from which accounts are ranked by margin.
    """
    frame = coverage.assign(
        share=(coverage["costed_revenue"] / coverage["revenue"].where(coverage["revenue"] != 0)).fillna(1.0),
        lacking=coverage["revenue"] - coverage["costed_revenue"],
    )
    company = frame[frame["part"] == ""]
    share = float(company["share"].iloc[0]) if len(company) else 0.0
    if share == 0:
        return line("coverage", text("No cost is known; accounts are ranked by revenue."))
    low = frame[(frame["part"] != "") & (frame["share"] < least)].sort_values(
        ["part", "lacking"], ascending=[True, False]
    )
    values = {"share": Share(share, 1), "least": Share(least, None)}
    if share >= least:
        title = text("The cost is known for {share} of twelve months' revenue.", **values)
    else:
        title = text(
            "The cost is known for {share} of twelve months' revenue only: below {least} nothing is ranked by margin.",
            **values,
        )
    if not len(low):
        return line("coverage", title)
    return Section(
        key="coverage",
        title=title,
        evidence=[
            Table(
                low.assign(part_name=cells(_PARTS[part] for part in low["part"]), said=_named(low)),
                [
                    Column("part_name", text("Lacks cost"), "text"),
                    Column("said", text("Name"), "text"),
                    Column("share", text("Revenue with cost"), "share", digits=1),
                    Column("lacking", text("Revenue without cost"), "money"),
                ],
                most=8,
            )
        ],
    )


_PARTS = {"region": text("region"), "family": text("product family")}


def _named(frame: pd.DataFrame) -> Any:
    """Names of regions and families; a line without a product has no family."""
    return cells(text("{name}", name=row.name) if row.name else text("no family") for row in each(frame))
