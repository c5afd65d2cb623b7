"""BG/NBD and Gamma-Gamma against the published figures of the CDNOW customers, and against their own formulas."""

import math
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.analysis.bg_nbd import PurchaseModel, _purchase_likelihood, fit_purchases
from kamreport.analysis.gamma_gamma import SpendModel, fit_spend
from kamreport.analysis.purchases import forecast_purchases, purchase_histories
from kamreport.settings import Rules
from tests.analysis.frames import AS_OF, every, orders_frame, owners_frame

# Fader, Hardie, Lee (2005), as the R packages BTYD 2.4.3 and CLVTools print them.
CDNOW = PurchaseModel(0.2425945, 4.4136019, 0.7929199, 2.4258881)
# Fader, Hardie (2013), note 025: rounded as printed.
CDNOW_SPEND = SpendModel(6.25, 3.74, 15.44)


def cdnow(folder: Path, name: str, columns: list[str]) -> pd.DataFrame:
    """Order days of the CDNOW customers up to 30 September 1997, as orders of the book."""
    file = folder / "cdnow" / name
    if not file.is_file():
        pytest.skip(f"{name} is not among the real data sets")
    frame = pd.read_csv(
        file, sep=r"\s+", names=columns, skiprows=int(name == "CDNOW_master.txt"), dtype={"day": str, "id": str}
    )
    frame["order_date"] = pd.to_datetime(frame["day"], format="%Y%m%d")
    frame["owner_id"] = frame["id"]
    return frame.assign(date=frame["order_date"])


@pytest.fixture(scope="module")
def histories(real_data: Path) -> pd.DataFrame:
    """The tenth of the customers that the papers use, over 39 weeks."""
    orders = cdnow(real_data, "CDNOW_sample.txt", ["master", "id", "day", "cds", "revenue"])
    return purchase_histories(orders, owners_frame(*orders["owner_id"].unique()), as_of=date(1997, 10, 1))


@pytest.mark.real
def test_the_published_fit_of_the_cdnow_customers(histories: pd.DataFrame) -> None:
    assert (len(histories), int(histories["x"].sum())) == (2357, 2457)
    model = fit_purchases(histories)
    assert model.sound
    assert [round(value, 3) for value in (model.r, model.alpha, model.a, model.b)] == [0.243, 4.414, 0.793, 2.426]
    assert round(model.log_likelihood, 1) == -9582.4


@pytest.mark.real
def test_the_published_spend_of_the_cdnow_customers(histories: pd.DataFrame) -> None:
    assert int((histories["x"] > 0).sum()) == 946
    model = fit_spend(histories)
    assert [round(value, 2) for value in (model.p, model.q, model.gamma)] == [6.25, 3.74, 15.44]
    assert model.log_likelihood == pytest.approx(-4055.9177, abs=1e-3)
    printed = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    assert model.expected_spend(histories["x"], histories["mean"])[:10] == pytest.approx(printed, abs=0.009)
    assert model.mean == pytest.approx(35.17, abs=0.005)


def test_published_predictions() -> None:
    assert CDNOW.expected_orders(52) == pytest.approx(1.444004, rel=1e-5)
    assert CDNOW.orders_to_come(26, 30.857, 31, time=52) == pytest.approx(25.75659, rel=1e-4)
    assert CDNOW.alive(26, 30.857, 31) == pytest.approx(0.9688523, rel=1e-4)
    printed = [0.3474606, 0.04283391, 0.004158973, 0.0003583685]
    assert CDNOW.orders_to_come([10, 15, 20, 25], 20, 39, time=52) == pytest.approx(printed, rel=2e-4)


def test_published_expected_spend() -> None:
    mean, x = [22.345, 11.77, 0, 73.737, 25.55], [2, 1, 0, 7, 2]
    assert CDNOW_SPEND.expected_spend(x, mean) == pytest.approx([24.65, 18.91, 35.17, 71.46, 27.28], abs=0.05)


def written_out(model: PurchaseModel, x: float, t_x: float, age: float) -> float:
    """The likelihood of one history as the paper prints it, equation 6."""
    r, alpha, a, b = model.r, model.alpha, model.a, model.b

    def beta(one: float, other: float) -> float:
        return math.gamma(one) * math.gamma(other) / math.gamma(one + other)

    always = beta(a, b + x) / beta(a, b) * math.gamma(r + x) * alpha**r / (math.gamma(r) * (alpha + age) ** (r + x))
    left = beta(a + 1, b + x - 1) / beta(a, b) * math.gamma(r + x) * alpha**r if x else 0.0
    return math.log(always + left / (math.gamma(r) * (alpha + t_x) ** (r + x)))


HISTORY = st.tuples(st.integers(0, 12), st.floats(0.1, 40), st.floats(0, 40))
PARAMETERS = st.tuples(*[st.floats(0.05, 8)] * 4)


