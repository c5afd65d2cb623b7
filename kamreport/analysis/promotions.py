"""What promotions cost for each account that began to buy in them."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from kamreport.analysis.homes import home_orders
from kamreport.analysis.intervals import wilson_interval
from kamreport.period import Period
from kamreport.results import Promotions, each
from kamreport.settings import Rules

__all__ = ["promotions"]

_DEFAULTS = Rules()
_AFTER = timedelta(days=30)
_HISTORY_MONTHS = 24


def promotions(
    campaigns: pd.DataFrame,
    orders: pd.DataFrame,
    owners: pd.DataFrame,
    *,
    region: str,
    window: Period,
    history_start: date,
    as_of: date,
    rules: Rules = _DEFAULTS,
) -> Promotions:
    """Count the accounts that began to buy in each promotion, those expected without it, and what one has cost.

    An account is gained if its first order ever, of the family where the promotion names one, falls between the first
    day and 30 days after the last; over several promotions it is gained once. Expected are as many as began in the same
    days a year earlier. The excess of a segment is more than chance if, of all that began in both years, the share of
    this one lies above one half (Wilson 95 %); then, from `min_group` gained on, cost each = cost / excess. When one
    came after the other, that is no proof.

    Parameters
    ----------
    campaigns
        `campaign_id`, `starts_on`, `ends_on`, `cost`, `region`, `segment`, `family`. Counted are those whose 30 days
        ended in the window; in a region's report only those of the region.
    orders
        `owner_id`, `order_date`, `date` (posting), `family`, `region`, from the beginning of the data.
    owners
        `owner_id`, `type`, `segment`, `is_home`; pools are not counted.
    region
        The book's; ``all`` for the company.
    history_start
        A year must lie before the days of comparison, or every account would seem to begin in them.

    References
    ----------
    Przyborowski, J., Wilenski, H. (1940). Homogeneity of results in testing samples from Poisson series. Biometrika
    31, 313-323. Wilson, E. B. (1927). JASA 22, 209-212.

    Examples
    --------
    >>> campaigns = pd.DataFrame({"campaign_id": ["c"], "starts_on": pd.to_datetime(["2025-03-01"]),
    ...     "ends_on": pd.to_datetime(["2025-03-31"]), "cost": 900.0, "region": "North", "segment": None,
    ...     "family": "F"})
    >>> day = pd.to_datetime(["2025-03-05", "2025-04-29", "2025-05-02", "2024-03-05"])
    >>> orders = pd.DataFrame({"owner_id": list("abcd"), "order_date": day, "date": day, "family": "F",
    ...     "region": "North"})
    >>> owners = pd.DataFrame({"owner_id": list("abcd"), "type": "customer", "segment": "dealer", "is_home": True})
    >>> found = promotions(campaigns, orders, owners, region="North", window=Period.parse("2024-07..2025-06"),
    ...     history_start=date(2022, 7, 1), as_of=date(2025, 7, 1))
    >>> found.frame[["gained", "expected", "excess"]].values.tolist()  # c came two days too late
    [[2.0, 1.0, 1.0]]
    """
    ended = campaigns["ends_on"] + _AFTER
    inside = (ended >= pd.Timestamp(window.start)) & (ended < pd.Timestamp(min(window.end, as_of)))
    recent = campaigns[inside]
    ours = recent if region == "all" else recent[recent["region"] == region]
    bought = home_orders(orders, owners, ["owner_id", "order_date", "date", "family", "region"])
    bought = bought[bought["date"] < pd.Timestamp(as_of)].sort_values(["order_date", "date"])
    bought["segment"] = bought["owner_id"].map(owners.set_index("owner_id")["segment"])
    rows = []
    began_in = []
    for one in each(ours):
        first = _of(bought, "family", one.family).drop_duplicates("owner_id")
        began = _of(_of(first, "segment", one.segment), "region", one.region).set_index("owner_id")["order_date"]
        gained, before = (
            began[began.between(one.starts_on - shift, one.ends_on + _AFTER - shift)].index
            for shift in (pd.DateOffset(years=0), pd.DateOffset(years=1))
        )
        began_in.append((one.campaign_id, gained, before))
        known = pd.Timestamp(history_start) <= one.starts_on - pd.DateOffset(months=_HISTORY_MONTHS)
        rows.append(
            {
                "campaign_id": one.campaign_id,
                **{name: _word(getattr(one, name)) for name in ("region", "segment", "family")},
                "starts_on": one.starts_on,
                "ends_on": one.ends_on,
                "cost": float(one.cost),
                "gained": float(len(gained)),
                "expected": float(len(before)) if known else np.nan,
                "excess": float(len(gained) - len(before)) if known else np.nan,
            }
        )
    names = [
        "campaign_id", "region", "segment", "family", "starts_on", "ends_on", "cost", "gained", "expected", "excess",
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=names).sort_values(["starts_on", "campaign_id"], ascending=[False, True])
    owners_of = pd.DataFrame(began_in, columns=["campaign_id", "now", "then"]).set_index("campaign_id")
    all_gained, all_expected = _distinct(frame, owners_of)
    return Promotions(
        frame=frame.reset_index(drop=True),
        segments=_by_segment(frame, owners_of, rules),
        gained=int(all_gained),
        expected=all_expected,
        elsewhere=len(recent) - len(ours),
        rules=rules,
    )


def _distinct(frame: pd.DataFrame, owners: pd.DataFrame) -> tuple[float, float]:
    """Accounts gained and expected in some promotions, each once; NaN where one cannot be compared."""
    of = owners.loc[frame["campaign_id"]]
    gained, before = (float(len({id_ for ids in of[when] for id_ in ids})) for when in ("now", "then"))
    return gained, before if frame["expected"].notna().all() else np.nan


def _of(rows: pd.DataFrame, column: str, name: object) -> pd.DataFrame:
    """Rows of what a promotion names; all where it names nothing."""
    return rows[rows[column] == name] if _word(name) else rows


def _word(name: object) -> str:
    return name if isinstance(name, str) else ""


def _by_segment(frame: pd.DataFrame, owners: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    rows = []
    for segment, group in frame.groupby("segment", sort=True):
        cost = float(group["cost"].sum())
        gained, expected = _distinct(group, owners)
        excess = gained - expected
        counted = int(gained + expected) if expected == expected else 0
        low, _ = wilson_interval(int(gained), counted)
        by_chance = not low > 0.5
        each_one = cost / excess if gained >= rules.min_group and not by_chance else np.nan
        row = {"segment": segment, "promotions": len(group), "cost": cost, "gained": gained, "expected": expected}
        rows.append({**row, "excess": excess, "by_chance": by_chance, "cost_each": each_one})
    names = ["segment", "promotions", "cost", "gained", "expected", "excess", "by_chance", "cost_each"]
    found = pd.DataFrame(rows, columns=names)
    return found.sort_values(["cost", "segment"], ascending=[False, True], ignore_index=True)
