"""Where our prices stand against the rivals'."""

from datetime import date

import numpy as np
import pandas as pd

from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import PriceIndex
from kamreport.settings import Rules

__all__ = [
    "comparable",
    "jevons",
    "own_by_place",
    "own_price",
    "own_prices",
    "paasche",
    "price_index",
    "prices_in_force",
]

_DEFAULTS = Rules()


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
    IMF (2004). Producer Price Index Manual, ch. 15. Tested against its tables 19.1 and 19.2.

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
        `product_id`, `family`, `unit`, `month`, `quantity`, `revenue`, `listed_quantity`, `list_amount` (report
        currency, without VAT).

    Returns
    -------
    DataFrame
        `product_id`, `family`, `unit`, `quantity`, `revenue`, `net_price`, `list_price` (NaN where unknown, and where
        goods were given away or taken back: that is no price).

    Examples
    --------
    >>> sold = pd.DataFrame({"product_id": "p", "family": "F", "unit": "t", "quantity": [10.0, 30.0],
    ...     "month": pd.to_datetime(["2025-05-01", "2025-06-01"]), "revenue": [90.0, 210.0],
    ...     "listed_quantity": [10.0, 0.0], "list_amount": [100.0, 0.0]})
    >>> found = own_prices(sold, span=Period.parse("2025-Q2"))
    >>> found[["net_price", "list_price"]].values.tolist()  # 300 / 40; the list price is known of ten only
    [[7.5, 10.0]]
    """
    names = ["quantity", "revenue", "listed_quantity", "list_amount"]
    sums = in_window(product_prices, span).groupby(["product_id", "family", "unit"])[names].sum().reset_index()
    sums = sums[sums["quantity"] > 0]
    return pd.DataFrame(
        {
            **{name: sums[name] for name in ("product_id", "family", "unit", "quantity", "revenue")},
            "net_price": (sums["revenue"] / sums["quantity"]).where(sums["revenue"] > 0),
            "list_price": (sums["list_amount"] / sums["listed_quantity"]).where(
                (sums["listed_quantity"] > 0) & (sums["list_amount"] > 0)
            ),
        }
    ).reset_index(drop=True)


def prices_in_force(prices: pd.DataFrame, *, as_of: date, max_age_days: int = 90) -> pd.DataFrame:
    """Newest price of each rival for each product and region, not older than the limit.

    Prices that include tax are left out: ours do not. So is a price of nothing. Of several seen on one day the
    highest counts, so that a single low quote raises no alarm.

    Parameters
    ----------
    prices
        `competitor_id`, `product_id`, `collected_on`, `price`, `unit`, `basis`, `tax_included`, `region`, `factor`.

    Returns
    -------
    DataFrame
        One row per rival, product, unit, basis and region: `unit_price` (price / factor), `collected_on`, `here`
        (seen in the region itself).

    Examples
    --------
    >>> prices = pd.DataFrame({"competitor_id": "x", "product_id": "p", "unit": "t", "basis": "quote",
    ...     "collected_on": pd.to_datetime(["2025-05-01", "2025-06-01", "2025-06-10"]), "price": [5.0, 240.0, 1.0],
    ...     "region": "North", "tax_included": [False, False, True], "factor": [1.0, 40.0, 1.0]})
    >>> prices_in_force(prices, as_of=date(2025, 7, 1))["unit_price"].tolist()  # 240 for 40; the newest is with tax
    [6.0]
    """
    first = pd.Timestamp(as_of) - pd.Timedelta(days=max_age_days)
    known = comparable(prices, as_of=as_of)
    known = known[known["collected_on"] >= first]
    known = known.assign(here=known["region"].notna())
    key = ["competitor_id", "product_id", "unit", "basis", "region"]
    newest = known.sort_values(["collected_on", "unit_price"]).drop_duplicates(key, keep="last")
    return newest[[*key, "unit_price", "collected_on", "here"]].sort_values(key, ignore_index=True)


def comparable(prices: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Give the prices without tax that were known on a day, per unit of ours.

    Parameters
    ----------
    prices
        See `prices_in_force`.

    Examples
    --------
    >>> prices = pd.DataFrame({"collected_on": pd.to_datetime(["2025-06-01", "2025-07-01"]), "price": [240.0, 200.0],
    ...     "tax_included": False, "factor": 40.0})
    >>> comparable(prices, as_of=date(2025, 7, 1))["unit_price"].tolist()
    [6.0]
    """
    known = prices[(prices["collected_on"] < pd.Timestamp(as_of)) & ~prices["tax_included"]]
    known = known.assign(unit_price=known["price"] / known["factor"].fillna(1.0).where(known["factor"] != 0))
    return known[known["unit_price"] > 0]


