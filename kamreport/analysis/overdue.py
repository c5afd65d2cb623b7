"""Who is silent for longer than its own rhythm explains, and how often that alarm was right."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from kamreport.analysis.company import segment_values
from kamreport.analysis.defection import spells
from kamreport.analysis.rhythms import day_number, day_numbers, days_in_season, order_days
from kamreport.period import Period
from kamreport.results import OverdueOwners, each
from kamreport.settings import Rules

__all__ = ["overdue_limit", "overdue_owners", "silences", "track_record"]

_QUARTER = 91
_DEFAULTS = Rules()


def overdue_limit(regularity: float, limits: Mapping[int, float]) -> float:
    """Limit of silence in median gaps for a regularity k: the more even the gaps, the sooner silence speaks.

    Parameters
    ----------
    limits
        Limit by the k from which it holds.

    Examples
    --------
    >>> overdue_limit(5.2, {1: 4.3, 2: 2.8, 4: 2.1, 8: 1.7})
    2.1
    """
    reached = [k for k in sorted(limits) if k <= regularity]
    return limits[reached[-1] if reached else min(limits)]


def silences(
    orders: pd.DataFrame,
    owners: pd.DataFrame,
    *,
    as_of: date,
    regularity: Mapping[str, float],
    lost: frozenset[str] = frozenset(),
    rules: Rules = _DEFAULTS,
) -> tuple[pd.DataFrame, int]:
    """Find owners whose silence is long for their own rhythm and who are not lost yet.

    ratio = silence in season / own median gap, over a limit that depends on how regularly the segment orders. The
    silence is confirmed if the revenue of the last 91 days also lies `partial_recent_drop` below that of a year
    ago.

    Parameters
    ----------
    orders, owners
        See `rhythms`; orders also with `revenue` (report currency), owners with `segment`.
    regularity
        Wheat and Morrison's k by segment, ``*`` for all; fixed before the day where past days are judged.
    lost
        Owners that are lost already.

    Returns
    -------
    tuple
        Frame with `owner_id`, `last_order`, `silence_days`, `median_gap`, `ratio`, `limit`, `gaps`, `recent`,
        `recent_before`, `confirmed`; and the number of owners with enough gaps to be judged.

    References
    ----------
    Wheat, R. D., Morrison, D. G. (1990). Estimating purchase regularity with two interpurchase times. Journal of
    Marketing Research 27(1), 87-93. Platzer, M., Reutterer, T. (2016). Marketing Science 35(5), 779-799.

    Examples
    --------
    >>> days = pd.date_range("2024-04-10", periods=13, freq="30D")  # the last is 5 April 2025
    >>> orders = pd.DataFrame({"owner_id": "a", "order_date": days, "date": days, "revenue": 100.0})
    >>> owners = pd.DataFrame({"owner_id": ["a"], "type": ["customer"], "segment": [""], "is_home": [True]})
    >>> found, judged = silences(orders, owners, as_of=date(2025, 7, 1), regularity={"*": 4.0})
    >>> found[["silence_days", "median_gap", "limit"]].values.tolist()  # 86 / 30 is above 2.1
    [[86.0, 30.0, 2.1]]
    >>> found[["recent", "recent_before", "confirmed"]].values.tolist()
    [[100.0, 300.0, True]]
    """
    days = order_days(orders, owners)
    judged = _judged(days, owners, pd.DatetimeIndex([as_of]), regularity=regularity, rules=rules)
    judged = judged[~judged["owner_id"].isin(lost)]
    frame = _overdue(judged, days, orders, rules).drop(columns="moment")
    frame["last_order"] = frame["last_order"].dt.as_unit("s")  # a day, as in `spells`
    return frame.sort_values(["ratio", "owner_id"], ascending=[False, True], ignore_index=True), len(judged)


def _judged(
    days: pd.DataFrame,
    owners: pd.DataFrame,
    moments: pd.DatetimeIndex,
    *,
    regularity: Mapping[str, float],
    rules: Rules,
) -> pd.DataFrame:
    """Rhythm of each owner with enough gaps, as it was known at each moment, and its limit in median gaps.

    One row per moment and owner: `moment`, `owner_id`, `last_order`, `median_gap`, `limit`, `gaps`.
    """
    # Grouped by numbers: this is where an analysis of many moments spends its time.
    known = days.astype({"owner_id": "category"}).merge(pd.DataFrame({"moment": moments}), how="cross")
    known = known[known["date"] < known["moment"]]
    rhythm = ["moment", "owner_id"]
    known = known.assign(gap=known.groupby(rhythm, observed=True)["order_date"].diff().dt.days)
    found = known.groupby(rhythm, observed=True, as_index=False).agg(
        last_order=("order_date", "last"), median_gap=("gap", "median"), gaps=("gap", "count")
    )
    found = found[found["gaps"] >= rules.overdue_min_gaps].astype({"owner_id": days["owner_id"].dtype})
    general = regularity.get("*", 1.0)
    limits = {
        owner: overdue_limit(regularity.get(segment, general), rules.overdue_limits)
        for owner, segment in zip(owners["owner_id"], owners["segment"], strict=True)
    }
    found.insert(4, "limit", found["owner_id"].map(limits).astype(float))
    return found


def _overdue(judged: pd.DataFrame, days: pd.DataFrame, orders: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Those of the judged whose silence in season is above their limit, and whether their revenue confirms it."""
    judged = judged.assign(allowed=judged["limit"] * judged["median_gap"])
    late = judged[(judged["moment"] - judged["last_order"]).dt.days > judged["allowed"]].copy()
    known = {str(name): own for name, own in days[days["owner_id"].isin(late["owner_id"])].groupby("owner_id")}
    silence = []
    for row in each(late):
        own = known[row.owner_id]
        before = day_numbers(own.loc[own["date"] < row.moment, "order_date"])
        until = day_number(row.moment)
        silence.append(len(days_in_season(before, int(before[-1]) + 1, until, years=rules.off_season_years)))
    late.insert(3, "silence_days", np.array(silence, np.int64))
    late.insert(5, "ratio", late["silence_days"] / late["median_gap"])
    frame = late[late["silence_days"] > late.pop("allowed")].reset_index(drop=True)
    moments = pd.DatetimeIndex(frame["moment"].unique())
    for name, years_back in (("recent", 0), ("recent_before", 1)):
        sums = _quarter_revenue(orders, moments, years_back).rename(name)
        frame = frame.join(sums, on=["moment", "owner_id"]).fillna({name: 0.0})
    fell = frame["recent"] <= (1 - rules.partial_recent_drop + 1e-9) * frame["recent_before"]
    return frame.assign(confirmed=(frame["recent_before"] > 0) & fell)


