"""Sections on deals won and lost."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from kamreport.language import Money, Names, Share, Text, text, texts
from kamreport.present.charts.battles import win_rate_chart
from kamreport.present.section import Chart, Column, Section, Table, cells, finite, line, word
from kamreport.present.sections.columns import MANAGER, NAME, margin_weight
from kamreport.present.sections.rivals import RESERVED, RIVAL, place, rival_names
from kamreport.results import NOBODY, ContestedDeals, LossReasons, WinRates, each
from kamreport.settings import Bilingual

__all__ = ["beyond_others", "said_rates", "win_rates_section"]

_LISTED, _MOST_NAMED = 6, 3
_SIGNS = {
    "took_business": text("took business"), "won_deal": text("won a deal"), "holds_share": text("supplies it"),
    "made_move": text("made a move"),
}  # fmt: skip


def win_rates_section(
    found: WinRates,
    competitors: pd.DataFrame,
    *,
    margin_rate: float,
    where: Sequence[WinRates] = (),
    contested: ContestedDeals | None = None,
    accounts: pd.DataFrame | None = None,
    people: pd.DataFrame | None = None,
    regions: Mapping[str, Bilingual] | None = None,
    reasons: LossReasons | None = None,
) -> Section:
    """How many deals were won against each rival, where we lose more than elsewhere, and which deals are open there.

    Parameters
    ----------
    margin_rate
        Of the region over the window; what was lost beyond the others' rate is weighed with it. NaN where the cost is
        unknown.
    where
        Of `where_lost`.
    contested
        Open deals of accounts where a rival is known to be.
    accounts
        `account_id`, `name`.
    people
        `person_id`, `name`.
    reasons
        Why deals were lost, of the same deals.
    """
    basis = _rate_basis(found)
    if not found.n:
        return line("win_rates", text("No deal was decided in the last 12 months."), *basis)
    names = rival_names(competitors)
    shown = {
        row.competitor_id: RESERVED.get(row.competitor_id) or names.get(row.competitor_id, row.competitor_id)
        for row in each(found.frame)
    }
    worst = found.worst
    if contested is not None:
        basis += _contested_basis(contested)
    table = _deals_table(found, shown, contested)
    if worst is None:
        chart = Chart(
            lambda language: win_rate_chart(
                found, {rival: language.value(name) for rival, name in shown.items()}, "", language
            ),
            text("Share of deals won against each competitor, with its interval."),
        )
        return Section("win_rates", _even_title(found), evidence=[chart, table], basis=basis, cadence="quarter")
    rival = Names([str(shown[worst["competitor_id"]])])
    parts = {one.by: one.worst for one in where}
    region = parts.get("region")
    at_stake = _open_deals(contested, str(worst["competitor_id"]), accounts, people)
    if region is not None and len(at_stake):
        at_stake = at_stake[at_stake["region"] == region["region"]]
    amount, stake, said = beyond_others(worst if region is None else region, margin_rate)
    return Section(
        key="win_rates",
        title=_worst_title(worst, rival, parts, at_stake, regions or {}),
        nature="realised" if amount else "fact",
        amount=amount,
        unit="margin" if margin_rate == margin_rate else "revenue",
        stake=stake,
        evidence=[table, *([_open_table(at_stake)] if len(at_stake) else [])],
        basis=[*basis, said],
        actions=[
            *(_answer(row, rival) for row in each(at_stake.head(_MOST_NAMED))),
            _why(reasons, str(worst["competitor_id"]), rival),
        ],
    )


def beyond_others(row: "pd.Series", margin_rate: float) -> tuple[float | None, Text | None, Text]:
    """Give what a group lost beyond the others' rate as money at stake, how it is called, and its rule."""
    amount = finite(float(row["excess"]) * margin_weight(margin_rate)) or None
    if margin_rate != margin_rate:
        rule = text(
            "Lost amounts are deal values; at stake is what was lost beyond the rate of the others, as revenue: the "
            "cost is not known."
        )
        stake = text("{amount} revenue beyond what the others' rate explains", amount=Money(amount or 0.0))
    else:
        rule = text(
            "Lost amounts are deal values; at stake is the margin, at a rate of {rate}, of what was lost beyond the "
            "rate of the others.",
            rate=Share(margin_rate),
        )
        stake = text("{amount} margin beyond what the others' rate explains", amount=Money(amount or 0.0))
    return amount, stake if amount else None, rule