def frame_of(drawn: list[tuple[int, float, float]]) -> pd.DataFrame:
    rows = [(x, t_x if x else 0.0, (t_x if x else 0.0) + silent) for x, t_x, silent in drawn]
    return pd.DataFrame(rows, columns=["x", "t_x", "age"]).astype(float)


@given(st.lists(HISTORY, min_size=1, max_size=6), PARAMETERS)
@settings(max_examples=60, deadline=None)
def test_the_likelihood_is_the_papers_and_its_slope_is_its_own(
    drawn: list[tuple[int, float, float]], parameters: tuple[float, ...]
) -> None:
    frame = frame_of(drawn)
    x, t_x, age = frame.to_numpy(float).T
    counts, place = np.unique(x, return_inverse=True)
    weights = np.ones(len(x))

    def likelihood(logs: np.ndarray) -> tuple[float, np.ndarray]:
        return _purchase_likelihood(logs, x, t_x, age, weights, counts, np.bincount(place).astype(float))

    logs = np.log(parameters)
    value, slope = likelihood(logs)
    model = PurchaseModel(*parameters)
    assert value == pytest.approx(sum(written_out(model, *row) for row in zip(x, t_x, age, strict=True)), rel=1e-8)
    step = 1e-5
    for place_of, one in enumerate(slope):
        ahead, back = logs.copy(), logs.copy()
        ahead[place_of] += step
        back[place_of] -= step
        assert one == pytest.approx((likelihood(ahead)[0] - likelihood(back)[0]) / (2 * step), rel=1e-3, abs=1e-4)


@given(HISTORY, PARAMETERS, st.floats(0.5, 104))
@settings(max_examples=60, deadline=None)
def test_chances_are_chances_and_longer_silence_never_raises_them(
    drawn: tuple[int, float, float], parameters: tuple[float, ...], time: float
) -> None:
    model, row = PurchaseModel(*parameters), frame_of([drawn]).iloc[0]
    now = float(model.alive(row["x"], row["t_x"], row["age"]))
    later = float(model.alive(row["x"], row["t_x"], row["age"] + time))
    assert 0 <= later <= now <= 1
    to_come = float(model.orders_to_come(row["x"], row["t_x"], row["age"], time=time))
    assert -1e-9 <= to_come <= float(model.orders_to_come(row["x"], row["t_x"], row["age"], time=2 * time)) + 1e-9
    # Nobody who may stay away after each order places more than the rate promises.
    assert to_come <= (model.r + row["x"]) / (model.alpha + row["age"]) * time * (1 + 1e-6) + 1e-9


def test_a_new_account_is_one_of_which_nothing_is_known() -> None:
    assert CDNOW.orders_to_come(0, 0, 0, time=39) == pytest.approx(CDNOW.expected_orders(39))


def test_where_a_is_one_the_expectation_has_its_limit() -> None:
    near = [float(PurchaseModel(0.5, 4.0, a, 2.0).expected_orders(30)) for a in (0.999, 1.0, 1.001)]
    assert near[1] == pytest.approx((near[0] + near[2]) / 2, rel=1e-4)


def simulated(n: int, *, seed: int = 7, weeks: float = 104.0) -> pd.DataFrame:
    """Accounts that behave as the model says, r 2, alpha 8, a 1, b 6."""
    rng = np.random.default_rng(seed)
    rows = []
    for rate, leaving in zip(rng.gamma(2.0, 1 / 8, n), rng.beta(1.0, 6.0, n), strict=True):
        x, t_x, time, age = 0, 0.0, 0.0, weeks - rng.uniform(0, 26)
        while True:
            time += rng.exponential(1 / rate)
            if time > age:
                break
            x, t_x = x + 1, time
            if rng.random() < leaving:
                break
        rows.append((x, t_x, age))
    return pd.DataFrame(rows, columns=["x", "t_x", "age"]).astype(float)


def test_the_fit_finds_what_made_the_data() -> None:
    model = fit_purchases(simulated(4000))
    assert model.sound
    assert (model.r, model.alpha) == pytest.approx((2.0, 8.0), rel=0.05)
    assert model.a / (model.a + model.b) == pytest.approx(1 / 7, rel=0.1)  # the chance to leave; a and b move together


def test_the_unit_of_time_and_the_order_of_rows_change_nothing() -> None:
    weekly = simulated(300)
    daily = weekly.assign(t_x=weekly["t_x"] * 7, age=weekly["age"] * 7).sample(frac=1, random_state=1)
    one, other = fit_purchases(weekly), fit_purchases(daily)
    assert (other.r, other.alpha, other.a, other.b) == pytest.approx((one.r, 7 * one.alpha, one.a, one.b), rel=1e-3)


