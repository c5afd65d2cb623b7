"""Charts of the churn chapter."""

from typing import TYPE_CHECKING

from kamreport.language import Language, Text, text
from kamreport.present.style import ACTUAL, BETTER, MUTED, PAST, WORSE, bare, figure
from kamreport.results import Retention, each

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["STEP_NAMES", "bridge_chart"]

STEP_NAMES: dict[str, Text] = {
    "start": text("12 months before"),
    "new": text("new"),
    "expansion": text("grown"),
    "moved_in": text("moved in"),
    "pool": text("cash sales"),
    "moved_out": text("moved out"),
    "contraction": text("shrunk"),
    "stopped": text("stopped"),
    "end": text("last 12 months"),
}


def bridge_chart(kept: Retention, language: Language) -> "Figure":
    """Waterfall from one year's revenue to the next; gains green, losses red, each with its amount."""
    made, (axes,) = figure(2.3)
    level = before = 0.0
    last = len(kept.bridge) - 1
    for place, row in enumerate(each(kept.bridge)):
        if place in (0, last):
            bottom, height, colour = 0.0, row.amount, PAST if place == 0 else ACTUAL
            level = row.amount
        else:
            bottom, height = min(level, level + row.amount), abs(row.amount)
            colour = BETTER if row.amount >= 0 else WORSE
            level += row.amount
        if place:
            axes.plot([place - 1.3, place + 0.3], [before, before], color=MUTED, linewidth=0.6)
        before = level
        axes.bar(place, height, 0.6, bottom=bottom, color=colour)
        signed = place not in (0, last)
        axes.annotate(
            language.money(row.amount, signed=signed), (place, bottom + max(height, 0.0)), xytext=(0, 2),
            textcoords="offset points", ha="center", fontsize=7.5,
        )  # fmt: skip
    axes.axhline(0, color="#8a8a8a", linewidth=0.6, clip_on=False)
    axes.set_xticks(range(last + 1), [language.say(STEP_NAMES[row.step]) for row in each(kept.bridge)])
    axes.tick_params(axis="x", length=0)
    axes.spines["bottom"].set_visible(False)
    bare(axes, y=True)
    return made
