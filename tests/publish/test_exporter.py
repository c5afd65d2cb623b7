"""nbconvert's part: parts in, one page out, nothing added."""

import base64
import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest

from kamreport.publish.cleaning import policy
from kamreport.publish.exporter import as_notebook, render_html
from kamreport.settings import shipped
from tests.publish.desk import part

TEMPLATE = (
    "<title>{{ resources.report.title }}</title>"
    "{% for cell in nb.cells %}[{{ cell.metadata.part.chapter }} {{ cell.metadata.part.kind }} "
    "{{ cell.metadata.part.layout }} {{ cell.metadata.part.heading }}]"
    "{{ cell.outputs[0].data['text/html'] | safe }}{% endfor %}"
)


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    folder = tmp_path / "templates" / "kamreport"
    folder.mkdir(parents=True)
    (folder / "conf.json").write_text('{"mimetypes": {"text/html": true}}')
    (folder / "index.html.j2").write_text(TEMPLATE)
    return tmp_path / "templates"


def test_the_policy_allows_one_style_and_embedded_pictures() -> None:
    style = "p { color: #222 } /* 中 */"
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy(style) == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert policy(style) != policy(style + " ")


def test_each_part_is_one_cell_that_says_what_it_is() -> None:
    same = replace(part("b", amount=1.0), state="same")
    notebook = as_notebook([part("a"), same, part("c", layout="line", material=False)])
    told = [cell.metadata["part"] for cell in notebook.cells]
    plain = {"chapter": "one", "kind": "finding", "layout": "section", "heading": "brief"}
    assert told == [plain, {**plain, "layout": "line"}, {**plain, "layout": "line", "heading": "nothing"}]
    assert len({cell.id for cell in notebook.cells}) == 3


def test_a_page_is_rendered_by_the_workspaces_own_template(templates: Path) -> None:
    html = render_html([part("a"), part("b")], templates, {"title": "R & D <x>"})
    assert html == (
        "<title>R &amp; D &lt;x&gt;</title>"
        f"[one finding section brief]{part('a').html}[one finding section brief]{part('b').html}"
    )


def test_what_an_analyst_writes_for_a_template_is_not_one(templates: Path) -> None:
    html = render_html([replace(part(), html="{{ 7 * 7 }}{% raw %}")], templates, {"title": "{{ 7 * 7 }}"})
    assert html == "<title>{{ 7 * 7 }}</title>[one finding section brief]{{ 7 * 7 }}{% raw %}"


def test_our_template_loads_nothing_from_anywhere() -> None:
    for file in shipped("templates").rglob("*"):
        if file.is_file():
            source = file.read_text("utf-8")
            assert not re.search(r"https?:|//[a-z]|@import|url\(|<script|<link|javascript:", source), file.name
