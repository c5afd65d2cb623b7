"""`make` and the source archive: nothing of the user's is deleted, and an archive holds what its tests read."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
needs_make = pytest.mark.skipif(not shutil.which("make"), reason="there is no make")


def _make(folder: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "KAMREPORT"))}
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in which everything has been set up, made and printed."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    young = ["data/planted.json", "output/.gitkeep", "output/index.html", "output/2025-06/North/a.pdf"]
    young += ["data/own.csv", "examples/online_retail/.kamreport/a", "examples/online_retail/output/a"]
    old = ["pyproject.toml", "constraints.txt", "tools/setup.sh", "kamreport/book/demo/trade.py"]
    old += ["examples/online_retail/kamreport.toml", ".venv/.ready-test"]
    for age, names in ((0, young), (100, old)):
        for name in names:
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
            late = file.stat().st_mtime - age
            os.utime(file, (late, late))
    return tmp_path


def _files(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


@needs_make
@pytest.mark.parametrize("demo", [True, False])
def test_clean_deletes_what_was_made_and_no_data_but_the_demo_s(checkout: Path, demo: bool) -> None:
    before = _files(checkout)
    if not demo:
        (checkout / "data/planted.json").unlink()
    _make(checkout, "clean")
    made = {name for name in before if name.startswith((".venv/", "output/", "examples/online_retail/"))}
    made -= {"output/.gitkeep", "examples/online_retail/kamreport.toml"}
    assert before - _files(checkout) == made | (
        {"data/planted.json", "data/own.csv"} if demo else {"data/planted.json"}
    )


@needs_make
def test_the_demo_is_written_anew_when_its_code_has_changed_and_only_then(checkout: Path) -> None:
    writes = "python -m kamreport.book.demo data"
    assert writes not in _make(checkout, "-n", "report")
    later = (checkout / "data/planted.json").stat().st_mtime + 100
    os.utime(checkout / "kamreport/book/demo/trade.py", (later, later))
    assert writes in _make(checkout, "-n", "report")


@needs_make
def test_the_real_data_sets_lie_where_the_user_says(checkout: Path) -> None:
    assert 'ONLINE_RETAIL="/somewhere/online_retail"' in _make(checkout, "-n", "real", "DATASETS=/somewhere")
    assert f'ONLINE_RETAIL="{checkout.parent}/shared/data/online_retail"' in _make(checkout, "-n", "real")


def test_sentences_without_a_translation_fail_with_one_and_not_with_their_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = importlib.util.spec_from_file_location("messages", ROOT / "tools/messages.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    (tmp_path / "empty.po").write_text('msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n')
    monkeypatch.setattr(tool, "CATALOGUE", tmp_path / "empty.po")
    assert tool.main() == 1
    assert len(capsys.readouterr().out.splitlines()) > 256


def test_the_source_archive_holds_what_its_tests_read(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
    read = {"kamreport.toml", "Makefile", "constraints.txt", "pyproject.toml", "tools/setup.sh", "tools/pages.py"}
    read |= {"examples/README.md", "examples/online_retail/kamreport.toml", "output/.gitkeep", ".gitattributes"}
    assert read <= names
    assert not [name for name in names if name.startswith((".venv/", "data/")) or ".kamreport/" in name]
    assert not [name for name in names if "output/" in name and name != "output/.gitkeep"]
