"""A new workspace: what is in it, what is kept, and that git strips its notebooks."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kamreport.book.contract import TABLES
from kamreport.book.demo import DEMOS, Demo
from kamreport.settings import load_settings, shipped

from .conftest import Ask, error

GIT = shutil.which("git")
needs_git = pytest.mark.skipif(GIT is None, reason="git is not installed")


def _git(folder: Path, *arguments: str) -> str:
    command = [str(GIT), "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let git see neither a repository above nor the user's own settings."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "none"))
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)


def test_a_workspace_has_all_that_a_report_needs(ask: Ask, tmp_path: Path) -> None:
    answer = ask("init", "work", at=tmp_path)
    assert answer.status == 0
    assert answer.out.splitlines() == [
        "work: kamreport.toml, notebooks/, templates/, lib/",
        "notebooks: in a git repository, run nbstripout --install so that no output is committed",
        "next: cd work && kamreport check, once kamreport.toml names your tables",
    ]
    work = tmp_path / "work"
    for name in ("notebooks", "templates"):
        files = {file.relative_to(shipped(name)) for file in shipped(name).rglob("*") if file.is_file()}
        copied = {file.relative_to(work / name) for file in (work / name).rglob("*") if file.is_file()}
        assert copied == {file for file in files if not any(part.startswith(".") for part in file.parts)}
    assert (work / "lib").is_dir()
    assert "/output/" in (work / ".gitignore").read_text()
    assert load_settings(work).notebooks == work / "notebooks"


def test_the_draft_names_every_table_and_asks_for_the_transactions(ask: Ask, tmp_path: Path) -> None:
    ask("init", at=tmp_path)
    text = (tmp_path / "kamreport.toml").read_text("utf-8")
    assert all(f"[tables.{name}]" in text for name in TABLES)
    answer = ask("check", at=tmp_path)
    assert answer.status == 1
    assert error(answer).startswith("tables.transactions: there is no file ")


@pytest.mark.slow
def test_the_demo_has_data_and_can_be_checked_at_once(ask: Ask, tmp_path: Path) -> None:
    answer = ask("init", "--demo", "my demo", at=tmp_path)
    assert answer.out.splitlines()[-1] == "next: cd 'my demo' && kamreport run --period latest"
    assert (tmp_path / "my demo" / "data" / "transactions.csv").is_file()
    assert load_settings(tmp_path / "my demo").reports


@pytest.fixture
def unwritten(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Path]]:
    """Which demo was to be written where, without writing it."""
    asked: list[tuple[str, Path]] = []

    def noting(kind: str) -> Demo:
        return Demo(DEMOS[kind].settings, lambda folder: asked.append((kind, folder)))

    monkeypatch.setattr("kamreport.book.demo.DEMOS", {kind: noting(kind) for kind in DEMOS})
    return asked


@pytest.mark.parametrize(
    ("arguments", "kind", "folder"),
    [
        (["--demo"], "en", "."),
        (["--demo", "demo"], "en", "demo"),
        (["demo", "--demo"], "en", "demo"),
        (["--demo=en", "demo"], "en", "demo"),
        (["--demo=zh"], "zh", "."),
        (["--demo=zh", "demo"], "zh", "demo"),
        (["--demo", "zh", "demo"], "zh", "demo"),
        (["demo", "--demo", "day1"], "day1", "demo"),
    ],
)
def test_a_demo_is_chosen_by_its_name_and_stands_alone_for_the_clean_one(
    arguments: list[str], kind: str, folder: str, unwritten: list[tuple[str, Path]], ask: Ask, tmp_path: Path
) -> None:
    answer = ask("init", *arguments, at=tmp_path)
    assert (answer.status, unwritten) == (0, [(kind, Path(folder) / "data")])
    assert (tmp_path / folder / "kamreport.toml").read_text("utf-8") == DEMOS[kind].settings


def test_every_demo_can_be_asked_for_and_no_other(ask: Ask, tmp_path: Path) -> None:
    assert all(kind in ask("init", "--help", at=tmp_path).out for kind in DEMOS)
    answer = ask("init", "--demo=fr", at=tmp_path)
    said = "invalid value for '--demo': 'fr' is not one of 'en', 'zh', 'day1'; see kamreport init --help"
    assert (answer.status, error(answer)) == (2, said)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("existing", "arguments", "said"),
    [
        ("kamreport.toml", [], ". is a workspace already; choose another folder, or delete its kamreport.toml"),
        ("data/own.csv", ["--demo"], "data is there already and would be written over; choose another folder"),
        ("file", ["file/inside"], "file/inside cannot be made: Not a directory; choose another folder"),
        ("file", ["file"], "invalid value for '[FOLDER]': Directory 'file' is a file; see kamreport init --help"),
    ],
)
def test_nothing_of_ones_own_is_written_over(
    existing: str, arguments: list[str], said: str, ask: Ask, tmp_path: Path
) -> None:
    own = tmp_path / existing
    own.parent.mkdir(exist_ok=True)
    own.write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    answer = ask("init", *arguments, at=tmp_path)
    assert (error(answer), answer.status) == (said, 2)
    assert (own.read_text(), sorted(tmp_path.rglob("*"))) == ("mine", before)


def test_notebooks_and_ignore_rules_that_are_there_are_kept(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "own.ipynb").write_text("{}")
    (tmp_path / ".gitignore").write_text("mine\n")
    assert ask("init", at=tmp_path).status == 0
    assert [file.name for file in (tmp_path / "notebooks").iterdir()] == ["own.ipynb"]
    assert (tmp_path / ".gitignore").read_text() == "mine\n"


# Git


def _with_output(file: Path) -> None:
    """Save a notebook as JupyterLab does after it was run."""
    notebook = json.loads(file.read_text("utf-8"))
    cell = next(one for one in notebook["cells"] if one["cell_type"] == "code")
    cell["execution_count"] = 3
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["Hengtai owes 1,000,000"]}]
    file.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "utf-8")


@needs_git
@pytest.mark.slow
@pytest.mark.parametrize("below", ["", "reports"])
def test_in_a_repository_git_strips_output_before_a_commit(below: str, ask: Ask, tmp_path: Path) -> None:
    _git(tmp_path, "init", "-q")
    answer = ask("init", below or ".", at=tmp_path)
    assert "notebooks: git strips their output before a commit (nbstripout)" in answer.out
    file = tmp_path / below / "notebooks" / "churn.ipynb"
    _with_output(file)
    _git(tmp_path, "add", str(file))
    staged = _git(tmp_path, "show", f":{file.relative_to(tmp_path).as_posix()}")
    assert "Hengtai" in file.read_text("utf-8"), "the analyst keeps it"
    assert "Hengtai" not in staged
    assert staged == (shipped("notebooks") / "churn.ipynb").read_text("utf-8")


def test_without_git_a_workspace_is_made_all_the_same(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    answer = ask("init", at=tmp_path)
    assert answer.status == 0
    assert "in a git repository, run nbstripout --install" in answer.out
    assert (tmp_path / ".gitattributes").is_file()


# The setup of a checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Where tools/setup.sh runs on an environment that has everything: pip does nothing, python is this one."""
    root = Path(__file__).parents[2]
    (tmp_path / "tools").mkdir()
    shutil.copy(root / "tools" / "setup.sh", tmp_path / "tools")
    shutil.copy(root / ".gitattributes", tmp_path)
    binaries = tmp_path / "venv" / "bin"
    binaries.mkdir(parents=True)
    for name, body in (("pip", "exit 0"), ("python", f'exec "{sys.executable}" "$@"')):
        (binaries / name).write_text(f"#!/bin/sh\n{body}\n")
        (binaries / name).chmod(0o755)
    return tmp_path


