"""Sections of the customer-value chapter on profit: fake big accounts, whale curve, concentration."""

from typing import Any

import pandas as pd

from kamreport.language import Money, Names, Number, Share, Text, text, texts
from kamreport.period import Period
from kamreport.present.charts.scoring import trend_chart
from kamreport.present.charts.value import concentration_chart, fake_big_accounts_chart, whale_curve_chart
from kamreport.present.section import Chart, Column, Section, Table, line, named_in
from kamreport.present.sections.columns import (
    MANAGER,
    MEASURES,
    NAME,
    POCKET,
    REVENUE,
    assigned,
    is_deducted,
    pocket_basis,
)
from kamreport.results import Concentration, FakeBigAccounts, WhaleCurve, each

__all__ = ["concentration_section", "fake_big_accounts_section", "whale_curve_section"]


def fake_big_accounts_section(found: FakeBigAccounts) -> Section:
    """Who is big in revenue and not in profit, by how much, and which term to renegotiate."""
    fakes, rules = found.fakes, found.rules
    basis = [
        texts(
            "Fake: of the {n} account that makes {share} of revenue, margin of 0 or less, or its rate {gap} points "
            "below the company's median of {median}.",
            "Fake: among the {n} accounts that make {share} of revenue, margin of 0 or less, or its rate {gap} points "
            "below the company's median of {median}.",
            found.big,
            share=Share(rules.fake_revenue_share, None),
            gap=Number(rules.fake_margin_gap * 100, None),
            median=Share(found.median_rate, 1),
        ),
        pocket_basis(found.frame),
    ]
    if not found.big:
        return line("fake_big_accounts", text("No account has bought in the last 12 months."))
    if not len(fakes):
        said = texts(
            "None of the {n} largest account is a fake one.",
            "None of the {n} largest accounts is a fake one.",
            found.big,
        )
        return line("fake_big_accounts", said, *basis)
    shortfall = float(fakes["shortfall"].sum())
    return Section(
        key="fake_big_accounts",
        title=_fakes_title(found, shortfall),
        nature="realised" if shortfall > 0 else "fact",
        amount=shortfall if shortfall > 0 else None,
        stake=text("{amount} short", amount=Money(shortfall)),
        who=named_in(fakes, fakes["shortfall"]),
        evidence=[
            Chart(
                lambda language: fake_big_accounts_chart(found, language),
                text("Revenue against margin rate, one dot per account; the fake big ones are named."),
            ),
            Table(fakes, _fakes_columns(found), most=8),
        ],
        basis=[*basis, _short_by(fakes)] if shortfall > 0 else basis,
        actions=_terms(fakes, found.usual),
    )


def _fakes_columns(found: FakeBigAccounts) -> list[Column]:
    """Gross and pocket margin side by side where they differ, else the margin and the discount."""
    columns = [NAME, MANAGER, REVENUE]
    if is_deducted(found.frame):
        columns += [Column("margin", text("Gross margin"), "money"), Column("pocket", POCKET, "money")]
        columns.append(Column("pocket_rate", text("Pocket rate"), "share", digits=1))
    else:
        columns += [Column("pocket", text("Margin"), "money"), Column("pocket_rate", text("Rate"), "share", digits=1)]
        columns.append(Column("discount", text("Off list"), "share", digits=1))
    return [*columns, Column("shortfall", text("Short of median"), "money")]


def _short_by(fakes: pd.DataFrame) -> Text:
    """What they are short of the median account, term by term."""
    over = {name: Money(float(fakes[f"over_{name}"].sum())) for name in ("discount", "rebates", "service", "cost")}
    return text(
        "What is short, against the median account here: discounts {discount}, rebates {rebates}, cost to serve "
        "{service}, prices, mix and cost of goods {cost}.",
        **over,
    )


