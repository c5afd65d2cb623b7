"""Exports as firms make them, written into a folder, and what is drafted from them."""

import tomllib
from pathlib import Path
from typing import Any

from kamreport.book.guessing import Draft, draft_mapping

LINES = [
    ["2025-06-13", "C001", "P-01", "10", "1234.50"],
    ["2025-06-14", "C002", "P-02", "2", "80.25"],
    ["2025-06-20", "C001", "P-02", "-1", "-40.10"],
    ["2025-06-30", "C003", "P-01", "5", "617.25"],
]
HEADERS = ["开票日期", "客户编码", "存货编码", "数量", "无税金额"]


def csv(rows: list[list[str]], *, delimiter: str = ",") -> str:
    """Rows as text; a cell with the delimiter in quotation marks."""
    quoted = [[f'"{cell}"' if delimiter in cell else cell for cell in row] for row in rows]
    return "\n".join(delimiter.join(row) for row in quoted) + "\n"


def column(place: int, *values: str) -> list[list[str]]:
    """The usual lines with other values in one column, as many lines as values."""
    lines = [list(LINES[number % len(LINES)]) for number in range(len(values))]
    for line, value in zip(lines, values, strict=True):
        line[place] = value
    return lines


def drafted(folder: Path, **files: str | bytes) -> Draft:
    """Write files (``sales_csv`` is sales.csv) and draft their mapping."""
    paths = []
    for name, content in files.items():
        stem, _, suffix = name.rpartition("_")
        path = folder / f"{stem}.{suffix}"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        paths.append(path)
    return draft_mapping(paths, folder)


def settled(draft: Draft, table: str = "transactions") -> dict[str, Any]:
    """What of a table stands in the draft and is loaded."""
    found: dict[str, Any] = tomllib.loads(draft.text).get("tables", {}).get(table, {})
    return found


def asked(draft: Draft) -> list[str]:
    """The questions, in their order, without their numbers."""
    return [line.split(". ", 1)[1] for line in draft.text.splitlines() if line.startswith("# ? ")]


def doubts(draft: Draft) -> list[str]:
    """The entries that stand behind a #, without their comments."""
    lines = [line for line in draft.text.splitlines() if line.startswith("# ") and "# unsure" in line]
    return [line.removeprefix("# ").split(" # unsure")[0] for line in lines]
