"""Who has left, judged by each owner's own rhythm.

Everything here is read from the orders: their order date is when an owner decided to buy, their posting date is
when we knew. Silence is counted in season only, so that a seasonal buyer out of season is not accused.
"""

from datetime import date

import numpy as np
import pandas as pd

from kamreport.analysis.company import segment_values
from kamreport.analysis.homes import active_owners
from kamreport.analysis.intervals import wilson_interval
from kamreport.analysis.rhythms import Rhythm, day_number, day_of, days_in_season, rhythms
from kamreport.period import Period
from kamreport.results import Losses
from kamreport.settings import Rules

__all__ = ["lost_owners", "spells"]

_DEFAULTS = Rules()


def spells(
    orders: pd.DataFrame, owners: pd.DataFrame, company: pd.DataFrame, *, as_of: date, rules: Rules = _DEFAULTS
) -> pd.DataFrame:
    """Every loss up to a day: who fell silent for longer than the rule allows, and since when.

    Lost is an owner whose silence in season passes `lost_gap_factor` times its own median gap, but at least
    `lost_min_days` and at most `lost_max_days`; with fewer than `gap_min_own` gaps of its own the segment's
    median counts. A loss is dated on the day the limit is passed and stays in its month even if the owner comes
    back. Each silence is measured by the gaps before it, so later orders change nothing about earlier losses.

    Parameters
    ----------
    orders, owners
        See `rhythms`; owners also with `segment`.
    company
        Measure `median_gap` by segment.

    Returns
    -------
    DataFrame
        One row per loss: `owner_id`, `last_order`, `lost_on`, `returned_on` (NaT if not), `median_gap`,
        `limit_days`, `orders` (order days before the silence).

    References
    ----------
    Buckinx, W., Van den Poel, D. (2005). European Journal of Operational Research 164(1), 252-268.

    Examples
    --------
    >>> days = pd.date_range("2024-01-01", periods=5, freq="70D")
    >>> orders = pd.DataFrame({"owner_id": "a", "order_date": days, "date": days})
    >>> owners = pd.DataFrame({"owner_id": ["a"], "type": ["customer"], "segment": [""], "is_home": [True]})
    >>> company = pd.DataFrame({"measure": ["median_gap"], "segment": ["*"], "value": [30.0], "n": [50],
    ...     "moment": pd.to_datetime(["2024-07-01"])})
    >>> loss = spells(orders, owners, company, as_of=date(2025, 7, 1)).iloc[0]
    >>> str(loss["last_order"].date()), float(loss["limit_days"]), str(loss["lost_on"].date())  # 3 x 70 days are passed
    ('2024-10-07', 210.0, '2025-05-06')
    """
    segments = dict(zip(owners["owner_id"], owners["segment"], strict=True))
    general = segment_values(company, "median_gap", as_of=as_of, at_least=rules.min_group)
    end = day_number(as_of)
    rows = []
    for rhythm in rhythms(orders, owners, as_of=as_of):
        gap_of_segment = general.get(segments[rhythm.owner_id], general.get("*", float("nan")))
        ends = np.append(rhythm.days[1:], end)
        for place in np.flatnonzero(ends - rhythm.days > rules.lost_min_days):
            found = _loss(rhythm, int(place), int(ends[place]), gap_of_segment, rules)
            if found is not None:
                lost_on, gap, limit = found
                back = day_of(rhythm.days[place + 1]) if place + 1 < len(rhythm.days) else pd.NaT
                last = day_of(rhythm.days[place])
                rows.append((rhythm.owner_id, last, day_of(lost_on), back, gap, limit, int(place) + 1))
    names = ["owner_id", "last_order", "lost_on", "returned_on", "median_gap", "limit_days", "orders"]
    frame = pd.DataFrame(rows, columns=names)
    for name in ("last_order", "lost_on", "returned_on"):
        frame[name] = pd.to_datetime(frame[name])
    return frame.sort_values(["lost_on", "owner_id"], ignore_index=True)


