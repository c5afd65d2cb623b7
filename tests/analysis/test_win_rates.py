import math

import numpy as np
import pandas as pd
import pytest

from kamreport.analysis.intervals import fisher_exact, holm, wilson_interval
from kamreport.analysis.win_rates import where_lost, win_rates, win_rates_by
from kamreport.errors import UsageError
from kamreport.settings import Rules
from tests.analysis.frames import NAN, WINDOW


def deals(*rows: tuple[str | None, str | None, str | None, float]) -> pd.DataFrame:
    """Deals of (day closed, outcome, rival, amount)."""
    frame = pd.DataFrame(list(rows), columns=["closed_on", "outcome", "competitor_id", "amount"])
    frame["closed_on"] = pd.to_datetime(frame["closed_on"])
    return frame.astype({"outcome": "str", "competitor_id": "str", "amount": float})


def test_the_rate_is_of_the_deals_won_and_lost_by_hand() -> None:
    found = win_rates(
        deals(
            ("2025-06-01", "won", "x", 100),
            ("2025-06-02", "lost", "x", 40),
            ("2025-06-03", "lost", "x", 60),
            ("2025-06-04", "won", "y", 7),
        ),
        window=WINDOW,
    )
    x, y = (found.frame.iloc[place].to_dict() for place in (0, 1))
    assert (x["competitor_id"], x["won"], x["lost"], x["n"], x["rate"]) == ("x", 1, 2, 3, pytest.approx(1 / 3))
    assert (x["low"], x["high"]) == wilson_interval(1, 3)
    assert (x["won_amount"], x["lost_amount"]) == (100, 100)
    assert (y["competitor_id"], y["n"], y["rate"], y["lost_amount"]) == ("y", 1, 1.0, 0)
    assert (found.won, found.n, found.rate, found.low, found.high) == (2, 4, 0.5, *wilson_interval(2, 4))


def test_cancelled_and_open_deals_are_counted_and_not_decided() -> None:
    found = win_rates(
        deals(
            ("2025-06-01", "won", "x", 1),
            ("2025-06-01", "cancelled", "x", 1),
            (None, None, None, 1),
            (None, None, None, 1),
        ),
        window=WINDOW,
    )
    assert (found.n, found.rate, found.cancelled, found.open) == (1, 1.0, 1, 2)


def test_a_rival_that_is_not_known_differs_from_none() -> None:
    found = win_rates(
        deals(("2025-06-01", "won", None, 1), ("2025-06-01", "lost", "unknown", 1), ("2025-06-01", "won", "none", 1)),
        window=WINDOW,
    )
    assert found.frame.set_index("competitor_id")["n"].to_dict() == {"unknown": 2, "none": 1}


def test_the_year_before_stands_beside_and_not_in_the_rate() -> None:
    found = win_rates(
        deals(
            ("2025-06-30", "won", "x", 1),
            ("2025-07-01", "lost", "x", 1),  # after the window
            ("2024-06-30", "won", "x", 1),
            ("2023-07-01", "lost", "x", 1),
            ("2023-06-30", "lost", "x", 1),  # before the year before
            ("2024-06-01", "lost", "gone", 1),  # a rival of the year before only has no row
        ),
        window=WINDOW,
    )
    assert found.frame[["competitor_id", "n", "won_before", "n_before"]].values.tolist() == [["x", 1, 1, 2]]


def test_the_rival_with_most_deals_comes_first() -> None:
    rows = [("2025-06-01", "won", rival, 1.0) for rival in ("b", "a", "c", "c")]
    assert win_rates(deals(*rows), window=WINDOW).frame["competitor_id"].tolist() == ["c", "a", "b"]


def test_a_deal_without_an_amount_is_worth_nothing_and_counts() -> None:
    found = win_rates(deals(("2025-06-01", "lost", "x", NAN)), window=WINDOW)
    assert found.frame[["n", "lost_amount"]].values.tolist() == [[1, 0]]


def test_no_deals_have_no_rate() -> None:
    found = win_rates(deals(), window=WINDOW)
    assert (len(found.frame), found.won, found.n, found.cancelled, found.open) == (0, 0, 0, 0, 0)
    assert all(math.isnan(value) for value in (found.rate, found.low, found.high))


# By amount


def test_by_amount_one_large_deal_counts_like_few_by_hand() -> None:
    found = win_rates(
        deals(("2025-06-01", "won", "x", 90), ("2025-06-02", "lost", "x", 5), ("2025-06-03", "lost", "x", 5)),
        window=WINDOW,
    ).frame.iloc[0]
    # 90 of 100; Kish: 100^2 / (90^2 + 5^2 + 5^2) = 1.227 deals.
    items = 10_000 / 8_150
    assert (found["value_rate"], found["value_low"], found["value_high"]) == (
        pytest.approx(0.9),
        *map(pytest.approx, wilson_interval(0.9 * items, items)),
    )


