"""Small result frames by hand: what the sections and charts are tried on."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

import pandas as pd

from kamreport.analysis.concentration import concentration
from kamreport.analysis.demand import demand
from kamreport.analysis.effort import dependency, effort
from kamreport.analysis.portfolio import four_part_test, portfolio
from kamreport.analysis.profile import competitive_profile
from kamreport.analysis.profit import fake_big_accounts, whale_curve
from kamreport.analysis.rfm import rfm
from kamreport.analysis.scoring import key_score
from kamreport.analysis.waterfall import price_and_service, price_waterfall
from kamreport.analysis.win_rates import win_rates
from kamreport.period import Period
from kamreport.results import (
    AccountPlans,
    BeforeAfter,
    Benchmarked,
    Concentration,
    DeliveryService,
    Demand,
    Dependency,
    DiscountReview,
    Effort,
    FakeBigAccounts,
    FourPartTest,
    KeyAccounts,
    KeyGaps,
    KeyList,
    KeyMoves,
    KeyScore,
    ListPrices,
    Losses,
    NewProducts,
    Outlook,
    OverdueOwners,
    OverdueReceivables,
    PartialDefection,
    Pipeline,
    Plan,
    Portfolio,
    Potential,
    PriceAndService,
    PriceAttacks,
    PriceIndex,
    Profile,
    Retention,
    RevenueBridge,
    Rfm,
    Statuses,
    Waterfall,
    WhaleCurve,
    WhiteSpace,
    WinRates,
)
from kamreport.settings import Attribute, Bilingual, Rules

WINDOW = Period.parse("2024-07..2025-06")
RULES = Rules()
NAN = float("nan")

# Faults S4, S6, S7, D21: what an export may hold where a name should stand.
HOSTILE = [
    "<script>alert(1)</script>",
    r"$\frac$ Inc",
    "A$B$",
    r"^_{}\\",
    "_hidden",
    "&lt;b&gt; & Co \"quoted\" 'name'",
    "{0} %(a)s {name!r} {{",
    "\N{FACTORY}\N{SPARKLES} emoji \N{FAMILY}\u200d\N{GIRL}",
    "\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe\N{POP DIRECTIONAL FORMATTING}",
    "שלום עולם مرحبا",
    "e\u0301\u0301\u0301 combining",
    "lone \ud800 surrogate",
    '=HYPERLINK("http://x")',
    "  \t\n ",
    "x" * 5000,
    "长" * 5000,
    "\U000e0001\U0001f9ff private \ue000",
]


def profit(
    names: Sequence[str],
    revenue: Sequence[float],
    margin: Sequence[float],
    *,
    discount: float = 0.1,
    manager: str | None = "Li Na",
) -> pd.DataFrame:
    """One row per owner as `owner_profit` gives it; largest revenue first."""
    frame = pd.DataFrame({"name": list(names), "revenue": list(revenue), "margin": list(margin)}).astype(
        {"revenue": float, "margin": float}
    )
    frame["owner_id"] = [f"A{number:03d}" for number in range(len(frame))]
    frame["costed_revenue"] = frame["revenue"]
    frame["rate"] = (frame["margin"] / frame["costed_revenue"]).where(frame["costed_revenue"] > 0)
    frame["type"], frame["segment"], frame["is_pool"], frame["is_home"] = "customer", "", False, True
    frame["manager_id"], frame["manager_name"] = ("P1" if manager else None), manager
    frame["discount"], frame["orders"] = discount, 12
    frame["rebates"], frame["service"] = 0.0, 0.0
    frame["pocket"], frame["pocket_rate"] = frame["margin"], frame["rate"]
    return frame.sort_values(["revenue", "owner_id"], ascending=[False, True], ignore_index=True)


def company(median_rate: float = 0.2) -> pd.DataFrame:
    """The company's median margin rate."""
    return pd.DataFrame(
        {
            "measure": ["pocket_rate_median"],
            "segment": [""],
            "moment": pd.to_datetime(["2025-07-01"]),
            "value": [median_rate],
        }
    )


def fakes(frame: pd.DataFrame, median_rate: float = 0.2) -> FakeBigAccounts:
    return fake_big_accounts(frame, company(median_rate))


def whale(frame: pd.DataFrame) -> WhaleCurve:
    return whale_curve(frame)


def concentrated(frame: pd.DataFrame, *, by_margin: bool = True) -> Concentration:
    return concentration(frame, window=WINDOW, by_margin=by_margin)


def plan(
    *,
    measure: str = "revenue",
    to_date: float = 90.0,
    target: float = 100.0,
    past: float = 80.0,
    landing: float = 180.0,
    target_year: float = 200.0,
    scale: float = 10_000.0,
    scope: str = "exact",
    low: float = 170.0,
    high: float = 190.0,
) -> Plan:
    """Half a year; amounts in units of `scale`."""
    months = pd.date_range("2025-01-01", periods=12, freq="MS", name="month")
    frame = pd.DataFrame(index=months)
    frame["actual"] = [to_date * scale / 6] * 6 + [NAN] * 6
    frame["year_ago"] = [past * scale / 6] * 12
    frame["target"] = [target * scale / 6] * 12
    frame["forecast"] = [NAN] * 6 + [(landing - to_date) * scale / 6] * 6
    return Plan(
        measure, frame, to_date * scale, target * scale, past * scale, landing * scale, low * scale, high * scale,
        target_year * scale, scope, 11, Period.parse("2025-01..2025-06"),
    )  # fmt: skip


