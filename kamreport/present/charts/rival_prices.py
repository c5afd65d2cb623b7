"""Charts of the rivals' prices."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from kamreport.language import Language, Number, Share, text
from kamreport.present.charts.parts import dot_rows, label
from kamreport.present.style import ACCENT, ACTUAL, MUTED, figure
from kamreport.results import PriceAttacks, PriceIndex, each

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["price_attack_chart", "price_index_chart"]


def price_index_chart(found: PriceIndex, names: Mapping[str, str], language: Language) -> "Figure":
    """Draw one dot per rival on an index axis, own basket: 100 is our price, above it the rival is dearer.

    The basket is a sum over what was matched and has no interval; that of the Jevons level is not its own.
    """
    frame = found.frame.assign(none=float("nan"))
    return dot_rows(
        frame,
        language,
        names=[names.get(row.competitor_id, row.competitor_id) for row in each(frame)],
        value="level",
        low="none",
        high="none",
        right=[
            language.say(text("{level}, {share} of our sales", level=Number(row.level, 1), share=Share(row.coverage)))
            for row in each(frame)
        ],
        reference=100.0,
        reference_label=text("our price = 100"),
        accent=[row.verdict == "cheaper" for row in each(frame)],
        write=language.number,
    )


def price_attack_chart(found: PriceAttacks, rival: str, language: Language) -> "Figure":
    """Draw the rival's price level month by month, our present price = 100."""
    made, (axes,) = figure(1.9)
    months = pd.DatetimeIndex(found.history["month"])
    levels = found.history["level"].to_numpy(float)
    axes.axhline(100, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
    is_below = bool(levels[-1] < 100)
    axes.plot(range(len(months)), levels, color=ACTUAL, marker="o", markersize=3)
    since = pd.Timestamp(found.frame.iloc[0]["since"])
    after = [place for place, month in enumerate(months) if month >= since.replace(day=1)]
    axes.plot(after, levels[after], color=ACCENT, marker="o", markersize=4)
    # Beside the chart, each away from the other: there neither meets the line.
    for said, level, up, size, colour in (
        (language.say(text("our price = 100")), 100.0, is_below, 7.5, MUTED),
        (f"{label(rival)} {language.number(levels[-1], 1)}", levels[-1], not is_below, 8.0, ACCENT),
    ):
        axes.annotate(
            said, (1.01, level), xycoords=("axes fraction", "data"), va="bottom" if up else "top", fontsize=size,
            color=colour, annotation_clip=False,
        )  # fmt: skip
    step = max(1, len(months) // 9)
    axes.set_xticks(range(0, len(months), step), [language.month(one.date(), short=True) for one in months[::step]])
    low, high = min(*levels, 100.0), max(*levels, 100.0)
    axes.set_ylim(low - 0.25 * (high - low + 1), high + 0.2 * (high - low + 1))
    return made
