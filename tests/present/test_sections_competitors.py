"""Sections on rivals: the right number, the right branch, what is at stake."""

import pytest

from kamreport.present.sections.rival_prices import price_attacks_section, price_index_section
from kamreport.present.sections.win_rates import win_rates_section

from . import frames as f
from .saying import said, section
from .variants import REGIONS

# What each variant of `variants.py` says.
TITLES = {
    "price_attacks_section": (
        "ruifeng has cut Fertiliser prices by 11% in South since 9 Apr 2025; we are now 18% dearer.",
        "ruifeng自2025年4月9日起在华南将Fertiliser降价11%，我方现在贵18%。",
    ),
    "price_attacks_section: several": (
        "ruifeng has cut Fertiliser prices by 11% in South since 9 Apr 2025; we are now 18% dearer.",
        "ruifeng自2025年4月9日起在华南将Fertiliser降价11%，我方现在贵18%。",
    ),
    "price_attacks_section: still cheaper": (
        "ruifeng has cut Fertiliser prices by 11% in South since 9 Apr 2025; we are still cheaper.",
        "ruifeng自2025年4月9日起在华南将Fertiliser降价11%，我方仍较便宜。",
    ),
    "price_attacks_section: own price unknown": (
        "ruifeng has cut Fertiliser prices by 11% in South since 9 Apr 2025.",
        "ruifeng自2025年4月9日起在华南将Fertiliser降价11%。",
    ),
    "price_attacks_section: dearer than before": (
        "ruifeng has cut Fertiliser prices by 11% in South since 9 Apr 2025; we are now 18% dearer.",
        "ruifeng自2025年4月9日起在华南将Fertiliser降价11%，我方现在贵18%。",
    ),
    "price_attacks_section: none": (
        "No competitor has clearly cut prices by 5% or more.",
        "没有竞争对手明显降价5%以上。",
    ),
    "win_rates_section": (
        "Against ruifeng we won 2 of 30 deals (7%), against other competitors 40 of 52.",
        "对ruifeng的30个商机赢下2个（7%），对其他对手52个赢40个。",
    ),
    "win_rates_section: unknown cost": (
        "Against ruifeng we won 2 of 30 deals (7%), against other competitors 40 of 50.",
        "对ruifeng的30个商机赢下2个（7%），对其他对手50个赢40个。",
    ),
    "win_rates_section: all alike": (
        "We won 7 of 12 deals (58%, 32% to 81%); against each competitor too few to say who is harder to beat.",
        "12个商机赢下7个（58%，32%至81%）；对各对手的商机都太少，看不出谁更难赢。",
    ),
    "win_rates_section: most without a rival": (
        "We won 227 of 448 deals (51%): 192 of 285 without a competitor, 30 of 143 against one; against no competitor "
        "is it worse than against the others by more than chance explains.",
        "448个商机赢下227个（51%）：无对手的285个赢192个，有对手的143个赢30个；对各对手的差异都在偶然范围之内。",
    ),
    "win_rates_section: one": (
        "We won 1 of 1 deals (100%, 21% to 100%); against each competitor too few to say who is harder to beat.",
        "1个商机赢下1个（100%，21%至100%）；对各对手的商机都太少，看不出谁更难赢。",
    ),
    "win_rates_section: none": ("No deal was decided in the last 12 months.", "近12个月没有商机有结果。"),
    "price_index_section": (
        "ruifeng is 8.5% below our prices (on 60% of our sales); 1 of 2 competitors is clearly cheaper.",
        "ruifeng比我方低8.5%（覆盖我方销售60%）；2家对手中1家明显更便宜。",
    ),
    "price_index_section: none cheaper": (
        "No competitor is cheaper than we are; the nearest is ruifeng, 4.0% above.",
        "没有对手比我方便宜；最接近的是ruifeng，高4.0%。",
    ),
    "price_index_section: alike": (
        "No competitor is clearly cheaper than we are; for 1 of 1 there is no clear difference.",
        "没有对手明显比我方便宜；1家中1家无明显差异。",
    ),
    "price_index_section: too few": (
        "No competitor is clearly cheaper than we are; for 1 of 1 there is no clear difference.",
        "没有对手明显比我方便宜；1家中1家无明显差异。",
    ),
    "price_index_section: none": ("No competitor's price can be matched with ours.", "没有可与我方匹配的竞品价格。"),
    "profile_section": ("ruifeng: rated stronger than we are.", "ruifeng被评为强于我方。"),
    "profile_section: none stronger": ("No competitor is rated stronger than we are.", "没有对手被评为强于我方。"),
    "profile_section: too few": (
        "Too few people have scored us and a competitor to say who is stronger.",
        "同时给我方和对手评分的人太少，无法判断谁更强。",
    ),
    "profile_section: none": (
        "Nobody has scored us and a competitor in the last 12 months.",
        "近12个月没有人同时给我方和对手评分。",
    ),
}


