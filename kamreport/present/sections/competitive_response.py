"""The lead of the competitors chapter: which rival to answer first, where and with what."""

import math
from collections.abc import Mapping

import pandas as pd

from kamreport.language import Money, Names, Share, Text, text, texts
from kamreport.present.section import Column, Section, Table, cells, finite, line
from kamreport.present.sections.rivals import RIVAL, TIERS, place, rival_names
from kamreport.results import CompetitiveResponse, each
from kamreport.settings import Bilingual

__all__ = ["competitive_response_section"]


def competitive_response_section(
    found: CompetitiveResponse, competitors: pd.DataFrame, regions: Mapping[str, Bilingual], *, by_margin: bool
) -> Section:
    """Which rival to answer first: what each does to us, side by side."""
    basis = [
        text(
            "A competitor is to be answered for what chance does not explain: a price attack, deals lost more often "
            "than to others, purchases he took from us, a lead on price, speed and service at once; and for business "
            "that is known to have gone to him. These overlap and are not added; the largest ranks him."
        )
    ]
    first = found.first
    if first is None:
        return line("competitive_response", text("No competitor does more to us than chance explains."), *basis)
    names = rival_names(competitors)
    rival = names.get(str(first["competitor_id"]), str(first["competitor_id"]))
    return Section(
        key="competitive_response",
        title=text("Answer {rival} first: {what}.", rival=Names([rival]), what=_all(_done(first, regions))),
        nature="at_risk",
        amount=float(first["stake"]),
        unit="margin" if by_margin else "revenue",
        stake=text("at least {amount} at stake", amount=Money(float(first["stake"]))),
        evidence=[_table(found, names)],
        basis=basis,
        leads=True,
    )


def _done(row: "pd.Series", regions: Mapping[str, Bilingual]) -> list[Text]:
    """What a rival does to us, the costliest first."""
    said = {
        "attack": lambda: text(
            "{family} {cut} cheaper in {where}",
            family=Names([str(row["family"])]),
            cut=Share(-float(row["change"])),
            where=place(str(row["region"]), regions),
        ),
        "deals": lambda: text("only {won} of {n} deals won against him", won=int(row["won"]), n=int(row["n"])),
        "taken": lambda: texts(
            "purchases taken at {n} account", "purchases taken at {n} accounts", int(row["accounts"])
        ),
        "squeeze": lambda: text("ahead on price, speed and service"),
        "lost": lambda: texts("{n} account lost to him", "{n} accounts lost to him", int(row["gone"])),
    }
    present = [signal for signal in said if float(row[signal]) > 0]
    return [said[signal]() for signal in sorted(present, key=lambda signal: -float(row[signal]))]


def _all(said: list[Text]) -> Text:
    """Join parts of a sentence."""
    joined = said[0]
    for one in said[1:]:
        joined = text("{first}; {second}", first=joined, second=one)
    return joined


def _table(found: CompetitiveResponse, names: Mapping[str, str]) -> Table:
    amounts = found.frame[["attack", "taken", "lost"]]
    frame = found.frame.assign(
        **amounts.where(amounts != 0),
        rival=cells(names.get(rival, rival) for rival in found.frame["competitor_id"]),
        record=cells(
            text("{won}/{n}", won=int(row.won), n=int(row.n)) if finite(row.n) else None for row in each(found.frame)
        ),
        seen_as=cells(TIERS.get(tier) for tier in found.frame["tier"]),
    )
    columns = [
        RIVAL,
        Column("attack", text("Price attack"), "money"),
        Column("record", text("Won/decided"), "text"),
        Column("taken", text("Purchases taken"), "money"),
        Column("lost", text("Lost to him"), "money"),
        Column("unanswered", text("Moves not answered"), "count"),
        Column("seen_as", text("Seen as"), "text"),
    ]
    known = [one for one in columns if one.name == "rival" or not _blank(frame[one.name])]
    return Table(frame, known, most=8)


def _blank(values: "pd.Series") -> bool:
    return all(one is None or (isinstance(one, float) and math.isnan(one)) for one in values)
