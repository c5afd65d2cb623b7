"""What rivals do, and what we do about it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from kamreport.settings import Rules

__all__ = ["ChannelPresence", "MoveReview", "Promotions", "RivalMoves", "Squeeze"]


@dataclass(frozen=True)
class RivalMoves:
    """The log of the rivals' moves since the window began.

    Attributes
    ----------
    frame
        One row per move: `event_id`, `competitor_id`, `kind`, `region`, `family` ("" for several or none), `depth`,
        `happened_on`, `noticed_on`, `answered_on`, `to_notice` and `waited` (days; the answer's, or until now),
        `is_open`, `is_due` (noticed longer ago than the rule), `accounts`, `key_accounts`, `stake` (NaN where no
        account of ours is named, or nobody here buys the family); open ones first, by their stake, then the newest.
    touched
        One row per move and account of ours: `event_id`, `owner_id`, `name`, `manager_id`, `manager_name`, `is_key`,
        `stake`.
    cells
        What the stakes are made of: `event_id`, `owner_id`, `family`, `stake`; an account that two moves touch stands
        in it twice.
    keys
        Key accounts at home here.
    by_margin
        The stake is margin; else revenue.
    """

    frame: pd.DataFrame
    touched: pd.DataFrame
    cells: pd.DataFrame
    keys: int
    by_margin: bool
    rules: Rules


@dataclass(frozen=True)
class MoveReview:
    """How fast moves are noticed and answered, and what each rival does.

    Attributes
    ----------
    frame
        One row for all (`part` ""), each rival (``competitor``) and each kind (``kind``): `name`, `moves`, `open`,
        `notice_median`, `answer_median` (days; infinite where fewer than half are answered, NaN below `least` moves),
        `answered` (in time) of those `due`, with `low` and `high` of their share,
        `usual` (the kind seen most), `usual_moves`, `key_accounts` (touched); most moves first.
    keys
        Key accounts at home here.
    """

    frame: pd.DataFrame
    keys: int
    least: int
    rules: Rules


@dataclass(frozen=True)
class Squeeze:
    """Who beats us on price, speed and service together.

    Attributes
    ----------
    frame
        One row per rival: `competitor_id`, for each leg `<leg>` (mean gap of rival less us), `<leg>_low`,
        `<leg>_high`, `<leg>_raters` and `<leg>_ahead`; `level` (of the price index, NaN where unknown), `ahead` and
        `ahead_before` (legs on which he is ahead now and a quarter ago, NaN where too few were asked then),
        `is_squeeze`, `was_squeeze`, `accounts` and `stake` (of ours where he is known to be active); squeezes first, by
        stake.
    active
        Where a rival is known to be: `competitor_id`, `owner_id`, `name`, `manager_id`, `manager_name`, `stake`.
    confidence
        Of the intervals: 95 % over all rivals compared.
    """

    frame: pd.DataFrame
    active: pd.DataFrame
    legs: Sequence[str]
    confidence: float
    by_margin: bool
    rules: Rules


@dataclass(frozen=True)
class ChannelPresence:
    """Who sells by which channel.

    Attributes
    ----------
    frame
        One row per channel: `channel`, `revenue` and `share` (ours in twelve months; NaN where ours is not known),
        `rivals` (ids of those in it), `n_rivals`; largest revenue first.
    unsaid
        Rivals whose channels nobody has written down.
    known
        Share of our revenue with a channel.
    """

    frame: pd.DataFrame
    rivals: Sequence[str]
    unsaid: int
    known: float


@dataclass(frozen=True)
class Promotions:
    """What promotions cost, and how many accounts began to buy in them.

    Attributes
    ----------
    frame
        One row per promotion: `campaign_id`, `region`, `segment`, `family` ("" for all), `starts_on`, `ends_on`,
        `cost`, `gained`, `expected` (began in the same days a year earlier; NaN where the data are too short),
        `excess`; newest first. An account that began in two of them is counted in both.
    segments
        The same by segment, each account once: `promotions`, `cost`, and where `expected` is known of every one
        `gained`, `expected`, `excess`, `by_chance`, `cost_each` (of an account beyond the expected; NaN where chance
        explains the excess or there are too few).
    gained, expected
        Of all promotions, each account once.
    elsewhere
        Promotions of the same months for all regions, which a region's report cannot judge.
    """

    frame: pd.DataFrame
    segments: pd.DataFrame
    gained: int
    expected: float
    elsewhere: int
    rules: Rules
