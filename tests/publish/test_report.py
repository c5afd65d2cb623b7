"""A whole report: in the right order, and with what is said about it."""

from dataclasses import replace
from pathlib import Path

import pytest

from kamreport.errors import PrintError
from kamreport.language import Language
from kamreport.publish.findings import Part
from kamreport.publish.report import _remembered, _without_data, assemble
from kamreport.settings import Bilingual, Settings, load_settings
from tests.publish.desk import batch, bundle, executed, figure, opening, part, plan, record, workspace
from tests.publish.pages import in_chapter, page, report, words


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return workspace(tmp_path, chapters={"one": [], "two": []})


class TestOrder:
    def test_chapters_stand_in_the_order_of_the_report_each_ranked_by_money(self, settings: Settings) -> None:
        html = report(
            settings,
            bundle(record("small", amount=10.0)),
            bundle(record("quiet", layout="line", material=False)),
            bundle(record("large", amount=500.0)),
            two=(bundle(record("fact")),),
        ).html
        headings = [words(tag) for tag in page(html).main.find_all(["h2", "h3"])]  # type: ignore[union-attr]
        assert headings == ["Chapter one", "Title of large", "Title of small", "Chapter two", "Title of fact"]

    def test_every_record_is_printed_exactly_once_in_the_body(self, settings: Settings) -> None:
        keys = ["a", "b", "c"]
        html = report(
            settings,
            *(bundle(record(key, amount=float(n))) for n, key in enumerate(keys, start=1)),
            bundle(record("d", layout="line", title="D in a line")),
            bundle(record("e", layout="line", material=False, title="E in a line")),
            bundle(record("f", layout="line", material=False, amount=5.0, title="F in a line")),
        ).html
        body = page(html).main
        assert [len(body.find_all("h3", string=f"Title of {key}")) for key in keys] == [1, 1, 1]  # type: ignore[union-attr]
        lines = [words(tag) for tag in body.select(".kam-line")]  # type: ignore[union-attr]
        assert lines == ["D in a line", "F in a line", "E in a line"]
        assert [words(tag) for tag in body.select(".lines .word")] == [
            "In brief",
            "Below the material amount",
            "Nothing to report",
        ]  # type: ignore[union-attr]

    def test_what_several_sections_say_alike_in_one_line_is_printed_once(self, settings: Settings) -> None:
        alike = [bundle(record(key, layout="line", material=False, title="Nothing bought")) for key in "abc"]
        other = bundle(record("d", layout="line", material=False, title="None lost"))
        soup = page(report(settings, *alike, other).html)
        assert [words(tag) for tag in soup.select(".kam-line")] == ["Nothing bought", "None lost"]

    def test_the_basis_stays_in_its_own_order(self, tmp_path: Path) -> None:
        settings = workspace(tmp_path, chapters={"basis": []})
        made = batch(settings, "North")
        (job,) = plan(made)
        shown = in_chapter("basis", bundle(opening("basis")), bundle(record("z")), bundle(record("a", amount=9.0)))
        html = assemble(job, {"basis": executed(*shown)}, made, None).html
        assert [words(tag) for tag in page(html).find_all("h3")] == ["Title of z", "Title of a"]

    def test_a_preview_bears_the_name_of_its_chapter(self, tmp_path: Path) -> None:
        made = batch(workspace(tmp_path, chapters={"one": []}), "North")
        (job,) = plan(made)
        told = {"one": executed(bundle(opening("one")), bundle(record()))}
        titles = [words(page(assemble(one, told, made, None).html).h1) for one in (job, replace(job, preview=True))]  # type: ignore[arg-type]
        assert titles == ["Company · Key account report · North", "Company · Chapter one · North"]

    def test_the_cover_holds_figures_findings_and_decisions(self, settings: Settings) -> None:
        html = report(
            settings,
            bundle(figure()),
            bundle(record("a", amount=1_200_000.0, nature="realised", actions=["Visit A", "Then B"])),
            bundle(record("b", amount=300_000.0, actions=["Call B"])),
        ).html
        cover = page(html).header
        assert words(cover.h1) == "Company · Key account report · North"  # type: ignore[union-attr, arg-type]
        assert words(cover.select_one(".figures")) == "Title of revenue ¥1.00M"  # type: ignore[union-attr]
        rows = [[words(cell) for cell in row.find_all("td")] for row in cover.select(".findings tr")]  # type: ignore[union-attr]
        assert rows == [["1", "Title of a", "¥1.2M"], ["2", "Title of b", "¥300K"]]
        assert [words(tag) for tag in cover.select(".decisions li")] == ["Visit A", "Call B"]  # type: ignore[union-attr]
        assert [tag["href"] for tag in cover.select("a")] == ["#one", "#one"]  # type: ignore[union-attr]

    @pytest.mark.parametrize(("language", "said"), [("en", "¥900K revenue"), ("zh", "收入¥90万")])
    def test_money_that_is_revenue_for_want_of_cost_says_so(self, settings: Settings, language: str, said: str) -> None:
        """On the cover, in a chapter's summary, and in the line of what stands as it stood."""
        shown = [bundle(record(key, amount=9e5, unit="revenue", title=f"T {key}")) for key in "abcd"]
        before = {"one/d": {"title": "T", "amount": 9e5, "since": "2025-04"}}
        soup = page(report(settings, *shown, before=before, language=language).html)
        assert [words(tag) for tag in soup.select(".findings td.n")] == [said] * 4
        assert [words(tag) for tag in soup.select(".summary li")] == [f"T {key} {said}" for key in "abc"]
        assert words(soup.select_one("main .kam-line")).startswith(f"T d {said} (")

    def test_the_cover_says_what_its_own_notebook_has_found(self, tmp_path: Path) -> None:
        settings = workspace(tmp_path, chapters={"cover": []})
        made = batch(settings, "North")
        (job,) = plan(made)
        shown = in_chapter("cover", bundle(opening("cover")), bundle(record("actions", title="2 actions are late.")))
        cover = page(assemble(job, {"cover": executed(*shown)}, made, None).html).header
        assert [words(tag) for tag in cover.select(".own")] == ["2 actions are late."]  # type: ignore[union-attr]

    def test_a_report_without_material_findings_says_so(self, settings: Settings) -> None:
        assert "No finding reaches the material amount." in report(settings, bundle(record("fact"))).html
        assert "No finding reaches" not in report(settings, bundle(record("a", amount=9.0))).html

    def test_what_the_cover_chapter_says_in_one_line_is_printed_too(self, tmp_path: Path) -> None:
        settings = workspace(tmp_path, chapters={"cover": []})
        made = batch(settings, "North")
        (job,) = plan(made)
        shown = in_chapter(
            "cover", bundle(opening("cover")), bundle(record("needs", layout="line", material=False)), bundle(figure())
        )
        html = assemble(job, {"cover": executed(*shown)}, made, None).html
        assert [words(tag) for tag in page(html).select(".lines")] == ["Nothing to report Title of needs"]

    def test_a_chapter_begins_with_its_three_largest_findings_where_it_has_three(self, settings: Settings) -> None:
        shown = [bundle(record(f"f{n}", amount=1000.0 * n)) for n in range(1, 5)]
        html = report(settings, *shown, two=(bundle(record("only", amount=1.0)),)).html
        chapters = page(html).select("article")
        assert [words(tag) for tag in chapters[0].select(".summary li")] == [
            "Title of f4 ¥4,000",
            "Title of f3 ¥3,000",
            "Title of f2 ¥2,000",
        ]
        assert chapters[1].select(".summary") == []

    def test_a_chapter_that_something_leads_begins_with_that(self, settings: Settings) -> None:
        shown = [bundle(record(f"f{n}", amount=1000.0 * n, leads=n == 2)) for n in range(1, 5)]
        (chapter, *_) = page(report(settings, *shown).html).select("article")
        assert chapter.select(".summary") == []
        assert [words(tag) for tag in chapter.select("h3")][:2] == ["Title of f2", "Title of f4"]

    def test_contents_name_every_chapter_and_lead_to_it(self, settings: Settings) -> None:
        soup = page(report(settings, bundle(record()), two=(bundle(record("x")),)).html)
        links = {tag["href"]: words(tag) for tag in soup.select("nav a")}
        assert links == {"#one": "Chapter one", "#two": "Chapter two"}
        assert [soup.find(id=str(href)[1:]).name for href in links] == ["h2", "h2"]  # type: ignore[union-attr]

    def test_outputs_without_page_show_are_counted_and_not_printed(self, settings: Settings) -> None:
        made = report(settings, bundle(record()), {"text/plain": "stray words"}, {"text/html": "<h3>stray</h3>"})
        assert made.not_printed == 2
        assert "stray" not in made.html


