"""Charts of deals won and lost."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kamreport.language import Language, text
from kamreport.present.charts.parts import dot_rows
from kamreport.results import WinRates, each

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["win_rate_chart"]


def win_rate_chart(found: WinRates, names: Mapping[str, str], accent: str, language: Language) -> "Figure":
    """Draw one dot with its interval per rival, n/N at the right, our overall rate as the line."""
    frame = found.frame
    return dot_rows(
        frame,
        language,
        names=[names.get(row.competitor_id, row.competitor_id) for row in each(frame)],
        value="rate",
        low="low",
        high="high",
        right=[f"{row.won}/{row.n}" for row in each(frame)],
        reference=found.rate,
        reference_label=text("all deals"),
        accent=[row.competitor_id == accent for row in each(frame)],
        write=lambda value, digits: language.share(value, max(digits - 2, 0)),
    )