def _loss(rhythm: Rhythm, place: int, until: int, general: float, rules: Rules) -> tuple[int, float, float] | None:
    """Day on which the silence after an order passed its limit, with the median gap and the limit."""
    own = rhythm.gaps[:place]
    gap = float(np.median(own)) if len(own) >= rules.gap_min_own else general
    limit = float(rules.lost_max_days)
    if np.isfinite(gap):
        limit = float(min(max(rules.lost_gap_factor * gap, rules.lost_min_days), rules.lost_max_days))
    counted = days_in_season(rhythm.days[: place + 1], int(rhythm.days[place]) + 1, until, years=rules.off_season_years)
    passed = int(np.floor(limit))
    return (int(counted[passed]), gap, limit) if len(counted) > passed else None


def lost_owners(
    orders: pd.DataFrame,
    ledger: pd.DataFrame,
    owners: pd.DataFrame,
    company: pd.DataFrame,
    *,
    window: Period,
    as_of: date,
    rules: Rules = _DEFAULTS,
) -> Losses:
    """Owners lost in the window by the rule of `spells`, with what they were worth, and those that came back.

    Parameters
    ----------
    orders, owners, company
        See `spells`; owners also with `name`, `manager_id`, `manager_name`.
    ledger
        `owner_id`, `month`, `revenue`, `costed_revenue`, `cost`: worth is that of the twelve months up to the
        last order.
    window
        The trailing months; a loss counts from its first day up to `as_of`.

    Examples
    --------
    >>> days = pd.date_range("2024-01-01", periods=5, freq="70D")  # the last is 7 October
    >>> orders = pd.DataFrame({"owner_id": "a", "order_date": days, "date": days})
    >>> ledger = pd.DataFrame({"owner_id": "a", "month": pd.to_datetime(["2023-10-01", "2024-01-01", "2024-10-01"]),
    ...     "revenue": [900.0, 60.0, 40.0], "costed_revenue": [900.0, 60.0, 40.0], "cost": [700.0, 45.0, 30.0]})
    >>> owners = pd.DataFrame({"owner_id": ["a"], "name": ["A"], "type": ["customer"], "segment": [""],
    ...     "is_home": [True], "manager_id": ["m"], "manager_name": ["M"]})
    >>> company = pd.DataFrame({"measure": ["median_gap"], "segment": ["*"], "value": [30.0], "n": [50],
    ...     "moment": pd.to_datetime(["2024-07-01"])})
    >>> found = lost_owners(orders, ledger, owners, company, window=Period.parse("2024-07..2025-06"),
    ...     as_of=date(2025, 7, 1))
    >>> found.frame[["name", "revenue", "margin"]].values.tolist()  # of November 2023 to October 2024
    [['A', 100.0, 25.0]]
    """
    found = spells(orders, owners, company, as_of=as_of, rules=rules)
    start = pd.Timestamp(window.start)
    still = found[found["returned_on"].isna()]
    fresh = still[still["lost_on"] >= start]
    back = found[(found["returned_on"] >= start) & (found["lost_on"] < found["returned_on"])]
    active = active_owners(orders, owners, since=window.start, as_of=as_of) | set(fresh["owner_id"])
    frame = _worth(ledger, fresh.drop(columns="returned_on"))
    named = frame.merge(owners[["owner_id", "name", "manager_id", "manager_name"]], on="owner_id", how="left")
    named = named.sort_values(["revenue", "owner_id"], ascending=[False, True], ignore_index=True)
    return Losses(
        frame=named,
        returned=int(back["owner_id"].nunique()),
        active=len(active),
        gone=frozenset(still["owner_id"]),
        interval=wilson_interval(len(named), len(active)),
        window=window,
        rules=rules,
    )


def _worth(ledger: pd.DataFrame, lost: pd.DataFrame) -> pd.DataFrame:
    """Revenue and margin of each lost owner in the twelve months up to that of its last order."""
    own = ledger.merge(lost[["owner_id", "last_order"]], on="owner_id")
    month, last = own["month"].dt, own["last_order"].dt
    before = 12 * (last.year - month.year) + last.month - month.month
    own = own[(before >= 0) & (before < 12)]
    sums = (
        own.groupby("owner_id")[["revenue", "costed_revenue", "cost"]].sum().reindex(lost["owner_id"], fill_value=0.0)
    )
    margin = sums["costed_revenue"] - sums["cost"]
    return lost.assign(revenue=sums["revenue"].to_numpy(), margin=margin.to_numpy())