class TestHistory:
    def test_the_first_report_says_that_it_is(self, settings: Settings) -> None:
        soup = page(report(settings, bundle(record(amount=9e5))).html)
        assert words(soup.footer) == ("First print: there is no report of the period before to compare findings with.")
        assert [words(tag) for tag in soup.select(".findings .state")] == []

    @pytest.mark.parametrize(
        ("amount", "language", "said"),
        [
            (None, "en", "new"),
            (9e5, "en", "unchanged since Apr 2025"),
            (6e5, "en", "worse since Apr 2025"),
            (12e5, "en", "better since Apr 2025"),
            (9e5, "zh", "自2025年4月起未变"),
        ],
    )
    def test_the_cover_says_how_a_finding_stands(
        self, settings: Settings, amount: float | None, language: str, said: str
    ) -> None:
        before = {} if amount is None else {"one/lost": {"title": "T", "amount": amount, "since": "2025-04"}}
        soup = page(report(settings, bundle(record(amount=9e5)), before=before, language=language).html)
        assert [words(tag) for tag in soup.select(".findings .state")] == [said]
        assert soup.footer.p is None  # type: ignore[union-attr]

    def test_what_stands_as_it_stood_shrinks_to_a_line_in_its_chapter(self, settings: Settings) -> None:
        before = {"one/lost": {"title": "T", "amount": 9e5, "since": "2025-04"}}
        soup = page(report(settings, bundle(record(amount=9e5, title="A <b>& B</b>")), before=before).html)
        assert [words(tag) for tag in soup.select("main .kam-line")] == [
            "A <b>& B</b> ¥900K (unchanged since Apr 2025)"
        ]
        assert soup.select("main h3") == []
        assert [words(tag) for tag in soup.select("article.chapter h2")] == ["Chapter one", "Chapter two"]

    def test_what_is_gone_is_named(self, settings: Settings) -> None:
        before = {f"one/{key}": {"title": f"Old <i>{key}</i>", "amount": 9e5, "since": "2025-04"} for key in "abcd"}
        soup = page(report(settings, bundle(record("a", amount=9e5)), before=before).html)
        assert words(soup.select_one(".closed")) == (
            "Closed since the last report: Old <i>b</i>, Old <i>c</i>, Old <i>d</i>"
        )

    def test_the_next_report_remembers_titles_amounts_and_states(self, settings: Settings) -> None:
        told = figure(texts={"value": "¥1.00M", "note": "incomplete", "previous": "+3.0%", "better": "down"})
        made = report(settings, bundle(record(amount=9e5)), bundle(record("fact")), bundle(told), before={})
        assert made.findings == {
            "one/lost": {
                "title": "Title of lost",
                "nature": "at_risk",
                "amount": 9e5,
                "state": "new",
                "since": "2025-06",
                "layout": "section",
            },
            "one/fact": {
                "title": "Title of fact",
                "nature": "fact",
                "amount": None,
                "state": "",
                "since": "",
                "layout": "section",
            },
        }
        assert made.headline == [
            {
                "key": "revenue",
                "label": "Title of revenue",
                "text": "¥1.00M",
                "note": "incomplete",
                "change": "+3.0%",
                "better": "down",
                "value": 1.0,
                "previous": None,
                "year_ago": None,
                "plan": None,
            }
        ]

    def test_what_is_below_the_material_amount_is_remembered_without_money(self) -> None:
        assert _remembered([part(amount=5.0, layout="line", material=False)])["one/lost"]["amount"] is None


