"""What goes wrong by a user's hand: a status for the command line, a line for the reader."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport import errors
from kamreport.errors import KamreportError, unknown


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.KamreportError, 1),
        (errors.DataError, 1),
        (errors.PrintError, 1),
        (errors.UsageError, 2),
        (errors.SettingsError, 2),
        (errors.LockedError, 75),
    ],
)
def test_every_error_has_its_exit_status(kind: type[KamreportError], status: int) -> None:
    assert kind("something").exit_status == status
    assert issubclass(kind, KamreportError)


def test_no_error_is_without_a_checked_status() -> None:
    """A new error must be added to the table above."""
    kinds = {name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, KamreportError)}
    assert kinds == {"KamreportError", "DataError", "PrintError", "UsageError", "SettingsError", "LockedError"}


def test_an_unknown_name_is_said_with_the_nearest_and_the_known() -> None:
    assert unknown("region", "nroth", ["South", "North"]) == (
        "region 'nroth' does not exist; did you mean 'North'? Known: North, South"
    )


@pytest.mark.parametrize(
    ("value", "known", "said"),
    [
        ("x", [], "report 'x' is not in kamreport.toml. Known: none"),
        ("x", ["monthly"], "report 'x' is not in kamreport.toml. Known: monthly"),
        ("MONTHLY", ["monthly"], "report 'MONTHLY' is not in kamreport.toml; did you mean 'monthly'? Known: monthly"),
        ("华比", ["华北", "华北"], "report '华比' is not in kamreport.toml. Known: 华北"),
    ],
)
def test_a_guess_is_made_only_where_one_is_near(value: str, known: list[str], said: str) -> None:
    assert unknown("report", value, known, source="kamreport.toml") == said


def test_of_many_names_twelve_are_listed_and_the_rest_counted() -> None:
    said = unknown("region", "zz", [f"R{number:02d}" for number in range(30)])
    assert said.endswith("R10, R11 and 18 more")


@given(st.text(max_size=10), st.lists(st.text(max_size=10), max_size=15))
@settings(max_examples=100, deadline=None)
def test_the_guess_is_always_one_of_the_known_names(value: str, known: list[str]) -> None:
    said = unknown("region", value, known)
    assert "did you mean" not in said or any(f"did you mean '{name}'?" in said for name in known)
