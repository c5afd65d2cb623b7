"""The documentation says what the code does: its commands run, its pages are up to date, its links lead somewhere."""

import importlib.util
import re
import shlex
from pathlib import Path
from types import ModuleType

import click
import pytest
from click.testing import CliRunner

import kamreport
from kamreport.book.demo import SETTINGS
from kamreport.cli import main
from kamreport.settings import Rules, load_settings

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


def _commands() -> list[tuple[str, list[str]]]:
    """What is typed, and what a schedule runs."""
    found = []
    for page in PAGES:
        for kind, block in re.findall(r"```(console|crontab|ini|bat)\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
            if kind != "console":
                commands = re.findall(r"(?<=[\\/])(kamreport)(?:\.exe)?((?: [\w.=-]+)+)", block)
                commands = ["".join(one) for one in commands]
            found.extend((page.name, shlex.split(command, comments=True)) for command in commands)
    return found


def _tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("page", "words"), _commands())
def test_every_command_in_the_documentation_exists_with_its_options(page: str, words: list[str]) -> None:
    program = words[0].rsplit("/", 1)[-1]
    if program == "kamreport":
        command = main.commands[words[1]]
        with click.Context(main, info_name="kamreport", **main.context_settings) as parent:
            command.make_context(words[1], words[2:], parent=parent, resilient_parsing=False)
    elif program == "make":
        assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE), page
    else:
        assert program in {"cd", "python3", "pip"}, page


def test_every_schedule_is_among_the_commands() -> None:
    """Two lines of cron, one of systemd, one of Windows, and what is typed besides."""
    found = [words for page, words in _commands() if page == "schedule.md"]
    assert found.count(["kamreport", "run", "--period", "latest"]) == 3
    assert ["kamreport", "prune", "--older-than", "90d", "--delete"] in found


def test_the_commands_for_a_first_look_work_in_this_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = CliRunner()
    monkeypatch.chdir(tmp_path)
    assert runner.invoke(main, ["init", "--demo", "demo"]).exit_code == 0
    monkeypatch.chdir(tmp_path / "demo")
    checked = runner.invoke(main, ["check"])
    assert checked.exit_code == 0
    assert "The regions sum to the company and to the input, to the cent." in " ".join(checked.output.split())
    assert "nothing is printed" in runner.invoke(main, ["status"]).output


def test_generated_pages_are_up_to_date() -> None:
    for path, content in _tool("pages").pages().items():
        assert (ROOT / "docs" / path).read_text("utf-8") == content, f"run make docs: {path}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_every_rule_named_in_the_analyses_exists() -> None:
    named = set()
    for page in (ROOT / "docs/analyses").glob("*.md"):
        named |= set(re.findall(r"`([a-z]+_[a-z_]+)`", page.read_text("utf-8")))
    known = set(Rules.model_fields) | set(kamreport.__all__)
    assert {name for name in named if name not in known and not name.startswith(("kam", "accounts"))} == set()


def test_every_analysis_page_is_listed_and_names_functions_that_exist() -> None:
    listed = (ROOT / "docs/analyses/index.md").read_text("utf-8")
    for page in (ROOT / "docs/analyses").glob("*.md"):
        if page.name == "index.md":
            continue
        assert f"({page.name})" in listed
        for name in re.findall(r"`kam\.(\w+)`", page.read_text("utf-8")):
            assert name in kamreport.__all__, name


def test_the_root_of_the_checkout_is_a_workspace_on_the_demo() -> None:
    assert (ROOT / "kamreport.toml").read_text("utf-8") == SETTINGS
    assert load_settings(ROOT).notebooks == ROOT / "notebooks"


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150


def test_pins_carry_versions_only() -> None:
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines():
        assert line.startswith("#") or re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line), line
