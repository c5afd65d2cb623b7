"""What the accounts buy from all suppliers together, our part of it, and what is new in what we sell."""

import pandas as pd

from kamreport.analysis.homes import at_home
from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import NewProducts, Potential
from kamreport.settings import Rules

__all__ = ["new_products", "potential"]

_DEFAULTS = Rules()
_SUMS = ["wallet", "low", "high", "own", "headroom", "headroom_low", "headroom_high"]


def potential(wallet: pd.DataFrame, ledger: pd.DataFrame, accounts: pd.DataFrame, *, window: Period) -> Potential:
    """Compare what accounts buy from everybody with what they bought from us in exactly the same months.

    Used is the newest estimate of a full year of all families that reaches into the window; of several, the one
    that was collected last. Estimates of shorter spans are not stretched. Growth compares it with the same source's
    estimate of the year before. Ranges stay ranges: the headroom lies between `low` and `high` less our revenue.

    Parameters
    ----------
    wallet
        `account_id`, `period_start`, `period_end` (day after), `total_spend`, `low`, `high` (report currency,
        without VAT), `source`, `collected_on`, `family` (blank: all).
    ledger
        `account_id`, `month`, `revenue`.
    accounts
        `account_id`, `owner_id`, `name`, `type`, `home_region`, `home_before`, `is_home`, `manager_id`,
        `manager_name`. Pools are left out, and accounts that moved here within the window: their past is elsewhere.

    References
    ----------
    Cooil, B., Keiningham, T. L., Aksoy, L., Hsu, M. (2007). A longitudinal analysis of customer satisfaction and
    share of wallet. Journal of Marketing 71(1), 67-83.

    Examples
    --------
    >>> wallet = pd.DataFrame({"account_id": ["a"], "period_start": pd.to_datetime(["2024-01-01"]),
    ...     "period_end": pd.to_datetime(["2025-01-01"]), "total_spend": [100.0], "low": [90.0], "high": [120.0],
    ...     "source": ["customer"], "collected_on": pd.to_datetime(["2025-01-20"]), "family": [None]})
    >>> ledger = pd.DataFrame({"account_id": ["a", "a"], "month": pd.to_datetime(["2024-10-01", "2025-01-01"]),
    ...     "revenue": [30.0, 7.0]})
    >>> accounts = pd.DataFrame({"account_id": ["a"], "owner_id": "a", "name": "A", "type": "customer",
    ...     "home_region": "North", "home_before": "North", "is_home": True, "manager_id": "m", "manager_name": "M"})
    >>> found = potential(wallet, ledger, accounts, window=Period.parse("2024-07..2025-06"))
    >>> found.frame[["own", "share", "headroom", "headroom_low", "headroom_high"]].values.tolist()
    [[30.0, 0.3, 70.0, 60.0, 90.0]]
    """
    home = at_home(accounts)
    judged = home[home["home_before"].isna() | (home["home_before"] == home["home_region"])]
    known = wallet[wallet["family"].isna() & wallet["account_id"].isin(judged["account_id"])]
    years = known[known["period_end"] == known["period_start"] + pd.DateOffset(years=1)]
    years = years[years["period_start"].dt.day == 1].sort_values(["account_id", "period_end", "collected_on"])
    newest = years[years["period_end"] > pd.Timestamp(window.start)].drop_duplicates("account_id", keep="last")
    frame = newest.rename(columns={"period_start": "start", "period_end": "end", "total_spend": "wallet"})
    frame = frame[["account_id", "source", "start", "end", "wallet", "low", "high"]]
    frame = _with_year_before(frame, years)
    frame["own"] = _own(ledger, frame, 0)
    frame["own_before"] = _own(ledger, frame, 1)
    names = ["account_id", "owner_id", "name", "manager_id", "manager_name", "home_region"]
    frame = frame.merge(judged[names].rename(columns={"home_region": "region"}), on="account_id")
    frame = _shares(frame).sort_values(["headroom", "account_id"], ascending=[False, True], ignore_index=True)
    sold = in_window(ledger, window).groupby("account_id")["revenue"].sum()
    active = judged.assign(revenue=judged["account_id"].map(sold).astype(float).fillna(0.0))
    active = active[active["revenue"] > 0]
    regions = _by_region(frame, active)
    covered = active["account_id"].isin(frame["account_id"])
    total = float(active["revenue"].sum())
    cover = float(active.loc[covered, "revenue"].sum()) / total if total > 0 else float("nan")
    contradicted = int((frame["own"] > frame["wallet"]).sum())
    return Potential(frame.drop(columns=["wallet_before", "own_before"]), regions, len(active), cover, contradicted)


