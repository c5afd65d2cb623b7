"""Sections of the customer-value chapter on plan and cash: year against target, overdue receivables, regions."""

from collections.abc import Mapping

import pandas as pd

from kamreport.language import Money, Names, Share, Text, text, texts
from kamreport.period import Period
from kamreport.present.charts.value import plan_chart
from kamreport.present.section import Chart, Column, Section, Table, cells, line, named_in, word
from kamreport.present.sections.columns import MANAGER, MEASURES, NAME, REVENUE, margin_weight
from kamreport.results import OverdueReceivables, Plan
from kamreport.settings import Bilingual

__all__ = ["overdue_receivables_section", "plan_section", "regions_section"]

_SCOPES = {
    "exact": text("the targets of this report"),
    "region": text("the regions' targets, added"),
    "account_id": text("the accounts' targets, added"),
    "person_id": text("the managers' targets, added"),
    "family": text("the product families' targets, added"),
}


def plan_section(plan: Plan, changes: pd.DataFrame, *, margin_rate: float) -> Section:
    """Where the year stands against target and last year, where it lands, and who makes the gap.

    Parameters
    ----------
    plan
        Of `plan`.
    changes
        Of `account_changes`, this year to date against the same months of last year.
    margin_rate
        Of the region: a gap in revenue is at stake with its margin. NaN where the cost is unknown.
    """
    measure = MEASURES[plan.measure]
    known = plan.target_to_date == plan.target_to_date
    reference = plan.target_to_date if known else plan.year_ago_to_date
    if reference != reference or (reference == 0 and plan.to_date == 0):
        said = text(
            "{measure} to date is {amount}; there is neither a target nor a whole year before it to compare with.",
            measure=measure,
            amount=Money(plan.to_date),
        )
        return line("plan", said)
    gap = plan.to_date - reference
    behind = gap < 0
    in_margin = plan.measure == "margin" or margin_rate == margin_rate
    rate = 1.0 if plan.measure == "margin" else margin_weight(margin_rate)
    stake = -gap * rate if behind else 0.0
    # An account that has moved away buys elsewhere in the company: nobody is to ask why it buys less here.
    falls = changes[(changes["change"] < 0) & (changes["type"] != "pool") & ~changes["moved_out"].eq(True)]
    if plan.year_ago_to_date != plan.year_ago_to_date:  # the months of last year are not all there
        falls = falls.head(0)
    return Section(
        key="plan",
        title=_plan_title(plan, measure, gap, reference, against_target=known),
        nature="realised" if stake else "fact",
        amount=stake or None,
        unit="margin" if in_margin else "revenue",
        stake=text("{amount} margin behind", amount=Money(stake))
        if in_margin
        else text("{amount} revenue behind", amount=Money(stake)),
        evidence=[
            *([_plan_by_month(plan, measure)] if (plan.months.fillna(0) != 0).any(axis=None) else []),
            *([_falls_table(falls)] if len(falls) and behind else []),
        ],
        basis=_plan_basis(plan, measure),
        actions=_gap_actions(falls) if behind else [],
    )


def _plan_by_month(plan: Plan, measure: Text) -> Chart:
    said = text("{measure} by month against last year and target.", measure=measure)
    return Chart(lambda language: plan_chart(plan, language), said)


def _plan_title(plan: Plan, measure: Text, gap: float, reference: float, *, against_target: bool) -> Text:
    amounts = {"measure": measure, "amount": Money(plan.to_date), "reference": Money(reference)}
    if reference > 0 and round(gap) == 0:
        if against_target:
            return text("{measure} to date is {amount}, as much as the target.", **amounts)
        return text("{measure} to date is {amount}, as much as last year.", **amounts)
    if reference <= 0:
        if against_target:
            return text("{measure} to date is {amount}, against a target of {reference}.", **amounts)
        return text("{measure} to date is {amount}, against {reference} last year.", **amounts)
    values = {
        "measure": measure,
        "gap": Money(abs(gap)),
        "share": Share(abs(gap) / reference, 1),
        "landing": Money(plan.landing),
        "target": Money(plan.target_year),
    }
    lands = plan.landing == plan.landing and plan.target_year == plan.target_year
    if against_target and lands and gap < 0:
        return text(
            "{measure} to date is {gap} ({share}) behind target; the year lands at {landing} of {target}.", **values
        )
    if against_target and lands:
        return text(
            "{measure} to date is {gap} ({share}) ahead of target; the year lands at {landing} of {target}.", **values
        )
    if against_target and gap < 0:
        return text("{measure} to date is {gap} ({share}) behind target.", **values)
    if against_target:
        return text("{measure} to date is {gap} ({share}) ahead of target.", **values)
    if gap < 0:
        return text("{measure} to date is {gap} ({share}) below last year.", **values)
    return text("{measure} to date is {gap} ({share}) above last year.", **values)