class TestWithoutData:
    def missing(self, key: str, tables: str, chapter: str = "one") -> Part:
        return part(
            key, chapter=chapter, layout="line", material=False, texts={"missing": tables}, title=f"No {tables}"
        )

    def test_sections_that_want_for_data_become_one_line_a_chapter(self) -> None:
        parts = [
            self.missing("a", "targets"),
            part("b"),
            self.missing("c", "people.role"),
            self.missing("d", "targets"),
            self.missing("e", "actions", chapter="two"),
        ]
        kept = _without_data(parts, Language("en"))
        assert [one.record.title for one in kept] == [
            "Not shown: the data hold no targets, people.role.",
            "Title of b",
            "No actions",
        ]
        assert "Not shown: the data hold no targets, people.role." in kept[0].html

    def test_the_line_is_in_the_language_of_the_report(self) -> None:
        kept = _without_data([self.missing("a", "targets"), self.missing("b", "actions")], Language("zh"))
        assert [one.record.title for one in kept] == ["未列示：数据中没有targets, actions。"]

    def test_glyphs_that_no_typeface_has_are_counted_at_the_foot(self, settings: Settings) -> None:
        html = report(settings, bundle(record("a", notes={"glyphs": 2})), bundle(record("b", notes={"glyphs": 1}))).html
        assert words(page(html).footer) == (
            "3 characters of the data have no glyph in the installed typefaces and are drawn as □."
        )


