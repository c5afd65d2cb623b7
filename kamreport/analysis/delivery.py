"""Whether orders arrive on time and in full, how long they take, and who buys less after late ones."""

from datetime import date

import numpy as np
import pandas as pd

from kamreport.analysis.homes import at_home
from kamreport.analysis.intervals import wilson_interval
from kamreport.analysis.partial import recent_months
from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import DeliveryService, each
from kamreport.settings import Rules

__all__ = ["delivery_service"]

_DEFAULTS = Rules()
_BY_CHANCE = 0.001
_RUN_MONTHS = 3


def delivery_service(
    deliveries: pd.DataFrame,
    ledger: pd.DataFrame,
    accounts: pd.DataFrame,
    owners: pd.DataFrame,
    *,
    window: Period,
    as_of: date,
    rules: Rules = _DEFAULTS,
) -> DeliveryService:
    """Count the orders that came on time and in full, and find owners that were served late and buy less since.

    Counted are the orders whose promised day lies in the window and has passed. An order is on time if all of its
    lines arrived by their promised day, in full if all of them brought the ordered quantity; one that has not
    arrived is neither. An owner was served late if in three months on end so few of its orders were on time as
    chance would give one in a thousand at the others' rate (the lower of the two 99.8 % limits). It buys less since
    if the last months lie `delivery_min_fall` below the same months of last year and it was served late before them.

    Parameters
    ----------
    deliveries
        One row per order line: `order_id`, `account_id`, `ordered_on`, `promised_on`, `ordered_qty`,
        `delivered_on`, `delivered_qty`.
    ledger
        `owner_id`, `month`, `revenue`.
    accounts, owners
        `account_id`, `owner_id`; and `owner_id`, `name`, `type`, `is_home`, `moved_in`, `moved_out`, `manager_id`,
        `manager_name`. Pools are left out; who has moved is not said to buy less.
    as_of
        First day that is not known.

    References
    ----------
    SCOR model, perfect order fulfilment (RL.1.1): of its four parts in full (RL.2.1) and on time (RL.2.2).
    Spiegelhalter, D. J. (2005). Statistics in Medicine 24, 1185-1202: 99.8 % limits. Wilson, E. B. (1927). JASA 22,
    209-212.

    Examples
    --------
    >>> lines = pd.DataFrame({"order_id": ["1", "2"], "account_id": "a", "ordered_on": pd.Timestamp("2025-06-01"),
    ...     "promised_on": pd.Timestamp("2025-06-06"), "ordered_qty": 10.0, "delivered_qty": [10.0, 8.0],
    ...     "delivered_on": pd.to_datetime(["2025-06-04", "2025-06-09"])})
    >>> ledger = pd.DataFrame({"owner_id": ["a"], "month": pd.to_datetime(["2025-06-01"]), "revenue": [5.0]})
    >>> accounts = pd.DataFrame({"account_id": ["a"], "owner_id": ["a"]})
    >>> owners = pd.DataFrame({"owner_id": ["a"], "name": ["A"], "type": "customer", "is_home": True,
    ...     "moved_in": False, "moved_out": False, "manager_id": "m", "manager_name": "M"})
    >>> found = delivery_service(lines, ledger, accounts, owners, window=Period.parse("2024-07..2025-06"),
    ...     as_of=date(2025, 7, 1))
    >>> found.orders, found.on_time, found.otif, found.lead_median
    (2, 1, 1, 5.5)
    """
    recent = recent_months(window, rules.partial_recent_months, spring_festival=rules.spring_festival)
    counted = at_home(owners)
    owner = accounts.set_index("account_id")["owner_id"]
    names = ["order_id", "ordered_on", "promised_on", "ordered_qty", "delivered_on", "delivered_qty"]
    lines = deliveries[names].assign(owner_id=deliveries["account_id"].map(owner).astype("str"))
    lines = lines[lines["owner_id"].isin(counted["owner_id"])]
    is_dated = lines["promised_on"].notna()
    undated = lines[~is_dated & _within(lines["ordered_on"], window, as_of)]
    orders = _orders(lines[is_dated & _within(lines["promised_on"], window, as_of)])
    frame = _with_purchases(_by_owner(orders, counted), ledger, recent)
    earlier = _worst_runs(orders, Period(window.start, window.months - recent.months))
    # Of an owner that was late before and is again the earlier months are told: the purchases came after them.
    runs = pd.concat([earlier, _worst_runs(orders, window)]).drop_duplicates("owner_id")
    frame = frame.merge(runs, on="owner_id", how="left")
    frame["is_late"] = frame["run_start"].notna()
    stayed = set(counted.loc[~counted["moved_in"] & ~counted["moved_out"], "owner_id"])
    frame["is_followed"] = frame["owner_id"].isin(set(earlier["owner_id"]) & stayed) & (
        frame["change"] <= -rules.delivery_min_fall + 1e-9
    )
    frame = frame.sort_values(["rate", "orders", "owner_id"], ascending=[True, False, True])
    followed = frame[frame["is_followed"]].sort_values(["drop", "owner_id"], ascending=[False, True], ignore_index=True)
    otif = int(orders["otif"].sum())
    low, high = wilson_interval(otif, len(orders))
    lead = orders["lead"].dropna()
    return DeliveryService(
        frame.reset_index(drop=True), followed, len(orders), int(orders["on_time"].sum()),
        int(orders["in_full"].sum()), otif, low, high, float(lead.median()), float(lead.quantile(0.9)), len(lead),
        len(undated), recent, rules,
    )  # fmt: skip


