"""The load beside the least it could be: one engine that reads the same file without a question and adds it up."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.bench.processes import Cost
from tools.bench.results import Table, megabytes, ratio, seconds
from tools.bench.ways import inside
from tools.bench.workspaces import PERIOD, SMALL, invoices_workspace, large_workspace

__all__ = ["measure_loads"]

_ROWS = (100_000, 1_000_000, 10_000_000)
_QUICK_ROWS = (10_000, 100_000)
_OTHERS = (10, 200)
_OPENED_ROWS = 1_000_000
_MONEY = {"bare, exact decimals": "DECIMAL(18,4)", "bare, floating point": "DOUBLE"}


def measure_loads(folder: Path, *, quick: bool) -> list[Table]:
    """Load files of more and more lines, beside the bare engine on the same files; then open a region's book."""
    rows = _QUICK_ROWS if quick else _ROWS
    compared = [line for count in rows for line in _compare(folder, count)]
    opened = [_open(folder, others, _QUICK_ROWS[-1] if quick else _OPENED_ROWS) for others in _OTHERS]
    said = (
        "Bare: DuckDB's read_csv with the types given, then the SQL of the shapes, written as Parquet; nothing is "
        "checked and no row kept. The last column is processor seconds by those of the bare engine "
        "with exact decimals. Memory is the largest resident size of the one process."
    )
    head = ("lines and way", "wall s", "CPU s", "memory, MB", "times bare")
    return [
        Table("From CSV to the store", head, compared, [said]),
        Table("Opening one small region's book", ("other regions", "wall s", "CPU s"), opened, ["Its ledger is read."]),
    ]


def _compare(folder: Path, lines: int) -> list[Sequence[str]]:
    root = invoices_workspace(folder, lines)
    told = {name: inside("bare", root, money, folder)[1] for name, money in _MONEY.items()}
    told["load"] = inside("load", root, [], folder)[1]
    costs = {name: _cost(one, "load" if name == "load" else "bare") for name, one in told.items()}
    shutil.rmtree(root)
    least = costs[next(iter(_MONEY))].cpu
    return [
        [
            f"{lines:,}: {name}",
            seconds(cost.wall),
            seconds(cost.cpu),
            megabytes(told[name]["memory"]),
            ratio(cost.cpu, least),
        ]
        for name, cost in costs.items()
    ]


def _open(folder: Path, others: int, lines: int) -> list[str]:
    root = large_workspace(folder, lines, others=others)
    inside("load", root, [PERIOD], folder)
    cost = _cost(inside("open", root, {"region": SMALL, "period": PERIOD}, folder)[1], "open")
    shutil.rmtree(root)
    return [str(others), seconds(cost.wall), seconds(cost.cpu)]


def _cost(told: dict[str, Any], step: str) -> Cost:
    return Cost(**told["steps"][step])
