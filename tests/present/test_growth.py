"""Change in per cent from nothing, to nothing and through zero: an amount or nothing is said, and never inf %."""

import re
from collections.abc import Callable

import pandas as pd
import pytest

from kamreport.analysis.partial import partial_defection
from kamreport.analysis.performance import account_changes, region_comparison
from kamreport.analysis.price_attacks import price_attacks
from kamreport.analysis.prices import own_prices, price_index
from kamreport.analysis.retention import retention
from kamreport.language import Language, Money, Share
from kamreport.period import Period
from kamreport.present.page import Page
from kamreport.present.section import Section
from kamreport.present.sections.churn import retention_section
from kamreport.present.sections.cover import total_headline
from kamreport.present.sections.partial import partial_defection_section
from kamreport.present.sections.plan_and_cash import plan_section, regions_section
from kamreport.present.sections.rival_prices import price_attacks_section, price_index_section
from kamreport.settings import Rules
from tests.analysis.frames import AS_OF, WINDOW, ledger_frame, owners_frame

from . import frames as f
from .conftest import Shown
from .saying import said
from .variants import own

OpenPage = Callable[..., Page]
# (then, now, per cent): none from nothing or from returns.
PAIRS = [(0, 5, None), (0, 0, None), (-5, 5, None), (5, 0, -1.0), (5, -5, -2.0), (5, 10, 1.0)]
MONTHLY = pd.DataFrame({"revenue": [1e5] * 13, "margin": [2e4] * 13})
pairs = pytest.mark.parametrize(("then", "now", "change"), PAIRS)


def _ledger(*accounts: tuple[str, float, float]) -> pd.DataFrame:
    """Accounts with as much in each month of the window, and of the year before it; in thousands."""
    spans = (WINDOW.year_ago, WINDOW)
    rows = [
        (name, str(month), 1e3 * amount)
        for name, *amounts in accounts
        for span, amount in zip(spans, amounts, strict=True)
        for month in span
    ]
    return ledger_frame(rows).assign(region=[name for name, *_ in rows])


def _is_sound(section: Section) -> str:
    """All that a section says, in English and Chinese: neither infinite nor not a number."""
    told = "".join(str(said(section, code)) for code in ("en", "zh"))
    assert not re.search(r"\\b(inf|nan)\\b|∞", told, re.IGNORECASE), told
    return told


@pairs
def test_a_region_grows_from_something_or_not_at_all(then: float, now: float, change: float | None) -> None:
    ledger = _ledger(("here", then, now), ("big", 100, 110), ("small", 10, 11))
    found = region_comparison(
        ledger, owners_frame("here", "big", "small"), window=WINDOW, regions=["here", "big", "small"]
    )
    growth = found.set_index("region")["growth"]
    assert growth.isna().to_dict() == {"big": False, "small": False, "here": change is None}
    assert growth.dropna().round(9).to_dict() == {"big": 0.1, "small": 0.1} | ({"here": change} if change else {})
    section = regions_section(found, {}, compared=True)
    _is_sound(section)
    (heads, *rows) = said(section).tables[0]
    (cell,) = [row[heads.index("Growth")] for row in rows if row[0] == "here"]
    assert cell == {None: "–", -1.0: "−100.0%", -2.0: "−200.0%", 1.0: "+100.0%"}[change]
    # What is sorted by growth knows only what has one.
    best = max([change or 0.1, 0.1])
    assert f"to +{best:.0%}" in said(section).title


@pairs
def test_only_who_bought_before_is_partly_lost(then: float, now: float, change: float | None) -> None:
    ledger = _ledger(("here", then, now), ("steady", 10, 10))
    owners = owners_frame("here", "steady")
    found = partial_defection(ledger, owners, window=WINDOW, lost=frozenset(), threshold=1)
    falls = change is not None and change < 0
    assert found.falls[["recent_change", "year_change"]].to_numpy().tolist() == ([[change, change]] if falls else [])
    assert found.judged == (2 if change is not None else 1)
    _is_sound(partial_defection_section(found, by_margin=False))


@pairs
def test_a_headline_says_an_amount_where_there_is_no_per_cent(
    then: float, now: float, change: float | None, open_page: OpenPage, shown: Shown
) -> None:
    frame = pd.DataFrame(
        {"revenue": now, "margin": now, "past_revenue": then, "past_margin": then},
        index=["previous", "year_ago"],
        dtype=float,
    )
    made = total_headline(own(frame), frame, MONTHLY, measure="revenue", complete=True)
    open_page().show(made)
    texts = shown[-1].record.texts
    per_cent = {-1.0: "−100.0%", -2.0: "−200.0%", 1.0: "+100.0%"}
    amount = Language("en").money(now - then, signed=True)
    assert texts["previous"] == (amount if change is None else per_cent[change])
    assert texts["year_ago"] == ("" if then == 0 else texts["previous"])


