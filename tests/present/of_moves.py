"""Small results on what rivals do, by hand, and the sections on them."""

from collections.abc import Callable, Sequence
from datetime import date

import pandas as pd

from kamreport.analysis.channels import channel_presence
from kamreport.analysis.moves import move_review, rival_moves
from kamreport.period import Period
from kamreport.present.section import Section
from kamreport.present.sections.moves import move_review_section, rival_moves_section
from kamreport.present.sections.promotions import channels_section, promotions_section
from kamreport.present.sections.squeeze import squeeze_section
from kamreport.present.sections.unlocks import first_rival_data_section
from kamreport.results import Promotions, RivalMoves, Squeeze
from kamreport.settings import Bilingual

from . import frames as f

__all__ = ["VARIANTS"]

REGIONS = {"North": Bilingual(en="North", zh="华北")}
RIVALS = f.rivals(["瑞丰", "Landtech"])
JUNE = Period.parse("2025-06")
# Event, rival, kind, family, depth, happened, noticed, answered, accounts.
Event = tuple[str, str, str, str | None, float, str, str, str | None, str]
CUT: Event = ("1", "瑞丰", "price", "Film", 0.12, "2025-04-01", "2025-05-14", None, "ab")
NEW: Event = ("2", "Landtech", "product", None, f.NAN, "2025-05-20", "2025-06-04", None, "a")
OLD: Event = ("3", "Landtech", "hiring", "Film", f.NAN, "2024-08-01", "2024-08-03", "2024-08-04", "b")
NOBODY: Event = ("4", "Landtech", "bid", None, f.NAN, "2025-02-01", "2025-02-03", None, "")


def moves(
    *events: Event, region: str | None = "North", manager: str | None = "Li Na", margin: bool = True
) -> RivalMoves:
    """Moves at 恒泰农资 and Acme, which earn us 30,000 and 20,000 with Film and 10,000 each with 种子."""
    rows = [(*event[:8], account or None) for event in events for account in event[8] or [""]]
    names = ["event_id", "competitor_id", "kind", "family", "depth", "happened_on", "noticed_on", "answered_on"]
    frame = pd.DataFrame(rows, columns=[*names, "account_id"]).assign(region=region).astype({"depth": float})
    for name in ("happened_on", "noticed_on", "answered_on"):
        frame[name] = pd.to_datetime(frame[name])
    sold = pd.DataFrame({"owner_id": list("aabb"), "family": ["Film", "种子"] * 2, "revenue": [9e4, 4e4, 6e4, 4e4]})
    sold = sold.assign(month=pd.Timestamp("2025-06-01"), costed_revenue=sold["revenue"], cost=[6e4, 3e4, 4e4, 3e4])
    owners = pd.DataFrame({"owner_id": list("ab"), "name": ["恒泰农资", "Acme"], "type": "customer", "is_home": True})
    owners = owners.assign(manager_id="m" if manager else None, manager_name=manager)
    accounts = pd.DataFrame({"account_id": list("ab"), "owner_id": list("ab")})
    return rival_moves(
        frame, sold, accounts, owners, keys=frozenset("a"), window=f.WINDOW, as_of=date(2025, 7, 1), by_margin=margin
    )


def _moved(*events: Event, threshold: float = 1e4, **more: object) -> Section:
    found = moves(*events, **more)  # type: ignore[arg-type]
    return rival_moves_section(found, RIVALS, REGIONS, period=JUNE, threshold=threshold)


def _reviewed(*events: Event, times: int = 1) -> Section:
    many = [(f"{event[0]}-{n}", *event[1:]) for event in events for n in range(times)]
    return move_review_section(move_review(moves(*many)), RIVALS)


def squeezed(*rows: tuple[str, Sequence[float], float], by_margin: bool = True) -> Squeeze:
    """Rows of (rival, lower ends of his three intervals, legs ahead a quarter ago); each is at 恒泰农资 and Acme."""
    frame = pd.DataFrame({"competitor_id": [row[0] for row in rows]}, dtype="str")
    for place, leg in enumerate(("price", "speed", "service")):
        low = pd.Series([row[1][place] for row in rows], dtype=float)
        frame[leg], frame[f"{leg}_low"], frame[f"{leg}_high"] = low + 0.5, low, low + 1
        frame[f"{leg}_raters"], frame[f"{leg}_ahead"] = 8, low > 0
    frame["level"] = 93.5
    frame["ahead"] = frame[["price_ahead", "speed_ahead", "service_ahead"]].sum(axis=1)
    frame["ahead_before"] = pd.Series([row[2] for row in rows], dtype=float)
    frame["is_squeeze"], frame["was_squeeze"] = frame["ahead"] == 3, frame["ahead_before"] == 3
    frame["accounts"], frame["stake"] = 2, 5e5
    owners = {"owner_id": ["a", "b"], "name": ["恒泰农资", "Acme"], "manager_id": "m", "manager_name": "Li Na"}
    active = [pd.DataFrame(owners).assign(competitor_id=row[0], stake=[3e5, 2e5]) for row in rows]
    known = pd.concat(active) if active else pd.DataFrame({**owners, "competitor_id": "", "stake": 0.0}).head(0)
    return Squeeze(frame, known, ("price", "speed", "service"), 0.975, by_margin, f.RULES)


