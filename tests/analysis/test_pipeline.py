"""Deals by stage: how they move on, how long they stay, and which have stopped moving."""

from collections.abc import Iterable, Sequence
from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.analysis.pipeline import deal_days, pipeline
from kamreport.analysis.stages import stage_visits
from kamreport.results import Pipeline
from kamreport.settings import Rules

from .frames import AS_OF, NAN, WINDOW

DAY = pd.Timestamp("2025-01-01")


def deals_frame(rows: Iterable[Sequence[object]]) -> pd.DataFrame:
    """Rows of (id, created, closed, outcome) and, if wanted, the amount."""
    full = [(*row, 100.0)[:5] for row in rows]
    frame = pd.DataFrame(full, columns=["opportunity_id", "created_on", "closed_on", "outcome", "amount"])
    frame = frame.assign(account_id="a", owner_id="m", competitor_id=None)
    frame["created_on"], frame["closed_on"] = pd.to_datetime(frame["created_on"]), pd.to_datetime(frame["closed_on"])
    return frame.astype({"opportunity_id": "str", "outcome": "str", "amount": float})


def steps_frame(rows: Iterable[Sequence[object]], *, standard: float = NAN) -> pd.DataFrame:
    """Rows of (deal, stage, day)."""
    frame = pd.DataFrame(list(rows), columns=["object_id", "step", "entered_on"])
    frame["entered_on"] = pd.to_datetime(frame["entered_on"])
    frame = frame.assign(object="opportunity", standard_days=standard)
    return frame.astype({"object_id": "str", "step": "str", "standard_days": float})


NO_STEPS = steps_frame([])


def found(deals: pd.DataFrame, steps: pd.DataFrame = NO_STEPS, **rules: float) -> Pipeline:
    return pipeline(deals, steps, window=WINDOW, as_of=AS_OF, rules=Rules(**{"min_group": 1, **rules}))  # type: ignore[arg-type]


def test_a_worked_example() -> None:
    deals = deals_frame(
        [
            ("won", "2025-01-01", "2025-03-02", "won"),
            ("lost", "2025-01-01", "2025-02-10", "lost"),
            ("open", "2025-01-01", None, None),
        ]
    )
    steps = steps_frame(
        [
            ("won", "lead", "2025-01-01"), ("won", "offer", "2025-01-11"), ("lost", "lead", "2025-01-01"),
            ("lost", "offer", "2025-01-31"), ("open", "lead", "2025-01-01"),
        ]
    )  # fmt: skip
    result = found(deals, steps)
    stages = result.stages.set_index("stage")
    # Both left the lead, after 10 and 30 days, for the offer. One of the two offers was won, after 50 days, the other
    # was lost after 10.
    assert list(stages.index) == ["lead", "offer"]
    assert stages[["moved", "left", "usual_days", "open"]].values.tolist() == [[2, 2, 20, 1], [1, 2, 30, 0]]
    # Open since 1 January: 181 days, more than 2 x 20 and than 95 % of (10, 30), which is 29.
    assert result.deals[["stage", "days", "is_stuck"]].values.tolist() == [["lead", 181, True]]
    assert (result.rates.won, result.rates.n) == (1, 2)
    assert (result.cycle_days, result.cycles) == (50, 2)
    assert (result.value_rate, result.recorded) == (0.5, 1)


def test_conversion_has_the_published_interval() -> None:
    # Newcombe (1998), table I: 81 of 263.
    deals = deals_frame([(str(n), "2025-01-01", "2025-02-01", "won" if n < 81 else "lost") for n in range(263)])
    row = found(deals).stages.iloc[0]
    assert (row["moved"], row["left"]) == (81, 263)
    assert (row["low"], row["high"]) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_stages_stand_in_the_order_in_which_deals_pass_them_and_not_in_that_of_their_names() -> None:
    deals = deals_frame([("1", "2025-01-01", None, None), ("2", "2025-01-01", None, None)])
    steps = steps_frame(
        [
            ("1", "z first", "2025-01-01"), ("1", "m second", "2025-02-01"), ("1", "a third", "2025-03-01"),
            ("2", "z first", "2025-01-01"), ("2", "a third", "2025-03-01"),
        ]
    )  # fmt: skip
    result = found(deals, steps)
    assert result.stages["stage"].tolist() == ["z first", "m second", "a third"]
    assert result.stages["moved"].tolist() == [2, 1, 0]  # who leaps over a stage has left the one before


def test_a_deal_that_went_back_stands_where_it_was_seen_last() -> None:
    deals = deals_frame([("1", "2025-01-01", None, None)])
    steps = steps_frame([("1", "lead", "2025-01-01"), ("1", "offer", "2025-02-01"), ("1", "lead", "2025-06-01")])
    (row,) = found(deals, steps).deals.to_dict("records")
    assert (row["stage"], row["since"], row["days"]) == ("lead", pd.Timestamp("2025-06-01"), 30)


def test_only_what_left_in_the_window_counts_and_a_log_after_the_close_does_not() -> None:
    deals = deals_frame([("old", "2023-01-01", "2023-06-01", "won"), ("new", "2025-01-01", "2025-02-01", "lost")])
    steps = steps_frame([("new", "lead", "2025-01-01"), ("new", "offer", "2025-03-01")])
    result = found(deals, steps)
    assert result.stages[["stage", "left", "moved"]].values.tolist() == [["lead", 1, 0]]