def _fakes_title(found: FakeBigAccounts, shortfall: float) -> Text:
    margin = float(found.fakes["pocket"].sum())
    values = {
        "big": found.big,
        "names": Names(list(found.fakes["name"]), most=2),
        "revenue": Money(float(found.fakes["revenue"].sum())),
        "margin": Money(abs(margin)),
    }
    n = len(found.fakes)
    if round(margin) < 0:
        return texts(
            "{n} of {big} large accounts is a fake one, {names}: it buys {revenue} and loses {margin}.",
            "{n} of {big} large accounts are fake ones, {names}: they buy {revenue} and lose {margin}.",
            n,
            **values,
        )
    if not shortfall > 0:  # the median account earns nothing either, or is not known
        return texts(
            "{n} of {big} large accounts is a fake one, {names}: it buys {revenue} and earns {margin}.",
            "{n} of {big} large accounts are fake ones, {names}: they buy {revenue} and earn {margin}.",
            n,
            **values,
        )
    return texts(
        "{n} of {big} large accounts is a fake one, {names}: it buys {revenue} and earns {margin}, {shortfall} less "
        "than usual.",
        "{n} of {big} large accounts are fake ones, {names}: they buy {revenue} and earn {margin}, {shortfall} less "
        "than usual.",
        n,
        **values,
        shortfall=Money(shortfall),
    )


def _terms(fakes: pd.DataFrame, usual: dict[str, float]) -> list[Text]:
    """Name the term that takes most, of the first three; a discount within a point of the usual one is none.

    What is neither discount nor rebate nor service comes first where more money is in it than in those three.
    """
    shallow = (fakes["term"] == "discount") & ~(fakes["discount"] > usual["discount"] + 0.01)
    fakes = fakes.assign(term=fakes["term"].mask(shallow, "cost"))
    told = fakes[fakes["term"] != "cost"].head(3)
    actions = [_renegotiation(row, usual) for row in each(told)]
    others = fakes[~fakes["owner_id"].isin(told["owner_id"])]
    known = others["discount"].notna() & (others["term"] == "cost")
    unknown = others["discount"].isna() & (others["term"] == "cost")
    for group, said in (
        (others[known], text("Check prices and product mix of {names}: the margin is thin without a deep discount.")),
        (others[unknown], text("Check prices, discounts and product mix of {names}: the margin is thin.")),
        (others[others["term"] != "cost"], text("Renegotiate the terms of {names} as well.")),
    ):
        if len(group):
            is_first = (group["term"] == "cost").all() and group["shortfall"].sum() > told["shortfall"].sum()
            actions.insert(0 if is_first else len(actions), Text(said.message, {"names": Names(list(group["name"]))}))
    return actions


_RENEGOTIATIONS = {
    "discount": (
        text("Renegotiate the discount of {name}: {own} off list against {usual} for the median account ({manager})."),
        text("Renegotiate the discount of {name}: {own} off list against {usual} for the median account."),
    ),
    "rebates": (
        text(
            "Renegotiate the rebates of {name}: {own} of its revenue against {usual} for the median account "
            "({manager})."
        ),
        text("Renegotiate the rebates of {name}: {own} of its revenue against {usual} for the median account."),
    ),
    "service": (
        text(
            "Agree with {name} which service it pays for: serving it takes {own} of its revenue against {usual} for "
            "the median account ({manager})."
        ),
        text(
            "Agree with {name} which service it pays for: serving it takes {own} of its revenue against {usual} for "
            "the median account."
        ),
    ),
}


def _renegotiation(row: Any, usual: dict[str, float]) -> Text:
    term = str(row.term)
    own = float(row.discount) if term == "discount" else float(getattr(row, term)) / float(row.revenue)
    return assigned(row, *_RENEGOTIATIONS[term], own=Share(own, 1), usual=Share(usual[term], 1))


def whale_curve_section(curve: WhaleCurve) -> Section:
    """Who gives back how much of the profit."""
    n, losing = len(curve.frame), len(curve.losing)
    if not n:
        return line("whale_curve", text("No account has bought in the last 12 months."))
    basis = [
        texts(
            "Pocket margin of {n} account over 12 months.",
            "Pocket margin of {n} accounts over 12 months, most profitable first.",
            n,
        ),
        pocket_basis(curve.frame),
    ]
    if not losing:
        return line("whale_curve", texts("The {n} account earns.", "All {n} accounts earn.", n), *basis)
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
        return line("concentration", text("No account has bought in the last 12 months."))
    basis = [text("Accounts under the same control count as one; cash-sales pools are left out.")]
    if not (found.revenue["revenue"] > 0).any():
        said = texts(
            "The {n} account has returned as much as it bought, or more.",
            "The {n} accounts have returned as much as they bought, or more.",
            n,
        )
        return line("concentration", said, *basis)
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
