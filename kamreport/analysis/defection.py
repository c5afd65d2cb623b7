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

__all__ = [
    "Overdue",
    "Rhythm",
    "SilenceRule",
    "days_in_season",
    "losses",
    "overdue_limit",
    "overdue_owners",
    "rhythms",
    "segment_values",
    "track_record",
]

Days = npt.NDArray[np.int64]
_YEAR, _QUARTER = 365, 91
_MONTHS = np.arange(12)


@dataclass(frozen=True)
class SilenceRule:
    """When silence is a loss.

    Silence longer than `factor` times the owner's own median gap, but at least `min_days` and at most `max_days`.
    With fewer than `own_gaps` gaps of its own an owner is measured by its segment's median. A calendar month is
    off season if the owner ordered in neither of the last `season_years` years in that month or beside it.
    """

    factor: float = 3.0
    min_days: int = 180
    max_days: int = 400
    own_gaps: int = 4
    season_years: int = 2


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
    counted = owners.loc[owners["is_home"] & (owners["type"] != "pool"), "owner_id"]
    known = orders[(orders["date"] < pd.Timestamp(as_of)) & orders["owner_id"].isin(counted)]
    unique = known[["owner_id", "order_date"]].drop_duplicates().sort_values(["owner_id", "order_date"])
    days = unique["order_date"].to_numpy("datetime64[D]").astype(np.int64)
    names, starts = np.unique(unique["owner_id"].to_numpy(str), return_index=True)
    return [Rhythm(str(name), part) for name, part in zip(names, np.split(days, starts[1:]), strict=True)]


def segment_values(company: pd.DataFrame, measure: str, *, as_of: date) -> dict[str, float]:
    """A measure by segment as it stood on a day; ``*`` is all segments together.

    Parameters
    ----------
    company
        `measure`, `segment`, `moment`, `value`, `n`.
    """
    rows = company[(company["measure"] == measure) & (company["moment"] <= pd.Timestamp(as_of))]
    newest = rows[rows["moment"] == rows["moment"].max()]
    return {str(row.segment): float(row.value) for row in newest.itertuples()}


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


def losses(
    orders: pd.DataFrame, owners: pd.DataFrame, *, as_of: date, segment_gaps: Mapping[str, float], rule: SilenceRule
) -> pd.DataFrame:
    """Every loss up to a day: who fell silent for longer than the rule allows, and since when.

    A loss stays in its month even if the owner comes back. Each silence is measured by the gaps before it, so
    later orders change nothing about earlier losses.

    Parameters
    ----------
    orders, owners
        See `rhythms`; owners also with `segment`.
    segment_gaps
        Median gap in days by segment, ``*`` for all.

    Returns
    -------
    DataFrame
        One row per loss: `owner_id`, `last_order`, `lost_on`, `returned_on` (NaT if not), `median_gap`,
        `limit_days`, `orders` (order days before the silence).

    References
    ----------
    Buckinx, W., Van den Poel, D. (2005). European Journal of Operational Research 164(1), 252-268.
    """
    segments = dict(zip(owners["owner_id"], owners["segment"], strict=True))
    end = _day(as_of)
    rows = []
    for rhythm in rhythms(orders, owners, as_of=as_of):
        general = segment_gaps.get(segments.get(rhythm.owner_id, ""), segment_gaps.get("*", float("nan")))
        ends = np.append(rhythm.days[1:], end)
        for place in np.flatnonzero(ends - rhythm.days > rule.min_days):
            found = _loss(rhythm, int(place), int(ends[place]), general, rule)
            if found is not None:
                lost_on, gap, limit = found
                back = rhythm.days[place + 1] if place + 1 < len(rhythm.days) else None
                rows.append(
                    {
                        "owner_id": rhythm.owner_id,
                        "last_order": _date(rhythm.days[place]),
                        "lost_on": _date(lost_on),
                        "returned_on": pd.NaT if back is None else _date(back),
                        "median_gap": gap,
                        "limit_days": limit,
                        "orders": int(place) + 1,
                    }
                )
    names = ["owner_id", "last_order", "lost_on", "returned_on", "median_gap", "limit_days", "orders"]
    frame = pd.DataFrame(rows, columns=names)
    for name in ("last_order", "lost_on", "returned_on"):
        frame[name] = pd.to_datetime(frame[name])
    return frame.sort_values(["lost_on", "owner_id"], ignore_index=True)


def _loss(rhythm: Rhythm, place: int, until: int, general: float, rule: SilenceRule) -> tuple[int, float, float] | None:
    """Day on which the silence after an order passed its limit, with the median gap and the limit."""
    own = rhythm.gaps[:place]
    gap = float(np.median(own)) if len(own) >= rule.own_gaps else general
    limit = float(rule.max_days)
    if np.isfinite(gap):
        limit = float(min(max(rule.factor * gap, rule.min_days), rule.max_days))
    counted = days_in_season(rhythm.days[: place + 1], int(rhythm.days[place]) + 1, until, years=rule.season_years)
    passed = int(np.floor(limit))
    return (int(counted[passed]), gap, limit) if len(counted) > passed else None


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


