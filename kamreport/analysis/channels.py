"""By which channels the rivals sell, and what we sell by each."""

import re

import pandas as pd

from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import ChannelPresence

__all__ = ["channel_presence", "channels_of"]


def channels_of(written: str) -> list[str]:
    """Give the channels in a text that lists them, divided by ; ；, ， 、 / or |.

    Examples
    --------
    >>> channels_of("Dealers; online，合作社、dealers")
    ['Dealers', 'online', '合作社']
    """
    named: dict[str, str] = {}
    for part in re.split(r"[;；,，、/|]", written):
        if part.strip():
            named.setdefault(part.strip().casefold(), part.strip())
    return list(named.values())


def channel_presence(
    competitors: pd.DataFrame, channel_ledger: pd.DataFrame, ledger: pd.DataFrame, *, window: Period
) -> ChannelPresence:
    """Set the channels by which each rival sells beside what we sell by them.

    Parameters
    ----------
    competitors
        `competitor_id`, `channels` (a list in one text, as `channels_of` reads it). Presence is of the company: nothing
        is known of it by region.
    channel_ledger
        `channel`, `month`, `revenue`, of lines that name a channel; names are told apart without their case.
    ledger
        `month`, `revenue`: all lines.

    Examples
    --------
    >>> rivals = pd.DataFrame({"competitor_id": ["x", "y", "z"], "channels": ["dealers; online", "Online", None]})
    >>> sold = pd.DataFrame({"channel": ["dealers", "direct"], "month": pd.Timestamp("2025-06-01"),
    ...     "revenue": [60.0, 20.0]})
    >>> ledger = pd.DataFrame({"month": [pd.Timestamp("2025-06-01")], "revenue": [100.0]})
    >>> found = channel_presence(rivals, sold, ledger, window=Period.parse("2025-06"))
    >>> found.frame[["channel", "share", "rivals"]].values.tolist(), found.unsaid, found.known
    ([['dealers', 0.75, ['x']], ['direct', 0.25, []], ['online', 0.0, ['x', 'y']]], 1, 0.8)
    """
    sold = in_window(channel_ledger, window)
    ours = sold.groupby(sold["channel"].str.strip().str.casefold())
    revenue, spelt = ours["revenue"].sum(), dict(ours["channel"].first())
    present: dict[str, list[str]] = {}
    said = competitors[competitors["channels"].fillna("").map(channels_of).astype(bool)]
    for rival, written in zip(said["competitor_id"], said["channels"], strict=True):
        for channel in channels_of(str(written)):
            spelt.setdefault(channel.casefold(), channel)
            present.setdefault(channel.casefold(), []).append(str(rival))
    frame = pd.DataFrame({"key": sorted(spelt)}, dtype="str")
    frame["channel"] = frame["key"].map(spelt)
    total = float(revenue.sum())
    frame["revenue"] = frame["key"].map(revenue).fillna(0.0 if len(revenue) else float("nan")).astype(float)
    frame["share"] = frame["revenue"] / total if total else float("nan")
    frame["rivals"] = [present.get(key, []) for key in frame["key"]]
    frame["n_rivals"] = frame["rivals"].map(len).astype(int)
    frame = frame.sort_values(["revenue", "n_rivals", "key"], ascending=[False, False, True], ignore_index=True)
    everything = float(in_window(ledger, window)["revenue"].sum())
    known = total / everything if everything else float("nan")
    return ChannelPresence(frame.drop(columns="key"), list(said["competitor_id"]), len(competitors) - len(said), known)
