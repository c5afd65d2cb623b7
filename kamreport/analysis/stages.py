"""When a deal came to each of its stages and left it."""

import numpy as np
import pandas as pd

__all__ = ["UNRECORDED", "stage_visits"]

UNRECORDED = ""  # the stage of a deal whose stages are not recorded


def stage_visits(opportunities: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """When each deal came to each stage and left it, as far as it is recorded.

    The order of the stages is the mean place that they take in the deals. A deal leaves a stage when it first comes to
    a later one, or is closed. One without recorded stages is in a single stage, "", since it was created.

    Parameters
    ----------
    opportunities
        `opportunity_id`, `created_on`, `closed_on`, `outcome`.
    steps
        `object`, `object_id`, `step`, `entered_on`, `standard_days`.

    Returns
    -------
    DataFrame
        One row per deal and stage: `opportunity_id`, `stage`, `place` (order of the stage), `entered`, `latest` (its
        last entry), `left` (blank: it is still there), `moved` (left for a later stage, or won), `standard_days`.

    Examples
    --------
    >>> deals = pd.DataFrame({"opportunity_id": ["1"], "created_on": pd.to_datetime(["2025-01-01"]),
    ...     "closed_on": pd.to_datetime(["2025-03-01"]), "outcome": "lost"})
    >>> steps = pd.DataFrame({"object": "opportunity", "object_id": "1", "step": ["lead", "offer"],
    ...     "entered_on": pd.to_datetime(["2025-01-01", "2025-02-01"]), "standard_days": 14.0})
    >>> stage_visits(deals, steps)[["stage", "left", "moved"]].astype(str).values.tolist()
    [['lead', '2025-02-01', 'True'], ['offer', '2025-03-01', 'False']]
    """
    deals = opportunities[["opportunity_id", "created_on", "closed_on", "outcome"]]
    entries = steps[steps["object"] == "opportunity"].merge(deals, left_on="object_id", right_on="opportunity_id")
    # What is entered in the log after a deal was closed is not where the deal stood.
    entries = entries[~(entries["entered_on"] > entries["closed_on"])]
    entries = entries.assign(nth=entries.groupby("opportunity_id")["entered_on"].rank())
    places = entries.groupby("step")["nth"].mean().reset_index().sort_values(["nth", "step"], ignore_index=True)
    place = dict(zip(places["step"], places.index, strict=True))
    keys = ["opportunity_id", "step", "created_on", "closed_on", "outcome"]
    visits = (
        entries.groupby(keys, dropna=False)
        .agg(entered=("entered_on", "min"), latest=("entered_on", "max"), standard_days=("standard_days", "max"))
        .reset_index()
        .rename(columns={"step": "stage"})
    )
    visits["place"] = visits["stage"].map(place).astype(int)
    bare = deals[~deals["opportunity_id"].isin(visits["opportunity_id"])]
    whole = bare.assign(
        stage=UNRECORDED, place=-1, entered=bare["created_on"], latest=bare["created_on"], standard_days=np.nan
    )
    visits = pd.concat([visits, whole], ignore_index=True) if len(visits) else whole
    visits = visits.sort_values(["opportunity_id", "place"], ignore_index=True)
    # The first entry of any later stage: the running minimum from the deal's end, one row back.
    backwards = visits[::-1].groupby("opportunity_id")["entered"]
    later = backwards.cummin()[::-1].groupby(visits["opportunity_id"]).shift(-1)
    later = later.where(~(later < visits["entered"]), visits["entered"])
    visits["left"] = later.fillna(visits["closed_on"])
    visits["moved"] = later.notna() | visits["outcome"].eq("won").fillna(False)
    columns = ["opportunity_id", "stage", "place", "entered", "latest", "left", "moved", "standard_days"]
    return visits[columns].astype({"stage": "str", "moved": bool})
