"""What several charts share: names from the data, money on an axis, rows of dots with intervals."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from kamreport.language import Language, Text, shorten
from kamreport.present.fonts import printable
from kamreport.present.style import ACCENT, ACTUAL, MUTED, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["dot_rows", "label", "money_axis", "name_points", "share_axis"]

_PLOT_SHARE = 0.75  # of the figure's height, the rest is for the axis
_NAME_GAP = 10.0  # points between two lines of names


def label(name: object, width: int = 24) -> str:
    """Give a name from the data as a chart can draw it: cut, cleaned, with placeholders for lost glyphs.

    Examples
    --------
    >>> label("Hengtai Agricultural Supplies of the North")
    'Hengtai Agricultural Su…'
    """
    return printable(shorten(name, width))[0]


def _formatter(write: Callable[[float], str]) -> "object":
    from matplotlib.ticker import FuncFormatter

    return FuncFormatter(lambda value, _: write(float(value)))


def money_axis(axes: "Axes", language: Language, *, x: bool = False) -> None:
    """Write the ticks of an axis as money."""
    axis = axes.xaxis if x else axes.yaxis
    axis.set_major_formatter(_formatter(language.money))  # type: ignore[arg-type]


def share_axis(axes: "Axes", language: Language, *, x: bool = False) -> None:
    """Write the ticks of an axis as percentages."""
    axis = axes.xaxis if x else axes.yaxis
    axis.set_major_formatter(_formatter(language.share))  # type: ignore[arg-type]


def name_points(axes: "Axes", points: Sequence[tuple[str, float, float]]) -> None:
    """Write names left of points, from top to bottom, moved apart where they would cover one another.

    Parameters
    ----------
    points
        (name, x, y) in data coordinates.
    """
    low, high = axes.get_ylim()
    figure_height: float = axes.get_figure().get_figheight()  # type: ignore[union-attr]
    per_unit = figure_height * 72 * _PLOT_SHARE / (high - low)
    lowest_free = float("inf")
    for name, x, y in sorted(points, key=lambda point: -point[2]):
        wanted = (y - low) * per_unit
        place = min(wanted, lowest_free - _NAME_GAP)
        lowest_free = place
        axes.annotate(
            label(name), (x, y), xytext=(-7, place - wanted), textcoords="offset points", ha="right", va="center",
            fontsize=7.5, color=ACCENT,
        )  # fmt: skip


def dot_rows(
    frame: pd.DataFrame, language: Language, *, names: list[str], value: str, low: str, high: str,
    right: list[str], reference: float, reference_label: Text, accent: list[bool], write: Callable[[float], str],
) -> "Figure":  # fmt: skip
    """Draw one row per name: a dot, its interval, what it rests on at the right, a reference line.

    Parameters
    ----------
    frame
        One row per name, top to bottom, with the columns `value`, `low` and `high`.
    right
        What stands at the right of each row: n/N.
    reference
        Where the vertical line stands.
    write
        Says a value of the axis.
    """
    made, (axes,) = figure(0.55 + 0.27 * max(len(frame), 2))
    places = range(len(frame), 0, -1)
    axes.axvline(reference, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
    for place, row, is_accent in zip(places, frame.to_dict("records"), accent, strict=True):
        colour = ACCENT if is_accent else ACTUAL
        if row[low] == row[low]:
            axes.plot([row[low], row[high]], [place, place], color=colour, linewidth=1, marker="|", markersize=5)
        axes.plot(row[value], place, "o", color=colour, markersize=5.5)
    axes.set_yticks(list(places), [label(name) for name in names])
    axes.set_ylim(0.4, len(frame) + 0.9)
    axes.annotate(
        language.say(reference_label), (reference, len(frame) + 0.75), color=MUTED, fontsize=7.5, ha="center", va="top"
    )
    axes.xaxis.set_major_formatter(_formatter(write))  # type: ignore[arg-type]
    axes.spines["left"].set_visible(False)
    for place, note in zip(places, right, strict=True):
        axes.annotate(
            note, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=7.5, color=MUTED,
            annotation_clip=False,
        )  # fmt: skip
    return made
