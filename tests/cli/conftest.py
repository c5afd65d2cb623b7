"""The command line in this process: what it answers and with which status."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from kamreport.cli import main


@dataclass(frozen=True)
class Answer:
    """What a command has printed, and its exit status."""

    status: int
    out: str
    err: str


Ask = Callable[..., Answer]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Run a command in a folder: ``ask("check", "--rows", at=folder)``; a traceback fails the test."""

    def asked(*arguments: str, at: Path | None = None) -> Answer:
        if at is not None:
            monkeypatch.chdir(at)
        found = CliRunner(catch_exceptions=False).invoke(main, list(arguments), prog_name="kamreport")
        return Answer(found.exit_code, found.stdout, found.stderr)

    return asked


def error(answer: Answer) -> str:
    """The one line that an error is, without its mark."""
    lines = answer.err.splitlines()
    said = [line for line in lines if line.startswith("error: ")]
    assert len(said) == 1, answer
    assert lines[-1] == said[0], "something follows the error"
    assert "Traceback" not in answer.err + answer.out
    return said[0].removeprefix("error: ")
