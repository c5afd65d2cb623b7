"""Sections on where accounts can grow: white space, share of wallet, expected revenue, new products."""

import math
from collections.abc import Mapping

import pandas as pd

from kamreport.language import Money, Names, Share, Text, text, texts
from kamreport.present.charts.growth import outlook_chart
from kamreport.present.section import Chart, Column, Section, Table, cells, line, named_in, word
from kamreport.present.sections.columns import MANAGER, NAME, assigned
from kamreport.results import NewProducts, Outlook, Potential, WhiteSpace, each
from kamreport.settings import Bilingual

__all__ = ["new_products_section", "outlook_section", "potential_section", "white_space_section"]

_MOST_CELLS = 10
_SOURCES = {
    "customer": text("the customer"),
    "tender": text("tenders"),
    "manager": text("the manager"),
    "market": text("the market"),
    "model": text("a model"),
}


def white_space_section(found: WhiteSpace) -> Section:
    """Which families accounts do not buy although their peers do, and what that is worth."""
    frame, basis = found.frame, _white_space_basis(found)
    if not len(frame):
        if not found.unsaid:
            return line("white_space", text("No account leaves out a product family that its peers buy."), *basis)
        said = texts(
            "{n} account and family that do not meet: too few peers buy the family to say what it would be worth.",
            "{n} pairs of account and family do not meet: too few peers buy the families to say what they would be "
            "worth.",
            found.unsaid,
        )
        return line("white_space", said, *basis)
    # What one can act on counts, not the sum over everybody: that stands in the basis.
    named = frame.head(_MOST_CELLS)
    amount, worth = float(named["amount"].sum()), named.groupby("owner_id")["amount"].sum()
    first, owners = named.iloc[0], named.drop_duplicates("owner_id")
    return Section(
        key="white_space",
        title=texts(
            "The {n} largest gap against peers is worth {amount} a year: {name} buys no {family}, {buyers} of {peers} "
            "peers do.",
            "The {n} largest gaps against peers are worth {amount} a year: {name} buys no {family}, {buyers} of "
            "{peers} peers do.",
            len(named),
            amount=Money(amount),
            name=Names([str(first["name"])]),
            family=Names([str(first["family"])]),
            buyers=int(first["buyers"]),
            peers=int(first["peers"]),
        ),
        nature="opportunity",
        amount=amount,
        unit="margin" if found.by_margin else "revenue",
        who=named_in(owners, worth[owners["owner_id"]]),
        evidence=[_white_space_table(frame)],
        basis=basis,
        actions=[
            assigned(
                row,
                text("{manager} asks {name} who supplies {family}, and makes an offer."),
                text("Ask {name} who supplies {family}, and make an offer."),
                family=Names([str(row.family)]),
            )
            for row in each(owners.head(3))
        ],
    )


def _white_space_table(frame: pd.DataFrame) -> Table:
    return Table(
        frame,
        [
            NAME,
            MANAGER,
            Column("family", text("Family not bought"), "text"),
            Column("buyers", text("Peers that buy it"), "count"),
            Column("peers", text("Peers"), "count"),
            Column("typical", text("One of its size brings"), "money"),
            Column("amount", text("To be expected"), "money"),
        ],
        most=_MOST_CELLS,
    )


def _white_space_basis(found: WhiteSpace) -> list[Text]:
    measure = text("margin") if found.by_margin else text("revenue")
    basis = [
        text(
            "White space: a family that the account has not ordered for 24 months. Worth: part of the company's other "
            "accounts of its segment that buy it, times their median {measure} in 12 months, at most what this "
            "account brings per family.",
            measure=measure,
        ),
        texts(
            "Valued where {least} peers or more buy the family; {n} account judged, {unsaid} of its families too few "
            "to say. Without cash sales, lost and moved accounts.",
            "Valued where {least} peers or more buy the family; {n} accounts judged, {unsaid} of their families too "
            "few to say. Without cash sales, lost and moved accounts.",
            found.judged,
            least=found.rules.white_space_min_buyers,
            unsaid=found.unsaid,
        ),
    ]
    if len(found.frame):
        basis.append(
            texts(
                "{n} gap in all, {total} a year to be expected: over many accounts, and only as far as each is like "
                "its peers; no promise of one.",
                "{n} gaps in all, {total} a year to be expected: over many accounts, and only as far as each is like "
                "its peers; no promise of one.",
                len(found.frame),
                total=Money(found.total),
            )
        )
    return basis


