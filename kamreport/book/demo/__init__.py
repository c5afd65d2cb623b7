"""The demo book: a distributor invented from a seed, with planted truths and planted innocents."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from kamreport.book.demo import exports, first_day
from kamreport.book.demo.mapping import SETTINGS
from kamreport.book.demo.write import write_demo

__all__ = ["DEMOS", "SETTINGS", "Demo", "write_demo"]


class Demo(NamedTuple):
    """One of the ways in which the demo book is written: the text of kamreport.toml, and what writes the files."""

    settings: str
    write: Callable[[Path], None]


DEMOS = {
    "en": Demo(SETTINGS, write_demo),
    "zh": Demo(exports.SETTINGS, exports.write_exports),
    "day1": Demo(first_day.SETTINGS, first_day.write_first_day),
}
"""Clean files; a Chinese ERP system's exports of the same book; the half of it that is there on the first day."""
