"""Where our prices stand against the rivals'."""

import math
from datetime import date

import numpy as np
import pandas as pd

from kamreport.analysis.intervals import holm
from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import PriceIndex
from kamreport.settings import Rules

__all__ = [
    "SMALLEST_ERROR",
    "comparable",
    "fisher",
    "jevons",
    "laspeyres",
    "own_by_place",
    "own_price",
    "own_prices",
    "paasche",
    "price_index",
    "prices_in_force",
    "tornqvist",
]

_DEFAULTS = Rules()
_CLEAR = 0.05  # chance of calling anybody cheaper or dearer who is not
_PRICE = ["competitor_id", "product_id", "unit", "basis", "region"]
_FEWEST = 3  # products: the spread of two says next to nothing
SMALLEST_ERROR = 1e-9
"""Below this standard error of a mean of logarithms there is rounding only."""


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


def laspeyres(ours: pd.Series, theirs: pd.Series, their_quantities: pd.Series) -> float:
    """What the rival's basket costs at our prices over what it costs at theirs (Laspeyres form).

    References
    ----------
    IMF (2004). Producer Price Index Manual, ch. 15. Tested against its tables 19.1 and 19.2.

    Examples
    --------
    >>> laspeyres(pd.Series([2.0, 1.0]), pd.Series([1.0, 1.0]), pd.Series([1.0, 3.0]))
    1.25
    """
    return paasche(ours, theirs, their_quantities)  # the same ratio; whose basket it is makes the difference


def fisher(ours: pd.Series, theirs: pd.Series, quantities: pd.Series, their_quantities: pd.Series) -> float:
    """Geometric mean of the index on our basket and the one on the rival's.

    References
    ----------
    Fisher, I. (1922). The Making of Index Numbers. Tested against tables 19.1 and 19.2 of the IMF's manual.

    Examples
    --------
    >>> ours, theirs = pd.Series([4.0, 1.0]), pd.Series([1.0, 1.0])
    >>> fisher(ours, theirs, pd.Series([1.0, 0.0]), pd.Series([0.0, 1.0]))  # 4 on ours, 1 on theirs
    2.0
    """
    return math.sqrt(paasche(ours, theirs, quantities) * laspeyres(ours, theirs, their_quantities))


def tornqvist(ours: pd.Series, theirs: pd.Series, quantities: pd.Series, their_quantities: pd.Series) -> float:
    """Geometric mean of the price ratios, each weighed with the mean of its shares in our sales and in the rival's.

    References
    ----------
    IMF (2004). Producer Price Index Manual, ch. 16. Tested against its tables 19.1 and 19.2.

    Examples
    --------
    >>> ours, theirs = pd.Series([4.0, 1.0]), pd.Series([1.0, 1.0])
    >>> tornqvist(ours, theirs, pd.Series([1.0, 0.0]), pd.Series([0.0, 1.0]))
    2.0
    """
    sales, their_sales = ours * quantities, theirs * their_quantities
    shares = (sales / sales.sum() + their_sales / their_sales.sum()) / 2
    return float(np.exp((shares * np.log(ours / theirs)).sum()))


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
    newest = known.sort_values(["collected_on", "unit_price"]).drop_duplicates(_PRICE, keep="last")
    return newest[[*_PRICE, "unit_price", "collected_on", "here"]].sort_values(_PRICE, ignore_index=True)


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
    """Compare price levels on matched items: same region, product and unit, like with like.

    Quotes, tenders and net prices are set against our net price, list against list. The level is 100 times the inverse
    of the own-basket (Paasche form) index and of the Jevons index over products; Fisher's is over the products of
    which the rival's quantities were seen. A rival's price for everywhere counts where none was seen in the region
    itself.

    The Jevons level has a 95 % interval over the products (Student's t of the log ratios): their own spread says how
    far it stands for those that were not matched. A rival is cheaper or dearer if both levels say so and chance
    explains it in less than 5 %, of all rivals together (Holm); with fewer than three products it is not judged. The
    other levels are sums over what was matched, and have no interval.

    Parameters
    ----------
    product_prices
        See `own_prices`; with `region`.
    prices
        See `prices_in_force`; with `quantity`, in units of ours.

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
    ...     "tax_included": False, "factor": 1.0, "quantity": [6.0, 2.0]})
    >>> found = price_index(sold, prices, window=Period.parse("2024-07..2025-06"), as_of=date(2025, 7, 1))
    >>> row = found.frame.iloc[0]
    >>> round(float(row["level"]), 1), round(float(row["fisher_level"]), 1)  # our 100 would cost 6 x 8 + 2 x 30 there
    (108.0, 108.0)
    >>> row["verdict"]
    'few'
    """
    span = window.trailing(rules.price_own_months)
    theirs = prices_in_force(prices, as_of=as_of, max_age_days=rules.price_max_age_days)
    theirs = theirs.merge(_their_quantities(prices, as_of, rules.price_max_age_days), how="left")
    ours = own_by_place(product_prices, product_prices["region"], span=span)
    matched = _match(ours, theirs)
    total = float(ours["revenue"].sum())
    rows = [
        {"competitor_id": rival, **_level(group, total, as_of)}
        for rival, group in matched.groupby("competitor_id", sort=True)
    ]
    frame = pd.DataFrame(rows, columns=["competitor_id", *_LEVEL]).astype({"p_value": float})
    frame["verdict"] = _verdicts(frame)
    frame = frame.sort_values(["level", "competitor_id"], ignore_index=True)
    first = pd.Timestamp(as_of) - pd.Timedelta(days=rules.price_max_age_days)
    recent = prices[(prices["collected_on"] < pd.Timestamp(as_of)) & (prices["collected_on"] >= first)]
    newest = comparable(prices, as_of=as_of).sort_values("collected_on").drop_duplicates(_PRICE, keep="last")
    old = _pairs(ours, newest[newest["collected_on"] < first]).drop_duplicates([*_PRICE[:-1], "seen"])
    return PriceIndex(frame, int(recent["tax_included"].sum()), len(old), span, rules)


