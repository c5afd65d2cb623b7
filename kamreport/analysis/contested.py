"""Open deals where a rival is known to be."""

from datetime import date

import pandas as pd

from kamreport.analysis.rival_presence import PRESENCE_MONTHS
from kamreport.results import ContestedDeals

__all__ = ["contested_deals"]


def contested_deals(opportunities: pd.DataFrame, presence: pd.DataFrame, *, as_of: date) -> ContestedDeals:
    """Find the open deals of accounts where a rival is known to be: against whom a deal is, is known once it is closed.

    Parameters
    ----------
    opportunities
        `opportunity_id`, `account_id`, `region`, `family`, `owner_id`, `amount`, `expected_close`, `closed_on`.
    presence
        Of `rival_presence`.

    Examples
    --------
    >>> deals = pd.DataFrame({"opportunity_id": ["1", "2"], "account_id": "a", "region": "R", "family": "F",
    ...     "owner_id": "m", "amount": [5.0, 7.0], "expected_close": pd.Timestamp("2025-08-01"),
    ...     "closed_on": [pd.Timestamp("2025-06-01"), None]})
    >>> there = pd.DataFrame({"competitor_id": ["x"], "account_id": "a", "owner_id": "a", "won_deal": True,
    ...     "holds_share": False, "took_business": False, "made_move": False})
    >>> found = contested_deals(deals, there, as_of=date(2025, 7, 1))
    >>> found.frame[["opportunity_id", "competitor_id", "won_deal", "holds_share"]].values.tolist()
    [['2', 'x', True, False]]
    """
    deals = opportunities[opportunities["closed_on"].isna()]
    columns = ["opportunity_id", "account_id", "region", "family", "owner_id", "amount", "expected_close"]
    frame = deals[columns].dropna(subset="account_id").merge(presence.drop(columns="owner_id"), on="account_id")
    frame = frame.sort_values(["amount", "opportunity_id", "competitor_id"], ascending=[False, True, True])
    without = int(deals["account_id"].isna().sum())
    return ContestedDeals(frame.reset_index(drop=True), len(deals), without, PRESENCE_MONTHS, as_of)