@pytest.mark.parametrize("variant", TITLES)
def test_the_title_says_the_finding_in_both_languages(variant: str) -> None:
    assert (said(variant).title, said(variant, "zh").title) == TITLES[variant]


# Price attacks


def test_what_all_attacks_touch_is_at_risk_once_and_the_others_stand_in_a_table_of_their_own() -> None:
    made = section("price_attacks_section: several")
    assert (made.nature, made.amount) == ("at_risk", 1_500_000.0)
    items, others = said(made).tables
    assert [row[0] for row in items] == ["Product", "Urea", "DAP", "0103"]
    assert others[1:] == [["unlisted", "South", "Fertiliser", "−11.0%", "9 Apr 2025", "750"]]
    assert len(said("price_attacks_section").tables) == 1


def test_the_rule_and_what_at_risk_means_stand_in_the_basis() -> None:
    assert said("price_attacks_section").basis == [
        "A cut counts from 5% on average over 3 matched products (same product, unit, basis and place), against 90 "
        "days before (Jevons), if chance explains it in less than 5%, of all comparisons together (Holm).",
        "At risk is what matching the lowest of these prices would cost in a year, product by product and at our "
        "quantities of the last 12 months (¥11.4M); what several have cut counts once.",
    ]


@pytest.mark.parametrize(
    ("region", "english", "chinese"),
    [
        ("", "in all regions since", "在所有大区将"),
        ("South", "in South since", "在华南将"),
        ("X", "in X since", "在X将"),
    ],
)
def test_the_place_of_an_attack_is_named(region: str, english: str, chinese: str) -> None:
    found = f.attacks()
    found.frame["region"] = region
    made = price_attacks_section(found, f.rivals(["ruifeng"]), f.products(), REGIONS)
    assert english in said(made).title
    assert chinese in said(made, "zh").title


def test_without_a_history_there_is_no_chart() -> None:
    made = price_attacks_section(f.attacks(levels=()), f.rivals(["ruifeng"]), f.products(), REGIONS)
    assert said(made).alts == []
    assert said("price_attacks_section").alts == [
        "ruifeng's price level by month on the products attacked, our present price = 100."
    ]


def test_the_decision_is_asked_for() -> None:
    assert said("price_attacks_section").actions == [
        "Decide before the next orders: match ruifeng for key accounts only, or hold the price and answer with terms."
    ]


# Deals


@pytest.mark.parametrize(
    ("rate", "amount", "unit", "nature"),
    [
        # 28 lost of 30, at the others' rate 6 of 30.
        (0.2, 440_000.0, "margin", "realised"),
        (f.NAN, 2_200_000.0, "revenue", "realised"),
        (-0.1, None, "margin", "fact"),
    ],
)
def test_deals_lost_to_the_worst_rival_weigh_with_their_margin(
    rate: float, amount: float | None, unit: str, nature: str
) -> None:
    found = f.deals([("ruifeng", 2, 28), ("zhongnong", 40, 10)])
    made = win_rates_section(found, f.rivals(["ruifeng", "zhongnong"]), margin_rate=rate)
    assert (made.amount, made.unit, made.nature) == (amount and pytest.approx(amount), unit, nature)
    assert said(made).actions == [
        "Review the last deals lost to ruifeng with their owners: price, delivery or relation?"
    ]


