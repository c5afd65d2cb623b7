"""Help, version, and what the command line says to a mistake: one line with the next step, never a traceback."""

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

from kamreport import __version__
from kamreport.cli import main

from .conftest import Ask, error

COMMANDS = ["check", "init", "lab", "map", "prune", "run", "status"]


def test_the_commands_are_these() -> None:
    assert sorted(main.commands) == COMMANDS


@pytest.mark.parametrize("flag", ["--help", "-h"])
@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself_with_an_example(command: str, flag: str, ask: Ask) -> None:
    answer = ask(command, flag)
    assert (answer.status, answer.err) == (0, "")
    assert answer.out.startswith(f"Usage: kamreport {command} ")
    assert re.search(rf"^  Examples?:\n    kamreport {command}", answer.out, re.MULTILINE)
    options = [one for one in main.commands[command].params if isinstance(one, click.Option)]
    assert [one.name for one in options if not one.help] == []


def test_without_a_command_it_shows_the_first_steps(ask: Ask) -> None:
    bare, helped = ask(), ask("--help")
    assert (bare.status, helped.status) == (2, 0)
    for text in (bare.out + bare.err, helped.out):
        assert "First steps:\n    kamreport init --demo demo && cd demo" in text
        assert all(f"\n  {command} " in text for command in COMMANDS)


def test_the_version_is_said(ask: Ask) -> None:
    assert ask("--version").out == f"kamreport, version {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["chekc"],
            "command 'chekc' does not exist; did you mean 'check'? Known: check, init, lab, map, prune, run, status",
        ),
        (["zzz"], "command 'zzz' does not exist. Known: check, init, lab, map, prune, run, status"),
        (["--zzz"], "no such option '--zzz'; see kamreport --help"),
        (
            ["check", "--langauge", "zh"],
            "no such option '--langauge'; did you mean '--language'? See kamreport check --help",
        ),
        (["run", "--zzz"], "no such option '--zzz'; see kamreport run --help"),
        (
            ["check", "--language", "fr"],
            "invalid value for '--language': 'fr' is not one of 'en', 'zh'; see kamreport check --help",
        ),
        (
            ["run", "--jobs", "0"],
            "invalid value for '--jobs': 0 is not in the range 1<=x<=64; see kamreport run --help",
        ),
        (["check", "extra"], "got unexpected extra argument (extra); see kamreport check --help"),
    ],
)
def test_a_misspelt_command_option_or_value_is_one_line(arguments: list[str], said: str, ask: Ask) -> None:
    answer = ask(*arguments)
    assert (error(answer), answer.status, answer.out) == (said, 2, "")


@pytest.mark.parametrize("command", ["check", "lab", "run", "status"])
def test_outside_a_workspace_it_says_how_to_make_one(command: str, ask: Ask, tmp_path: Path) -> None:
    answer = ask(command, at=tmp_path)
    assert error(answer) == (
        f"no kamreport.toml in {tmp_path} or above; make a workspace with: kamreport init --demo demo && cd demo"
    )
    assert answer.status == 2


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize(
    ("settings", "said", "status"),
    [
        ("", "kamreport.toml maps no transactions; add [tables.transactions] with a path or sql", 1),
        ("[print]\nlanguages = ['fr']", "kamreport.toml: 'print.languages.0' is 'fr': input should be 'en' or 'zh'", 2),
    ],
)
def test_a_faulty_kamreport_toml_is_one_line(
    command: str, settings: str, said: str, status: int, ask: Ask, tmp_path: Path
) -> None:
    (tmp_path / "kamreport.toml").write_text(settings)
    answer = ask(command, at=tmp_path)
    assert (error(answer), answer.status) == (said, status)


def test_a_stopped_command_ends_with_130(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / "kamreport.toml").write_text("")
    monkeypatch.setattr("kamreport.settings.load_settings", stopped)
    answer = ask("check", at=tmp_path)
    assert (error(answer), answer.status) == ("stopped", 130)


def test_a_fault_of_our_own_keeps_its_traceback(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kamreport.settings.load_settings", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ask("check", at=tmp_path)


def test_help_does_not_load_what_only_printing_needs() -> None:
    """The command line starts in a fraction of a second."""
    code = (
        "import sys, kamreport.cli; "
        "print(*sorted({'pandas', 'duckdb', 'matplotlib', 'pydantic', 'weasyprint', 'babel'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""


# The lab


def test_the_lab_opens_on_the_workspace_with_the_arguments_given(
    ask: Ask, demo_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[list[str], dict[str, str]]] = []

    def run(command: list[str], *, env: dict[str, str], check: bool) -> subprocess.CompletedProcess[str]:
        started.append((command, env))
        return subprocess.CompletedProcess(command, 7)

    monkeypatch.setattr("kamreport.cli.commands.subprocess", SimpleNamespace(run=run))
    assert ask("lab", "--no-browser", "--port", "9999", at=demo_root).status == 7
    ((command, env),) = started
    assert command == [
        sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={demo_root}", "--no-browser", "--port", "9999",
    ]  # fmt: skip
    assert env["KAMREPORT_WORKSPACE"] == str(demo_root)


def test_the_lab_does_not_open_on_data_that_cannot_be_read(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "kamreport.toml").write_text('[tables.transactions]\npath = "nothing.csv"\n')
    answer = ask("lab", at=tmp_path)
    assert answer.status == 1
    assert error(answer).startswith("tables.transactions: there is no file ")
