"""Recency, frequency and amount of the orders: scores, segments, and who changed segment within a year."""

from typing import Literal

import numpy as np
import pandas as pd

from kamreport.analysis.homes import at_home, home_orders
from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import Rfm

__all__ = ["SEGMENTS", "quintiles", "rfm", "rfm_scores"]

Binning = Literal["rank", "rfm_r"]

# The first whose bounds hold: least and most recency, frequency and amount.
_BOUNDS = {
    "champion": ((4, 5), (4, 5), (4, 5)),
    "not_to_lose": ((1, 2), (4, 5), (4, 5)),
    "loyal": ((3, 5), (3, 5), (1, 5)),
    "promising": ((4, 5), (1, 2), (1, 5)),
    "attention": ((1, 2), (3, 5), (1, 5)),
    "large_and_rare": ((1, 3), (1, 2), (4, 5)),
}
SEGMENTS = (*_BOUNDS, "sleeping")


def quintiles(values: "pd.Series[float]", *, binning: Binning = "rank") -> "pd.Series[int]":
    """Score values from 1 (smallest fifth) to 5.

    Parameters
    ----------
    values
        One per account, none unknown.
    binning
        ``rank``: by the mean rank, so that equal values have equal scores. ``rfm_r``: as the R package rfm 0.3.0
        cuts, at the quantiles of type 7 plus 1, which suits whole numbers.

    Examples
    --------
    >>> quintiles(pd.Series([10.0, 20.0, 30.0, 40.0, 50.0])).tolist()
    [1, 2, 3, 4, 5]
    >>> quintiles(pd.Series([7.0, 7.0, 7.0])).tolist()
    [3, 3, 3]
    """
    if binning == "rfm_r":
        cuts = values.quantile([0.2, 0.4, 0.6, 0.8]).to_numpy(float) + 1 if len(values) else np.zeros(4)
        return pd.Series(1 + np.searchsorted(cuts, values.to_numpy(float), side="right"), values.index, dtype=int)
    place = (values.rank() - 0.5) / max(len(values), 1)
    return (5 * place - 1e-9).apply(np.ceil).clip(1, 5).astype(int)


def rfm_scores(orders: pd.DataFrame, *, as_of: pd.Timestamp, binning: Binning = "rank") -> pd.DataFrame:
    """Score the owners by their orders.

    Parameters
    ----------
    orders
        One row per order: `owner_id`, `order_date`, `revenue`.
    as_of
        Day from which recency is counted.

    Returns
    -------
    DataFrame
        `owner_id`, `recency`, `frequency`, `amount`, `r`, `f`, `m`, `score` (343), `segment`.

    References
    ----------
    Hughes, A. M. (1994). Strategic Database Marketing; Bult, J. R., Wansbeek, T. (1995). Optimal selection for
    direct mail. Marketing Science 14(4), 378-394. Tested against Hebbali, A. (2020), R package rfm 0.3.0.

    Examples
    --------
    >>> orders = pd.DataFrame({"owner_id": ["a", "b", "b"], "revenue": [10.0, 20.0, 30.0],
    ...     "order_date": pd.to_datetime(["2025-01-01", "2025-06-01", "2025-06-20"])})
    >>> rfm_scores(orders, as_of=pd.Timestamp("2025-07-01"))[["owner_id", "recency", "score"]].values.tolist()
    [['a', 181, 222], ['b', 11, 444]]
    """
    frame = (
        orders.groupby("owner_id")
        .agg(last=("order_date", "max"), frequency=("order_date", "size"), amount=("revenue", "sum"))
        .reset_index()
    )
    frame["recency"] = (as_of - frame.pop("last")).dt.days
    frame["r"] = 6 - quintiles(frame["recency"].astype(float), binning=binning)
    frame["f"] = quintiles(frame["frequency"].astype(float), binning=binning)
    frame["m"] = quintiles(frame["amount"].astype(float), binning=binning)
    frame["score"] = 100 * frame["r"] + 10 * frame["f"] + frame["m"]
    held = [
        np.logical_and.reduce([frame[name].between(*bounds) for name, bounds in zip("rfm", each, strict=True)])
        for each in _BOUNDS.values()
    ]
    frame["segment"] = pd.Series(np.select(held, list(_BOUNDS), "sleeping"), frame.index, dtype="str")
    return frame[["owner_id", "recency", "frequency", "amount", "r", "f", "m", "score", "segment"]]


def rfm(orders: pd.DataFrame, owners: pd.DataFrame, *, window: Period, binning: Binning = "rank") -> Rfm:
    """Score the accounts over the window, and say who was in another segment a year ago.

    Parameters
    ----------
    orders
        `owner_id`, `order_id`, `order_date`, `revenue`; several rows of an order are one.
    owners
        `owner_id`, `name`, `type`, `is_home`, `manager_name`.
    window
        Twelve months; recency is counted from its end.

    Examples
    --------
    >>> orders = pd.DataFrame({"owner_id": ["a"], "order_id": ["1"], "order_date": pd.to_datetime(["2025-06-01"]),
    ...     "revenue": [10.0]})
    >>> owners = pd.DataFrame({"owner_id": ["a"], "name": ["A"], "type": "customer", "is_home": True,
    ...     "manager_name": "M"})
    >>> found = rfm(orders, owners, window=Period.parse("2025-01..2025-06"))
    >>> found.frame[["name", "score", "segment"]].values.tolist()
    [['A', 333, 'loyal']]
    """
    home = at_home(owners)
    whole = home_orders(orders, owners, ["owner_id", "order_id", "order_date", "revenue"])
    whole = whole.groupby(["owner_id", "order_id"], as_index=False).agg(
        order_date=("order_date", "min"), revenue=("revenue", "sum")
    )
    now, before = (
        rfm_scores(in_window(whole, span, by="order_date"), as_of=pd.Timestamp(span.end), binning=binning)
        for span in (window, window.back(window.months))
    )
    frame = now.merge(home[["owner_id", "name", "manager_name"]], on="owner_id", validate="one_to_one")
    frame = frame.merge(before[["owner_id", "segment"]].rename(columns={"segment": "was"}), on="owner_id", how="left")
    frame = frame.sort_values(["score", "amount", "owner_id"], ascending=[False, False, True], ignore_index=True)
    moved = frame[frame["was"].notna() & (frame["was"] != frame["segment"])]
    segments = pd.DataFrame(
        {
            "segment": SEGMENTS,
            "accounts": [int((frame["segment"] == one).sum()) for one in SEGMENTS],
            "amount": [float(frame.loc[frame["segment"] == one, "amount"].sum()) for one in SEGMENTS],
            "came": [int((moved["segment"] == one).sum()) for one in SEGMENTS],
            "left": [int((moved["was"] == one).sum()) for one in SEGMENTS],
        }
    )
    return Rfm(frame, segments, binning, window)
