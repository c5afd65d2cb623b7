"""Sections on churn: the right number, the right branch, the right people."""

from dataclasses import replace

import pytest

from kamreport.present.section import Section, Table
from kamreport.present.sections.churn import lost_accounts_section, overdue_accounts_section
from kamreport.present.sections.partial import partial_defection_section, stopped_families_section

from . import frames as f
from .saying import said, section

LOST = [("恒泰农资", 9e5, 2e5), ("Acme", 1e5, -2e4)]

# What each variant of `variants.py` says.
TITLES = {
    "lost_accounts_section": (
        "3 of 60 accounts were lost in 12 months with ¥1M revenue and ¥180K margin a year, 恒泰农资 first.",
        "近12个月60家客户中流失3家，涉及年收入¥100万、年毛利¥18万，最大的是恒泰农资。",
    ),
    "lost_accounts_section: one": (
        "1 of 1 accounts was lost in 12 months with ¥900K revenue and ¥200K margin a year: 恒泰农资.",
        "近12个月1家客户中流失1家，涉及年收入¥90万、年毛利¥20万，最大的是恒泰农资。",
    ),
    "lost_accounts_section: unknown cost": (
        "3 of 60 accounts were lost in 12 months with ¥1M revenue a year, 恒泰农资 first.",
        "近12个月60家客户中流失3家，涉及年收入¥100万，最大的是恒泰农资。",
    ),
    "lost_accounts_section: one, unknown cost": (
        "1 of 60 accounts was lost in 12 months with ¥900K revenue a year: 恒泰农资.",
        "近12个月60家客户中流失1家，涉及年收入¥90万，最大的是恒泰农资。",
    ),
    "lost_accounts_section: none": (
        "None of 60 active accounts was lost in 12 months.",
        "近12个月60家活跃客户无一流失。",
    ),
    "lost_accounts_section: none of one": (
        "The 1 active account was kept: none was lost in 12 months.",
        "近12个月1家活跃客户无一流失。",
    ),
    "lost_accounts_section: nobody": ("No account has ordered in the last 12 months.", "近12个月没有客户下单。"),
    "lost_accounts_section: nobody's": (
        "3 of 60 accounts were lost in 12 months with ¥1M revenue and ¥180K margin a year, 恒泰农资 first.",
        "近12个月60家客户中流失3家，涉及年收入¥100万、年毛利¥18万，最大的是恒泰农资。",
    ),
    "retention_section": (
        "Last year's accounts kept 86.1% of their revenue and with growth stand at 92.8%.",
        "去年的客户保住了86.1%的收入，计入增长后为92.8%。",
    ),
    "retention_section: one": (
        "Last year's accounts kept 86.1% of their revenue and with growth stand at 92.8%.",
        "去年的客户保住了86.1%的收入，计入增长后为92.8%。",
    ),
    "retention_section: nobody": (
        "No account bought in the 12 months before: nothing to retain.",
        "之前12个月没有客户购买，无可留存。",
    ),
    "retention_section: pool and moves": (
        "Last year's accounts kept 86.1% of their revenue and with growth stand at 92.8%.",
        "去年的客户保住了86.1%的收入，计入增长后为92.8%。",
    ),
    "overdue_accounts_section": (
        "3 of 50 accounts are overdue with ¥1M a year: 恒泰农资 is silent for 81 days, usually 12.",
        "50家客户中3家逾期未下单，涉及年收入¥100万：恒泰农资已81天未下单，通常12天。",
    ),
    "overdue_accounts_section: one": (
        "1 of 50 accounts is overdue with ¥900K a year: 恒泰农资 is silent for 81 days, usually 12.",
        "50家客户中1家逾期未下单，涉及年收入¥90万：恒泰农资已81天未下单，通常12天。",
    ),
    "overdue_accounts_section: few alarms": (
        "3 of 50 accounts are overdue with ¥1M a year: 恒泰农资 is silent for 81 days, usually 12.",
        "50家客户中3家逾期未下单，涉及年收入¥100万：恒泰农资已81天未下单，通常12天。",
    ),
    "overdue_accounts_section: none": (
        "No account is overdue beyond doubt among the 50 whose rhythm is known.",
        "在规律已知的50家客户中，没有确定逾期未下单的。",
    ),
    "overdue_accounts_section: nobody": (
        "No account has ordered often enough for its rhythm to be known.",
        "没有客户的订单多到足以看出规律。",
    ),
    "partial_defection_section": (
        "3 accounts buy far less than a year ago, ¥1M in 12 months: 恒泰农资 is down 75%; 4 rose as far.",
        "3家客户采购明显少于一年前，12个月少¥100万：恒泰农资下降75%；同等幅度上升的有4家。",
    ),
    "partial_defection_section: one": (
        "1 account buys far less than a year ago, ¥900K in 12 months: 恒泰农资 is down 75%; 4 rose as far.",
        "1家客户采购明显少于一年前，12个月少¥90万：恒泰农资下降75%；同等幅度上升的有4家。",
    ),
    "partial_defection_section: nobody's": (
        "3 accounts buy far less than a year ago, ¥1M in 12 months: 恒泰农资 is down 75%; 4 rose as far.",
        "3家客户采购明显少于一年前，12个月少¥100万：恒泰农资下降75%；同等幅度上升的有4家。",
    ),
    "partial_defection_section: none": (
        "No account has fallen both far and materially below its own last year (59 judged).",
        "没有客户既大幅又显著金额地低于自身去年（判断59家）。",
    ),
    "stopped_families_section": (
        "1 account has dropped 2 product families worth ¥500K a year: Acme buys no 化肥 since 20 Nov 2024.",
        "1家客户停购了2个产品大类（年采购额¥50万）：Acme自2024年11月20日起不再购买化肥。",
    ),
    "stopped_families_section: one": (
        "1 account has dropped 1 product family worth ¥400K a year: Acme buys no 化肥 since 20 Nov 2024.",
        "1家客户停购了1个产品大类（年采购额¥40万）：Acme自2024年11月20日起不再购买化肥。",
    ),
    "stopped_families_section: nobody's": (
        "1 account has dropped 2 product families worth ¥500K a year: Acme buys no 化肥 since 20 Nov 2024.",
        "1家客户停购了2个产品大类（年采购额¥50万）：Acme自2024年11月20日起不再购买化肥。",
    ),
    "stopped_families_section: small": (
        "No account has dropped a product family of weight; 1 small case is in the workbook.",
        "没有客户停购重要产品大类；1个小额情形见工作簿。",
    ),
    "stopped_families_section: none": ("No account has dropped a product family.", "没有客户停购产品大类。"),
}


