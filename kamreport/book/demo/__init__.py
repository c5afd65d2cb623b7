"""The demo book: a distributor invented from a seed, with planted truths and planted innocents."""

from kamreport.book.demo.mapping import SETTINGS
from kamreport.book.demo.write import write_demo

__all__ = ["SETTINGS", "write_demo"]
