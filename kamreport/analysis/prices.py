"""Where our prices stand against the rivals', and which rival has just cut his."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from kamreport.analysis.profit import in_window
from kamreport.period import Period

__all__ = ["PriceIndex", "jevons", "own_prices", "paasche", "price_attacks", "price_index", "prices_in_force"]


def jevons(ours: pd.Series, theirs: pd.Series) -> float:
    """Geometric mean of the price ratios ours / theirs over matched items.

    References
    ----------
    IMF (2004). Producer Price Index Manual, ch. 20.

    Examples
    --------
    >>> round(jevons(pd.Series([1.0, 4.0]), pd.Series([2.0, 2.0])), 6)
    1.0
    """
    return float(np.exp(np.log(ours.to_numpy(float) / theirs.to_numpy(float)).mean())) if len(ours) else float("nan")


def paasche(ours: pd.Series, theirs: pd.Series, quantities: pd.Series) -> float:
    """What our basket costs at our prices over what it would cost at theirs (Paasche form).

    References
    ----------
    IMF (2004). Producer Price Index Manual, ch. 15, tested against tables 19.1 and 19.2.

    Examples
    --------
    >>> paasche(pd.Series([2.0, 1.0]), pd.Series([1.0, 1.0]), pd.Series([1.0, 1.0]))
    1.5
    """
    theirs_total = float((theirs * quantities).sum())
    return float((ours * quantities).sum()) / theirs_total if theirs_total else float("nan")


def own_prices(product_prices: pd.DataFrame, *, span: Period) -> pd.DataFrame:
    """What one unit of each product brought in a span: net, and at list where that is known.

    Parameters
    ----------
    product_prices
        `product_id`, `family`, `unit`, `month`, `quantity`, `revenue`, `listed_quantity`, `list_amount`.

    Returns
    -------
    DataFrame
        `product_id`, `family`, `unit`, `quantity`, `revenue`, `net_price`, `list_price` (NaN where unknown).
    """
    names = ["quantity", "revenue", "listed_quantity", "list_amount"]
    sums = in_window(product_prices, span).groupby(["product_id", "family", "unit"])[names].sum().reset_index()
    sums = sums[sums["quantity"] > 0]
    return pd.DataFrame(
        {
            **{name: sums[name] for name in ("product_id", "family", "unit", "quantity", "revenue")},
            "net_price": sums["revenue"] / sums["quantity"],
            "list_price": (sums["list_amount"] / sums["listed_quantity"]).where(sums["listed_quantity"] > 0),
        }
    ).reset_index(drop=True)


def prices_in_force(prices: pd.DataFrame, *, as_of: date, max_age_days: int = 90) -> pd.DataFrame:
    """Newest price of each rival for each product and region, not older than the limit.

    Prices that include tax are left out: ours do not. A region's own price goes before one for everywhere.

    Parameters
    ----------
    prices
        `competitor_id`, `product_id`, `collected_on`, `price`, `unit`, `basis`, `tax_included`, `region`, `factor`.

    Returns
    -------
    DataFrame
        One row per rival, product, unit, basis and region: `unit_price` (price / factor), `collected_on`, `here`
        (seen in the region itself).
    """
    first = pd.Timestamp(as_of) - pd.Timedelta(days=max_age_days)
    known = prices[
        (prices["collected_on"] < pd.Timestamp(as_of)) & (prices["collected_on"] >= first) & ~prices["tax_included"]
    ]
    factor = known["factor"].fillna(1.0)
    known = known.assign(unit_price=known["price"] / factor, here=known["region"].notna())[factor > 0]
    key = ["competitor_id", "product_id", "unit", "basis", "region"]
    newest = known.sort_values("collected_on").drop_duplicates(key, keep="last")
    return newest[[*key, "unit_price", "collected_on", "here"]].reset_index(drop=True)


@dataclass(frozen=True)
class PriceIndex:
    """Our price level against each rival's.

    Attributes
    ----------
    frame
        `competitor_id`, `level` (100 = our price, above 100 the rival is dearer; own basket), `jevons_level`,
        `items`, `coverage` (share of our revenue in the matched products), `oldest` (day); cheapest rival first.
    with_tax, too_old
        Prices left out for these reasons.
    """

    frame: pd.DataFrame
    with_tax: int
    too_old: int
    span: Period


def price_index(
    product_prices: pd.DataFrame, prices: pd.DataFrame, *, window: Period, as_of: date, own_months: int = 3,
    max_age_days: int = 90,
) -> PriceIndex:  # fmt: skip
    """Compare price levels on matched items: same product, same unit, net with net and list with list.

    The level is 100 times the inverse of the own-basket (Paasche form) index and of the Jevons index.

    References
    ----------
    IMF (2004). Producer Price Index Manual. Fisher, I. (1922). The Making of Index Numbers.
    """
    span = window.trailing(own_months)
    matched = _match(own_prices(product_prices, span=span), prices_in_force(prices, as_of=as_of, max_age_days=max_age_days))
    total = float(own_prices(product_prices, span=span)["revenue"].sum())
    rows = []
    for rival, group in matched.groupby("competitor_id", sort=True):
        rows.append(
            {
                "competitor_id": rival,
                "level": 100 / paasche(group["own_price"], group["unit_price"], group["quantity"]),
                "jevons_level": 100 / jevons(group["own_price"], group["unit_price"]),
                "items": len(group),
                "coverage": float(group["revenue"].sum()) / total if total else float("nan"),
                "oldest": group["collected_on"].min(),
            }
        )
    names = ["competitor_id", "level", "jevons_level", "items", "coverage", "oldest"]
    frame = pd.DataFrame(rows, columns=names).sort_values(["level", "competitor_id"], ignore_index=True)
    old = prices["collected_on"] < pd.Timestamp(as_of) - pd.Timedelta(days=max_age_days)
    return PriceIndex(frame, int(prices["tax_included"].sum()), int(old.sum()), span)


def _match(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Pair prices like with like; of several of a rival's for one product the newest."""
    both = theirs.merge(ours, on=["product_id", "unit"], how="inner")
    listed = both["basis"] == "list"
    both["own_price"] = both["net_price"].where(~listed, both["list_price"])
    both = both[both["own_price"].notna()].sort_values(["here", "collected_on"])
    return both.drop_duplicates(["competitor_id", "product_id"], keep="last").reset_index(drop=True)


