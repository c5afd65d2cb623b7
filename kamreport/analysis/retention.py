"""What of last year's business is still there: retention of revenue and the bridge between two years."""

import numpy as np
import pandas as pd

from kamreport.analysis.intervals import ratio_interval, wilson_interval
from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import Retention

__all__ = ["retention"]

STEPS = ("new", "expansion", "moved_in", "pool", "moved_out", "contraction", "stopped")


def retention(ledger: pd.DataFrame, owners: pd.DataFrame, *, window: Period) -> Retention:
    """Measure retention and build the revenue bridge.

    GRR = sum(max(0, min(R1, R0))) / sum(R0) and NRR = sum(R1) / sum(R0) over owners with R0 > 0. Owners that
    moved into or out of the region, and pools, have bars of their own and are not in the cohort. Backwards in
    time, over the same cohort: sum(max(0, min(R1, R0))) / sum(max(0, R1)).

    Parameters
    ----------
    ledger
        `owner_id`, `month`, `revenue` (report currency).
    owners
        `owner_id`, `name`, `type`, `moved_in`, `moved_out`.
    window
        The trailing months; compared with as many before.

    References
    ----------
    Gold, C. (2020). Fighting Churn with Data. Manning, ch. 2.

    Examples
    --------
    >>> ledger = pd.DataFrame({"owner_id": ["a", "a", "b"], "revenue": [100.0, 80.0, 50.0],
    ...     "month": pd.to_datetime(["2024-06-01", "2025-06-01", "2025-06-01"])})
    >>> owners = pd.DataFrame({"owner_id": ["a", "b"], "name": ["A", "B"], "type": "customer",
    ...     "moved_in": False, "moved_out": False})
    >>> kept = retention(ledger, owners, window=Period.parse("2025-01..2025-12"))
    >>> kept.grr, kept.bridge.set_index("step")["amount"].to_dict()["new"]
    (0.8, 50.0)
    """
    # Rounded as money is kept: what was sold and credited in full leaves 0 and not the rest of a sum of floats.
    before = in_window(ledger, window.back(window.months)).groupby("owner_id")["revenue"].sum().round(4)
    now = in_window(ledger, window).groupby("owner_id")["revenue"].sum().round(4)
    frame = pd.DataFrame({"before": before, "now": now}).fillna(0.0).rename_axis("owner_id").reset_index()
    frame = frame.merge(
        owners[["owner_id", "name", "type", "moved_in", "moved_out"]], on="owner_id", how="left", validate="one_to_one"
    )
    frame["change"] = frame["now"] - frame["before"]
    frame["step"] = np.select(
        [
            frame["type"] == "pool",
            frame["moved_out"],
            frame["moved_in"],
            (frame["before"] <= 0) & (frame["now"] > 0),
            (frame["before"] > 0) & (frame["now"] <= 0),
            frame["change"] >= 0,
        ],
        ["pool", "moved_out", "moved_in", "new", "stopped", "expansion"],
        "contraction",
    )
    cohort = frame[(frame["before"] > 0) & ~frame["step"].isin(["pool", "moved_in", "moved_out"])]
    kept = cohort[["now", "before"]].min(axis=1).clip(lower=0)
    base, after = float(cohort["before"].sum()), float(cohort["now"].clip(lower=0).sum())
    stopped = int((cohort["step"] == "stopped").sum())
    return Retention(
        frame=frame.sort_values(["change", "owner_id"], ignore_index=True),
        bridge=_bridge(frame),
        cohort=len(cohort),
        grr=float(kept.sum()) / base if base else float("nan"),
        grr_interval=ratio_interval(kept, cohort["before"]),
        nrr=float(cohort["now"].sum()) / base if base else float("nan"),
        nrr_interval=ratio_interval(cohort["now"], cohort["before"]),
        grr_backwards=float(kept.sum()) / after if after else float("nan"),
        stopped=stopped,
        stopped_interval=wilson_interval(stopped, len(cohort)),
    )


def _bridge(frame: pd.DataFrame) -> pd.DataFrame:
    sums = frame.groupby("step")["change"].sum()
    rows = [("start", float(frame["before"].sum()))]
    rows += [(step, float(sums[step])) for step in STEPS if step in sums.index]
    rows.append(("end", float(frame["now"].sum())))
    return pd.DataFrame(rows, columns=["step", "amount"])
