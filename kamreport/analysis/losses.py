"""Why deals were lost, and to whom the accounts went that left or buy less."""

from typing import Any

import pandas as pd

from kamreport.analysis.intervals import wilson_interval
from kamreport.analysis.win_rates import decided_deals, weighted_share
from kamreport.period import Period
from kamreport.results import NOBODY, Destinations, Losses, LossReasons, PartialDefection, each

__all__ = ["loss_reasons", "losses_by_destination"]

_LEVEL = 0.05
_KINDS = ("lost", "partial", "family")


def loss_reasons(opportunities: pd.DataFrame, *, window: Period) -> LossReasons:
    """Count the deals lost in the window by their reason; without one `unknown`, in every denominator.

    A reason leads if it is more frequent than the next one by an exact binomial test between the two.

    Parameters
    ----------
    opportunities
        `closed_on`, `outcome`, `reason`, `competitor_id`, `amount` (report currency).

    References
    ----------
    Wilson, E. B. (1927). JASA 22, 209-212.

    Examples
    --------
    >>> deals = pd.DataFrame({"closed_on": pd.to_datetime(["2025-06-01"] * 3), "outcome": "lost", "competitor_id": "x",
    ...     "reason": ["price", "price", None], "amount": [1.0, 2.0, 3.0]})
    >>> loss_reasons(deals, window=Period.parse("2025-06")).frame[["reason", "n", "amount"]].values.tolist()
    [['price', 2, 3.0], ['unknown', 1, 3.0]]
    """
    decided = decided_deals(opportunities, window)
    lost = decided[decided["outcome"] == "lost"]
    lost = lost.assign(
        reason=lost["reason"].fillna("unknown"),
        competitor_id=lost["competitor_id"].fillna("unknown"),
        amount=lost["amount"].fillna(0.0),
    )
    frame = _sums(lost, ["reason"])
    bounds = [wilson_interval(n, len(lost)) for n in frame["n"]]
    frame["share"] = frame["n"] / max(len(lost), 1)
    frame["low"], frame["high"] = [low for low, _ in bounds], [high for _, high in bounds]
    named = frame[~frame["reason"].isin(NOBODY)]
    by_rival = _sums(lost, ["competitor_id", "reason"])
    return LossReasons(frame, by_rival, len(lost), _leads(named["n"].tolist()), window)


def losses_by_destination(
    lost: Losses,
    partial: PartialDefection,
    stopped: pd.DataFrame,
    defections: pd.DataFrame,
    accounts: pd.DataFrame,
    *,
    by_margin: bool,
) -> Destinations:
    """Join the losses that the ledger shows with the destinations that the register of losses knows.

    The ledger decides what is lost; an owner counts once, as lost, else as partly lost, else with the families it
    dropped: each family goes its own way, and the owner counts for where most of its money went. To whom it went is
    said by the newest line of the register for one of its accounts since its last order, or since the window began
    where it still buys. A line of one family says nothing of another, nor where a whole account went; of a partly lost
    one it counts if the account dropped that family and no line speaks of all. Without a line, or a line without a
    destination, it is `unknown`.

    Parameters
    ----------
    lost, partial, stopped
        Of `lost_owners`, `partial_defection` and `stopped_families`.
    defections
        `account_id`, `noticed_on`, `family`, `competitor_id`.
    accounts
        `account_id`, `owner_id`.
    by_margin
        Whether margin is lost, or revenue because the cost is not known.

    References
    ----------
    Reichheld, F. F. (1996). Learning from customer defections. HBR 74(2). Wilson, E. B. (1927). JASA 22, 209-212.
    Kish, L. (1965). Survey Sampling, ch. 8 (interval of the share by value).

    Examples
    --------
    >>> from kamreport.settings import Rules
    >>> gone = pd.DataFrame({"owner_id": ["a", "b"], "name": ["A", "B"], "manager_id": "m", "manager_name": "M",
    ...     "last_order": pd.to_datetime(["2024-12-01"] * 2), "margin": [30.0, 10.0], "revenue": [90.0, 50.0]})
    >>> window = Period.parse("2024-07..2025-06")
    >>> lost = Losses(gone, 0, 9, frozenset("ab"), (0.0, 1.0), window, Rules())
    >>> falls = gone.head(0).assign(lost_margin=0.0, drop=0.0)
    >>> partial = PartialDefection(falls, 0, 9, window, 0.0, Rules())
    >>> register = pd.DataFrame({"account_id": ["a"], "noticed_on": pd.to_datetime(["2025-03-01"]), "family": None,
    ...     "competitor_id": "x"})
    >>> accounts = pd.DataFrame({"account_id": ["a", "b"], "owner_id": ["a", "b"]})
    >>> found = losses_by_destination(lost, partial, gone.head(0).assign(family=""), register, accounts, by_margin=True)
    >>> found.frame[["competitor_id", "n", "margin", "value_share"]].values.tolist()
    [['x', 1, 30.0, 0.75], ['unknown', 1, 10.0, 0.25]]
    """
    cases, twice = _cases(lost, partial, stopped)
    register = defections.merge(accounts[["account_id", "owner_id"]], on="account_id").sort_values("noticed_on")
    dropped = set(zip(stopped["owner_id"], stopped["family"], strict=True))
    cases["competitor_id"] = [_destination(row, register, dropped) for row in each(cases)]
    measure = "margin" if by_margin else "revenue"
    cases = cases.sort_values([measure, "owner_id", "family"], ascending=[False, True, True], ignore_index=True)
    worth = cases[measure].clip(lower=0.0)
    cases["counts"] = _counted(cases, worth)
    by_owner, n = worth.groupby(cases["owner_id"]).sum(), int(cases["counts"].sum())
    rows = []
    for rival, own in cases.groupby("competitor_id", sort=True):
        owners = own[own["counts"]]
        row: dict[str, object] = {"competitor_id": rival}
        row |= {kind: int((owners["kind"] == kind).sum()) for kind in _KINDS}
        row |= {"n": len(owners), "margin": float(own["margin"].sum()), "revenue": float(own["revenue"].sum())}
        row["share"] = len(owners) / n
        row["low"], row["high"] = wilson_interval(len(owners), n)
        part = worth.where(cases["competitor_id"] == rival, 0.0).groupby(cases["owner_id"]).sum()
        row["value_share"], row["value_low"], row["value_high"] = weighted_share(part, by_owner)
        rows.append(row)
    names = [
        "competitor_id", *_KINDS, "n", "margin", "revenue", "share", "low", "high", "value_share", "value_low",
        "value_high",
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=names).sort_values([measure, "competitor_id"], ascending=[False, True])
    named = frame[~frame["competitor_id"].isin(NOBODY)]
    return Destinations(
        cases=cases,
        frame=frame.reset_index(drop=True),
        leads=_leads(named["n"].tolist()) and named["n"].idxmax() == named.index[0],
        twice=twice,
        by_margin=by_margin,
        window=lost.window,
        rules=lost.rules,
    )


