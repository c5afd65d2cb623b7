"""Sections on how raters see us: who is named, in which edition, with what to do."""

import pandas as pd
import pytest

from kamreport.present.section import Section
from kamreport.present.sections.profile import profile_section
from kamreport.present.sections.strengths import strengths_section

from . import frames as f
from . import of_profile
from .saying import said, section
from .variants import VARIANTS

TITLES = {
    "profile_section: both": (
        "ruifeng: rated stronger than we are; zhongnong: catching up.",
        "ruifeng被评为强于我方；zhongnong正在追赶。",
    ),
    "profile_section: newly stronger": (
        "ruifeng: newly rated stronger than we are, by 0.79 points (+0.77 to +0.82).",
        "ruifeng新近被评为强于我方，高0.79分（+0.77至+0.82）。",
    ),
    "profile_section: newly catching up": (
        "zhongnong: newly catching up, by 0.60 points a year (+0.40 to +0.80), the largest part in Price (+0.30).",
        "zhongnong新近开始追赶，差距每年上升0.60分（+0.40至+0.80），其中价格贡献最大（+0.30）。",
    ),
    "profile_section: several have moved": (
        "ruifeng, zhongnong: newly rated stronger than we are, or catching up.",
        "ruifeng、zhongnong新近被评为强于我方或正在追赶。",
    ),
    "strengths_section": (
        "ruifeng: ahead of us in Price; we lead everybody in Quality.",
        "ruifeng在价格上领先我方；我方在质量上领先所有对手。",
    ),
    "strengths_section: weak only": (
        "ruifeng: ahead of us in Price, a, b and 1 more; in nothing do we lead everybody.",
        "ruifeng在价格、a、b及另外1项上领先我方；我方没有一项排第一。",
    ),
    "strengths_section: strong only": (
        "We lead every competitor in Quality, and none is ahead of us beyond chance.",
        "我方在质量上领先所有对手，没有对手以超出偶然的幅度领先我方。",
    ),
    "strengths_section: level": (
        "In no attribute does a competitor lead us, or we all of them, by more than chance explains.",
        "各评价项上，对手领先我方或我方领先全部对手，都在偶然范围之内。",
    ),
    "strengths_section: too few": (
        "Too few people have scored us and a competitor to say who is stronger.",
        "同时给我方和对手评分的人太少，无法判断谁更强。",
    ),
    "strengths_section: no competitor": (
        "Important and scored low: Price; no competitor was scored.",
        "重要而评分偏低：价格；没有对手的评分。",
    ),
    "value_map_section": (
        "ruifeng offers more for the money than we do: quality 108 at price 101 (ours: 100).",
        "ruifeng的性价比高于我方：质量108，价格101（我方：100）。",
    ),
    "value_map_section: several": (
        "ruifeng, zhongnong offer more for the money than we do; the first quality 108 at price 101 (ours: 100).",
        "ruifeng、zhongnong的性价比高于我方；其中第一家质量108、价格101（我方：100）。",
    ),
    "value_map_section: fair": (
        "No competitor offers more for its price than we do, beyond chance.",
        "没有哪家对手的性价比明显高于我方。",
    ),
    "competition_levels_section": (
        "Ahead of us: in price ruifeng; in quality ruifeng.",
        "领先我方：价格上ruifeng；质量上ruifeng。",
    ),
    "competition_levels_section: we lead": (
        "We are ahead of every competitor in price.",
        "我方在价格上领先所有对手。",
    ),
    "competition_levels_section: level": (
        "In price, quality no competitor is ahead of us by more than chance explains, level by level.",
        "逐项来看，在价格、质量上没有对手明显领先我方（均在偶然范围之内）。",
    ),
}


@pytest.mark.parametrize("variant", TITLES)
def test_the_title_says_the_finding_in_both_languages(variant: str) -> None:
    assert (said(variant).title, said(variant, "zh").title) == TITLES[variant]


# Tiers