def changes(rows: Sequence[tuple[str, float, float]], *, manager: str | None = "Li Na") -> pd.DataFrame:
    """Rows of (name, now, past) as `account_changes` gives them."""
    frame = pd.DataFrame(rows, columns=["name", "now", "past"]).astype({"now": float, "past": float})
    frame.insert(0, "owner_id", [f"A{number:03d}" for number in range(len(frame))])
    frame["change"] = frame["now"] - frame["past"]
    frame["manager_id"], frame["manager_name"], frame["type"] = ("P1" if manager else None), manager, "customer"
    frame["moved_out"] = False
    return frame.sort_values("change", ignore_index=True)


def receivables(
    rows: Sequence[tuple[str, float, float, float]], *, manager: str = "Li Na", before: float = NAN
) -> OverdueReceivables:
    """Rows of (name, balance, overdue, over 90 days); a tenth of the overdue is likely lost."""
    frame = pd.DataFrame(rows, columns=["name", "balance", "overdue", "overdue_over_90"])
    frame["owner_id"] = frame["account_id"] = [f"A{number:03d}" for number in range(len(frame))]
    frame["manager_id"], frame["manager_name"] = ("P1" if manager else ""), manager
    frame["expected_loss"] = 0.1 * frame["overdue"]
    sums = frame[["balance", "overdue", "overdue_over_90", "expected_loss"]].sum()
    managers = pd.DataFrame([{"manager_id": "P1" if manager else "", "manager_name": manager, "share": 1.0, **sums}])
    return OverdueReceivables(
        pd.Timestamp("2025-06-01") if len(frame) else None, managers if len(frame) else managers.head(0), frame,
        float(sums["balance"]), float(sums["overdue"]), float(sums["overdue_over_90"]),
        float(sums["expected_loss"]), before, NAN,
    )  # fmt: skip


def keys(
    frame: pd.DataFrame,
    *,
    promoted: list[str] | None = None,
    demoted: list[str] | None = None,
    rule: str = "value",
    by_margin: bool = True,
    total: float | None = None,
) -> KeyAccounts:
    """All rows of a profit frame as key accounts."""
    measure = "margin" if by_margin else "revenue"
    value = float(frame[measure].sum())
    total = value if total is None else total
    frame = frame.assign(before=frame[measure] * 0.9, change=frame[measure] * 0.1, share=NAN)
    quarter = pd.Timestamp("2025-07-01") if rule == "value" else None
    share = value / total if total > 0 else NAN
    return KeyAccounts(frame, promoted, demoted, share, value, total, rule, by_margin, quarter, RULES)


def regions(rows: Sequence[tuple[str, float, float]]) -> pd.DataFrame:
    """Rows of (region, revenue, before) as `region_comparison` gives them."""
    frame = pd.DataFrame(rows, columns=["region", "revenue", "before"]).astype({"revenue": float, "before": float})
    frame["growth"] = (frame["revenue"] / frame["before"] - 1).where(frame["before"] > 0)
    frame["margin"], frame["rate"], frame["owners"] = frame["revenue"] * 0.2, 0.2, 3
    return frame


def lost(rows: Sequence[tuple[str, float, float]], *, active: int = 60, manager: str | None = "Li Na") -> Losses:
    """Rows of (name, revenue, margin)."""
    frame = pd.DataFrame(rows, columns=["name", "revenue", "margin"]).astype({"revenue": float, "margin": float})
    frame["owner_id"] = [f"A{number:03d}" for number in range(len(frame))]
    frame["manager_id"], frame["manager_name"] = ("P1" if manager else None), manager
    frame["last_order"], frame["lost_on"] = pd.Timestamp("2024-10-08"), pd.Timestamp("2025-04-07")
    frame["median_gap"], frame["limit_days"] = 14.0, 180.0
    return Losses(frame, 1, active, frozenset(frame["owner_id"]), (0.01, 0.1), WINDOW, RULES)


def overdue(
    rows: Sequence[tuple[str, float, float]], *, judged: int = 50, flagged: int = 30, manager: str | None = "Li Na"
) -> OverdueOwners:
    """Rows of (name, revenue, margin), all confirmed."""
    frame = pd.DataFrame(rows, columns=["name", "revenue", "margin"]).astype({"revenue": float, "margin": float})
    frame["owner_id"] = [f"A{number:03d}" for number in range(len(frame))]
    frame["manager_id"], frame["manager_name"] = ("P1" if manager else None), manager
    frame["last_order"], frame["silence_days"], frame["median_gap"] = pd.Timestamp("2025-04-10"), 81, 12.0
    frame["ratio"], frame["limit"], frame["gaps"], frame["confirmed"] = 6.75, 1.5, 40, True
    frame["recent"], frame["recent_before"] = 0.0, frame["revenue"] / 4
    return OverdueOwners(frame, judged, flagged, 12, 0.6, RULES)


