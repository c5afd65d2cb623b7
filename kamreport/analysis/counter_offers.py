"""Who gains by leaving for a rival who has cut his prices, and which offer would keep him at most."""

from collections.abc import Collection

import numpy as np
import pandas as pd

from kamreport.analysis.homes import at_home
from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import CounterOffers
from kamreport.settings import Rules

__all__ = ["counter_offers"]

_DEFAULTS = Rules()
_KEY = ["competitor_id", "region", "family"]
_SUMS = ["revenue", "cost", "costed_revenue"]


def counter_offers(
    product_ledger: pd.DataFrame,
    owners: pd.DataFrame,
    attacks: pd.DataFrame,
    *,
    keys: Collection[str],
    window: Period,
    rules: Rules = _DEFAULTS,
) -> CounterOffers:
    """Work out for each account that buys what a rival has cut whether it gains by leaving, and what would keep it.

    Over one year and as shares of our price: an account gains gap = 1 - his price / ours, less what leaving costs it
    (`switching_cost` of a year's purchases). What is left is the offer that it takes to keep it. At most its own
    margin rate in the family can be offered: beyond that keeping it loses money. The offer costs that share of its
    purchases whether it would have left or not, so it pays from a chance of leaving of needed / margin rate.

    Parameters
    ----------
    product_ledger
        One row per account, region, family and month: `owner_id`, `revenue`, `cost`, `costed_revenue`. What an
        account buys of single products is not known, so the gap is that of the whole attack.
    owners
        `owner_id`, `name`, `type`, `manager_id`, `manager_name`, `is_home`.
    attacks
        Of `price_attacks`: `competitor_id`, `region` ("" for everywhere), `family`, `gap`.
    keys
        The owners that are key accounts.
    window
        The trailing months.

    References
    ----------
    Porter, M. E. (1980). Competitive Strategy, ch. 6 (switching costs). Farrell, J., Klemperer, P. (2007). Handbook of
    Industrial Organization 3, ch. 31: a buyer stays until the rival's price is lower by more than switching costs.

    Examples
    --------
    >>> ledger = pd.DataFrame({"owner_id": ["a", "a"], "region": "South", "family": ["F", "G"],
    ...     "month": pd.Timestamp("2025-06-01"), "revenue": [1000.0, 500.0], "cost": [800.0, 400.0],
    ...     "costed_revenue": [1000.0, 500.0]})
    >>> owners = pd.DataFrame({"owner_id": ["a"], "name": ["A"], "type": ["customer"], "is_home": [True],
    ...     "manager_id": ["m"], "manager_name": ["M"]})
    >>> attacks = pd.DataFrame({"competitor_id": ["x"], "region": ["South"], "family": ["F"], "gap": [0.25]})
    >>> row = counter_offers(ledger, owners, attacks, keys={"a"}, window=Period.parse("2025-06")).frame.iloc[0]
    >>> [round(float(row[name]), 4) for name in ("gap", "needed", "ceiling", "cost", "kept", "break_even")]
    [0.2, 0.18, 0.2, 180.0, 20.0, 0.9]
    >>> row["verdict"], float(row["other_margin"])  # 25 % dearer: he asks 20 % less, and leaving costs it 2 %
    ('match', 100.0)
    """
    home = at_home(owners)[["owner_id", "name", "manager_id", "manager_name"]]
    sales = in_window(product_ledger, window)
    sales = sales[sales["owner_id"].isin(home["owner_id"])]
    sums = sales.groupby(["owner_id", "region", "family"])[_SUMS].sum().reset_index()
    everything = sums.groupby("owner_id")[_SUMS].sum()
    parts = [
        sums[(sums["family"] == attack["family"]) & ((sums["region"] == attack["region"]) | (attack["region"] == ""))]
        .groupby("owner_id")[_SUMS]
        .sum()
        .assign(**{name: attack[name] for name in _KEY}, dearer=float(attack["gap"]))
        .reset_index()
        for attack in attacks.to_dict("records")
    ]
    names = ["owner_id", *_SUMS, *_KEY, "dearer"]
    frame = pd.concat(parts, ignore_index=True) if parts else sums.head(0).reindex(columns=names)
    frame = frame[frame["revenue"] > 0].merge(home, on="owner_id", validate="many_to_one")
    rate = ((frame["costed_revenue"] - frame["cost"]) / frame["costed_revenue"]).where(frame["costed_revenue"] > 0)
    elsewhere = everything.reindex(frame["owner_id"]).reset_index(drop=True) - frame[_SUMS]
    gap = frame["dearer"] / (1 + frame["dearer"])
    needed = (gap - rules.switching_cost).clip(lower=0)
    can = (needed > 0) & (needed <= rate)
    frame = frame.assign(
        is_key=frame["owner_id"].isin(keys),
        margin=rate * frame["revenue"],
        other_margin=elsewhere["costed_revenue"] - elsewhere["cost"],
        gap=gap,
        needed=needed,
        ceiling=rate,
        cost=needed * frame["revenue"],
        kept=((rate - needed) * frame["revenue"]).where(can),
        break_even=(needed / rate).where(can),
        verdict=np.select(
            [needed.isna(), needed == 0, rate.isna(), can], ["unknown", "hold", "unknown", "match"], "cannot"
        ),
    )
    columns = [
        "owner_id", "name", "manager_id", "manager_name", "is_key", *_KEY, "revenue", "margin", "other_margin", "gap",
        "needed", "ceiling", "cost", "kept", "break_even", "verdict",
    ]  # fmt: skip
    order = ["is_key", "margin", "owner_id", *_KEY]
    frame = frame[columns].sort_values(order, ascending=[False, False, *[True] * 4], ignore_index=True)
    return CounterOffers(frame, rules)
