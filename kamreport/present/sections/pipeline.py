"""Sections on the pipeline: open deals by stage, and deals that are stuck."""

from typing import Any

import pandas as pd

from kamreport.language import Money, Names, Number, Share, Text, text, texts
from kamreport.present.charts.pipeline import pipeline_chart
from kamreport.present.section import Chart, Column, Section, Table, Who, cells, finite, line, word
from kamreport.present.sections.columns import MANAGER, NAME, margin_weight
from kamreport.results import Pipeline, each

__all__ = ["pipeline_section", "stuck_deals_section"]

_UNRECORDED = text("stage not recorded")
_LISTED, _MOST_NAMED = 8, 3
_PERSON_COLUMNS = [
    MANAGER,
    Column("open", text("Open"), "count"),
    Column("stuck", text("Stuck"), "count"),
    Column("days", text("Median days"), "number"),
]


def pipeline_section(found: Pipeline) -> Section:
    """How much is in the pipeline, at which stage, how deals move on, and how many are won."""
    n = len(found.deals)
    if not n and not found.rates.n:
        return line("pipeline", text("No deal is open, and none was decided in the last 12 months."), cadence="year")
    named = {"": _UNRECORDED}
    frame = found.stages.assign(
        said=cells(named.get(stage, stage) for stage in found.stages["stage"]),
        record=cells(
            text("{won}/{n}", won=int(row.moved), n=int(row.left)) if row.left else None for row in each(found.stages)
        ),
        conversion=cells(_conversion(row, found.rules.min_group) for row in each(found.stages)),
    )
    chart = Chart(
        lambda language: pipeline_chart(found, {"": language.say(_UNRECORDED)}, language),
        text("Open deals by stage; those that are stuck in the accent."),
    )
    return Section(
        key="pipeline",
        title=_pipeline_title(found),
        evidence=[
            *([chart] if (frame["open"] > 0).sum() > 1 else []),
            Table(
                frame,
                [
                    Column("said", text("Stage")),
                    Column("open", text("Open"), "count"),
                    Column("amount", text("Amount"), "money"),
                    Column("record", text("Moved on / left")),
                    Column("conversion", text("Conversion")),
                    Column("usual_days", text("Usual days"), "number"),
                    Column("stuck", text("Stuck"), "count"),
                ],
            ),
        ],
        basis=_pipeline_basis(found),
        cadence="year",
    )


def _conversion(row: "pd.Series", least: int) -> Text | None:
    if not row.left:
        return None
    if row.left < least:
        return text("too few")
    return text("{rate} ({low} to {high})", rate=Share(row.rate), low=Share(row.low), high=Share(row.high))


def _pipeline_title(found: Pipeline) -> Text:
    n, amount, rates = len(found.deals), found.deals["amount"].sum(min_count=1), found.rates
    if not n:
        opened = text("No deal is open")
    elif amount == amount:
        opened = texts("{n} open deal holds {amount}", "{n} open deals hold {amount}", n, amount=Money(float(amount)))
    else:
        opened = texts("{n} deal is open", "{n} deals are open", n)
    if not rates.n:
        return text("{opened}; none was decided in the last 12 months.", opened=opened)
    return text(
        "{opened}; {won} of {m} decided ones were won ({rate}, {low} to {high}).",
        opened=opened,
        won=rates.won,
        m=rates.n,
        rate=Share(rates.rate),
        low=Share(rates.low),
        high=Share(rates.high),
    )


