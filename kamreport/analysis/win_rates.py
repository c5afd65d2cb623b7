"""Deals won and lost: against whom, at which stage, of what, by whom, of which size."""

from dataclasses import replace

import numpy as np
import pandas as pd

from kamreport.analysis.intervals import fisher_exact, holm, wilson_interval
from kamreport.analysis.stages import UNRECORDED, stage_visits
from kamreport.analysis.windows import in_window
from kamreport.errors import UsageError
from kamreport.period import Period
from kamreport.results import WinRates
from kamreport.settings import Rules

__all__ = [
    "amounts_known",
    "decided_deals",
    "weighted_share",
    "where_lost",
    "win_rates",
    "win_rates_by",
]

_DEFAULTS = Rules()
_KNOWN_AMOUNTS = 0.95  # of the lost deals, or nothing is said of amounts
_LEVEL = 0.05
_BANDS = 4  # of deal size: quarters of the deals
_DIMENSIONS = ("stage", "family", "owner_id", "size")


def win_rates(
    opportunities: pd.DataFrame,
    *,
    window: Period,
    by: str = "competitor_id",
    steps: pd.DataFrame | None = None,
    rules: Rules = _DEFAULTS,
) -> WinRates:
    """Count the deals won and lost in each group; rate = won / (won + lost), Wilson 95 %.

    By amount the rate is won amount / decided amount, and Wilson's interval has Kish's effective number of deals,
    (sum a)^2 / sum a^2: one large deal among small ones weighs like few. Nothing is said of amounts where those of the
    lost deals are not kept. Each group is compared with the other deals by Fisher's exact test, rivals with the deals
    against the other rivals (a deal without a rival is another contest); Holm over the groups of at least `min_group`
    deals. `excess` is the part of a group's lost amount beyond what the others' rate would have lost of as many deals.
    A stage holds the deals that reached it: of those, how many were won; a deal reached the stages before its
    last one, and a won deal all. Stages are not compared, for each holds the next.

    Parameters
    ----------
    opportunities
        `closed_on`, `outcome`, `amount` (report currency) and the column `by`; blank is `unknown`.
    by
        A column, ``size`` (quarters of the decided deals by amount) or ``stage`` (with `steps`; also needs
        `opportunity_id` and `created_on`).
    steps
        See `stage_visits`.

    References
    ----------
    Wilson, E. B. (1927). JASA 22, 209-212. Kish, L. (1965). Survey Sampling, ch. 8 (effective number). Fisher, R. A.
    (1935). The Design of Experiments, ch. 2. Holm, S. (1979). Scandinavian Journal of Statistics 6, 65-70.

    Examples
    --------
    >>> deals = pd.DataFrame({"closed_on": pd.to_datetime(["2025-06-01"] * 3), "outcome": ["won", "lost", "lost"],
    ...     "competitor_id": "x", "amount": [1.0, 2.0, 3.0]})
    >>> found = win_rates(deals, window=Period.parse("2025-06"))
    >>> found.won, found.n, round(found.low, 2), round(found.high, 2)
    (1, 3, 0.06, 0.79)
    """
    return _judged([_compared(opportunities, steps, window, by, rules)])[0]


def win_rates_by(
    opportunities: pd.DataFrame, steps: pd.DataFrame, *, window: Period, rules: Rules = _DEFAULTS
) -> list[WinRates]:
    """Give the rates by stage, product family, manager and deal size, with Holm over all their comparisons together.

    Parameters
    ----------
    opportunities, steps
        See `win_rates`; `family` and `owner_id` as well.

    Examples
    --------
    >>> deals = pd.DataFrame({"opportunity_id": ["1", "2"], "created_on": pd.to_datetime(["2025-05-01"] * 2),
    ...     "closed_on": pd.to_datetime(["2025-06-01"] * 2), "outcome": ["won", "lost"], "amount": [1.0, 2.0],
    ...     "family": ["F", None], "owner_id": "m"})
    >>> none = pd.DataFrame({"object": [], "object_id": [], "step": [], "entered_on": pd.to_datetime([]),
    ...     "standard_days": []})
    >>> found = win_rates_by(deals, none, window=Period.parse("2025-06"))
    >>> [one.by for one in found], found[1].frame["family"].tolist()
    (['stage', 'family', 'owner_id', 'size'], ['F', 'unknown'])
    """
    return _judged([_compared(opportunities, steps, window, by, rules) for by in _DIMENSIONS])


