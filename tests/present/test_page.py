"""The page of a notebook: what it shows, what it records, and what it refuses."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from kamreport.errors import UsageError
from kamreport.language import Money, Number, Share, text
from kamreport.present.page import CHAPTERS
from kamreport.present.section import Column, Headline, Section, Table, Who, line
from kamreport.record import MIME, read_record

from . import frames as f
from .conftest import OpenPage, Shown
from .saying import Tags, headline, section

TITLE = {"en": "Our own finding", "zh": "自己的发现"}
FRAME = pd.DataFrame({"name": ["Acme", "瑞丰"], "amount": [1234.5, -2.0]})


def _finding(key: str = "one", **more: Any) -> Section:
    return Section(key, text("{name} is lost.", name="Acme"), **more)


# A section of ours


@pytest.mark.parametrize(
    ("variant", "language"), [("lost_accounts_section", "en"), ("overdue_accounts_section: none", "zh")]
)
def test_one_output_has_three_forms_and_its_record_is_valid(
    variant: str, language: str, open_page: OpenPage, shown: Shown
) -> None:
    open_page(language).show(section(variant))
    (output,) = shown
    assert set(output.bundle) == {"text/html", MIME, "text/plain"}
    record = read_record(output.bundle[MIME], where="the test")
    assert output.bundle["text/plain"] == record.title
    assert (record.id, record.language, record.region, record.period) == (
        f"churn/{record.key}", language, "North", "2025-06",
    )  # fmt: skip
    assert f'lang="{language}"' in output.html


def test_a_finding_in_full_shows_title_stake_evidence_actions_and_basis(open_page: OpenPage, shown: Shown) -> None:
    open_page().show(section("lost_accounts_section"))
    html, record = shown[0].html, shown[0].record
    assert (record.layout, record.texts["stake"]) == ("section", "¥200K lost")
    for said in (record.title, record.texts["stake"], "恒泰农资", "What to do", *record.basis, *record.actions):
        assert said in html
    first = record.accounts[0]
    assert (first.id, first.amount, first.owner) == ("A000", 200_000.0, "P1")


def test_a_chart_is_a_picture_with_a_sentence_for_those_who_cannot_see_it(open_page: OpenPage, shown: Shown) -> None:
    open_page().show(section("retention_section"))
    images = [attributes for tag, attributes in Tags(shown[0].html).found if tag == "img"]
    assert [one["alt"] for one in images] == ["Revenue bridge from the 12 months before to the last 12 months."]
    (picture,) = shown[0].record.pictures
    assert images[0]["src"] == f"data:image/png;base64,{picture.png}"


@pytest.mark.parametrize(
    ("amount", "period", "cadence", "quiet", "layout"),
    [
        (9_999.0, "2025-06", "month", False, "line"),
        (10_000.0, "2025-06", "month", False, "section"),
        (None, "2025-06", "month", False, "section"),
        (float("nan"), "2025-06", "month", False, "section"),
        (None, "2025-06", "quarter", False, "line"),
        (None, "2025-Q2", "quarter", False, "section"),
        (None, "2025-Q2", "year", False, "line"),
        (None, "2025", "year", False, "section"),
        (None, "2025-06", "month", True, "line"),
        (None, "2025-06", "quarter", True, "silent"),
        (None, "2025-Q2", "quarter", True, "line"),
    ],
)
def test_what_is_not_material_or_not_of_this_edition_is_a_line(
    amount: float | None, period: str, cadence: Any, quiet: bool, layout: str, open_page: OpenPage, shown: Shown
) -> None:
    """Material is 0.5 % of the window's 1,000,000, at least 10,000."""
    page = open_page(period=f.Period.parse(period))
    page.show(_finding(nature="at_risk", amount=amount, cadence=cadence, quiet=quiet))
    assert shown[0].record.layout == layout
    assert ("<section" in shown[0].html) is (layout == "section")


def test_what_leads_its_chapter_prints_whatever_its_amount(open_page: OpenPage, shown: Shown) -> None:
    open_page().show(_finding(nature="at_risk", amount=1.0, leads=True))
    assert (shown[0].record.layout, shown[0].record.leads) == ("section", True)


def test_what_stands_still_prints_its_first_picture_and_what_moved_prints_all(
    open_page: OpenPage, shown: Shown
) -> None:
    page = open_page(period=f.Period.parse("2025-Q2"))
    whale = section("whale_curve_section")
    page.show(whale)
    page.show(replace(whale, key="moved", cadence="month"))
    assert ["<table" in one.html for one in shown] == [False, True]
    assert all(len(one.record.pictures) == 1 and one.record.tables for one in shown)


