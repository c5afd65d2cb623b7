"""How the press grows: with the reports it prints, with the data of other regions, and when nothing has changed."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kamreport.publish.manifest import read_manifest
from kamreport.settings import load_settings
from tools.bench.processes import BenchError, Cost, Watch, run
from tools.bench.results import Table, ratio, seconds
from tools.bench.ways import inside
from tools.bench.workspaces import KAMREPORT, PERIOD, SMALL, large_workspace, section_regions, section_workspace

__all__ = ["measure_rows", "measure_sections"]

_LANGUAGES = ("en", "zh")
_LAST_MONTH = 6


@dataclass(frozen=True)
class _Matrix:
    """So many regions, languages and months of a report."""

    regions: int
    languages: int
    months: int

    @property
    def reports(self) -> int:
        return self.regions * self.languages * self.months

    @property
    def period(self) -> str:
        return f"2025-{_LAST_MONTH + 1 - self.months:02}..2025-{_LAST_MONTH:02}"

    @property
    def options(self) -> list[str]:
        chosen = [word for region in section_regions(self.regions) for word in ("--region", region)]
        spoken = [word for language in _LANGUAGES[: self.languages] for word in ("--language", language)]
        return ["--period", self.period, *chosen, *spoken]


_MATRICES = (_Matrix(1, 1, 1), _Matrix(5, 2, 1), _Matrix(25, 2, 1), _Matrix(25, 2, 4))
_LONG = _Matrix(25, 2, 6)
_QUICK = (_Matrix(1, 1, 1), _Matrix(2, 2, 1))
_QUICK_LONG = _Matrix(2, 2, 2)
_ROWS = (100_000, 1_000_000, 10_000_000)
_QUICK_ROWS = (10_000, 100_000)


def measure_sections(folder: Path, *, quick: bool) -> list[Table]:
    """Print more and more reports of one section, then the same again, then so many that a leak would show."""
    matrices, long = (_QUICK, _QUICK_LONG) if quick else (_MATRICES, _LONG)
    root = section_workspace(folder, long.regions)
    inside("load", root, [f"2025-{month:02}" for month in range(1, _LAST_MONTH + 1)], folder)
    costs = [_print_afresh(root, matrix) for matrix in matrices]
    again = run([*KAMREPORT, "run", *matrices[-1].options], folder=root)
    with Watch() as watch:
        _print_afresh(root, long)
    return [
        _more_reports(matrices, costs),
        _second_run(matrices[-1].reports, costs[-1], again),
        _flatness(watch, long.reports),
    ]


def _print_afresh(root: Path, matrix: _Matrix) -> Cost:
    shutil.rmtree(load_settings(root).output, ignore_errors=True)
    return run([*KAMREPORT, "run", *matrix.options], folder=root)


def _more_reports(matrices: Sequence[_Matrix], costs: Sequence[Cost]) -> Table:
    rows = []
    for matrix, cost in zip(matrices, costs, strict=True):
        each = cost.per(matrix.reports)
        rows.append([str(matrix.reports), seconds(cost.wall), seconds(each.wall), seconds(each.cpu)])
    head = ("reports", "wall s", "wall s a report", "CPU s a report")
    return Table("Reports of one section in one run", head, rows)


def _second_run(reports: int, first: Cost, again: Cost) -> Table:
    rows = [
        ["the first", seconds(first.wall), seconds(first.cpu)],
        ["the second, with nothing changed", seconds(again.wall), seconds(again.cpu)],
        ["first / second", ratio(first.wall, again.wall), ratio(first.cpu, again.cpu)],
    ]
    return Table(f"{reports} reports of one section, twice", ("run", "wall s", "CPU s"), rows)


def _flatness(watch: Watch, reports: int) -> Table:
    rows = [
        ["resident memory, kB", f"{watch.slope('own_rss', count=reports) / 1e3:+.2f}"],
        ["open files", f"{watch.slope('own_files', count=reports):+.4f}"],
        ["threads", f"{watch.slope('own_threads', count=reports):+.4f}"],
    ]
    said = "Slope of a straight line, without the first third and the last tenth of the run."
    return Table(f"The press's process over {reports} reports of one section", ("of", "more by report"), rows, [said])


def measure_rows(folder: Path, *, quick: bool) -> list[Table]:
    """Print one small region's report while the other regions have more and more transactions."""
    rows = []
    for others in _QUICK_ROWS if quick else _ROWS:
        root = large_workspace(folder, others)
        _, told = inside("load", root, [PERIOD], folder)
        load, closing = (Cost(**told["steps"][name]) for name in ("load", "closing"))
        command = [*KAMREPORT, "run", "--region", SMALL, "--period", PERIOD, "--language", "en", "--force"]
        run(command, folder=root)
        whole = run(command, folder=root)
        made = read_manifest(load_settings(root).output / PERIOD / SMALL / "monthly.en.json")
        if made is None:
            raise BenchError(f"no report of {SMALL} was published")
        figures = (load.wall, load.cpu, closing.wall, closing.cpu, whole.wall, whole.cpu, made.seconds)
        rows.append([f"{others:,}", *map(seconds, figures)])
        shutil.rmtree(root)
    head = (
        "transactions of the others", "load, wall s", "load, CPU s", "closing, wall s", "closing, CPU s",
        "run, wall s", "run, CPU s", "report, wall s",
    )  # fmt: skip
    said = (
        "One report of one region of 20,000 transactions; the run finds the load and the closing made. The last "
        "column is the report's own time, from its first kernel to its last file, without the start of the run."
    )
    return [Table("One region's report as the other regions grow", head, rows, [said])]
