"""The reports of the demo book find what is planted in it, and accuse nobody else.

The notebooks run as they stand, in this process, on a page that keeps the sections it is shown. What is planted is
read from the file that the demo writes beside its data.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import kamreport
from kamreport.language import Language
from kamreport.period import Period
from kamreport.present.page import Page
from kamreport.present.section import Section, Table
from tests.conftest import OpenDemo

pytestmark = pytest.mark.slow  # the demo book is written and loaded, and 14 of its reports are made

ROOT = Path(__file__).parent.parent
CHAPTERS = ("customer_value", "competitors", "churn")
LATEST, EARLIER = "2025-06", "2025-05"
# All that is planted has happened by the end of May: the last of the lost accounts passes its limit on 24 May.
MONTHS = (LATEST, EARLIER)


SUSPECT = {
    "seasonal_buyer", "half_yearly_buyer", "cash_sales_pool", "moved_to_sister_firm", "moved_to_another_region",
    "ends_on_a_credit_note", "linked_and_loyal", "registered_and_buying", "rebate_in_transactions",
}  # fmt: skip


# Accounts that are a finding by what is given and spent beside their invoices, and by a discount without volume.
BESIDE = {"rebate_turns_margin": "rebates", "costs_more_than_it_earns": "service"}
UNPAID = (*BESIDE, "discount_loses_money")


class _Keeping(Page):
    """A page that keeps its sections and prints nothing."""

    def __init__(self, book: Any, language: str = "en") -> None:
        super().__init__(book, language)
        self.sections: dict[str, Section] = {}

    def chapter(self, name: str, *, title: object = None) -> None:
        pass

    def show(self, shown: Section) -> None:  # type: ignore[override]
        assert shown.key not in self.sections
        self.sections[shown.key] = shown

    def _once(self, section: Section, **texts: str) -> None:
        self.sections[section.key] = section


@dataclass
class Report:
    """The sections of the chapters of one region, what they were made from, and from what amount they print."""

    sections: dict[str, Section] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    threshold: float = 0.0

    def named(self, section: str) -> set[str]:
        """Accounts that a section speaks of."""
        return {who.id for who in self.sections[section].who}

    def said(self, section: Section) -> str:
        """What a manager reads first and last: the finding and what to do."""
        say = Language("en", "CNY").say
        return "\n".join([say(section.title), *map(say, section.actions)])


MakeReport = Callable[[str, str], Report]


@pytest.fixture(scope="module")
def report(open_demo: OpenDemo) -> Any:
    """Run the chapters of a region and month, each combination once."""

    @cache
    def made(region: str, period: str) -> Report:
        done = Report()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(kamreport, "open_book", cache(open_demo))
            patch.setattr(kamreport, "Page", _Keeping)
            for chapter in CHAPTERS:
                names: dict[str, Any] = {"region": region, "period": period, "language": "en"}
                for cell in json.loads((ROOT / "notebooks" / f"{chapter}.ipynb").read_text("utf-8"))["cells"]:
                    if cell["cell_type"] == "code" and "parameters" not in cell["metadata"].get("tags", []):
                        exec("".join(cell["source"]), names)
                done.sections |= names["page"].sections
                done.results |= names
                done.threshold = names["page"].threshold
        return done

    return made


@pytest.fixture(scope="module")
def planted(demo_root: Path, open_demo: OpenDemo) -> pd.DataFrame:
    """One row per truth and innocent: `kind`, `region`, `account_id`, `finding`, `name`, `guilty`."""
    told = json.loads((demo_root / "data" / "planted.json").read_text("utf-8"))
    frame = pd.concat([pd.DataFrame(told[kind]).assign(guilty=kind == "truths") for kind in ("truths", "innocents")])
    return frame.merge(open_demo().accounts[["account_id", "name"]], on="account_id", how="left")


@pytest.fixture(scope="module")
def truths(planted: pd.DataFrame) -> pd.DataFrame:
    """What a chapter of today looks for; other truths wait in the tables for theirs."""
    return planted[planted["finding"] != ""]


@pytest.fixture(scope="module")
def innocents(planted: pd.DataFrame) -> pd.DataFrame:
    """The accounts that a chapter of today could accuse; the others are innocent of what no chapter looks for yet."""
    return planted[~planted["guilty"] & planted["kind"].isin(SUSPECT)]


@pytest.fixture(scope="module")
def regions(open_demo: OpenDemo) -> list[str]:
    return list(open_demo().regions)


def _ids(truths: pd.DataFrame, kind: str) -> set[str]:
    found = set(truths.loc[truths["kind"] == kind, "account_id"])
    assert found, f"nothing of the kind {kind} is planted"
    return found


def test_every_kind_that_the_reports_look_for_is_planted(truths: pd.DataFrame, innocents: pd.DataFrame) -> None:
    assert set(truths["kind"]) == {
        "fake_big_account", "lost_account", "partial_defection", "stopped_family", "overdue_account", "price_attack",
        *UNPAID, "list_price_erosion", "plan_missed", "launch_not_taken_up",
    }  # fmt: skip
    assert set(innocents["kind"]) == SUSPECT


# What is there is found


@pytest.mark.parametrize("month", MONTHS)
@pytest.mark.parametrize(
    "kind", ["fake_big_account", "lost_account", "partial_defection", "stopped_family", "overdue_account", *UNPAID]
)
def test_a_planted_account_is_named_in_its_regions_report(
    kind: str, month: str, report: MakeReport, truths: pd.DataFrame
) -> None:
    for truth in truths[truths["kind"] == kind].itertuples():
        made, key = report(truth.region, month), str(truth.finding).split("/")[1]
        section = made.sections[key]
        assert truth.account_id in made.named(key), f"{truth.account_id} {truth.about}"
        # What is below the threshold prints as one line, which names the first.
        assert section.amount is not None
        assert section.amount >= made.threshold or truth.name in made.said(section), f"{key} hides {truth.name}"
        assert section.nature == ("at_risk" if kind == "overdue_account" else "realised")


@pytest.mark.parametrize("month", MONTHS)
@pytest.mark.parametrize("kind", ["fake_big_account", "lost_account", "stopped_family", "discount_loses_money"])
def test_nobody_else_is_a_fake_big_account_or_lost_or_has_dropped_a_family_or_a_discount_that_loses_money(
    kind: str, month: str, report: MakeReport, truths: pd.DataFrame, regions: list[str]
) -> None:
    finding = str(truths.loc[truths["kind"] == kind, "finding"].iloc[0])
    key, guilty = finding.split("/")[1], set(truths.loc[truths["finding"] == finding, "account_id"])
    assert set().union(*(report(region, month).named(key) for region in regions)) == guilty


@pytest.mark.parametrize("month", MONTHS)
def test_the_companys_report_finds_them_as_well(month: str, report: MakeReport, truths: pd.DataFrame) -> None:
    # All but the partly lost: none of them is material for the whole company.
    for kind in ("fake_big_account", "lost_account", "stopped_family", "overdue_account", *UNPAID):
        key = str(truths.loc[truths["kind"] == kind, "finding"].iloc[0]).split("/")[1]
        assert report("all", month).named(key) >= _ids(truths, kind)


@pytest.mark.parametrize("month", MONTHS)
def test_the_price_attack_is_found_in_its_region_and_in_no_other(
    month: str, report: MakeReport, truths: pd.DataFrame, regions: list[str]
) -> None:
    attack = truths[truths["kind"] == "price_attack"].iloc[0]
    for region in regions:
        section = report(region, month).sections["price_attacks"]
        assert section.quiet == (region != attack["region"]), region
    for region in (attack["region"], "all"):
        made = report(region, month)
        row = made.results["attacks"].frame.iloc[0]
        assert len(made.results["attacks"].frame) == 1
        assert (row["competitor_id"], row["region"]) == (attack["account_id"], attack["region"])
        # Planted: 12 % off, with a noise of 1.2 % on each of six prices, before and after.
        assert row["change"] == pytest.approx(-0.12, abs=0.015)
        assert pd.Timestamp("2025-04-01") <= row["since"] < pd.Timestamp("2025-05-01")
        assert "Ruifeng 瑞丰 has cut Fertiliser 化肥 prices by 1" in made.said(made.sections["price_attacks"])
        assert "in South since" in made.said(made.sections["price_attacks"])


@pytest.mark.parametrize("month", MONTHS)
def test_the_term_to_renegotiate_is_the_one_that_was_planted(
    month: str, report: MakeReport, truths: pd.DataFrame
) -> None:
    for kind, term in BESIDE.items():
        truth = truths[truths["kind"] == kind].iloc[0]
        section = report(truth["region"], month).sections["fake_big_accounts"]
        (table,) = (part.frame for part in section.evidence if isinstance(part, Table))
        assert table.set_index("owner_id").loc[truth["account_id"], "term"] == term
        # What was planted is deducted to the yuan: the year's rebates, and the year's service among other costs.
        if month == LATEST:
            row, told = table.set_index("owner_id").loc[truth["account_id"]], truth["figures"]
            assert row["margin"] == pytest.approx(told["margin_12m"], abs=1)
            planted = told.get("rebates_12m", told.get("service_12m"))
            assert planted - 1 <= row[term] < planted + 0.1 * row["revenue"]


def test_the_discount_that_loses_money_is_told_as_it_was_planted(report: MakeReport, truths: pd.DataFrame) -> None:
    truth = truths[truths["kind"] == "discount_loses_money"].iloc[0]
    row = report(truth["region"], LATEST).results["deepened"].losing.iloc[0]
    assert str(row["since"].date()) == "2024-10-01"
    for name in ("discount_before", "discount_after"):
        assert row[name] == pytest.approx(truth["figures"][name], abs=5e-4)


@pytest.mark.parametrize("month", MONTHS)
def test_the_list_price_that_nobody_pays_is_named_and_no_other(
    month: str, report: MakeReport, truths: pd.DataFrame, regions: list[str]
) -> None:
    truth = truths[truths["kind"] == "list_price_erosion"].iloc[0]
    for region in (*regions, "all"):
        made = report(region, month)
        eroded = made.results["raised"].eroded
        assert eroded["product_id"].tolist() == [truth["object_id"]], region
        # Raised by 5 % before the window and again in the middle of it; mixes of packs move the net price a little.
        assert eroded["list_change"].iloc[0] == pytest.approx(0.075, abs=0.02)
        assert abs(eroded["net_change"].iloc[0]) < 0.02


def test_nothing_is_found_before_it_has_happened(report: MakeReport) -> None:
    # The attack begins in April. The overdue account of Central orders until 10 April. The lost one of the Southwest
    # ordered last on 25 November: it is overdue by the end of April, and its 180 days end on 24 May.
    assert report("South", "2025-03").sections["price_attacks"].quiet
    assert "C3045" not in report("Central", "2025-03").named("overdue_accounts")
    april = report("Southwest", "2025-04")
    assert "S4018" not in april.named("lost_accounts")
    assert "S4018" in april.named("overdue_accounts")


@pytest.mark.parametrize("month", MONTHS)
def test_a_deal_that_is_stuck_is_named_with_who_has_to_act_and_its_age(
    month: str, report: MakeReport, planted: pd.DataFrame
) -> None:
    stuck = planted[planted["kind"] == "stuck_opportunity"]
    assert len(stuck) == 2
    for truth in stuck.itertuples():
        made = report(truth.region, month)
        section, deals = made.sections["stuck_deals"], made.results["pipeline"].deals.set_index("opportunity_id")
        assert truth.account_id in made.named("stuck_deals")
        deal = deals.loc[truth.object_id]
        assert (deal["is_stuck"], deal["stage"], deals["days"].idxmax()) == (True, "offer 报价", truth.object_id)
        people = made.results["book"].people.set_index("person_id")["name"]
        acts = [action for action in made.said(section).splitlines()[1:] if truth.object_id in action]
        assert len(acts) == 1, "the largest deal comes first among the actions"
        assert people[deal["owner_id"]] in acts[0]
        assert f"{deal['days']} days" in acts[0]
        # Few others: one in twenty deals takes so long by chance, and what is open is more often one of those.
        assert section.evidence[0].frame["is_stuck"].all()  # type: ignore[union-attr]
        assert len(section.evidence[0].frame) <= 4  # type: ignore[union-attr]


# Who is innocent is not accused


@pytest.mark.parametrize("month", MONTHS)
def test_the_planted_innocents_are_accused_by_no_section_of_no_region(
    month: str, report: MakeReport, innocents: pd.DataFrame, regions: list[str]
) -> None:
    for region in (*regions, "all"):
        made = report(region, month)
        for section in made.sections.values():
            # Who buys on may owe all the same.
            excused = innocents["kind"].isin(EXCUSED.get(section.key, ()))
            charged = innocents[~excused]
            accused = {who.id for who in section.who} & set(charged["account_id"])
            assert not accused, f"{section.key} of {region} accuses {accused}"
            said = made.said(section)
            assert not [name for name in charged["name"] if name in said], f"{section.key} of {region} says {said}"


EXCUSED = {
    "overdue_receivables": ("linked_and_loyal", "registered_and_buying", "rebate_in_transactions"),
    # That an account could buy more is no charge; of a pool and of who has moved it is not said.
    "white_space": tuple(SUSPECT - {"cash_sales_pool", "moved_to_sister_firm", "moved_to_another_region"}),
    # Whom a rival courts has done nothing.
    "counter_offers": tuple(SUSPECT),
    # Who is missing on the list is praised; whom the section accuses has a test of its own.
    "key_list": ("linked_and_loyal",),
}


# In these tables everybody of the region stands, or everybody of some size: they accuse nobody.
RANKINGS = {
    "key_accounts",
    "concentration",
    "plan",
    "overdue_receivables",
    "white_space",
    "potential",
    "delivery_service",
    "lifetime_value",
    "key_score",
    "four_part_test",
    "vip_rule",
    "portfolio",
    "demand",
    "rfm",
    "key_list",
    "price_waterfall",
    "dependency",
    "effort",
    "account_plans",
    "counter_offers",
    "rival_shares",
    "wallet_rule",
    "stakeholders",
}


@pytest.mark.parametrize("month", MONTHS)
def test_the_planted_innocents_stand_in_no_table_of_the_accused(
    month: str, report: MakeReport, innocents: pd.DataFrame, regions: list[str]
) -> None:
    for region in (*regions, "all"):
        for key, section in report(region, month).sections.items():
            tables = [part.frame for part in section.evidence if isinstance(part, Table)]
            for frame in tables if key not in RANKINGS else []:
                assert not frame.isin(set(innocents["account_id"])).any(axis=None), f"{key} of {region}"


@pytest.mark.parametrize("month", MONTHS)
def test_the_cash_sales_are_ranked_nowhere_as_an_account_and_missing_in_no_total(
    month: str, report: MakeReport, innocents: pd.DataFrame
) -> None:
    pool = innocents[innocents["kind"] == "cash_sales_pool"].iloc[0]
    for region in (pool["region"], "all"):
        made = report(region, month)
        profit = made.results["profit"].set_index("owner_id")
        assert profit["revenue"].idxmax() == pool["account_id"]  # larger than any: it would come first
        for result, frame in (("keys", "frame"), ("now", "revenue"), ("now", "margin"), ("then", "revenue")):
            ranked = getattr(made.results[result], frame)
            assert len(ranked)
            assert pool["account_id"] not in set(ranked["owner_id"])
        regions = made.results["kam"].region_comparison(
            made.results["book"].ledger,
            made.results["book"].owners,
            window=made.results["book"].window,
            regions=[pool["region"]],
        )
        assert regions["revenue"].iloc[0] > profit.loc[pool["account_id"], "revenue"]


@pytest.mark.parametrize("month", MONTHS)
def test_the_account_that_should_be_a_key_account_leads_and_the_one_that_should_not_is_named(
    month: str, report: MakeReport, planted: pd.DataFrame, regions: list[str]
) -> None:
    for truth in planted[planted["kind"].isin({"mis_tiered_account", "rising_account"})].itertuples():
        made = report(truth.region, month)
        section, found = made.sections["key_list"], made.results["listed"]
        assert truth.name in made.said(section), truth.about
        is_missing = truth.account_id in set(found.missing["owner_id"])
        assert is_missing == (truth.account_id != "E1014")
        assert is_missing != (truth.account_id in set(found.undue["owner_id"]))
        if is_missing:
            row = found.missing.set_index("owner_id").loc[truth.account_id]
            assert row["is_rising"] == (truth.kind == "rising_account")
            assert section.amount is not None
            assert section.amount >= row["now"]
    # Nobody is called undue but the planted one and those that earn nothing on what they buy.
    undue = {
        owner for region in (*regions, "all") for owner in report(region, month).results["listed"].undue["owner_id"]
    }
    fakes = _ids(planted, "fake_big_account")
    assert "E1014" in undue
    assert undue <= fakes | {"E1014"}


@pytest.mark.parametrize("month", MONTHS)
def test_few_accounts_become_or_cease_to_be_key_accounts_by_chance(
    month: str, report: MakeReport, planted: pd.DataFrame, regions: list[str]
) -> None:
    # Most of the demo's accounts only fluctuate: no region has more moves than chance and its planted truths explain.
    guilty = set(planted.loc[planted["guilty"], "account_id"])
    for region in regions:
        moves = report(region, month).results["moves"]
        assert moves.review is not None
        assert 0 <= moves.by_chance < 3
        assert len(set(moves.frame["owner_id"]) - guilty) <= moves.at_most + 1


def test_accounts_under_one_control_are_one_and_foreign_money_is_converted(report: MakeReport) -> None:
    # The 52nd account of Central belongs to the 51st; the 41st of the South buys for dollars, 1.6 million yuan a year.
    central, south = report("Central", LATEST).results["now"], report("South", LATEST).results["profit"]
    ranked = set(central.revenue["owner_id"])
    assert "C3051" in ranked
    assert "C3052" not in ranked
    abroad = south.set_index("owner_id")["revenue"]["S2041"]
    assert 1.2e6 < abroad < 2.2e6


def test_who_buys_on_without_a_contract_is_named_and_a_late_renewal_is_not(
    report: MakeReport, planted: pd.DataFrame, regions: list[str]
) -> None:
    ran_out, late = (planted[planted["kind"] == kind].iloc[0] for kind in ("contract_ran_out", "renewed_late"))
    assert {who for region in regions for who in report(region, LATEST).named("renewals")} == {ran_out["account_id"]}
    assert ran_out["name"] in report(ran_out["region"], LATEST).said(
        report(ran_out["region"], LATEST).sections["renewals"]
    )
    # By the end of May it was 31 days without one, which is no sign yet; the late one was signed after three weeks.
    assert report(ran_out["region"], EARLIER).named("renewals") == set()
    assert late["account_id"] not in report("all", LATEST).named("renewals")


def test_a_lost_account_takes_its_margin_to_come_along_and_is_valued_no_more(
    report: MakeReport, truths: pd.DataFrame
) -> None:
    for truth in truths[truths["kind"] == "lost_account"].itertuples():
        values = report(truth.region, LATEST).results["values"]
        assert truth.account_id in set(values.gone["owner_id"])
        assert truth.account_id not in set(values.frame["owner_id"])
        assert (values.gone["value"] > values.gone["margin"]).all()
        # One or two of sixty: no statement on what a better retention would add.
        assert report(truth.region, LATEST).sections["retention_economics"].quiet


# How often chance accuses


@pytest.mark.parametrize("month", MONTHS)
def test_few_accounts_without_a_planted_truth_are_called_lost_or_partly_lost_or_overdue(
    month: str, report: MakeReport, truths: pd.DataFrame, regions: list[str]
) -> None:
    # Measured among 344 accounts: lost 0, partly lost 1 (June) and 4 (May), overdue 1 and 1. Of accounts that only
    # fluctuate nobody may be called lost, and one in fifty partly lost or overdue.
    planted = set(truths.loc[truths["kind"] != "price_attack", "account_id"])
    named = {
        key: set().union(*(report(region, month).named(key) for region in regions)) - planted
        for key in ("lost_accounts", "partial_defection", "overdue_accounts")
    }
    others = sum(len(report(region, month).results["profit"]) for region in regions) - len(planted)
    assert others > 300
    assert named["lost_accounts"] == set()
    assert len(named["partial_defection"]) <= 0.02 * others
    assert len(named["overdue_accounts"]) <= 0.02 * others


# Deliveries and white space


@pytest.mark.parametrize("month", MONTHS)
def test_who_was_served_late_and_buys_less_is_named_and_nobody_else(
    month: str, report: MakeReport, planted: pd.DataFrame, regions: list[str]
) -> None:
    late = planted[planted["guilty"] & (planted["kind"] == "late_deliveries")]
    assert len(late)
    for region in (*regions, "all"):
        expected = set(late["account_id"] if region == "all" else late.loc[late["region"] == region, "account_id"])
        assert report(region, month).named("delivery_service") == expected, region
    for truth in late.itertuples():
        made = report(str(truth.region), month)
        assert str(truth.name) in made.said(made.sections["delivery_service"])
        row = made.results["delivered"].followed.set_index("owner_id").loc[truth.account_id]
        # Planted: late from September to December 2024, with at most one line in five on time.
        assert (str(row["run_start"].date()), str(row["run_end"].date())) == ("2024-09-01", "2024-11-30")
        assert row["run_on_time"] <= 0.2 * row["run_orders"]


@pytest.mark.parametrize("month", MONTHS)
def test_white_space_is_told_of_no_pool_nor_of_who_has_left_or_moved_or_dropped_the_family(
    month: str, report: MakeReport, planted: pd.DataFrame, regions: list[str]
) -> None:
    without = planted[planted["kind"].isin(["lost_account", "cash_sales_pool", "moved_to_another_region"])]
    dropped = planted[planted["kind"] == "stopped_family"]
    for region in (*regions, "all"):
        found = report(region, month).results["space"].frame
        assert len(found)
        # Who has moved is a stranger to its old region and new to its own; for the company nothing has happened.
        gone = without[without["kind"] != "moved_to_another_region"] if region == "all" else without
        assert not set(found["owner_id"]) & set(gone["account_id"]), region
        cells = found[found["owner_id"].isin(dropped["account_id"])]
        assert not cells["family"].str.contains("Pesticide").any(), region


# Account plans and launches


@pytest.mark.parametrize("month", MONTHS)
def test_a_missed_plan_is_named_first_with_what_made_it_miss(
    month: str, report: MakeReport, planted: pd.DataFrame, regions: list[str]
) -> None:
    missed = planted[planted["kind"] == "plan_missed"]
    assert set(missed["object_id"]) == {"volume", "stopped", "price"}
    for truth in missed.itertuples():
        made = report(truth.region, month)
        section, row = made.sections["account_plans"], made.results["plans"].frame.iloc[0]
        assert row["owner_id"] == truth.account_id
        assert str(truth.name) in made.said(section)
        # The reason is the part of the bridge that goes down furthest.
        parts = ["volume", "mix", "price", "new", "stopped", "other"]
        assert row[parts].astype(float).idxmin() == truth.object_id
        if month == LATEST:
            for name in ("target", "actual", "past"):
                assert row[name] == pytest.approx(truth.figures[name], abs=1), name
    if month != LATEST:  # the plans fit the half-year: by May an order that comes a week late is a tenth
        return
    # Nobody else is a tenth behind but the accounts that were to buy less, or are lost.
    falls = ("lost_account", "partial_defection", "stopped_family", "overdue_account", "discount_loses_money")
    guilty = set(planted.loc[planted["kind"].isin(falls), "account_id"])
    for region in (*regions, "all"):
        plans = report(region, month).results["plans"].frame
        clearly = plans[plans["actual"] < 0.9 * plans["target"]]
        assert set(clearly["owner_id"]) <= guilty, region
        assert (plans["actual"] >= plans["target"]).any(), region


@pytest.mark.parametrize("month", MONTHS)
def test_the_launch_that_one_region_hardly_takes_up_stands_with_that_region(
    month: str, report: MakeReport, truths: pd.DataFrame, regions: list[str]
) -> None:
    truth = truths[truths["kind"] == "launch_not_taken_up"].iloc[0]
    company = report("all", month).results["fresh"].products.set_index("product_id")
    row = company.loc[truth["object_id"]]
    assert row["region"] == truth["region"]
    # Of no other launch that is older than its first season does a region fall so far behind.
    behind = (company["region_share"] / company["share"])[company["launched_on"] < "2025-01-01"]
    assert behind.idxmin() == truth["object_id"]
    assert behind.min() < 0.1 < behind.drop(truth["object_id"]).min()
    assert [report(region, month).results["fresh"].share > 0.03 for region in regions].count(True) == len(regions)


def test_the_revenue_bridge_of_every_region_adds_up_to_its_ledger(report: MakeReport, regions: list[str]) -> None:
    for region in (*regions, "all"):
        made = report(region, LATEST)
        totals, book = made.results["bridge"].totals, made.results["book"]
        parts = sum(totals[name] for name in ("volume", "mix", "price", "new", "stopped", "other"))
        assert totals["past"] + parts == pytest.approx(totals["now"], abs=0.01)
        own = made.results["kam"].in_window(book.ledger, book.window)["revenue"].sum()
        assert totals["now"] == pytest.approx(own, abs=0.01)


# How raters see us


@pytest.mark.parametrize("month", MONTHS)
def test_the_rival_that_catches_up_is_found_and_no_other_is_said_to(
    month: str, report: MakeReport, planted: pd.DataFrame, regions: list[str]
) -> None:
    rising = set(planted.loc[planted["kind"] == "rival_catching_up", "object_id"])
    assert len(rising) == 1
    found = {region: report(region, month).results["profile"].rivals for region in (*regions, "all")}
    caught = {region: set(one.loc[one["tier"] == "catching_up", "competitor_id"]) for region, one in found.items()}
    assert set().union(*caught.values()) == rising
    assert caught["all"] == rising
    # Of ten raters in a region; in the South their slopes differ too much to leave chance out.
    assert sum(one == rising for one in caught.values()) >= len(regions)
    # The one that is called stronger is rated higher by the makers of the demo; it gains nothing.
    assert set().union(*(one.loc[one["tier"] == "stronger", "competitor_id"] for one in found.values())) == {"landtech"}


@pytest.mark.parametrize("month", MONTHS)
def test_a_rival_leads_only_in_what_it_is_better_at(month: str, report: MakeReport, regions: list[str]) -> None:
    # Planted: Landtech is better at everything, in service by a tenth only; Ruifeng in price, in which we are worse.
    for region in (*regions, "all"):
        made = report(region, month).results
        lessons = made["strengths"].lessons
        assert set(lessons["competitor_id"]) <= {"landtech", "ruifeng"}, region
        assert set(lessons.loc[lessons["competitor_id"] == "ruifeng", "attribute"]) <= {"price"}, region
        assert "service" not in set(lessons["attribute"]), region
        more = made["value"].frame
        assert set(more.loc[more["verdict"] == "more", "competitor_id"]) <= {"landtech"}, region
        ahead = made["levels"].frame.query("verdict == 'ahead'")
        assert set(ahead["competitor_id"]) <= {"landtech", "ruifeng"}, region
        assert set(ahead.loc[ahead["competitor_id"] == "ruifeng", "level"]) <= {"price"}, region
    assert {"price", "quality"} <= set(report("all", month).results["strengths"].lessons["attribute"])


# Their prices


def test_the_attack_is_the_only_one_of_two_years_in_every_region(
    open_demo: OpenDemo, truths: pd.DataFrame, regions: list[str]
) -> None:
    # Compared are the prices of 90 days before: from April, when it began, to the last month.
    attack = truths[truths["kind"] == "price_attack"].iloc[0]
    found = set()
    for month in Period.parse("2023-07..2025-06"):
        for region in (*regions, "all"):
            book = open_demo(region, f"{month:%Y-%m}")
            made = kamreport.price_attacks(
                book.product_prices, book.competitor_prices, window=book.window, as_of=book.as_of, rules=book.rules
            )
            found |= {
                (region, f"{month:%Y-%m}", row.competitor_id, row.region, row.family) for row in made.frame.itertuples()
            }
    named = (attack["account_id"], attack["region"], "Fertiliser 化肥")
    months = ("2025-04", "2025-05", "2025-06")
    assert found == {(region, month, *named) for region in (attack["region"], "all") for month in months}


@pytest.mark.parametrize("month", MONTHS)
def test_every_key_account_that_buys_what_was_cut_has_its_offer_and_no_other_region_has_one(
    month: str, report: MakeReport, truths: pd.DataFrame, regions: list[str]
) -> None:
    attack = truths[truths["kind"] == "price_attack"].iloc[0]
    assert [region for region in regions if "counter_offers" in report(region, month).sections] == [attack["region"]]
    made = report(attack["region"], month)
    frame, keys = made.results["offers"].frame, set(made.results["keys"].frame["owner_id"])
    book, kam = made.results["book"], made.results["kam"]
    bought = kam.in_window(book.product_ledger, book.window).query("family == 'Fertiliser 化肥'")
    buyers = set(bought.groupby("owner_id")["revenue"].sum().loc[lambda sums: sums > 0].index) & keys
    assert set(frame.loc[frame["is_key"], "owner_id"]) == buyers == made.named("counter_offers")
    # He asks 4.5 % less than our usual price and cut that by 12 %: a gap of some 15 %, of which leaving costs 2 %.
    assert frame["gap"].tolist() == pytest.approx([0.15] * len(frame), abs=0.02)
    assert (frame["needed"] - frame["gap"]).tolist() == pytest.approx([-0.02] * len(frame))
    assert set(frame["verdict"]) <= {"match", "cannot"}


@pytest.mark.parametrize("month", MONTHS)
def test_who_asks_less_on_the_whole_is_called_cheaper_and_who_asks_more_is_not(
    month: str, report: MakeReport, regions: list[str]
) -> None:
    # Drawn at 93, 95.5, 98 and 103 % of a price that is ours give or take the discount.
    for region in (*regions, "all"):
        frame = report(region, month).results["index"].frame.set_index("competitor_id")
        assert frame.loc["huanong", "verdict"] in ("cheaper", *(["unclear"] if region != "all" else []))
        assert frame.loc["landtech", "verdict"] != "cheaper"
        assert (frame["fisher_items"] > 0).all()
        assert (frame["fisher_level"] - frame["level"]).abs().max() < 8


def test_the_rival_who_wins_our_deals_is_named_where_he_wins_them_and_nobody_else(
    report: MakeReport, planted: pd.DataFrame, regions: list[str], open_demo: OpenDemo
) -> None:
    ((place, rival),) = planted.loc[planted["kind"] == "deals_lost_to_rival", ["region", "object_id"]].values
    for region in (*regions, "all"):
        for period in ("2025-Q2", "2025-04", "2025-05", "2025-06"):
            book = open_demo(region, period)
            found = kamreport.win_rates(book.opportunities, window=book.window, rules=book.rules)
            accused = [] if found.worst is None else [found.worst["competitor_id"]]
            assert accused in ([[rival]] if region == place else [[]] if region != "all" else [[], [rival]])
            groups = kamreport.win_rates_by(book.opportunities, book.steps, window=book.window, rules=book.rules)
            assert [one.by for one in groups if one.worst is not None] == [], (region, period)
            if (region, period) == ("all", LATEST):
                first = kamreport.where_lost(book.opportunities, book.steps, found)[0].worst
                assert first is not None
                assert first["region"] == place
    made = report(place, LATEST)
    told, counted = made.results["rates"].worst, planted[planted["kind"] == "deals_lost_to_rival"].iloc[0]["figures"]
    assert {name: int(told[name]) for name in ("won", "others_won")} == {
        name: counted[name] for name in ("won", "others_won")
    }
    assert (told["n"], told["others_n"]) == (counted["decided"], counted["others_decided"])
    # The deals to act on are his and open.
    listed = made.results["contested"].frame.query("competitor_id == @rival")
    assert len(listed) > 0
    assert f"{len(listed)} open deals" in made.said(made.sections["win_rates"])


def test_losses_went_where_the_register_says_and_are_those_that_the_churn_chapter_counts(
    report: MakeReport, planted: pd.DataFrame, regions: list[str], open_demo: OpenDemo
) -> None:
    register = open_demo().defections.dropna(subset=["reason_on"])
    said = dict(zip(register["account_id"], register["competitor_id"], strict=True))
    seen = set()
    for region in regions:
        made = report(region, LATEST)
        cases, whole = made.results["gone"].cases, made.results["lost"].frame
        assert set(cases.loc[cases["kind"] == "lost", "owner_id"]) == set(whole["owner_id"])
        for kind in ("lost_account", "stopped_family", "partial_defection"):
            for one in planted.loc[(planted["kind"] == kind) & (planted["region"] == region), "account_id"]:
                own = cases[cases["owner_id"] == one]
                if len(own):
                    assert own["competitor_id"].tolist() == [said[one]], (region, one)
                    seen.add(kind)
        mistaken = planted.loc[planted["kind"] == "registered_and_buying", "account_id"]
        assert not set(cases["owner_id"]) & set(mistaken)
    assert seen == {"lost_account", "stopped_family", "partial_defection"}


# Suppliers and voices


def test_who_took_what_from_us_is_named_and_no_other_rival_nor_account(
    report: MakeReport, planted: pd.DataFrame, regions: list[str]
) -> None:
    taken = planted[planted["kind"] == "share_taken"]
    assert len(taken) == 5
    for region in (*regions, "all"):
        expected = taken if region == "all" else taken[taken["region"] == region]
        found = report(region, LATEST).results["shares"]
        assert set(zip(found.fell["account_id"], found.fell["rival"], strict=True)) == set(
            zip(expected["account_id"], expected["object_id"], strict=True)
        ), region
        assert set(found.takers["competitor_id"]) == set(expected["object_id"])
        assert len(found.givers) == 0
        assert report(region, LATEST).sections["switching"].quiet == (not len(expected))
        fell = found.fell.set_index("account_id")
        moved = fell["moved"] * (fell["end"] - fell["start"]).dt.days / 365
        for truth in expected.itertuples():
            # What moved to it from us, and what it took in all: shares of others err by half a point. In these months.
            assert moved[truth.account_id] == pytest.approx(truth.figures["taken"], rel=0.03)
        # By May the estimates of this year are not told yet.
        assert report(region, EARLIER).sections["switching"].quiet


@pytest.mark.parametrize("month", MONTHS)
def test_the_voices_against_us_are_told_of_the_planted_account_and_of_no_other(
    month: str, report: MakeReport, planted: pd.DataFrame, regions: list[str]
) -> None:
    truth = planted[planted["kind"] == "voices_against"].iloc[0]
    for region in (*regions, "all"):
        expected = {truth["account_id"]} if region in (truth["region"], "all") else set()
        assert report(region, month).named("stakeholders") == expected, region
    row = report(truth["region"], LATEST).results["voices"].against.iloc[0]
    assert (row["rated"], row["heaviest"]) == (truth["figures"]["rated"], -2)
    assert row["support"] == pytest.approx(truth["figures"]["support"], abs=1e-4)


# What rivals do


@pytest.mark.parametrize("month", MONTHS)
def test_the_move_that_nobody_has_answered_is_named_first_with_when_it_was_noticed(
    month: str, report: MakeReport, planted: pd.DataFrame, regions: list[str]
) -> None:
    truth = planted[planted["kind"] == "rival_move_unanswered"].iloc[0]
    made = report(truth["region"], month)
    row = made.results["moved"].frame.iloc[0]
    assert (row["event_id"], row["competitor_id"], row["is_open"]) == (truth["object_id"], "ruifeng", True)
    assert row["to_notice"] == truth["figures"]["days_to_notice"]
    assert row["depth"] == pytest.approx(truth["figures"]["depth"])
    said = made.said(made.sections["rival_moves"])
    assert "Ruifeng" in said
    assert f"noticed after {truth['figures']['days_to_notice']} days" in said
    for region in (*regions, "all"):
        # Whoever is named has truly not been answered, and nobody squeezes us.
        other = report(region, month)
        moved, book = other.results["moved"], other.results["book"]
        if not other.sections["rival_moves"].quiet:
            first = moved.frame.iloc[0]
            rows = book.competitor_events[book.competitor_events["event_id"] == first["event_id"]]
            assert rows["answered_on"].isna().any()
        assert other.sections["squeeze"].quiet, region


def test_all_competitors_moves_are_in_the_company_s_log_once(report: MakeReport, regions: list[str]) -> None:
    logs = {region: report(region, LATEST).results["moved"].frame for region in (*regions, "all")}
    assert logs["all"]["event_id"].is_unique
    assert set(logs["all"]["event_id"]) == {id_ for region in regions for id_ in logs[region]["event_id"]}


# Whom to answer


@pytest.mark.parametrize("month", MONTHS)
def test_the_rival_to_answer_is_the_one_who_attacks_and_no_other_is_accused_of_what_he_did_not_do(
    month: str, report: MakeReport, planted: pd.DataFrame, regions: list[str]
) -> None:
    attack = planted[planted["kind"] == "price_attack"].iloc[0]
    attacker, place = attack["account_id"], attack["region"]
    taken = planted[planted["kind"] == "share_taken"]
    takers = {region: set(taken.loc[taken["region"] == region, "object_id"]) for region in regions}
    for region in regions:
        frame = report(region, month).results["response"].frame.set_index("competitor_id")
        for signal, guilty in {
            "attack": {attacker} if region == place else set(),
            "deals": {attacker} if region == place else set(),
            "taken": takers[region],
            "squeeze": set(),
        }.items():
            assert set(frame.index[frame[signal] > 0]) <= guilty, (region, signal)
    for region in (place, "all"):
        made = report(region, month)
        assert made.results["response"].first["competitor_id"] == attacker
        assert made.results["response"].first["attack"] > 0
        said = made.said(made.sections["competitive_response"])
        assert said.startswith("Answer Ruifeng 瑞丰 first: ")
        assert "Fertiliser 化肥 prices cut by 1" in said
        assert " in South" in said
