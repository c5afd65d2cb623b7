"""The cover: headline figures, and last period's actions."""

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from kamreport.language import Money, Names, Number, Share, Text, text, texts
from kamreport.period import Period
from kamreport.present.section import Column, Headline, Section, Table, cells, line
from kamreport.present.sections.columns import MEASURES
from kamreport.results import ActionReview, KeyAccounts, OverdueReceivables, Plan, Retention

__all__ = [
    "actions_section",
    "attainment_headline",
    "key_accounts_headline",
    "overdue_headline",
    "retained_headline",
    "total_headline",
]

_STATES = {"late": text("late"), "open": text("open"), "done": text("done")}


def total_headline(
    own: Mapping[str, float],
    totals: pd.DataFrame,
    monthly: pd.DataFrame,
    *,
    measure: str,
    complete: bool,
    target: float = float("nan"),
) -> Headline:
    """Revenue or margin of the period against the previous one, last year and target.

    Parameters
    ----------
    own
        The period's, of `period_total`.
    totals
        Of `period_totals`; without a row where the data do not reach back.
    monthly
        Of `monthly_totals` over the last 13 months.
    complete
        Whether the period is; an incomplete one is compared with as many working days.
    target
        Of the whole period; NaN where there is none.
    """
    figures = totals.astype(float).to_dict("index")
    now = own[measure]
    past = {str(name): row[f"past_{measure}"] for name, row in figures.items()}
    year_ago = None
    if "year_ago" in figures:
        # With the Spring Festival rule February is compared together with January: as a part of them, if it is one.
        joint = figures["year_ago"][measure]
        if math.isclose(now, joint):
            year_ago = Money(past["year_ago"])
        elif now > 0 and joint > 0:
            year_ago = Money(past["year_ago"] * now / joint)
    return Headline(
        key=measure,
        label=MEASURES[measure],
        value=Money(now),
        previous=Money(past["previous"]) if "previous" in past else None,
        year_ago=year_ago if year_ago and year_ago.amount else None,
        plan=Money(target) if target == target and complete else None,
        trend=list(monthly[measure]),
        note=_note(own["revenue"], complete=complete),
    )


def _note(revenue: float, *, complete: bool) -> Text | None:
    if not revenue:
        return text("no transactions in the period")
    return None if complete else text("incomplete: as many working days compared")


def attainment_headline(plan: Plan) -> Headline | Section:
    """Year to date against target, with the landing."""
    if plan.target_to_date != plan.target_to_date or plan.target_to_date <= 0:
        return line("attainment", text("No target for this report."))
    note: Text | None = None
    if plan.landing == plan.landing and plan.target_year == plan.target_year and plan.target_year > 0:
        note = text("landing {share} of the year's target", share=Share(plan.landing / plan.target_year))
    return Headline(
        key="attainment",
        label=text("{measure} target attained", measure=MEASURES[plan.measure]),
        value=Share(plan.to_date / plan.target_to_date, 1),
        plan=Share(1.0),
        note=note,
    )


def overdue_headline(found: OverdueReceivables) -> Headline | Section:
    """Overdue receivables and their share of the balance."""
    if found.month is None or not found.balance:
        return line("overdue", text("No receivables are open."))
    return Headline(
        key="overdue",
        label=text("Overdue receivables"),
        value=Money(found.overdue),
        previous=Money(found.before) if found.before == found.before else None,
        year_ago=Money(found.year_ago) if found.year_ago == found.year_ago else None,
        better="down",
        note=text(
            "{share} of the balance, end of {month}",
            share=Share(found.overdue / found.balance, 1),
            month=Period.month_of(found.month.date()),
        )
        if found.balance > 0
        else text("the balance is {balance}", balance=Money(found.balance)),
    )


def retained_headline(kept: Retention) -> Headline | Section:
    """Net revenue retention over twelve months."""
    if not kept.cohort:
        return line("retained", text("No account bought in the 12 months before: nothing to retain."))
    return Headline(
        key="retained",
        label=text("Retained revenue"),
        value=Share(kept.nrr, 1),
        note=text("without growth {grr}", grr=Share(kept.grr, 1)),
    )


def key_accounts_headline(keys: KeyAccounts, at_risk: Sequence[str]) -> Headline | Section:
    """How many key accounts are lost, overdue or fell far.

    Parameters
    ----------
    at_risk
        Owners named in the churn chapter.
    """
    if not len(keys.frame):
        return line("key_at_risk", text("No account here is a key account by the rule."))
    measure = "margin" if keys.by_margin else "revenue"
    hit = keys.frame[keys.frame["owner_id"].isin(set(at_risk))]
    # Who has stopped is worth what the year before brought, not the little of this one.
    worth = hit[[measure, "before"]].max(axis=1).clip(lower=0)
    return Headline(
        key="key_at_risk",
        label=text("Key accounts at risk"),
        value=Number(len(hit), 0),
        better="down",
        note=text("of {n}; {amount} a year", n=len(keys.frame), amount=Money(float(worth.sum())))
        if len(hit)
        else text("of {n}", n=len(keys.frame)),
    )


def actions_section(review: ActionReview) -> Section:
    """What was decided before, and what came of it."""
    if not len(review.frame):
        return line("actions", text("No action is open and none was done in the period."))
    frame = review.frame.assign(state_name=cells(_STATES[state] for state in review.frame["state"]))
    late = frame[frame["state"] == "late"]
    values: dict[str, object] = {"open": review.open, "done": review.done}
    if len(late):
        days = texts("{n} day", "{n} days", int(late["days_late"].iloc[0]))
        values |= {"days": days, "owner": Names([str(late["owner"].iloc[0])])}
        title = texts(
            "{n} action is late, by {days} ({owner}); open {open}, done {done}.",
            "{n} actions are late, the longest by {days} ({owner}); open {open}, done {done}.",
            review.late,
            **values,
        )
    else:
        title = text("No action is late; open {open}, done {done}.", **values)
    return Section(
        key="actions",
        title=title,
        evidence=[
            Table(
                frame,
                [
                    Column("title", text("Action"), "text"),
                    Column("owner", text("Owner"), "text"),
                    Column("due_on", text("Due"), "date"),
                    Column("state_name", text("State"), "text"),
                    Column("result", text("Result"), "text"),
                ],
                most=6,
            )
        ],
        basis=[text("Actions open at the end of the period, or done in it.")],
    )
