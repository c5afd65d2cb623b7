"""How much of the business hangs on how few owners."""

import numpy as np
import pandas as pd

from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import Concentration

__all__ = ["concentration", "concentration_trend", "gini", "owners_for_share", "ranking", "top_share"]


def concentration(profit: pd.DataFrame, *, window: Period, by_margin: bool) -> Concentration:
    """Measure concentration on revenue and on margin, pools left out.

    Parameters
    ----------
    profit
        One row per owner: `owner_id`, `name`, `revenue`, `margin`, `is_pool`.
    window
        The period that `profit` covers.
    by_margin
        The cost is known well enough to rank by margin.

    References
    ----------
    Lorenz, M. O. (1905); Herfindahl, O. C. (1950). The disclosure rule of the China Securities Regulatory
    Commission asks for the five largest customers' share, those under the same control counted as one.

    Examples
    --------
    >>> profit = pd.DataFrame({"owner_id": list("abcp"), "name": list("ABCP"), "revenue": [80.0, 15.0, 5.0, 900.0],
    ...     "margin": [5.0, 10.0, 5.0, 90.0], "is_pool": [False, False, False, True]})
    >>> found = concentration(profit, window=Period.parse("2025"), by_margin=False)
    >>> found.top_1, found.revenue_80, found.margin_80  # one makes 80 % of the revenue; the margin takes all three
    (0.8, 1, 3)
    """
    frame = profit[~profit["is_pool"]]
    revenue, margin = ranking(frame, column="revenue"), ranking(frame, column="margin")
    measure = frame["margin" if by_margin else "revenue"]
    return Concentration(
        revenue=revenue,
        margin=margin,
        revenue_80=owners_for_share(revenue),
        margin_80=owners_for_share(margin),
        top_1=top_share(measure, 1),
        top_5=top_share(measure, 5),
        gini=gini(frame["revenue"].clip(lower=0)),
        by_margin=by_margin,
        window=window,
    )


def concentration_trend(
    ledger: pd.DataFrame, owners: pd.DataFrame, *, window: Period, months: int, most: int = 9
) -> pd.DataFrame:
    """Measure the concentration of revenue over twelve months at the end of the window and of each quarter before.

    Parameters
    ----------
    ledger
        `owner_id`, `month`, `revenue` (report currency).
    owners
        `owner_id`, `type`; pools are left out.
    months
        Months of history that there are: a window that begins before them is left out.
    most
        How many ends are shown at most.

    Returns
    -------
    DataFrame
        One row per end, oldest first: `month` (the last of the window), `accounts` with revenue, `for_80` (how many
        make 80 %), `top_1` and `top_5` (shares of the positive total).

    Examples
    --------
    >>> ledger = pd.DataFrame({"owner_id": ["a", "b"], "month": pd.to_datetime(["2025-06-01"] * 2),
    ...     "revenue": [80.0, 20.0]})
    >>> owners = pd.DataFrame({"owner_id": ["a", "b"], "type": "customer"})
    >>> window = Period.parse("2024-07..2025-06")
    >>> concentration_trend(ledger, owners, window=window, months=12)[["accounts", "for_80", "top_1"]].values.tolist()
    [[2.0, 1.0, 0.8]]
    """
    pools = owners.loc[owners["type"] == "pool", "owner_id"]
    known = ledger[~ledger["owner_id"].isin(pools)]
    rows = []
    for back in range(0, 3 * most, 3):
        if back + window.months > months:
            break
        span = window.back(back)
        bought = in_window(known, span).groupby("owner_id")["revenue"].sum()
        bought = bought[bought > 0].sort_values(ascending=False)
        ranked = pd.DataFrame({"cumulative": bought.cumsum() / bought.sum()})
        month = pd.Timestamp(span.last_day).replace(day=1)
        rows.append((month, len(bought), owners_for_share(ranked), top_share(bought, 1), top_share(bought, 5)))
    return pd.DataFrame(rows[::-1], columns=["month", "accounts", "for_80", "top_1", "top_5"])


def ranking(profit: pd.DataFrame, *, column: str) -> pd.DataFrame:
    """Rank owners by a measure and cumulate it.

    Parameters
    ----------
    profit
        One row per owner: `owner_id`, `name` and the measure.
    column
        ``revenue`` or ``margin``, in report currency.

    Returns
    -------
    DataFrame
        Sorted from largest: `owner_id`, `name`, the measure, `rank`, `share` of the positive total,
        `cumulative` share, and `abc` (A up to 80 % of the positive total, B up to 95 %, C; the owner that
        crosses a line belongs to the better class, one that brings nothing to C).

    References
    ----------
    Juran, J. M. (1954). Universals in management planning and controlling. ABC classes after
    Dickie, H. F. (1951). ABC inventory analysis shoots for dollars. Factory Management and Maintenance, July 1951.

    Examples
    --------
    >>> frame = pd.DataFrame({"owner_id": list("abc"), "name": list("ABC"), "revenue": [10.0, 80.0, 10.0]})
    >>> ranking(frame, column="revenue")[["owner_id", "cumulative", "abc"]].values.tolist()
    [['b', 0.8, 'A'], ['a', 0.9, 'B'], ['c', 1.0, 'B']]
    """
    ranked = profit[["owner_id", "name", column]].sort_values(
        [column, "owner_id"], ascending=[False, True], ignore_index=True
    )
    total = float(ranked[column].clip(lower=0).sum())
    ranked["rank"] = np.arange(1, len(ranked) + 1)
    ranked["share"] = ranked[column] / total if total else 0.0
    ranked["cumulative"] = ranked["share"].cumsum()
    before = ranked["cumulative"] - ranked["share"]
    # Behind those who bring something the sum falls again: who takes from it is no A for that.
    brings = ranked[column] > 0
    ranked["abc"] = np.select([brings & (before < 0.8 - 1e-9), brings & (before < 0.95 - 1e-9)], ["A", "B"], "C")
    return ranked


def owners_for_share(ranked: pd.DataFrame, share: float = 0.8) -> int:
    """Count the owners that together first reach a share of the positive total; 0 where there is none.

    Examples
    --------
    >>> owners_for_share(pd.DataFrame({"cumulative": [0.5, 0.79, 0.81, 1.0]}))
    3
    """
    reached = ranked["cumulative"].to_numpy(float) >= share - 1e-9
    return int(reached.argmax()) + 1 if reached.any() else 0


def top_share(values: pd.Series, k: int) -> float:
    """Share of the k largest in the positive total, CR_k.

    Examples
    --------
    >>> top_share(pd.Series([5.0, 3.0, 2.0]), 1)
    0.5
    """
    positive = values[values > 0]
    total = float(positive.sum())
    return float(positive.nlargest(k).sum()) / total if total else float("nan")


def gini(values: pd.Series) -> float:
    """Gini coefficient of a measure that is nowhere negative.

    G = 2 sum(i x_(i)) / (n sum(x)) - (n + 1) / n, with x sorted from smallest.

    Raises
    ------
    ValueError
        If a value is negative: the coefficient has no meaning then.

    References
    ----------
    Gini, C. (1912). Tested against the income sample of the R package ineq.

    Examples
    --------
    >>> round(gini(pd.Series([541, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261])), 6)
    0.462091
    """
    if (values < 0).any():
        raise ValueError(f"gini needs values of 0 or more, not {values.min():g}; drop or floor the negative ones")
    ordered = np.sort(values.to_numpy(float))
    n, total = len(ordered), float(ordered.sum())
    if not n or not total:
        return float("nan")
    return float(2 * (np.arange(1, n + 1) * ordered).sum() / (n * total) - (n + 1) / n)
