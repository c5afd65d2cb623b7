"""Sections on plan, cash and regions: the right number, the right branch, the right people."""

import pytest

from kamreport.present.section import Section
from kamreport.present.sections.plan_and_cash import overdue_receivables_section, plan_section, regions_section
from kamreport.settings import Bilingual

from . import frames as f
from .saying import said, section
from .variants import RATES, REGIONS

# What each variant of `variants.py` says.
TITLES = {
    "plan_section: behind": (
        "Revenue to date is ¥100K (10.0%) behind target; the year lands at ¥1.8M of ¥2M.",
        "收入累计落后目标¥10万（10.0%）；预计全年¥180万，目标¥200万。",
    ),
    "plan_section: ahead": (
        "Revenue to date is ¥100K (10.0%) ahead of target; the year lands at ¥1.8M of ¥2M.",
        "收入累计超过目标¥10万（10.0%）；预计全年¥180万，目标¥200万。",
    ),
    "plan_section: no target": (
        "Revenue to date is ¥100K (12.5%) above last year.",
        "收入累计高于去年同期¥10万（12.5%）。",
    ),
    "plan_section: no target, above last year": (
        "Revenue to date is ¥400K (80.0%) above last year.",
        "收入累计高于去年同期¥40万（80.0%）。",
    ),
    "plan_section: nothing to compare": (
        "Revenue to date is ¥900K; there is neither a target nor a whole year before it to compare with.",
        "收入累计¥90万；没有目标，也没有完整的上年可比。",
    ),
    "plan_section: no landing": ("Revenue to date is ¥100K (10.0%) behind target.", "收入累计落后目标¥10万（10.0%）。"),
    "plan_section: ahead, no landing": (
        "Revenue to date is ¥100K (10.0%) ahead of target.",
        "收入累计超过目标¥10万（10.0%）。",
    ),
    "plan_section: no interval": (
        "Revenue to date is ¥100K (10.0%) behind target; the year lands at ¥1.8M of ¥2M.",
        "收入累计落后目标¥10万（10.0%）；预计全年¥180万，目标¥200万。",
    ),
    "plan_section: as much": ("Revenue to date is ¥1M, as much as the target.", "收入累计¥100万，与目标持平。"),
    "plan_section: as much as last year": (
        "Revenue to date is ¥800K, as much as last year.",
        "收入累计¥80万，与去年同期持平。",
    ),
    "plan_section: target of nothing": ("Revenue to date is ¥900K, against a target of ¥0.", "收入累计¥90万，目标¥0。"),
    "plan_section: returns last year": (
        "Revenue to date is ¥900K, against −¥50K last year.",
        "收入累计¥90万，去年同期−¥5万。",
    ),
    "plan_section: margin": (
        "Margin to date is ¥100K (10.0%) behind target; the year lands at ¥1.8M of ¥2M.",
        "毛利累计落后目标¥10万（10.0%）；预计全年¥180万，目标¥200万。",
    ),
    "plan_section: accounts' targets": (
        "Revenue to date is ¥100K (10.0%) behind target; the year lands at ¥1.8M of ¥2M.",
        "收入累计落后目标¥10万（10.0%）；预计全年¥180万，目标¥200万。",
    ),
    "overdue_receivables_section": (
        "¥500K of ¥3M receivables is overdue (16.7%), 100% of it with Li Na; ¥100K for more than 90 days.",
        "应收¥300万中逾期¥50万（16.7%），其中100%在Li Na名下；逾期90天以上¥10万。",
    ),
    "overdue_receivables_section: one": (
        "¥500K of ¥2M receivables is overdue (25.0%), 100% of it with Li Na; ¥100K for more than 90 days.",
        "应收¥200万中逾期¥50万（25.0%），其中100%在Li Na名下；逾期90天以上¥10万。",
    ),
    "overdue_receivables_section: none": ("No receivables are open.", "没有应收账款。"),
    "overdue_receivables_section: nothing overdue": ("Nothing of ¥1M is overdue.", "应收¥100万均未逾期。"),
    "overdue_receivables_section: nobody's": (
        "¥500K of ¥3M receivables is overdue (16.7%); ¥100K for more than 90 days.",
        "应收¥300万中逾期¥50万（16.7%）；逾期90天以上¥10万。",
    ),
    "overdue_receivables_section: credit balance": (
        "¥500K is overdue, though the balance is −¥1M; ¥100K for more than 90 days.",
        "逾期¥50万，而应收余额为−¥100万；逾期90天以上¥10万。",
    ),
    "regions_section": (
        "North makes 75% of revenue; growth runs from −50% (South) to +50% (North).",
        "华北占收入75%；增长从−50%（华南）到+50%（华北）。",
    ),
    "regions_section: not compared": ("North makes 100% of revenue.", "华北占收入100%。"),
    "regions_section: no growth known": ("North makes 75% of revenue.", "华北占收入75%。"),
    "regions_section: none": ("The data name no regions.", "数据中没有大区。"),
    "regions_section: nothing sold": ("No region has sold anything in the last 12 months.", "近12个月没有大区有销售。"),
    "regions_section: returns": (
        "The regions together have taken back more than they sold: −¥500K.",
        "各大区合计退货多于销售：−¥50万。",
    ),
}