@pytest.mark.parametrize(
    ("most", "cadence", "rows"), [(12, "quarter", 6), (4, "quarter", 4), (45, "quarter", 40), (12, "month", 12)]
)
def test_a_table_of_what_stands_still_has_few_rows_unless_it_is_to_be_seen_whole(
    most: int, cadence: Any, rows: int, open_page: OpenPage, shown: Shown
) -> None:
    frame = pd.DataFrame({"name": [f"a{number}" for number in range(40)]})
    table = Table(frame, [Column("name", text("Account"), "name")], most=most)
    open_page(period=f.Period.parse("2025-Q2")).show(_finding(evidence=[table], cadence=cadence))
    assert shown[0].html.count("<tr") == rows + 1
    assert len(shown[0].record.tables[0].rows) == 40


def test_rows_behind_a_line_are_in_the_workbook_and_its_picture_is_not_drawn(open_page: OpenPage, shown: Shown) -> None:
    open_page().show(section("whale_curve_section"))
    record = shown[0].record
    assert (record.layout, len(record.tables), record.pictures) == ("line", 1, [])


def test_more_is_material_where_the_region_is_larger(open_page: OpenPage) -> None:
    assert open_page(revenue=1e6).threshold == 10_000.0
    assert open_page(revenue=1e9).threshold == 5_000_000.0


def test_unknown_and_infinite_amounts_do_not_reach_the_record(open_page: OpenPage, shown: Shown) -> None:
    who = [Who("a", "A\u202e", float("inf")), Who("b", "B", None)]
    open_page().show(_finding(nature="at_risk", amount=f.NAN, low=f.NAN, high=float("inf"), who=who))
    record = shown[0].record
    assert (record.amount, record.low, record.high) == (None, None, None)
    assert [(one.name, one.amount) for one in record.accounts] == [("A", None), ("B", None)]


# What the page refuses, and what it says in a line


def test_nothing_is_shown_before_the_chapter_is_opened(open_page: OpenPage) -> None:
    page = open_page()
    page._chapter = ""
    with pytest.raises(
        UsageError, match=r"^nothing can be shown before the chapter is opened; call page.chapter first$"
    ):
        page.show(_finding())


def test_a_section_is_shown_once(open_page: OpenPage) -> None:
    page = open_page()
    page.show(FRAME, title=TITLE)
    with pytest.raises(
        UsageError, match=r"^the section 'own_our_own_finding' is shown twice on this page; give one another key$"
    ):
        page.show(FRAME, title=TITLE)
    page.show(FRAME, title=TITLE, key="second")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_opens_with_its_question_and_the_style(
    name: str, language: str, open_page: OpenPage, shown: Shown
) -> None:
    open_page(language).chapter(name)
    (output,) = shown
    assert (output.record.kind, output.record.id) == ("chapter", name)
    assert output.record.texts["question"]
    assert "<style>" in output.html


def test_an_unknown_chapter_is_named_with_the_nearest_and_the_way_out(open_page: OpenPage, shown: Shown) -> None:
    with pytest.raises(UsageError) as error:
        open_page().chapter("chrun")
    assert str(error.value) == (
        "chapter 'chrun' does not exist; did you mean 'churn'? Known: basis, churn, competitors, cover, "
        "customer_value. Give your own a title={'en': ..., 'zh': ...}"
    )
    open_page("zh").chapter("logistics", title={"en": "Logistics", "zh": "物流"})
    assert (shown[-1].record.title, shown[-1].record.id) == ("物流", "logistics")


@pytest.mark.parametrize(
    ("needed", "months", "line"),
    [
        (("opportunities",), 0, "Not shown: the data hold no opportunities."),
        (("transactions", "cost"), 0, "Not shown: the data hold no transactions.cost."),
        (("transactions",), 48, "What compares 48 months of data is not shown: they begin on 1 Jul 2022."),
    ],
)
def test_what_a_section_lacks_is_said_in_one_line_once(
    needed: tuple[str, ...], months: int, line: str, open_page: OpenPage, shown: Shown
) -> None:
    page = open_page()
    assert page.requires(*needed, months=months) is False
    assert page.requires(*needed, months=months) is False
    assert [(one.record.title, one.record.layout) for one in shown] == [(line, "line")]


