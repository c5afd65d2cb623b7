"""The wheel holds all that a workspace needs, and works outside the checkout."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(out.glob("*.whl"))


def test_the_wheel_holds_notebooks_templates_catalogue_contract_and_sql(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, inside in (("notebooks", "*.ipynb"), ("templates", "**/*")):
        for file in (ROOT / folder).glob(inside):
            if file.is_file() and ".ipynb_checkpoints" not in file.parts:
                assert f"kamreport/shipped/{folder}/{file.relative_to(ROOT / folder).as_posix()}" in names
    for pattern in ("*.sql", "*.toml", "*.po", "*.py"):
        for file in (ROOT / "kamreport").rglob(pattern):
            assert file.relative_to(ROOT).as_posix() in names


def test_the_wheel_holds_nothing_that_was_made_here(wheel: Path) -> None:
    for name in zipfile.ZipFile(wheel).namelist():
        assert not name.startswith(("tests/", "output/", "data/", "examples/")), name
        assert "__pycache__" not in name
        assert ".kamreport" not in name


def _ask(python: Path, code: str) -> str:
    return subprocess.run([str(python), "-P", "-c", code], check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.slow
def test_an_installed_wheel_makes_and_prints_a_demo_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    # An environment of its own with the wheel in it; the other packages are borrowed, so that nothing is fetched.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    python = tmp_path / "venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    site = Path(_ask(python, "import sysconfig; print(sysconfig.get_path('purelib'))"))
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        "--target",
        str(site),
        str(wheel),
    ]
    subprocess.run(install, check=True, capture_output=True)
    assert Path(_ask(python, "import kamreport; print(kamreport.__file__)")).is_relative_to(site)

    def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        command = [str(python), "-P", "-m", "kamreport.cli", *arguments]
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)

    made = run("init", "--demo", "demo", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    printed = run("run", "--period", "latest", "--region", "South", cwd=tmp_path / "demo")
    assert printed.returncode == 0, printed.stderr
    files = {file.name for file in (tmp_path / "demo/output/2025-06/South").iterdir()}
    assert {"monthly.en.html", "monthly.en.pdf", "monthly.en.xlsx", "monthly.en.png", "monthly.en.json"} <= files
    assert (tmp_path / "demo/output/index.html").is_file()
