"""Sections on growth: the right number, the right branch, the right people."""

from dataclasses import replace

import pytest

from kamreport.present.section import Table
from kamreport.present.sections.account_plans import account_plans_section
from kamreport.present.sections.delivery import delivery_section
from kamreport.present.sections.growth import white_space_section

from . import frames as f
from .saying import said, section

# What each variant of `variants.py` says.
TITLES = {
    "white_space_section": (
        "The 3 largest gaps against peers are worth ¥200K a year: 恒泰农资 buys no 化肥, 30 of 40 peers do.",
        "与同类客户相比最大的3处空白每年值¥20万：恒泰农资不买化肥，而40家同类客户中30家购买。",
    ),
    "white_space_section: one": (
        "The 1 largest gap against peers is worth ¥90K a year: 恒泰农资 buys no 化肥, 30 of 40 peers do.",
        "与同类客户相比最大的1处空白每年值¥9万：恒泰农资不买化肥，而40家同类客户中30家购买。",
    ),
    "white_space_section: too few": (
        "7 pairs of account and family do not meet: too few peers buy the families to say what they would be worth.",
        "7处客户与大类的空白：购买该大类的同类客户太少，无法估值。",
    ),
    "white_space_section: none": (
        "No account leaves out a product family that its peers buy.",
        "没有客户缺少同类客户所购的大类。",
    ),
    "potential_section": (
        "2 of 60 accounts with a known wallet buy ¥6M of ¥11M from us (55%); others sell them ¥5M.",
        "60家客户中采购总额已知的有2家，总额¥1100万，其中向我方采购¥600万（55%）；其他供应商供货¥500万。",
    ),
    "outlook_section": (
        "Q3 2025: ¥3M of revenue is to be expected (¥2.7M to ¥3.3M); the target of ¥3.1M lies within.",
        "2025年第3季度预计收入¥300万（¥270万至¥330万）；目标¥310万在此区间内。",
    ),
    "outlook_section: no target": (
        "Q3 2025: ¥3M of revenue is to be expected (¥2.7M to ¥3.3M), against ¥2.7M a year before.",
        "2025年第3季度预计收入¥300万（¥270万至¥330万），去年同期¥270万。",
    ),
    "outlook_section: above": (
        "Q3 2025: ¥3M of revenue is to be expected (¥2.7M to ¥3.3M); the target of ¥4M lies above that.",
        "2025年第3季度预计收入¥300万（¥270万至¥330万）；目标¥400万高于此区间。",
    ),
    "outlook_section: below": (
        "Q3 2025: ¥3M of revenue is to be expected (¥2.7M to ¥3.3M), more than the target of ¥2M.",
        "2025年第3季度预计收入¥300万（¥270万至¥330万），高于目标¥200万。",
    ),
    "outlook_section: too little": (
        "Too little history to expect revenue: 1 forecast of past months can be checked, 10 are needed.",
        "历史数据太少，无法预计收入：可检验的历史预测1次，至少需要10次。",
    ),
    "new_products_section": (
        "12.5% of sales come from products of the last 3 years, 10.0% a year ago.",
        "近3年上市的产品占销售额12.5%，去年为10.0%。",
    ),
    "new_products_section: first year": (
        "0.0% of sales come from products of the last 3 years.",
        "近3年上市的产品占销售额0.0%。",
    ),
    "delivery_section": (
        "1 account was served late and buys far less since: 恒泰农资 got 0 of 7 orders on time from 1 Sep 2024 to "
        "30 Nov 2024 and has bought 60% less than a year before in the last months.",
        "1家客户曾遭迟延交货，此后采购大减：恒泰农资在2024年9月1日至2024年11月30日的7张订单中仅0张准时，"
        "近几个月采购比去年同期少60%。",
    ),
    "delivery_section: nobody fell": (
        "46 of 50 orders came on time and in full (92.0%, 70.0% to 80.0%); half within 5 days, 90% within 11.",
        "50张订单中46张准时足量到货（92.0%，70.0%至80.0%）；半数在5天内，90%在11天内。",
    ),
    "delivery_section: nothing arrived": (
        "0 of 1 order came on time and in full (0.0%, 70.0% to 80.0%).",
        "1张订单中0张准时足量到货（0.0%，70.0%至80.0%）。",
    ),
    "delivery_section: none": ("No order was due in the last 12 months.", "近12个月没有到期的订单。"),
    "revenue_bridge_section": (
        "Revenue of ¥5.78M after ¥6M: volume +¥300K, mix −¥100K, price +¥200K, all else −¥620K; the largest part is "
        "stopped families.",
        "收入由¥600万变为¥578万：数量+¥30万，结构−¥10万，价格+¥20万，其他−¥62万；影响最大的是停购大类。",
    ),
    "account_plans_section": (
        "2 of 3 accounts with a target are behind theirs, by ¥310K: 恒泰农资 alone by ¥300K.",
        "3家有目标的客户中2家落后，合计¥31万：其中恒泰农资落后¥30万。",
    ),
    "account_plans_section: one": (
        "1 of 1 accounts with a target is behind it, by ¥300K: 恒泰农资 alone by ¥300K.",
        "1家有目标的客户中1家落后，合计¥30万：其中恒泰农资落后¥30万。",
    ),
    "account_plans_section: met": (
        "The 1 account with a target has met it.",
        "1家有目标的客户全部完成目标。",
    ),
    "account_plans_section: none": (
        "No account has a target of its own for Jan 2025 to Jun 2025.",
        "2025年1月至2025年6月没有客户设有自身目标。",
    ),
}


