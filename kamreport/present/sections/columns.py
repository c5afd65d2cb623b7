"""Columns and measures that sections of several chapters name alike."""

from kamreport.language import text
from kamreport.present.section import Column

__all__ = ["MANAGER", "MEASURES", "NAME"]

NAME = Column("name", text("Account"), "name")
MANAGER = Column("manager_name", text("Manager"), "text")
MEASURES = {"revenue": text("Revenue"), "margin": text("Margin")}
