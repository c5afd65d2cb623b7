"""Sections on value for money, and on the three levels of competition."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from kamreport.language import Names, Number, Share, Text, text
from kamreport.present.charts.profile import value_map_chart
from kamreport.present.section import Chart, Column, Section, Table, cells, line
from kamreport.present.sections.profile import listed, span, with_span
from kamreport.present.sections.rivals import RIVAL, rival_names
from kamreport.results import BrandItems, Levels, ValueMap, each

__all__ = ["competition_levels_section", "value_map_section"]

_VERDICTS = {
    "more": text("more for the money"),
    "less": text("less for the money"),
    "fair": text("level"),
    "too_few": text("too few to say"),
}
_LEVELS = {"price": text("price"), "quality": text("quality"), "culture": text("culture and brand")}
_HEADS = {"price": text("Price"), "quality": text("Quality"), "culture": text("Culture and brand")}


def value_map_section(found: ValueMap, competitors: pd.DataFrame) -> Section:
    """Which rival offers more for its price than we do."""
    names = rival_names(competitors)
    if found.slope != found.slope:
        return line(
            "value_map",
            text("No attribute of price has a weight, so quality cannot be set against price."),
            cadence="year",
        )
    if not len(found.frame):
        return line("value_map", text("Nobody has scored us and a competitor in the last 12 months."), cadence="year")
    frame = found.frame.assign(
        rival=cells(names.get(rival, rival) for rival in found.frame["competitor_id"]),
        interval=cells(
            text("{low} to {high}", low=Number(row.low, 1), high=Number(row.high, 1)) if row.low == row.low else None
            for row in each(found.frame)
        ),
        more_interval=cells(span(row.more_low, row.more_high, 1) for row in each(found.frame)),
        verdict_name=cells(_VERDICTS[verdict] for verdict in found.frame["verdict"]),
        is_more=found.frame["verdict"] == "more",
    )
    return Section(
        key="value_map",
        title=_map_title(frame),
        evidence=[
            Chart(
                lambda language: value_map_chart(found, names, language),
                text("Perceived quality and price of each competitor, ours being 100, with the fair-value line."),
            ),
            Table(
                frame,
                [
                    RIVAL,
                    Column("quality", text("Quality"), "number", 1),
                    Column("interval", text("95% interval"), "text"),
                    Column("price", text("Price"), "number", 1),
                    Column("more", text("Beyond the line"), "number", 1, signed=True, better="down"),
                    Column("more_interval", text("95% interval"), "text"),
                    Column("verdict_name", text("Verdict"), "text"),
                ],
                accent="is_more" if frame["is_more"].any() else "",
            ),
        ],
        basis=_map_basis(found, names),
        actions=[
            text(
                "Say to the accounts what our price pays for that {rival} does not give, or close the gap in quality "
                "before the price.",
                rival=Names([str(frame.iloc[0]["rival"])]),
            )
        ]
        if frame["is_more"].any()
        else [],
        cadence="year",
        quiet=not frame["is_more"].any(),
    )


def _map_title(frame: pd.DataFrame) -> Text:
    more = frame[frame["is_more"]]
    if not len(more):
        if (frame["verdict"] == "too_few").all():
            return text("Too few people have scored us and a competitor to say who is stronger.")
        return text("No competitor offers more for its price than we do, beyond chance.")
    first = more.iloc[0]
    values = {"quality": Number(float(first["quality"]), 0), "price": Number(float(first["price"]), 0)}
    if len(more) == 1:
        return text(
            "{rival} offers more for the money than we do: quality {quality} at price {price} (ours: 100).",
            rival=Names([str(first["rival"])]),
            **values,
        )
    return text(
        "{rivals} offer more for the money than we do; the first quality {quality} at price {price} (ours: 100).",
        rivals=Names(list(more["rival"])),
        **values,
    )


def _map_basis(found: ValueMap, names: Mapping[str, str]) -> list[Text]:
    told = [
        text(
            "Quality: 100 over the sum of weight x our score / the competitor's, without price (Gale); raters of both, "
            "95% bootstrap interval. Fair-value line: one point of quality is worth {slope} of price, as their weights "
            "stand.",
            slope=Number(found.slope, 1),
        ),
        text("Price: own-basket level of the prices seen, taken as exact; the intervals are those of quality alone.")
        if found.price_source == "prices"
        else text(
            "Price as it is felt: our score of price over the competitor's; too few prices of theirs can be matched."
        ),
        text("More or less for the money: by t test with Holm's procedure over the competitors (5%)."),
    ]
    if found.without_price:
        told.append(
            text(
                "Without a price, or one of too few products: {rivals}.",
                rivals=Names([names.get(one, one) for one in found.without_price]),
            )
        )
    return told


def competition_levels_section(found: Levels, competitors: pd.DataFrame, brand: BrandItems | None = None) -> Section:
    """Who is ahead in price, in quality, and in culture and brand."""
    if not len(found.frame):
        return line(
            "competition_levels", text("Nobody has scored us and a competitor in the last 12 months."), cadence="year"
        )
    names = rival_names(competitors)
    levels = [level for level in _LEVELS if level in set(found.frame["level"])]
    basis = [
        text(
            "Gap of competitor less us, weighted mean of the attributes of a level, raters of both, 95% bootstrap "
            "interval; ahead by t test with Holm's procedure over all competitors and levels (5%)."
        ),
        text("Our own score: {scores}.", scores=listed([_own_score(found, level) for level in levels])),
    ]
    tables = [_levels_table(found, names, levels)]
    if brand is not None and len(brand.frame):
        basis += _brand_basis(brand)
        tables.append(_brand_table(brand))
    return Section(
        key="competition_levels",
        title=_levels_title(found, names, levels),
        evidence=tables,
        basis=basis,
        cadence="year",
        quiet=not found.frame["verdict"].eq("ahead").any(),
    )


def _own_score(found: Levels, level: str) -> Text:
    own = found.frame.loc[found.frame["level"] == level, "own"].mean()
    return text("{level} {score}", level=_LEVELS[level], score=Number(float(own), 1))


def _levels_title(found: Levels, names: Mapping[str, str], levels: list[str]) -> Text:
    ahead = found.frame[found.frame["verdict"] == "ahead"]
    clauses = [
        text(
            "in {level} {rivals}",
            level=_LEVELS[level],
            rivals=Names([names.get(row.competitor_id, row.competitor_id) for row in each(part)]),
        )
        for level in levels
        if len(part := ahead[ahead["level"] == level].sort_values("gap", ascending=False))
    ]
    if clauses:
        joined = clauses[0]
        for clause in clauses[1:]:
            joined = text("{first}; {second}", first=joined, second=clause)
        return text("Ahead of us: {clauses}.", clauses=joined)
    if (found.frame["verdict"] == "too_few").all():
        return text("Too few people have scored us and a competitor to say who is stronger.")
    behind = found.frame["verdict"].eq("behind").groupby(found.frame["level"]).all()
    led = [_LEVELS[level] for level in levels if behind[level]]
    if led:
        return text("We are ahead of every competitor in {levels}.", levels=listed(led))
    return text(
        "In {levels} no competitor is ahead of us by more than chance explains, level by level.",
        levels=listed([_LEVELS[level] for level in levels]),
    )


def _levels_table(found: Levels, names: Mapping[str, str], levels: list[str]) -> Table:
    rivals = sorted(set(found.frame["competitor_id"]), key=lambda rival: names.get(rival, rival))
    told = {(row.competitor_id, row.level): row for row in each(found.frame)}
    frame = pd.DataFrame({"rival": cells(names.get(rival, rival) for rival in rivals)})
    for level in levels:
        frame[level] = cells(_level_cell(told.get((rival, level))) for rival in rivals)
    return Table(frame, [RIVAL, *(Column(level, _HEADS[level], "text") for level in levels)])


def _level_cell(row: Any) -> Text | None:
    if row is None:
        return None
    if row.verdict == "too_few":
        return text("too few to say")
    gap = with_span(row.gap, row.low, row.high)
    if row.verdict == "ahead":
        return text("{gap}, ahead", gap=gap)
    return text("{gap}, behind", gap=gap) if row.verdict == "behind" else gap


def _brand_basis(brand: BrandItems) -> list[Text]:
    return [
        text(
            "Our brand, {item}: {top} of {n} accounts say 4 or 5 of 5 ({low} to {high}); the survey asks of us alone.",
            item=Names([str(row.item)]),
            top=row.top,
            n=row.n,
            low=Share(row.low),
            high=Share(row.high),
        )
        for row in each(brand.frame.head(3))
    ]


def _brand_table(brand: BrandItems) -> Table:
    return Table(
        brand.frame,
        [
            Column("item", text("Question"), "name"),
            Column("mean", text("Mean, 1 to 5"), "number", 2),
            Column("n", text("Answers"), "count"),
            Column("top", text("4 or 5"), "count"),
            Column("mean_before", text("Year before"), "number", 2),
            Column("n_before", text("Answers then"), "count"),
        ],
    )
