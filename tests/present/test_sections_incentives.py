"""The section on incentives: what is given to how many, a comparison that claims no effect, and who is too few."""

import pytest

from .saying import said, section

TITLES = {
    "incentives_section": (
        "24 of 54 retained accounts were given ¥240K beyond the usual terms in 12 months; they make 55% of the revenue "
        "kept.",
        "54家留存客户中，24家近12个月享有常规条件以外的优惠共¥24万；其留存收入占全部留存收入的55%。",
    ),
    "incentives_section: none given": (
        "None of 30 retained accounts was given more than the usual terms.",
        "30家留存客户都没有享有常规条件以外的优惠。",
    ),
    "incentives_section: no deeper discount": (
        "None of 30 retained accounts has a deeper discount than usual; rebates are not known.",
        "30家留存客户都没有比通常更深的折扣；返利不详。",
    ),
    "incentives_section: not known": (
        "What accounts are given is not known: no rebates and no list prices.",
        "客户享有哪些优惠不详：既无返利，也无目录价。",
    ),
}


@pytest.mark.parametrize("variant", TITLES)
def test_the_title_says_the_finding_in_both_languages(variant: str) -> None:
    assert (said(variant).title, said(variant, "zh").title) == TITLES[variant]


def test_both_groups_stand_side_by_side_with_their_intervals() -> None:
    assert said("incentives_section").tables[0][1:] == [
        ["Given more", "24", "180", "60", "4,400", "+4.0%", "−1.0% to +10.0%"],
        ["Usual terms", "30", "0", "0", "3,600", "−2.5%", "−7.5% to +3.5%"],
    ]


def test_the_difference_is_told_with_its_interval_and_not_as_an_effect() -> None:
    assert said("incentives_section").basis[1:] == [
        "Revenue kept: the lesser of 12 months and the 12 before, account by account; ¥4.4M of ¥8M. Given for each "
        "retained account: ¥4,444.",
        "Change of those given more less that of the others: +6.5 points (−1.3 to +14.3, over accounts). It says what "
        "went together: who buys more also earns more rebates.",
    ]


def test_few_accounts_are_not_compared_and_no_change_has_an_interval() -> None:
    assert said("incentives_section: one").basis[-1] == (
        "Too few to compare: 1 given more, 19 on usual terms (20 needed of each)."
    )
    assert "95% interval" in said("incentives_section").tables[0][0]
    assert "95% interval" not in said("incentives_section: one").tables[0][0]


def test_what_is_not_known_of_the_terms_is_said() -> None:
    assert said("incentives_section: one").basis[0].endswith("discounts off list are not known.")
    assert said("incentives_section: no rebates known").basis[0].endswith("rebates are not known.")


def test_it_prints_once_a_year_and_accuses_nobody() -> None:
    made = section("incentives_section")
    assert (made.nature, made.amount, made.cadence, list(made.who), list(made.actions)) == (
        "fact",
        None,
        "year",
        [],
        [],
    )
