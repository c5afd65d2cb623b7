"""Sections of the churn chapter on whole accounts: lost, retained, overdue."""

import math

from kamreport.language import Money, Names, Number, Share, Text, text, texts
from kamreport.present.charts.churn import bridge_chart
from kamreport.present.section import Chart, Column, Section, Table, line, named_in
from kamreport.present.sections.columns import MANAGER, NAME, REVENUE, assigned, worth_of
from kamreport.results import Losses, OverdueOwners, Retention, each
from kamreport.settings import Rules

__all__ = ["lost_accounts_section", "overdue_accounts_section", "retention_section"]


def lost_accounts_section(found: Losses, *, by_margin: bool) -> Section:
    """Who was lost in the last twelve months, since when, and what it was worth."""
    n = len(found.frame)
    basis = _lost_basis(found)
    if not n:
        said = texts(
            "The {n} active account was kept: none was lost in 12 months.",
            "None of {n} active accounts was lost in 12 months.",
            found.active,
        )
        return line(
            "lost_accounts", said if found.active else text("No account has ordered in the last 12 months."), *basis
        )
    worth = worth_of(found.frame, by_margin=by_margin)
    return Section(
        key="lost_accounts",
        title=_lost_title(found, by_margin=by_margin),
        nature="realised",
        amount=float(worth.sum()),
        unit="margin" if by_margin else "revenue",
        who=named_in(found.frame.head(50), worth.head(50)),
        evidence=[
            Table(
                found.frame,
                [
                    NAME,
                    MANAGER,
                    Column("last_order", text("Last order"), "date"),
                    Column("lost_on", text("Lost on"), "date"),
                    Column("median_gap", text("Usual gap, days"), "count"),
                    REVENUE,
                    *([Column("margin", text("Margin"), "money")] if by_margin else []),
                ],
                most=10,
            )
        ],
        basis=basis,
        actions=[
            assigned(
                row,
                text("{manager} visits {name} and asks for the reason; decide on a win-back offer within the month."),
                text("Visit {name} and ask for the reason; decide on a win-back offer within the month."),
            )
            for row in each(found.frame.head(2))
        ],
    )


def _lost_basis(found: Losses) -> list[Text]:
    rules, n = found.rules, len(found.frame)
    basis = [
        text(
            "Lost: silent for more than {factor} times the own median gap (of its segment with fewer than {gaps}), "
            "at least {low} and at most {high} days, off season not counted; dated on the day the limit is passed. "
            "Since returned: {back}.",
            gaps=rules.gap_min_own,
            factor=Number(rules.lost_gap_factor, None),
            low=rules.lost_min_days,
            high=rules.lost_max_days,
            back=found.returned,
        )
    ]
    if found.active:
        low, high = (Share(bound, 1) for bound in found.interval)
        basis.append(
            text(
                "{n} of {active} active accounts; Wilson 95% {low} to {high}.",
                n=n,
                active=found.active,
                low=low,
                high=high,
            )
        )
    return basis


def _lost_title(found: Losses, *, by_margin: bool) -> Text:
    n = len(found.frame)
    values = {
        "active": found.active,
        "revenue": Money(float(found.frame["revenue"].sum())),
        "margin": Money(float(found.frame["margin"].sum())),
        "name": Names(list(found.frame["name"].head(1))),
    }
    return (
        texts(
            "{n} of {active} accounts was lost in 12 months with {revenue} revenue and {margin} margin a year: {name}.",
            "{n} of {active} accounts were lost in 12 months with {revenue} revenue and {margin} margin a year, "
            "{name} first.",
            n,
            **values,
        )
        if by_margin
        else texts(
            "{n} of {active} accounts was lost in 12 months with {revenue} revenue a year: {name}.",
            "{n} of {active} accounts were lost in 12 months with {revenue} revenue a year, {name} first.",
            n,
            **values,
        )
    )


def retention_section(kept: Retention) -> Section:
    """What was kept of last year's revenue, and the bridge from that year to this."""
    if not kept.cohort:
        return line("retention", text("No account bought in the 12 months before: nothing to retain."))
    return Section(
        key="retention",
        title=text(
            "Last year's accounts kept {grr} of their revenue and with growth stand at {nrr}.",
            grr=Share(kept.grr, 1),
            nrr=Share(kept.nrr, 1),
        ),
        evidence=[
            Chart(
                lambda language: bridge_chart(kept, language),
                text("Revenue bridge from the 12 months before to the last 12 months."),
            )
        ],
        basis=_retention_basis(kept),
    )


