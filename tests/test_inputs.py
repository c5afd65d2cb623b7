"""What a notebook has read: noted by name, read back, said for people."""

from collections.abc import Iterator

import pytest

from kamreport import inputs
from kamreport.inputs import Input


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    inputs.forget()
    yield
    inputs.forget()


def test_what_is_noted_is_told_in_order_of_its_names_until_it_is_forgotten() -> None:
    inputs.note("region.ledger @ 2025-06 North", "b")
    inputs.note("company.company @ 2025-06 North", "a")
    told = inputs.noted()
    assert list(told.items()) == [("company.company @ 2025-06 North", "a"), ("region.ledger @ 2025-06 North", "b")]
    inputs.forget()
    assert inputs.noted() == {}
    assert len(told) == 2  # what was told is the reader's own


@pytest.mark.parametrize("region", ["North", "all", "a @ b", "x.y", " two  words ", "two\nlines", "2025-06", ""])
@pytest.mark.parametrize("period", ["2025-06", "2025-Q2", "2025-01..2025-05"])
@pytest.mark.parametrize("name", ["ledger", "has transactions.cost"])
def test_an_input_is_read_as_it_was_written_whatever_the_region_is_called(name: str, period: str, region: str) -> None:
    for one in (Input("company", name, period, region), Input("region", name, period, region)):
        assert Input.parse(str(one)) == one


def test_the_company_s_figures_are_said_once_and_apart_from_the_rows_of_each_region() -> None:
    names = [
        "region.orders @ 2025-06 North",
        "company.noted @ 2025-06 South",
        "company.company @ 2025-06 North",
        "company.company @ 2025-06 South",
        "region.ledger @ 2025-06 North",
        "region.ledger @ 2025-05 South",
        "company.latest @  ",
    ]
    assert inputs.said(names, period="2025-06") == (
        "figures of the company: latest, company, noted; rows of North: ledger, orders; rows of South 2025-05: ledger"
    )
    assert inputs.said([], period="2025-06") == ""
