"""A chapter's cells where one region has thousands of accounts, beside those of a region with a few dozen."""

import shutil
from pathlib import Path

from tools.bench.processes import Cost
from tools.bench.results import Table, seconds
from tools.bench.ways import ONE_THREAD, inside
from tools.bench.workspaces import CROWDED, FEW, PERIOD, crowded_workspace

__all__ = ["measure_chapter"]

_CHAPTER = "customer_value"
_ACCOUNTS, _QUICK_ACCOUNTS = 5_000, 200
_LEAST = 0.1  # seconds of a cell that has a row of its own


def measure_chapter(folder: Path, *, quick: bool) -> list[Table]:
    """Run the chapter of a region with few accounts, then that of one with many, each with and without reading."""
    accounts = _QUICK_ACCOUNTS if quick else _ACCOUNTS
    root = crowded_workspace(folder, accounts)
    inside("load", root, [PERIOD], folder)
    asked = {"chapter": _CHAPTER, "regions": [FEW, CROWDED], "period": PERIOD}
    _, told = inside("chapter", root, asked, folder, environment=ONE_THREAD)
    shutil.rmtree(root)
    runs = [{name: Cost(**cost).cpu for name, cost in one.items()} for one in told["passes"]]
    named = [name for name in runs[0] if max(run[name] for run in runs[1:]) >= _LEAST]
    rows = [[name, *(seconds(run[name]) for run in runs)] for name in named]
    rows.append(["the other cells", *(seconds(sum(run.values()) - sum(run[name] for name in named)) for run in runs)])
    rows.append(["all", *(seconds(sum(run.values())) for run in runs)])
    head = ("cell", "few, first run", "few, again", f"{accounts:,}, with reading", f"{accounts:,}, again")
    said = (
        "The first run also imports and draws for the first time; a run again finds its book read and does nothing "
        "but compute, draw and show. All in one process, one thread."
    )
    return [Table(f"CPU s of the cells of {_CHAPTER}, by the accounts of the region", head, rows, [said])]
