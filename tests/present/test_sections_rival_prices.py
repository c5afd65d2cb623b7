"""Sections on counter-offers and on rivals' concessions: the right number, the right branch, what is at stake."""

import pytest

from kamreport.language import Language
from kamreport.present.charts.rival_prices import price_index_chart
from kamreport.present.section import Table

from . import frames as f
from .saying import said, section

# What each variant of `of_rival_prices.py` says. 25 % dearer: he asks 20 % less, 18 % keeps an account.
TITLES = {
    "counter_offers_section": (
        "3 key accounts with ¥3M a year gain by leaving for r0 in Fertiliser; matching takes 18.0% off, stays above "
        "cost at 2, and pays only where leaving is likelier than 72% to 90%.",
        "3家大客户（年采购¥300万）的Fertiliser改买r0更划算；跟价需让18.0%，其中2家让价后仍高于成本，且只有流失可能性高于72%至90%时才合算。",
    ),
    "counter_offers_section: one": (
        "1 key account with ¥1M a year gains by leaving for r0 in Fertiliser; matching takes 18.0% off, stays above "
        "cost at 1, and pays only where leaving is likelier than 72%.",
        "1家大客户（年采购¥100万）的Fertiliser改买r0更划算；跟价需让18.0%，其中1家让价后仍高于成本，且只有流失可能性高于72%时才合算。",
    ),
    "counter_offers_section: no key account": (
        "2 accounts with ¥2M a year gain by leaving for r0 in Fertiliser, no key account; matching takes 18.0% off, "
        "stays above cost at 2, and pays only where leaving is likelier than 72% to 90%.",
        "2家客户（年采购¥200万，无大客户）的Fertiliser改买r0更划算；跟价需让18.0%，其中2家让价后仍高于成本，且只有流失可能性高于72%至90%时才合算。",
    ),
    "counter_offers_section: none can be matched": (
        "2 key accounts with ¥2M a year gain by leaving for r0 in Fertiliser; matching takes 18.0% off, which is known "
        "to stay above cost at none.",
        "2家大客户（年采购¥200万）的Fertiliser改买r0更划算；跟价需让18.0%，没有一家确知让价后仍高于成本。",
    ),
    # The other rival's customers and prices are not this one's.
    "counter_offers_section: two rivals": (
        "1 key account with ¥1M a year gains by leaving for r0 in Fertiliser; matching takes 18.0% off, stays above "
        "cost at 1, and pays only where leaving is likelier than 72%.",
        "1家大客户（年采购¥100万）的Fertiliser改买r0更划算；跟价需让18.0%，其中1家让价后仍高于成本，且只有流失可能性高于72%时才合算。",
    ),
    "counter_offers_section: not cheap enough": (
        "No account gains by leaving for the competitor: it is not cheaper by more than switching costs.",
        "没有客户转向该对手会得利：其低价幅度未超过转换成本。",
    ),
    "counter_offers_section: own price unknown": (
        "2 accounts buy what the competitor has cut; our own prices there are not known, so no offer is worked out.",
        "2家客户购买对手降价的产品；我方当地价格不详，无法测算让价。",
    ),
    "counter_offers_section: nobody": (
        "No account at home here buys what the competitor has cut.",
        "本区没有客户购买对手降价的产品。",
    ),
    "concessions_section": (
        "30 accounts with a competitor's concession bought 20% less afterwards than their neighbours (15% to 25%).",
        "30家受对手优惠涉及的客户，其后采购比同区其他客户少20%（15%至25%）。",
    ),
    "concessions_section: more": (
        "30 accounts with a competitor's concession bought 20% more afterwards than their neighbours (15% to 25%).",
        "30家受对手优惠涉及的客户，其后采购比同区其他客户多20%（15%至25%）。",
    ),
    "concessions_section: alike": (
        "30 accounts with a competitor's concession bought afterwards as their neighbours did (difference −2%, −7% to "
        "3%).",
        "30家受对手优惠涉及的客户，其后采购与同区其他客户无明显差异（相差−2%，−7%至3%）。",
    ),
    "concessions_section: too few": (
        "Competitors' concessions concerned 4 accounts that can be compared: too few to say how they bought "
        "afterwards.",
        "对手优惠涉及且可比较的客户为4家，太少，无法判断其后采购变化。",
    ),
}


@pytest.mark.parametrize("variant", TITLES)
def test_the_title_says_the_finding_in_both_languages(variant: str) -> None:
    assert (said(variant).title, said(variant, "zh").title) == TITLES[variant]


