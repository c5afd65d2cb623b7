"""Two years side by side."""

import pandas as pd
import pytest

from kamreport.analysis.before_after import before_after

from .frames import NAN, WINDOW, ledger_frame, monthly
from .test_pipeline import deals_frame

LEDGER = ledger_frame([*monthly("a", "2023-07..2024-06", 100.0, 90.0), *monthly("a", "2024-07..2025-06", 200.0, 150.0)])
LEDGER["account_id"] = LEDGER["owner_id"]
PEOPLE = pd.DataFrame(
    {
        "region": ["North", "North", "North", "South"],
        "role": ["manager", "manager", "service", "manager"],
        "joined_on": pd.to_datetime(["2020-01-01", "2024-12-30", "2020-01-01", "2020-01-01"]),
        "left_on": pd.to_datetime([None, None, None, None]),
    }
)
NO_DEALS = deals_frame([])
NO_ANSWERS = pd.DataFrame({"kind": pd.Series(dtype="str"), "score": pd.Series(dtype=float)}).assign(
    answered_on=pd.Series(dtype="datetime64[us]")
)


def spend_frame(months: str = "2023-07..2025-06", **columns: object) -> pd.DataFrame:
    """One of each purpose a month, 10 each."""
    rows = [
        (month, purpose) for (_, month, *_) in monthly("", months, 0.0) for purpose in ("acquire", "serve", "fixed")
    ]
    frame = pd.DataFrame(rows, columns=["month", "purpose"])
    frame["month"] = pd.to_datetime(frame["month"])
    return frame.assign(**{"amount": 10.0, "region": "North", "account_id": None, **columns})


def found(
    ledger: pd.DataFrame = LEDGER, people: pd.DataFrame = PEOPLE, spend: pd.DataFrame | None = None,
    deals: pd.DataFrame = NO_DEALS, answers: pd.DataFrame = NO_ANSWERS, region: str = "North",
) -> pd.DataFrame:  # fmt: skip
    spend = spend_frame() if spend is None else spend
    result = before_after(ledger, people, spend, deals, answers, window=WINDOW, region=region)
    return result.frame.set_index("measure")


def test_a_worked_example() -> None:
    told = found()
    assert told.loc["margin", ["now", "before"]].tolist() == [600.0, 120.0]
    assert told.loc["margin_rate", ["now", "before"]].tolist() == [0.25, 0.1]
    # One manager all year, one for the last 183 of 365 days: 1.501 person-years. The year before it was one.
    assert told.loc["revenue_per_manager", "n"] == pytest.approx(1 + 183 / 365)
    assert told.loc["revenue_per_manager", "now"] == pytest.approx(2400 / (1 + 183 / 365))
    assert told.loc["revenue_per_manager", "before"] == 1200.0
    # 20 a month without the fixed cost, of 200 and of 100.
    assert told.loc["service_cost_ratio", ["now", "before"]].tolist() == [0.1, 0.2]


def test_who_left_counts_until_then_and_the_company_counts_all_regions() -> None:
    left = PEOPLE.assign(left_on=pd.to_datetime([None, None, None, "2024-06-30"]))
    assert found(people=left, region="all").loc["revenue_per_manager", "n_before"] == pytest.approx(2 - 1 / 366)
    assert found(people=left, region="all").loc["revenue_per_manager", "n"] == pytest.approx(1 + 183 / 365)


def test_spend_on_all_regions_is_none_of_a_regions_and_half_a_year_gives_no_ratio() -> None:
    common = pd.concat([spend_frame(), spend_frame(region=None, amount=1000.0)])
    assert found(spend=common).loc["service_cost_ratio", "now"] == 0.1
    assert found(spend=common, region="all").loc["service_cost_ratio", "now"] > 1
    half = found(spend=spend_frame("2024-01..2025-06"))
    assert half.loc["service_cost_ratio", "now"] == 0.1
    assert half.loc["service_cost_ratio", "before"] != half.loc["service_cost_ratio", "before"]


def test_deals_and_answers_have_their_interval_and_count() -> None:
    deals = deals_frame([(str(n), "2025-01-01", "2025-01-31", "won" if n < 81 else "lost") for n in range(263)])
    answers = pd.DataFrame({"kind": ["overall"] * 4 + ["attribute"], "score": [5.0, 4.0, 3.0, NAN, 1.0]})
    answers["answered_on"] = pd.Timestamp("2025-05-05")
    told = found(deals=deals, answers=answers)
    # Newcombe (1998), table I.
    assert told.loc["win_rate", ["low", "high", "n"]].tolist() == pytest.approx([0.2553, 0.3662, 263], abs=5e-5)
    assert told.loc["cycle_days", ["now", "n"]].tolist() == [30.0, 263]
    assert told.loc["satisfied", ["now", "n"]].tolist() == pytest.approx([2 / 3, 3])
    assert told.loc[["win_rate", "satisfied"], "before"].isna().all()


def test_what_is_known_of_neither_year_is_no_row() -> None:
    unknown = ledger_frame(monthly("a", "2023-07..2025-06", 100.0)).assign(account_id="a")
    assert found(ledger=unknown, people=PEOPLE.head(0), spend=spend_frame().head(0)).empty
