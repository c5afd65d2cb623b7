"""What gaps in the data do to the list of key accounts."""

import pandas as pd

from kamreport.analysis.company import company_value
from kamreport.analysis.profit import margin_rate
from kamreport.results import KeyAccounts, KeyGaps

__all__ = ["key_account_gaps"]


def key_account_gaps(
    profit: pd.DataFrame, keys: KeyAccounts, owner_quarters: pd.DataFrame, company: pd.DataFrame
) -> KeyGaps:
    """Find accounts that would be key ones if their revenue without a known cost earned as the rest of the region does.

    By margin, revenue whose cost is not known counts for nothing, so that an account can miss the list for want of a
    figure. The firm's own list, and a list by revenue, do not depend on costs.

    Parameters
    ----------
    profit
        Of `owner_profit`: `owner_id`, `name`, `is_pool`, `is_home`, `revenue`, `costed_revenue`, `margin`.
    keys
        Of `key_accounts`.
    owner_quarters
        `owner_id`, `quarter`, `value`: company-wide.
    company
        Measure `key_enter`.

    References
    ----------
    Manski, C. F. (2003). Partial Identification of Probability Distributions: what missing values can change.

    Examples
    --------
    >>> from kamreport.settings import Rules
    >>> profit = pd.DataFrame({"owner_id": ["a", "b"], "name": ["A", "B"], "is_pool": False, "is_home": True,
    ...     "revenue": [100.0, 90.0], "costed_revenue": [100.0, 10.0], "margin": [50.0, 5.0]})
    >>> review = pd.Timestamp("2025-07-01")
    >>> keys = KeyAccounts(profit.head(1), [], [], 0.9, 50.0, 55.0, "value", True, review, Rules())
    >>> quarters = pd.DataFrame({"owner_id": ["a", "b"], "quarter": review, "value": [50.0, 5.0]})
    >>> company = pd.DataFrame({"measure": ["key_enter"], "segment": "", "moment": review, "value": [40.0]})
    >>> found = key_account_gaps(profit, keys, quarters, company)
    >>> found.hidden[["name", "without_cost", "would_be"]].values.tolist()  # 80 at 50 % are 40 more
    [['B', 80.0, 45.0]]
    """
    here = profit[profit["is_home"] & ~profit["is_pool"]]
    without = (here["revenue"] - here["costed_revenue"]).clip(lower=0)
    frame = here[["owner_id", "name"]].assign(margin=here["margin"], without_cost=without)
    matters = keys.rule == "value" and keys.by_margin and keys.quarter is not None
    if matters:
        last = owner_quarters[owner_quarters["quarter"] == keys.quarter]
        value = frame["owner_id"].map(dict(zip(last["owner_id"], last["value"], strict=True))).fillna(0.0)
        frame["would_be"] = value + without * max(margin_rate(profit), 0.0)
        is_hidden = ~frame["owner_id"].isin(keys.frame["owner_id"]) & (without > 0)
        is_hidden &= frame["would_be"] >= company_value(company, "key_enter")
        hidden = frame[is_hidden]
    else:
        hidden = frame.head(0).assign(would_be=0.0)
    hidden = hidden.sort_values(["would_be", "owner_id"], ascending=[False, True], ignore_index=True)
    return KeyGaps(hidden, float(without.sum()), keys.rule, keys.by_margin)