def _squeezed(*rows: tuple[str, Sequence[float], float], delivered: bool = False) -> Section:
    service = f.served([("Acme", 40, 36, False)]) if delivered else None
    return squeeze_section(squeezed(*rows), RIVALS, delivered=service)


def promoted(*rows: tuple[str, float, float, float], elsewhere: int = 0) -> Promotions:
    """Rows of (segment, cost, gained, expected)."""
    frame = pd.DataFrame(rows, columns=["segment", "cost", "gained", "expected"])
    frame["campaign_id"] = [f"CP{number}" for number in range(len(frame))]
    frame["starts_on"], frame["family"] = pd.Timestamp("2025-03-01"), "Film"
    frame["excess"] = frame["gained"] - frame["expected"]
    frame["by_chance"] = ~(frame["gained"] > 2 * frame["expected"])
    few = frame["by_chance"] | (frame["gained"] < 20)
    segments = frame.assign(promotions=1, cost_each=(frame["cost"] / frame["excess"]).mask(few))
    expected = float(frame["expected"].sum(skipna=False))
    return Promotions(frame, segments, int(frame["gained"].sum()), expected, elsewhere, f.RULES)


def _channels(written: Sequence[str | None], sold: dict[str, float], whole: float = 1e6) -> Section:
    rivals = RIVALS.assign(channels=list(written))
    month = pd.Timestamp("2025-06-01")
    ours = pd.DataFrame({"channel": list(sold), "revenue": list(sold.values()), "month": month}, index=range(len(sold)))
    ledger = pd.DataFrame({"month": [month], "revenue": [whole]})
    ours = ours.astype({"channel": "str", "revenue": float})
    return channels_section(channel_presence(rivals, ours, ledger, window=f.WINDOW), RIVALS)


VARIANTS: dict[str, Callable[[], Section]] = {
    "rival_moves_section": lambda: _moved(CUT, NEW, OLD, NOBODY),
    "rival_moves_section: one": lambda: _moved(CUT),
    "rival_moves_section: nobody's": lambda: _moved(CUT, manager=None, margin=False),
    "rival_moves_section: no place": lambda: _moved(CUT, region=None),
    "rival_moves_section: no family": lambda: _moved((*CUT[:3], None, f.NAN, *CUT[5:])),
    "rival_moves_section: neither": lambda: _moved((*CUT[:3], None, f.NAN, *CUT[5:]), region=None),
    "rival_moves_section: not material": lambda: _moved(CUT, threshold=1e6),
    "rival_moves_section: two not material": lambda: _moved(CUT, NEW, threshold=1e6),
    "rival_moves_section: noticed before": lambda: _moved((*CUT[:6], "2025-03-20", None, "ab")),
    "rival_moves_section: unsold": lambda: _moved((*CUT[:3], "Seeders", *CUT[4:])),
    "rival_moves_section: no account": lambda: _moved(NOBODY),
    "rival_moves_section: all answered": lambda: _moved(OLD),
    "rival_moves_section: none": _moved,
    "move_review_section": lambda: _reviewed(CUT, OLD, times=6),
    "move_review_section: fewer than half": lambda: _reviewed(CUT, times=6),
    "move_review_section: young": lambda: _reviewed(NEW, times=5),
    "move_review_section: too few": lambda: _reviewed(CUT),
    "move_review_section: none": _reviewed,
    "squeeze_section": lambda: _squeezed(
        ("瑞丰", (0.4, 0.2, 0.1), 2), ("Landtech", (0.3, -1, f.NAN), 1), delivered=True
    ),
    "squeeze_section: as before": lambda: _squeezed(("瑞丰", (0.4, 0.2, 0.1), 3)),
    "squeeze_section: nobody asked before": lambda: _squeezed(("瑞丰", (0.4, 0.2, 0.1), f.NAN)),
    "squeeze_section: two": lambda: _squeezed(("瑞丰", (0.4, 0.2, 0.1), 2), ("Landtech", (0.3, 0.1, 0.2), 3)),
    "squeeze_section: nobody": lambda: _squeezed(("瑞丰", (0.4, -0.2, 0.1), 3)),
    "squeeze_section: no scores": lambda: _squeezed(),
    "promotions_section": lambda: promotions_section(promoted(("dealer", 7e4, 28, 8), ("", 3e4, 4, 3), elsewhere=1)),
    "promotions_section: too few": lambda: promotions_section(promoted(("", 3e4, 4, 3))),
    "promotions_section: by chance": lambda: promotions_section(promoted(("dealer", 3e4, 50, 50), ("", 1e4, 4, 3))),
    "promotions_section: too short": lambda: promotions_section(promoted(("", 3e4, 4, f.NAN), ("farm", 2e4, 5, 1))),
    "promotions_section: none": lambda: promotions_section(promoted(elsewhere=2)),
    "channels_section": lambda: _channels(("dealers; online", "Dealers"), {"dealers": 6e5, "direct": 1e5}, 7e5),
    "channels_section: little known": lambda: _channels(("dealers; online", "Dealers"), {"dealers": 6e5}),
    "channels_section: in all": lambda: _channels(("dealers", None), {"dealers": 6e5}),
    "channels_section: own not known": lambda: _channels(("dealers", "dealers、电商"), {}),
    "channels_section: none": lambda: _channels((None, ""), {"dealers": 6e5}),
    "first_rival_data_section": first_rival_data_section,
}
