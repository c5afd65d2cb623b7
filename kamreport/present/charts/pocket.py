"""Charts of price, service and what is left of them."""

from typing import TYPE_CHECKING

from kamreport.language import Language, Text, text
from kamreport.present.charts.parts import name_points, share_axis
from kamreport.present.style import ACCENT, ACTUAL, BETTER, MUTED, PAST, WORSE, bare, figure
from kamreport.results import PriceAndService, Waterfall, each

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["KINDS", "STEPS", "price_and_service_chart", "waterfall_chart"]

STEPS: dict[str, Text] = {
    "list": text("at list price"),
    "discounts": text("discounts"),
    "unlisted": text("lines without a list price"),
    "booked": text("rebates in the invoices"),
    "revenue": text("revenue"),
    "uncosted": text("revenue of unknown cost"),
    "cost": text("cost of goods"),
    "margin": text("gross margin"),
    "rebates": text("rebates beside the invoices"),
    "freight": text("freight"),
    "visits": text("visits"),
    "samples": text("samples"),
    "service": text("service"),
    "credit": text("credit"),
    "storage": text("storage"),
    "commission": text("commission"),
    "other": text("other cost to serve"),
    "idle": text("spent on accounts without sales"),
    "pocket": text("pocket margin"),
}
KINDS: dict[str, Text] = {
    "carriage": text("carriage trade"),
    "passive": text("passive"),
    "aggressive": text("aggressive"),
    "bargain": text("bargain basement"),
}
_PLACES = {"carriage": (1, 1), "passive": (0, 1), "aggressive": (1, 0), "bargain": (0, 0)}
_MOST_NAMES = 6
_FAR = 1.25  # times what 95 % of the accounts stay below: one odd account must not flatten the others


def waterfall_chart(found: Waterfall, language: Language) -> "Figure":
    """Steps from top to bottom, each with its amount; what takes is red, what is left of it solid."""
    steps = found.steps
    made, (axes,) = figure(0.5 + 0.21 * len(steps))
    level = 0.0
    last = len(steps) - 1
    for place, row in enumerate(each(steps)):
        if row.is_level:
            start, width, level = 0.0, row.amount, row.amount
            colour = PAST if place == 0 and place != last else ACTUAL
        else:
            start, width, level = level, row.amount, level + row.amount
            colour = BETTER if row.amount >= 0 else WORSE
        axes.barh(place, width, 0.66, left=start, color=colour)
        if place != last:
            axes.plot([level, level], [place - 0.33, place + 1.33], color=MUTED, linewidth=0.6)
        axes.annotate(
            language.money(row.amount, signed=not row.is_level), (max(start, start + width, 0.0), place),
            xytext=(3, 0), textcoords="offset points", va="center", fontsize=7.5,
        )  # fmt: skip
    axes.axvline(0, color="#8a8a8a", linewidth=0.6)
    axes.set_yticks(range(len(steps)), [language.say(STEPS[row.step]) for row in each(steps)])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.spines["left"].set_visible(False)
    bare(axes, x=True)
    return made


def price_and_service_chart(found: PriceAndService, language: Language) -> "Figure":
    """Net price against cost to serve, divided at the medians; the aggressive accounts in the accent, large ones named.

    What lies beyond the axis stands at its edge as a triangle.
    """
    made, (axes,) = figure(2.7)
    frame = found.frame
    edge = _FAR * float(frame["burden"].quantile(0.95)) if len(frame) else 0.0
    shown = frame.assign(x=frame["burden"].clip(upper=edge), y=frame["price"])
    is_hard, is_beyond = shown["kind"] == "aggressive", frame["burden"] > edge
    for hard, colour in ((False, MUTED), (True, ACCENT)):
        for beyond, marker in ((False, "o"), (True, ">")):
            part = shown[(is_hard == hard) & (is_beyond == beyond)]
            axes.scatter(part["x"], part["y"], s=22, marker=marker, color=colour, alpha=0.75, linewidths=0)
    axes.margins(x=0.06, y=0.14)
    if len(frame):
        axes.axhline(found.price, color=MUTED, linewidth=0.7, linestyle=(0, (4, 3)))
        axes.axvline(found.burden, color=MUTED, linewidth=0.7, linestyle=(0, (4, 3)))
    for kind, (x, y) in _PLACES.items():
        axes.annotate(
            language.say(KINDS[kind]), (x, y), xycoords="axes fraction", xytext=(-3 if x else 3, -2 if y else 2),
            textcoords="offset points", ha="right" if x else "left", va="top" if y else "bottom", fontsize=7.5,
            color=MUTED, bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5},
        )  # fmt: skip
    named = shown[is_hard].nlargest(_MOST_NAMES, "revenue")
    name_points(axes, [(row.name, row.x, row.y) for row in each(named)])
    share_axis(axes, language, x=True)
    share_axis(axes, language)
    axes.set_xlabel(language.say(text("cost to serve, part of revenue")))
    axes.set_ylabel(language.say(text("net price, part of list")))
    return made
