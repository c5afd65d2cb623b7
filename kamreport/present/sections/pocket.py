"""Sections on what is left of the price: waterfall, price and service, dependency, effort."""

from typing import Any

import pandas as pd

from kamreport.language import Money, Names, Number, Share, Text, text, texts
from kamreport.present.charts.pocket import KINDS, STEPS, price_and_service_chart, waterfall_chart
from kamreport.present.section import Chart, Column, Section, Table, Who, cells, line, word
from kamreport.present.sections.columns import MANAGER, NAME, POCKET, REVENUE, assigned, pocket_basis
from kamreport.results import Dependency, Effort, PriceAndService, Waterfall, each

__all__ = ["dependency_section", "effort_section", "price_and_service_section", "waterfall_section"]

_NOT_SERVICE = {"list", "discounts", "unlisted", "booked", "revenue", "uncosted", "cost", "margin", "rebates", "pocket"}


def waterfall_section(found: Waterfall) -> Section:
    """How much of the list price is left, and which step takes how much."""
    amounts = dict(zip(found.steps["step"], found.steps["amount"], strict=True))
    if not amounts.get("revenue"):
        return line("price_waterfall", text("No account has bought in the last 12 months."), cadence="quarter")
    start = amounts["list" if "list" in found.has else "revenue"]
    accounts = found.accounts
    costs = [name for name in accounts if name in STEPS and name not in _NOT_SERVICE]
    accounts = accounts.assign(serving=accounts[costs].sum(axis=1))
    columns = [NAME, Column("list" if "list" in found.has else "revenue", _head(found), "money")]
    for name, head, needed in (
        ("discounts", text("Discounts"), "list"),
        ("cost", text("Cost of goods"), "cost"),
        ("rebates", text("Rebates"), "rebates"),
        ("serving", text("Cost to serve"), "service"),
    ):
        if needed in found.has and name in accounts:
            columns.append(Column(name, head, "money"))
    return Section(
        key="price_waterfall",
        title=_waterfall_title(found, amounts, start),
        evidence=[
            Chart(
                lambda language: waterfall_chart(found, language),
                text("Steps from the list price down to the pocket margin, with their amounts."),
            ),
            Table(accounts, [*columns, Column("pocket", POCKET, "money")], most=8),
        ],
        basis=_waterfall_basis(found, amounts),
        cadence="quarter",
    )


def _head(found: Waterfall) -> Text:
    return text("At list price") if "list" in found.has else text("Revenue")


def _waterfall_title(found: Waterfall, amounts: dict[str, float], start: float) -> Text:
    largest = min(
        (name for name in amounts if name not in {"list", "revenue", "margin", "pocket"}),
        key=lambda name: amounts[name],
        default="",
    )
    values = {"pocket": Money(amounts["pocket"]), "start": Money(start)}
    if start <= 0 or not largest or amounts[largest] >= 0:
        return text("{pocket} of {start} is left as pocket margin.", **values)
    values |= {"step": STEPS[largest], "amount": Money(-amounts[largest])}  # type: ignore[dict-item]
    if "list" in found.has:
        return text(
            "Of {start} at list price {pocket} is left as pocket margin ({share}); the largest step is {step}, "
            "{amount}.",
            share=Share(amounts["pocket"] / start, 1), **values,
        )  # fmt: skip
    return text(
        "Of {start} revenue {pocket} is left as pocket margin ({share}); the largest step is {step}, {amount}.",
        share=Share(amounts["pocket"] / start, 1), **values,
    )  # fmt: skip


def _waterfall_basis(found: Waterfall, amounts: dict[str, float]) -> list[Text]:
    basis = [text("{months}; each sum is that of the steps above it.", months=found.window)]
    missing = {
        "list": text("list prices"),
        "cost": text("cost of goods"),
        "rebates": text("rebates beside the invoices"),
        "service": text("cost to serve"),
    }
    basis += [
        text("Not known and not in it: {what}.", what=said) for name, said in missing.items() if name not in found.has
    ]
    if "service" in found.has:
        basis.append(text("Pooled costs are shared out by the basis that the table names, without one by revenue."))
    if found.unsettled > 0:
        basis.append(text("Of the rebates {amount} is earned and not yet paid.", amount=Money(found.unsettled)))
    if "uncosted" in amounts:
        basis.append(text("Revenue of unknown cost is in no margin."))
    return basis