def potential_section(found: Potential, names: Mapping[str, Bilingual]) -> Section:
    """What the accounts buy from everybody, our part of it, and where the rest is.

    Parameters
    ----------
    names
        Names of the regions in both languages; more than one and the regions stand side by side.
    """
    frame = found.frame
    if not len(frame):
        return line("potential", text("No account has an estimate of a full year of all its purchases that is recent."))
    own, wallet = float(frame["own"].sum()), float(frame["wallet"].sum())
    low, high = (float(frame[name].sum(skipna=False)) for name in ("headroom_low", "headroom_high"))
    values = {
        "active": found.active,
        "own": Money(own),
        "wallet": Money(wallet),
        "share": Share(min(own / wallet, 1.0) if wallet > 0 else math.nan),
        "headroom": Money(float(frame["headroom"].sum())),
    }
    basis = [
        texts(
            "{n} of {active} accounts has an estimate; these bring {cover} of revenue. Ours is the revenue of exactly "
            "the months estimated.",
            "{n} of {active} accounts have an estimate; these bring {cover} of revenue. Ours is the revenue of "
            "exactly the months estimated.",
            len(frame),
            active=found.active,
            cover=Share(found.cover),
        ),
        text(
            "The estimates come from {sources}; how much of what others sell can be won is not said.",
            sources=_sources(found),
        ),
    ]
    if math.isfinite(low):
        basis.append(text("By the estimates' ranges others sell {low} to {high}.", low=Money(low), high=Money(high)))
    if found.contradicted:
        basis.append(
            texts(
                "{n} account bought more from us than its estimate says it bought at all: the estimate is too low.",
                "{n} accounts bought more from us than their estimates say they bought at all: these are too low.",
                found.contradicted,
            )
        )
    return Section(
        key="potential",
        title=texts(
            "{n} of {active} accounts with a known wallet buys {own} of {wallet} from us ({share}); others sell it "
            "{headroom}.",
            "{n} of {active} accounts with a known wallet buy {own} of {wallet} from us ({share}); others sell them "
            "{headroom}.",
            len(frame),
            **values,
        ),
        evidence=[*([_regions_table(found, names)] if len(names) > 1 else []), _accounts_table(found)],
        basis=basis,
        cadence="quarter" if len(names) > 1 else "year",
    )


def _sources(found: Potential) -> Text:
    known = sorted(set(found.frame["source"]))
    return _SOURCES[known[0]] if len(known) == 1 else text("several sources")


def _accounts_table(found: Potential) -> Table:
    return Table(
        found.frame,
        [
            NAME,
            MANAGER,
            Column("wallet", text("Buys in all"), "money"),
            Column("share", text("Our share"), "share"),
            Column("headroom", text("Others sell it"), "money"),
            Column("headroom_low", text("At least"), "money"),
            Column("headroom_high", text("At most"), "money"),
        ],
        most=10,
    )


def _regions_table(found: Potential, names: Mapping[str, Bilingual]) -> Table:
    frame = found.regions
    named = cells(names.get(region, Bilingual(en=region, zh=region)) for region in frame["region"])
    return Table(
        frame.assign(region_name=named),
        [
            Column("region_name", text("Region"), "text"),
            Column("accounts", text("Accounts"), "count"),
            Column("cover", text("Of revenue"), "share"),
            Column("share", text("Our share"), "share"),
            Column("headroom", text("Others sell them"), "money"),
            Column("growth", text("They grow"), "share", 1, signed=True),
            Column("own_growth", text("We grow"), "share", 1, signed=True),
        ],
        most=45,
    )


