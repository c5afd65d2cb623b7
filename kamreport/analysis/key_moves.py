"""Who becomes and ceases to be a key account, how much of that is chance, and whether the firm's own list keeps up."""

import numpy as np
import pandas as pd

from kamreport.analysis.company import company_value
from kamreport.analysis.homes import at_home
from kamreport.analysis.key_accounts import key_quarters, reviews_of
from kamreport.period import Period
from kamreport.results import KeyList, KeyMoves
from kamreport.settings import Rules

__all__ = ["chance_moves", "key_list", "key_moves", "monthly_noise"]

_DEFAULTS = Rules()
_STATES = ("key", "other", "none")
_CHANCE_LIMIT = 0.95


def key_moves(
    owner_quarters: pd.DataFrame,
    company: pd.DataFrame,
    owners: pd.DataFrame,
    ledger: pd.DataFrame,
    *,
    window: Period,
    by_margin: bool,
    rules: Rules = _DEFAULTS,
) -> KeyMoves:
    """Compare the key accounts by value at the last review with those at the one before and a year ago.

    Parameters
    ----------
    owner_quarters, company
        See `key_quarters`: the rule is that of value, whether or not the firm has a list of its own.
    owners
        `owner_id`, `name`, `type`, `is_home`, `manager_id`, `manager_name`.
    ledger
        `owner_id`, `month`, `revenue`, `costed_revenue`, `cost`: how much an account fluctuates from month to month.
    window
        Twelve months: what an account's fluctuation is measured over.

    Examples
    --------
    >>> owners = pd.DataFrame({"owner_id": ["a", "b"], "name": ["A", "B"], "type": "customer", "is_home": True,
    ...     "manager_id": "m", "manager_name": "M"})
    >>> reviews = pd.to_datetime(["2025-04-01", "2025-07-01"])
    >>> quarters = pd.DataFrame({"owner_id": ["a", "a", "b", "b"], "quarter": [*reviews, *reviews],
    ...     "value": [80.0, 120.0, 130.0, 50.0]})
    >>> company = pd.DataFrame({"measure": ["key_enter", "key_leave"] * 2, "segment": "",
    ...     "moment": reviews.repeat(2), "value": [100.0, 90.0, 100.0, 90.0]})
    >>> ledger = pd.DataFrame({"owner_id": [], "month": pd.to_datetime([]), "revenue": [], "costed_revenue": [],
    ...     "cost": []})
    >>> found = key_moves(quarters, company, owners, ledger, window=Period.parse("2024-07..2025-06"), by_margin=True)
    >>> found.frame[["name", "is_up"]].values.tolist(), found.by_chance  # who never fluctuates does not move by chance
    ([['B', False], ['A', True]], 0.0)
    """
    home = at_home(owners)
    states = key_quarters(owner_quarters, company)
    states["was_key"] = states.groupby("owner_id")["is_key"].shift(fill_value=False)
    reviews = reviews_of(owner_quarters, company)
    now, then = (_at(states, reviews, home, back) for back in (0, 1))
    year = _at(states, reviews, home, 4)
    frame, by_chance = home.head(0).assign(then=0.0, now=0.0, change=0.0, is_up=False), 0.0
    if now is not None and then is not None:
        frame = home.assign(then=then["value"].to_numpy(), now=now["value"].to_numpy())
        frame["change"], frame["is_up"] = frame["now"] - frame["then"], now["is_key"].to_numpy()
        noise = monthly_noise(ledger, window=window, by_margin=by_margin).reindex(home["owner_id"]).fillna(0.0)
        # The two reviews share all months but the quarter that came and the one that went.
        by_chance = float(chance_moves(then, now, noise.to_numpy() * np.sqrt(3)).sum())
        frame = frame[now["is_key"].to_numpy() != then["is_key"].to_numpy()]
        frame = frame.assign(size=frame["change"].abs()).sort_values(["size", "owner_id"], ascending=[False, True])
    columns = ["owner_id", "name", "manager_id", "manager_name", "then", "now", "change", "is_up"]
    return KeyMoves(
        frame[columns].reset_index(drop=True),
        by_chance,
        _at_most(by_chance),
        None if now is None or year is None else _matrix(year, now),
        reviews[-1] if then is not None else None,
        reviews[-2] if then is not None else None,
        reviews[-5] if year is not None else None,
        int(now["is_key"].sum()) if now is not None else 0,
        by_margin,
        rules,
    )


