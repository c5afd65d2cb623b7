"""A source's only sheet, opened as the loader opens it."""

from pathlib import Path

from kamreport.book.files import read_sheets
from kamreport.book.sheets import Sheet
from kamreport.book.sources import resolve
from kamreport.settings import Source


def read_file(source: Source, root: Path, *, where: str) -> Sheet:
    (sheet,) = (one for path in resolve(source, root, where=where) for one in read_sheets(path, source, where=where))
    return sheet