def _quarter_revenue(orders: pd.DataFrame, moments: pd.DatetimeIndex, years_back: int) -> "pd.Series[float]":
    """Revenue of the 91 days before each moment, or before the same day of an earlier year, by moment and owner."""
    until = (moments - pd.DateOffset(years=years_back)).to_numpy()[:, np.newaxis]
    posted = orders["date"].to_numpy()
    which, line = np.nonzero((posted < until) & (posted >= until - np.timedelta64(_QUARTER, "D")))
    lines = orders[["owner_id", "revenue"]].take(line).assign(moment=moments[which])
    return lines.groupby(["moment", "owner_id"])["revenue"].sum()


def track_record(
    orders: pd.DataFrame,
    owners: pd.DataFrame,
    *,
    as_of: date,
    regularity: Mapping[str, float],
    losses: pd.DataFrame,
    rules: Rules = _DEFAULTS,
) -> tuple[int, int]:
    """How often the overdue alarm was wrong in the last year that can be judged.

    The alarm (confirmed silences of owners not lost yet) is raised as it would have been on each month's first
    day, with what was known then; an owner counts once per silence. It was wrong if the owner ordered within the
    horizon after all.

    Parameters
    ----------
    orders, owners
        See `silences`.
    regularity
        See `silences`; as it was known before the year that is judged.
    losses
        Of `spells` up to `as_of`.

    Returns
    -------
    tuple of int
        Silences flagged, and those that ended by an order within `overdue_horizon_days`.

    Examples
    --------
    >>> days = pd.date_range("2023-07-01", periods=24, freq="30D")
    >>> left, back = days[:12], days.delete([12, 13, 14])  # silent from June on; b orders again on 23 September
    >>> orders = pd.DataFrame({"owner_id": ["a"] * 12 + ["b"] * 21, "order_date": left.append(back), "revenue": 100.0})
    >>> orders["date"] = orders["order_date"]
    >>> owners = pd.DataFrame({"owner_id": ["a", "b"], "type": "customer", "segment": "", "is_home": True})
    >>> losses = pd.DataFrame({"owner_id": [], "lost_on": pd.to_datetime([]), "returned_on": pd.to_datetime([])})
    >>> track_record(orders, owners, as_of=date(2025, 7, 1), regularity={"*": 4.0}, losses=losses)
    (2, 1)
    """
    horizon = pd.Timedelta(days=rules.overdue_horizon_days)
    moments = pd.date_range(end=pd.Timestamp(as_of) - horizon, periods=12, freq="MS")
    days = order_days(orders, owners)
    judged = _judged(days, owners, moments, regularity=regularity, rules=rules)
    away = losses.merge(pd.DataFrame({"moment": moments}), how="cross")
    away = away[(away["lost_on"] < away["moment"]) & ~(away["returned_on"] < away["moment"])]
    pair = ["moment", "owner_id"]
    judged = judged[~pd.MultiIndex.from_frame(judged[pair]).isin(pd.MultiIndex.from_frame(away[pair]))]
    found = _overdue(judged, days, orders, rules)
    flagged = found[found["confirmed"]].sort_values("moment").drop_duplicates(["owner_id", "last_order"])
    known = orders.loc[orders["date"] < pd.Timestamp(as_of), ["owner_id", "order_date"]]
    later = flagged[["moment", "owner_id"]].reset_index(names="alarm").merge(known, on="owner_id")
    back = (later["order_date"] >= later["moment"]) & (later["order_date"] < later["moment"] + horizon)
    return len(flagged), int(later.loc[back, "alarm"].nunique())


