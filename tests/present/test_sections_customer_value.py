"""Sections on profit and concentration: the right number, the right branch, the right people."""

from dataclasses import replace

import pytest

from kamreport.present.sections.concentration import concentration_section, whale_curve_section
from kamreport.present.sections.fake_big_accounts import fake_big_accounts_section
from kamreport.present.sections.key_accounts import key_accounts_section

from . import frames as f
from .saying import said, section
from .variants import LOSERS, MANY

# What each variant of `variants.py` says.
TITLES = {
    "fake_big_accounts_section": (
        "1 of 3 large accounts is a fake one, 恒泰农资: it buys ¥4M and loses ¥100K.",
        "3家大户中1家是假大户（恒泰农资）：采购¥400万，亏损¥10万。",
    ),
    "fake_big_accounts_section: one": (
        "1 of 1 large accounts is a fake one, 瑞丰农资: it buys ¥100K and loses ¥5,000.",
        "1家大户中1家是假大户（瑞丰农资）：采购¥10万，亏损¥5,000。",
    ),
    "fake_big_accounts_section: none": (
        "None of the 14 largest accounts is a fake one.",
        "最大的14家客户中没有假大户。",
    ),
    "fake_big_accounts_section: nobody": ("No account has bought in the last 12 months.", "近12个月没有客户购买。"),
    "fake_big_accounts_section: returns": ("No account has bought in the last 12 months.", "近12个月没有客户购买。"),
    "fake_big_accounts_section: all lose": (
        "1 of 1 large accounts is a fake one, 瑞丰农资: it buys ¥100K and loses ¥5,000.",
        "1家大户中1家是假大户（瑞丰农资）：采购¥10万，亏损¥5,000。",
    ),
    "fake_big_accounts_section: nobody's": (
        "1 of 2 large accounts is a fake one, Acme: it buys ¥5M and loses ¥100K.",
        "2家大户中1家是假大户（Acme）：采购¥500万，亏损¥10万。",
    ),
    "whale_curve_section": (
        "2 of 4 accounts give back 10% of the profit (¥120K).",
        "4家客户中2家侵蚀了10%的利润（¥12万）。",
    ),
    "whale_curve_section: one loses": ("The 1 account loses ¥5,000.", "1家客户全部亏损，合计¥5,000。"),
    "whale_curve_section: all earn": ("All 30 accounts earn.", "30家客户全部盈利。"),
    "whale_curve_section: one earns": ("The 1 account earns.", "1家客户全部盈利。"),
    "whale_curve_section: nobody": ("No account has bought in the last 12 months.", "近12个月没有客户购买。"),
    "whale_curve_section: more lost than earned": (
        "1 of 2 accounts loses ¥500K, more than the others earn.",
        "2家客户中1家亏损¥50万，超过其余客户的盈利。",
    ),
    "concentration_section": (
        "80% of revenue comes from 14 of 30 accounts and 80% of margin from 14; the largest is 25% of margin, "
        "five are 57%.",
        "30家客户中14家贡献80%的收入，14家贡献80%的毛利；最大一家占毛利25%，前五名占57%。",
    ),
    "concentration_section: few": (
        "80% of revenue comes from 3 of 4 accounts and 80% of margin from 2; the largest is 69% of margin.",
        "4家客户中3家贡献80%的收入，2家贡献80%的毛利；最大一家占毛利69%。",
    ),
    "concentration_section: one": (
        "All revenue comes from one account.",
        "全部收入来自一家客户。",
    ),
    "concentration_section: nobody": ("No account has bought in the last 12 months.", "近12个月没有客户购买。"),
    "concentration_section: returns": (
        "The 2 accounts have returned as much as they bought, or more.",
        "2家客户的退货不少于购买。",
    ),
    "concentration_section: unknown cost": (
        "80% of revenue comes from 2 of 2 accounts; the largest is 62% of it.",
        "2家客户中2家贡献80%的收入；最大一家占62%。",
    ),
    "concentration_section: no margin": (
        "80% of revenue comes from 2 of 2 accounts; none of them earns a margin.",
        "2家客户中2家贡献80%的收入；没有一家有毛利。",
    ),
    "concentration_section: many, unknown cost": (
        "80% of revenue comes from 14 of 30 accounts; the largest is 25% of it, five are 57%.",
        "30家客户中14家贡献80%的收入；最大一家占25%，前五名占57%。",
    ),
    "key_accounts_section": ("4 key accounts bring 24% of margin.", "4家大客户贡献24%的毛利。"),
    "key_accounts_section: moved": (
        "4 key accounts bring 100% of margin; 3 promoted (恒泰农资, Acme and 1 more), 1 demoted (Omega).",
        "4家大客户贡献100%的毛利；新进3家（恒泰农资、Acme及另外1个），退出1家（Omega）。",
    ),
    "key_accounts_section: one came": (
        "4 key accounts bring 100% of margin; 1 promoted (Acme).",
        "4家大客户贡献100%的毛利；新进1家（Acme）。",
    ),
    "key_accounts_section: none moved": (
        "4 key accounts bring 100% of margin; none came or went.",
        "4家大客户贡献100%的毛利；名单没有变化。",
    ),
    "key_accounts_section: own list": ("4 key accounts bring 100% of margin.", "4家大客户贡献100%的毛利。"),
    "key_accounts_section: unknown cost": ("4 key accounts bring 100% of revenue.", "4家大客户贡献100%的收入。"),
    "key_accounts_section: no profit": (
        "1 key account earns −¥5,000; all accounts together earn −¥5.",
        "1家大客户毛利−¥5,000；全部客户合计−¥5。",
    ),
    "key_accounts_section: none": ("No account here is a key account by the rule.", "按规则，这里没有大客户。"),
}


