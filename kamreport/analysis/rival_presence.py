"""At which accounts a rival is known to be."""

from datetime import date

import pandas as pd

from kamreport.results import NOBODY

__all__ = ["PRESENCE_MONTHS", "rival_presence"]

PRESENCE_MONTHS = 24
"""How far back a rival is looked for at an account."""


def rival_presence(
    opportunities: pd.DataFrame,
    wallet_shares: pd.DataFrame,
    defections: pd.DataFrame,
    events: pd.DataFrame,
    accounts: pd.DataFrame,
    *,
    as_of: date,
) -> pd.DataFrame:
    """Find the accounts where a rival is known to be, and by what.

    A rival is at an account if within 24 months we lost a deal there to it, business went to it by the register of
    losses, it made a recorded move there, or it held a share of the account's purchases by the newest statement
    that a source made of a family (or of all). Of several statements of the same months the last collected counts.

    Parameters
    ----------
    opportunities
        `account_id`, `closed_on`, `outcome`, `competitor_id`.
    wallet_shares
        `account_id`, `period_start`, `period_end`, `competitor_id`, `share`, `collected_on`, `family`, `source`.
    defections
        `account_id`, `competitor_id`, `noticed_on`.
    events
        `account_id`, `competitor_id`, `happened_on`.
    accounts
        `account_id`, `owner_id`; an account that is not among them owns itself.

    Returns
    -------
    DataFrame
        One row per rival and account: `competitor_id`, `account_id`, `owner_id`, and the signs `won_deal`,
        `holds_share`, `took_business`, `made_move`.

    Examples
    --------
    >>> day = pd.to_datetime("2025-06-01")
    >>> deals = pd.DataFrame({"account_id": ["a"], "closed_on": day, "outcome": "lost", "competitor_id": "x"})
    >>> shares = pd.DataFrame({"account_id": ["a", "b"], "competitor_id": ["own", "x"], "share": 0.5,
    ...     "period_start": day, "period_end": day, "collected_on": day, "family": None, "source": "customer"})
    >>> none = pd.DataFrame(columns=["account_id", "competitor_id", "noticed_on", "happened_on"])
    >>> accounts = pd.DataFrame({"account_id": ["a", "b"], "owner_id": ["a", "group"]})
    >>> found = rival_presence(deals, shares, none, none, accounts, as_of=date(2025, 7, 1))
    >>> found[["competitor_id", "owner_id", "won_deal", "holds_share"]].values.tolist()
    [['x', 'a', True, False], ['x', 'group', False, True]]
    """
    since = pd.Timestamp(as_of) - pd.DateOffset(months=PRESENCE_MONTHS)
    stated = wallet_shares[wallet_shares["period_end"] >= since]
    by = ["account_id", "source", "family"]
    newest = _last(_last(stated, [*by, "period_start", "period_end"], "collected_on"), by, "period_end")
    signs = {
        "won_deal": opportunities[(opportunities["outcome"] == "lost") & (opportunities["closed_on"] >= since)],
        "holds_share": newest[newest["share"] > 0],
        "took_business": defections[defections["noticed_on"] >= since],
        "made_move": events[events["happened_on"] >= since],
    }
    key = ["competitor_id", "account_id"]
    pairs = {sign: pd.MultiIndex.from_frame(rows[key].dropna().astype("str")) for sign, rows in signs.items()}
    known = pd.concat([index.to_frame(index=False) for index in pairs.values()]).drop_duplicates()
    known = known[~known["competitor_id"].isin([*NOBODY, "own"])].sort_values(key, ignore_index=True)
    rows = pd.MultiIndex.from_frame(known)
    owners = dict(zip(accounts["account_id"], accounts["owner_id"], strict=True))
    known["owner_id"] = [owners.get(id_, id_) for id_ in known["account_id"]]
    return known.assign(**{sign: rows.isin(index) for sign, index in pairs.items()})


def _last(frame: pd.DataFrame, by: list[str], day: str) -> pd.DataFrame:
    """Keep what bears the last day of each group; a blank source or family is one like any other."""
    return frame[frame[day] == frame.groupby(by, dropna=False)[day].transform("max")]
