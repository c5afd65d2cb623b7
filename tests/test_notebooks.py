"""The notebooks that come with the package: thin, without output, and running top to bottom with their defaults."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

import kamreport as kam
from kamreport.present.page import CHAPTERS
from kamreport.record import MIME, read_record

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
PARAMETERS = {"region": "all", "period": "latest", "language": "en"}
MOST_STATEMENTS = 5
MOST_LINES = 16

each_notebook = pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)


def _cells(file: Path, kind: str = "") -> list[Any]:
    return [cell for cell in nbformat.read(file, as_version=4).cells if kind in ("", cell.cell_type)]


def test_there_is_one_notebook_a_chapter() -> None:
    assert {file.stem for file in NOTEBOOKS} == set(CHAPTERS)


@each_notebook
def test_it_is_a_valid_notebook_as_nbstripout_writes_it(file: Path) -> None:
    """So that a run in JupyterLab and a commit through the filter change nothing."""
    from nbstripout import strip_output

    nbformat.validate(json.loads(file.read_text("utf-8")))
    notebook = nbformat.read(file, as_version=4)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    stripped = strip_output(nbformat.read(file, as_version=4), keep_output=False, keep_count=False, keep_id=False)
    assert stripped == notebook


@each_notebook
def test_it_carries_no_output_and_no_count(file: Path) -> None:
    assert [cell.outputs for cell in _cells(file, "code")] == [[]] * len(_cells(file, "code"))
    assert {cell.execution_count for cell in _cells(file, "code")} == {None}
    assert all(not cell.get("attachments") for cell in _cells(file))


@each_notebook
def test_it_names_no_kernel_of_its_writer(file: Path) -> None:
    assert nbformat.read(file, as_version=4).metadata == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }


@each_notebook
def test_it_begins_with_its_question_its_parameters_and_its_page(file: Path) -> None:
    note, parameters, opening = _cells(file)[:3]
    assert (note.cell_type, note.source[:2]) == ("markdown", "# ")
    assert parameters.metadata.tags == ["parameters"]
    assert [cell.metadata.get("tags") for cell in _cells(file, "code")[1:]] == [None] * (len(_cells(file, "code")) - 1)
    declared = {
        node.target.id: ast.literal_eval(node.value)  # type: ignore[union-attr, arg-type]
        for node in ast.parse(parameters.source).body
        if isinstance(node, ast.AnnAssign)
    }
    assert declared == PARAMETERS
    assert opening.source.startswith("import kamreport as kam\n")
    assert f'page.chapter("{file.stem}")' in opening.source


@each_notebook
def test_it_is_thin(file: Path) -> None:
    """It loads, calls and shows: no definition, loop, file or arithmetic, no library but kamreport."""
    for cell in _cells(file, "code")[1:]:
        tree = ast.parse(cell.source)
        assert len(tree.body) <= MOST_STATEMENTS, cell.source
        assert len(cell.source.splitlines()) <= MOST_LINES, cell.source
        for node in ast.walk(tree):
            assert not isinstance(
                node,
                ast.FunctionDef | ast.ClassDef | ast.Lambda | ast.For | ast.While | ast.comprehension | ast.BinOp
                | ast.ImportFrom | ast.With | ast.Try,
            ), cell.source  # fmt: skip
            if isinstance(node, ast.Import):
                assert [alias.name for alias in node.names] == ["kamreport"]


@each_notebook
def test_every_name_it_takes_from_the_facade_exists(file: Path) -> None:
    names = {
        node.attr
        for cell in _cells(file, "code")
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "kam"
    }
    assert names - set(kam.__all__) == set()


def test_they_are_clean_to_the_linter() -> None:
    for check in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *check, "--quiet", str(FOLDER)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_section_of_the_facade_is_shown_somewhere() -> None:
    shown = "".join(cell.source for file in NOTEBOOKS for cell in _cells(file, "code"))
    builders = {name for name in kam.__all__ if name.endswith(("_section", "_headline"))}
    assert {name for name in builders if f"kam.{name}(" not in shown} == set()


@pytest.mark.slow
@each_notebook
def test_it_runs_top_to_bottom_with_its_defaults(file: Path, demo_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cell by cell on the demo book, in one namespace, as a kernel would."""
    bundles: list[dict[str, Any]] = []
    monkeypatch.setenv("KAMREPORT_WORKSPACE", str(demo_root))
    monkeypatch.setattr("IPython.display.display", lambda bundle, *, raw: bundles.append(bundle))
    monkeypatch.setattr("kamreport.present.page.get_ipython", object)
    space: dict[str, Any] = {}
    for cell in _cells(file, "code"):
        exec(compile(cell.source, f"{file.stem} {cell.id}", "exec"), space)
    records = [read_record(bundle[MIME], where=file.stem) for bundle in bundles]
    assert [record.kind for record in records].count("chapter") == 1
    assert len(records) > 4
    assert {(record.chapter, record.region, record.period, record.language) for record in records} == {
        (file.stem, "all", "2025-06", "en")
    }
    # The demo book has every table, so that nothing is missing.
    assert [record.title for record in records if "Not shown" in record.title] == []
