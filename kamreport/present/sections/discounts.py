"""Sections on prices given away: discounts that volume has not paid for, list prices that nobody pays."""

from typing import Any

import pandas as pd

from kamreport.language import Money, Names, Number, Share, Text, text, texts
from kamreport.present.section import Column, Section, Table, finite, line, named_in, word
from kamreport.present.sections.columns import NAME, REVENUE, assigned
from kamreport.results import DiscountReview, ListPrices, each

__all__ = ["discounts_section", "list_prices_section"]


def discounts_section(found: DiscountReview) -> Section:
    """Which deeper discounts were not paid for by volume, and what they gave away."""
    losing = found.losing
    basis = _discounts_basis(found)
    if not len(losing):
        said = text("No deeper discount is known to lose money.")
        return line("discounts_that_lose_money", said, *basis)
    loss = float(losing["loss"].sum())
    if losing["needed"].eq(float("inf")).any():
        basis.append(text("Without a needed increase: the cut takes the whole margin, and no volume makes up for it."))
    return Section(
        key="discounts_that_lose_money",
        title=_discounts_title(losing, loss),
        nature="realised",
        amount=loss,
        stake=text("{amount} given away", amount=Money(loss)),
        who=named_in(losing, losing["loss"]),
        evidence=[
            Table(
                losing,
                [
                    NAME,
                    Column("since", text("Since"), "month"),
                    Column("discount_before", text("Off list before"), "share", 1),
                    Column("discount_after", text("Off list now"), "share", 1),
                    Column("needed", text("Volume needed"), "share", signed=True),
                    Column("actual", text("Volume"), "share", signed=True),
                    Column("loss", text("Lost"), "money"),
                ],
                most=8,
            )
        ],
        basis=basis,
        actions=[_take_back(row) for row in each(losing.head(3))],
    )


def _discounts_basis(found: DiscountReview) -> list[Text]:
    rules = found.rules
    basis = [
        texts(
            "Of {n} account with months enough, {deepened} gives at least {points} points more of the list price than "
            "in the months before and a year before.",
            "Of {n} accounts with months enough, {deepened} give at least {points} points more of the list price than "
            "in the months before and a year before.",
            found.judged,
            deepened=len(found.frame),
            points=Number(rules.discount_deepened * 100, None),
        ),
        text(
            "Needed increase = d / (margin rate - d), d being the price cut. It loses money if the upper bound of the "
            "change of volume (at list price, against the same months a year before, 95% interval over months) is "
            "below it."
        ),
    ]
    counts = found.frame["verdict"].value_counts()
    few, still_open = int(counts.get("few", 0)), int(counts.get("open", 0))
    if few:
        said = texts(
            "{n} with fewer than {least} lines: too few to say.", "{n} with fewer than {least} lines: too few to say.",
            few, least=rules.discount_min_lines,
        )  # fmt: skip
        basis.append(said)
    if still_open:
        basis.append(texts("{n} cannot be told yet.", "{n} cannot be told yet.", still_open))
    return basis


def _discounts_title(losing: pd.DataFrame, loss: float) -> Text:
    first = losing.iloc[0]
    values = {
        "loss": Money(loss),
        "name": Names([str(first["name"])]),
        "actual": Share(float(first["actual"]), 0, signed=True),
        "needed": Share(float(first["needed"]), 0, signed=True),
    }
    if finite(float(first["needed"])) is None:
        return texts(
            "{n} deeper discount loses money, {loss}: no volume makes up for that of {name}, which changed by "
            "{actual}.",
            "{n} deeper discounts lose money, {loss}: no volume makes up for that of {name}, which changed by "
            "{actual}.",
            len(losing),
            **values,
        )
    return texts(
        "{n} deeper discount loses money, {loss}: the volume of {name} changed by {actual}, {needed} was needed.",
        "{n} deeper discounts lose money, {loss}: the volume of {name} changed by {actual}, {needed} was needed.",
        len(losing),
        **values,
    )


def _take_back(row: Any) -> Text:
    return assigned(
        row,
        text("Tie the discount of {name} to volume, or take it back to {before} off list ({manager})."),
        text("Tie the discount of {name} to volume, or take it back to {before} off list."),
        before=Share(float(row.discount_before), 1),
    )


def list_prices_section(found: ListPrices, products: pd.DataFrame) -> Section:
    """Which list prices were raised on paper only.

    Parameters
    ----------
    products
        `product_id`, `name`.
    """
    rules = found.rules
    basis = [
        texts(
            "Of {n} product: list price at least {rise} above the year before last, less than {paid} of the rise paid.",
            "Of {n} products: list price at least {rise} above the year before last, less than {paid} of the rise "
            "paid.",
            found.products,
            rise=Share(rules.list_price_rise, None),
            paid=Share(rules.list_price_paid, None),
        )
    ]
    if not len(found.eroded):
        return line("list_price_erosion", text("No raised list price is left unpaid."), *basis)
    names = dict(zip(products["product_id"], products["name"], strict=True))
    frame = found.eroded.assign(
        name=[word(names.get(product)) or str(product) for product in found.eroded["product_id"]]
    )
    lost, first = float(frame["lost"].sum()), frame.iloc[0]
    return Section(
        key="list_price_erosion",
        title=texts(
            "{n} list price was raised and is not paid, {lost} a year: {name} is {list} dearer in the list and {net} "
            "in the invoices.",
            "{n} list prices were raised and are not paid, {lost} a year: {name} is {list} dearer in the list and "
            "{net} in the invoices.",
            len(frame),
            lost=Money(lost),
            name=Names([str(first["name"])]),
            list=Share(float(first["list_change"]), 1, signed=True),
            net=Share(float(first["net_change"]), 1, signed=True),
        ),
        nature="opportunity",
        amount=lost,
        stake=text("{amount} of the rise not paid", amount=Money(lost)),
        evidence=[_eroded_table(frame)],
        basis=[
            *basis,
            text("Net price of the lines that have a list price; a product with several packs is compared by unit."),
        ],
        actions=[
            text(
                "Decide for {names}: hold the list price in the next offers, or take the rise back.",
                names=Names([str(name) for name in frame["name"]], most=3),
            )
        ],
    )


def _eroded_table(frame: pd.DataFrame) -> Table:
    return Table(
        frame,
        [
            Column("name", text("Product"), "name"),
            REVENUE,
            Column("list_change", text("List price"), "share", 1, signed=True),
            Column("net_change", text("Net price"), "share", 1, signed=True),
            Column("paid_before", text("Paid of list before"), "share", 1),
            Column("paid", text("Paid of list"), "share", 1),
            Column("lost", text("Not paid"), "money"),
        ],
        most=8,
    )
