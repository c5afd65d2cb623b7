"""The door: the command line. It alone knows the book, the page and the press."""

from kamreport.cli.commands import main

__all__ = ["main"]
