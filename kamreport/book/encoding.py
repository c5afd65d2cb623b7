"""In which encoding a text file is read: its own mark goes first, then UTF-8, then what is declared; none is guessed.

GB18030 and Big5 take most UTF-8 for text, and Latin-1 takes anything; UTF-8 takes of them next to nothing.
"""

import codecs
from pathlib import Path

from kamreport.errors import DataError

__all__ = ["decoded_as", "is_declared", "not_decoded"]

_BLOCK = 1 << 23
_ASCII = bytes(range(128))
_USUAL = ("gb18030", "big5")
# Of how many characters a preview is made.
_SHOWN = 20


def decoded_as(path: Path, declared: str) -> str:
    """Follow the file's own byte order mark, then its being UTF-8, then the declared encoding.

    Raises
    ------
    DataError
        If there is no such encoding.
    """
    with path.open("rb") as file:
        mark = file.read(4)
    if mark.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if mark.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        "".encode(declared)
    except LookupError:
        raise DataError(f"{path.name}: there is no encoding '{declared}'; use utf-8, gb18030 or big5") from None
    return "utf-8" if _holds_ascii(declared) and _is_utf8(path) else declared


def is_declared(read: str, declared: str) -> bool:
    """Whether an encoding is the one that is declared, by whatever name; a byte order mark makes UTF-8 no other."""
    return codecs.lookup(read).name.removesuffix("-sig") == codecs.lookup(declared).name.removesuffix("-sig")


def _holds_ascii(encoding: str) -> bool:
    """Whether plain text is the same in an encoding as in UTF-8, which itself needs no look at the file."""
    return "a,\n".encode(encoding) == b"a,\n" and not is_declared("utf-8", encoding)


def _is_utf8(path: Path) -> bool:
    """Whether a file is UTF-8 to its end and has characters beyond ASCII, most of them of three bytes or more.

    Chinese ones are. A few characters of another encoding can be valid UTF-8 too: if they are in common use they make
    characters of two bytes.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    characters = beyond = 0
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                plain = 0 if block.isascii() else len(block.translate(None, _ASCII))
                beyond += plain
                characters += len(decoder.decode(block)) - (len(block) - plain)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return 2 * beyond > 5 * characters


def not_decoded(path: Path, encoding: str) -> DataError:
    """Say which line of a file is not in its encoding, and how that line reads in the usual ones."""
    if not _holds_ascii(encoding) and not is_declared("utf-8", encoding):
        return DataError(f"{path.name} is not {encoding} to its end; export it again, as UTF-8")
    number, broken = _first_broken(path, encoding)
    readings = [
        f"as {name} it reads '{preview}'"
        for name in _USUAL
        if not is_declared(name, encoding) and (preview := _preview(broken, name))
    ]
    said = f"{path.name}, line {number}: not {encoding}"
    if not readings:
        return DataError(f"{said}, nor another encoding in use for Chinese; export it again, as UTF-8")
    return DataError(f"{said}; {', '.join(readings)}; set encoding to the one that reads right")


def _first_broken(path: Path, encoding: str) -> tuple[int, bytes]:
    """The first line that is not in an encoding, and its number."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                return number, line
    return 1, b""  # each of its lines is, and only all of them together are not


def _preview(line: bytes, encoding: str) -> str:
    """How a line reads from its first character beyond ASCII on; empty where it does not."""
    start = next((place for place, byte in enumerate(line) if byte > 127), 0)
    try:
        text = line[start:].decode(encoding).rstrip()
    except UnicodeDecodeError:
        return ""
    shown = "".join(char if char.isprintable() else " " for char in text[:_SHOWN])
    return shown + "..." * (len(text) > _SHOWN)
