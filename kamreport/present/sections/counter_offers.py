"""Section on accounts that gain by leaving for a rival who has cut his prices: who gets which offer at most."""

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
    of_keys = bool(gaining["is_key"].any())
    named = gaining[gaining["is_key"]] if of_keys else gaining
    # An account that two rivals court for one family has that margin once.
    once = named.drop_duplicates(["owner_id", "family"])
    worth = once["margin" if by_margin else "revenue"].clip(lower=0)
    names = rival_names(competitors)
    offers = named[named["verdict"] == "match"]
    kept = float(offers["kept"].sum())
    amount = kept or float(worth.sum()) or None
    return Section(
        key="counter_offers",
        title=_title(named, once, names, of_keys=of_keys),
        nature="opportunity" if kept else "at_risk",
        amount=amount,
        unit="margin" if kept or by_margin else "revenue",
        stake=text("{amount} a year can be kept", amount=Money(kept)) if kept else None,
        who=named_in(once, worth),
        evidence=[_offers_table(frame, names, regions)],
        basis=[
            *basis,
            text(
                "These accounts earn {worth} a year in the family; offers to all that can be matched would cost {cost} "
                "and keep {kept}.",
                worth=Money(float(once["margin"].sum())),
                cost=Money(float(offers["cost"].sum())),
                kept=Money(kept),
            ),
        ],
        actions=[_action(row) for row in each(named.head(_ACTIONS))],
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
    return text("No account gains by leaving for the competitor: he is not cheaper by more than switching costs.")


def _title(named: pd.DataFrame, once: pd.DataFrame, names: Mapping[str, str], *, of_keys: bool) -> Text:
    first = named.iloc[0]
    rival = str(first["competitor_id"])
    values = {
        "rival": Names([names.get(rival, rival)]),
        "family": Names([str(first["family"])]),
        "needed": Share(float(first["needed"]), 1),
        "revenue": Money(float(once["revenue"].sum())),
        "can": int((named["verdict"] == "match").sum()),
    }
    n = once["owner_id"].nunique()
    if of_keys:
        return texts(
            "{n} key account with {revenue} a year gains by leaving for {rival} in {family}; {needed} off keeps it, "
            "and {can} can be given that without loss.",
            "{n} key accounts with {revenue} a year gain by leaving for {rival} in {family}; {needed} off keeps them, "
            "and {can} can be given that without loss.",
            n,
            **values,
        )
    return texts(
        "{n} account with {revenue} a year gains by leaving for {rival} in {family}, no key account; {needed} off "
        "keeps it, and {can} can be given that without loss.",
        "{n} accounts with {revenue} a year gain by leaving for {rival} in {family}, no key account; {needed} off "
        "keeps them, and {can} can be given that without loss.",
        n,
        **values,
    )


def _action(row: Any) -> Text:
    values = {"family": Names([str(row.family)])}
    if row.verdict == "match":
        return assigned(
            row,
            text("{manager}: if {name} asks, offer {needed} off {family}, and {ceiling} at the very most."),
            text("If {name} asks, offer {needed} off {family}, and {ceiling} at the very most."),
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


def _offers_table(frame: pd.DataFrame, names: Mapping[str, str], regions: Mapping[str, Bilingual]) -> Table:
    several = len(frame.drop_duplicates(["competitor_id", "region", "family"])) > 1
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
            Column("offer", text("Needed / at most"), "text"),
            Column("break_even", text("Pays from"), "share"),
            Column("other_margin", text("Other margin"), "money"),
            Column("answer", text("Answer"), "text"),
        ],
        accent="is_key",
        most=8,
    )