def _with_year_before(frame: pd.DataFrame, years: pd.DataFrame) -> pd.DataFrame:
    """The same source's estimate of the year before, as `wallet_before`."""
    past = years[["account_id", "source", "period_end", "total_spend"]].drop_duplicates(
        ["account_id", "source", "period_end"], keep="last"
    )
    past = past.rename(columns={"period_end": "start", "total_spend": "wallet_before"})
    return frame.merge(past, on=["account_id", "source", "start"], how="left")


def _own(ledger: pd.DataFrame, frame: pd.DataFrame, years_back: int) -> "pd.Series[float]":
    """Our revenue with each account in the months of its estimate, or so many years before."""
    offset = pd.DateOffset(years=years_back)
    spans = frame[["account_id"]].assign(first=frame["start"] - offset, after=frame["end"] - offset)
    rows = ledger[["account_id", "month", "revenue"]].merge(spans, on="account_id")
    inside = rows[(rows["month"] >= rows["first"]) & (rows["month"] < rows["after"])]
    return frame["account_id"].map(inside.groupby("account_id")["revenue"].sum()).astype(float).fillna(0.0)


def _shares(frame: pd.DataFrame) -> pd.DataFrame:
    """Add our share, the headroom and the growth, each with its range where the estimate has one."""
    own = frame["own"]
    for name, wallet in (("", "wallet"), ("_low", "low"), ("_high", "high")):
        frame[f"headroom{name}"] = (frame[wallet] - own).clip(lower=0)
    # The larger the wallet, the smaller our part of it.
    for name, wallet in (("", "wallet"), ("_low", "high"), ("_high", "low")):
        frame[f"share{name}"] = (own / frame[wallet]).where(frame[wallet] > 0).clip(upper=1)
    frame["growth"] = (frame["wallet"] / frame["wallet_before"] - 1).where(frame["wallet_before"] > 0)
    frame["own_growth"] = (own / frame["own_before"] - 1).where(frame["own_before"] > 0)
    return frame


def _by_region(frame: pd.DataFrame, active: pd.DataFrame) -> pd.DataFrame:
    groups = frame.groupby("region")
    sums = groups[_SUMS].sum(min_count=1)
    for name in ("low", "high"):  # a sum of ranges needs all of them
        whole = groups[name].count() == groups.size()
        sums[[name, f"headroom_{name}"]] = sums[[name, f"headroom_{name}"]].where(whole)
    sums["accounts"] = groups.size()
    sums["share"] = (sums["own"] / sums["wallet"]).where(sums["wallet"] > 0).clip(upper=1)
    both = frame[frame["wallet_before"].notna()].groupby("region")[["wallet", "wallet_before", "own", "own_before"]]
    pairs = both.sum().reindex(sums.index)
    sums["growth"] = pairs["wallet"] / pairs["wallet_before"] - 1
    sums["own_growth"] = (pairs["own"] / pairs["own_before"] - 1).where(pairs["own_before"] > 0)
    here = active.groupby("home_region")["revenue"]
    told = active[active["account_id"].isin(frame["account_id"])].groupby("home_region")["revenue"].sum()
    sums["active"] = here.size().reindex(sums.index).fillna(0).astype(int)
    sums["cover"] = told.reindex(sums.index).fillna(0.0) / here.sum().reindex(sums.index)
    return sums.reset_index().sort_values(["headroom", "region"], ascending=[False, True], ignore_index=True)


