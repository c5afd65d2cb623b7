"""What is measured inside one process, by step.

Run as ``python -m tools.bench.inside WAY FILE``: what is asked comes as JSON on the standard input, what was measured
goes as JSON into the file.
"""

import json
import os
import re
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from functools import cache, wraps
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import nbformat
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from nbformat import NotebookNode
from papermill.execute import execute_notebook
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook
from traitlets.config import Config

import kamreport as kam
from kamreport.book.closing import close_period
from kamreport.book.engine import sql_text
from kamreport.book.opening import resolve_period
from kamreport.book.reducing import SHAPES
from kamreport.book.store import load_store
from kamreport.publish import pdf, printing
from kamreport.publish.jobs import Batch, Job, plan_jobs
from kamreport.settings import Bilingual, load_settings
from tools.bench.processes import Cost

__all__ = ["STEPS", "WAYS", "Stopwatch", "run_in_shell"]

# The steps of printing and the functions that do them; what `make_report` does besides is to write the notebooks.
STEPS = {
    "HTML": (printing, "assemble"),
    "PDF": (printing, "print_pdf"),
    "check of the PDF": (pdf, "check_pdf"),
    "cover picture": (printing, "cover_picture"),
    "workbook": (printing, "write_workbook"),
}
_CELLS = "cells"
_REST = "notebooks of the report"
_KERNEL = "python3"

RunChapter = Callable[[Path, Mapping[str, Any]], NotebookNode]


def _now() -> Cost:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(time.perf_counter(), time.process_time() + ended.ru_utime + ended.ru_stime)


class Stopwatch:
    """Adds up what each step costs; a step inside another counts for itself alone.

    Attributes
    ----------
    costs
        By step, in the order in which they first ended.
    """

    def __init__(self, now: Callable[[], Cost] = _now) -> None:
        self.costs: dict[str, Cost] = {}
        self._now = now
        self._inner = [Cost()]

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure a block."""
        started = self._now()
        self._inner.append(Cost())
        yield
        whole = self._now() - started
        own = whole - self._inner.pop()
        self.costs[name] = self.costs.get(name, Cost()) + own
        self._inner[-1] += whole

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Give the function so that every call is measured."""

        @wraps(function)
        def measured(*args: Any, **kwargs: Any) -> Any:
            with self.step(name):
                return function(*args, **kwargs)

        return measured


def print_reports(
    batch: Batch, jobs: Sequence[Job], run_chapter: RunChapter, watch: Stopwatch
) -> Iterator[tuple[Job, str]]:
    """Print reports one after another in this process, periods in order; gives the digest of each one's page."""
    findings: dict[tuple[str, str], Any] = {}
    with ExitStack() as stack:
        for name, (module, function) in STEPS.items():
            stack.enter_context(patch.object(module, function, watch.timed(name, getattr(module, function))))
        for job in jobs:
            subject = (job.region, job.language)
            with watch.step(_CELLS):
                notebooks = {
                    chapter: run_chapter(batch.settings.notebooks / f"{chapter}.ipynb", job.parameters(batch, chapter))
                    for chapter in job.chapters
                }
            with watch.step(_REST):
                made = printing.make_report(job, batch, notebooks, findings.get(subject))
            findings[subject] = made.findings
            yield job, sha256(made.files[f"{job.stem}.html"]).hexdigest()


def run_in_shell(notebook: Path, parameters: Mapping[str, Any], watch: Stopwatch | None = None) -> NotebookNode:
    """Run a notebook's cells in this interpreter, in an empty namespace, with outputs as a kernel would give them.

    Parameters
    ----------
    watch
        Measures each cell as a step.
    """
    shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
    shell.user_ns.clear()  # `reset` would collect garbage too, which is not part of the cells
    shell.init_user_ns()
    node: NotebookNode = parameterize_notebook(
        load_notebook_node(str(notebook)), dict(parameters), kernel_name=_KERNEL, language="python"
    )
    watch = watch or Stopwatch()
    for number, cell in enumerate(node.cells):
        if cell.cell_type == "code":
            with watch.step(f"{number} {_called(cell.source)}"), capture_output() as captured:
                done = shell.run_cell(cell.source, store_history=False)
            done.raise_error()
            cell.outputs = [
                nbformat.v4.new_output("display_data", data=shown.data, metadata=shown.metadata or {})
                for shown in captured.outputs
            ]
    return node


def _called(source: str) -> str:
    """The first function of the package that a cell calls."""
    found = re.search(r"kam\.(\w+)\(", source)
    return found[1] if found else ""


def run_in_cold_kernel(notebook: Path, parameters: Mapping[str, Any]) -> NotebookNode:
    """Run a notebook by papermill in a kernel that starts from nothing."""
    node: NotebookNode = execute_notebook(
        notebook, None, parameters=dict(parameters), kernel_name=_KERNEL, progress_bar=False
    )
    return node


def _batch(asked: Sequence[Mapping[str, str]]) -> Batch:
    settings = load_settings()
    load = load_store(settings)
    periods = {kam.Period.parse(one["period"]) for one in asked}
    known = {period: close_period(settings, load, period).up_to for period in periods}
    return Batch(settings, load.key, {"all": Bilingual(en="all", zh="all"), **load.region_names}, known)


