"""Sections on losses: to whom the accounts went, and why deals were lost."""

from typing import Any

import pandas as pd

from kamreport.language import Money, Names, Share, Text, text, texts
from kamreport.present.section import Column, Section, Table, cells, line, named_in
from kamreport.present.sections.columns import MANAGER, NAME, assigned, worth_of
from kamreport.present.sections.rivals import RESERVED, rival_names
from kamreport.results import Destinations, LossReasons, each

__all__ = ["destinations_section", "loss_reasons_section"]

_LISTED, _MOST_NAMED = 6, 2
_SHARED = 10  # losses from which shares of them are printed
_WENT_TO = {"none": text("nobody"), "unknown": text("not known")}
_KINDS = {"lost": text("lost"), "partial": text("partly lost"), "family": text("dropped {family}")}


def destinations_section(found: Destinations, competitors: pd.DataFrame, *, threshold: float) -> Section:
    """To whom the business went that was lost, by accounts and by money.

    Parameters
    ----------
    threshold
        Money from which partly lost accounts and dropped families were counted.
    """
    basis = _basis(found, threshold)
    n = int(found.cases["counts"].sum())
    if not n:
        return line("destinations", text("No account was lost, wholly or in part, in the last 12 months."), *basis)
    names = rival_names(competitors)
    called = {
        rival: _WENT_TO.get(rival) or names.get(rival, rival) for rival in found.frame["competitor_id"].astype(str)
    }
    went = {rival: name if isinstance(name, Text) else Names([name]) for rival, name in called.items()}
    worth = worth_of(found.cases, by_margin=found.by_margin)
    evidence = [_cases_table(found, called)]
    if n >= _SHARED and len(found.frame) > 1:
        evidence.append(_destinations_table(found, called))
    if (found.cases["competitor_id"] == "unknown").all():
        return Section(
            "destinations",
            texts(
                "Where the {n} loss went is not known ({amount}).",
                "Where the {n} losses went is not known ({amount}).",
                n,
                amount=_money(float(worth.sum()), found),
            ),
            evidence=evidence,
            basis=basis,
            quiet=True,
        )
    to_rivals = ~found.cases["competitor_id"].isin(RESERVED)
    amount = float(worth[to_rivals].sum())
    taken = found.cases[to_rivals].assign(worth=worth[to_rivals])
    taken["worth"] = taken.groupby("owner_id")["worth"].transform("sum")
    taken = taken.drop_duplicates("owner_id")
    return Section(
        key="destinations",
        title=_destination_title(found, went, total=float(worth.sum())),
        nature="realised" if amount else "fact",
        amount=amount or None,
        unit="margin" if found.by_margin else "revenue",
        who=named_in(taken, taken["worth"]),
        evidence=evidence,
        basis=[*basis, _sure(found, went)],
        actions=[
            *(_win_back(row, went) for row in each(taken.head(_MOST_NAMED))),
            *(_ask(row) for row in each(found.cases[found.cases["competitor_id"] == "unknown"].head(1))),
        ],
    )


def _basis(found: Destinations, threshold: float) -> list[Text]:
    said = [
        text(
            "Lost, partly lost and dropped families as the ledger shows them (chapter churn); each account once. To "
            "whom it went says the newest line of the register of losses since the last order; a line of one family "
            "does not say where a whole account went. Partly lost accounts and families count from {amount}.",
            amount=Money(threshold),
        )
    ]
    if found.twice:
        said.append(
            texts(
                "{n} account that is partly lost and dropped a family counts as partly lost.",
                "{n} accounts that are partly lost and dropped a family count as partly lost.",
                found.twice,
            )
        )
    return said


def _destination_title(found: Destinations, went: "dict[str, Text | Names]", *, total: float) -> Text:
    n = int(found.frame["n"].sum())
    frame = found.frame[found.frame["competitor_id"] != "unknown"]
    unknown = int(found.frame.loc[found.frame["competitor_id"] == "unknown", "n"].sum())
    to_nobody = frame["competitor_id"].iloc[0] == "none"
    # Which of them took most may be chance: then they are named together.
    frame = frame.head(1) if found.leads or to_nobody else frame[frame["competitor_id"] != "none"]
    k = int(frame["n"].sum())
    part = float(frame["margin" if found.by_margin else "revenue"].clip(lower=0.0).sum())
    values: dict[str, object] = {"total": _money(total, found), "k": k, "n": n, "u": unknown, "part": Money(part)}
    if to_nobody:
        return text(
            "Of {total} lost in 12 months {part} went to no competitor ({k} of {n} losses, {u} not known).", **values
        )
    rivals = [went[str(rival)] for rival in frame["competitor_id"]]
    values["rival"] = Names([name for one in rivals if isinstance(one, Names) for name in one.names], most=3)
    if len(frame) == len(found.frame):
        if n == 1 and (found.cases["kind"] == "lost").all():
            return text("The only account lost in 12 months, {total}, went to {rival}.", **values)
        if n == 1:
            return text("The only loss of 12 months, {total}, went to {rival}.", **values)
        return text("All {n} losses of 12 months, {total}, went to {rival}.", **values)
    if not unknown:
        return text("Of {total} lost in 12 months {part} went to {rival} ({k} of {n} losses).", **values)
    return text("Of {total} lost in 12 months {part} went to {rival} ({k} of {n} losses, {u} not known).", **values)


def _money(amount: float, found: Destinations) -> Text:
    said = text("{amount} margin") if found.by_margin else text("{amount} revenue")
    return Text(said.message, {"amount": Money(amount)})


