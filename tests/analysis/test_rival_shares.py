"""Shares of suppliers and what moved between them: the rules by hand, the sums, how often chance accuses."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.analysis.rival_shares import rival_shares, switching_matrix
from kamreport.analysis.wallets import wallet_estimates
from kamreport.results import RivalShares
from kamreport.settings import Rules
from tests.analysis.frames import WINDOW
from tests.present.of_rival_shares import FELL, ROSE, STILL, TO_TWO, accounts, held, spend, told

RIVALS = ["w", "x", "y", "z"]


def _found(shares: pd.DataFrame, wallet: pd.DataFrame, n: int = 1, **rules: float) -> RivalShares:
    return rival_shares(shares, wallet, accounts(n), accounts(n), window=WINDOW, rules=Rules.model_validate(rules))


def test_what_a_rival_took_is_his_points_times_the_spend_by_hand() -> None:
    found = rival_shares(told(FELL), spend(1, (1e6, 2e6)), accounts(1), accounts(1), window=WINDOW)
    rows = found.suppliers.set_index("competitor_id")
    # 20 points of 2 million went from us to Ruifeng; the million bought more is divided 60, 30, 10.
    assert rows["taken"].round(2).to_dict() == {"own": -4e5, "ruifeng": 4e5, "huanong": 0.0}
    assert rows["from_us"].round(2).to_dict() == {"own": 0.0, "ruifeng": 4e5, "huanong": 0.0}
    assert rows["amount"].round(2).to_dict() == {"own": 8e5, "ruifeng": 1e6, "huanong": 2e5}
    assert rows["share"].round(4).to_dict() == {"own": 0.4, "ruifeng": 0.5, "huanong": 0.1}
    assert rows["share_before"].round(4).to_dict() == {"own": 0.6, "ruifeng": 0.3, "huanong": 0.1}
    assert found.flows.loc["new", ["own", "ruifeng", "huanong"]].round(2).tolist() == [6e5, 3e5, 1e5]
    row = found.accounts.iloc[0]
    assert (row["verdict"], row["rival"]) == ("fell", "ruifeng")
    assert (row["lost"], row["moved"]) == (pytest.approx(4e5), pytest.approx(4e5))
    taker = found.takers.iloc[0]
    assert (taker["competitor_id"], taker["accounts"]) == ("ruifeng", 1)
    assert (taker["amount"], taker["net"]) == (pytest.approx(4e5), pytest.approx(4e5))


def test_shares_weigh_with_what_each_account_buys() -> None:
    wallet = spend(2)
    wallet.loc[wallet["account_id"] == "A001", ["total_spend", "low", "high"]] *= 3
    found = _found(told(({"own": 0.2},), ({"own": 0.6},)), wallet, 2)
    own = found.suppliers.set_index("competitor_id")["share"]
    assert own.round(6).to_dict() == {"own": 0.5, "unknown": 0.5}


def test_what_is_bought_in_some_months_is_stretched_to_a_year_and_weighs_so() -> None:
    # A000 spends 0.4 million in August to December (153 days), A001 a million in the year.
    shares, wallet = told(FELL, STILL), spend(2)
    for frame in (shares, wallet):
        late = frame["period_start"] + pd.DateOffset(months=7)
        frame["period_start"] = frame["period_start"].where(frame["account_id"] != "A000", late)
    wallet.loc[wallet["account_id"] == "A000", ["total_spend", "low", "high"]] *= 0.4
    found = _found(shares, wallet, 2)
    rows = found.accounts.set_index("account_id")
    year = 4e5 * 365 / 153
    assert rows["spend"].to_dict() == {"A000": pytest.approx(year), "A001": 1e6}
    assert rows["spend_before"]["A000"] == pytest.approx(year)
    assert (rows["verdict"]["A000"], rows["lost"]["A000"]) == ("fell", pytest.approx(0.2 * year))
    own = found.suppliers.set_index("competitor_id").loc["own"]
    assert own["share"] == pytest.approx((0.4 * year + 0.51 * 1e6) / (year + 1e6))


def test_the_range_of_a_spend_is_stretched_with_it() -> None:
    _, spans, _, _ = wallet_estimates(told(FELL), spend(1), frozenset(["A000"]))
    assert spans[["spend", "low", "high"]].to_numpy().tolist() == [[1e6, 0.96e6, 1.04e6]] * 2  # of which one leap year
    shares, wallet = (frame.assign(period_end=frame["period_start"] + pd.Timedelta(days=73))
                      for frame in (told(FELL), spend(1)))  # fmt: skip
    _, spans, _, _ = wallet_estimates(shares, wallet, frozenset(["A000"]))
    assert spans[["spend", "low", "high"]].to_numpy() == pytest.approx(np.array([[5e6, 4.8e6, 5.2e6]] * 2))


def test_accounts_of_one_owner_are_one_key_account() -> None:
    found = held(FELL, FELL, owner="A000")
    assert (found.compared, found.known, found.keys, found.count("fell"), len(found.fell)) == (1, 1, 1, 1, 2)
    assert found.takers[["competitor_id", "accounts"]].values.tolist() == [["ruifeng", 1]]
    assert found.takers["amount"].tolist() == [pytest.approx(4e5)]


@pytest.mark.parametrize(
    ("now", "spread", "verdict"),
    [
        (0.55, 0.01, "fell"),
        (0.551, 0.01, ""),  # less than five points
        (0.55, 0.05, "may have fallen"),  # 0.6 / 1.05 lies below 0.55 / 0.95
        (0.55, None, "may have fallen"),  # no range
        (0.65, 0.01, "rose"),
        (0.65, None, "may have risen"),
    ],
)
def test_a_share_changed_if_it_is_far_enough_and_the_ranges_lie_apart(
    now: float, spread: float | None, verdict: str
) -> None:
    pair = ({"own": 0.6, "x": 0.4}, {"own": now, "x": 1 - now})
    found = held(pair, spread=spread)
    assert found.accounts["verdict"].tolist() == [verdict]
    assert len(found.takers) == (verdict == "fell")
    assert len(found.givers) == (verdict == "rose")


def test_what_scatters_as_much_elsewhere_is_in_doubt() -> None:
    def pair(own: float) -> tuple[dict[str, float], dict[str, float]]:
        return {"own": 0.5, "x": 0.5}, {"own": 0.5 + own, "x": 0.5 - own}

    calm = held(pair(-0.15), *(pair(0.002 * n) for n in range(6)))
    wild = held(pair(-0.15), *(pair(0.03 * (-1) ** n) for n in range(6)))
    assert (calm.accounts["verdict"].iloc[0], calm.least[0]) == ("fell", 0.05)
    assert (wild.accounts["verdict"].iloc[0], len(wild.takers)) == ("may have fallen", 0)
    assert wild.least[0] > 0.15


def test_only_like_is_compared_with_like() -> None:
    for column, value in (("source", "manager"), ("period_end", pd.Timestamp("2023-12-01"))):
        shares, wallet = told(FELL), spend(1)
        for frame in (shares, wallet):
            frame.loc[frame["period_start"] == "2023-01-01", column] = value
        found = _found(shares, wallet)
        assert len(found.accounts) == 0, column
        assert found.known == 1


def test_of_several_estimates_the_last_counts_and_of_old_ones_none() -> None:
    first, wallet = told(FELL), spend(1)
    later = first[first["period_start"] == "2024-01-01"].assign(
        share=[0.58, 0.32, 0.10], collected_on=pd.Timestamp("2025-04-01")
    )
    found = _found(pd.concat([first, later]), wallet)
    assert found.suppliers["share"].round(4).tolist() == [0.58, 0.32, 0.1]
    old = rival_shares(first[first["period_start"] < "2024"], wallet, accounts(1), accounts(1), window=WINDOW)
    assert (old.known, len(old.suppliers), old.keys) == (0, 1, 1)


def test_an_estimate_without_a_source_takes_the_spend_of_any() -> None:
    assert _found(told(FELL).assign(source=None), spend(1)).known == 1
    found = _found(told(FELL).assign(source="manager"), spend(1))
    assert (found.known, found.unweighed) == (0, 2)


def test_what_cannot_be_used_is_counted_and_families_are_not_added() -> None:
    found = _found(told(({"own": 0.7, "x": 0.4},), ({"own": 0.7, "x": 0.31},)), spend(2), 2)
    assert (found.known, found.contradicted, found.unweighed) == (1, 1, 0)
    assert found.suppliers["share"].sum() == pytest.approx(1)  # 101 % is rounding
    assert _found(told(FELL).assign(family="Seed"), spend(1)).known == 0
    assert _found(told(FELL), spend(1).assign(total_spend=0.0)).unweighed == 2


def test_what_is_not_known_is_a_supplier_and_accused_of_nothing() -> None:
    found = held(({"own": 0.6, "x": 0.2}, {"own": 0.3, "x": 0.2, "unknown": 0.1}))
    rows = found.suppliers.set_index("competitor_id")
    assert rows["share"].round(4).to_dict() == {"own": 0.3, "x": 0.2, "unknown": 0.5}
    assert (found.accounts["verdict"].iloc[0], found.accounts["rival"].iloc[0]) == ("fell", "")
    assert len(found.takers) == 0
    assert found.flows.loc["own", "unknown"] == pytest.approx(3e5)


def test_only_key_accounts_at_home_count_and_the_others_are_no_coverage() -> None:
    listed = accounts(4)
    listed.loc[1, "type"], listed.loc[2, "is_home"] = "pool", False
    listed.loc[0, "revenue_12m"] = 3e6
    keys = listed.head(3).assign(owner_id=["A000", "A003", "A900"])
    found = rival_shares(told(FELL, FELL, FELL), spend(3), listed, keys, window=WINDOW)
    assert (found.known, found.keys, found.cover) == (1, 3, 0.75)
    assert found.accounts["account_id"].tolist() == ["A000"]


def test_a_rival_from_whom_we_took_more_elsewhere_is_no_taker() -> None:
    back = ({"own": 0.1, "ruifeng": 0.9}, {"own": 0.7, "ruifeng": 0.3})
    found = held(FELL, back, *[STILL] * 5)
    assert found.accounts["rival"].iloc[0] == "ruifeng"
    assert found.takers["competitor_id"].tolist() == []
    assert found.givers["competitor_id"].tolist() == ["ruifeng"]


def test_takers_and_givers_stand_apart() -> None:
    found = held(FELL, TO_TWO, ROSE, *[STILL] * 5)
    assert found.takers["competitor_id"].tolist() == ["huanong", "ruifeng"]
    assert found.takers["net"].round(0).tolist()[0] == 3e5  # 500,000 taken, 200,000 given
    assert len(found.givers) == 0


@st.composite
def _pairs(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series, pd.Series]:
    n, k = draw(st.integers(1, 6)), draw(st.integers(2, 5))
    parts = st.lists(st.integers(0, 50), min_size=k, max_size=k).filter(any)
    frames = []
    for _ in range(2):
        rows = np.array(draw(st.lists(parts, min_size=n, max_size=n)), float)
        frames.append(pd.DataFrame(rows / rows.sum(axis=1, keepdims=True), columns=["own", *RIVALS][:k]))
    spends = [pd.Series(draw(st.lists(st.floats(1, 1e8), min_size=n, max_size=n))) for _ in range(2)]
    return frames[0], frames[1], spends[0], spends[1]


@given(_pairs())
@settings(max_examples=60)
def test_the_matrix_adds_up_to_every_suppliers_change_and_nobody_takes_from_himself(
    pairs: tuple[pd.DataFrame, pd.DataFrame, pd.Series, pd.Series],
) -> None:
    before, now, spend_before, spend_now = pairs
    moved = switching_matrix(before, now, spend_before, spend_now)
    assert (moved.to_numpy() >= 0).all()
    assert (np.diag(moved) == 0).all()
    scale = float(spend_before.sum() + spend_now.sum())
    net = moved.sum(axis=0) - moved.sum(axis=1)
    change = now.mul(spend_now, axis=0).sum() - before.mul(spend_before, axis=0).sum()
    assert net[change.index].to_numpy() == pytest.approx(change.to_numpy(), abs=1e-9 * scale)
    assert net["new"] == pytest.approx(float(spend_before.sum() - spend_now.sum()), abs=1e-9 * scale)


@given(_pairs(), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_other_names_for_the_rivals_permute_the_matrix(
    pairs: tuple[pd.DataFrame, pd.DataFrame, pd.Series, pd.Series], random: object
) -> None:
    before, now, spend_before, spend_now = pairs
    order = list(before.columns)
    random.shuffle(order)  # type: ignore[attr-defined]
    moved = switching_matrix(before, now, spend_before, spend_now)
    again = switching_matrix(before[order], now[order], spend_before, spend_now)
    pd.testing.assert_frame_equal(again.loc[moved.index, moved.columns], moved)


def _world(seed: int, n: int, noise: float, spread: float = 0.04) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Accounts that divide their purchases alike in both years; what is told of it errs."""
    rng = np.random.default_rng(seed)
    usual, true = rng.dirichlet([6, 4, 3, 2, 2], n), rng.lognormal(13, 0.7, n)
    shares, wallet = told(*[FELL] * n), spend(n)
    rows, spends = [], []
    for year in (2023, 2024):
        true = true * rng.lognormal(0.03, 0.1, n)
        error = 1 + rng.normal(0, spread / 1.96, n)
        own = usual[:, 0] / error + rng.normal(0, noise / 2, n)
        others = (usual[:, 1:] + rng.normal(0, noise, (n, 4))).clip(0.001)
        others = others / others.sum(axis=1, keepdims=True) * (1 - own)[:, None]
        for at, (part, rest) in enumerate(zip(own, others, strict=True)):
            amount = float(true[at] * error[at])
            key = {"account_id": f"A{at:03d}", "year": year}
            spends.append(key | {"total_spend": amount, "low": amount * (1 - spread), "high": amount * (1 + spread)})
            rows += [
                key | {"competitor_id": who, "share": float(share)}
                for who, share in zip(["own", *RIVALS], (part, *rest), strict=True)
            ]
    days = wallet.drop(columns=["total_spend", "low", "high"]).assign(year=wallet["period_start"].dt.year)
    said = pd.DataFrame(rows).merge(days, on=["account_id", "year"]).assign(rank=np.nan)
    return said[shares.columns], pd.DataFrame(spends).merge(days, on=["account_id", "year"])[wallet.columns]


@pytest.mark.slow  # 400 worlds
@pytest.mark.parametrize(("n", "noise"), [(6, 0.04), (20, 0.04)])
def test_where_no_rival_differs_hardly_any_is_named(n: int, noise: float) -> None:
    named = fell = 0
    for seed in range(200):
        found = _found(*_world(seed, n, noise), n)
        named += bool(len(found.takers) + len(found.givers))
        fell += bool(len(found.fell))
    assert named <= 0.05 * 200
    assert fell <= 0.05 * 200


@pytest.mark.real
def test_the_share_that_hbats_customers_give_is_the_mean_by_hand(real_data: Path) -> None:
    file = real_data / "hbat" / "HBAT.csv"
    if not file.is_file():
        pytest.skip("the public data set is not here")
    told_22 = pd.read_csv(file)["x22"]
    found = _found(told(*[({"own": share / 100},) for share in told_22]), spend(len(told_22)), len(told_22))
    rows = found.suppliers.set_index("competitor_id")["share"]
    assert found.known == 100
    assert rows["own"] == pytest.approx(sum(told_22) / 100 / 100)
    assert rows["unknown"] == pytest.approx(1 - sum(told_22) / 100 / 100)
