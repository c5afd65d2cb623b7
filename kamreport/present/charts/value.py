"""Charts of the customer-value chapter."""

from typing import TYPE_CHECKING

import numpy as np

from kamreport.language import Language, Share, text, texts
from kamreport.present.charts.parts import count_axis, label, money_axis, name_points, share_axis
from kamreport.present.style import ACCENT, ACTUAL, HATCH, MUTED, PAST, WORSE, figure
from kamreport.results import Concentration, FakeBigAccounts, Plan, WhaleCurve, each

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["concentration_chart", "fake_big_accounts_chart", "plan_chart", "whale_curve_chart"]

_MOST_NAMES = 6
_RATE_LIMIT = 0.6
_MANY_DECADES = 2.5


def plan_chart(plan: Plan, language: Language) -> "Figure":
    """Columns of the fiscal year: actual over last year, target outlined, the months to come hatched."""
    made, (axes,) = figure(2.0)
    months = plan.months
    places = np.arange(len(months))
    axes.bar(places + 0.13, months["year_ago"].fillna(0), 0.62, color=PAST, label=language.say(text("last year")))
    axes.bar(places - 0.07, months["actual"].fillna(0), 0.62, color=ACTUAL, label=language.say(text("actual")))
    if months["forecast"].notna().any():
        axes.bar(
            places - 0.07, months["forecast"].fillna(0), 0.62, facecolor="white", edgecolor=ACTUAL, hatch=HATCH,
            linewidth=0.7, label=language.say(text("projected")),
        )  # fmt: skip
    if months["target"].notna().any():
        axes.bar(
            places, months["target"].fillna(0), 0.86, facecolor="none", edgecolor=ACTUAL, linewidth=0.9,
            label=language.say(text("target")),
        )  # fmt: skip
    axes.axhline(0, color="#8a8a8a", linewidth=0.6)
    axes.set_xticks(places, [language.month(month.date(), short=True) for month in months.index])
    axes.tick_params(axis="x", length=0)
    money_axis(axes, language)
    axes.spines["left"].set_visible(False)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=4, fontsize=7.5, handlelength=1.2, borderpad=0)
    return made


def fake_big_accounts_chart(found: FakeBigAccounts, language: Language) -> "Figure":
    """Scatter of revenue against margin rate; the fake ones in the accent, named."""
    import seaborn as sns
    from matplotlib.ticker import LogLocator

    made, (axes,) = figure(2.7)
    frame = found.frame[found.frame["pocket_rate"].notna() & (found.frame["revenue"] > 0)]
    shown = frame.assign(rate=frame["pocket_rate"].clip(-_RATE_LIMIT, _RATE_LIMIT))
    if len(frame):
        # A rate beyond the axis stands at its edge as a triangle that points outwards.
        beyond = (
            np.sign(frame["pocket_rate"])
            .where(frame["pocket_rate"].abs() > _RATE_LIMIT, 0)
            .map({-1: "below", 0: "", 1: "above"})
        )
        sns.scatterplot(
            shown,
            x="revenue",
            y="rate",
            hue="is_fake",
            palette={True: ACCENT, False: MUTED},
            style=beyond,
            markers={"": "o", "below": "v", "above": "^"},
            s=26,
            alpha=0.75,
            linewidth=0,
            legend=False,
            ax=axes,
        )
        axes.set_xscale("log")
        decades = np.log10(frame["revenue"].max() / frame["revenue"].min())
        axes.xaxis.set_major_locator(LogLocator(subs=(1,) if decades > _MANY_DECADES else (1, 2, 5)))
    axes.axhline(0, color="#8a8a8a", linewidth=0.8)
    limit = found.median_rate - found.rules.fake_margin_gap
    for height, said in (
        (found.median_rate, text("median {rate}", rate=Share(found.median_rate, 1))),
        (limit, text("limit {rate}", rate=Share(limit, 1))),
    ):
        if height == height:
            axes.axhline(height, color=MUTED, linewidth=0.7, linestyle=(0, (4, 3)))
            axes.annotate(
                language.say(said), (0, height), xycoords=("axes fraction", "data"), xytext=(3, 1),
                textcoords="offset points", va="bottom", fontsize=7.5, color=MUTED,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5},
            )  # fmt: skip
    named = shown[shown["is_fake"]].nlargest(_MOST_NAMES, "shortfall")
    name_points(axes, [(row.name, row.revenue, row.rate) for row in each(named)])
    money_axis(axes, language, x=True)
    axes.minorticks_off()
    share_axis(axes, language)
    axes.set_xlabel(language.say(text("revenue, 12 months")))
    axes.set_ylabel(language.say(text("pocket margin rate")))
    return made


