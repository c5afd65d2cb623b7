"""Who has left, who is leaving, and what was kept."""

from dataclasses import dataclass

import pandas as pd

from kamreport.period import Period
from kamreport.settings import Rules

__all__ = ["Losses", "OverdueOwners", "PartialDefection", "Retention"]


@dataclass(frozen=True)
class Losses:
    """Owners lost in the window and not back.

    Attributes
    ----------
    frame
        `owner_id`, `name`, `manager_id`, `manager_name`, `last_order`, `lost_on`, `median_gap`, `limit_days`,
        `orders` (order days before the silence), `revenue`, `margin` (of the twelve months up to the last order);
        most valuable first.
    returned
        Owners that ordered again in the window after a loss.
    active
        Owners with an order in the window or lost in it: the denominator.
    gone
        All owners that are lost now, whenever it was.
    interval
        Wilson interval of the lost among the active.
    """

    frame: pd.DataFrame
    returned: int
    active: int
    gone: frozenset[str]
    interval: tuple[float, float]
    window: Period
    rules: Rules


@dataclass(frozen=True)
class Retention:
    """Revenue of the window against the twelve months before, owner by owner.

    Attributes
    ----------
    frame
        `owner_id`, `name`, `type`, `before`, `now`, `change` and `step`: the bar of the bridge that it is in.
    bridge
        `step` and `amount`, from ``start`` over the steps to ``end``; adds up exactly.
    cohort
        Owners with revenue in the year before, without pools and without those that moved.
    grr, nrr
        Gross and net revenue retention, with bootstrap intervals over owners.
    grr_backwards
        The same figure backwards in time: what mere fluctuation would show.
    stopped
        Owners of the cohort with no revenue in the window, and their Wilson interval.
    """

    frame: pd.DataFrame
    bridge: pd.DataFrame
    cohort: int
    grr: float
    grr_interval: tuple[float, float]
    nrr: float
    nrr_interval: tuple[float, float]
    grr_backwards: float
    stopped: int
    stopped_interval: tuple[float, float]


@dataclass(frozen=True)
class OverdueOwners:
    """Owners that should have ordered by now, and how far that alarm can be trusted.

    Attributes
    ----------
    frame
        `owner_id`, `name`, `manager_id`, `manager_name`, `last_order`, `silence_days` (in season), `median_gap`,
        `ratio`, `limit`, `gaps`, `recent` and `recent_before` (revenue of the last 91 days and of the same days
        a year ago), `confirmed` (the revenue fell as well: without this second signal no name is printed),
        `margin` and `revenue` of the window; the most valuable confirmed ones first.
    judged
        Owners with enough gaps of their own to be judged.
    flagged, wrong
        Confirmed silences of the last year that can be judged, and those that ended by an order within the
        horizon after all.
    chance
        Probability of a loss that the money at stake is weighed with: (flagged - wrong) / flagged from
        `min_group` cases on, else the rule's `overdue_loss_share`.
    """

    frame: pd.DataFrame
    judged: int
    flagged: int
    wrong: int
    chance: float
    rules: Rules

    @property
    def named(self) -> pd.DataFrame:
        """The confirmed ones: those whose names are printed."""
        return self.frame[self.frame["confirmed"]].reset_index(drop=True)


@dataclass(frozen=True)
class PartialDefection:
    """Owners whose revenue fell far below their own of last year, and those that rose as far.

    Attributes
    ----------
    falls
        `owner_id`, `name`, `manager_id`, `manager_name`, `recent`, `recent_before`, `recent_change`, `year`,
        `year_before`, `year_change`, `drop`, `lost_margin` (margin of the twelve months before
        less that of the window).
    rises
        How many owners rose by the same rule: what chance and trade alone bring.
    judged
        Owners with enough orders in the base year.
    threshold
        Change in yearly revenue from which an owner counted.
    recent
        The months that were compared.
    """

    falls: pd.DataFrame
    rises: int
    judged: int
    recent: Period
    threshold: float
    rules: Rules
