"""What was decided before, and what came of it."""

from datetime import date

import pandas as pd

from kamreport.period import Period
from kamreport.results import ActionReview

__all__ = ["review_actions"]


def review_actions(actions: pd.DataFrame, people: pd.DataFrame, *, period: Period, as_of: date) -> ActionReview:
    """Sort the actions into late, open and done in the period.

    Parameters
    ----------
    actions
        `action_id`, `title`, `owner_id`, `due_on`, `done_on`, `result`.
    people
        `person_id`, `name`.
    as_of
        First day that is not known: lateness is counted up to the day before.

    Examples
    --------
    >>> actions = pd.DataFrame({"action_id": ["1"], "title": ["Call"], "owner_id": ["p"], "result": [None],
    ...     "due_on": pd.to_datetime(["2025-06-10"]), "done_on": pd.to_datetime([None])})
    >>> people = pd.DataFrame({"person_id": ["p"], "name": ["P"]})
    >>> found = review_actions(actions, people, period=Period.parse("2025-06"), as_of=date(2025, 7, 1))
    >>> found.late, found.frame["days_late"].tolist()
    (1, [20])
    """
    last = pd.Timestamp(as_of) - pd.Timedelta(days=1)
    is_open = actions["done_on"].isna()
    shown = actions[is_open | (actions["done_on"] >= pd.Timestamp(period.start))]
    frame = shown.merge(people[["person_id", "name"]], left_on="owner_id", right_on="person_id", how="left")
    frame["owner"] = frame["name"].fillna(frame["owner_id"])
    frame["days_late"] = (last - frame["due_on"]).dt.days.clip(lower=0).where(frame["done_on"].isna(), 0).astype(int)
    frame["state"] = "open"
    frame.loc[frame["days_late"] > 0, "state"] = "late"
    frame.loc[frame["done_on"].notna(), "state"] = "done"
    columns = ["action_id", "title", "owner_id", "owner", "due_on", "state", "result", "days_late"]
    frame = frame[columns].sort_values(["days_late", "due_on", "action_id"], ascending=[False, True, True])
    counts = frame["state"].value_counts()
    return ActionReview(
        frame.reset_index(drop=True), *(int(counts.get(state, 0)) for state in ("late", "open", "done"))
    )
