"""Sections on what keeping the accounts is worth: the right number, the right branch, nobody accused."""

import pytest

from kamreport.present.section import Table
from kamreport.present.sections.lifetime import lifetime_value_section, retention_economics_section

from . import kept
from .saying import said, section

# What each variant of `variants.py` says.
TITLES = {
    "lifetime_value_section": (
        "2 key accounts are worth ¥2.79M of margin to come (¥489K to ¥8.52M). 1 account lost in 12 months took ¥429K "
        "along.",
        "2家大客户的未来毛利为¥279万（¥48.9万至¥852万）。近12个月流失的1家客户带走了¥42.9万。",
    ),
    "lifetime_value_section: one key, none lost": (
        "1 key account is worth ¥9M of margin to come (¥597K to ¥9M).",
        "1家大客户的未来毛利为¥900万（¥59.7万至¥900万）。",
    ),
    "lifetime_value_section: no keys": (
        "3 accounts are worth ¥1.54M of margin to come (¥264K to ¥5.27M). 2 accounts lost in 12 months took ¥360K "
        "along.",
        "3家客户的未来毛利为¥154万（¥26.4万至¥527万）。近12个月流失的2家客户带走了¥36万。",
    ),
    "lifetime_value_section: nothing earned": (
        "No margin to come: the accounts that buy and are not lost earn nothing.",
        "没有未来毛利：仍在采购且未流失的客户没有盈利。",
    ),
    "retention_economics_section": (
        "Losing 5% fewer accounts every year would add ¥1.01M of margin to come; keeping 5 points more, ¥5.87M.",
        "若每年流失减少5%，未来毛利增加¥101万；若留存率提高5个百分点，则增加¥587万。",
    ),
    "retention_economics_section: too few": (
        "Winning an account cost 15 times what keeping one cost (8 to 30): ¥720K in 12 months for 12 new, ¥240K for 60 "
        "kept.",
        "赢得一家新客户的花费是保住一家老客户的15倍（8至30倍）：近12个月为赢得12家新客户花费¥72万，为保住60家老客户花费¥24万。",
    ),
    "retention_economics_section: none lost": (
        "What a better retention is worth is not said: 0 of 80 accounts were lost, too few (10 needed).",
        "不测算提高留存率的价值：80家客户中仅流失0家，样本太少（至少需要10家）。",
    ),
    "renewals_section": (
        "1 account buys on without the contract that ended in the last 12 months: 恒泰农资; of 40 that ended, 38 were "
        "renewed (95%).",
        "1家客户的合同近12个月到期未续签、仍在采购：恒泰农资；到期的40份合同中38份已续签（95%）。",
    ),
    "renewals_section: long ago": (
        "39 of 40 contracts that ended were followed by another (98%).",
        "到期的40份合同中39份已续签（98%）。",
    ),
    "renewals_section: one runs": ("No contract has ended yet; 1 runs.", "尚无合同到期，1份正在执行。"),
    "purchase_model_section": (
        "A model of single orders expects 14 of 250 accounts in the next 12 months; by account in the workbook.",
        "逐单购买模型预计250家客户未来12个月下单14次；逐家数字见工作簿。",
    ),
    "purchase_model_section: too few": (
        "No model of single orders: 59 accounts have ordered, and it takes 200.",
        "未建立逐单购买模型：仅59家客户有订单，至少需要200家。",
    ),
    "purchase_model_section: worse": (
        "No model of single orders: over the half-year held out BG/NBD misses by 1.36 orders an account, the account's "
        "own rate by 1.21.",
        "未建立逐单购买模型：在留出的半年里，BG/NBD模型平均每家客户误差1.36单，而按客户自身频率推算误差为1.21单。",
    ),
}


@pytest.mark.parametrize("variant", TITLES)
def test_the_title_says_the_finding_in_both_languages(variant: str) -> None:
    assert (said(variant).title, said(variant, "zh").title) == TITLES[variant]


# Margin to come


def test_method_interest_horizon_counts_and_range_stand_in_the_basis() -> None:
    assert said("lifetime_value_section").basis == [
        "Margin to come: margin of 12 months × r / (1 + i − r), all years to come; r: share of accounts kept in a "
        "year, i: 10% interest. The 12 months past are not in it.",
        "Lost in 12 months: 1 of 4, so kept 75.0% (30.1% to 95.4%, Wilson 95%), 2.1 times the margin (0.4 to 6.6).",
        "Low and high follow from the interval of the share kept; with fewer than 10 losses read the range. What a "
        "single account will buy is not in it.",
    ]
    five = said("lifetime_value_section: five years").basis[0]
    assert five.startswith("Margin to come: margin of 12 months × the sum of (r / (1 + i))^t over the next 5 years;")


def test_from_ten_losses_on_the_figure_may_be_read() -> None:
    assert "read the range" not in said(lifetime_value_section(kept.values(lost=[1e5] * 10))).basis[-1]


def test_a_segment_with_losses_of_its_own_is_counted_apart() -> None:
    segments = [one for one in said("lifetime_value_section: segments").basis if one.startswith("Segment")]
    assert segments == [
        f"Segment {name}: 10 of 20 lost, kept 50.0% (29.9% to 70.1%, Wilson 95%), 0.8 times the margin (0.4 to 1.8)."
        for name in ("dealer", "农场")
    ]


