"""Section on contracts that end: how many were renewed, and what is to come."""

from datetime import date

import pandas as pd

from kamreport.language import Names, Number, Share, Text, text, texts
from kamreport.present.section import Column, Section, Table, line, named_in
from kamreport.present.sections.columns import MANAGER, NAME, assigned
from kamreport.results import Renewals, each

__all__ = ["renewals_section"]


def renewals_section(found: Renewals, *, since: date) -> Section:
    """How many contracts were renewed, and who buys on without one.

    Parameters
    ----------
    since
        Whose contract ended from this day on is named, if it is not lost altogether.
    """
    if not found.decided:
        return line(
            "renewals",
            texts("No contract has ended yet; {n} runs.", "No contract has ended yet; {n} run.", found.open),
            cadence="year",
        )
    named = found.ended["buys_on"] & (found.ended["ends_on"] >= pd.Timestamp(since))
    recent = found.ended[named].drop_duplicates("owner_id").reset_index(drop=True)
    evidence = [_terms_table(found)]
    if len(recent):
        ended = Column("ends_on", text("Contract ended"), "date")
        evidence.insert(0, Table(recent, [NAME, MANAGER, ended], most=8))
    return Section(
        key="renewals",
        title=_renewals_title(found, recent),
        who=named_in(recent, pd.Series(float("nan"), recent.index)),
        evidence=evidence,
        basis=_renewal_basis(found),
        actions=[
            assigned(
                row,
                text("Let {manager} offer {name} a new contract: the last one ended on {day}."),
                text("Offer {name} a new contract: the last one ended on {day}."),
                day=row.ends_on.date(),
            )
            for row in each(recent.head(3))
        ],
        cadence="year",
    )


def _renewals_title(found: Renewals, recent: pd.DataFrame) -> Text:
    values: dict[str, object] = {"renewed": found.renewed, "rate": Share(found.renewed / found.decided)}
    if len(recent):
        return texts(
            "{n} account buys on without the contract that ended in the last 12 months: {names}; of {all} that ended, "
            "{renewed} were renewed ({rate}).",
            "{n} accounts buy on without the contract that ended in the last 12 months: {names}; of {all} that ended, "
            "{renewed} were renewed ({rate}).",
            len(recent),
            names=Names(list(recent["name"])),
            all=found.decided,
            **values,
        )
    return texts(
        "{renewed} of {n} contract that ended was followed by another ({rate}).",
        "{renewed} of {n} contracts that ended were followed by another ({rate}).",
        found.decided,
        **values,
    )


def _terms_table(found: Renewals) -> Table:
    terms = [
        Column("term", text("Contract"), "count"),
        Column("n", text("Ended"), "count"),
        Column("renewed", text("Renewed"), "count"),
        Column("rate", text("Rate"), "share"),
        Column("low", text("Low"), "share"),
        Column("high", text("High"), "share"),
    ]
    if found.fitted:
        terms.append(Column("model", text("Model"), "share"))
    return Table(found.by_term, terms, most=6)


def _renewal_basis(found: Renewals) -> list[Text]:
    rules = found.rules
    low, high = found.interval
    basis = [
        text(
            "Renewed: another contract names it, or begins within {days} days of its end; contracts are counted from "
            "the first in the data. Wilson 95% {low} to {high}; {open} run or may still be renewed.",
            days=rules.renewal_wait_days,
            low=Share(low),
            high=Share(high),
            open=found.open,
        )
    ]
    if found.fitted:
        alpha, beta = found.fitted
        basis.append(
            text(
                "Model: shifted-beta-geometric, alpha {alpha}, beta {beta}.",
                alpha=Number(alpha, 3),
                beta=Number(beta, 3),
            )
        )
    else:
        basis.append(
            text(
                "No renewal model: {n} contracts ended for good, {least} are needed, or no maximum was found.",
                n=len(found.ended),
                least=rules.retention_min_losses,
            )
        )
    return basis
