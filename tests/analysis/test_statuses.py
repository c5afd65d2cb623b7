"""What the accounts are to us, now and a year ago."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.analysis.statuses import STATUSES, account_statuses
from kamreport.results import Statuses

from .frames import WINDOW

CODES = ["existing", "target", "prospect", "partner", "closed"]


def accounts(*rows: tuple[str, str | None, float, float], **columns: object) -> pd.DataFrame:
    """Rows of (status, status a year ago, revenue, revenue the year before); all ordered first in 2020."""
    frame = pd.DataFrame(rows, columns=["status", "status_before", "revenue_12m", "revenue_prior"])
    frame["account_id"] = [f"a{number}" for number in range(len(frame))]
    values: dict[str, object] = {
        "name": [f"A{number}" for number in range(len(frame))], "type": "customer", "is_home": True, "manager_id": "m",
        "manager_name": "Wang", "first_order": pd.Timestamp("2020-01-01"),
    }  # fmt: skip
    frame = frame.assign(**{**values, **columns})
    return frame.astype({"revenue_12m": float, "revenue_prior": float, "status": "str", "status_before": "str"})


def found(*rows: tuple[str, str | None, float, float], has_history: bool = True, **columns: object) -> Statuses:
    return account_statuses(accounts(*rows, **columns), window=WINDOW, has_history=has_history)


def test_a_worked_example() -> None:
    result = found(
        ("existing", "prospect", 50.0, 0.0), ("existing", "existing", 0.0, 30.0), ("prospect", "prospect", 0.0, 0.0),
        ("closed", "existing", 5.0, 20.0), ("prospect", None, 0.0, 0.0),
    )  # fmt: skip
    told = result.frame.set_index("status")
    assert told.index.tolist() == ["existing", "silent", "prospect", "closed"]
    assert told["accounts"].tolist() == [1, 1, 2, 1]
    assert told["buying"].tolist() == [1, 0, 0, 1]
    assert told["revenue"].tolist() == [50.0, 0.0, 0.0, 5.0]
    # A year ago: two existing ones, both buying, and two prospects; the last was not on file.
    assert told["accounts_before"].tolist() == [2, 0, 2, 0]
    assert told["buying_before"].tolist() == [2, 0, 0, 0]
    assert result.moves[["name", "before", "status"]].values.tolist() == [
        ["A0", "prospect", "existing"], ["A3", "existing", "closed"],
    ]  # fmt: skip
    assert result.contradicted == 1


def test_who_first_ordered_in_the_window_was_no_existing_account_before() -> None:
    result = found(("existing", "existing", 9.0, 0.0), first_order=pd.Timestamp(WINDOW.start))
    assert result.frame["accounts_before"].tolist() == [0]


def test_without_a_history_nobody_changed_and_nothing_is_said_of_last_year() -> None:
    result = found(("existing", "prospect", 9.0, 4.0), has_history=False)
    assert len(result.moves) == 0
    assert result.frame[["accounts_before", "buying_before"]].isna().all(axis=None)
    assert result.frame["revenue_before"].tolist() == [4.0]


def test_pools_and_accounts_of_elsewhere_are_not_counted() -> None:
    rows = [("existing", "existing", 1.0, 1.0)] * 3
    result = found(*rows, type=["customer", "pool", "customer"], is_home=[True, True, False])
    assert (result.frame["accounts"].tolist(), result.pools) == ([1], 1)


ROWS = st.lists(
    st.tuples(st.sampled_from(CODES), st.sampled_from([*CODES, None]), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
)


@settings(deadline=None)
@given(ROWS)
def test_every_account_is_of_one_status_and_all_money_is_counted(
    rows: list[tuple[str, str | None, float, float]],
) -> None:
    frame = found(*rows).frame
    assert set(frame["status"]) <= set(STATUSES)
    assert frame["accounts"].sum() == len(rows)
    assert frame["accounts_before"].sum() == sum(before is not None for _, before, _, _ in rows)
    assert (frame["buying"] <= frame["accounts"]).all()
    assert abs(frame["revenue"].sum() - sum(row[2] for row in rows)) < 1e-3