def outlook_section(found: Outlook) -> Section:
    """What revenue is to be expected of the next months, against last year and target."""
    if not found.method:
        said = texts(
            "Too little history to expect revenue: {n} forecast of past months can be checked, 10 are needed.",
            "Too little history to expect revenue: {n} forecasts of past months can be checked, 10 are needed.",
            found.n,
        )
        return line("outlook", said, cadence="year")
    rules = {
        "seasonal": text("Expected: what the same months of last year brought."),
        "trend": text(
            "Expected: last year's same months at the pace of the last 6 months against the 6 a year before."
        ),
    }
    return Section(
        key="outlook",
        title=_outlook_title(found),
        evidence=[
            Chart(
                lambda language: outlook_chart(found, language),
                text("Expected revenue of each month with its interval, and last year's."),
            ),
            Table(
                found.months.reset_index(),
                [
                    Column("month", text("Month"), "month"),
                    Column("expected", text("Expected"), "money"),
                    Column("low", text("At least"), "money"),
                    Column("high", text("At most"), "money"),
                    Column("year_ago", text("Year ago"), "money"),
                ],
            ),
        ],
        basis=[
            rules[found.method],
            texts(
                "95% interval from {n} such forecast of past months; half of them missed by more than {error}.",
                "95% interval from {n} such forecasts of past months; half of them missed by more than {error}.",
                found.n,
                error=Share(found.error, 1),
            ),
        ],
        cadence="year",
    )


def _outlook_title(found: Outlook) -> Text:
    values = {
        "period": found.period,
        "expected": Money(found.expected),
        "low": Money(found.low),
        "high": Money(found.high),
        "target": Money(found.target),
        "past": Money(found.year_ago),
    }
    if not math.isfinite(found.target):
        return text(
            "{period}: {expected} of revenue is to be expected ({low} to {high}), against {past} a year before.",
            **values,
        )
    if found.target > found.high:
        return text(
            "{period}: {expected} of revenue is to be expected ({low} to {high}); the target of {target} lies "
            "above that.",
            **values,
        )
    if found.target < found.low:
        return text(
            "{period}: {expected} of revenue is to be expected ({low} to {high}), more than the target of {target}.",
            **values,
        )
    return text(
        "{period}: {expected} of revenue is to be expected ({low} to {high}); the target of {target} lies within.",
        **values,
    )


def new_products_section(found: NewProducts, names: Mapping[str, Bilingual]) -> Section:
    """How much of the sales comes from products of the last years, and where each is taken up least.

    Parameters
    ----------
    names
        Names of the regions in both languages.
    """
    years = found.rules.new_product_years
    if not found.revenue > 0:
        return line(
            "new_products", text("No product with a launch date has been sold in 12 months."), cadence="quarter"
        )
    values = {"share": Share(found.share, 1), "years": years, "before": Share(found.before, 1)}
    title = (
        text("{share} of sales come from products of the last {years} years.", **values)
        if math.isnan(found.before)
        else text("{share} of sales come from products of the last {years} years, {before} a year ago.", **values)
    )
    return Section(
        key="new_products",
        title=title,
        evidence=[
            *([_launches_table(found, names)] if len(found.products) else []),
            Table(
                found.frame,
                [
                    Column("family", text("Family"), "text"),
                    Column("revenue", text("Sales"), "money"),
                    Column("new", text("Of new products"), "money"),
                    Column("share", text("Share"), "share", 1),
                    Column("products", text("New products"), "count"),
                ],
                most=12,
            ),
        ],
        basis=_new_products_basis(found),
        cadence="quarter",
    )


def _new_products_basis(found: NewProducts) -> list[Text]:
    basis = [
        text(
            "New: launched less than {years} years before the month of the sale; {new} of {revenue} sold in 12 months.",
            years=found.rules.new_product_years,
            new=Money(found.new),
            revenue=Money(found.revenue),
        )
    ]
    if len(found.products):
        basis.append(text("Of its family: of the family's sales of these months, from the month of the launch on."))
    if round(found.unknown, 3) > 0:
        said = text("Products without a launch date are left out: {share} of sales.", share=Share(found.unknown, 1))
        basis.append(said)
    return basis


def _launches_table(found: NewProducts, names: Mapping[str, Bilingual]) -> Table:
    columns = [
        Column("product", text("Product"), "text"),
        Column("launched_on", text("Launched"), "date"),
        Column("revenue", text("Sales"), "money"),
        Column("share", text("Of its family"), "share", 1),
    ]
    frame = found.products
    if frame["region"].notna().any():
        columns += [Column("least", text("Least in"), "text"), Column("region_share", text("There"), "share", 1)]
    products = [word(name) or id_ for name, id_ in zip(frame["name"], frame["product_id"], strict=True)]
    least = cells(
        names.get(region, Bilingual(en=region, zh=region)) if word(region) else "" for region in frame["region"]
    )
    return Table(frame.assign(product=products, least=least), columns, most=12)
