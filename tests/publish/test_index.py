"""The index: all that is published and all that failed, latest first, harmless whatever a region is called."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup

from kamreport.errors import KamreportError
from kamreport.publish.files import write_atomically
from kamreport.publish.index import write_index
from kamreport.publish.manifest import write_period_manifest
from kamreport.publish.paths import slug
from kamreport.settings import Settings, load_settings
from tests.publish.desk import workspace
from tests.publish.payloads import PAYLOADS, elements, offences
from tests.publish.shelf import headline, put


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return workspace(tmp_path)


def failed(settings: Settings, region: str, period: str = "2025-06", **more: str) -> None:
    made = put(settings, region, period)
    for file in (settings.output / period / slug(region)).iterdir():
        file.unlink()
    told = {"state": "failed", "reason": "one: ValueError in cell 2", **more}
    write_period_manifest(settings.output, period, [made.model_copy(update=told)])


def index(settings: Settings) -> str:
    write_index(settings)
    return (settings.output / "index.html").read_text("utf-8")


def page(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def words(tag: Any) -> str:
    return " ".join(tag.get_text(" ").split())


def rows(html: str) -> list[list[str]]:
    return [[words(cell) for cell in row.find_all(["th", "td"])] for row in page(html).select("tbody tr")]


def regions(html: str) -> list[str]:
    return [words(tag) for tag in page(html).select("tbody th bdi")]


def test_periods_stand_latest_first_with_the_company_before_its_regions(settings: Settings) -> None:
    for period in ("2025-05", "2025-06"):
        for region in ("North", "all", "East"):
            put(settings, region, period)
    html = index(settings)
    assert [words(tag) for tag in page(html).find_all("h2")] == ["Jun 2025", "May 2025"]
    assert regions(html) == ["All regions", "East (en)", "North (en)"] * 2
    assert rows(html)[0] == ["All regions printed 1 Jul 2025", "¥1.2M", "¥300K", "English HTML PDF Excel"]
    heads = [words(tag) for tag in page(html).select("thead")[0].find_all("th")]
    assert heads == ["Region", "Revenue", "Margin", "Files"]
    # Each period can be gone to.
    assert [tag["href"] for tag in page(html).select("nav a")] == ["#2025-06", "#2025-05"]
    assert [tag["id"] for tag in page(html).select("section")] == ["2025-06", "2025-05"]


def test_the_languages_of_a_report_stand_side_by_side(settings: Settings) -> None:
    for language in ("en", "zh"):
        put(settings, "North", language=language)
    assert rows(index(settings)) == [
        ["North (en) printed 1 Jul 2025", "¥1.2M", "¥300K", "English HTML PDF Excel 中文 HTML PDF Excel"]
    ]


def test_two_reports_of_a_region_are_told_apart_by_their_titles(tmp_path: Path) -> None:
    listed = '[reports.monthly]\nchapters = ["one"]\nname = { en = "Monthly letter", zh = "月报" }\n'
    settings = workspace(tmp_path, reports=listed)
    put(settings, "North")
    put(settings, "North", report="gone")
    said = [words(tag) for tag in page(index(settings)).select("tbody th .note")]
    assert said == ["gone · printed 1 Jul 2025", "Monthly letter · printed 1 Jul 2025"]


@pytest.mark.parametrize(("listed", "title"), [('["zh", "en"]', "公司 · 报告"), ('["en", "zh"]', "Company · Reports")])
def test_the_index_speaks_the_first_language_of_the_settings(tmp_path: Path, listed: str, title: str) -> None:
    settings = workspace(tmp_path, settings=f"[print]\nlanguages = {listed}\n")
    for language in ("en", "zh"):
        put(settings, "North", language=language, headline=[headline("revenue", f"in {language}")])
    html = index(settings)
    assert words(page(html).title) == title
    assert rows(html)[0][1] == ("in zh" if title.startswith("公司") else "in en")


def test_where_all_is_chinese_the_index_is(settings: Settings) -> None:
    put(settings, "North", language="zh")
    put(settings, "all", language="zh")
    put(settings, "all", "2025-05", language="zh", **revised("¥118万", "¥120万"))
    failed(settings, "华东", "2025-04", reason="one: 出错")
    html = index(settings)
    soup = page(html)
    assert soup.html["lang"].startswith("zh")  # type: ignore[index, union-attr]
    assert [words(tag) for tag in soup.find_all("h2")] == ["2025年6月", "2025年5月"]
    assert words(soup.h1).startswith("公司")
    assert regions(html) == ["全部大区", "North (zh)", "全部大区"]
    assert words(soup.select_one(".failures .word")) == "✕ 失败"
    assert [words(tag) for tag in soup.select(".said")][1] == ("与2025年4月相比的变化 · 1份报告的数字与首次打印时不同")
    assert words(soup.select_one(".first")) == "≠ 首次打印为¥118万 (2025年6月2日)"


def test_every_link_leads_to_its_file(settings: Settings) -> None:
    names = ["all", "华东", "United Kingdom", "A/B #1?", "100% & <b>", "../etc", 'quo"te', "(unassigned)", "Île"]
    for region in names:
        put(settings, region)
    links = [str(tag["href"]) for tag in page(index(settings)).select("td a")]
    assert len(links) == len(set(links)) == 3 * len(names)
    for link in links:
        assert re.fullmatch(r"[A-Za-z0-9%._/-]+", link), link
        assert (settings.output / unquote(link)).resolve().is_relative_to(settings.output)
        assert (settings.output / unquote(link)).is_file()


def test_what_failed_is_named_with_its_reason(settings: Settings) -> None:
    put(settings, "East")
    failed(settings, "North")
    html = index(settings)
    said = [words(tag) for tag in page(html).select(".failures li")]
    assert said == ["monthly 2025-06 North en: one: ValueError in cell 2"]
    assert regions(html) == ["East (en)"]


def test_a_period_in_which_all_failed_is_told_too(settings: Settings) -> None:
    failed(settings, "North", "2025-07", state="timed out")
    html = index(settings)
    assert len(page(html).select(".failures li")) == 1
    assert rows(html) == []


def test_what_failed_and_was_printed_before_is_shown_as_both(settings: Settings) -> None:
    """The old report is still there to be read; that it is not the newest is said above."""
    old = put(settings, "North")
    write_period_manifest(settings.output, "2025-06", [old.model_copy(update={"state": "failed", "reason": "r"})])
    html = index(settings)
    assert len(page(html).select(".failures li")) == 1
    assert regions(html) == ["North (en)"]


def test_without_failures_nothing_is_said_of_them(settings: Settings) -> None:
    made = put(settings, "North")
    write_period_manifest(settings.output, "2025-06", [made.model_copy(update={"state": "reused"})])
    assert page(index(settings)).select(".failures") == []


def test_an_output_without_anything_has_an_index(settings: Settings) -> None:
    html = index(settings)
    assert rows(html) == []
    assert offences(html, page=True) == []


def test_a_region_without_a_figure_has_a_dash_in_its_place(settings: Settings) -> None:
    put(settings, "all")
    put(settings, "North", headline=[headline("margin", "¥7K")])
    assert [row[1:3] for row in rows(index(settings))] == [["¥1.2M", "¥300K"], ["–", "¥7K"]]


def test_the_columns_are_those_of_the_reports_whichever_comes_first(settings: Settings) -> None:
    """A report of one chapter alone has no headline figures, and must not take them from the others."""
    put(settings, "all", report="letter", headline=[])
    put(settings, "North")
    assert [row[1:-1] for row in rows(index(settings))] == [["–", "–"], ["¥1.2M", "¥300K"]]


def test_a_figure_says_what_its_report_says_under_it(settings: Settings) -> None:
    """The revenue of a month that is not over yet is not taken for that of a whole one."""
    put(settings, "all", headline=[{**headline("revenue", "¥1.2M"), "note": "incomplete: <b>"}])
    put(settings, "North", headline=[{**headline("revenue", "¥3M"), "note": ""}])
    assert [row[1] for row in rows(index(settings))] == ["¥1.2M incomplete: <b>", "¥3M"]


@pytest.mark.parametrize(
    ("now", "before", "better", "said", "css"),
    [
        (1.1, 1.0, "up", "▲ +10.0% better", "good"),
        (0.9, 1.0, "up", "▼ −10.0% worse", "bad"),
        (1.1, 1.0, "down", "▲ +10.0% worse", "bad"),
        (0.9, 1.0, "down", "▼ −10.0% better", "good"),
        (1.0, 1.0, "up", "＝ 0.0%", ""),
    ],
)
def test_a_figure_says_how_it_changed_and_whether_that_is_good(
    settings: Settings, now: float, before: float, better: str, said: str, css: str
) -> None:
    change = {1.1: "+10.0%", 0.9: "−10.0%", 1.0: "0.0%"}[now]
    told = headline("revenue", "¥1.2M", value=now, previous=before, better=better, change=change)
    put(settings, "North", headline=[told, headline("margin", "¥3K")])
    html = index(settings)
    # The second has nothing to be compared with.
    assert [words(tag) for tag in page(html).select(".change")] == [said]
    assert [tag["class"] for tag in page(html).select(".change")] == [["change", css] if css else ["change"]]
    assert words(page(html).select_one(".said")) == "Change since May 2025"


def revised(then: str, now: str) -> dict[str, Any]:
    """A figure that was first printed otherwise, beside one that was not."""
    told = [headline("revenue", now, value=1.2e6), headline("margin", "¥3K", value=3e3)]
    at = "2025-06-02T12:00:00Z"
    return {
        "headline": told,
        "first": {
            "revenue": {"text": then, "value": 1.18e6, "printed_at": at},
            "margin": {"text": "¥3K", "value": 3e3, "printed_at": at},
        },
    }


def test_a_figure_that_came_out_differently_says_both_values(settings: Settings) -> None:
    put(settings, "North", "2025-05", **revised("¥1.18M", "¥1.20M"))
    put(settings, "East", "2025-05")
    html = index(settings)
    assert rows(html)[1][1:3] == ["¥1.20M ≠ first printed as ¥1.18M on 2 Jun 2025", "¥3K"]
    assert len(page(html).select(".first")) == 1
    assert words(page(html).select_one(".said")) == (
        "Change since Apr 2025 · 1 report reads otherwise than when first printed"
    )


def test_a_report_that_is_damaged_is_marked_and_not_linked(settings: Settings) -> None:
    for language in ("en", "zh"):
        put(settings, "North", language=language)
    (settings.output / "2025-06" / "North" / "monthly.en.pdf").unlink()
    html = index(settings)
    assert rows(html)[0][-1] == "English ✕ damaged, print it again 中文 HTML PDF Excel"
    assert all(".zh." in str(tag["href"]) for tag in page(html).select("td a"))


def test_quarters_and_years_have_names_of_their_own(tmp_path: Path) -> None:
    settings = workspace(tmp_path, settings="[company]\nfiscal_year_start = 4\n")
    for period in ("2025-Q2", "2025", "2025-06"):
        put(settings, "North", period)
    names = [words(tag) for tag in page(index(settings)).find_all("h2")]
    # By time: the fiscal year ends in March 2026, its second quarter in September 2025.
    assert names == ["2025", "Q2 2025", "Jun 2025"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_index_is_sound_whatever_the_data_hold(tmp_path: Path, payload: str) -> None:
    company = json.dumps(payload, ensure_ascii=False).replace("\x7f", "")
    settings = workspace(tmp_path, settings=f"[company]\nname = {{ en = {company}, zh = {company} }}\n")
    hostile = {"key": payload, "label": payload, "text": payload, "note": payload, "change": payload, "value": 1.0}
    first = {payload: {"text": f"{payload} then", "value": 2.0, "printed_at": "2025-07-01T08:00:00Z"}}
    put(settings, payload, region_name={"en": payload, "zh": payload}, headline=[hostile], first=first)
    failed(settings, f"{payload} too", reason=payload)
    html = index(load_settings(settings.root))
    assert offences(re.sub(r'href="[A-Za-z0-9%._/-]+"', "", html), page=True) == []
    tags = [tag for tag, _ in elements(html)]
    assert (tags.count("h1"), tags.count("style"), tags.count("title"), tags.count("tr")) == (1, 1, 1, 2)
    (said,) = [attributes["content"] for tag, attributes in elements(html) if "http-equiv" in attributes]
    assert said.startswith("default-src 'none'; ")


def test_an_index_that_cannot_be_written_is_one_line(settings: Settings) -> None:
    settings.output.mkdir()
    (settings.output / "index.html").mkdir()
    with pytest.raises(KamreportError) as raised:
        write_index(settings)
    assert str(raised.value).startswith(f"{settings.output} cannot be written: ")


def test_a_manifest_that_cannot_be_read_hides_no_other(settings: Settings) -> None:
    put(settings, "North")
    write_atomically(settings.output / "2025-06" / "East" / "monthly.en.json", b"{")
    assert regions(index(settings)) == ["North (en)"]