def new_products(
    product_prices: pd.DataFrame, products: pd.DataFrame, *, window: Period, rules: Rules = _DEFAULTS
) -> NewProducts:
    """Give the part of the sales that comes from products launched in the last years (vitality index).

    A product is new for `new_product_years` from its launch; a month belongs to the age on its first day. Sales
    only: returns and credits are not in it.

    Parameters
    ----------
    product_prices
        `region`, `product_id`, `family`, `month`, `revenue` of sales (report currency).
    products
        `product_id`, `name`, `launched_on`.

    References
    ----------
    Cooper, R. G., Kleinschmidt, E. J. (2007). Winning businesses in product development: the critical success factors.
    Research-Technology Management 50(3), 52-66: percentage of sales by new products among the measures.

    Examples
    --------
    >>> sold = pd.DataFrame({"product_id": ["old", "new"], "region": "R", "family": "F", "revenue": [75.0, 25.0],
    ...     "month": pd.to_datetime(["2025-06-01"] * 2)})
    >>> products = pd.DataFrame({"product_id": ["old", "new"], "name": ["Old", "New"],
    ...     "launched_on": pd.to_datetime(["2015-03-01", "2023-03-01"])})
    >>> new_products(sold, products, window=Period.parse("2024-07..2025-06")).share
    0.25
    """
    sold = product_prices.merge(products[["product_id", "name", "launched_on"]], on="product_id", how="left")
    until = sold["launched_on"] + pd.DateOffset(years=rules.new_product_years)
    sold["new"] = sold["revenue"].where(sold["launched_on"].notna() & (sold["month"] < until), 0.0)
    now, past = in_window(sold, window), in_window(sold, window.back(window.months))
    dated = now[now["launched_on"].notna()]
    frame = dated.groupby("family")[["revenue", "new"]].sum()
    frame["products"] = dated[dated["new"] > 0].groupby("family")["product_id"].nunique()
    frame["products"] = frame["products"].fillna(0).astype(int)
    frame["share"] = frame["new"] / frame["revenue"]
    frame = frame.reset_index().sort_values(["new", "family"], ascending=[False, True], ignore_index=True)
    share, before = (_new_share(span[span["launched_on"].notna()]) for span in (now, past))
    total = float(now["revenue"].sum())
    revenue, new = float(dated["revenue"].sum()), float(dated["new"].sum())
    unknown = 1 - revenue / total if total > 0 else float("nan")
    return NewProducts(frame, _taken_up(now), revenue, new, share, before, unknown, rules)


def _taken_up(sold: pd.DataFrame) -> pd.DataFrame:
    """Compare what each new product makes of its family's sales since its launch, region by region."""
    new = (
        sold[sold["new"] > 0]
        .groupby("product_id")
        .agg(
            name=("name", "first"),
            family=("family", "first"),
            launched_on=("launched_on", "first"),
            revenue=("new", "sum"),
        )
    )
    family = sold.groupby(["family", "region", "month"])["revenue"].sum().reset_index()
    since = new.reset_index()[["product_id", "family", "launched_on"]].merge(family, on="family")
    since = since[since["month"] + pd.offsets.MonthEnd(1) >= since["launched_on"]]
    cells = since.groupby(["product_id", "region"])["revenue"].sum().rename("of").reset_index()
    own = sold[sold["new"] > 0].groupby(["product_id", "region"])["new"].sum()
    cells = cells.merge(own.reset_index(), on=["product_id", "region"], how="left").fillna({"new": 0.0})
    cells = cells[cells["of"] > 0]
    sums = cells.groupby("product_id")[["new", "of"]].sum()
    new["share"] = sums["new"] / sums["of"]
    cells["region_share"] = cells["new"] / cells["of"]
    least = cells.sort_values(["region_share", "region"]).drop_duplicates("product_id").set_index("product_id")
    several = cells.groupby("product_id").size().reindex(least.index) > 1
    new[["region", "region_share"]] = least.loc[several, ["region", "region_share"]].reindex(new.index)
    return new.reset_index().sort_values(["revenue", "product_id"], ascending=[False, True], ignore_index=True)


def _new_share(sold: pd.DataFrame) -> float:
    revenue = float(sold["revenue"].sum())
    return float(sold["new"].sum()) / revenue if revenue > 0 else float("nan")
