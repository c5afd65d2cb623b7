"""The PDF: fetches nothing, is not believed, and reads like a book: title, bookmarks, running heads, page numbers."""

import base64
import ctypes
import gc
import os
import subprocess
import sys
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib
import pypdfium2
import pytest
from PIL import Image, ImageChops
from pypdfium2 import raw

from kamreport.errors import PrintError
from kamreport.present.fonts import CHINESE
from kamreport.publish.pdf import check_pdf, cover_picture, print_pdf, printer
from kamreport.publish.report import assemble
from kamreport.record import MIME
from tests.publish.desk import Bundle, batch, bundle, executed, figure, opening, plan, png, record, workspace
from tests.publish.payloads import Listener

PICTURE = f"<img alt='' src='data:image/png;base64,{png()}'>"


def html(body: str, head: str = "") -> str:
    return f"<!DOCTYPE html><html lang=en><head><title>T</title>{head}</head><body>{PICTURE}{body}</body></html>"


def text_of(pdf: bytes, page: int) -> str:
    """Text of a page, its blanks as single ones."""
    document = pypdfium2.PdfDocument(pdf)
    said = document[page].get_textpage().get_text_range()
    document.close()
    return " ".join(said.split())


class TestNothingIsFetched:
    @pytest.mark.parametrize(
        "page",
        [
            html("<img src='{address}'>"),
            html("<p style='background: url({address})'>x"),
            html("", "<link rel=stylesheet href='{address}'>"),
            html("", "<link rel=attachment href='{address}'>"),
            html("<a rel=attachment href='{address}'>x</a>"),
            html("", "<style>@import '{address}';</style>"),
            html("", "<style>@font-face {{ font-family: f; src: url({address}) }} p {{ font-family: f }}</style>"),
            html("<object data='{address}'></object>"),
            html("<embed src='{address}'>"),
            html("", "<base href='{address}'><link rel=stylesheet href='style.css'>"),
        ],
    )
    @pytest.mark.parametrize("kind", ["file", "redirect"])
    def test_a_page_that_refers_to_anything_is_refused(
        self, tmp_path: Path, listener: Listener, page: str, kind: str
    ) -> None:
        (tmp_path / "secret.css").write_text("CANARY")
        addresses = {
            "file": (tmp_path / "secret.css").as_uri(),
            "redirect": f"http://127.0.0.1:{listener.port}/away",
        }
        with pytest.raises(PrintError) as raised:
            print_pdf(page.replace("{address}", addresses[kind]).replace("{{", "{").replace("}}", "}"), must_say=[])
        assert str(raised.value) == "the page refers to a file or an address, which a report may not"
        assert listener.asked == []

    def test_a_picture_within_a_picture_that_the_page_carries_is_not_fetched(
        self, tmp_path: Path, listener: Listener
    ) -> None:
        """A drawing that refers to another picture is printed without it."""
        (tmp_path / "secret.png").write_bytes(base64.b64decode(png(64, 64)))
        sizes = set()
        for address in ("", (tmp_path / "secret.png").as_uri(), f"http://127.0.0.1:{listener.port}/x.png"):
            drawing = f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{address}" width="9" height="9"/></svg>'
            source = base64.b64encode(drawing.encode()).decode()
            page = html("<p>Padding</p>" * 20 + f"<img src='data:image/svg+xml;base64,{source}'>")
            sizes.add(len(print_pdf(page, must_say=[])[0]))
        assert len(sizes) == 1
        assert listener.asked == []

    def test_what_a_page_carries_itself_is_printed(self) -> None:
        pdf, _ = print_pdf(html("<p>Hello"), must_say=["Hello"])
        document = pypdfium2.PdfDocument(pdf)
        kinds = [one.type for one in document[0].get_objects()]
        document.close()
        assert raw.FPDF_PAGEOBJ_IMAGE in kinds


@pytest.fixture(scope="module")
def three_pages() -> bytes:
    breaks = "".join(f"<h1 style='break-after: page'>Page {word}</h1>" for word in ("one", "two", "three"))
    pdf, pages = print_pdf(html(breaks), must_say=[])
    assert pages == 3
    return pdf


