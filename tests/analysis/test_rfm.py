import bz2
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.analysis.rfm import SEGMENTS, quintiles, rfm, rfm_scores
from tests.analysis.frames import WINDOW, orders_frame, owners_frame

# Hebbali, A. (2020), R package rfm 0.3.0: the first ten rows printed in its vignette, rfm_data_orders at 2006-12-31.
PRINTED = {
    "Abbey O'Reilly": (205, 6, 472, 343),
    "Add Senger": (140, 3, 340, 412),
    "Aden Lesch": (194, 4, 405, 323),
    "Aden Murphy": (98, 7, 596, 544),
    "Admiral Senger": (132, 5, 448, 433),
    "Agness O'Keefe": (90, 9, 843, 555),
    "Aileen Barton": (84, 9, 763, 555),
    "Ailene Hermann": (281, 8, 699, 355),
    "Aiyanna Bruen": (246, 4, 157, 321),
    "Akeelah Walsh": (160, 7, 779, 445),
}


def _columns(file: Path) -> list[list[Any]]:
    """The columns of the one data frame of an R file (format RDX2), as far as this one needs the format."""
    data, at, symbols = bz2.decompress(file.read_bytes()), 19, []

    def number() -> int:
        nonlocal at
        at += 4
        return int(struct.unpack(">i", data[at - 4 : at])[0])

    def vector(letter: str, size: int) -> list[Any]:
        nonlocal at
        n = number()
        at += size * n
        return list(struct.unpack(f">{n}{letter}", data[at - size * n : at]))

    def item() -> Any:
        nonlocal at
        flags = number()
        kind = flags & 255
        if kind == 2:  # a pair list
            for wanted in (flags & 0x200, flags & 0x400):
                if wanted:
                    item()
            return [item(), item()]
        if kind == 9:
            n = number()
            at += max(n, 0)
            return data[at - n : at].decode() if n >= 0 else None
        if kind == 1:
            symbols.append(item())
            return symbols[-1]
        if kind in (254, 255):
            return symbols[(flags >> 8) - 1] if kind == 255 else None
        read = {13: ("i", 4), 10: ("i", 4), 14: ("d", 8)}.get(kind)
        found = vector(*read) if read else [item() for _ in range(number())]
        if flags & 0x200:
            item()
        return found

    columns: list[list[Any]] = item()[0]
    return columns


def test_scores_and_segment_are_those_that_the_r_package_prints(real_data: Path) -> None:
    sample = real_data / "rfm" / "rfm_data_orders.rda"
    if not sample.is_file():
        pytest.skip("the sample of the R package rfm is not here")
    who, day, revenue, *_ = _columns(sample)
    orders = pd.DataFrame({"owner_id": who, "order_date": pd.to_datetime(day, unit="D"), "revenue": revenue})
    found = rfm_scores(orders, as_of=pd.Timestamp("2006-12-31"), binning="rfm_r").set_index("owner_id")
    assert (len(orders), len(found)) == (4906, 995)
    for name, printed in PRINTED.items():
        assert tuple(found.loc[name, ["recency", "frequency", "amount", "score"]]) == printed
    # tests/testthat/test-rfm-segment.R of the package: champions, 4 or 5 in all three.
    best = found[found["segment"] == "champion"]
    assert (len(best), best["frequency"].sum(), best["amount"].sum()) == (158, 1234, 120_178)


# Cuts of the 995 customers of the sample, at the quantiles of type 7 plus 1.
CUTS = {
    "recency": (115, 181, 297.4, 482),
    "frequency": (4, 5, 6, 8),
    "amount": (255.8, 382, 506.4, 666),
}


@pytest.mark.parametrize("name", PRINTED)
def test_the_ten_printed_rows_follow_from_the_cuts_of_the_sample(name: str) -> None:
    scores = []
    for value, cuts in zip(PRINTED[name], CUTS.values(), strict=False):
        # 21 values of which the quantiles are those of the sample wherever the 22nd, the customer's, falls.
        held = [0.0, *(cut - 1 for cut in cuts), 1e6]
        values = pd.Series([*np.repeat(held, [2, 5, 4, 4, 4, 2]), value], dtype=float)
        scores.append(int(quintiles(values, binning="rfm_r").iloc[-1]))
    assert 100 * (6 - scores[0]) + 10 * scores[1] + scores[2] == PRINTED[name][3]


@settings(deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=60))
def test_fifths_by_rank_rise_with_the_value_and_treat_equals_alike(values: list[int]) -> None:
    scores = quintiles(pd.Series(values, dtype=float))
    assert scores.between(1, 5).all()
    by_value = pd.DataFrame({"value": values, "score": scores}).groupby("value")["score"]
    assert (by_value.nunique() == 1).all()
    assert by_value.first().is_monotonic_increasing


def test_many_different_values_fall_into_five_equal_parts() -> None:
    assert quintiles(pd.Series(range(50), dtype=float)).value_counts().tolist() == [10] * 5


def test_several_rows_of_an_order_are_one_and_recency_counts_from_the_end_of_the_window() -> None:
    orders = pd.concat([orders_frame({"a": ["2025-05-02", "2025-06-01"]})] * 2, ignore_index=True)
    orders["order_id"] = orders["order_date"].astype(str)
    found = rfm(orders, owners_frame("a"), window=WINDOW).frame.iloc[0]
    assert (found["frequency"], found["recency"], found["amount"]) == (2, 30, 400.0)


def test_who_changed_segment_within_a_year_is_counted_on_both_sides() -> None:
    days = {f"x{n}": ["2024-03-01", "2025-03-01"] for n in range(8)}
    days["a"] = [f"2024-0{month}-15" for month in range(1, 7)]  # six orders last year, one long ago in this one
    days["a"].append("2024-07-02")
    days["new"] = ["2025-06-29"]
    orders = orders_frame(days).assign(order_id=lambda frame: frame.index.astype(str))
    found = rfm(orders, owners_frame(*days), window=WINDOW)
    segments = found.segments.set_index("segment")
    assert tuple(segments.index) == SEGMENTS
    assert segments["accounts"].sum() == len(found.frame) == 10
    assert segments["came"].sum() == segments["left"].sum()  # the new one has not come from a segment
    assert segments.loc["champion", "left"] == 1
    assert found.frame.set_index("owner_id").loc["a", "was"] == "champion"
