"""Sections on how revenue and profit are spread over the accounts: whale curve, concentration."""

import pandas as pd

from kamreport.language import Money, Number, Share, Text, text, texts
from kamreport.period import Period
from kamreport.present.charts.scoring import trend_chart
from kamreport.present.charts.value import concentration_chart, whale_curve_chart
from kamreport.present.section import Chart, Column, Section, Table, line
from kamreport.present.sections.columns import (
    MANAGER,
    MEASURES,
    NAME,
    POCKET,
    REVENUE,
    pocket_basis,
)
from kamreport.results import Concentration, WhaleCurve

__all__ = ["concentration_section", "whale_curve_section"]


def whale_curve_section(curve: WhaleCurve) -> Section:
    """Who gives back how much of the profit."""
    n, losing = len(curve.frame), len(curve.losing)
    if not n:
        return line("whale_curve", text("No account has bought in the last 12 months."), cadence="quarter")
    basis = [
        texts(
            "Pocket margin of {n} account over 12 months.",
            "Pocket margin of {n} accounts over 12 months, most profitable first.",
            n,
        ),
        pocket_basis(curve.frame),
    ]
    if not losing:
        return line(
            "whale_curve", texts("The {n} account earns.", "All {n} accounts earn.", n), *basis, cadence="quarter"
        )
    return Section(
        key="whale_curve",
        title=_whale_title(curve),
        evidence=[
            Chart(lambda language: whale_curve_chart(curve, language), text("Cumulative profit over the accounts.")),
            Table(
                curve.losing,
                [
                    NAME,
                    MANAGER,
                    REVENUE,
                    Column("margin", text("Gross margin"), "money"),
                    Column("pocket", POCKET, "money"),
                    Column("pocket_rate", text("Pocket rate"), "share", digits=1),
                ],
                most=8,
            ),
        ],
        basis=basis,
        cadence="quarter",
    )


def _whale_title(curve: WhaleCurve) -> Text:
    n, losing = len(curve.frame), len(curve.losing)
    lost = Money(float(-curve.losing["pocket"].sum()))
    if curve.total > 0:
        return texts(
            "{n} of {all} accounts gives back {share} of the profit ({amount}).",
            "{n} of {all} accounts give back {share} of the profit ({amount}).",
            losing,
            all=n,
            share=Share(curve.give_back, 0 if curve.give_back >= 0.01 else 1),
            amount=lost,
        )
    if losing == n:
        return texts("The {n} account loses {amount}.", "All {n} accounts lose, together {amount}.", n, amount=lost)
    return texts(
        "{n} of {all} accounts loses {amount}, more than the others earn.",
        "{n} of {all} accounts lose {amount}, more than the others earn.",
        losing,
        all=n,
        amount=lost,
    )


def concentration_section(
    found: Concentration, before: Concentration | None = None, trend: pd.DataFrame | None = None
) -> Section:
    """How many accounts bring most of the revenue and margin, against a year ago and quarter by quarter.

    Parameters
    ----------
    trend
        Of `concentration_trend`.
    """
    n = len(found.revenue)
    if not n:
        return line("concentration", text("No account has bought in the last 12 months."), cadence="quarter")
    basis = [text("Accounts under the same control count as one; cash-sales pools are left out.")]
    if not (found.revenue["revenue"] > 0).any():
        said = texts(
            "The {n} account has returned as much as it bought, or more.",
            "The {n} accounts have returned as much as they bought, or more.",
            n,
        )
        return line("concentration", said, *basis, cadence="quarter")
    if n > 1:
        basis.append(text("Gini {gini} (revenue).", gini=Number(found.gini, 2)))
    if before is not None and (before.revenue["revenue"] > 0).any() and before.top_5 == before.top_5:
        basis.append(
            text(
                "A year ago: {a} of {n} accounts for 80% of revenue; five largest {five}.",
                a=before.revenue_80,
                n=len(before.revenue),
                five=Share(before.top_5),
            )
        )
    lines = [] if trend is None or len(trend) < 2 else [_trend_line(trend)]
    if lines and trend is not None:
        ends = [trend["month"].iloc[at].date() for at in (0, -1)]
        basis.append(text("Line: five largest accounts' share of revenue over 12 months, {first} to {last}.",
                          first=Period.month_of(ends[0]), last=Period.month_of(ends[1])))  # fmt: skip
    return Section(
        key="concentration",
        title=_concentration_title(found, n),
        evidence=[
            Chart(
                lambda language: concentration_chart(found, language),
                text("Cumulative share of revenue and of margin over the accounts.")
                if found.by_margin
                else text("Cumulative share of revenue over the accounts."),
            ),
            *lines,
            _ranked_table(found),
        ],
        basis=basis,
        cadence="quarter",
    )


def _ranked_table(found: Concentration) -> Table:
    measure = "margin" if found.by_margin else "revenue"
    return Table(
        found.margin if found.by_margin else found.revenue,
        [
            Column("rank", text("Rank"), "count"),
            NAME,
            Column(measure, MEASURES[measure], "money"),
            Column("share", text("Share"), "share", digits=1),
            Column("cumulative", text("Cumulative"), "share", digits=1),
            Column("abc", text("Class"), "text"),
        ],
        most=10,
    )


def _trend_line(trend: pd.DataFrame) -> Chart:
    return Chart(
        lambda language: trend_chart(trend, language),
        text("Share of the five largest accounts in revenue over 12 months, quarter by quarter."),
    )


def _concentration_title(found: Concentration, n: int) -> Text:
    values = {
        "a": found.revenue_80,
        "b": found.margin_80,
        "n": n,
        "one": Share(found.top_1),
        "five": Share(found.top_5),
    }
    if n == 1:
        return text("All revenue comes from one account.")
    if found.top_1 != found.top_1:  # ranked by margin, and nobody earns any
        return text("80% of revenue comes from {a} of {n} accounts; none of them earns a margin.", **values)
    if found.by_margin and n > 5:
        return text(
            "80% of revenue comes from {a} of {n} accounts and 80% of margin from {b}; the largest is {one} of margin, "
            "five are {five}.",
            **values,
        )
    if found.by_margin:
        return text(
            "80% of revenue comes from {a} of {n} accounts and 80% of margin from {b}; the largest is {one} of margin.",
            **values,
        )
    if n > 5:
        return text(
            "80% of revenue comes from {a} of {n} accounts; the largest is {one} of it, five are {five}.", **values
        )
    return text("80% of revenue comes from {a} of {n} accounts; the largest is {one} of it.", **values)
