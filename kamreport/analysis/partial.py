"""Who still buys but less, and which product families they dropped."""

from datetime import date

import numpy as np
import pandas as pd

from kamreport.analysis.homes import at_home
from kamreport.analysis.rhythms import day_number, day_numbers, days_in_season
from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import PartialDefection, each
from kamreport.settings import Rules

__all__ = ["partial_defection", "recent_months", "stopped_families"]

_DEFAULTS = Rules()


def recent_months(window: Period, months: int, *, spring_festival: bool = False) -> Period:
    """Give the last months of the window; with `spring_festival` January and February are never parted.

    Examples
    --------
    >>> str(recent_months(Period.parse("2024-05..2025-04"), 3, spring_festival=True))
    '2025-01..2025-04'
    """
    recent = window.trailing(months)
    if spring_festival and recent.last_day.month == 1:
        recent = recent.back(1)
    if spring_festival and recent.start.month == 2:
        recent = Period(recent.back(1).start, recent.months + 1, recent.fiscal_year_start)
    return recent


def partial_defection(
    ledger: pd.DataFrame,
    owners: pd.DataFrame,
    *,
    window: Period,
    lost: frozenset[str],
    threshold: float,
    rules: Rules = _DEFAULTS,
) -> PartialDefection:
    """Find owners that fell against their own last year over a short and a long window at once.

    The last `partial_recent_months` months must lie `partial_recent_drop` below the same months of last year, and
    the window `partial_year_drop` below the twelve months before, in which there were `partial_min_orders` orders.

    Parameters
    ----------
    ledger
        `owner_id`, `month`, `revenue`, `costed_revenue`, `cost`, `orders`.
    owners
        `owner_id`, `name`, `type`, `is_home`, `moved_in`, `moved_out`, `manager_id`, `manager_name`.
    lost
        Owners that are lost already; they are not partly lost.
    threshold
        Change in yearly revenue below which nobody is named or counted (report currency).

    References
    ----------
    Buckinx, W., Van den Poel, D. (2005). European Journal of Operational Research 164(1), 252-268.

    Examples
    --------
    >>> ledger = pd.DataFrame({"owner_id": "a", "month": pd.date_range("2023-07-01", periods=24, freq="MS"),
    ...     "revenue": [10.0] * 21 + [4.0] * 3, "costed_revenue": 0.0, "cost": 0.0, "orders": 1})
    >>> owners = pd.DataFrame({"owner_id": ["a"], "name": ["A"], "type": ["customer"], "is_home": [True],
    ...     "moved_in": [False], "moved_out": [False], "manager_id": ["m"], "manager_name": ["M"]})
    >>> found = partial_defection(ledger, owners, window=Period.parse("2024-07..2025-06"), lost=frozenset(),
    ...     threshold=5)
    >>> found.falls[["recent", "recent_before", "year", "year_before", "drop"]].values.tolist()
    [[12.0, 30.0, 102.0, 120.0, 18.0]]
    """
    recent = recent_months(window, rules.partial_recent_months, spring_festival=rules.spring_festival)
    spans = {
        "recent": recent,
        "recent_before": recent.year_ago,
        "year": window,
        "year_before": window.back(window.months),
    }
    frame = pd.DataFrame(
        {name: in_window(ledger, span).groupby("owner_id")["revenue"].sum() for name, span in spans.items()}
    )
    base = in_window(ledger, spans["year_before"]).groupby("owner_id")[["orders", "costed_revenue", "cost"]].sum()
    now = in_window(ledger, window).groupby("owner_id")[["costed_revenue", "cost"]].sum()
    frame["lost_margin"] = (base["costed_revenue"] - base["cost"]).sub(
        now["costed_revenue"] - now["cost"], fill_value=0
    )
    frame["orders"] = base["orders"]
    frame = frame.fillna(0.0).rename_axis("owner_id").reset_index()
    home = at_home(owners)
    stayed = home[~home["moved_in"] & ~home["moved_out"]]
    frame = frame.merge(
        stayed[["owner_id", "name", "manager_id", "manager_name"]], on="owner_id", validate="one_to_one"
    )
    frame = frame[
        (frame["orders"] >= rules.partial_min_orders) & (frame["recent_before"] > 0) & (frame["year_before"] > 0)
    ]
    frame["recent_change"] = frame["recent"] / frame["recent_before"] - 1
    frame["year_change"] = frame["year"] / frame["year_before"] - 1
    recent_drop, year_drop = rules.partial_recent_drop - 1e-9, rules.partial_year_drop - 1e-9
    fell = (frame["recent_change"] <= -recent_drop) & (frame["year_change"] <= -year_drop)
    rose = (frame["recent_change"] >= recent_drop) & (frame["year_change"] >= year_drop)
    frame["drop"] = frame["year_before"] - frame["year"]
    rose &= -frame["drop"] >= threshold
    falls = frame[fell & (frame["drop"] >= threshold) & ~frame["owner_id"].isin(lost)]
    falls = falls.sort_values(["drop", "owner_id"], ascending=[False, True], ignore_index=True)
    return PartialDefection(falls, int(rose.sum()), len(frame), recent, threshold, rules)


