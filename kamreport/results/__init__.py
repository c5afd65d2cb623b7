"""What the analysis hands to the page: results as data, without language, charts or files.

The analysis makes them and the page says them; neither knows the other. Frames are described by their columns;
money is in report currency, without VAT unless said.
"""

from kamreport.results.actions import ActionReview
from kamreport.results.churn import Losses, OverdueOwners, PartialDefection, Retention
from kamreport.results.competitors import PriceAttacks, PriceIndex, Profile, WinRates
from kamreport.results.prospects import BeforeAfter, Benchmarked, KeyGaps, Pipeline, Statuses
from kamreport.results.rows import each
from kamreport.results.value import Concentration, FakeBigAccounts, KeyAccounts, OverdueReceivables, Plan, WhaleCurve

__all__ = [
    "ActionReview",
    "BeforeAfter",
    "Benchmarked",
    "Concentration",
    "FakeBigAccounts",
    "KeyAccounts",
    "KeyGaps",
    "Losses",
    "OverdueOwners",
    "OverdueReceivables",
    "PartialDefection",
    "Pipeline",
    "Plan",
    "PriceAttacks",
    "PriceIndex",
    "Profile",
    "Retention",
    "Statuses",
    "WhaleCurve",
    "WinRates",
    "each",
]
