"""Sections on suppliers, ranks and voices: the right number, the right branch, what is at stake."""

import pytest

from .saying import said, section

TITLES = {
    "switching_section": "ruifeng took ¥200K from us within a year at 1 of 4 key accounts with two estimates: 客户00 "
    "buys 40% from us, 60% a year ago.",
    "switching_section: two takers": "huanong took ¥500K from us within a year at 1 of 7 key accounts with two "
    "estimates, and ruifeng ¥200K; 客户01 buys 20% from us, 70% a year ago.",
    "switching_section: may have": "The 1 key account with two estimates does not give us a smaller part of what it "
    "buys beyond doubt (1 may, 0 a larger one).",
    "rival_shares_section: only ours": "We hold 40% of what 1 of 1 key accounts buys; of whom it buys the rest is not "
    "known.",
    "stakeholders_section": "At 2 of 3 key accounts with two rated contacts the voices that count are against us, "
    "¥400K a year: 客户00, 客户01.",
}


@pytest.mark.parametrize("variant", TITLES)
def test_the_title_says_the_finding(variant: str) -> None:
    assert said(variant).title == TITLES[variant]


@pytest.mark.parametrize(
    ("variant", "nature", "amount", "unit"),
    [
        ("switching_section", "realised", 40_000, "margin"),
        ("switching_section: nobody took it", "realised", 200_000, "revenue"),
        ("stakeholders_section", "at_risk", 400_000, "margin"),
        ("stakeholders_section: cost unknown", "at_risk", 1_000_000, "revenue"),
    ],
)
def test_what_is_at_stake_is_weighed_with_the_margin(variant: str, nature: str, amount: float, unit: str) -> None:
    made = section(variant)
    assert (made.nature, made.amount, made.unit) == (nature, pytest.approx(amount), unit)


def test_nobody_is_asked_to_act_where_nothing_fell() -> None:
    assert said("switching_section: nobody fell").actions == []
    assert section("switching_section: nobody fell").quiet
