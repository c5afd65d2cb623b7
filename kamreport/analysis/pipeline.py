"""The pipeline: open deals by stage, how deals move from stage to stage, and which of them have stopped moving."""

from datetime import date

import pandas as pd

from kamreport.analysis.intervals import ratio_interval, wilson_interval
from kamreport.analysis.stages import UNRECORDED, stage_visits
from kamreport.analysis.win_rates import amounts_known, decided_deals, win_rates
from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import Pipeline
from kamreport.settings import Rules

__all__ = ["deal_days", "pipeline"]

_DEFAULTS = Rules()


def deal_days(opportunities: pd.DataFrame, *, window: Period) -> "pd.Series[float]":
    """Days from creation to decision of the deals that were won or lost in a window.

    Parameters
    ----------
    opportunities
        `created_on`, `closed_on`, `outcome`. A deal that was closed before it was created tells nothing.

    Examples
    --------
    >>> deals = pd.DataFrame({"created_on": pd.to_datetime(["2025-05-01"]), "outcome": ["won"],
    ...     "closed_on": pd.to_datetime(["2025-06-10"])})
    >>> deal_days(deals, window=Period.parse("2025-06")).tolist()
    [40.0]
    """
    decided = decided_deals(opportunities, window)
    days = (decided["closed_on"] - decided["created_on"]).dt.days.astype(float)
    return days[days >= 0]


def pipeline(
    opportunities: pd.DataFrame, steps: pd.DataFrame, *, window: Period, as_of: date, rules: Rules = _DEFAULTS
) -> Pipeline:
    """Count the open deals by stage, how many moved on from each, and which have stopped moving.

    Conversion of a stage = of the deals that left it in the window, those that reached a later one or were won. The
    usual time in a stage is the median of those deals; of fewer than `min_group` it is the stage's standard, and
    without one unknown. A deal is stuck after `stuck_deal_factor` times the usual time in its stage, if it has also
    waited longer than `stuck_deal_share` of those that left: times are skewed, and what is open is what takes long.

    Parameters
    ----------
    opportunities
        `opportunity_id`, `account_id`, `owner_id`, `created_on`, `closed_on`, `outcome`, `competitor_id`, `amount`
        (a year's revenue, report currency).
    steps
        See `stage_visits`.

    References
    ----------
    Wilson, E. B. (1927). JASA 22, 209-212 (conversion). Cox, D. R. (1962). Renewal Theory: what is open on a given day
    is more often one of the long cases.

    Examples
    --------
    >>> deals = pd.DataFrame({"opportunity_id": ["1", "2"], "account_id": "a", "owner_id": "m", "amount": [5.0, 7.0],
    ...     "created_on": pd.to_datetime(["2025-01-01", "2025-01-01"]), "outcome": ["won", None],
    ...     "closed_on": pd.to_datetime(["2025-01-31", None]), "competitor_id": None})
    >>> none = pd.DataFrame({"object": [], "object_id": [], "step": [], "entered_on": pd.to_datetime([]),
    ...     "standard_days": []})
    >>> found = pipeline(deals, none, window=Period.parse("2025-01..2025-06"), as_of=date(2025, 7, 1),
    ...     rules=Rules(min_group=1))
    >>> found.deals[["opportunity_id", "days", "usual_days", "is_stuck"]].values.tolist()  # 181 days, usually 30
    [['2', 181, 30.0, True]]
    """
    visits = stage_visits(opportunities, steps)
    moment = pd.Timestamp(as_of)
    stages = _stages(visits, window, rules)
    open_deals = opportunities[opportunities["closed_on"].isna()]
    last = visits.sort_values(["latest", "place"]).drop_duplicates("opportunity_id", keep="last")
    last = last.set_index("opportunity_id").reindex(open_deals["opportunity_id"])
    times = stages.set_index("stage")[["usual_days", "limit"]].reindex(last["stage"])
    deals = open_deals.assign(
        stage=last["stage"].to_numpy(),
        since=last["latest"].to_numpy(),
        days=(moment - last["latest"]).dt.days.to_numpy(),
        usual_days=times["usual_days"].to_numpy(),
        limit=times["limit"].to_numpy(),
    )
    deals["is_stuck"] = deals["days"] > deals["limit"]
    columns = [
        "opportunity_id", "account_id", "owner_id", "created_on", "amount", "stage", "since", "days", "usual_days",
        "is_stuck",
    ]  # fmt: skip
    deals = deals[columns].sort_values(["days", "opportunity_id"], ascending=[False, True], ignore_index=True)
    rates = win_rates(opportunities, window=window)
    value_rate, value_low, value_high = _value_rate(opportunities, window)
    days = deal_days(opportunities, window=window)
    quartiles = days.quantile([0.5, 0.25, 0.75])
    return Pipeline(
        stages=_with_open(stages, deals),
        deals=deals,
        rates=rates,
        value_rate=value_rate,
        value_low=value_low,
        value_high=value_high,
        cycle_days=float(quartiles[0.5]),
        cycle_low=float(quartiles[0.25]),
        cycle_high=float(quartiles[0.75]),
        cycles=len(days),
        recorded=int((deals["stage"] != UNRECORDED).sum()),
        window=window,
        as_of=as_of,
        rules=rules,
    )