@pytest.mark.parametrize("variant", TITLES)
def test_the_title_says_the_finding_in_both_languages(variant: str) -> None:
    assert (said(variant).title, said(variant, "zh").title) == TITLES[variant]


@pytest.mark.parametrize(
    ("made", "nature", "amount", "unit", "parts"),
    [
        # A loss-maker that leaves is no loss of margin.
        (lost_accounts_section(f.lost(LOST), by_margin=True), "realised", 2e5, "margin", [2e5, 0.0]),
        (lost_accounts_section(f.lost(LOST), by_margin=False), "realised", 1e6, "revenue", [9e5, 1e5]),
        # Weighed with the chance of 60 %.
        (overdue_accounts_section(f.overdue(LOST), by_margin=True), "at_risk", 1.2e5, "margin", [1.2e5, 0.0]),
        (overdue_accounts_section(f.overdue(LOST), by_margin=False), "at_risk", 6e5, "revenue", [5.4e5, 6e4]),
        (partial_defection_section(f.partial(LOST), by_margin=True), "realised", 2e5, "margin", [2e5, 0.0]),
        (partial_defection_section(f.partial(LOST), by_margin=False), "realised", 1e6, "revenue", [9e5, 1e5]),
        (section("stopped_families_section"), "realised", 1e5, "margin", [1e5]),
    ],
    ids=[
        "lost",
        "lost, cost unknown",
        "overdue",
        "overdue, cost unknown",
        "partial",
        "partial, cost unknown",
        "family",
    ],
)
def test_the_money_at_stake_is_the_sum_of_its_accounts(
    made: Section, nature: str, amount: float, unit: str, parts: list[float]
) -> None:
    assert (made.nature, made.amount, made.unit) == (nature, pytest.approx(amount), unit)
    assert [one.amount for one in made.who] == [pytest.approx(part) for part in parts]
    assert {one.owner for one in made.who} == {"P1"}


@pytest.mark.parametrize(
    ("variant", "first", "chinese"),
    [
        (
            "lost_accounts_section",
            "Li Na visits 恒泰农资 and asks for the reason; decide on a win-back offer within the month.",
            "Li Na上门拜访恒泰农资，了解原因；本月内决定挽回方案。",
        ),
        (
            "lost_accounts_section: nobody's",
            "Visit 恒泰农资 and ask for the reason; decide on a win-back offer within the month.",
            "上门拜访恒泰农资，了解原因；本月内决定挽回方案。",
        ),
        ("overdue_accounts_section", "Li Na calls 恒泰农资 this week.", "Li Na本周致电恒泰农资。"),
        ("overdue_accounts_section: few alarms", "Call 恒泰农资 this week.", "本周致电恒泰农资。"),
        (
            "partial_defection_section",
            "Li Na finds out what 恒泰农资 buys elsewhere, and at which price.",
            "Li Na弄清恒泰农资在别处买什么、什么价格。",
        ),
        (
            "partial_defection_section: nobody's",
            "Find out what 恒泰农资 buys elsewhere, and at which price.",
            "弄清恒泰农资在别处买什么、什么价格。",
        ),
        ("stopped_families_section", "Li Na asks Acme who supplies 化肥 now.", "Li Na向Acme了解现在谁供应化肥。"),
        ("stopped_families_section: nobody's", "Ask Acme who supplies 化肥 now.", "向Acme了解现在谁供应化肥。"),
    ],
)
def test_the_action_names_the_manager_and_the_account(variant: str, first: str, chinese: str) -> None:
    assert (said(variant).actions[0], said(variant, "zh").actions[0]) == (first, chinese)


