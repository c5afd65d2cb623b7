"""Charts of who should be a key account: value against potential, concentration over time."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kamreport.language import Language, Share, text
from kamreport.present.charts.parts import name_points, share_axis
from kamreport.present.style import ACCENT, ACTUAL, MUTED, figure
from kamreport.results import Portfolio, each

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["portfolio_chart", "trend_chart"]

_MOST_NAMES = 6


def portfolio_chart(found: Portfolio, language: Language) -> "Figure":
    """Draw value today against potential, both as percentiles; the accounts to develop in the accent, named."""
    made, (axes,) = figure(2.7)
    frame = found.frame
    develop = frame["part"] == "develop"
    for part, colour in ((frame[~develop], MUTED), (frame[develop], ACCENT)):
        axes.scatter(part["current"], part["potential"], s=22, color=colour, alpha=0.75, linewidths=0)
    axes.set_xlim(0, 100)
    axes.set_ylim(-12, 112)
    # Where more than half bring nothing, the line stands beside the last of them.
    least = np.nanmax([frame["current"].median(), frame.loc[frame["worth"] <= 0, "current"].max()])
    for limit, line in ((least, axes.axvline), (frame["potential"].median(), axes.axhline)):
        line(limit, color=MUTED, linewidth=0.7, linestyle=(0, (4, 3)))
    for said, x, y in (
        (text("Develop"), 0, 1), (text("Star"), 1, 1), (text("Minor"), 0, 0), (text("Harvest"), 1, 0),
    ):  # fmt: skip
        axes.annotate(
            language.say(said), (x, y), xycoords="axes fraction", xytext=(3 - 6 * x, 2 - 4 * y),
            textcoords="offset points", ha="right" if x else "left", va="top" if y else "bottom", fontsize=8,
            color=MUTED,
        )  # fmt: skip
    axes.set_yticks([0, 25, 50, 75, 100])
    named = frame[develop].nlargest(_MOST_NAMES, "potential")
    name_points(axes, [(row.name, row.current, row.potential) for row in each(named)])
    axes.set_xlabel(language.say(text("value today (percentile)")))
    axes.set_ylabel(language.say(text("potential (percentile)")))
    return made


def trend_chart(trend: pd.DataFrame, language: Language) -> "Figure":
    """Draw the share of the five largest accounts at each quarter's end, first and last written on the line."""
    made, (axes,) = figure(1.5)
    places, shares = np.arange(len(trend)), trend["top_5"].to_numpy(float)
    axes.plot(places, shares, color=ACTUAL, marker="o", markersize=3.5)
    axes.set_ylim(0, max(float(np.nanmax(shares)) * 1.3, 0.05) if np.isfinite(shares).any() else 1)
    for at in sorted({0, len(trend) - 1}):
        if np.isfinite(shares[at]):
            axes.annotate(
                language.say(text("{share}", share=Share(float(shares[at])))), (at, shares[at]), xytext=(0, 5),
                textcoords="offset points", ha="center", fontsize=7.5, color=ACTUAL,
            )  # fmt: skip
    axes.set_xticks(places, [language.month(month.date(), short=True) for month in trend["month"]])
    share_axis(axes, language)
    axes.set_ylabel(language.say(text("five largest")))
    return made
