"""What an account is worth as long as it stays: margin times a multiple of the retention, and what keeping adds."""

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from kamreport.analysis.homes import active_owners
from kamreport.analysis.intervals import wilson_interval
from kamreport.results import LifetimeValues, Losses, RetentionEconomics
from kamreport.settings import Rules

__all__ = ["lifetime_values", "loss_counts", "margin_multiple", "retention_economics"]

_DEFAULTS = Rules()
_FEWER, _POINTS = 0.05, 0.05


def margin_multiple(retention: npt.ArrayLike, *, discount: float, years: int | None = None) -> npt.NDArray[np.float64]:
    """How many times its yearly margin an account still brings.

    r / (1 + i - r) without an end, sum of (r / (1+i))^t for t = 1 ... n over n years: a year from now the account
    brings its margin once more if it is kept, and so on. The margin of the twelve months past is not in it.

    Parameters
    ----------
    retention
        Share of the accounts that is kept in a year.
    discount
        Interest on money a year; above 0 where there is no end.
    years
        How many years count; None for no end.

    References
    ----------
    Gupta, S., Lehmann, D. R. (2003). Customers as assets. Journal of Interactive Marketing 17(1), 9-24. Berger, P. D.,
    Nasr, N. I. (1998). Customer lifetime value: marketing models and applications. Ibid. 12(1), 17-30.

    Examples
    --------
    >>> margin_multiple([0.6, 0.9], discount=0.1).round(2).tolist()
    [1.2, 4.5]
    >>> margin_multiple(0.9, discount=0.1, years=2).round(3)
    np.float64(1.488)
    """
    kept = np.asarray(retention, float) / (1 + discount)
    whole = kept / (1 - kept)
    found: npt.NDArray[np.float64] = whole if years is None else whole * (1 - kept**years)
    return found[()]


def loss_counts(orders: pd.DataFrame, owners: pd.DataFrame, lost: Losses, *, as_of: date) -> pd.DataFrame:
    """Lost and active owners of the window by segment, as far as a segment has losses enough to speak for itself.

    Parameters
    ----------
    orders
        `owner_id`, `order_date`, `date` (posting).
    owners
        `owner_id`, `type`, `is_home`, `segment`.

    Returns
    -------
    DataFrame
        One row per segment with `retention_min_losses` and one ``*`` for all: `basis`, `lost`, `active`, `retention`,
        `retention_low`, `retention_high` (Wilson), `multiple`, `multiple_low`, `multiple_high`.

    Examples
    --------
    >>> from kamreport.period import Period
    >>> day = pd.to_datetime(["2025-06-01"] * 2)
    >>> orders = pd.DataFrame({"owner_id": ["a", "b"], "order_date": day, "date": day})
    >>> owners = pd.DataFrame({"owner_id": list("abc"), "type": "customer", "segment": "farm", "is_home": True})
    >>> lost = Losses(pd.DataFrame({"owner_id": ["c"]}), 0, 3, frozenset("c"), (0, 1), Period.parse("2025"), Rules())
    >>> loss_counts(orders, owners, lost, as_of=date(2025, 7, 1))[["basis", "lost", "active"]].values.tolist()
    [['*', 1, 3]]
    """
    rules = lost.rules
    gone = set(lost.frame["owner_id"])
    active = active_owners(orders, owners, since=lost.window.start, as_of=as_of) | gone
    counted = owners.loc[owners["owner_id"].isin(active), ["owner_id", "segment"]]
    counted = counted.assign(lost=counted["owner_id"].isin(gone), segment=counted["segment"].fillna(""))
    sums = counted.groupby("segment")["lost"].agg(["sum", "size"])
    sums = sums[(sums["sum"] >= rules.retention_min_losses) & (sums.index != "")]
    rows = [("*", len(gone), len(active)), *sums.itertuples(name=None)]
    frame = pd.DataFrame(rows, columns=["basis", "lost", "active"])
    frame["retention"] = 1 - frame["lost"] / frame["active"].where(frame["active"] > 0)
    kept = [wilson_interval(n - out, n) for out, n in zip(frame["lost"], frame["active"], strict=True)]
    frame["retention_low"], frame["retention_high"] = [low for low, _ in kept], [high for _, high in kept]
    for name in ("", "_low", "_high"):
        frame[f"multiple{name}"] = _multiple(frame[f"retention{name}"], rules)
    return frame


def _multiple(retention: npt.ArrayLike, rules: Rules) -> npt.NDArray[np.float64]:
    return margin_multiple(retention, discount=rules.discount_rate, years=rules.lifetime_years or None)


