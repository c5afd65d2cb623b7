"""What the sections on competitors share: names, places, columns."""

from collections.abc import Mapping

import pandas as pd

from kamreport.language import Text, text
from kamreport.present.section import Column
from kamreport.settings import Bilingual

__all__ = ["RESERVED", "RIVAL", "TIERS", "place", "rival_names"]

RIVAL = Column("rival", text("Competitor"), "name")
RESERVED = {"none": text("no competitor"), "unknown": text("not known")}
TIERS = {
    "stronger": text("stronger"),
    "equal": text("equal"),
    "catching_up": text("catching up"),
    "weaker": text("weaker"),
    "too_few": text("too few to say"),
}


def rival_names(competitors: pd.DataFrame) -> dict[str, str]:
    """Give the rivals' names by their ids."""
    return dict(zip(competitors["competitor_id"], competitors["name"], strict=True))


def place(region: str, regions: Mapping[str, Bilingual]) -> Text | Bilingual:
    """Name a region, or everywhere for ""."""
    if not region:
        return text("all regions")
    return regions.get(region, Bilingual(en=region, zh=region))