def test_stronger_and_catching_up_are_named_apart() -> None:
    found = f.profile([("ruifeng", 0.8), ("zhongnong", -0.5), ("haosheng", -0.6)])
    found.rivals.loc[found.rivals["competitor_id"] != "ruifeng", "tier"] = "catching_up"
    names = f.rivals(["ruifeng", "zhongnong", "haosheng"])
    assert said(profile_section(found, names, f.ATTRIBUTES)).title == (
        "ruifeng: rated stronger than we are; zhongnong, haosheng: catching up."
    )
    calm = f.profile([("zhongnong", -0.5)])
    calm.rivals["tier"] = "catching_up"
    assert said(profile_section(calm, names, f.ATTRIBUTES)).title == (
        "No competitor is rated stronger than we are; zhongnong: catching up."
    )


def test_a_tier_is_said_with_its_interval_and_its_raters() -> None:
    english, chinese = said("profile_section"), said("profile_section", "zh")
    assert english.tables[0][1][0::3] == ["ruifeng", "stronger"]
    assert " to " in english.tables[0][1][2]
    assert english.basis[1].startswith("Raters of us and a competitor: 8 or more.")
    assert chinese.tables[0][1][3] == "更强"


def test_a_rival_that_is_in_no_table_is_called_by_its_id() -> None:
    none = pd.DataFrame({"competitor_id": [], "name": []}, dtype="str")
    assert said(profile_section(f.profile([("x1", 0.8)]), none, f.ATTRIBUTES)).title.startswith("x1: rated stronger")


@pytest.mark.parametrize(
    ("now", "before", "cadence"),
    [
        ("stronger", "catching_up", "month"),
        ("stronger", "equal", "month"),
        ("catching_up", "weaker", "month"),
        ("stronger", "stronger", "quarter"),
        ("catching_up", "stronger", "quarter"),  # has fallen back
        ("equal", "weaker", "quarter"),  # which chance brings about
        ("weaker", "equal", "quarter"),
        ("stronger", "", "quarter"),  # scored for the first time
        ("stronger", "too_few", "quarter"),
    ],
)
def test_it_prints_in_the_month_only_if_a_rival_has_moved_up(now: str, before: str, cadence: str) -> None:
    made = profile_section(of_profile.tiers(("ruifeng", 0.3, now, before)), of_profile.RIVALS, f.ATTRIBUTES)
    assert (made.cadence, made.nature) == (cadence, "fact")


def test_when_the_next_tier_is_reached_and_what_would_stop_it() -> None:
    made = said("profile_section: both")
    assert [row[5] for row in made.tables[0][1:]] == ["–", "passes us in 5 months"]
    assert made.actions == [
        "Answer zhongnong in Price first: it makes +0.30 of the +0.60 points a year by which the gap moves; agree on "
        "one step with those who scored it highest."
    ]
    assert said("profile_section: rising out of sight").tables[0][1][5] == "stronger: not within 24 months"
    assert said("profile_section: both", "zh").tables[0][2][5] == "5个月后超过我方"


# Strengths


def test_what_to_learn_from_whom_is_the_weightiest_lead_and_one_rival_an_attribute() -> None:
    found = of_profile.strengths(("price", 80.0, 1.2, "weakness"), ("quality", 90.0, 1.3, "weakness"))
    lessons = pd.concat([found.lessons, found.lessons.head(1).assign(competitor_id="zhongnong", gap=2.0, weighted=1.6)])
    shown = strengths_section(
        of_profile.Strengths(**{**vars(found), "lessons": lessons}), of_profile.RIVALS, f.ATTRIBUTES
    )
    told = said(shown).actions
    assert [one.split(":")[0] for one in told] == ["Learn from zhongnong in Price", "Learn from ruifeng in Quality"]
    assert said("strengths_section: level").actions == []


