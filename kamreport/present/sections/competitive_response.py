"""The lead of the competitors chapter: which rival to answer first, where and for what."""

from collections.abc import Mapping

import pandas as pd

from kamreport.language import Money, Names, Share, Text, text, texts
from kamreport.present.section import Column, Section, Table, cells, finite, line
from kamreport.present.sections.profile import listed
from kamreport.present.sections.rivals import RIVAL, TIERS, place, rival_names
from kamreport.results import CompetitiveResponse, each
from kamreport.settings import Bilingual

__all__ = ["competitive_response_section"]

_AMOUNTS = {"attacks": "attack", "wins": "deals", "takes": "taken", "squeezes": "squeeze"}


def competitive_response_section(
    found: CompetitiveResponse, competitors: pd.DataFrame, regions: Mapping[str, Bilingual], *, by_margin: bool
) -> Section:
    """Which rival to answer first: what each does to us, side by side."""
    basis = [
        text(
            "A competitor is to be answered for what chance does not explain: a price attack (what matching it would "
            "cost in a year), deals lost more often than to others (margin of the excess), purchases taken from us "
            "(their margin), a lead on price, speed and service at once (margin of the accounts where it is known to "
            "be). These overlap and are not added; the largest ranks."
        )
    ]
    first = found.first
    if first is None:
        if not len(found.frame):
            return line("competitive_response", text("No table names a competitor."), *basis)
        return line("competitive_response", text("No competitor does more to us than chance explains."), *basis)
    names = rival_names(competitors)
    rival = names.get(str(first["competitor_id"]), str(first["competitor_id"]))
    amount = finite(float(first["stake"]))
    return Section(
        key="competitive_response",
        title=text("Answer {rival} first: {what}.", rival=Names([rival]), what=listed(_done(first, regions), most=4)),
        nature="at_risk" if amount else "fact",
        amount=amount or None,
        unit="margin" if by_margin else "revenue",
        stake=text("up to {amount} at stake", amount=Money(amount)) if amount else None,
        evidence=[_table(found, names)],
        basis=basis,
        leads=True,
    )


def _done(row: "pd.Series", regions: Mapping[str, Bilingual]) -> list[Text]:
    """What a rival does to us, the costliest first."""
    said = {
        "attacks": lambda: text(
            "{family} prices cut by {cut} in {where}",
            family=Names([str(row["family"])]),
            cut=Share(-float(row["change"])),
            where=place(str(row["region"]), regions),
        ),
        "wins": lambda: _won(row, regions),
        "takes": lambda: texts(
            "purchases taken at {n} account", "purchases taken at {n} accounts", int(row["accounts"])
        ),
        "squeezes": lambda: text("ahead on price, speed and service"),
    }
    present = [sign for sign in said if row[sign]]
    return [said[sign]() for sign in sorted(present, key=lambda sign: -(finite(float(row[_AMOUNTS[sign]])) or 0.0))]


def _won(row: "pd.Series", regions: Mapping[str, Bilingual]) -> Text:
    counts = {"won": int(row["won"]), "n": int(row["n"])}
    if row["place"]:
        return text("only {won} of {n} deals won in {where}", **counts, where=place(str(row["place"]), regions))
    return text("only {won} of {n} deals won", **counts)


def _table(found: CompetitiveResponse, names: Mapping[str, str]) -> Table:
    amounts = found.frame[["attack", "deals", "taken", "lost"]]
    frame = found.frame.assign(
        **amounts.where(amounts != 0),
        rival=cells(names.get(rival, rival) for rival in found.frame["competitor_id"]),
        record=cells(
            text("{won}/{n}", won=int(row.record_won), n=int(row.record_n)) if finite(row.record_n) else None
            for row in each(found.frame)
        ),
        seen_as=cells(TIERS.get(tier) for tier in found.frame["tier"]),
    )
    columns = [
        RIVAL,
        Column("attack", text("Price attack"), "money"),
        Column("record", text("Won/decided"), "text"),
        Column("deals", text("Deals lost"), "money"),
        Column("taken", text("Purchases taken"), "money"),
        Column("lost", text("Went to it"), "money"),
        Column("seen_as", text("Seen as"), "text"),
    ]
    return Table(frame, [one for one in columns if frame[one.name].notna().any()], most=8)
