"""Small results on what keeping the accounts is worth: what its sections and its chart are tried on."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from kamreport.analysis.lifetime import lifetime_values, retention_economics
from kamreport.period import Period
from kamreport.results import (
    AcquisitionCost,
    Incentives,
    LifetimeValues,
    Losses,
    PurchaseForecast,
    Renewals,
    RetentionEconomics,
)
from kamreport.settings import Rules

from . import frames as f

__all__ = ["acquisition", "economics", "forecast", "given", "renewals", "values"]


def values(
    margins: Sequence[float] = (9e5, 4e5, -2e4),
    *,
    keys: int = 2,
    lost: Sequence[float] = (2e5,),
    segments: Sequence[str] = (),
    manager: str | None = "Li Na",
    rules: Rules = f.RULES,
) -> LifetimeValues:
    """Accounts with a margin each, the first few of them key accounts, and lost ones with theirs.

    Each of the `segments` has lost ten of twenty accounts besides.
    """
    names = [
        ("恒泰农资", "Acme", "Zeta")[number] if number < 3 else f"客户{number:02d}" for number in range(len(margins))
    ]
    profit = f.profit(names, margins, margins, manager=manager)
    gone = f.lost([(f"失客{number}", 1e6, margin) for number, margin in enumerate(lost)], manager=manager)
    left = gone.frame.assign(owner_id=[f"L{number:03d}" for number in range(len(lost))])
    parts = [f"{segment} {number}" for segment in segments for number in range(20)]
    if parts:
        left = pd.concat([left, _of_segments(left, parts)], ignore_index=True)
    bought = [*profit["owner_id"], *(part for part in parts if int(part.rpartition(" ")[2]) >= 10)]
    everyone = [*bought, *left["owner_id"]]
    owners = pd.DataFrame({"owner_id": everyone, "type": "customer", "is_home": True}, index=range(len(everyone)))
    owners["segment"] = [owner.rpartition(" ")[0] for owner in everyone]
    day = pd.Timestamp("2025-06-01")
    orders = pd.DataFrame({"owner_id": bought, "order_date": day, "date": day}, index=range(len(bought)))
    window = Period.parse("2024-07..2025-06")
    losses = Losses(left, 0, len(everyone), frozenset(left["owner_id"]), (0.0, 0.1), window, rules)
    return lifetime_values(
        profit, orders, owners, losses, keys=frozenset(profit["owner_id"].head(keys)), as_of=window.end
    )


def _of_segments(left: pd.DataFrame, parts: list[str]) -> pd.DataFrame:
    """Lost accounts of the segments, without margin."""
    gone = [part for part in parts if int(part.rpartition(" ")[2]) < 10]
    more = left.head(1).loc[left.head(1).index.repeat(len(gone))]
    return more.assign(owner_id=gone, name=gone, margin=0.0)


def economics(lost: int = 20, *, kept: int = 80, margin: float = 1e5, **rules: float) -> RetentionEconomics:
    """Lost accounts, and kept ones of the same margin."""
    made = values([margin] * kept, keys=0, lost=[margin] * lost, rules=Rules.model_validate(rules))
    return retention_economics(made)


def acquisition(won: int = 12) -> AcquisitionCost:
    """Accounts won for 720,000, twelve or too few, and 60 kept for 240,000."""
    ratio = 3 * 60 / won if won >= 10 else f.NAN
    return AcquisitionCost(7.2e5, 2.4e5, won, 60, ratio, (ratio / 2, ratio * 2), f.RULES)


def renewals(
    *ended: tuple[str, str, bool],
    decided: int = 40,
    running: int = 9,
    fitted: tuple[float, float] | None = (0.7, 3.8),
    manager: str | None = "Li Na",
) -> Renewals:
    """Rows of (name, day, buys on) that ended for good, among those decided."""
    frame = pd.DataFrame(list(ended), columns=["name", "ends_on", "buys_on"]).astype({"buys_on": bool})
    frame["ends_on"] = pd.to_datetime(frame["ends_on"])
    frame["contract_id"] = frame["account_id"] = frame["owner_id"] = [f"A{number:03d}" for number in range(len(frame))]
    frame["manager_id"], frame["manager_name"], frame["term"] = ("P1" if manager else None), manager, 3
    renewed = decided - len(frame)
    by_term = pd.DataFrame(
        {"term": [1], "n": [decided], "renewed": [renewed], "low": [0.78], "high": [0.98], "model": [0.84]}
    )
    by_term["rate"] = by_term["renewed"] / by_term["n"].clip(lower=1)
    return Renewals(by_term, frame, renewed, decided, running, (0.78, 0.98), fitted, f.RULES)


def forecast(reason: str = "", *, accounts: int = 250) -> PurchaseForecast:
    frame = pd.DataFrame({"owner_id": ["A000", "A001"], "name": ["恒泰农资", "Acme"], "x": [30, 0]})
    frame["manager_id"], frame["manager_name"], frame["last_order"] = "P1", "Li Na", pd.Timestamp("2025-06-01")
    frame["t_x"], frame["age"], frame["mean"], frame["spend"] = 90.0, 100.0, 500.0, [510.0, f.NAN]
    frame["alive"], frame["expected"], frame["silence"] = [0.97, 1.0], [12.4, 1.3], [3.3, f.NAN]
    parameters = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
    made = PurchaseForecast(frame, "", accounts, 1.21, 1.36, parameters, f.RULES)
    if reason:
        errors = {"error": 1.36, "plain_error": 1.21} if reason == "worse" else {"error": f.NAN, "plain_error": f.NAN}
        return replace(made, frame=frame.head(0), reason=reason, parameters=None, **errors)
    return made


def given(
    own: int = 24, others: int = 30, *, has: Sequence[str] = ("rebates", "list"), few: bool = False
) -> Incentives:
    """Accounts that were given more and others; the changes of their revenue with the same intervals."""
    frame = pd.DataFrame({"group": ["with", "without"], "accounts": [own, others]})
    frame["rebates"], frame["discounts"] = [1.8e5 * (own > 0), 0.0], [6e4 * (own > 0), 0.0]
    frame["given"] = frame["rebates"] + frame["discounts"]
    frame["revenue"], frame["before"] = [5.2e6 * (own > 0), 3.9e6], [5e6 * (own > 0), 4e6]
    frame["kept"] = [4.4e6 * (own > 0), 3.6e6]
    frame["change"] = frame["revenue"] / frame["before"] - 1
    frame["low"], frame["high"] = (f.NAN, f.NAN) if few else (frame["change"] - 0.05, frame["change"] + 0.06)
    apart, interval = (f.NAN, (f.NAN, f.NAN)) if few else (0.065, (-0.013, 0.143))
    return Incentives(frame, apart, interval, 0.04 if "list" in has else f.NAN, frozenset(has), f.RULES)