def without_pages() -> bytes:
    buffer = BytesIO()
    pypdfium2.PdfDocument.new().save(buffer)
    return buffer.getvalue().replace(b"%%EOF", b"%" + b"x" * 5000 + b"\n%%EOF")


def with_a_borrowed_typeface() -> bytes:
    """A PDF that names Helvetica and does not carry it."""
    document = pypdfium2.PdfDocument.new()
    page = document.new_page(595, 842)
    said = raw.FPDFPageObj_NewTextObj(document, b"Helvetica", 12.0)
    raw.FPDFText_SetText(said, ctypes.cast("Hello\0".encode("utf-16-le"), raw.FPDF_WIDESTRING))
    raw.FPDFPage_InsertObject(page, said)
    page.gen_content()
    buffer = BytesIO()
    document.save(buffer)
    document.close()
    return buffer.getvalue().replace(b"%%EOF", b"%" + b"x" * 5000 + b"\n%%EOF")


class TestWhatCountsAsGood:
    def test_a_whole_pdf_that_says_its_words_is_good_however_they_are_broken(self, three_pages: bytes) -> None:
        assert check_pdf(three_pages, must_say=["Page one", "Page  \n two"]) == 3

    @pytest.mark.parametrize("text", ["Page three", "Page four", "2025年6月"])
    def test_what_is_not_on_the_first_two_pages_is_missing(self, three_pages: bytes, text: str) -> None:
        with pytest.raises(PrintError) as raised:
            check_pdf(three_pages, must_say=["Page one", text])
        assert str(raised.value) == f"the PDF does not say '{text}' on its first pages; is a typeface missing?"

    @pytest.mark.parametrize(
        ("spoil", "reason"),
        [
            (lambda _: b"", "the PDF is not whole (0 bytes)"),
            (lambda pdf: pdf[: len(pdf) // 2], "the PDF is not whole"),
            (lambda pdf: pdf[:-8], "the PDF is not whole"),
            (lambda pdf: pdf + b"\0" * 2000, "the PDF is not whole"),
            (lambda pdf: b"\n" + pdf, "the PDF is not whole"),
            (lambda _: b"<html>" * 1000 + b"%%EOF", "the PDF is not whole"),
            (lambda _: b"%PDF-1.7\n%%EOF", "the PDF is not whole (14 bytes)"),
            (lambda _: b"%PDF-1.7\n" + b"\0" * 5000 + b"%%EOF", "the PDF cannot be opened"),
            (lambda _: without_pages(), "the PDF cannot be opened"),
        ],
    )
    def test_what_is_not_a_whole_pdf_is_refused(self, three_pages: bytes, spoil: Any, reason: str) -> None:
        with pytest.raises(PrintError) as raised:
            check_pdf(spoil(three_pages), must_say=[])
        assert str(raised.value).startswith(reason)

    def test_a_pdf_that_does_not_carry_its_typeface_is_refused(self) -> None:
        with pytest.raises(PrintError) as raised:
            check_pdf(with_a_borrowed_typeface(), must_say=["Hello"])
        assert str(raised.value).startswith("the PDF does not carry its typeface 'Helvetica'; install one: ")

    def test_a_blank_page_is_refused(self) -> None:
        with pytest.raises(PrintError):
            print_pdf(html(""), must_say=["Jun 2025"])

    def test_the_cover_becomes_a_picture_of_1240_pixels(self, three_pages: bytes) -> None:
        with Image.open(BytesIO(cover_picture(three_pages))) as picture:
            assert (picture.format, picture.size) == ("PNG", (1240, 1754))  # A4 is 1 by 1.414
            shown = picture.convert("RGB")
        document = pypdfium2.PdfDocument(three_pages)
        page = document[0].render(scale=1240 / document[0].get_width()).to_pil().convert("RGB")
        document.close()
        # The picture's few colours lie near those of the page, and its ground is white.
        far = [most for _, most in ImageChops.difference(shown, page).getextrema()]
        assert max(far) <= 16  # type: ignore[type-var]
        assert (shown.getpixel((2, 2)), page.getpixel((2, 2))) == ((255, 255, 255), (255, 255, 255))
        assert len(page.getcolors() or ()) > 1


TRAPS = ("C:\\Users", "/home/", "/root", "/tmp", "file:")


def chinese(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, "language": "zh"}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small Chinese report of two chapters, the first with a table over three pages."""
    settings = workspace(tmp_path_factory.mktemp("press"), chapters={"one": [], "two": []})
    made = batch(settings, "华东")
    (job,) = plan(made, languages=["zh"])
    table = "<table>" + "".join(f"<tr><td>行 {row}</td></tr>" for row in range(110)) + "</table>"
    chapters = {
        "one": [opening(title="客户价值"), record(title="三家客户流失", amount=9e5), record("b", title="价格下跌")],
        "two": [opening("two", title="竞争对手"), record("c", chapter="two", title="份额下降")],
    }
    notebooks = {
        name: executed(*(bundle(chinese({**one, "region": "华东"})) for one in told)) for name, told in chapters.items()
    }
    shown = notebooks["one"].cells[0].outputs[2].data
    shown["text/html"] = f"<div class='kam'><section><h3>价格下跌</h3>{table}</section></div>"
    return print_pdf(assemble(job, notebooks, made, None).html, must_say=["2025年6月"])[0]


class TestReadsLikeABook:
    def test_it_has_a_title_a_language_and_tags(self, report: bytes) -> None:
        document = pypdfium2.PdfDocument(report)
        title = document.get_metadata_value("Title")
        tagged = raw.FPDFCatalog_IsTagged(document)
        buffer = (raw.FPDF_WCHAR * 32)()
        length = raw.FPDFCatalog_GetLanguage(document, buffer, 64)
        document.close()
        assert title == "公司 · 大客户报告 · 华东 · 2025年6月"
        assert tagged
        assert bytes(buffer)[: length - 2].decode("utf-16-le") == "zh-CN"

    def test_its_bookmarks_are_cover_chapters_and_findings_on_their_pages(self, report: bytes) -> None:
        document = pypdfium2.PdfDocument(report)
        marks = [(one.level, one.get_title(), one.get_dest().get_index()) for one in document.get_toc()]
        document.close()
        assert marks == [
            (0, "公司 · 大客户报告 · 华东", 0),
            (0, "客户价值", 1),
            (1, "三家客户流失", 1),
            (1, "价格下跌", 1),
            (0, "竞争对手", 3),
            (1, "份额下降", 3),
        ]

    def test_the_contents_name_the_pages_of_the_chapters(self, report: bytes) -> None:
        said = text_of(report, 1).replace(".", "")
        assert said.startswith("目录 客户价值2 竞争对手4 ")

    def test_every_page_but_the_cover_says_region_period_number_and_the_chapter_it_starts_in(
        self, report: bytes
    ) -> None:
        foot = "内部资料，请勿外传 · 数据截至2025年6月30日"
        assert text_of(report, 0).endswith(f"{foot} 1 / 4")
        assert "华东 · 2025年6月 客户价值" not in text_of(report, 0)
        # The second page starts with the contents.
        for number, chapter in ((1, ""), (2, " 客户价值"), (3, " 客户价值")):
            assert text_of(report, number).endswith(f"华东 · 2025年6月{chapter} {foot} {number + 1} / 4")

    def test_its_typefaces_are_ours_and_it_carries_them(self, report: bytes) -> None:
        """Chinese text in a typeface without Chinese is boxes (R18)."""
        document = pypdfium2.PdfDocument(report)
        texts = [one for page in document for one in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT])]
        faces = set()
        for font in map(raw.FPDFTextObj_GetFont, texts):
            name = ctypes.create_string_buffer(128)
            raw.FPDFFont_GetBaseFontName(font, name, 128)
            faces.add((name.value.decode().partition("+")[2].removesuffix("-Bold"), raw.FPDFFont_GetIsEmbedded(font)))
        document.close()
        assert faces <= {(name.replace(" ", "-"), 1) for name in CHINESE}
        assert faces

    def test_nothing_in_it_tells_of_the_machine(self, report: bytes) -> None:
        document = pypdfium2.PdfDocument(report)
        told = document.get_metadata_dict()
        said = "".join(page.get_textpage().get_text_range() for page in document)
        document.close()
        assert {name for name, value in told.items() if value} == {"Title", "Creator", "Producer"}
        assert not [trap for trap in (*TRAPS, os.uname().nodename) if trap in said or trap in str(told)]
        assert not [trap for trap in TRAPS if trap.encode() in report]


@pytest.mark.parametrize("page", [html("<p>Hello"), html("<img src='file:///x'>")])
def test_garbage_is_collected_again_after_a_page_good_or_bad(page: str) -> None:
    with suppress(PrintError):
        print_pdf(page, must_say=[])
    assert gc.isenabled()


def headline(number: int, words: dict[str, str]) -> Bundle:
    """One of the six headline figures, with everything that it may show."""
    changes, note, trend = ((3, 0, 1), (3, 0, 1), (1, 1, 0), (2, 1, 0), (0, 1, 0), (0, 1, 0))[number]
    against = f'<span class="arrow">▼</span> −12.5% <span class="against">{words["against"]}</span>'
    inside = (
        f'<p class="label">{words["label"]}</p><p class="value">{words["value"]}</p>'
        + f'<span class="change bad">{against}</span>' * changes
        + f'<span class="note">{words["note"]}</span>' * note
        + f'<img class="trend" src="data:image/png;base64,{png(74, 18)}" alt="" width="74" height="18">' * trend
    )
    told = figure(f"figure_{number}", title=words["label"], texts={"value": words["value"]}, chapter="cover")
    return bundle(told, f'<div class="kam"><div class="kam-figure">{inside}</div></div>')


# Sentences as long as the longest of the reports on real data, and names as long as the page lets them be.
COVERS: dict[str, dict[str, str]] = {
    "en": {
        "region": "United Kingdom and the Channel Islands",
        "label": "Margin target attained",
        "value": "¥1,234.5M",
        "against": "previous",
        "note": "landing 101.5% of the year's target",
        "title": "19 of 100 accounts were lost in 12 months with $2.01M revenue and $87K margin a year, "
        "Bicycle Merchandise Warehouse A… first.",
        "action": "Agree on a minimum order or a delivery fee with Bicycle Merchandise Warehouse A… and 12 more.",
    },
    "zh": {
        "region": "内蒙古自治区呼伦贝尔市大客户服务中心",
        "label": "有流失风险的大客户",
        "value": "¥1,234万",
        "against": "上期",
        "note": "预计完成全年目标的101.5%",
        "title": "近12个月2,100家客户中流失1,219家，年收入¥21201万、年毛利¥187万，首先是"
        "中国石油化工股份有限公司内蒙古呼伦贝尔销售分公司第一加油站…。",
        "action": "请与中国石油化工股份有限公司内蒙古呼伦贝尔销售分公司第一加油站…商定起订量和配送费。",
    },
}


@pytest.mark.parametrize("language", COVERS)
@pytest.mark.parametrize("findings", [3, 5, 7])
@pytest.mark.parametrize(
    ("unit", "name"),
    [
        ("margin", '{ en = "Hengtai Industrial Supplies Co., Ltd.", zh = "恒泰工业品（上海）有限公司" }'),
        ("revenue", '{ en = "Hengtai Industrial Supplies Co., Ltd.", zh = "恒泰工业品（上海）有限公司" }'),
        # With the region one line and a little, in the larger letters of the heading.
        ("margin", '{ en = "Company", zh = "公司" }'),
    ],
)
def test_the_cover_fits_one_page(tmp_path: Path, language: str, findings: int, unit: str, name: str) -> None:
    words = COVERS[language]
    settings = workspace(tmp_path, chapters={"cover": [], "one": []}, settings=f"[company]\nname = {name}")
    made = batch(settings, words["region"])
    (job,) = plan(made, languages=[language])
    titles = [f"{number}: {words['title']}" for number in range(findings)]
    told = [
        record(f"f{n}", title=title, amount=9e8 - n, unit=unit, actions=[words["action"]])
        for n, title in enumerate(titles)
    ]
    cover = [bundle(opening("cover")), *(headline(number, words) for number in range(6))]
    one = [bundle(opening()), *map(bundle, told)]
    for shown in (*cover, *one):
        shown[MIME].update(region=words["region"], language=language)
    before = {
        f"one/{key}{n}": {"title": words["title"], "amount": 5e8, "since": "2024-11"}
        for n in range(findings)
        for key in ("f", "old")
    }
    html = assemble(job, {"cover": executed(*cover), "one": executed(*one)}, made, before).html
    pdf, _ = print_pdf(html, must_say=[])
    assert text_of(pdf, 1).startswith({"en": "Contents ", "zh": "目录 "}[language])
    # What has no room is left out from the end.
    assert all(f" {number}: " in text_of(pdf, 0) for number in range(3))


def test_amounts_of_revenue_take_their_room_from_the_findings(tmp_path: Path) -> None:
    """Titles of just two lines beside an amount of margin take three beside one of revenue."""
    settings = workspace(tmp_path, chapters={"cover": [], "one": []})
    made = batch(settings, "North")
    cover = [bundle(opening("cover")), *(headline(number, COVERS["en"]) for number in range(6))]
    told = [
        record(f"f{n}", title=COVERS["en"]["title"][:108], amount=9e8, unit="revenue", actions=[COVERS["en"]["action"]])
        for n in range(7)
    ]
    notebooks = {"cover": executed(*cover), "one": executed(bundle(opening()), *map(bundle, told))}
    pdf, _ = print_pdf(assemble(plan(made)[0], notebooks, made, {}).html, must_say=[])
    assert text_of(pdf, 1).startswith("Contents ")


PRINT_CHINESE = """
from kamreport.publish.pdf import print_pdf
page = "<html lang=zh><title>t</title><p>2025年6月 North</p>" + "<p>Padding</p>" * 40
for must_say in (["North"], ["2025年6月"]):
    try:
        print(len(print_pdf(page, must_say=must_say)[0]) > 0)
    except Exception as error:
        print(type(error).__name__, error)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("faces", "said"),
    [
        # Boxes may stand for characters of the data, and never for our own words; both are in the PDF's text.
        (["DejaVuSans.ttf"], ["True", "PrintError no installed typeface can draw '2025年6月'; install one: "]),
        ([], ["PrintError no typeface is installed; install one: "] * 2),
    ],
)
def test_a_missing_typeface_is_an_error(tmp_path: Path, faces: list[str], said: list[str]) -> None:
    for name in faces:
        (tmp_path / name).write_bytes(Path(matplotlib.get_data_path(), "fonts", "ttf", name).read_bytes())
    (tmp_path / "fonts.conf").write_text(
        f"<fontconfig><dir>{tmp_path}</dir><cachedir>{tmp_path / 'cache'}</cachedir></fontconfig>"
    )
    done = subprocess.run(
        [sys.executable, "-c", PRINT_CHINESE], capture_output=True, text=True, check=True,
        env={**os.environ, "FONTCONFIG_FILE": str(tmp_path / "fonts.conf")},
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert len(lines) == len(said)
    assert all(line.startswith(start) for line, start in zip(lines, said, strict=True)), lines


def test_a_machine_that_can_print_nothing_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("kamreport.publish.pdf._PLACES", ())
    printer.cache_clear()
    try:
        with pytest.raises(PrintError) as raised:
            printer()
    finally:
        printer.cache_clear()
    assert str(raised.value).startswith("nothing here can print a PDF: install Pango for WeasyPrint: apt-get install ")
