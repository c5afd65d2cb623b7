"""Sections on how accounts buy, and how much hangs on one: what they say where there is nothing to compare."""

import pytest

from .saying import said, section

# What each variant of `variants.py` says.
TITLES = {
    "rfm_section: all alike": (
        "None of 2 accounts stands out by how lately, how often and for how much it has ordered.",
        "2家客户中没有一家在近期下单、频率与金额上同时突出。",
    ),
    "demand_section: key accounts only": (
        "3 of 3 key accounts buy steadily; there are no others.",
        "3家大客户中有3家采购平稳；没有其他客户。",
    ),
    "demand_section: no key account": ("1 of 1 account buys steadily.", "1家客户中有1家采购平稳。"),
    "dependency_section: no margin": (
        "What would be gone without one account is not said: together they earn nothing.",
        "不测算失去单一客户的影响：全部客户合计没有盈利。",
    ),
    "dependency_section: nobody": ("No account has bought in the last 12 months.", "近12个月没有客户购买。"),
}


@pytest.mark.parametrize("variant", TITLES)
def test_the_title_says_the_finding_in_both_languages(variant: str) -> None:
    assert (said(variant).title, said(variant, "zh").title) == TITLES[variant]


@pytest.mark.parametrize("variant", ["rfm_section: all alike", "dependency_section: no margin"])
def test_where_there_is_nothing_to_say_one_line_says_so(variant: str) -> None:
    assert section(variant).quiet


@pytest.mark.parametrize(
    ("variant", "is_warned"),
    [
        ("demand_section", False),
        ("demand_section: few", True),
        ("demand_section: key accounts only", False),
        ("demand_section: no key account", False),
    ],
)
def test_groups_that_are_too_small_are_not_to_be_compared(variant: str, is_warned: bool) -> None:
    assert ("A group has fewer than 20 accounts: too few to compare." in said(variant).basis) is is_warned
