"""Share of wallet and headroom of exactly the months estimated, and the part of sales that is new."""

from typing import Any

import pandas as pd
import pytest

from kamreport.analysis.potential import new_products, potential
from kamreport.results import Potential
from tests.analysis.frames import NAN, WINDOW


def wallet_frame(*rows: tuple[str, str, str, float], **columns: Any) -> pd.DataFrame:
    """Rows of (account, first day, day after, spend), said by the customer within a tenth, a month after."""
    frame = pd.DataFrame(rows, columns=["account_id", "period_start", "period_end", "total_spend"])
    frame = frame.astype({"account_id": "str", "total_spend": float})
    for name in ("period_start", "period_end"):
        frame[name] = pd.to_datetime(frame[name])
    more: dict[str, Any] = {
        "low": frame["total_spend"] * 0.9,
        "high": frame["total_spend"] * 1.1,
        "source": "customer",
        "collected_on": frame["period_end"] + pd.Timedelta(days=30),
        "family": None,
    }
    return frame.assign(**{**more, **columns})


def accounts_frame(*ids: str, **columns: Any) -> pd.DataFrame:
    frame = pd.DataFrame({"account_id": pd.Series(ids, dtype="str")})
    more: dict[str, Any] = {
        "owner_id": frame["account_id"], "name": frame["account_id"].str.upper(), "type": "customer",
        "home_region": "North", "home_before": "North", "is_home": True, "manager_id": "m1", "manager_name": "Wang",
    }  # fmt: skip
    return frame.assign(**{**more, **columns})


def monthly(revenue: float, *accounts: str) -> pd.DataFrame:
    """So much in each month of 2023 to June 2025."""
    months = pd.date_range("2023-01-01", "2025-06-01", freq="MS")
    rows = [(account, month, revenue) for account in accounts for month in months]
    return pd.DataFrame(rows, columns=["account_id", "month", "revenue"])


YEAR = ("2024-01-01", "2025-01-01")


def found(wallet: pd.DataFrame, accounts: pd.DataFrame, revenue: float = 5.0) -> Potential:
    return potential(wallet, monthly(revenue, *accounts["account_id"]), accounts, window=WINDOW)


def test_the_ranges_of_share_and_headroom_by_hand() -> None:
    # 60 of 100 (90 to 110): a share of 60/110 to 60/90, and 30 to 50 to gain.
    row = found(wallet_frame(("a", *YEAR, 100.0)), accounts_frame("a")).frame.iloc[0]
    assert row[["own", "share", "headroom", "headroom_low", "headroom_high"]].tolist() == pytest.approx(
        [60, 0.6, 40, 30, 50]
    )
    assert (row["share_low"], row["share_high"]) == (pytest.approx(60 / 110), pytest.approx(60 / 90))


@pytest.mark.parametrize(
    ("row", "columns"),
    [
        (("2024-01-01", "2024-06-01"), {}),  # five months are not stretched to a year
        (("2023-01-01", "2024-01-01"), {}),  # it ends before the window
        (("2024-01-15", "2025-01-15"), {}),  # the ledger knows whole months
        (YEAR, {"family": "Seed"}),
    ],
)
def test_what_cannot_be_compared_is_not_used(row: tuple[str, str], columns: dict[str, Any]) -> None:
    assert not len(found(wallet_frame(("a", *row, 100.0), **columns), accounts_frame("a")).frame)


@pytest.mark.parametrize(
    "columns", [{"type": "pool"}, {"is_home": False}, {"home_before": "South"}], ids=["pool", "elsewhere", "moved"]
)
def test_pools_strangers_and_the_moved_are_left_out(columns: dict[str, Any]) -> None:
    assert not len(found(wallet_frame(("a", *YEAR, 100.0)), accounts_frame("a", **columns)).frame)


def test_the_newest_estimate_holds_and_grows_against_the_same_source_only() -> None:
    before = ("a", "2023-01-01", "2024-01-01", 80.0)
    later = pd.Timestamp("2025-05-01")
    first = wallet_frame(before, ("a", *YEAR, 100.0))
    corrected = wallet_frame(("a", *YEAR, 120.0), collected_on=later)
    row = found(pd.concat([first, corrected]), accounts_frame("a")).frame.iloc[0]
    assert (row["wallet"], row["growth"], row["own_growth"]) == (120.0, pytest.approx(0.5), 0.0)
    other = found(pd.concat([first, corrected.assign(source="market")]), accounts_frame("a")).frame.iloc[0]
    assert other["growth"] != other["growth"]


def test_an_estimate_below_our_own_sales_is_counted_and_leaves_nothing_to_gain() -> None:
    made = found(wallet_frame(("a", *YEAR, 50.0)), accounts_frame("a"))
    assert (made.contradicted, made.frame["headroom"].tolist(), made.frame["share"].tolist()) == (1, [0.0], [1.0])


