"""What holds for every analysis, whatever the data: sums are kept, and only what matters changes a result."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kamreport.analysis.concentration import concentration
from kamreport.analysis.defection import lost_owners, spells
from kamreport.analysis.key_accounts import key_accounts
from kamreport.analysis.overdue import overdue_owners, silences
from kamreport.analysis.partial import partial_defection, stopped_families
from kamreport.analysis.performance import account_changes, monthly_totals, owner_trends, region_comparison
from kamreport.analysis.plan import plan
from kamreport.analysis.price_attacks import price_attacks
from kamreport.analysis.prices import price_index
from kamreport.analysis.profile import competitive_profile
from kamreport.analysis.profit import fake_big_accounts, margin_rate, owner_profit, whale_curve
from kamreport.analysis.retention import retention
from kamreport.book.opening import open_book
from kamreport.period import Period
from kamreport.settings import Rules
from tests.analysis.frames import AS_OF, WINDOW, owners_frame
from tests.analysis.world import FIRST, REGIONS, World, made
from tests.conftest import MakeWorkspace, monthly_lines

TARGETS = pd.DataFrame(
    columns=["month", "months", "measure", "kind", "value", "region", "account_id", "person_id", "family"]
).astype({"month": "datetime64[ns]", "value": float})


def analyses(world: World) -> dict[str, Any]:
    """All that the notebooks ask of a book, by name: frames and figures."""
    ledger, orders, owners, company = world.ledger, world.orders, world.owners, world.company
    profit = owner_profit(ledger, owners, window=WINDOW)
    before = owner_profit(ledger, owners, window=WINDOW.back(12))
    lost = lost_owners(orders, ledger, owners, company, window=WINDOW, as_of=AS_OF)
    gone = lost.gone
    results = {
        "concentration": concentration(profit, window=WINDOW, by_margin=True),
        "whale": whale_curve(profit),
        "fakes": fake_big_accounts(profit, company),
        "keys": key_accounts(profit, before, owners, world.quarters, company, by_margin=True),
        "lost": lost,
        "overdue": overdue_owners(orders, profit, owners, company, window=WINDOW, as_of=AS_OF, lost=gone),
        "partial": partial_defection(ledger, owners, window=WINDOW, lost=gone, threshold=world.threshold),
        "retention": retention(ledger, owners, window=WINDOW),
        "plan": plan(ledger, TARGETS, measure="revenue", window=WINDOW, region="all", history_start=FIRST),
    }
    found = {f"{name}.{part}": value for name, result in results.items() for part, value in vars(result).items()}
    found |= {
        "profit": profit,
        "rate": margin_rate(profit),
        "spells": spells(orders, owners, company, as_of=AS_OF),
        "stopped": stopped_families(orders, ledger, owners, as_of=AS_OF, gone=gone),
        "changes": account_changes(ledger, owners, measure="margin", now=WINDOW, past=WINDOW.back(12)),
        "trends": owner_trends(ledger, window=WINDOW),
        "regions": region_comparison(ledger, owners, window=WINDOW, regions=REGIONS),
    }
    return found


@pytest.fixture(scope="module", params=[1, 2])
def world(request: pytest.FixtureRequest) -> World:
    return made(request.param)


@pytest.fixture(scope="module")
def found(world: World) -> dict[str, Any]:
    return analyses(world)


def test_there_is_something_to_find(found: dict[str, Any]) -> None:
    for name in (
        "lost.frame",
        "overdue.frame",
        "partial.falls",
        "stopped",
        "fakes.fakes",
        "keys.frame",
        "whale.losing",
    ):
        assert len(found[name]), name
    assert found["overdue.flagged"] > 0
    assert found["keys.promoted"] or found["keys.demoted"]
    assert math.isfinite(found["plan.high"])


def assert_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    assert one.keys() == other.keys()
    for name, value in one.items():
        if isinstance(value, pd.DataFrame):
            pd.testing.assert_frame_equal(value, other[name], obj=name, rtol=1e-9)
        elif isinstance(value, float | tuple | dict):
            assert other[name] == pytest.approx(value, nan_ok=True), name
        else:
            assert other[name] == value, name


def test_the_order_of_the_rows_changes_nothing(world: World, found: dict[str, Any]) -> None:
    mixed = replace(world, lines=world.lines.sample(frac=1, random_state=3), owners=world.owners.iloc[::-1])
    assert_same(analyses(mixed), found)


def test_later_lines_change_nothing(world: World, found: dict[str, Any]) -> None:
    # Booked from the first of July on; ordered before, perhaps, but that was not known.
    later = made(99).lines
    days = np.arange(len(later))
    later["date"] = pd.Timestamp(AS_OF) + pd.to_timedelta(days % 400, unit="D")
    later["order_date"] = later["date"] - pd.to_timedelta(days % 60, unit="D")
    assert_same(analyses(replace(world, lines=pd.concat([world.lines, later], ignore_index=True))), found)


def test_other_ids_change_only_the_ids(world: World, found: dict[str, Any]) -> None:
    # The same names in the opposite order.
    ids = list(world.owners["owner_id"])
    other = {old: f"客户 {99 - place}" for place, old in enumerate(ids)}

    def relabelled(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(owner_id=frame["owner_id"].map(other).astype("str"))

    def told(value: Any, ids: Mapping[str, str]) -> Any:
        """A result with these ids; rows that are equal but for the id in the order of the ids."""
        if isinstance(value, pd.DataFrame):
            frame = value.reset_index() if value.index.name == "owner_id" else value
            if "owner_id" not in frame:
                return frame
            frame = frame.assign(owner_id=[ids[owner] for owner in frame["owner_id"]])
            keys = [key for key in ("owner_id", "family", "last_order") if key in frame]
            return frame.sort_values(keys, ignore_index=True)
        return {ids[owner] for owner in value} if isinstance(value, frozenset) else value

    changed = analyses(replace(world, lines=relabelled(world.lines), owners=relabelled(world.owners)))
    back = {new: old for old, new in other.items()}
    same = {old: old for old in ids}
    assert_same(
        {name: told(value, back) for name, value in changed.items()},
        {name: told(value, same) for name, value in found.items()},
    )


# Columns and figures that are money; all others are rates, counts and days.
MONEY = {
    "revenue", "cost", "costed_revenue", "margin", "before", "now", "past", "change", "cumulative", "shortfall",
    "drop", "lost_margin", "recent", "recent_before", "year", "year_before", "amount", "actual", "year_ago",
    "forecast", "target", "rebates", "service", "pocket", "over_discount", "over_rebates", "over_service", "over_cost",
}  # fmt: skip
SHARES = {("concentration.revenue", "cumulative"), ("concentration.margin", "cumulative")}
SUMS = {
    "whale.total", "whale.peak", "keys.value", "keys.total", "partial.threshold", "plan.to_date", "plan.target_to_date",
    "plan.year_ago_to_date", "plan.landing", "plan.low", "plan.high", "plan.target_year",
}  # fmt: skip


def test_another_currency_scales_the_amounts_and_no_rate(world: World, found: dict[str, Any]) -> None:
    k = 8.0

    def scaled(name: str, value: Any) -> Any:
        if name == "trends":
            return k * value
        if isinstance(value, pd.DataFrame):
            amounts = [column for column in value if column in MONEY and (name, column) not in SHARES]
            return value.assign(**{column: k * value[column] for column in amounts})
        return k * value if name in SUMS else value

    lines = world.lines.assign(revenue=k * world.lines["revenue"], cost=k * world.lines["cost"])
    money = {name: k * amount for name, amount in world.money.items()}
    dearer = replace(world, lines=lines, money=money, threshold=k * world.threshold)
    assert_same(analyses(dearer), {name: scaled(name, value) for name, value in found.items()})


def test_neither_the_order_of_scores_and_prices_nor_the_raters_names_change_what_is_said_of_a_rival() -> None:
    random = np.random.default_rng(5)
    day = pd.Timestamp("2025-06-10")
    told = [
        (f"r{rater}", rival, attribute, float(random.integers(1, 11)), day - pd.Timedelta(days=400 * earlier))
        for rater in range(9)
        for rival in ("own", "x", "y")
        for attribute in ("price", "quality")
        for earlier in (0, 1)
    ]
    scores = pd.DataFrame(told, columns=["rater_id", "competitor_id", "attribute", "score", "rated_on"])
    renamed = scores.assign(rater_id=[f"{9 - int(rater[1:])}" for rater in scores["rater_id"]])
    profile = competitive_profile(scores, {}, window=WINDOW)
    for other in (scores.sample(frac=1, random_state=1), renamed):
        assert_same(vars(competitive_profile(other, {}, window=WINDOW)), vars(profile))

    products = [f"p{number}" for number in range(4)]
    ours = pd.DataFrame({"product_id": products * 2, "region": ["North"] * 4 + ["South"] * 4, "unit": "t"})
    ours = ours.assign(family="F", month=pd.Timestamp("2025-06-01"), quantity=range(1, 9), revenue=range(80, 0, -10))
    ours = ours.assign(listed_quantity=ours["quantity"], list_amount=2.0 * ours["revenue"])
    seen = [
        (rival, product, region, day - pd.Timedelta(days=back), float(random.integers(10, 20) * (1 + back // 100)))
        for rival in ("x", "y")
        for product in products
        for region in ("North", None)
        for back in (0, 0, 40, 120)
    ]
    prices = pd.DataFrame(seen, columns=["competitor_id", "product_id", "region", "collected_on", "price"])
    prices = prices.assign(unit="t", basis="net", tax_included=False, factor=float("nan"), quantity=float("nan"))
    for analysis in (price_index, price_attacks):
        found = vars(analysis(ours, prices, window=WINDOW, as_of=AS_OF))
        assert len(found["frame"]) > 1
        mixed = analysis(ours.iloc[::-1], prices.sample(frac=1, random_state=2), window=WINDOW, as_of=AS_OF)
        assert_same(vars(mixed), found)


# Sums are kept


def _between(world: World, months: Period) -> pd.DataFrame:
    day = world.lines["date"]
    return world.lines[(day >= pd.Timestamp(months.start)) & (day < pd.Timestamp(months.end))]


def test_every_yuan_of_the_window_is_with_one_owner_one_region_and_one_month(
    world: World, found: dict[str, Any]
) -> None:
    lines, past = _between(world, WINDOW), _between(world, WINDOW.back(12))
    margin = (lines["revenue"] - lines["cost"]).sum()  # NaN, where the cost is not known, adds nothing
    assert found["profit"]["revenue"].sum() == found["regions"]["revenue"].sum() == lines["revenue"].sum()
    assert found["profit"]["margin"].sum() == found["regions"]["margin"].sum() == margin
    assert found["regions"]["before"].sum() == past["revenue"].sum()
    assert found["changes"]["change"].sum() == margin - (past["revenue"] - past["cost"]).sum()
    months = monthly_totals(world.ledger, WINDOW)
    assert (months["revenue"].sum(), months["margin"].sum()) == (lines["revenue"].sum(), margin)
    assert (found["trends"].iloc[:, 1:].sum() == months["revenue"]).all()


def test_the_bridge_leads_from_one_year_to_the_other(world: World, found: dict[str, Any]) -> None:
    bridge = found["retention.bridge"].set_index("step")["amount"]
    assert bridge["start"] == _between(world, WINDOW.back(12))["revenue"].sum()
    assert bridge["end"] == _between(world, WINDOW)["revenue"].sum()
    assert bridge["start"] + bridge.drop(["start", "end"]).sum() == bridge["end"]
    assert {"pool", "moved_out", "contraction", "expansion", "stopped"} <= set(bridge.index)


def test_shares_sum_to_one_and_curves_end_at_the_total(found: dict[str, Any]) -> None:
    accounts = found["profit"][~found["profit"]["is_pool"]]
    for measure in ("revenue", "margin"):
        ranked = found[f"concentration.{measure}"]
        assert ranked.loc[ranked["share"] > 0, "share"].sum() == pytest.approx(1)
        assert ranked["cumulative"].iloc[-1] == pytest.approx(ranked["share"].sum())
        assert ranked[measure].sum() == accounts[measure].sum()
        assert ranked["rank"].tolist() == list(range(1, len(accounts) + 1))
    assert found["whale.frame"]["cumulative"].iloc[-1] == found["whale.total"] == accounts["margin"].sum()
    assert found["whale.peak"] + found["whale.losing"]["margin"].sum() == found["whale.total"]
    assert found["keys.frame"]["share"].sum() == pytest.approx(found["keys.share"])


def test_the_year_lands_where_its_months_lead(found: dict[str, Any]) -> None:
    months = found["plan.months"]
    assert len(months) == 12
    assert (months["actual"].isna() != months["forecast"].isna()).all()
    assert found["plan.to_date"] == months["actual"].sum()
    assert found["plan.landing"] == pytest.approx(found["plan.to_date"] + months["forecast"].sum())


def test_who_is_lost_is_neither_overdue_nor_partly_lost_as_well(found: dict[str, Any]) -> None:
    assert set(found["lost.frame"]["owner_id"]) <= found["lost.gone"]
    for name in ("overdue.frame", "partial.falls", "stopped"):
        assert not found["lost.gone"] & set(found[name]["owner_id"]), name


# Nobody is judged on too little

FEW = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1094), st.integers(1, 999)), max_size=16)


@given(FEW)
@settings(max_examples=15, deadline=None)
def test_whoever_has_ordered_too_seldom_has_no_rate_and_no_verdict(drawn: list[tuple[int, int, int]]) -> None:
    lines = pd.DataFrame(drawn, columns=["number", "day", "revenue"])
    lines["date"] = lines["order_date"] = pd.Timestamp(FIRST) + pd.to_timedelta(lines.pop("day"), unit="D")
    lines = lines.assign(owner_id="o" + lines.pop("number").astype(str).astype("str"), family="F", region="North")
    lines = lines.assign(cost=float("nan")).astype({"revenue": float, "family": "str", "owner_id": "str"})
    world = World(lines, owners_frame("o0", "o1"), {}, 0.0)
    days = lines.groupby("owner_id")["order_date"].nunique()
    rules, ledger, orders, owners = Rules(), world.ledger, world.orders, world.owners

    late, judged = silences(orders, owners, as_of=AS_OF, regularity={"*": 1.0})
    assert judged == (days > rules.overdue_min_gaps).sum()
    assert (late["gaps"] >= rules.overdue_min_gaps).all()
    losses = spells(orders, owners, world.company, as_of=AS_OF)
    assert (losses.loc[losses["orders"] <= rules.gap_min_own, "median_gap"] == 30).all()  # the company's
    stopped = stopped_families(orders, ledger, owners, as_of=AS_OF, gone=frozenset())
    assert len(stopped) == 0  # there is one family: who stopped it has stopped everything
    fell = partial_defection(ledger, owners, window=WINDOW, lost=frozenset(), threshold=0.0)
    past = _between(world, WINDOW.back(12)).groupby("owner_id").size()
    assert fell.judged <= (past >= rules.partial_min_orders).sum()
    assert set(fell.falls["owner_id"]) <= set(past.index[past >= rules.partial_min_orders])
    kept = retention(ledger, owners, window=WINDOW)
    assert kept.cohort == len(past)
    assert math.isnan(kept.grr) == (kept.cohort == 0)
    assert math.isnan(kept.grr_interval[0]) == (kept.cohort < 2)
    # No cost is known: nobody has a margin rate, and nobody is called a fake for it.
    profit = owner_profit(ledger, owners, window=WINDOW)
    assert profit["rate"].isna().all()
    assert math.isnan(margin_rate(profit))
    assert len(fake_big_accounts(profit, world.company).fakes) == 0


# The book of a month that is past


def test_the_book_of_june_is_the_same_when_july_has_come(make_workspace: MakeWorkspace) -> None:
    months = [f"{month:%Y-%m}" for month in Period.parse("2022-07..2025-06")]
    known = monthly_lines("a", dict.fromkeys(months, 500.0), cost=0.7)
    known += monthly_lines("b", dict.fromkeys(months[:-9], 300.0), cost=0.9)
    known += monthly_lines("c", {month: 100.0 * (1 + place % 3) for place, month in enumerate(months)}, cost=1.1)
    later = monthly_lines("b", {"2025-07": 900.0, "2025-08": 1.0}, cost=0.1)
    later += monthly_lines("d", {"2025-08": 5000.0}, region="South", cost=0.5)
    told = []
    for rows, up_to in ((known, "2025-06-30"), (known + later, "2025-08-31")):
        workspace = make_workspace(transactions=rows, settings=f"[data]\nup_to = {up_to}")
        book = open_book("North", "2025-06", settings=workspace)
        profit, before = (owner_profit(book.ledger, book.owners, window=span) for span in (WINDOW, WINDOW.back(12)))
        lost = lost_owners(book.orders, book.ledger, book.owners, book.company, window=book.window, as_of=book.as_of)
        keys = key_accounts(profit, before, book.owners, book.owner_quarters, book.company, by_margin=True)
        told.append({
            **vars(lost), **{f"keys.{name}": value for name, value in vars(keys).items()},
            **vars(fake_big_accounts(profit, book.company)), **vars(retention(book.ledger, book.owners, window=WINDOW)),
            "changes": account_changes(book.ledger, book.owners, measure="revenue", now=WINDOW, past=WINDOW.back(12)),
        })  # fmt: skip
    assert told[0]["gone"] == {"b"}
    assert_same(*told)
