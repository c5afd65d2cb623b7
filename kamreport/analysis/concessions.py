"""How the accounts that rivals tempted with a concession bought afterwards, beside their neighbours."""

from typing import Any

import numpy as np
import pandas as pd

from kamreport.analysis.homes import at_home
from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import Concessions, each
from kamreport.settings import Rules

__all__ = ["rival_concessions"]

_DEFAULTS = Rules()
_KINDS = ("price", "promotion")
_TOLD = ["event_id", "competitor_id", "happened_on", "family"]
_MONTHS = 3
_DRAWS = 2000
_SEED = 20_080_808


def rival_concessions(
    competitor_events: pd.DataFrame,
    product_ledger: pd.DataFrame,
    accounts: pd.DataFrame,
    *,
    window: Period,
    rules: Rules = _DEFAULTS,
) -> Concessions:
    """Compare what accounts bought after a rival's concession with what was to be expected of them.

    Of each account that a price cut or promotion concerned, the three months after the month of the concession are
    put beside the same months a year before, in the family in question. Expected is what it bought then times the
    change of its neighbours: accounts at home in the same region that buy the family and that no known concession in
    it has concerned. Volume is the quantity at the average price of both spans; revenue where no quantity is known.
    Of concessions to one account whose three months overlap in a family only the first counts in the sums.
    The difference has a 95 % interval: the accounts concerned are resampled, the neighbours' change drawn with its
    linearised standard error. It says what went together and not why: rivals choose whom they tempt.

    Parameters
    ----------
    competitor_events
        `event_id`, `competitor_id`, `happened_on`, `kind`, `account_id`, `family` (blank: all), `depth`.
    product_ledger
        `account_id`, `family`, `unit`, `month`, `quantity`, `revenue`.
    accounts
        `account_id`, `home_region`, `type`, `is_home`.
    window
        The trailing months; what happened later than three months before its end is too recent.

    References
    ----------
    Efron, B., Tibshirani, R. (1993). An Introduction to the Bootstrap, ch. 8. Angrist, J. D., Pischke, J.-S. (2009).
    Mostly Harmless Econometrics, ch. 5 (differences in differences, and what they rest on).

    Examples
    --------
    >>> months = pd.to_datetime(["2024-04-01", "2025-04-01"])
    >>> rows = [(name, month, 10.0 - 4 * (name == "a0" and month.year == 2025))
    ...     for name in [f"a{n}" for n in range(5)] for month in months]
    >>> ledger = pd.DataFrame(rows, columns=["account_id", "month", "quantity"]).assign(family="F", unit="t")
    >>> ledger["revenue"] = 2 * ledger["quantity"]
    >>> accounts = pd.DataFrame({"account_id": [f"a{n}" for n in range(5)], "home_region": "North", "type": "customer",
    ...     "is_home": True})
    >>> events = pd.DataFrame({"event_id": ["E"], "competitor_id": ["x"], "kind": ["price"], "account_id": ["a0"],
    ...     "happened_on": pd.to_datetime(["2025-03-20"]), "family": ["F"], "depth": [0.06]})
    >>> found = rival_concessions(events, ledger, accounts, window=Period.parse("2024-07..2025-06"),
    ...     rules=Rules(min_group=4))
    >>> found.events[["after", "expected"]].values.tolist()  # its neighbours bought as much as the year before
    [[12.0, 20.0]]
    >>> found.frame.loc[0, ["band", "verdict"]].tolist()
    ['all', 'few']
    """
    known = competitor_events[competitor_events["kind"].isin(_KINDS) & competitor_events["account_id"].notna()]
    known = known.assign(family=known["family"].fillna(""))
    compared = _beside_neighbours(known, product_ledger, accounts, window, rules)
    limit = rules.price_attack_drop
    depth = compared["depth"].astype(float)
    bands = {
        "all": compared,
        "deep": compared[depth >= limit - 1e-9],
        "shallow": compared[depth < limit - 1e-9],
        "unknown": compared[depth.isna()],
    }
    rows = [{"band": band, **_response(part, rules)} for band, part in bands.items() if len(part) or band == "all"]
    events = compared.groupby(_TOLD, sort=False).agg(
        depth=("depth", "first"), n=("account_id", "nunique"), before=("before", "sum"), after=("after", "sum"),
        expected=("expected", "sum"),
    )  # fmt: skip
    events = events.reset_index().sort_values(["happened_on", "event_id"], ascending=False, ignore_index=True)
    return Concessions(pd.DataFrame(rows), events, int(known["event_id"].nunique()), rules)