def partial(rows: Sequence[tuple[str, float, float]], *, manager: str | None = "Li Na") -> PartialDefection:
    """Rows of (name, drop, lost margin): the account fell to half."""
    frame = pd.DataFrame(rows, columns=["name", "drop", "lost_margin"]).astype({"drop": float, "lost_margin": float})
    frame["owner_id"] = [f"A{number:03d}" for number in range(len(frame))]
    frame["manager_id"], frame["manager_name"] = ("P1" if manager else None), manager
    frame["year"], frame["year_before"], frame["year_change"] = frame["drop"], 2 * frame["drop"], -0.5
    frame["recent"], frame["recent_before"] = frame["drop"] / 8, frame["drop"] / 2
    frame["recent_change"] = -0.75
    return PartialDefection(frame, 4, 59, Period.parse("2025-Q2"), 20_000.0, RULES)


def stopped(rows: Sequence[tuple[str, str, float, float]], *, manager: str | None = "Li Na") -> pd.DataFrame:
    """Rows of (owner, family, revenue, margin) as `stopped_families` gives them."""
    frame = pd.DataFrame(rows, columns=["name", "family", "revenue", "margin"])
    frame = frame.astype({"revenue": float, "margin": float})
    codes = {name: f"A{number:03d}" for number, name in enumerate(dict.fromkeys(frame["name"]))}
    frame["owner_id"] = frame["name"].map(codes).astype("str")
    frame["manager_id"], frame["manager_name"] = ("P1" if manager else None), manager
    frame["last_order"], frame["silence_days"] = pd.Timestamp("2024-11-20"), 222
    frame["median_gap"], frame["share"] = 14.0, 0.35
    return frame


def retained(
    steps: Sequence[tuple[str, float]], *, cohort: int = 60, grr: float = 0.861, nrr: float = 0.928
) -> Retention:
    """Steps between start and end; the interval is unknown where a single account makes the cohort."""
    bridge = pd.DataFrame(steps, columns=["step", "amount"])
    unknown = cohort < 2
    return Retention(
        frame=pd.DataFrame({"owner_id": [], "name": [], "before": [], "now": [], "change": [], "step": []}),
        bridge=bridge,
        cohort=cohort,
        grr=grr,
        grr_interval=(NAN, NAN) if unknown else (0.76, 0.96),
        nrr=nrr,
        nrr_interval=(NAN, NAN) if unknown else (0.81, 1.05),
        grr_backwards=NAN if unknown else 0.93,
        stopped=0 if unknown else 2,
        stopped_interval=(0.0, 0.1),
    )


def deals(rows: Sequence[tuple[str, int, int]], *, amount: float = 100_000.0) -> WinRates:
    """Rows of (rival, won, lost)."""
    outcomes = [
        {"competitor_id": rival, "outcome": outcome, "amount": amount, "closed_on": pd.Timestamp("2025-03-01")}
        for rival, won, failed in rows
        for outcome in ["won"] * won + ["lost"] * failed
    ]
    frame = pd.DataFrame(outcomes, columns=["competitor_id", "outcome", "amount", "closed_on"])
    frame["closed_on"] = pd.to_datetime(frame["closed_on"])
    return win_rates(frame, window=WINDOW)


def prices(rows: Sequence[tuple[str, float]], *, coverage: float = 0.6, reach: float = 2.0) -> PriceIndex:
    """Rows of (rival, level), cheapest first; clear is what lies further from 100 than the interval reaches."""
    frame = pd.DataFrame(rows, columns=["competitor_id", "level"]).astype({"level": float})
    frame["jevons_level"], frame["items"], frame["coverage"] = frame["level"] + 1.0, 5, coverage
    frame["low"], frame["high"] = frame["jevons_level"] - reach, frame["jevons_level"] + reach
    frame["fisher_items"], frame["fisher_coverage"] = ([2] + [0] * len(frame))[: len(frame)], 0.2
    frame["fisher_level"] = (frame["level"] - 1).where(frame["fisher_items"] > 0)
    frame["age"], frame["oldest"] = 31.5, pd.Timestamp("2025-04-05")
    frame["verdict"] = [
        "few" if row.low != row.low else "cheaper" if row.high < 100 else "dearer" if row.low > 100 else "unclear"
        for row in frame.itertuples()
    ]
    return PriceIndex(frame, 3, 12, Period.parse("2025-Q2"), RULES)


