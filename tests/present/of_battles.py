"""Small results on deals and losses, and their sections in every variant."""

from collections.abc import Callable, Sequence
from functools import cache

import pandas as pd

from kamreport.analysis.losses import loss_reasons
from kamreport.analysis.win_rates import where_lost, win_rates, win_rates_by
from kamreport.present.section import Section
from kamreport.present.sections.losses import destinations_section, loss_reasons_section
from kamreport.present.sections.win_rates import win_rates_section
from kamreport.present.sections.win_rates_by import win_rates_by_section
from kamreport.results import ContestedDeals, Destinations, LossReasons, WinRates
from kamreport.settings import Bilingual

from . import frames as f

__all__ = ["VARIANTS", "contested", "deals", "gone", "groups", "people", "reasons", "steps", "worst"]

REGIONS = {"South": Bilingual(en="South", zh="华南")}
_DAY = pd.Timestamp("2025-03-01")


def deals(
    rows: Sequence[tuple[str, int, int]], *, region: str = "South", family: str = "Feed 饲料", amount: float = 1e5
) -> pd.DataFrame:
    """Rows of (rival, won, lost), each deal of one amount, region, family and owner."""
    outcomes = [(rival, outcome) for rival, won, lost in rows for outcome in ["won"] * won + ["lost"] * lost]
    frame = pd.DataFrame(outcomes, columns=["competitor_id", "outcome"], dtype="str")
    return frame.assign(
        opportunity_id=pd.Series([f"OP{number}" for number in range(len(frame))], dtype="str"),
        created_on=pd.Timestamp("2025-02-01"),
        closed_on=_DAY, amount=amount, region=region, family=family, owner_id="P1", reason=None,
    )  # fmt: skip


def steps(reached: Sequence[tuple[str, str]] = ()) -> pd.DataFrame:
    """Stages that deals came to, in their order."""
    frame = pd.DataFrame(list(reached), columns=["object_id", "step"], dtype="str")
    days = pd.Timestamp("2025-02-01") + pd.to_timedelta(range(len(frame)), unit="h")
    return frame.assign(object="opportunity", entered_on=pd.Series(days, frame.index), standard_days=f.NAN)


def people() -> pd.DataFrame:
    return pd.DataFrame({"person_id": ["P1", "P2"], "name": ["Li Na", "王芳"]}, dtype="str")


def contested(
    rows: Sequence[tuple[str, float, str | None]] = (("A1", 8e5, "2025-08-15"), ("A2", 3e5, "2025-06-30")),
    *,
    rival: str = "ruifeng",
    without: int = 0,
    owner: str | None = "P1",
) -> ContestedDeals:
    """Open deals as rows of (account, amount, expected close) where a rival won a deal."""
    frame = pd.DataFrame(list(rows), columns=["account_id", "amount", "expected_close"]).astype({"amount": float})
    frame["expected_close"] = pd.to_datetime(frame["expected_close"])
    frame = frame.assign(
        opportunity_id=[f"OP9{number}" for number in range(len(frame))], region="South", owner_id=owner,
        competitor_id=rival, family="Feed 饲料", won_deal=True, holds_share=False, took_business=False, made_move=False,
    )  # fmt: skip
    return ContestedDeals(frame, len(rows) + without, without, 24, f.WINDOW.end)


def worst(
    found: pd.DataFrame, log: pd.DataFrame | None = None, *, open_deals: ContestedDeals | None = None,
    margin_rate: float = 0.2, why: LossReasons | None = None,
) -> Section:  # fmt: skip
    """The section on a register of deals."""
    rates = win_rates(found, window=f.WINDOW)
    return win_rates_section(
        rates, f.rivals(["ruifeng", "zhongnong"]), margin_rate=margin_rate,
        where=where_lost(found, steps() if log is None else log, rates), contested=open_deals,
        accounts=pd.DataFrame({"account_id": ["A1", "A2"], "name": ["恒泰农资", "Acme"]}), people=people(),
        regions=REGIONS, reasons=why,
    )  # fmt: skip


