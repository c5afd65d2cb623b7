"""Every section and headline of the facade on small results: the plain case, and each end at which it says less."""

from collections.abc import Callable
from datetime import date
from functools import cache

import pandas as pd

from kamreport.analysis.actions import review_actions
from kamreport.analysis.portfolio import vip_rule
from kamreport.period import Period
from kamreport.present.section import Headline, Section
from kamreport.present.sections import (
    account_plans,
    basis,
    churn,
    comparisons,
    concentration,
    cover,
    delivery,
    discounts,
    doubts,
    fake_big_accounts,
    growth,
    habits,
    incentives,
    key_accounts,
    key_moves,
    lifetime,
    partial,
    pipeline,
    plan_and_cash,
    pocket,
    profile,
    renewals,
    rival_prices,
    rules,
    scoring,
    statuses,
    unlocks,
    win_rates,
)
from kamreport.results import ActionReview
from kamreport.settings import Bilingual, Rules

from . import frames as f
from . import kept, of_battles, of_competitive_response, of_moves, of_profile, of_rival_prices, of_rival_shares

__all__ = ["REGIONS", "VARIANTS", "left_out", "noted", "reviewed", "sources", "totals"]

Said = Section | Headline

RATES = {"overdue_1_30": 0.01, "overdue_31_60": 0.05, "overdue_61_90": 0.1, "overdue_over_90": 0.5}
REGIONS = {name: Bilingual(en=name, zh=zh) for name, zh in (("North", "华北"), ("South", "华南"))}
JUNE = Period.parse("2025-06")
ONE = f.profit(["瑞丰农资"], [100_000.0], [-5_000.0])
MANY = f.profit(
    [f"客户{n:02d}" for n in range(30)], [1e6 / (n + 1) for n in range(30)], [2e5 / (n + 1) for n in range(30)]
)
LOSERS = f.profit(["恒泰农资", "Acme", "瑞丰", "Zeta"], [4e6, 3e6, 2e6, 1e6], [-1e5, 9e5, 4e5, -2e4], discount=0.25)
NOBODY = f.profit([], [], [])
RETURNERS = f.profit(["Acme", "Zeta"], [-500.0, 0.0], [-100.0, 0.0])
UNKNOWN_COST = f.profit(["Acme", "Zeta"], [5e5, 3e5], [0.0, 0.0])
STEPS = [("start", 1e6), ("new", 1e5), ("expansion", 2e5), ("contraction", -3e5), ("stopped", -1e5), ("end", 9e5)]


def own(totals: pd.DataFrame) -> dict[str, float]:
    """The period's own totals, as `period_total` gives them."""
    return {name: float(totals[name].iloc[0]) for name in ("revenue", "margin")}


def totals(now: float = 1.2e6, past: float = 1e6, *, year_ago: bool = True) -> pd.DataFrame:
    """As `period_totals` gives it."""
    row = {"revenue": now, "margin": now / 5, "past_revenue": past, "past_margin": past / 5}
    names = ["previous", "year_ago"] if year_ago else ["previous"]
    return pd.DataFrame([row] * len(names), index=names)


def _monthly(amount: float = 1e5) -> pd.DataFrame:
    months = pd.date_range("2024-06-01", periods=13, freq="MS", name="month")
    return pd.DataFrame({"revenue": amount, "margin": amount / 5}, index=months)


def reviewed(*due: str, done: str | None = None, owner: str | None = "Li Na") -> ActionReview:
    """Actions by their due day, and one that is done."""
    days = [*due, *([done] if done else [])]
    actions = pd.DataFrame(
        {
            "action_id": [str(n) for n in range(len(days))],
            "title": [f"约谈{n}" for n in range(len(days))],
            "owner_id": "P1",
            "result": None,
            "due_on": pd.to_datetime(days),
            "done_on": pd.to_datetime([None] * len(due) + ([done] if done else [])),
        }
    )
    people = pd.DataFrame({"person_id": ["P1"] if owner else [], "name": [owner] if owner else []}, dtype="str")
    return review_actions(actions, people, period=JUNE, as_of=date(2025, 7, 1))


def sources(read: int = 1000, excluded: int = 0, rejected: int = 0) -> pd.DataFrame:
    row = ["transactions", read, read - excluded - rejected, excluded, excluded, rejected]
    frame = pd.DataFrame([row], columns=["table_name", "read", "used", "excluded", "copies", "rejected"])
    return frame.assign(first=pd.Timestamp("2024-01-02"), last=pd.Timestamp("2025-06-30"))


def suspicions(*rules: str) -> pd.DataFrame:
    """A suspicion of each rule, as the book gives them."""
    by_month = {"tax_mixed", "scale_mixed", "month_missing", "month_short"}
    frame = pd.DataFrame({"rule": rules}, dtype="str")
    frame["month"] = pd.to_datetime(["2025-02-01" if rule in by_month else None for rule in rules])
    frame["file"], frame["sheet"], frame["line"], frame["rows"], frame["amount"] = "a.xlsx", "Sheet1", 12, 3, 5e5
    frame["other"] = [
        "b.xlsx" if rule == "file_in_file" else "2025-03" if rule == "tax_mixed" else None for rule in rules
    ]
    frame["factor"] = [1.13 if rule == "tax_mixed" else 0.0001 if rule == "scale_mixed" else None for rule in rules]
    return frame


def contradictions(*rules: str, amount: float | None = 5e5, rows: int = 2) -> pd.DataFrame:
    frame = pd.DataFrame({"rule": rules}, dtype="str")
    frame["table_name"], frame["rows"], frame["amount"], frame["examples"] = "receivables", rows, amount, "恒泰, 瑞丰"
    frame["file"], frame["sheet"], frame["line"] = "a.csv", "", 12
    return frame.astype({"amount": float})


def coverage(*shares: tuple[str, str, float]) -> pd.DataFrame:
    """Rows of (part, name, share of its revenue with cost)."""
    frame = pd.DataFrame(shares, columns=["part", "name", "costed_revenue"])
    return frame.assign(revenue=1e6, costed_revenue=frame["costed_revenue"] * 1e6)


def left_out(*rows: tuple[str, int]) -> pd.DataFrame:
    """Rows of (reason, records)."""
    frame = pd.DataFrame(rows, columns=["reason", "rows"])
    frame["table_name"], frame["column_name"], frame["outcome"] = "transactions", "date", "rejected"
    frame["revenue"], frame["file"], frame["sheet"], frame["lines"] = 100.0, "transactions.csv", "", "7"
    return frame


