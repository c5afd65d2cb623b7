"""Charts of what keeping the accounts is worth."""

from typing import TYPE_CHECKING, Any

from kamreport.language import Language, Names, Number, Share, text
from kamreport.present.charts.parts import label, name_points, share_axis
from kamreport.present.style import ACCENT, ACTUAL, PAST, figure
from kamreport.results import LifetimeValues, each

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["multiple_chart"]

_LEAST = 0.6
_MOST_BASES = 6


def multiple_chart(found: LifetimeValues, language: Language) -> "Figure":
    """Draw how many yearly margins an account is worth over the share that is kept, with today's and its interval."""
    made, (axes,) = figure(2.3)
    bases = found.bases.head(_MOST_BASES)
    least = max(0.0, min(_LEAST, float(bases["retention_low"].min()) - 0.05))
    curve = found.curve[found.curve["retention"] >= least]
    axes.plot(curve["retention"], curve["multiple"], color=PAST, linewidth=1.4)
    points = []
    for row in each(bases):
        if row.basis == "*":  # of the segments only the point: all lie on one curve, and their intervals on one another
            inside = curve[(curve["retention"] > row.retention_low) & (curve["retention"] < row.retention_high)]
            over = [row.retention_low, *inside["retention"], row.retention_high]
            axes.plot(over, [row.multiple_low, *inside["multiple"], row.multiple_high], color=ACCENT, linewidth=3)
        axes.plot(row.retention, row.multiple, "o", color=ACCENT if row.basis == "*" else ACTUAL, markersize=6)
        points.append((_point_name(row, language), row.retention, row.multiple))
    axes.set_xlim(least, 1.0)
    axes.set_ylim(0, float(curve["multiple"].max()) * 1.02)
    name_points(axes, points)
    share_axis(axes, language, x=True)
    axes.set_xlabel(language.say(text("accounts kept in a year; thick: 95% interval")))
    axes.set_ylabel(language.say(text("times the yearly margin")))
    return made


def _point_name(row: Any, language: Language) -> str:
    values = {"kept": Share(row.retention, 1), "times": Number(row.multiple, 1)}
    if row.basis == "*":
        return language.say(text("{kept} kept: {times} times", **values))
    return language.say(text("{name}: {times} times", name=Names([label(row.basis, 12)]), **values))
