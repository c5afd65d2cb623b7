"""Charts of how raters see the rivals and us."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kamreport.language import Language, text
from kamreport.present.charts.parts import label
from kamreport.present.style import ACCENT, ACTUAL, figure
from kamreport.results import Profile

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["profile_chart"]


def profile_chart(
    found: Profile, names: Mapping[str, str], attributes: Mapping[str, str], language: Language
) -> "Figure":
    """Dot plot per attribute, us against the best rival, most important first."""
    rivals = list(found.rivals["competitor_id"])
    best = rivals[0]
    made, (axes,) = figure(0.6 + 0.27 * len(found.scores))
    places = list(range(len(found.scores), 0, -1))
    for place, (_, row) in zip(places, found.scores.iterrows(), strict=True):
        axes.plot([row["own"], row[best]], [place, place], color="#c9c9c9", linewidth=1.4, zorder=1)
    (theirs,) = axes.plot(found.scores[best], places, "o", color=ACTUAL, markersize=5.5)
    (ours,) = axes.plot(found.scores["own"], places, "D", color=ACCENT, markersize=5)
    heads = [
        f"{label(attributes.get(str(name), str(name)))} {language.share(row['weight'])}"
        for name, row in found.scores.iterrows()
    ]
    axes.set_yticks(places, heads)
    axes.set_ylim(0.4, len(found.scores) + 0.6)
    axes.set_xlabel(language.say(text("mean score, 1 to 10")))
    axes.spines["left"].set_visible(False)
    axes.legend(
        [theirs, ours], [label(names.get(best, best)), language.say(text("us"))], loc="lower left",
        bbox_to_anchor=(0, 1.0), ncols=2, fontsize=7.5, handlelength=1, borderpad=0,
    )  # fmt: skip
    return made