def where_lost(opportunities: pd.DataFrame, steps: pd.DataFrame, found: WinRates) -> list[WinRates]:
    """Look into the deals against the rival who stands out: by region, family and stage, Holm over all three.

    Regions and families are compared with his other deals. At a stage the deals that got past it are compared with
    those against the other rivals. Where a region stands out, families and stages are those of the deals there.

    Parameters
    ----------
    opportunities, steps
        See `win_rates`; `region` and `family` as well.
    found
        The rates by rival.

    Returns
    -------
    list of WinRates
        Empty where no rival stands out.

    Examples
    --------
    >>> deals = pd.DataFrame({"opportunity_id": range(80), "created_on": pd.to_datetime(["2025-05-01"] * 80),
    ...     "closed_on": pd.to_datetime(["2025-06-01"] * 80), "amount": 1.0, "family": "F",
    ...     "outcome": ["won"] * 43 + ["lost"] * 37, "competitor_id": ["y"] * 40 + ["x"] * 40, "region": "South"})
    >>> none = pd.DataFrame({"object": [], "object_id": [], "step": [], "entered_on": pd.to_datetime([]),
    ...     "standard_days": []})
    >>> where = where_lost(deals, none, win_rates(deals, window=Period.parse("2025-06")))
    >>> [(one.by, one.won, one.n, one.worst) for one in where]  # all of them alike, nothing to compare with
    [('region', 3, 40, None), ('family', 3, 40, None), ('stage', 3, 40, None)]
    """
    worst = found.worst
    if worst is None:
        return []
    is_his = opportunities[found.by] == worst[found.by]
    his, theirs = opportunities[is_his], opportunities[~is_his & (opportunities[found.by] != "none")]
    regions = _compared(his, None, found.window, "region", found.rules)
    parts = _judged([regions, *_inside(his, theirs, steps, found)])
    place = regions.worst
    if place is None:
        return parts
    # Holm over the regions too, on a copy: what stands out among them is settled.
    his_there, theirs_there = (deals[deals["region"] == place["region"]] for deals in (his, theirs))
    again = _judged([replace(regions, frame=regions.frame.copy()), *_inside(his_there, theirs_there, steps, found)])
    return [regions, *again[1:]]


def decided_deals(opportunities: pd.DataFrame, window: Period) -> pd.DataFrame:
    """Give the deals that were won or lost in a window.

    Parameters
    ----------
    opportunities
        `closed_on`, `outcome`.

    Examples
    --------
    >>> deals = pd.DataFrame({"closed_on": pd.to_datetime(["2025-06-01", None]), "outcome": ["won", None]})
    >>> len(decided_deals(deals, Period.parse("2025-06")))
    1
    """
    closed = in_window(opportunities, window, by="closed_on")
    return closed[closed["outcome"].isin(["won", "lost"])]


def amounts_known(decided: pd.DataFrame) -> bool:
    """Say whether amounts are kept of the lost deals too: many a register keeps that of what was won only.

    Parameters
    ----------
    decided
        `outcome`, `amount`.

    Examples
    --------
    >>> amounts_known(pd.DataFrame({"outcome": ["won", "lost"], "amount": [5.0, 0.0]}))
    False
    """
    lost = decided.loc[decided["outcome"] == "lost", "amount"]
    return bool((decided["amount"] > 0).any()) and (not len(lost) or float((lost > 0).mean()) >= _KNOWN_AMOUNTS)


def weighted_share(part: "pd.Series[float]", whole: "pd.Series[float]") -> tuple[float, float, float]:
    """Give the share of a sum, with Wilson's interval for Kish's effective number of its items.

    Parameters
    ----------
    part, whole
        One amount per item: as far as it counts, and whole; none below zero.

    References
    ----------
    Kish, L. (1965). Survey Sampling, ch. 8.

    Examples
    --------
    >>> share, low, high = weighted_share(pd.Series([4.0, 0.0]), pd.Series([4.0, 4.0]))
    >>> share, round(low, 4), round(high, 4)  # as one of two
    (0.5, 0.0945, 0.9055)
    """
    total = float(whole.sum())
    if total <= 0:
        return float("nan"), float("nan"), float("nan")
    share, items = float(part.sum()) / total, total**2 / float((whole**2).sum())
    return share, *wilson_interval(share * items, items)