@pytest.mark.parametrize("variant", TITLES)
def test_the_title_says_the_finding_in_both_languages(variant: str) -> None:
    assert (said(variant).title, said(variant, "zh").title) == TITLES[variant]


# White space


def test_the_amount_is_that_of_the_gaps_that_are_named_and_the_whole_sum_stands_in_the_basis() -> None:
    many = white_space_section(f.white_space([(f"A{n:02d}", "化肥", 1e5 - n) for n in range(12)]))
    assert many.amount == sum(1e5 - n for n in range(10))
    assert (many.nature, len(many.who)) == ("opportunity", 10)
    assert said(many).basis[-1].startswith("12 gaps in all, ¥1.2M a year to be expected")


def test_an_account_with_two_gaps_is_named_once_with_both_amounts_and_asked_about_the_larger() -> None:
    made = section("white_space_section")
    assert [(one.name, one.amount, one.owner) for one in made.who] == [("恒泰农资", 1.6e5, "P1"), ("Acme", 4e4, "P1")]
    assert said(made).actions == [
        "Li Na asks 恒泰农资 who supplies 化肥, and makes an offer.",
        "Li Na asks Acme who supplies Film, and makes an offer.",
    ]
    assert said("white_space_section: one").actions == ["Ask 恒泰农资 who supplies 化肥, and make an offer."]


def test_revenue_stands_where_the_cost_is_unknown() -> None:
    made = section("white_space_section: unknown cost")
    assert made.unit == "revenue"
    assert "median revenue" in said(made).basis[0]
    assert "59 accounts judged, 3 of their families" in said(made).basis[1]


# Potential


def test_ranges_stay_ranges_and_are_left_out_where_there_are_none() -> None:
    assert said("potential_section").basis[-1] == "By the estimates' ranges others sell ¥3.9M to ¥6.1M."
    without = said("potential_section: no range, no growth")
    assert not [one for one in without.basis if "ranges" in one]
    assert without.tables[0][1][-2:] == ["–", "–"]
    assert "several sources" in without.basis[1]


def test_regions_stand_side_by_side_only_in_the_report_of_all() -> None:
    assert [rows[0][0] for rows in said("potential_section").tables] == ["Region", "Account"]
    assert [rows[0][0] for rows in said("potential_section: one region").tables] == ["Account"]
    assert said("potential_section: one region").basis[-1].startswith("1 account bought more from us")


# Deliveries


def test_late_and_less_is_told_one_after_the_other_and_never_as_a_cause() -> None:
    made = section("delivery_section")
    assert (made.nature, made.amount, said(made).stake) == ("realised", 1.2e5, "¥120K less margin")
    assert [one.name for one in made.who] == ["恒泰农资"]
    assert "no proof that one caused the other" in " ".join(said(made).basis)
    for words in (said(made).title, *said(made).actions):
        assert not any(cause in words for cause in ("because", "caused", "due to", "led to"))
    table = next(part for part in made.evidence if isinstance(part, Table))
    assert table.frame["is_followed"].tolist() == [True, False, False]