def noted(*what: str) -> pd.DataFrame:
    frame = pd.DataFrame({"what": list(what)})
    frame["table_name"], frame["column_name"], frame["ids"], frame["rows"] = "transactions", "account_id", 2, 5
    return frame.assign(examples="a1, a2", revenue=100.0)


def _kinds(*kinds: str, pools: int = 0) -> pd.DataFrame:
    return pd.DataFrame({"kind": list(kinds), "lines": 10, "pool_lines": pools, "revenue": 1e4})


def _reconciled(company: str = "150.00", used: str = "150.0000") -> Section:
    parts = pd.DataFrame({"region": ["", "North", "*"], "revenue": [company, "100.00", "50.00"]})
    money = {"used": used, "excluded": "5.00", "rejected": "1.2345"}
    return basis.reconciliation_section(parts, region="North", money=money)


def _late(lines: int) -> pd.DataFrame:
    return pd.DataFrame({"lines": [lines], "revenue": [100.0 * lines]})


def _plan(**more: float | str) -> Section:
    rows = [("恒泰农资", 0.0, 9e5), ("Acme", 1e5, 3e5), ("Zeta", 5e5, 1e5)]
    return plan_and_cash.plan_section(f.plan(**more), f.changes(rows), margin_rate=0.2)  # type: ignore[arg-type]


def _time(*, complete: bool, lines: int, snapshots: tuple[str, ...] = ()) -> Section:
    return basis.time_section(
        period=JUNE, as_of=date(2025, 7, 1), up_to=date(2025, 6, 30), complete=complete,
        loaded_on=date(2025, 7, 3), late=_late(lines), snapshots=snapshots,
    )  # fmt: skip


def _keys(frame: pd.DataFrame = LOSERS, *, compared: bool = True, **more: object) -> Section:
    trends = pd.DataFrame([[1.0] * 13], index=["A000"])
    return key_accounts.key_accounts_section(f.keys(frame, **more), trends, compared=compared)  # type: ignore[arg-type]


def _attacks(*rivals: str, **more: object) -> Section:
    found = f.attacks(rivals, **more)  # type: ignore[arg-type]
    return rival_prices.price_attacks_section(found, f.rivals(["ruifeng"]), f.products(), REGIONS)


def _won(*rows: tuple[str, int, int], margin_rate: float = 0.2) -> Section:
    return win_rates.win_rates_section(f.deals(rows), f.rivals(["ruifeng", "zhongnong"]), margin_rate=margin_rate)


def _index(*rows: tuple[str, float], **more: float) -> Section:
    return rival_prices.price_index_section(f.prices(rows, **more), f.rivals(["ruifeng"]))


def _profile(*rows: tuple[str, float], raters: int = 8) -> Section:
    return profile.profile_section(f.profile(rows, raters=raters), f.rivals(["ruifeng"]), f.ATTRIBUTES)


def _stopped(*rows: tuple[str, str, float, float], manager: str | None = "Li Na") -> Section:
    found = f.stopped(rows, manager=manager)
    return partial.stopped_families_section(found, threshold=20_000.0, by_margin=True, rules=f.RULES)


def _retained(steps: list[tuple[str, float]] = STEPS, **more: float) -> Section:
    return churn.retention_section(f.retained(steps, **more))  # type: ignore[arg-type]


def _total(measure: str = "revenue", *, complete: bool = True, **more: float) -> Headline:
    said = totals(**more)  # type: ignore[arg-type]
    return cover.total_headline(own(said), said, _monthly(), measure=measure, complete=complete, target=1.1e6)


def _regions(*rows: tuple[str, float, float], compared: bool = True) -> Section:
    return plan_and_cash.regions_section(f.regions(rows), REGIONS, compared=compared)


def _stuck(*rows: tuple[str, int, float], manager: str | None = "Li Na", **more: object) -> Section:
    people = pd.DataFrame({"person_id": ["P1"] if manager else [], "name": [manager] if manager else []}, dtype="str")
    people["left_on"] = pd.Series(pd.NaT, people.index)
    accounts = f.prospects("恒泰农资", "Acme", "Zeta", manager=manager)
    margin_rate = 0.2 if manager else NAN
    return pipeline.stuck_deals_section(
        f.pipeline(rows, **more),
        accounts,
        people,
        margin_rate=margin_rate,  # type: ignore[arg-type]
    )


_OPEN = [("恒泰农资", 276, 5e5), ("Acme", 90, 2e5), ("Zeta", 10, 1e5), ("", 300, 4e5)]


def _renewed(*ended: tuple[str, str, bool], **more: object) -> Section:
    found = kept.renewals(*ended, **more)  # type: ignore[arg-type]
    return renewals.renewals_section(found, since=date(2024, 7, 1))


_OWED = [("恒泰农资", 2e6, 5e5, 1e5), ("Acme", 1e6, 0.0, 0.0)]
_LOST = [("恒泰农资", 9e5, 2e5), ("Acme", 1e5, -2e4), ("Zeta", 0.0, 0.0)]
_DROPPED = [("Acme", "化肥", 4e5, 8e4), ("Acme", "种子", 1e5, 2e4), ("Zeta", "农膜", 9e3, 1e3)]
_GAPS = [("恒泰农资", "化肥", 9e4), ("恒泰农资", "种子", 7e4), ("Acme", "Film", 4e4)]
_WALLETS = [("恒泰农资", "North", 9e6, 5e6), ("Acme", "South", 2e6, 1e6)]
_SERVED = [("恒泰农资", 29, 12, True), ("Acme", 40, 36, False), ("Zeta", 10, 10, False)]
_PARTS = (("化肥", 5e6, 3e5, -1e5, 2e5, 0, 0, 0), ("", 0, 0, 0, 0, 0, 0, -2e4), ("Film", 1e6, 0, 0, 0, 4e5, -1e6, 0))
_PLANS = [("恒泰农资", 1e6, 7e5), ("Acme", 4e5, 3.9e5), ("Zeta", 1e5, 2e5)]
_MISSING = [("Omega", 7e5, 6e5), ("Acme", 2e5, 7e4), ("新农", 1e5, 0.0)]
_UNDUE = [("恒泰农资", -2e5, -1e5), ("Zeta", 2e4, 2e4)]
_UP, _DOWN = [("Acme", 6e4, 1e5)], [("恒泰农资", 3e5, 5e4)]
NAN = f.NAN
_DEEPER = [("嘉禾农资", 0.88, 3.2e5, "loses"), ("Acme", float("inf"), 1e5, "loses"), ("Zeta", 0.2, 1e4, "few"),
           ("甲", 0.2, 9e3, "open"), ("乙", 0.2, -9e3, "pays")]  # fmt: skip