def test_without_enough_deals_the_standard_is_the_usual_time_and_without_one_nobody_is_stuck() -> None:
    deals = deals_frame([("1", "2025-01-01", None, None)])
    steps = [("1", "offer", "2025-06-01")]
    for standard, usual, stuck in ((14.0, 14.0, True), (15.0, 15.0, False), (NAN, NAN, False)):
        result = found(deals, steps_frame(steps, standard=standard), min_group=20)
        (row,) = result.deals.to_dict("records")
        assert row["usual_days"] == pytest.approx(usual, nan_ok=True)
        assert row["is_stuck"] == stuck  # 30 days since 1 June: more than 2 x 14 and not than 2 x 15
        assert bool(result.stages["by_standard"].iloc[0]) == (standard == standard)


def test_stuck_is_only_what_is_long_for_a_skewed_time_too() -> None:
    # Eight of ten take 10 days and two take 100: 40 days are four times the usual and nothing out of the way.
    closed = [DAY + pd.Timedelta(days=10 if n < 8 else 100) for n in range(10)]
    rows = [(str(n), DAY, day, "won") for n, day in enumerate(closed)]
    for age, stuck in ((40, False), (101, True)):
        deals = deals_frame([*rows, ("open", pd.Timestamp(AS_OF) - pd.Timedelta(days=age), None, None)])
        assert found(deals).deals["is_stuck"].tolist() == [stuck]
    deals = deals_frame([*rows, ("open", pd.Timestamp(AS_OF) - pd.Timedelta(days=40), None, None)])
    assert found(deals, stuck_deal_share=0.5).deals["is_stuck"].tolist() == [True]


def test_amounts_of_won_deals_alone_say_nothing_of_the_rate_by_amount() -> None:
    rows = [("1", "2025-01-01", "2025-02-01", "won", 9.0), ("2", "2025-01-01", "2025-02-01", "lost", 0.0)]
    assert found(deals_frame(rows)).value_rate != found(deals_frame(rows)).value_rate
    rows[1] = ("2", "2025-01-01", "2025-02-01", "lost", 3.0)
    assert found(deals_frame(rows)).value_rate == 0.75


def test_days_of_a_deal_closed_before_it_was_created_are_left_out() -> None:
    rows = [
        ("1", "2025-02-01", "2025-01-01", "won"),
        ("2", "2025-01-01", "2025-01-11", "lost"),
        ("3", "2025-01-01", "2025-01-31", "cancelled"),
    ]
    assert deal_days(deals_frame(rows), window=WINDOW).tolist() == [10.0]


def test_nothing_at_all_is_an_empty_pipeline() -> None:
    result = found(deals_frame([]))
    assert (len(result.stages), len(result.deals), result.rates.n, result.cycles) == (0, 0, 0, 0)


STAGES = ["lead", "need", "offer"]
DEALS = st.lists(
    st.tuples(
        st.integers(0, 500),
        st.sampled_from(["won", "lost", "cancelled", None]),
        st.lists(st.integers(0, 90), max_size=3),
    ),
    max_size=25,
)


@settings(deadline=None)  # the first example imports scipy
@given(DEALS)
def test_every_open_deal_is_in_one_stage_and_every_deal_leaves_a_stage_at_most_once(
    drawn: list[tuple[int, str | None, list[int]]],
) -> None:
    rows, steps = [], []
    for number, (start, outcome, waits) in enumerate(drawn):
        day = pd.Timestamp("2023-07-01") + pd.Timedelta(days=start)
        created = day
        for stage, wait in zip(STAGES, waits, strict=False):
            steps.append((str(number), stage, day))
            day += pd.Timedelta(days=wait)
        rows.append((str(number), created, min(day, pd.Timestamp(AS_OF)) if outcome else None, outcome))
    deals, log = deals_frame(rows), steps_frame(steps)
    result, visits = found(deals, log), stage_visits(deals, log)
    n_open = sum(outcome is None for _, outcome, _ in drawn)
    assert result.stages["open"].sum() == len(result.deals) == n_open
    assert not visits.duplicated(["opportunity_id", "stage"]).any()
    assert (visits["left"] >= visits["entered"]).sum() == visits["left"].notna().sum()
    # A won deal has moved on from every stage, a lost one stopped in its last and in no other.
    outcomes = visits["opportunity_id"].map(deals.set_index("opportunity_id")["outcome"])
    assert visits.loc[outcomes == "won", "moved"].all()
    stopped = visits[outcomes.isin(["lost", "cancelled"]) & ~visits["moved"]]
    assert len(stopped) == sum(outcome in ("lost", "cancelled") for _, outcome, _ in drawn)
    assert (result.stages["moved"] <= result.stages["left"]).all()
    assert result.deals["days"].ge(0).all()


def test_the_day_of_a_book_is_the_day_up_to_which_a_deal_has_waited() -> None:
    deals = deals_frame([("1", "2025-06-01", None, None)])
    later = pipeline(deals, NO_STEPS, window=WINDOW, as_of=date(2025, 7, 11), rules=Rules())
    assert later.deals["days"].tolist() == [40]
