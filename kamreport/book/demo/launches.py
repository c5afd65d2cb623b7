"""Products that were launched while the demo firm's book was kept: who took them up, and where hardly anybody did."""

from datetime import date, timedelta

import numpy as np

from kamreport.book.demo.trade import Product, products
from kamreport.book.demo.world import YEAR, World

__all__ = ["RELUCTANT", "launch"]

RELUCTANT = ("Pig feed plus 高效猪料", "Southwest")
"""A product, and the region where nobody offers it."""
_ADOPT, _SELDOM, _HESITATE_DAYS, _PART = 0.65, 0.08, 240, 0.6


def launch(world: World) -> None:
    """Let accounts take up what was launched, in place of what it follows and at the same price."""
    rng = world.draw("launches")
    # A credit note has the number of its invoice.
    line = world.lines["doc_id"].str.replace("^CN", "INV", regex=True) + "/" + world.lines["line_no"]
    for product in products():
        if not product.follows:
            continue
        since = _taken_up(world, product, rng)
        bought = world.lines[(world.lines["product_id"] == product.follows) & (world.lines["kind"] == "sale")]
        chosen = (bought["order_date"].dt.date >= bought["account_id"].map(since)) & (rng.random(len(bought)) < _PART)
        world.lines.loc[line.isin(line[chosen.index[chosen]]), "product_id"] = product.product_id
        if product.name == RELUCTANT[0]:
            _plant(world, product)
        if product.launched_on.year == YEAR.year + 1:
            figures: dict[str, float | str] = {"launched_on": product.launched_on.isoformat()}
            world.innocent(
                "just_launched", "all", "sells little, and was launched eight weeks before the end",
                object_id=product.product_id, figures=figures,
            )  # fmt: skip


def _taken_up(world: World, product: Product, rng: np.random.Generator) -> dict[str, date]:
    """From which day on each account buys a product; never for those that do not."""
    since = {}
    for account in world.firm.accounts:
        chance = _SELDOM if (product.name, account.region) == RELUCTANT else _ADOPT
        takes, days = rng.random() < chance, int(rng.integers(0, _HESITATE_DAYS))
        since[account.id] = product.launched_on + timedelta(days=days) if takes else date.max
    return since


def _plant(world: World, product: Product) -> None:
    family = [one.product_id for one in products() if one.family == product.family]
    lines = world.lines[(world.lines["date"] >= np.datetime64(YEAR)) & (world.lines["kind"] == "sale")]
    here = lines["account_id"].isin({one.id for one in world.firm.accounts if one.region == RELUCTANT[1]})
    shares = {}
    for name, where in (("here", here), ("elsewhere", ~here)):
        revenue = lines[where & (lines["currency"] == "CNY")].groupby("product_id")["revenue"].sum()
        shares[name] = round(float(revenue.get(product.product_id, 0.0) / revenue.reindex(family).sum()), 4)
    world.truth(
        "launch_not_taken_up", RELUCTANT[1], "is hardly bought here, and by two accounts of three elsewhere",
        finding="customer_value/new_products", object_id=product.product_id,
        figures={f"share_{name}": share for name, share in shares.items()},
    )  # fmt: skip
