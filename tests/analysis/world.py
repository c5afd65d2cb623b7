"""A small invented firm: its lines, and the frames of the book that are made from them.

Money is in whole yuan, so that sums are exact in any order.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from tests.analysis.frames import AS_OF, company_frame, owners_frame

FIRST = date(2022, 7, 1)
REGIONS = ("North", "South")
QUARTERS = tuple(pd.Timestamp(day) for day in ("2025-01-01", "2025-04-01", "2025-07-01"))


@dataclass(frozen=True)
class World:
    """Lines and owners of a small firm, and the company's measures that are money."""

    lines: pd.DataFrame
    owners: pd.DataFrame
    money: Mapping[str, float]
    threshold: float

    @property
    def ledger(self) -> pd.DataFrame:
        lines = self.lines.assign(month=self.lines["date"].dt.to_period("M").dt.to_timestamp())
        known = lines["cost"].notna()
        lines = lines.assign(
            costed_revenue=lines["revenue"].where(known, 0.0),
            orders=1,
            list_amount=2 * lines["revenue"],
            listed_revenue=lines["revenue"],
        )
        key = ["owner_id", "region", "family", "month"]
        return lines.groupby(key, sort=False).sum(numeric_only=True).reset_index()

    @property
    def orders(self) -> pd.DataFrame:
        return self.lines[self.lines["revenue"] > 0]

    @property
    def company(self) -> pd.DataFrame:
        rows = [("median_gap", "*", 30.0), ("regularity", "*", 4.0), ("pocket_rate_median", "", 0.2)]
        at_reviews = [
            company_frame(*((name, "", amount) for name, amount in self.money.items()), moment=str(quarter))
            for quarter in QUARTERS
        ]
        return pd.concat([company_frame(*rows), *at_reviews])

    @property
    def quarters(self) -> pd.DataFrame:
        """Margin of each owner in the twelve months before a review."""
        margin = self.lines.assign(value=self.lines["revenue"] - self.lines["cost"].fillna(0.0))
        parts = []
        for quarter in QUARTERS:
            known = margin[(margin["date"] < quarter) & (margin["date"] >= quarter - pd.DateOffset(years=1))]
            parts.append(known.groupby("owner_id")["value"].sum().reset_index().assign(quarter=quarter))
        return pd.concat(parts)


def made(seed: int) -> World:
    """Forty owners, each buying two families in its rhythm: some stop, shrink, drop a family, earn nothing or move."""
    random = np.random.default_rng(seed)
    rows = []
    for number in range(40):
        gap, first = int(random.choice([7, 15, 30, 60])), int(random.integers(0, 300))
        last = int(random.choice([700, 800, 960, 1030, 1095], p=[0.1, 0.1, 0.05, 0.15, 0.6]))
        size, rate, shrinks, drops = 500 * (number + 1), random.uniform(-0.1, 0.4), random.random(), random.random()
        day = first
        while day < last:
            amount = size * random.uniform(0.8, 1.2) * (0.4 if shrinks < 0.2 and day > 900 else 1)
            family = "G" if random.random() < 0.4 and (drops > 0.2 or day < 900) else "F"
            if random.random() < 0.03:
                rows.append((number, day, -amount // 2, -amount // 2 * (1 - rate), family))
            rows.append((number, day, amount, amount * (1 - rate) if random.random() < 0.9 else math.nan, family))
            day += max(1, round(gap * random.uniform(0.7, 1.3)))
    lines = pd.DataFrame(rows, columns=["number", "day", "revenue", "cost", "family"]).round()
    lines["order_date"] = pd.Timestamp(FIRST) + pd.to_timedelta(lines.pop("day"), unit="D")
    lines["date"] = lines["order_date"] + pd.to_timedelta(random.integers(0, 4, len(lines)), unit="D")
    lines["owner_id"] = "o" + lines["number"].astype(str).str.zfill(2).astype("str")
    lines["region"] = np.where(lines.pop("number") % 3, *REGIONS)
    ids = sorted(set(lines["owner_id"]))
    owners = owners_frame(
        *ids,
        type=["pool" if number == 20 else "customer" for number in range(len(ids))],
        moved_out=[number == 30 for number in range(len(ids))],
    )
    lines = lines[lines["date"] < pd.Timestamp(AS_OF)].astype({"family": "str", "region": "str"})
    return World(lines, owners, {"key_enter": 30_000.0, "key_leave": 20_000.0}, 5000.0)