def price_index(
    product_prices: pd.DataFrame, prices: pd.DataFrame, *, window: Period, as_of: date, rules: Rules = _DEFAULTS
) -> PriceIndex:
    """Compare price levels on matched items: same region, product and unit, net with net and list with list.

    The level is 100 times the inverse of the own-basket (Paasche form) index and of the Jevons index. A rival's
    price for everywhere counts where none was seen in the region itself.

    Parameters
    ----------
    product_prices
        See `own_prices`; with `region`.
    prices
        See `prices_in_force`.

    References
    ----------
    IMF (2004). Producer Price Index Manual. Fisher, I. (1922). The Making of Index Numbers.

    Examples
    --------
    >>> sold = pd.DataFrame({"product_id": ["p", "q"], "family": "F", "unit": "t", "region": "North",
    ...     "month": pd.to_datetime(["2025-06-01"] * 2), "quantity": [6.0, 2.0], "revenue": [60.0, 40.0],
    ...     "listed_quantity": 0.0, "list_amount": 0.0})
    >>> prices = pd.DataFrame({"competitor_id": "x", "product_id": ["p", "q"], "unit": "t", "basis": "quote",
    ...     "region": "North", "collected_on": pd.to_datetime(["2025-06-10"] * 2), "price": [8.0, 30.0],
    ...     "tax_included": False, "factor": 1.0})
    >>> found = price_index(sold, prices, window=Period.parse("2024-07..2025-06"), as_of=date(2025, 7, 1))
    >>> round(float(found.frame["level"].iloc[0]), 1)  # our 100 would cost 6 x 8 + 2 x 30 there
    108.0
    """
    span = window.trailing(rules.price_own_months)
    theirs = prices_in_force(prices, as_of=as_of, max_age_days=rules.price_max_age_days)
    ours = own_by_place(product_prices, product_prices["region"], span=span)
    matched = _match(ours, theirs)
    total = float(ours["revenue"].sum())
    rows = []
    for rival, group in matched.groupby("competitor_id", sort=True):
        rows.append(
            {
                "competitor_id": rival,
                "level": 100 / paasche(group["own_price"], group["unit_price"], group["quantity"]),
                "jevons_level": 100 / jevons(group["own_price"], group["unit_price"]),
                "items": group["product_id"].nunique(),
                "coverage": float(group["revenue"].sum()) / total if total else float("nan"),
                "oldest": group["collected_on"].min(),
            }
        )
    names = ["competitor_id", "level", "jevons_level", "items", "coverage", "oldest"]
    frame = pd.DataFrame(rows, columns=names).sort_values(["level", "competitor_id"], ignore_index=True)
    known = prices[prices["collected_on"] < pd.Timestamp(as_of)]
    old = known["collected_on"] < pd.Timestamp(as_of) - pd.Timedelta(days=rules.price_max_age_days)
    return PriceIndex(frame, int((known["tax_included"] & ~old).sum()), int(old.sum()), span, rules)


def _match(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Pair prices like with like; of several of a rival's for one product and region its own and newest."""
    both = theirs.rename(columns={"region": "seen"}).merge(ours, on=["product_id", "unit"], how="inner")
    both = both[both["seen"].isna() | (both["seen"] == both["region"])]
    both = both.assign(own_price=own_price(both))
    both = both[both["own_price"].notna()].sort_values(["here", "collected_on", "basis", "unit"])
    return both.drop_duplicates(["competitor_id", "product_id", "region"], keep="last").reset_index(drop=True)


def own_price(pairs: pd.DataFrame) -> pd.Series:
    """Give our price that is comparable with the rival's: list with list, net with all others.

    Examples
    --------
    >>> pairs = pd.DataFrame({"basis": ["list", "quote"], "net_price": 8.0, "list_price": 10.0})
    >>> own_price(pairs).tolist()
    [10.0, 8.0]
    """
    return pairs["net_price"].where(pairs["basis"] != "list", pairs["list_price"])


def own_by_place(product_prices: pd.DataFrame, places: "pd.Series[str]", *, span: Period) -> pd.DataFrame:
    """Give our prices where a rival's price was seen: in that region, or everywhere for "".

    Parameters
    ----------
    product_prices
        See `own_prices`; with `region`.
    places
        Regions, "" for everywhere.

    Examples
    --------
    >>> sold = pd.DataFrame({"product_id": "p", "family": "F", "unit": "t", "region": ["North", "South"],
    ...     "month": pd.Timestamp("2025-06-01"), "quantity": 10.0, "revenue": [90.0, 110.0],
    ...     "listed_quantity": 0.0, "list_amount": 0.0})
    >>> found = own_by_place(sold, pd.Series(["", "North"]), span=Period.parse("2025-06"))
    >>> found[["region", "net_price"]].values.tolist()
    [['', 10.0], ['North', 9.0]]
    """
    found = [
        own_prices(
            product_prices if place == "" else product_prices[product_prices["region"] == place], span=span
        ).assign(region=place)
        for place in sorted(set(places))
    ]
    return pd.concat(found) if found else own_prices(product_prices.head(0), span=span).assign(region="")
