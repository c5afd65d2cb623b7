"""Section on how raters see the rivals and us."""

from collections.abc import Mapping

import pandas as pd

from kamreport.language import Names, Number, Text, text
from kamreport.present.charts.profile import profile_chart
from kamreport.present.section import Chart, Column, Section, Table, cells, line
from kamreport.present.sections.rivals import RIVAL, rival_names
from kamreport.results import Profile, each
from kamreport.settings import Attribute

__all__ = ["profile_section"]

_TIERS = {
    "stronger": text("stronger"),
    "equal": text("equal"),
    "catching_up": text("catching up"),
    "weaker": text("weaker"),
    "too_few": text("too few to say"),
}


def profile_section(found: Profile, competitors: pd.DataFrame, attributes: Mapping[str, Attribute]) -> Section:
    """Which rivals are stronger, equal, catching up or weaker, and in what."""
    rules = found.rules
    basis = [
        text(
            "Mean of each rater's newest scores in 12 months, 1 to 10, weighted; gap of competitor less us with "
            "95% bootstrap interval over raters; fewer than {n} raters: too few to say.",
            n=rules.score_min_raters,
        )
    ]
    if not len(found.rivals):
        return line("profile", text("Nobody has scored us and a competitor in the last 12 months."), *basis)
    names = rival_names(competitors)
    frame = found.rivals.assign(
        rival=cells(names.get(rival, rival) for rival in found.rivals["competitor_id"]),
        tier_name=cells(_TIERS[tier] for tier in found.rivals["tier"]),
        interval=cells(
            text("{low} to {high}", low=Number(row.low, 2, signed=True), high=Number(row.high, 2, signed=True))
            for row in each(found.rivals)
        ),
    )
    heads = {name: one.name for name, one in attributes.items()}
    return Section(
        key="profile",
        title=_profile_title(frame),
        evidence=[
            Chart(
                lambda language: profile_chart(
                    found, names, {name: language.value(head) for name, head in heads.items()}, language
                ),
                text("Mean score by attribute, us against the strongest competitor."),
            ),
            Table(
                frame,
                [
                    RIVAL,
                    Column("total", text("Score"), "number", 2),
                    Column("gap", text("Gap"), "number", 2, signed=True, better="down"),
                    Column("interval", text("95% interval"), "text"),
                    Column("trend", text("In a year"), "number", 2, signed=True, better="down"),
                    Column("raters", text("Raters"), "count"),
                    Column("tier_name", text("Tier"), "text"),
                ],
            ),
        ],
        basis=basis,
        cadence="quarter",
    )


def _profile_title(frame: pd.DataFrame) -> Text:
    groups = {tier: list(frame.loc[frame["tier"] == tier, "rival"]) for tier in _TIERS}
    if groups["stronger"] and groups["catching_up"]:
        return text(
            "{stronger}: rated stronger than we are; {catching}: catching up.",
            stronger=Names(groups["stronger"]),
            catching=Names(groups["catching_up"]),
        )
    if groups["stronger"]:
        return text("{stronger}: rated stronger than we are.", stronger=Names(groups["stronger"]))
    if groups["catching_up"]:
        return text(
            "No competitor is rated stronger than we are; {catching}: catching up.",
            catching=Names(groups["catching_up"]),
        )
    if len(groups["too_few"]) == len(frame):
        return text("Too few people have scored us and a competitor to say who is stronger.")
    return text("No competitor is rated stronger than we are.")
