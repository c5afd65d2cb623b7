"""Sections of the churn chapter on parts of accounts: far smaller purchases, and dropped product families."""

import pandas as pd

from kamreport.language import Money, Names, Number, Share, Text, text, texts
from kamreport.present.section import Column, Section, Table, line, named_in
from kamreport.present.sections.columns import MANAGER, NAME, assigned, worth_of
from kamreport.results import PartialDefection, each
from kamreport.settings import Rules

__all__ = ["partial_defection_section", "stopped_families_section"]


def partial_defection_section(found: PartialDefection, *, by_margin: bool) -> Section:
    """Who still buys but far less than a year ago, beside those who rose as far."""
    falls, basis = found.falls, _partial_basis(found)
    if not len(falls):
        said = text(
            "No account has fallen both far and materially below its own last year ({n} judged).", n=found.judged
        )
        return line("partial_defection", said, *basis)
    worth = (falls["lost_margin"] if by_margin else falls["drop"]).clip(lower=0)
    title = texts(
        "{n} account buys far less than a year ago, {amount} in 12 months: {name} is down {share}; {rises} "
        "rose as far.",
        "{n} accounts buy far less than a year ago, {amount} in 12 months: {name} is down {share}; {rises} "
        "rose as far.",
        len(falls),
        amount=Money(float(falls["drop"].sum())),
        name=Names(list(falls["name"].head(1))),
        share=Share(-float(falls["recent_change"].iloc[0])),
        rises=found.rises,
    )
    return Section(
        key="partial_defection",
        title=title,
        nature="realised",
        amount=float(worth.sum()),
        unit="margin" if by_margin else "revenue",
        who=named_in(falls.head(50), worth.head(50)),
        evidence=[
            Table(
                falls,
                [
                    NAME,
                    MANAGER,
                    Column("recent", text("Last months"), "money"),
                    Column("recent_change", text("Against last year"), "share", signed=True),
                    Column("year", text("12 months"), "money"),
                    Column("year_change", text("Against 12 before"), "share", signed=True),
                    Column("drop", text("Lost revenue"), "money"),
                ],
                most=10,
            )
        ],
        basis=basis,
        actions=[
            assigned(
                row,
                text("{manager} finds out what {name} buys elsewhere, and at which price."),
                text("Find out what {name} buys elsewhere, and at which price."),
            )
            for row in each(falls.head(2))
        ],
    )


def _partial_basis(found: PartialDefection) -> list[Text]:
    rules = found.rules
    return [
        text(
            "Partly lost: {span} at least {recent} below the same months of last year and 12 months at least "
            "{year} below the 12 before, {orders} orders or more in these, change of {amount} or more.",
            span=found.recent,
            recent=Share(rules.partial_recent_drop, None),
            year=Share(rules.partial_year_drop, None),
            orders=rules.partial_min_orders,
            amount=Money(found.threshold),
        ),
        texts(
            "By the same rule {n} account of {judged} rose: only the excess of falls speaks of loss.",
            "By the same rule {n} accounts of {judged} rose: only the excess of falls speaks of loss.",
            found.rises,
            judged=found.judged,
        ),
    ]


def stopped_families_section(found: pd.DataFrame, *, threshold: float, by_margin: bool, rules: Rules) -> Section:
    """Which product families accounts have stopped buying while they buy others.

    Parameters
    ----------
    found
        Of `stopped_families`.
    threshold
        Yearly revenue of a family below which it is counted and not named.
    """
    named = found[found["revenue"] >= threshold].reset_index(drop=True)
    basis = [
        text(
            "Stopped: a family with {share} or more of the account's revenue and {orders} orders or more in a "
            "year, not bought for {factor} times its own median gap and {days} days, while other things were.",
            share=Share(rules.family_min_share, None),
            orders=rules.family_min_orders,
            factor=Number(rules.family_gap_factor, None),
            days=rules.family_min_days,
        )
    ]
    if not len(named):
        if not len(found):
            return line("stopped_families", text("No account has dropped a product family."), *basis)
        said = texts(
            "No account has dropped a product family of weight; {n} small case is in the workbook.",
            "No account has dropped a product family of weight; {n} small cases are in the workbook.",
            len(found),
        )
        return Section("stopped_families", said, evidence=[_stopped_table(found)], basis=basis, quiet=True)
    worth = worth_of(named, by_margin=by_margin)
    first, owners = named.iloc[0], named.drop_duplicates("owner_id")
    title = texts(
        "{n} account has dropped {families} worth {amount} a year: {name} buys no {family} since {since}.",
        "{n} accounts have dropped {families} worth {amount} a year: {name} buys no {family} since {since}.",
        len(owners),
        families=texts("{n} product family", "{n} product families", len(named)),
        amount=Money(float(named["revenue"].sum())),
        name=Names([str(first["name"])]),
        family=Names([str(first["family"])]),
        since=first["last_order"].date(),
    )
    return Section(
        key="stopped_families",
        title=title,
        nature="realised",
        amount=float(worth.sum()),
        unit="margin" if by_margin else "revenue",
        who=named_in(owners, worth.groupby(named["owner_id"]).sum()[owners["owner_id"]]),
        evidence=[_stopped_table(named)],
        basis=basis,
        actions=[
            assigned(
                row,
                text("{manager} asks {name} who supplies {family} now."),
                text("Ask {name} who supplies {family} now."),
                family=Names([str(row.family)]),
            )
            for row in each(named.head(2))
        ],
    )


def _stopped_table(found: pd.DataFrame) -> Table:
    return Table(
        found,
        [
            NAME,
            MANAGER,
            Column("family", text("Family"), "text"),
            Column("last_order", text("Last bought"), "date"),
            Column("silence_days", text("Silent, days"), "count"),
            Column("share", text("Of its purchases"), "share"),
            Column("revenue", text("A year before"), "money"),
        ],
        most=10,
    )
