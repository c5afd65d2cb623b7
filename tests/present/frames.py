"""Small result frames by hand: what the sections and charts are tried on."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from kamreport.analysis.concentration import concentration
from kamreport.analysis.profit import fake_big_accounts, whale_curve
from kamreport.analysis.rivals import competitive_profile, win_rates
from kamreport.period import Period
from kamreport.results import (
    BeforeAfter,
    Benchmarked,
    Concentration,
    FakeBigAccounts,
    KeyAccounts,
    KeyGaps,
    Losses,
    OverdueOwners,
    OverdueReceivables,
    PartialDefection,
    Pipeline,
    Plan,
    PriceAttacks,
    PriceIndex,
    Profile,
    Retention,
    Statuses,
    WhaleCurve,
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
    return frame.sort_values(["revenue", "owner_id"], ascending=[False, True], ignore_index=True)


def company(median_rate: float = 0.2) -> pd.DataFrame:
    """The company's median margin rate."""
    return pd.DataFrame(
        {
            "measure": ["margin_rate_median"],
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


def prices(rows: Sequence[tuple[str, float]], *, coverage: float = 0.6) -> PriceIndex:
    """Rows of (rival, level), cheapest first."""
    frame = pd.DataFrame(rows, columns=["competitor_id", "level"])
    frame["jevons_level"], frame["items"], frame["coverage"] = frame["level"] + 1.0, 5, coverage
    frame["oldest"] = pd.Timestamp("2025-04-05")
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
    return PriceAttacks(frame, items, history, RULES)


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


def key_gaps(*names: str, without: float = 4e5, rule: str = "value", by_margin: bool = True) -> KeyGaps:
    """Accounts that missing costs keep off the list."""
    hidden = pd.DataFrame({"owner_id": list(names), "name": list(names)}, dtype="str")
    return KeyGaps(hidden.assign(margin=1e4, without_cost=2e5, would_be=5e4), without, rule, by_margin)