def test_deals_without_a_known_rival_are_counted_and_accuse_nobody() -> None:
    made = win_rates_section(f.deals([("unknown", 0, 30), ("none", 40, 0)]), f.rivals(["ruifeng"]), margin_rate=0.2)
    assert said(made).title.endswith("against which competitor is not recorded.")
    assert sorted(row[0] for row in said(made).tables[0][1:]) == ["no competitor", "not known"]
    assert sorted(row[0] for row in said(made, "zh").tables[0][1:]) == ["不详", "无对手"]


def test_the_year_before_is_shown_where_there_was_one() -> None:
    found = f.deals([("ruifeng", 3, 2), ("zhongnong", 4, 3)])
    assert "Year before" not in said(win_rates_section(found, f.rivals(["ruifeng"]), margin_rate=0.2)).tables[0][0]
    found.frame["won_before"], found.frame["n_before"] = [1, 0], [4, 0]
    rows = said(win_rates_section(found, f.rivals(["ruifeng"]), margin_rate=0.2)).tables[0]
    assert [row[4] for row in rows] == ["Year before", "1/4", "–"]


def test_the_basis_names_rule_interval_and_what_is_left_out() -> None:
    assert said("win_rates_section").basis == [
        "Rate: won / (won + lost) of deals closed in the last 12 months, Wilson 95% interval; by amount with the "
        "effective number of deals (Kish). Left out: 0 cancelled, 0 open.",
        "Named only if Fisher's exact test against the deals with other competitors, corrected for all comparisons "
        "(Holm), leaves 5%; too few to say below 20 deals.",
        "Lost amounts are deal values; at stake is the margin, at a rate of 20%, of what was lost beyond the rate of "
        "the others.",
    ]


# Prices


@pytest.mark.parametrize(
    ("levels", "reach", "title"),
    [
        ([91.5, 95.0, 108.0], 2, "r0 is 8.5% below our prices (on 60% of our sales); 2 of 3 competitors are clearly "
         "cheaper."),
        # The second lies below, and its interval does not.
        ([91.5, 98.0], 2, "r0 is 8.5% below our prices (on 60% of our sales); 1 of 2 competitors is clearly cheaper."),
        # The lowest differs too much from product to product; the next is the one to name.
        ([99.0, 108.0], 2, "No competitor is clearly cheaper than we are; for 1 of 2 there is no clear difference."),
        ([104.0, 108.0], 2, "No competitor is cheaper than we are; the nearest is r0, 4.0% above."),
    ],
)  # fmt: skip
def test_the_title_counts_who_is_clearly_cheaper(levels: list[float], reach: float, title: str) -> None:
    rows = [(f"r{place}", level) for place, level in enumerate(levels)]
    assert said(price_index_section(f.prices(rows, reach=reach), f.rivals(["r0", "r1", "r2"]))).title == title


def test_the_title_names_the_cheapest_that_is_clearly_so_and_no_difference_that_does_not_show() -> None:
    found = f.prices([("r0", 90.0), ("r1", 95.0), ("r2", 99.97)], reach=2)
    found.frame["verdict"] = ["unclear", "cheaper", "cheaper"]
    assert said(price_index_section(found, f.rivals(["r0", "r1", "r2"]))).title == (
        "r1 is 5.0% below our prices (on 60% of our sales); 1 of 3 competitors is clearly cheaper."
    )


def test_the_table_tells_interval_fisher_coverage_and_age() -> None:
    assert said("price_index_section").tables[0][1:] == [
        ["ruifeng", "91.5", "92.5 (90.5 to 94.5)", "90.5 (2; 20%)", "5", "60%", "32 days, 5 Apr 2025"],
        ["zhongnong", "108.0", "109.0 (107.0 to 111.0)", "–", "5", "60%", "32 days, 5 Apr 2025"],
    ]
    assert said("price_index_section: too few").tables[0][1][2] == "92.5 (too few)"
    assert said("price_index_section").basis[3] == (
        "Age of the prices: median by competitor 32 days at most, the oldest of 5 Apr 2025."
    )


def test_what_was_left_out_of_the_index_is_counted() -> None:
    assert said("price_index_section").basis[2] == "Left out: 3 prices with tax, 12 too old."
    assert said("price_index_section", "zh").basis[2] == "未计入：含税价3个，过期价12个。"
