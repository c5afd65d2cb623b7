"""Discounts that have deepened and were not paid for by volume, and list prices that nobody pays."""

from typing import Any

import numpy as np
import pandas as pd

from kamreport.analysis.homes import at_home
from kamreport.analysis.intervals import ratio_interval
from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import DiscountReview, ListPrices
from kamreport.settings import Rules

__all__ = ["break_even_volume", "discount_review", "list_price_erosion"]

_DEFAULTS = Rules()
# The month of the change is looked for, so its step has to stand out further than one that was known beforehand.
_CLEAR_ERRORS = 3.0
_AMOUNTS = ("list_amount", "listed_revenue", "costed_revenue", "cost", "lines")


def break_even_volume(discount: float, margin_rate: float) -> float:
    """Give the increase of volume that makes up for a price cut: d / (cm - d).

    Parameters
    ----------
    discount
        Price cut as a part of the price before it.
    margin_rate
        Contribution margin as a part of the price before it.

    Returns
    -------
    float
        Infinite where the cut takes the whole margin: no volume makes up for it.

    References
    ----------
    Nagle, T. T., Holden, R. K. (1995). The Strategy and Tactics of Pricing, 2nd ed.: break-even sales change,
    -dP / (CM + dP).

    Examples
    --------
    >>> break_even_volume(0.05, 0.25), break_even_volume(0.25, 0.25)
    (0.25, inf)
    """
    left = margin_rate - discount
    return discount / left if left > 1e-12 else float("inf")


def discount_review(
    ledger: pd.DataFrame, owners: pd.DataFrame, *, window: Period, rules: Rules = _DEFAULTS
) -> DiscountReview:
    """Find discounts that have deepened in the window, and compare the volume with the same months a year before.

    The month since when is the one that divides an owner's monthly discounts off list best (least squares weighted by
    list value). The discount has deepened if it is `discount_deepened` above the months before, by three standard
    errors, and above the same months of the year before. Volume is the lines at list price; its change has a 95 %
    interval over the months. A deeper discount loses money if even the upper bound lies below the break-even
    increase. It says what went together, not why.

    Parameters
    ----------
    ledger
        One row per account and month: `owner_id`, `month`, `list_amount`, `listed_revenue`, `cost`,
        `costed_revenue`, `lines`.
    owners
        `owner_id`, `name`, `type`, `manager_id`, `manager_name`, `is_home`.

    Examples
    --------
    >>> months = pd.date_range("2023-07-01", periods=24, freq="MS")
    >>> ledger = pd.DataFrame({"owner_id": "a", "month": months, "list_amount": 100.0, "lines": 9,
    ...     "listed_revenue": [95.0 + n % 2 for n in range(15)] + [85.0 + n % 2 for n in range(9)], "cost": 70.0})
    >>> ledger["costed_revenue"] = ledger["listed_revenue"]
    >>> owners = pd.DataFrame({"owner_id": ["a"], "name": ["A"], "type": ["customer"], "manager_id": ["m"],
    ...     "manager_name": ["M"], "is_home": [True]})
    >>> row = discount_review(ledger, owners, window=Period.parse("2024-07..2025-06")).losing.iloc[0]
    >>> row["since"].date().isoformat(), float(round(row["needed"], 2)), float(row["actual"]), round(row["loss"])
    ('2024-10-01', 0.65, 0.0, 91)
    """
    months = pd.DatetimeIndex([pd.Timestamp(month) for month in (*window.back(12), *window)])
    home = at_home(owners).set_index("owner_id")
    sums = ledger[ledger["owner_id"].isin(home.index) & ledger["month"].isin(months)]
    wide = {
        name: sums.pivot_table(index="owner_id", columns="month", values=name, aggfunc="sum")
        .reindex(columns=months)
        .fillna(0.0)
        for name in _AMOUNTS
    }
    first, step, error, judged = _steepest(wide["list_amount"], wide["listed_revenue"], rules)
    deepened = (step >= rules.discount_deepened) & (step >= _CLEAR_ERRORS * error)
    amounts = {name: np.ascontiguousarray(frame.to_numpy(float)) for name, frame in wide.items()}
    rows = [
        {"owner_id": owner, "since": months[first[place]], **_compared(amounts, place, int(first[place]), rules)}
        for place, owner in enumerate(wide["lines"].index)
        if deepened[place]
    ]
    rows = [row for row in rows if row["discount_after"] - row["discount_before"] >= rules.discount_deepened]
    frame = _rows(rows, home)
    frame = frame.sort_values(["loss", "owner_id"], ascending=[False, True], ignore_index=True)
    return DiscountReview(frame, frame[frame["verdict"] == "loses"].reset_index(drop=True), judged, rules)


