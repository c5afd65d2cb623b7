"""The section on what retained accounts are given beyond the usual terms."""

from kamreport.language import Money, Number, Share, Text, text, texts
from kamreport.present.section import Column, Section, Table, cells, line
from kamreport.results import Incentives, each

__all__ = ["incentives_section"]

_GROUPS = {"with": text("Given more"), "without": text("Usual terms")}


def incentives_section(found: Incentives) -> Section:
    """What the retained accounts were given beyond the usual terms, and how their revenue went beside the others'."""
    own, others = each(found.frame)
    retained, kept = own.accounts + others.accounts, own.kept + others.kept
    if not found.has:
        return line(
            "incentives", text("What accounts are given is not known: no rebates and no list prices."), cadence="year"
        )
    if not own.accounts:
        return line("incentives", _none_given(found, retained), _terms(found), cadence="year")
    return Section(
        key="incentives",
        title=texts(
            "{n} of {all} retained accounts was given {given} beyond the usual terms in 12 months; it makes {share} of "
            "the revenue kept.",
            "{n} of {all} retained accounts were given {given} beyond the usual terms in 12 months; they make {share} "
            "of the revenue kept.",
            own.accounts,
            all=retained,
            given=Money(own.given),
            share=Share(own.kept / kept),
        ),
        evidence=[_groups_table(found)],
        basis=[
            _terms(found),
            text(
                "Revenue kept: the lesser of 12 months and the 12 before, account by account; {own} of {all}. Given "
                "for each retained account: {mean}.",
                own=Money(own.kept),
                all=Money(kept),
                mean=Money(own.given / retained),
            ),
            _compared(found, own.accounts, others.accounts),
        ],
        cadence="year",
    )


def _none_given(found: Incentives, retained: int) -> Text:
    if "rebates" not in found.has:
        return texts(
            "{n} retained account has no deeper discount than usual; rebates are not known.",
            "None of {n} retained accounts has a deeper discount than usual; rebates are not known.",
            retained,
        )
    return texts(
        "{n} retained account was given no more than the usual terms.",
        "None of {n} retained accounts was given more than the usual terms.",
        retained,
    )


def _groups_table(found: Incentives) -> Table:
    frame = found.frame.assign(
        said=cells(_GROUPS[group] for group in found.frame["group"]),
        range=cells(_range(row.low, row.high) for row in each(found.frame)),
    )
    return Table(
        frame,
        [
            Column("said", text("Accounts")),
            Column("accounts", text("Number"), "count"),
            Column("rebates", text("Rebates"), "money"),
            Column("discounts", text("Further discounts"), "money"),
            Column("kept", text("Revenue kept"), "money"),
            Column("change", text("Revenue change"), "share", 1, signed=True),
            Column("range", text("95% interval")),
        ],
    )


def _terms(found: Incentives) -> Text:
    """Who is retained, and what counts as given."""
    values = {"gap": Number(found.rules.discount_deepened * 100, None), "usual": Share(found.usual, 1)}
    if "list" not in found.has:
        return text(
            "Retained: bought in the last 12 months and in the 12 before, and not lost. Given: the rebates earned; "
            "discounts off list are not known."
        )
    if "rebates" not in found.has:
        return text(
            "Retained: bought in the last 12 months and in the 12 before, and not lost. Given: what a discount at "
            "least {gap} points beyond the median account's ({usual} off list) takes more; rebates are not known.",
            **values,
        )
    return text(
        "Retained: bought in the last 12 months and in the 12 before, and not lost. Given: the rebates earned, and "
        "what a discount at least {gap} points beyond the median account's ({usual} off list) takes more.",
        **values,
    )


def _range(low: float, high: float) -> Text | None:
    """An interval of a change; blank where it is not said."""
    if low != low:
        return None
    return text("{low} to {high}", low=Share(low, 1, signed=True), high=Share(high, 1, signed=True))


def _compared(found: Incentives, own: int, others: int) -> Text:
    """How far apart the two changes are, and that this is no effect."""
    if found.apart != found.apart:
        return text(
            "Too few to compare: {own} given more, {others} on usual terms ({least} needed of each).",
            own=own,
            others=others,
            least=found.rules.min_group,
        )
    low, high = found.interval
    return text(
        "Change of those given more less that of the others: {apart} points ({low} to {high}, over accounts). It says "
        "what went together: who buys more also earns more rebates.",
        apart=Number(found.apart * 100, 1, signed=True),
        low=Number(low * 100, 1, signed=True),
        high=Number(high * 100, 1, signed=True),
    )
