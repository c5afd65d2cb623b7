"""The key-account score: what speaks for an account, weighed, and how far the list hangs on the weights."""

from datetime import date

import numpy as np
import pandas as pd

from kamreport.analysis.homes import at_home
from kamreport.analysis.performance import owner_trends
from kamreport.period import Period
from kamreport.results import KeyScore
from kamreport.settings import Rules

__all__ = ["CRITERIA", "POTENTIAL", "criteria", "key_score", "percentiles", "ratings_by_method", "score_weights"]

CRITERIA = ("profit", "goals", "loss", "stability", "potential")
METHODS = ("interview", "research", "management")
POTENTIAL = ("headroom", "deals", "growth")
_DEFAULTS = Rules()
_SEED = 20_080_808
_CONCENTRATION = 50.0  # of the Dirichlet distribution: a weight of 0.2 is shaken by about 0.06


def percentiles(values: "pd.Series[float]") -> "pd.Series[float]":
    """Place of each value among the known ones, 0 to 100: 100 (rank - 1/2) / n, equal values alike.

    Examples
    --------
    >>> percentiles(pd.Series([5.0, 1.0, float("nan"), 5.0, 9.0])).tolist()
    [50.0, 12.5, nan, 50.0, 87.5]
    """
    return 100 * (values.rank() - 0.5) / max(int(values.notna().sum()), 1)


def criteria(
    profit: pd.DataFrame,
    before: pd.DataFrame,
    owners: pd.DataFrame,
    accounts: pd.DataFrame,
    ledger: pd.DataFrame,
    *,
    wallet: pd.DataFrame,
    ratings: pd.DataFrame,
    links: pd.DataFrame,
    targets: pd.DataFrame,
    opportunities: pd.DataFrame,
    activities: pd.DataFrame,
    as_of: date,
    by_margin: bool,
    rules: Rules = _DEFAULTS,
) -> pd.DataFrame:
    """Measure what speaks for each account at home here; NaN where a criterion is not known.

    Parameters
    ----------
    profit, before
        Of `owner_profit`, for the window and for the twelve months before it.
    owners
        `owner_id`, `name`, `type`, `is_home`, `manager_id`, `manager_name`, `tier`.
    accounts
        `account_id`, `owner_id`, `first_order`.
    ledger
        `owner_id`, `month`, `revenue`.
    wallet
        `account_id`, `family`, `period_start`, `period_end`, `total_spend`, `collected_on`.
    ratings
        `account_id`, `criterion`, `method`, `score`, `rated_on`.
    links
        `account_id`, `linked_id`: the second follows the first.
    targets
        `account_id`, `measure`, `month`, `value`, `kind`.
    opportunities
        `account_id`, `amount`, `closed_on`.
    activities
        `account_id`, `date`, `hours`.
    as_of
        First day that is not known.

    Returns
    -------
    DataFrame
        `owner_id`, `name`, `manager_id`, `manager_name`, `is_listed` and

        - `profit`: twelve-month margin, or revenue where the cost is not known;
        - `goals`: the account's own target of the last twelve months where accounts have targets, else the rating
          ``strategic``;
        - `loss`: what goes with it: its `profit` and that of the accounts that follow it;
        - `stability`: mean percentile of months since the first order, months with sales, and steadiness of the
          months (-CV);
        - `potential`: mean percentile of `headroom` (wallet less own sales in the same months, a year), `deals` (open
          ones) and `growth` of who has bought, of those that are known for `score_min_known` of the accounts;
        - `effort`: hours of the last twelve months;
        - `followers`: how many accounts follow it.

    References
    ----------
    Fiocca, R. (1982). Account portfolio analysis for strategy development. Industrial Marketing Management 11,
    53-62.

    Examples
    --------
    >>> owners = pd.DataFrame({"owner_id": ["a"], "name": ["A"], "type": "customer", "is_home": True,
    ...     "manager_id": "m", "manager_name": "M", "tier": ["key"]})
    >>> profit = pd.DataFrame({"owner_id": ["a"], "revenue": [100.0], "margin": [20.0]})
    >>> accounts = pd.DataFrame({"account_id": ["a"], "owner_id": ["a"], "first_order": pd.Timestamp("2024-06-01")})
    >>> ledger = pd.DataFrame({"owner_id": ["a"], "month": pd.to_datetime(["2025-06-01"]), "revenue": [100.0]})
    >>> none = pd.DataFrame(columns=["account_id", "linked_id", "criterion", "hours", "date", "closed_on", "amount",
    ...     "kind", "month", "measure", "value", "method", "score", "rated_on", "family", "period_start", "period_end"])
    >>> found = criteria(profit, profit, owners, accounts, ledger, wallet=none, ratings=none, links=none, targets=none,
    ...     opportunities=none, activities=none, as_of=date(2025, 7, 1), by_margin=True)
    >>> found[["profit", "loss"]].values.tolist()
    [[20.0, 20.0]]
    """
    measure = "margin" if by_margin else "revenue"
    home = at_home(owners)
    frame = home[["owner_id", "name", "manager_id", "manager_name"]].reset_index(drop=True)
    frame["is_listed"] = (home["tier"] == "key").to_numpy()
    owner_of = dict(zip(accounts["account_id"], accounts["owner_id"], strict=True))
    ids = frame["owner_id"]

    def by_owner(values: pd.Series, *, unknown: float = np.nan) -> "pd.Series[float]":
        return ids.map(values).astype(float).fillna(unknown)

    worth, past = (source.set_index("owner_id")[measure] for source in (profit, before))
    frame["profit"] = by_owner(worth, unknown=0.0)
    frame["goals"] = by_owner(_goals(targets, ratings, owner_of, measure=measure, as_of=as_of))
    known = links.assign(owner_id=links["account_id"].map(owner_of), follower=links["linked_id"].map(owner_of))
    known = known[(known["owner_id"] != known["follower"]) & known["owner_id"].notna()].drop_duplicates(
        ["owner_id", "linked_id"]
    )
    followed = known["follower"].map(worth).astype(float).clip(lower=0).groupby(known["owner_id"]).sum()
    frame["loss"] = frame["profit"] + by_owner(followed, unknown=0.0)
    frame["followers"] = by_owner(known.groupby("owner_id").size(), unknown=0.0).astype(int)
    frame["stability"] = _stability(ids, accounts, ledger, as_of)
    frame["headroom"] = by_owner(_headroom(wallet, ledger, owner_of))
    frame["deals"] = by_owner(_open_deals(opportunities, owner_of), unknown=0.0 if len(opportunities) else np.nan)
    # Who has bought nothing for a year grows from a loss to nothing: that is no potential.
    grown = (frame["profit"] - by_owner(past, unknown=0.0)).where(ids.isin(worth.index))
    frame["growth"] = grown if len(past) else np.nan
    spoken = [percentiles(frame[name]) for name in POTENTIAL if frame[name].notna().mean() >= rules.score_min_known]
    frame["potential"] = pd.concat(spoken, axis=1).mean(axis=1) if spoken else np.nan
    hours = activities[activities["date"] >= pd.Timestamp(as_of) - pd.DateOffset(months=12)]
    spent = hours["hours"].astype(float).groupby(hours["account_id"].map(owner_of)).sum()
    frame["effort"] = by_owner(spent, unknown=0.0 if len(hours) else np.nan)
    return frame


