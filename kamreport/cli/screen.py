"""Where the commands write tables: the terminal, or a file wide enough for them."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = ["screen", "show_table"]

_WIDE = 160  # columns where no terminal sets a width


def screen() -> Console:
    """Open standard output."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDE
    return console


def show_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table of plain cells, without lines."""
    table = Table(box=None, pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    screen().print(table)