def test_equal_amounts_have_the_interval_of_the_count() -> None:
    rows = [("2025-06-01", outcome, "x", 7.0) for outcome in ("won", "lost", "lost")]
    found = win_rates(deals(*rows), window=WINDOW).frame.iloc[0]
    assert found[["value_rate", "value_low", "value_high"]].tolist() == pytest.approx(
        found[["rate", "low", "high"]].tolist()
    )


@pytest.mark.parametrize("kept", [0.0, NAN])
def test_where_only_won_deals_have_amounts_nothing_is_said_of_amounts(kept: float) -> None:
    rows = [("2025-06-01", "won", "x", 5.0), ("2025-06-01", "lost", "x", kept)]
    found = win_rates(deals(*rows), window=WINDOW)
    assert math.isnan(found.frame.loc[0, "value_rate"])
    assert win_rates(deals(*rows), window=WINDOW, by="size").frame["size"].tolist() == ["unknown"]


# Comparisons


def record(*rows: tuple[str | None, int, int], amount: float = 1.0) -> pd.DataFrame:
    """Deals of (rival, won, lost), in one region and of one family."""
    made = [
        ("2025-06-01", outcome, rival, amount)
        for rival, won, lost in rows
        for outcome in ["won"] * won + ["lost"] * lost
    ]
    return deals(*made).assign(
        opportunity_id=lambda frame: frame.index.astype(str), created_on=pd.Timestamp("2025-05-01"), region="South",
        family="F", owner_id="m",
    )  # fmt: skip


def test_a_rival_is_compared_with_the_deals_against_other_rivals_only() -> None:
    found = win_rates(record(("x", 5, 25), ("y", 20, 10), ("none", 30, 0), (None, 4, 6)), window=WINDOW)
    rows = found.frame.set_index("competitor_id")
    # Without a rival we always win: that is no measure for any of them.
    assert rows.loc["x", ["others_won", "others_n"]].tolist() == [24, 40]
    assert rows.loc["none", ["others_won", "others_n"]].tolist() == [29, 70]
    assert rows["verdict"].to_dict() == {"x": "worse", "y": "better", "none": "better", "unknown": "too few"}
    # Fisher of 5/30 and 24/40 and of 20/30 and 9/40; Holm over the three that have deals enough.
    assert rows.loc["x", "p"] == pytest.approx(fisher_exact(5, 30, 24, 40))
    assert rows["p_holm"].dropna().to_numpy() == pytest.approx(holm(rows["p"].dropna()))
    assert found.worst is not None
    assert found.worst["competitor_id"] == "x"


def test_of_what_is_not_known_nobody_is_made_the_worst() -> None:
    found = win_rates(record((None, 2, 38), ("y", 30, 10)), window=WINDOW)
    assert found.frame.set_index("competitor_id").loc["unknown", "verdict"] == "worse"
    assert found.worst is None


def test_fewer_deals_than_a_group_needs_are_too_few_to_say() -> None:
    frame = record(("x", 0, 19), ("y", 60, 0))
    assert win_rates(frame, window=WINDOW).frame["verdict"].tolist() == ["too few", "too few"]
    found = win_rates(frame, window=WINDOW, rules=Rules(min_group=19))
    assert found.frame.set_index("competitor_id")["verdict"].to_dict() == {"x": "worse", "y": "better"}


def test_a_rival_without_others_is_compared_with_nobody() -> None:
    assert win_rates(record(("x", 0, 30)), window=WINDOW).frame["verdict"].tolist() == [""]


def test_what_one_comparison_would_name_many_do_not() -> None:
    few = record(("x", 11, 19), ("y", 225, 135))
    many = record(("x", 11, 19), *((f"r{place}", 25, 15) for place in range(9)))
    assert win_rates(few, window=WINDOW).worst is not None
    assert win_rates(many, window=WINDOW).worst is None
    assert win_rates(many, window=WINDOW).frame.set_index("competitor_id").loc["x", "p"] < 0.05


def test_of_several_that_are_worse_the_largest_loss_is_the_worst() -> None:
    frame = record(("x", 2, 38), ("y", 1, 29), ("z", 90, 10))
    frame.loc[frame["competitor_id"] == "y", "amount"] = 100.0
    found = win_rates(frame, window=WINDOW)
    assert found.worst is not None
    assert found.worst["competitor_id"] == "y"