def _in_places() -> pd.DataFrame:
    frame = deals([("ruifeng", 32, 68), ("zhongnong", 100, 50)])
    frame.loc[:31, "region"], frame.loc[70:99, "region"] = "North", "North"
    return frame


def _at_offer() -> tuple[pd.DataFrame, pd.DataFrame]:
    frame = deals([("ruifeng", 6, 34), ("zhongnong", 20, 20)])
    early = [*range(60, 70)]
    return frame, steps(
        [
            (f"OP{one}", stage)
            for one in range(80)
            for stage in ("lead 线索", "offer 报价")
            if stage[0] == "l" or one not in early
        ]
    )


def _one_family() -> pd.DataFrame:
    frame = deals([("ruifeng", 32, 68), ("zhongnong", 100, 50)])
    frame.loc[[*range(2), *range(32, 70)], "family"] = "Fertiliser 化肥"
    return frame


def groups(rows: pd.DataFrame, log: pd.DataFrame | None = None) -> list[WinRates]:
    return win_rates_by(rows, steps() if log is None else log, window=f.WINDOW)


def _by_manager() -> pd.DataFrame:
    frame = deals([("ruifeng", 60, 60)])
    frame["amount"] = [1e5 * (1 + place % 4) for place in range(120)]
    return frame.assign(owner_id=["P1"] * 55 + ["P2"] * 5 + ["P2"] * 55 + ["P1"] * 5)


def reasons(rows: Sequence[tuple[str | None, int]], rival: str = "ruifeng") -> LossReasons:
    """Rows of (reason, lost deals)."""
    lost = deals([(rival, 0, sum(n for _, n in rows))])
    return loss_reasons(lost.assign(reason=[reason for reason, n in rows for _ in range(n)]), window=f.WINDOW)


def gone(
    rows: Sequence[tuple[str, str, str, float]], *, by_margin: bool = True, twice: int = 0, leads: bool = False,
    manager: str | None = "Li Na",
) -> Destinations:  # fmt: skip
    """Losses as rows of (account, kind, destination, margin)."""
    cases = pd.DataFrame(list(rows), columns=["name", "kind", "competitor_id", "margin"]).astype({"margin": float})
    cases = cases.assign(
        owner_id=[f"O{number}" for number in range(len(cases))], manager_id="P1", manager_name=manager,
        family="Feed 饲料", revenue=cases["margin"] * 5, since=pd.Timestamp("2025-01-15"), counts=True,
    )  # fmt: skip
    worth = cases["margin"].sum()
    frame = pd.DataFrame(
        [
            {
                "competitor_id": rival,
                **{kind: int((own["kind"] == kind).sum()) for kind in ("lost", "partial", "family")},
                "n": len(own), "margin": own["margin"].sum(), "revenue": own["revenue"].sum(),
                "share": len(own) / len(cases), "low": 0.1, "high": 0.9, "value_share": own["margin"].sum() / worth,
                "value_low": 0.1, "value_high": 0.9,
            }
            for rival, own in cases.groupby("competitor_id", sort=False)
        ],
        columns=["competitor_id", "lost", "partial", "family", "n", "margin", "revenue", "share", "low", "high",
                 "value_share", "value_low", "value_high"],
    )  # fmt: skip
    return Destinations(cases, frame, leads, twice, by_margin, f.WINDOW, f.RULES)


_GONE = [
    ("恒泰农资", "lost", "ruifeng", 9e5), ("Acme", "partial", "ruifeng", 2e5), ("Zeta", "family", "none", 1e5),
    ("Beta", "lost", "unknown", 5e4),
]  # fmt: skip


def _destinations(found: Destinations) -> Section:
    return destinations_section(found, f.rivals(["ruifeng", "zhongnong"]), threshold=2e4)


def _groups(found: list[WinRates], margin_rate: float = 0.2) -> Section:
    return win_rates_by_section(found, people(), margin_rate=margin_rate)