def test_without_a_range_there_is_none_and_it_is_not_made_up_for_the_region() -> None:
    wallet = wallet_frame(("a", *YEAR, 100.0), ("b", *YEAR, 200.0))
    wallet.loc[1, ["low", "high"]] = NAN
    made = found(wallet, accounts_frame("a", "b"))
    assert made.frame.set_index("account_id")["headroom_low"].isna().to_dict() == {"a": False, "b": True}
    row = made.regions.iloc[0]
    assert row["headroom"] == 40 + 140
    assert row[["low", "high", "headroom_low", "headroom_high"]].isna().all()


def test_regions_stand_side_by_side_with_what_is_covered() -> None:
    accounts = accounts_frame("a", "b", "c", home_region=["North", "North", "South"], home_before=None)
    wallet = wallet_frame(("a", *YEAR, 100.0), ("c", *YEAR, 300.0), ("c", "2023-01-01", "2024-01-01", 250.0))
    made = found(wallet, accounts)
    assert made.regions["region"].tolist() == ["South", "North"]
    north = made.regions.set_index("region").loc["North"]
    assert north[["accounts", "active", "cover", "share"]].tolist() == [1, 2, 0.5, 0.6]
    assert made.regions.set_index("region").loc["South", "growth"] == pytest.approx(0.2)
    assert north["growth"] != north["growth"]
    assert (made.active, made.cover) == (3, pytest.approx(2 / 3))


def test_no_estimate_at_all() -> None:
    made = found(wallet_frame(), accounts_frame("a"))
    assert (len(made.frame), len(made.regions), made.cover) == (0, 0, 0.0)


# New products


def sales(*rows: tuple[str, str, float], region: str = "North") -> pd.DataFrame:
    """Rows of (product, month, revenue), all of family F."""
    frame = pd.DataFrame(rows, columns=["product_id", "month", "revenue"])
    return frame.assign(month=pd.to_datetime(frame["month"]), family="F", region=region)


LAUNCHED = pd.DataFrame(
    {
        "product_id": ["old", "new", "unsaid"],
        "name": ["Old", "New", None],
        "launched_on": pd.to_datetime(["2010-01-01", "2022-01-15", None]),
    }
)


def test_a_product_is_new_until_the_day_it_turns_three() -> None:
    # January 2025 begins before 15 January, the third birthday; February after it.
    made = new_products(
        sales(("new", "2025-01-01", 30.0), ("new", "2025-02-01", 20.0), ("old", "2025-01-01", 50.0)),
        LAUNCHED,
        window=WINDOW,
    )
    assert (made.share, made.new, made.frame["products"].tolist()) == (0.3, 30.0, [1])


def test_a_product_without_a_launch_is_neither_new_nor_old() -> None:
    made = new_products(sales(("unsaid", "2025-01-01", 25.0), ("old", "2025-01-01", 75.0)), LAUNCHED, window=WINDOW)
    assert (made.share, made.unknown, made.revenue) == (0.0, 0.25, 75.0)
    assert made.before != made.before


def test_the_year_before_is_judged_by_its_own_days() -> None:
    made = new_products(sales(("new", "2023-09-01", 40.0), ("old", "2023-09-01", 60.0)), LAUNCHED, window=WINDOW)
    assert made.before == 0.4
    assert made.share != made.share


def test_a_launch_is_measured_by_its_family_s_sales_since_its_month_in_each_region() -> None:
    launched = LAUNCHED.assign(launched_on=pd.to_datetime(["2010-01-01", "2025-03-20", None]))
    north = sales(("old", "2025-02-01", 900.0), ("old", "2025-03-01", 60.0), ("new", "2025-04-01", 40.0))
    south = sales(("old", "2025-03-01", 90.0), ("new", "2025-04-01", 10.0), region="South")
    west = sales(("old", "2025-02-01", 500.0), region="West")  # has bought none of the family since
    made = new_products(pd.concat([north, south, west]), launched, window=WINDOW).products
    # March counts, the month of the launch: 40 of 100 in the north, 10 of 100 in the south, 50 of 200 in all.
    assert made[["product_id", "name", "revenue", "share", "region", "region_share"]].values.tolist() == [
        ["new", "New", 50.0, 0.25, "South", 0.1]
    ]
    alone = new_products(north, launched, window=WINDOW).products
    assert alone["share"].tolist() == [0.4]
    assert alone[["region", "region_share"]].isna().all(axis=None)


def test_a_region_that_buys_nothing_of_a_launch_is_the_least() -> None:
    east = sales(("old", "2025-02-01", 70.0), region="East")
    rows = pd.concat([sales(("new", "2025-02-01", 30.0), ("old", "2025-02-01", 30.0)), east])
    launched = LAUNCHED.assign(launched_on=pd.to_datetime(["2010-01-01", "2025-01-01", None]))
    made = new_products(rows, launched, window=WINDOW).products
    assert made[["region", "region_share"]].values.tolist() == [["East", 0.0]]
    assert len(new_products(east, launched, window=WINDOW).products) == 0
