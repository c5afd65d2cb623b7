"""Which rival has just cut his prices, where and on what."""

import math
from collections.abc import Hashable
from datetime import date

import numpy as np
import pandas as pd

from kamreport.analysis.intervals import holm
from kamreport.analysis.prices import (
    SMALLEST_ERROR,
    comparable,
    own_by_place,
    own_price,
    paasche,
    prices_in_force,
)
from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import PriceAttacks
from kamreport.settings import Rules

__all__ = ["price_attacks"]

_DEFAULTS = Rules()
_CLEAR = 0.05  # chance of naming anybody who has not cut his prices


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
    `price_attack_items` products that chance explains in less than 5 %, of all rivals, places and families together
    (Holm). By chance a mean moves as the products' changes differ from one another: within the family, pooled over
    rivals and places, or within the rival's own prices there if they differ more (one-sided Student's t). It is
    measured from the median change of the family at the other rivals', where that is a fall short of a cut. The
    exposure is what matching him would cost in a year: sum(max(0, own price - his price) x own quantity). Of all
    attacks together the largest difference counts for each product in each of our regions: who matches the lowest
    price matches the others.

    Parameters
    ----------
    product_prices
        See `own_prices`.
    prices
        See `prices_in_force`.
    window
        The trailing months, over which our own quantities are taken.

    References
    ----------
    Holm, S. (1979). Scandinavian Journal of Statistics 6, 65-70.

    Examples
    --------
    >>> sold = pd.DataFrame({"product_id": list("pqr"), "family": "F", "unit": "t", "region": "North",
    ...     "month": pd.Timestamp("2025-06-01"), "quantity": 100.0, "revenue": 1000.0, "listed_quantity": 0.0,
    ...     "list_amount": 0.0})
    >>> prices = pd.DataFrame({"competitor_id": "x", "product_id": list("pqr") * 2, "unit": "t", "basis": "quote",
    ...     "region": "North", "collected_on": pd.to_datetime(["2025-03-10"] * 3 + ["2025-06-10"] * 3),
    ...     "price": [10.0] * 3 + [8.0] * 3, "tax_included": False, "factor": 1.0})
    >>> found = price_attacks(sold, prices, window=Period.parse("2024-07..2025-06"), as_of=date(2025, 7, 1))
    >>> found.frame[["change", "exposure"]].round(6).values.tolist()  # matching him costs 2 on each of 3 x 100
    [[-0.2, 600.0]]
    """
    pairs = _price_pairs(product_prices, prices, window=window, as_of=as_of, rules=rules)
    seen = comparable(prices, as_of=as_of)
    cuts = _cuts(pairs, rules)
    rows = []
    for (rival, region, family), group in pairs.groupby(["competitor_id", "region", "family"], sort=True):
        if (rival, region, family) not in cuts:
            continue
        priced = group[group["own_price"].notna()]
        dearer = (priced["own_price"] - priced["unit_price"]).clip(lower=0)
        rows.append(
            {
                "competitor_id": rival,
                "region": region,
                "family": family,
                "change": cuts[rival, region, family],
                "items": group["product_id"].nunique(),
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
    attacking = pairs.set_index(key).index.isin(list(cuts))
    total = _together(pairs[attacking], product_prices, window)
    return PriceAttacks(frame, items.reset_index(drop=True), _history(seen, items), rules, *total)


def _together(pairs: pd.DataFrame, product_prices: pd.DataFrame, window: Period) -> tuple[float, float]:
    """Exposure and revenue of all attacks, each product counted once in each of our regions."""
    item = ["product_id", "unit"]
    ours = in_window(product_prices, window).groupby([*item, "region"], dropna=False)[["quantity", "revenue"]].sum()
    dearer = (pairs["own_price"] - pairs["unit_price"]).clip(lower=0).fillna(0.0)
    both = pairs[item].assign(place=pairs["region"], dearer=dearer).merge(ours.reset_index(), on=item)
    both = both[(both["place"] == "") | (both["place"] == both["region"])]
    both = both.sort_values("dearer").drop_duplicates([*item, "region"], keep="last")
    return float((both["dearer"] * both["quantity"]).sum()), float(both["revenue"].sum())


def _cuts(pairs: pd.DataFrame, rules: Rules) -> dict[Hashable, float]:
    """Mean cut (Jevons) by rival, region and family where it is deep enough, wide enough and more than chance."""
    from scipy.special import stdtr

    logs = pd.Series(np.log(pairs["unit_price"] / pairs["unit_price_then"]), pairs.index)
    groups = logs.groupby([pairs["competitor_id"], pairs["region"], pairs["family"]])
    found = groups.agg(["mean", "size", "var"])
    found["products"] = pairs.groupby(["competitor_id", "region", "family"])["product_id"].nunique()
    spare = found["size"] - 1
    families = found.index.get_level_values("family")
    free = spare.groupby(families).transform("sum")
    pooled = (found["var"].fillna(0.0) * spare).groupby(families).transform("sum") / free
    found = found.assign(free=free, spread=np.sqrt(np.maximum(pooled, found["var"].fillna(0.0))))
    # A product alone says nothing of how far prices differ by chance, and names nobody.
    found = found[(found["products"] >= rules.price_attack_items) & (found["free"] > 0)]
    error = (found["spread"] / np.sqrt(found["size"])).clip(lower=SMALLEST_ERROR)
    below = found["mean"] - _elsewhere(found["mean"], rules)
    chance = holm(stdtr(found["free"].to_numpy(float), (below / error).to_numpy(float)))
    change = np.expm1(found["mean"])
    is_cut = (change <= -rules.price_attack_drop + 1e-9) & (chance < _CLEAR)
    return {key: float(value) for key, value in change[is_cut].items()}


def _elsewhere(means: "pd.Series[float]", rules: Rules) -> "pd.Series[float]":
    """What the other rivals' prices of the family did meanwhile (median): a fall short of a cut is the market's."""
    families, rivals = (means.index.get_level_values(name) for name in ("family", "competitor_id"))
    found = pd.Series(0.0, means.index)
    for family in families.unique():
        for rival in rivals[families == family].unique():
            median = means[(families == family) & (rivals != rival)].median()
            if math.log(1 - rules.price_attack_drop) < median < 0:
                found[(families == family) & (rivals == rival)] = median
    return found


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
    year = own_by_place(product_prices, both["region"], span=window)
    recent = own_by_place(product_prices, both["region"], span=window.trailing(rules.price_own_months))
    place = ["product_id", "unit", "region"]
    both = both.merge(
        year[[*place, "family", "quantity", "revenue"]].rename(
            columns={"quantity": "year_quantity", "revenue": "year_revenue"}
        ),
        on=place,
    )
    both = both.merge(recent[[*place, "net_price", "list_price"]], on=place, how="left")
    # Of a product quoted on two bases the newest price counts, or its quantity would count twice.
    both = both.assign(own_price=own_price(both)).sort_values(["collected_on", "basis"])
    both = both.drop_duplicates(["competitor_id", "product_id", "unit", "region"], keep="last")
    return both.sort_values(["competitor_id", "region", "product_id", "unit"], ignore_index=True)


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
