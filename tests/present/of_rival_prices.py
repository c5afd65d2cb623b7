"""Small results on offers and concessions: what their sections are tried on."""

from collections.abc import Callable, Sequence

import pandas as pd

from kamreport.analysis.counter_offers import counter_offers
from kamreport.present.section import Section
from kamreport.present.sections import counter_offers as offers_page
from kamreport.present.sections import rival_prices
from kamreport.results import Concessions, CounterOffers
from kamreport.settings import Bilingual

from . import frames as f

__all__ = ["VARIANTS", "concessions", "offers"]

_REGIONS = {"South": Bilingual(en="South", zh="华南")}


def offers(
    *rates: float,
    keys: int = 1,
    gaps: Sequence[float] = (0.25,),
    manager: str | None = "Li Na",
    switching: float = 0.02,
) -> CounterOffers:
    """Accounts that buy fertiliser of 1,000,000 with such margin rates (NaN: unknown) and seed that earns 50,000."""
    names = [
        ("恒泰农资", "Acme", "Zeta")[number] if number < 3 else f"客户{number:02d}" for number in range(len(rates))
    ]
    ids = [f"A{number:03d}" for number in range(len(rates))]
    owners = pd.DataFrame(
        {"owner_id": ids, "name": names, "type": "customer", "manager_id": "m1", "manager_name": manager,
         "is_home": True}, index=range(len(ids)),
    )  # fmt: skip
    rows = [
        row
        for id_, rate in zip(ids, rates, strict=True)
        for row in (
            (id_, "Fertiliser", 1e6, 0.0 if rate != rate else 1e6, 0.0 if rate != rate else 1e6 * (1 - rate)),
            (id_, "Seed", 2e5, 2e5, 1.5e5),
        )
    ]
    ledger = pd.DataFrame(rows, columns=["owner_id", "family", "revenue", "costed_revenue", "cost"])
    ledger = ledger.assign(region="South", month=f.WINDOW.start).astype({"month": "datetime64[us]"})
    attacks = pd.DataFrame({"competitor_id": [f"r{n}" for n in range(len(gaps))], "gap": list(gaps)})
    attacks = attacks.assign(region="South", family="Fertiliser").astype({"gap": float})
    owners, ledger = owners.astype({"owner_id": "str"}), ledger.astype({"owner_id": "str"})
    return counter_offers(ledger, owners, attacks, keys=ids[:keys], window=f.WINDOW, rules=f.RULES)


def concessions(n: int, after: float, *, reach: float = 0.05) -> Concessions:
    """So many accounts of whom 100 was expected and that bought so much."""
    known = n >= f.RULES.min_group
    difference = after / 100 - 1
    low, high = (difference - reach, difference + reach) if known else (f.NAN, f.NAN)
    verdict = "few" if not known else "less" if high < 0 else "more" if low > 0 else "unclear"
    frame = pd.DataFrame(
        {"band": ["all", "deep", "shallow", "unknown"], "n": [n, 3, 2, 1], "events": [5, 2, 2, 1], "before": 90_000.0,
         "after": 1e3 * after, "expected": 1e5, "change": after / 90 - 1, "neighbours": 100 / 90 - 1,
         "difference": difference, "low": [low, f.NAN, f.NAN, f.NAN], "high": [high, f.NAN, f.NAN, f.NAN],
         "verdict": [verdict, "few", "few", "few"]}
    )  # fmt: skip
    return Concessions(frame, pd.DataFrame({"event_id": list("abcde")}), 9, f.RULES)


def _offered(*rates: float, by_margin: bool = True, **more: object) -> Section:
    found = offers(*rates, **more)  # type: ignore[arg-type]
    return offers_page.counter_offers_section(found, f.rivals(["r0"]), _REGIONS, by_margin=by_margin)


def _conceded(n: int, after: float, margin_rate: float = 0.2) -> Section:
    return rival_prices.concessions_section(concessions(n, after), margin_rate=margin_rate)


VARIANTS: dict[str, Callable[[], Section]] = {
    "counter_offers_section": lambda: _offered(0.25, 0.2, 0.1, keys=3),
    "counter_offers_section: one": lambda: _offered(0.25),
    "counter_offers_section: no key account": lambda: _offered(0.25, 0.2, keys=0),
    "counter_offers_section: one that is no key account": lambda: _offered(0.25, keys=0, manager=None),
    "counter_offers_section: key accounts and others": lambda: _offered(0.25, 0.2, 0.3, keys=2),
    "counter_offers_section: none can be matched": lambda: _offered(0.1, 0.15, keys=2, manager=None),
    "counter_offers_section: cost unknown": lambda: _offered(f.NAN, f.NAN, keys=1, by_margin=False),
    "counter_offers_section: two rivals": lambda: _offered(0.25, gaps=(0.25, 0.1)),
    "counter_offers_section: not cheap enough": lambda: _offered(0.25, gaps=(0.02,)),
    "counter_offers_section: own price unknown": lambda: _offered(0.25, 0.2, gaps=(f.NAN,)),
    "counter_offers_section: one, own price unknown": lambda: _offered(0.25, gaps=(f.NAN,)),
    "counter_offers_section: nobody": lambda: _offered(),
    "concessions_section": lambda: _conceded(30, 80.0),
    "concessions_section: cost unknown": lambda: _conceded(30, 80.0, f.NAN),
    "concessions_section: more": lambda: _conceded(30, 120.0),
    "concessions_section: alike": lambda: _conceded(30, 98.0),
    "concessions_section: too few": lambda: _conceded(4, 80.0),
    "concessions_section: one": lambda: _conceded(1, 80.0),
}
