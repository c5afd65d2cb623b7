"""Where our prices stand against the rivals', and which rival has just cut his."""

from datetime import date

import numpy as np
import pandas as pd

from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import PriceAttacks, PriceIndex
from kamreport.settings import Rules

__all__ = ["jevons", "own_prices", "paasche", "price_attacks", "price_index", "prices_in_force"]

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
    known = _comparable(prices, as_of=as_of)
    known = known[known["collected_on"] >= first]
    known = known.assign(here=known["region"].notna())
    key = ["competitor_id", "product_id", "unit", "basis", "region"]
    newest = known.sort_values(["collected_on", "unit_price"]).drop_duplicates(key, keep="last")
    return newest[[*key, "unit_price", "collected_on", "here"]].sort_values(key, ignore_index=True)


def _comparable(prices: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Prices without tax that were known on a day, per unit of ours."""
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
    ours = _own_by_place(product_prices, product_prices["region"], span=span)
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
    both = both.assign(own_price=_own_price(both))
    both = both[both["own_price"].notna()].sort_values(["here", "collected_on", "basis", "unit"])
    return both.drop_duplicates(["competitor_id", "product_id", "region"], keep="last").reset_index(drop=True)


def _own_price(pairs: pd.DataFrame) -> pd.Series:
    """Our price that is comparable with the rival's: list with list, net with all others."""
    return pairs["net_price"].where(pairs["basis"] != "list", pairs["list_price"])


def price_attacks(
    product_prices: pd.DataFrame,
    prices: pd.DataFrame,
    *,
    window: Period,
    as_of: date,
    rules: Rules = _DEFAULTS,
) -> PriceAttacks:
    """Find rivals who cut their prices in a region for a product family.

    Compared are the newest prices with those in force `price_max_age_days` ago, product by product at the same
    place, unit and basis. An attack is a mean cut of at least `price_attack_drop` over at least
    `price_attack_items` products. Its exposure is what matching him would cost in a year:
    sum(max(0, own price - his price) x own quantity).

    Parameters
    ----------
    product_prices
        See `own_prices`.
    prices
        See `prices_in_force`.
    window
        The trailing months, over which our own quantities are taken.

    Examples
    --------
    >>> sold = pd.DataFrame({"product_id": ["p"], "family": ["F"], "unit": ["t"], "region": ["North"],
    ...     "month": pd.to_datetime(["2025-06-01"]), "quantity": [100.0], "revenue": [1000.0],
    ...     "listed_quantity": [0.0], "list_amount": [0.0]})
    >>> prices = pd.DataFrame({"competitor_id": "x", "product_id": "p", "unit": "t", "basis": "quote",
    ...     "region": "North", "collected_on": pd.to_datetime(["2025-03-10", "2025-06-10"]), "price": [10.0, 8.0],
    ...     "tax_included": False, "factor": 1.0})
    >>> found = price_attacks(sold, prices, window=Period.parse("2024-07..2025-06"), as_of=date(2025, 7, 1),
    ...     rules=Rules(price_attack_items=1))
    >>> found.frame[["change", "exposure"]].round(6).values.tolist()  # matching him costs 2 on each of 100
    [[-0.2, 200.0]]
    """
    pairs = _price_pairs(product_prices, prices, window=window, as_of=as_of, rules=rules)
    seen = _comparable(prices, as_of=as_of)
    rows = []
    for (rival, region, family), group in pairs.groupby(["competitor_id", "region", "family"], sort=True):
        change = jevons(group["unit_price"], group["unit_price_then"]) - 1
        products = group["product_id"].nunique()
        if products < rules.price_attack_items or change > -rules.price_attack_drop + 1e-9:
            continue
        priced = group[group["own_price"].notna()]
        dearer = (priced["own_price"] - priced["unit_price"]).clip(lower=0)
        rows.append(
            {
                "competitor_id": rival,
                "region": region,
                "family": family,
                "change": change,
                "items": products,
                "since": _since(seen, group, rival=str(rival), region=str(region), drop=rules.price_attack_drop),
                "revenue": float(group["year_revenue"].sum()),
                "gap": paasche(priced["own_price"], priced["unit_price"], priced["year_quantity"]) - 1,
                "exposure": float((dearer * priced["year_quantity"]).sum()),
            }
        )
    names = ["competitor_id", "region", "family", "change", "items", "since", "revenue", "gap", "exposure"]
    frame = pd.DataFrame(rows, columns=names).sort_values(
        ["exposure", "competitor_id"], ascending=[False, True], ignore_index=True
    )
    if not len(frame):
        return PriceAttacks(frame, pairs.head(0), pd.DataFrame({"month": [], "level": []}), rules)
    first = frame.iloc[0]
    key = ["competitor_id", "region", "family"]
    items = pairs[(pairs[key] == first[key]).all(axis=1)].assign(
        change=lambda rows: rows["unit_price"] / rows["unit_price_then"] - 1
    )
    return PriceAttacks(frame, items.reset_index(drop=True), _history(seen, items), rules)


def _price_pairs(
    product_prices: pd.DataFrame, prices: pd.DataFrame, *, window: Period, as_of: date, rules: Rules
) -> pd.DataFrame:
    """Each rival's price now and then for the products we sell, beside our own; region "" is everywhere."""
    key = ["competitor_id", "product_id", "unit", "basis", "region"]
    days = rules.price_max_age_days
    now = prices_in_force(prices, as_of=as_of, max_age_days=days)
    earlier = (pd.Timestamp(as_of) - pd.Timedelta(days=days)).date()
    then = prices_in_force(prices, as_of=earlier, max_age_days=days)
    both = now.merge(then[[*key, "unit_price", "collected_on"]], on=key, suffixes=("", "_then"))
    both = both.assign(region=both["region"].fillna(""))
    year = _own_by_place(product_prices, both["region"], span=window)
    recent = _own_by_place(product_prices, both["region"], span=window.trailing(rules.price_own_months))
    place = ["product_id", "unit", "region"]
    both = both.merge(
        year[[*place, "family", "quantity", "revenue"]].rename(
            columns={"quantity": "year_quantity", "revenue": "year_revenue"}
        ),
        on=place,
    )
    both = both.merge(recent[[*place, "net_price", "list_price"]], on=place, how="left")
    # Of a product quoted on two bases the newest price counts, or its quantity would count twice.
    both = both.assign(own_price=_own_price(both)).sort_values(["collected_on", "basis"])
    both = both.drop_duplicates(["competitor_id", "product_id", "unit", "region"], keep="last")
    return both.sort_values(["competitor_id", "region", "product_id", "unit"], ignore_index=True)


def _own_by_place(product_prices: pd.DataFrame, places: "pd.Series[str]", *, span: Period) -> pd.DataFrame:
    """Our prices where a rival's price was seen: in that region, or everywhere for ""."""
    found = [
        own_prices(
            product_prices if place == "" else product_prices[product_prices["region"] == place], span=span
        ).assign(region=place)
        for place in sorted(set(places))
    ]
    return pd.concat(found) if found else own_prices(product_prices.head(0), span=span).assign(region="")


def _seen(prices: pd.DataFrame, items: pd.DataFrame, *, rival: str, region: str) -> pd.DataFrame:
    """All prices of a rival for some items at one place, beside those of the items."""
    rows = prices[(prices["competitor_id"] == rival) & (prices["region"].fillna("") == region)]
    key = ["product_id", "unit", "basis"]
    rows = rows[[*key, "collected_on", "unit_price"]].rename(columns={"unit_price": "level"})
    return rows.merge(items[[*key, "unit_price", "unit_price_then", "collected_on_then", "own_price"]], on=key)


def _since(prices: pd.DataFrame, items: pd.DataFrame, *, rival: str, region: str, drop: float) -> pd.Timestamp:
    """First day after its old price on which an item that was cut stood nearer its new price."""
    cut = items[items["unit_price"] <= (1 - drop + 1e-9) * items["unit_price_then"]]
    rows = _seen(prices, cut, rival=rival, region=region)
    nearer = (rows["level"] - rows["unit_price"]).abs() < (rows["level"] - rows["unit_price_then"]).abs()
    return pd.Timestamp(rows.loc[nearer & (rows["collected_on"] > rows["collected_on_then"]), "collected_on"].min())


def _history(prices: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """The rival's level month by month on the attacked items, our present price = 100 (Jevons)."""
    first = items.iloc[0]
    rows = _seen(prices, items, rival=str(first["competitor_id"]), region=str(first["region"]))
    rows = rows[rows["own_price"].notna()]
    month = rows["collected_on"].dt.to_period("M").dt.to_timestamp()
    logs = pd.Series(np.log(rows["level"] / rows["own_price"]), rows.index).groupby(month).mean()
    return pd.DataFrame({"month": logs.index, "level": 100 * np.exp(logs.to_numpy())})
