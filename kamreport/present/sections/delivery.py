"""Section on deliveries: on time and in full, how long they take, and who buys less after late ones."""

import math

from kamreport.language import Money, Names, Number, Share, Text, text, texts
from kamreport.present.charts.growth import delivery_chart
from kamreport.present.section import Chart, Column, Section, Table, line, named_in
from kamreport.present.sections.columns import MANAGER, NAME, assigned, margin_weight
from kamreport.results import DeliveryService, each

__all__ = ["delivery_section"]


def delivery_section(found: DeliveryService, *, margin_rate: float) -> Section:
    """How many orders arrive on time and in full, and which late accounts have bought less since.

    Parameters
    ----------
    margin_rate
        Of all accounts together; NaN where no cost is known, and then the amount is revenue.
    """
    basis = _basis(found)
    if not found.orders:
        return line("delivery_service", text("No order was due in the last 12 months."), *basis)
    followed = found.followed
    evidence: list[Chart | Table] = [
        Chart(
            lambda language: delivery_chart(found, language),
            text("Part of the orders on time with its interval, for the accounts where it is lowest."),
        ),
        _table(found),
    ]
    if not len(followed):
        return Section("delivery_service", _rate_title(found), evidence=evidence, basis=basis, cadence="quarter")
    by_margin = math.isfinite(margin_rate)
    worth = followed["drop"] * margin_weight(margin_rate)
    amount = float(worth.sum())
    first = followed.iloc[0]
    return Section(
        key="delivery_service",
        title=texts(
            "{n} account was served late and buys far less since: {name} got {on_time} of {orders} orders on time "
            "from {start} to {end} and has bought {share} less than a year before in the last months.",
            "{n} accounts were served late and buy far less since: {name} got {on_time} of {orders} orders on time "
            "from {start} to {end} and has bought {share} less than a year before in the last months.",
            len(followed),
            name=Names([str(first["name"])]),
            on_time=int(first["run_on_time"]),
            orders=int(first["run_orders"]),
            start=first["run_start"].date(),
            end=first["run_end"].date(),
            share=Share(-float(first["change"])),
        ),
        nature="realised",
        amount=amount,
        stake=text("{amount} less margin", amount=Money(amount))
        if by_margin
        else text("{amount} less revenue", amount=Money(amount)),
        unit="margin" if by_margin else "revenue",
        who=named_in(followed, worth),
        evidence=evidence,
        basis=[_rate_title(found), *basis],
        actions=[
            assigned(
                row,
                text(
                    "{manager} asks {name} whether the late deliveries matter to it, and agrees on days that are kept."
                ),
                text("Ask {name} whether the late deliveries matter to it, and agree on days that are kept."),
            )
            for row in each(followed.head(3))
        ],
    )


def _rate_title(found: DeliveryService) -> Text:
    values = {
        "otif": found.otif,
        "share": Share(found.otif / found.orders, 1),
        "low": Share(found.low, 1),
        "high": Share(found.high, 1),
        "median": Number(found.lead_median, 0),
        "p90": Number(found.lead_p90, 0),
    }
    if not found.delivered:
        return texts(
            "{otif} of {n} order came on time and in full ({share}, {low} to {high}).",
            "{otif} of {n} orders came on time and in full ({share}, {low} to {high}).",
            found.orders,
            **values,
        )
    return texts(
        "{otif} of {n} order came on time and in full ({share}, {low} to {high}); half within {median} days, 90% "
        "within {p90}.",
        "{otif} of {n} orders came on time and in full ({share}, {low} to {high}); half within {median} days, 90% "
        "within {p90}.",
        found.orders,
        **values,
    )


def _table(found: DeliveryService) -> Table:
    frame = found.frame.sort_values("is_followed", ascending=False, kind="stable", ignore_index=True)
    return Table(
        frame,
        [
            NAME,
            MANAGER,
            Column("orders", text("Orders due"), "count"),
            Column("rate", text("On time"), "share"),
            Column("otif_rate", text("And in full"), "share"),
            Column("lead_p90", text("90% within, days"), "number"),
            Column("change", text("Against last year"), "share", signed=True),
        ],
        accent="is_followed",
        most=8,
    )


def _basis(found: DeliveryService) -> list[Text]:
    basis = [
        text(
            "Orders promised for a day of the last 12 months that has passed; on time and in full if every line was. "
            "Days from order to the last line's arrival, of the {n} orders that have arrived.",
            n=found.delivered,
        ),
        text(
            "Served late: in three months on end fewer orders on time than chance gives one in a thousand at the "
            "others' rate. Buys less: {period} at least {fall} below the same months of last year, after it. One "
            "after the other is no proof that one caused the other.",
            period=found.recent,
            fall=Share(found.rules.delivery_min_fall, None),
        ),
    ]
    if found.undated:
        basis.append(
            texts(
                "{n} line has no promised day and is not counted.",
                "{n} lines have no promised day and are not counted.",
                found.undated,
            )
        )
    return basis