def test_equal_histories_count_as_often_as_they_are() -> None:
    rows = simulated(200).round(0)
    twice = fit_purchases(pd.concat([rows, rows]))
    once = fit_purchases(rows)
    assert twice.log_likelihood == pytest.approx(2 * once.log_likelihood)
    assert twice.alpha == pytest.approx(once.alpha, rel=1e-3)


def test_nobody_who_ever_stays_away_is_no_sound_fit() -> None:
    rows = pd.DataFrame({"x": [50.0, 48, 52, 55, 45] * 50, "t_x": 103.0, "age": 104.0})
    assert not fit_purchases(rows).sound


def test_no_accounts_are_no_sound_fit() -> None:
    assert not fit_purchases(pd.DataFrame({"x": [], "t_x": [], "age": []})).sound
    assert not fit_spend(pd.DataFrame({"x": [0], "mean": [0.0]})).sound


def test_a_history_worked_by_hand() -> None:
    # Orders on 1 and 15 January and 12 March; two on the 15th are one order day of 30; up to 9 April.
    orders = orders_frame({"a": ["2025-01-01", "2025-01-15", "2025-01-15", "2025-03-12"], "b": ["2025-04-07"]})
    found = purchase_histories(orders, owners_frame("a", "b"), as_of=date(2025, 4, 10))
    assert found[["x", "t_x", "age", "mean"]].values.tolist() == [[2.0, 10.0, 14.0, 150.0], [0.0, 0.0, 2 / 7, 0.0]]


def test_pools_other_regions_accounts_and_later_orders_are_in_no_history() -> None:
    orders = orders_frame(
        {"pool": ["2025-01-01"], "away": ["2025-01-01"], "late": ["2025-07-01"], "in": ["2025-06-30"]}
    )
    owners = owners_frame(
        "pool", "away", "late", "in",
        type=["pool", "customer", "customer", "customer"], is_home=[True, False, True, True],
    )  # fmt: skip
    assert purchase_histories(orders, owners, as_of=AS_OF)["owner_id"].tolist() == ["in"]


def world(n: int, *, seed: int = 3) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Orders of accounts that behave as the model says."""
    rng = np.random.default_rng(seed)
    days: dict[str, list[pd.Timestamp]] = {}
    for number, (rate, leaving) in enumerate(zip(rng.gamma(1.0, 0.3, n), rng.beta(1.0, 4.0, n), strict=True)):
        day = pd.Timestamp("2023-07-01") + pd.Timedelta(days=int(rng.integers(0, 365)))
        own = days.setdefault(f"o{number:04d}", [])
        while day < pd.Timestamp("2025-07-01"):
            own.append(day.normalize())
            if rng.random() < leaving:
                break
            day += pd.Timedelta(days=max(1.0, rng.exponential(7 / rate)))
    orders = orders_frame({owner: list(dict.fromkeys(own)) for owner, own in days.items()})
    orders["revenue"] = rng.gamma(4.0, 25.0, len(orders))
    return orders, owners_frame(*days)


def test_where_the_model_beats_the_plain_rate_it_is_run_and_foretells_the_total() -> None:
    orders, owners = world(600)
    known = orders[orders["date"] < pd.Timestamp("2024-12-31")]
    found = forecast_purchases(known, owners, as_of=date(2024, 12, 31))
    assert (found.reason, found.accounts) == ("", known["owner_id"].nunique())
    assert found.error < found.plain_error
    later = purchase_histories(orders, owners, as_of=AS_OF).set_index("owner_id")["x"]
    came = later.sub(purchase_histories(known, owners, as_of=date(2024, 12, 31)).set_index("owner_id")["x"]).sum()
    assert found.frame["expected"].sum() / 2 == pytest.approx(came, rel=0.25)  # of a year, half a year has come
    assert found.frame["expected"].is_monotonic_decreasing


def test_where_the_accounts_own_rate_is_better_no_model_is_run() -> None:
    # Regular buyers: each orders every so many days and never leaves, but for a few that show the model a drop-out.
    days = {f"o{n:03d}": every(10 + n % 40, first="2023-07-01", times=730 // (10 + n % 40)) for n in range(240)}
    days |= {f"gone{n}": every(10 + n, first="2023-07-01", times=3 + n) for n in range(30)}
    orders = orders_frame(days)
    orders["revenue"] = np.random.default_rng(1).gamma(4.0, 25.0, len(orders))
    found = forecast_purchases(orders, owners_frame(*days), as_of=AS_OF)
    assert found.reason == "worse"
    assert found.error > found.plain_error
    assert found.frame.empty


def test_too_few_accounts_are_named_as_the_reason() -> None:
    days = {f"o{n:03d}": every(20, first="2024-01-01", times=10) for n in range(30)}
    found = forecast_purchases(orders_frame(days), owners_frame(*days), as_of=AS_OF, rules=Rules(model_min_accounts=31))
    assert (found.reason, found.accounts, found.parameters) == ("too_few", 30, None)