def _inside(his: pd.DataFrame, theirs: pd.DataFrame, steps: pd.DataFrame, found: WinRates) -> list[WinRates]:
    """His deals by family and by stage, each with what it is compared with; not judged yet."""
    stages, others = (_rates(deals, steps, found.window, "stage", found.rules) for deals in (his, theirs))
    _compare_stages(stages, others)
    return [_compared(his, None, found.window, "family", found.rules), stages]


def _compared(
    opportunities: pd.DataFrame, steps: pd.DataFrame | None, window: Period, by: str, rules: Rules
) -> WinRates:
    """The rates with the other deals beside them; stages have none, for each holds the next."""
    if by != "stage":
        found = _rates(opportunities, None, window, by, rules)
        _compare(found)
        return found
    if steps is None:
        raise UsageError("The win rate by stage needs the steps of the deals: win_rates(..., steps=book.steps)")
    found = _rates(opportunities, steps, window, by, rules)
    found.frame[["others_won", "others_n"]], found.frame[["p", "excess"]] = 0, np.nan
    return found


def _rates(opportunities: pd.DataFrame, steps: pd.DataFrame | None, window: Period, by: str, rules: Rules) -> WinRates:
    """The rates before anything is compared."""
    decided, earlier = (decided_deals(opportunities, span) for span in (window, window.back(window.months)))
    worth = amounts_known(decided)
    bands = _bands(decided["amount"]) if by == "size" and worth else ()
    last, places = (None, {}) if steps is None else _stages(opportunities, steps)
    now, before = (_grouped(deals, by, bands, last, places) for deals in (decided, earlier))
    past = before.groupby(by)["outcome"].agg(won=lambda outcome: (outcome == "won").sum(), n="size")
    rows = []
    for group, deals in now.groupby(by, sort=True):
        is_won = deals["outcome"] == "won"
        won, n = int(is_won.sum()), len(deals)
        amount = deals["amount"].fillna(0.0).clip(lower=0.0)
        row = {
            by: str(group), "won": won, "lost": n - won, "n": n, "rate": won / n,
            "won_amount": float(amount[is_won].sum()), "lost_amount": float(amount[~is_won].sum()),
            "won_before": int(past["won"].get(group, 0)), "n_before": int(past["n"].get(group, 0)),
        }  # fmt: skip
        row["low"], row["high"] = wilson_interval(won, n)
        share = weighted_share(amount.where(is_won, 0.0), amount if worth else amount * 0)
        row["value_rate"], row["value_low"], row["value_high"] = share
        rows.append(row)
    names = [
        by, "won", "lost", "n", "rate", "low", "high", "won_amount", "lost_amount", "value_rate", "value_low",
        "value_high", "won_before", "n_before",
    ]  # fmt: skip
    frame = _in_order(pd.DataFrame(rows, columns=names), by, places)
    won, n = int((decided["outcome"] == "won").sum()), len(decided)
    if last is not None:
        lost = decided.loc[decided["outcome"] == "lost", "opportunity_id"].map(last["stage"])
        frame["lost_here"] = lost.value_counts().reindex(frame[by], fill_value=0).to_numpy()
    low, high = wilson_interval(won, n)
    closed = in_window(opportunities, window, by="closed_on")
    return WinRates(
        frame=frame,
        by=by,
        won=won,
        n=n,
        rate=won / n if n else float("nan"),
        low=low,
        high=high,
        cancelled=int((closed["outcome"] == "cancelled").sum()),
        open=int(opportunities["closed_on"].isna().sum()),
        bands=bands,
        window=window,
        rules=rules,
    )


def _bands(amounts: "pd.Series[float]") -> tuple[float, ...]:
    """Amounts that part the deals into quarters; fewer where many have the same."""
    cuts = np.unique(amounts[amounts > 0].quantile(np.arange(1, _BANDS) / _BANDS, interpolation="higher"))
    return tuple(float(cut) for cut in cuts)


