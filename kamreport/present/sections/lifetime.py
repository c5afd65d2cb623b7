"""Sections on what keeping the accounts is worth: margin to come, better retention, order model."""

from typing import Any

from kamreport.language import Money, Names, Number, Share, Text, text, texts
from kamreport.present.charts.lifetime import multiple_chart
from kamreport.present.section import Chart, Column, Section, Table, cells, line
from kamreport.present.sections.acquisition import cost_basis, cost_said, cost_table
from kamreport.present.sections.columns import MANAGER, NAME
from kamreport.results import AcquisitionCost, LifetimeValues, PurchaseForecast, RetentionEconomics, each
from kamreport.settings import Rules

__all__ = ["lifetime_value_section", "purchase_model_section", "retention_economics_section"]

_MARGIN = Column("margin", text("Margin, 12 months"), "money")
_WORTH = [
    Column("value", text("Margin to come"), "money"),
    Column("low", text("Low"), "money"),
    Column("high", text("High"), "money"),
]
_STEPS = {
    "fewer": text("5% fewer losses"),
    "points": text("5 points more kept, 100% at most"),
}


def lifetime_value_section(found: LifetimeValues) -> Section:
    """What the key accounts will still bring at today's retention, and what the lost ones took along."""
    frame, gone = found.frame, found.gone
    if not max(float(found.keys["value"].sum()), float(frame["value"].sum())) > 0:
        return line(
            "lifetime_value",
            text("No margin to come: the accounts that buy and are not lost earn nothing."),
            cadence="quarter",
        )
    evidence: list[Chart | Table] = [
        Chart(
            lambda language: multiple_chart(found, language),
            text("Times the yearly margin that an account is worth, over the share of accounts kept in a year."),
        ),
        Table(
            frame,
            [NAME, MANAGER, _MARGIN, Column("retention", text("Kept a year"), "share", 1), *_WORTH],
            accent="is_key",
            most=8,
        ),
    ]
    if len(gone):
        lost_on = Column("lost_on", text("Lost on"), "date")
        evidence.append(Table(gone, [NAME, MANAGER, lost_on, _MARGIN, *_WORTH], most=6))
    return Section(
        key="lifetime_value",
        title=_value_title(found),
        evidence=evidence,
        basis=[_formula(found.rules), *(_retention_said(row) for row in each(found.bases)), _range_said(found)],
        cadence="quarter",
    )


def _range_said(found: LifetimeValues) -> Text:
    """What low and high are, and that they count for more than the figure between them where few were lost."""
    if int(found.bases["lost"].iloc[0]) < found.rules.retention_min_losses:
        return text(
            "Low and high follow from the interval of the share kept; with fewer than {least} losses read the range. "
            "What a single account will buy is not in it.",
            least=found.rules.retention_min_losses,
        )
    return text(
        "Low and high follow from the interval of the share kept; what a single account will buy is not in them."
    )


def _value_title(found: LifetimeValues) -> Text:
    keys, gone = found.keys, found.gone
    is_key = len(keys) > 0 and float(keys["value"].sum()) > 0
    counted = keys if is_key else found.frame
    n, taken = len(counted), float(gone["value"].sum())
    values: dict[str, object] = {
        "value": Money(float(counted["value"].sum())),
        "low": Money(float(counted["low"].sum())),
        "high": Money(float(counted["high"].sum())),
    }
    said = (
        texts(
            "{n} key account is worth {value} of margin to come ({low} to {high}).",
            "{n} key accounts are worth {value} of margin to come ({low} to {high}).",
            n,
            **values,
        )
        if is_key
        else texts(
            "{n} account is worth {value} of margin to come ({low} to {high}).",
            "{n} accounts are worth {value} of margin to come ({low} to {high}).",
            n,
            **values,
        )
    )
    if not taken > 0:
        return said
    return texts(
        "{worth} {n} account lost in 12 months took {taken} along.",
        "{worth} {n} accounts lost in 12 months took {taken} along.",
        len(gone),
        worth=said,
        taken=Money(taken),
    )


def _formula(rules: Rules) -> Text:
    rate = Share(rules.discount_rate, None)
    if rules.lifetime_years:
        return texts(
            "Margin to come: margin of 12 months × the sum of (r / (1 + i))^t over the next {n} year; r: share of "
            "accounts kept in a year, i: {rate} interest. The 12 months past are not in it.",
            "Margin to come: margin of 12 months × the sum of (r / (1 + i))^t over the next {n} years; r: share of "
            "accounts kept in a year, i: {rate} interest. The 12 months past are not in it.",
            rules.lifetime_years,
            rate=rate,
        )
    return text(
        "Margin to come: margin of 12 months × r / (1 + i − r), all years to come; r: share of accounts kept in a "
        "year, i: {rate} interest. The 12 months past are not in it.",
        rate=rate,
    )


def _retention_said(row: Any) -> Text:
    """How many of a basis were lost, and what follows from it."""
    values = {
        "lost": row.lost,
        "active": row.active,
        **{name: Share(getattr(row, f"retention{end}"), 1) for name, end in _ENDS.items()},
        **{f"{name}_times": Number(getattr(row, f"multiple{end}"), 1) for name, end in _ENDS.items()},
    }
    if row.basis != "*":
        return text(
            "Segment {segment}: {lost} of {active} lost, kept {kept} ({low} to {high}, Wilson 95%), {kept_times} times "
            "the margin ({low_times} to {high_times}).",
            segment=Names([str(row.basis)]),
            **values,
        )
    return text(
        "Lost in 12 months: {lost} of {active}, so kept {kept} ({low} to {high}, Wilson 95%), {kept_times} times the "
        "margin ({low_times} to {high_times}).",
        **values,
    )