def _deeper(*rows: tuple[str, float, float, str], manager: str | None = "Li Na") -> Section:
    return discounts.discounts_section(f.deepened(rows, manager=manager))


def _raised(*rows: tuple[str, float, float]) -> Section:
    return discounts.list_prices_section(f.raised(rows), f.products())


VARIANTS: dict[str, Callable[[], Said]] = {
    "plan_section: behind": _plan,
    "plan_section: ahead": lambda: _plan(to_date=110.0),
    "plan_section: no target": lambda: _plan(target=NAN, target_year=NAN, scope=""),
    "plan_section: no target, above last year": lambda: _plan(target=NAN, target_year=NAN, past=50.0, scope=""),
    "plan_section: nothing to compare": lambda: _plan(target=NAN, past=NAN, target_year=NAN, scope=""),
    "plan_section: no landing": lambda: _plan(landing=NAN, low=NAN, high=NAN),
    "plan_section: ahead, no landing": lambda: _plan(to_date=110.0, landing=NAN, low=NAN, high=NAN),
    "plan_section: no interval": lambda: _plan(low=NAN, high=NAN),
    "plan_section: as much": lambda: _plan(to_date=100.0),
    "plan_section: as much as last year": lambda: _plan(to_date=80.0, target=NAN, target_year=NAN, scope=""),
    "plan_section: target of nothing": lambda: _plan(target=0.0),
    "plan_section: returns last year": lambda: _plan(target=NAN, past=-5.0, target_year=NAN, scope=""),
    "plan_section: margin": lambda: _plan(measure="margin"),
    "plan_section: accounts' targets": lambda: _plan(scope="account_id"),
    "overdue_receivables_section": lambda: plan_and_cash.overdue_receivables_section(f.receivables(_OWED), RATES),
    "overdue_receivables_section: one": lambda: plan_and_cash.overdue_receivables_section(
        f.receivables(_OWED[:1]), RATES
    ),
    "overdue_receivables_section: none": lambda: plan_and_cash.overdue_receivables_section(f.receivables([]), RATES),
    "overdue_receivables_section: nothing overdue": lambda: plan_and_cash.overdue_receivables_section(
        f.receivables(_OWED[1:]), RATES
    ),
    "overdue_receivables_section: nobody's": lambda: plan_and_cash.overdue_receivables_section(
        f.receivables(_OWED, manager=""), RATES
    ),
    "overdue_receivables_section: credit balance": lambda: plan_and_cash.overdue_receivables_section(
        f.receivables([*_OWED, ("Zeta", -4e6, 0.0, 0.0)]), {}
    ),
    "regions_section": lambda: _regions(("North", 3e6, 2e6), ("South", 1e6, 2e6)),
    "regions_section: not compared": lambda: _regions(("North", 3e6, 0.0), compared=False),
    "regions_section: no growth known": lambda: _regions(("North", 3e6, 0.0), ("NA", 1e6, 0.0)),
    "regions_section: none": _regions,
    "regions_section: nothing sold": lambda: _regions(("North", 0.0, 0.0)),
    "regions_section: returns": lambda: _regions(("North", -5e5, 1e6)),
    "fake_big_accounts_section": lambda: fake_big_accounts.fake_big_accounts_section(f.fakes(LOSERS)),
    "fake_big_accounts_section: one": lambda: fake_big_accounts.fake_big_accounts_section(f.fakes(ONE)),
    "fake_big_accounts_section: none": lambda: fake_big_accounts.fake_big_accounts_section(f.fakes(MANY)),
    "fake_big_accounts_section: nobody": lambda: fake_big_accounts.fake_big_accounts_section(f.fakes(NOBODY)),
    "fake_big_accounts_section: returns": lambda: fake_big_accounts.fake_big_accounts_section(f.fakes(RETURNERS)),
    "fake_big_accounts_section: all lose": lambda: fake_big_accounts.fake_big_accounts_section(f.fakes(ONE, -0.3)),
    "fake_big_accounts_section: nobody's": lambda: fake_big_accounts.fake_big_accounts_section(
        f.fakes(f.profit(["Acme", "Zeta", "甲"], [5e6, 1e6, 1e6], [-1e5, 2e5, 2e5], discount=NAN, manager=None))
    ),
    "whale_curve_section": lambda: concentration.whale_curve_section(f.whale(LOSERS)),
    "whale_curve_section: one loses": lambda: concentration.whale_curve_section(f.whale(ONE)),
    "whale_curve_section: all earn": lambda: concentration.whale_curve_section(f.whale(MANY)),
    "whale_curve_section: one earns": lambda: concentration.whale_curve_section(f.whale(MANY.head(1))),
    "whale_curve_section: nobody": lambda: concentration.whale_curve_section(f.whale(NOBODY)),
    "whale_curve_section: more lost than earned": lambda: concentration.whale_curve_section(
        f.whale(f.profit(["Acme", "Zeta"], [1e6, 1e6], [-5e5, 1e5]))
    ),
    "concentration_section": lambda: concentration.concentration_section(f.concentrated(MANY), f.concentrated(LOSERS)),
    "concentration_section: few": lambda: concentration.concentration_section(f.concentrated(LOSERS)),
    "concentration_section: one": lambda: concentration.concentration_section(f.concentrated(ONE)),
    "concentration_section: nobody": lambda: concentration.concentration_section(f.concentrated(NOBODY)),
    "concentration_section: returns": lambda: concentration.concentration_section(f.concentrated(RETURNERS)),
    "concentration_section: unknown cost": lambda: concentration.concentration_section(
        f.concentrated(UNKNOWN_COST, by_margin=False), f.concentrated(NOBODY, by_margin=False)
    ),
    "concentration_section: no margin": lambda: concentration.concentration_section(f.concentrated(UNKNOWN_COST)),
    "concentration_section: many, unknown cost": lambda: concentration.concentration_section(
        f.concentrated(MANY, by_margin=False)
    ),
    "key_accounts_section": lambda: _keys(total=5e6),
    "key_accounts_section: moved": lambda: _keys(promoted=["恒泰农资", "Acme", "Zeta"], demoted=["Omega"]),
    "key_accounts_section: one came": lambda: _keys(promoted=["Acme"], demoted=[]),
    "key_accounts_section: none moved": lambda: _keys(promoted=[], demoted=[]),
    "key_accounts_section: own list": lambda: _keys(rule="tier", compared=False),
    "key_accounts_section: unknown cost": lambda: _keys(by_margin=False),
    "key_accounts_section: no profit": lambda: _keys(ONE, total=-5.0),
    "key_accounts_section: none": lambda: _keys(NOBODY),
    "concentration_section: over time": lambda: concentration.concentration_section(
        f.concentrated(MANY), f.concentrated(LOSERS), f.trend(0.42, 0.43, NAN, 0.39)
    ),
    "key_list_section": lambda: key_moves.key_list_section(f.key_list(_MISSING, _UNDUE)),
    "key_list_section: one missing": lambda: key_moves.key_list_section(f.key_list(_MISSING[:1], manager=None)),
    "key_list_section: one undue": lambda: key_moves.key_list_section(f.key_list(undue=_UNDUE[:1], manager=None)),
    "key_list_section: unknown cost": lambda: key_moves.key_list_section(f.key_list(_MISSING, by_margin=False)),
    "key_list_section: agrees": lambda: key_moves.key_list_section(f.key_list()),
    "key_list_section: one agrees": lambda: key_moves.key_list_section(f.key_list(listed=1)),
    "key_list_section: no list": lambda: key_moves.key_list_section(f.key_list(has_list=False)),
    "key_moves_section": lambda: key_moves.key_moves_section(f.moves([*_UP, *_DOWN, ("Omega", 2e5, 1e4)])),
    "key_moves_section: one came": lambda: key_moves.key_moves_section(f.moves(_UP, compared=False)),
    "key_moves_section: two went": lambda: key_moves.key_moves_section(f.moves([*_DOWN, ("Omega", 2e5, 1e4)])),
    "key_moves_section: none": lambda: key_moves.key_moves_section(f.moves([], by_chance=0.0)),
    "key_moves_section: first review": lambda: key_moves.key_moves_section(
        f.moves([], by_chance=0.0, compared=False, reviewed=False)
    ),
    "key_score_section": lambda: scoring.key_score_section(f.score(30)),
    "key_score_section: one": lambda: scoring.key_score_section(f.score(1, rated=0, listed=1)),
    "key_score_section: no list": lambda: scoring.key_score_section(f.score(30, listed=0)),
    "key_score_section: nothing known": lambda: scoring.key_score_section(f.score(3, known=False)),
    "key_score_section: nobody": lambda: scoring.key_score_section(f.score(0)),
    "portfolio_section": lambda: scoring.portfolio_section(f.sorted_by_potential(30)),
    "portfolio_section: one": lambda: scoring.portfolio_section(f.sorted_by_potential(1, by_margin=False)),
    "portfolio_section: no profit": lambda: scoring.portfolio_section(f.sorted_by_potential(5, worth=-1.0)),
    "portfolio_section: no potential": lambda: scoring.portfolio_section(f.sorted_by_potential(5, potential=False)),
    "four_part_section": lambda: scoring.four_part_section(f.four_parts(MANY)),
    "four_part_section: one": lambda: scoring.four_part_section(f.four_parts(ONE)),
    "four_part_section: unknown cost": lambda: scoring.four_part_section(
        f.four_parts(UNKNOWN_COST.assign(rate=NAN), by_margin=False)
    ),
    "four_part_section: nobody": lambda: scoring.four_part_section(f.four_parts(NOBODY)),
    "vip_rule_section": lambda: scoring.vip_rule_section(vip_rule(MANY, rules=Rules(vip_revenue=340_000))),
    "vip_rule_section: one near": lambda: scoring.vip_rule_section(vip_rule(ONE, rules=Rules(vip_revenue=105_000))),
    "vip_rule_section: none near": lambda: scoring.vip_rule_section(vip_rule(LOSERS)),
    "vip_rule_section: none": lambda: scoring.vip_rule_section(vip_rule(ONE)),
    "vip_rule_section: nobody": lambda: scoring.vip_rule_section(vip_rule(NOBODY)),
    "rfm_section": lambda: habits.rfm_section(f.orders_of([(f"客户{n}", n + 1, 1e4) for n in range(20)])),
    "rfm_section: one, as in R": lambda: habits.rfm_section(f.orders_of([("Acme", 3, 1e4)], binning="rfm_r")),
    "rfm_section: all alike": lambda: habits.rfm_section(f.orders_of([("Acme", 3, 1e4), ("Zeta", 3, 1e4)])),
    "rfm_section: nobody": lambda: habits.rfm_section(f.orders_of([])),
    "demand_section": lambda: habits.demand_section(f.demanded(50, keys=25), f.RULES),
    "demand_section: few": lambda: habits.demand_section(f.demanded(5, keys=1), f.RULES),
    "demand_section: key accounts only": lambda: habits.demand_section(f.demanded(3, keys=3), f.RULES),
    "demand_section: no key account": lambda: habits.demand_section(f.demanded(1, keys=0), f.RULES),
    "demand_section: nobody": lambda: habits.demand_section(f.demanded(0, keys=0), f.RULES),
    "price_attacks_section": lambda: _attacks("ruifeng"),
    "price_attacks_section: several": lambda: _attacks("ruifeng", "unlisted"),
    "price_attacks_section: still cheaper": lambda: _attacks("ruifeng", gap=-0.05),
    "price_attacks_section: own price unknown": lambda: _attacks("ruifeng", gap=NAN),
    "price_attacks_section: dearer than before": lambda: _attacks("ruifeng", levels=(120.0, 110.0)),
    "price_attacks_section: none": lambda: _attacks(),
    "win_rates_section": lambda: _won(("ruifeng", 2, 28), ("zhongnong", 40, 10), ("none", 3, 0), ("unknown", 0, 2)),
    "win_rates_section: unknown cost": lambda: _won(("ruifeng", 2, 28), ("zhongnong", 40, 10), margin_rate=NAN),
    "win_rates_section: all alike": lambda: _won(("ruifeng", 3, 2), ("unlisted", 4, 3)),
    "win_rates_section: most without a rival": lambda: _won(
        ("none", 192, 93), ("ruifeng", 30, 113), ("unknown", 5, 15)
    ),
    "win_rates_section: one": lambda: _won(("ruifeng", 1, 0)),
    "win_rates_section: none": lambda: _won(),
    "price_index_section": lambda: _index(("ruifeng", 91.5), ("zhongnong", 108.0)),
    "price_index_section: none cheaper": lambda: _index(("ruifeng", 104.0)),
    "price_index_section: alike": lambda: _index(("ruifeng", 100.0)),
    "price_index_section: too few": lambda: _index(("ruifeng", 91.5), reach=NAN),
    "price_index_section: none": _index,
    "profile_section": lambda: _profile(("ruifeng", 0.8), ("zhongnong", -0.9)),
    "profile_section: none stronger": lambda: _profile(("ruifeng", -0.8)),
    "profile_section: too few": lambda: _profile(("ruifeng", 0.8), raters=2),
    "profile_section: none": _profile,
    "lost_accounts_section": lambda: churn.lost_accounts_section(f.lost(_LOST), by_margin=True),
    "lost_accounts_section: one": lambda: churn.lost_accounts_section(f.lost(_LOST[:1], active=1), by_margin=True),
    "lost_accounts_section: unknown cost": lambda: churn.lost_accounts_section(f.lost(_LOST), by_margin=False),
    "lost_accounts_section: one, unknown cost": lambda: churn.lost_accounts_section(f.lost(_LOST[:1]), by_margin=False),
    "lost_accounts_section: none": lambda: churn.lost_accounts_section(f.lost([]), by_margin=True),
    "lost_accounts_section: none of one": lambda: churn.lost_accounts_section(f.lost([], active=1), by_margin=True),
    "lost_accounts_section: nobody": lambda: churn.lost_accounts_section(f.lost([], active=0), by_margin=True),
    "lost_accounts_section: nobody's": lambda: churn.lost_accounts_section(f.lost(_LOST, manager=None), by_margin=True),
    "retention_section": _retained,
    "retention_section: one": lambda: _retained([("start", 1e6), ("end", 1.2e6)], cohort=1),
    "retention_section: nobody": lambda: _retained([], cohort=0),
    "retention_section: pool and moves": lambda: _retained(
        [("start", 1e6), ("pool", -1e5), ("moved_in", 1e5), ("moved_out", -2e5), ("end", 8e5)]
    ),
    "overdue_accounts_section": lambda: churn.overdue_accounts_section(f.overdue(_LOST), by_margin=True),
    "overdue_accounts_section: one": lambda: churn.overdue_accounts_section(f.overdue(_LOST[:1]), by_margin=True),
    "overdue_accounts_section: few alarms": lambda: churn.overdue_accounts_section(
        f.overdue(_LOST, flagged=3, manager=None), by_margin=False
    ),
    "overdue_accounts_section: none": lambda: churn.overdue_accounts_section(f.overdue([], flagged=0), by_margin=True),
    "overdue_accounts_section: nobody": lambda: churn.overdue_accounts_section(f.overdue([], judged=0), by_margin=True),
    "partial_defection_section": lambda: partial.partial_defection_section(f.partial(_LOST), by_margin=True),
    "partial_defection_section: one": lambda: partial.partial_defection_section(f.partial(_LOST[:1]), by_margin=False),
    "partial_defection_section: nobody's": lambda: partial.partial_defection_section(
        f.partial(_LOST, manager=None), by_margin=True
    ),
    "partial_defection_section: none": lambda: partial.partial_defection_section(f.partial([]), by_margin=True),
    "stopped_families_section": lambda: _stopped(*_DROPPED),
    "stopped_families_section: one": lambda: _stopped(*_DROPPED[:1]),
    "stopped_families_section: nobody's": lambda: _stopped(*_DROPPED, manager=None),
    "stopped_families_section: small": lambda: _stopped(_DROPPED[-1]),
    "stopped_families_section: none": _stopped,
    "white_space_section": lambda: growth.white_space_section(f.white_space(_GAPS)),
    "white_space_section: one": lambda: growth.white_space_section(f.white_space(_GAPS[:1], manager=None)),
    "white_space_section: unknown cost": lambda: growth.white_space_section(
        f.white_space(_GAPS * 5, by_margin=False, unsaid=3)
    ),
    "white_space_section: too few": lambda: growth.white_space_section(f.white_space([], unsaid=7)),
    "white_space_section: none": lambda: growth.white_space_section(f.white_space([])),
    "potential_section": lambda: growth.potential_section(f.potential(_WALLETS), REGIONS),
    "potential_section: one region": lambda: growth.potential_section(
        f.potential(_WALLETS[:1], contradicted=1), {"North": REGIONS["North"]}
    ),
    "potential_section: no range, no growth": lambda: growth.potential_section(
        f.potential(_WALLETS, spread=NAN, growth=NAN, sources=("market", "tender")), {}
    ),
    "potential_section: none": lambda: growth.potential_section(f.potential([]), {}),
    "outlook_section": lambda: growth.outlook_section(f.outlook(target=3.1e6)),
    "outlook_section: no target": lambda: growth.outlook_section(f.outlook(method="seasonal")),
    "outlook_section: above": lambda: growth.outlook_section(f.outlook(target=4e6)),
    "outlook_section: below": lambda: growth.outlook_section(f.outlook(target=2e6)),
    "outlook_section: too little": lambda: growth.outlook_section(f.outlook(method="", expected=NAN, half=NAN, n=1)),
    "new_products_section": lambda: growth.new_products_section(
        f.new_products([("化肥", 8e5, 1e5)], unknown=0.2), REGIONS
    ),
    "new_products_section: company": lambda: growth.new_products_section(
        f.new_products([("化肥", 8e5, 1e5), ("Film", 2e5, 1e4)], least="South"), REGIONS
    ),
    "new_products_section: first year": lambda: growth.new_products_section(
        f.new_products([("化肥", 8e5, 0.0)], before=NAN), REGIONS
    ),
    "new_products_section: none": lambda: growth.new_products_section(f.new_products([]), REGIONS),
    "delivery_section": lambda: delivery.delivery_section(f.served(_SERVED, undated=2), margin_rate=0.2),
    "delivery_section: unknown cost": lambda: delivery.delivery_section(
        f.served(_SERVED, manager=None), margin_rate=NAN
    ),
    "delivery_section: nobody fell": lambda: delivery.delivery_section(f.served(_SERVED[1:]), margin_rate=0.2),
    "delivery_section: nothing arrived": lambda: delivery.delivery_section(
        f.served([("Acme", 1, 0, False)], delivered=False, undated=1), margin_rate=0.2
    ),
    "delivery_section: none": lambda: delivery.delivery_section(f.served([]), margin_rate=0.2),
    "revenue_bridge_section": lambda: account_plans.revenue_bridge_section(f.revenue_bridge(_PARTS)),
    "revenue_bridge_section: nothing before": lambda: account_plans.revenue_bridge_section(f.revenue_bridge([])),
    "account_plans_section": lambda: account_plans.account_plans_section(f.account_plans(_PLANS), margin_rate=0.2),
    "account_plans_section: cost unknown": lambda: account_plans.account_plans_section(
        f.account_plans(_PLANS), margin_rate=NAN
    ),
    "account_plans_section: no margin": lambda: account_plans.account_plans_section(
        f.account_plans(_PLANS), margin_rate=-0.1
    ),
    "account_plans_section: one": lambda: account_plans.account_plans_section(
        f.account_plans(_PLANS[:1], partial=1, manager=None), margin_rate=0.2
    ),
    "account_plans_section: met": lambda: account_plans.account_plans_section(
        f.account_plans(_PLANS[2:], partial=2), margin_rate=0.2
    ),
    "account_plans_section: none": lambda: account_plans.account_plans_section(f.account_plans([]), margin_rate=0.2),
    "total_headline": _total,
    "total_headline: incomplete": lambda: _total("margin", complete=False),
    "total_headline: nothing": lambda: _total(now=0.0, past=0.0),
    "total_headline: first month": lambda: cover.total_headline(
        own(totals()), totals().head(0), _monthly(NAN), measure="revenue", complete=True
    ),
    "attainment_headline": lambda: cover.attainment_headline(f.plan()),
    "attainment_headline: no target": lambda: cover.attainment_headline(f.plan(target=NAN)),
    "attainment_headline: margin, no landing": lambda: cover.attainment_headline(f.plan(measure="margin", landing=NAN)),
    "overdue_headline": lambda: cover.overdue_headline(f.receivables(_OWED, before=4e5)),
    "overdue_headline: none": lambda: cover.overdue_headline(f.receivables([])),
    "overdue_headline: credit balance": lambda: cover.overdue_headline(
        f.receivables([*_OWED, ("Zeta", -4e6, 0.0, 0.0)])
    ),
    "retained_headline": lambda: cover.retained_headline(f.retained(STEPS)),
    "retained_headline: nobody": lambda: cover.retained_headline(f.retained([], cohort=0)),
    "key_accounts_headline": lambda: cover.key_accounts_headline(f.keys(LOSERS), ["A000", "A001", "X"]),
    "key_accounts_headline: none": lambda: cover.key_accounts_headline(f.keys(NOBODY), ["X"]),
    "actions_section": lambda: cover.actions_section(reviewed("2025-05-01", "2025-06-20", "2025-08-01")),
    "actions_section: one late": lambda: cover.actions_section(reviewed("2025-06-29", owner=None)),
    "actions_section: none late": lambda: cover.actions_section(reviewed("2025-08-01")),
    "actions_section: none": lambda: cover.actions_section(reviewed()),
    "sources_section": lambda: basis.sources_section(sources(excluded=3, rejected=2)),
    "sources_section: one": lambda: basis.sources_section(sources(rejected=1)),
    "sources_section: all used": lambda: basis.sources_section(sources()),
    "left_out_section": lambda: basis.left_out_section(left_out(("not_a_date", 5), ("copy", 2))),
    "left_out_section: one": lambda: basis.left_out_section(left_out(("not_a_number", 1))),
    "left_out_section: as many": lambda: basis.left_out_section(left_out(("empty", 2), ("copy", 2))),
    "left_out_section: none": lambda: basis.left_out_section(left_out()),
    "suspicions_section": lambda: doubts.suspicions_section(suspicions(*doubts.SUSPICIONS)),
    "suspicions_section: one": lambda: doubts.suspicions_section(suspicions("total_kept")),
    "suspicions_section: none": lambda: doubts.suspicions_section(suspicions()),
    "contradictions_section": lambda: doubts.contradictions_section(contradictions(*doubts.CONTRADICTIONS)),
    "contradictions_section: one": lambda: doubts.contradictions_section(
        contradictions("other_manager", amount=None, rows=1)
    ),
    "contradictions_section: none": lambda: doubts.contradictions_section(contradictions()),
    "coverage_section": lambda: unlocks.coverage_section(
        coverage(("", "", 0.9), ("family", "", 0.5), ("family", "肥料", 0.99), ("region", "North", 0.7)), least=0.95
    ),
    "coverage_section: enough": lambda: unlocks.coverage_section(coverage(("", "", 0.98)), least=0.95),
    "coverage_section: none": lambda: unlocks.coverage_section(coverage(("", "", 0.0)), least=0.95),
    "unlocks_section": lambda: unlocks.unlocks_section([(1, one) for one in unlocks.UNLOCKS], {"targets": ["cover"]}),
    "unlocks_section: one": lambda: unlocks.unlocks_section([(2, "contracts"), (2, "deliveries.line_no")]),
    "unlocks_section: none": lambda: unlocks.unlocks_section([]),
    "noted_section": lambda: basis.noted_section(noted("spelling", "alias")),
    "noted_section: one": lambda: basis.noted_section(noted("unknown_id")),
    "noted_section: none": lambda: basis.noted_section(noted()),
    "kinds_section": lambda: basis.kinds_section(_kinds("sale", "return", "credit")),
    "kinds_section: pools": lambda: basis.kinds_section(_kinds("sale", "return", pools=4)),
    "kinds_section: no sale": lambda: basis.kinds_section(_kinds("freight")),
    "kinds_section: none": lambda: basis.kinds_section(_kinds()),
    "reconciliation_section": _reconciled,
    "reconciliation_section: off": lambda: _reconciled("150.01", used="150.01"),
    "reconciliation_section: lines lost": lambda: _reconciled(used="160"),
    "time_section": lambda: _time(complete=True, lines=0, snapshots=("accounts", "people")),
    "time_section: incomplete": lambda: _time(complete=False, lines=1),
    "rules_section": lambda: rules.rules_section(f.RULES, threshold=12_345.0),
    "statuses_section": lambda: statuses.statuses_section(
        f.statuses([("existing", 40), ("silent", 5), ("target", 3), ("prospect", 4)], moved=True, pools=2, wrong=2)
    ),
    "statuses_section: one of each": lambda: statuses.statuses_section(
        f.statuses([("existing", 1), ("partner", 1), ("closed", 1)], pools=1, wrong=1)
    ),
    "statuses_section: only existing": lambda: statuses.statuses_section(
        f.statuses([("existing", 1), ("silent", 1)], has_history=False)
    ),
    "statuses_section: one": lambda: statuses.statuses_section(f.statuses([("prospect", 1)])),
    "statuses_section: none": lambda: statuses.statuses_section(f.statuses([])),
    "stuck_deals_section": lambda: _stuck(*_OPEN),
    "stuck_deals_section: many": lambda: _stuck(*_OPEN * 4),
    "stuck_deals_section: many and nobody's": lambda: _stuck(*_OPEN * 4, manager=None),
    "stuck_deals_section: one": lambda: _stuck(_OPEN[0]),
    "stuck_deals_section: nobody's": lambda: _stuck(*_OPEN, manager=None),
    "stuck_deals_section: unknown amounts": lambda: _stuck(*_OPEN, stages=False, known=False),
    "stuck_deals_section: one of unknown amount": lambda: _stuck(_OPEN[-1], stages=False, known=False),
    "stuck_deals_section: none decided": lambda: _stuck(*_OPEN, won=0, lost=0),
    "stuck_deals_section: none stuck": lambda: _stuck(*_OPEN[2:3]),
    "stuck_deals_section: none of two": lambda: _stuck(*_OPEN[2:3] * 2),
    "stuck_deals_section: not judged": lambda: _stuck(*_OPEN, judged=False),
    "stuck_deals_section: none open": _stuck,
    "pipeline_section": lambda: pipeline.pipeline_section(f.pipeline(_OPEN)),
    "pipeline_section: one": lambda: pipeline.pipeline_section(f.pipeline(_OPEN[:1], won=1, lost=0)),
    "pipeline_section: stages not recorded": lambda: pipeline.pipeline_section(
        f.pipeline(_OPEN, stages=False, known=False)
    ),
    "pipeline_section: one not recorded": lambda: pipeline.pipeline_section(
        f.pipeline(_OPEN[:1], stages=False, known=False, won=0, lost=0)
    ),
    "pipeline_section: none open": lambda: pipeline.pipeline_section(f.pipeline([])),
    "pipeline_section: none decided": lambda: pipeline.pipeline_section(f.pipeline(_OPEN, won=0, lost=0)),
    "pipeline_section: none": lambda: pipeline.pipeline_section(f.pipeline([], won=0, lost=0)),
    "before_after_section": lambda: comparisons.before_after_section(
        f.before_after(
            ("margin", 5e6, 4e6, NAN, NAN),
            ("margin_rate", 0.181, 0.175, NAN, NAN),
            ("win_rate", 0.5, 0.4, 0.3, 0.7),
            ("revenue_per_manager", 1e7, NAN, NAN, NAN),
            ("service_cost_ratio", NAN, 0.02, NAN, NAN),
            ("cycle_days", 65.5, 60.0, NAN, NAN),
            ("satisfied", 0.7, 0.8, 0.6, 0.8),
        )
    ),
    "before_after_section: one": lambda: comparisons.before_after_section(
        f.before_after(("cycle_days", 65.5, 60.0, NAN, NAN))
    ),
    "before_after_section: none": lambda: comparisons.before_after_section(
        f.before_after(("margin", 5e6, NAN, NAN, NAN))
    ),
    "benchmarks_section": lambda: comparisons.benchmarks_section(
        f.benchmarked(
            ("gross_margin_rate", 0.18, 0.17),
            ("overdue_share", 0.147, 0.12),
            ("retention", 0.91, 0.9),
            ("on_time_in_full", 0.87, 0.88),
            ("win_rate", 0.5, 0.5),
            ("accounts_per_manager", 15.0, 14.0),
            uncompared=["dso"],
        )
    ),
    "benchmarks_section: one": lambda: comparisons.benchmarks_section(f.benchmarked(("win_rate", 0.4, 0.5))),
    "benchmarks_section: reached": lambda: comparisons.benchmarks_section(
        f.benchmarked(("win_rate", 0.6, 0.5), ("overdue_share", 0.1, 0.2))
    ),
    "benchmarks_section: one reached": lambda: comparisons.benchmarks_section(f.benchmarked(("win_rate", 0.6, 0.5))),
    "benchmarks_section: not judged": lambda: comparisons.benchmarks_section(
        f.benchmarked(("accounts_per_manager", 15.0, 14.0))
    ),
    "benchmarks_section: none": lambda: comparisons.benchmarks_section(f.benchmarked(uncompared=["dso"])),
    "lifetime_value_section": lambda: lifetime.lifetime_value_section(kept.values()),
    "lifetime_value_section: one key, none lost": lambda: lifetime.lifetime_value_section(
        kept.values(keys=1, lost=(), manager=None)
    ),
    "lifetime_value_section: no keys": lambda: lifetime.lifetime_value_section(kept.values(keys=0, lost=(2e5, 1e5))),
    "lifetime_value_section: keys that lose": lambda: lifetime.lifetime_value_section(kept.values([9e5, -1e5], keys=0)),
    "lifetime_value_section: segments": lambda: lifetime.lifetime_value_section(
        kept.values(segments=["农场", "dealer"])
    ),
    "lifetime_value_section: five years": lambda: lifetime.lifetime_value_section(
        kept.values(rules=Rules(lifetime_years=5))
    ),
    "lifetime_value_section: one year": lambda: lifetime.lifetime_value_section(
        kept.values([5e5], keys=0, lost=(), rules=Rules(lifetime_years=1))
    ),
    "lifetime_value_section: nothing earned": lambda: lifetime.lifetime_value_section(kept.values([-1e5])),
    "lifetime_value_section: nobody": lambda: lifetime.lifetime_value_section(kept.values([], lost=())),
    "retention_economics_section": lambda: lifetime.retention_economics_section(kept.economics(), kept.acquisition()),
    "retention_economics_section: few years": lambda: lifetime.retention_economics_section(
        kept.economics(lifetime_years=3), None
    ),
    "retention_economics_section: one kept": lambda: lifetime.retention_economics_section(
        kept.economics(kept=1), kept.acquisition(0)
    ),
    "retention_economics_section: too few": lambda: lifetime.retention_economics_section(
        kept.economics(9), kept.acquisition()
    ),
    "retention_economics_section: one lost": lambda: lifetime.retention_economics_section(kept.economics(1), None),
    "retention_economics_section: none lost": lambda: lifetime.retention_economics_section(
        kept.economics(0), kept.acquisition(0)
    ),
    "retention_economics_section: nothing earned": lambda: lifetime.retention_economics_section(
        kept.economics(margin=-1e5), kept.acquisition(0)
    ),
    "incentives_section": lambda: incentives.incentives_section(kept.given()),
    "incentives_section: one": lambda: incentives.incentives_section(kept.given(1, 19, has=["rebates"], few=True)),
    "incentives_section: no rebates known": lambda: incentives.incentives_section(kept.given(has=["list"])),
    "incentives_section: none given": lambda: incentives.incentives_section(kept.given(0, few=True)),
    "incentives_section: no deeper discount": lambda: incentives.incentives_section(
        kept.given(0, has=["list"], few=True)
    ),
    "incentives_section: one retained": lambda: incentives.incentives_section(kept.given(0, 1, few=True)),
    "incentives_section: nobody": lambda: incentives.incentives_section(kept.given(0, 0, few=True)),
    "incentives_section: not known": lambda: incentives.incentives_section(kept.given(0, has=[], few=True)),
    "renewals_section": lambda: _renewed(("恒泰农资", "2025-04-30", True), ("Acme", "2025-01-31", False)),
    "renewals_section: two": lambda: _renewed(
        ("恒泰农资", "2025-04-30", True), ("Acme", "2025-01-31", True), fitted=None, manager=None
    ),
    "renewals_section: long ago": lambda: _renewed(("恒泰农资", "2023-04-30", True)),
    "renewals_section: all renewed": lambda: _renewed(decided=1, running=1),
    "renewals_section: none ended": lambda: _renewed(decided=0),
    "renewals_section: one runs": lambda: _renewed(decided=0, running=1),
    "purchase_model_section": lambda: lifetime.purchase_model_section(kept.forecast()),
    "purchase_model_section: one": lambda: lifetime.purchase_model_section(kept.forecast(accounts=1)),
    "purchase_model_section: too few": lambda: lifetime.purchase_model_section(kept.forecast("too_few", accounts=59)),
    "purchase_model_section: only one": lambda: lifetime.purchase_model_section(kept.forecast("too_few", accounts=1)),
    "purchase_model_section: not found": lambda: lifetime.purchase_model_section(kept.forecast("not_found")),
    "purchase_model_section: worse": lambda: lifetime.purchase_model_section(kept.forecast("worse")),
    "fake_big_accounts_section: deducted": lambda: fake_big_accounts.fake_big_accounts_section(
        f.fakes(f.with_service(LOSERS))
    ),
    "fake_big_accounts_section: rebates only": lambda: fake_big_accounts.fake_big_accounts_section(
        f.fakes(
            f.with_service(MANY, rebates=0.3, service=0.0).assign(
                rebates=lambda frame: frame["rebates"] * (frame.index < 5)
            )
        )
    ),
    "fake_big_accounts_section: service only": lambda: fake_big_accounts.fake_big_accounts_section(
        f.fakes(f.with_service(MANY.assign(manager_name=None), rebates=0.0, service=0.1))
    ),
    "waterfall_section": lambda: pocket.waterfall_section(f.waterfall(LOSERS)),
    "waterfall_section: no list price": lambda: pocket.waterfall_section(f.waterfall(LOSERS, listed=False)),
    "waterfall_section: nothing beside": lambda: pocket.waterfall_section(f.waterfall(LOSERS, beside=False)),
    "waterfall_section: part uncosted": lambda: pocket.waterfall_section(f.waterfall(LOSERS, uncosted=1e5)),
    "waterfall_section: returns": lambda: pocket.waterfall_section(f.waterfall(RETURNERS)),
    "waterfall_section: nobody": lambda: pocket.waterfall_section(f.waterfall(NOBODY)),
    "discounts_section": lambda: _deeper(*_DEEPER),
    "discounts_section: one": lambda: _deeper(_DEEPER[0]),
    "discounts_section: no volume is enough": lambda: _deeper(_DEEPER[1], manager=None),
    "discounts_section: none loses": lambda: _deeper(*_DEEPER[2:]),
    "discounts_section: none": _deeper,
    "list_prices_section": lambda: _raised(("0101", 0.0, 2e5), ("unlisted", 0.01, 1e5), ("P2", 0.07, 1e4)),
    "list_prices_section: one": lambda: _raised(("P1", -0.01, 2e5)),
    "list_prices_section: none": _raised,
    "price_and_service_section": lambda: pocket.price_and_service_section(
        f.placed(f.with_service(MANY, discount=0.02))
    ),
    "price_and_service_section: one": lambda: pocket.price_and_service_section(f.placed(f.with_service(ONE))),
    "price_and_service_section: none": lambda: pocket.price_and_service_section(f.placed(NOBODY)),
    "dependency_section": lambda: pocket.dependency_section(f.depends(LOSERS, fixed=3e5)),
    "dependency_section: fixed cost unknown": lambda: pocket.dependency_section(f.depends(LOSERS)),
    "dependency_section: cost unknown": lambda: pocket.dependency_section(f.depends(UNKNOWN_COST, by_margin=False)),
    "dependency_section: does not pay": lambda: pocket.dependency_section(f.depends(LOSERS, fixed=3e6)),
    "dependency_section: pays anyway": lambda: pocket.dependency_section(
        f.depends(MANY.head(3).assign(is_pool=[True, False, False]), fixed=1e3)
    ),
    "dependency_section: many": lambda: pocket.dependency_section(
        f.depends(f.profit([f"客户{n:02d}" for n in range(30)], [1e6] * 30, [2e5] * 30), fixed=1e6)
    ),
    "dependency_section: no margin": lambda: pocket.dependency_section(f.depends(LOSERS.assign(margin=-1e5))),
    "dependency_section: nobody": lambda: pocket.dependency_section(f.depends(NOBODY)),
    "effort_section": lambda: pocket.effort_section(f.worked(MANY, [5, 5, *[4] * 27, 40], hours=2.0)),
    "effort_section: contacts": lambda: pocket.effort_section(f.worked(LOSERS, [9, 9, 9, 9])),
    "effort_section: one": lambda: pocket.effort_section(f.worked(MANY.head(1), [1])),
    "effort_section: none": lambda: pocket.effort_section(f.worked(LOSERS, [0, 0, 0, 0])),
    "effort_section: nobody's": lambda: pocket.effort_section(
        f.worked(MANY.assign(manager_name=None, manager_id=None), [1, *[4] * 28, 60])
    ),
    "statuses_section: all buy": lambda: statuses.statuses_section(f.statuses([("existing", 40)])),
    "statuses_section: the one buys": lambda: statuses.statuses_section(f.statuses([("existing", 1)])),
    "key_gaps_section": lambda: comparisons.key_gaps_section(f.key_gaps("恒泰农资", "Acme")),
    "key_gaps_section: one": lambda: comparisons.key_gaps_section(f.key_gaps("Acme")),
    "key_gaps_section: nobody": lambda: comparisons.key_gaps_section(f.key_gaps()),
    "key_gaps_section: no gap": lambda: comparisons.key_gaps_section(f.key_gaps(without=0.0)),
    "key_gaps_section: own list": lambda: comparisons.key_gaps_section(f.key_gaps(rule="tier")),
    "key_gaps_section: by revenue": lambda: comparisons.key_gaps_section(f.key_gaps(by_margin=False)),
}
VARIANTS |= of_moves.VARIANTS
VARIANTS |= of_profile.VARIANTS
VARIANTS |= of_rival_prices.VARIANTS
VARIANTS |= of_battles.VARIANTS
VARIANTS |= of_rival_shares.VARIANTS
VARIANTS |= of_competitive_response.VARIANTS
# A page reads what it shows, in either language, and does not change it.
VARIANTS = {name: cache(make) for name, make in VARIANTS.items()}
