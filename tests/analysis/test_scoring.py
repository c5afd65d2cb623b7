from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.analysis.scoring import CRITERIA, criteria, key_score, percentiles, ratings_by_method, score_weights
from kamreport.results import KeyScore
from kamreport.settings import Rules
from tests.analysis.frames import AS_OF, NAN, ledger_frame, monthly, owners_frame, profit_frame

NO_RATINGS = pd.DataFrame(columns=["interview", "research", "management"], dtype=float)
IDS = list("abcd")
EQUAL = Rules(score_weights=dict.fromkeys(CRITERIA, 0.2))  # type: ignore[arg-type]  # its keys are the criteria


def measured_frame(**columns: list[float]) -> pd.DataFrame:
    """Criteria of so many accounts; what is not given is not known."""
    n = len(next(iter(columns.values())))
    ids = [chr(97 + at) for at in range(n)] if n <= 26 else [f"o{at:04d}" for at in range(n)]
    frame = pd.DataFrame({"owner_id": ids, "name": [id_.upper() for id_ in ids], "is_listed": False})
    frame["manager_id"], frame["manager_name"], frame["followers"] = "m1", "Wang", 0
    for name in (*CRITERIA, "effort"):
        frame[name] = columns.get(name, [NAN] * n)
    return frame


def scored(rules: Rules = EQUAL, listed: int = 0, **columns: list[float]) -> KeyScore:
    return key_score(measured_frame(**columns), NO_RATINGS, listed=listed, rules=rules)


# The score


def test_the_score_is_the_weighted_mean_of_the_percentiles() -> None:
    rules = Rules(score_weights={"profit": 0.6, "stability": 0.2, "potential": 0.2, "goals": 0.0, "loss": 0.0})
    found = scored(rules, profit=[40, 30, 20, 10], stability=[1, 2, 4, 3], potential=[1, 9, 9, 0])
    # Percentiles of four: 12.5, 37.5, 62.5, 87.5; the two nines share 75.
    by_owner = found.frame.set_index("owner_id")["score"]
    assert by_owner["a"] == round(0.6 * 87.5 + 0.2 * 12.5 + 0.2 * 37.5, 1)
    assert by_owner["b"] == round(0.6 * 62.5 + 0.2 * 37.5 + 0.2 * 75.0, 1)
    assert found.frame["rank"].tolist() == [1, 2, 3, 4]
    assert found.frame["score"].is_monotonic_decreasing


def test_effort_is_on_its_own_axis() -> None:
    lazy = scored(profit=[3, 2, 1], stability=[1, 3, 2], effort=[0, 0, 0])
    busy = scored(profit=[3, 2, 1], stability=[1, 3, 2], effort=[1, 5, 900])
    assert lazy.frame["score"].tolist() == busy.frame["score"].tolist()
    assert busy.frame.set_index("owner_id").loc["c", "effort"] == pytest.approx(100 * 2.5 / 3)


def test_what_is_not_known_of_an_account_is_left_out_for_it() -> None:
    found = scored(profit=[4, 3, 2, 1], potential=[1, 2, 3, NAN]).frame.set_index("owner_id")
    assert found.loc["d", "score"] == 12.5  # of its profit alone
    assert np.isnan(found.loc["d", "potential"])


def test_a_criterion_that_is_hardly_known_is_left_out_for_all() -> None:
    few = scored(profit=[4, 3, 2, 1], potential=[9, NAN, NAN, NAN])
    assert few.weights.set_index("criterion")["used"].to_dict() == {
        "profit": 1.0, "goals": 0.0, "loss": 0.0, "stability": 0.0, "potential": 0.0,
    }  # fmt: skip
    assert few.weights.set_index("criterion")["known"].to_dict()["potential"] == 1
    half = scored(profit=[4, 3, 2, 1], potential=[9, 1, NAN, NAN])
    assert half.weights.set_index("criterion").loc["potential", "used"] == 0.5


