"""What the analysis hands to the page: results as data, without language, charts or files.

The analysis makes them and the page says them; neither knows the other. Frames are described by their columns;
money is in report currency, without VAT unless said.
"""

from kamreport.results.actions import ActionReview
from kamreport.results.churn import Losses, OverdueOwners, PartialDefection, Retention
from kamreport.results.competitors import PriceAttacks, PriceIndex, Profile, WinRates
from kamreport.results.pocket import Dependency, DiscountReview, Effort, ListPrices, PriceAndService, Waterfall
from kamreport.results.rows import each
from kamreport.results.value import Concentration, FakeBigAccounts, KeyAccounts, OverdueReceivables, Plan, WhaleCurve

__all__ = [
    "ActionReview",
    "Concentration",
    "Dependency",
    "DiscountReview",
    "Effort",
    "FakeBigAccounts",
    "KeyAccounts",
    "ListPrices",
    "Losses",
    "OverdueOwners",
    "OverdueReceivables",
    "PartialDefection",
    "Plan",
    "PriceAndService",
    "PriceAttacks",
    "PriceIndex",
    "Profile",
    "Retention",
    "Waterfall",
    "WhaleCurve",
    "WinRates",
    "each",
]
