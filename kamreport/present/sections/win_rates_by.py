"""Section on the deals won by stage, product family, manager and size."""

from collections.abc import Mapping, Sequence

import pandas as pd

from kamreport.language import Money, Names, Share, Text, text
from kamreport.present.section import Column, Section, Table, cells, line
from kamreport.present.sections.rivals import RESERVED
from kamreport.present.sections.win_rates import beyond_others, said_rates
from kamreport.results import WinRates

__all__ = ["win_rates_by_section"]

_BY = {
    "stage": text("Stage"), "family": text("Family"), "owner_id": text("Manager"), "size": text("Size"),
    "region": text("Region"),
}  # fmt: skip
_VERDICTS = {
    "worse": text("less often"), "better": text("more often"), "alike": text("as others"),
    "too few": text("too few to say"),
}  # fmt: skip


def win_rates_by_section(found: Sequence[WinRates], people: pd.DataFrame, *, margin_rate: float) -> Section:
    """At which stage deals are lost, and whether a product family, manager or deal size stands out.

    Parameters
    ----------
    found
        Of `win_rates_by`.
    people
        `person_id`, `name`.
    margin_rate
        Of the region over the window; NaN where the cost is unknown.
    """
    first = found[0]
    basis = [
        text(
            "Won / (won + lost) of deals closed in the last 12 months, Wilson 95% interval. At a stage: of the deals "
            "that reached it, how many were won; a won deal reached all. The other groups are compared with the other "
            "deals (Fisher's exact test, Holm over all of this table, 5%); too few to say below {least} deals.",
            least=first.rules.min_group,
        )
    ]
    if not first.n:
        return line("win_rates_by", text("No deal was decided in the last 12 months."), *basis, cadence="year")
    owners = dict(zip(people["person_id"], people["name"], strict=True))
    bands = next((one.bands for one in found if one.by == "size"), ())
    table = _groups_table(found, owners, bands)
    worst = _worst_group(found)
    if worst is None:
        return Section("win_rates_by", _alike_title(first), evidence=[table], basis=basis, cadence="year")
    by, row = worst
    amount, stake, said = beyond_others(row, margin_rate)
    return Section(
        key="win_rates_by",
        title=text(
            "{by} {group}: {w} of {m} deals were won ({r}, {l} to {h}), of the others {ow} of {om}.",
            by=_BY[by],
            group=_group(by, str(row[by]), owners, bands),
            w=int(row["won"]),
            m=int(row["n"]),
            r=Share(float(row["rate"])),
            l=Share(float(row["low"])),
            h=Share(float(row["high"])),
            ow=int(row["others_won"]),
            om=int(row["others_n"]),
        ),
        nature="realised" if amount else "fact",
        amount=amount,
        unit="margin" if margin_rate == margin_rate else "revenue",
        stake=stake,
        evidence=[table],
        basis=[*basis, said],
        cadence="year",
    )


def _groups_table(found: Sequence[WinRates], owners: Mapping[str, str], bands: tuple[float, ...]) -> Table:
    rows = pd.concat(
        [
            said_rates(one).assign(
                dimension=cells([_BY[one.by]] * len(one.frame)),
                group=cells(_group(one.by, str(group), owners, bands) for group in one.frame[one.by]),
                said=cells(_VERDICTS.get(verdict) for verdict in one.frame["verdict"]),
                is_worse=one.frame["verdict"] == "worse",
            )
            for one in found
            if len(one.frame)
        ],
        ignore_index=True,
    )
    return Table(
        rows,
        [
            Column("dimension", text("By")),
            Column("group", text("Group"), "name"),
            Column("record", text("Won/decided")),
            Column("said_rate", text("Rate")),
            Column("value_rate", text("By amount"), "share"),
            Column("lost_amount", text("Lost deals"), "money"),
            Column("said", text("Won")),
        ],
        accent="is_worse",
        most=24,
    )


def _worst_group(found: Sequence[WinRates]) -> "tuple[str, pd.Series] | None":
    """The group that stands out by the largest amount beyond the others' rate, with what it is a group of."""
    worst = [(one.by, row) for one in found if (row := one.worst) is not None]
    return max(worst, key=lambda one: float(one[1]["excess"])) if worst else None


def _alike_title(stages: WinRates) -> Text:
    """Nobody stands out: at which stage most deals are lost."""
    lost = stages.n - stages.won
    known = stages.frame[~stages.frame["stage"].isin(RESERVED)]
    if not lost or not len(known) or not known["lost_here"].max():
        return text("No product family, manager or deal size is won less often than chance explains.")
    most = known.sort_values("lost_here", kind="stable").iloc[-1]
    return text(
        "{k} of {lost} lost deals were lost at {stage}; no product family, manager or deal size is won less often than "
        "chance explains.",
        k=int(most["lost_here"]),
        lost=lost,
        stage=Names([str(most["stage"])]),
    )


def _group(by: str, group: str, owners: Mapping[str, str], bands: tuple[float, ...]) -> Text | str:
    if group in RESERVED:
        return text("not known") if group == "unknown" else text("none")
    if by == "size":
        place = int(group) - 1
        if place == 0:
            return text("up to {amount}", amount=Money(bands[0]))
        if place == len(bands):
            return text("above {amount}", amount=Money(bands[-1]))
        return text("{low} to {high}", low=Money(bands[place - 1]), high=Money(bands[place]))
    return owners.get(group, group) if by == "owner_id" else group
