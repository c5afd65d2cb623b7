"""Sections of the competitors chapter: price attacks, deals won and lost, price position, profile."""

from collections.abc import Mapping

import pandas as pd

from kamreport.language import Money, Names, Number, Share, Text, text, texts
from kamreport.present.charts.rivals import price_attack_chart, price_index_chart, profile_chart, win_rate_chart
from kamreport.present.section import Chart, Column, Section, Table, cells, line
from kamreport.present.sections.columns import margin_weight
from kamreport.results import PriceAttacks, PriceIndex, Profile, WinRates, each
from kamreport.settings import Attribute, Bilingual

__all__ = ["price_attacks_section", "price_index_section", "profile_section", "win_rates_section"]

RIVAL = Column("rival", text("Competitor"), "name")
_RESERVED = {"none": text("no competitor"), "unknown": text("not known")}
_TIERS = {
    "stronger": text("stronger"),
    "equal": text("equal"),
    "catching_up": text("catching up"),
    "weaker": text("weaker"),
    "too_few": text("too few to say"),
}


def _names(competitors: pd.DataFrame) -> dict[str, str]:
    return dict(zip(competitors["competitor_id"], competitors["name"], strict=True))


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
    names = _names(competitors)
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
        "where": _place(str(first["region"]), regions),
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
        place=cells(_place(str(region), regions) for region in others["region"]),
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


def _place(region: str, regions: Mapping[str, Bilingual]) -> Text | Bilingual:
    if not region:
        return text("all regions")
    return regions.get(region, Bilingual(en=region, zh=region))


def win_rates_section(found: WinRates, competitors: pd.DataFrame, *, margin_rate: float) -> Section:
    """How many deals were won against each rival, and where we lose more than elsewhere.

    Parameters
    ----------
    margin_rate
        Of the region over the window; the lost amounts are weighed with it. NaN where the cost is unknown.
    """
    basis = [
        text(
            "Rate: won / (won + lost) of deals closed in the last 12 months, Wilson 95% interval. Left out: {n} "
            "cancelled, {open} open.",
            n=found.cancelled,
            open=found.open,
        )
    ]
    if not found.n:
        return line("win_rates", text("No deal was decided in the last 12 months."), *basis)
    names = _names(competitors)
    shown = {
        row.competitor_id: _RESERVED.get(row.competitor_id) or names.get(row.competitor_id, row.competitor_id)
        for row in each(found.frame)
    }
    worst = _worst_rival(found)
    accent = "" if worst is None else str(worst["competitor_id"])
    amount = None
    if worst is not None:
        amount = float(worst["lost_amount"]) * margin_weight(margin_rate)
    return Section(
        key="win_rates",
        title=_win_rates_title(found, worst, names),
        nature="realised" if amount else "fact",
        amount=amount or None,
        unit="margin" if margin_rate == margin_rate else "revenue",
        evidence=[
            Chart(
                lambda language: win_rate_chart(
                    found,
                    {rival: language.value(name) for rival, name in shown.items()},
                    accent,
                    language,
                ),
                text("Share of deals won against each competitor, with its interval."),
            ),
            _deals_table(found, shown),
        ],
        basis=basis,
        actions=[
            text(
                "Review the last deals lost to {rival} with their owners: price, delivery or relation?",
                rival=Names([str(names.get(accent, accent))]),
            )
        ]
        if accent
        else [],
    )


def _worst_rival(found: WinRates) -> "pd.Series | None":
    """Find the rival with the largest lost amount among those against whom we win less than chance explains."""
    named = found.frame[~found.frame["competitor_id"].isin(_RESERVED)]
    worse = named[named["high"] < found.rate].sort_values("lost_amount", ascending=False)
    return worse.iloc[0] if len(worse) else None


def _win_rates_title(found: WinRates, worst: "pd.Series | None", names: Mapping[str, str]) -> Text:
    values = {"won": found.won, "n": found.n, "rate": Share(found.rate)}
    if worst is None:
        return text(
            "We won {won} of {n} deals ({rate}, {low} to {high}); against no competitor is it worse than chance "
            "explains.",
            **values,
            low=Share(found.low),
            high=Share(found.high),
        )
    rival = str(worst["competitor_id"])
    return text(
        "We won {won} of {n} deals ({rate}), but against {rival} only {w} of {m} ({r}, {l} to {h}).",
        **values,
        rival=Names([str(names.get(rival, rival))]),
        w=int(worst["won"]),
        m=int(worst["n"]),
        r=Share(float(worst["rate"])),
        l=Share(float(worst["low"])),
        h=Share(float(worst["high"])),
    )


def _deals_table(found: WinRates, shown: Mapping[str, Text | str]) -> Table:
    frame = found.frame.assign(
        rival=cells(shown[rival] for rival in found.frame["competitor_id"]),
        record=cells(text("{won}/{n}", won=int(row.won), n=int(row.n)) for row in each(found.frame)),
        earlier=cells(
            text("{won}/{n}", won=int(row.won_before), n=int(row.n_before)) if row.n_before else None
            for row in each(found.frame)
        ),
    )
    return Table(
        frame,
        [
            RIVAL,
            Column("record", text("Won/decided"), "text"),
            Column("rate", text("Rate"), "share"),
            Column("earlier", text("Year before"), "text"),
            Column("won_amount", text("Won"), "money"),
            Column("lost_amount", text("Lost"), "money"),
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
    names = _names(competitors)
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
    names = _names(competitors)
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
