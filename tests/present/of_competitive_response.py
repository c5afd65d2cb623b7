"""Small results on which rival to answer first, and the section's variants."""

from collections.abc import Callable

import pandas as pd

from kamreport.analysis.competitive_response import competitive_response
from kamreport.present.section import Section
from kamreport.present.sections.competitive_response import competitive_response_section
from kamreport.results import PriceAttacks, Profile, RivalShares, Squeeze, WinRates
from kamreport.settings import Bilingual, Rules

from . import frames as f

__all__ = ["VARIANTS", "answered"]

_SOUTH = {"South": Bilingual(en="South", zh="华南")}
_EMPTY = pd.DataFrame()


def answered(
    *,
    attacks: tuple[tuple[str, str, float], ...] | None = None,
    deals: tuple[tuple[str, int, int, float, str], ...] | None = None,
    taken: tuple[tuple[str, int, float], ...] | None = None,
    squeezed: tuple[tuple[str, bool, float], ...] | None = None,
    tiers: tuple[tuple[str, str], ...] | None = None,
    margin_rate: float = 0.2,
) -> Section:
    """Rows of (rival, region, exposure), (rival, won, decided, excess, verdict), (rival, accounts, amount), ..."""
    cuts = pd.DataFrame(attacks or [], columns=["competitor_id", "region", "exposure"])
    fought = pd.DataFrame(deals or [], columns=["competitor_id", "won", "n", "excess", "verdict"])
    fought = fought.assign(lost_amount=fought["excess"], lost=fought["n"] - fought["won"])
    takers = pd.DataFrame(taken or [], columns=["competitor_id", "accounts", "amount"])
    ahead = pd.DataFrame(squeezed or [], columns=["competitor_id", "is_squeeze", "stake"])
    seen = pd.DataFrame(tiers or [], columns=["competitor_id", "tier"])
    nan, rules = f.NAN, Rules()
    found = competitive_response(
        ["ruifeng", "zhongnong"],
        attacks=None
        if attacks is None
        else PriceAttacks(cuts.assign(family="化肥", change=-0.12), _EMPTY, _EMPTY, rules),
        deals=None
        if deals is None
        else WinRates(fought, "competitor_id", 0, 0, nan, nan, nan, 0, 0, (), f.WINDOW, rules),
        shares=None
        if taken is None
        else RivalShares(_EMPTY, _EMPTY, _EMPTY, takers, _EMPTY, 0, 0, nan, (nan, nan), 0, 0, rules),
        squeeze=None if squeezed is None else Squeeze(ahead, _EMPTY, (), 0.95, True, rules),
        profile=None if tiers is None else Profile(_EMPTY, seen, nan, rules),
        margin_rate=margin_rate,
    )
    names = pd.DataFrame({"competitor_id": ["ruifeng", "zhongnong"], "name": ["Ruifeng", "Zhongnong"]}, dtype="str")
    return competitive_response_section(found, names, _SOUTH, by_margin=margin_rate == margin_rate)


VARIANTS: dict[str, Callable[[], Section]] = {
    "competitive_response_section": lambda: answered(
        attacks=(("ruifeng", "South", 4e5),),
        deals=(("ruifeng", 3, 30, 3e6, "worse"), ("zhongnong", 9, 12, 1e6, "alike"), ("none", 4, 4, 0.0, "")),
        tiers=(("ruifeng", "catching_up"), ("zhongnong", "weaker")),
    ),
    "competitive_response_section: everywhere": lambda: answered(attacks=(("unlisted", "", 4e5),)),
    "competitive_response_section: purchases taken": lambda: answered(taken=(("zhongnong", 1, 5e6),), squeezed=()),
    "competitive_response_section: squeezed, unknown cost": lambda: answered(
        taken=(("ruifeng", 3, 2e5),), squeezed=(("ruifeng", True, 9e5), ("zhongnong", False, 8e5)), margin_rate=f.NAN
    ),
    "competitive_response_section: no amounts": lambda: answered(deals=(("ruifeng", 3, 30, f.NAN, "worse"),)),
    "competitive_response_section: nobody": lambda: answered(deals=(("ruifeng", 9, 20, 1e6, "alike"),)),
}
