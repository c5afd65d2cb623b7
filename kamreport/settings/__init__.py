"""kamreport.toml: where the tables come from, the rules, the reports."""

from kamreport.settings.entries import (
    Attribute,
    Bilingual,
    Company,
    DataSettings,
    Print,
    Report,
    Settings,
    Source,
    Unpivot,
    shipped,
)
from kamreport.settings.reading import FILE_NAME, expand, find_workspace, load_settings
from kamreport.settings.rules import Rules

__all__ = [
    "FILE_NAME",
    "Attribute",
    "Bilingual",
    "Company",
    "DataSettings",
    "Print",
    "Report",
    "Rules",
    "Settings",
    "Source",
    "Unpivot",
    "expand",
    "find_workspace",
    "load_settings",
    "shipped",
]
