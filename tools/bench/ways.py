"""One report four ways: the loop, papermill with cold kernels, the press, and the floor without any kernel."""

import json
import os
import shlex
import shutil
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from kamreport.publish.press import usual_workers
from kamreport.settings import load_settings
from tools.bench.processes import BenchError, Cost, Watch, run
from tools.bench.results import Table, megabytes, ratio, seconds
from tools.bench.workspaces import KAMREPORT, PERIOD, demo_workspace

__all__ = ["ONE_THREAD", "Report", "inside", "measure_ways", "start_up"]

ROOT = Path(__file__).parent.parent.parent
_REGIONS = ("North", "South", "East", "Central", "Southwest", "Northeast")
_LANGUAGES = ("en", "zh")
_PERIODS = ("2025-05", PERIOD)
_WORKERS = 2
_NOBODY = "65534"
_STARTS = 5
# The press gives its kernels one thread each for linear algebra; two at a time would only get in each other's way.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Report:
    """One monthly report."""

    region: str
    period: str
    language: str


@dataclass(frozen=True)
class _Way:
    """What a way of printing has cost, for so many reports."""

    name: str
    how: str
    reports: int
    cost: Cost
    steps: Mapping[str, Cost]

    @property
    def each(self) -> Cost:
        return self.cost.per(self.reports)


def measure_ways(folder: Path, *, quick: bool) -> list[Table]:
    """Print the demo's monthly report each way, on the same notebooks and data."""
    root = demo_workspace(folder)
    regions = _REGIONS[: 1 if quick else None]
    # Nobody pays for the load: it is there before the first way begins.
    inside("load", root, list(_PERIODS), folder)
    few = [Report(region, PERIOD, "en") for region in regions[:2]]
    # Every region in both months, the languages by turns.
    mix = [
        Report(region, period, _LANGUAGES[number % len(_LANGUAGES)])
        for period in _PERIODS
        for number, region in enumerate(regions)
    ]
    many = len(regions) * len(_LANGUAGES) * len(_PERIODS)
    loop = _loop(root, folder, few)
    cold, _ = _within(
        "cold", "papermill's API, a cold kernel a chapter, one at a time; one page and PDF a report", root, folder, few
    )
    asked = [*_options("region", regions), *_options("language", _LANGUAGES)]
    with Watch() as watch:
        spent = run([*KAMREPORT, "run", "--period", "..".join(_PERIODS), *asked], folder=root)
    press = _Way("press", f"`kamreport run`, {usual_workers()} workers, from start to end", many, spent, {})
    with Watch() as two_workers:
        again = ["--period", PERIOD, *asked, "--force", "--jobs", str(_WORKERS)]
        run([*KAMREPORT, "run", *again], folder=root)
    floor, told = _within("floor", "one warm interpreter, no kernel", root, folder, mix)
    return [
        _ways_table((loop, cold, press, floor)),
        _ratios(loop, press, floor),
        _steps((loop, cold, floor), told["first"]),
        _memory(two_workers),
        _checks(root, press, watch, told["pages"]),
        start_up(root),
    ]


def _options(name: str, values: Sequence[str]) -> list[str]:
    return [word for value in values for word in (f"--{name}", value)]


def inside(
    way: str, root: Path, asked: Any, folder: Path, *, environment: Mapping[str, str] | None = None
) -> tuple[Cost, dict[str, Any]]:
    """Measure a way of `tools.bench.inside` in a process of its own; gives its whole cost, and what it tells."""
    file = folder / f"{way}.json"
    command = [sys.executable, "-m", "tools.bench.inside", way, str(file)]
    environment = {"KAMREPORT_WORKSPACE": str(root), **(environment or {})}
    cost = run(command, folder=ROOT, environment=environment, told=json.dumps(asked))
    return cost, json.loads(file.read_text("utf-8"))


def _within(way: str, how: str, root: Path, folder: Path, reports: Sequence[Report]) -> tuple[_Way, dict[str, Any]]:
    threads = ONE_THREAD if way == "floor" else None
    whole, told = inside(way, root, [asdict(report) for report in reports], folder, environment=threads)
    steps = {step: Cost(**cost) for step, cost in told["steps"].items()}
    # The floor is what is left once everything is warm; the others pay for their start.
    cost = sum(steps.values(), Cost()) if way == "floor" else whole
    return _Way(way, how, len(reports), cost, steps), told


def _loop(root: Path, folder: Path, reports: Sequence[Report]) -> _Way:
    """Papermill, then nbconvert, then a printer, each by xargs, two at a time and a process a chapter."""
    out = folder / "loop"
    out.mkdir()
    settings = load_settings(root)
    runs, pages = [], []
    for report in reports:
        for chapter in settings.reports["monthly"].chapters:
            done = out / f"{report.region}.{chapter}.ipynb"
            parameters = [word for name, value in asdict(report).items() for word in ("-p", name, value)]
            runs.append([str(settings.notebooks / f"{chapter}.ipynb"), str(done), *parameters])
            pages.append(done)
    python = [sys.executable, "-m"]
    name, printer, prints = _printer(out, pages)
    steps = {
        "papermill": _xargs([*python, "papermill", "-k", "python3", "--no-progress-bar"], runs, root),
        "nbconvert to HTML": _xargs([*python, "nbconvert", "--to", "html"], [[str(page)] for page in pages], root),
        f"PDF by {name}": _xargs(printer, prints, root),
    }
    missing = [page.stem for page in pages if not page.with_suffix(".pdf").is_file()]
    if missing:
        raise BenchError(f"the loop has made no PDF of {', '.join(missing)}")
    how = f"papermill, nbconvert and {name} by xargs, {_WORKERS} at a time"
    return _Way("loop", how, len(reports), sum(steps.values(), Cost()), steps)