def test_what_a_section_has_is_not_spoken_of(open_page: OpenPage, shown: Shown) -> None:
    # The history begins three years before the window's end.
    assert open_page().requires("transactions", "revenue", months=36)
    assert shown == []


# Headline figures


def _headline(**more: Any) -> Headline:
    return Headline("k", text("Revenue"), **{"value": Money(120.0), **more})


@pytest.mark.parametrize(
    ("more", "said", "arrow", "mark"),
    [
        ({"previous": Money(100.0)}, "+20.0%", "▲", "good"),
        ({"previous": Money(150.0)}, "−20.0%", "▼", "bad"),
        ({"previous": Money(150.0), "better": "down"}, "−20.0%", "▼", "good"),
        ({"previous": Money(100.0), "better": "down"}, "+20.0%", "▲", "bad"),
        ({"previous": Money(120.0)}, "0.0%", "＝", ""),
        # Against nothing or a loss a percentage means nothing.
        ({"previous": Money(0.0)}, "+¥120", "▲", "good"),
        ({"previous": Money(-30.0)}, "+¥150", "▲", "good"),
        ({"value": Share(0.9), "previous": Share(0.85)}, "+5.0 points", "▲", "good"),
        ({"value": Number(2, 0), "previous": Number(5, 0), "better": "down"}, "−3", "▼", "good"),
    ],
)
def test_a_change_has_number_arrow_and_judgement(
    more: dict[str, Any], said: str, arrow: str, mark: str, open_page: OpenPage, shown: Shown
) -> None:
    open_page().show(_headline(**more))
    html = " ".join(shown[0].html.split())
    assert shown[0].record.texts["previous"] == said
    assert f'<span class="change {mark}"> <span class="arrow">{arrow}</span> {said}' in html


@pytest.mark.parametrize("other", [None, Money(f.NAN)])
def test_without_anything_to_compare_there_is_no_change(other: Money | None, open_page: OpenPage, shown: Shown) -> None:
    open_page().show(_headline(previous=other))
    assert (shown[0].record.texts["previous"], "arrow" in shown[0].html) == ("", False)


def test_an_unknown_value_is_said_as_such(open_page: OpenPage, shown: Shown) -> None:
    open_page().show(_headline(value=Money(f.NAN), previous=Money(1.0)))
    assert (shown[0].record.value, shown[0].record.texts["value"], shown[0].record.texts["previous"]) == (
        None, "n/a", "",
    )  # fmt: skip


def test_a_headline_is_recorded_as_a_figure_with_its_trend(open_page: OpenPage, shown: Shown) -> None:
    open_page("zh").show(headline("total_headline"))
    record = shown[0].record
    assert (record.kind, record.key, record.title, record.value, record.plan) == (
        "figure", "revenue", "收入", 1.2e6, 1.1e6,
    )  # fmt: skip
    assert 'src="data:image/svg+xml;base64,' in shown[0].html


# Outside a notebook


def test_a_plain_script_prints_the_finding_alone(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = open_page()
    monkeypatch.undo()
    page.show(_finding(evidence=[Table(FRAME, [])]))
    assert capsys.readouterr().out == "Acme is lost.\n"


TABLES = ("competitor_prices", "competitors", "opportunities.competitor_id")


def test_a_chapter_without_any_of_its_tables_says_so_in_one_line_and_nothing_more(
    open_page: OpenPage, shown: Shown
) -> None:
    page = open_page("en")
    assert not page.expects_any(*TABLES, instead=line("first", text("Collect prices first.")))
    assert not page.requires("competitor_prices")
    assert not page.requires("opportunities")
    (output,) = shown
    assert (output.record.title, output.record.layout) == ("Collect prices first.", "line")
    assert output.record.texts["missing"] == "competitor_prices"


@pytest.mark.parametrize("mapped", [{"competitors": ["name"]}, {"opportunities": ["competitor_id"]}])
def test_with_any_of_its_tables_a_chapter_says_of_each_other_what_is_missing(
    mapped: dict[str, list[str]], open_page: OpenPage, shown: Shown
) -> None:
    page = open_page("en", mapped=mapped)
    assert page.expects_any(*TABLES, instead=line("first", text("Collect prices first.")))
    assert not page.requires("competitor_prices")
    assert [output.record.title for output in shown] == ["Not shown: the data hold no competitor_prices."]