@pytest.mark.parametrize("variant", TITLES)
def test_the_title_says_the_finding_in_both_languages(variant: str) -> None:
    assert (said(variant).title, said(variant, "zh").title) == TITLES[variant]


# Plan


@pytest.mark.parametrize(
    ("rate", "measure", "amount", "unit", "stake"),
    [
        (0.2, "revenue", 20_000.0, "margin", "¥20K margin behind"),
        (-0.1, "revenue", None, "margin", "¥0 margin behind"),
        (f.NAN, "revenue", 100_000.0, "revenue", "¥100K revenue behind"),
        (0.2, "margin", 100_000.0, "margin", "¥100K margin behind"),
        (f.NAN, "margin", 100_000.0, "margin", "¥100K margin behind"),
    ],
)
def test_a_gap_is_at_stake_with_its_margin(
    rate: float, measure: str, amount: float | None, unit: str, stake: str
) -> None:
    made = plan_section(f.plan(measure=measure), f.changes([("Acme", 1e5, 3e5)]), margin_rate=rate)
    assert (made.amount, made.unit, said(made).stake) == (amount and pytest.approx(amount), unit, stake)
    assert made.nature == ("realised" if amount else "fact")


def test_who_makes_the_gap_is_named_only_where_there_is_one() -> None:
    behind, ahead = said("plan_section: behind"), said("plan_section: ahead")
    assert [row[0] for row in behind.tables[0]] == ["Account", "恒泰农资", "Acme"]
    assert behind.actions == ["Ask Li Na what is behind 恒泰农资, Acme: ¥1.1M below last year."]
    assert (ahead.tables, ahead.actions) == ([], [])


def _gap(changes: list[tuple[str, float, float]], manager: str | None = "Li Na", kind: str = "customer") -> Section:
    return plan_section(f.plan(), f.changes(changes, manager=manager).assign(type=kind), margin_rate=0.2)


def test_the_action_names_three_accounts_and_their_sum_and_nobody_where_nobody_looks_after_them() -> None:
    falls = [(name, 0.0, 1e5) for name in "ABCD"]
    assert said(_gap(falls)).actions == ["Ask Li Na what is behind A, B, C: ¥300K below last year."]
    assert said(_gap(falls, None)).actions == ["Find out what is behind A, B, C: ¥300K below last year."]
    assert said(_gap(falls, None), "zh").actions == ["查明A、B、C的原因：合计比去年少¥30万。"]


def test_nobody_is_asked_why_an_account_that_moved_away_buys_less_here() -> None:
    moved = f.changes([("Acme", 0.0, 1e6), ("Bolt", 0.0, 1e5)]).assign(moved_out=[True, False])
    made = said(plan_section(f.plan(), moved, margin_rate=0.2))
    assert made.actions == ["Ask Li Na what is behind Bolt: ¥100K below last year."]
    assert [row[0] for row in made.tables[0]] == ["Account", "Bolt"]


def test_a_pool_of_cash_sales_is_nobody_to_win_back() -> None:
    made = _gap([("散客", 0.0, 1e6)], kind="pool")
    assert (said(made).actions, said(made).tables) == ([], [])


