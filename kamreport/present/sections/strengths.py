"""Section on our strengths and weaknesses: what matters, who does better, what to learn from whom."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from kamreport.language import Names, Number, Text, text
from kamreport.present.charts.profile import strengths_chart
from kamreport.present.section import Chart, Column, Section, Table, cells, line
from kamreport.present.sections.profile import attribute_name, listed, with_span
from kamreport.present.sections.rivals import rival_names
from kamreport.results import Strengths, each
from kamreport.settings import Attribute

__all__ = ["strengths_section"]

_VERDICTS = {
    "strength": text("strength"),
    "weakness": text("weakness"),
    "level": text("level"),
    "too_few": text("too few to say"),
}
_QUADRANTS = {
    "keep_up": text("keep it up"),
    "concentrate": text("concentrate here"),
    "low_priority": text("low priority"),
    "overkill": text("possible overkill"),
}


def strengths_section(found: Strengths, competitors: pd.DataFrame, attributes: Mapping[str, Attribute]) -> Section:
    """In what we lead, in what a rival does, and what to concentrate on."""
    basis = _basis(found)
    if not len(found.frame):
        return line("strengths", text("Nobody has scored us in the last 12 months."), *basis[:1], cadence="quarter")
    names = rival_names(competitors)
    frame = found.frame.assign(
        attribute_name=cells(attribute_name(name, attributes) for name in found.frame["attribute"]),
        rival=cells(names.get(rival, rival) or None for rival in found.frame["competitor_id"]),
        interval=cells(with_span(row.gap, row.low, row.high) for row in each(found.frame)),
        verdict_name=cells(_verdict(row) for row in each(found.frame)),
        quadrant_name=cells(_QUADRANTS[quadrant] for quadrant in found.frame["quadrant"]),
        is_weak=found.frame["verdict"] == "weakness",
    )
    has_rivals = bool((found.frame["competitor_id"] != "").any())
    columns = [
        Column("attribute_name", text("Attribute"), "name"),
        Column("importance", text("Importance"), "number"),
        Column("own", text("Us"), "number", 2),
        Column("rival", text("Best competitor"), "name"),
        Column("interval", text("Gap"), "text"),
        Column("verdict_name", text("Verdict"), "text"),
        Column("quadrant_name", text("Importance and score"), "text"),
    ]
    return Section(
        key="strengths",
        title=_title(found, names, attributes) if has_rivals else _own_title(found, attributes),
        evidence=[
            Chart(
                lambda language: strengths_chart(
                    found,
                    names,
                    {name: language.value(attribute_name(name, attributes)) for name in found.frame["attribute"]},
                    {quadrant: language.say(said) for quadrant, said in _QUADRANTS.items()},
                    language,
                ),
                text("Mean score by attribute, us and the best competitor, with the gap and its interval."),
            ),
            Table(
                frame,
                columns if has_rivals else [*columns[:3], columns[-1]],
                accent="is_weak" if frame["is_weak"].any() else "",
            ),
        ],
        basis=basis,
        actions=_lessons(found, names, attributes),
        cadence="quarter",
        quiet=has_rivals and not found.frame["verdict"].isin(["strength", "weakness"]).any(),
    )


def _verdict(row: Any) -> Text | None:
    """Level, if the interval says so; an interval that leaves zero out is no proof where many gaps are looked at."""
    if row.verdict == "level" and (row.low > 0 or row.high < 0):
        return text("may be chance")
    return _VERDICTS.get(row.verdict)


def _basis(found: Strengths) -> list[Text]:
    source = {
        "stated": text("Importance: mean of what {n} raters state, 0 to 100.", n=found.n),
        "derived": text(
            "Importance is derived, not asked: correlation (x 100) of satisfaction with the score, {n} raters; what "
            "goes together need not cause it.",
            n=found.n,
        ),
        "weight": text("Importance: the weights of the settings (x 100); no rater has stated one."),
    }
    told = [source[found.source]]
    if len(found.frame):
        told.append(
            text(
                "Concentrate: important and scored low, cut at the means, importance {importance} and score {own} "
                "(Martilla and James).",
                importance=Number(found.importance_cut, 0),
                own=Number(found.own_cut, 2),
            )
        )
    if (found.frame["competitor_id"] != "").any():
        told.append(
            text(
                "Gap: best competitor less us, among raters of both, 95% bootstrap interval. Strength and weakness by "
                "t test with Holm's procedure over all competitors and attributes (5%), else it may be chance; fewer "
                "than {n} raters: too few.",
                n=found.rules.score_min_raters,
            )
        )
    else:
        told.append(text("No competitor was scored: strengths and weaknesses against them are not known."))
    return told


def _title(found: Strengths, names: Mapping[str, str], attributes: Mapping[str, Attribute]) -> Text:
    weak = found.frame[found.frame["verdict"] == "weakness"]
    strong = found.frame[found.frame["verdict"] == "strength"]
    led, leads = (
        listed([attribute_name(name, attributes) for name in part["attribute"]]) if len(part) else None
        for part in (weak, strong)
    )
    rivals = Names(list(dict.fromkeys(names.get(rival, rival) for rival in weak["competitor_id"])))
    if len(weak) and len(strong):
        return text(
            "{rivals}: ahead of us in {led}; we lead everybody in {leads}.", rivals=rivals, led=led, leads=leads
        )
    if len(weak):
        return text("{rivals}: ahead of us in {led}; in nothing do we lead everybody.", rivals=rivals, led=led)
    if len(strong):
        return text("We lead every competitor in {leads}, and none is ahead of us beyond chance.", leads=leads)
    if (found.frame["verdict"] != "level").all():
        return text("Too few people have scored us and a competitor to say who is stronger.")
    return text("In no attribute does a competitor lead us, or we all of them, by more than chance explains.")


def _own_title(found: Strengths, attributes: Mapping[str, Attribute]) -> Text:
    urgent = found.frame.loc[found.frame["quadrant"] == "concentrate", "attribute"]
    if not len(urgent):
        return text("All that matters more than the average is scored above it; no competitor was scored.")
    return text(
        "Important and scored low: {those}; no competitor was scored.",
        those=listed([attribute_name(name, attributes) for name in urgent]),
    )


def _lessons(found: Strengths, names: Mapping[str, str], attributes: Mapping[str, Attribute]) -> list[Text]:
    """What to learn from whom: the weightiest attributes, each from the rival that is furthest ahead in it.

    A price is asked and not learned.
    """
    asked = {name for name, one in attributes.items() if one.level == "price"}
    first = (
        found.lessons[~found.lessons["attribute"].isin(asked)]
        .sort_values("gap", ascending=False)
        .drop_duplicates("attribute")
    )
    return [
        text(
            "Learn from {rival} in {attribute}: visit two accounts that score it highest and take one practice over.",
            rival=Names([names.get(row.competitor_id, row.competitor_id)]),
            attribute=attribute_name(row.attribute, attributes),
        )
        for row in each(first.sort_values(["weighted", "attribute"], ascending=[False, True]).head(2))
    ]
