"""How many orders the next twelve months bring, where a model of single orders can tell.

BG/NBD for the orders, Gamma-Gamma for their size. They are made for many accounts that order now and then;
`forecast_purchases` runs them only behind a minimum, and says why where it does not.
"""

from datetime import date, timedelta

import pandas as pd

from kamreport.analysis.bg_nbd import PurchaseModel, fit_purchases
from kamreport.analysis.gamma_gamma import fit_spend
from kamreport.analysis.homes import home_orders
from kamreport.results import PurchaseForecast
from kamreport.settings import Rules

__all__ = ["forecast_purchases", "purchase_histories"]

_HOLD_OUT_DAYS = 182
_DEFAULTS = Rules()


def purchase_histories(orders: pd.DataFrame, owners: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """What the models need to know of each owner at home here; pools have no history.

    Parameters
    ----------
    orders
        `owner_id`, `order_date`, `date` (posting), `revenue` (report currency).
    owners
        `owner_id`, `type`, `is_home`.
    as_of
        First day that is not known.

    Returns
    -------
    DataFrame
        `owner_id`, `x` (order days after the first), `t_x` and `age` (weeks from the first to the last, to the last
        day known), `mean` (revenue of an order day after the first; 0 where there is none), `last_order`.

    Examples
    --------
    >>> days = pd.to_datetime(["2025-01-01", "2025-01-15", "2025-01-15", "2025-03-12"])
    >>> orders = pd.DataFrame({"owner_id": "a", "order_date": days, "date": days, "revenue": [9.0, 10.0, 20.0, 50.0]})
    >>> owners = pd.DataFrame({"owner_id": ["a"], "type": ["customer"], "is_home": [True]})
    >>> purchase_histories(orders, owners, as_of=date(2025, 4, 10))[["x", "t_x", "age", "mean"]].values.tolist()
    [[2.0, 10.0, 14.0, 40.0]]
    """
    own = home_orders(orders, owners, ["owner_id", "order_date", "date", "revenue"])
    known = own[own["date"] < pd.Timestamp(as_of)]
    days = known.groupby(["owner_id", "order_date"], sort=True)["revenue"].sum().reset_index()
    found = days.groupby("owner_id").agg(
        first=("order_date", "first"),
        last_order=("order_date", "last"),
        x=("order_date", "size"),
        total=("revenue", "sum"),
        opening=("revenue", "first"),
    )
    found["x"] -= 1
    found["t_x"] = (found["last_order"] - found["first"]).dt.days / 7
    found["age"] = ((pd.Timestamp(as_of) - found["first"]).dt.days - 1) / 7
    found["mean"] = ((found["total"] - found["opening"]) / found["x"].where(found["x"] > 0)).fillna(0.0)
    return found[["x", "t_x", "age", "mean", "last_order"]].reset_index()


def forecast_purchases(
    orders: pd.DataFrame, owners: pd.DataFrame, *, as_of: date, rules: Rules = _DEFAULTS
) -> PurchaseForecast:
    """Forecast the orders of the next twelve months, if there are accounts enough and the model proves itself.

    It is fitted to what was known half a year ago and has to foretell the orders since then, account by account, at
    least as closely as each account's own rate of the twelve months before. Only then it is fitted again to today.

    Parameters
    ----------
    orders, owners
        See `purchase_histories`; owners also with `name`, `manager_id`, `manager_name`.

    References
    ----------
    Wübben, M., Wangenheim, F. v. (2008). Instant customer base analysis: managerial heuristics often "get it right".
    Journal of Marketing 72(3), 82-93: why the plain rate is what it has to beat.

    Examples
    --------
    >>> day = pd.to_datetime(["2025-01-01"])
    >>> orders = pd.DataFrame({"owner_id": ["a"], "order_date": day, "date": day, "revenue": [9.0]})
    >>> owners = pd.DataFrame({"owner_id": ["a"], "name": ["A"], "type": ["customer"], "is_home": [True],
    ...     "manager_id": ["m"], "manager_name": ["M"]})
    >>> forecast_purchases(orders, owners, as_of=date(2025, 7, 1)).reason
    'too_few'
    """
    then = as_of - timedelta(days=_HOLD_OUT_DAYS)
    past, now = (purchase_histories(orders, owners, as_of=day) for day in (then, as_of))
    empty = now.head(0).assign(name="", manager_name="", alive=0.0, expected=0.0, spend=0.0, silence=0.0)
    if len(past) < rules.model_min_accounts:
        return PurchaseForecast(empty, "too_few", len(past), float("nan"), float("nan"), None, rules)
    model = fit_purchases(past)
    if not model.sound:
        return PurchaseForecast(empty, "not_found", len(past), float("nan"), float("nan"), None, rules)
    error, plain = _hold_out(past, now, model, orders, then)
    if not error <= plain:
        return PurchaseForecast(empty, "worse", len(past), error, plain, None, rules)
    model, spend = fit_purchases(now), fit_spend(now)
    if not model.sound:
        return PurchaseForecast(empty, "not_found", len(now), error, plain, None, rules)
    frame = now.assign(
        alive=model.alive(now["x"], now["t_x"], now["age"]),
        expected=model.orders_to_come(now["x"], now["t_x"], now["age"], time=365 / 7),
        spend=spend.expected_spend(now["x"], now["mean"]) if spend.sound else float("nan"),
        # In the account's own mean gaps: stands beside the chance, which nobody should read alone.
        silence=((now["age"] - now["t_x"]) * now["x"] / now["t_x"].where(now["t_x"] > 0)),
    )
    frame = frame.merge(owners[["owner_id", "name", "manager_id", "manager_name"]], on="owner_id", how="left")
    frame = frame.sort_values(["expected", "owner_id"], ascending=[False, True], ignore_index=True)
    parameters = {name: getattr(model, name) for name in ("r", "alpha", "a", "b")}
    return PurchaseForecast(frame, "", len(now), error, plain, parameters, rules)


def _hold_out(
    past: pd.DataFrame, now: pd.DataFrame, model: PurchaseModel, orders: pd.DataFrame, then: date
) -> tuple[float, float]:
    """Mean absolute error per account of the model and of the account's own rate, over the days held out."""
    came = past.merge(now[["owner_id", "x"]], on="owner_id", how="left", suffixes=("", "_now"))
    actual = (came["x_now"] - came["x"]).clip(lower=0).fillna(0.0)
    time = _HOLD_OUT_DAYS / 7
    foretold = model.orders_to_come(past["x"], past["t_x"], past["age"], time=time)
    day = pd.Timestamp(then)
    year = orders[(orders["date"] < day) & (orders["order_date"] >= day - pd.Timedelta(days=364))]
    placed = year.drop_duplicates(["owner_id", "order_date"]).groupby("owner_id").size()
    seen = past["age"].clip(upper=52.0, lower=1.0)  # one that came within the year is known for a part of it
    own = past["owner_id"].map(placed).fillna(0.0) / seen * time
    return float((actual - foretold).abs().mean()), float((actual - own).abs().mean())
