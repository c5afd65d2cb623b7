"""Typefaces: what is there, what they cannot draw, and that we notice."""

from collections.abc import Iterator

import pytest

from kamreport.errors import PrintError
from kamreport.language import Language
from kamreport.present import fonts
from kamreport.present.style import chart_style, figure, png

LOST = "\U000e0001"  # a tag character: no typeface draws it


@pytest.fixture
def latin_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without a Chinese typeface (fault R18)."""
    monkeypatch.setattr(fonts, "families", lambda: ("DejaVu Sans",))
    monkeypatch.setattr("kamreport.present.style.families", lambda: ("DejaVu Sans",))
    fonts._drawable.cache_clear()
    yield
    fonts._drawable.cache_clear()


def test_the_first_typeface_is_chinese_and_the_last_always_there() -> None:
    families = fonts.families()
    assert families[0] in fonts.CHINESE
    assert families[1:] == ("DejaVu Sans",)


def test_our_own_sentences_can_be_drawn_in_both_languages() -> None:
    for code in ("en", "zh"):
        fonts.require_glyphs(Language(code).sentences)
    assert fonts.missing("▲▼＝–−…□¥€£·") == set()


def test_a_lost_character_becomes_a_box_and_is_counted_each_time() -> None:
    assert fonts.printable(f"A{LOST}B{LOST}") == ("A□B□", 2)
    assert fonts.printable("大客户 Ltd.\n\t") == ("大客户 Ltd.\n\t", 0)
    assert fonts.missing(f"A {LOST}") == {LOST}


def test_without_a_chinese_typeface_the_language_is_refused_with_the_command_that_helps(latin_only: None) -> None:
    lost = len(fonts.missing("".join(Language("zh").sentences)))
    assert lost > 200
    with pytest.raises(PrintError) as error:
        fonts.require_glyphs(Language("zh").sentences)
    assert str(error.value) == (
        f"no installed typeface can draw {lost} of our own characters; install one: "
        "apt-get install fonts-noto-cjk (Debian, Ubuntu), dnf install google-noto-sans-cjk-fonts (Fedora), "
        "brew install --cask font-noto-sans-cjk-sc (macOS)"
    )


def test_without_a_chinese_typeface_english_still_prints_and_names_become_boxes(latin_only: None) -> None:
    fonts.require_glyphs(Language("en").sentences)
    assert fonts.printable("Ruifeng 瑞丰") == ("Ruifeng □□", 2)


def test_a_chart_is_refused_where_a_glyph_is_missing_and_not_drawn_with_holes(latin_only: None) -> None:
    with chart_style():
        made, (axes,) = figure(1.0)
        axes.set_title("客")
        with pytest.raises(PrintError) as error:
            png(made)
    assert str(error.value) == (
        "a chart holds a character without a glyph: Glyph 23458 (\\N{CJK UNIFIED IDEOGRAPH-5BA2}) missing from "
        "font(s) DejaVu Sans."
    )


def test_a_typeface_installed_later_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Matplotlib's own list of fonts is written once per user and can be older than the typeface."""
    from matplotlib import font_manager

    names = iter([["DejaVu Sans"], ["DejaVu Sans", "Noto Sans SC"]])
    looked: list[bool] = []
    monkeypatch.setattr(font_manager.fontManager, "get_font_names", lambda: next(names))
    monkeypatch.setattr(fonts, "_look_again", lambda: looked.append(True))
    fonts.families.cache_clear()
    try:
        assert fonts.families() == ("Noto Sans SC", "DejaVu Sans")
    finally:
        fonts.families.cache_clear()
    assert looked == [True]