def whale_curve_chart(curve: WhaleCurve, language: Language) -> "Figure":
    """Cumulative profit from the best owner to the worst; the fall after the peak in red, its makers named."""
    made, (axes,) = figure(2.5)
    frame = curve.frame
    ranks = np.concatenate([[0], frame["rank"].to_numpy()])
    totals = np.concatenate([[0.0], frame["cumulative"].to_numpy()])
    top = int(np.argmax(totals))
    axes.plot(ranks[: top + 1], totals[: top + 1], color=ACTUAL)
    axes.plot(ranks[top:], totals[top:], color=WORSE)
    axes.axhline(curve.total, color=MUTED, linewidth=0.7, linestyle=(0, (4, 3)))
    if top:
        axes.annotate(
            language.say(texts("peak after {n} account", "peak after {n} accounts", top)), (ranks[top], totals[top]),
            xytext=(0, 4), textcoords="offset points", ha="center", fontsize=7.5,
        )  # fmt: skip
    low, high = min(0.0, float(totals.min())), max(0.0, float(totals.max()))
    reach = high - low or 1.0
    axes.set_ylim(low - 0.04 * reach if low < 0 else 0.0, high + 0.12 * reach)
    if low < 0:
        axes.axhline(0, color="#8a8a8a", linewidth=0.6)
    names = [label(row.name, 16) for row in each(curve.losing.head(4))]
    # Beside the chart, upwards from a low end and downwards from a high one: there the curve never is.
    is_low = curve.total < low + reach / 2
    axes.annotate(
        "\n".join(names), (1.015, curve.total), xycoords=("axes fraction", "data"), fontsize=7.5, color=WORSE,
        va="bottom" if is_low else "top", annotation_clip=False, linespacing=1.4,
    )  # fmt: skip
    axes.set_xlabel(language.say(text("accounts, most profitable first")))
    count_axis(axes, language)
    money_axis(axes, language)
    return made


def concentration_chart(found: Concentration, language: Language) -> "Figure":
    """Cumulative share of revenue and margin over the owners, the 80 per cent crossings written on it."""
    panels = [(found.revenue, found.revenue_80, text("revenue"))]
    if found.by_margin and (found.margin["margin"] > 0).any():
        panels.append((found.margin, found.margin_80, text("margin")))
    made, axes = figure(2.3, columns=len(panels))
    for (frame, count, said), panel in zip(panels, axes, strict=True):
        n = len(frame)
        share = np.concatenate([[0.0], frame["cumulative"].to_numpy()])
        panel.plot(np.arange(n + 1), share, color=ACTUAL)
        panel.plot([0, n], [0, 1], color=PAST, linewidth=0.8)
        panel.plot([0, count, count], [0.8, 0.8, 0], color=ACCENT, linewidth=0.8, linestyle=(0, (4, 3)))
        # At the foot of the line, where neither the curve nor the diagonal is.
        is_left = count < n / 2
        panel.annotate(
            language.say(texts("{n} account: 80%", "{n} accounts: 80%", count)), (count, 0),
            xytext=(4 if is_left else -4, 4), textcoords="offset points", ha="left" if is_left else "right",
            fontsize=7.5, color=ACCENT,
        )  # fmt: skip
        panel.set_title(language.say(said), fontsize=8.5, loc="left")
        panel.set_ylim(min(0.0, float(share.min())), 1.02)
        share_axis(panel, language)
        count_axis(panel, language)
        panel.set_xlabel(language.say(text("accounts, largest first")))
    return made
