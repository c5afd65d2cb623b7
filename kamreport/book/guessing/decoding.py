"""In what encoding a text file was saved, and what parts its columns."""

import codecs
import csv
import io
from collections import Counter
from dataclasses import dataclass

from kamreport.book.guessing.guess import Confidence

__all__ = ["Decoded", "find_delimiter", "guess_encoding", "split"]

_DELIMITERS = (",", ";", "\t", "|", " ")
_MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
# Lead bytes of the characters that are in common use, and of punctuation.
_COMMON = {"gb18030": ("gb2312", range(0xA1, 0xD8)), "big5": ("big5", range(0xA1, 0xC7))}
_CLEAR = 0.15


@dataclass(frozen=True)
class Decoded:
    """An encoding, how sure it is, and why."""

    encoding: str
    confidence: Confidence
    why: str


def guess_encoding(content: bytes, *, whole: bool) -> Decoded:
    """Find the encoding: the file's own mark, UTF-8 if it is that without a fault, else GB18030 or Big5.

    GB18030 and Big5 read nearly each other's every byte; the one that gives more of the characters in common use is
    taken, and called unsure where the other gives as many.

    Parameters
    ----------
    whole
        The content ends where the file ends, and not within a character.

    Examples
    --------
    >>> guess_encoding("客户编码,开票日期".encode("gb18030"), whole=True).encoding
    'gb18030'
    >>> guess_encoding(b"date,revenue", whole=True).why
    'plain ASCII'
    """
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return Decoded(encoding, "sure", "the file's byte order mark")
    if content.isascii():
        return Decoded("utf-8", "sure", "plain ASCII")
    if _decodes(content, "utf-8", whole):
        return Decoded("utf-8", "sure", "decodes without a fault")
    shares = {name: _common_share(content, name, whole) for name in _COMMON if _decodes(content, name, whole)}
    best = max(shares, key=lambda name: shares[name], default="")
    if not best or shares[best] < 0.5:
        return Decoded("cp1252", "unsure", "neither UTF-8 nor usual Chinese: Western, probably")
    others = [name for name in shares if name != best]
    if not others:
        return Decoded(best, "sure", "the only one that decodes without a fault")
    clear = shares[best] - shares[others[0]] >= _CLEAR
    why = f"decodes also as {others[0]}, in rarer characters" if clear else f"decodes as well as {others[0]}"
    return Decoded(best, "likely" if clear else "unsure", why)


def _decodes(content: bytes, encoding: str, whole: bool) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(content, final=whole)
    except UnicodeError:
        return False
    return True


def _common_share(content: bytes, encoding: str, whole: bool) -> float:
    """Share of the characters beyond ASCII that are in common use."""
    text = codecs.getincrementaldecoder(encoding)().decode(content, final=whole)
    wide = [char for char in text if not char.isascii()]
    plain, leads = _COMMON[encoding]
    common = sum(bool(one := char.encode(plain, "ignore")) and one[0] in leads for char in wide)
    return common / len(wide) if wide else 0.0


def split(text: str, delimiter: str, *, whole: bool = True) -> list[tuple[int, list[str]]]:
    """Split a text into records with the line that each starts on, as the loader does; empty lines are none.

    Raises
    ------
    csv.Error
        Unless only the end is cut off.
    """
    spaced = delimiter == " "
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=spaced)
    records: list[tuple[int, list[str]]] = []
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader, None)
        except csv.Error:
            if whole:
                raise
            return records
        if record is None:
            break
        if spaced and record and not record[-1]:
            record.pop()
        if record:
            records.append((line, record))
    return records if whole else records[:-1]


def find_delimiter(text: str, *, whole: bool) -> str:
    r"""Find what parts the columns: the sign by which most records, and the first ones too, are equally wide.

    Examples
    --------
    >>> find_delimiter('a;b;c\\n1,5;2,5;x\\n', whole=True)
    ';'
    """
    best, found = (False, 0.0, 0), ""
    for delimiter in filter(text.__contains__, _DELIMITERS):
        try:
            records = split(text, delimiter, whole=whole)
        except csv.Error:
            continue
        widths = Counter(len(record) for _, record in records if len(record) > 1)
        if not widths:
            continue
        width, count = widths.most_common(1)[0]
        first = records[:20]
        fit = (
            count >= 0.9 * len(records) or len(first) - count <= 5,
            round(sum(len(record) == width for _, record in first) / len(first), 3),
            width,
        )
        # Spaces stand in texts too: they part columns only where no other sign does.
        if fit > best and not (delimiter == " " and found):
            best, found = fit, delimiter
    return found
