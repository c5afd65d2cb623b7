"""What rivals did, which of our accounts it touched, and how fast we noticed and answered."""

from datetime import date

import numpy as np
import pandas as pd

from kamreport.analysis.homes import at_home
from kamreport.analysis.intervals import wilson_interval
from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import MoveReview, RivalMoves
from kamreport.settings import Rules

__all__ = ["move_review", "rival_moves"]

_DEFAULTS = Rules()
_LEAST = 5  # moves from which a median is said
_ONE_A_MOVE = ["competitor_id", "kind", "depth", "happened_on"]


def rival_moves(
    events: pd.DataFrame,
    product_ledger: pd.DataFrame,
    accounts: pd.DataFrame,
    owners: pd.DataFrame,
    *,
    keys: frozenset[str],
    window: Period,
    as_of: date,
    by_margin: bool,
    rules: Rules = _DEFAULTS,
) -> RivalMoves:
    """Log the rivals' moves since the window began, with the accounts that they touched and what is at stake there.

    At stake is what the accounts earned us in the window, in the family of the move where it names one; not known
    where nobody here buys that family, or it is spelt otherwise. A move is answered when it is for all of its accounts.

    Parameters
    ----------
    events
        One row per move and account: `event_id`, `competitor_id`, `kind`, `region`, `family`, `depth`, `happened_on`,
        `noticed_on`, `answered_on`, `account_id` (blank where none is named).
    product_ledger
        `owner_id`, `family`, `month`, `revenue`, `costed_revenue`, `cost`.
    accounts, owners
        `account_id`, `owner_id`; and `owner_id`, `name`, `type`, `is_home`, `manager_id`, `manager_name`. Only accounts
        at home here count.
    keys
        The key accounts.
    as_of
        First day that is not known.
    by_margin
        Whether the stake is margin, else revenue.

    Examples
    --------
    >>> events = pd.DataFrame({"event_id": "e", "competitor_id": "x", "kind": "price", "region": "North",
    ...     "family": "F", "depth": 0.1, "happened_on": pd.Timestamp("2025-04-01"), "account_id": ["a", "b"],
    ...     "noticed_on": pd.Timestamp("2025-05-01"), "answered_on": pd.NaT})
    >>> sold = pd.DataFrame({"owner_id": ["a", "a", "b"], "family": ["F", "G", "F"], "revenue": [50.0, 70.0, 40.0],
    ...     "month": pd.Timestamp("2025-06-01"), "costed_revenue": [50.0, 70.0, 40.0], "cost": [30.0, 40.0, 35.0]})
    >>> accounts = pd.DataFrame({"account_id": ["a", "b"], "owner_id": ["a", "b"]})
    >>> owners = pd.DataFrame({"owner_id": ["a", "b"], "name": ["A", "B"], "type": "customer", "is_home": True,
    ...     "manager_id": "m", "manager_name": "M"})
    >>> found = rival_moves(events, sold, accounts, owners, keys=frozenset("a"), as_of=date(2025, 7, 1),
    ...     window=Period.parse("2024-07..2025-06"), by_margin=True)
    >>> found.frame[["to_notice", "waited", "is_open", "accounts", "key_accounts", "stake"]].values.tolist()
    [[30.0, 61.0, True, 2, 1, 25.0]]
    """
    recent = events[events["happened_on"] >= pd.Timestamp(window.start)]
    frame = _one_a_move(recent, as_of)
    home = at_home(owners)[["owner_id", "name", "manager_id", "manager_name"]]
    owner = accounts.set_index("account_id")["owner_id"]
    pairs = recent[["event_id"]].assign(owner_id=recent["account_id"].map(owner).astype("str"))
    pairs = pairs[pairs["owner_id"].isin(home["owner_id"])].drop_duplicates()
    worth = _worth(in_window(product_ledger, window), by_margin=by_margin)
    cells = pairs.merge(worth, on="owner_id")
    said = cells["event_id"].map(dict(zip(frame["event_id"], frame["family"], strict=True)))
    cells = cells[(said == "") | (said == cells["family"])]
    sums = cells.groupby(["event_id", "owner_id"])["stake"].sum().reset_index()
    touched = pairs.merge(home, on="owner_id").merge(sums, on=["event_id", "owner_id"], how="left")
    is_sold = (frame["family"] == "") | frame["family"].isin(worth["family"].unique())
    known = touched["event_id"].isin(frame.loc[is_sold, "event_id"])
    touched = touched.assign(stake=touched["stake"].fillna(0.0).where(known), is_key=touched["owner_id"].isin(keys))
    touched = touched.sort_values(["stake", "owner_id"], ascending=[False, True], ignore_index=True)
    groups = touched.groupby("event_id")
    for name, counts in (("accounts", groups.size()), ("key_accounts", groups["is_key"].sum())):
        frame[name] = frame["event_id"].map(counts).fillna(0).astype(int)
    frame["stake"] = frame["event_id"].map(groups["stake"].sum()).where(is_sold).astype(float)
    frame["is_due"] = (pd.Timestamp(as_of) - frame["noticed_on"]).dt.days > rules.move_answer_days
    frame = frame.assign(first=frame["stake"].where(frame["is_open"], -1.0).fillna(-0.5)).sort_values(
        ["first", "happened_on", "event_id"], ascending=[False, False, True], ignore_index=True
    )
    keys_here = len(keys & set(home["owner_id"]))
    return RivalMoves(frame.drop(columns="first"), touched, cells.reset_index(drop=True), keys_here, by_margin, rules)


