"""What sections of several chapters have alike: columns, measures, worth, actions."""

from typing import Any

import pandas as pd

from kamreport.language import Names, Text, text
from kamreport.present.section import Column, word

__all__ = [
    "MANAGER",
    "MEASURES",
    "NAME",
    "POCKET",
    "REVENUE",
    "assigned",
    "is_deducted",
    "margin_weight",
    "pocket_basis",
    "worth_of",
]

NAME = Column("name", text("Account"), "name")
MANAGER = Column("manager_name", text("Manager"), "text")
REVENUE = Column("revenue", text("Revenue"), "money")
MEASURES = {"revenue": text("Revenue"), "margin": text("Margin")}
POCKET = text("Pocket margin")


def assigned(row: Any, by_manager: Text, by_anyone: Text, **more: object) -> Text:
    """Give an action to the account's manager, or to whoever reads it where nobody looks after the account."""
    manager = word(row.manager_name)
    values = {"manager": Names([manager]), "name": Names([str(row.name)]), **more}
    return Text((by_manager if manager else by_anyone).message, values)


def worth_of(frame: pd.DataFrame, *, by_margin: bool) -> "pd.Series[float]":
    """Give what each account is worth: its margin, or its revenue where the cost is unknown; never below zero."""
    return frame["margin" if by_margin else "revenue"].clip(lower=0)


def margin_weight(margin_rate: float) -> float:
    """Give what revenue at stake is weighed with: the margin rate, never below zero; 1 where no cost is known."""
    return max(margin_rate, 0.0) if margin_rate == margin_rate else 1.0


def is_deducted(profit: pd.DataFrame) -> bool:
    """Say whether anything beside the invoices is known, so that pocket and gross margin differ."""
    return bool(profit[["rebates", "service"]].any(axis=None))


def pocket_basis(profit: pd.DataFrame) -> Text:
    """Give what the pocket margin of this page holds, and what it cannot hold for want of data."""
    rebates, service = (bool(profit[name].any()) for name in ("rebates", "service"))
    if rebates and service:
        return text(
            "Pocket margin: gross margin (revenue after credits less cost of goods) less rebates and cost to serve."
        )
    if rebates:
        return text("Pocket margin: gross margin less rebates; the cost to serve is not known.")
    if service:
        return text("Pocket margin: gross margin less cost to serve; rebates beside the invoices are not known.")
    return text(
        "Pocket margin is the gross margin here: neither rebates beside the invoices nor cost to serve are known."
    )
