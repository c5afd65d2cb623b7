"""Sections on the rivals' prices: who has cut them, and where they stand."""

from collections.abc import Mapping

import pandas as pd

from kamreport.language import Money, Names, Number, Share, Text, text, texts
from kamreport.present.charts.rival_prices import price_attack_chart, price_index_chart
from kamreport.present.section import Chart, Column, Section, Table, cells, line
from kamreport.present.sections.rivals import RIVAL, place, rival_names
from kamreport.results import PriceAttacks, PriceIndex
from kamreport.settings import Bilingual

__all__ = ["price_attacks_section", "price_index_section"]


def price_attacks_section(
    found: PriceAttacks, competitors: pd.DataFrame, products: pd.DataFrame, regions: Mapping[str, Bilingual]
) -> Section:
    """Which rival has cut his prices, where, on what, how deep, and what matching him would cost."""
    rules = found.rules
    basis = [
        text(
            "A cut counts from {drop} on average over {items} matched products (same product, unit, basis and place), "
            "against {days} days before; geometric mean (Jevons).",
            drop=Share(rules.price_attack_drop, None),
            items=rules.price_attack_items,
            days=rules.price_max_age_days,
        )
    ]
    if not len(found.frame):
        return line(
            "price_attacks",
            text("No competitor has cut prices by {drop} or more.", drop=Share(rules.price_attack_drop, None)),
            *basis,
        )
    names = rival_names(competitors)
    first = found.frame.iloc[0]
    rival = names.get(str(first["competitor_id"]), str(first["competitor_id"]))
    others = found.frame.iloc[1:]
    chart = Chart(
        lambda language: price_attack_chart(found, rival, language),
        text("{rival}'s price level by month on the products attacked, our present price = 100.", rival=Names([rival])),
    )
    return Section(
        key="price_attacks",
        title=_attack_title(first, rival, regions),
        nature="at_risk",
        amount=float(found.frame["exposure"].sum()),
        evidence=[
            *([chart] if len(found.history) else []),
            _items_table(found.items, products),
            *([_attacks_table(others, names, regions)] if len(others) else []),
        ],
        basis=[
            *basis,
            text(
                "At risk is what matching his prices on these products would cost in a year, at our quantities of "
                "the last 12 months ({revenue}).",
                revenue=Money(float(found.frame["revenue"].sum())),
            ),
        ],
        actions=[
            text(
                "Decide before the next orders: match {rival} for key accounts only, or hold the price and answer "
                "with terms.",
                rival=Names([rival]),
            )
        ],
    )


def _attack_title(first: "pd.Series", rival: str, regions: Mapping[str, Bilingual]) -> Text:
    gap = float(first["gap"])
    values = {
        "rival": Names([rival]),
        "family": Names([str(first["family"])]),
        "cut": Share(-float(first["change"])),
        "since": first["since"].date(),
        "gap": Share(gap),
        "where": place(str(first["region"]), regions),
    }
    if gap > 0:
        return text(
            "{rival} has cut {family} prices by {cut} in {where} since {since}; we are now {gap} dearer.", **values
        )
    if gap <= 0:
        return text(
            "{rival} has cut {family} prices by {cut} in {where} since {since}; we are still cheaper.", **values
        )
    return text("{rival} has cut {family} prices by {cut} in {where} since {since}.", **values)


def _items_table(items: pd.DataFrame, products: pd.DataFrame) -> Table:
    """Give the products of the attack that the title speaks of, before and now."""
    items = items.merge(products[["product_id", "name"]], on="product_id", how="left")
    items["name"] = items["name"].fillna(items["product_id"])
    return Table(
        items.sort_values("year_revenue", ascending=False),
        [
            Column("name", text("Product"), "name"),
            Column("unit_price_then", text("Before"), "number", 2),
            Column("unit_price", text("Now"), "number", 2),
            Column("change", text("Change"), "share", 1, signed=True),
            Column("own_price", text("Our price"), "number", 2),
            Column("year_revenue", text("Our 12 months"), "money"),
        ],
        most=8,
    )


def _attacks_table(others: pd.DataFrame, names: Mapping[str, str], regions: Mapping[str, Bilingual]) -> Table:
    """Give the attacks that the title does not speak of."""
    frame = others.assign(
        rival=cells(names.get(rival, rival) for rival in others["competitor_id"]),
        place=cells(place(str(region), regions) for region in others["region"]),
    )
    return Table(
        frame,
        [
            RIVAL,
            Column("place", text("Region"), "text"),
            Column("family", text("Family"), "text"),
            Column("change", text("Change"), "share", 1, signed=True),
            Column("since", text("Since"), "date"),
            Column("exposure", text("At risk"), "money"),
        ],
        most=8,
    )


def price_index_section(found: PriceIndex, competitors: pd.DataFrame) -> Section:
    """Where our prices stand against each rival's."""
    basis = [
        text(
            "Matched products only: same product and unit, net with net, list with list; newest price within "
            "{days} days; our own net price of {span}. Own-basket index, inverted.",
            days=found.rules.price_max_age_days,
            span=found.span,
        ),
        text("Left out: {tax} prices with tax, {old} too old.", tax=found.with_tax, old=found.too_old),
    ]
    if not len(found.frame):
        return line("price_index", text("No competitor's price can be matched with ours."), *basis)
    names = rival_names(competitors)
    frame = found.frame.assign(rival=cells(names.get(rival, rival) for rival in found.frame["competitor_id"]))
    first = frame.iloc[0]
    values = {"rival": Names([str(first["rival"])]), "share": Share(float(first["coverage"]))}
    difference = round(float(first["level"]) - 100, 1)
    if difference < 0:
        title = texts(
            "{rival} is {gap}% below our prices (on {share} of our sales); {n} of {m} competitors is cheaper.",
            "{rival} is {gap}% below our prices (on {share} of our sales); {n} of {m} competitors are cheaper.",
            int((frame["level"].round(1) < 100).sum()),
            **values,
            gap=Number(-difference, 1),
            m=len(frame),
        )
    else:
        title = text(
            "No competitor is cheaper than we are; the nearest is {rival}, {gap}% above.",
            **values,
            gap=Number(difference, 1),
        )
    return Section(
        key="price_index",
        title=title,
        evidence=[
            Chart(
                lambda language: price_index_chart(found, names, language),
                text("Price level of each competitor on an axis where our price is 100."),
            ),
            Table(
                frame,
                [
                    RIVAL,
                    Column("level", text("Own basket"), "number", 1),
                    Column("jevons_level", text("Jevons"), "number", 1),
                    Column("items", text("Products"), "count"),
                    Column("coverage", text("Of our sales"), "share"),
                    Column("oldest", text("Oldest price"), "date"),
                ],
            ),
        ],
        basis=basis,
        cadence="quarter",
    )