@pytest.mark.parametrize("free", [0.5, 0.95])
def test_where_no_rival_differs_seldom_anybody_is_named(free: float) -> None:
    """200 worlds of one chance against every rival, and another where there is none: Holm keeps the level."""
    rng = np.random.default_rng(20_080_808)
    named = 0
    for _ in range(200):
        rivals = rng.choice([*"abcde", "none", "unknown"], size=240)
        won = rng.random(240) < np.where(rivals == "none", free, 0.5)
        world = deals(
            *(("2025-06-01", "won" if one else "lost", rival, 1.0) for one, rival in zip(won, rivals, strict=True))
        )
        named += win_rates(world, window=WINDOW).worst is not None
    assert named <= 10


@pytest.mark.parametrize("seed", range(3))
def test_where_no_manager_family_or_size_differs_seldom_one_is_named(seed: int) -> None:
    rng = np.random.default_rng(seed)
    named = 0
    for _ in range(70):
        world = record(("x", 120, 120)).assign(
            family=rng.choice([*"ABCD"], 240), owner_id=rng.choice([*"mnop"], 240), amount=rng.lognormal(10, 1, 240)
        )
        named += any(one.worst is not None for one in win_rates_by(world, NO_STEPS, window=WINDOW))
    assert named <= 3


# By other columns


def test_every_column_of_a_deal_can_be_asked_for_by_hand() -> None:
    frame = record(("x", 3, 1)).assign(family=["F", "F", None, "G"])
    found = win_rates(frame, window=WINDOW, by="family").frame
    assert found[["family", "won", "n"]].values.tolist() == [["F", 2, 2], ["G", 0, 1], ["unknown", 1, 1]]


def test_sizes_are_quarters_of_the_deals_and_an_unknown_amount_is_a_row_of_its_own() -> None:
    frame = record(("x", 8, 0)).assign(amount=[1.0, 2, 3, 4, 5, 6, 7, 8])
    found = win_rates(frame, window=WINDOW, by="size")
    # The cuts lie on deals: up to 3, up to 5, up to 7, and above.
    assert found.bands == (3, 5, 7)
    assert found.frame[["size", "n"]].values.tolist() == [["1", 3], ["2", 2], ["3", 2], ["4", 1]]
    frame.loc[0, "amount"] = NAN
    assert win_rates(frame, window=WINDOW, by="size").frame["size"].tolist() == ["1", "2", "3", "4", "unknown"]
    alike = win_rates(frame.assign(amount=5.0), window=WINDOW, by="size")
    assert (alike.bands, alike.frame["size"].tolist()) == ((5,), ["1"])


