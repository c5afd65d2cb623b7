"""The words of vocabulary.toml: what headers, codes, units and totals are called."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from kamreport.book.contract import TABLES, Table

__all__ = [
    "LISTED", "POSSIBLE", "USUAL", "codes_of", "columns_called", "currency_of", "is_known", "naming_words", "plain",
    "unit_of", "unit_word", "words",
]  # fmt: skip

# How a header speaks for a column: the contract's own word, a listed one, one that may mean others too.
USUAL, LISTED, POSSIBLE = 3, 2, 1
_BRACKETS = re.compile(r"[(\[【<]([^)\]】>]*)[)\]】>]")
_IGNORED = re.compile(r"[\s\-_./:*#'\"]+")


@cache
def _vocabulary() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("vocabulary.toml").read_text("utf-8"))


def plain(text: str) -> str:
    """Reduce a header or word to what counts: width, case, spaces, signs and a unit in brackets do not.

    Examples
    --------
    >>> plain("Sales_Amount"), plain("金额（万元）"), plain("金额(含税)")
    ('salesamount', '金额', '含税金额')
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = _BRACKETS.sub(lambda match: match[1] if re.search("tax|vat", match[1]) else "", folded)
    kept = "".join(said for said in _BRACKETS.findall(folded) if "税" in said) + kept
    return _IGNORED.sub("", kept) or _IGNORED.sub("", folded) or folded.strip()


def unit_word(header: str) -> str:
    """The unit that a header names in brackets or after a comma or a stroke; empty where there is none.

    Examples
    --------
    >>> unit_word("金额（万元）"), unit_word("Sales, TEUR"), unit_word("数量"), unit_word("金额万元")
    ('万元', 'teur', '', '万元')
    """
    folded = unicodedata.normalize("NFKC", header).casefold().strip()
    known: set[str] = {word for unit in _vocabulary()["units"].values() for word in unit}
    for said in [*_BRACKETS.findall(folded), *re.split("[,/:]", folded)[1:], folded.removeprefix("in ")]:
        if (word := str(said).strip().removeprefix("单位").lstrip(":").strip()) in known:
            return word
    for ending in ("百万元", "万元", "千元", "亿元"):
        if folded.endswith(ending):
            return ending
    return ""


def unit_of(word: str) -> float:
    """What a number in a unit is multiplied by."""
    return next((float(factor) for factor, named in _vocabulary()["units"].items() if word in named), 1.0)


def currency_of(word: str) -> str:
    """The currency that a unit is of; empty where it does not say."""
    return next((code for code, named in _vocabulary()["currencies"].items() if word in named), "")


@cache
def words(kind: str) -> frozenset[str]:
    """Words of one kind: ``empty`` as written, the others plain."""
    written = _vocabulary()["words"][kind]
    return frozenset(written if kind == "empty" else map(plain, written))


@cache
def _called(table: str) -> dict[str, dict[str, int]]:
    """Plain header -> column -> how it speaks for it."""
    found: dict[str, dict[str, int]] = {}
    for column in TABLES[table].columns:
        general = _vocabulary()["columns"].get(column.name, {})
        own = _vocabulary()["tables"].get(table, {}).get(column.name, {})
        said = [(USUAL, [column.name, column.zh])]
        said += [(LISTED, part.get("also", [])) for part in (general, own)]
        said += [(POSSIBLE, part.get("maybe", [])) for part in (general, own)]
        for strength, names in said:
            for name in names:
                columns = found.setdefault(plain(name), {})
                columns[column.name] = max(strength, columns.get(column.name, 0))
    return found


def columns_called(header: str, table: Table) -> dict[str, int]:
    """The columns of a table that a header may mean, and how it speaks for each; the strongest only.

    Examples
    --------
    >>> columns_called("开票日期", TABLES["transactions"]), columns_called("日期", TABLES["transactions"])
    ({'date': 3}, {'date': 1, 'order_date': 1})
    """
    called = _called(table.name)
    found = called.get(plain(header), {})
    if not found and "/" in header:  # the lower of two rows, where the whole is no word
        found = dict.fromkeys(called.get(plain(header.rpartition("/")[2]), {}), POSSIBLE)
    best = max(found.values(), default=0)
    return {name: strength for name, strength in found.items() if strength == best}


@cache
def is_known(header: str) -> bool:
    """Whether it is a word for any column of any table."""
    return any(columns_called(header, table) for table in TABLES.values())


def naming_words(table: Table) -> Iterator[str]:
    """Words that say of a file, sheet or title that it holds the table."""
    for word in (table.name, table.zh, *_vocabulary()["named"].get(table.name, [])):
        yield plain(word)


@cache
def codes_of(table: str, column: str) -> dict[str, str]:
    """Plain word -> code; the codes themselves are among the words."""
    named = _vocabulary()["codes"].get(table, {}).get(column, {})
    known = {plain(word): code for code, written in named.items() for word in written}
    return {**known, **{plain(code): code for code in TABLES[table].by_name[column].values}}
