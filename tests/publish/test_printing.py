"""From executed notebooks to the files of a report."""

import os
import struct
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import nbformat
import pytest

from kamreport.errors import PrintError
from kamreport.present.style import chart_style, png
from kamreport.present.style import figure as drawing
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
    notebook.cells[0].id = "shown"
    notebook.cells.insert(1, nbformat.v4.new_code_cell("n = 1", metadata={"tags": ["injected-parameters"]}))
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


DIGESTS = """
import sys
from hashlib import sha256
from pathlib import Path
from tests.publish.desk import workspace
from tests.publish.test_printing import full
for name, content in sorted(full(workspace(Path(sys.argv[1]))).files.items()):
    print(name, sha256(content).hexdigest())
"""


def full(settings: Settings) -> Made:
    """A report with everything that lands in its files: figures, charts, tables, basis, accounts."""
    with chart_style():
        drawn, (axes,) = drawing(2.0)
        axes.plot([1, 3, 2])
        axes.set_title("瑞丰 North")
        picture = png(drawn)
    rows = {"columns": [{"name": "n", "head": "Day", "kind": "date"}], "rows": [["2025-06-03"]], "total": 1}
    told = [
        opening(),
        figure(),
        record("lost", amount=9e5, accounts=[{"id": "a", "name": "A"}], tables=[rows], basis=["n = 3"]),
    ]
    shown = f"<img src='data:image/png;base64,{picture}' alt='x'><table><tr><td>华东<td>North</table>"
    return report(settings, *map(bundle, told[:2]), bundle(told[2], f'<div class="kam">{shown}</div>'))


@pytest.mark.slow
def test_equal_notebooks_are_equal_bytes_in_every_process(tmp_path: Path) -> None:
    """A file that differs says that something has changed (R29)."""
    said = []
    for number, zone in ((1, "UTC"), (2, "Asia/Shanghai")):
        (tmp_path / str(number)).mkdir()
        done = subprocess.run(
            [sys.executable, "-c", DIGESTS, tmp_path / str(number)], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": str(number), "TZ": zone},
        )  # fmt: skip
        said.append(done.stdout.split("\n"))
    assert said[0] == said[1]
    assert len(said[0]) == 6


def test_no_file_tells_of_the_machine(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths, user and host are nobody's business (S24); what is packed is looked at unpacked."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "canary-user")
    monkeypatch.setattr("socket.gethostname", lambda: "canary-host")
    monkeypatch.setattr("platform.node", lambda: "canary-host")
    monkeypatch.chdir(settings.root)
    files = full(settings).files
    with ZipFile(BytesIO(files.pop("monthly.en.xlsx"))) as workbook:
        files |= {name: workbook.read(name) for name in workbook.namelist()}
    traps = (str(settings.root), str(Path(sys.prefix)), str(Path(__file__).parent), "canary", "file:")
    assert [(name, trap) for name, content in files.items() for trap in traps if trap.encode() in content] == []
    picture = files["monthly.en.png"]
    kinds, place = set(), 8
    while place < len(picture):
        length, kind = struct.unpack_from(">I4s", picture, place)
        kinds.add(kind)
        place += length + 12
    assert kinds == {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
