"""Who holds which part of what the key accounts buy, and from whom to whom it moved within a year."""

import numpy as np
import pandas as pd

from kamreport.analysis.homes import at_home
from kamreport.analysis.wallets import SPAN, wallet_estimates
from kamreport.period import Period
from kamreport.results import RivalShares
from kamreport.settings import Rules

__all__ = ["rival_shares", "switching_matrix"]

_DEFAULTS = Rules()
_OWN, _UNKNOWN, _NEW = "own", "unknown", "new"
_NORMAL, _ERROR = 1.4826, 0.05  # of a median absolute deviation the standard deviation; errors in any of all


def switching_matrix(
    before: pd.DataFrame, now: pd.DataFrame, spend_before: "pd.Series[float]", spend: "pd.Series[float]"
) -> pd.DataFrame:
    """Give what moved from supplier to supplier, in money.

    At each account a supplier's change is `(share - share before) x spend`, and what the account buys more or less
    in all is divided as it divided its purchases before. The falls are spread over the rises in proportion: who took
    from whom is not observed, and this is the rule that needs no further knowledge. Nothing flows to oneself.

    Of each supplier the column's sum less the row's is exactly his change, `share x spend - share before x spend
    before`. No chain of Markov is made of it: two estimates of some accounts do not say where it would end.

    Parameters
    ----------
    before, now
        Shares, a row per account, a column per supplier; each row adds up to 1.
    spend_before, spend
        What each account bought in all, by the same index.

    Returns
    -------
    DataFrame
        From (rows) to (columns); the last of both is ``new``, what the accounts buy more (row) or less (column).

    References
    ----------
    Colombo, R., Morrison, D. (1989). A brand switching model with implications for marketing strategies. Marketing
    Science 8(1), 89-99: the switching matrix.

    Examples
    --------
    >>> before = pd.DataFrame({"own": [0.6], "x": [0.3], "y": [0.1]})
    >>> now = pd.DataFrame({"own": [0.3], "x": [0.5], "y": [0.2]})
    >>> print(switching_matrix(before, now, pd.Series([100.0]), pd.Series([200.0])).round(1))
          own     x     y  new
    own   0.0  40.0  20.0  0.0
    x     0.0   0.0   0.0  0.0
    y     0.0   0.0   0.0  0.0
    new  60.0  30.0  10.0  0.0
    """
    falls, rises, weights = _changes(before, now, spend)
    names = [*before.columns, _NEW]
    moved = np.zeros((len(names), len(names)))
    moved[:-1, :-1] = (falls * weights).T @ rises
    growth = before.to_numpy(float) * (spend - spend_before).to_numpy(float)[:, None]
    moved[-1, :-1] = growth.clip(min=0).sum(axis=0)
    moved[:-1, -1] = (-growth).clip(min=0).sum(axis=0)
    return pd.DataFrame(moved, names, names)


