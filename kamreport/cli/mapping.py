"""The draft of kamreport.toml: where it goes, and what is said beside it."""

from collections.abc import Sequence
from pathlib import Path

import click

from kamreport.book.guessing import Draft, draft_mapping
from kamreport.errors import DataError, UsageError

__all__ = ["write_mapping"]


def write_mapping(files: Sequence[Path], target: Path | None) -> None:
    """Draft kamreport.toml from exports, to a new file or to standard output.

    Raises
    ------
    UsageError
        If the file is there already or cannot be made.
    DataError
        If none of the exports can be read.
    """
    if target and target.exists():
        raise UsageError(f"{target} is there already and would be written over; give another name")
    root = (target.parent if target else Path()).absolute()
    draft = draft_mapping(files, root)
    if len(draft.faults) == 1 and not draft.read:
        raise DataError(draft.faults[0])
    for fault in draft.faults:
        click.echo(f"left out: {fault}", err=True)
    if not draft.read:
        raise DataError(f"none of the {len(draft.faults)} files can be read; nothing was drafted")
    if target:
        _write(target, draft.text)
    else:
        click.echo(draft.text, nl=False)
    click.echo(_told(draft, target), err=True)


def _write(target: Path, text: str) -> None:
    try:
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}; choose another place") from None


def _told(draft: Draft, target: Path | None) -> str:
    tables = f"{len(draft.tables)} table" + ("" if len(draft.tables) == 1 else "s")
    questions = f"{draft.questions} question" + ("" if draft.questions == 1 else "s")
    following = "answer them in it" if target else "save it with --write kamreport.toml and answer them"
    return f"{tables} drafted, {questions}; {following}, then run: kamreport check"
