"""What the demo firm sold, was owed, bid for and saw of its rivals: frames in the contract's columns."""

import zlib
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

from kamreport.book.demo.firm import FAMILIES, FIRST, LAST, LAUNCHES, PRODUCTS, REGIONS, RIVALS, Account, Firm
from kamreport.book.demo.world import YEAR, World

__all__ = [
    "Product",
    "competitor_prices",
    "competitor_scores",
    "fx_rates",
    "lost_to_rival",
    "opportunities",
    "product_list",
    "products",
    "receivables",
    "returns",
    "targets",
    "transactions",
]

_UNITS = {"Fertiliser 化肥": "t", "Feed 饲料": "t"}
_TAX = 0.09
_REASONS = ("price 价格", "delivery 交货", "quality 质量", "relationship 关系")
_RATE = 7.2
_ASKED = 1977
ATTRIBUTES = ("price", "delivery", "quality", "service", "advice", "range", "brand")
_IMPORTANCE = {"price": 82, "quality": 78, "delivery": 70, "service": 58, "advice": 48, "range": 38, "brand": 34}
_STRENGTH = {"own": 7.3, "ruifeng": 7.2, "landtech": 7.9, "huanong": 6.4, "jinsui": 6.9}


class Product(NamedTuple):
    """A product as it is listed.

    Attributes
    ----------
    follows
        The product whose buyers take it up; empty for what has been there all the time.
    """

    product_id: str
    family: str
    name: str
    unit: str
    list_price: float
    launched_on: date
    follows: str = ""


def products() -> list[Product]:
    """Give every product of the demo firm: what has been there all the time first."""
    listed = [(family, name, price) for family, items in PRODUCTS.items() for name, price in items]
    old = [
        Product(f"{number:04d}", family, name, _UNITS.get(family, "件"), float(price), _long_ago(number))
        for number, (family, name, price) in enumerate(listed, start=101)
    ]
    by_name = {product.name: product for product in old}
    new = [
        by_name[follows]._replace(
            product_id=f"{number:04d}", name=name, launched_on=launched, follows=by_name[follows].product_id
        )
        for number, (name, follows, launched) in enumerate(LAUNCHES, start=101 + len(old))
    ]
    return old + new


def _long_ago(number: int) -> date:
    return date(2003 + 7 * number % 13, 1 + 5 * number % 12, 1)


def product_list() -> pd.DataFrame:
    """One row per product: `product_id`, `family`, `name`, `unit`, `launched_on`."""
    return pd.DataFrame(products()).drop(columns=["list_price", "follows"])


def transactions(firm: Firm, rng: np.random.Generator) -> pd.DataFrame:
    """One row per invoice line of all accounts, in order of date; of products that have been there all the time."""
    by_family: dict[str, list[Product]] = {}
    for product in products()[: -len(LAUNCHES)]:
        by_family.setdefault(product.family, []).append(product)
    lines = [line for account in firm.accounts for line in _account_lines(account, by_family, rng)]
    frame = pd.DataFrame(lines).sort_values(["date", "account_id", "order_id", "product_id"], ignore_index=True)
    frame["doc_id"] = frame["order_id"].str.replace("SO", "INV")
    frame["line_no"] = (frame.groupby("doc_id").cumcount() + 1).astype(str)
    return frame


def _order_days(account: Account, rng: np.random.Generator) -> list[date]:
    days: list[date] = []
    day = account.first + timedelta(days=int(rng.integers(0, max(2, int(account.gap_days)))))
    if account.gap_days > 90:
        day = account.first
    while day <= min(account.last, LAST):
        if not account.months or day.month in account.months:
            days.append(day)
        day += timedelta(days=max(1, round(rng.gamma(account.regularity, account.gap_days / account.regularity))))
    return days


