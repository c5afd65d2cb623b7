"""Where the commands write tables: the terminal, or a file wide enough for them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["screen", "show_table"]

_WIDE = 160  # columns where no terminal sets a width


def screen() -> "Console":
    """Open standard output."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDE
    return console


def show_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write one line a row, however long, in hundreds a moment: what is long stands last and can be copied whole."""
    from rich.cells import cell_len

    from kamreport.language import clean

    lines = [[cell if cell.isprintable() else clean(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(padded).rstrip())
