"""The demo book: a distributor invented from a seed, with planted truths and planted innocents."""

from kamreport.book.demo.write import SETTINGS, write_demo

__all__ = ["SETTINGS", "write_demo"]
