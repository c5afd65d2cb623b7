"""Sections on deals and losses: the right number, the right branch, what is at stake."""

import pytest

from kamreport.present.sections.win_rates_by import win_rates_by_section

from . import frames as f
from .of_battles import contested, deals, groups, people, reasons, steps, worst
from .saying import said, section

# What each variant of `of_battles.py` says.
TITLES = {
    "win_rates_section: open deals": (
        "Against ruifeng we won 2 of 30 deals (7%), against other competitors 40 of 52. 2 open deals "
        "(¥1.1M) are at accounts where it is known to be.",
        "对ruifeng的30个商机赢下2个（7%），对其他对手52个赢40个。2个进行中商机（¥110万）所在客户处已知有该对手。",
    ),
    "win_rates_section: one open deal": (
        "Against ruifeng we won 2 of 30 deals (7%), against other competitors 40 of 52. 1 open deal "
        "(¥800K) is at an account where it is known to be.",
        "对ruifeng的30个商机赢下2个（7%），对其他对手52个赢40个。1个进行中商机（¥80万）所在客户处已知有该对手。",
    ),
    "win_rates_section: open deals of nobody": (
        "Against ruifeng we won 2 of 30 deals (7%), against other competitors 40 of 52. 2 open deals are "
        "at accounts where it is known to be.",
        "对ruifeng的30个商机赢下2个（7%），对其他对手52个赢40个。2个进行中商机所在客户处已知有该对手。",
    ),
    "win_rates_section: open deals elsewhere": (
        "Against ruifeng we won 2 of 30 deals (7%), against other competitors 40 of 52.",
        "对ruifeng的30个商机赢下2个（7%），对其他对手52个赢40个。",
    ),
    "win_rates_section: one region": (
        "Against ruifeng in South we won 0 of 38 deals (0%), elsewhere 32 of 62. 2 open deals (¥1.1M) are "
        "at accounts where it is known to be.",
        "在华南对ruifeng的38个商机赢下0个（0%），其他大区62个赢32个。2个进行中商机（¥110万）所在客户处已知有该对手。",
    ),
    "win_rates_section: one family": (
        "Against ruifeng we won 32 of 100 deals (32%), against other competitors 100 of 150, least in Fertiliser 化肥.",
        "对ruifeng的100个商机赢下32个（32%），对其他对手150个赢100个，Fertiliser 化肥最少。",
    ),
    "win_rates_section: one stage": (
        "Against ruifeng we won 6 of 40 deals (15%), against other competitors 20 of 40; 34 of 40 at "
        "offer 报价 were lost.",
        "对ruifeng的40个商机赢下6个（15%），对其他对手40个赢20个；进入offer 报价阶段的40个中丢了34个。",
    ),
    "win_rates_section: too few": (
        "We won 9 of 20 deals (45%, 26% to 66%); against each competitor too few to say who is harder to beat.",
        "20个商机赢下9个（45%，26%至66%）；对各对手的商机都太少，看不出谁更难赢。",
    ),
    "win_rates_section: no rival recorded": (
        "We won 34 of 49 deals (69%, 55% to 80%); against which competitor is not recorded.",
        "49个商机赢下34个（69%，55%至80%）；没有登记对手是谁。",
    ),
    "win_rates_section: enough and alike": (
        "We won 31 of 60 deals (52%, 39% to 64%); against no competitor is it worse than chance explains.",
        "60个商机赢下31个（52%，39%至64%）；对各对手的差异都在偶然范围之内。",
    ),
    "win_rates_by_section": (
        "Manager 王芳: 5 of 60 deals were won (8%, 4% to 18%), of the others 55 of 60.",
        "客户经理王芳：60个商机赢下5个（8%，4%至18%），其余60个赢55个。",
    ),
    "win_rates_by_section: all alike": (
        "44 of 54 lost deals were lost at offer 报价; no product family, manager or deal size is won less often than "
        "chance explains.",
        "54个输单中44个输在offer 报价；各大类、客户经理、规模之间看不出明显差别。",
    ),
    "win_rates_by_section: no stages": (
        "No product family, manager or deal size is won less often than chance explains.",
        "各大类、客户经理、规模之间看不出明显差别。",
    ),
    "win_rates_by_section: none": ("No deal was decided in the last 12 months.", "近12个月没有商机有结果。"),
    "destinations_section": (
        "Of ¥1.25M margin lost in 12 months ¥1.1M went to ruifeng (2 of 4 losses, 1 not known).",
        "近12个月流失的毛利¥125万中，¥110万流向ruifeng（4起中的2起，1起去向不详）。",
    ),
    "destinations_section: leads": (
        "Of ¥1.2M margin lost in 12 months ¥1.1M went to ruifeng (2 of 3 losses).",
        "近12个月流失的毛利¥120万中，¥110万流向ruifeng（3起中的2起）。",
    ),
    "destinations_section: one": (
        "The only account lost in 12 months, ¥4.5M revenue, went to ruifeng.",
        "近12个月唯一流失的客户（收入¥450万）转向ruifeng。",
    ),
    "destinations_section: one in part": (
        "The only loss of 12 months, ¥200K margin, went to ruifeng.",
        "近12个月仅有的一起流失（毛利¥20万）流向ruifeng。",
    ),
    # Who took most may be chance: nobody is put first.
    "destinations_section: two rivals": (
        "Of ¥1.5M margin lost in 12 months ¥1.4M went to ruifeng, zhongnong (3 of 4 losses).",
        "近12个月流失的毛利¥150万中，¥140万流向ruifeng、zhongnong（4起中的3起）。",
    ),
    "destinations_section: all to one": (
        "All 2 losses of 12 months, ¥1.1M margin, went to ruifeng.",
        "近12个月的2起流失（毛利¥110万）都流向ruifeng。",
    ),
    "destinations_section: to nobody": (
        "Of ¥150K margin lost in 12 months ¥100K went to no competitor (1 of 2 losses, 1 not known).",
        "近12个月流失的毛利¥15万中，¥10万没有流向对手（2起中的1起，1起去向不详）。",
    ),
    "destinations_section: not known": (
        "Where the 1 loss went is not known (¥50K margin).",
        "1起流失去向不详（毛利¥5万）。",
    ),
    "destinations_section: none": (
        "No account was lost, wholly or in part, in the last 12 months.",
        "近12个月没有客户流失或部分流失。",
    ),
    "loss_reasons_section": (
        "Deals are lost for price above all: 20 of 28 (71%, 53% to 85%).",
        "输单主因是price：28个中的20个（71%，53%至85%）。",
    ),
    "loss_reasons_section: none leads": (
        "6 of 41 lost deals were lost for price (15%); no reason leads beyond chance.",
        "41个输单中6个因price（15%）；各原因的差异都在偶然范围之内。",
    ),
    "loss_reasons_section: not known": ("Why the 2 deals were lost is not recorded.", "2个输单都没有登记原因。"),
    "loss_reasons_section: none": ("No deal was lost in the last 12 months.", "近12个月没有输单。"),
}