def _why(reasons: LossReasons | None, rival_id: str, rival: Names) -> Text:
    """The reason that most deals were lost to a rival for is to be answered; where none is, it is asked for."""
    if reasons is not None:
        lost = reasons.by_rival[reasons.by_rival["competitor_id"] == rival_id]
        named = lost[~lost["reason"].isin(NOBODY)]
        if len(named) == 1 or (len(named) > 1 and named["n"].iloc[0] > named["n"].iloc[1]):
            return text(
                "{k} of {n} deals lost to {rival} were lost for {reason}: answer that first.",
                k=int(named["n"].iloc[0]),
                n=int(lost["n"].sum()),
                rival=rival,
                reason=Names([str(named["reason"].iloc[0])]),
            )
    return text("Review the last deals lost to {rival} with their owners: price, delivery or relation?", rival=rival)


def _rate_basis(found: WinRates) -> list[Text]:
    return [
        text(
            "Rate: won / (won + lost) of deals closed in the last 12 months, Wilson 95% interval; by amount with the "
            "effective number of deals (Kish). Left out: {n} cancelled, {open} open.",
            n=found.cancelled,
            open=found.open,
        ),
        text(
            "Named only if Fisher's exact test against the deals with other competitors, corrected for all comparisons "
            "(Holm), leaves 5%; too few to say below {least} deals.",
            least=found.rules.min_group,
        ),
    ]


def _contested_basis(contested: ContestedDeals) -> list[Text]:
    said = text(
        "Against whom an open deal is, is known when it closes. Counted are open deals of accounts where the "
        "competitor won a deal from us, took business or made a recorded move in {months} months, or holds a share of "
        "the purchases.",
        months=contested.months,
    )
    without = texts("{n} open deal names no account.", "{n} open deals name no account.", contested.without_account)
    return [said, without] if contested.without_account else [said]


def _even_title(found: WinRates) -> Text:
    values = {
        "won": found.won, "n": found.n, "rate": Share(found.rate), "low": Share(found.low), "high": Share(found.high),
    }  # fmt: skip
    rivals = found.frame[~found.frame[found.by].isin(RESERVED)]
    if not len(rivals):
        return text(
            "We won {won} of {n} deals ({rate}, {low} to {high}); against which competitor is not recorded.", **values
        )
    if rivals["verdict"].isin(["", "too few"]).all():
        return text(
            "We won {won} of {n} deals ({rate}, {low} to {high}); against each competitor too few to say who is harder "
            "to beat.",
            **values,
        )
    alone = found.frame[found.frame[found.by] == "none"]
    if alone["n"].sum() >= found.rules.min_group:
        return text(
            "We won {won} of {n} deals ({rate}): {a} of {b} without a competitor, {c} of {d} against one; against no "
            "competitor is it worse than against the others by more than chance explains.",
            **values,
            a=int(alone["won"].sum()),
            b=int(alone["n"].sum()),
            c=int(rivals["won"].sum()),
            d=int(rivals["n"].sum()),
        )
    return text(
        "We won {won} of {n} deals ({rate}, {low} to {high}); against no competitor is it worse than chance explains.",
        **values,
    )


def _worst_title(
    worst: "pd.Series",
    rival: Names,
    parts: "Mapping[str, pd.Series | None]",
    at_stake: pd.DataFrame,
    regions: Mapping[str, Bilingual],
) -> Text:
    region, family, stage = (parts.get(name) for name in ("region", "family", "stage"))
    row = worst if region is None else region
    values: dict[str, object] = {
        "rival": rival, "w": int(row["won"]), "m": int(row["n"]), "r": Share(float(row["rate"])),
        "ow": int(row["others_won"]), "om": int(row["others_n"]),
    }  # fmt: skip
    if region is None:
        said = text(
            "Against {rival} we won {w} of {m} deals ({r}), against other competitors {ow} of {om}",
            **values,
        )
    else:
        said = text(
            "Against {rival} in {place} we won {w} of {m} deals ({r}), elsewhere {ow} of {om}",
            **values,
            place=place(str(region["region"]), regions),
        )
    if family is not None:
        said = text("{said}, least in {family}", said=said, family=Names([str(family["family"])]))
    if stage is not None:
        said = text(
            "{said}; {k} of {n} at {stage} were lost",
            said=said,
            k=int(stage["lost_here"]),
            n=int(stage["n"]),
            stage=Names([str(stage["stage"])]),
        )
    if not len(at_stake):
        return text("{what}.", what=said)
    amount = finite(float(at_stake["amount"].sum(min_count=1)))
    if amount is None:
        return texts(
            "{said}. {n} open deal is at an account where it is known to be.",
            "{said}. {n} open deals are at accounts where it is known to be.",
            len(at_stake),
            said=said,
        )
    return texts(
        "{said}. {n} open deal ({amount}) is at an account where it is known to be.",
        "{said}. {n} open deals ({amount}) are at accounts where it is known to be.",
        len(at_stake),
        said=said,
        amount=Money(amount),
    )


