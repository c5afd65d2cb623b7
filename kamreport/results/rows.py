"""Rows of a frame, one by one."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

__all__ = ["each"]


def each(frame: pd.DataFrame) -> Iterator[Any]:
    """Yield the rows of a frame with their columns as attributes.

    Examples
    --------
    >>> [row.name for row in each(pd.DataFrame({"name": ["a", "b"]}))]
    ['a', 'b']
    """
    return iter(frame.itertuples(index=False))
