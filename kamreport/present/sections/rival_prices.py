"""Sections on the rivals' prices: who has cut them, where they stand, how accounts bought after concessions."""

from collections.abc import Mapping

import pandas as pd

from kamreport.language import Money, Names, Number, Share, Text, text, texts
from kamreport.present.charts.rival_prices import price_attack_chart, price_index_chart
from kamreport.present.section import Chart, Column, Section, Table, cells, line
from kamreport.present.sections.columns import margin_weight
from kamreport.present.sections.rivals import RIVAL, place, rival_names
from kamreport.results import Concessions, PriceAttacks, PriceIndex, each
from kamreport.settings import Bilingual

__all__ = ["concessions_section", "price_attacks_section", "price_index_section"]


def price_attacks_section(
    found: PriceAttacks, competitors: pd.DataFrame, products: pd.DataFrame, regions: Mapping[str, Bilingual]
) -> Section:
    """Which rival has cut its prices, where, on what, how deep, and what matching it would cost."""
    rules = found.rules
    basis = [
        text(
            "A cut counts from {drop} on average over {items} matched products (same product, unit, basis and place), "
            "against {days} days before (Jevons), if chance explains it in less than 5%, of all comparisons together "
            "(Holm).",
            drop=Share(rules.price_attack_drop, None),
            items=rules.price_attack_items,
            days=rules.price_max_age_days,
        )
    ]
    if not len(found.frame):
        return line(
            "price_attacks",
            text("No competitor has clearly cut prices by {drop} or more.", drop=Share(rules.price_attack_drop, None)),
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
        amount=found.exposure,
        evidence=[
            *([chart] if len(found.history) else []),
            _items_table(found.items, products),
            *([_attacks_table(others, names, regions)] if len(others) else []),
        ],
        basis=[
            *basis,
            text(
                "At risk is what matching the lowest of these prices would cost in a year, product by product and at "
                "our quantities of the last 12 months ({revenue}); what several have cut counts once.",
                revenue=Money(found.revenue),
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
    """Where our prices stand against each rival's, and who is cheaper beyond chance."""
    basis = [
        text(
            "Matched products only: same product and unit; quotes, tenders and net prices with our net price of "
            "{span}, list with list; newest price within {days} days. Own-basket index, inverted.",
            days=found.rules.price_max_age_days,
            span=found.span,
        ),
        text(
            "Clear is what chance between products explains in less than 5%, of all competitors together (Jevons, "
            "Student's t, Holm), and both indices say. Fisher: products of which the competitor's quantities were seen."
        ),
        text("Left out: {tax} prices with tax, {old} too old.", tax=found.with_tax, old=found.too_old),
    ]
    if not len(found.frame):
        return line("price_index", text("No competitor's price can be matched with ours."), *basis, cadence="quarter")
    basis.append(
        text(
            "Age of the prices: median by competitor {age} days at most, the oldest of {oldest}.",
            age=Number(float(found.frame["age"].max()), 0),
            oldest=found.frame["oldest"].min().date(),
        )
    )
    names = rival_names(competitors)
    return Section(
        key="price_index",
        title=_index_title(found.frame, names),
        evidence=[
            Chart(
                lambda language: price_index_chart(found, names, language),
                text("Price level of each competitor on our own basket, on an axis where our price is 100."),
            ),
            _index_table(found, names),
        ],
        basis=basis,
        cadence="quarter",
    )


def _index_title(frame: pd.DataFrame, names: Mapping[str, str]) -> Text:
    # What does not show in the figure is no difference.
    cheaper = frame[(frame["verdict"] == "cheaper") & (frame["level"].round(1) < 100)]
    first = (cheaper if len(cheaper) else frame).iloc[0]
    rival = str(first["competitor_id"])
    values = {
        "rival": Names([names.get(rival, rival)]),
        "share": Share(float(first["coverage"])),
        "gap": Number(abs(round(float(first["level"]) - 100, 1)), 1),
        "m": len(frame),
    }
    if len(cheaper):
        return texts(
            "{rival} is {gap}% below our prices (on {share} of our sales); {n} of {m} competitors is clearly cheaper.",
            "{rival} is {gap}% below our prices (on {share} of our sales); {n} of {m} competitors are clearly cheaper.",
            len(cheaper),
            **values,
        )
    if frame["verdict"].eq("dearer").all():
        return text("No competitor is cheaper than we are; the nearest is {rival}, {gap}% above.", **values)
    return text(
        "No competitor is clearly cheaper than we are; for {n} of {m} there is no clear difference.",
        **values,
        n=int((frame["verdict"] != "dearer").sum()),
    )


def _index_table(found: PriceIndex, names: Mapping[str, str]) -> Table:
    frame = found.frame.assign(
        rival=cells(names.get(rival, rival) for rival in found.frame["competitor_id"]),
        jevons=cells(
            text(
                "{level} ({low} to {high})",
                level=Number(row.jevons_level, 1), low=Number(row.low, 1), high=Number(row.high, 1),
            )
            if row.low == row.low
            else text("{level} (too few)", level=Number(row.jevons_level, 1))
            for row in each(found.frame)
        ),
        fisher=cells(
            text(
                "{level} ({n}; {share})",
                level=Number(row.fisher_level, 1), n=int(row.fisher_items), share=Share(row.fisher_coverage),
            )
            if row.fisher_items
            else None
            for row in each(found.frame)
        ),
        ages=cells(
            text("{age} days, {oldest}", age=Number(row.age, 0), oldest=row.oldest.date()) for row in each(found.frame)
        ),
    )  # fmt: skip
    return Table(
        frame,
        [
            RIVAL,
            Column("level", text("Own basket"), "number", 1),
            Column("jevons", text("Jevons"), "text"),
            Column("fisher", text("Fisher (products; of our sales)"), "text"),
            Column("items", text("Products"), "count"),
            Column("coverage", text("Of our sales"), "share"),
            Column("ages", text("Median age, oldest"), "text"),
        ],
    )


_BANDS = {
    "all": text("all"),
    "deep": text("from {limit}"),
    "shallow": text("below {limit}"),
    "unknown": text("not known"),
}


def concessions_section(found: Concessions, *, margin_rate: float) -> Section:
    """How accounts bought after rivals' concessions, beside neighbours that none concerned.

    Parameters
    ----------
    margin_rate
        Of the region over the window; what was bought less than neighbours is weighed with it. NaN: cost unknown.
    """
    basis = [
        text(
            "Volume at constant prices in the three months after a price cut or promotion that concerned the account, "
            "in that family, against the same months a year before; expected: as its neighbours at home in the same "
            "region changed that no concession concerned. 95% interval by resampling accounts; fewer than {n}: too few "
            "to say. It shows what went together, not why.",
            n=found.rules.min_group,
        ),
        text(
            "Of {known} concessions known with accounts {n} can be compared; where two to one account overlap, what it "
            "bought counts once.",
            known=found.known,
            n=len(found.events),
        ),
    ]
    total = found.frame.iloc[0]
    if total["verdict"] == "few":
        return line(
            "rival_concessions",
            texts(
                "Competitors' concessions concerned {n} account that can be compared: too few to say how it bought "
                "afterwards.",
                "Competitors' concessions concerned {n} accounts that can be compared: too few to say how they bought "
                "afterwards.",
                int(total["n"]),
            ),
            *basis,
            cadence="year",
        )
    is_less = total["verdict"] == "less"
    short = float(total["expected"] - total["after"]) * margin_weight(margin_rate)
    return Section(
        key="rival_concessions",
        title=_concessions_title(total),
        nature="realised" if is_less else "fact",
        amount=short if is_less else None,
        unit="margin" if margin_rate == margin_rate else "revenue",
        stake=text("{amount} less than neighbours", amount=Money(short)),
        evidence=[_concessions_table(found)],
        basis=basis,
        cadence="year",
    )


def _concessions_title(total: "pd.Series") -> Text:
    n, share = int(total["n"]), float(total["difference"])
    if total["verdict"] == "unclear":
        return text(
            "{n} accounts with a competitor's concession bought afterwards as their neighbours did (difference "
            "{share}, {low} to {high}).",
            n=n,
            share=Share(share),
            low=Share(float(total["low"])),
            high=Share(float(total["high"])),
        )
    low, high = sorted((abs(float(total["low"])), abs(float(total["high"]))))
    values = {"n": n, "share": Share(abs(share)), "low": Share(low), "high": Share(high)}
    if total["verdict"] == "less":
        return text(
            "{n} accounts with a competitor's concession bought {share} less afterwards than their neighbours "
            "({low} to {high}).",
            **values,
        )
    return text(
        "{n} accounts with a competitor's concession bought {share} more afterwards than their neighbours "
        "({low} to {high}).",
        **values,
    )


def _concessions_table(found: Concessions) -> Table:
    """Give the answer to concessions by their depth."""
    limit = Share(found.rules.price_attack_drop, None)
    frame = found.frame.assign(
        depth=cells(Text(_BANDS[band].message, {"limit": limit}) for band in found.frame["band"]),
        interval=cells(
            text("{low} to {high}", low=Share(row.low), high=Share(row.high))
            if row.low == row.low
            else text("too few to say")
            for row in each(found.frame)
        ),
    )
    return Table(
        frame,
        [
            Column("depth", text("Depth"), "text"),
            Column("events", text("Concessions"), "count"),
            Column("n", text("Accounts"), "count"),
            Column("change", text("Their change"), "share", 0, signed=True),
            Column("neighbours", text("Neighbours'"), "share", 0, signed=True),
            Column("difference", text("Difference"), "share", 0, signed=True),
            Column("interval", text("Interval"), "text"),
        ],
    )