def _changes(
    before: pd.DataFrame, now: pd.DataFrame, spend: "pd.Series[float]"
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Falls and rises in money, and by what a fall times a rise is divided: all that moved at the account."""
    moved = (now.to_numpy(float) - before.to_numpy(float)) * spend.to_numpy(float)[:, None]
    falls, rises = (-moved).clip(min=0), moved.clip(min=0)
    # What rises is what falls, but for the last digit: the mean of both keeps either sum.
    sums = (falls.sum(axis=1, keepdims=True) + rises.sum(axis=1, keepdims=True)) / 2
    return falls, rises, np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)


def rival_shares(
    wallet_shares: pd.DataFrame,
    wallet: pd.DataFrame,
    accounts: pd.DataFrame,
    keys: pd.DataFrame,
    *,
    window: Period,
    rules: Rules = _DEFAULTS,
) -> RivalShares:
    """Divide what the key accounts buy among their suppliers, and compare it with a year before.

    Of each account the newest estimate of all families that reaches into the window counts; it is compared with the
    one that the same source made of the same months a year before. Shares are weighted by a year's spend. What the
    shares do not explain is ``unknown``, a supplier like any other. A share fell, or rose, beyond doubt if it changed
    by `wallet_share_change`, by more than the largest change that chance alone makes among so many as scatter like
    these, and if the ranges that follow from the spend's `low` and `high` do not overlap; else it may have.
    A rival took it where our share fell beyond doubt, his rose beyond doubt, and no other such rival took more; and
    he is a taker only if he took more from us than we from him over all accounts with two estimates.

    Parameters
    ----------
    wallet_shares
        `account_id`, `period_start`, `period_end` (day after), `competitor_id` (`own`: we), `share`, `rank`,
        `collected_on`, `family` (blank: all), `source`.
    wallet
        `account_id`, `period_start`, `period_end`, `total_spend`, `low`, `high`, `source`, `collected_on`, `family`.
    accounts
        `account_id`, `owner_id`, `name`, `type`, `is_home`, `manager_id`, `manager_name`, `revenue_12m`.
    keys
        The key accounts: `owner_id`.

    References
    ----------
    Cooil, B., Keiningham, T. L., Aksoy, L., Hsu, M. (2007). A longitudinal analysis of customer satisfaction and
    share of wallet. Journal of Marketing 71(1), 67-83.

    Examples
    --------
    >>> spans = {"account_id": "a", "period_start": pd.to_datetime(["2023-01-01", "2024-01-01"]),
    ...     "period_end": pd.to_datetime(["2024-01-01", "2025-01-01"]), "source": "customer", "family": None,
    ...     "collected_on": pd.to_datetime(["2024-01-20", "2025-01-20"])}
    >>> wallet = pd.DataFrame(spans | {"total_spend": 100.0, "low": 95.0, "high": 105.0})
    >>> parts = {"own": [0.6, 0.4], "x": [0.3, 0.5]}
    >>> shares = pd.concat(pd.DataFrame(spans | {"competitor_id": who, "share": part, "rank": None})
    ...     for who, part in parts.items())
    >>> accounts = pd.DataFrame({"account_id": ["a"], "owner_id": "a", "name": "A", "type": "customer",
    ...     "is_home": True, "manager_id": "m", "manager_name": "M", "revenue_12m": 40.0})
    >>> found = rival_shares(shares, wallet, accounts, accounts, window=Period.parse("2024-07..2025-06"))
    >>> found.suppliers[["competitor_id", "share", "share_before"]].round(2).values.tolist()
    [['own', 0.4, 0.6], ['x', 0.5, 0.3], ['unknown', 0.1, 0.1]]
    >>> found.fell[["name", "rival", "moved"]].round(2).values.tolist()
    [['A', 'x', 20.0]]
    """
    home = at_home(accounts)
    listed = home[home["owner_id"].isin(keys["owner_id"])]
    parts, spans, contradicted, unweighed = wallet_estimates(wallet_shares, wallet, frozenset(listed["account_id"]))
    recent = spans[spans["end"] > pd.Timestamp(window.start)]
    newest = recent.drop_duplicates("account_id", keep="last")
    pairs = _pairs(recent, spans)
    shares = _wide(parts, newest["estimate"])
    before, now = _wide(parts, pairs["estimate_before"]), _wide(parts, pairs["estimate"])
    suppliers = sorted({_OWN, _UNKNOWN, *shares, *before, *now})
    shares, before, now = (
        part.reindex(columns=suppliers, fill_value=0.0).astype(float) for part in (shares, before, now)
    )
    flows = switching_matrix(before, now, pairs["spend_before"], pairs["spend"])
    changes = now - before
    least = _least_change(changes[[_OWN]], rules), _least_change(changes.drop(columns=[_OWN, _UNKNOWN]), rules)
    pairs = pairs.merge(listed[["account_id", "owner_id"]], on="account_id", validate="one_to_one")
    frame, moved = _verdicts(pairs, before, now, *least, rules)
    names = ["account_id", "name", "manager_id", "manager_name"]
    frame = frame.merge(listed[names], on="account_id", validate="one_to_one")
    frame = frame.sort_values(["lost", "account_id"], ascending=[False, True], ignore_index=True)
    known = listed["account_id"].isin(newest["account_id"])
    revenue = float(listed["revenue_12m"].sum())
    return RivalShares(
        suppliers=_suppliers(shares, newest["spend"], before, now, pairs, flows),
        accounts=frame,
        flows=flows,
        takers=_sure(moved, "fell", flows.T[_OWN] - flows[_OWN]),
        givers=_sure(moved, "rose", flows[_OWN] - flows.T[_OWN]),
        known=int(listed.loc[known, "owner_id"].nunique()),
        keys=int(keys["owner_id"].nunique()),
        cover=float(listed.loc[known, "revenue_12m"].sum()) / revenue if revenue > 0 else float("nan"),
        least=least,
        contradicted=contradicted,
        unweighed=unweighed,
        rules=rules,
    )


def _pairs(recent: pd.DataFrame, spans: pd.DataFrame) -> pd.DataFrame:
    """Give the newest estimate of each account of which the same source made one of the same months a year before."""
    names = {"estimate": "estimate_before", "spend": "spend_before", "low": "low_before", "high": "high_before"}
    past = spans.rename(columns=names)[[*SPAN, *names.values()]]
    year = pd.DateOffset(years=1)
    past = past.assign(start=past["start"] + year, end=past["end"] + year).drop_duplicates(SPAN, keep="last")
    return recent.merge(past, on=SPAN).drop_duplicates("account_id", keep="last").reset_index(drop=True)


def _wide(parts: pd.DataFrame, estimates: "pd.Series[int]") -> pd.DataFrame:
    """Shares by estimate and supplier, in the order of the estimates."""
    chosen = parts[parts["estimate"].isin(estimates)]
    wide = chosen.pivot_table(index="estimate", columns="competitor_id", values="share", aggfunc="sum", fill_value=0.0)
    return wide.reindex(estimates).reset_index(drop=True)


def _verdicts(
    pairs: pd.DataFrame, before: pd.DataFrame, now: pd.DataFrame, least_own: float, least_rival: float, rules: Rules
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Say of each account whether our share changed and who took or gave most; and of every such rival how much."""
    falls, rises, weights = _changes(before, now, pairs["spend"])
    own = list(before.columns).index(_OWN)
    least = np.where(np.arange(before.shape[1]) == own, least_own, least_rival)
    fell, rose = (_beyond_doubt(*ends, least) for ends in _both_ways(pairs, before, now))
    rival = ~before.columns.isin([_OWN, _UNKNOWN])
    change = (now[_OWN] - before[_OWN]).to_numpy(float)
    clear = rules.wallet_share_change - 1e-9
    taken = np.where(fell[:, [own]] & rose & rival, falls[:, [own]] * rises * weights, 0.0)
    given = np.where(rose[:, [own]] & fell & rival, rises[:, [own]] * falls * weights, 0.0)
    amounts = taken + given  # of an account one of them is all zero
    first, moved = amounts.argmax(axis=1), amounts.max(axis=1, initial=0.0)
    verdict = np.select(
        [fell[:, own], rose[:, own], change <= -clear, change >= clear],
        ["fell", "rose", "may have fallen", "may have risen"],
        "",
    )
    frame = pairs[["account_id", "owner_id", "source", "start", "end", "spend", "spend_before"]].assign(
        own=now[_OWN], own_before=before[_OWN], change=change, lost=-change * pairs["spend"], verdict=verdict
    )
    frame["rival"] = np.where(moved > 0, before.columns.to_numpy(object)[first], "")
    frame["moved"] = np.where(moved > 0, moved, np.nan)
    at, who = np.nonzero(amounts > 0)
    sure = frame.loc[at, ["owner_id", "verdict"]].assign(competitor_id=before.columns[who], amount=amounts[at, who])
    return frame, sure


def _both_ways(
    pairs: pd.DataFrame, before: pd.DataFrame, now: pd.DataFrame
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """How far each share fell, between which ends; and the same of a rise. Blank ranges prove nothing."""
    change = now.to_numpy(float) - before.to_numpy(float)

    def end(shares: pd.DataFrame, spend: str, bound: str) -> np.ndarray:
        scale = pairs[spend] / pairs[bound].where(pairs[bound] > 0)
        return np.asarray(shares.mul(scale, axis=0), float)

    return [
        (-change, end(before, "spend_before", "high_before"), end(now, "spend", "low")),
        (change, end(now, "spend", "high"), end(before, "spend_before", "low_before")),
    ]


def _least_change(changes: pd.DataFrame, rules: Rules) -> float:
    """Give the change that is beyond doubt: the rule's, or what the others' changes make of the most by chance.

    Half of all changes say how far they scatter without anything happening (median absolute deviation), and so many
    as there are (Bonferroni), the largest by chance is larger than one alone.
    """
    from scipy.special import stdtrit

    values = changes.to_numpy(float).ravel()
    n = len(values)
    if len(changes) < 3:
        return rules.wallet_share_change
    scatter = float(np.median(np.abs(values - np.median(values)))) * _NORMAL
    return max(rules.wallet_share_change, scatter * float(stdtrit(n - 1, 1 - _ERROR / (2 * n))))


def _beyond_doubt(change: np.ndarray, larger: np.ndarray, smaller: np.ndarray, least: np.ndarray) -> np.ndarray:
    """Far enough, and the least that the larger share can be lies above the most that the smaller one can be."""
    sure: np.ndarray = (change >= least - 1e-9) & (larger > smaller)
    return sure


def _sure(moved: pd.DataFrame, verdict: str, net: "pd.Series[float]") -> pd.DataFrame:
    """Add up the sure moves by rival; of whom it went the other way on the whole is not said."""
    by_rival = moved[moved["verdict"] == verdict].groupby("competitor_id")
    sums = by_rival.agg(accounts=("owner_id", "nunique"), amount=("amount", "sum")).reset_index()
    sums["net"] = sums["competitor_id"].map(net.to_dict()).astype(float)
    sums = sums[sums["net"] > 0]
    return sums.sort_values(["amount", "competitor_id"], ascending=[False, True], ignore_index=True)


def _suppliers(
    shares: pd.DataFrame,
    spend: "pd.Series[float]",
    before: pd.DataFrame,
    now: pd.DataFrame,
    pairs: pd.DataFrame,
    flows: pd.DataFrame,
) -> pd.DataFrame:
    """One row per supplier; we first, what is not known last."""
    weights = spend.to_numpy(float)
    amount = shares.mul(weights, axis=0).sum()
    then, after = (part.mul(pairs[by], axis=0).sum() for part, by in ((before, "spend_before"), (now, "spend")))
    frame = pd.DataFrame(
        {"accounts": (shares > 0).sum(), "amount": amount, "share": amount / float(weights.sum() or np.nan)}
    )
    frame["share_before"] = then / pairs["spend_before"].sum()
    frame["share_after"] = after / pairs["spend"].sum()
    frame["change"] = frame["share_after"] - frame["share_before"]
    frame["taken"] = (now - before).mul(pairs["spend"], axis=0).sum()
    frame["from_us"] = (flows.T[_OWN] - flows[_OWN]).drop(_NEW)
    place = frame.index.to_series().map({_OWN: 0, _UNKNOWN: 2}).fillna(1)
    frame = frame.rename_axis("competitor_id").reset_index().assign(place=place.to_numpy())
    frame = frame[(frame["amount"] > 0) | (frame["taken"] != 0) | (frame["competitor_id"] == _OWN)]
    frame = frame.sort_values(["place", "amount", "competitor_id"], ascending=[True, False, True], ignore_index=True)
    return frame.drop(columns="place")