def test_criteria_that_say_the_same_are_weighed_as_one() -> None:
    values: list[float] = [5, 4, 3, 2, 1]
    weights, correlations = score_weights(
        measured_frame(profit=values, loss=[v**3 for v in values], stability=[1, 2, 5, 4, 3]), rules=EQUAL
    )
    assert weights.set_index("criterion")["used"].to_dict() == {
        "profit": 0.25, "goals": 0.0, "loss": 0.25, "stability": 0.5, "potential": 0.0,
    }  # fmt: skip
    assert weights.set_index("criterion")["like"].to_dict()["loss"] == "profit"
    assert correlations.loc["profit", "loss"] == pytest.approx(1.0)  # by rank, not by size
    assert correlations.loc["profit", "stability"] == pytest.approx(-0.6)


def test_nothing_known_is_no_score() -> None:
    found = scored(effort=[1, 2])
    assert found.frame["score"].isna().all()
    assert found.frame["in_list"].tolist() == [0.0, 0.0]
    assert len(key_score(measured_frame(profit=[1]).head(0), NO_RATINGS).frame) == 0


def test_the_list_is_as_long_as_the_firms_own_else_a_fifth() -> None:
    frame = measured_frame(profit=[float(n) for n in range(11)])
    assert key_score(frame, NO_RATINGS).listed == 3
    assert key_score(frame.assign(is_listed=frame["owner_id"].isin(["a", "b"])), NO_RATINGS).listed == 2


# The shaken weights


def test_an_account_that_leads_in_everything_is_always_in_the_list_and_its_opposite_never() -> None:
    found = scored(listed=1, profit=[9, 5, 1], stability=[9, 1, 0], potential=[9, 7, 3]).frame
    assert found.set_index("owner_id")["in_list"].to_dict() == {"a": 1.0, "b": 0.0, "c": 0.0}


def test_two_that_are_best_in_one_criterion_each_share_the_draws() -> None:
    found = scored(listed=1, profit=[9, 1], stability=[1, 9]).frame.set_index("owner_id")["in_list"]
    # Each leads where its criterion weighs more: with equal weights in half of the draws.
    assert found.sum() == pytest.approx(1.0)
    assert found["a"] == pytest.approx(0.5, abs=0.05)  # three standard errors of 1,000 draws


def test_how_often_is_the_share_of_a_beta_distribution() -> None:
    # Of two criteria, Dirichlet(50 w) is Beta(35, 15): a leads where profit weighs more than half.
    from scipy.stats import beta

    rules = Rules(score_weights={"profit": 0.7, "stability": 0.3, "potential": 0.0, "goals": 0.0, "loss": 0.0})
    found = scored(rules, listed=1, profit=[9, 1], stability=[1, 9]).frame.set_index("owner_id")["in_list"]
    assert found["b"] == pytest.approx(beta.cdf(0.5, 35, 15), abs=0.01)


@settings(deadline=None)
@given(
    st.integers(1, 12).flatmap(
        lambda n: st.tuples(*[st.lists(st.floats(0, 1e6) | st.just(NAN), min_size=n, max_size=n)] * 3)
    ),
    st.integers(1, 15),
)
def test_a_score_lies_within_bounds_and_does_not_hang_on_the_order_of_the_accounts(
    columns: tuple[list[float], ...], listed: int
) -> None:
    frame = measured_frame(**dict(zip(("profit", "stability", "potential"), columns, strict=True)))
    found = key_score(frame, NO_RATINGS, listed=listed, draws=50).frame
    assert found["score"].dropna().between(0, 100).all()
    assert found["in_list"].between(0, 1).all()
    known = int(found["score"].notna().sum())
    assert found["in_list"].sum() >= min(listed, known) - 1e-9
    again = key_score(frame.iloc[::-1], NO_RATINGS, listed=listed, draws=50).frame
    pd.testing.assert_frame_equal(found, again)


def test_percentiles_are_the_same_from_both_ends() -> None:
    values = pd.Series([3.0, 1.0, NAN, 3.0, 2.0])
    assert (percentiles(values) + percentiles(-values)).dropna().tolist() == [100.0] * 4


# What is measured