def _retention_basis(kept: Retention) -> list[Text]:
    low, high = kept.grr_interval
    basis = [
        text(
            "Revenue of {n} accounts with revenue in the 12 months before; GRR = sum of the smaller of both "
            "years / last year, {low} to {high}; NRR {nlow} to {nhigh} (95%, bootstrap over accounts).",
            n=kept.cohort,
            low=Share(low),
            high=Share(high),
            nlow=Share(kept.nrr_interval[0]),
            nhigh=Share(kept.nrr_interval[1]),
        )
        if math.isfinite(low)
        else texts(
            "{n} account with revenue in the 12 months before, too few for an interval; GRR = sum of the smaller of "
            "both years / last year.",
            "{n} accounts with revenue in the 12 months before, too few for an interval; GRR = sum of the smaller of "
            "both years / last year.",
            kept.cohort,
        )
    ]
    if math.isfinite(kept.grr_backwards):
        basis.append(
            text(
                "Backwards in time the same figure is {share}: so much is mere fluctuation. {k} of {n} stopped.",
                share=Share(kept.grr_backwards),
                k=kept.stopped,
                n=kept.cohort,
            )
        )
    return basis


def overdue_accounts_section(found: OverdueOwners, *, by_margin: bool) -> Section:
    """Who should have ordered by now, in the order of a call list, and how far the alarm can be trusted."""
    named = found.named
    others = len(found.frame) - len(named)
    basis = _overdue_basis(found, others)
    if not len(named):
        said = text("No account is overdue beyond doubt among the {n} whose rhythm is known.", n=found.judged)
        if not found.judged:
            said = text("No account has ordered often enough for its rhythm to be known.")
        return line("overdue_accounts", said, *basis)
    worth = worth_of(named, by_margin=by_margin) * found.chance
    frame = named.assign(at_risk=worth)
    values = {
        "judged": found.judged,
        "revenue": Money(float(named["revenue"].sum())),
        "name": Names(list(named["name"].head(1))),
        "days": int(named["silence_days"].iloc[0]),
        "gap": int(named["median_gap"].iloc[0]),
    }
    title = texts(
        "{n} of {judged} accounts is overdue with {revenue} a year: {name} is silent for {days} days, usually {gap}.",
        "{n} of {judged} accounts are overdue with {revenue} a year: {name} is silent for {days} days, usually {gap}.",
        len(named),
        **values,
    )
    return Section(
        key="overdue_accounts",
        title=title,
        nature="at_risk",
        amount=float(worth.sum()),
        unit="margin" if by_margin else "revenue",
        who=named_in(named.head(50), worth.head(50)),
        evidence=[
            Table(
                frame,
                [
                    NAME,
                    MANAGER,
                    Column("last_order", text("Last order"), "date"),
                    Column("silence_days", text("Silent, days"), "count"),
                    Column("median_gap", text("Usual gap, days"), "count"),
                    Column("ratio", text("Times usual"), "number", 1),
                    REVENUE,
                ],
                most=10,
            )
        ],
        basis=basis,
        actions=[
            assigned(row, text("{manager} calls {name} this week."), text("Call {name} this week."))
            for row in each(named.head(3))
        ],
    )


def _overdue_basis(found: OverdueOwners, others: int) -> list[Text]:
    rules: Rules = found.rules
    limits = ", ".join(f"{limit:g} (k {k})" for k, limit in sorted(rules.overdue_limits.items()))
    basis = [
        text(
            "Overdue: silence in season over the own median gap above the limit by regularity k of the segment: "
            "{limits}; at least {gaps} own gaps; named only if 3 months' sales also lie {drop} below last year's.",
            limits=limits,
            gaps=rules.overdue_min_gaps,
            drop=Share(rules.partial_recent_drop, None),
        )
    ]
    if found.flagged:
        basis.append(
            text(
                "Of {n} so flagged in the last year, {m} ordered within {days} days anyway; risk is weighed with "
                "{chance}.",
                n=found.flagged,
                m=found.wrong,
                days=rules.overdue_horizon_days,
                chance=Share(found.chance),
            )
        )
    if found.flagged < rules.min_group:
        basis.append(
            text(
                "Too few past alarms to judge by (fewer than {n}): risk is weighed with the rule's {chance}.",
                n=rules.min_group,
                chance=Share(found.chance),
            )
        )
    if others:
        basis.append(
            texts(
                "{n} more is late by its rhythm alone and is not named.",
                "{n} more are late by their rhythm alone and are not named.",
                others,
            )
        )
    return basis
