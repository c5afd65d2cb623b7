"""Section on rivals who beat us on price, speed and service at once."""

from typing import Any

import pandas as pd

from kamreport.language import Names, Number, Share, Text, text, texts
from kamreport.present.section import Column, Section, Table, cells, line, named_in
from kamreport.present.sections.columns import assigned
from kamreport.present.sections.rivals import RIVAL, rival_names
from kamreport.results import DeliveryService, Squeeze, each

__all__ = ["squeeze_section"]

_LEGS = {"price": text("Price"), "speed": text("Speed"), "service": text("Service")}


def squeeze_section(found: Squeeze, competitors: pd.DataFrame, *, delivered: DeliveryService | None = None) -> Section:
    """Which rival squeezes us from three sides, since when, and at which accounts he is.

    Parameters
    ----------
    delivered
        How we deliver, which stands beside how our speed is rated; None where it is not known.
    """
    rules, frame = found.rules, found.frame
    basis = [
        text(
            "Score of the competitor less ours, by each rater who gave both in 12 months; ahead if its interval "
            "({confidence}, which holds 95% over all competitors together) lies above zero, and on price if our index "
            "does not find it dearer. Fewer than {n} raters: too few to say.",
            confidence=Share(found.confidence, None),
            n=rules.score_min_raters,
        )
    ]
    if delivered is not None and delivered.orders:
        basis.append(
            text(
                "Our own orders on time and in full: {otif} of {n} ({share}).",
                otif=delivered.otif,
                n=delivered.orders,
                share=Share(delivered.otif / delivered.orders, 1),
            )
        )
    squeezing = frame[frame["is_squeeze"]]
    if not len(frame):
        return line("squeeze", text("Nobody has scored price, speed and service of us and a competitor."), *basis)
    if not len(squeezing):
        return line("squeeze", text("No competitor beats us on price, speed and service at once."), *basis)
    names = rival_names(competitors)
    active = found.active[found.active["competitor_id"].isin(squeezing["competitor_id"])].drop_duplicates("owner_id")
    first = squeezing.iloc[0]
    return Section(
        key="squeeze",
        title=_title(first, squeezing, names),
        nature="at_risk",
        amount=float(active["stake"].sum()),
        unit="margin" if found.by_margin else "revenue",
        who=named_in(active, active["stake"]),
        evidence=[_table(found, names)],
        basis=[
            *basis,
            texts(
                "At risk: the {n} account where it is known to be, by deals, losses, moves or share of wallet.",
                "At risk: the {n} accounts where it is known to be, by deals, losses, moves or share of wallet.",
                len(active),
            ),
        ],
        actions=[
            assigned(
                row,
                text("{manager} asks {name} which of price, speed and service would move it to {rival}."),
                text("Ask {name} which of price, speed and service would move it to {rival}."),
                rival=Names([names.get(row.competitor_id, row.competitor_id)]),
            )
            for row in each(active.head(3))
        ],
    )


def _title(first: Any, squeezing: pd.DataFrame, names: dict[str, str]) -> Text:
    values: dict[str, object] = {leg: Number(float(first[leg]), 1, signed=True) for leg in _LEGS}
    values["rival"] = Names([names.get(one, one) for one in squeezing["competitor_id"]])
    if len(squeezing) > 1:
        return text("{rival} beat us on price, speed and service at once.", rival=values["rival"])
    if bool(first["was_squeeze"]):
        return text(
            "{rival} beats us on price ({price}), speed ({speed}) and service ({service}) at once, as a quarter ago.",
            **values,
        )
    if pd.isna(first["ahead_before"]):
        return text(
            "{rival} beats us on price ({price}), speed ({speed}) and service ({service}) at once.",
            **values,
        )
    return text(
        "{rival} now beats us on price ({price}), speed ({speed}) and service ({service}) at once; a quarter ago it "
        "did on {before} of them.",
        **values,
        before=int(first["ahead_before"]),
    )


def _table(found: Squeeze, names: dict[str, str]) -> Table:
    frame = found.frame.assign(rival=cells(names.get(one, one) for one in found.frame["competitor_id"]))
    rows = [row for _, row in frame.iterrows()]
    for leg in found.legs:
        frame[f"said_{leg}"] = cells(
            text(
                "{gap} ({low} to {high})",
                gap=Number(float(row[leg]), 1, signed=True),
                low=Number(float(row[f"{leg}_low"]), 1, signed=True),
                high=Number(float(row[f"{leg}_high"]), 1, signed=True),
            )
            if row[leg] == row[leg]
            else text("too few to say")
            for row in rows
        )
    return Table(
        frame,
        [
            RIVAL,
            *(Column(f"said_{leg}", _LEGS[leg]) for leg in found.legs),
            Column("level", text("Price index"), "number", 1),
            Column("ahead", text("Ahead on"), "count"),
            Column("ahead_before", text("A quarter ago"), "count"),
        ],
        accent="is_squeeze",
        most=6,
    )
