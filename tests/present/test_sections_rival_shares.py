"""Sections on suppliers, ranks and voices: the right number, the right branch, what is at stake."""

import pytest

from .saying import said, section

TITLES = {
    "switching_section": "ruifeng took purchases of ¥200K a year from us at 1 of 4 key accounts with two estimates: "
    "客户00 buys 40% from us, 60% a year ago.",
    "switching_section: two takers": "huanong took purchases of ¥500K a year from us at 1 of 7 key accounts with two "
    "estimates, and ruifeng ¥200K; 客户01 buys 20% from us, 70% a year ago.",
    "switching_section: may have": "The 1 key account with two estimates does not give us a smaller part of what it "
    "buys beyond doubt (1 may, 0 a larger one).",
    "switching_section: one owner": "ruifeng took purchases of ¥400K a year from us at 1 of 1 key accounts with two "
    "estimates, most at 客户00, which buys 40% from us, 60% a year ago.",
    "rival_shares_section": "We hold 48% of what 4 of 6 key accounts buy, 52% a year ago; ruifeng holds 27%, and who "
    "supplies 23% is not known.",
    "rival_shares_section: one more": "We hold 58% of what 4 of 6 key accounts buy; ruifeng holds 24%, and who "
    "supplies 15% is not known. Of what the 3 with two estimates buy we hold 47%, 53% a year ago.",
    "rival_shares_section: one of four": "We hold 48% of what 4 of 4 key accounts buy; ruifeng holds 28%, and who "
    "supplies 23% is not known. Of what the 1 with two estimates buys we hold 40%, 60% a year ago.",
    "rival_shares_section: alike": "We hold 40% of what 2 of 2 key accounts buy; ruifeng holds 50%. Of what the 1 with "
    "two estimates buys we hold 40%, 60% a year ago.",
    "rival_shares_section: one owner": "We hold 45% of what 1 of 1 key accounts buys; ruifeng holds 35%, and who "
    "supplies 15% is not known. Of what the 1 with two estimates buys we hold 40%, 60% a year ago.",
    "rival_shares_section: only ours": "We hold 40% of what 1 of 1 key accounts buys; who supplies the rest is not "
    "known.",
    "rival_shares_section: all ours": "We hold 100% of what 1 of 1 key accounts buys; no other supplier is known.",
    "wallet_rule_section: without us": "At 1 of 1 key accounts that rank us among their suppliers we are not the "
    "first: by the rule one rank up is worth ¥167K a year at 客户01, where huanong stands above us.",
    "wallet_rule_section: nobody with us": "No key account has ranked us and another supplier.",
    "wallet_rule_section: one owner": "At 1 of 1 key accounts that rank us among their suppliers we are not the "
    "first: by the rule one rank up is worth ¥333K a year there, most at 客户00, where ruifeng stands above us.",
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


def test_how_the_amounts_of_an_account_differ_is_said() -> None:
    made = said("switching_section")
    head, row = made.tables[0][:2]
    assert head[-2:] == ["Less from us, ¥k", "Taken by"]
    assert row[-2:] == ["200", "ruifeng, 100% of it"]
    assert said("switching_section: a part").tables[0][1][-2:] == ["400", "huanong, 50% of it"]
    assert "The amount at stake is the margin on them, at our margin rate of 20%." in made.basis
    assert not any("margin" in one for one in said("switching_section: nobody took it").basis)


def test_who_did_not_rank_us_is_counted_and_not_judged() -> None:
    assert "Left out: 1 account that ranks others and not us." in said("wallet_rule_section: without us").basis


def test_of_an_account_that_gave_us_more_nobody_is_said_to_have_taken() -> None:
    rows = said("rival_shares_section: and gained").tables[1]
    assert {row[0]: row[-2:] for row in rows[1:]}["客户01"][-1] == "–"