def _stages(opportunities: pd.DataFrame, steps: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """The last stage that each deal came to (`stage`, `place`, by deal), and the place of every stage."""
    visits = stage_visits(opportunities, steps).replace({"stage": {UNRECORDED: "unknown"}})
    visits = visits.sort_values(["opportunity_id", "place"])
    last = visits.drop_duplicates("opportunity_id", keep="last").set_index("opportunity_id")[["stage", "place"]]
    return last, dict(zip(visits["stage"], visits["place"], strict=True))


def _grouped(
    deals: pd.DataFrame, by: str, bands: tuple[float, ...], last: pd.DataFrame | None, places: dict[str, int]
) -> pd.DataFrame:
    """The deals with their group in the column `by`; at a stage every deal that reached it."""
    if by == "size":
        place = np.searchsorted(bands, deals["amount"], side="left")
        known = (deals["amount"] > 0) & bool(bands)
        return deals.assign(size=pd.Series(place + 1, deals.index).astype("str").where(known, "unknown"))
    if last is None:
        return deals.assign(**{by: deals[by].fillna("unknown")})
    came_to = deals["opportunity_id"].map(last["place"])
    recorded = came_to >= 0
    came_to = came_to.mask(recorded & (deals["outcome"] == "won"), max(places.values(), default=-1))
    reached = [
        deals[came_to >= place if place >= 0 else ~recorded].assign(stage=stage) for stage, place in places.items()
    ]
    return pd.concat(reached) if reached else deals.assign(stage="unknown")


def _in_order(frame: pd.DataFrame, by: str, places: dict[str, int]) -> pd.DataFrame:
    """Stages and sizes as they follow one another, what is not known last; else most deals first."""
    if by == "stage":
        order = frame[by].map(places)
        return frame.iloc[order.where(order >= 0, len(places)).argsort(kind="stable")].reset_index(drop=True)
    if by == "size":
        return frame.sort_values(by, ignore_index=True)
    return frame.sort_values(["n", by], ascending=[False, True], ignore_index=True)


def _judged(found: list[WinRates]) -> list[WinRates]:
    """Say which groups differ from the others beyond chance, over all comparisons together."""
    adjusted = holm(np.concatenate([one.frame["p"] for one in found]))
    start = 0
    for one in found:
        frame = one.frame
        frame["p_holm"] = adjusted[start : start + len(frame)]
        start += len(frame)
        passed = frame["n"] - frame["lost_here"] if one.by == "stage" else frame["won"]
        side = np.where(passed * frame["others_n"] < frame["others_won"] * frame["n"], "worse", "better")
        side = np.where(frame["p_holm"] <= _LEVEL, side, "alike")
        side = np.where(frame["p"].isna(), "too few", side)
        frame["verdict"] = np.where(frame["others_n"] == 0, "", side)
    return found


def _compare(one: WinRates) -> None:
    """Set beside each group the other deals, and how likely chance makes such a difference."""
    frame = one.frame
    others_won, others_n = one.won - frame["won"], one.n - frame["n"]
    if one.by == "competitor_id":
        alone, rival = frame[frame[one.by] == "none"], frame[one.by] != "none"
        others_won, others_n = others_won - rival * alone["won"].sum(), others_n - rival * alone["n"].sum()
    frame["others_won"], frame["others_n"] = others_won.astype(int), others_n.astype(int)
    _test(one, frame["won"])
    # What the others' rate would have lost of as many deals anyway is not this group's.
    expected = frame["n"] * (1 - frame["others_won"] / frame["others_n"].where(frame["others_n"] > 0))
    share = (1 - expected / frame["lost"].where(frame["lost"] > 0)).clip(lower=0.0).mask(frame["lost"] == 0, 0.0)
    frame["excess"] = (frame["lost_amount"] * share).where(frame["p"].notna())


def _compare_stages(one: WinRates, others: WinRates) -> None:
    """Set beside each stage the other deals that reached it: `others_won` are those that got past it."""
    frame, beside = one.frame, others.frame.set_index("stage").reindex(one.frame["stage"])
    reached = beside["n"].fillna(0)
    frame["others_n"] = reached.to_numpy(int)
    frame["others_won"] = (reached - beside["lost_here"].fillna(0)).to_numpy(int)
    frame["excess"] = np.nan
    _test(one, frame["n"] - frame["lost_here"])


def _test(one: WinRates, passed: "pd.Series[int]") -> None:
    rows = zip(passed, one.frame["n"], one.frame["others_won"], one.frame["others_n"], strict=True)
    least = one.rules.min_group
    p = [fisher_exact(*row) if min(row[1], row[3]) >= least else float("nan") for row in rows]
    one.frame["p"] = pd.Series(p, one.frame.index, float)
