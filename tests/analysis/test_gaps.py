"""What missing costs do to the list of key accounts."""

from dataclasses import replace

import pandas as pd
import pytest

from kamreport.analysis.gaps import key_account_gaps
from kamreport.results import KeyAccounts
from kamreport.settings import Rules

from .frames import company_frame, profit_frame

REVIEW = pd.Timestamp("2025-07-01")
# A earns 100 of 200. B, C and the pool have each sold 100 more without a known cost; half of it would be margin.
PROFIT = profit_frame([("a", 200.0, 100.0), ("b", 100.0, 0.0), ("c", 100.0, 0.0), ("pool", 100.0, 0.0)]).assign(
    costed_revenue=[200.0, 0.0, 0.0, 0.0], is_pool=[False, False, False, True], is_home=[True, True, True, True]
)
KEYS = KeyAccounts(PROFIT.head(1), [], [], 1.0, 100.0, 100.0, "value", by_margin=True, quarter=REVIEW, rules=Rules())
QUARTERS = pd.DataFrame({"owner_id": ["a", "c"], "quarter": REVIEW, "value": [100.0, 20.0]})
ENTER = company_frame(("key_enter", "", 60.0))


def test_who_reaches_the_door_with_the_regions_rate_is_named_with_his_value_company_wide() -> None:
    found = key_account_gaps(PROFIT, KEYS, QUARTERS, ENTER)
    # B would have 50 and C 20 elsewhere and 50 here; the door is at 60.
    assert found.hidden[["owner_id", "would_be"]].values.tolist() == [["c", 70.0]]
    assert found.without_cost == 200.0


def test_nobody_is_hidden_who_is_on_the_list_or_has_all_his_costs_or_is_at_home_elsewhere() -> None:
    on_it = replace(KEYS, frame=PROFIT.iloc[[0, 2]])
    assert key_account_gaps(PROFIT, on_it, QUARTERS, ENTER).hidden.empty
    known = PROFIT.assign(costed_revenue=PROFIT["revenue"])
    assert key_account_gaps(known, KEYS, QUARTERS.assign(value=1e6), ENTER).hidden.empty
    elsewhere = PROFIT.assign(is_home=[True, True, False, True])
    assert key_account_gaps(elsewhere, KEYS, QUARTERS, ENTER).hidden.empty


@pytest.mark.parametrize("change", [{"rule": "tier"}, {"by_margin": False}, {"quarter": None}])
def test_a_list_that_does_not_rest_on_costs_has_no_gaps(change: dict[str, object]) -> None:
    assert key_account_gaps(PROFIT, replace(KEYS, **change), QUARTERS, ENTER).hidden.empty  # type: ignore[arg-type]
