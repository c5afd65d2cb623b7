"""How raters see the rivals and us."""

from dataclasses import dataclass

import pandas as pd

from kamreport.settings import Rules

__all__ = ["Profile"]


@dataclass(frozen=True)
class Profile:
    """The competitive profile matrix and each rival's tier.

    Attributes
    ----------
    scores
        Mean score: one row per attribute (most important first), one column per competitor, `own` among them,
        and `weight` (sums to 1).
    rivals
        `competitor_id`, `total` (weighted mean), `gap` (rival - own), `low`, `high` (bootstrap over raters),
        `trend` (change of the gap over twelve months), `trend_low`, `trend_high`, `raters`, `tier`: ``stronger``,
        ``equal``, ``catching_up``, ``weaker`` or ``too_few``; strongest first.
    own_total
        Our weighted mean.
    """

    scores: pd.DataFrame
    rivals: pd.DataFrame
    own_total: float
    rules: Rules
