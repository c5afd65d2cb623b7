"""What several charts share: names from the data, money on an axis, rows of dots with intervals."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from kamreport.language import Language, Text, shorten
from kamreport.present.fonts import printable
from kamreport.present.style import ACCENT, ACTUAL, BETTER, MUTED, PAST, WORSE, bare, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

__all__ = ["count_axis", "dot_rows", "label", "money_axis", "name_points", "share_axis", "waterfall"]

_PLOT_SHARE = 0.75  # of the figure's height, the rest is for the axis
_NAME_GAP = 10.5  # points between two lines of names


def label(name: object, width: int = 24) -> str:
    """Give a name from the data as a chart can draw it: cut, cleaned, with placeholders for lost glyphs.

    Examples
    --------
    >>> label("Hengtai Agricultural Supplies of the North")
    'Hengtai Agricultural Su…'
    """
    return printable(shorten(name, width))[0]


def money_axis(axes: "Axes", language: Language, *, x: bool = False) -> None:
    """Write the ticks of an axis as money."""
    from matplotlib.ticker import FuncFormatter

    axis = axes.xaxis if x else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: language.money(float(value))))


def share_axis(axes: "Axes", language: Language, *, x: bool = False) -> None:
    """Write the ticks of an axis as percentages."""
    axis = axes.xaxis if x else axes.yaxis
    _exact_ticks(axis, lambda value, digits: language.share(value, max(digits - 2, 0)))


def count_axis(axes: "Axes", language: Language) -> None:
    """Write the ticks of the horizontal axis as whole numbers, with none between them."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: language.number(float(value))))


def _exact_ticks(axis: "Axis", write: Callable[[float, int], str]) -> None:
    """Put ticks at round values and write them with the decimals that they have: 17.5 is not to read 18."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    def written(value: float, _: int | None) -> str:
        ticks = [float(tick) for tick in axis.get_majorticklocs()]
        digits = next((d for d in range(6) if all(abs(round(tick, d) - tick) < 1e-9 for tick in ticks)), 6)
        return write(float(value), digits)

    axis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(written))


def name_points(axes: "Axes", points: Sequence[tuple[str, float, float]]) -> None:
    """Write the names of points in a column right of the chart, each with a line to its point.

    Parameters
    ----------
    points
        (name, x, y) in data coordinates.
    """
    low, high = axes.get_ylim()
    gap = _NAME_GAP / (axes.get_figure().get_figheight() * 72 * _PLOT_SHARE)  # type: ignore[union-attr]
    ordered = sorted(points, key=lambda point: -point[2])
    places: list[float] = []
    for _, _, y in ordered:
        places.append(min((y - low) / (high - low), places[-1] - gap if places else 1.0))
    # From the bottom up again: what was pushed below the axis moves back.
    for place in reversed(range(len(places))):
        places[place] = max(places[place], places[place + 1] + gap if place + 1 < len(places) else 0.0)
    for (name, x, y), height in zip(ordered, places, strict=True):
        axes.annotate(
            label(name), (x, y), xytext=(1.015, height), textcoords="axes fraction", va="center", fontsize=7.5,
            color=ACCENT, arrowprops={
                "arrowstyle": "-", "color": ACCENT, "linewidth": 0.4, "shrinkA": 1, "shrinkB": 3, "relpos": (0, 0.5),
            },
        )  # fmt: skip


def dot_rows(
    frame: pd.DataFrame, language: Language, *, names: list[str], value: str, low: str, high: str,
    right: list[str], reference: float, reference_label: Text, accent: list[bool], write: Callable[[float, int], str],
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
        Says a value of the axis with a number of decimals.
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
    left, end = axes.get_xlim()
    is_left = reference < (left + end) / 2
    axes.annotate(
        language.say(reference_label), (reference, len(frame) + 0.9), xytext=(4 if is_left else -4, 0),
        textcoords="offset points", color=MUTED, fontsize=7.5, ha="left" if is_left else "right", va="top",
    )  # fmt: skip
    _exact_ticks(axes.xaxis, write)
    axes.spines["left"].set_visible(False)
    for place, note in zip(places, right, strict=True):
        axes.annotate(
            note, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=7.5, color=MUTED,
            annotation_clip=False,
        )  # fmt: skip
    return made


def waterfall(steps: Sequence[tuple[Text, float]], language: Language, *, from_level: bool = True) -> "Figure":
    """Draw the way from the first amount to the last; gains green, losses red, each with its amount.

    Parameters
    ----------
    steps
        Name and amount; the last is a level, those before it are changes.
    from_level
        The first is a level as well; otherwise the way begins at zero.
    """
    made, (axes,) = figure(2.3)
    level = before = 0.0
    last = len(steps) - 1
    levels = (0, last) if from_level else (last,)
    for place, (_, amount) in enumerate(steps):
        if place in levels:
            bottom, height, colour = 0.0, amount, PAST if place == 0 else ACTUAL
            level = amount
        else:
            bottom, height = min(level, level + amount), abs(amount)
            colour = BETTER if amount >= 0 else WORSE
            level += amount
        if place:
            axes.plot([place - 1.3, place + 0.3], [before, before], color=MUTED, linewidth=0.6)
        before = level
        axes.bar(place, height, 0.6, bottom=bottom, color=colour)
        signed = not from_level or place not in levels
        axes.annotate(
            language.money(amount, signed=signed), (place, bottom + max(height, 0.0)), xytext=(0, 2),
            textcoords="offset points", ha="center", fontsize=7.5,
        )  # fmt: skip
    axes.axhline(0, color="#8a8a8a", linewidth=0.6, clip_on=False)
    axes.set_xticks(range(last + 1), [language.say(said) for said, _ in steps])
    axes.tick_params(axis="x", length=0)
    axes.spines["bottom"].set_visible(False)
    bare(axes, y=True)
    return made
