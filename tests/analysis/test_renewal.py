"""Renewals: the published fits of the shifted-beta-geometric, and contracts counted by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.analysis.renewal import RenewalModel, contract_renewals, contract_terms, fit_renewals
from kamreport.settings import Rules
from tests.analysis.frames import AS_OF

# Fader, Hardie (2007), table 1 and the hold-out of its figures: per cent of customers that have survived so many years.
REGULAR = [100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1]
HIGH_END = [100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1]


def fitted(survived: list[float]) -> RenewalModel:
    """A cohort of 1,000."""
    customers = np.array(survived) * 10
    return fit_renewals((-np.diff(customers)).tolist(), [0.0] * (len(customers) - 2) + [float(customers[-1])])


@pytest.mark.parametrize(
    ("survived", "alpha", "beta", "likelihood", "after_12"),
    [(REGULAR, 0.704, 1.182, -1680.3, 0.170), (HIGH_END, 0.668, 3.806, -1611.2, 0.378)],
)
def test_the_published_fits(
    survived: list[float], alpha: float, beta: float, likelihood: float, after_12: float
) -> None:
    model = fitted(survived)
    assert model.sound
    assert (round(model.alpha, 3), round(model.beta, 3)) == (alpha, beta)
    assert round(model.log_likelihood, 1) == likelihood
    assert round(float(model.survival(12)), 3) == after_12


def test_the_hold_out_of_the_paper_is_met() -> None:
    # Years 8 to 12: 22.3 20.7 19.4 18.3 17.3 and 46.8 44.5 42.7 40.9 39.4 per cent.
    for survived, later in ((REGULAR, [22.3, 20.7, 19.4, 18.3, 17.3]), (HIGH_END, [46.8, 44.5, 42.7, 40.9, 39.4])):
        assert fitted(survived).survival(range(8, 13)) * 100 == pytest.approx(later, abs=1.8)


PARAMETER = st.floats(0.1, 10)


@given(PARAMETER, PARAMETER, st.integers(1, 8), st.floats(0.05, 0.5))
@settings(max_examples=60, deadline=None)
def test_survival_is_the_product_of_the_rates_and_what_remains_is_their_sum(
    alpha: float, beta: float, term: int, discount: float
) -> None:
    model = RenewalModel(alpha, beta)
    rates = model.retained(range(1, 21))
    assert model.survival(range(1, 21)) == pytest.approx(np.cumprod(rates))
    assert (np.diff(rates) > 0).all()  # those that stay are those that like to
    later = np.arange(500)  # what comes after is worth less than a millionth at 5 %
    survived = model.survival(term + later) / model.survival(term - 1)
    assert model.residual_terms(term, discount=discount) == pytest.approx(
        float((survived / (1 + discount) ** later).sum()), rel=1e-6
    )


def test_contracts_of_which_none_ended_are_no_sound_fit() -> None:
    assert not fit_renewals([0, 0], [5, 3]).sound
    assert not fit_renewals([], []).sound


def contracts(*rows: tuple[str, str, str, str, str | None]) -> pd.DataFrame:
    """Rows of (id, account, first day, last day, the one it renews)."""
    frame = pd.DataFrame(rows, columns=["contract_id", "account_id", "starts_on", "ends_on", "renews"])
    for name in ("starts_on", "ends_on"):
        frame[name] = pd.to_datetime(frame[name])
    return frame.assign(family=None, terminated_on=pd.NaT)


ACCOUNTS = pd.DataFrame({"account_id": list("abcd"), "owner_id": list("abcd"), "name": list("ABCD")}).assign(
    manager_id="m", manager_name="Wang"
)


def states(frame: pd.DataFrame) -> dict[str, tuple[int, str]]:
    found = contract_terms(frame, as_of=AS_OF)
    return {row.contract_id: (row.term, row.state) for row in found.itertuples()}


def test_a_contract_is_followed_by_name_or_by_day() -> None:
    # a: by name, months late. b: by day, on the 60th after the end. c: on the 61st is a new beginning.
    frame = contracts(
        ("a1", "a", "2022-01-01", "2022-12-31", None),
        ("a2", "a", "2023-08-01", "2024-07-31", "a1"),
        ("b1", "b", "2022-01-01", "2022-12-31", None),
        ("b2", "b", "2023-03-01", "2026-02-28", None),
        ("c1", "c", "2022-01-01", "2022-12-31", None),
        ("c2", "c", "2023-03-02", "2026-03-01", None),
    )
    assert states(frame) == {
        "a1": (1, "renewed"), "a2": (2, "ended"), "b1": (1, "renewed"), "b2": (2, "open"), "c1": (1, "ended"),
        "c2": (1, "open"),
    }  # fmt: skip


def test_a_contract_that_ended_lately_is_undecided_until_the_days_have_passed() -> None:
    # As of 1 July, 60 days back is 2 May.
    frame = contracts(("a", "a", "2024-05-01", "2025-05-01", None), ("b", "b", "2024-05-01", "2025-05-02", None))
    assert states(frame) == {"a": (1, "ended"), "b": (1, "open")}


def test_a_termination_ends_a_contract_early() -> None:
    frame = contracts(("a", "a", "2024-01-01", "2026-12-31", None))
    frame["terminated_on"] = pd.to_datetime(["2025-01-15"])
    assert states(frame) == {"a": (1, "ended")}


def test_contracts_of_two_families_do_not_follow_one_another() -> None:
    frame = contracts(("a1", "a", "2023-01-01", "2023-12-31", None), ("a2", "a", "2024-01-01", "2026-12-31", None))
    assert states(frame.assign(family=["seed", "film"])) == {"a1": (1, "ended"), "a2": (1, "open")}


def test_renewals_worked_by_hand() -> None:
    frame = contracts(
        ("a1", "a", "2023-01-01", "2023-12-31", None),
        ("a2", "a", "2024-01-01", "2024-12-31", "a1"),
        ("b1", "b", "2024-01-01", "2024-12-31", None),
        ("b2", "b", "2025-01-01", "2025-12-31", "b1"),
        ("c1", "c", "2024-01-01", "2024-12-31", None),
    )
    found = contract_renewals(frame, ACCOUNTS, as_of=AS_OF, lost=frozenset("c"))
    assert (found.renewed, found.decided, found.open, found.fitted) == (2, 4, 1, None)
    assert found.by_term[["term", "n", "renewed"]].values.tolist() == [[1, 3, 2], [2, 1, 0]]
    assert found.ended[["name", "buys_on"]].values.tolist() == [["A", True], ["C", False]]


def test_with_ends_enough_the_model_of_the_chains_is_fitted() -> None:
    # Of twelve chains six end with the first contract, three with the second, one with the third, two run on.
    rows = [
        (f"{number}-{term}", f"k{number}", f"{2021 + term}-08-01", f"{2022 + term}-07-31", None)
        for number, terms in enumerate([1] * 6 + [2] * 3 + [3] + [4] * 2)
        for term in range(terms)
    ]
    frame = contracts(*rows)
    found = contract_renewals(frame, ACCOUNTS, as_of=AS_OF, rules=Rules(retention_min_losses=10))
    model = fit_renewals([6, 3, 1, 0], [0, 0, 2, 0])
    assert found.fitted == pytest.approx((model.alpha, model.beta), rel=1e-3)
    assert found.by_term["model"].tolist() == pytest.approx(model.retained([1, 2, 3]).tolist(), rel=1e-3)


def test_no_contracts_at_all() -> None:
    found = contract_renewals(contracts(), ACCOUNTS, as_of=AS_OF)
    assert (found.renewed, found.decided, found.open) == (0, 0, 0)
    assert found.by_term.empty
    assert found.ended.empty