def stopped_families(
    orders: pd.DataFrame,
    product_ledger: pd.DataFrame,
    owners: pd.DataFrame,
    *,
    as_of: date,
    gone: frozenset[str],
    rules: Rules = _DEFAULTS,
) -> pd.DataFrame:
    """Find product families that an owner bought regularly and buys no more, while it still buys others.

    Judged are families with at least `family_min_share` of the owner's revenue in the year up to their last order
    and at least `family_min_orders` orders in it. One is stopped after a silence in season of `family_gap_factor`
    times its own median gap, and at least `family_min_days`, in which the owner ordered other things.

    Parameters
    ----------
    orders
        `owner_id`, `family`, `order_date`, `date`.
    product_ledger
        `owner_id`, `family`, `month`, `revenue`, `costed_revenue`, `cost`.
    owners
        `owner_id`, `name`, `type`, `is_home`, `manager_id`, `manager_name`.
    gone
        Owners that are lost; they have stopped everything.

    Returns
    -------
    DataFrame
        `owner_id`, `name`, `manager_id`, `manager_name`, `family`, `last_order`, `silence_days`, `median_gap`,
        `revenue`, `margin` (of the family in the twelve months up to its last order) and `share` of the owner's
        revenue in them; largest revenue first.

    References
    ----------
    Reichheld, F. F. (1996). Learning from customer defections. HBR 74(2).

    Examples
    --------
    >>> days = pd.date_range("2025-01-01", periods=7, freq="30D")  # to 30 June; of F only to 1 April
    >>> orders = pd.DataFrame({"owner_id": "a", "family": ["F"] * 4 + ["G"] * 7, "order_date": days[:4].append(days)})
    >>> sold = pd.DataFrame({"owner_id": "a", "family": ["F", "G"], "month": pd.to_datetime(["2025-04-01"] * 2),
    ...     "revenue": [30.0, 70.0], "costed_revenue": [30.0, 70.0], "cost": [20.0, 50.0]})
    >>> owners = pd.DataFrame({"owner_id": ["a"], "name": ["A"], "type": ["customer"], "is_home": [True],
    ...     "manager_id": ["m"], "manager_name": ["M"]})
    >>> found = stopped_families(orders.assign(date=orders["order_date"]), sold, owners, as_of=date(2025, 7, 5),
    ...     gone=frozenset())
    >>> found[["family", "silence_days", "margin", "share"]].values.tolist()  # more than 90 days and 3 x 30
    [['F', 94, 10.0, 0.3]]
    """
    home = at_home(owners)
    counted = home[~home["owner_id"].isin(gone)]
    end, until = pd.Timestamp(as_of), day_number(as_of)
    known = orders[(orders["date"] < end) & orders["owner_id"].isin(counted["owner_id"]) & (orders["family"] != "")]
    unique = (
        known[["owner_id", "family", "order_date"]].drop_duplicates().sort_values(["owner_id", "family", "order_date"])
    )
    last_any = known.groupby("owner_id")["order_date"].max()
    rows = []
    for key, group in unique.groupby(["owner_id", "family"], sort=True):
        owner_id, family = (str(part) for part in key)
        days = day_numbers(group["order_date"])
        last = group["order_date"].iloc[-1]
        if len(days) < rules.family_min_orders or (last_any[owner_id] - last).days < rules.family_min_days:
            continue
        in_year = days[days > days[-1] - 365]
        gap = float(np.median(np.diff(days)))
        silence = len(days_in_season(days, int(days[-1]) + 1, until, years=rules.off_season_years))
        if len(in_year) < rules.family_min_orders or silence <= max(
            rules.family_gap_factor * gap, rules.family_min_days
        ):
            continue
        rows.append((owner_id, family, last, silence, gap))
    frame = pd.DataFrame(rows, columns=["owner_id", "family", "last_order", "silence_days", "median_gap"])
    worth = [_family_year(product_ledger, row.owner_id, row.family, row.last_order) for row in each(frame)]
    frame[["revenue", "margin", "share"]] = pd.DataFrame(
        worth, columns=["revenue", "margin", "share"], index=frame.index
    )
    frame = frame[frame["share"] >= rules.family_min_share]
    frame = frame.merge(counted[["owner_id", "name", "manager_id", "manager_name"]], on="owner_id", how="left")
    return frame.sort_values(["revenue", "owner_id"], ascending=[False, True], ignore_index=True)


def _family_year(
    product_ledger: pd.DataFrame, owner_id: str, family: str, last: pd.Timestamp
) -> tuple[float, float, float]:
    """Revenue and margin of a family in the twelve months up to a month, and its share of the owner's revenue."""
    months = Period.month_of(last.date()).trailing(12)
    rows = in_window(product_ledger[product_ledger["owner_id"] == owner_id], months)
    own = rows[rows["family"] == family]
    revenue, total = float(own["revenue"].sum()), float(rows["revenue"].sum())
    margin = float(own["costed_revenue"].sum() - own["cost"].sum())
    return revenue, margin, revenue / total if total > 0 else 0.0
