"""Imports without what only costs time."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["lean_imports"]

# jsonschema, which nbformat imports, builds a grammar of internationalised addresses for two seconds if this is
# installed, and does without it if it is not. No notebook holds such an address to be checked.
_GRAMMAR = "rfc3987_syntax"


@contextmanager
def lean_imports() -> Iterator[None]:
    """Have libraries that are imported inside do without what they can do without; nothing of it stays.

    Examples
    --------
    >>> with lean_imports():
    ...     import nbformat
    """
    if _GRAMMAR in sys.modules:
        yield
        return
    sys.modules[_GRAMMAR] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[_GRAMMAR]
