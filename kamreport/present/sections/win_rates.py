"""Section on deals won and lost."""

from collections.abc import Mapping

import pandas as pd

from kamreport.language import Names, Share, Text, text
from kamreport.present.charts.battles import win_rate_chart
from kamreport.present.section import Chart, Column, Section, Table, cells, line
from kamreport.present.sections.columns import margin_weight
from kamreport.present.sections.rivals import RESERVED, RIVAL, rival_names
from kamreport.results import WinRates, each

__all__ = ["win_rates_section"]


def win_rates_section(found: WinRates, competitors: pd.DataFrame, *, margin_rate: float) -> Section:
    """How many deals were won against each rival, and where we lose more than elsewhere.

    Parameters
    ----------
    margin_rate
        Of the region over the window; the lost amounts are weighed with it. NaN where the cost is unknown.
    """
    basis = [
        text(
            "Rate: won / (won + lost) of deals closed in the last 12 months, Wilson 95% interval. Left out: {n} "
            "cancelled, {open} open.",
            n=found.cancelled,
            open=found.open,
        )
    ]
    if not found.n:
        return line("win_rates", text("No deal was decided in the last 12 months."), *basis)
    names = rival_names(competitors)
    shown = {
        row.competitor_id: RESERVED.get(row.competitor_id) or names.get(row.competitor_id, row.competitor_id)
        for row in each(found.frame)
    }
    worst = _worst_rival(found)
    accent = "" if worst is None else str(worst["competitor_id"])
    amount = None
    if worst is not None:
        amount = float(worst["lost_amount"]) * margin_weight(margin_rate)
    return Section(
        key="win_rates",
        title=_win_rates_title(found, worst, names),
        nature="realised" if amount else "fact",
        amount=amount or None,
        unit="margin" if margin_rate == margin_rate else "revenue",
        evidence=[
            Chart(
                lambda language: win_rate_chart(
                    found,
                    {rival: language.value(name) for rival, name in shown.items()},
                    accent,
                    language,
                ),
                text("Share of deals won against each competitor, with its interval."),
            ),
            _deals_table(found, shown),
        ],
        basis=basis,
        actions=[
            text(
                "Review the last deals lost to {rival} with their owners: price, delivery or relation?",
                rival=Names([str(names.get(accent, accent))]),
            )
        ]
        if accent
        else [],
    )


def _worst_rival(found: WinRates) -> "pd.Series | None":
    """Find the rival with the largest lost amount among those against whom we win less than chance explains."""
    named = found.frame[~found.frame["competitor_id"].isin(RESERVED)]
    worse = named[named["high"] < found.rate].sort_values("lost_amount", ascending=False)
    return worse.iloc[0] if len(worse) else None


def _win_rates_title(found: WinRates, worst: "pd.Series | None", names: Mapping[str, str]) -> Text:
    values = {"won": found.won, "n": found.n, "rate": Share(found.rate)}
    if worst is None:
        return text(
            "We won {won} of {n} deals ({rate}, {low} to {high}); against no competitor is it worse than chance "
            "explains.",
            **values,
            low=Share(found.low),
            high=Share(found.high),
        )
    rival = str(worst["competitor_id"])
    return text(
        "We won {won} of {n} deals ({rate}), but against {rival} only {w} of {m} ({r}, {l} to {h}).",
        **values,
        rival=Names([str(names.get(rival, rival))]),
        w=int(worst["won"]),
        m=int(worst["n"]),
        r=Share(float(worst["rate"])),
        l=Share(float(worst["low"])),
        h=Share(float(worst["high"])),
    )


def _deals_table(found: WinRates, shown: Mapping[str, Text | str]) -> Table:
    frame = found.frame.assign(
        rival=cells(shown[rival] for rival in found.frame["competitor_id"]),
        record=cells(text("{won}/{n}", won=int(row.won), n=int(row.n)) for row in each(found.frame)),
        earlier=cells(
            text("{won}/{n}", won=int(row.won_before), n=int(row.n_before)) if row.n_before else None
            for row in each(found.frame)
        ),
    )
    return Table(
        frame,
        [
            RIVAL,
            Column("record", text("Won/decided"), "text"),
            Column("rate", text("Rate"), "share"),
            Column("earlier", text("Year before"), "text"),
            Column("won_amount", text("Won"), "money"),
            Column("lost_amount", text("Lost"), "money"),
        ],
        most=8,
    )