def _reasons(*rows: tuple[str | None, int]) -> Section:
    return loss_reasons_section(reasons(rows), f.rivals(["ruifeng"]))


_TWO = deals([("ruifeng", 2, 28), ("zhongnong", 40, 10), ("none", 3, 0), ("unknown", 0, 2)])

VARIANTS: dict[str, Callable[[], Section]] = {
    "win_rates_section: open deals": lambda: worst(_TWO, open_deals=contested()),
    "win_rates_section: one open deal": lambda: worst(_TWO, open_deals=contested([("A1", 8e5, None)], without=1)),
    "win_rates_section: open deals of nobody": lambda: worst(
        _TWO, open_deals=contested([("A1", f.NAN, "2025-08-15"), ("A9", f.NAN, None)], owner=None, without=2)
    ),
    "win_rates_section: reasons": lambda: worst(_TWO, why=reasons((("price", 20), ("delivery", 5), (None, 3)))),
    "win_rates_section: reasons alike": lambda: worst(_TWO, why=reasons((("price", 5), ("delivery", 5), (None, 9)))),
    "win_rates_section: no amounts": lambda: worst(_TWO.assign(amount=f.NAN)),
    "win_rates_section: open deals elsewhere": lambda: worst(_TWO, open_deals=contested(rival="zhongnong")),
    "win_rates_section: one region": lambda: worst(_in_places(), open_deals=contested()),
    "win_rates_section: one family": lambda: worst(_one_family()),
    "win_rates_section: one stage": lambda: worst(*_at_offer()),
    "win_rates_section: too few": lambda: worst(deals([("ruifeng", 1, 9), ("zhongnong", 8, 2)])),
    "win_rates_section: no rival recorded": lambda: worst(deals([("unknown", 30, 15), ("none", 4, 0)])),
    "win_rates_section: enough and alike": lambda: worst(deals([("ruifeng", 15, 15), ("zhongnong", 16, 14)])),
    "win_rates_by_section": lambda: _groups(
        groups(_by_manager(), steps([("OP0", "lead 线索"), ("OP119", "lead 线索")]))
    ),
    "win_rates_by_section: unknown cost": lambda: _groups(groups(_by_manager()), f.NAN),
    "win_rates_by_section: all alike": lambda: _groups(groups(*_at_offer())),
    "win_rates_by_section: no stages": lambda: _groups(
        groups(deals([("ruifeng", 3, 2)]).assign(family=None, owner_id="none"))
    ),
    "win_rates_by_section: none": lambda: _groups(groups(deals([]))),
    "destinations_section": lambda: _destinations(gone(_GONE, twice=1)),
    "destinations_section: leads": lambda: _destinations(gone(_GONE[:3], leads=True, manager=None, twice=2)),
    "destinations_section: one": lambda: _destinations(gone(_GONE[:1], by_margin=False)),
    "destinations_section: one in part": lambda: _destinations(gone(_GONE[1:2])),
    "destinations_section: two rivals": lambda: _destinations(gone([*_GONE[:3], ("Gamma", "lost", "zhongnong", 3e5)])),
    "destinations_section: many": lambda: _destinations(gone(_GONE * 3)),
    "destinations_section: all to one": lambda: _destinations(gone(_GONE[:2])),
    "destinations_section: to nobody": lambda: _destinations(gone(_GONE[2:])),
    "destinations_section: not known": lambda: _destinations(gone(_GONE[3:])),
    "destinations_section: none": lambda: _destinations(gone([])),
    "loss_reasons_section": lambda: _reasons(("price", 20), ("delivery", 5), (None, 3)),
    "loss_reasons_section: none leads": lambda: _reasons(("price", 6), ("delivery", 5), (None, 30)),
    "loss_reasons_section: not known": lambda: _reasons((None, 2)),
    "loss_reasons_section: one not known": lambda: _reasons((None, 1)),
    "loss_reasons_section: none": _reasons,
}
VARIANTS = {name: cache(make) for name, make in VARIANTS.items()}
