"""Small results on how raters see us: what its sections and charts are tried on."""

from collections.abc import Callable, Sequence

import pandas as pd

from kamreport.present.section import Section
from kamreport.present.sections.profile import profile_section
from kamreport.present.sections.strengths import strengths_section
from kamreport.present.sections.value_map import competition_levels_section, value_map_section
from kamreport.results import BrandItems, Levels, Profile, Strengths, ValueMap

from . import frames as f

__all__ = ["VARIANTS", "brand", "levels", "mapped", "strengths", "tiers"]

RIVALS = f.rivals(["ruifeng", "zhongnong"])


def tiers(*rows: tuple[str, float, str, str], months: float = 5.2, slope: float = 0.6) -> Profile:
    """Rows of (rival, gap, tier, tier before); who is catching up will be stronger in so many months."""
    found = f.profile([(rival, gap) for rival, gap, _, _ in rows])
    told = pd.DataFrame(rows, columns=["competitor_id", "gap", "tier", "tier_before"]).drop(columns="gap")
    frame = found.rivals.drop(columns=["tier", "tier_before"]).merge(told, on="competitor_id")
    rising = frame["tier"] == "catching_up"
    frame["slope"] = frame["slope"].mask(rising, slope)
    frame["slope_low"] = frame["slope_low"].mask(rising, slope - 0.2)
    frame["slope_high"] = frame["slope_high"].mask(rising, slope + 0.2)
    frame["driver"] = frame["driver"].mask(rising, "price")
    frame["driver_slope"] = frame["driver_slope"].mask(rising, slope / 2)
    frame["next_tier"] = frame["next_tier"].mask(rising, "stronger")
    frame["months"] = frame["months"].mask(rising, months)
    return Profile(found.scores, frame, found.own_total, found.rules)


def strengths(
    *rows: tuple[str, float, float, str], source: str = "stated", rival: str = "ruifeng", few: Sequence[str] = ()
) -> Strengths:
    """Rows of (attribute, importance, gap, verdict), our score 7; without a rival there is no gap."""
    frame = pd.DataFrame(rows, columns=["attribute", "importance", "gap", "verdict"])
    frame = frame.assign(own=7.0, raters=8, competitor_id=rival if rows else "", score=7.0 + frame["gap"])
    frame["quadrant"] = [
        "concentrate" if one >= frame["importance"].mean() else "overkill" for one in frame["importance"]
    ]
    frame["low"], frame["high"] = frame["gap"] - 0.4, frame["gap"] + 0.4
    frame["pairs"] = 8
    names = ["score", "gap", "low", "high"]
    if not rival:
        frame[names], frame["verdict"], frame["pairs"] = f.NAN, "", 0
    for attribute in few:
        frame.loc[frame["attribute"] == attribute, ["low", "high"]] = f.NAN
    weak = frame[frame["verdict"] == "weakness"]
    lessons = weak[["competitor_id", "attribute", "gap", "low", "high"]].assign(
        weighted=weak["gap"] * weak["importance"] / 100
    )
    cuts = frame["importance"].mean(), frame["own"].mean()
    return Strengths(frame, lessons, source, 8 if source != "weight" else 0, *cuts, f.RULES)


def mapped(
    *rows: tuple[str, float, float, str], slope: float = 1.5, source: str = "prices", missing: Sequence[str] = ()
) -> ValueMap:
    """Rows of (rival, quality, price, verdict), ours 100 and 100."""
    frame = pd.DataFrame(rows, columns=["competitor_id", "quality", "price", "verdict"])
    frame = frame.assign(ratio=100 / frame["quality"], low=frame["quality"] - 4, high=frame["quality"] + 4, raters=8)
    frame["fair_price"] = 100 + slope * (frame["quality"] - 100)
    frame["more"] = frame["fair_price"] - frame["price"]
    frame["more_low"], frame["more_high"] = frame["more"] - 6, frame["more"] + 6
    one = frame["verdict"] == "too_few"
    frame.loc[one, ["low", "high", "more_low", "more_high"]] = f.NAN
    return ValueMap(frame, slope, source, list(missing), f.RULES)


def levels(*rows: tuple[str, str, float, str]) -> Levels:
    """Rows of (level, rival, gap, verdict)."""
    frame = pd.DataFrame(rows, columns=["level", "competitor_id", "gap", "verdict"])
    frame = frame.assign(weight=0.3, own=7.0, score=7.0 + frame["gap"], raters=8)
    frame["low"], frame["high"] = frame["gap"] - 0.3, frame["gap"] + 0.3
    frame.loc[frame["verdict"] == "too_few", ["low", "high"]] = f.NAN
    return Levels(frame, f.RULES)