@dataclass(frozen=True)
class Overdue:
    """Owners that should have ordered by now.

    Attributes
    ----------
    frame
        `owner_id`, `last_order`, `silence_days` (in season), `median_gap`, `ratio`, `limit`, `gaps`, `recent` and
        `recent_before` (revenue of the last 91 days and of the same days a year ago), `confirmed` (the revenue
        fell as well: without this second signal no name is printed).
    judged
        Owners with enough gaps of their own to be judged.
    """

    frame: pd.DataFrame
    judged: int


def overdue_owners(
    orders: pd.DataFrame,
    owners: pd.DataFrame,
    *,
    as_of: date,
    regularity: Mapping[str, float],
    limits: Mapping[int, float],
    min_gaps: int = 6,
    season_years: int = 2,
    recent_drop: float = 0.30,
    lost: frozenset[str] = frozenset(),
) -> Overdue:
    """Find owners whose silence is long for their own rhythm and who are not lost yet.

    ratio = silence in season / own median gap, over a limit that depends on how regularly the segment orders. The
    silence is confirmed if the revenue of the last 91 days also lies `recent_drop` below that of a year ago.

    Parameters
    ----------
    regularity
        Wheat and Morrison's k by segment, ``*`` for all; fixed before the day where past days are judged.
    lost
        Owners that are lost already.

    References
    ----------
    Wheat, R. D., Morrison, D. G. (1990). Estimating purchase regularity with two interpurchase times. Journal of
    Marketing Research 27(1), 87-93. Platzer, M., Reutterer, T. (2016). Marketing Science 35(5), 779-799.
    """
    segments = dict(zip(owners["owner_id"], owners["segment"], strict=True))
    end = _day(as_of)
    rows, judged = [], 0
    for rhythm in rhythms(orders, owners, as_of=as_of):
        if len(rhythm.gaps) < min_gaps or rhythm.owner_id in lost:
            continue
        judged += 1
        gap = float(np.median(rhythm.gaps))
        last = int(rhythm.days[-1])
        k = regularity.get(segments.get(rhythm.owner_id, ""), regularity.get("*", 1.0))
        limit = overdue_limit(k, limits)
        if end - last <= limit * gap:
            continue
        silence = len(days_in_season(rhythm.days, last + 1, end, years=season_years))
        if silence > limit * gap:
            rows.append((rhythm.owner_id, _date(last), silence, gap, silence / gap, limit, len(rhythm.gaps)))
    names = ["owner_id", "last_order", "silence_days", "median_gap", "ratio", "limit", "gaps"]
    frame = pd.DataFrame(rows, columns=names).sort_values(["ratio", "owner_id"], ascending=[False, True])
    frame["last_order"] = pd.to_datetime(frame["last_order"])
    for name, years_back in (("recent", 0), ("recent_before", 1)):
        until = pd.Timestamp(as_of) - pd.DateOffset(years=years_back)
        rows_then = orders[(orders["date"] < until) & (orders["date"] >= until - pd.Timedelta(days=_QUARTER))]
        frame[name] = frame["owner_id"].map(rows_then.groupby("owner_id")["revenue"].sum()).fillna(0.0).astype(float)
    frame["confirmed"] = (frame["recent_before"] > 0) & (frame["recent"] <= (1 - recent_drop) * frame["recent_before"])
    return Overdue(frame.reset_index(drop=True), judged)


def track_record(
    orders: pd.DataFrame,
    owners: pd.DataFrame,
    *,
    as_of: date,
    horizon_days: int,
    regularity: Mapping[str, float],
    limits: Mapping[int, float],
    min_gaps: int = 6,
    season_years: int = 2,
    recent_drop: float = 0.30,
) -> tuple[int, int]:
    """How often the overdue alarm was wrong in the last year that can be judged.

    The alarm (confirmed silences) is raised as it would have been on each month's first day, with what was known then; an owner counts
    once per silence. It was wrong if the owner ordered within the horizon after all.

    Returns
    -------
    tuple of int
        Silences flagged, and those that ended by an order within the horizon.
    """
    last_month = pd.Timestamp(as_of) - pd.Timedelta(days=horizon_days)
    flagged: dict[tuple[str, pd.Timestamp], pd.Timestamp] = {}
    for moment in pd.date_range(end=last_month, periods=12, freq="MS"):
        found = overdue_owners(
            orders,
            owners,
            as_of=moment.date(),
            regularity=regularity,
            limits=limits,
            min_gaps=min_gaps,
            season_years=season_years,
            recent_drop=recent_drop,
        )
        for row in found.frame[found.frame["confirmed"]].itertuples():
            flagged.setdefault((str(row.owner_id), row.last_order), moment)
    horizon = pd.Timedelta(days=horizon_days)
    by_owner = {name: group["order_date"].to_numpy() for name, group in orders.groupby("owner_id")}
    wrong = sum(
        bool(((by_owner[owner] >= moment) & (by_owner[owner] < moment + horizon)).any())
        for (owner, _), moment in flagged.items()
    )
    return len(flagged), wrong
