"""Which owners count in a region: those at home there, and no pools of cash sales."""

from datetime import date

import pandas as pd

__all__ = ["active_owners", "at_home", "home_orders"]


def at_home(owners: pd.DataFrame) -> pd.DataFrame:
    """Give the owners, or accounts, at home in the region; pools are none.

    Parameters
    ----------
    owners
        `type`, `is_home`.

    Examples
    --------
    >>> owners = pd.DataFrame({"owner_id": list("abc"), "type": ["customer", "pool", "customer"],
    ...     "is_home": [True, True, False]})
    >>> at_home(owners)["owner_id"].tolist()
    ['a']
    """
    return owners[owners["is_home"] & (owners["type"] != "pool")]


def home_orders(orders: pd.DataFrame, owners: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Columns of the orders of the owners at home here; pools are none.

    Parameters
    ----------
    orders
        `owner_id` and the columns asked for; of a large book the others would cost more than what is done with these.
    owners
        `owner_id`, `type`, `is_home`.

    Examples
    --------
    >>> orders = pd.DataFrame({"owner_id": ["a", "b"], "revenue": [1.0, 2.0], "order_id": ["1", "2"]})
    >>> owners = pd.DataFrame({"owner_id": ["a", "b"], "type": ["customer", "pool"], "is_home": True})
    >>> home_orders(orders, owners, ["owner_id", "revenue"]).values.tolist()
    [['a', 1.0]]
    """
    return orders[columns][orders["owner_id"].isin(at_home(owners)["owner_id"])]


def active_owners(orders: pd.DataFrame, owners: pd.DataFrame, *, since: date, as_of: date) -> set[str]:
    """Owners at home here with an order since a day, as far as it was known on another; pools are none.

    Parameters
    ----------
    orders
        `owner_id`, `order_date`, `date` (posting).
    owners
        `owner_id`, `type`, `is_home`.

    Examples
    --------
    >>> days = pd.to_datetime(["2024-12-30", "2025-02-01"])
    >>> orders = pd.DataFrame({"owner_id": ["a", "b"], "order_date": days, "date": days})
    >>> owners = pd.DataFrame({"owner_id": ["a", "b"], "type": ["customer"] * 2, "is_home": [True] * 2})
    >>> active_owners(orders, owners, since=date(2025, 1, 1), as_of=date(2025, 7, 1))
    {'b'}
    """
    recent = (orders["order_date"] >= pd.Timestamp(since)) & (orders["date"] < pd.Timestamp(as_of))
    return set(orders["owner_id"][recent].unique()) & set(at_home(owners)["owner_id"])
