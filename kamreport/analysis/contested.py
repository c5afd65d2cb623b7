"""Open deals where a rival is known to be."""

from datetime import date

import pandas as pd

from kamreport.results import NOBODY, ContestedDeals

__all__ = ["contested_deals"]

_MONTHS = 24  # how far back a rival is looked for at an account


def contested_deals(
    opportunities: pd.DataFrame, wallet_shares: pd.DataFrame, defections: pd.DataFrame, *, as_of: date
) -> ContestedDeals:
    """Find the open deals of accounts where a rival is known to be: against whom a deal is, is known once it is closed.

    A rival is at an account if within 24 months we lost a deal there to him, business went to him by the register of
    losses, or he held a share of its purchases by the newest statement.

    Parameters
    ----------
    opportunities
        `opportunity_id`, `account_id`, `region`, `owner_id`, `amount`, `expected_close`, `closed_on`, `outcome`,
        `competitor_id`.
    wallet_shares
        `account_id`, `competitor_id`, `share`, `period_end`.
    defections
        `account_id`, `competitor_id`, `noticed_on`.

    Examples
    --------
    >>> day = pd.to_datetime("2025-06-01")
    >>> deals = pd.DataFrame({"opportunity_id": ["1", "2"], "account_id": "a", "region": "R", "owner_id": "m",
    ...     "amount": [5.0, 7.0], "expected_close": day, "closed_on": [day, None], "outcome": ["lost", None],
    ...     "competitor_id": ["x", None]})
    >>> shares = pd.DataFrame(columns=["account_id", "competitor_id", "share", "period_end"])
    >>> gone = pd.DataFrame(columns=["account_id", "competitor_id", "noticed_on"])
    >>> found = contested_deals(deals, shares, gone, as_of=date(2025, 7, 1))
    >>> found.frame[["opportunity_id", "competitor_id", "won_deal", "holds_share"]].values.tolist()
    [['2', 'x', True, False]]
    """
    since = pd.Timestamp(as_of) - pd.DateOffset(months=_MONTHS)
    lost = opportunities[(opportunities["outcome"] == "lost") & (opportunities["closed_on"] >= since)]
    stated = wallet_shares[wallet_shares["period_end"] >= since]
    newest = stated[stated["period_end"] == stated.groupby("account_id")["period_end"].transform("max")]
    signs = {
        "won_deal": lost,
        "holds_share": newest[newest["share"] > 0],
        "took_business": defections[defections["noticed_on"] >= since],
    }
    key = ["account_id", "competitor_id"]
    known = pd.concat([rows[key].dropna().drop_duplicates().assign(sign=sign) for sign, rows in signs.items()])
    known = known[~known["competitor_id"].isin([*NOBODY, "own"])]
    there = known[key].drop_duplicates()
    for sign in signs:
        pairs = pd.MultiIndex.from_frame(known.loc[known["sign"] == sign, key])
        there[sign] = pd.MultiIndex.from_frame(there[key]).isin(pairs)
    deals = opportunities[opportunities["closed_on"].isna()]
    columns = ["opportunity_id", "account_id", "region", "owner_id", "amount", "expected_close"]
    frame = deals[columns].dropna(subset="account_id").merge(there, on="account_id")
    frame = frame.sort_values(["amount", "opportunity_id", "competitor_id"], ascending=[False, True, True])
    return ContestedDeals(
        frame.reset_index(drop=True), len(deals), int(deals["account_id"].isna().sum()), _MONTHS, as_of
    )
