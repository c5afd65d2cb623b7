"""Our figures beside those that others have published of the trade."""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from kamreport.analysis.homes import at_home
from kamreport.period import Period
from kamreport.results import Benchmarked, OverdueReceivables, Retention, WinRates, each

__all__ = ["METRICS", "benchmarked", "on_time_in_full", "own_metrics"]

# What is computed here under the name of a benchmark, and its unit.
METRICS = {
    "gross_margin_rate": "share",
    "retention": "share",
    "overdue_share": "share",
    "on_time_in_full": "share",
    "win_rate": "share",
    "accounts_per_manager": "accounts",
}
_IN_PERCENT = ("%", "percent", "per cent")


def on_time_in_full(deliveries: pd.DataFrame, *, window: Period, as_of: date) -> tuple[int, int]:
    """Order lines that came on time and in full, of those promised for a window.

    Parameters
    ----------
    deliveries
        `promised_on`, `ordered_qty`, `delivered_on`, `delivered_qty`; one that has not come by then is a miss.

    Examples
    --------
    >>> deliveries = pd.DataFrame({"promised_on": pd.to_datetime(["2025-06-05"] * 2), "ordered_qty": 10.0,
    ...     "delivered_on": pd.to_datetime(["2025-06-05", None]), "delivered_qty": [10.0, None]})
    >>> on_time_in_full(deliveries, window=Period.parse("2025-06"), as_of=date(2025, 7, 1))
    (1, 2)
    """
    promised = deliveries["promised_on"]
    end = min(pd.Timestamp(window.end), pd.Timestamp(as_of))
    due = deliveries[(promised >= pd.Timestamp(window.start)) & (promised < end)]
    kept = (due["delivered_on"] <= due["promised_on"]) & (due["delivered_qty"] >= due["ordered_qty"])
    return int(kept.sum()), len(due)


def own_metrics(
    profit: pd.DataFrame,
    accounts: pd.DataFrame,
    deliveries: pd.DataFrame,
    *,
    window: Period,
    as_of: date,
    retained: Retention | None = None,
    receivables: OverdueReceivables | None = None,
    rates: WinRates | None = None,
) -> dict[str, tuple[float, int]]:
    """Compute what can stand beside a benchmark: each metric with what it rests on; NaN where it is not known.

    Parameters
    ----------
    profit
        Of `owner_profit`: `margin`, `costed_revenue`.
    accounts
        `manager_id`, `revenue_12m`, `type`, `is_home`: accounts that bought, by manager.
    deliveries
        See `on_time_in_full`.
    retained, receivables, rates
        Of `retention`, `overdue` and `win_rates`, where there are data for them.

    Examples
    --------
    >>> profit = pd.DataFrame({"margin": [20.0], "costed_revenue": [100.0]})
    >>> accounts = pd.DataFrame({"manager_id": ["m", "m"], "revenue_12m": [60.0, 40.0], "type": "customer",
    ...     "is_home": True})
    >>> none = pd.DataFrame({"promised_on": pd.to_datetime([]), "delivered_on": pd.to_datetime([]), "ordered_qty": [],
    ...     "delivered_qty": []})
    >>> own = own_metrics(profit, accounts, none, window=Period.parse("2025-06"), as_of=date(2025, 7, 1))
    >>> own["gross_margin_rate"], own["accounts_per_manager"]
    ((0.2, 1), (2.0, 1))
    """
    costed = float(profit["costed_revenue"].sum())
    home = at_home(accounts)
    buying = home[home["revenue_12m"] > 0]
    managers = int(buying["manager_id"].nunique())
    kept, due = on_time_in_full(deliveries, window=window, as_of=as_of)
    own = {
        "gross_margin_rate": (_ratio(float(profit["margin"].sum()), costed), len(profit)),
        "on_time_in_full": (_ratio(kept, due), due),
        "accounts_per_manager": (_ratio(float(buying["manager_id"].notna().sum()), managers), managers),
    }
    if retained is not None:
        own["retention"] = (retained.grr, retained.cohort)
    if receivables is not None:
        own["overdue_share"] = (_ratio(receivables.overdue, receivables.balance), len(receivables.accounts))
    if rates is not None:
        own["win_rate"] = (rates.rate, rates.n)
    return own


def benchmarked(own: Mapping[str, tuple[float, int]], benchmarks: pd.DataFrame) -> Benchmarked:
    """Put our figures beside the benchmarks of the same name, unit and all segments; the newest year of each source.

    Parameters
    ----------
    own
        Of `own_metrics`: value and what it rests on.
    benchmarks
        `metric`, `value`, `unit`, `year`, `source`, `segment`.

    References
    ----------
    Camp, R. C. (1989). Benchmarking: figures compare only where both are measured alike.

    Examples
    --------
    >>> benchmarks = pd.DataFrame({"metric": ["win_rate", "dso"], "value": [60.0, 62.0], "unit": ["%", "days"],
    ...     "year": 2024, "source": "X", "segment": None})
    >>> found = benchmarked({"win_rate": (0.5, 40)}, benchmarks)
    >>> found.frame[["metric", "own", "value"]].values.tolist(), found.uncompared
    ([['win_rate', 0.5, 0.6]], ['dso'])
    """
    general = benchmarks[benchmarks["segment"].isna()].sort_values("year")
    newest = general.drop_duplicates(["metric", "source"], keep="last").sort_values(["metric", "source"])
    rows = []
    for row in each(newest):
        value, n = own.get(row.metric, (float("nan"), 0))
        in_percent = str(row.unit).strip().lower() in _IN_PERCENT
        unit = "share" if in_percent else str(row.unit).strip().lower()
        if value == value and METRICS.get(row.metric) == unit:
            theirs = float(row.value) / (100 if in_percent else 1)
            rows.append((row.metric, value, n, theirs, int(row.year), row.source))
    frame = pd.DataFrame(rows, columns=["metric", "own", "n", "value", "year", "source"])
    return Benchmarked(frame, sorted(set(benchmarks["metric"]) - set(frame["metric"])))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")