def price_attacks(
    product_prices: pd.DataFrame,
    prices: pd.DataFrame,
    *,
    window: Period,
    as_of: date,
    drop: float = 0.05,
    min_items: int = 3,
    own_months: int = 3,
    max_age_days: int = 90,
) -> pd.DataFrame:
    """Find a rival who cut his prices in a region for a product family.

    Compared are the newest prices with those in force before the last `max_age_days`, item by item at the same
    place, unit and basis. An attack is a mean cut of at least `drop` over at least `min_items` items.

    Returns
    -------
    DataFrame
        One row per rival, region and family: `competitor_id`, `region`, `family`, `change` (Jevons), `items`,
        `since` (first day at the new level), `revenue` (ours with these items in the window), `gap` (our price
        over theirs - 1 on our basket), `exposure` (what matching their prices would cost in a year, 0 where we
        are cheaper); largest exposure first.
    """
    key = ["competitor_id", "product_id", "unit", "basis", "region"]
    now = prices_in_force(prices, as_of=as_of, max_age_days=max_age_days)
    earlier = pd.Timestamp(as_of) - pd.Timedelta(days=max_age_days)
    then = prices_in_force(prices, as_of=earlier.date(), max_age_days=max_age_days)
    both = now.merge(then[[*key, "unit_price"]], on=key, suffixes=("", "_then"))
    year = own_prices(product_prices, span=window).rename(columns={"quantity": "year_quantity", "revenue": "year_revenue"})
    recent = own_prices(product_prices, span=window.trailing(own_months))[["product_id", "unit", "net_price", "list_price"]]
    both = both.merge(year[["product_id", "unit", "family", "year_quantity", "year_revenue"]], on=["product_id", "unit"])
    both = both.merge(recent, on=["product_id", "unit"], how="left")
    both["own_price"] = both["net_price"].where(both["basis"] != "list", both["list_price"])
    rows = []
    for (rival, region, family), group in both.assign(region=both["region"].fillna("")).groupby(
        ["competitor_id", "region", "family"], sort=True
    ):
        change = jevons(group["unit_price"], group["unit_price_then"]) - 1
        if len(group) < min_items or change > -drop:
            continue
        priced = group[group["own_price"].notna()]
        cost = ((priced["own_price"] - priced["unit_price"]) * priced["year_quantity"]).sum()
        rows.append(
            {
                "competitor_id": rival,
                "region": region,
                "family": family,
                "change": change,
                "items": len(group),
                "since": _since(prices, str(rival), group, region=str(region)),
                "revenue": float(group["year_revenue"].sum()),
                "gap": paasche(priced["own_price"], priced["unit_price"], priced["year_quantity"]) - 1,
                "exposure": max(0.0, float(cost)),
            }
        )
    names = ["competitor_id", "region", "family", "change", "items", "since", "revenue", "gap", "exposure"]
    return pd.DataFrame(rows, columns=names).sort_values(
        ["exposure", "competitor_id"], ascending=[False, True], ignore_index=True
    )


def _since(prices: pd.DataFrame, rival: str, items: pd.DataFrame, *, region: str) -> pd.Timestamp:
    """First day on which an item stood nearer its new price than its old one."""
    rows = prices[(prices["competitor_id"] == rival) & (prices["region"].fillna("") == region) & ~prices["tax_included"]]
    rows = rows.merge(items[["product_id", "unit", "basis", "unit_price", "unit_price_then"]], on=["product_id", "unit", "basis"])
    level = rows["price"] / rows["factor"].fillna(1.0)
    cut = rows[(level - rows["unit_price"]).abs() < (level - rows["unit_price_then"]).abs()]
    return cut["collected_on"].min()
