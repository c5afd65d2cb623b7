"""What was measured, as tables; and on which machine."""

import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

from kamreport.publish.pdf import printer

__all__ = ["Table", "describe_machine", "megabytes", "page", "ratio", "seconds"]

ROOT = Path(__file__).parent.parent.parent
_LIBRARIES = ("papermill", "nbconvert", "ipykernel", "pandas", "duckdb", "matplotlib", "weasyprint")
_RECENT_MINUTES = "load of the last 1, 5 and 15 minutes"


@dataclass(frozen=True)
class Table:
    """A table of results: the first column names, the others are figures; remarks stand below it."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    remarks: Sequence[str] = ()


def seconds(value: float) -> str:
    """Write seconds with as many decimals as say something.

    Examples
    --------
    >>> seconds(123.4), seconds(12.34), seconds(0.1234)
    ('123', '12.3', '0.12')
    """
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratio(value: float, to: float) -> str:
    """Write how many times one figure is another.

    Examples
    --------
    >>> ratio(9.0, 2.0), ratio(1.0, 0.0)
    ('4.50', '-')
    """
    return f"{value / to:.2f}" if to else "-"


def megabytes(value: float) -> str:
    """Write bytes as megabytes."""
    return f"{value / 1e6:,.0f}"


def describe_machine(load: Sequence[float]) -> list[str]:
    """Name what the figures depend on.

    Parameters
    ----------
    load
        The system's load averages before anything was measured: what others were doing meanwhile.
    """
    others = ", ".join(f"{one:.1f}" for one in load)
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    memory = f"{psutil.virtual_memory().total / 2**30:.0f} GiB"
    return [
        f"{_processor()}, {len(os.sched_getaffinity(0))} cores, {memory}; {_RECENT_MINUTES}: {others}",
        f"{platform.platform()}, Python {platform.python_version()}, {libraries}",
        f"kamreport {version('kamreport')} at {_commit()}, PDF by {Path(printer()).name}",
    ]


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in _lines(told) if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _lines(file: Path) -> list[str]:
    return file.read_text("utf-8").splitlines() if file.is_file() else []


def _commit() -> str:
    """The commit of the checkout, marked where files of it differ."""
    asked = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude", "*"]
    try:
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return "no commit"


def page(day: str, machine: Sequence[str], tables: Sequence[Table]) -> str:
    """Give the Markdown of all results."""
    parts = [f"Measured on {day}.", "", *(f"- {line}" for line in machine)]
    for table in tables:
        parts += ["", f"### {table.title}", "", *_markdown(table)]
        parts += ["", " ".join(table.remarks)] if table.remarks else []
    return "\n".join(parts) + "\n"


def _markdown(table: Table) -> list[str]:
    rule = ["---", *("--:" for _ in table.head[1:])]
    return [f"| {' | '.join(row)} |" for row in (table.head, rule, *table.rows)]