def _goals(
    targets: pd.DataFrame, ratings: pd.DataFrame, owner_of: dict[str, str], *, measure: str, as_of: date
) -> pd.Series:
    """Target of each owner in the last twelve months; without targets of accounts, how strategic it is rated."""
    own = targets[targets["account_id"].notna() & (targets["measure"] == measure) & (targets["kind"] == "target")]
    months = pd.to_datetime(own["month"])
    own = own[(months < pd.Timestamp(as_of)) & (months >= pd.Timestamp(as_of) - pd.DateOffset(months=12))]
    if len(own):
        return own["value"].astype(float).groupby(own["account_id"].map(owner_of)).sum()
    strategic = _newest(ratings[ratings["criterion"] == "strategic"])
    return strategic["score"].astype(float).groupby(strategic["account_id"].map(owner_of)).mean()


def _newest(ratings: pd.DataFrame) -> pd.DataFrame:
    """The newest rating of each account, criterion and method."""
    ordered = ratings.sort_values("rated_on", kind="stable")
    return ordered.drop_duplicates(["account_id", "criterion", "method"], keep="last")


def _stability(ids: "pd.Series[str]", accounts: pd.DataFrame, ledger: pd.DataFrame, as_of: date) -> "pd.Series[float]":
    window = Period(as_of.replace(day=1), 1).previous.trailing(12)
    first = accounts.groupby("owner_id")["first_order"].min()
    # Not by `map`: pandas cannot map by days of which there are none, as in a region without accounts.
    tenure = (pd.Timestamp(as_of) - first.reindex(ids)).dt.days.astype(float).set_axis(ids.index)
    months = owner_trends(ledger, window=window, months=12).reindex(ids).fillna(0.0)
    mean = months.mean(axis=1)
    steadiness = -(months.std(axis=1, ddof=1) / mean).where(mean > 0)
    active = (months > 0).sum(axis=1).astype(float)
    parts = [tenure, active.reset_index(drop=True), steadiness.reset_index(drop=True)]
    return pd.concat([percentiles(part) for part in parts], axis=1).mean(axis=1)


