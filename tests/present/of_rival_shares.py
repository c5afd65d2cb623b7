"""Small results on suppliers, ranks and voices, and the sections on them in their variants."""

from collections.abc import Callable, Sequence
from datetime import date

import pandas as pd

from kamreport.analysis.rival_shares import rival_shares
from kamreport.analysis.stakeholders import stakeholders
from kamreport.analysis.wallet_allocation import wallet_allocation
from kamreport.present.section import Section
from kamreport.present.sections.rival_shares import rival_shares_section, switching_section
from kamreport.present.sections.stakeholders import stakeholders_section
from kamreport.present.sections.wallet_rule import wallet_rule_section
from kamreport.results import RivalShares, Stakeholders, WalletAllocation

from . import frames as f

__all__ = ["VARIANTS", "accounts", "held", "ranked", "spend", "told", "voices"]

Shares = dict[str, float]
_FLOATS = dict.fromkeys(["total_spend", "low", "high"], "float64")
_DAYS = dict.fromkeys(["period_start", "period_end", "collected_on"], "datetime64[us]")
RIVALS = f.rivals(["ruifeng", "huanong"])
FELL: tuple[Shares, Shares] = (
    {"own": 0.6, "ruifeng": 0.3, "huanong": 0.1},
    {"own": 0.4, "ruifeng": 0.5, "huanong": 0.1},
)
STILL: tuple[Shares, Shares] = ({"own": 0.5, "ruifeng": 0.2}, {"own": 0.51, "ruifeng": 0.19})
TO_TWO: tuple[Shares, Shares] = ({"own": 0.7, "huanong": 0.3}, {"own": 0.2, "huanong": 0.8})
PART: tuple[Shares, Shares] = ({"own": 0.7, "huanong": 0.3}, {"own": 0.3, "huanong": 0.5})
SPREAD: tuple[Shares, Shares] = ({"own": 0.6, "unknown": 0.4}, {"own": 0.4, "unknown": 0.6})
ROSE: tuple[Shares, Shares] = ({"own": 0.3, "huanong": 0.7}, {"own": 0.5, "huanong": 0.5})


def _spans(year: int, **more: object) -> dict[str, object]:
    start, end = pd.Timestamp(year, 1, 1), pd.Timestamp(year + 1, 1, 1)
    told = {"source": "customer", "family": None, "collected_on": end + pd.Timedelta(days=20)}
    return {"period_start": start, "period_end": end, **told, **more}


def accounts(n: int, *, manager: str | None = "Li Na", owner: str | None = None) -> pd.DataFrame:
    """Key accounts A000, A001, ... that are their own owners, or all one owner's."""
    ids = [f"A{place:03d}" for place in range(n)]
    frame = pd.DataFrame({"account_id": ids, "owner_id": ids, "name": [f"客户{place:02d}" for place in range(n)]})
    frame["owner_id"] = owner or frame["owner_id"]
    frame["type"], frame["is_home"], frame["manager_id"] = "customer", True, "P1" if manager else None
    frame["manager_name"], frame["revenue_12m"], frame["margin_12m"] = manager, 1e6, 2e5
    return frame


def told(*pairs: Sequence[Shares], ranks: bool = True) -> pd.DataFrame:
    """Shares of each account in 2023 and 2024 (or 2024 alone), ranked by size."""
    rows = []
    for place, years in enumerate(pairs):
        for year, shares in zip((2024,) if len(years) == 1 else (2023, 2024), years, strict=True):
            order = pd.Series(shares).rank(ascending=False, method="min")
            rows += [
                _spans(year, account_id=f"A{place:03d}", competitor_id=who, share=share,
                       rank=float(order[who]) if ranks else None)
                for who, share in shares.items()
            ]  # fmt: skip
    names = [*_spans(2024), "account_id", "competitor_id", "share", "rank"]
    return pd.DataFrame(rows, columns=names).astype(
        _DAYS | {"rank": float, "share": float, "account_id": "str", "source": "str", "competitor_id": "str"}
    )