def _at(states: pd.DataFrame, reviews: list[pd.Timestamp], home: pd.DataFrame, back: int) -> pd.DataFrame | None:
    """What each owner at home was worth and was at a review, so many before the last; None before the first."""
    if len(reviews) <= back:
        return None
    review = reviews[-1 - back]
    held = states[states["quarter"] == review].set_index("owner_id")
    limits = held[["enter", "leave"]].max()
    held = held[["value", "is_key", "was_key"]].reindex(home["owner_id"])
    missing = held["value"].isna()
    held["value"] = held["value"].fillna(0.0)
    held["is_key"], held["was_key"] = held["is_key"].eq(True), held["was_key"].eq(True)
    held["state"] = np.select([held["is_key"], ~missing & (held["value"] != 0)], ["key", "other"], "none")
    return held.assign(enter=limits["enter"], leave=limits["leave"])


def _matrix(then: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    counted = pd.crosstab(then["state"].to_numpy(), now["state"].to_numpy())
    matrix = counted.reindex(index=list(_STATES), columns=list(_STATES), fill_value=0)
    return matrix.rename_axis(index="then", columns="now")


def monthly_noise(ledger: pd.DataFrame, *, window: Period, by_margin: bool) -> "pd.Series[float]":
    """How much the difference of a month from the same month a year before varies, by owner.

    The standard deviation of the twelve differences around their mean: season and steady growth are not in it.

    Parameters
    ----------
    ledger
        `owner_id`, `month`, `revenue`, `costed_revenue`, `cost` (report currency).

    Examples
    --------
    >>> months = [*pd.date_range("2024-01-01", periods=24, freq="MS")]
    >>> ledger = pd.DataFrame({"owner_id": "a", "month": months, "revenue": [0.0] * 12 + [10.0, 30.0] * 6,
    ...     "costed_revenue": 0.0, "cost": 0.0})
    >>> monthly_noise(ledger, window=Period.parse("2025"), by_margin=False).round(2).to_dict()
    {'a': 10.44}
    """
    worth = ledger["costed_revenue"] - ledger["cost"].fillna(0.0) if by_margin else ledger["revenue"]
    wide = ledger.assign(worth=worth).pivot_table(index="owner_id", columns="month", values="worth", aggfunc="sum")
    now, before = (
        wide.reindex(columns=pd.DatetimeIndex(list(span))).fillna(0.0).to_numpy()
        for span in (window, window.back(window.months))
    )
    return pd.Series((now - before).std(axis=1, ddof=1) if len(wide) else [], wide.index, dtype=float)


def chance_moves(then: pd.DataFrame, now: pd.DataFrame, noise: np.ndarray) -> np.ndarray:
    """Chance that an account crosses the line between two reviews although it has not changed.

    An unchanged account is worth the mean m of the two reviews at both; what it shows differs by a normal D with
    mean 0 and the given deviation, half of it at each end. It moves up with P(m - D/2 < T and m + D/2 >= enter) and
    down with P(m - D/2 >= T and m + D/2 < leave), where T is what it had to reach at the first review: `leave` if it
    was a key account before, else `enter`.

    Parameters
    ----------
    then, now
        One row per account in the same order: `value`, `was_key`, `enter`, `leave` at each review.
    noise
        Standard deviation of the difference between the two values.

    Returns
    -------
    ndarray
        One chance per account, up and down together.

    References
    ----------
    Barnett, A. G., van der Pols, J. C., Dobson, A. J. (2005). Regression to the mean. International Journal of
    Epidemiology 34(1), 215-220.

    Examples
    --------
    >>> then = pd.DataFrame({"value": [100.0], "was_key": [False], "enter": [100.0], "leave": [100.0]})
    >>> chance_moves(then, then, np.array([10.0])).round(3).tolist()  # at the line: up or down, always
    [1.0]
    """
    from scipy.special import ndtr

    middle = (then["value"].to_numpy(float) + now["value"].to_numpy(float)) / 2
    asked = np.where(then["was_key"].to_numpy(bool), then["leave"], then["enter"]).astype(float)
    up = 2 * np.maximum(middle - asked, now["enter"].to_numpy(float) - middle)
    down = 2 * np.minimum(middle - asked, now["leave"].to_numpy(float) - middle)
    spread = np.where(noise > 0, noise, np.nan)
    return np.asarray(np.nan_to_num(ndtr(-up / spread) + ndtr(down / spread)), float)


def _at_most(expected: float) -> int:
    """Number of moves that chance exceeds at most one time in twenty."""
    if not expected > 0:
        return 0
    from scipy.stats import poisson

    return int(poisson.ppf(_CHANCE_LIMIT, expected))


def key_list(
    profit: pd.DataFrame,
    before: pd.DataFrame,
    owners: pd.DataFrame,
    company: pd.DataFrame,
    *,
    by_margin: bool,
    rules: Rules = _DEFAULTS,
) -> KeyList:
    """Hold the firm's own list of key accounts against what the region's accounts bring.

    With n accounts on the list, one is missing if it is not on it, is worth what the company's rule asks for, and
    either is among the n most valuable now and was so a year ago, or has grown by `key_rise` since. One is undue if
    it is on the list and was worth less than the company's rule keeps, now and a year ago. Between the two nothing
    is said: an account at the edge comes and goes by chance.

    Parameters
    ----------
    profit, before
        Of `owner_profit`, for the window and for the twelve months before it.
    owners
        `owner_id`, `name`, `type`, `is_home`, `manager_id`, `manager_name`, `tier`.
    company
        Measures `tier_keys`, `key_enter` and `key_leave`.

    Examples
    --------
    >>> profit = pd.DataFrame({"owner_id": ["a", "b"], "margin": [900.0, 5.0], "revenue": 0.0})
    >>> owners = pd.DataFrame({"owner_id": ["a", "b"], "name": ["A", "B"], "type": "customer", "is_home": True,
    ...     "manager_id": "m", "manager_name": "M", "tier": ["other", "key"]})
    >>> company = pd.DataFrame({"measure": ["tier_keys", "key_enter", "key_leave"], "segment": "",
    ...     "moment": pd.Timestamp("2025-07-01"), "value": [1.0, 100.0, 80.0]})
    >>> found = key_list(profit, profit, owners, company, by_margin=True)
    >>> found.missing["name"].tolist(), found.undue["name"].tolist()
    (['A'], ['B'])
    """
    measure = "margin" if by_margin else "revenue"
    frame = at_home(owners)[["owner_id", "name", "manager_id", "manager_name", "tier"]]
    for name, source in (("now", profit), ("before", before)):
        worth = source[["owner_id", measure]].rename(columns={measure: name})
        frame = frame.merge(worth, on="owner_id", how="left", validate="one_to_one")
    frame[["now", "before"]] = frame[["now", "before"]].fillna(0.0)
    frame = frame.sort_values(["now", "owner_id"], ascending=[False, True], ignore_index=True)
    frame["rank"] = np.arange(1, len(frame) + 1)
    frame["growth"] = (frame["now"] / frame["before"] - 1).where(frame["before"] > 0)
    listed = frame["tier"] == "key"
    n = int(listed.sum())
    enter, leave = (company_value(company, f"key_{name}") for name in ("enter", "leave"))
    among = frame["rank"] <= n
    among_before = frame["before"].rank(ascending=False, method="first") <= n
    frame["is_rising"] = frame["now"] >= (1 + rules.key_rise) * frame["before"]
    missing = frame[~listed & (frame["now"] >= enter) & (among & among_before | frame["is_rising"])]
    undue = frame[listed & (frame["now"] < leave) & (frame["before"] < leave)]
    return KeyList(
        missing.reset_index(drop=True),
        undue.sort_values(["now", "owner_id"], ignore_index=True),
        n,
        len(frame),
        company_value(company, "tier_keys") > 0,
        leave,
        by_margin,
        rules,
    )