def attacks(
    rivals: Sequence[str] = ("ruifeng",), *, gap: float = 0.18, levels: Sequence[float] = (97.0, 98.0, 97.5, 86.0, 85.0)
) -> PriceAttacks:
    frame = pd.DataFrame({"competitor_id": list(rivals)})
    frame["region"], frame["family"], frame["change"], frame["items"] = "South", "Fertiliser", -0.11, 3
    frame["since"], frame["revenue"], frame["gap"] = pd.Timestamp("2025-04-09"), 11_400_000.0, gap
    frame["exposure"] = [1_500_000.0 / (place + 1) for place in range(len(frame))]
    items = pd.DataFrame(
        {
            "product_id": ["0101", "0102", "0103"],
            "unit_price_then": [2000.0, 3500.0, 2800.0],
            "unit_price": [1780.0, 3115.0, 2490.0],
            "change": [-0.11, -0.11, -0.11],
            "own_price": [2100.0, 3680.0, NAN],
            "year_revenue": [5_000_000.0, 4_000_000.0, 2_400_000.0],
        }
    )
    months = pd.date_range("2025-02-01", periods=len(levels), freq="MS")
    history = pd.DataFrame({"month": months, "level": list(levels)})
    # All of them on the same products.
    return PriceAttacks(frame, items, history, RULES, exposure=1_500_000.0, revenue=11_400_000.0)


ATTRIBUTES = {
    "price": Attribute(name=Bilingual(en="Price", zh="价格"), weight=0.4),
    "quality": Attribute(name=Bilingual(en="Quality", zh="质量"), weight=0.6),
}


def profile(
    rivals: Sequence[tuple[str, float]], *, raters: int = 8, attributes: Sequence[str] = ("price", "quality")
) -> Profile:
    """Rows of (rival, mean gap to us); the raters differ a little."""
    rows = [
        {
            "rater_id": f"R{rater}",
            "competitor_id": rival,
            "attribute": attribute,
            "score": 6.0 + gap + 0.05 * (rater % 3 - 1) * (rival != "own"),
            "rated_on": pd.Timestamp("2025-03-01"),
        }
        for rival, gap in (("own", 0.0), *rivals)
        for rater in range(raters)
        for attribute in attributes
    ]
    frame = pd.DataFrame(rows, columns=["rater_id", "competitor_id", "attribute", "score", "rated_on"])
    frame["rated_on"] = pd.to_datetime(frame["rated_on"])
    return competitive_profile(frame, ATTRIBUTES, window=WINDOW)


def rivals(names: Sequence[str]) -> pd.DataFrame:
    """The competitors table: each name is its own id."""
    return pd.DataFrame({"competitor_id": list(names), "name": list(names)}, dtype="str")


def products() -> pd.DataFrame:
    return pd.DataFrame({"product_id": ["0101", "0102"], "name": ["Urea", "DAP"]}, dtype="str")


def pipeline(
    rows: Sequence[tuple[str, int, float]],
    *,
    stages: bool = True,
    known: bool = True,
    judged: bool = True,
    won: int = 12,
    lost: int = 13,
) -> Pipeline:
    """Open deals as rows of (account, days in the stage, amount); stuck after 60 days.

    The last has no account. Without `stages` none is recorded, and unless `known` nothing is known of amounts.
    """
    deals = pd.DataFrame(rows, columns=["account_id", "days", "amount"]).astype({"amount": float})
    deals["account_id"] = deals["account_id"].astype("str").where(deals["account_id"] != "", None)
    deals["opportunity_id"] = [f"OP{number}" for number in range(len(deals))]
    deals["stage"] = "offer 报价" if stages else ""
    deals["since"] = pd.Timestamp("2025-07-01") - pd.to_timedelta(deals["days"], unit="D")
    deals["created_on"], deals["owner_id"] = deals["since"], "P1"
    deals["usual_days"] = 30.0 if judged else NAN
    deals["is_stuck"] = (deals["days"] > 60) & judged
    deals = deals if known else deals.assign(amount=NAN)
    names = ["lead 线索", "offer 报价"] if stages else [""]
    frame = pd.DataFrame({"stage": names}).assign(
        open=0, amount=NAN, left=25, moved=12, rate=0.48, low=0.3, high=0.67, usual_days=30.0 if judged else NAN,
        by_standard=False, limit=60.0, stuck=0, stuck_amount=0.0,
    )  # fmt: skip
    if stages:
        frame.loc[0, ["left", "moved"]] = 3  # too few to say
    last = frame.index[-1]
    frame.loc[last, ["open", "stuck"]] = [len(deals), int(deals["is_stuck"].sum())]
    frame.loc[last, "amount"] = deals["amount"].sum(min_count=1)
    closed = pd.DataFrame(
        {"closed_on": pd.Timestamp("2025-01-01"), "outcome": ["won"] * won + ["lost"] * lost, "amount": 1e5}
    ).assign(competitor_id="ruifeng")
    rate = won / (won + lost) if known and won + lost else NAN
    return Pipeline(
        stages=frame, deals=deals, rates=win_rates(closed, window=WINDOW), value_rate=rate, value_low=rate - 0.1,
        value_high=rate + 0.1, cycle_days=45.0, cycle_low=8.0, cycle_high=85.0, cycles=won + lost,
        recorded=len(deals) if stages else 0, window=WINDOW, as_of=date(2025, 7, 1), rules=RULES,
    )  # fmt: skip


def prospects(*names: str, manager: str | None = "Li Na") -> pd.DataFrame:
    """Accounts by name, which is their id as well."""
    frame = pd.DataFrame({"account_id": list(names), "name": list(names)}, dtype="str")
    return frame.assign(manager_id="P1" if manager else None, manager_name=manager)


