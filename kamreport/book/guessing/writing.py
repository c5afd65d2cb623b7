"""The text of the draft: questions first, then each table with what was guessed and how sure that is."""

from collections.abc import Iterable, Sequence
from typing import Any

import tomlkit
from tomlkit.items import Table as TomlTable

from kamreport.book.contract import TABLES
from kamreport.book.guessing.guess import Asked, Guess, Question, TableGuess
from kamreport.language import clean

__all__ = ["write_draft"]

_HEAD = """\
A draft of kamreport.toml, made by looking at the first 2,000 records of each file and the last.
Nothing was loaded. Answer the questions, look at every line, then run: kamreport check

sure    its usual name or a known one, the one reading that fits
likely  what fits best; look twice
unsure  stands behind a # and does nothing until you take that away"""
_INNER = ("unpivot", "columns", "constants", "values", "scale", "tax_included", "drop")
_ORDER = ("sheet", "header", "encoding", "delimiter", "date_format", "decimal", "thousands", "empty", "fill_down")
# Asked always: no export says it.
_ALWAYS = (
    Question(Asked.UP_TO, "on which day were the files exported? Without data.up_to the last invoice is the end."),
    Question(Asked.FISCAL_YEAR, "in which month does the fiscal year start? Without fiscal_year_start in January."),
)


def write_draft(tables: Sequence[TableGuess], questions: Iterable[Question]) -> tuple[str, int]:
    """Write the draft; gives its text and how many questions it asks."""
    currency = next((guess.currency for guess in tables if guess.currency), "")
    asked = sorted([*questions, *_ALWAYS, *_of_tables(tables, currency)])
    document = tomlkit.document()
    for line in _HEAD.splitlines():
        document.add(tomlkit.comment(line) if line else tomlkit.comment(""))
    document.add(tomlkit.nl())
    for number, question in enumerate(asked, start=1):
        document.add(tomlkit.comment(f"? {number}. {clean(question.text)}"))
    document.add(tomlkit.nl())
    document.add("company", _company(currency))
    data = tomlkit.table()
    data.add(tomlkit.comment("up_to = 2025-06-30"))
    data.add(tomlkit.nl())
    document.add("data", data)
    group = tomlkit.table(is_super_table=True)
    for guess in tables:
        group.add(guess.table, _table(guess))
    if tables:
        document.add("tables", group)
    return document.as_string(), len(asked)


def _of_tables(tables: Sequence[TableGuess], currency: str) -> list[Question]:
    """What the tables ask, and what is missing among them."""
    asked = [question for guess in tables for question in guess.questions]
    if not any(guess.table == "transactions" for guess in tables):
        asked.append(Question(Asked.TABLE, "which file holds the transactions, the one table that is required?"))
    for guess in tables:
        for name in guess.missing:
            column = TABLES[guess.table].by_name[name]
            about = Asked.TAX if (guess.table, name) == ("transactions", "revenue") else Asked.COLUMN
            asked.append(
                Question(about, f"{guess.paths[0].name}: no header is {name} [{column.zh}], which is required.")
            )
    if not currency:
        asked.append(
            Question(Asked.CURRENCY, "in which currency are the amounts? CNY, unless company.currency says other.")
        )
    return asked


def _company(currency: str) -> TomlTable:
    company = tomlkit.table()
    if currency:
        company.add("currency", tomlkit.string(currency).comment("likely: a unit says so"))
    else:
        company.add(tomlkit.comment('currency = "CNY"'))
    company.add(tomlkit.comment("fiscal_year_start = 1"))
    company.add(tomlkit.nl())
    return company


def _table(guess: TableGuess) -> TomlTable:
    """A table's entries: single ones first, then those with entries of their own."""
    table = tomlkit.table()
    table.comment(f"{TABLES[guess.table].zh}; {guess.confidence}: {guess.why}")
    table.add("path", tomlkit.string(guess.path))
    single = {one.entry[0]: one for one in guess.guesses if len(one.entry) == 1}
    for name in _ORDER:
        if name in single:
            _add(table, name, single[name])
    if guess.unmapped:
        table.add(tomlkit.comment(f"not mapped: {', '.join(clean(header) for header in guess.unmapped)}"))
    table.add(tomlkit.nl())
    for name in _INNER:
        if inner := _inner(name, guess.guesses):
            table.add(name, inner)
    return table


def _inner(name: str, guesses: Sequence[Guess]) -> TomlTable | None:
    """A table of a table; where all of it is unsure, its own line stays and is empty."""
    found = [guess for guess in guesses if guess.entry[0] == name]
    if not found:
        return None
    inner = tomlkit.table()
    for guess in found:
        if len(guess.entry) == 1:  # a table as a whole
            inner.comment(_said(guess))
            for key, value in guess.value.items():
                inner.add(key, value)
        else:
            _add(inner, guess.entry[1], guess)
    inner.add(tomlkit.nl())
    return inner


def _add(table: TomlTable, key: str, guess: Guess) -> None:
    """Add an entry with its comment; an unsure one as a comment as a whole."""
    value = tomlkit.item(_inline(guess.value))
    if guess.confidence == "unsure":
        written = f"{tomlkit.key(key).as_string() if _is_bare(key) else _quoted(key)} = {value.as_string()}"
        table.add(tomlkit.comment(f"{written} # {_said(guess)}"))
    else:
        table.add(key, value.comment(_said(guess)))


def _is_bare(key: str) -> bool:
    return key.isascii() and key.replace("_", "").replace("-", "").isalnum()


def _quoted(key: str) -> str:
    return tomlkit.string(key).as_string()


def _inline(value: Any) -> Any:
    """Codes of a column stand in one line."""
    if not isinstance(value, dict):
        return value
    inline = tomlkit.inline_table()
    inline.update(value)
    return inline


def _said(guess: Guess) -> str:
    shown = f"; {' | '.join(guess.samples)}" if guess.samples else ""
    return clean(f"{guess.confidence}: {guess.why}{shown}")