def spend(n: int, amounts: tuple[float, float] = (1e6, 1e6), *, spread: float | None = 0.04) -> pd.DataFrame:
    """What each of n accounts bought in all in 2023 and 2024, with its range."""
    rows = [
        _spans(year, account_id=f"A{place:03d}", total_spend=amount,
               low=amount * (1 - spread) if spread is not None else f.NAN,
               high=amount * (1 + spread) if spread is not None else f.NAN)
        for place in range(n) for year, amount in zip((2023, 2024), amounts, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=[*_spans(2024), "account_id", "total_spend", "low", "high"]).astype(
        _DAYS | _FLOATS | {"account_id": "str", "source": "str"}
    )


def held(
    *pairs: Sequence[Shares],
    keys: int = 0,
    spread: float | None = 0.04,
    manager: str | None = "Li Na",
    owner: str | None = None,
) -> RivalShares:
    """The shares of as many accounts, among so many key accounts."""
    listed = accounts(max(keys, len(pairs)), manager=manager, owner=owner)
    return rival_shares(told(*pairs), spend(len(pairs), spread=spread), listed, listed, window=f.WINDOW)


def ranked(
    *shares: Shares, ranks: bool = True, owner: str | None = None, unranked: Sequence[str] = ()
) -> WalletAllocation:
    """Accounts that rank their suppliers by size, or do not rank us (those that are `unranked`)."""
    listed = accounts(len(shares), owner=owner)
    said = told(*[(one,) for one in shares], ranks=ranks)
    said.loc[(said["competitor_id"] == "own") & said["account_id"].isin(unranked), "rank"] = f.NAN
    return wallet_allocation(said, spend(len(shares)), listed, listed, window=f.WINDOW)


def voices(*at: Sequence[tuple[float, float]], keys: int = 0, manager: str | None = "Li Na") -> Stakeholders:
    """Contacts by account as (influence, stance), decision first."""
    listed = accounts(max(keys, len(at)), manager=manager)
    levels = ("decision", "executive", "user", "external")
    rows = [
        (f"{place}-{number}", f"A{place:03d}", levels[number], influence, stance, pd.NaT)
        for place, people in enumerate(at)
        for number, (influence, stance) in enumerate(people)
    ]
    names = ["contact_id", "account_id", "level", "influence", "stance", "left_on"]
    contacts = pd.DataFrame(rows, columns=names).astype({"influence": float, "stance": float})
    contacts["left_on"] = pd.to_datetime(contacts["left_on"])
    return stakeholders(contacts, listed, listed, as_of=date(2025, 7, 1))


def _switched(found: RivalShares, rate: float = 0.2) -> Section:
    return switching_section(found, RIVALS, margin_rate=rate)


def _rule(found: WalletAllocation, rate: float = 0.2) -> Section:
    return wallet_rule_section(found, RIVALS, margin_rate=rate)


VARIANTS: dict[str, Callable[[], Section]] = {
    "switching_section": lambda: _switched(held(FELL, STILL, STILL, STILL, keys=6)),
    "switching_section: two": lambda: _switched(held(FELL, FELL, *[STILL] * 5)),
    "switching_section: two takers": lambda: _switched(held(FELL, TO_TWO, *[STILL] * 5)),
    "switching_section: and gained": lambda: _switched(held(FELL, ROSE, *[STILL] * 5)),
    "switching_section: nobody took it": lambda: _switched(held(SPREAD, manager=None), f.NAN),
    "switching_section: nobody took them": lambda: _switched(held(SPREAD, SPREAD, *[STILL] * 5)),
    "switching_section: nobody fell": lambda: _switched(held(STILL, STILL, ROSE, STILL, STILL)),
    "switching_section: the one stayed": lambda: _switched(held(STILL)),
    "switching_section: may have": lambda: _switched(held(FELL, spread=None)),
    "switching_section: a part": lambda: _switched(held(PART, *[STILL] * 5)),
    "switching_section: one owner": lambda: _switched(held(FELL, FELL, owner="A000")),
    "switching_section: one estimate": lambda: _switched(held((FELL[0],))),
    "rival_shares_section": lambda: rival_shares_section(held(FELL, STILL, STILL, STILL, keys=6), RIVALS),
    "rival_shares_section: one more": lambda: rival_shares_section(
        held(FELL, STILL, STILL, ({"own": 0.9, "ruifeng": 0.1},), keys=6), RIVALS
    ),
    "rival_shares_section: one of four": lambda: rival_shares_section(
        held(FELL, (STILL[0],), (STILL[0],), (STILL[0],)), RIVALS
    ),
    "rival_shares_section: and gained": lambda: rival_shares_section(held(FELL, ROSE, *[STILL] * 4), RIVALS),
    "rival_shares_section: alike": lambda: rival_shares_section(held(FELL, (FELL[1],)), RIVALS),
    "rival_shares_section: one owner": lambda: rival_shares_section(held(FELL, (STILL[0],), owner="A000"), RIVALS),
    "rival_shares_section: all ours": lambda: rival_shares_section(held(({"own": 1.0},)), RIVALS),
    "rival_shares_section: one": lambda: rival_shares_section(held((FELL[0],)), RIVALS),
    "rival_shares_section: only ours": lambda: rival_shares_section(held(({"own": 0.4},)), RIVALS),
    "rival_shares_section: too much": lambda: rival_shares_section(held(({"own": 0.4, "ruifeng": 0.7},)), RIVALS),
    "rival_shares_section: none": lambda: rival_shares_section(held(keys=3), RIVALS),
    "wallet_rule_section": lambda: _rule(ranked(FELL[1], TO_TWO[1], ROSE[1], {"own": 1.0})),
    "wallet_rule_section: one owner": lambda: _rule(ranked(FELL[1], FELL[1], FELL[0], owner="A000")),
    "wallet_rule_section: without us": lambda: _rule(ranked(FELL[1], ROSE[1], unranked=["A000"])),
    "wallet_rule_section: nobody with us": lambda: _rule(
        ranked(TO_TWO[1], {"own": 0.1, "x": 0.5, "y": 0.4}, unranked=["A000", "A001"])
    ),
    "wallet_rule_section: one": lambda: _rule(ranked(FELL[1], TO_TWO[0]), f.NAN),
    "wallet_rule_section: first": lambda: _rule(ranked(FELL[0], FELL[0])),
    "wallet_rule_section: unranked": lambda: _rule(ranked(FELL[0], ranks=False)),
    "stakeholders_section": lambda: stakeholders_section(
        voices([(90, -2), (30, 1)], [(80, -1), (70, 2), (20, 2)], [(50, 1), (40, 0)], [(50, 1)], keys=6), by_margin=True
    ),
    "stakeholders_section: cost unknown": lambda: stakeholders_section(
        voices([(90, -2), (30, 1)], manager=None), by_margin=False
    ),
    "stakeholders_section: none against": lambda: stakeholders_section(voices([(9, 1), (3, 0)]), by_margin=True),
    "stakeholders_section: too few": lambda: stakeholders_section(voices([(9, -2)]), by_margin=True),
}