def _jobs(batch: Batch, asked: Sequence[Mapping[str, str]]) -> list[Job]:
    """Lay the reports out by periods, since each looks back at the one before it."""
    jobs: list[Job] = []
    for one in asked:
        period = kam.Period.parse(one["period"])
        jobs += plan_jobs(batch, (), [one["region"]], [period], [one["language"]])
    return sorted(jobs, key=lambda job: str(job.period))


def cold(asked: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Papermill with a cold kernel a chapter, then one page and one PDF a report."""
    batch, watch = _batch(asked), Stopwatch()
    pages = [digest for _, digest in print_reports(batch, _jobs(batch, asked), run_in_cold_kernel, watch)]
    return {"steps": _told(watch), "pages": len(pages)}


def floor(asked: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The same cells and pages with no kernel, in an interpreter that has printed a report before."""
    for name in kam.__all__:
        getattr(kam, name)
    batch = _batch(asked)
    os.environ["KAMREPORT_LOAD"] = batch.load_key  # as in a kernel of the press: the load is not looked for again
    jobs = _jobs(batch, asked)
    first, watch = Stopwatch(), Stopwatch()
    list(print_reports(batch, jobs[:1], run_in_shell, first))
    pages = {f"{job.folder / job.stem}.html": digest for job, digest in print_reports(batch, jobs, run_in_shell, watch)}
    return {"first": _told(first), "steps": _told(watch), "pages": pages}


def load(asked: Sequence[str]) -> dict[str, Any]:
    """Read the data into the store, then make the closings of periods."""
    settings, watch = load_settings(), Stopwatch()
    with watch.step("load"):
        loaded = load_store(settings)
    with watch.step("closing"):
        for period in asked:
            close_period(settings, loaded, resolve_period(settings, loaded, period))
    return {"steps": _told(watch), "memory": _most_memory()}


def bare(money: str) -> dict[str, Any]:
    """Read the transactions' file into the engine and write the shapes, with nothing checked; `money` is a type."""
    settings, watch = load_settings(), Stopwatch()
    file = settings.root / settings.tables["transactions"].path
    out = settings.root / "bare"
    out.mkdir(exist_ok=True)
    given = dict.fromkeys(("region", "account_id", "doc_id", "line_no"), "VARCHAR") | {"date": "DATE"}
    types = given | dict.fromkeys(("revenue", "cost"), money) | {"product_id": "VARCHAR", "quantity": money}
    # What the shapes ask for besides, as a load makes it where nothing says more.
    made = (
        f"CASE WHEN revenue < 0 THEN 'return' ELSE 'sale' END AS kind, CAST(date AS VARCHAR) AS order_key, "
        f"CAST(NULL AS DATE) AS order_date, '' AS family, '' AS unit, CAST(NULL AS {money}) AS list_amount, "
        "CAST(NULL AS VARCHAR) AS salesperson_id, CAST(NULL AS VARCHAR) AS channel"
    )
    with watch.step("bare"), duckdb.connect() as con:
        con.execute(
            f"CREATE TABLE lines AS SELECT *, {made} FROM read_csv('{file}', columns = {types}, header = true, "
            "auto_detect = false)"
        )
        for shape in SHAPES:
            con.execute(f"COPY ({sql_text(shape)}) TO '{out / shape}.parquet' (FORMAT parquet)")
    return {"steps": _told(watch), "memory": _most_memory()}


def open_region(asked: Mapping[str, str]) -> dict[str, Any]:
    """Open a region's book and read its ledger, with all of the package imported before, as in a kernel."""
    for name in kam.__all__:
        getattr(kam, name)
    watch = Stopwatch()
    with watch.step("open"):
        lines = len(kam.open_book(asked["region"], asked["period"]).ledger)
    return {"steps": _told(watch), "lines": lines}


def chapter(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Run a chapter's cells for one region after another, each twice: the book is read the first time only."""
    settings = load_settings()
    os.environ["KAMREPORT_LOAD"] = load_store(settings).key  # as in a kernel of the press
    passes = []
    with patch.object(kam, "open_book", cache(kam.open_book)):
        for region in asked["regions"]:
            for _ in range(2):
                watch = Stopwatch()
                notebook = settings.notebooks / f"{asked['chapter']}.ipynb"
                run_in_shell(notebook, {"region": region, "period": asked["period"], "language": "en"}, watch)
                passes.append(_told(watch))
    return {"passes": passes}


def _most_memory() -> int:
    """The largest resident size so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _told(watch: Stopwatch) -> dict[str, Any]:
    return {name: asdict(cost) for name, cost in watch.costs.items()}


WAYS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "bare": bare,
    "chapter": chapter,
    "cold": cold,
    "floor": floor,
    "load": load,
    "open": open_region,
}


def main() -> None:
    """Measure one way."""
    way, file = sys.argv[1:]
    Path(file).write_text(json.dumps(WAYS[way](json.load(sys.stdin))), "utf-8")


if __name__ == "__main__":
    main()