def _sure(found: Destinations, went: "dict[str, Text | Names]") -> Text:
    named = found.frame[~found.frame["competitor_id"].isin(RESERVED)]
    if found.leads:
        first = named.iloc[0]
        return text(
            "That more accounts went to {rival} than to any other is more than chance (exact binomial test, 5%).",
            rival=went[str(first["competitor_id"])],
        )
    return text("So few losses do not say that one competitor takes more accounts than another.")


def _cases_table(found: Destinations, called: "dict[str, Text | str]") -> Table:
    frame = found.cases.assign(
        what=cells(Text(_KINDS[row.kind].message, {"family": Names([str(row.family)])}) for row in each(found.cases)),
        rival=cells(called[rival] for rival in found.cases["competitor_id"]),
        # Who is lost in part still orders.
        last_order=found.cases["since"].where(found.cases["kind"] != "partial"),
    )
    worth = (
        Column("margin", text("Margin"), "money") if found.by_margin else Column("revenue", text("Revenue"), "money")
    )
    return Table(
        frame,
        [
            NAME,
            MANAGER,
            Column("what", text("Loss")),
            Column("last_order", text("Last order"), "date"),
            worth,
            Column("rival", text("Went to"), "name"),
        ],
        most=_LISTED,
    )


def _destinations_table(found: Destinations, called: "dict[str, Text | str]") -> Table:
    frame = found.frame.assign(
        rival=cells(called[rival] for rival in found.frame["competitor_id"]),
        by_count=cells(_share(row.share, row.low, row.high) for row in each(found.frame)),
        by_value=cells(_share(row.value_share, row.value_low, row.value_high) for row in each(found.frame)),
    )
    worth = "margin" if found.by_margin else "revenue"
    return Table(
        frame,
        [
            Column("rival", text("Went to"), "name"),
            Column("lost", text("Lost"), "count"),
            Column("partial", text("Partly"), "count"),
            Column("family", text("Families"), "count"),
            Column("by_count", text("Of the losses")),
            Column(worth, text("Margin") if found.by_margin else text("Revenue"), "money"),
            Column("by_value", text("Of the money")),
        ],
        most=_LISTED,
    )


def _share(share: float, low: float, high: float) -> Text | None:
    if share != share:
        return None
    return text("{rate} ({low} to {high})", rate=Share(share), low=Share(low), high=Share(high))


def _win_back(row: Any, went: "dict[str, Text | Names]") -> Text:
    return assigned(
        row,
        text("{manager} finds out what {rival} offers {name}, and decides whether to win it back."),
        text("Find out what {rival} offers {name}, and decide whether to win it back."),
        rival=went[row.competitor_id],
    )


def _ask(row: Any) -> Text:
    return assigned(
        row,
        text("{manager} asks {name} who supplies it now and enters it in the register."),
        text("Ask {name} who supplies it now and enter it in the register."),
    )


def loss_reasons_section(found: LossReasons, competitors: pd.DataFrame) -> Section:
    """Why deals were lost: a line, unless one reason stands out."""
    basis = [
        text(
            "Reasons as entered of deals lost in the last 12 months, Wilson 95% interval; a blank one is not known and "
            "in the denominator. One leads if an exact binomial test against the next leaves 5%."
        )
    ]
    if not found.n:
        return line("loss_reasons", text("No deal was lost in the last 12 months."), *basis)
    frame = found.frame.assign(
        said=cells(RESERVED.get(reason, reason) if reason == "unknown" else reason for reason in found.frame["reason"]),
        rate=cells(_share(row.share, row.low, row.high) for row in each(found.frame)),
    )
    columns = [
        Column("said", text("Reason"), "name"),
        Column("n", text("Deals"), "count"),
        Column("rate", text("Of the lost deals")),
        Column("amount", text("Amount"), "money"),
    ]
    evidence = [Table(frame, columns, most=_LISTED), _by_rival(found, competitors)]
    named = frame[frame["reason"] != "unknown"]
    if not len(named):
        return Section(
            "loss_reasons",
            texts(
                "Why the {n} deal was lost is not recorded.", "Why the {n} deals were lost is not recorded.", found.n
            ),
            basis=basis,
            cadence="quarter",
            quiet=True,
        )
    first = named.iloc[0]
    values: dict[str, object] = {
        "reason": Names([str(first["reason"])]), "k": int(first["n"]), "rate": Share(float(first["share"])),
        "n": found.n, "low": Share(float(first["low"])), "high": Share(float(first["high"])),
    }  # fmt: skip
    if not found.leads:
        return Section(
            "loss_reasons",
            text("{k} of {n} lost deals were lost for {reason} ({rate}); no reason leads beyond chance.", **values),
            evidence=evidence,
            basis=basis,
            cadence="quarter",
            quiet=True,
        )
    return Section(
        "loss_reasons",
        text("Deals are lost for {reason} above all: {k} of {n} ({rate}, {low} to {high}).", **values),
        evidence=evidence,
        basis=basis,
        cadence="quarter",
    )


def _by_rival(found: LossReasons, competitors: pd.DataFrame) -> Table:
    """Every rival with every reason, for the workbook."""
    names = rival_names(competitors)
    frame = found.by_rival.assign(
        rival=cells(RESERVED.get(rival) or names.get(rival, rival) for rival in found.by_rival["competitor_id"]),
        said=cells(RESERVED["unknown"] if reason == "unknown" else reason for reason in found.by_rival["reason"]),
    )
    return Table(
        frame,
        [
            Column("rival", text("Competitor"), "name"),
            Column("said", text("Reason"), "name"),
            Column("n", text("Deals"), "count"),
            Column("amount", text("Amount"), "money"),
        ],
        most=_LISTED,
    )
