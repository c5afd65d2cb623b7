"""Sections on why revenue differs from last year's, and on accounts against their own targets."""

import pandas as pd

from kamreport.language import Money, Names, Text, text, texts
from kamreport.present.charts.growth import BARS, revenue_bridge_chart
from kamreport.present.section import Chart, Column, Section, Table, cells, line, named_in
from kamreport.present.sections.columns import MANAGER, NAME, assigned
from kamreport.results import AccountPlans, RevenueBridge, each

__all__ = ["account_plans_section", "revenue_bridge_section"]

_RULE = text(
    "Volume: as last year, at the growth of all quantities in the same unit. Mix: more of the dearer families or less. "
    "Price: this year's quantities at the change of price. Families that were bought in one year only, credits and "
    "what has no quantity stand apart. The bars add up exactly."
)


def revenue_bridge_section(found: RevenueBridge) -> Section:
    """Why revenue differs from the year before: volume, mix, price, families."""
    totals = found.totals
    if not totals["past"] > 0:
        return line("revenue_bridge", text("Nothing was sold in the 12 months before: there is nothing to compare."))
    frame = found.frame.assign(quantity=found.frame["volume"] + found.frame["mix"])
    frame["families"] = frame["new"] + frame["stopped"] + frame["other"]
    frame["family"] = cells(family or text("without product") for family in frame["family"])
    largest = max(BARS, key=lambda name: abs(totals[name]))
    return Section(
        key="revenue_bridge",
        title=text(
            "Revenue of {now} after {past}: volume {volume}, mix {mix}, price {price}, all else {rest}; the largest "
            "part is {largest}.",
            now=Money(totals["now"]),
            past=Money(totals["past"]),
            volume=Money(totals["volume"], signed=True),
            mix=Money(totals["mix"], signed=True),
            price=Money(totals["price"], signed=True),
            rest=Money(totals["new"] + totals["stopped"] + totals["other"], signed=True),
            largest=BARS[largest],
        ),
        evidence=[
            Chart(
                lambda language: revenue_bridge_chart(found, language),
                text("The change in revenue against the 12 months before, part by part."),
            ),
            Table(
                frame,
                [
                    Column("family", text("Family"), "text"),
                    Column("past", text("12 before"), "money"),
                    Column("quantity", text("Quantity"), "money", signed=True),
                    Column("price", text("Price"), "money", signed=True),
                    Column("families", text("New, stopped, credits"), "money", signed=True),
                    Column("now", text("12 months"), "money"),
                ],
                most=10,
            ),
        ],
        basis=[_RULE],
        cadence="quarter",
    )


def account_plans_section(found: AccountPlans) -> Section:
    """Which accounts are behind their own targets, and what makes the difference to last year."""
    frame = found.frame
    basis = _plans_basis(found)
    if not len(frame):
        return line(
            "account_plans", text("No account has a target of its own for {period}.", period=found.period), *basis
        )
    behind = frame[frame["variance"] < 0].reset_index(drop=True)
    table = _plans_table(frame)
    basis += [text("Quantity and price: against the same months of last year."), _RULE]
    if not len(behind):
        said = texts(
            "The {n} account with a target has met it.", "All {n} accounts with a target have met it.", len(frame)
        )
        return Section("account_plans", said, evidence=[table], basis=basis, cadence="quarter")
    missing = -float(behind["variance"].sum())
    first = behind.iloc[0]
    return Section(
        key="account_plans",
        title=texts(
            "{n} of {all} accounts with a target is behind it, by {missing}: {name} alone by {part}.",
            "{n} of {all} accounts with a target are behind theirs, by {missing}: {name} alone by {part}.",
            len(behind),
            all=len(frame),
            missing=Money(missing),
            name=Names([str(first["name"])]),
            part=Money(-float(first["variance"])),
        ),
        nature="at_risk",
        amount=missing,
        unit="revenue",
        stake=text("{amount} behind target", amount=Money(missing)),
        who=named_in(behind, -behind["variance"]),
        evidence=[table],
        basis=basis,
        actions=[_action(row) for row in each(behind.head(3))],
    )


def _plans_basis(found: AccountPlans) -> list[Text]:
    basis = [
        text(
            "Targets of the accounts themselves, {period}; accounts under the same control are added.",
            period=found.period,
        )
    ]
    if found.partial:
        basis.append(
            texts(
                "{n} account's targets do not fill these months and are not compared.",
                "{n} accounts' targets do not fill these months and are not compared.",
                found.partial,
            )
        )
    return basis


def _plans_table(frame: pd.DataFrame) -> Table:
    return Table(
        frame.assign(quantity=frame["volume"] + frame["mix"]),
        [
            NAME,
            MANAGER,
            Column("target", text("Target"), "money"),
            Column("actual", text("Actual"), "money"),
            Column("variance", text("Variance"), "money", signed=True),
            Column("quantity", text("Quantity"), "money", signed=True),
            Column("price", text("Price"), "money", signed=True),
        ],
        most=10,
    )


def _action(row: object) -> Text:
    return assigned(
        row,
        text("{manager} says what {name} will still buy this year, and what it needs for that."),
        text("Find out what {name} will still buy this year, and what it needs for that."),
    )