def overdue_owners(
    orders: pd.DataFrame,
    profit: pd.DataFrame,
    owners: pd.DataFrame,
    company: pd.DataFrame,
    *,
    window: Period,
    as_of: date,
    lost: frozenset[str],
    rules: Rules = _DEFAULTS,
) -> OverdueOwners:
    """Name the overdue owners with what they are worth and how far the alarm can be trusted.

    Parameters
    ----------
    orders, owners
        See `rhythms`.
    profit
        Of `owner_profit` over the window.
    company
        Measure `regularity` by segment, as of now and as of a year ago: the past is judged by the older one.
    lost
        Owners that are lost already.

    Examples
    --------
    >>> days = pd.date_range("2024-04-10", periods=13, freq="30D")  # the last is 5 April 2025
    >>> orders = pd.DataFrame({"owner_id": "a", "order_date": days, "date": days, "revenue": 100.0})
    >>> profit = pd.DataFrame({"owner_id": ["a"], "revenue": [1000.0], "margin": [200.0]})
    >>> owners = pd.DataFrame({"owner_id": ["a"], "name": ["A"], "type": ["customer"], "segment": [""],
    ...     "is_home": [True], "manager_id": ["m"], "manager_name": ["M"]})
    >>> company = pd.DataFrame({"measure": ["regularity"], "segment": ["*"], "value": [4.0], "n": [50],
    ...     "moment": pd.to_datetime(["2024-07-01"])})
    >>> found = overdue_owners(orders, profit, owners, company, window=Period.parse("2024-07..2025-06"),
    ...     as_of=date(2025, 7, 1), lost=frozenset())
    >>> found.named[["name", "margin"]].values.tolist(), found.chance  # no past alarm to judge by: the rule's share
    ([['A', 200.0]], 0.5)
    """
    enough = rules.min_group
    now = segment_values(company, "regularity", as_of=as_of, at_least=enough)
    frame, judged = silences(orders, owners, as_of=as_of, regularity=now, lost=lost, rules=rules)
    then = segment_values(company, "regularity", as_of=window.start, at_least=enough) or now
    losses = spells(orders, owners, company, as_of=as_of, rules=rules)
    flagged, wrong = track_record(orders, owners, as_of=as_of, regularity=then, losses=losses, rules=rules)
    frame = frame.merge(owners[["owner_id", "name", "manager_id", "manager_name"]], on="owner_id", how="left")
    frame = frame.merge(profit[["owner_id", "revenue", "margin"]], on="owner_id", how="left")
    frame[["revenue", "margin"]] = frame[["revenue", "margin"]].fillna(0.0)
    frame = frame.sort_values(["confirmed", "revenue", "owner_id"], ascending=[False, False, True], ignore_index=True)
    chance = (flagged - wrong) / flagged if flagged >= enough else rules.overdue_loss_share
    return OverdueOwners(frame, judged, flagged, wrong, chance, rules)