def statuses(
    rows: Sequence[tuple[str, int]], *, moved: bool = False, has_history: bool = True, pools: int = 0, wrong: int = 0
) -> Statuses:
    """Rows of (status, accounts); only existing ones buy."""
    frame = pd.DataFrame(rows, columns=["status", "accounts"])
    frame["buying"] = frame["accounts"].where(frame["status"] == "existing", 0)
    frame = frame.assign(revenue=1e6, accounts_before=3.0, buying_before=2.0, revenue_before=9e5)
    moves = prospects("恒泰农资", "Acme").assign(before="prospect", status=["existing", "closed"], revenue=5e5)
    return Statuses(frame, moves if moved else moves.head(0), has_history, wrong, pools)


def before_after(*rows: tuple[str, float, float, float, float]) -> BeforeAfter:
    """Rows of (measure, now, before, low, high)."""
    frame = pd.DataFrame(rows, columns=["measure", "now", "before", "low", "high"])
    return BeforeAfter(frame.assign(low_before=frame["low"], high_before=frame["high"], n=12.5, n_before=0.0), WINDOW)


def benchmarked(*rows: tuple[str, float, float], uncompared: Sequence[str] = ()) -> Benchmarked:
    """Rows of (metric, ours, theirs)."""
    frame = pd.DataFrame(rows, columns=["metric", "own", "value"])
    return Benchmarked(frame.assign(n=12, year=2024, source="行业协会"), list(uncompared))


def white_space(
    rows: Sequence[tuple[str, str, float]], *, unsaid: int = 0, by_margin: bool = True, manager: str | None = "Li Na"
) -> WhiteSpace:
    """Rows of (name, family, amount); three of four peers buy."""
    frame = pd.DataFrame(rows, columns=["name", "family", "amount"]).astype({"amount": float})
    frame["owner_id"] = "A" + frame["name"].astype("str")
    frame["manager_id"], frame["manager_name"], frame["segment"] = ("P1" if manager else None), manager, "dealer"
    frame["peers"], frame["buyers"], frame["penetration"] = 40, 30, 0.75
    frame["typical"] = frame["amount"] / 0.75
    return WhiteSpace(frame, float(frame["amount"].sum()), 59, unsaid, by_margin, RULES)


def potential(
    rows: Sequence[tuple[str, str, float, float]], *, spread: float = 0.1, sources: Sequence[str] = ("customer",),
    growth: float = 0.1, contradicted: int = 0,
) -> Potential:  # fmt: skip
    """Rows of (name, region, wallet, our part of it)."""
    frame = pd.DataFrame(rows, columns=["name", "region", "wallet", "own"]).astype({"wallet": float, "own": float})
    frame["owner_id"] = frame["account_id"] = [f"A{number:03d}" for number in range(len(frame))]
    frame["manager_id"], frame["manager_name"], frame["growth"], frame["own_growth"] = "P1", "Li Na", growth, -growth
    frame["source"] = [sources[number % len(sources)] for number in range(len(frame))]
    frame["low"], frame["high"] = frame["wallet"] * (1 - spread), frame["wallet"] * (1 + spread)
    for end, wallet in (("", "wallet"), ("_low", "low"), ("_high", "high")):
        frame[f"headroom{end}"] = (frame[wallet] - frame["own"]).clip(lower=0)
    frame["share"] = frame["own"] / frame["wallet"]
    sums = ["wallet", "low", "high", "own", "headroom", "headroom_low", "headroom_high"]
    regions = frame.groupby("region")[sums].sum().reset_index()
    regions["accounts"], regions["active"], regions["cover"] = 1, 60, 0.3
    regions["share"], regions["growth"], regions["own_growth"] = regions["own"] / regions["wallet"], growth, -growth
    return Potential(frame, regions, 60, 0.3, contradicted)


def outlook(
    *, method: str = "trend", expected: float = 3e6, half: float = 3e5, target: float = NAN, n: int = 16
) -> Outlook:
    months = pd.date_range("2025-07-01", periods=3, freq="MS", name="month")
    frame = pd.DataFrame({"expected": expected / 3, "low": (expected - half) / 3}, months)
    frame["high"], frame["year_ago"] = (expected + half) / 3, 9e5
    return Outlook(
        frame, Period.parse("2025-Q3"), expected, expected - half, expected + half, 2.7e6, target, method, n, 0.04
    )


def new_products(
    rows: Sequence[tuple[str, float, float]], *, before: float = 0.1, unknown: float = 0.0, least: str = ""
) -> NewProducts:
    """Rows of (family, revenue, of which new); a new product for each family, taken up least in a region."""
    frame = pd.DataFrame(rows, columns=["family", "revenue", "new"]).astype({"revenue": float, "new": float})
    frame["products"], frame["share"] = 2, frame["new"] / frame["revenue"]
    products = frame.loc[frame["new"] > 0, ["family", "new", "share"]].rename(columns={"new": "revenue"})
    products["product_id"] = [f"01{number:02d}" for number in range(len(products))]
    products["name"] = [["高效猪料", None][number % 2] for number in range(len(products))]
    products["launched_on"] = pd.Timestamp("2024-03-01")
    products["region"], products["region_share"] = (least, 0.01) if least else (None, NAN)
    revenue, new = float(frame["revenue"].sum()), float(frame["new"].sum())
    share = new / revenue if revenue else NAN
    return NewProducts(frame, products, revenue, new, share, before, unknown, RULES)