def _plan_basis(plan: Plan, measure: Text) -> list[Text]:
    basis = [text("{measure} of {span}, complete months.", measure=measure, span=plan.through)]
    if plan.scope:
        basis.append(text("Target: {scope}.", scope=_SCOPES[plan.scope]))
    if plan.low == plan.low and plan.low != plan.high:
        basis.append(
            texts(
                "Landing: last year's remaining months at the pace of {n} month; 95% interval {low} to {high}.",
                "Landing: last year's remaining months at the pace of {n} months; 95% interval {low} to {high}.",
                plan.ratios,
                low=Money(plan.low),
                high=Money(plan.high),
            )
        )
    elif plan.landing == plan.landing and plan.low != plan.low:
        basis.append(text("Landing: too few months for an interval."))
    return basis


def _falls_table(falls: pd.DataFrame) -> Table:
    return Table(
        falls,
        [
            NAME,
            MANAGER,
            Column("now", text("This year"), "money"),
            Column("past", text("Last year"), "money"),
            Column("change", text("Change"), "money", signed=True),
        ],
        most=6,
    )


def _gap_actions(falls: pd.DataFrame) -> list[Text]:
    if not len(falls):
        return []
    top = falls.head(3)
    managers = list(dict.fromkeys(filter(None, map(word, top["manager_name"]))))
    values = {"names": Names(list(top["name"])), "amount": Money(-float(top["change"].sum()))}
    if not managers:
        return [text("Find out what is behind {names}: {amount} below last year.", **values)]
    return [
        text(
            "Ask {managers} what is behind {names}: {amount} below last year.",
            managers=Names(managers),
            **values,
        )
    ]


def overdue_receivables_section(found: OverdueReceivables, loss_rates: Mapping[str, float]) -> Section:
    """How much money is overdue, with whom, and what of it is likely to be lost."""
    if found.month is None:
        return line("overdue_receivables", text("No receivables are open."))
    month = Period.month_of(found.month.date())
    if found.overdue <= 0:
        return line("overdue_receivables", text("Nothing of {balance} is overdue.", balance=Money(found.balance)))
    late = found.accounts[found.accounts["overdue"] > 0]
    # Somebody may owe us who is in no other table.
    late = late.assign(**{name: late[name].fillna(late["account_id"]) for name in ("name", "owner_id")})
    return Section(
        key="overdue_receivables",
        title=_overdue_title(found),
        nature="at_risk",
        amount=found.expected_loss,
        who=named_in(late.head(10), late["expected_loss"].head(10)),
        evidence=[
            Table(
                late,
                [
                    NAME,
                    MANAGER,
                    Column("balance", text("Balance"), "money"),
                    Column("overdue", text("Overdue"), "money"),
                    Column("overdue_over_90", text("Over 90 days"), "money"),
                    Column("expected_loss", text("Likely lost"), "money"),
                ],
                most=8,
            )
        ],
        basis=[
            texts(
                "Ageing at the end of {month}, with VAT; {n} account owes.",
                "Ageing at the end of {month}, with VAT; {n} accounts owe.",
                int((found.accounts["balance"] > 0).sum()),
                month=month,
            ),
            text(
                "Likely lost: {a} of 1-30 days overdue, {b} of 31-60, {c} of 61-90, {d} of more (provision matrix).",
                **{
                    letter: Share(loss_rates.get(bucket, 0.0))
                    for letter, bucket in zip(
                        "abcd", ("overdue_1_30", "overdue_31_60", "overdue_61_90", "overdue_over_90"), strict=True
                    )
                },
            ),
        ],
        actions=[_collection(found, late)],
    )


