"""Who is a key account: by the firm's own list, or by value with a wider door out than in."""

import numpy as np
import pandas as pd

from kamreport.analysis.company import company_value
from kamreport.analysis.homes import at_home
from kamreport.results import KeyAccounts
from kamreport.settings import Rules

__all__ = ["key_accounts", "key_quarters", "reviews_of"]

_DEFAULTS = Rules()


def key_quarters(owner_quarters: pd.DataFrame, company: pd.DataFrame) -> pd.DataFrame:
    """Apply the key-account rule quarter by quarter.

    An owner enters when its twelve-month value reaches the smallest of the set that makes 80 % of the company's
    positive total, and leaves when it falls out of the set that makes 85 %. Between the two it stays what it was.
    At a review for which it has no row it is worth nothing, and no key account.

    Parameters
    ----------
    owner_quarters
        `owner_id`, `quarter` (first day after it), `value` over the twelve months before, company-wide.
    company
        Measures `key_enter` and `key_leave` with the threshold of each `moment`.

    Returns
    -------
    DataFrame
        `owner_id`, `quarter`, `value`, `enter`, `leave`, `is_key`.

    References
    ----------
    Barnett, A. G., van der Pols, J. C., Dobson, A. J. (2005). Regression to the mean. International Journal of
    Epidemiology 34(1), 215-220: why the door out is wider than the door in.

    Examples
    --------
    >>> moments = pd.to_datetime(["2025-01-01", "2025-04-01"])
    >>> quarters = pd.DataFrame({"owner_id": "a", "quarter": moments, "value": [100.0, 70.0]})
    >>> company = pd.DataFrame({"measure": ["key_enter", "key_leave"] * 2, "segment": "",
    ...     "moment": moments.repeat(2), "value": [90.0, 60.0, 90.0, 60.0]})
    >>> key_quarters(quarters, company)["is_key"].tolist()  # 70 would not enter, but it stays
    [True, True]
    """
    frame = owner_quarters.sort_values(["owner_id", "quarter"], ignore_index=True)
    for name in ("enter", "leave"):
        limit = company[company["measure"] == f"key_{name}"].set_index("moment")["value"]
        frame[name] = frame["quarter"].map(limit.to_dict()).astype(float)
    reviews = reviews_of(owner_quarters, company)
    wide = frame.pivot_table(index="owner_id", columns="quarter", values="value", aggfunc="sum")
    values = wide.reindex(columns=pd.DatetimeIndex(reviews)).to_numpy(float)
    limits = frame.drop_duplicates("quarter").set_index("quarter")[["enter", "leave"]].reindex(reviews)
    keys = np.zeros((values.shape[0], len(reviews) + 1), bool)
    for at, (enter, leave) in enumerate(limits.to_numpy(float)):
        # Without a row at a review an owner is worth nothing: no comparison with an unknown value holds.
        keys[:, at + 1] = values[:, at] >= np.where(keys[:, at], leave, enter)
    rows = wide.index.get_indexer(pd.Index(frame["owner_id"]))
    columns = pd.DatetimeIndex(reviews).get_indexer(pd.DatetimeIndex(frame["quarter"]))
    return frame.assign(is_key=keys[rows, columns + 1])


def reviews_of(owner_quarters: pd.DataFrame, company: pd.DataFrame) -> list[pd.Timestamp]:
    """Every review in order of time, also those at which no owner of this region had bought for a year.

    Parameters
    ----------
    owner_quarters, company
        See `key_quarters`.

    Examples
    --------
    >>> quarters = pd.DataFrame({"quarter": pd.to_datetime(["2025-07-01"])})
    >>> company = pd.DataFrame({"measure": ["key_enter"], "moment": pd.to_datetime(["2025-04-01"])})
    >>> [str(review.date()) for review in reviews_of(quarters, company)]
    ['2025-04-01', '2025-07-01']
    """
    held = company.loc[company["measure"] == "key_enter", "moment"]
    return sorted({*held, *owner_quarters["quarter"].unique()})