def _account_lines(
    account: Account, by_family: dict[str, list[Product]], rng: np.random.Generator
) -> list[dict[str, object]]:
    open_share = len(account.months) / 12 if account.months else 1.0
    per_order = account.yearly * account.gap_days / 365 / open_share
    lines: list[dict[str, object]] = []
    favourites = {family: int(rng.integers(0, len(group))) for family, group in by_family.items()}
    for number, day in enumerate(_order_days(account, rng)):
        years = (day - FIRST).days / 365
        growth = (1 + account.growth) ** years
        bought = [family for family in account.families if rng.random() < 0.9] or list(account.families)[:1]
        # Who orders seldom orders for the whole time: what one family lacks the others make up for.
        usual = 0.9 if account.gap_days <= 90 else sum(account.families[family] for family in bought)
        for family in bought:
            factor = _factor(account, family, day)
            if factor <= 0:
                continue
            season = 1.0 if account.months or account.gap_days > 90 else FAMILIES[family][day.month - 1]
            amount = per_order * account.families[family] / usual * growth * factor * season * rng.lognormal(0, 0.1)
            lines.append(_line(account, by_family[family], favourites[family], day, number, amount, rng))
    return lines


def _factor(account: Account, family: str, day: date) -> float:
    factor = 1.0
    for since, only, size in account.drops:
        if day >= since and only in ("", family):
            factor *= size
    return factor


def _line(
    account: Account,
    choices: list[Product],
    favourite: int,
    day: date,
    number: int,
    amount: float,
    rng: np.random.Generator,
) -> dict[str, object]:
    product = choices[favourite if rng.random() < 0.7 else int(rng.integers(0, len(choices)))]
    discount = 0.06 + (0.19 - account.margin) * 0.5
    price = product.list_price * (1 - discount) * rng.normal(1, 0.01)
    quantity = max(1.0, round(amount / price, 1))
    revenue = round(quantity * price, 2)
    rate = _RATE if account.currency == "USD" else 1.0
    return {
        "date": min(day + timedelta(days=int(rng.integers(0, 3))), LAST),
        "order_date": day,
        "order_id": f"SO{account.id}{number:04d}",
        "account_id": account.id,
        "kind": "sale",
        "product_id": product.product_id,
        "quantity": quantity,
        "unit": product.unit,
        "list_amount": round(quantity * product.list_price / rate, 2),
        "revenue": round(revenue / rate, 2),
        "cost": round(revenue * (1 - account.margin) * rng.normal(1, 0.004) / rate, 2),
        "currency": account.currency,
        "salesperson_id": account.manager,
    }


