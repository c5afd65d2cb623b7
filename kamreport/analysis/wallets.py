"""How accounts divide what they buy among their suppliers: which of the estimates can be used."""

import numpy as np
import pandas as pd

__all__ = ["SPAN", "wallet_estimates"]

SPAN = ["account_id", "source", "start", "end"]
"""What an estimate is known by: of several that one source made of the same months the last one counts."""
# Shares are written with whole per cent: so much too much, or too little, is rounding.
_TOO_MUCH, _TOO_LITTLE = 0.02, 0.005
_SAID = ["estimate", "competitor_id", "share", "rank"]
_YEAR = 365


def wallet_estimates(
    wallet_shares: pd.DataFrame, wallet: pd.DataFrame, ids: frozenset[str]
) -> tuple[pd.DataFrame, pd.DataFrame, int, int]:
    """Give the usable estimates of all families together, their parts, and how many cannot be used.

    The parts of an estimate add up to 1: what they leave open is ``unknown``, and half a per cent too little or two
    too much are rounding. What an account buys is that of a year: an estimate of fewer or more months
    is stretched by its days, though an account that buys by season may buy otherwise in the others.

    Parameters
    ----------
    wallet_shares
        `account_id`, `period_start`, `period_end`, `competitor_id`, `share`, `rank`, `collected_on`, `family`,
        `source`.
    wallet
        `account_id`, `period_start`, `period_end`, `total_spend`, `low`, `high`, `source`, `collected_on`, `family`.
    ids
        The accounts asked for.

    Returns
    -------
    tuple
        The parts: `estimate` (its number), `competitor_id`, `share`, `rank`. The estimates, in order of time:
        `estimate`, `account_id`, `source`, `start`, `end`, and a year's `spend`, `low`, `high`. How many add up to more
        than the whole, and of how many others the spend is not known.

    Examples
    --------
    >>> spans = {"account_id": "a", "period_start": pd.to_datetime(["2024-01-01"]), "source": "customer",
    ...     "period_end": pd.to_datetime(["2025-01-01"]), "collected_on": pd.to_datetime(["2025-01-20"]),
    ...     "family": None}
    >>> wallet = pd.DataFrame(spans | {"total_spend": 100.0, "low": 95.0, "high": 105.0})
    >>> shares = pd.DataFrame(spans | {"competitor_id": "own", "share": 0.75, "rank": 1})
    >>> parts, spans, contradicted, unweighed = wallet_estimates(shares, wallet, frozenset("a"))
    >>> parts[["competitor_id", "share"]].values.tolist()
    [['own', 0.75], ['unknown', 0.25]]
    """
    told = wallet_shares[wallet_shares["family"].isna() & wallet_shares["account_id"].isin(ids)]
    told = told.rename(columns={"period_start": "start", "period_end": "end"})
    told = told.assign(
        source=told["source"].fillna("").astype("str"),
        competitor_id=told["competitor_id"].fillna("unknown").astype("str"),
        rank=told["rank"].astype(float),
    )
    told = told[told["collected_on"] == told.groupby(SPAN)["collected_on"].transform("max")]
    parts = told.groupby([*SPAN, "competitor_id"]).agg(share=("share", "sum"), rank=("rank", "min")).reset_index()
    spans = parts.groupby(SPAN)["share"].sum().rename("sum").reset_index()
    spans = spans.merge(_spends(spans, wallet), on=SPAN, how="left")
    spans = spans.sort_values(["account_id", "end", "collected_on", "source"], ignore_index=True)
    spans["estimate"] = np.arange(len(spans))
    wrong, unweighed = spans["sum"] > 1 + _TOO_MUCH, ~(spans["spend"] > 0)
    usable = spans[~wrong & ~unweighed]
    parts = parts.merge(usable[[*SPAN, "estimate", "sum"]], on=SPAN)
    whole = 1 - _TOO_LITTLE
    parts["share"] = parts["share"] / parts["sum"].where(parts["sum"] >= whole, 1.0)
    open_ = usable[usable["sum"] < whole]
    unsaid = pd.DataFrame({"estimate": open_["estimate"], "competitor_id": "unknown", "share": 1 - open_["sum"]})
    parts = pd.concat([parts[_SAID], unsaid.astype({"competitor_id": "str"})], ignore_index=True)
    return parts, usable.reset_index(drop=True), int(wrong.sum()), int((unweighed & ~wrong).sum())


def _spends(spans: pd.DataFrame, wallet: pd.DataFrame) -> pd.DataFrame:
    """Give what is bought in all in a year at the rate of these months.

    As the same source says, or any where none is named.
    """
    names = {"period_start": "start", "period_end": "end", "total_spend": "spend", "source": "told_by"}
    columns = ["account_id", "start", "end", "told_by", "spend", "low", "high", "collected_on"]
    spends = wallet[wallet["family"].isna()].rename(columns=names)[columns]
    found = spans[SPAN].merge(spends, on=["account_id", "start", "end"])
    found = found[(found["source"] == "") | (found["source"] == found["told_by"])]
    found = found.sort_values(["collected_on", "told_by"]).drop_duplicates(SPAN, keep="last")
    days = (found["end"] - found["start"]).dt.days
    days = days.mask(days == _YEAR + 1, _YEAR)  # a leap year is a year
    amounts = found[["spend", "low", "high"]].mul(_YEAR / days.where(days > 0), axis=0)
    return found.drop(columns="told_by").assign(**amounts)
