"""Section on who is an account yet: how many there are of each status, and who changed."""

import pandas as pd

from kamreport.language import Text, text, texts
from kamreport.present.section import Column, Section, Table, cells, line
from kamreport.present.sections.columns import MANAGER, NAME, REVENUE
from kamreport.results import Statuses

__all__ = ["statuses_section"]

_STATUSES = {
    "existing": text("existing, buying"),
    "silent": text("existing, nothing bought in 12 months"),
    "target": text("target"),
    "prospect": text("prospect"),
    "partner": text("partner"),
    "closed": text("closed"),
}
_PLAIN_STATUSES = {**_STATUSES, "existing": text("existing")}


def statuses_section(found: Statuses) -> Section:
    """How many accounts there are of each status, what they buy, and who changed from one to another."""
    frame = found.frame
    if not len(frame):
        return line("statuses", text("No account is at home here."), cadence="year")
    basis = [
        text("Status: the firm's own list (accounts.status); buying: revenue in the last 12 months."),
        text("The other counts of this chapter are of accounts of every status that traded."),
    ]
    if set(frame["status"]) <= {"existing", "silent"}:
        basis[0] = text(
            "The list calls nobody anything but existing (accounts.status); buying: revenue in the last 12 months."
        )
    if found.pools:
        basis.append(
            texts("Left out: {n} cash-sales pool.", "Left out: {n} cash-sales pools.", found.pools),
        )
    if found.contradicted:
        basis.append(
            texts(
                "{n} account buys although the list calls it target, prospect or closed.",
                "{n} accounts buy although the list calls them target, prospect or closed.",
                found.contradicted,
            )
        )
    columns = [
        Column("said", text("Status")),
        Column("accounts", text("Accounts"), "count"),
        Column("buying", text("Of them buying"), "count"),
        REVENUE,
    ]
    if found.has_history:
        columns += [
            Column("accounts_before", text("Accounts a year ago"), "count"),
            Column("buying_before", text("Buying a year ago"), "count"),
        ]
    if frame["revenue_before"].any():
        columns.append(Column("revenue_before", text("Revenue the year before"), "money"))
    rows = frame.assign(said=cells(_STATUSES[status] for status in frame["status"]))
    return Section(
        key="statuses",
        title=_statuses_title(found),
        evidence=[Table(rows, columns), *([_moves_table(found.moves)] if len(found.moves) else [])],
        basis=basis,
        cadence="year",
    )


def _statuses_title(found: Statuses) -> Text:
    counts = dict(zip(found.frame["status"], found.frame["accounts"], strict=True))
    n, buying = int(found.frame["accounts"].sum()), int(found.frame["buying"].sum())
    silent = int(counts.get("silent", 0))
    coming = int(counts.get("target", 0)) + int(counts.get("prospect", 0))
    if coming:
        return texts(
            "{buying} of {n} account buys; {silent} existing ones have bought nothing in 12 months, {coming} are "
            "targets or prospects.",
            "{buying} of {n} accounts buy; {silent} existing ones have bought nothing in 12 months, {coming} are "
            "targets or prospects.",
            n,
            buying=buying,
            silent=silent,
            coming=coming,
        )
    if silent:
        return texts(
            "{buying} of {n} account buys; {silent} existing ones have bought nothing in 12 months.",
            "{buying} of {n} accounts buy; {silent} existing ones have bought nothing in 12 months.",
            n,
            buying=buying,
            silent=silent,
        )
    if buying == n:
        return texts(
            "The {n} account here has bought in the last 12 months.",
            "All {n} accounts here have bought in the last 12 months.",
            n,
        )
    return texts(
        "{buying} of {n} account has bought in the last 12 months.",
        "{buying} of {n} accounts have bought in the last 12 months.",
        n,
        buying=buying,
    )


def _moves_table(moves: pd.DataFrame) -> Table:
    """Whose status is another than a year ago."""
    frame = moves.assign(
        was=cells(_PLAIN_STATUSES[one] for one in moves["before"]),
        now=cells(_PLAIN_STATUSES[one] for one in moves["status"]),
    )
    return Table(
        frame,
        [
            NAME,
            MANAGER,
            Column("was", text("A year ago")),
            Column("now", text("Now")),
            REVENUE,
        ],
        most=6,
    )