def test_each_account_has_its_offer_its_ceiling_and_the_answer() -> None:
    # Margins of 250, 200 and 100 thousand; 180 of each million is given away. .18 / .25 = 72 %, .18 / .2 = 90 %.
    assert said("counter_offers_section").tables[0][1:] == [
        ["恒泰农资", "Li Na", "1,000", "25.0%", "72%", "50", "match in part"],
        ["Acme", "Li Na", "1,000", "20.0%", "90%", "50", "match in part"],
        ["Zeta", "Li Na", "1,000", "10.0%", "–", "50", "cannot match"],
    ]
    assert said("counter_offers_section").basis[2] == (
        "These accounts earn ¥550K a year in the family; offers to all that can be matched would cost ¥360K and keep "
        "¥90K at most, if all would have left."
    )


def test_who_looks_after_the_account_is_told_how_far_to_go() -> None:
    assert said("counter_offers_section").actions == [
        "Li Na: if 恒泰农资 asks, and only then, offer 18.0% off Fertiliser, and 25.0% at the very most.",
        "Li Na: if Acme asks, and only then, offer 18.0% off Fertiliser, and 20.0% at the very most.",
        "Li Na: do not follow the price of Fertiliser at Zeta; answer with terms and service.",
    ]
    assert said("counter_offers_section: one that is no key account").actions == [
        "If 恒泰农资 asks, and only then, offer 18.0% off Fertiliser, and 25.0% at the very most."
    ]
    assert said("counter_offers_section: cost unknown").actions == [
        "Li Na: find out what Fertiliser costs us at 恒泰农资 before any offer."
    ]


@pytest.mark.parametrize(
    ("variant", "nature", "amount", "unit", "named"),
    [
        ("counter_offers_section", "opportunity", 90_000, "margin", ["A000", "A001", "A002"]),
        ("counter_offers_section: none can be matched", "at_risk", 250_000, "margin", ["A001", "A000"]),
        ("counter_offers_section: cost unknown", "at_risk", 1_000_000, "revenue", ["A000"]),
        ("counter_offers_section: two rivals", "opportunity", 70_000, "margin", ["A000"]),
    ],
)  # fmt: skip
def test_at_stake_is_what_offers_keep_or_else_what_is_exposed(
    variant: str, nature: str, amount: float, unit: str, named: list[str]
) -> None:
    made = section(variant)
    assert (made.nature, made.amount, made.unit) == (nature, pytest.approx(amount), unit)
    assert [who.id for who in made.who] == named


def test_whom_two_rivals_court_is_offered_the_larger_cut_and_kept_once() -> None:
    # 250 are earned; 180 keep the account from r0, and from r1 who asks less of it.
    made = said("counter_offers_section: two rivals")
    assert made.stake == "up to ¥70K a year can be kept"
    assert "would cost ¥180K and keep ¥70K at most" in made.basis[2]
    assert made.actions == [
        "Li Na: if 恒泰农资 asks, and only then, offer 18.0% off Fertiliser, and 25.0% at the very most."
    ]


def test_where_key_accounts_gain_the_others_stand_in_the_workbook() -> None:
    table = section("counter_offers_section: key accounts and others").evidence[0]
    assert isinstance(table, Table)
    assert (table.most, len(table.frame)) == (2, 3)
    assert table.frame["is_key"].tolist() == [True, True, False]


def test_which_rival_an_offer_answers_is_said_where_there_are_two() -> None:
    answers = [row[-1] for row in said("counter_offers_section: two rivals").tables[0][1:]]
    assert answers == ["match in part (r0, Fertiliser, South)", "match in part (r1, Fertiliser, South)"]


def test_nothing_is_offered_where_nobody_gains() -> None:
    for variant in ("not cheap enough", "own price unknown", "nobody"):
        made = section(f"counter_offers_section: {variant}")
        assert (made.quiet, made.amount, list(made.who)) == (True, None, [])


def test_the_dot_of_a_rival_is_the_level_that_the_title_speaks_of() -> None:
    rows = [("ruifeng", 91.5), ("zhongnong", 108.0)]
    drawn = price_index_chart(f.prices(rows), {}, Language("en"))
    lines = drawn.axes[0].get_lines()
    assert [line.get_xdata()[0] for line in lines if line.get_marker() == "o"] == [91.5, 108.0]
    assert not any(line.get_marker() == "|" for line in lines)  # the interval is that of another index
    assert "91.5, 60% of our sales" in [one.get_text() for one in drawn.axes[0].texts]


def test_concessions_are_of_the_years_edition_and_weigh_with_the_margin() -> None:
    made = section("concessions_section")
    assert (made.cadence, made.nature, made.amount, made.unit) == ("year", "realised", pytest.approx(4000), "margin")
    assert said(made).stake == "¥4,000 less than neighbours"
    unknown = section("concessions_section: cost unknown")
    assert (unknown.amount, unknown.unit) == (pytest.approx(20_000), "revenue")
    for variant in ("more", "alike"):
        assert section(f"concessions_section: {variant}").amount is None
    assert said(made).tables[0][1:3] == [
        ["all", "5", "30", "−11%", "+11%", "−20%", "−25% to −15%"],
        ["from 5%", "2", "3", "−11%", "+11%", "−20%", "too few to say"],
    ]