def _pipeline_basis(found: Pipeline) -> list[Text]:
    basis = [
        text(
            "Conversion: of the deals that left a stage in the last 12 months, those that reached a later one or were "
            "won; Wilson 95% interval, too few to say below {least}. Order of the stages: as deals passed them.",
            least=found.rules.min_group,
        )
    ]
    if found.value_rate == found.value_rate:
        basis.append(
            text(
                "By amount {rate} was won ({low} to {high}, bootstrap over deals).",
                rate=Share(found.value_rate),
                low=Share(found.value_low),
                high=Share(found.value_high),
            )
        )
    elif found.rates.n:
        basis.append(text("What was won by amount is not known: deals that were lost have none."))
    if found.cycles:
        basis.append(
            texts(
                "From creation to decision: {median} days (median of {n} deal; half of them {low} to {high}).",
                "From creation to decision: {median} days (median of {n} deals; half of them {low} to {high}).",
                found.cycles,
                median=Number(found.cycle_days, 0),
                low=Number(found.cycle_low, 0),
                high=Number(found.cycle_high, 0),
            )
        )
    unrecorded = len(found.deals) - found.recorded
    if unrecorded:
        basis.append(
            texts(
                "The stage of {n} open deal is not recorded; it is measured from creation to decision.",
                "The stages of {n} open deals are not recorded; they are measured from creation to decision.",
                unrecorded,
            )
        )
    return basis


def stuck_deals_section(
    found: Pipeline, accounts: pd.DataFrame, people: pd.DataFrame, *, margin_rate: float
) -> Section:
    """Which open deals have stopped moving, for how long, and who has to decide about them.

    Parameters
    ----------
    accounts
        `account_id`, `name`, `manager_name`.
    people
        `person_id`, `name`, `left_on`.
    margin_rate
        Of the region; NaN where the cost is unknown.
    """
    rules = found.rules
    basis = [
        text(
            "Stuck: in its stage for more than {factor} times the usual time there, and longer than {share} of the "
            "deals that left it in the last 12 months. Usual: their median; below {least} deals the stage's standard.",
            factor=Number(rules.stuck_deal_factor, None),
            share=Share(rules.stuck_deal_share, None),
            least=rules.min_group,
        )
    ]
    if not len(found.deals):
        return line("stuck_deals", text("No deal is open."), *basis)
    judged = int(found.deals["usual_days"].notna().sum())
    stuck = _with_names(found.deals[found.deals["is_stuck"]], accounts, people)
    if not len(stuck):
        if not judged:
            return line("stuck_deals", text("Too few deals have been decided to say which are stuck."), *basis)
        said = texts("The {n} open deal is not stuck.", "None of {n} open deals is stuck.", judged)
        return line("stuck_deals", said, *basis)
    worth = stuck["amount"] * found.rates.rate * margin_weight(margin_rate)
    amount = finite(float(worth.sum(min_count=1)))
    if amount:
        basis.append(_gain_basis(found.rates.rate, margin_rate))
    people_of = _by_person(_with_names(found.deals, accounts, people))
    many, n = len(stuck) > _LISTED, len(found.deals)
    return Section(
        key="stuck_deals",
        title=_many_title(stuck, n, people_of.iloc[0]) if many else _stuck_title(stuck, n),
        nature="opportunity" if amount else "fact",
        amount=amount or None,
        unit="margin" if margin_rate == margin_rate else "revenue",
        who=[
            Who(str(row.account_id), str(row.name), finite(float(one)), word(row.person_id))
            for row, one in zip(each(stuck), worth, strict=True)
            if word(row.account_id)
        ],
        evidence=[_stuck_table(stuck), *([Table(people_of, _PERSON_COLUMNS, most=8)] if many else [])],
        basis=basis,
        actions=[_sorting(row) for row in each(people_of[people_of["stuck"] > 0].head(_MOST_NAMED))]
        if many
        else [_decision(row) for row in each(stuck.head(_MOST_NAMED))],
    )


def _gain_basis(won: float, margin_rate: float) -> Text:
    if margin_rate != margin_rate:
        return text("To gain: their amounts at the rate at which deals are won ({rate}).", rate=Share(won))
    return text(
        "To gain: their amounts at the rate at which deals are won ({rate}) and our margin rate.", rate=Share(won)
    )


