"""The index: all that is published and all that failed, latest first, harmless whatever a region is called."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup

from kamreport.errors import KamreportError
from kamreport.publish.files import write_atomically, write_together
from kamreport.publish.index import write_index
from kamreport.publish.manifest import Printed, published, write_period_manifest
from kamreport.publish.paths import slug
from kamreport.settings import Settings, load_settings
from tests.publish.desk import workspace
from tests.publish.payloads import PAYLOADS, elements, offences

ENDINGS = ("html", "pdf", "xlsx")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return workspace(tmp_path)


def put(settings: Settings, region: str, period: str = "2025-06", language: str = "en", **more: Any) -> Printed:
    """Publish a report of three files as the press would."""
    stem = f"{more.get('report', 'monthly')}.{language}"
    files = {f"{stem}.{ending}": f"{region} {ending}".encode() for ending in ENDINGS}
    told: dict[str, Any] = {
        "report": "monthly",
        "region": region,
        "region_name": {"en": f"{region} (en)", "zh": f"{region} (zh)"},
        "period": period,
        "language": language,
        "chapters": ["one"],
        "parameters": {},
        "state": "done",
        "key": "k",
        "printed_at": "2025-07-01T08:00:00Z",
        "seconds": 1.0,
        "files": published(files),
        "headline": [headline("revenue", "¥1.2M"), headline("margin", "¥300K")],
    }
    made = Printed.model_validate({**told, **more})
    folder = settings.output / period / slug(region)
    write_together(folder, {**files, f"{stem}.json": made.model_dump_json().encode()})
    return made


def headline(key: str, text: str) -> dict[str, Any]:
    return {"key": key, "label": key.title(), "text": text, "value": 1.0}


def failed(settings: Settings, region: str, period: str = "2025-06", reason: str = "one: ValueError in cell 2") -> None:
    made = put(settings, region, period)
    for file in (settings.output / period / slug(region)).iterdir():
        file.unlink()
    write_period_manifest(settings.output, period, [made.model_copy(update={"state": "failed", "reason": reason})])


def index(settings: Settings) -> str:
    write_index(settings)
    return (settings.output / "index.html").read_text("utf-8")


def page(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def words(tag: Any) -> str:
    return " ".join(tag.get_text(" ").split())


def rows(html: str) -> list[list[str]]:
    return [[words(cell) for cell in row.find_all("td")] for row in page(html).select("tbody tr")]


def test_periods_stand_latest_first_with_the_company_before_its_regions(settings: Settings) -> None:
    for period in ("2025-05", "2025-06"):
        for region in ("North", "all", "East"):
            put(settings, region, period)
    html = index(settings)
    assert [words(tag) for tag in page(html).find_all("h2")] == ["Jun 2025", "May 2025"]
    assert [row[0] for row in rows(html)] == ["All regions", "East (en)", "North (en)"] * 2
    assert rows(html)[0] == ["All regions", "monthly", "¥1.2M", "¥300K", "English: html pdf xlsx"]
    heads = [words(tag) for tag in page(html).select("thead")[0].find_all("th")]
    assert heads == ["Region", "Report", "Revenue", "Margin", "Files"]


def test_the_languages_of_a_report_stand_side_by_side(settings: Settings) -> None:
    for language in ("en", "zh"):
        put(settings, "North", language=language)
    assert rows(index(settings)) == [
        ["North (en)", "monthly", "¥1.2M", "¥300K", "English: html pdf xlsx 中文: html pdf xlsx"]
    ]


def test_where_all_is_chinese_the_index_is(settings: Settings) -> None:
    put(settings, "North", language="zh")
    put(settings, "all", language="zh")
    failed(settings, "华东", "2025-05", reason="one: 出错")
    html = index(settings)
    soup = page(html)
    assert soup.html["lang"].startswith("zh")  # type: ignore[index, union-attr]
    assert [words(tag) for tag in soup.find_all("h2")] == ["2025年6月"]
    assert words(soup.h1).startswith("公司")
    assert [row[0] for row in rows(html)] == ["全部大区", "North (zh)"]
    assert words(soup.select_one(".failures")).startswith("失败")


def test_every_link_leads_to_its_file(settings: Settings) -> None:
    regions = ["all", "华东", "United Kingdom", "A/B #1?", "100% & <b>", "../etc", 'quo"te', "(unassigned)", "Île"]
    for region in regions:
        put(settings, region)
    links = [str(tag["href"]) for tag in page(index(settings)).find_all("a")]
    assert len(links) == len(set(links)) == 3 * len(regions)
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
    assert [row[0] for row in rows(html)] == ["East (en)"]


def test_a_period_in_which_all_failed_is_told_too(settings: Settings) -> None:
    failed(settings, "North", "2025-07")
    html = index(settings)
    assert len(page(html).select(".failures li")) == 1
    assert rows(html) == []


def test_what_failed_and_was_printed_before_is_shown_as_both(settings: Settings) -> None:
    """The old report is still there to be read; that it is not the newest is said above."""
    old = put(settings, "North")
    write_period_manifest(settings.output, "2025-06", [old.model_copy(update={"state": "failed", "reason": "r"})])
    html = index(settings)
    assert len(page(html).select(".failures li")) == 1
    assert [row[0] for row in rows(html)] == ["North (en)"]


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
    assert [row[2:4] for row in rows(index(settings))] == [["¥1.2M", "¥300K"], ["–", "¥7K"]]


def test_the_columns_are_those_of_the_reports_whichever_comes_first(settings: Settings) -> None:
    """A report of one chapter alone has no headline figures, and must not take them from the others."""
    put(settings, "all", report="letter", headline=[])
    put(settings, "North")
    assert [row[2:-1] for row in rows(index(settings))] == [["–", "–"], ["¥1.2M", "¥300K"]]


def test_a_figure_says_what_its_report_says_under_it(settings: Settings) -> None:
    """The revenue of a month that is not over yet is not taken for that of a whole one."""
    put(settings, "all", headline=[{**headline("revenue", "¥1.2M"), "note": "incomplete: <b>"}])
    put(settings, "North", headline=[{**headline("revenue", "¥3M"), "note": ""}])
    assert [row[2] for row in rows(index(settings))] == ["¥1.2M incomplete: <b>", "¥3M"]


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
    hostile = {"key": payload, "label": payload, "text": payload}
    put(settings, payload, region_name={"en": payload, "zh": payload}, headline=[hostile])
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
    assert [row[0] for row in rows(index(settings))] == ["North (en)"]