@pytest.mark.parametrize(
    ("variant", "basis"),
    [
        (
            "plan_section: accounts' targets",
            [
                "Revenue of Jan 2025 to Jun 2025, complete months.",
                "Target: the accounts' targets, added.",
                "Landing: last year's remaining months at the pace of 11 months; 95% interval ¥1.7M to ¥1.9M.",
            ],
        ),
        (
            "plan_section: no interval",
            [
                "Revenue of Jan 2025 to Jun 2025, complete months.",
                "Target: the targets of this report.",
                "Landing: too few months for an interval.",
            ],
        ),
        (
            "plan_section: no landing",
            ["Revenue of Jan 2025 to Jun 2025, complete months.", "Target: the targets of this report."],
        ),
    ],
)
def test_the_basis_names_months_target_and_interval(variant: str, basis: list[str]) -> None:
    assert said(variant).basis == basis


# Cash


def test_overdue_money_is_at_risk_with_what_is_likely_lost() -> None:
    made = section("overdue_receivables_section")
    assert (made.nature, made.amount, made.unit) == ("at_risk", 50_000.0, "margin")
    assert [(one.id, one.name, one.amount, one.owner) for one in made.who] == [("A000", "恒泰农资", 50_000.0, "P1")]


def test_the_basis_counts_who_owes_and_gives_the_provision_matrix() -> None:
    assert said("overdue_receivables_section").basis == [
        "Ageing at the end of Jun 2025, with VAT; 2 accounts owe.",
        "Likely lost: 1% of 1-30 days overdue, 5% of 31-60, 10% of 61-90, 50% of more (provision matrix).",
    ]
    assert said("overdue_receivables_section: one").basis[0].endswith("; 1 account owes.")
    # A third account stands in credit.
    assert said("overdue_receivables_section: credit balance").basis[0].endswith("; 2 accounts owe.")


@pytest.mark.parametrize(
    ("variant", "english", "chinese"),
    [
        (
            "overdue_receivables_section",
            "Li Na collects from 恒泰农资 first; no further delivery on credit to those over 90 days.",
            "Li Na先向恒泰农资催收；逾期90天以上的不再赊销发货。",
        ),
        (
            "overdue_receivables_section: nobody's",
            "Collect from 恒泰农资 first; no further delivery on credit to those over 90 days.",
            "先向恒泰农资催收；逾期90天以上的不再赊销发货。",
        ),
    ],
)
def test_who_collects_first_and_from_whom(variant: str, english: str, chinese: str) -> None:
    assert (said(variant).actions, said(variant, "zh").actions) == ([english], [chinese])


def test_a_manager_collects_from_his_own_accounts_only() -> None:
    found = f.receivables([("Acme", 9e5, 5e5, 0.0), ("Zeta", 8e5, 4e5, 0.0), ("Beta", 7e5, 3e5, 0.0)])
    found.accounts["manager_id"] = ["P2", "P1", "P1"]
    made = overdue_receivables_section(found, RATES)
    assert said(made).actions[0].startswith("Li Na collects from Zeta, Beta first;")


def test_somebody_who_owes_and_is_in_no_other_table_is_called_by_the_id() -> None:
    found = f.receivables([("Acme", 9e5, 5e5, 0.0)])
    found.accounts["name"] = found.accounts["owner_id"] = None
    made = overdue_receivables_section(found, RATES)
    assert said(made).tables[0][1][0] == "A000"
    assert [(one.id, one.name) for one in made.who] == [("A000", "A000")]


# Regions


def test_regions_stand_side_by_side_under_their_names_in_the_language() -> None:
    english, chinese = said("regions_section").tables[0], said("regions_section", "zh").tables[0]
    assert english[0] == ["Region", "Revenue, ¥k", "Growth", "Margin, ¥k", "Rate", "Accounts"]
    assert [row[0] for row in english[1:]] == ["North", "South"]
    assert [row[0] for row in chinese[1:]] == ["华北", "华南"]


def test_growth_is_neither_shown_nor_explained_where_there_is_no_year_before() -> None:
    alone = said("regions_section: not compared")
    assert "Growth" not in alone.tables[0][0]
    assert alone.basis == ["Last 12 complete months."]


def test_a_region_without_a_name_is_called_by_its_id() -> None:
    made = regions_section(f.regions([("NA", 1e6, 1e6)]), {}, compared=False)
    assert said(made).title == "NA makes 100% of revenue."
    named = regions_section(f.regions([("NA", 1e6, 1e6)]), REGIONS | {"NA": Bilingual(en="N", zh="北")}, compared=False)
    assert said(named, "zh").title == "北占收入100%。"