def key_accounts(
    profit: pd.DataFrame,
    before: pd.DataFrame,
    owners: pd.DataFrame,
    owner_quarters: pd.DataFrame,
    company: pd.DataFrame,
    *,
    by_margin: bool,
    rules: Rules = _DEFAULTS,
) -> KeyAccounts:
    """List the key accounts at home in the region.

    Parameters
    ----------
    profit, before
        Of `owner_profit`, for the window and for the twelve months before it.
    owners
        `owner_id`, `name`, `type`, `is_home`, `manager_id`, `manager_name`, `tier`: ``key`` where the firm's own
        list says so; the rule is used if nobody in the company is on it.
    owner_quarters, company
        See `key_quarters`.

    Examples
    --------
    >>> profit = pd.DataFrame({"owner_id": ["a", "b"], "revenue": [300.0, 500.0], "margin": [75.0, 25.0],
    ...     "rate": [0.25, 0.05]})
    >>> owners = pd.DataFrame({"owner_id": ["a", "b"], "name": ["A", "B"], "type": "customer", "tier": "other",
    ...     "is_home": True, "manager_id": "m", "manager_name": "M"})
    >>> reviews = pd.to_datetime(["2025-04-01", "2025-07-01"])
    >>> quarters = pd.DataFrame({"owner_id": "a", "quarter": reviews, "value": [50.0, 75.0]})
    >>> company = pd.DataFrame({"measure": ["key_enter", "key_leave"] * 2, "segment": "",
    ...     "moment": reviews.repeat(2), "value": [70.0, 60.0, 70.0, 60.0]})
    >>> found = key_accounts(profit, profit, owners, quarters, company, by_margin=True)
    >>> found.frame["name"].tolist(), found.promoted, found.share  # B sells more and earns less
    (['A'], ['A'], 0.75)
    """
    home = at_home(owners)
    if company_value(company, "tier_keys") > 0:
        keys: set[str] = set(home.loc[home["tier"] == "key", "owner_id"])
        promoted: list[str] | None = None
        demoted: list[str] | None = None
        rule, quarter = "tier", None
    else:
        quarters = key_quarters(owner_quarters, company)
        keys, promoted, demoted, quarter = _moves(quarters, reviews_of(owner_quarters, company), home)
        rule = "value"
    measure = "margin" if by_margin else "revenue"
    frame = home[["owner_id", "name", "manager_id", "manager_name"]][home["owner_id"].isin(keys)]
    for columns, source in (
        (["revenue", "margin", "rate"], profit),
        (["before"], before.rename(columns={measure: "before"})),
    ):
        frame = frame.merge(source[["owner_id", *columns]], on="owner_id", how="left", validate="one_to_one")
    amounts = ["revenue", "margin", "before"]
    frame[amounts] = frame[amounts].fillna(0.0)
    frame["change"] = frame[measure] - frame["before"]
    total = float(profit[measure].sum())
    frame["share"] = frame[measure] / total if total > 0 else float("nan")
    frame = frame.sort_values([measure, "owner_id"], ascending=[False, True], ignore_index=True)
    value = float(frame[measure].sum())
    share = value / total if total > 0 else float("nan")
    return KeyAccounts(frame, promoted, demoted, share, value, total, rule, by_margin, quarter, rules)


def _moves(
    quarters: pd.DataFrame, reviews: list[pd.Timestamp], home: pd.DataFrame
) -> tuple[set[str], list[str] | None, list[str] | None, pd.Timestamp | None]:
    """Key owners at home here at the last review, and who came and went since the one before."""
    if not reviews:
        return set(), None, None, None
    keys = quarters[quarters["is_key"] & quarters["owner_id"].isin(home["owner_id"])]
    at = [set(keys.loc[keys["quarter"] == review, "owner_id"]) for review in reviews[-2:]]
    now = at[-1]
    if len(reviews) == 1:
        return now, None, None, pd.Timestamp(reviews[-1])
    then = at[0]
    names = dict(zip(home["owner_id"], home["name"], strict=True))
    promoted = sorted(names[owner] for owner in now - then)
    demoted = sorted(names[owner] for owner in then - now)
    return now, promoted, demoted, pd.Timestamp(reviews[-1])
