"""What it costs to give retained accounts more than the others, and how their revenue went beside the others'."""

import math

import pandas as pd

from kamreport.analysis.intervals import ratio_interval
from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import Incentives
from kamreport.settings import Rules

__all__ = ["incentives"]

_DEFAULTS = Rules()
_NAN = float("nan")
_SUMMED = ["rebates", "discounts", "given", "revenue", "before", "kept"]


def incentives(
    ledger: pd.DataFrame,
    profit: pd.DataFrame,
    before: pd.DataFrame,
    rebates: pd.DataFrame,
    accounts: pd.DataFrame,
    *,
    window: Period,
    lost: frozenset[str] = frozenset(),
    rules: Rules = _DEFAULTS,
) -> Incentives:
    """Say what retained accounts were given beside the usual terms, and compare their revenue with the others'.

    An account's incentive is what it has earned in rebates in the window, in the invoices or beside them, and what its
    discount off list gives beyond the median account's, where that is `discount_deepened` or more. Retained is who
    bought in the window and in the twelve months before, and is not lost. The revenue change of each group is that of
    its sums, with an interval over accounts; the interval of the difference follows from the two (square-and-add).
    With fewer than `min_group` accounts in either group nothing is compared. It says what went together: who buys more
    also earns more rebates.

    Parameters
    ----------
    ledger
        One row per account and month: `owner_id`, `month`, `list_amount` (blank where it is not known).
    profit, before
        Of `owner_profit` over the window and over the twelve months before: `owner_id`, `revenue`, `discount` (off
        list), `is_pool`, `is_home`; of `before` only `owner_id` and `revenue`.
    rebates
        `month` (earned), `account_id`, `amount`.
    accounts
        `account_id`, `owner_id`.
    lost
        Owners that are lost.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions. Statistics in
    Medicine 17, 873-890, method 10: square-and-add. Zou, G. Y., Donner, A. (2008). Construction of confidence limits
    about effect measures: a general approach. Statistics in Medicine 27, 1693-1702: for other figures than proportions.

    Examples
    --------
    >>> june = pd.to_datetime(["2025-06-01"] * 3)
    >>> ledger = pd.DataFrame({"owner_id": list("abc"), "month": june, "list_amount": 100.0})
    >>> profit = pd.DataFrame({"owner_id": list("abc"), "revenue": [120.0, 100.0, 90.0], "discount": [0.0, 0.0, 0.1],
    ...     "is_pool": False, "is_home": True})
    >>> before = pd.DataFrame({"owner_id": list("abc"), "revenue": 100.0})
    >>> rebates = pd.DataFrame({"month": june[:1], "account_id": ["a"], "amount": [6.0]})
    >>> accounts = pd.DataFrame({"account_id": list("abc"), "owner_id": list("abc")})
    >>> found = incentives(ledger, profit, before, rebates, accounts, window=Period.parse("2025-06"))
    >>> found.frame[["group", "accounts", "given", "change"]].round(2).values.tolist()  # 6 + .1 x 100
    [['with', 2, 16.0, 0.05], ['without', 1, 0.0, 0.0]]
    """
    home = profit[profit["is_home"] & ~profit["is_pool"] & (profit["revenue"] > 0)].set_index("owner_id")
    owner_of = dict(zip(accounts["account_id"], accounts["owner_id"], strict=True))
    earned = in_window(rebates, window)
    by_owner = earned["amount"].astype(float).groupby(earned["account_id"].map(owner_of)).sum()
    listed = in_window(ledger, window).groupby("owner_id")["list_amount"].sum().reindex(home.index)
    usual = float(home["discount"].median())
    beyond = home["discount"] - usual
    deep = beyond >= rules.discount_deepened - 1e-12
    frame = pd.DataFrame({"revenue": home["revenue"], "rebates": by_owner.reindex(home.index).fillna(0.0)})
    frame["discounts"] = (beyond * listed).where(deep, 0.0)
    frame["before"] = before.set_index("owner_id")["revenue"].reindex(home.index)
    frame = frame[(frame["before"] > 0) & ~frame.index.isin(lost)].reset_index()
    frame["given"] = frame["rebates"] + frame["discounts"]
    frame["kept"] = frame[["revenue", "before"]].min(axis=1)
    has = frozenset(name for name, there in (("rebates", len(earned) > 0), ("list", usual == usual)) if there)
    return _compared(frame, usual, has, rules)


def _compared(frame: pd.DataFrame, usual: float, has: frozenset[str], rules: Rules) -> Incentives:
    """The accounts with an incentive beside those without."""
    groups = {"with": frame[frame["given"] > 0], "without": frame[~(frame["given"] > 0)]}
    sums = pd.DataFrame(
        [{"group": name, "accounts": len(part), **part[_SUMMED].sum()} for name, part in groups.items()],
        columns=["group", "accounts", *_SUMMED],
    )
    sums["change"] = sums["revenue"] / sums["before"].where(sums["before"] > 0) - 1
    said = all(len(part) >= rules.min_group for part in groups.values())
    bounds = [ratio_interval(part["revenue"], part["before"]) if said else (_NAN, _NAN) for part in groups.values()]
    sums["low"], sums["high"] = [low - 1 for low, _ in bounds], [high - 1 for _, high in bounds]
    own, others = (row for _, row in sums.iterrows())
    apart = own["change"] - others["change"] if said else _NAN
    low = apart - math.hypot(own["change"] - own["low"], others["high"] - others["change"])
    high = apart + math.hypot(own["high"] - own["change"], others["change"] - others["low"])
    return Incentives(sums, float(apart), (low, high), usual, has, rules)
