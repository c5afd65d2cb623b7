from datetime import date

import pandas as pd

from kamreport.analysis.actions import review_actions
from kamreport.period import Period
from kamreport.results import ActionReview

PEOPLE = pd.DataFrame({"person_id": ["p1"], "name": ["Chen"]})


def reviewed(*rows: tuple[str, str, str | None]) -> ActionReview:
    """Actions of (id, due, done), seen at the end of June 2025."""
    frame = pd.DataFrame(list(rows), columns=["action_id", "due_on", "done_on"])
    frame["due_on"], frame["done_on"] = pd.to_datetime(frame["due_on"]), pd.to_datetime(frame["done_on"])
    frame = frame.assign(title=frame["action_id"], owner_id="p1", result=None)
    return review_actions(frame, PEOPLE, period=Period.parse("2025-06"), as_of=date(2025, 7, 1))


def test_an_action_is_late_from_the_day_after_it_was_due() -> None:
    # The last day known is 30 June.
    found = reviewed(
        ("due today", "2025-06-30", None), ("due yesterday", "2025-06-29", None), ("due later", "2025-08-01", None)
    )
    assert found.frame.set_index("action_id")["days_late"].to_dict() == {
        "due today": 0,
        "due yesterday": 1,
        "due later": 0,
    }
    assert found.frame.set_index("action_id")["state"].to_dict() == {
        "due today": "open",
        "due yesterday": "late",
        "due later": "open",
    }
    assert (found.late, found.open, found.done) == (1, 2, 0)


def test_an_action_done_in_the_period_is_shown_and_one_done_before_is_not() -> None:
    found = reviewed(("june", "2025-05-01", "2025-06-01"), ("may", "2025-05-01", "2025-05-31"))
    assert found.frame[["action_id", "state", "days_late"]].values.tolist() == [["june", "done", 0]]
    assert (found.late, found.open, found.done) == (0, 0, 1)


def test_the_latest_action_comes_first_then_the_one_that_is_due_first() -> None:
    found = reviewed(
        ("b", "2025-07-20", None), ("a", "2025-07-20", None), ("c", "2025-07-10", None), ("d", "2025-06-01", None)
    )
    assert found.frame["action_id"].tolist() == ["d", "c", "a", "b"]


def test_who_is_not_among_the_people_is_named_by_number() -> None:
    actions = pd.DataFrame(
        {
            "action_id": ["1", "2"],
            "title": "Call",
            "owner_id": ["p1", "gone"],
            "result": None,
            "due_on": pd.to_datetime(["2025-07-01", "2025-07-02"]),
            "done_on": pd.to_datetime([None, None]),
        }
    )
    found = review_actions(actions, PEOPLE, period=Period.parse("2025-06"), as_of=date(2025, 7, 1))
    assert found.frame["owner"].tolist() == ["Chen", "gone"]


def test_no_actions() -> None:
    found = reviewed()
    assert (len(found.frame), found.late, found.open, found.done) == (0, 0, 0, 0)