@pytest.mark.parametrize(
    ("variant", "manager"), [("lost_accounts_section: nobody's", False), ("lost_accounts_section", True)]
)
def test_managers_have_a_column_only_where_there_are_some(variant: str, manager: bool) -> None:
    assert ("Manager" in said(variant).tables[0][0]) is manager


@pytest.mark.parametrize(
    ("variant", "basis"),
    [
        (
            "lost_accounts_section",
            [
                "Lost: silent for more than 3 times the own median gap (of its segment with fewer than 4), at least "
                "180 and at most 400 days, off season "
                "not counted; dated on the day the limit is passed. Since returned: 1.",
                "3 of 60 active accounts; Wilson 95% 1.0% to 10.0%.",
            ],
        ),
        (
            "retention_section",
            [
                "Revenue of 60 accounts with revenue in the 12 months before; GRR = sum of the smaller of both years / "
                "last year, 76% to 96%; NRR 81% to 105% (95%, bootstrap over accounts).",
                "Backwards in time the same figure is 93%: so much is mere fluctuation. 2 of 60 stopped.",
            ],
        ),
        (
            "retention_section: one",
            [
                "1 account with revenue in the 12 months before, too few for an interval; GRR = sum of the smaller of "
                "both years / last year."
            ],
        ),
        (
            "partial_defection_section",
            [
                "Partly lost: Q2 2025 at least 30% below the same months of last year and 12 months at least 10% below "
                "the 12 before, 6 orders or more in these, change of ¥20K or more.",
                "By the same rule 4 accounts of 59 rose: only the excess of falls speaks of loss.",
            ],
        ),
        (
            "stopped_families_section",
            [
                "Stopped: a family with 10% or more of the account's revenue and 4 orders or more in a year, not "
                "bought for 3 times its own median gap and 90 days, while other things were."
            ],
        ),
    ],
)
def test_the_basis_gives_rule_count_and_interval(variant: str, basis: list[str]) -> None:
    assert said(variant).basis == basis


@pytest.mark.parametrize(
    ("flagged", "basis"),
    [
        (30, ["Of 30 so flagged in the last year, 12 ordered within 90 days anyway; risk is weighed with 60%."]),
        (
            19,
            [
                "Of 19 so flagged in the last year, 12 ordered within 90 days anyway; risk is weighed with 60%.",
                "Too few past alarms to judge by (fewer than 20): risk is weighed with the rule's 60%.",
            ],
        ),
        (0, ["Too few past alarms to judge by (fewer than 20): risk is weighed with the rule's 60%."]),
    ],
)
def test_beside_the_alarms_stands_how_often_they_were_wrong(flagged: int, basis: list[str]) -> None:
    assert said(overdue_accounts_section(f.overdue(LOST, flagged=flagged), by_margin=True)).basis[1:] == basis


@pytest.mark.parametrize(
    ("unconfirmed", "last"),
    [
        (1, "1 more is late by its rhythm alone and is not named."),
        (2, "2 more are late by their rhythm alone and are not named."),
    ],
)
def test_who_is_late_by_rhythm_alone_is_counted_and_not_named(unconfirmed: int, last: str) -> None:
    found = f.overdue([("恒泰农资", 9e5, 2e5), ("Quiet", 1e5, 2e4), ("Silent", 1e5, 2e4)][: 1 + unconfirmed])
    found.frame.loc[1:, "confirmed"] = False
    made = overdue_accounts_section(found, by_margin=True)
    assert said(made).basis[-1] == last
    everything = f"{said(made)} {made.who}"
    assert "恒泰农资" in everything
    assert "Quiet" not in everything
    # Nor in the workbook.
    (table,) = made.evidence
    assert isinstance(table, Table)
    assert list(table.frame["name"]) == ["恒泰农资"]


def test_one_account_that_dropped_two_families_is_one_account() -> None:
    made = section("stopped_families_section")
    assert said(made).title.startswith("1 account has dropped 2 product families worth ¥500K a year")
    assert [(one.id, one.amount) for one in made.who] == [("A000", 100_000.0)]


def test_small_cases_are_in_the_workbook_as_the_line_says() -> None:
    made = section("stopped_families_section: small")
    (table,) = made.evidence
    assert isinstance(table, Table)
    assert (made.quiet, list(table.frame["family"])) == (True, ["农膜"])


def test_a_family_at_the_threshold_is_named() -> None:
    found = f.stopped([("Acme", "化肥", 20_000.0, 4_000.0)])
    made = stopped_families_section(found, threshold=20_000.0, by_margin=True, rules=f.RULES)
    assert not made.quiet


def test_one_account_that_rose_as_far_is_said_in_the_singular() -> None:
    made = partial_defection_section(replace(f.partial(LOST), rises=1), by_margin=True)
    assert said(made).basis[1].startswith("By the same rule 1 account of 59 rose:")
