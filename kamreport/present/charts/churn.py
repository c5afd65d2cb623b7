"""Charts of the churn chapter."""

from typing import TYPE_CHECKING

from kamreport.language import Language, Text, text
from kamreport.present.charts.parts import waterfall
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
    return waterfall([(STEP_NAMES[row.step], row.amount) for row in each(kept.bridge)], language)