@pytest.mark.parametrize("variant", TITLES)
def test_the_title_says_the_finding_in_both_languages(variant: str) -> None:
    assert (said(variant).title, said(variant, "zh").title) == TITLES[variant]


# Fake big accounts


def test_what_fakes_fall_short_of_is_realised_and_is_split_over_them() -> None:
    # 20 % of 4,000,000 and the loss of 100,000.
    made = section("fake_big_accounts_section")
    assert (made.nature, made.amount, said(made).stake) == ("realised", 900_000.0, "¥900K short")
    assert [(one.id, one.name, one.amount, one.owner) for one in made.who] == [("A000", "恒泰农资", 900_000.0, "P1")]
    assert said(made).tables[0][1] == ["恒泰农资", "Li Na", "4,000", "−100", "−2.5%", "25.0%", "900"]


def test_two_fakes_are_said_in_the_plural() -> None:
    two = f.profit(["Acme", "Zeta", "Beta"], [5e6, 4e6, 1e6], [-1e5, 1e5, 2e5])
    made = fake_big_accounts_section(f.fakes(two))
    assert said(made).title == (
        "2 of 2 large accounts are fake ones, Acme, Zeta: they buy ¥9M and earn ¥0, ¥1.8M less than usual."
    )
    assert said(made, "zh").title == "2家大户中2家是假大户（Acme、Zeta）：采购¥900万，毛利¥0，比正常少¥180万。"


def test_without_a_median_to_fall_short_of_there_is_no_amount() -> None:
    made = section("fake_big_accounts_section: all lose")
    assert (made.nature, made.amount) == ("fact", None)


@pytest.mark.parametrize(
    ("discounts", "manager", "actions"),
    [
        (
            [0.31, 0.1, 0.1],
            "Li Na",
            ["Renegotiate the discount of Acme: 31.0% off list against 10.0% for the median account (Li Na)."],
        ),
        (
            [0.31, 0.1, 0.1],
            None,
            ["Renegotiate the discount of Acme: 31.0% off list against 10.0% for the median account."],
        ),
        (
            [0.1, 0.1, 0.1],
            "Li Na",
            ["Check prices and product mix of Acme: the margin is thin without a deep discount."],
        ),
        ([f.NAN, 0.1, 0.1], "Li Na", ["Check prices, discounts and product mix of Acme: the margin is thin."]),
        ([f.NAN] * 3, "Li Na", ["Check prices, discounts and product mix of Acme: the margin is thin."]),
    ],
)
def test_the_term_to_renegotiate_is_the_discount_only_where_it_is_deep(
    discounts: list[float], manager: str | None, actions: list[str]
) -> None:
    frame = f.profit(["Acme", "Beta", "Zeta"], [5e6, 1e6, 1e6], [-1e5, 2e5, 2e5], manager=manager)
    made = fake_big_accounts_section(f.fakes(frame.assign(discount=discounts)))
    assert said(made).actions == actions


@pytest.mark.parametrize(
    ("margin", "first"), [(4e4, "Check prices and product mix of Acme"), (7e4, "Renegotiate the discount of Beta")]
)
def test_prices_and_mix_come_before_a_discount_where_more_money_is_in_them(margin: float, first: str) -> None:
    # At 20 % Acme should earn 200,000 and Beta too: Acme is 160,000 or 130,000 short by its cost, Beta 150,000 of
    # which 200,000 are discount (25 % off list instead of 10 %).
    frame = f.profit(["Acme", "Beta", "Gamma", "Zeta"], [1e6, 1e6, 3e5, 2e5], [margin, 5e4, 6e4, 4e4])
    actions = said(fake_big_accounts_section(f.fakes(frame.assign(discount=[0.1, 0.25, 0.1, 0.1])))).actions
    assert actions[0].startswith(first)
    assert len(actions) == 2


def test_a_pool_of_cash_sales_is_no_fake_big_account() -> None:
    frame = f.profit(["散客", "Beta"], [5e6, 1e6], [-1e5, 2e5])
    frame["is_pool"] = frame["name"] == "散客"
    assert said(fake_big_accounts_section(f.fakes(frame))).title == "None of the 1 largest account is a fake one."


GROSS_ONLY = "Pocket margin is the gross margin here: neither rebates beside the invoices nor cost to serve are known."