def _stages(visits: pd.DataFrame, window: Period, rules: Rules) -> pd.DataFrame:
    """Conversion and usual time of every stage, in order."""
    frame = visits.groupby(["place", "stage"], as_index=False).agg(standard=("standard_days", "median"))
    gone = in_window(visits, window, by="left")
    gone = gone.assign(days=(gone["left"] - gone["entered"]).dt.days)
    gone = gone[gone["days"] >= 0]
    by_stage = gone.groupby("stage")
    counts = by_stage.agg(left=("moved", "size"), moved=("moved", "sum"), median=("days", "median"))
    counts["long"] = by_stage["days"].quantile(rules.stuck_deal_share)
    frame = pd.concat([frame, counts.reindex(frame["stage"]).reset_index(drop=True)], axis=1)
    frame[["left", "moved"]] = frame[["left", "moved"]].fillna(0).astype(int)
    frame["rate"] = frame["moved"] / frame["left"].where(frame["left"] > 0)
    bounds = [wilson_interval(moved, left) for moved, left in zip(frame["moved"], frame["left"], strict=True)]
    frame["low"], frame["high"] = [low for low, _ in bounds], [high for _, high in bounds]
    enough = frame["left"] >= rules.min_group
    frame["usual_days"] = frame["median"].where(enough, frame["standard"])
    frame["by_standard"] = ~enough & frame["standard"].notna()
    frame["limit"] = (rules.stuck_deal_factor * frame["usual_days"]).clip(lower=frame["long"].where(enough, 0.0))
    return frame.sort_values("place", ignore_index=True).drop(columns=["place", "standard", "median", "long"])


def _with_open(stages: pd.DataFrame, deals: pd.DataFrame) -> pd.DataFrame:
    """The stages with the deals that stand in them; a stage that nobody stands in or has left lately is left out."""
    stuck = deals.assign(stuck_amount=deals["amount"].where(deals["is_stuck"]))
    sums = stuck.groupby("stage").agg(
        open=("stage", "size"),
        amount=("amount", lambda values: values.sum(min_count=1)),
        stuck=("is_stuck", "sum"),
        stuck_amount=("stuck_amount", "sum"),
    )
    frame = pd.concat([stages, sums.reindex(stages["stage"]).reset_index(drop=True)], axis=1)
    frame[["open", "stuck"]] = frame[["open", "stuck"]].fillna(0).astype(int)
    frame["stuck_amount"] = frame["stuck_amount"].fillna(0.0)
    return frame[(frame["open"] > 0) | (frame["left"] > 0)].reset_index(drop=True)


def _value_rate(opportunities: pd.DataFrame, window: Period) -> tuple[float, float, float]:
    """Part of the decided amount that was won, with its interval over deals."""
    decided = decided_deals(opportunities, window)
    total = float(decided["amount"].sum())
    if not total or not amounts_known(decided):
        return float("nan"), float("nan"), float("nan")
    won = decided["amount"].where(decided["outcome"] == "won", 0.0)
    low, high = ratio_interval(won, decided["amount"])
    return float(won.sum()) / total, low, high
