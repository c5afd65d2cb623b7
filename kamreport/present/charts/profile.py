"""Charts of how raters see the rivals and us."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kamreport.language import Language, text
from kamreport.present.charts.parts import label, name_points
from kamreport.present.style import ACCENT, ACTUAL, BETTER, MUTED, WORSE, figure
from kamreport.results import Strengths, ValueMap, each

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["strengths_chart", "value_map_chart"]

_VERDICTS = {"weakness": WORSE, "strength": BETTER}


def strengths_chart(
    found: Strengths,
    names: Mapping[str, str],
    attributes: Mapping[str, str],
    quadrants: Mapping[str, str],
    language: Language,
) -> "Figure":
    """Dot plot per attribute, us against the best rival, most important first; the gap with its interval at the right.

    Where no rival was scored the quadrant stands at the right.
    """
    frame = found.frame
    made, (axes,) = figure(0.7 + 0.27 * max(len(frame), 2))
    places = list(range(len(frame), 0, -1))
    for place, row in zip(places, each(frame), strict=True):
        axes.plot([row.own, row.score], [place, place], color="#c9c9c9", linewidth=1.4, zorder=1)
        said, colour = quadrants[row.quadrant], MUTED
        if row.competitor_id:
            said, colour = _lead(row, names, language), _VERDICTS.get(row.verdict, MUTED)
        axes.annotate(
            said, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=7.5, color=colour,
            annotation_clip=False,
        )  # fmt: skip
    if (frame["competitor_id"] != "").any():
        best = language.say(text("best competitor"))
        axes.plot(frame["score"], places, "o", color=ACTUAL, markersize=5.5, label=best)
    axes.plot(frame["own"], places, "D", color=ACCENT, markersize=5, label=language.say(text("us")))
    heads = [
        f"{label(attributes.get(str(row.attribute), str(row.attribute)))} {language.number(row.importance)}"
        for row in each(frame)
    ]
    axes.set_yticks(places, heads)
    axes.set_ylim(0.4, len(frame) + 0.6)
    axes.margins(x=0.06)
    axes.set_xlabel(language.say(text("mean score, 1 to 10; beside each attribute its importance")))
    axes.spines["left"].set_visible(False)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, fontsize=7.5, handlelength=1, borderpad=0)
    return made


def _lead(row: Any, names: Mapping[str, str], language: Language) -> str:
    rival = label(names.get(row.competitor_id, row.competitor_id), 14)
    gap = language.number(row.gap, 2, signed=True)
    if row.low != row.low:
        return f"{rival} {gap}"
    low, high = (language.number(bound, 2, signed=True) for bound in (row.low, row.high))
    return f"{rival} {gap} ({low}…{high})"


def value_map_chart(found: ValueMap, names: Mapping[str, str], language: Language) -> "Figure":
    """Each rival by perceived quality and price, ours 100 and 100, with the fair-value line through us."""
    made, (axes,) = figure(3.0)
    frame = found.frame
    across, up = _reach(frame[["quality", "low", "high"]]), _reach(frame[["price"]])
    axes.set_xlim(*across)
    axes.set_ylim(*up)
    # The line from one edge of the chart to another, whatever its slope.
    steep = found.slope > (up[1] - up[0]) / (across[1] - across[0])
    ends = [100 + (edge - 100) / found.slope for edge in up] if steep else list(across)
    axes.plot(
        ends, [100 + found.slope * (end - 100) for end in ends], color=MUTED, linewidth=0.9, linestyle=(0, (4, 3))
    )
    for row in each(frame):
        colour = WORSE if row.verdict == "more" else ACTUAL
        if row.low == row.low:
            axes.plot(
                [row.low, row.high], [row.price, row.price], color=colour, linewidth=0.9, marker="|", markersize=4
            )
        axes.plot(row.quality, row.price, "o", color=colour, markersize=5.5)
    axes.plot(100, 100, "D", color=ACCENT, markersize=6)
    points = [(names.get(row.competitor_id, row.competitor_id), row.quality, row.price) for row in each(frame)]
    name_points(axes, [*points, (language.say(text("us")), 100.0, 100.0)])
    _corner(axes, language.say(text("dearer than its quality")), "left", "top")
    _corner(axes, language.say(text("more for the money")), "right", "bottom")
    axes.set_xlabel(language.say(text("perceived quality, ours = 100; dashed: fair value")))
    axes.set_ylabel(language.say(text("price, ours = 100")))
    return made


def _reach(values: Any) -> tuple[float, float]:
    """Ends of an axis that holds all values and 100, with room beside them."""
    low, high = min(float(values.min(axis=None)), 100.0), max(float(values.max(axis=None)), 100.0)
    room = 0.12 * (high - low) or 5.0
    return low - room, high + room


def _corner(axes: "Axes", said: str, across: str, up: str) -> None:
    axes.annotate(
        said, (0.01 if across == "left" else 0.99, 0.98 if up == "top" else 0.03), xycoords="axes fraction",
        ha=across, va=up, fontsize=7.5, color=MUTED,
    )  # fmt: skip