def test_the_rule_stands_in_the_basis() -> None:
    assert said("fake_big_accounts_section").basis == [
        "Fake: among the 3 accounts that make 80% of revenue, margin of 0 or less, or its rate 10 points below the "
        "company's median of 20.0%.",
        GROSS_ONLY,
        "What is short, against the median account here: discounts ¥0, rebates ¥0, cost to serve ¥0, prices, mix and "
        "cost of goods ¥900K.",
    ]


# The whale curve


def test_the_losing_accounts_stand_in_the_table_worst_first() -> None:
    assert [row[0] for row in said("whale_curve_section").tables[0][1:]] == ["恒泰农资", "Zeta"]
    assert section("whale_curve_section").cadence == "quarter"


def test_an_account_that_earns_exactly_nothing_does_not_give_back() -> None:
    curve = f.whale(f.profit(["A", "B"], [1e6, 1e6], [1e5, 0.0]))
    assert said(whale_curve_section(curve)).title == "All 2 accounts earn."


@pytest.mark.parametrize(
    ("variant", "basis"),
    [
        ("whale_curve_section", "Pocket margin of 4 accounts over 12 months, most profitable first."),
        ("whale_curve_section: one loses", "Pocket margin of 1 account over 12 months."),
    ],
)
def test_the_basis_counts_the_accounts(variant: str, basis: str) -> None:
    assert said(variant).basis == [basis, GROSS_ONLY]


# Concentration


def test_the_basis_gives_the_gini_coefficient_and_the_year_before() -> None:
    """Hand-worked: of 10, 20, 30 and 40, G = 2 (1x10 + 2x20 + 3x30 + 4x40) / (4x100) - 5/4 = 0.25."""
    assert said("concentration_section").basis[1:] == [
        "Gini 0.53 (revenue).",
        "A year ago: 3 of 4 accounts for 80% of revenue; five largest 100%.",
    ]
    assert said("concentration_section: few").basis[1:] == ["Gini 0.25 (revenue)."]
    assert said("concentration_section: few", "zh").basis[1:] == ["基尼系数 0.25（收入）。"]
    # One account is neither equal nor unequal.
    assert len(said("concentration_section: one").basis) == 1


def test_what_is_ranked_is_the_margin_where_the_cost_is_known_else_the_revenue() -> None:
    assert said("concentration_section").tables[0][0][2] == "Margin, ¥k"
    assert said("concentration_section: unknown cost").tables[0][0][2] == "Revenue, ¥k"
    assert said("concentration_section").alts == ["Cumulative share of revenue and of margin over the accounts."]
    assert said("concentration_section: unknown cost").alts == ["Cumulative share of revenue over the accounts."]


def test_a_year_ago_is_left_out_where_nobody_bought() -> None:
    nobody = f.concentrated(f.profit([], [], []))
    assert "year ago" not in " ".join(said(concentration_section(f.concentrated(MANY), nobody)).basis)


# Key accounts


@pytest.mark.parametrize(
    ("variant", "columns"),
    [
        (
            "key_accounts_section",
            ["Account", "Manager", "Revenue, ¥k", "Margin, ¥k", "Rate", "Against year ago, ¥k", "13 months"],
        ),
        (
            "key_accounts_section: unknown cost",
            ["Account", "Manager", "Revenue, ¥k", "Against year ago, ¥k", "13 months"],
        ),
        (
            "key_accounts_section: own list",
            ["Account", "Manager", "Revenue, ¥k", "Margin, ¥k", "Rate", "13 months"],
        ),
    ],
)
def test_columns_without_data_behind_them_are_left_out(variant: str, columns: list[str]) -> None:
    assert said(variant).tables[0][0] == columns


@pytest.mark.parametrize(
    ("variant", "rule"),
    [
        (
            "key_accounts_section",
            "Key account: enters with the accounts that make 80% of the company's 12-month margin, leaves outside "
            "85%; last review before 1 Jul 2025.",
        ),
        (
            "key_accounts_section: unknown cost",
            "Key account: enters with the accounts that make 80% of the company's 12-month revenue (the cost is not "
            "known), leaves outside 85%; last review before 1 Jul 2025.",
        ),
        ("key_accounts_section: own list", "Key accounts: the firm's own list (accounts.tier = key)."),
    ],
)
def test_the_rule_by_which_they_are_key_accounts_is_said(variant: str, rule: str) -> None:
    assert said(variant).basis == [rule]


def test_an_account_without_a_trend_has_a_level_one() -> None:
    made = section("key_accounts_section")
    (table,) = made.evidence
    assert [set(trend) for trend in table.frame["trend"]] == [{1.0}, {0.0}, {0.0}, {0.0}]  # type: ignore[union-attr]


def test_before_the_first_quarter_is_complete_nobody_is_a_key_account() -> None:
    found = replace(f.keys(LOSERS.head(0)), quarter=None)
    made = key_accounts_section(found, f.profit([], [], []), compared=False)
    assert (said(made).title, said(made).basis) == (
        "No account here is a key account by the rule.",
        ["Key accounts: no quarter is complete yet."],
    )
