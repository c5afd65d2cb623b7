"""Charts on growth: what is expected, why revenue differs, who is served late."""

from typing import TYPE_CHECKING

import numpy as np

from kamreport.language import Language, Text, text
from kamreport.present.charts.parts import dot_rows, money_axis, waterfall
from kamreport.present.style import ACTUAL, HATCH, PAST, figure
from kamreport.results import DeliveryService, Outlook, RevenueBridge, each

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["BARS", "delivery_chart", "outlook_chart", "revenue_bridge_chart"]

_MOST_ROWS = 8
BARS: dict[str, Text] = {
    "volume": text("volume"),
    "mix": text("mix"),
    "price": text("price"),
    "new": text("new families"),
    "stopped": text("stopped families"),
    "other": text("credits and others"),
}


def outlook_chart(found: Outlook, language: Language) -> "Figure":
    """Columns of the months to come, hatched, with their intervals, over the same months of last year."""
    made, (axes,) = figure(1.9)
    months = found.months
    places = np.arange(len(months))
    axes.bar(places + 0.1, months["year_ago"].fillna(0), 0.45, color=PAST, label=language.say(text("last year")))
    axes.bar(
        places - 0.1, months["expected"], 0.45, facecolor="white", edgecolor=ACTUAL, hatch=HATCH, linewidth=0.7,
        label=language.say(text("expected")),
    )  # fmt: skip
    reach = [months["expected"] - months["low"], months["high"] - months["expected"]]
    axes.errorbar(places - 0.1, months["expected"], reach, fmt="none", ecolor=ACTUAL, elinewidth=1, capsize=3)
    axes.set_xticks(places, [language.month(month.date(), short=True) for month in months.index])
    axes.tick_params(axis="x", length=0)
    axes.set_ylim(min(0.0, float(months["low"].min())), None)
    money_axis(axes, language)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, fontsize=7.5, handlelength=1.2, borderpad=0)
    return made


def revenue_bridge_chart(found: RevenueBridge, language: Language) -> "Figure":
    """Waterfall of the change in revenue, part by part; parts of nothing are left out.

    It begins at zero and not at last year's revenue, beside which the parts could not be seen.
    """
    parts = [(said, found.totals[name]) for name, said in BARS.items() if round(found.totals[name])]
    change = (text("change"), found.totals["now"] - found.totals["past"])
    return waterfall([*parts, change], language, from_level=False)


def delivery_chart(found: DeliveryService, language: Language) -> "Figure":
    """Draw the owners with the fewest orders on time: rate, interval, n/N; the rate of all as the line."""
    frame = found.frame.head(_MOST_ROWS)
    return dot_rows(
        frame,
        language,
        names=list(frame["name"]),
        value="rate",
        low="low",
        high="high",
        right=[f"{row.on_time}/{row.orders}" for row in each(frame)],
        reference=found.on_time / found.orders,
        reference_label=text("all orders"),
        accent=list(frame["is_late"]),
        write=lambda value, digits: language.share(value, max(digits - 2, 0)),
    )