def lifetime_values(
    profit: pd.DataFrame,
    orders: pd.DataFrame,
    owners: pd.DataFrame,
    lost: Losses,
    *,
    keys: frozenset[str],
    as_of: date,
) -> LifetimeValues:
    """Value every account at home here by the margin to come, and what the lost ones took along.

    Value = margin of 12 months x multiple; the retention is that of the account's segment where that has lost
    `retention_min_losses`, else that of the region. Low and high follow from the retention's interval.

    Parameters
    ----------
    profit
        Of `owner_profit`; pools and accounts that are lost are left out.
    orders, owners
        See `loss_counts`.
    lost
        Of `lost_owners`, whose rules hold here too.
    keys
        Owners that are key accounts.

    Examples
    --------
    >>> from kamreport.period import Period
    >>> day = pd.to_datetime(["2025-06-01"] * 9)
    >>> orders = pd.DataFrame({"owner_id": list("abdefghij"), "order_date": day, "date": day})
    >>> owners = pd.DataFrame({"owner_id": list("abcdefghij"), "type": "customer", "segment": "", "is_home": True})
    >>> profit = pd.DataFrame({"owner_id": ["a", "b"], "name": ["A", "B"], "manager_id": "m", "manager_name": "M",
    ...     "segment": "", "margin": [100.0, 10.0], "is_pool": False, "is_home": True})
    >>> gone = pd.DataFrame({"owner_id": ["c"], "name": ["C"], "manager_id": "m", "manager_name": "M",
    ...     "lost_on": day[:1], "margin": [20.0]})
    >>> lost = Losses(gone, 0, 10, frozenset("c"), (0, 1), Period.parse("2025"), Rules())  # 9 of 10 kept
    >>> found = lifetime_values(profit, orders, owners, lost, keys=frozenset("a"), as_of=date(2025, 7, 1))
    >>> found.keys["value"].round(6).tolist(), found.gone["value"].round(6).tolist()
    ([450.0], [90.0])
    """
    bases = loss_counts(orders, owners, lost, as_of=as_of)
    here = profit[~profit["is_pool"] & profit["is_home"] & ~profit["owner_id"].isin(lost.gone)]
    frame = here[["owner_id", "name", "manager_id", "manager_name", "segment", "margin"]]
    frame = _valued(frame.assign(is_key=frame["owner_id"].isin(keys)), bases)
    segments = owners.set_index("owner_id")["segment"]
    gone = lost.frame.assign(segment=lost.frame["owner_id"].map(segments))
    curve = pd.DataFrame({"retention": np.linspace(0.0, 1.0, 101)})
    curve["multiple"] = _multiple(curve["retention"], lost.rules)
    return LifetimeValues(frame, bases, _valued(gone, bases), curve, lost.rules)


def _valued(frame: pd.DataFrame, bases: pd.DataFrame) -> pd.DataFrame:
    """Accounts with the retention and the multiples of their basis; most valuable first."""
    own = frame["segment"].isin(bases["basis"])
    frame = frame.assign(basis=frame["segment"].where(own, "*")).merge(bases, on="basis", how="left")
    ends = np.sort(frame[["multiple_low", "multiple_high"]].to_numpy(float) * frame[["margin"]].to_numpy(float))
    frame = frame.assign(value=frame["margin"] * frame["multiple"], low=ends[:, 0], high=ends[:, 1])
    return frame.sort_values(["value", "owner_id"], ascending=[False, True], ignore_index=True)


def retention_economics(values: LifetimeValues) -> RetentionEconomics:
    """Say what a lasting better retention would add: 5 % fewer losses, and 5 points more retained.

    gain = margin x (multiple(r') - multiple(r)). The two are often confused and far apart; five points are
    impossible above 95 % and end at 100 %. What may be spent each year is the gain over the years that the money
    lies: the gain x i / (1 + i) without an end. With fewer losses than `retention_min_losses` nothing is said.

    Parameters
    ----------
    values
        Of `lifetime_values`; the region's retention counts.

    References
    ----------
    Reichheld, F. F., Sasser, W. E. (1990). Zero defections: quality comes to services. HBR 68(5), 105-111, whose
    figures are for points, in nine chosen lines of business; Sharp, B. (2010). How Brands Grow, ch. 3, on that.

    Examples
    --------
    >>> frame = pd.DataFrame({"margin": [100.0]})
    >>> bases = pd.DataFrame({"basis": ["*"], "lost": [20], "active": [100], "retention": [0.8],
    ...     "retention_low": [0.71], "retention_high": [0.87]})
    >>> found = retention_economics(LifetimeValues(frame, bases, frame, frame, Rules()))
    >>> found.frame[["step", "retention", "gain"]].round(2).values.tolist()  # .81/.29 - .8/.3; .85/.25 - .8/.3
    [['today', 0.8, 0.0], ['fewer', 0.81, 12.64], ['points', 0.85, 73.33]]
    """
    rules = values.rules
    base = values.bases[values.bases["basis"] == "*"].iloc[0]
    lost, active = int(base["lost"]), int(base["active"])
    accounts, margin = len(values.frame), float(values.frame["margin"].sum())
    interval = (float(base["retention_low"]), float(base["retention_high"]))
    steps = pd.DataFrame({"step": ["today", "fewer", "points"]})
    if lost < rules.retention_min_losses or not margin > 0:
        return RetentionEconomics(steps.head(0), lost, active, interval, accounts, margin, rules)

    def changed(retention: float) -> npt.NDArray[np.float64]:
        return np.array([retention, retention + _FEWER * (1 - retention), min(retention + _POINTS, 1.0)])

    today = float(base["retention"])
    steps["retention"] = changed(today)
    steps["multiple"] = _multiple(steps["retention"], rules)
    steps["value"] = margin * steps["multiple"]
    steps["gain"] = steps["value"] - float(steps["value"].iloc[0])
    # The gain need not grow with the retention: at 100 % there is nothing left to gain.
    ends = [margin * (_multiple(changed(end), rules) - _multiple(end, rules)) for end in (*interval, today)]
    steps["gain_low"], steps["gain_high"] = np.min(ends, axis=0), np.max(ends, axis=0)
    steps["kept"] = (steps["retention"] - today) * active
    steps["yearly"] = steps["gain"] / _annuity(rules)
    return RetentionEconomics(steps, lost, active, interval, accounts, margin, rules)


def _annuity(rules: Rules) -> float:
    """What one a year is worth, the first at once, over the years that count."""
    kept = 1 / (1 + rules.discount_rate)
    return (1 - kept**rules.lifetime_years) / (1 - kept) if rules.lifetime_years else 1 / (1 - kept)
