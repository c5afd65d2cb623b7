"""What winning an account costs beside keeping one, as the section on better retention says it."""

import pandas as pd

from kamreport.language import Money, Number, Text, text
from kamreport.present.section import Column, Table, cells
from kamreport.results import AcquisitionCost

__all__ = ["cost_basis", "cost_said", "cost_table"]


def cost_table(cost: AcquisitionCost) -> Table:
    """What was spent on winning and on keeping accounts, and on how many."""
    frame = pd.DataFrame({"spent": [cost.winning, cost.keeping], "accounts": [cost.won, cost.kept]})
    frame["each"] = frame["spent"] / frame["accounts"]
    frame["said"] = cells([text("Winning accounts"), text("Keeping accounts")])
    return Table(
        frame,
        [
            Column("said", text("Spent on")),
            Column("spent", text("12 months"), "money"),
            Column("accounts", text("Accounts"), "count"),
            Column("each", text("For each"), "money"),
        ],
    )


def cost_said(cost: AcquisitionCost) -> Text:
    """What winning one account has cost beside keeping one; of few accounts the sums only."""
    values: dict[str, object] = {
        "winning": Money(cost.winning),
        "won": cost.won,
        "keeping": Money(cost.keeping),
        "kept": cost.kept,
    }
    if cost.ratio != cost.ratio:
        return text(
            "Spent on winning: {winning} in 12 months for {won} new; on keeping: {keeping} for {kept} kept. Too few to "
            "compare ({least} needed of each).",
            least=cost.rules.retention_min_losses,
            **values,
        )
    low, high = (Number(bound, 0) for bound in cost.interval)
    return text(
        "Winning an account cost {ratio} times what keeping one cost ({low} to {high}): {winning} in 12 months for "
        "{won} new, {keeping} for {kept} kept.",
        ratio=Number(cost.ratio, 0),
        low=low,
        high=high,
        **values,
    )


def cost_basis() -> Text:
    """Who is new and who is kept, and what the range rests on."""
    return text(
        "New: first order within 12 months; kept: ordered before and again, not lost. Range: Wilson 95% of the two "
        "counts; the sums are taken as they are."
    )