def _set_up(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = ["/bin/sh", "tools/setup.sh", "venv", "test"]
    return subprocess.run(
        command, cwd=checkout, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


@needs_git
@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
def test_setup_lets_git_strip_notebooks_in_a_checkout(checkout: Path) -> None:
    _git(checkout, "init", "-q")
    before = (checkout / ".gitattributes").read_text()
    done = _set_up(checkout)
    assert done.returncode == 0, done.stderr
    assert "nbstripout" in _git(checkout, "config", "filter.nbstripout.clean")
    assert "filter: nbstripout" in _git(checkout, "check-attr", "filter", "notebooks/churn.ipynb")
    assert (checkout / ".gitattributes").read_text() == before


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
@pytest.mark.parametrize("has_git", [True, False])
def test_setup_works_outside_a_repository_and_without_git(checkout: Path, has_git: bool) -> None:
    bare = checkout / "bin"
    bare.mkdir()
    for name in ("sh", "dirname", "id", "touch", *(["git"] if has_git and GIT else [])):
        (bare / name).symlink_to(str(shutil.which(name)))
    (bare / "python3").symlink_to(sys.executable)
    done = _set_up(checkout, PATH=str(bare))
    assert done.returncode == 0, done.stderr
    assert (checkout / "venv" / ".ready-test").is_file()
