"""Our figures beside those that others have published of the trade."""

from collections.abc import Mapping

import pandas as pd

from kamreport.analysis.homes import at_home
from kamreport.results import Benchmarked, DeliveryService, OverdueReceivables, Retention, WinRates, each

__all__ = ["METRICS", "benchmarked", "own_metrics"]

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


def own_metrics(
    profit: pd.DataFrame,
    accounts: pd.DataFrame,
    *,
    delivered: DeliveryService | None = None,
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
    delivered, retained, receivables, rates
        Of `delivery_service`, `retention`, `overdue` and `win_rates`, where there are data for them.

    Examples
    --------
    >>> profit = pd.DataFrame({"margin": [20.0], "costed_revenue": [100.0]})
    >>> accounts = pd.DataFrame({"manager_id": ["m", "m"], "revenue_12m": [60.0, 40.0], "type": "customer",
    ...     "is_home": True})
    >>> own = own_metrics(profit, accounts)
    >>> own["gross_margin_rate"], own["accounts_per_manager"]
    ((0.2, 1), (2.0, 1))
    """
    costed = float(profit["costed_revenue"].sum())
    home = at_home(accounts)
    buying = home[home["revenue_12m"] > 0]
    managers = int(buying["manager_id"].nunique())
    own = {
        "gross_margin_rate": (_ratio(float(profit["margin"].sum()), costed), len(profit)),
        "accounts_per_manager": (_ratio(float(buying["manager_id"].notna().sum()), managers), managers),
    }
    if delivered is not None:
        own["on_time_in_full"] = (_ratio(delivered.otif, delivered.orders), delivered.orders)
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
