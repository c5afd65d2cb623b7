"""Where the commands write tables: the terminal, or a file wide enough for them."""

from rich.console import Console

__all__ = ["screen"]

_WIDE = 160  # columns where no terminal sets a width


def screen() -> Console:
    """Open standard output."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDE
    return console
