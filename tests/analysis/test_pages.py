"""The pages of the analyses: one form for all, and nothing in them that the code does not have."""

import inspect
import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pandas as pd
import pytest

import kamreport
import kamreport.analysis
from kamreport.settings import Rules

FOLDER = Path(__file__).parents[2] / "docs" / "analyses"
PAGES = sorted(page for page in FOLDER.glob("*.md") if page.name != "index.md")
MODULES = [import_module(f"kamreport.analysis.{found.name}") for found in iter_modules(kamreport.analysis.__path__)]
FUNCTIONS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": getattr(module, name)
    for module in MODULES
    for name in module.__all__
    if inspect.isfunction(getattr(module, name))
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_has_both_names_the_question_the_limits_the_source_and_the_calls(page: Path) -> None:
    said = page.read_text("utf-8")
    names = re.fullmatch(r"# ([A-Z][\w ,]+) · ([\u4e00-\u9fff].+)", said.splitlines()[0])
    assert names, said.splitlines()[0]
    question = re.search(r"^\*(.+\?)\*$", said, re.MULTILINE)
    assert question
    for part in ("**Limits.**", "**Source.**", "**In a notebook.**"):
        assert f"\n{part} " in said, part
    row = f"| [{names[1]}]({page.name}) | {names[2]} | {question[1]} |"
    assert row in (FOLDER / "index.md").read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_names_is_there_and_its_defaults_hold(page: Path) -> None:
    said = page.read_text("utf-8")
    rules = Rules.model_fields
    for name in re.findall(r"`kam\.(\w+)`", said):
        assert callable(getattr(kamreport, name))
    for name in re.findall(r"`([a-z]+_[a-z_]+)`", said):
        assert name in rules, name
    # "`lost_min_days` (180)", "`fake_revenue_share` (80 %)", "`fake_margin_gap` (10 points)"
    for name, number, unit in re.findall(r"`(\w+)` \((\d+)( %| points)?\)", said):
        assert rules[name].default == pytest.approx(float(number) / (100 if unit else 1)), name


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_parameter_of_an_analysis_that_is_a_table_is_described_with_its_columns(name: str) -> None:
    function = FUNCTIONS[name]
    told = inspect.getdoc(function) or ""
    frames = [key for key, one in inspect.signature(function).parameters.items() if one.annotation is pd.DataFrame]
    for frame in frames:
        if "Parameters" in told:
            assert re.search(rf"^(\w+, )*{frame}(, \w+)*$", told, re.MULTILINE), f"{name} does not describe {frame}"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_analysis_shows_an_example_of_its_call(name: str) -> None:
    told = inspect.getdoc(FUNCTIONS[name]) or ""
    _, _, shown = told.partition("\nExamples\n--------\n")
    lines = re.findall(r"^(?:>>>|\.\.\.) (.+)", shown, re.MULTILINE)
    assert any(re.search(rf"\b{name.rpartition('.')[2]}\(", line) for line in lines), f"{name} has no example"