def test_a_chinese_report_is_marked_as_chinese(settings: Settings) -> None:
    made = report(settings, bundle(record(title="三家客户流失", amount=12e5)), language="zh")
    assert '<html lang="zh-CN">' in made.html
    soup = page(made.html)
    assert words(soup.title) == "公司 · 大客户报告 · North · 2025年6月"
    assert [words(tag) for tag in soup.select(".findings td.n")] == ["¥120万"]


def test_the_whole_company_is_called_all_regions(settings: Settings) -> None:
    made = batch(settings, "all")
    for language, said in (("en", "All regions"), ("zh", "全部大区")):
        (job,) = plan(made, names=["one"], languages=[language])
        shown = [bundle(told(region="all", language=language)) for told in (opening, record)]
        assert said in words(page(assemble(job, {"one": executed(*shown)}, made, None).html).h1)


def test_the_paper_of_the_settings_is_the_paper_of_the_page(settings: Settings) -> None:
    assert "@page { size: A4; }" in report(settings).html
    file = settings.root / "kamreport.toml"
    file.write_text(f'[print]\npaper = "Letter"\n{file.read_text()}')
    assert "@page { size: Letter; }" in report(load_settings(settings.root)).html


def test_a_finding_of_another_region_never_enters_a_report(settings: Settings) -> None:
    made = batch(settings, "North")
    (job,) = plan(made, names=["one"])
    with pytest.raises(PrintError) as raised:
        assemble(job, {"one": executed(bundle(opening()), bundle(record(region="South")))}, made, None)
    assert str(raised.value) == (
        "record in one, cell 1 is of region 'South', not 'North'; use the parameter region in the notebook"
    )


def test_a_region_is_named_in_the_language_of_the_report(settings: Settings) -> None:
    made = replace(batch(settings, "North"), regions={"North": Bilingual(en="North", zh="北区")})
    (job,) = plan(made, names=["one"], languages=["zh"])
    shown = [bundle(told(language="zh")) for told in (opening, record)]
    assert "北区" in words(page(assemble(job, {"one": executed(*shown)}, made, None).html).h1)
