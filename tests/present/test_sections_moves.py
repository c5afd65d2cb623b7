"""Sections on what rivals do: the right number, the right branch, what is at stake and who is named."""

import pytest

from kamreport.present.section import Table

from .saying import said, section

TITLES = {
    "rival_moves_section": (
        "3 of 4 moves of competitors are not answered; most at stake: 瑞丰, prices cut by 12%, Film, North, 91 days "
        "ago, noticed after 43 days."
    ),
    "rival_moves_section: one": (
        "1 of 1 moves of competitors is not answered; most at stake: 瑞丰, prices cut by 12%, Film, North, 91 days "
        "ago, noticed after 43 days."
    ),
    "rival_moves_section: not material": "1 of 1 recorded moves of competitors is not answered; at stake is ¥50K.",
    "rival_moves_section: two not material": (
        "2 of 2 recorded moves of competitors are not answered; at the largest ¥50K is at stake."
    ),
    "rival_moves_section: noticed before": (
        "1 of 1 moves of competitors is not answered; most at stake: 瑞丰, prices cut by 12%, Film, North, 91 days "
        "ago, noticed before it happened."
    ),
    "rival_moves_section: unsold": (
        "1 of 1 recorded moves of competitors is not answered; what is at stake is not known."
    ),
    "rival_moves_section: no account": (
        "1 of 1 recorded moves of competitors is not answered; what is at stake is not known."
    ),
    "rival_moves_section: all answered": "All 1 recorded moves of competitors are answered.",
    "rival_moves_section: none": "No competitor's move of the last 12 months is recorded.",
    "move_review_section": (
        "Half of the competitors' moves are noticed within 22 days and answered within 1 more; within 30 days 6 "
        "of 12 were (25% to 75%)."
    ),
    "move_review_section: fewer than half": (
        "Half of the competitors' moves are noticed within 43 days, and fewer than half are answered; within 30 "
        "days 0 of 6 were (0% to 39%)."
    ),
    "move_review_section: young": (
        "Half of the competitors' moves are noticed within 15 days; none is old enough to be judged."
    ),
    "move_review_section: too few": "1 recorded move of competitors is too few to say how fast we answer.",
    "squeeze_section": (
        "瑞丰 now beats us on price (+0.9), speed (+0.7) and service (+0.6) at once; a quarter ago it did on 2 of them."
    ),
    "squeeze_section: nobody asked before": ("瑞丰 beats us on price (+0.9), speed (+0.7) and service (+0.6) at once."),
    "squeeze_section: as before": (
        "瑞丰 beats us on price (+0.9), speed (+0.7) and service (+0.6) at once, as a quarter ago."
    ),
    "squeeze_section: two": "瑞丰, Landtech beat us on price, speed and service at once.",
    "squeeze_section: nobody": "No competitor beats us on price, speed and service at once.",
    "promotions_section": (
        "2 promotions cost ¥100K; 32 accounts began to buy in them, and one beyond the expected cost ¥3,500 (dealer)."
    ),
    "promotions_section: too few": (
        "1 promotion cost ¥30K; 4 accounts began to buy in it and 3 in the same days a year earlier: too few to "
        "say what an account gained cost."
    ),
    "promotions_section: by chance": (
        "2 promotions cost ¥40K; 54 accounts began to buy in them and 53 in the same days a year earlier: no more than "
        "then beyond chance."
    ),
    "promotions_section: too short": (
        "2 promotions cost ¥50K; 9 accounts began to buy in them, and the data are too short to compare."
    ),
    "channels_section": "Competitors sell by 1 channel in which we sell nothing: online.",
    "channels_section: in all": (
        "1 of 1 competitors sell by dealers, which brings 100% of our revenue that names a channel."
    ),
    # Of the other 40 % nobody knows the channel, which may be online.
    "channels_section: little known": (
        "2 of 2 competitors sell by dealers, which brings 100% of our revenue that names a channel."
    ),
    "channels_section: own not known": "2 of 2 competitors sell by dealers; by which channels we sell is not known.",
}


@pytest.mark.parametrize("variant", TITLES)
def test_the_title_says_what_was_found(variant: str) -> None:
    assert said(variant).title == TITLES[variant]


def test_an_account_that_two_moves_touch_is_counted_once_in_what_is_at_stake() -> None:
    """The cut touches Film of both (30,000 and 20,000), the product also 种子 of one (10,000), the bid nobody known."""
    made = section("rival_moves_section")
    assert made.amount == 60_000.0
    assert [(who.name, who.amount, who.owner) for who in made.who] == [("恒泰农资", 4e4, "m"), ("Acme", 2e4, "m")]


def test_what_is_open_and_what_was_noticed_in_the_period_is_printed_and_the_workbook_has_all() -> None:
    log = section("rival_moves_section").evidence[0]
    assert isinstance(log, Table)
    assert log.frame["event_id"].tolist() == ["1", "2", "4", "3"]
    assert log.most == 3
    assert log.frame["is_open"].tolist() == [True, True, True, False]
    rows = said("rival_moves_section").tables[0]
    assert rows[1][4:6] == ["open, 48 days", "2 (1)"]


def test_the_managers_of_the_accounts_are_asked_to_act() -> None:
    assert said("rival_moves_section").actions[0] == (
        "Li Na asks 恒泰农资 what 瑞丰 has offered, and answers or says that we do not."
    )
    assert said("rival_moves_section: nobody's").actions[0].startswith("Ask 恒泰农资 what")
    assert section("rival_moves_section: nobody's").unit == "revenue"


def test_a_squeeze_stakes_each_account_once_and_stands_beside_our_own_deliveries() -> None:
    both = section("squeeze_section: two")
    assert (both.nature, both.amount) == ("at_risk", 5e5)
    assert "Our own orders on time and in full: 36 of 40 (90.0%)." in said("squeeze_section").basis


def test_of_a_segment_with_too_few_gained_no_cost_is_said() -> None:
    rows = said("promotions_section").tables[0][1:]
    assert [row[-1] for row in rows] == ["¥3,500", "too few to say"]
    rows = said("promotions_section: by chance").tables[0][1:]
    assert [row[-1] for row in rows] == ["none beyond chance", "too few to say"]
    assert said("promotions_section: too short").tables[0][1][-1] == "data too short"


def test_where_nothing_is_known_of_competitors_the_line_says_what_to_collect_first() -> None:
    line = said("first_rival_data_section").title
    assert section("first_rival_data_section").quiet
    assert "five products" in line
    assert "competitor_prices" in line
