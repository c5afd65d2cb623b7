"""Section on who is rated stronger than we are, who is catching up, and how long that takes."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from kamreport.language import Names, Number, Text, text, texts
from kamreport.present.section import Column, Section, Table, cells, line
from kamreport.present.sections.rivals import RIVAL, TIERS, rival_names
from kamreport.results import Profile, each
from kamreport.settings import Attribute, Bilingual

__all__ = ["attribute_name", "listed", "profile_section", "span", "with_span"]
_RANKS = {"weaker": 0, "equal": 1, "catching_up": 2, "stronger": 3}


def profile_section(found: Profile, competitors: pd.DataFrame, attributes: Mapping[str, Attribute]) -> Section:
    """Which rivals are stronger, equal, catching up or weaker, how that moves, and what would stop it.

    It prints in the month in which a rival has moved up to stronger or catching up, else in the quarter.
    """
    rules = found.rules
    if not len(found.rivals):
        return line("profile", text("Nobody has scored us and a competitor in the last 12 months."), *_basis(found)[:1])
    names = rival_names(competitors)
    frame = found.rivals.assign(
        rival=cells(names.get(rival, rival) for rival in found.rivals["competitor_id"]),
        tier_name=cells(TIERS[tier] for tier in found.rivals["tier"]),
        gap_name=cells(with_span(row.gap, row.low, row.high) for row in each(found.rivals)),
        slope_name=cells(with_span(row.slope, row.slope_low, row.slope_high) for row in each(found.rivals)),
        next_name=cells(_next(row, rules.score_horizon_months) for row in each(found.rivals)),
        moved=[_has_moved_up(row) for row in each(found.rivals)],
    )
    moved = frame[frame["moved"]]
    return Section(
        key="profile",
        title=_moved_title(moved, attributes) if len(moved) else _title(frame),
        evidence=[
            Table(
                frame,
                [
                    RIVAL,
                    Column("total", text("Score"), "number", 2),
                    Column("gap_name", text("Gap"), "text"),
                    Column("slope_name", text("Points a year"), "text"),
                    Column("tier_name", text("Tier"), "text"),
                    Column("next_name", text("At this pace"), "text"),
                ],
                accent="moved" if len(moved) else "",
            ),
        ],
        basis=_basis(found),
        actions=[
            text(
                "Answer {rival} in {attribute} first: it makes {part} of the {slope} points a year by which the gap "
                "moves; agree on one step with those who scored it highest.",
                rival=Names([str(row.rival)]),
                attribute=attribute_name(row.driver, attributes),
                part=Number(row.driver_slope, 2, signed=True),
                slope=Number(row.slope, 2, signed=True),
            )
            for row in each(frame[frame["tier"] == "catching_up"])
        ],
        cadence="month" if len(moved) else "quarter",
    )


def attribute_name(name: str, attributes: Mapping[str, Attribute]) -> Bilingual | Names:
    """Give an attribute's name in the languages of the settings, or as it stands in the data."""
    return attributes[name].name if name in attributes else Names([name])


def listed(parts: Sequence[object], most: int = 3) -> object:
    """Join a few names or sentences, which are said in a language only when shown; the others are counted.

    Examples
    --------
    >>> from kamreport.language import Language
    >>> Language("en").say(text("{those}", those=listed(["price", "brand"])))
    'price, brand'
    """
    joined = parts[0]
    for part in parts[1:most]:
        joined = text("{first}, {second}", first=joined, second=part)
    if len(parts) <= most:
        return joined
    return text("{those} and {n} more", those=joined, n=len(parts) - most)


def span(low: float, high: float, digits: int) -> Text | None:
    """Say an interval with signs; None where there is none.

    Examples
    --------
    >>> from kamreport.language import Language
    >>> Language("en").say(span(-0.5, 1.25, 2))
    '−0.50 to +1.25'
    """
    if low != low:
        return None
    return text("{low} to {high}", low=Number(low, digits, signed=True), high=Number(high, digits, signed=True))


def with_span(value: float, low: float, high: float) -> Text | None:
    """Say a gap or a slope with its interval; None where there is none.

    Examples
    --------
    >>> from kamreport.language import Language
    >>> Language("en").say(with_span(0.5, -0.25, 1.25))
    '+0.50 (−0.25 to +1.25)'
    """
    said = span(low, high, 2)
    return None if said is None else text("{gap} ({span})", gap=Number(value, 2, signed=True), span=said)


def _basis(found: Profile) -> list[Text]:
    rules, raters = found.rules, found.rivals["raters"]
    told = [
        text(
            "Mean of each rater's newest scores in 12 months, 1 to 10, weighted; gap of competitor less us with "
            "95% bootstrap interval over raters; fewer than {n} raters: too few to say.",
            n=rules.score_min_raters,
        )
    ]
    if len(raters):
        told.append(
            text(
                "Raters of us and a competitor: {n} or more. Points a year: slope of the gap over all rounds, within "
                "each rater and attribute.",
                n=int(raters.min()),
            )
        )
        told.append(
            text(
                "Stronger: the gap is above zero. Catching up: not stronger, and the gap grows. Both by interval and "
                "by t test with Holm's procedure over all competitors (5%). At this pace: a tier that the interval "
                "reaches within {months} months.",
                months=rules.score_horizon_months,
            )
        )
    return told


def _has_moved_up(row: Any) -> bool:
    """Whether a rival is stronger or catching up that was rated lower in the period before."""
    if row.tier not in ("stronger", "catching_up") or row.tier_before not in _RANKS:
        return False
    return _RANKS[row.tier] > _RANKS[row.tier_before]


def _next(row: Any, horizon: int) -> Text | None:
    if not row.next_tier:
        return None
    if row.months != row.months:
        return text("{tier}: not within {n} months", tier=TIERS[row.next_tier], n=horizon)
    months = max(1, round(row.months))
    if row.next_tier == "stronger":
        return texts("passes us in {n} month", "passes us in {n} months", months)
    return texts("{tier} in {n} month", "{tier} in {n} months", months, tier=TIERS[row.next_tier])


def _moved_title(moved: pd.DataFrame, attributes: Mapping[str, Attribute]) -> Text:
    first = next(each(moved))
    names = Names([str(rival) for rival in moved["rival"]])
    if len(moved) > 1:
        return text("{rivals}: newly rated stronger than we are, or catching up.", rivals=names)
    if first.tier == "stronger":
        return text(
            "{rival}: newly rated stronger than we are, by {gap} points ({span}).",
            rival=names,
            gap=Number(first.gap, 2),
            span=span(first.low, first.high, 2),
        )
    return text(
        "{rival}: newly catching up, by {slope} points a year ({span}), the largest part in {attribute} ({part}).",
        rival=names,
        slope=Number(first.slope, 2),
        span=span(first.slope_low, first.slope_high, 2),
        attribute=attribute_name(first.driver, attributes),
        part=Number(first.driver_slope, 2, signed=True),
    )


def _title(frame: pd.DataFrame) -> Text:
    groups = {tier: list(frame.loc[frame["tier"] == tier, "rival"]) for tier in TIERS}
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