def returns(sales: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Credit notes for about one line in a hundred, some days after it."""
    picked = sales[rng.random(len(sales)) < 0.01].copy()
    picked["kind"] = "return"
    picked["order_id"] = None
    picked["doc_id"] = picked["doc_id"].str.replace("INV", "CN")
    picked["date"] = [min(day + timedelta(days=12), LAST) for day in picked["date"]]
    for column in ("quantity", "list_amount", "revenue", "cost"):
        picked[column] = -(picked[column] * 0.5).round(2)
    return picked


def fx_rates() -> pd.DataFrame:
    """Yuan per dollar, one rate a month."""
    months = pd.date_range(FIRST, LAST, freq="MS")
    return pd.DataFrame({"month": months.strftime("%Y-%m"), "currency": "USD", "rate": _RATE})


def targets(sales: pd.DataFrame, firm: Firm) -> pd.DataFrame:
    """Revenue and margin by region and month: last year's plus 8 per cent, to the end of 2025."""
    region_of = {account.id: account.region for account in firm.accounts}
    rate = sales["currency"].map({"USD": _RATE}).fillna(1.0)
    frame = pd.DataFrame(
        {
            "region": sales["account_id"].map(region_of),
            "month": pd.to_datetime(sales["date"]).dt.to_period("M"),
            "revenue": sales["revenue"] * rate,
            "margin": (sales["revenue"] - sales["cost"]) * rate,
        }
    )
    sums = frame.groupby(["region", "month"])[["revenue", "margin"]].sum().reset_index()
    sums["month"] = sums["month"] + 12
    long = sums.melt(["region", "month"], ["revenue", "margin"], "measure", "value")
    long = long[long["month"] <= pd.Period("2025-12", "M")]
    long["value"] = (long["value"] * 1.08 / 1000).round() * 1000
    long["month"] = long["month"].dt.strftime("%Y-%m")
    long["kind"], long["issued_on"], long["account_id"] = "target", long["month"].str[:4] + "-01-02", None
    return long.sort_values(["region", "month", "measure"], ignore_index=True)


def receivables(sales: pd.DataFrame, firm: Firm, rng: np.random.Generator) -> pd.DataFrame:
    """Month-end ageing with VAT for the last 24 months; late payers owe more, some of it long, cash sales nothing."""
    rate = sales["currency"].map({"USD": _RATE}).fillna(1.0)
    frame = pd.DataFrame(
        {
            "account_id": sales["account_id"],
            "month": pd.to_datetime(sales["date"]).dt.to_period("M"),
            "billed": sales["revenue"] * rate * (1 + _TAX),
        }
    )
    billed = frame.groupby(["account_id", "month"])["billed"].sum().unstack(fill_value=0)
    late = {account.id: account.pays_late for account in firm.accounts}
    cash = {account.id for account in firm.accounts if account.type == "pool"}
    rows = []
    months = pd.PeriodIndex(billed.columns)
    for place in range(len(months) - 24, len(months)):
        month = months[place].strftime("%Y-%m")
        recent = billed.iloc[:, max(0, place - 2) : place + 1].sum(axis=1)
        for account_id, amount in recent.items():
            if amount <= 0:
                continue
            slow = late[str(account_id)]
            overdue = amount * (rng.uniform(0.35, 0.6) if slow else rng.uniform(0.0, 0.06))
            not_due = amount * rng.uniform(0.40, 0.55)
            parts = overdue * rng.dirichlet([3, 3, 2, 3] if slow else [6, 2, 0.5, 0.1])
            if account_id in cash:
                continue
            buckets = [round(not_due, 2), *(round(part, 2) for part in parts)]
            rows.append((month, account_id, round(sum(buckets), 2), *buckets, round(amount / 3, 2)))
    names = ["month", "account_id", "balance", "not_due", "overdue_1_30", "overdue_31_60", "overdue_61_90"]
    return pd.DataFrame(rows, columns=[*names, "overdue_over_90", "collected"])


def opportunities(firm: Firm, rng: np.random.Generator) -> pd.DataFrame:
    """Deals of two years; in the South, there are more against Ruifeng since January 2025, and they are mostly lost."""
    rows = []
    for number in range(720):
        account = firm.accounts[int(rng.integers(0, len(firm.accounts)))]
        created = LAST - timedelta(days=int(rng.integers(5, 730)))
        rival = str(rng.choice([*RIVALS, "none", "unknown"], p=[0.28, 0.2, 0.17, 0.15, 0.12, 0.08]))
        closed = created + timedelta(days=int(rng.integers(20, 120)))
        chance = 0.2 if (account.region, rival) == ("South", "ruifeng") and closed >= date(2025, 1, 1) else 0.52
        outcome = "won" if rng.random() < chance else "lost"
        over = closed <= LAST
        rows.append(
            {
                "opportunity_id": f"OP{number:05d}",
                "created_on": created,
                "account_id": account.id,
                "region": account.region,
                "owner_id": account.manager,
                "amount": round(account.yearly * rng.uniform(0.05, 0.3), 0),
                "family": str(rng.choice(list(account.families))),
                "kind": "existing",
                "expected_close": closed,
                "closed_on": closed if over else None,
                "outcome": ("cancelled" if rng.random() < 0.06 else outcome) if over else None,
                "competitor_id": rival if over else None,
                "reason": str(rng.choice(_REASONS)) if over else None,
            }
        )
    # A generator of its own: what is drawn after the deals stays as it was.
    return pd.DataFrame([*rows, *_contested(firm, rng.spawn(1)[0])])


def _contested(firm: Firm, rng: np.random.Generator) -> list[dict[str, object]]:
    """In the South Ruifeng bids for 40 deals more in the first half of 2025, and wins four of five, mostly by price."""
    here = [account for account in firm.accounts if account.region == "South" and account.type == "customer"]
    rows: list[dict[str, object]] = []
    for number in range(40):
        account = here[int(rng.integers(0, len(here)))]
        closed = date(2025, 1, 6) + timedelta(days=int(rng.integers(0, 160)))
        rows.append(
            {
                "opportunity_id": f"OP{800 + number:05d}",
                "created_on": closed - timedelta(days=int(rng.integers(40, 120))),
                "account_id": account.id,
                "region": account.region,
                "owner_id": account.manager,
                "amount": round(account.yearly * rng.uniform(0.05, 0.3), 0),
                "family": str(rng.choice(list(account.families))),
                "kind": "existing",
                "expected_close": closed,
                "closed_on": closed,
                "outcome": "won" if number % 5 == 0 else "lost",
                "competitor_id": "ruifeng",
                "reason": _REASONS[0] if rng.random() < 0.7 else _REASONS[-1],
            }
        )
    return rows


def lost_to_rival(world: World, deals: pd.DataFrame) -> None:
    """Note the rival who wins most deals from us in one region."""
    closed = pd.to_datetime(deals["closed_on"])
    decided = deals[(deals["region"] == "South") & deals["outcome"].isin(["won", "lost"])]
    decided = decided[closed[decided.index] >= pd.Timestamp(YEAR)]
    is_his = decided["competitor_id"] == "ruifeng"
    others = decided[~is_his & (decided["competitor_id"] != "none")]
    world.truth(
        "deals_lost_to_rival", "South", "against Ruifeng one deal in five is won, against others most",
        object_id="ruifeng",
        figures={
            "won": int((decided[is_his]["outcome"] == "won").sum()), "decided": int(is_his.sum()),
            "others_won": int((others["outcome"] == "won").sum()), "others_decided": len(others),
        },
    )  # fmt: skip


def competitor_prices(rng: np.random.Generator, seed: int) -> pd.DataFrame:
    """Quotes seen every month for the last 18 months; Ruifeng cuts fertiliser in the South in April 2025.

    Of two in five it was seen for how much; the quantities have a generator of their own.
    """
    level = {"ruifeng": 0.955, "landtech": 1.03, "huanong": 0.93, "jinsui": 0.98}
    rows = []
    months = pd.date_range(FIRST, LAST, freq="MS")[-18:]
    listed = products()[: -len(LAUNCHES)]  # nobody else sells what was launched since
    seen = [product for product in listed if product.family in ("Fertiliser 化肥", "Feed 饲料", "Film 农膜")]
    sizes = np.random.default_rng([seed, zlib.crc32(b"competitor_quantities")])
    for month in months:
        for region in REGIONS:
            for rival, factor in level.items():
                for product in seen:
                    attack = (region, rival, product.family) == ("South", "ruifeng", "Fertiliser 化肥")
                    cut = 0.88 if attack and month >= pd.Timestamp("2025-04-01") else 1.0
                    if not attack and rng.random() < 0.35:
                        continue
                    price = product.list_price * 0.94 * factor * cut * rng.normal(1, 0.012)
                    taxed = rng.random() < 0.05
                    rows.append(
                        {
                            "competitor_id": rival,
                            "product_id": product.product_id,
                            "collected_on": (month + timedelta(days=int(rng.integers(2, 26)))).date(),
                            "price": round(price * (1 + _TAX if taxed else 1), 2),
                            "unit": product.unit,
                            "basis": "quote",
                            "tax_included": "是" if taxed else "否",
                            "source": "dealer visit",
                            "region": region,
                            "quantity": round(float(sizes.lognormal(10.5, 0.6)) / product.list_price, 1)
                            if sizes.random() < 0.4
                            else None,
                        }
                    )
    return pd.DataFrame(rows)


def competitor_scores(firm: Firm, rng: np.random.Generator) -> pd.DataFrame:
    """Four half-yearly rounds in which ten customers a region score us and the rivals; Ruifeng catches up."""
    asked = np.random.default_rng(_ASKED)  # of its own: what it draws changes no score
    rows = []
    for wave, day in enumerate((date(2023, 11, 15), date(2024, 5, 15), date(2024, 11, 15), date(2025, 5, 15))):
        for region in REGIONS:
            for account in [one for one in firm.accounts if one.region == region][10:20]:
                taste = rng.normal(0, 0.4)
                matters = {
                    name: int(np.clip(round(asked.normal(mean, 9)), 0, 100)) for name, mean in _IMPORTANCE.items()
                }
                for rival, mean in _STRENGTH.items():
                    rise = 0.25 * wave - 0.75 if rival == "ruifeng" else 0.0
                    for attribute in ATTRIBUTES:
                        shift = {"price": -0.6, "service": 0.5}.get(attribute, 0.0) if rival == "own" else 0.0
                        score = int(np.clip(round(mean + rise + shift + taste + rng.normal(0, 0.8)), 1, 10))
                        rows.append((account.id, "customer", rival, attribute, score, day, region, matters[attribute]))
    names = ["rater_id", "rater_kind", "competitor_id", "attribute", "score", "rated_on", "region", "importance"]
    return pd.DataFrame(rows, columns=names)