def price_and_service_section(found: PriceAndService) -> Section:
    """Who pays little and takes much."""
    frame = found.frame
    if not len(frame) or not frame["service"].any():
        said = text("Net price and cost to serve are not known for any account.")
        return line("price_and_service", said, cadence="year")
    hard = frame[frame["kind"] == "aggressive"].sort_values(["revenue", "owner_id"], ascending=[False, True])
    values = {
        "all": len(frame),
        "revenue": Share(float(hard["revenue"].sum()) / float(frame["revenue"].sum())),
        "pocket": Money(float(hard["pocket"].sum())),
    }
    basis = [
        text(
            "Divided at the medians of the accounts here: net price after rebates {price} of list, cost to serve "
            "{burden} of revenue.",
            price=Share(found.price, 1),
            burden=Share(found.burden, 1),
        ),
        text("The medians alone put accounts on every side; a place says where to look and accuses nobody."),
    ]
    tally = frame.groupby("kind").agg(
        accounts=("owner_id", "size"), revenue=("revenue", "sum"), pocket=("pocket", "sum")
    )
    tally = tally.reindex([kind for kind in KINDS if kind in tally.index]).reset_index()
    tally["rate"] = tally["pocket"] / tally["revenue"]
    tally["said"] = cells(KINDS[kind] for kind in tally["kind"])
    return Section(
        key="price_and_service",
        title=texts(
            "{n} of {all} accounts pays less than the median and takes more service: {revenue} of revenue, {pocket} "
            "pocket margin.",
            "{n} of {all} accounts pay less than the median and take more service: {revenue} of revenue, {pocket} "
            "pocket margin.",
            len(hard),
            **values,
        ),
        evidence=[
            Chart(
                lambda language: price_and_service_chart(found, language),
                text("Net price against cost to serve, one dot per account, divided at the medians."),
            ),
            Table(
                tally,
                [
                    Column("said", text("Kind"), "text"),
                    Column("accounts", text("Accounts"), "count"),
                    REVENUE,
                    Column("pocket", POCKET, "money"),
                    Column("rate", text("Pocket rate"), "share", 1),
                ],
            ),
        ],
        basis=[*basis, pocket_basis(frame)],
        cadence="year",
    )


def dependency_section(found: Dependency) -> Section:
    """What would be gone without the largest accounts, and what the rest would still pay."""
    frame, rules = found.frame, found.rules
    if found.total < 0 or (len(frame) and not found.total > 0):
        return line(
            "dependency", text("What would be gone without one account is not said: together they earn nothing.")
        )
    if not len(frame):
        return line("dependency", text("No account has bought in the last 12 months."))
    basis = _dependency_basis(found)
    large = frame[frame["share"] >= rules.dependency_share]
    if not len(large):
        said = text(
            "No account brings {limit} of {what}; the largest brings {share}.",
            limit=Share(rules.dependency_share, None),
            what=_measured(found),
            share=Share(float(frame["share"].iloc[0]), 1),
        )
        return line("dependency", said, *basis)
    if found.bearable is not None:
        basis.append(_bearable(found.bearable, len(frame)))
    columns = [
        NAME,
        MANAGER,
        Column("amount", text("Gross margin") if found.by_margin else text("Revenue"), "money"),
        Column("share", text("Share"), "share", 1),
    ]
    if found.fixed == found.fixed:
        columns.append(Column("cover_without", text("Cover without it"), "number", 1))
    return Section(
        key="dependency",
        title=_dependency_title(found),
        who=[Who(str(row.owner_id), str(row.name), None, word(row.manager_id)) for row in each(large)],
        evidence=[Table(frame.head(10), columns, most=5)],
        basis=basis,
        actions=[
            assigned(
                row,
                text("Agree with {name} on a contract for the next year, and on a second contact at it ({manager})."),
                text("Agree with {name} on a contract for the next year, and on a second contact at it."),
            )
            for row in each(large.head(2))
        ],
    )


def _measured(found: Dependency) -> Text:
    return text("gross margin") if found.by_margin else text("revenue")


def _dependency_title(found: Dependency) -> Text:
    first = found.frame.iloc[0]
    values = {
        "name": Names([str(first["name"])]),
        "share": Share(float(first["share"])),
        "what": _measured(found),
    }
    if found.fixed != found.fixed:
        return text("Without {name}, {share} of {what} would be gone.", **values)
    return text(
        "Without {name}, {share} of {what} would be gone; the rest pays the fixed cost {without} times, now "
        "{cover} times.",
        without=Number(float(first["cover_without"]), 1),
        cover=Number(found.cover, 1),
        **values,
    )


