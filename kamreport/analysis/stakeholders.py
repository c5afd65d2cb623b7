"""Whose voice counts at the key accounts, and for whom it is raised."""

from datetime import date

import pandas as pd

from kamreport.analysis.homes import at_home
from kamreport.results import Stakeholders

__all__ = ["stakeholders"]


def stakeholders(contacts: pd.DataFrame, accounts: pd.DataFrame, keys: pd.DataFrame, *, as_of: date) -> Stakeholders:
    """Weigh the stance of every contact at a key account with the influence that the contact has there.

    Support is `sum(w s) / (2 sum w)` of the influences w and the stances s, from -1 (all against us) to 1. Rated is
    who has both figures; who has left counts no more. An account with fewer than two rated contacts is not
    judged. It is against us if its weighted support is below zero, or if all of its heaviest voices are.

    Parameters
    ----------
    contacts
        `contact_id`, `account_id`, `level`, `influence` (0 to 100), `stance` (-2 to 2), `left_on`.
    accounts
        `account_id`, `owner_id`, `type`, `is_home`, `margin_12m`, `revenue_12m`.
    keys
        The key accounts: `owner_id`, `name`, `manager_id`, `manager_name`.

    References
    ----------
    Mendelow, A. L. (1981). Environmental scanning: the impact of the stakeholder concept. ICIS Proceedings, 20:
    power and interest. The score is the mean of the stances weighted by influence.

    Examples
    --------
    >>> contacts = pd.DataFrame({"contact_id": ["1", "2"], "account_id": "a", "level": ["decision", "user"],
    ...     "influence": [90.0, 30.0], "stance": [-1.0, 2.0], "left_on": pd.NaT})
    >>> accounts = pd.DataFrame({"account_id": ["a"], "owner_id": "a", "type": "customer", "is_home": True,
    ...     "margin_12m": 50.0, "revenue_12m": 200.0})
    >>> keys = pd.DataFrame({"owner_id": ["a"], "name": "A", "manager_id": "m", "manager_name": "M"})
    >>> found = stakeholders(contacts, accounts, keys, as_of=date(2025, 7, 1))
    >>> found.frame[["support", "heaviest", "is_against"]].values.tolist()
    [[-0.125, -1.0, True]]
    """
    home = at_home(accounts)
    listed = home[home["owner_id"].isin(keys["owner_id"])]
    here = contacts[contacts["left_on"].isna() | (contacts["left_on"] >= pd.Timestamp(as_of))]
    here = here.merge(listed[["account_id", "owner_id"]], on="account_id")
    known = here.groupby("owner_id").size()
    rated = here[here["influence"].notna() & here["stance"].notna()]
    counts = rated.groupby("owner_id").size()
    weighed = rated.groupby("owner_id")["influence"].sum() > 0
    judged = counts.index[(counts >= 2) & weighed]
    rated = rated[rated["owner_id"].isin(judged)]
    frame = keys.loc[keys["owner_id"].isin(judged), ["owner_id", "name", "manager_id", "manager_name"]]
    worth = listed.groupby("owner_id")[["margin_12m", "revenue_12m"]].sum()
    columns = {
        "margin": worth["margin_12m"], "revenue": worth["revenue_12m"], "contacts": known, "rated": counts,
        "support": _by(rated, "owner_id"), "heaviest": _heaviest(rated),
    }  # fmt: skip
    for name, by_owner in columns.items():
        kind = int if name in ("contacts", "rated") else float
        frame[name] = frame["owner_id"].map(by_owner.to_dict()).astype(kind)
    frame["is_against"] = (frame["support"] < 0) | (frame["heaviest"] < 0)
    frame = frame.sort_values(["support", "owner_id"], ignore_index=True)
    at_judged = here[here["owner_id"].isin(judged)]
    levels = pd.DataFrame(
        {
            "contacts": at_judged.groupby("level").size(),
            "rated": rated.groupby("level").size(),
            "support": _by(rated, "level"),
        }
    )
    levels = levels.fillna({"rated": 0}).astype({"rated": int}).rename_axis("level").reset_index()
    return Stakeholders(frame, levels, len(frame), len(keys), int((~keys["owner_id"].isin(known.index)).sum()))


def _by(rated: pd.DataFrame, by: str) -> "pd.Series[float]":
    """Weighted support of each account, or of each level."""
    weighed = rated.assign(weighed=rated["influence"] * rated["stance"]).groupby(by)[["weighed", "influence"]].sum()
    return weighed["weighed"] / (2 * weighed["influence"]).where(weighed["influence"] > 0)


def _heaviest(rated: pd.DataFrame) -> "pd.Series[float]":
    """The stance of who has most influence at each account; of several the kindest."""
    first = rated.sort_values(["influence", "stance"], ascending=False)
    return first.drop_duplicates("owner_id").set_index("owner_id")["stance"]