def passed(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    """A log of (deal, stage, day)."""
    frame = pd.DataFrame(rows, columns=["object_id", "step", "entered_on"])
    frame["entered_on"] = pd.to_datetime(frame["entered_on"])
    return frame.assign(object="opportunity", standard_days=NAN)


NO_STEPS = passed([]).astype({"object_id": "str", "step": "str"})


def test_of_the_deals_that_reached_a_stage_how_many_were_won_by_hand() -> None:
    frame = record(("x", 2, 3))
    frame["opportunity_id"] = ["won", "won unlogged", "early", "late", "lost unlogged"]
    log = passed(
        [
            ("won", "lead", "2025-05-01"), ("won", "offer", "2025-05-05"), ("won", "contract", "2025-05-09"),
            ("early", "lead", "2025-05-01"),
            # Its lead is not logged, and it came to the offer: it passed the lead.
            ("late", "offer", "2025-05-06"), ("late", "lead", "2025-05-02"),
        ]
    )  # fmt: skip
    found = win_rates(frame, window=WINDOW, by="stage", steps=log).frame
    assert found[["stage", "won", "n", "lost_here"]].values.tolist() == [
        ["lead", 1, 3, 1],
        ["offer", 1, 2, 1],
        ["contract", 1, 1, 0],
        ["unknown", 1, 2, 1],
    ]
    assert found["verdict"].tolist() == [""] * 4
    # Every lost deal was lost at one stage.
    assert found["lost_here"].sum() == 3


def test_a_won_deal_reached_all_stages_though_its_last_is_not_logged() -> None:
    frame = record(("x", 2, 0))
    log = passed([("0", "lead", "2025-05-01"), ("0", "offer", "2025-05-05"), ("1", "lead", "2025-05-01")])
    found = win_rates(frame, window=WINDOW, by="stage", steps=log).frame
    assert found[["stage", "n"]].values.tolist() == [["lead", 2], ["offer", 2]]


def test_the_rate_by_stage_needs_the_steps() -> None:
    with pytest.raises(UsageError, match=r"by stage needs the steps of the deals: win_rates\(\.\.\., steps="):
        win_rates(record(("x", 1, 1)), window=WINDOW, by="stage")


def test_the_table_by_stage_family_manager_and_size_is_corrected_as_one() -> None:
    frame = record(("x", 40, 40)).assign(owner_id=["m"] * 30 + ["n"] * 50, family=["F", "G"] * 40)
    found = win_rates_by(frame, NO_STEPS, window=WINDOW)
    assert [one.by for one in found] == ["stage", "family", "owner_id", "size"]
    together = pd.concat([one.frame for one in found])
    assert together["p_holm"].dropna().to_numpy() == pytest.approx(holm(together["p"].dropna()))
    assert found[2].frame["verdict"].tolist() == ["worse", "better"]


# Where a rival wins


def test_the_place_where_a_rival_wins_is_found_among_his_deals() -> None:
    frame = record(("x", 32, 68), ("y", 100, 50))
    frame.loc[:99, "region"] = ["North"] * 30 + ["South"] * 2 + ["South"] * 38 + ["North"] * 30
    region, family, stage = where_lost(frame, NO_STEPS, win_rates(frame, window=WINDOW))
    assert region.worst is not None
    assert region.worst[["region", "won", "n", "others_won", "others_n"]].tolist() == ["South", 2, 40, 30, 60]
    assert (family.worst, stage.worst) == (None, None)


def test_the_stage_at_which_he_wins_is_compared_with_the_others_there() -> None:
    frame = record(("x", 6, 34), ("y", 20, 20), ("none", 40, 0))
    log = passed(
        [(str(one), "lead", "2025-05-01") for one in range(120)]
        # All of his lost deals are lost at the offer, of the others' half at the lead.
        + [(str(one), "offer", "2025-05-05") for one in [*range(40), *range(40, 70), *range(80, 120)]]
    )
    stage = where_lost(frame, log, win_rates(frame, window=WINDOW))[2]
    rows = stage.frame.set_index("stage")
    assert rows.loc["lead", ["n", "lost_here", "others_won", "others_n"]].tolist() == [40, 0, 30, 40]
    assert rows.loc["offer", ["n", "lost_here", "others_won", "others_n"]].tolist() == [40, 34, 20, 30]
    assert rows["verdict"].to_dict() == {"lead": "better", "offer": "worse"}
    assert stage.worst is not None
    assert stage.worst["stage"] == "offer"


def test_where_nobody_stands_out_nothing_is_looked_for() -> None:
    frame = record(("x", 20, 20), ("y", 20, 20))
    assert where_lost(frame, NO_STEPS, win_rates(frame, window=WINDOW)) == []


def test_the_excess_is_what_the_others_rate_would_not_have_lost_by_hand() -> None:
    found = win_rates(record(("x", 5, 25), ("y", 20, 10), ("z", 1, 1), ("none", 20, 0), amount=12.0), window=WINDOW)
    excess = found.frame.set_index("competitor_id")["excess"]
    # Of 32 deals against others 11 were lost: of 30 it would have been 10.3 of the 25.
    assert excess["x"] == pytest.approx(300 * (1 - 30 * (11 / 32) / 25))
    assert (excess["y"], excess["none"]) == (0, 0)
    assert math.isnan(excess["z"])  # too few to compare
    by_stage = win_rates(record(("x", 5, 25)), window=WINDOW, by="stage", steps=NO_STEPS)
    assert by_stage.frame["excess"].isna().all()


def test_where_a_region_stands_out_families_and_stages_are_of_the_deals_there() -> None:
    frame = record(("x", 0, 40), ("x", 40, 0), ("y", 40, 40))
    frame.loc[40:79, "region"] = "North"
    # Elsewhere he is weak in G; in the South he is strong in both alike.
    frame.loc[[*range(20), *range(40, 80)], "family"] = "G"
    log = passed([(str(one), "lead", "2025-05-01") for one in range(160)])
    where = where_lost(frame, log, win_rates(record(("x", 10, 70), ("y", 60, 20)), window=WINDOW))
    region, family, stage = where
    assert region.worst is not None
    assert region.worst["region"] == "South"
    assert (region.worst["excess"], family.n, stage.n) == (40.0, 40, 40)
    assert family.frame.set_index("family")["n"].to_dict() == {"F": 20, "G": 20}
    assert family.worst is None
    assert stage.frame[["n", "others_n"]].values.tolist() == [[40, 80]]