def test_the_key_accounts_are_marked_and_the_lost_stand_below() -> None:
    made = section("lifetime_value_section")
    accounts, gone = (part for part in made.evidence if isinstance(part, Table))
    assert accounts.frame.loc[accounts.frame["is_key"], "name"].tolist() == ["恒泰农资", "Acme"]
    assert list(made.who) == []  # a ranking, which accuses nobody
    assert gone.frame["name"].tolist() == ["失客0"]
    assert said(made).tables[0][1] == ["恒泰农资", "Li Na", "900", "75.0%", "1,929", "338", "5,900"]


@pytest.mark.parametrize(
    ("variant", "cadence"),
    [("lifetime_value_section", "quarter"), ("retention_economics_section", "quarter"), ("renewals_section", "year")],
)
def test_money_to_come_is_no_money_at_stake_and_prints_by_the_quarter_or_year(variant: str, cadence: str) -> None:
    made = section(variant)
    assert (made.nature, made.amount, made.cadence) == ("fact", None, cadence)


# A better retention


def test_both_steps_stand_side_by_side_with_their_ranges() -> None:
    (table,) = said("retention_economics_section").tables
    assert table[1:] == [
        ["5% fewer losses", "81.0%", "+1.0", "1,011", "873", "1,109", "92"],
        ["5 points more kept, 100% at most", "85.0%", "+5.0", "5,867", "3,340", "10,282", "533"],
    ]


def test_it_is_called_a_scenario() -> None:
    assert (
        said("retention_economics_section")
        .basis[1]
        .startswith(
            "Scenario, not a forecast: margin of ¥8M a year; 20 of 100 accounts lost, so kept 80.0% (71.1% to 86.7%, "
        )
    )
    assert said("retention_economics_section", "zh").basis[1].startswith("这是情景测算，不是预测")


COUNTED = (
    "New: first order within 12 months; kept: ordered before and again, not lost. Range: Wilson 95% of the two counts; "
    "the sums are taken as they are."
)


def test_nine_losses_are_too_few_and_ten_are_not() -> None:
    assert retention_economics_section(kept.economics(9), kept.acquisition(9)).quiet
    assert not retention_economics_section(kept.economics(10), kept.acquisition(9)).quiet


def test_the_break_even_is_told_by_account_and_beside_it_what_winning_and_keeping_one_have_cost() -> None:
    # Of the 92,000 and 533,000 a year above each of 80 accounts has its part; 720,000 / 12 over 240,000 / 60 is 15.
    assert said("retention_economics_section").basis[2:] == [
        "Break-even a year for each of 80 accounts: ¥1,149 for 5% fewer losses, ¥6,667 for 5 points.",
        "Winning an account cost 15 times what keeping one cost (8 to 30): ¥720K in 12 months for 12 new, ¥240K for 60 "
        "kept.",
        COUNTED,
    ]
    assert said("retention_economics_section: one kept").basis[3:] == [
        "Spent on winning: ¥720K in 12 months for 0 new; on keeping: ¥240K for 60 kept. Too few to compare (10 needed "
        "of each).",
        COUNTED,
    ]
    assert len(said("retention_economics_section: few years").basis) == 3  # nothing is known of the spend


def test_where_few_were_lost_the_cost_of_winning_is_the_finding() -> None:
    made = section("retention_economics_section: too few")
    assert (made.quiet, made.cadence) == (False, "quarter")
    assert said(made).tables[0][1:] == [
        ["Winning accounts", "720", "12", "60"],
        ["Keeping accounts", "240", "60", "4"],
    ]
    assert said(made).title.startswith("Winning an account cost 15 times what keeping one cost")
    assert said(made).basis == [
        COUNTED,
        "What a better retention is worth is not said: 9 of 89 accounts were lost, too few (10 needed).",
    ]


# Contracts


def test_only_who_buys_on_is_asked_for_a_new_contract() -> None:
    made = said("renewals_section")
    assert made.actions == ["Let Li Na offer 恒泰农资 a new contract: the last one ended on 30 Apr 2025."]
    assert made.tables[0][1:] == [["恒泰农资", "Li Na", "30 Apr 2025"]]
    assert said("renewals_section: two").actions[0].startswith("Offer 恒泰农资 a new contract")
    assert said("renewals_section: long ago").actions == []


def test_the_model_has_a_column_where_it_was_fitted_and_a_reason_where_not() -> None:
    assert said("renewals_section").tables[1][0][-1] == "Model"
    assert "alpha 0.700, beta 3.800" in said("renewals_section").basis[1]
    assert said("renewals_section: two").tables[1][0][-1] == "High"
    assert said("renewals_section: two").basis[1] == (
        "No renewal model: 2 contracts ended for good, 10 are needed, or no maximum was found."
    )


# The model of single orders


def test_chances_stay_in_the_workbook_and_name_nobody() -> None:
    made = section("purchase_model_section")
    assert made.quiet  # a line on paper: its table is written into the workbook only
    assert (list(made.who), list(made.actions)) == ([], [])
    (table,) = made.evidence
    assert isinstance(table, Table)
    assert [column.name for column in table.columns] == [
        "name", "last_order", "x", "expected", "spend", "alive", "silence",
    ]  # fmt: skip
