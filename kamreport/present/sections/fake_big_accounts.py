"""Section on accounts that are big in revenue and not in profit."""

from typing import Any

import pandas as pd

from kamreport.language import Money, Names, Number, Share, Text, text, texts
from kamreport.present.charts.value import fake_big_accounts_chart
from kamreport.present.section import Chart, Column, Section, Table, line, named_in
from kamreport.present.sections.columns import (
    MANAGER,
    NAME,
    POCKET,
    REVENUE,
    assigned,
    is_deducted,
    pocket_basis,
)
from kamreport.results import FakeBigAccounts, each

__all__ = ["fake_big_accounts_section"]


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
