"""Charts of the pipeline."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kamreport.language import Language, texts
from kamreport.present.charts.parts import label
from kamreport.present.style import ACCENT, ACTUAL, bare, figure
from kamreport.results import Pipeline, each

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["pipeline_chart"]


def pipeline_chart(found: Pipeline, names: Mapping[str, str], language: Language) -> "Figure":
    """Open deals by stage, first stage on top; the stuck ones in the accent, count and amount at the right.

    Parameters
    ----------
    names
        What a stage is called.
    """
    frame = found.stages
    by_amount = bool(frame["amount"].notna().any())
    sizes = (frame["amount"].fillna(0.0) if by_amount else frame["open"]).to_numpy(float)
    stuck = (frame["stuck_amount"] if by_amount else frame["stuck"]).to_numpy(float)
    made, (axes,) = figure(0.35 + 0.3 * max(len(frame), 2))
    places = list(range(len(frame), 0, -1))
    axes.barh(places, sizes, height=0.6, color=ACTUAL)
    axes.barh(places, stuck, height=0.6, color=ACCENT)
    axes.set_yticks(places, [label(names.get(row.stage, row.stage)) for row in each(frame)])
    axes.set_xlim(0, float(sizes.max()) or 1.0)
    bare(axes, x=True)
    axes.spines["left"].set_visible(False)
    for place, row in zip(places, each(frame), strict=True):
        said = texts("{n} open deal", "{n} open deals", row.open)
        if row.stuck:
            said = texts("{n} open deal, {stuck} stuck", "{n} open deals, {stuck} stuck", row.open, stuck=row.stuck)
        axes.annotate(
            language.say(said), (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=7.5,
            color=ACCENT if row.stuck else ACTUAL, annotation_clip=False,
        )  # fmt: skip
    return made
