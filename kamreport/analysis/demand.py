"""How steadily accounts buy: variation, intervals, and the four patterns of demand."""

import numpy as np
import pandas as pd

from kamreport.analysis.homes import at_home
from kamreport.analysis.intervals import wilson_interval
from kamreport.analysis.performance import owner_trends
from kamreport.period import Period
from kamreport.results import Demand

__all__ = ["PATTERNS", "demand", "demand_pattern"]

PATTERNS = ("smooth", "erratic", "intermittent", "lumpy")
_INTERVAL = 1.32
_SIZE_CV2 = 0.49


def demand_pattern(interval: float, size_cv2: float) -> str:
    """Name the pattern of a demand by its mean interval and the squared variation of its sizes.

    Parameters
    ----------
    interval
        Mean number of periods from one demand to the next (ADI).
    size_cv2
        Squared coefficient of variation of the sizes that are not zero.

    References
    ----------
    Syntetos, A. A., Boylan, J. E., Croston, J. D. (2005). On the categorization of demand patterns. Journal of the
    Operational Research Society 56, 495-503: cuts at 1.32 and 0.49.

    Examples
    --------
    >>> demand_pattern(1.0, 0.1), demand_pattern(1.0, 0.6), demand_pattern(2.0, 0.1), demand_pattern(2.0, 0.6)
    ('smooth', 'erratic', 'intermittent', 'lumpy')
    """
    return PATTERNS[2 * (interval >= _INTERVAL) + (size_cv2 >= _SIZE_CV2)]


def demand(ledger: pd.DataFrame, owners: pd.DataFrame, keys: pd.DataFrame, *, window: Period, months: int) -> Demand:
    """Measure how steadily the accounts buy, key accounts beside the others.

    Over the months of the window and those before it, at most 24 together; an account counts from its first month
    with sales.

    Parameters
    ----------
    ledger
        `owner_id`, `month`, `revenue` (report currency).
    owners
        `owner_id`, `name`, `type`, `is_home`.
    keys
        `KeyAccounts.frame`: `owner_id` of the key accounts.
    months
        Months of history that there are.

    Examples
    --------
    >>> ledger = pd.DataFrame({"owner_id": "a", "revenue": [10.0] * 12,
    ...     "month": pd.date_range("2024-07-01", periods=12, freq="MS")})
    >>> owners = pd.DataFrame({"owner_id": ["a"], "name": ["A"], "type": "customer", "is_home": True})
    >>> window = Period.parse("2024-07..2025-06")
    >>> found = demand(ledger, owners, pd.DataFrame({"owner_id": ["a"]}), window=window, months=12)
    >>> found.frame[["pattern", "cv", "interval"]].values.tolist()
    [['smooth', 0.0, 1.0]]
    """
    home = at_home(owners)
    wide = owner_trends(ledger, window=window, months=min(max(months, window.months), 24))
    sales = wide[wide.index.isin(home["owner_id"])].clip(lower=0.0)
    sales = sales[(sales > 0).any(axis=1)]
    values = sales.to_numpy(float)
    sold = values > 0
    counted = np.maximum.accumulate(sold, axis=1)  # from the first month with sales on
    n, hits = counted.sum(axis=1), sold.sum(axis=1)
    mean, size = values.sum(axis=1) / n, values.sum(axis=1) / hits
    spread = np.sqrt((((values - mean[:, None]) ** 2) * counted).sum(axis=1) / np.maximum(n - 1, 1))
    size_spread = (((values - size[:, None]) ** 2) * sold).sum(axis=1) / np.maximum(hits - 1, 1)
    frame = pd.DataFrame(
        {
            "owner_id": sales.index.astype("str"),
            "months": hits,
            "cv": spread / mean,
            "interval": n / hits,
            "size_cv2": size_spread / size**2,
        }
    )
    frame["pattern"] = [demand_pattern(*pair) for pair in zip(frame["interval"], frame["size_cv2"], strict=True)]
    frame.insert(1, "name", frame["owner_id"].map(home.set_index("owner_id")["name"]))
    frame.insert(2, "is_key", frame["owner_id"].isin(keys["owner_id"]))
    frame = frame[frame["months"] > 1].sort_values(["cv", "owner_id"], ignore_index=True)
    return Demand(frame, _groups(frame), window.trailing(wide.shape[1]))


def _groups(frame: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for is_key in (True, False):
        part = frame[frame["is_key"] == is_key]
        counts = {pattern: int((part["pattern"] == pattern).sum()) for pattern in PATTERNS}
        low, high = wilson_interval(counts["smooth"], len(part))
        share = counts["smooth"] / len(part) if len(part) else float("nan")
        rows.append(
            {
                "is_key": is_key,
                "accounts": len(part),
                "cv": float(part["cv"].median()) if len(part) else float("nan"),
                **counts,
                "smooth_share": share,
                "low": low,
                "high": high,
            }
        )
    return pd.DataFrame(rows)
