"""[rules] of kamreport.toml: every threshold of a report."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Rules"]

_Overdue = Literal["overdue_1_30", "overdue_31_60", "overdue_61_90", "overdue_over_90"]
_Criterion = Literal["profit", "goals", "loss", "stability", "potential"]


class Rules(BaseModel):
    """Every threshold a report uses, with its default; each is printed where it is applied."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    key_account_enter: float = Field(default=0.80, gt=0, lt=1)
    """An owner becomes a key account in the smallest set that makes this share of the company's positive margin."""
    key_account_leave: float = Field(default=0.85, gt=0, le=1)
    """It stops being one outside the smallest set that makes this share."""
    lost_gap_factor: float = Field(default=3.0, gt=0)
    """Lost: silent in season for more than this many own median gaps ..."""
    lost_min_days: int = Field(default=180, ge=1)
    """... but never before so many days ..."""
    lost_max_days: int = Field(default=400, ge=1)
    """... and always after so many."""
    gap_min_own: int = Field(default=4, ge=1)
    """With fewer gaps of its own an owner is measured by its segment's median gap."""
    off_season_years: int = Field(default=2, ge=1)
    """A month is off season without an order in it or beside it in any of so many years."""
    overdue_min_gaps: int = Field(default=6, ge=2)
    """An owner needs so many gaps of its own to be called overdue."""
    overdue_limits: dict[int, float] = Field(default={1: 4.3, 2: 2.8, 4: 2.1, 8: 1.7, 16: 1.5, 32: 1.25}, min_length=1)
    """Overdue: silence over own median gap above the limit of the segment's regularity k (limit by the k it starts at)."""  # noqa: E501
    overdue_horizon_days: int = Field(default=90, ge=1)
    """An alarm was wrong if an order came within so many days after all."""
    overdue_loss_share: float = Field(default=0.5, ge=0, le=1)
    """Part of an overdue owner's margin at risk while there are too few past alarms to judge by."""
    partial_min_orders: int = Field(default=6, ge=1)
    """Partly lost: so many orders in the twelve months before the window ..."""
    partial_recent_months: int = Field(default=3, ge=1)
    """... the last so many months ..."""
    partial_recent_drop: float = Field(default=0.30, gt=0, lt=1)
    """... at least so far below the same months of last year ..."""
    partial_year_drop: float = Field(default=0.10, ge=0, lt=1)
    """... and the window at least so far below the twelve months before."""
    family_min_share: float = Field(default=0.10, ge=0, le=1)
    """A dropped product family made up this share of the owner's revenue ..."""
    family_min_orders: int = Field(default=4, ge=2)
    """... in so many orders within a year ..."""
    family_gap_factor: float = Field(default=3.0, gt=0)
    """... and has not been bought for this many of its own median gaps ..."""
    family_min_days: int = Field(default=90, ge=1)
    """... and so many days."""
    fake_revenue_share: float = Field(default=0.80, gt=0, le=1)
    """Big: the owners that make this share of the region's revenue ..."""
    fake_margin_gap: float = Field(default=0.10, ge=0)
    """... fake: those without margin, or with a rate so far below the company's median."""
    white_space_min_buyers: int = Field(default=10, ge=2)
    """White space is valued where so many accounts of the segment buy the product family."""
    delivery_min_fall: float = Field(default=0.30, gt=0, le=1)
    """Named beside late deliveries: accounts whose last three months lie so far below the same months of last year."""
    new_product_years: int = Field(default=3, ge=1)
    """A product is new for so many years after its launch."""
    discount_deepened: float = Field(default=0.03, gt=0, lt=1)
    """A discount has deepened if so much more of the list price is given away than before ..."""
    discount_min_months: int = Field(default=4, ge=3)
    """... over at least so many months, compared with the same months of the year before."""
    discount_min_lines: int = Field(default=20, ge=1)
    """With fewer lines in either of the two spans: too few to say what the volume did."""
    list_price_rise: float = Field(default=0.03, gt=0)
    """A list price was raised if it is so far above the year before last ..."""
    list_price_paid: float = Field(default=0.5, ge=0, le=1)
    """... and has eroded if less than this part of the rise is paid."""
    dependency_share: float = Field(default=0.10, gt=0, lt=1)
    """An account that brings this share of the region's margin is one that it depends on (IFRS 8.34: 10 %)."""
    effort_ratio: float = Field(default=2.0, gt=1)
    """Over- or under-served: the share of the effort is so many times the share of the profit, or the other way."""
    credit_loss_rates: dict[_Overdue, float] = {
        "overdue_1_30": 0.01,
        "overdue_31_60": 0.05,
        "overdue_61_90": 0.10,
        "overdue_over_90": 0.30,
    }
    """Part of overdue receivables that is likely lost, by age."""
    discount_rate: float = Field(default=0.10, gt=0, lt=1)
    """Interest on money a year: what a margin a year from now is worth less today."""
    lifetime_years: int = Field(default=0, ge=0)
    """Years that count in what an account is worth as long as it stays; 0 for no end."""
    retention_min_losses: int = Field(default=10, ge=1)
    """With fewer losses nothing is said of a better retention or a segment's own, with fewer won of what that costs."""
    renewal_wait_days: int = Field(default=60, ge=0)
    """A contract has ended for good if none has followed so many days after."""
    model_min_accounts: int = Field(default=200, ge=20)
    """With fewer accounts no model of single orders is fitted."""
    min_cost_coverage: float = Field(default=0.95, ge=0, le=1)
    """Accounts are ranked by margin if the cost is known for this share of revenue."""
    price_max_age_days: int = Field(default=90, ge=1)
    """A rival's price is in force for so many days."""
    price_own_months: int = Field(default=3, ge=1)
    """Our own price is what the last so many months brought."""
    price_attack_drop: float = Field(default=0.05, gt=0, lt=1)
    """A price attack is a mean cut of so much ..."""
    price_attack_items: int = Field(default=3, ge=1)
    """... over so many matched products."""
    move_answer_days: int = Field(default=30, ge=1)
    """A rival's move is answered in time within so many days after it was noticed."""
    switching_cost: float = Field(default=0.02, ge=0, lt=1)
    """What leaving for a rival costs an account, as a share of a year's purchases: a matter of judgement."""
    """A rival's move is answered in time within so many days of being noticed."""
    score_min_raters: int = Field(default=5, ge=2)
    """Fewer raters than this: too few to say."""
    wallet_share_change: float = Field(default=0.05, gt=0, lt=1)
    """A supplier's share of an account's purchases fell or rose if it changed so much, ranges not overlapping."""
    score_horizon_months: int = Field(default=24, ge=1)
    """A rival's next tier is in sight if the present slope reaches it within so many months."""
    stuck_deal_factor: float = Field(default=2.0, ge=1)
    """A deal is stuck after so many times the usual time in its stage ..."""
    stuck_deal_share: float = Field(default=0.95, gt=0, le=1)
    """... if it has also waited longer there than this share of the deals that left it."""
    material_share: float = Field(default=0.005, ge=0)
    """A finding is material from this share of the region's yearly revenue ..."""
    material_minimum: float = Field(default=10_000, ge=0)
    """... but never below this amount, in report currency."""
    min_group: int = Field(default=20, ge=1)
    """Rates of smaller groups are too few to say."""
    same_change: float = Field(default=0.10, ge=0)
    """A finding is worse or better if its amount changed by so much."""
    late_posting_days: int = Field(default=10, ge=0)
    """A line booked so many days after the period's end is a late posting."""
    score_weights: dict[_Criterion, Annotated[float, Field(ge=0)]] = {
        "profit": 0.3,
        "goals": 0.15,
        "loss": 0.2,
        "stability": 0.15,
        "potential": 0.2,
    }
    """What each criterion weighs in the key-account score."""
    score_min_known: float = Field(default=0.5, gt=0, le=1)
    """A criterion is left out of the score if it is known for a smaller share of the accounts."""
    score_repeat: float = Field(default=0.9, gt=0, le=1)
    """Criteria whose rank correlation is above this are weighed as one."""
    key_rise: float = Field(default=0.5, gt=0)
    """An account that is not on the firm's list is rising if its yearly value grew by this share."""
    vip_revenue: float = Field(default=1_000_000, gt=0)
    """Yearly revenue from which the threshold rule calls an account a VIP, in report currency ..."""
    vip_near: float = Field(default=0.10, ge=0, lt=1)
    """... and the share below it within which an account nearly is one."""
    spring_festival: bool = False
    """Compare January and February with last year only as one sum."""