def served(
    rows: Sequence[tuple[str, int, int, bool]],
    *,
    undated: int = 0,
    delivered: bool = True,
    manager: str | None = "Li Na",
) -> DeliveryService:
    """Rows of (name, orders, on time, late and buying less since)."""
    frame = pd.DataFrame(rows, columns=["name", "orders", "on_time", "is_followed"]).astype({"is_followed": bool})
    frame["owner_id"] = [f"A{number:03d}" for number in range(len(frame))]
    frame["manager_id"], frame["manager_name"] = ("P1" if manager else None), manager
    frame["in_full"] = frame["otif"] = frame["on_time"]
    frame["rate"] = frame["otif_rate"] = frame["on_time"] / frame["orders"]
    frame["low"], frame["high"] = frame["rate"] * 0.8, 1 - (1 - frame["rate"]) * 0.8
    frame["lead_median"], frame["lead_p90"] = (5.0, 11.0) if delivered else (NAN, NAN)
    frame["recent"], frame["recent_before"] = 4e5, 1e6
    frame["drop"], frame["change"] = 6e5, -0.6
    frame["is_late"] = frame["is_followed"]
    frame["run_start"], frame["run_end"] = pd.Timestamp("2024-09-01"), pd.Timestamp("2024-11-30")
    frame["run_orders"], frame["run_on_time"] = 7.0, 0.0
    orders, otif = int(frame["orders"].sum()), int(frame["otif"].sum())
    return DeliveryService(
        frame, frame[frame["is_followed"]].reset_index(drop=True), orders, otif, otif, otif, 0.7, 0.8,
        5.0 if delivered else NAN, 11.0 if delivered else NAN, orders if delivered else 0, undated,
        Period.parse("2025-04..2025-06"), RULES,
    )  # fmt: skip


def revenue_bridge(rows: Sequence[tuple[str, float, float, float, float, float, float, float]]) -> RevenueBridge:
    """Rows of (family, past, volume, mix, price, new, stopped, other)."""
    names = ["family", "past", "volume", "mix", "price", "new", "stopped", "other"]
    frame = pd.DataFrame(rows, columns=names).astype(dict.fromkeys(names[1:], float))
    frame["now"] = frame[names[1:]].sum(axis=1)
    totals = {name: float(frame[name].sum()) for name in [*names[1:], "now"]}
    return RevenueBridge(frame, totals, WINDOW, WINDOW.back(12))


def account_plans(
    rows: Sequence[tuple[str, float, float]], *, partial: int = 0, manager: str | None = "Li Na"
) -> AccountPlans:
    """Rows of (name, target, actual)."""
    frame = pd.DataFrame(rows, columns=["name", "target", "actual"]).astype({"target": float, "actual": float})
    frame["owner_id"] = [f"A{number:03d}" for number in range(len(frame))]
    frame["manager_id"], frame["manager_name"] = ("P1" if manager else None), manager
    frame["variance"], frame["past"] = frame["actual"] - frame["target"], frame["actual"] - 9e4
    frame["volume"], frame["mix"], frame["price"] = 1e5, 2e4, -3e4
    frame["new"], frame["stopped"], frame["other"] = 0.0, 0.0, 0.0
    frame = frame.sort_values("variance", ignore_index=True)
    return AccountPlans(frame, Period.parse("2025-01..2025-06"), partial)


def moves(
    rows: Sequence[tuple[str, float, float]], *, by_chance: float = 0.4, compared: bool = True, reviewed: bool = True
) -> KeyMoves:
    """Rows of (name, value at the review before, at the last); who rose entered, who fell left."""
    frame = pd.DataFrame(rows, columns=["name", "then", "now"]).astype({"then": float, "now": float})
    frame["owner_id"] = [f"A{number:03d}" for number in range(len(frame))]
    frame["manager_id"], frame["manager_name"] = "P1", ["Li Na", None][len(frame) % 2]
    frame["change"], frame["is_up"] = frame["now"] - frame["then"], frame["now"] > frame["then"]
    states = ["key", "other", "none"]
    matrix = pd.DataFrame([[20, 1, 0], [2, 30, 1], [0, 3, 0]], index=states, columns=states)
    days = [pd.Timestamp(day) for day in ("2025-07-01", "2025-04-01", "2024-07-01")]
    return KeyMoves(
        frame, by_chance, 2 if by_chance else 0,
        matrix.rename_axis(index="then", columns="now") if compared else None,
        days[0] if reviewed else None, days[1] if reviewed else None, days[2] if compared else None, 22, True, RULES,
    )  # fmt: skip