def _deals_table(found: WinRates, shown: Mapping[str, Text | str], contested: ContestedDeals | None) -> Table:
    open_deals: dict[str, Text] = {}
    if contested is not None:
        for rival, amounts in contested.frame.groupby("competitor_id")["amount"]:
            n, amount = len(amounts), finite(float(amounts.sum(min_count=1)))
            open_deals[str(rival)] = text("{n} ({amount})", n=n, amount=Money(amount)) if amount else text("{n}", n=n)
    frame = said_rates(found).assign(
        rival=cells(shown[rival] for rival in found.frame["competitor_id"]),
        earlier=cells(
            text("{won}/{n}", won=int(row.won_before), n=int(row.n_before)) if row.n_before else None
            for row in each(found.frame)
        ),
        at_stake=cells(open_deals.get(rival) for rival in found.frame["competitor_id"]),
    )
    return Table(
        frame.assign(is_worst=found.frame["verdict"] == "worse"),
        [
            RIVAL,
            Column("record", text("Won/decided")),
            Column("said_rate", text("Rate")),
            Column("value_rate", text("By amount"), "share"),
            Column("earlier", text("Year before")),
            Column("lost_amount", text("Lost deals"), "money"),
            Column("at_stake", text("Open deals there")),
        ],
        accent="is_worst",
        most=8,
    )


def said_rates(found: WinRates) -> pd.DataFrame:
    """The frame with its rates as they are said: a rate of few deals is none."""
    return found.frame.assign(
        record=cells(text("{won}/{n}", won=int(row.won), n=int(row.n)) for row in each(found.frame)),
        said_rate=cells(
            text("{rate} ({low} to {high})", rate=Share(row.rate), low=Share(row.low), high=Share(row.high))
            if row.n >= found.rules.min_group
            else text("too few to say")
            for row in each(found.frame)
        ),
        value_rate=found.frame["value_rate"].where(found.frame["n"] >= found.rules.min_group),
    )


def _open_deals(
    contested: ContestedDeals | None, rival: str, accounts: pd.DataFrame | None, people: pd.DataFrame | None
) -> pd.DataFrame:
    """The open deals where a rival is, with the names of account and owner."""
    if contested is None or accounts is None or people is None:
        return pd.DataFrame()
    frame = contested.frame[contested.frame["competitor_id"] == rival].reset_index(drop=True)
    late = frame["expected_close"] < pd.Timestamp(contested.as_of)
    named = dict(zip(accounts["account_id"], accounts["name"], strict=True))
    owners = dict(zip(people["person_id"], people["name"], strict=True))
    return frame.assign(
        # What was to be closed by now has no day before which to act.
        due=frame["expected_close"].where(~late),
        closes=cells(
            None if pd.isna(day) else _closing(day.date(), is_late=is_late)
            for day, is_late in zip(frame["expected_close"], late, strict=True)
        ),
        name=[named.get(id_, id_) for id_ in frame["account_id"]],
        manager_name=[word(owners.get(id_, id_)) for id_ in frame["owner_id"]],
        sign=cells(next(said for sign, said in _SIGNS.items() if getattr(row, sign)) for row in each(frame)),
    )


def _closing(day: date, *, is_late: bool) -> Text:
    return text("overdue since {day}", day=day) if is_late else text("{day}", day=day)


def _open_table(at_stake: pd.DataFrame) -> Table:
    return Table(
        at_stake,
        [
            NAME,
            Column("family", text("Family"), "name"),
            Column("amount", text("Open"), "money"),
            MANAGER,
            Column("closes", text("Expected")),
            Column("sign", text("The competitor")),
        ],
        most=_LISTED,
    )


def _answer(deal: Any, rival: Names) -> Text:
    """Who closes an open deal before the rival does, and by when."""
    values: dict[str, object] = {
        "manager": Names([str(deal.manager_name)]), "name": Names([str(deal.name)]), "rival": rival,
        "deal": Names([str(deal.opportunity_id)]),
    }  # fmt: skip
    known = pd.notna(deal.due)
    if known:
        values["day"] = deal.due.date()
    if not deal.manager_name:
        if known:
            return text("Close deal {deal} with {name} before {day}: {rival} is known there.", **values)
        return text("Close deal {deal} with {name}: {rival} is known there.", **values)
    if known:
        return text("{manager} closes deal {deal} with {name} before {day}: {rival} is known there.", **values)
    return text("{manager} closes deal {deal} with {name}: {rival} is known there.", **values)