_ENDS = {"kept": "", "low": "_low", "high": "_high"}


def retention_economics_section(found: RetentionEconomics, cost: AcquisitionCost | None) -> Section:
    """What a lasting better retention would bring, in per cent of the losses and in points, and what winning costs."""
    if not len(found.frame):
        said = _why_unsaid(found)
        if cost is None or cost.ratio != cost.ratio:
            return line("retention_economics", said, cadence="quarter")
        return Section(
            key="retention_economics",
            title=cost_said(cost),
            evidence=[cost_table(cost)],
            basis=[cost_basis(), said],
            cadence="quarter",
        )
    frame = found.frame[found.frame["step"] != "today"]
    frame = frame.assign(said=cells(_STEPS[step] for step in frame["step"]))
    gains = frame.set_index("step")["gain"]
    return Section(
        key="retention_economics",
        title=text(
            "Losing 5% fewer accounts every year would add {fewer} of margin to come; keeping 5 points more, {points}.",
            fewer=Money(float(gains["fewer"])),
            points=Money(float(gains["points"])),
        ),
        evidence=[
            Table(
                frame,
                [
                    Column("said", text("Retention"), "text"),
                    Column("retention", text("Kept a year"), "share", 1),
                    Column("kept", text("Accounts a year"), "number", 1, signed=True),
                    Column("gain", text("Adds"), "money"),
                    Column("gain_low", text("Low"), "money"),
                    Column("gain_high", text("High"), "money"),
                    Column("yearly", text("Worth spending a year"), "money"),
                ],
            )
        ],
        basis=[*_economics_basis(found), *([] if cost is None else [cost_said(cost), cost_basis()])],
        cadence="quarter",
    )


def _why_unsaid(found: RetentionEconomics) -> Text:
    least = found.rules.retention_min_losses
    if found.lost >= least:
        return text("What a better retention is worth is not said: the accounts earn nothing.")
    return texts(
        "What a better retention is worth is not said: {n} of {active} accounts was lost, too few ({least} needed).",
        "What a better retention is worth is not said: {n} of {active} accounts were lost, too few ({least} needed).",
        found.lost,
        active=found.active,
        least=least,
    )


def _economics_basis(found: RetentionEconomics) -> list[Text]:
    steps = found.frame.set_index("step")
    spends = steps["yearly"] / found.accounts
    low, high = (Share(bound, 1) for bound in found.interval)
    return [
        _formula(found.rules),
        text(
            "Scenario, not a forecast: margin of {margin} a year; {lost} of {active} accounts lost, so kept {kept} "
            "({low} to {high}, Wilson 95%). Per cent of the losses and points are different things. Worth spending "
            "a year: what eats the gain up if paid every year from now.",
            margin=Money(found.margin),
            lost=found.lost,
            active=found.active,
            kept=Share(float(steps["retention"]["today"]), 1),
            low=low,
            high=high,
        ),
        texts(
            "Break-even a year for {n} account: {fewer} for 5% fewer losses, {points} for 5 points.",
            "Break-even a year for each of {n} accounts: {fewer} for 5% fewer losses, {points} for 5 points.",
            found.accounts,
            fewer=Money(float(spends["fewer"])),
            points=Money(float(spends["points"])),
        ),
    ]


def purchase_model_section(found: PurchaseForecast) -> Section:
    """Whether a model of single orders was run and why not; its figures stand in the workbook and accuse nobody."""
    if found.reason:
        return line("purchase_model", _no_model(found))
    parameters = {name: Number(value, 3) for name, value in (found.parameters or {}).items()}
    frame = found.frame
    return Section(
        key="purchase_model",
        title=texts(
            "A model of single orders expects {orders} of {n} account in the next 12 months; by account in the "
            "workbook.",
            "A model of single orders expects {orders} of {n} accounts in the next 12 months; by account in the "
            "workbook.",
            found.accounts,
            orders=Number(float(frame["expected"].sum()), 0),
        ),
        evidence=[
            Table(
                frame,
                [
                    NAME,
                    Column("last_order", text("Last order"), "date"),
                    Column("x", text("Orders since the first"), "count"),
                    Column("expected", text("Orders expected"), "number", 1),
                    Column("spend", text("Revenue an order"), "money"),
                    Column("alive", text("Chance of any more"), "share"),
                    Column("silence", text("Silence in own gaps"), "number", 1),
                ],
            )
        ],
        basis=[
            text(
                "BG/NBD, r {r}, alpha {alpha}, a {a}, b {b}; over the half-year held out it misses by {error} orders "
                "an account, the account's own rate by {plain}. Revenue an order: Gamma-Gamma.",
                **parameters,
                **_errors(found),
            )
        ],
        quiet=True,
    )


def _errors(found: PurchaseForecast) -> dict[str, object]:
    return {"error": Number(found.error, 2), "plain": Number(found.plain_error, 2)}


def _no_model(found: PurchaseForecast) -> Text:
    if found.reason == "too_few":
        return texts(
            "No model of single orders: {n} account has ordered, and it takes {least}.",
            "No model of single orders: {n} accounts have ordered, and it takes {least}.",
            found.accounts,
            least=found.rules.model_min_accounts,
        )
    if found.reason == "not_found":
        return text("No model of single orders: BG/NBD finds no maximum for {n} accounts.", n=found.accounts)
    return text(
        "No model of single orders: over the half-year held out BG/NBD misses by {error} orders an account, the "
        "account's own rate by {plain}.",
        **_errors(found),
    )
