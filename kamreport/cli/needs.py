"""What the notebooks of a workspace ask for: the tables and columns without which they leave a section out."""

import ast
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

__all__ = ["needs_of"]


def needs_of(folder: Path) -> dict[str, list[str]]:
    """Read every ``page.requires(...)`` of the notebooks, and nothing else in them.

    Returns
    -------
    dict
        Names of notebooks by ``table`` or ``table.column``.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted(folder.glob("*.ipynb")):
        for name in _required(file):
            if file.stem not in found[name]:
                found[name].append(file.stem)
    return dict(found)


def _required(file: Path) -> Iterator[str]:
    try:
        cells = json.loads(file.read_text("utf-8"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, LookupError, TypeError):  # not a notebook; `kamreport run` says so
        return
    for source in sources:
        try:
            tree = ast.parse(source)
        except SyntaxError:  # a cell in the notebook's own language: %time
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "requires":
                table, *columns = [str(one.value) for one in node.args if isinstance(one, ast.Constant)] or [""]
                yield from [f"{table}.{column}" for column in columns] or [table]