def brand(*items: str) -> BrandItems:
    frame = pd.DataFrame({"item": list(items)}, dtype="str")
    frame = frame.assign(mean=4.1, n=24, top=18, low=0.55, high=0.88, n_before=0, mean_before=f.NAN)
    return BrandItems(frame, f.WINDOW, f.RULES)


def _tiers(*rows: tuple[str, float, str, str], **more: float) -> Section:
    return profile_section(tiers(*rows, **more), RIVALS, f.ATTRIBUTES)


def _strengths(*rows: tuple[str, float, float, str], **more: object) -> Section:
    return strengths_section(strengths(*rows, **more), RIVALS, f.ATTRIBUTES)  # type: ignore[arg-type]


def _map(*rows: tuple[str, float, float, str], **more: object) -> Section:
    return value_map_section(mapped(*rows, **more), RIVALS)  # type: ignore[arg-type]


def _levels(*rows: tuple[str, str, float, str], **more: BrandItems) -> Section:
    return competition_levels_section(levels(*rows), RIVALS, **more)


_STRONG, _RISING = ("ruifeng", 0.8, "stronger", "stronger"), ("zhongnong", -0.5, "catching_up", "catching_up")
_WEAK, _GOOD, _EVEN = (
    ("price", 80.0, 1.2, "weakness"),
    ("quality", 60.0, -0.9, "strength"),
    ("range", 40.0, 0.1, "level"),
)

VARIANTS: dict[str, Callable[[], Section]] = {
    "profile_section: both": lambda: _tiers(_STRONG, _RISING),
    "profile_section: rising out of sight": lambda: _tiers(_RISING, months=f.NAN),
    "profile_section: newly stronger": lambda: _tiers(("ruifeng", 0.8, "stronger", "equal")),
    "profile_section: newly catching up": lambda: _tiers(("zhongnong", -0.5, "catching_up", "weaker")),
    "profile_section: several have moved": lambda: _tiers(
        ("ruifeng", 0.8, "stronger", "catching_up"), ("zhongnong", -0.5, "catching_up", "equal")
    ),
    "strengths_section": lambda: _strengths(_WEAK, _GOOD, _EVEN),
    "strengths_section: weak only": lambda: _strengths(
        _WEAK, _EVEN, *((name, 50.0, 1.0, "weakness") for name in ("a", "b", "c")), ("d", 10.0, 0.9, "level")
    ),
    "strengths_section: strong only": lambda: _strengths(_GOOD, _EVEN, source="weight"),
    "strengths_section: level": lambda: _strengths(_EVEN, source="derived"),
    "strengths_section: too few": lambda: _strengths(("price", 80.0, 1.2, "too_few"), few=["price"]),
    "strengths_section: no competitor": lambda: _strengths(_WEAK, _EVEN, rival=""),
    "strengths_section: no competitor, nothing urgent": lambda: strengths_section(
        _calm(strengths(_WEAK, rival="")), RIVALS, f.ATTRIBUTES
    ),
    "strengths_section: none": _strengths,
    "value_map_section": lambda: _map(("ruifeng", 108.0, 101.0, "more"), ("zhongnong", 94.0, 97.0, "less")),
    "value_map_section: several": lambda: _map(("ruifeng", 108.0, 101.0, "more"), ("zhongnong", 100.0, 80.0, "more")),
    "value_map_section: fair": lambda: _map(("ruifeng", 99.0, 98.0, "fair"), source="scores", missing=["zhongnong"]),
    "value_map_section: too few": lambda: _map(("ruifeng", 99.0, 98.0, "too_few")),
    "value_map_section: no price": lambda: _map(slope=f.NAN),
    "value_map_section: none": _map,
    "competition_levels_section": lambda: _levels(
        ("price", "ruifeng", 0.9, "ahead"), ("price", "zhongnong", 0.1, "level"), ("quality", "ruifeng", 0.7, "ahead"),
        ("quality", "zhongnong", -0.8, "behind"), ("culture", "ruifeng", 0.2, "too_few"), brand=brand("trust"),
    ),
    "competition_levels_section: we lead": lambda: _levels(("price", "ruifeng", -0.9, "behind")),
    "competition_levels_section: level": lambda: _levels(
        ("price", "ruifeng", 0.1, "level"), ("quality", "ruifeng", 0.1, "level"), brand=brand()
    ),
    "competition_levels_section: too few": lambda: _levels(("price", "ruifeng", 0.1, "too_few")),
    "competition_levels_section: none": _levels,
}  # fmt: skip


def _calm(found: Strengths) -> Strengths:
    found.frame["quadrant"] = "keep_up"
    return found