_COLUMNS = {
    "owner_id": "str", "name": "str", "manager_id": "object", "manager_name": "object", "since": "datetime64[us]",
    "months": "int", "discount_before": "float", "discount_after": "float", "rate": "float", "needed": "float",
    "actual": "float", "low": "float", "high": "float", "lines": "int", "given": "float", "gained": "float",
    "loss": "float", "verdict": "str",
}  # fmt: skip


def _rows(rows: list[dict[str, Any]], owners: pd.DataFrame) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    names = ["name", "manager_id", "manager_name"]
    frame[names] = owners[names].reindex(frame["owner_id"]).to_numpy(object)
    return frame.astype(_COLUMNS)


def _steepest(listed: pd.DataFrame, paid: pd.DataFrame, rules: Rules) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """For each owner the month of the window that divides its discounts best, the step there and its standard error."""
    weight = listed.clip(lower=0).to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        discount = np.where(weight > 0, 1 - paid.to_numpy(float) / weight, 0.0)
    count, total, square = (
        np.cumsum(part, axis=1) for part in (weight > 0, weight * discount, weight * discount * discount)
    )
    mass = np.cumsum(weight, axis=1)
    least = rules.discount_min_months
    # The change lies in the window, with enough months after it; before it the window and the year before it count.
    cuts = np.arange(12, 24 - least + 1)
    before, after = count[:, cuts - 1], count[:, -1:] - count[:, cuts - 1]
    enough = (before >= least) & (after >= least)
    with np.errstate(divide="ignore", invalid="ignore"):
        w0, w1 = mass[:, cuts - 1], mass[:, -1:] - mass[:, cuts - 1]
        m0, m1 = total[:, cuts - 1] / w0, (total[:, -1:] - total[:, cuts - 1]) / w1
        between = np.where(enough, w0 * w1 / (w0 + w1) * (m1 - m0) ** 2, -1.0)
        within = np.where(enough, square[:, -1:] - w0 * m0**2 - w1 * m1**2, 0.0).clip(min=0.0)
        spread = within / mass[:, -1:] * (before + after) / np.maximum(before + after - 2, 1)
        error = np.sqrt(spread * (1 / before + 1 / after))
    best = between.argmax(axis=1)
    rows = np.arange(len(best))
    is_judged = enough.any(axis=1)
    step = np.where(is_judged, (m1 - m0)[rows, best], 0.0)
    return cuts[best], step, np.where(is_judged, error[rows, best], np.inf), int(is_judged.sum())


def _compared(amounts: dict[str, np.ndarray], place: int, first: int, rules: Rules) -> dict[str, Any]:
    """Compare the months since the change with the same months of the year before."""
    now, then = slice(first, 24), slice(first - 12, 12)
    late, early = ({name: values[place, span] for name, values in amounts.items()} for span in (now, then))
    after, before = ({name: float(part.sum()) for name, part in span.items()} for span in (late, early))
    lines = int(min(after["lines"], before["lines"]))
    discounts = [
        1 - span["listed_revenue"] / span["list_amount"] if span["list_amount"] > 0 else float("nan")
        for span in (before, after)
    ]
    costed = before["costed_revenue"]
    rate = (costed - before["cost"]) / costed if costed > 0 else float("nan")
    known_all = lines >= rules.discount_min_lines and rate == rate and discounts[0] < discounts[1]
    actual = after["list_amount"] / before["list_amount"] - 1 if before["list_amount"] > 0 else float("nan")
    low, high = ratio_interval(late["list_amount"], early["list_amount"])
    cut = 1 - (1 - discounts[1]) / (1 - discounts[0])
    needed = break_even_volume(cut, rate)
    given = after["list_amount"] * (discounts[1] - discounts[0])
    gained = max(after["list_amount"] - before["list_amount"], 0.0) * (1 - discounts[0]) * rate
    verdict = "few"
    if known_all:
        verdict = "loses" if high - 1 < needed else "pays" if low - 1 >= needed else "open"
    return {
        "months": 24 - first, "discount_before": discounts[0], "discount_after": discounts[1], "rate": rate,
        "needed": needed, "actual": actual, "low": low - 1, "high": high - 1, "lines": lines, "given": given,
        "gained": gained, "loss": given - gained, "verdict": verdict,
    }  # fmt: skip


