"""What a supplier's rank says of his share, and what one rank up would be worth."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from kamreport.analysis.homes import at_home
from kamreport.analysis.wallets import wallet_estimates
from kamreport.period import Period
from kamreport.results import WalletAllocation

__all__ = ["wallet_allocation", "wallet_rule"]


def wallet_rule(ranks: npt.ArrayLike) -> np.ndarray:
    """Give the share of each supplier that an account has ranked, by the Wallet Allocation Rule.

    `(1 - rank / (n + 1)) x 2 / n` with n suppliers, ties averaged; the shares add up to 1. NaN for fewer than two.

    Parameters
    ----------
    ranks
        1 is the best; equals share a rank, whichever way the ranks after them are counted.

    References
    ----------
    Keiningham, T. L., Aksoy, L., Buoye, A., Cooil, B. (2011). Customer loyalty isn't enough. Grow your share of
    wallet. Harvard Business Review 89(10), 29-31. The name is a trademark of its owners.

    Examples
    --------
    >>> wallet_rule([1, 2, 3]).round(2).tolist(), wallet_rule([1, 1]).tolist()
    ([0.5, 0.33, 0.17], [0.5, 0.5])
    """
    order = pd.Series(np.asarray(ranks, float)).rank(method="average")
    return _predicted(order, np.full(len(order), len(order))).to_numpy(float)


def _predicted(rank: "pd.Series[float]", suppliers: npt.ArrayLike) -> "pd.Series[float]":
    n = np.asarray(suppliers, float)
    with np.errstate(divide="ignore"):
        shares: pd.Series[float] = (1 - rank / (n + 1)) * 2 / n
    return shares.where(n >= 2)


def wallet_allocation(
    wallet_shares: pd.DataFrame, wallet: pd.DataFrame, accounts: pd.DataFrame, keys: pd.DataFrame, *, window: Period
) -> WalletAllocation:
    """Hold the shares of the key accounts' suppliers against their ranks, and say what one rank up would be worth.

    Of each account the newest estimate that reaches into the window. An account that has not ranked us says nothing of
    our place and is only counted. One rank up is a place better, at best alone the first; it is worth the rule's
    difference times what the account buys in a year. Accounts of one owner are one key account.

    Parameters
    ----------
    wallet_shares
        `account_id`, `period_start`, `period_end`, `competitor_id` (`own`: we), `share`, `rank` (the account's),
        `collected_on`, `family`, `source`.
    wallet
        `account_id`, `period_start`, `period_end`, `total_spend`, `low`, `high`, `source`, `collected_on`, `family`.
    accounts
        `account_id`, `owner_id`, `name`, `type`, `is_home`, `manager_id`, `manager_name`.
    keys
        The key accounts: `owner_id`.

    References
    ----------
    Keiningham et al. (2011), see `wallet_rule`.

    Examples
    --------
    >>> spans = {"account_id": "a", "period_start": pd.to_datetime(["2024-01-01"]), "source": "customer",
    ...     "period_end": pd.to_datetime(["2025-01-01"]), "collected_on": pd.to_datetime(["2025-01-20"]),
    ...     "family": None}
    >>> wallet = pd.DataFrame(spans | {"total_spend": 300.0, "low": 290.0, "high": 310.0})
    >>> ranked = {"x": (0.6, 1), "own": (0.4, 2)}
    >>> shares = pd.concat(pd.DataFrame(spans | {"competitor_id": who, "share": share, "rank": rank})
    ...     for who, (share, rank) in ranked.items())
    >>> accounts = pd.DataFrame({"account_id": ["a"], "owner_id": "a", "name": "A", "type": "customer",
    ...     "is_home": True, "manager_id": "m", "manager_name": "M"})
    >>> found = wallet_allocation(shares, wallet, accounts, accounts, window=Period.parse("2024-07..2025-06"))
    >>> found.steps[["predicted", "share", "above", "points", "worth"]].round(2).values.tolist()
    [[0.33, 0.4, 'x', 0.33, 100.0]]
    """
    home = at_home(accounts)
    listed = home[home["owner_id"].isin(keys["owner_id"])]
    parts, spans, _, _ = wallet_estimates(wallet_shares, wallet, frozenset(listed["account_id"]))
    newest = spans[spans["end"] > pd.Timestamp(window.start)].drop_duplicates("account_id", keep="last")
    frame = parts.merge(newest[["estimate", "account_id", "spend"]], on="estimate")
    frame = frame[frame["rank"].notna()].sort_values(["account_id", "rank", "competitor_id"], ignore_index=True)
    by_account = frame.groupby("account_id")["rank"]
    frame["rank"], frame["suppliers"] = by_account.rank(method="average"), by_account.transform("size")
    frame["predicted"] = _predicted(frame["rank"], frame["suppliers"])
    frame = frame[frame["suppliers"] >= 2]
    enough = frame["account_id"].nunique()
    own = frame[frame["competitor_id"] == "own"]
    frame = frame[frame["account_id"].isin(own["account_id"])].reset_index(drop=True)
    steps = _steps(own, frame, listed)
    judged = listed.loc[listed["account_id"].isin(own["account_id"]), "owner_id"].nunique()
    behind = steps["owner_id"].nunique()
    names = ["account_id", "competitor_id", "suppliers", "rank", "predicted", "share", "spend"]
    return WalletAllocation(
        frame=frame[names],
        steps=steps,
        judged=judged,
        first=judged - behind,
        behind=behind,
        too_few=len(newest) - enough,
        without_us=enough - len(own),
        error=float((frame["predicted"] - frame["share"]).abs().mean()),
    )


def _steps(own: pd.DataFrame, frame: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    """Where we are not alone the first: who stands just above us, or beside us, and what a rank is worth."""
    later = own[own["rank"] > 1]
    others = frame.loc[frame["competitor_id"] != "own", ["account_id", "competitor_id", "rank"]]
    others = others.merge(later[["account_id", "rank"]], on="account_id", suffixes=("_above", ""))
    above = others[others["rank_above"] <= others["rank"]].sort_values(
        ["rank_above", "competitor_id"], ascending=[False, True]
    )
    nearest = above.drop_duplicates("account_id").set_index("account_id")["competitor_id"]
    steps = later.assign(above=later["account_id"].map(nearest.to_dict()))
    up = _predicted((steps["rank"] - 1).clip(lower=1), steps["suppliers"])
    steps["points"] = up - steps["predicted"]
    steps["worth"] = steps["points"] * steps["spend"]
    names = ["account_id", "owner_id", "name", "manager_id", "manager_name"]
    steps = listed[names].merge(
        steps[["account_id", "suppliers", "rank", "predicted", "share", "above", "points", "worth"]],
        on="account_id",
        validate="one_to_one",
    )
    return steps.sort_values(["worth", "account_id"], ascending=[False, True], ignore_index=True)
