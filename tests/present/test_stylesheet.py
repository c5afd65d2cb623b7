"""The sections' style in JupyterLab, whose own rules for tables, headings and lists it has to outweigh."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest
from jupyter_core.paths import jupyter_path

from .conftest import OpenPage, Shown
from .saying import section

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)

# What a browser makes of the elements of a section: a query and the properties that look.md asks for.
ASKED = """
const out = {};
const ask = (name, query, ...properties) => {
  const style = getComputedStyle(document.querySelector(query));
  out[name] = properties.map(one => style.getPropertyValue(one)).join(" ");
};
ask("name", "tbody tr:nth-child(1) td.name", "text-align", "vertical-align");
ask("figure", "tbody tr:nth-child(1) td.n", "text-align", "white-space");
ask("head", "th:not(.n)", "text-align");
ask("odd row", "tbody tr:nth-child(1)", "background-color");
ask("even row", "tbody tr:nth-child(2)", "background-color");
ask("table", "table", "font-size", "margin-left");
ask("title", "h3", "font-size", "margin-top");
ask("chapter", "h2", "font-size");
ask("list", ".todo ul", "padding-left");
ask("basis", ".basis", "font-size", "margin-bottom", "color");
document.title = JSON.stringify(out);
"""
WANTED = {
    "name": "left top",
    "figure": "right nowrap",
    "head": "left",
    "odd row": "rgba(0, 0, 0, 0)",
    "even row": "rgba(0, 0, 0, 0)",
    # In pixels of 0.75 pt.
    "table": "11.3333px 0px",
    "title": "16.6667px 0px",
    "chapter": "24px",
    "list": "16px",
    "basis": "10px 0px rgb(118, 118, 118)",
}


def _jupyterlab() -> str:
    """The style of JupyterLab as nbconvert carries it: the rules, and the light theme's values."""
    for folder in map(Path, jupyter_path("nbconvert", "templates", "lab", "static")):
        if (folder / "index.css").is_file():
            return "".join((folder / name).read_text("utf-8") for name in ("theme-light.css", "index.css"))
    pytest.skip("nbconvert's lab template is not installed")


@pytest.fixture
def cells(open_page: OpenPage, shown: Shown) -> str:
    """A chapter and a section as a notebook shows them: each in an output of its own."""
    page = open_page()
    page.chapter("churn")
    page.show(section("lost_accounts_section"))
    return "".join(
        f'<div class="jp-OutputArea-output jp-RenderedHTMLCommon jp-RenderedHTML">{one.html}</div>' for one in shown
    )


def _computed(page: str, folder: Path) -> dict[str, str]:
    file = folder / "page.html"
    file.write_text(f"<!DOCTYPE html><meta charset='utf-8'>{page}<script>{ASKED}</script>", "utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}", "--dump-dom"]
    command = [str(BROWSER), *flags, file.as_uri()]
    dumped = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    found = re.search(r"<title>(.*?)</title>", dumped, re.DOTALL)
    assert found, dumped[:500]
    computed: dict[str, str] = json.loads(unescape(found[1]))
    return computed


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="no browser is installed")
def test_a_section_looks_the_same_in_jupyterlab(cells: str, tmp_path: Path) -> None:
    assert _computed(f"<style>{_jupyterlab()}</style>{cells}", tmp_path) == WANTED


def test_the_style_is_shown_once_with_the_chapter_and_inside_root(cells: str) -> None:
    """Inside :root a rule of one class weighs (0,2,x), as much as JupyterLab's heaviest for a table."""
    (style,) = re.findall(r"<style>(.*?)</style>", cells, re.DOTALL)
    assert style.startswith(":root {")
    assert style.count("{") == style.count("}")
    assert ".kam td" in style