def _xargs(command: Sequence[str], lines: Sequence[Sequence[str]], root: Path) -> Cost:
    """Run a command once for each line of arguments, two at a time."""
    given = "".join(f"{shlex.join(line)}\n" for line in lines)
    at_once = ["xargs", "-P", str(_WORKERS), "-L", "1"]
    return run([*at_once, *command], folder=root, environment={"KAMREPORT_WORKSPACE": str(root)}, told=given)


def _printer(out: Path, pages: Sequence[Path]) -> tuple[str, list[str], list[list[str]]]:
    """Choose what prints the loop's pages: its name, its command, and its arguments for each page.

    Chromium by itself is quicker than `nbconvert --to webpdf`, which starts the same browser by way of another
    process and waits for the page.
    """
    html = [page.with_suffix(".html") for page in pages]
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        lines = [[str(page), str(page.with_suffix(".pdf"))] for page in html]
        return "WeasyPrint", [sys.executable, "-m", "weasyprint", "--quiet"], lines
    user = []
    if os.geteuid() == 0:
        # The browser's sandbox is not for root.
        user = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", "env", f"HOME={out}"]
        os.chown(out, int(_NOBODY), int(_NOBODY))
    # Without the proxy that is not there, it would wait for the scripts that nbconvert's pages load from elsewhere.
    command = [*user, browser, "--headless", "--disable-gpu", "--no-pdf-header-footer", "--proxy-server=127.0.0.1:9"]
    lines = [
        [f"--user-data-dir={page.with_suffix('.profile')}", f"--print-to-pdf={page.with_suffix('.pdf')}", page.as_uri()]
        for page in html
    ]
    return "Chromium", command, lines


def start_up(root: Path) -> Table:
    """How long a person waits for the commands that print nothing."""
    rows = []
    for words in (["--help"], ["status"]):
        walls = [run([*KAMREPORT, *words], folder=root).wall for _ in range(_STARTS)]
        rows.append([f"`kamreport {words[0]}`", seconds(statistics.median(walls))])
    return Table("Start-up", ("command", f"wall s, median of {_STARTS}"), rows)


def _ways_table(ways: Sequence[_Way]) -> Table:
    rows = [[f"{way.name}: {way.how}", str(way.reports), seconds(way.each.wall), seconds(way.each.cpu)] for way in ways]
    return Table("One monthly report, HTML and PDF", ("way", "reports", "wall s a report", "CPU s a report"), rows)


def _ratios(loop: _Way, press: _Way, floor: _Way) -> Table:
    rows = [
        ["loop / press, wall", ratio(loop.each.wall, press.each.wall)],
        ["loop / press, CPU", ratio(loop.each.cpu, press.each.cpu)],
        ["press / floor, CPU", ratio(press.each.cpu, floor.each.cpu)],
    ]
    return Table("Ratios of a report's cost", ("ratio", "times"), rows)


def _steps(ways: Sequence[_Way], first: Mapping[str, Mapping[str, float]]) -> Table:
    rows = []
    for way in ways:
        for step, cost in way.steps.items():
            each = cost.per(way.reports)
            rows.append([f"{way.name}: {step}", seconds(each.wall), seconds(each.cpu)])
    cold = sum((Cost(**cost) for cost in first.values()), Cost())
    said = (
        f"The floor's interpreter has imported all of the package before and printed one report, which took "
        f"{seconds(cold.cpu)} CPU s and is not counted; the press counts everything from its start to its end."
    )
    return Table("By step", ("step", "wall s a report", "CPU s a report"), rows, [said])


def _memory(watch: Watch) -> Table:
    rows = [
        ["all processes, shared pages counted once (PSS)", megabytes(watch.peak("pss"))],
        ["all processes, resident sizes added up (RSS)", megabytes(watch.peak("rss"))],
        ["the press's first process alone (RSS)", megabytes(watch.peak("own_rss"))],
    ]
    return Table(f"Memory of the press at {_WORKERS} workers", ("of", "peak MB"), rows)


def _checks(root: Path, press: _Way, watch: Watch, pages: Mapping[str, str]) -> Table:
    """Whether the figures can be believed: the same was printed, and no process was lost to the count."""
    output = load_settings(root).output
    alike = sum(sha256((output / name).read_bytes()).hexdigest() == digest for name, digest in pages.items())
    rows = [
        ["pages that the floor and the press print to the same byte", f"{alike} of {len(pages)}"],
        ["CPU s of the press that the system counted", seconds(press.cost.cpu)],
        ["CPU s of the press that were seen in its processes", seconds(watch.seen_cpu)],
    ]
    said = "What is seen is less than what is counted, unless a process was lost to the count."
    return Table("Checks", ("of", "figure"), rows, [said])
