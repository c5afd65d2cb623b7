"""What the analysis hands to the page: results as data, without language, charts or files.

The analysis makes them and the page says them; neither knows the other. Frames are described by their columns;
money is in report currency, without VAT unless said.
"""

from kamreport.results.actions import ActionReview
from kamreport.results.battles import NOBODY, ContestedDeals, Destinations, LossReasons, WinRates
from kamreport.results.churn import Losses, OverdueOwners, PartialDefection, Retention
from kamreport.results.competitive_response import CompetitiveResponse
from kamreport.results.growth import (
    AccountPlans,
    DeliveryService,
    NewProducts,
    Outlook,
    Potential,
    RevenueBridge,
    WhiteSpace,
)
from kamreport.results.lifetime import (
    AcquisitionCost,
    LifetimeValues,
    PurchaseForecast,
    Renewals,
    RetentionEconomics,
)
from kamreport.results.moves import ChannelPresence, MoveReview, Promotions, RivalMoves, Squeeze
from kamreport.results.pocket import (
    Dependency,
    DiscountReview,
    Effort,
    Incentives,
    ListPrices,
    PriceAndService,
    Waterfall,
)
from kamreport.results.profile import BrandItems, Levels, Profile, Strengths, ValueMap
from kamreport.results.prospects import BeforeAfter, Benchmarked, KeyGaps, Pipeline, Statuses
from kamreport.results.rival_prices import Concessions, CounterOffers, PriceAttacks, PriceIndex
from kamreport.results.rival_shares import RivalShares, Stakeholders, WalletAllocation
from kamreport.results.rows import each
from kamreport.results.scoring import Demand, FourPartTest, KeyList, KeyMoves, KeyScore, Portfolio, Rfm, VipRule
from kamreport.results.value import Concentration, FakeBigAccounts, KeyAccounts, OverdueReceivables, Plan, WhaleCurve

__all__ = [
    "NOBODY",
    "AccountPlans",
    "AcquisitionCost",
    "ActionReview",
    "BeforeAfter",
    "Benchmarked",
    "BrandItems",
    "ChannelPresence",
    "CompetitiveResponse",
    "Concentration",
    "Concessions",
    "ContestedDeals",
    "CounterOffers",
    "DeliveryService",
    "Demand",
    "Dependency",
    "Destinations",
    "DiscountReview",
    "Effort",
    "FakeBigAccounts",
    "FourPartTest",
    "Incentives",
    "KeyAccounts",
    "KeyGaps",
    "KeyList",
    "KeyMoves",
    "KeyScore",
    "Levels",
    "LifetimeValues",
    "ListPrices",
    "LossReasons",
    "Losses",
    "MoveReview",
    "NewProducts",
    "Outlook",
    "OverdueOwners",
    "OverdueReceivables",
    "PartialDefection",
    "Pipeline",
    "Plan",
    "Portfolio",
    "Potential",
    "PriceAndService",
    "PriceAttacks",
    "PriceIndex",
    "Profile",
    "Promotions",
    "PurchaseForecast",
    "Renewals",
    "Retention",
    "RetentionEconomics",
    "RevenueBridge",
    "Rfm",
    "RivalMoves",
    "RivalShares",
    "Squeeze",
    "Stakeholders",
    "Statuses",
    "Strengths",
    "ValueMap",
    "VipRule",
    "WalletAllocation",
    "Waterfall",
    "WhaleCurve",
    "WhiteSpace",
    "WinRates",
    "each",
]
