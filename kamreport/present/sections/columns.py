"""What sections of several chapters have alike: columns, measures, worth, actions."""

from typing import Any

import pandas as pd

from kamreport.language import Names, Text, text
from kamreport.present.section import Column, word

__all__ = ["MANAGER", "MEASURES", "NAME", "assigned", "worth_of"]

NAME = Column("name", text("Account"), "name")
MANAGER = Column("manager_name", text("Manager"), "text")
MEASURES = {"revenue": text("Revenue"), "margin": text("Margin")}


def assigned(row: Any, by_manager: Text, by_anyone: Text, **more: object) -> Text:
    """Give an action to the account's manager, or to whoever reads it where nobody looks after the account."""
    manager = word(row.manager_name)
    values = {"manager": Names([manager]), "name": Names([str(row.name)]), **more}
    return Text((by_manager if manager else by_anyone).message, values)


def worth_of(frame: pd.DataFrame, *, by_margin: bool) -> "pd.Series[float]":
    """Give what each account is worth: its margin, or its revenue where the cost is unknown; never below zero."""
    return frame["margin" if by_margin else "revenue"].clip(lower=0)