def _overdue_title(found: OverdueReceivables) -> Text:
    values: dict[str, object] = {
        "overdue": Money(found.overdue),
        "balance": Money(found.balance),
        "share": Share(found.overdue / found.balance if found.balance > 0 else float("nan"), 1),
        "old": Money(found.over_90),
    }
    first = found.managers.iloc[0]
    manager, part = word(first["manager_name"]), Share(float(first["share"]))
    if found.balance <= 0:
        return text("{overdue} is overdue, though the balance is {balance}; {old} for more than 90 days.", **values)
    if not manager:
        return text("{overdue} of {balance} receivables is overdue ({share}); {old} for more than 90 days.", **values)
    return text(
        "{overdue} of {balance} receivables is overdue ({share}), {part} of it with {manager}; "
        "{old} for more than 90 days.",
        **values,
        part=part,
        manager=Names([manager]),
    )


def _collection(found: OverdueReceivables, late: pd.DataFrame) -> Text:
    """Who collects first, and from whom: the manager with most overdue from the largest debtors of his own."""
    first = found.managers.iloc[0]
    manager = word(first["manager_name"])
    own = late[late["manager_id"] == first["manager_id"]] if manager else late
    names = Names(list(own["name"].head(3)))
    if not manager:
        return text("Collect from {names} first; no further delivery on credit to those over 90 days.", names=names)
    return text(
        "{manager} collects from {names} first; no further delivery on credit to those over 90 days.",
        manager=Names([manager]),
        names=names,
    )


def regions_section(comparison: pd.DataFrame, names: Mapping[str, Bilingual], *, compared: bool) -> Section:
    """The regions side by side.

    Parameters
    ----------
    comparison
        Of `region_comparison`.
    names
        Names of the regions in both languages.
    compared
        The data reach back far enough for growth.
    """
    frame = comparison.assign(
        region_name=cells(names.get(region, Bilingual(en=region, zh=region)) for region in comparison["region"])
    )
    total = float(frame["revenue"].sum())
    costed = frame["rate"].notna().any()
    if not len(frame):
        return line("regions", text("The data name no regions."))
    if not (frame["revenue"] != 0).any():
        return line("regions", text("No region has sold anything in the last 12 months."))
    if total <= 0:
        said = text("The regions together have taken back more than they sold: {total}.", total=Money(total))
        return line("regions", said)
    return Section(
        key="regions",
        title=_regions_title(frame, compared=compared),
        evidence=[
            Table(
                frame,
                [
                    Column("region_name", text("Region"), "text"),
                    REVENUE,
                    *([Column("growth", text("Growth"), "share", 1, signed=True)] if compared else []),
                    *(
                        [Column("margin", text("Margin"), "money"), Column("rate", text("Rate"), "share", 1)]
                        if costed
                        else []
                    ),
                    Column("owners", text("Accounts"), "count"),
                ],
                most=45,
            )
        ],
        basis=[
            text(
                "Last 12 complete months; growth against the 12 before. Differences of a few points are chance in "
                "small regions."
            )
            if compared
            else text("Last 12 complete months.")
        ],
    )


def _regions_title(frame: pd.DataFrame, *, compared: bool) -> Text:
    first = frame.iloc[0]
    grown = frame.dropna(subset="growth").sort_values("growth")
    part = Share(float(first["revenue"]) / float(frame["revenue"].sum()))
    if compared and len(grown) > 1:
        return text(
            "{region} makes {share} of revenue; growth runs from {low} ({last}) to {high} ({best}).",
            region=first["region_name"],
            share=part,
            low=Share(float(grown["growth"].iloc[0]), 0, signed=True),
            last=grown["region_name"].iloc[0],
            high=Share(float(grown["growth"].iloc[-1]), 0, signed=True),
            best=grown["region_name"].iloc[-1],
        )
    return text("{region} makes {share} of revenue.", region=first["region_name"], share=part)