@pytest.mark.parametrize(
    ("now", "joint", "past", "said_"),
    [
        (6, 10, 5, "+100.0%"),  # both months doubled, and February is six tenths of them
        (5, -5, 10, ""),  # returns in January: a part of less than nothing says nothing
        (-5, 10, 5, ""),
        (5, 0, 10, ""),
        (6, 10, 0, ""),
        (6, 10, -5, None),
    ],
)
def test_february_is_compared_as_a_part_of_both_months_or_not_at_all(
    now: float, joint: float, past: float, said_: str | None, open_page: OpenPage, shown: Shown
) -> None:
    frame = pd.DataFrame(
        {"revenue": joint, "margin": joint, "past_revenue": past, "past_margin": past}, index=["year_ago"], dtype=float
    )
    totals = {"revenue": float(now), "margin": float(now)}
    open_page().show(total_headline(totals, frame, MONTHLY, measure="revenue", complete=True))
    # From returns last year, 6 against their share of -3: an amount.
    assert shown[-1].record.texts["year_ago"] == ("+¥9" if said_ is None else said_)


@pairs
@pytest.mark.parametrize("target", [True, False])
def test_a_plan_is_a_share_of_something_or_an_amount(
    then: float, now: float, change: float | None, target: bool
) -> None:
    past, aim = (f.NAN, then) if target else (then, f.NAN)
    told = f.plan(to_date=now, target=aim, past=past, landing=f.NAN, target_year=f.NAN, low=f.NAN, high=f.NAN)
    section = plan_section(told, f.changes([("A", now, then)]), margin_rate=0.2)
    _is_sound(section)
    title = said(section).title
    assert ("%" in title) is (change is not None)


@pairs
def test_accounts_and_retention_count_amounts_and_shares_of_a_cohort(
    then: float, now: float, change: float | None
) -> None:
    ledger, owners = _ledger(("here", then, now)), owners_frame("here")
    changes = account_changes(ledger, owners, measure="revenue", now=WINDOW, past=WINDOW.year_ago)
    assert changes["change"].abs().max() < 1e9
    kept = retention(ledger, owners, window=WINDOW)
    assert kept.nrr == pytest.approx(1 + change if change is not None else f.NAN, nan_ok=True)
    _is_sound(retention_section(kept))


@pairs
def test_a_price_of_nothing_is_no_price(then: float, now: float, change: float | None) -> None:
    """A rival's prices then and now, and our own revenue of the product: nothing, or more taken back than sold."""
    days = pd.to_datetime(["2025-03-10", "2025-06-10"])
    prices = pd.DataFrame(
        {
            "competitor_id": "r", "product_id": "p", "unit": "t", "basis": "net", "region": "North",
            "collected_on": days, "price": [float(then), float(now)], "tax_included": False, "factor": 1.0,
            "quantity": f.NAN,
        }
    )  # fmt: skip
    sold = pd.DataFrame(
        {
            "product_id": "p", "family": "F", "unit": "t", "region": "North",
            "month": pd.to_datetime(["2025-05-01"]), "quantity": [4.0], "revenue": [float(then)],
            "listed_quantity": [4.0], "list_amount": [float(now)],
        }
    )  # fmt: skip
    ours = own_prices(sold, span=Period.parse("2025-Q2")).iloc[0]
    assert [ours["net_price"], ours["list_price"]] == pytest.approx(
        [value / 4 if value > 0 else f.NAN for value in (then, now)], nan_ok=True
    )
    rivals, rules = pd.DataFrame({"competitor_id": ["r"], "name": ["R"]}), Rules(price_attack_items=1)
    index = price_index(sold, prices, window=WINDOW, as_of=AS_OF, rules=rules)
    assert len(index.frame) == (then > 0 and now > 0)
    attacks = price_attacks(sold, prices, window=WINDOW, as_of=AS_OF, rules=rules)
    assert attacks.frame.empty
    _is_sound(price_index_section(index, rivals))
    _is_sound(price_attacks_section(attacks, rivals, pd.DataFrame({"product_id": ["p"], "name": ["P"]}), {}))


@pytest.mark.parametrize("code", ["en", "zh"])
@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_what_is_no_number_is_said_to_be_none(code: str, value: float) -> None:
    language = Language(code)
    assert {language.value(Share(value)), language.value(Money(value))} == {{"en": "n/a", "zh": "不适用"}[code]}