def _headroom(wallet: pd.DataFrame, ledger: pd.DataFrame, owner_of: dict[str, str]) -> pd.Series:
    """What each account buys elsewhere a year: its newest spend over all families less our sales in those months."""
    whole = wallet[wallet["family"].isna()]
    if not len(whole):
        return pd.Series(dtype=float)
    newest = whole.sort_values(["period_end", "collected_on"]).drop_duplicates("account_id", keep="last")
    newest = newest.assign(owner_id=newest["account_id"].map(owner_of))
    sums = newest.groupby("owner_id").agg(
        start=("period_start", "max"), end=("period_end", "min"), spend=("total_spend", "sum")
    )
    rows = ledger[["owner_id", "month", "revenue"]].merge(sums, left_on="owner_id", right_index=True)
    inside = rows[(rows["month"] >= rows["start"]) & (rows["month"] < rows["end"])]
    own = inside.groupby("owner_id")["revenue"].sum().reindex(sums.index).fillna(0.0)
    years = (sums["end"] - sums["start"]).dt.days / 365.25
    return ((sums["spend"] - own).clip(lower=0) / years).where(years > 0)


def _open_deals(opportunities: pd.DataFrame, owner_of: dict[str, str]) -> pd.Series:
    still = opportunities[opportunities["closed_on"].isna()]
    return still["amount"].astype(float).groupby(still["account_id"].map(owner_of)).sum()


