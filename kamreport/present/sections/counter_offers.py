"""Section on accounts that gain by leaving for a rival who has cut its prices: who gets which offer at most."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from kamreport.language import Money, Names, Share, Text, text, texts
from kamreport.present.section import Column, Section, Table, cells, line, named_in
from kamreport.present.sections.columns import MANAGER, NAME, assigned
from kamreport.present.sections.rivals import place, rival_names
from kamreport.results import CounterOffers, each
from kamreport.settings import Bilingual

__all__ = ["counter_offers_section"]

_ACTIONS = 3
_MOST = 8  # rows
_ATTACK = ["competitor_id", "region", "family"]
_AT_MOST = Column("ceiling", text("At most"), "share", 1)
_ANSWERS = {
    "hold": text("hold: leaving does not pay"),
    "match": text("match in part"),
    "cannot": text("cannot match"),
    "unknown": text("cost or price unknown"),
}


def counter_offers_section(
    found: CounterOffers, competitors: pd.DataFrame, regions: Mapping[str, Bilingual], *, by_margin: bool
) -> Section:
    """Which accounts gain by leaving for the rival, what would keep each, and what may be offered at most."""
    rules = found.rules
    basis = [
        text(
            "Needed, as a share of our price: what the competitor asks less (own basket there) less {switching} of a "
            "year's purchases for switching, which is a matter of judgement. At most: the account's own margin rate in "
            "the family (after cost of goods); beyond it keeping the account loses money. The offer is paid "
            "whether the account would have left or not, and pays from the chance of leaving shown. One year.",
            switching=Share(rules.switching_cost, None),
        ),
        text(
            "Purchases are of the family, for those of single products by account are not known. Other margin: what "
            "the account earns us elsewhere and could take along."
        ),
    ]
    frame = found.frame
    gaining = frame[frame["needed"] > 0]
    if not len(gaining):
        return line("counter_offers", _nobody(frame), *basis)
    named = gaining[gaining["is_key"]] if gaining["is_key"].any() else gaining
    # An account has its margin in a family once, and who matches the lower of two rivals' prices matches both.
    once = named.sort_values("needed", ascending=False, kind="stable").drop_duplicates(["owner_id", "family"])
    once = once.sort_index()
    worth = once["margin" if by_margin else "revenue"].clip(lower=0)
    names = rival_names(competitors)
    offers = once[once["verdict"] == "match"]
    kept = float(offers["kept"].sum())
    return Section(
        key="counter_offers",
        title=_title(named, names),
        nature="opportunity" if kept else "at_risk",
        amount=kept or float(worth.sum()) or None,
        unit="margin" if kept or by_margin else "revenue",
        stake=text("up to {amount} a year can be kept", amount=Money(kept)) if kept else None,
        who=named_in(once, worth),
        evidence=[_offers_table(frame, named, names, regions)],
        basis=[
            *basis,
            text(
                "These accounts earn {worth} a year in the family; offers to all that can be matched would cost {cost} "
                "and keep {kept} at most, if all would have left.",
                worth=Money(float(once["margin"].sum())),
                cost=Money(float(offers["cost"].sum())),
                kept=Money(kept),
            ),
        ],
        actions=[_action(row) for row in each(once.head(_ACTIONS))],
    )


def _nobody(frame: pd.DataFrame) -> Text:
    if not len(frame):
        return text("No account at home here buys what the competitor has cut.")
    if frame["needed"].isna().any():
        return texts(
            "{n} account buys what the competitor has cut; our own prices there are not known, so no offer is worked "
            "out.",
            "{n} accounts buy what the competitor has cut; our own prices there are not known, so no offer is worked "
            "out.",
            frame["owner_id"].nunique(),
        )
    return text("No account gains by leaving for the competitor: it is not cheaper by more than switching costs.")


def _title(named: pd.DataFrame, names: Mapping[str, str]) -> Text:
    """Say who gains by leaving for the rival of the first attack, and when matching it pays."""
    first = named.iloc[0]
    rows = named[(named[_ATTACK] == first[_ATTACK]).all(axis=1)]
    rival = str(first["competitor_id"])
    values = {
        "rival": Names([names.get(rival, rival)]),
        "family": Names([str(first["family"])]),
        "revenue": Money(float(rows["revenue"].sum())),
        "answer": _matching(rows),
    }
    if first["is_key"]:
        return texts(
            "{n} key account with {revenue} a year gains by leaving for {rival} in {family}; {answer}.",
            "{n} key accounts with {revenue} a year gain by leaving for {rival} in {family}; {answer}.",
            len(rows),
            **values,
        )
    return texts(
        "{n} account with {revenue} a year gains by leaving for {rival} in {family}, no key account; {answer}.",
        "{n} accounts with {revenue} a year gain by leaving for {rival} in {family}, no key account; {answer}.",
        len(rows),
        **values,
    )


def _matching(rows: pd.DataFrame) -> Text:
    offers = rows[rows["verdict"] == "match"]
    needed = Share(float(rows["needed"].iloc[0]), 1)
    if not len(offers):
        return text("matching takes {needed} off, which is known to stay above cost at none", needed=needed)
    low, high = (Share(float(bound)) for bound in (offers["break_even"].min(), offers["break_even"].max()))
    return text(
        "matching takes {needed} off, stays above cost at {can}, and pays only where leaving is likelier than {chance}",
        needed=needed,
        can=len(offers),
        chance=low if len(offers) == 1 else text("{low} to {high}", low=low, high=high),
    )


def _action(row: Any) -> Text:
    values = {"family": Names([str(row.family)])}
    if row.verdict == "match":
        return assigned(
            row,
            text(
                "{manager}: if {name} asks, and only then, offer {needed} off {family}, and {ceiling} at the very most."
            ),
            text("If {name} asks, and only then, offer {needed} off {family}, and {ceiling} at the very most."),
            needed=Share(row.needed, 1),
            ceiling=Share(row.ceiling, 1),
            **values,
        )
    if row.verdict == "cannot":
        return assigned(
            row,
            text("{manager}: do not follow the price of {family} at {name}; answer with terms and service."),
            text("Do not follow the price of {family} at {name}; answer with terms and service."),
            **values,
        )
    return assigned(
        row,
        text("{manager}: find out what {family} costs us at {name} before any offer."),
        text("Find out what {family} costs us at {name} before any offer."),
        **values,
    )


def _offer(row: Any) -> Text | None:
    if row.needed != row.needed:
        return None
    needed = Share(row.needed, 1)
    if row.ceiling != row.ceiling:
        return text("{needed} / not known", needed=needed)
    return text("{needed} / {most}", needed=needed, most=Share(row.ceiling, 1))


def _offers_table(
    frame: pd.DataFrame, named: pd.DataFrame, names: Mapping[str, str], regions: Mapping[str, Bilingual]
) -> Table:
    """Give all accounts, of which those that the title speaks of stand first and are printed."""
    several = len(frame.drop_duplicates(_ATTACK)) > 1
    frame = pd.concat([named, frame.drop(named.index)])
    shown = frame.assign(
        answer=cells(
            text(
                "{answer} ({rival}, {family}, {where})",
                answer=_ANSWERS[row.verdict],
                rival=Names([names.get(row.competitor_id, row.competitor_id)]),
                family=Names([row.family]),
                where=place(row.region, regions),
            )
            if several
            else _ANSWERS[row.verdict]
            for row in each(frame)
        ),
        offer=cells(_offer(row) for row in each(frame)),
    )
    return Table(
        shown,
        [
            NAME,
            MANAGER,
            Column("revenue", text("Purchases"), "money"),
            # In one attack the same is needed everywhere, and the title says it.
            Column("offer", text("Needed / at most"), "text") if several else _AT_MOST,
            Column("break_even", text("Pays from"), "share"),
            Column("other_margin", text("Other margin"), "money"),
            Column("answer", text("Answer"), "text"),
        ],
        accent="is_key",
        most=min(len(named), _MOST),
    )