_LEVEL = (
    "level", "jevons_level", "low", "high", "p_value", "fisher_level", "fisher_items", "fisher_coverage", "items",
    "coverage", "age", "oldest",
)  # fmt: skip


def _level(group: pd.DataFrame, total: float, as_of: date) -> dict[str, object]:
    """Where one rival stands on the products that are matched."""
    logs = pd.Series(np.log(group["unit_price"] / group["own_price"]), group.index)
    ratios = logs.groupby(group["product_id"]).mean().to_numpy(float)
    low, high, p_value = _mean_interval(ratios)
    both = group[group["their_quantity"] > 0]
    index = fisher(both["own_price"], both["unit_price"], both["quantity"], both["their_quantity"])
    return {
        "level": 100 / paasche(group["own_price"], group["unit_price"], group["quantity"]),
        "jevons_level": 100 * float(np.exp(ratios.mean())),
        "low": 100 * math.exp(low),
        "high": 100 * math.exp(high),
        "p_value": p_value,
        "fisher_level": 100 / index,
        "fisher_items": both["product_id"].nunique(),
        "fisher_coverage": float(both["revenue"].sum()) / total if total else float("nan"),
        "items": len(ratios),
        "coverage": float(group["revenue"].sum()) / total if total else float("nan"),
        "age": float((pd.Timestamp(as_of) - group["collected_on"]).dt.days.median()),
        "oldest": group["collected_on"].min(),
    }


def _mean_interval(values: np.ndarray) -> tuple[float, float, float]:
    """Interval of a mean by Student's t and the two-sided chance of one so far from zero; NaN with too few values."""
    if len(values) < _FEWEST:
        return float("nan"), float("nan"), float("nan")
    from scipy.special import stdtr, stdtrit

    free = len(values) - 1
    mean, error = float(values.mean()), max(float(values.std(ddof=1)) / math.sqrt(len(values)), SMALLEST_ERROR)
    reach = float(stdtrit(free, 0.975)) * error
    return mean - reach, mean + reach, 2 * float(stdtr(free, -abs(mean) / error))


def _verdicts(frame: pd.DataFrame) -> "pd.Series[str]":
    """Who is cheaper or dearer beyond chance, with Holm's correction over the rivals that can be judged."""
    judged = frame["p_value"].notna()
    adjusted = pd.Series(1.0, frame.index)
    adjusted[judged] = holm(frame.loc[judged, "p_value"].to_numpy(float))
    said = pd.Series("unclear", frame.index, dtype="str").mask(~judged, "few")
    for verdict, is_so in (
        ("cheaper", (frame["level"] < 100) & (frame["jevons_level"] < 100)),
        ("dearer", (frame["level"] > 100) & (frame["jevons_level"] > 100)),
    ):
        said = said.mask(is_so & (adjusted < _CLEAR), verdict)
    return said


def _their_quantities(prices: pd.DataFrame, as_of: date, max_age_days: int) -> pd.DataFrame:
    """Give the quantities that came with the prices of the last days, added up as the prices in force are named."""
    known = comparable(prices, as_of=as_of)
    known = known[known["collected_on"] >= pd.Timestamp(as_of) - pd.Timedelta(days=max_age_days)]
    sums = known.groupby(_PRICE, dropna=False)["quantity"].sum(min_count=1)
    return sums.rename("their_quantity").reset_index()


def _match(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Pair prices like with like; of several of a rival's for one product and region its own and newest."""
    both = _pairs(ours, theirs).sort_values(["here", "collected_on", "basis", "unit"])
    both = both.drop_duplicates(["competitor_id", "product_id", "region"], keep="last").reset_index(drop=True)
    # What was seen of a product everywhere is one quantity, however many of our regions it is compared in.
    places = both.groupby(["competitor_id", "product_id", "unit", "basis", "here"])["product_id"].transform("size")
    return both.assign(their_quantity=both["their_quantity"] / places.where(~both["here"], 1))


def _pairs(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Each of the rivals' prices beside each of ours that is like it."""
    both = theirs.rename(columns={"region": "seen"}).merge(ours, on=["product_id", "unit"], how="inner")
    both = both[both["seen"].isna() | (both["seen"] == both["region"])]
    both = both.assign(own_price=own_price(both))
    return both[both["own_price"].notna()]


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