def _within(days: "pd.Series[pd.Timestamp]", window: Period, as_of: date) -> "pd.Series[bool]":
    """Days in the window that have passed."""
    return (days >= pd.Timestamp(window.start)) & (days < pd.Timestamp(min(window.end, as_of)))


def _orders(lines: pd.DataFrame) -> pd.DataFrame:
    """One row per order: an order is as good as the worst of its lines."""
    arrived = lines["delivered_on"].notna()
    lines = lines.assign(
        on_time=lines["delivered_on"] <= lines["promised_on"],
        in_full=arrived & (lines["delivered_qty"] >= lines["ordered_qty"] - 1e-9),
        # Longer than any while a line of the order has not arrived.
        lead=(lines["delivered_on"] - lines["ordered_on"]).dt.days.astype(float).fillna(np.inf),
    )
    orders = (
        lines.groupby(["owner_id", "order_id"], sort=False)
        .agg(
            on_time=("on_time", "all"),
            in_full=("in_full", "all"),
            lead=("lead", "max"),
            promised=("promised_on", "max"),
        )
        .reset_index()
    )
    orders["otif"] = orders["on_time"] & orders["in_full"]
    orders["lead"] = orders["lead"].replace(np.inf, np.nan)
    return orders


def _by_owner(orders: pd.DataFrame, owners: pd.DataFrame) -> pd.DataFrame:
    """Counts, rates with their intervals, and lead times of each owner."""
    groups = orders.groupby("owner_id")
    sums = groups[["on_time", "in_full", "otif"]].sum().astype(int)
    sums.insert(0, "orders", groups.size())
    sums["rate"], sums["otif_rate"] = sums["on_time"] / sums["orders"], sums["otif"] / sums["orders"]
    bounds = [wilson_interval(int(row.on_time), int(row.orders)) for row in each(sums)]
    sums["low"], sums["high"] = (np.array([bound[side] for bound in bounds], float) for side in (0, 1))
    sums["lead_median"], sums["lead_p90"] = groups["lead"].median(), groups["lead"].quantile(0.9)
    named = owners[["owner_id", "name", "manager_id", "manager_name"]]
    return named.merge(sums.reset_index(), on="owner_id")


def _worst_runs(orders: pd.DataFrame, window: Period) -> pd.DataFrame:
    """The least likely three months of each owner whose lateness chance does not explain."""
    from scipy.special import bdtr

    place, owners = pd.factorize(orders["owner_id"], sort=True)
    on_time = orders["on_time"].to_numpy(bool)
    n, good = np.bincount(place), np.bincount(place[on_time], minlength=len(owners))
    # An owner is compared with the others and not with itself.
    others = len(orders) - n
    rate = np.where(others > 0, (on_time.sum() - good) / np.maximum(others, 1), np.nan)
    runs = []
    for start in list(window)[: max(window.months - _RUN_MONTHS + 1, 0)]:
        span = Period(start, _RUN_MONTHS)
        inside = (orders["promised"] >= pd.Timestamp(span.start)) & (orders["promised"] < pd.Timestamp(span.end))
        good, n = (np.bincount(place[inside & kept], minlength=len(owners)) for kept in (on_time, True))
        run = pd.DataFrame({"owner_id": owners, "run_on_time": good, "run_orders": n})
        run = run.assign(run_start=pd.Timestamp(span.start), run_end=pd.Timestamp(span.last_day))
        runs.append(run.assign(chance=bdtr(good.astype(float), n, rate))[n > 0])
    names = ["owner_id", "run_start", "run_end", "run_on_time", "run_orders"]
    if not runs:
        return pd.DataFrame(columns=names)
    found = pd.concat(runs)
    found = found[found["chance"] < _BY_CHANCE].sort_values(["chance", "run_start"])
    return found.drop_duplicates("owner_id")[names]


def _with_purchases(frame: pd.DataFrame, ledger: pd.DataFrame, recent: Period) -> pd.DataFrame:
    for name, span in (("recent", recent), ("recent_before", recent.year_ago)):
        sums = in_window(ledger, span).groupby("owner_id")["revenue"].sum()
        frame[name] = frame["owner_id"].map(sums).fillna(0.0).astype(float)
    frame["drop"] = frame["recent_before"] - frame["recent"]
    frame["change"] = (frame["recent"] / frame["recent_before"] - 1).where(frame["recent_before"] > 0)
    return frame
