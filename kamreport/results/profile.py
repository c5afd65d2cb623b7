"""How raters see the rivals and us."""

from dataclasses import dataclass

import pandas as pd

from kamreport.period import Period
from kamreport.settings import Rules

__all__ = ["BrandItems", "Levels", "Profile", "Strengths", "ValueMap"]


@dataclass(frozen=True)
class Profile:
    """The competitive profile matrix and each rival's tier.

    Attributes
    ----------
    scores
        Mean score: one row per attribute (most important first), one column per competitor, `own` among them,
        and `weight` (sums to 1).
    rivals
        `competitor_id`, `total` (weighted mean), `gap` (rival - own), `low`, `high` (bootstrap over raters), `raters`;
        `slope` (points a year, over all rounds), `slope_low`, `slope_high`, `slope_raters`, and of it the attribute
        that makes most, `driver` and `driver_slope`; `tier`: ``stronger``, ``equal``, ``catching_up``, ``weaker``
        or ``too_few``; where the slope is certain, `next_tier` and in how many `months` (NaN: not in sight);
        `tier_before` in the period before ("" if unknown); strongest first.
    own_total
        Our weighted mean.
    """

    scores: pd.DataFrame
    rivals: pd.DataFrame
    own_total: float
    rules: Rules


@dataclass(frozen=True)
class Strengths:
    """What we and the rivals are good at, by how much it matters.

    Attributes
    ----------
    frame
        One row per attribute, most important first: `attribute`, `importance` (0 to 100), `own` (our mean), `raters`
        (of ours), `quadrant` (importance and our score against their means: ``keep_up``, ``concentrate``,
        ``low_priority``, ``overkill``); of the rival that is rated highest beside us `competitor_id` ("" for none),
        `score`, `gap` (rival - own), `low`, `high`, `pairs` (raters of both); `verdict`: ``strength``, ``weakness``,
        ``level``, ``too_few``, or "" without a rival.
    lessons
        Where a rival is ahead beyond chance: `competitor_id`, `attribute`, `gap`, `low`, `high`, `weighted` (gap x
        importance / 100), largest first.
    source
        Whence the importance: ``stated`` by the raters, ``derived`` from their satisfaction, or the ``weight`` of the
        attributes.
    n
        Raters that the importance rests on; 0 for weights.
    importance_cut, own_cut
        Means at which the quadrants are cut.
    """

    frame: pd.DataFrame
    lessons: pd.DataFrame
    source: str
    n: int
    importance_cut: float
    own_cut: float
    rules: Rules


@dataclass(frozen=True)
class ValueMap:
    """Relative perceived quality against relative price; we are 100 and 100.

    Attributes
    ----------
    frame
        `competitor_id`, `ratio` (Gale: our quality over the rival's), `quality` (100 / ratio), `low`, `high`
        (bootstrap over raters), `price` (100 = ours), `fair_price` (of that quality on the line), `more` (fair price
        less price, in points: what the rival offers beyond the line), `more_low`, `more_high`, `raters`, `verdict`:
        ``more``, ``less``, ``fair`` or ``too_few``; the most for the money first.
    slope
        Points of price that one point of quality is worth: the weight of quality over that of price.
    price_source
        ``prices`` that were seen, or the ``scores`` of price.
    without_price
        Rivals who were scored but of whom no price is known, or one of too few products.
    """

    frame: pd.DataFrame
    slope: float
    price_source: str
    without_price: list[str]
    rules: Rules


@dataclass(frozen=True)
class Levels:
    """Price, quality, culture and brand: who is ahead in which competition.

    Attributes
    ----------
    frame
        One row per level and rival: `level` (``price``, ``quality``, ``culture``), `weight` (of the level, sums to 1),
        `competitor_id`, `own`, `score` (weighted means of the raters of both), `gap` (rival - own), `low`, `high`,
        `raters`, `verdict`: ``ahead``, ``behind``, ``level`` or ``too_few``.
    """

    frame: pd.DataFrame
    rules: Rules


@dataclass(frozen=True)
class BrandItems:
    """What our accounts answer to the questions on our brand; there is none on a rival's.

    Attributes
    ----------
    frame
        One row per `item`: `mean` (1 to 5), `n`, `top` (who answers 4 or 5), `low`, `high` (Wilson), `n_before`,
        `mean_before` in the twelve months before.
    """

    frame: pd.DataFrame
    window: Period
    rules: Rules