def _stuck_table(stuck: pd.DataFrame) -> Table:
    return Table(
        stuck.assign(said=cells(stage or _UNRECORDED for stage in stuck["stage"])),
        [
            NAME,
            MANAGER,
            Column("said", text("Stage")),
            Column("since", text("Since"), "date"),
            Column("days", text("Days"), "count"),
            Column("usual_days", text("Usual days"), "number"),
            Column("amount", text("Amount"), "money"),
        ],
        most=_LISTED,
    )


def _with_names(deals: pd.DataFrame, accounts: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """The deals, largest first, with account and the person who has to act: a deal's owner who has left has none."""
    known = accounts[["account_id", "name", "manager_id", "manager_name"]]
    frame = deals.merge(known, on="account_id", how="left", validate="many_to_one")
    frame["name"] = frame["name"].fillna(frame["account_id"]).fillna(frame["opportunity_id"])
    here = people[people["left_on"].isna()]
    owner = frame["owner_id"].map(dict(zip(here["person_id"], here["name"], strict=True))).astype(object)
    frame["person_id"] = frame["owner_id"].where(owner.notna(), frame["manager_id"])
    frame["manager_name"] = owner.where(owner.notna(), frame["manager_name"]).map(word)
    return frame.sort_values(
        ["amount", "days", "opportunity_id"], ascending=[False, False, True], na_position="last", ignore_index=True
    )


def _by_person(deals: pd.DataFrame) -> pd.DataFrame:
    """Open and stuck deals of each person, most stuck first."""
    return (
        deals.groupby("manager_name")
        .agg(open=("is_stuck", "size"), stuck=("is_stuck", "sum"), days=("days", "median"))
        .reset_index()
        .sort_values(["stuck", "manager_name"], ascending=[False, True], ignore_index=True)
    )


def _many_title(stuck: pd.DataFrame, n: int, first: "pd.Series") -> Text:
    """Too many to name one by one: who has most of them."""
    values: dict[str, object] = {"n": len(stuck), "all": n}
    if not word(first["manager_name"]):
        return text("{n} of {all} open deals are stuck.", **values)
    return text(
        "{n} of {all} open deals are stuck, the most with {manager} ({k}).",
        **values,
        manager=Names([str(first["manager_name"])]),
        k=int(first["stuck"]),
    )


def _sorting(row: Any) -> Text:
    manager = word(row.manager_name)
    values: dict[str, object] = {"k": int(row.stuck), "n": int(row.open), "manager": Names([manager])}
    if not manager:
        return text("Sort out the open deals that nobody looks after: {k} of {n} are stuck.", **values)
    return text("Sort out the open deals of {manager}: {k} of {n} are stuck.", **values)


def _stuck_title(stuck: pd.DataFrame, n: int) -> Text:
    names = Names(list(dict.fromkeys(stuck["name"])), most=2)
    amount = float(stuck["amount"].sum(min_count=1))
    values = {"all": n, "names": names}
    if amount == amount:
        return texts(
            "{n} of {all} open deals is stuck ({amount}): {names}.",
            "{n} of {all} open deals are stuck ({amount}): {names}.",
            len(stuck),
            amount=Money(amount),
            **values,
        )
    return texts(
        "{n} of {all} open deals is stuck: {names}.",
        "{n} of {all} open deals are stuck: {names}.",
        len(stuck),
        **values,
    )


def _decision(deal: Any) -> Text:
    manager = word(deal.manager_name)
    values: dict[str, object] = {
        "name": Names([str(deal.name)]),
        "deal": Names([str(deal.opportunity_id)]),
        "days": int(deal.days),
        "manager": Names([manager]),
    }
    if not word(deal.account_id):
        by_manager = text("Agree on the next step of deal {deal}, or close it: {days} days in one stage ({manager}).")
        by_anyone = text("Agree on the next step of deal {deal}, or close it: {days} days in one stage.")
    else:
        by_manager = text(
            "Agree on the next step of deal {deal} with {name}, or close it: {days} days in one stage ({manager})."
        )
        by_anyone = text("Agree on the next step of deal {deal} with {name}, or close it: {days} days in one stage.")
    return Text((by_manager if manager else by_anyone).message, values)