def test_a_price_is_asked_and_not_learned() -> None:
    found = of_profile.strengths(("price", 80.0, 1.2, "weakness"), ("quality", 70.0, 1.3, "weakness"))
    asked = {**f.ATTRIBUTES, "price": f.ATTRIBUTES["price"].model_copy(update={"level": "price"})}
    told = said(strengths_section(found, of_profile.RIVALS, asked))
    assert [one.split(":")[0] for one in told.actions] == ["Learn from ruifeng in Quality"]
    assert told.title.startswith("ruifeng: ahead of us in Price, Quality")


def test_a_gap_whose_interval_alone_leaves_zero_out_may_be_chance() -> None:
    found = of_profile.strengths(("price", 80.0, 0.6, "level"), ("quality", 70.0, 0.1, "level"))
    table = said(strengths_section(found, of_profile.RIVALS, f.ATTRIBUTES)).tables[0]
    assert [row[5] for row in table] == ["Verdict", "may be chance", "level"]


@pytest.mark.parametrize(
    ("variant", "basis"),
    [
        ("strengths_section", "Importance: mean of what 8 raters state, 0 to 100."),
        ("strengths_section: strong only", "Importance: the weights of the settings (x 100); no rater has stated one."),
        (
            "strengths_section: level",
            "Importance is derived, not asked: correlation (x 100) of satisfaction with the score, 8 raters; what goes "
            "together need not cause it.",
        ),
    ],
)
def test_whence_the_importance_is_said(variant: str, basis: str) -> None:
    assert said(variant).basis[0] == basis


def test_without_a_rival_the_table_has_no_gap() -> None:
    assert said("strengths_section: no competitor").tables[0][0] == [
        "Attribute", "Importance", "Us", "Importance and score",
    ]  # fmt: skip
    assert said("strengths_section: no competitor").basis[-1].startswith("No competitor was scored")


# Value and levels


def test_the_line_and_the_source_of_prices_stand_in_the_basis() -> None:
    assert "one point of quality is worth 1.5 of price" in said("value_map_section").basis[0]
    assert said("value_map_section").basis[1] == (
        "Price: own-basket level of the prices seen, taken as exact; the intervals are those of quality alone."
    )
    fair = said("value_map_section: fair")
    assert fair.basis[1].startswith("Price as it is felt")
    assert fair.basis[3] == "Without a price, or one of too few products: zhongnong."
    assert fair.actions == []


def test_levels_stand_side_by_side_and_the_brand_beside_them() -> None:
    made = said("competition_levels_section")
    assert made.tables[0] == [
        ["Competitor", "Price", "Quality", "Culture and brand"],
        ["ruifeng", "+0.90 (+0.60 to +1.20), ahead", "+0.70 (+0.40 to +1.00), ahead", "too few to say"],
        ["zhongnong", "+0.10 (−0.20 to +0.40)", "−0.80 (−1.10 to −0.50), behind", "–"],
    ]
    assert made.basis[-1] == (
        "Our brand, trust: 18 of 24 accounts say 4 or 5 of 5 (55% to 88%); the survey asks of us alone."
    )
    assert len(said("competition_levels_section: we lead").tables) == 1


@pytest.mark.parametrize("variant", [name for name in of_profile.VARIANTS if ": none" in name or ": no price" in name])
def test_without_scores_it_is_a_line(variant: str) -> None:
    assert section(variant).quiet


@pytest.mark.parametrize(
    ("variant", "is_quiet"),
    [
        ("value_map_section", False),
        ("value_map_section: fair", True),
        ("competition_levels_section", False),
        ("competition_levels_section: level", True),
    ],
)
def test_where_nobody_is_ahead_it_is_silent_before_the_year(variant: str, is_quiet: bool) -> None:
    assert (section(variant).quiet, section(variant).cadence) == (is_quiet, "year")


def test_structure_waits_for_the_year() -> None:
    cadences = {
        name: VARIANTS[name]() for name in ("strengths_section", "value_map_section", "competition_levels_section")
    }
    assert {name: made.cadence for name, made in cadences.items() if isinstance(made, Section)} == {
        "strengths_section": "quarter", "value_map_section": "year", "competition_levels_section": "year",
    }  # fmt: skip
