"""Who sells by which channel."""

import numpy as np
import pandas as pd
import pytest

from kamreport.analysis.channels import channel_presence, channels_of
from kamreport.results import ChannelPresence

from . import frames as f


@pytest.mark.parametrize(
    ("written", "channels"),
    [
        ("dealers", ["dealers"]), (" dealers ; Dealers;online", ["dealers", "online"]),
        ("经销商、电商；直销", ["经销商", "电商", "直销"]),
        ("a/b|c,d，e", list("abcde")), ("", []), (" ; ", []),
    ],
)  # fmt: skip
def test_a_list_in_one_text_is_read_as_it_is_written(written: str, channels: list[str]) -> None:
    assert channels_of(written) == channels


def presence(sold: list[tuple[str, str, float]], *written: str | None) -> ChannelPresence:
    rivals = pd.DataFrame({"competitor_id": list("xyz")[: len(written)], "channels": list(written)})
    ours = pd.DataFrame(sold, columns=["channel", "month", "revenue"]).astype({"channel": "str", "revenue": float})
    ledger = pd.DataFrame({"month": pd.to_datetime(["2025-06-01"]), "revenue": [400.0]})
    ours["month"] = pd.to_datetime(ours["month"])
    return channel_presence(rivals, ours, ledger, window=f.WINDOW)


def test_our_revenue_stands_beside_the_rivals_of_each_channel() -> None:
    sold = [("Web", "2025-06-01", 30.0), ("web ", "2025-05-01", 10.0), ("shop", "2025-06-01", 60.0)]
    found = presence([*sold, ("shop", "2024-06-01", 900.0)], "WEB; fair", "fair")
    assert found.frame[["channel", "revenue", "share", "rivals"]].values.tolist() == [
        ["shop", 60.0, 0.6, []], ["Web", 40.0, 0.4, ["x"]], ["fair", 0.0, 0.0, ["x", "y"]],
    ]  # fmt: skip
    assert (found.known, found.unsaid) == (0.25, 0)


def test_where_our_channels_are_not_known_nothing_is_said_of_them() -> None:
    found = presence([], "web", None)
    assert np.isnan(found.frame["revenue"]).all()
    assert np.isnan(found.frame["share"]).all()
    assert (list(found.rivals), found.unsaid, found.known) == (["x"], 1, 0.0)
