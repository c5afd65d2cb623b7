"""Folder names for regions whose names come from data."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kamreport.publish.paths import slug

HOSTILE = [
    "..",
    ".",
    "/",
    "\\",
    "../../etc/passwd",
    "/etc/passwd",
    "C:\\Windows",
    "~root",
    "{region.__class__}",
    "CON",
    "nul",
    "com1",
    "LPT9",
    "COM\N{SUPERSCRIPT ONE}",
    "aux.txt",
    "a\0b",
    "a\nb",
    "a\rb",
    "gnp\N{RIGHT-TO-LEFT OVERRIDE}exe",
    "\N{ZERO WIDTH SPACE}",
    "客" * 300,
    "\N{MATHEMATICAL BOLD CAPITAL A}" * 300,
    "x" * 5000,
    "-rf",
    "--",
    "\N{PILE OF POO}",
    "\N{FAMILY}" * 60,
    "all",
    "ALL",
    "(unassigned)",
    "unassigned",
    "preview",
    ".failed",
    ".hidden",
    "trailing.",
    "trailing ",
    " leading",
    "",
    " ",
    "A/B",
    "A_B",
    "A B",
    "A-B",
    "A  B",
    "North",
    unicodedata.normalize("NFC", "Île"),
    unicodedata.normalize("NFD", "Île"),
    "Ａ",
    "lone \ud800 surrogate",
    "manifest.json",
    "index.html",
    '<b>|?*:"',
    "$HOME",
    "`id`",
    "etc f7f9121f",
]
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "0123456789")}


def _is_safe(name: str) -> bool:
    """One component that every file system takes."""
    return (
        0 < len(name.encode()) <= 255
        and name not in {".", ".."}
        and not name.startswith(("-", ".", " "))
        and not name.endswith((".", " "))
        and not set(name) & set('/\\:*?"<>|%{}$`~\0')
        and name.isprintable()
        and unicodedata.normalize("NFKC", name).casefold() not in RESERVED
    )


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name)[:40])
def test_a_hostile_name_becomes_one_harmless_folder_inside_the_output(name: str, tmp_path: Path) -> None:
    assert _is_safe(slug(name))
    place = tmp_path / slug(name)
    place.mkdir()
    assert place.resolve().parent == tmp_path.resolve()


def test_no_two_hostile_names_share_a_folder() -> None:
    given_names = [slug(name).casefold() for name in HOSTILE]
    assert sorted(given_names) == sorted(set(given_names))


@given(st.text(max_size=60))
@example("COM\N{SUPERSCRIPT TWO}")
@example("x" * 300)
def test_every_name_becomes_a_harmless_folder(name: str) -> None:
    assert _is_safe(slug(name))


@given(st.text(max_size=12), st.text(max_size=12))
@example("../etc", "etc f7f9121f")
@example("ETC F7F9121F", "../etc")
@example("Île", "I\N{COMBINING CIRCUMFLEX ACCENT}le")
@example("A/B", "A_B")
@example("all", "All")
@example("(unassigned)", "unassigned")
def test_two_names_share_a_folder_only_if_they_differ_in_case_alone(one: str, other: str) -> None:
    if unicodedata.normalize("NFC", one).casefold() != unicodedata.normalize("NFC", other).casefold():
        assert slug(one).casefold() != slug(other).casefold()


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("all", "all"),
        ("(unassigned)", "unassigned"),
        ("华东", "华东"),
        ("United Kingdom", "United-Kingdom"),
        ("Île de France", "Île-de-France"),
        ("00123", "00123"),
    ],
)
def test_an_ordinary_name_stays_readable(name: str, folder: str) -> None:
    assert slug(name) == folder


def test_a_long_name_is_cut_and_told_apart_by_a_digest() -> None:
    one, other = slug("客" * 300), slug("客" * 301)
    assert one.startswith("客" * 40 + "-")
    assert one != other
    assert len(one.encode()) == 120 + 1 + 8
