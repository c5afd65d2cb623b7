"""Sections on why revenue differs from last year's, and on accounts against their own targets."""

from typing import Any

import pandas as pd

from kamreport.language import Money, Names, Text, text, texts
from kamreport.present.charts.growth import BARS, revenue_bridge_chart
from kamreport.present.section import Chart, Column, Section, Table, cells, line, named_in
from kamreport.present.sections.columns import MANAGER, NAME, assigned, margin_weight
from kamreport.results import AccountPlans, RevenueBridge, each

__all__ = ["account_plans_section", "revenue_bridge_section"]

_PARTS = {"quantity": text("quantity")} | {name: BARS[name] for name in ("price", "new", "stopped", "other")}
_ACT_FROM = 0.1
"""Who is to act: accounts that make so much of what is missing."""
_RULE = text(
    "Volume: as last year, at the growth of all quantities in the same unit. Mix: more of the dearer families or less. "
    "Price: this year's quantities at the change of price. Families that were bought in one year only, credits and "
    "what has no quantity stand apart. The bars add up exactly."
)


def revenue_bridge_section(found: RevenueBridge) -> Section:
    """Why revenue differs from the year before: volume, mix, price, families."""
    totals = found.totals
    if not totals["past"] > 0:
        return line(
            "revenue_bridge",
            text("Nothing was sold in the 12 months before: there is nothing to compare."),
            cadence="quarter",
        )
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


def account_plans_section(found: AccountPlans, *, margin_rate: float) -> Section:
    """Which accounts are behind their own targets, and what makes the difference to last year.

    Parameters
    ----------
    margin_rate
        Of the region: a gap in revenue is at stake with its margin. NaN where the cost is unknown.
    """
    frame = found.frame
    basis = _plans_basis(found)
    if not len(frame):
        return line(
            "account_plans", text("No account has a target of its own for {period}.", period=found.period), *basis
        )
    behind = frame[frame["variance"] < 0].reset_index(drop=True)
    table = _plans_table(frame)
    basis.append(
        text(
            "Largest change: the part that goes furthest towards the difference to the same months of last year: "
            "quantity (volume and mix), price, new families, stopped families, credits and others."
        )
    )
    if not len(behind):
        said = texts(
            "The {n} account with a target has met it.", "All {n} accounts with a target have met it.", len(frame)
        )
        return Section("account_plans", said, evidence=[table], basis=basis, cadence="quarter")
    missing = -float(behind["variance"].sum())
    in_margin = margin_rate == margin_rate
    rate = margin_weight(margin_rate)
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
        nature="at_risk" if missing * rate else "fact",
        amount=missing * rate or None,
        unit="margin" if in_margin else "revenue",
        stake=text("{amount} margin behind", amount=Money(missing * rate))
        if in_margin
        else text("{amount} revenue behind", amount=Money(missing)),
        who=named_in(behind, -behind["variance"] * rate),
        evidence=[table],
        basis=basis,
        actions=[_action(row) for row in each(behind[-behind["variance"] >= _ACT_FROM * missing].head(3))],
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
        frame.assign(change=cells(_largest_change(row) for row in each(frame))),
        [
            NAME,
            MANAGER,
            Column("target", text("Target"), "money"),
            Column("actual", text("Actual"), "money"),
            Column("variance", text("Variance"), "money", signed=True),
            Column("past", text("Last year"), "money"),
            Column("change", text("Largest change")),
        ],
        most=10,
    )


def _largest_change(row: Any) -> Text:
    """Say which part of the change against last year goes furthest in the direction of the whole."""
    parts = {name: float(getattr(row, name)) for name in ("price", "new", "stopped", "other")}
    parts["quantity"] = float(row.volume + row.mix)
    sign = 1.0 if row.actual >= row.past else -1.0
    part = max(_PARTS, key=lambda name: sign * parts[name])
    return text("{part} {amount}", part=_PARTS[part], amount=Money(parts[part], signed=True))


def _action(row: Any) -> Text:
    return assigned(
        row,
        text("{manager} says what {name} will still buy this year, and what it needs for that."),
        text("Find out what {name} will still buy this year, and what it needs for that."),
    )