@pytest.mark.parametrize("variant", TITLES)
def test_the_title_says_the_finding_in_both_languages(variant: str) -> None:
    assert (said(variant).title, said(variant, "zh").title) == TITLES[variant]


@pytest.mark.parametrize(
    ("variant", "amount", "cadence", "quiet"),
    [
        # Of 52 deals against others 12 were lost: of 30 it would have been 6.9 of the 28.
        ("win_rates_section: open deals", (28 - 30 * 12 / 52) * 1e5 * 0.2, "month", False),
        # What was lost in the place that the title speaks of, beyond the rate elsewhere.
        ("win_rates_section: one region", (38 - 38 * 30 / 62) * 1e5 * 0.2, "month", False),
        ("win_rates_section: no amounts", None, "month", False),
        ("win_rates_section: too few", None, "quarter", False),
        ("win_rates_by_section: unknown cost", 136e5 * (1 - 60 * (5 / 60) / 55), "year", False),
        ("win_rates_by_section: all alike", None, "year", False),
        ("destinations_section", 11e5, "month", False),
        ("destinations_section: to nobody", None, "month", False),
        ("destinations_section: not known", None, "month", True),
        ("loss_reasons_section", None, "quarter", False),
        ("loss_reasons_section: none leads", None, "quarter", True),
    ],
)
def test_what_is_at_stake_and_when_it_prints(variant: str, amount: float | None, cadence: str, quiet: bool) -> None:
    made = section(variant)
    assert (made.amount, made.cadence, made.quiet) == (amount and pytest.approx(amount), cadence, quiet)


# Open deals


def test_the_open_deals_where_he_is_are_listed_with_account_amount_owner_and_day() -> None:
    competitors, listed = said("win_rates_section: open deals").tables
    assert listed[1:] == [
        ["恒泰农资", "Feed 饲料", "800", "Li Na", "15 Aug 2025", "won a deal"],
        ["Acme", "Feed 饲料", "300", "Li Na", "overdue since 30 Jun 2025", "won a deal"],
    ]
    assert [row[-1] for row in competitors] == ["Open deals there", "–", "2 (¥1.1M)", "–", "–"]


def test_each_open_deal_is_for_its_owner_and_before_its_day_unless_that_is_past() -> None:
    assert said("win_rates_section: open deals").actions[:2] == [
        "Li Na closes deal OP90 with 恒泰农资 before 15 Aug 2025: ruifeng is known there.",
        "Li Na closes deal OP91 with Acme: ruifeng is known there.",
    ]
    assert said("win_rates_section: open deals of nobody").actions[:2] == [
        "Close deal OP90 with 恒泰农资 before 15 Aug 2025: ruifeng is known there.",
        "Close deal OP91 with A9: ruifeng is known there.",
    ]