def ratings_by_method(ratings: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Mean of the newest ratings of each owner by the way in which they were found.

    Parameters
    ----------
    ratings
        `account_id`, `criterion`, `method`, `score` (0 to 100), `rated_on`.
    accounts
        `account_id`, `owner_id`.

    Returns
    -------
    DataFrame
        Indexed by `owner_id`: `interview`, `research`, `management`; NaN where nobody was asked.

    Examples
    --------
    >>> ratings = pd.DataFrame({"account_id": "a", "criterion": ["potential", "intent"], "method": "interview",
    ...     "score": [60.0, 80.0], "rated_on": pd.Timestamp("2025-01-01")})
    >>> accounts = pd.DataFrame({"account_id": ["a"], "owner_id": ["a"]})
    >>> ratings_by_method(ratings, accounts)["interview"].to_dict()
    {'a': 70.0}
    """
    newest = _newest(ratings).merge(accounts[["account_id", "owner_id"]], on="account_id", validate="many_to_one")
    wide = newest.astype({"score": float}).pivot_table(index="owner_id", columns="method", values="score")
    return wide.reindex(columns=list(METHODS))


def score_weights(measured: pd.DataFrame, *, rules: Rules = _DEFAULTS) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Say what each criterion weighs: nothing where it is hardly known, and once where two say the same.

    Criteria whose rank correlation is above `score_repeat` share the larger of their weights; what remains is
    scaled to a sum of 1.

    Parameters
    ----------
    measured
        Of `criteria`.

    Returns
    -------
    tuple of DataFrame
        The weights (see `KeyScore`) and the rank correlations of the criteria that are used.

    References
    ----------
    Spearman, C. (1904). American Journal of Psychology 15, 72-101.

    Examples
    --------
    >>> measured = pd.DataFrame({"profit": [1.0, 2.0, 3.0], "loss": [1.0, 2.0, 9.0], "goals": None,
    ...     "stability": [2.0, 1.0, 3.0], "potential": None})
    >>> weights, _ = score_weights(measured)
    >>> weights.set_index("criterion")["used"].round(3).to_dict()
    {'profit': 0.333, 'goals': 0.0, 'loss': 0.333, 'stability': 0.333, 'potential': 0.0}
    """
    ranks = measured[list(CRITERIA)].astype(float).rank()
    known = ranks.notna().sum()
    kept = [name for name in CRITERIA if len(ranks) and known[name] >= rules.score_min_known * len(ranks)]
    correlations = ranks[kept].corr()
    rho = correlations.to_numpy(float)
    first = {name: name for name in kept}
    for at, name in enumerate(kept):
        # The most important of those it repeats: the criteria stand in a fixed order.
        alike = [other for before, other in enumerate(kept[:at]) if rho[at, before] > rules.score_repeat]
        first[name] = first[alike[0]] if alike else name
    wanted: dict[str, float] = dict.fromkeys(CRITERIA, 0.0) | dict(rules.score_weights.items())
    used = dict.fromkeys(CRITERIA, 0.0)
    for head in set(first.values()):
        group = [name for name in kept if first[name] == head]
        for name in group:
            used[name] = max(wanted[one] for one in group) / len(group)
    total = sum(used.values())
    weights = pd.DataFrame(
        {
            "criterion": CRITERIA,
            "weight": [wanted[name] for name in CRITERIA],
            "used": [used[name] / total if total else 0.0 for name in CRITERIA],
            "known": [int(known[name]) for name in CRITERIA],
            "like": [first[name] if first.get(name, name) != name else "" for name in CRITERIA],
        }
    )
    return weights, correlations


def key_score(
    measured: pd.DataFrame,
    rated: pd.DataFrame,
    *,
    listed: int = 0,
    draws: int = 1000,
    rules: Rules = _DEFAULTS,
) -> KeyScore:
    """Score the accounts and shake the weights.

    Simple additive weighting of the criteria's percentiles; a criterion that is not known of an account is left out
    for it. The weights are drawn from a Dirichlet distribution with parameter 50 w: the share of draws in which an
    account is among the first says how far its place hangs on the weights. Effort is no merit and not in the sum.

    Parameters
    ----------
    measured
        Of `criteria`.
    rated
        Of `ratings_by_method`.
    listed
        Length of the list; 0 for as many as the firm's own list has, or a fifth where it has none.
    draws
        Number of weightings; the seed is fixed.

    References
    ----------
    Hwang, C.-L., Yoon, K. (1981). Multiple Attribute Decision Making. Springer: simple additive weighting.

    Examples
    --------
    >>> measured = pd.DataFrame({"owner_id": ["a", "b"], "name": ["A", "B"], "is_listed": [True, False],
    ...     "manager_id": "m", "manager_name": "M", "profit": [9.0, 1.0], "goals": None, "loss": [9.0, 1.0],
    ...     "stability": [50.0, 50.0], "potential": None, "effort": [1.0, 2.0], "followers": 0})
    >>> found = key_score(measured, pd.DataFrame(columns=["interview", "research", "management"]))
    >>> found.frame[["name", "score", "in_list"]].values.tolist()
    [['A', 66.7, 1.0], ['B', 33.3, 0.0]]
    """
    frame = measured.sort_values("owner_id", ignore_index=True)
    weights, correlations = score_weights(frame, rules=rules)
    places = frame[list(CRITERIA)].astype(float).apply(percentiles)
    n = listed or int(frame["is_listed"].sum()) or -(-len(frame) // 5)
    used = weights.set_index("criterion")["used"]
    kept = [name for name in CRITERIA if used[name] > 0]
    values, known = places[kept].fillna(0.0).to_numpy(), places[kept].notna().to_numpy(float)
    share = np.zeros(len(frame))
    score = np.full(len(frame), np.nan)
    if kept and len(frame):
        base = used[kept].to_numpy(float)
        score = _weighed(values, known, base[None, :])[:, 0]
        shaken = np.random.default_rng(_SEED).dirichlet(_CONCENTRATION * base, size=draws)
        each = np.nan_to_num(_weighed(values, known, shaken), nan=-1.0)
        # An account without any criterion is worth less than any other and never among the first.
        least = np.partition(each, len(frame) - n, axis=0)[len(frame) - n] if n <= len(frame) else 0.0
        share = ((each >= least) & (each >= 0)).mean(axis=1)
    frame = frame.assign(**{name: places[name] for name in CRITERIA}, score=score.round(1), in_list=share)
    frame["effort"] = percentiles(frame["effort"].astype(float))
    for method in METHODS:
        frame[method] = frame["owner_id"].map(rated[method]).astype(float)
    frame = frame.sort_values(["score", "in_list", "owner_id"], ascending=[False, False, True], ignore_index=True)
    frame["rank"] = np.arange(1, len(frame) + 1)
    return KeyScore(frame, weights, correlations, n, draws, rules)


def _weighed(values: np.ndarray, known: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Scores of the accounts (rows) under each weighting (columns), over the criteria known of each account."""
    weight = known @ weights.T
    with np.errstate(invalid="ignore"):
        return np.where(weight > 0, (values @ weights.T) / np.where(weight > 0, weight, 1.0), np.nan)