def _one_a_move(events: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """One row per move: first noticed, last answered; a place or family only where all of its rows say the same."""
    groups = events.groupby("event_id", sort=True)
    frame = groups[_ONE_A_MOVE].first()
    frame["noticed_on"] = groups["noticed_on"].min()
    is_answered = events["answered_on"].notna().groupby(events["event_id"]).all()
    frame["answered_on"] = groups["answered_on"].max().where(is_answered)
    for name in ("region", "family"):
        filled = events[name].fillna("").groupby(events["event_id"])
        frame[name] = filled.first().where(filled.nunique() == 1, "")
    frame["is_open"] = frame["answered_on"].isna()
    # What was heard of before it happened was noticed at once.
    frame["to_notice"] = (frame["noticed_on"] - frame["happened_on"]).dt.days.clip(lower=0).astype(float)
    until = frame["answered_on"].fillna(pd.Timestamp(as_of))
    frame["waited"] = (until - frame["noticed_on"]).dt.days.astype(float)
    return frame.reset_index()


def _worth(rows: pd.DataFrame, *, by_margin: bool) -> pd.DataFrame:
    """What each owner earned us in each family; never below zero."""
    amount = rows["costed_revenue"] - rows["cost"].fillna(0.0) if by_margin else rows["revenue"]
    sums = amount.groupby([rows["owner_id"], rows["family"]]).sum().clip(lower=0)
    return sums.rename("stake").reset_index()


def move_review(moves: RivalMoves) -> MoveReview:
    """Say how fast moves are noticed and answered, over all, by rival and by kind, and what each rival does most.

    Days to the answer are those of the product-limit estimate, in which a move that is still open counts as long as
    it has been; answered in time is counted over the moves that were noticed long enough ago, Wilson 95 %.

    References
    ----------
    Kaplan, E. L., Meier, P. (1958). Nonparametric estimation from incomplete observations. JASA 53, 457-481.
    Wilson, E. B. (1927). JASA 22, 209-212.

    Examples
    --------
    >>> frame = pd.DataFrame({"event_id": list("abcde"), "competitor_id": "x", "kind": "price", "to_notice": 10.0,
    ...     "waited": [5.0, 10.0, 20.0, 40.0, 50.0], "is_open": [False, False, False, True, True], "is_due": True})
    >>> touched = pd.DataFrame({"event_id": ["a"], "owner_id": ["k"], "is_key": [True]})
    >>> found = move_review(RivalMoves(frame, touched, touched, 4, True, Rules()))
    >>> found.frame[["part", "answer_median", "answered", "due", "key_accounts"]].head(1).values.tolist()
    [['', 20.0, 3, 5, 1]]
    """
    frame = moves.frame
    parts = [("", "", frame)]
    parts += [("competitor", str(name), group) for name, group in frame.groupby("competitor_id", sort=True)]
    parts += [("kind", str(name), group) for name, group in frame.groupby("kind", sort=True)]
    rows = [{"part": part, "name": name, **_review(group, moves)} for part, name, group in parts if len(group)]
    names = [
        "part", "name", "moves", "open", "notice_median", "answer_median", "answered", "due", "low", "high",
        "usual", "usual_moves", "key_accounts",
    ]  # fmt: skip
    found = pd.DataFrame(rows, columns=names)
    found = found.sort_values(["part", "moves", "name"], ascending=[True, False, True], ignore_index=True)
    return MoveReview(found, moves.keys, _LEAST, moves.rules)


def _review(group: pd.DataFrame, moves: RivalMoves) -> dict[str, object]:
    days = moves.rules.move_answer_days
    # A young move does not count even if it is answered, or only the quick answers of its days would.
    in_time, due = group["is_due"] & ~group["is_open"] & (group["waited"] <= days), int(group["is_due"].sum())
    low, high = wilson_interval(int(in_time.sum()), due)
    enough = len(group) >= _LEAST
    kinds = group["kind"].value_counts().sort_index(kind="stable").sort_values(ascending=False, kind="stable")
    touched = moves.touched[moves.touched["event_id"].isin(group["event_id"]) & moves.touched["is_key"]]
    return {
        "moves": len(group),
        "open": int(group["is_open"].sum()),
        "notice_median": float(group["to_notice"].median()) if enough else np.nan,
        "answer_median": _waiting(group) if enough else np.nan,
        "answered": int(in_time.sum()),
        "due": due,
        "low": low,
        "high": high,
        "usual": str(kinds.index[0]),
        "usual_moves": int(kinds.iloc[0]),
        "key_accounts": int(touched["owner_id"].nunique()),
    }


def _waiting(group: pd.DataFrame) -> float:
    """Days after which half are answered, open ones counted as far as they go; infinite if never."""
    days = group["waited"].to_numpy(float)
    # Of two of one day the answer comes before the one that is still open.
    is_open = group["is_open"].to_numpy(bool)
    order = np.lexsort((is_open, days))
    answered = ~is_open[order]
    waiting = np.cumprod(1 - answered / np.arange(len(days), 0, -1))
    reached = days[order][waiting <= 0.5 + 1e-9]
    return float(reached[0]) if len(reached) else np.inf
