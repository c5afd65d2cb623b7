"""Where the headers of a sample stand: below titles, in one row or two; and months that are columns."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from kamreport.book.guessing.guess import Confidence
from kamreport.book.guessing.sampling import Rows, Sample
from kamreport.book.guessing.vocabulary import is_known
from kamreport.book.headers import join_headers

__all__ = ["Heading", "as_month", "find_heading", "is_value"]

_SEARCHED = 30
_VALUE = re.compile(
    r"[\s¥￥$€£+(-]*\d[\d,.\s']*[%)-]?"  # a number
    r"|\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}日?([ T].*)?"  # a day
    r"|#?(?:[A-Za-z]{1,4}[-_]?)?\d{3,}[\w./-]*|\d+",  # a number of a document
    re.ASCII,
)
_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = re.compile(r"(?:(\d{4})[-/年.]?)?(\d{1,2})月(?:份)?|(\d{4})[-/.](\d{1,2})|((?:19|20)\d{2})(0[1-9]|1[0-2])")
_NAMED = re.compile(r"([a-z]{3})[a-z]*[\s.\-/']*(\d{4}|\d{2})?")


@dataclass
class Heading:
    """What names the columns, and what stands above and below.

    Attributes
    ----------
    header
        As kamreport.toml says it: a row, two rows, or 0 where there is none.
    body, tail
        The rows below, as wide as the headers.
    """

    header: int | list[int] | None
    headers: list[str]
    titles: list[str]
    body: Rows
    tail: Rows
    confidence: Confidence
    why: str


def is_value(cell: str) -> bool:
    """Whether a cell is a number, a day or a document's number, and so no header.

    Examples
    --------
    >>> [is_value(cell) for cell in ("2025-06-01", "1,234.50", "XS-00012", "数量", "1月", "Q1 sales")]
    [True, True, True, False, False, False]
    """
    return bool(_VALUE.fullmatch(cell.strip())) and as_month(cell) is None


def as_month(header: str) -> tuple[int, int] | None:
    """The year (0 where it is not said) and month that a header names.

    Examples
    --------
    >>> as_month("3月"), as_month("2025年3月"), as_month("202503"), as_month("Mar-25"), as_month("市场")
    ((0, 3), (2025, 3), (2025, 3), (2025, 3), None)
    """
    text = header.strip().casefold()
    if match := _MONTH.fullmatch(text):
        year, month = next((y or "0", m) for y, m in zip(match.groups()[::2], match.groups()[1::2], strict=True) if m)
    elif (match := _NAMED.fullmatch(text)) and match[1] in _ENGLISH and text[:9].isascii():
        short = match[2] or "0"
        year, month = f"20{short}" if len(short) == 2 else short, str(_ENGLISH.index(match[1]) + 1)
    else:
        return None
    return (int(year), int(month)) if 1 <= int(month) <= 12 else None


def find_heading(sample: Sample) -> Heading:
    """Find the headers: the row with most words of the vocabulary, else the first that is filled and holds no value."""
    rows = sample.rows
    if sample.headed:
        return _below(sample, [0], "sure", "the file names its columns itself")
    first = rows[:_SEARCHED]
    width = Counter(_filled(cells) for _, cells in rows[:200]).most_common(1)[0][0]
    fits = [(_known(cells), -place) for place, (_, cells) in enumerate(first) if not _holds_values(cells)]
    best, place = max(fits, default=(0, 0))
    place = -place
    if best >= 2 or (best and width <= 3):
        chosen = _with_second(first, place)
        known = _known(join_headers([first[at][1] for at in chosen]))
        filled = _filled(join_headers([first[at][1] for at in chosen]))
        sure = known * 2 >= filled
        why = f"{known} of its {filled} headers are usual ones"
        return _below(sample, chosen, "sure" if sure else "likely", why)
    for place, (_, cells) in enumerate(first):
        texts = [cell.strip() for cell in cells if cell.strip()]
        if len(texts) * 2 > width and not _holds_values(cells) and len(set(texts)) == len(texts) > 1:
            below = [cells for _, cells in rows[place + 1 : place + 50]]
            if any(is_value(cell) for cells in below for cell in cells):
                return _below(sample, _with_second(first, place), "likely", "the first row that holds texts only")
            break
    return _below(sample, [], "unsure", "no row looks like headers")


def _filled(cells: list[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)


def _known(cells: list[str]) -> int:
    return sum(bool(cell.strip()) and (is_known(cell) or as_month(cell) is not None) for cell in cells)


def _holds_values(cells: list[str]) -> bool:
    return any(is_value(cell) for cell in cells)


def _with_second(rows: Rows, place: int) -> list[int]:
    """The header's rows: two where one fills the gaps of the other and neither holds a value."""
    for upper, lower in ((place - 1, place), (place, place + 1)):
        if upper >= 0 and lower < len(rows) and _is_pair(rows[upper][1], rows[lower][1]):
            return [upper, lower]
    return [place]


def _is_pair(upper: list[str], lower: list[str]) -> bool:
    above = [bool(cell.strip()) for cell in upper]
    below = [bool(cell.strip()) for cell in lower]
    if len(above) != len(below) or sum(above) < 2 or _holds_values(lower) or _holds_values(upper):
        return False
    spans = any(left and not here and there for (left, here), there in zip(pairwise(above), below[1:], strict=True))
    gaps = sum(one and not other for one, other in zip(above, below, strict=True))
    texts = [cell.strip() for cell in lower if cell.strip()]
    # Below a merged cell stand its parts, and below the others nothing, or the parts repeat.
    return spans and (gaps > 0 or len(set(texts)) < len(texts))


def _below(sample: Sample, chosen: list[int], confidence: Confidence, why: str) -> Heading:
    rows = sample.rows
    numbers = [rows[place][0] for place in chosen]
    rest = rows[chosen[-1] + 1 :] if chosen else rows
    width = max((len(cells) for _, cells in rest[:200]), default=0)
    if chosen:
        headers = join_headers([rows[place][1] for place in chosen])
        headers += [""] * (width - len(headers))
    else:
        headers = [str(place + 1) for place in range(width)]
    header: int | list[int] | None = numbers if len(numbers) > 1 else numbers[0] if numbers else 0
    if sample.headed:
        header = None
    titles = [cell.strip() for _, cells in rows[: chosen[0] if chosen else 0] for cell in cells if cell.strip()]
    return Heading(
        header, headers, titles, _padded(rest, len(headers)), _padded(sample.tail, len(headers)), confidence, why
    )


def _padded(rows: Rows, width: int) -> Rows:
    return [(number, (cells + [""] * width)[:width]) for number, cells in rows if any(map(str.strip, cells))]
