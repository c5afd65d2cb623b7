"""Small frames by hand, in the columns and types of the book."""

from collections.abc import Iterable, Sequence
from datetime import date

import pandas as pd

from kamreport.period import Period

WINDOW = Period.parse("2024-07..2025-06")
AS_OF = date(2025, 7, 1)
NAN = float("nan")
# A seasonal buyer: three orders a month in September to November.
AUTUMN = [
    f"{year}-{month:02d}-{day:02d}" for year in (2022, 2023, 2024) for month in (9, 10, 11) for day in (5, 15, 25)
]


def owners_frame(*ids: str, **columns: object) -> pd.DataFrame:
    """One row per owner: customers at home here, looked after by m1; `columns` say otherwise."""
    values: dict[str, object] = {
        "name": [id_.upper() for id_ in ids],
        "type": "customer",
        "segment": "dealer",
        "tier": "other",
        "manager_id": "m1",
        "manager_name": "Wang",
        "accounts": 1,
        "is_home": True,
        "moved_in": False,
        "moved_out": False,
    }
    flags = dict.fromkeys(("is_home", "moved_in", "moved_out"), bool)
    return pd.DataFrame({"owner_id": pd.Series(list(ids), dtype="str"), **values, **columns}).astype(flags)


def ledger_frame(rows: Iterable[Sequence[object]]) -> pd.DataFrame:
    """Rows of (owner, month, revenue) and, if wanted, cost and orders; without cost it is not known."""
    full = [(*row, *(None, 1)[len(row) - 3 :]) for row in rows]
    frame = pd.DataFrame(full, columns=["owner_id", "month", "revenue", "cost", "orders"])
    frame["month"] = pd.to_datetime(frame["month"])
    frame = frame.astype({"owner_id": "str", "revenue": float, "cost": float, "orders": int})
    frame["region"] = "North"
    frame["costed_revenue"] = frame["revenue"].where(frame["cost"].notna(), 0.0)
    frame["list_amount"], frame["listed_revenue"] = NAN, 0.0
    return frame


def monthly(owner: str, period: str, revenue: float, cost: float | None = None) -> list[tuple[object, ...]]:
    """Ledger rows of the same revenue and cost in every month of a period."""
    return [(owner, str(month), revenue, cost) for month in Period.parse(period)]


def orders_frame(days: dict[str, Iterable[object]], *, revenue: float = 100.0, family: str = "F") -> pd.DataFrame:
    """One order per owner and day, booked the same day."""
    rows = [(owner, pd.Timestamp(str(day)), revenue, family) for owner, dates in days.items() for day in dates]
    frame = pd.DataFrame(rows, columns=["owner_id", "order_date", "revenue", "family"])
    frame["order_date"] = pd.to_datetime(frame["order_date"])
    frame = frame.astype({"owner_id": "str", "revenue": float, "family": "str"})
    return frame.assign(date=frame["order_date"])


def every(days: int, *, first: str, times: int) -> list[pd.Timestamp]:
    """So many days, each so many after the one before."""
    return list(pd.date_range(first, periods=times, freq=pd.Timedelta(days=days)))


def company_frame(*rows: tuple[str, str, float], moment: str = "2025-07-01", n: int = 1000) -> pd.DataFrame:
    """Rows of (measure, segment, value) at one moment."""
    frame = pd.DataFrame(list(rows), columns=["measure", "segment", "value"]).astype({"value": float})
    return frame.assign(moment=pd.Timestamp(moment), n=n)


def profit_frame(rows: Iterable[tuple[str, float, float]], **columns: object) -> pd.DataFrame:
    """Rows of (owner, revenue, margin) as `owner_profit` gives them, all of the cost known."""
    frame = pd.DataFrame(list(rows), columns=["owner_id", "revenue", "margin"])
    frame = frame.astype({"owner_id": "str", "revenue": float, "margin": float})
    frame["rate"] = (frame["margin"] / frame["revenue"]).where(frame["revenue"] > 0)
    more: dict[str, object] = {
        "name": frame["owner_id"].str.upper(),
        "type": "customer",
        "segment": "dealer",
        "manager_id": "m1",
        "manager_name": "Wang",
        "is_home": True,
        "is_pool": False,
        "costed_revenue": frame["revenue"],
        "discount": NAN,
        "orders": 1,
        "rebates": 0.0,
        "service": 0.0,
        "pocket": frame["margin"],
        "pocket_rate": frame["rate"],
    }
    return frame.assign(**{**more, **columns}).astype({"is_home": bool, "is_pool": bool})


def sold(*rows: tuple[object, ...]) -> pd.DataFrame:
    """What we sold: rows of (product, month, quantity, revenue) and, if wanted, region, list amount and unit."""
    full = [(*row, *("North", NAN, "t")[len(row) - 4 :]) for row in rows]
    frame = pd.DataFrame(
        full, columns=["product_id", "month", "quantity", "revenue", "region", "list_amount", "unit"]
    ).astype({"product_id": "str", "unit": "str", "region": "str", "quantity": float, "revenue": float})
    frame["month"] = pd.to_datetime(frame["month"])
    frame["family"] = "F" + frame["product_id"].str[:1]
    frame["listed_quantity"] = frame["quantity"].where(frame["list_amount"].notna())
    return frame


def seen(*rows: tuple[object, ...], **columns: object) -> pd.DataFrame:
    """What the rivals ask: rows of (rival, product, day, price) and, if wanted, the region."""
    full = [(*row, *("North",)[len(row) - 4 :]) for row in rows]
    frame = pd.DataFrame(full, columns=["competitor_id", "product_id", "collected_on", "price", "region"])
    frame["collected_on"] = pd.to_datetime(frame["collected_on"])
    frame = frame.astype({"competitor_id": "str", "product_id": "str", "price": float})
    more = {"unit": "t", "basis": "quote", "tax_included": False, "factor": NAN, "quantity": NAN, **columns}
    return frame.assign(**more)