def test_open_deals_of_another_region_are_not_counted_where_one_region_is_named() -> None:
    made = said("win_rates_section: one region")
    assert len(made.tables[1]) == 3
    frame = deals([("ruifeng", 32, 68), ("zhongnong", 100, 50)], region="North")
    frame.loc[[*range(32, 70)], "region"] = "East"
    # They are in the South.
    assert said(worst(frame, open_deals=contested())).title.endswith("elsewhere 32 of 62.")


def test_the_basis_says_how_a_rival_is_found_at_an_account_and_what_names_none() -> None:
    assert said("win_rates_section: open deals of nobody").basis[2:4] == [
        "Against whom an open deal is, is known when it closes. Counted are open deals of accounts where the "
        "competitor won a deal from us, took business or made a recorded move in 24 months, or holds a share of the "
        "purchases.",
        "2 open deals name no account.",
    ]


def test_why_deals_are_lost_is_answered_where_it_is_known_and_asked_where_it_is_not() -> None:
    ask = "Review the last deals lost to ruifeng with their owners: price, delivery or relation?"
    assert said("win_rates_section: reasons").actions == [
        "20 of 28 deals lost to ruifeng were lost for price: answer that first."
    ]
    assert said("win_rates_section: reasons alike").actions == [ask]
    two = deals([("ruifeng", 2, 28), ("zhongnong", 40, 10)])
    assert said(worst(two, why=reasons([("price", 3)], "zhongnong"))).actions == [ask]


# Rates


def test_what_others_would_have_lost_too_is_not_at_stake_and_the_basis_says_so() -> None:
    assert said("win_rates_section: one family").basis[-1] == (
        "Lost amounts are deal values; at stake is the margin, at a rate of 20%, of what was lost beyond the rate of "
        "the others."
    )
    assert section("win_rates_section: one family").stake is not None
    bare = section("win_rates_section: no amounts")
    assert (bare.nature, bare.stake) == ("fact", None)
    assert said("win_rates_section: no amounts").title.startswith("Against ruifeng we won 2 of 30 deals")


def test_a_rate_of_few_deals_is_not_said_by_count_or_amount() -> None:
    rows = said("win_rates_section: too few").tables[0]
    assert [row[2:4] for row in rows[1:]] == [["too few to say", "–"]] * 2
    assert said("win_rates_section: open deals").tables[0][2][1:4] == ["2/30", "7% (2% to 21%)", "7%"]


def test_sizes_are_called_by_their_amounts_and_managers_by_their_names() -> None:
    rows = [row[:3] for row in said("win_rates_by_section: unknown cost").tables[0]]
    assert rows[3:] == [
        ["Manager", "Li Na", "55/60"],
        ["Manager", "王芳", "5/60"],
        ["Size", "up to ¥200K", "30/60"],
        ["Size", "¥200K to ¥300K", "15/30"],
        ["Size", "¥300K to ¥400K", "15/30"],
    ]


def test_what_is_not_known_is_a_group_and_is_called_so() -> None:
    frame = deals([("ruifeng", 3, 2)]).assign(family=None, owner_id="P9")
    rows = said(win_rates_by_section(groups(frame, steps()), people(), margin_rate=f.NAN)).tables[0]
    assert [row[:2] for row in rows[1:4]] == [["Stage", "not known"], ["Family", "not known"], ["Manager", "P9"]]


# Losses


def test_each_loss_stands_with_its_owner_and_where_it_went() -> None:
    (cases,) = said("destinations_section").tables
    assert [[row[place] for place in (0, 2, 3, 5)] for row in cases[1:]] == [
        ["恒泰农资", "lost", "15 Jan 2025", "ruifeng"],
        ["Acme", "partly lost", "–", "ruifeng"],
        ["Zeta", "dropped Feed 饲料", "15 Jan 2025", "nobody"],
        ["Beta", "lost", "15 Jan 2025", "not known"],
    ]
    assert "Partly lost accounts and families count from ¥20K." in said("destinations_section").basis[0]


def test_shares_are_printed_of_ten_losses_and_more() -> None:
    assert [row[0] for row in said("destinations_section: many").tables[1][1:]] == ["ruifeng", "nobody", "not known"]


def test_only_what_went_to_a_rival_is_at_stake_and_the_unknown_is_asked_for() -> None:
    made = section("destinations_section")
    assert [(who.name, who.amount) for who in made.who] == [("恒泰农资", 9e5), ("Acme", 2e5)]
    assert said("destinations_section").actions[-1] == (
        "Li Na asks Beta who supplies it now and enters it in the register."
    )


def test_that_a_rival_takes_more_accounts_is_said_only_beyond_chance() -> None:
    assert said("destinations_section: leads").basis[-1] == (
        "That more accounts went to ruifeng than to any other is more than chance (exact binomial test, 5%)."
    )
    assert said("destinations_section").basis[-1] == (
        "So few losses do not say that one competitor takes more accounts than another."
    )


def test_reasons_stand_by_rival_in_the_workbook() -> None:
    assert said("loss_reasons_section").tables[1][1:] == [
        ["ruifeng", "price", "20", "2,000"],
        ["ruifeng", "delivery", "5", "500"],
        ["ruifeng", "not known", "3", "300"],
    ]