OWNERS = owners_frame(*IDS, tier=["key", "other", "other", "other"])
PROFIT = profit_frame([("a", 1200, 240), ("b", 600, 60), ("c", 300, 30), ("d", 0, 0)])
ACCOUNTS = pd.DataFrame(
    {"account_id": [f"{id_}1" for id_ in IDS], "owner_id": IDS, "first_order": pd.to_datetime("2023-01-01")}
)
LEDGER = ledger_frame([*monthly("a", "2024-07..2025-06", 100.0), *monthly("b", "2025-01..2025-06", 100.0)])


def _table(columns: str, *rows: tuple[object, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=columns.split())
    for name in frame.columns.intersection(["month", "date", "closed_on", "rated_on", "collected_on"]):
        frame[name] = pd.to_datetime(frame[name])
    return frame


def measured(**tables: Any) -> pd.DataFrame:
    none: dict[str, Any] = {
        "wallet": _table("account_id family period_start period_end total_spend collected_on"),
        "ratings": _table("account_id criterion method score rated_on"),
        "links": _table("account_id linked_id"),
        "targets": _table("account_id measure month value kind"),
        "opportunities": _table("account_id amount closed_on"),
        "activities": _table("account_id date hours"),
    }
    frames = {"before": PROFIT.head(0), "profit": PROFIT, **none, **tables}
    found = criteria(owners=OWNERS, accounts=ACCOUNTS, ledger=LEDGER, as_of=AS_OF, by_margin=True, **frames)
    return found.set_index("owner_id")


def test_an_accounts_profit_and_what_follows_it_are_its_loss() -> None:
    links = _table("account_id linked_id", ("b1", "a1"), ("b1", "c1"), ("b1", "*7"), ("a1", "a1"))
    found = measured(links=links)
    assert found["profit"].tolist() == [240.0, 60.0, 30.0, 0.0]
    assert found["loss"].tolist() == [240.0, 60.0 + 240.0 + 30.0, 30.0, 0.0]
    assert found["followers"].tolist() == [0, 3, 0, 0]  # one lives elsewhere and is a number; nobody follows itself
    assert found["is_listed"].tolist() == [True, False, False, False]


def test_a_follower_that_costs_money_makes_the_loss_no_smaller() -> None:
    profit = PROFIT.assign(margin=[240.0, 60.0, -30.0, 0.0])
    found = measured(profit=profit, links=_table("account_id linked_id", ("b1", "c1")))
    assert found["loss"].tolist() == [240.0, 60.0, -30.0, 0.0]


def test_targets_of_accounts_are_the_goals_and_ratings_stand_in_for_them() -> None:
    ratings = _table(
        "account_id criterion method score rated_on",
        ("a1", "strategic", "management", 20.0, "2023-01-01"),
        ("a1", "strategic", "management", 80.0, "2025-01-01"),
        ("b1", "potential", "research", 99.0, "2025-01-01"),
    )
    assert measured(ratings=ratings)["goals"].fillna(-1).tolist() == [80.0, -1, -1, -1]  # the newest
    targets = _table(
        "account_id measure month value kind",
        ("b1", "margin", "2025-06-01", 10.0, "target"),
        ("b1", "margin", "2024-07-01", 5.0, "target"),
        ("b1", "margin", "2024-06-01", 100.0, "target"),  # more than a year ago
        ("b1", "revenue", "2025-06-01", 100.0, "target"),
        ("b1", "margin", "2025-06-01", 100.0, "forecast"),
    )
    assert measured(ratings=ratings, targets=targets)["goals"].fillna(-1).tolist() == [-1, 15.0, -1, -1]


def test_stability_is_tenure_active_months_and_evenness() -> None:
    found = measured()["stability"]
    # All of one age (50 each); 12, 6, 0, 0 months; a even, b not, the others unknown.
    assert found["a"] == pytest.approx((50 + 87.5 + 75) / 3)
    assert found["b"] == pytest.approx((50 + 62.5 + 25) / 3)
    assert found["c"] == pytest.approx((50 + 25) / 2)


def test_unserved_spend_is_the_wallet_less_our_sales_of_the_same_months() -> None:
    day = pd.Timestamp
    wallet = _table(
        "account_id family period_start period_end total_spend collected_on",
        ("a1", None, day("2024-07-01"), day("2025-07-01"), 1500.0, "2025-06-01"),
        ("a1", None, day("2023-07-01"), day("2024-07-01"), 9999.0, "2024-06-01"),
        ("a1", "seed", day("2024-07-01"), day("2025-07-01"), 700.0, "2025-06-01"),
        ("b1", None, day("2025-01-01"), day("2025-07-01"), 900.0, "2025-06-01"),
    )
    found = measured(wallet=wallet)
    assert found["headroom"].iloc[0] == pytest.approx(300.0, rel=0.01)  # 1,500 less 12 x 100
    assert found["headroom"].iloc[1] == pytest.approx(600.0, rel=0.02)  # 900 less 6 x 100 in half a year
    assert found["headroom"].isna().tolist() == [False, False, True, True]
    # Known for half of the four, so it speaks.
    assert found["potential"].notna().tolist() == [True, True, False, False]
    assert measured(wallet=wallet.head(1))["potential"].isna().all()


def test_open_deals_and_growth_are_potential_too() -> None:
    deals = _table("account_id amount closed_on", ("b1", 500.0, None), ("a1", 900.0, "2025-01-01"))
    found = measured(opportunities=deals, before=PROFIT.assign(margin=[240.0, 90.0, 0.0, 0.0]))
    assert found["deals"].tolist() == [0.0, 500.0, 0.0, 0.0]
    assert found["growth"].tolist() == [0.0, -30.0, 30.0, 0.0]
    assert found["potential"].tolist() == [(37.5 + 50) / 2, (87.5 + 12.5) / 2, (37.5 + 87.5) / 2, (37.5 + 50) / 2]


def test_who_has_bought_nothing_for_a_year_does_not_grow_out_of_its_loss() -> None:
    before = PROFIT.assign(margin=[240.0, 90.0, 0.0, -50.0])
    found = measured(profit=PROFIT[PROFIT["owner_id"] != "d"], before=before)
    assert found["growth"].tolist()[:3] == [0.0, -30.0, 30.0]
    assert found[["growth", "potential"]].iloc[3].isna().all()


def test_effort_is_the_hours_of_the_last_twelve_months() -> None:
    activities = _table("account_id date hours", ("a1", "2024-07-01", 2.0), ("a1", "2024-06-30", 50.0))
    assert measured(activities=activities)["effort"].tolist() == [2.0, 0.0, 0.0, 0.0]
    assert measured()["effort"].isna().all()


def test_ratings_are_side_by_side_by_method_the_newest_of_each_criterion() -> None:
    ratings = _table(
        "account_id criterion method score rated_on",
        ("a1", "intent", "interview", 10.0, "2023-01-01"),
        ("a1", "intent", "interview", 40.0, "2024-01-01"),
        ("a1", "influence", "interview", 60.0, "2023-01-01"),
        ("b1", "potential", "research", 70.0, "2024-01-01"),
    )
    found = ratings_by_method(ratings, ACCOUNTS)
    assert found.loc["a"].fillna(-1).tolist() == [50.0, -1, -1]
    assert found.loc["b"].fillna(-1).tolist() == [-1, 70.0, -1]
    assert len(ratings_by_method(ratings.head(0), ACCOUNTS)) == 0


def test_only_accounts_at_home_here_are_measured_and_no_pool() -> None:
    owners = OWNERS.assign(type=["pool", "customer", "customer", "customer"], is_home=[True, False, True, True])
    found = criteria(
        PROFIT, PROFIT, owners, ACCOUNTS, LEDGER, as_of=date(2025, 7, 1), by_margin=False,
        wallet=_table("account_id family period_start period_end total_spend collected_on"),
        ratings=_table("account_id criterion method score rated_on"), links=_table("account_id linked_id"),
        targets=_table("account_id measure month value kind"), opportunities=_table("account_id amount closed_on"),
        activities=_table("account_id date hours"),
    )  # fmt: skip
    assert found[["owner_id", "profit"]].values.tolist() == [["c", 300.0], ["d", 0.0]]