def _beside_neighbours(
    known: pd.DataFrame, product_ledger: pd.DataFrame, accounts: pd.DataFrame, window: Period, rules: Rules
) -> pd.DataFrame:
    """One row per account and concession: volume before and after, and its neighbours' change with its error."""
    homes = at_home(accounts).set_index("account_id")["home_region"].fillna("")
    first = product_ledger["month"].min()
    rows = product_ledger[["account_id", "family", "unit", "month", "quantity", "revenue"]]
    by_family = {str(name): part for name, part in rows.groupby("family", sort=False)}
    pairs = []
    for _, event in known.groupby("event_id", sort=True):
        told = {name: event[name].iloc[0] for name in _TOLD}
        family, happened = str(told["family"]), pd.Timestamp(told["happened_on"])
        after = Period((happened + pd.offsets.MonthBegin(1)).normalize().date(), _MONTHS)
        if after.end > window.end or not first <= pd.Timestamp(after.back(12).start):
            continue
        bought = _bought(by_family.get(family, rows.head(0)) if family else rows, after)
        bought = bought.reindex(homes.index).fillna(0.0).assign(home=homes)
        bought = bought[bought["before"] > 0]
        # A concession on everything concerns every family.
        others = known[(known["family"] == family) | (known["family"] == "") | (family == "")]
        free = bought[~bought.index.isin(others["account_id"])]
        touched = bought[bought.index.isin(event["account_id"])]
        for home, part in touched.groupby("home", sort=True):
            beside = free[free["home"] == home]
            if len(beside) < rules.min_group:
                continue
            change, error = _ratio(beside)
            first_month = pd.Timestamp(after.start)
            pairs.append(part.assign(change=change, error=error, depth=event["depth"].max(), since=first_month, **told))
    names = ["after", "before", "home", "change", "error", "depth", "since", *_TOLD]
    compared = pd.concat(pairs) if pairs else pd.DataFrame(columns=names, index=pd.Index([], name="account_id"))
    compared = compared.rename_axis("account_id").reset_index()
    return compared.assign(expected=compared["before"] * compared["change"])


def _bought(rows: pd.DataFrame, after: Period) -> pd.DataFrame:
    """Volume of each account in a span and in the same months a year before, at one price for both."""
    spans = {"after": in_window(rows, after), "before": in_window(rows, after.back(12))}
    both = pd.concat([part.assign(span=name) for name, part in spans.items()])
    sums = both.groupby(["family", "unit"], dropna=False)[["revenue", "quantity"]].transform("sum")
    price = (sums["revenue"] / sums["quantity"]).where((sums["quantity"] > 0) & (sums["revenue"] > 0))
    volume = (both["quantity"].fillna(0.0) * price).where(price.notna(), both["revenue"]).astype(float)
    wide = volume.groupby([both["account_id"], both["span"]]).sum().unstack()
    return wide.reindex(columns=["after", "before"])


def _ratio(beside: pd.DataFrame) -> tuple[float, float]:
    """Change of the neighbours together, and its linearised standard error."""
    base = float(beside["before"].sum())
    change = float(beside["after"].sum()) / base
    rest = beside["after"] - change * beside["before"]
    return change, float(np.sqrt(len(beside) * rest.var(ddof=1))) / base


def _response(part: pd.DataFrame, rules: Rules) -> dict[str, Any]:
    """Change of the accounts concerned, of their neighbours, and the difference with its interval."""
    events = part["event_id"].nunique()
    part = _once(part)
    before, after, expected = (float(part[name].sum()) for name in ("before", "after", "expected"))
    n = part["account_id"].nunique()
    low = high = float("nan")
    if n >= rules.min_group and expected > 0:
        low, high = _interval(part)
    verdict = "few" if low != low else "less" if high < 0 else "more" if low > 0 else "unclear"
    return {
        "n": n,
        "events": events,
        "before": before,
        "after": after,
        "expected": expected,
        "change": after / before - 1 if before > 0 else float("nan"),
        "neighbours": expected / before - 1 if before > 0 else float("nan"),
        "difference": after / expected - 1 if expected > 0 else float("nan"),
        "low": low,
        "high": high,
        "verdict": verdict,
    }


def _once(part: pd.DataFrame) -> pd.DataFrame:
    """Of concessions to one account whose three months overlap the first, or what it bought would count twice."""
    # Of those of one month that on everything goes first: it holds the others.
    part = part.sort_values(["since", "family", "happened_on", "event_id"])
    counted: dict[str, list[tuple[str, pd.Timestamp]]] = {}
    kept = []
    for row in each(part):
        spans = counted.setdefault(row.account_id, [])
        is_new = all(row.since >= end for family, end in spans if family in ("", row.family) or not row.family)
        if is_new:
            spans.append((row.family, row.since + pd.DateOffset(months=_MONTHS)))
        kept.append(is_new)
    return part[np.array(kept, bool)]


def _interval(part: pd.DataFrame) -> tuple[float, float]:
    """Percentile bounds of after / expected - 1, whole accounts resampled.

    The neighbours of one region and family are largely the same accounts in months that overlap: they waver together.
    """
    rng = np.random.default_rng(_SEED)
    part = part.sort_values(["account_id", "event_id"])
    cells, _ = pd.factorize(pd.MultiIndex.from_frame(part[["family", "home"]]), sort=True)
    names, accounts = np.unique(part["account_id"].to_numpy(str), return_inverse=True)
    drawn = rng.normal(size=(cells.max() + 1, _DRAWS))[cells]
    change, error, before, after = (
        part[name].to_numpy(float)[:, None] for name in ("change", "error", "before", "after")
    )
    expected = before * np.maximum(change + error * drawn, 0.0)
    picks = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=_DRAWS)[:, accounts]
    above, below = picks @ after[:, 0], np.einsum("dn,nd->d", picks, expected)
    low, high = np.quantile(above[below > 0] / below[below > 0] - 1, [0.025, 0.975])
    return float(low), float(high)