def list_price_erosion(product_prices: pd.DataFrame, *, window: Period, rules: Rules = _DEFAULTS) -> ListPrices:
    """Find products whose list price was raised while the net price stayed behind.

    Compared with the twelve months that ended a year before the window began, or where the data do not reach back so
    far, with the twelve before the window. Prices are per unit, over the lines that have a list price.

    Parameters
    ----------
    product_prices
        One row per region, product, unit and month: `quantity`, `revenue`, `listed_quantity`, `list_amount`.

    References
    ----------
    Marn, M. V., Rosiello, R. L. (1992). Managing price, gaining profit. HBR 70(5), 84-94: list against pocket price.

    Examples
    --------
    >>> prices = pd.DataFrame({"product_id": "p", "unit": "t", "month": pd.to_datetime(["2024-06-01", "2025-06-01"]),
    ...     "quantity": 10.0, "revenue": [90.0, 90.0], "listed_quantity": 10.0, "list_amount": [100.0, 110.0]})
    >>> row = list_price_erosion(prices, window=Period.parse("2024-07..2025-06")).eroded.iloc[0]
    >>> [round(float(row[name]), 2) for name in ("list_change", "net_change", "lost")]
    [0.1, 0.0, 9.0]
    """
    spans = [window, window.back(24), window.back(12)]
    frame = product_prices[(product_prices["quantity"] > 0) & (product_prices["listed_quantity"] > 0)]
    frame = frame.assign(paid=frame["revenue"] * frame["listed_quantity"] / frame["quantity"])
    sums = [_prices(frame, span) for span in spans]
    earlier = sums[1] if len(sums[1]) else sums[2]
    both = sums[0].join(earlier.add_suffix("_before"), how="inner")
    both["list_change"] = both["list"] / both["list_before"] - 1
    both["net_change"] = both["net"] / both["net_before"] - 1
    both["paid_before"], both["paid"] = both["net_before"] / both["list_before"], both["net"] / both["list"]
    both["lost"] = both["net_before"] * both["listed_quantity"] * (both["list_change"] - both["net_change"])
    raised = both[both["list_change"] >= rules.list_price_rise].reset_index()
    raised["eroded"] = (raised["net_change"] < rules.list_price_paid * raised["list_change"]) & (raised["lost"] > 0)
    names = [
        "product_id", "unit", "revenue", "list_change", "net_change", "paid_before", "paid", "lost", "eroded",
    ]  # fmt: skip
    raised = raised[names].sort_values(["lost", "product_id"], ascending=[False, True], ignore_index=True)
    return ListPrices(raised, raised[raised["eroded"]].reset_index(drop=True), len(both), window, rules)


def _prices(frame: pd.DataFrame, span: Period) -> pd.DataFrame:
    """List and net price of a unit of each product in a span."""
    sums = in_window(frame, span).groupby(["product_id", "unit"])[["paid", "listed_quantity", "list_amount"]].sum()
    sums = sums[(sums["list_amount"] > 0) & (sums["paid"] > 0)]
    return pd.DataFrame(
        {
            "revenue": sums["paid"], "listed_quantity": sums["listed_quantity"],
            "list": sums["list_amount"] / sums["listed_quantity"], "net": sums["paid"] / sums["listed_quantity"],
        }
    )  # fmt: skip