def _dependency_basis(found: Dependency) -> list[Text]:
    return [
        text(
            "Named from {share} of the {what} of all accounts (IFRS 8.34 names customers from 10%). Nothing here says "
            "that one leaves.",
            share=Share(found.rules.dependency_share, None),
            what=_measured(found),
        ),
        text("Cover = gross margin / fixed cost of {fixed} in 12 months.", fixed=Money(found.fixed))
        if found.fixed == found.fixed
        else text("The fixed cost of this region is not known, so what the rest still pays cannot be said."),
    ]


def _bearable(bearable: int, accounts: int) -> Text:
    """How many of the largest could go before the fixed cost is no longer paid."""
    if bearable == 0:
        return text("The margin does not pay the fixed cost without the largest account.")
    if bearable == accounts:
        return text("Any number of accounts could go: the fixed cost would be paid.")
    return texts(
        "Without the {n} largest account the rest still pays the fixed cost; without one more it does not.",
        "Without the {n} largest accounts the rest still pays the fixed cost; without one more it does not.",
        bearable,
    )


_TIERS = {"A": text("A: first 80% of profit"), "B": text("B: up to 95%"), "C": text("C: the others")}


def effort_section(found: Effort) -> Section:
    """Where the work goes against where the profit comes from, and whom to visit more and less."""
    if not found.contacts:
        return line("effort", text("No contact with an account is recorded in the last 12 months."), cadence="quarter")
    frame, rules = found.frame, found.rules
    over, under = (frame[frame["kind"] == kind] for kind in ("over", "under"))
    under = under.iloc[::-1]
    best = found.tiers.iloc[0]
    values = {
        "effort": Share(float(best["effort"])),
        "profit": Share(float(best["profit"])),
        "a": int(best["accounts"]),
    }
    named = pd.concat([under.head(5), over.head(5)])
    return Section(
        key="effort",
        title=text(
            "The {a} accounts that bring {profit} of the profit get {effort} of the effort; {over} get more than "
            "theirs, {under} less.",
            over=len(over),
            under=len(under),
            **values,
        ),
        evidence=[_tiers_table(found), *([_served_table(named)] if len(named) else [])],
        basis=[
            texts(
                "{n} contact in 12 months, without winning new accounts, measured in {unit}.",
                "{n} contacts in 12 months, without winning new accounts, measured in {unit}.",
                found.contacts,
                unit=text("hours") if found.by_hours else text("contacts"),
            ),
            text(
                "Over-served: share of the effort {ratio} times that of the positive pocket margin; under-served the "
                "other way; both beyond an average account and beyond chance (Poisson, 1%).",
                ratio=Number(rules.effort_ratio, None),
            ),
        ],
        actions=[_visit_more(row) for row in each(under.head(2))],
        cadence="quarter",
    )


def _tiers_table(found: Effort) -> Table:
    return Table(
        found.tiers.assign(said=cells(_TIERS[tier] for tier in found.tiers["tier"])),
        [
            Column("said", text("Class"), "text"),
            Column("accounts", text("Accounts"), "count"),
            Column("contacts", text("Contacts"), "count"),
            Column("hours", text("Hours"), "count"),
            Column("effort", text("Share of effort"), "share"),
            Column("profit", text("Share of profit"), "share"),
        ],
    )


def _served_table(named: pd.DataFrame) -> Table:
    kinds = {"under": text("under-served"), "over": text("over-served")}
    return Table(
        named.assign(said=cells(kinds[kind] for kind in named["kind"])),
        [
            NAME,
            MANAGER,
            Column("contacts", text("Contacts"), "count"),
            Column("pocket", POCKET, "money"),
            Column("effort", text("Share of effort"), "share", 1),
            Column("profit", text("Share of profit"), "share", 1),
            Column("said", text("Finding"), "text"),
        ],
        most=10,
    )


def _visit_more(row: Any) -> Text:
    return assigned(
        row,
        text("Plan more time for {name}: {profit} of the profit, {effort} of the effort ({manager})."),
        text("Plan more time for {name}: {profit} of the profit, {effort} of the effort."),
        profit=Share(float(row.profit), 1),
        effort=Share(float(row.effort), 1),
    )