def key_list(
    missing: Sequence[tuple[str, float, float]] = (),
    undue: Sequence[tuple[str, float, float]] = (),
    *,
    listed: int = 11,
    by_margin: bool = True,
    has_list: bool = True,
    manager: str | None = "Li Na",
) -> KeyList:
    """Rows of (name, value now, a year ago); a rank for each."""

    def rows(given: Sequence[tuple[str, float, float]], first: int) -> pd.DataFrame:
        frame = pd.DataFrame(given, columns=["name", "now", "before"]).astype({"now": float, "before": float})
        frame["owner_id"] = [f"A{first + number:03d}" for number in range(len(frame))]
        frame["manager_id"], frame["manager_name"] = ("P1" if manager else None), manager
        frame["rank"] = range(first + 1, first + 1 + len(frame))
        frame["growth"] = (frame["now"] / frame["before"] - 1).where(frame["before"] > 0)
        frame["is_rising"] = frame["now"] >= 1.5 * frame["before"]
        return frame

    return KeyList(rows(missing, 0), rows(undue, 50), listed, 60, has_list, 77_000.0, by_margin, RULES)


def criteria(n: int, *, known: bool = True, listed: int = 2, potential: bool = True) -> pd.DataFrame:
    """Criteria of so many accounts; profit and loss say the same."""
    places = pd.Series(range(n), dtype=float)
    frame = pd.DataFrame({"owner_id": [f"A{at:03d}" for at in range(n)], "name": [f"客户{at:02d}" for at in range(n)]})
    frame["manager_id"], frame["manager_name"] = "P1", "Li Na"
    frame["is_listed"], frame["followers"] = places < listed, places.astype(int) % 3
    frame["profit"] = (n - places) * 1e5 if known else NAN
    frame["loss"] = frame["profit"] + 1e3 * frame["followers"]
    frame["stability"] = (places * 7) % 11 if known else NAN
    frame["potential"] = (places * 5) % 13 if known and potential else NAN
    frame["goals"], frame["effort"] = NAN, places
    frame["headroom"], frame["deals"], frame["growth"] = NAN, 0.0, places
    return frame


def score(n: int, *, known: bool = True, rated: int = 2, listed: int = 2) -> KeyScore:
    ratings = pd.DataFrame(
        {"interview": 60.0, "research": 70.5, "management": NAN}, index=[f"A{at:03d}" for at in range(min(rated, n))]
    )
    return key_score(criteria(n, known=known, listed=listed), ratings, draws=100)


def sorted_by_potential(n: int, *, worth: float = 1.0, potential: bool = True, by_margin: bool = True) -> Portfolio:
    measured = criteria(n, potential=potential)
    measured["profit"] *= worth
    scored = key_score(measured, pd.DataFrame(columns=["interview", "research", "management"]), draws=10).frame
    return portfolio(measured, scored, by_margin=by_margin)


def four_parts(frame: pd.DataFrame, *, by_margin: bool = True) -> FourPartTest:
    return four_part_test(frame, company(), material=20_000.0, by_margin=by_margin)


def orders_of(rows: Sequence[tuple[str, int, float]], *, binning: Literal["rank", "rfm_r"] = "rank") -> Rfm:
    """Rows of (name, orders, amount of each); an order every ten days, back from the window's end."""
    days = [
        (f"A{at:03d}", f"{at}-{number}", pd.Timestamp("2025-06-30") - pd.Timedelta(days=10 * number + at), amount)
        for at, (_, count, amount) in enumerate(rows)
        for number in range(count)
    ]
    orders = pd.DataFrame(days, columns=["owner_id", "order_id", "order_date", "revenue"])
    orders = orders.astype({"owner_id": "str", "order_id": "str", "order_date": "datetime64[us]", "revenue": float})
    owners = pd.DataFrame({"owner_id": [f"A{at:03d}" for at in range(len(rows))], "name": [row[0] for row in rows]})
    owners = owners.astype("str").assign(type="customer", is_home=True, manager_name="Li Na")
    return rfm(orders, owners, window=WINDOW, binning=binning)


def demanded(n: int, *, keys: int) -> Demand:
    """So many accounts, the first of them key; every fourth buys every other month only."""
    months = pd.date_range("2023-07-01", periods=24, freq="MS")
    rows = [
        (f"A{at:03d}", month, 100.0 + at) for at in range(n) for month in months[:: 2 if at % 4 == 3 else 1]
    ]  # fmt: skip
    ledger = pd.DataFrame(rows, columns=["owner_id", "month", "revenue"])
    ledger = ledger.astype({"owner_id": "str", "month": "datetime64[us]", "revenue": float})
    owners = pd.DataFrame({"owner_id": [f"A{at:03d}" for at in range(n)]}, dtype="str")
    owners = owners.assign(name=owners["owner_id"], type="customer", is_home=True)
    return demand(ledger, owners, owners.head(keys), window=WINDOW, months=24)


def trend(*shares: float) -> pd.DataFrame:
    """Share of the five largest at so many quarters' ends."""
    months = pd.date_range(end="2025-06-01", periods=len(shares), freq="3MS")
    return pd.DataFrame({"month": months, "accounts": 30, "for_80": 12, "top_1": 0.1, "top_5": list(shares)})