def test_without_a_cost_the_drop_itself_is_the_amount() -> None:
    made = section("delivery_section: unknown cost")
    assert (made.amount, made.unit, said(made).stake) == (6e5, "revenue", "¥600K less revenue")
    assert delivery_section(f.served([("Acme", 9, 1, True)]), margin_rate=-0.1).amount == 0.0


def test_the_rate_stands_in_the_basis_where_an_account_is_named_and_in_the_title_else() -> None:
    assert said("delivery_section").basis[0].startswith("58 of 79 orders came on time and in full")
    assert section("delivery_section: nobody fell").cadence == "quarter"
    assert section("delivery_section").cadence == "month"


# The bridge and the plans


def test_the_bridge_s_table_adds_up_in_every_row_and_names_what_has_no_product() -> None:
    rows = said("revenue_bridge_section").tables[0]
    assert rows[0][0] == "Family"
    assert [row[0] for row in rows[1:]] == ["化肥", "without product", "Film"]
    table = next(part for part in section("revenue_bridge_section").evidence if isinstance(part, Table)).frame
    parts = table[["past", "quantity", "price", "families"]].sum(axis=1)
    assert parts.tolist() == pytest.approx(table["now"].tolist())


def test_what_is_missing_is_the_sum_of_those_behind_and_not_what_others_have_more() -> None:
    made = section("account_plans_section")
    # 310,000 of revenue, at a margin of 20 %.
    assert (made.nature, made.unit, made.amount, said(made).stake) == (
        "at_risk", "margin", pytest.approx(6.2e4), "¥62K margin behind",
    )  # fmt: skip
    assert [one.amount for one in made.who] == pytest.approx([6e4, 2e3])
    unknown = section("account_plans_section: cost unknown")
    assert (unknown.unit, unknown.amount) == ("revenue", pytest.approx(3.1e5))
    assert said(unknown).stake == "¥310K revenue behind"
    assert section("account_plans_section: no margin").amount is None
    assert [one.name for one in made.who] == ["恒泰农资", "Acme"]
    assert said("account_plans_section: one").actions == [
        "Find out what 恒泰农资 will still buy this year, and what it needs for that."
    ]
    # Who misses 10,000 of 310,000 is not asked for a reason.
    assert len(said("account_plans_section").actions) == 1
    assert "1 account's targets do not fill" in " ".join(said("account_plans_section: one").basis)


def test_the_largest_change_is_the_part_that_goes_furthest_the_way_the_account_went() -> None:
    plans = f.account_plans([("Rose", 1e5, 2e5), ("Fell", 2e5, 1e5), ("Stopped", 2e5, 1e5)])
    frame = plans.frame.set_index("name")
    # Rose: quantity +120 (volume 100, mix 20), price -30. Fell: price -150 outweighs the quantity of +120.
    frame.loc["Fell", ["past", "price"]] = 1.3e5, -1.5e5
    frame.loc["Stopped", ["past", "stopped"]] = 3.1e5, -3e5
    made = account_plans_section(replace(plans, frame=frame.reset_index()), margin_rate=0.2)
    rows = said(made).tables[0]
    changes = {row[0]: row[-1] for row in rows[1:]}
    assert changes == {"Rose": "quantity +¥120K", "Fell": "price −¥150K", "Stopped": "stopped families −¥300K"}


def test_new_products_stand_with_the_region_that_takes_them_up_least_where_there_are_several() -> None:
    alone, company = (said(f"new_products_section{name}").tables[0] for name in ("", ": company"))
    assert alone == [["Product", "Launched", "Sales, ¥k", "Of its family"], ["高效猪料", "1 Mar 2024", "100", "12.5%"]]
    assert company[0][-2:] == ["Least in", "There"]
    # A product without a name on file stands under its number.
    assert [row[0] for row in company[1:]] == ["高效猪料", "0101"]
    assert company[1][-2:] == ["South", "1.0%"]
    assert len(said("new_products_section: first year").tables) == 1


def test_a_share_of_products_without_a_launch_is_told_where_there_are_any() -> None:
    assert "Products without a launch date are left out: 20.0% of sales." in said("new_products_section").basis
    assert not [one for one in said("new_products_section: company").basis if "left out" in one]