def _cases(lost: Losses, partial: PartialDefection, stopped: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """One row per owner that was lost wholly or in part, of one that dropped families a row for each; owners of both.

    The second is how many count as partly lost though they also dropped a family.
    """
    since = pd.Timestamp(lost.window.start)
    falls = partial.falls
    both = stopped["owner_id"].isin(falls["owner_id"])
    families = stopped[~both]
    names = [
        "owner_id", "name", "manager_id", "manager_name", "kind", "family", "since", "margin", "revenue",
    ]  # fmt: skip
    parts = [
        lost.frame.assign(kind="lost", family="", since=lost.frame["last_order"]),
        falls.assign(kind="partial", family="", since=since, margin=falls["lost_margin"], revenue=falls["drop"]),
        families.assign(kind="family", since=families["last_order"]),
    ]
    rows = [part[names] for part in parts if len(part)]
    cases = pd.concat(rows, ignore_index=True) if rows else parts[0][names]
    return cases, stopped.loc[both, "owner_id"].nunique()


def _destination(case: Any, register: pd.DataFrame, dropped: set[tuple[str, str]]) -> str:
    """To whom an owner went by the newest line that speaks of this loss and names a destination."""
    own = register[(register["owner_id"] == case.owner_id) & (register["noticed_on"] >= case.since)]
    own = own[own["competitor_id"].notna()]
    of_all = own[own["family"].fillna("") == ""]
    if case.kind == "family":
        said = own[own["family"].fillna("").isin(["", case.family])]
    elif case.kind == "partial" and not len(of_all):
        said = own[[(case.owner_id, family) in dropped for family in own["family"]]]
    else:
        said = of_all
    return str(said["competitor_id"].iloc[-1]) if len(said) else "unknown"


def _counted(cases: pd.DataFrame, worth: "pd.Series[float]") -> "pd.Series[bool]":
    """Mark the row by which an owner counts: the largest of what went where most of its money went."""
    went = worth.groupby([cases["owner_id"], cases["competitor_id"]]).transform("sum")
    order = cases.assign(went=went).sort_values("went", ascending=False, kind="stable")
    return ~order["owner_id"].duplicated().reindex(cases.index)


def _sums(lost: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    sums = lost.groupby(key, as_index=False).agg(n=("outcome", "size"), amount=("amount", "sum"))
    return sums.sort_values(["n", *key], ascending=[False, *[True] * len(key)], ignore_index=True)


def _leads(counts: list[int]) -> bool:
    """Whether the largest count is larger than the next beyond chance."""
    from scipy.stats import binomtest

    first, second = sorted([*counts, 0, 0], reverse=True)[:2]
    return first > 0 and float(binomtest(first, first + second).pvalue) <= _LEVEL
