"""What is given and spent beside the invoices: each rule by hand, and no pool loses a cent."""

from collections.abc import Callable

import pandas as pd
import pytest

from kamreport.book.opening import open_book
from kamreport.settings import Settings
from tests.conftest import monthly_lines

MakeWorkspace = Callable[..., Settings]
Row = dict[str, object]

# North: a sells 300, b 100; South: c 600. Window: July 2024 to June 2025.
LINES = [
    *monthly_lines("a", {"2025-05": 200.0, "2025-06": 100.0}, cost=0.5),
    *monthly_lines("b", {"2025-06": 100.0}, cost=0.5),
    *monthly_lines("c", {"2025-06": 600.0}, region="South", cost=0.5),
]
ACCOUNTS = [{"account_id": one, "name": one, "region": "South" if one == "c" else "North"} for one in "abc"]


def cost(driver: str, amount: float, *, month: str = "2025-06", **more: object) -> Row:
    return {
        "month": month,
        "driver": driver,
        "amount": amount,
        "account_id": "",
        "region": "",
        "allocate_by": "",
    } | more


def visit(account: str, *, day: str = "2025-06-03", channel: str = "visit", price: float = 0.0) -> Row:
    return {
        "activity_id": f"{account}{day}{channel}", "account_id": account, "date": day, "channel": channel, "cost": price
    }  # fmt: skip


def deducted(make: MakeWorkspace, region: str = "all", **tables: list[Row]) -> dict[tuple[str, str], float]:
    settings = make(settings="[data]\nup_to = 2025-06-30\n", transactions=LINES, accounts=ACCOUNTS, **tables)
    frame = open_book(region, "2025-06", settings=settings).deductions
    return {(row.owner_id, row.step): row.amount for row in frame.itertuples()}


def test_without_the_tables_nothing_is_deducted(make_workspace: MakeWorkspace) -> None:
    assert deducted(make_workspace) == {}


def test_a_rebate_counts_in_the_month_it_is_earned_unless_it_is_a_red_line_already(
    make_workspace: MakeWorkspace,
) -> None:
    rows = [
        {"month": "2025-06", "account_id": "a", "amount": 5, "in_transactions": "false", "settled_on": ""},
        {"month": "2024-07", "account_id": "a", "amount": 3, "in_transactions": "false", "settled_on": "2025-05-15"},
        {"month": "2024-06", "account_id": "a", "amount": 90, "in_transactions": "false", "settled_on": "2024-08-01"},
        {"month": "2025-06", "account_id": "b", "amount": 70, "in_transactions": "true", "settled_on": ""},
    ]
    assert deducted(make_workspace, rebates=rows) == {("a", "rebates"): 8.0}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        # 300 and 100 of the North's 400; of all regions' 1,000.
        (cost("freight", 40, region="North"), {("a", "freight"): 30, ("b", "freight"): 10}),
        (cost("freight", 100), {("a", "freight"): 30, ("b", "freight"): 10, ("c", "freight"): 60}),
        # Two orders and one.
        (cost("storage", 30, region="North", allocate_by="orders"), {("a", "storage"): 20, ("b", "storage"): 10}),
        # Nobody was visited in the South: by revenue.
        (cost("visits", 7, region="South", allocate_by="visits"), {("c", "visits"): 7}),
        (cost("visits", 40, region="North", allocate_by="visits"), {("a", "visits"): 10, ("b", "visits"): 30}),
        (cost("service", 9, account_id="b"), {("b", "service"): 9}),
        (cost("service", 9, account_id="b", month="2024-06"), {}),
    ],
)
def test_a_cost_is_an_account_s_own_or_shared_out_by_its_basis(
    make_workspace: MakeWorkspace, row: Row, expected: dict[tuple[str, str], float]
) -> None:
    visits = [visit("a"), *(visit("b", day=f"2025-06-0{n}") for n in (1, 2, 3)), visit("a", channel="phone")]
    assert deducted(make_workspace, cost_to_serve=[row], activities=visits) == pytest.approx(expected)


def test_deliveries_are_counted_by_order(make_workspace: MakeWorkspace) -> None:
    lines = [("1", "1", "a"), ("1", "2", "a"), ("2", "1", "b"), ("3", "1", "b"), ("4", "1", "b")]
    rows = [
        {
            "order_id": order, "line_no": line, "account_id": account, "ordered_on": "2025-05-05",
            "promised_on": "2025-05-09", "ordered_qty": 1,
        }
        for order, line, account in lines
    ]  # fmt: skip
    pool = cost("freight", 40, region="North", allocate_by="deliveries")
    assert deducted(make_workspace, cost_to_serve=[pool], deliveries=rows) == {
        ("a", "freight"): 10, ("b", "freight"): 30,
    }  # fmt: skip


def test_single_visits_cost_what_they_cost_unless_the_cost_to_serve_has_visits(make_workspace: MakeWorkspace) -> None:
    visits = [visit("a", price=4), visit("a", day="2025-05-05", price=2), visit("a", day="2024-06-05", price=90)]
    assert deducted(make_workspace, activities=visits) == {("a", "visits"): 6}
    assert deducted(make_workspace, activities=visits, cost_to_serve=[cost("visits", 9, account_id="b")]) == {
        ("b", "visits"): 9
    }


def test_a_region_sees_its_own_part_and_the_company_s_median(make_workspace: MakeWorkspace) -> None:
    assert deducted(make_workspace, "South", cost_to_serve=[cost("freight", 100)]) == {("c", "freight"): 60}
    settings = make_workspace(
        settings="[data]\nup_to = 2025-06-30\n", transactions=LINES, accounts=ACCOUNTS,
        cost_to_serve=[cost("freight", 100), cost("service", 20, account_id="b")],
    )  # fmt: skip
    company = open_book("South", "2025-06", settings=settings).company.set_index("measure")["value"]
    # Half of the revenue is margin; freight takes a tenth of everybody's, service a fifth of b's.
    assert company["margin_rate_median"] == pytest.approx(0.5)
    assert company["pocket_rate_median"] == pytest.approx(0.4)


def test_no_pool_of_the_demo_loses_a_cent(open_demo: Callable[..., object]) -> None:
    book = open_demo("all", "2025-06")
    served, deductions = book.cost_to_serve, book.deductions  # type: ignore[attr-defined]
    window = (served["month"] >= pd.Timestamp("2024-07-01")) & (served["month"] < pd.Timestamp("2025-07-01"))
    expected = served[window].groupby("driver")["amount"].sum()
    found = deductions[deductions["step"] != "rebates"].groupby("step")["amount"].sum()
    pd.testing.assert_series_equal(found, expected, check_names=False, rtol=1e-7)
