"""From executed notebooks to the files of a report."""

from pathlib import Path

import nbformat
import pytest

from kamreport.errors import PrintError
from kamreport.publish import printing
from kamreport.publish.pdf import printer
from kamreport.publish.printing import Made, make_report
from kamreport.settings import Settings
from tests.publish.desk import Bundle, batch, bundle, executed, figure, opening, plan, record, workspace


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return workspace(tmp_path)


def report(settings: Settings, *bundles: Bundle, language: str = "en") -> Made:
    made = batch(settings, "North")
    (job,) = plan(made, languages=[language])
    notebook = executed(*bundles)
    notebook.cells[0].metadata["execution"] = {"iopub.status.busy": "2025-07-01T08:00:00Z"}
    return make_report(job, made, {"one": notebook}, None)


def test_a_report_is_a_page_a_pdf_a_picture_a_workbook_and_its_notebooks(settings: Settings) -> None:
    told = [opening(language="zh"), figure(language="zh"), record(language="zh", title="三家客户流失", amount=9e5)]
    made = report(settings, *map(bundle, told), {"text/plain": "stray"}, language="zh")
    starts = {
        "monthly.zh.html": b"<!DOCTYPE html>",
        "monthly.zh.pdf": b"%PDF-",
        "monthly.zh.png": b"\x89PNG",
        "monthly.zh.xlsx": b"PK",
        "monthly.zh.one.ipynb": b"{",
    }
    assert made.files.keys() == starts.keys()
    assert all(made.files[name].startswith(start) for name, start in starts.items())
    assert (made.pages, made.printer, made.not_printed) == (2, "weasyprint", 1)
    assert [one["key"] for one in made.headline] == ["revenue"]
    assert list(made.findings) == ["one/lost"]
    notebook = nbformat.reads(made.files["monthly.zh.one.ipynb"].decode(), as_version=4)
    assert "execution" not in notebook.cells[0].metadata
    assert "三家客户流失" in made.files["monthly.zh.html"].decode()


@pytest.mark.parametrize("bundles", [[], [bundle(opening())], [{"text/plain": "stray"}]])
def test_a_report_that_shows_nothing_is_not_printed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, bundles: list[Bundle]
) -> None:
    monkeypatch.setattr(printing, "print_pdf", lambda *_, **__: pytest.fail("it was printed"))
    with pytest.raises(PrintError) as raised:
        report(settings, *bundles)
    assert str(raised.value) == "the notebooks show nothing; show sections with page.show"


def test_a_pdf_must_say_the_period_in_the_words_of_the_report(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def listen(html: str, *, must_say: list[str]) -> tuple[bytes, int]:
        asked.append(must_say)
        raise PrintError("enough")

    monkeypatch.setattr(printing, "print_pdf", listen)
    for language in ("en", "zh"):
        with pytest.raises(PrintError):
            report(settings, bundle(opening(language=language)), bundle(record(language=language)), language=language)
    assert asked == [["Jun 2025"], ["2025年6月"]]


def test_a_report_names_its_printer(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    good = report(settings, bundle(opening()), bundle(record()))
    monkeypatch.setattr(printing, "print_pdf", lambda *_, **__: (good.files["monthly.en.pdf"], 2))
    monkeypatch.setattr(printing, "printer", lambda: "/usr/bin/chromium")
    assert report(settings, bundle(opening()), bundle(record())).printer == "browser"
    assert printer() == "weasyprint"