def with_service(
    frame: pd.DataFrame, *, rebates: float = 0.01, service: float = 0.03, discount: float = 0.0
) -> pd.DataFrame:
    """A profit frame with rebates and cost to serve; each account is served more and pays less than the one before."""
    number = pd.Series(range(len(frame)), index=frame.index, dtype=float)
    frame = frame.assign(
        rebates=rebates * frame["revenue"], service=service * (1 + number % 5) * frame["revenue"],
        discount=frame["discount"] + discount * (number % 3),
    )  # fmt: skip
    frame["pocket"] = frame["margin"] - frame["rebates"] - frame["service"]
    frame["pocket_rate"] = (frame["pocket"] / frame["costed_revenue"]).where(frame["costed_revenue"] > 0)
    return frame


def waterfall(frame: pd.DataFrame, *, listed: bool = True, beside: bool = True, uncosted: float = 0.0) -> Waterfall:
    """The waterfall of a profit frame: a tenth off list, 3 % freight, 1 % rebates of which a part is not yet paid."""
    ledger = frame[["owner_id", "revenue"]].assign(month=pd.Timestamp("2025-06-01"))
    ledger["costed_revenue"] = frame["costed_revenue"] - uncosted
    ledger["cost"] = ledger["costed_revenue"] - frame["margin"]
    ledger["list_amount"] = frame["revenue"] / 0.9 if listed else NAN
    ledger["listed_revenue"] = frame["revenue"] if listed else 0.0
    parts = [(owner, step, part * amount) for owner, amount in zip(frame["owner_id"], frame["revenue"], strict=True)
             for step, part in (("rebates", 0.01), ("freight", 0.03))]  # fmt: skip
    deductions = pd.DataFrame(parts if beside else [], columns=["owner_id", "step", "amount"])
    earned = pd.DataFrame(
        {"month": pd.Timestamp("2025-05-01"), "amount": [500.0, 300.0], "in_transactions": [True, False],
         "settled_on": pd.to_datetime(["2025-06-01", None])}
    )  # fmt: skip
    return price_waterfall(ledger, frame, deductions, earned if beside else earned.head(0), window=WINDOW)


def placed(frame: pd.DataFrame) -> PriceAndService:
    return price_and_service(frame)


def deepened(rows: Sequence[tuple[str, float, float, str]], *, manager: str | None = "Li Na") -> DiscountReview:
    """Rows of (name, volume needed, loss, verdict)."""
    frame = pd.DataFrame(rows, columns=["name", "needed", "loss", "verdict"]).astype({"needed": float, "loss": float})
    frame["owner_id"] = [f"A{number:03d}" for number in range(len(frame))]
    frame["manager_id"], frame["manager_name"] = ("P1" if manager else None), manager
    frame["since"], frame["months"], frame["lines"] = pd.Timestamp("2024-10-01"), 9, 52
    frame["discount_before"], frame["discount_after"], frame["rate"] = 0.069, 0.143, 0.17
    frame["actual"], frame["low"], frame["high"] = 0.02, -0.1, 0.15
    frame["given"], frame["gained"] = frame["loss"], 0.0
    losing = frame[frame["verdict"] == "loses"].reset_index(drop=True)
    return DiscountReview(frame, losing, 58, RULES)


def raised(rows: Sequence[tuple[str, float, float]]) -> ListPrices:
    """Rows of (product, net change, lost); every list price rose by 8 %."""
    frame = pd.DataFrame(rows, columns=["product_id", "net_change", "lost"]).astype(
        {"net_change": float, "lost": float}
    )
    frame["unit"], frame["revenue"], frame["list_change"] = "t", 1e6, 0.08
    frame["paid_before"], frame["paid"], frame["eroded"] = 0.93, 0.86, frame["net_change"] < 0.04
    return ListPrices(frame, frame[frame["eroded"]].reset_index(drop=True), 18, WINDOW, RULES)


def depends(frame: pd.DataFrame, *, fixed: float = NAN, by_margin: bool = True) -> Dependency:
    spend = pd.DataFrame(
        {"month": pd.Timestamp("2025-06-01"), "purpose": "fixed", "amount": [fixed], "region": "North"}
    )  # fmt: skip
    return dependency(frame, spend, window=WINDOW, region="North", by_margin=by_margin)


def worked(frame: pd.DataFrame, contacts: Sequence[int], *, hours: float = NAN) -> Effort:
    """So many contacts with each account, largest revenue first."""
    ids = [owner for owner, n in zip(frame["owner_id"], contacts, strict=True) for _ in range(n)]
    activities = pd.DataFrame({"account_id": pd.Series(ids, dtype="str")})
    activities["date"], activities["purpose"], activities["hours"] = pd.Timestamp("2025-03-03"), "serve", hours
    accounts = pd.DataFrame({"account_id": frame["owner_id"], "owner_id": frame["owner_id"]})
    return effort(frame, activities, accounts, window=WINDOW)


def key_gaps(*names: str, without: float = 4e5, rule: str = "value", by_margin: bool = True) -> KeyGaps:
    """Accounts that missing costs keep off the list."""
    hidden = pd.DataFrame({"owner_id": list(names), "name": list(names)}, dtype="str")
    return KeyGaps(hidden.assign(margin=1e4, without_cost=2e5, would_be=5e4), without, rule, by_margin)
