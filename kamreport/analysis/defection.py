"""Who has left, who is leaving and who buys less, judged by each owner's own rhythm.

Everything here is read from the orders: their order date is when an owner decided to buy, their posting date is
when we knew. Silence is counted in season only, so that a seasonal buyer out of season is not accused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from kamreport.analysis.company import segment_values
from kamreport.analysis.intervals import wilson_interval
from kamreport.period import Period
from kamreport.results import Losses, OverdueOwners, each
from kamreport.settings import Rules

__all__ = [
    "Rhythm",
    "active_owners",
    "days_in_season",
    "home_orders",
    "lost_owners",
    "overdue_limit",
    "overdue_owners",
    "rhythms",
    "silences",
    "spells",
    "track_record",
]

Days = npt.NDArray[np.int64]
_YEAR, _QUARTER = 365, 91
_MONTHS = np.arange(12)
_DEFAULTS = Rules()


@dataclass(frozen=True)
class Rhythm:
    """The days on which an owner ordered (days since 1970), in order, each once."""

    owner_id: str
    days: Days

    @property
    def gaps(self) -> Days:
        """Days between one order day and the next."""
        return np.diff(self.days)


def _day(day: date | pd.Timestamp) -> int:
    return int(np.datetime64(pd.Timestamp(day).date(), "D").astype(np.int64))


def _numbers(days: pd.Series) -> Days:
    return days.to_numpy("datetime64[D]").astype(np.int64)


def _date(day: int) -> pd.Timestamp:
    return pd.Timestamp(np.datetime64(int(day), "D"))


def rhythms(orders: pd.DataFrame, owners: pd.DataFrame, *, as_of: date) -> list[Rhythm]:
    """Order days of each owner at home here, as they were known on a day; pools have none.

    Parameters
    ----------
    orders
        `owner_id`, `order_date`, `date` (posting).
    owners
        `owner_id`, `type`, `is_home`.
    as_of
        First day that is not known.

    Examples
    --------
    >>> orders = pd.DataFrame({"owner_id": ["a", "a", "a"], "date": pd.to_datetime(["2025-01-05"] * 2 + ["2025-02-09"]),
    ...     "order_date": pd.to_datetime(["2025-01-01", "2025-01-01", "2025-02-01"])})
    >>> owners = pd.DataFrame({"owner_id": ["a"], "type": ["customer"], "is_home": [True]})
    >>> rhythms(orders, owners, as_of=date(2025, 3, 1))[0].gaps.tolist()
    [31]
    """
    known = _order_days(orders, owners)
    known = known[known["date"] < pd.Timestamp(as_of)].reset_index(drop=True)
    days = _numbers(known["order_date"])
    return [Rhythm(str(name), days[places]) for name, places in known.groupby("owner_id", sort=True).indices.items()]


def _order_days(orders: pd.DataFrame, owners: pd.DataFrame) -> pd.DataFrame:
    """Days on which each owner at home here ordered, each once, in order: `owner_id`, `order_date`, `date`.

    `date` is when a day was first known: the earliest posting of its lines.
    """
    own = home_orders(orders, owners, ["owner_id", "order_date", "date"])
    return own.groupby(["owner_id", "order_date"], sort=True)["date"].min().reset_index()


def home_orders(orders: pd.DataFrame, owners: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Columns of the orders of the owners at home here; pools are none.

    Parameters
    ----------
    orders
        `owner_id` and the columns asked for; of a large book the others would cost more than what is done with these.
    owners
        `owner_id`, `type`, `is_home`.

    Examples
    --------
    >>> orders = pd.DataFrame({"owner_id": ["a", "b"], "revenue": [1.0, 2.0], "order_id": ["1", "2"]})
    >>> owners = pd.DataFrame({"owner_id": ["a", "b"], "type": ["customer", "pool"], "is_home": True})
    >>> home_orders(orders, owners, ["owner_id", "revenue"]).values.tolist()
    [['a', 1.0]]
    """
    return orders[columns][orders["owner_id"].isin(_counted(owners))]


def _counted(owners: pd.DataFrame) -> "pd.Series[str]":
    return owners.loc[owners["is_home"] & (owners["type"] != "pool"), "owner_id"]


def days_in_season(days: Days, silent_from: int, until: int, *, years: int) -> Days:
    """The days of a silence that count: those not in the owner's off season.

    Parameters
    ----------
    days
        Order days up to the last one before the silence.
    silent_from, until
        First day of the silence and the day after its last.
    years
        Length of the history that shows the season; a shorter one shows none.

    Returns
    -------
    ndarray
        Days since 1970 that count.

    Examples
    --------
    >>> autumn = np.array([_day(date(year, month, 10)) for year in (2022, 2023, 2024) for month in (9, 10, 11)])
    >>> counted = days_in_season(autumn, _day(date(2024, 11, 11)), _day(date(2025, 7, 1)), years=2)
    >>> len(counted)  # the rest of November and December
    51
    """
    silence = np.arange(silent_from, until)
    last = int(days[-1])
    if len(days) < 2 or last - int(days[0]) < years * _YEAR:
        return silence
    recent = days[days > last - years * _YEAR]
    bought = np.isin(_MONTHS, _month(recent))
    in_season = bought | np.roll(bought, 1) | np.roll(bought, -1)
    return silence[in_season[_month(silence)]]


def _month(days: Days) -> Days:
    """Calendar month of each day, January = 0."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12


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
    end = _day(as_of)
    rows = []
    for rhythm in rhythms(orders, owners, as_of=as_of):
        gap_of_segment = general.get(segments[rhythm.owner_id], general.get("*", float("nan")))
        ends = np.append(rhythm.days[1:], end)
        for place in np.flatnonzero(ends - rhythm.days > rules.lost_min_days):
            found = _loss(rhythm, int(place), int(ends[place]), gap_of_segment, rules)
            if found is not None:
                lost_on, gap, limit = found
                back = _date(rhythm.days[place + 1]) if place + 1 < len(rhythm.days) else pd.NaT
                last = _date(rhythm.days[place])
                rows.append((rhythm.owner_id, last, _date(lost_on), back, gap, limit, int(place) + 1))
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


def active_owners(orders: pd.DataFrame, owners: pd.DataFrame, *, since: date, as_of: date) -> set[str]:
    """Owners at home here with an order since a day, as far as it was known on another; pools are none.

    Parameters
    ----------
    orders, owners
        See `rhythms`.

    Examples
    --------
    >>> days = pd.to_datetime(["2024-12-30", "2025-02-01"])
    >>> orders = pd.DataFrame({"owner_id": ["a", "b"], "order_date": days, "date": days})
    >>> owners = pd.DataFrame({"owner_id": ["a", "b"], "type": ["customer"] * 2, "is_home": [True] * 2})
    >>> active_owners(orders, owners, since=date(2025, 1, 1), as_of=date(2025, 7, 1))
    {'b'}
    """
    recent = (orders["order_date"] >= pd.Timestamp(since)) & (orders["date"] < pd.Timestamp(as_of))
    return set(orders["owner_id"][recent].unique()) & set(_counted(owners))


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
    days = _order_days(orders, owners)
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
        before = _numbers(own.loc[own["date"] < row.moment, "order_date"])
        silence.append(len(days_in_season(before, int(before[-1]) + 1, _day(row.moment), years=rules.off_season_years)))
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
    days = _order_days(orders, owners)
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
