"""What promotions cost for each account that began to buy in them."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from kamreport.analysis.promotions import promotions
from kamreport.results import Promotions
from kamreport.settings import Rules

from . import frames as f

MARCH = ("c", "2025-03-01", "2025-03-31", 1200.0, "North", None, None)


def promoted(
    campaigns: list[tuple[object, ...]],
    firsts: dict[str, str],
    *,
    region: str = "North",
    start: date = date(2022, 7, 1),
    families: dict[str, str] | None = None,
    segments: dict[str, str] | None = None,
    places: dict[str, str] | None = None,
) -> Promotions:
    """Accounts by the day of their first order; each has bought again since."""
    names = ["campaign_id", "starts_on", "ends_on", "cost", "region", "segment", "family"]
    frame = pd.DataFrame(campaigns, columns=names)
    frame["starts_on"], frame["ends_on"] = pd.to_datetime(frame["starts_on"]), pd.to_datetime(frame["ends_on"])
    orders = f.orders_frame({owner: [day, "2025-06-20"] for owner, day in firsts.items()})
    orders["family"] = [(families or {}).get(owner, "F") for owner in orders["owner_id"]]
    orders["region"] = [(places or {}).get(owner, "North") for owner in orders["owner_id"]]
    owners = f.owners_frame(*firsts, segment=[(segments or {}).get(owner, "dealer") for owner in firsts])
    return promotions(
        frame, orders, owners, region=region, window=f.WINDOW, history_start=start, as_of=f.AS_OF, rules=Rules()
    )


def row(found: Promotions) -> tuple[float, float]:
    (only,) = found.frame.to_dict("records")
    return only["gained"], only["expected"]


@pytest.mark.parametrize(
    ("day", "gained", "expected"),
    [
        ("2025-02-28", 0, 0), ("2025-03-01", 1, 0), ("2025-04-30", 1, 0), ("2025-05-01", 0, 0),
        ("2024-03-01", 0, 1), ("2024-04-30", 0, 1), ("2024-05-01", 0, 0),
    ],
)  # fmt: skip
def test_who_began_in_the_promotion_or_thirty_days_after_is_gained(day: str, gained: int, expected: int) -> None:
    assert row(promoted([MARCH], {"a": day})) == (gained, expected)


def test_it_counts_only_whom_and_what_the_promotion_was_for() -> None:
    firsts = dict.fromkeys("abcd", "2025-03-09")
    narrow = ("c", "2025-03-01", "2025-03-31", 10.0, "North", "farm", "G")
    more = {"families": {"a": "G", "b": "G", "d": "G"}, "segments": {"a": "farm", "c": "farm", "d": "farm"}}
    assert row(promoted([narrow], firsts, places={"d": "South"}, **more)) == (1, 0)


def test_of_a_family_the_first_order_of_that_family_counts() -> None:
    family = (*MARCH[:6], "F")
    assert row(promoted([family], {"a": "2023-01-05"})) == (0, 0)
    frame = promoted([family], {"a": "2025-03-05"}, families={"a": "G"}).frame
    assert frame["gained"].tolist() == [0.0]


def test_with_less_than_two_years_before_nothing_is_expected_and_nothing_judged() -> None:
    found = promoted([MARCH], {f"a{n}": "2025-03-05" for n in range(30)}, start=date(2023, 3, 2))
    assert found.frame["gained"].tolist() == [30.0]
    assert np.isnan(found.frame["expected"]).all()
    assert np.isnan(found.segments["cost_each"]).all()
    assert promoted([MARCH], {"a": "2025-03-05"}, start=date(2023, 3, 1)).frame["expected"].tolist() == [0.0]


def test_a_region_judges_its_own_promotions_the_company_all_and_both_only_those_that_are_over() -> None:
    everywhere, running = (
        ("d", *MARCH[1:4], None, None, None),
        ("e", "2025-05-20", "2025-06-05", 9.0, "North", None, None),
    )
    campaigns = [MARCH, everywhere, running]
    here, all_ = (promoted(campaigns, {"a": "2025-03-05"}, region=region) for region in ("North", "all"))
    assert (here.frame["campaign_id"].tolist(), here.elsewhere) == (["c"], 1)
    assert (all_.frame["campaign_id"].tolist(), all_.elsewhere) == (["c", "d"], 0)


def test_an_account_that_two_promotions_overlap_in_is_gained_once() -> None:
    again = ("d", "2025-03-15", "2025-04-10", 300.0, "North", None, None)
    found = promoted([MARCH, again], {"a": "2025-03-20", "b": "2024-03-20", "z": "2023-01-01"})
    assert found.frame["gained"].tolist() == [1.0, 1.0]
    assert found.segments[["promotions", "cost", "gained", "expected", "excess"]].values.tolist() == [
        [2, 1500.0, 1.0, 1.0, 0.0]
    ]
    assert (found.gained, found.expected) == (1, 1.0)


def _began(gained: int, before: int) -> dict[str, str]:
    now, then = ({f"{year}-{n}": f"{year}-03-05" for n in range(k)} for year, k in ((2025, gained), (2024, before)))
    return {**now, **then, "z": "2023-01-01"}


@pytest.mark.parametrize(
    ("gained", "before", "each"), [(24, 4, 60.0), (19, 0, f.NAN), (24, 20, f.NAN), (20, 0, 60.0), (0, 0, f.NAN)]
)
def test_cost_each_is_said_of_enough_accounts_whose_excess_chance_does_not_explain(
    gained: int, before: int, each: float
) -> None:
    firsts = (
        {f"a{n}": "2025-03-05" for n in range(gained)}
        | {f"b{n}": "2024-03-05" for n in range(before)}
        | {"z": "2023-01-01"}
    )
    (segment,) = promoted([MARCH], firsts).segments.to_dict("records")
    assert segment["excess"] == gained - before
    assert segment["cost_each"] == pytest.approx(each, nan_ok=True)


def test_worlds_in_which_promotions_do_nothing_seldom_name_a_cost() -> None:
    rng = np.random.default_rng(5)
    named = 0
    for _ in range(100):
        gained, before = rng.poisson(25, 2)
        firsts = (
            {f"a{n}": "2025-03-05" for n in range(gained)}
            | {f"b{n}": "2024-03-05" for n in range(before)}
            | {"z": "2023-01-01"}
        )
        named += int(promoted([MARCH], firsts).segments["cost_each"].notna().sum())
    assert named <= 5
