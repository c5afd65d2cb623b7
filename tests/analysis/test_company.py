import math
from collections.abc import Iterable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from kamreport.analysis.company import company_value, segment_values
from kamreport.book.opening import open_book
from tests.analysis.frames import company_frame
from tests.conftest import MakeWorkspace, Rows


def test_the_latest_value_of_a_measure_counts_whatever_the_order_of_rows() -> None:
    company = pd.concat(
        [
            company_frame(("x", "", 2.0)),
            company_frame(("x", "", 1.0), moment="2024-07-01"),
            company_frame(("y", "", 9.0)),
        ]
    )
    assert company_value(company, "x") == 2.0


def test_a_measure_of_a_segment_is_not_that_of_the_company() -> None:
    company = company_frame(("x", "farm", 3.0), ("x", "", 1.0))
    assert (company_value(company, "x"), company_value(company, "x", segment="farm")) == (1.0, 3.0)


def test_a_measure_that_is_not_there_is_unknown() -> None:
    assert math.isnan(company_value(company_frame(("x", "", 1.0)), "y"))
    assert math.isnan(company_value(company_frame(), "x"))


def test_segments_are_those_of_the_newest_moment_known_on_the_day() -> None:
    company = pd.concat(
        [
            company_frame(("k", "*", 2.0), ("k", "farm", 3.0), moment="2024-07-01"),
            company_frame(("k", "*", 4.0), moment="2025-07-01"),
        ]
    )
    assert segment_values(company, "k", as_of=date(2025, 7, 1)) == {"*": 4.0}
    assert segment_values(company, "k", as_of=date(2025, 6, 30)) == {"*": 2.0, "farm": 3.0}
    assert segment_values(company, "k", as_of=date(2024, 6, 30)) == {}


def test_a_segment_of_few_cases_is_left_out_and_the_whole_never() -> None:
    company = company_frame(("k", "*", 2.0), ("k", "farm", 90.0), n=19)
    assert segment_values(company, "k", as_of=date(2025, 7, 1), at_least=20) == {"*": 2.0}
    assert segment_values(company, "k", as_of=date(2025, 7, 1), at_least=19) == {"*": 2.0, "farm": 90.0}


MARCH = "[data]\nup_to = 2022-03-31\n"


def orders_of(account: str, gaps: Iterable[int], *, first: str = "2022-01-03") -> Rows:
    days = pd.Timestamp(first) + pd.to_timedelta(np.cumsum([0, *gaps]), unit="D")
    return [{"date": f"{day:%Y-%m-%d}", "account_id": account, "revenue": 100, "region": "North"} for day in days]


def test_regularity_and_median_gap_worked_by_hand(make_workspace: MakeWorkspace) -> None:
    # Gaps 10, 30, 10, 30: M = g / (g + next) = .25, .75, .25; mean 5/12, variance (1/36 + 1/9 + 1/36) / 2 = 1/12;
    # k = (1 - 4/12) / (8/12) = 1 (Wheat & Morrison 1990). The median gap is 20.
    book = open_book(settings=make_workspace(settings=MARCH, transactions=orders_of("a", [10, 30, 10, 30])))
    assert segment_values(book.company, "regularity", as_of=book.as_of)["*"] == pytest.approx(1.0)
    assert segment_values(book.company, "median_gap", as_of=book.as_of)["*"] == 20.0


def test_regularity_is_found_again_in_simulated_erlang_gaps(make_workspace: MakeWorkspace) -> None:
    # 30 accounts with 60 gaps a segment: about 1,770 pairs, a standard error of some 4 % of k.
    rng = np.random.default_rng(7)
    accounts: Rows = []
    lines: Rows = []
    for segment, k in (("odd", 2), ("even", 8)):
        for number in range(30):
            account = f"{segment}{number}"
            accounts.append({"account_id": account, "name": account, "segment": segment})
            gaps = np.maximum(1, rng.gamma(k, 20 / k, 60).round()).astype(int)
            lines += orders_of(account, gaps.tolist())
    book = open_book(settings=make_workspace(transactions=lines, accounts=accounts))
    found = segment_values(book.company, "regularity", as_of=book.as_of, at_least=20)
    assert found["odd"] == pytest.approx(2, rel=0.12)
    assert found["even"] == pytest.approx(8, rel=0.12)
    assert 2 < found["*"] < 8


def test_pools_have_no_rhythm(make_workspace: MakeWorkspace) -> None:
    accounts: Rows = [
        {"account_id": "a", "name": "A", "type": "customer"},
        {"account_id": "p", "name": "P", "type": "pool"},
    ]
    lines = [*orders_of("a", [10, 30, 10, 30]), *orders_of("p", [1] * 50)]
    book = open_book(settings=make_workspace(settings=MARCH, transactions=lines, accounts=accounts))
    assert segment_values(book.company, "median_gap", as_of=book.as_of)["*"] == 20.0
