"""The typefaces of charts: one with Chinese glyphs, one to fall back on, and what neither can draw."""

from collections.abc import Iterable
from functools import cache

from kamreport.errors import PrintError

__all__ = ["PLACEHOLDER", "families", "missing", "printable", "require_glyphs"]

PLACEHOLDER = "□"
CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
)
_LATIN = "DejaVu Sans"
INSTALL = (
    "apt-get install fonts-noto-cjk (Debian, Ubuntu), dnf install google-noto-sans-cjk-fonts (Fedora), "
    "brew install --cask font-noto-sans-cjk-sc (macOS)"
)


@cache
def families() -> tuple[str, ...]:
    """Give the typefaces to draw with, best first; the last comes with matplotlib and is always there.

    Examples
    --------
    >>> families()[-1]
    'DejaVu Sans'
    """
    from matplotlib import font_manager

    known = set(font_manager.fontManager.get_font_names())
    if known.isdisjoint(CHINESE):
        _look_again()
        known = set(font_manager.fontManager.get_font_names())
    chinese = [name for name in CHINESE if name in known]
    return (*chinese[:1], _LATIN)


def _look_again() -> None:
    """Add faces that were installed after matplotlib wrote its list of fonts."""
    from matplotlib import font_manager

    listed = {entry.fname for entry in font_manager.fontManager.ttflist}
    for file in font_manager.findSystemFonts():
        if file not in listed and any(
            mark in file for mark in ("CJK", "Han", "wqy", "YaHei", "msyh", "simhei", "PingFang")
        ):
            font_manager.fontManager.addfont(file)


@cache
def _drawable() -> frozenset[int]:
    """Code points that one of the typefaces can draw."""
    from matplotlib import font_manager

    points: set[int] = set()
    for family in families():
        file = font_manager.findfont(font_manager.FontProperties(family=[family]))
        points.update(font_manager.get_font(file).get_charmap())
    return frozenset(points)


def missing(text: str) -> set[str]:
    r"""Characters of a text that no typeface can draw.

    Examples
    --------
    >>> sorted(missing("Acme \U000e0001"))
    ['\U000e0001']
    """
    return {char for char in set(text) if not char.isspace() and ord(char) not in _drawable()}


def printable(text: str) -> tuple[str, int]:
    r"""Replace what cannot be drawn by a placeholder, and count it.

    Examples
    --------
    >>> printable("A\U000e0001")
    ('A□', 1)
    """
    lost = missing(text)
    if not lost:
        return text, 0
    return "".join(PLACEHOLDER if char in lost else char for char in text), sum(char in lost for char in text)


def require_glyphs(texts: Iterable[str]) -> None:
    """Check that our own sentences can be drawn.

    Raises
    ------
    PrintError
        With the command that installs a typeface.
    """
    lost = missing("".join(texts))
    if lost:
        raise PrintError(f"no installed typeface can draw {len(lost)} of our own characters; install one: {INSTALL}")
