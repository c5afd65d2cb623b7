"""What winning an account costs beside what keeping one costs."""

from datetime import date

import pandas as pd

from kamreport.analysis.homes import active_owners
from kamreport.analysis.intervals import wilson_interval
from kamreport.analysis.windows import in_window
from kamreport.results import AcquisitionCost, Losses

__all__ = ["acquisition_cost"]

_NAN = float("nan")


def acquisition_cost(
    spend: pd.DataFrame,
    orders: pd.DataFrame,
    owners: pd.DataFrame,
    lost: Losses,
    *,
    region: str,
    history_start: date,
    as_of: date,
) -> AcquisitionCost | None:
    """Compare what was spent on winning an account with what was spent on keeping one, over the window of the losses.

    Ratio = (spent on winning / accounts won) / (spent on keeping / accounts kept). Its interval is that of the two
    counts, as of chances: given their sum, the number won is binomial (Wilson 95 %); what was spent is taken as it is.
    With fewer won or kept than `retention_min_losses` there is no ratio.

    Parameters
    ----------
    spend
        `month`, `purpose` (``acquire`` and ``retain`` count), `amount`, `region`, `account_id`. A region's spend is
        what names it or one of its accounts; what is spent for all regions counts in the company's report only.
    orders
        `owner_id`, `order_date`, `date` (posting), from the beginning of the data.
    owners
        `owner_id`, `type`, `is_home`; pools are neither won nor kept.
    lost
        Of `lost_owners`.
    region
        The book's; ``all`` for the company.

    Returns
    -------
    AcquisitionCost or None
        None without a year of data before the window, which tells a new account from an old one, and where either
        spend is not known in every month or is nothing.

    Examples
    --------
    >>> from kamreport.period import Period
    >>> from kamreport.settings import Rules
    >>> spend = pd.DataFrame({"month": pd.to_datetime(["2025-06-01"] * 2), "purpose": ["acquire", "retain"],
    ...     "amount": [60.0, 40.0], "region": "North", "account_id": None})
    >>> day = pd.to_datetime(["2025-06-03", "2023-06-03", "2025-06-05", "2023-06-03", "2025-06-09"])
    >>> orders = pd.DataFrame({"owner_id": list("abbcc"), "order_date": day, "date": day})
    >>> owners = pd.DataFrame({"owner_id": list("abc"), "type": "customer", "is_home": True})
    >>> lost = Losses(owners.head(0), 0, 3, frozenset(), (0.0, 0.6), Period.parse("2025-06"),
    ...     Rules(retention_min_losses=1))
    >>> start, as_of = date(2023, 1, 1), date(2025, 7, 1)
    >>> found = acquisition_cost(spend, orders, owners, lost, region="North", history_start=start, as_of=as_of)
    >>> found.won, found.kept, found.ratio  # 60 for one, 20 for each of two
    (1, 2, 3.0)
    """
    window, least = lost.window, lost.rules.retention_min_losses
    rows = in_window(spend, window)
    if region != "all":
        rows = rows[(rows["region"] == region) | (rows["region"].isna() & rows["account_id"].notna())]
    known = rows.groupby("purpose").agg(amount=("amount", "sum"), months=("month", "nunique"))
    amounts = known.loc[known["months"] >= window.months, "amount"].reindex(["acquire", "retain"])
    winning, keeping = (float(amount) for amount in amounts)
    if history_start > window.back(12).start or not (winning > 0 and keeping > 0):
        return None
    bought = active_owners(orders, owners, since=window.start, as_of=as_of)
    before = set(orders.loc[orders["order_date"] < pd.Timestamp(window.start), "owner_id"].unique())
    won, kept = len(bought - before), len((bought & before) - lost.gone)
    if min(won, kept) < least:
        return AcquisitionCost(winning, keeping, won, kept, _NAN, (_NAN, _NAN), lost.rules)
    low, high = wilson_interval(won, won + kept)
    spent = winning / keeping
    ratio, lowest, highest = (spent * (1 - share) / share for share in (won / (won + kept), high, low))
    return AcquisitionCost(winning, keeping, won, kept, ratio, (lowest, highest), lost.rules)
