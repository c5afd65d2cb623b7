"""Sections on reaching the market: what promotions cost for each account gained, and who sells by which channel."""

import math
from typing import Any

import pandas as pd

from kamreport.language import Money, Names, Share, Text, text, texts
from kamreport.present.section import Column, Section, Table, cells, line
from kamreport.present.sections.rivals import rival_names
from kamreport.results import ChannelPresence, Promotions, each

__all__ = ["channels_section", "promotions_section"]

_ALL = text("all segments")
_KNOWN = 0.95  # of our revenue names a channel, or it is not said where we sell nothing


def promotions_section(found: Promotions) -> Section:
    """What promotions cost by segment, and how many accounts began to buy in them."""
    frame = found.frame
    basis = [
        text(
            "Gained: first order ever (of the family, where the promotion names one) between its first day and 30 days "
            "after its last; expected: as many as began in the same days a year earlier. Cost for each account beyond "
            "the expected from {n} gained on, where chance does not explain the excess. One after the other is no "
            "proof that one caused the other.",
            n=found.rules.min_group,
        )
    ]
    if found.elsewhere:
        basis.append(
            texts(
                "Not counted here: {n} promotion for all regions or others.",
                "Not counted here: {n} promotions for all regions or others.",
                found.elsewhere,
            )
        )
    if not len(frame):
        return line(
            "promotions", text("No promotion of this region ended in the last 12 months."), *basis, cadence="year"
        )
    return Section(
        key="promotions",
        title=_promotions_title(found),
        evidence=[_segments(found), _each_promotion(frame)],
        basis=basis,
        cadence="year",
    )


def _promotions_title(found: Promotions) -> Text:
    frame = found.frame
    values = {"cost": Money(float(frame["cost"].sum())), "gained": found.gained}
    known = found.segments[found.segments["cost_each"].notna()]
    if len(known):
        first = known.iloc[0]
        return texts(
            "{n} promotion cost {cost}; {gained} accounts began to buy in it, and one beyond the expected cost {each} "
            "({segment}).",
            "{n} promotions cost {cost}; {gained} accounts began to buy in them, and one beyond the expected cost "
            "{each} ({segment}).",
            len(frame),
            **values,
            each=Money(float(first["cost_each"])),
            segment=_segment(str(first["segment"])),
        )
    if math.isnan(found.expected):
        return texts(
            "{n} promotion cost {cost}; {gained} accounts began to buy in it, and the data are too short to compare.",
            "{n} promotions cost {cost}; {gained} accounts began to buy in them, and the data are too short to "
            "compare.",
            len(frame),
            **values,
        )
    segments = found.segments
    if segments["by_chance"].all() and (segments["gained"] >= found.rules.min_group).any():
        return texts(
            "{n} promotion cost {cost}; {gained} accounts began to buy in it and {expected} in the same days a year "
            "earlier: no more than then beyond chance.",
            "{n} promotions cost {cost}; {gained} accounts began to buy in them and {expected} in the same days a year "
            "earlier: no more than then beyond chance.",
            len(frame),
            **values,
            expected=int(found.expected),
        )
    return texts(
        "{n} promotion cost {cost}; {gained} accounts began to buy in it and {expected} in the same days a year "
        "earlier: too few to say what an account gained cost.",
        "{n} promotions cost {cost}; {gained} accounts began to buy in them and {expected} in the same days a year "
        "earlier: too few to say what an account gained cost.",
        len(frame),
        **values,
        expected=int(found.expected),
    )


def _segment(segment: str) -> Text | Names:
    return Names([segment]) if segment else _ALL


def _segments(found: Promotions) -> Table:
    frame = found.segments
    return Table(
        frame.assign(
            said=cells(segment or _ALL for segment in frame["segment"]),
            each=cells(_cost_each(row, found.rules.min_group) for row in each(frame)),
        ),
        [
            Column("said", text("Segment"), "name"),
            Column("promotions", text("Promotions"), "count"),
            Column("cost", text("Cost"), "money"),
            Column("gained", text("Accounts gained"), "count"),
            Column("expected", text("Expected"), "count"),
            Column("each", text("Cost of one more")),
        ],
    )


def _cost_each(row: Any, least: int) -> Text:
    if row.cost_each == row.cost_each:
        return text("{amount}", amount=Money(float(row.cost_each)))
    if row.expected != row.expected:
        return text("data too short")
    return text("too few to say") if row.gained < least or not row.by_chance else text("none beyond chance")


def _each_promotion(frame: pd.DataFrame) -> Table:
    return Table(
        frame.assign(said=cells(segment or _ALL for segment in frame["segment"])),
        [
            Column("campaign_id", text("Promotion")),
            Column("said", text("Segment"), "name"),
            Column("family", text("Family")),
            Column("starts_on", text("Starts"), "date"),
            Column("cost", text("Cost"), "money"),
            Column("gained", text("Accounts gained"), "count"),
            Column("expected", text("Expected"), "count"),
        ],
    )


def channels_section(found: ChannelPresence, competitors: pd.DataFrame) -> Section:
    """By which channels rivals sell, beside what we sell by them."""
    frame = found.frame
    basis = [text("Channels as the list of competitors names them, for the company; not how much they sell by each.")]
    if found.unsaid:
        basis.append(
            texts(
                "Of {n} competitor no channel is written down.",
                "Of {n} competitors no channel is written down.",
                found.unsaid,
            )
        )
    if not found.rivals:
        return line("channels", text("By which channels competitors sell is not written down."), *basis, cadence="year")
    names = rival_names(competitors)
    has_own = found.known > 0
    if has_own:
        basis.append(text("Our share: of the {share} of 12 months' revenue that names a channel.",
                          share=Share(found.known)))  # fmt: skip
    return Section(
        key="channels",
        title=_channels_title(found, has_own=has_own),
        evidence=[
            Table(
                frame.assign(
                    who=cells(
                        text("{names}", names=Names([names.get(one, one) for one in row.rivals], most=4))
                        if row.rivals
                        else text("none")
                        for row in each(frame)
                    )
                ),
                [
                    Column("channel", text("Channel"), "name"),
                    *([Column("revenue", text("Our revenue"), "money"), Column("share", text("Share"), "share")]
                      if has_own else []),
                    Column("n_rivals", text("Competitors"), "count"),
                    Column("who", text("Which"), "wide"),
                ],
            )
        ],
        basis=basis,
        cadence="year",
    )  # fmt: skip


def _channels_title(found: ChannelPresence, *, has_own: bool) -> Text:
    frame = found.frame
    empty = frame[(frame["revenue"] <= 0) & (frame["n_rivals"] > 0)]
    # Where much of our revenue names no channel it may have gone by any of them.
    if found.known >= _KNOWN and len(empty):
        return texts(
            "Competitors sell by {n} channel in which we sell nothing: {channels}.",
            "Competitors sell by {n} channels in which we sell nothing: {channels}.",
            len(empty),
            channels=Names(list(empty["channel"])),
        )
    most: Any = frame.sort_values(["n_rivals", "channel"], ascending=[False, True]).iloc[0]
    values = {"channel": Names([str(most["channel"])]), "k": int(most["n_rivals"]), "m": len(found.rivals)}
    if has_own:
        return text(
            "{k} of {m} competitors sell by {channel}, which brings {share} of our revenue that names a channel.",
            **values,
            share=Share(float(most["share"])),
        )
    return text("{k} of {m} competitors sell by {channel}; by which channels we sell is not known.", **values)
