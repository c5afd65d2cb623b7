"""What was decided, and what came of it."""

from dataclasses import dataclass

import pandas as pd

__all__ = ["ActionReview"]


@dataclass(frozen=True)
class ActionReview:
    """The actions that are open, or were done in the period.

    Attributes
    ----------
    frame
        `action_id`, `title`, `owner_id`, `owner`, `due_on`, `state` (``late``, ``open`` or ``done``), `result`,
        `days_late`; the latest first.
    late, open, done
        Their numbers.
    """

    frame: pd.DataFrame
    late: int
    open: int
    done: int
