"""From executed notebooks to the bytes of a report; runs in a worker process and writes nothing."""

import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing import parent_process
from typing import Any

import nbformat
from nbformat import NotebookNode

from kamreport.errors import PrintError
from kamreport.language import Language
from kamreport.publish.jobs import Batch, Job
from kamreport.publish.pdf import cover_picture, print_pdf, printer
from kamreport.publish.report import assemble
from kamreport.publish.workbook import write_workbook

__all__ = ["Made", "leave_signals", "make_report"]

_STOP_SECONDS = 4
_INJECTED = "injected-parameters"  # the tag by papermill


@dataclass(frozen=True)
class Made:
    """A report's files by their names, and what its manifest says of them."""

    files: dict[str, bytes]
    pages: int
    printer: str
    headline: list[dict[str, Any]]
    findings: dict[str, dict[str, Any]]
    not_printed: int


def leave_signals() -> None:
    """Leave Ctrl-C to the press; when it ends this process or is killed, end a browser and remove its page first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    threading.Thread(target=_end_with_press, daemon=True).start()


def _end_with_press() -> None:
    """Wait for the press to be gone; a worker of a pool would wait for work for ever."""
    press = parent_process()
    if press is not None:
        press.join()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_STOP_SECONDS)
        os._exit(1)


def make_report(
    job: Job, batch: Batch, notebooks: Mapping[str, NotebookNode], before: Mapping[str, Any] | None
) -> Made:
    """Assemble and print one report.

    Raises
    ------
    PrintError
        If a record is not valid, nothing was shown, or the PDF is not good.
    """
    assembled = assemble(job, notebooks, batch, before)
    if not any(part.is_finding or part.record.kind == "figure" for part in assembled.parts):
        raise PrintError("the notebooks show nothing; show sections with page.show")
    language = Language(job.language, batch.settings.company.currency)
    pdf, pages = print_pdf(assembled.html, must_say=[language.period(job.period)])
    files = {
        f"{job.stem}.html": assembled.html.encode("utf-8"),
        f"{job.stem}.pdf": pdf,
        f"{job.stem}.png": cover_picture(pdf),
        f"{job.stem}.xlsx": write_workbook(assembled.parts, language, job.period.last_day),
    }
    for chapter, notebook in notebooks.items():
        files[f"{job.stem}.{chapter}.ipynb"] = nbformat.writes(_published(notebook)).encode("utf-8")
    return Made(
        files=files,
        pages=pages,
        printer="weasyprint" if printer() == "weasyprint" else "browser",
        headline=assembled.headline,
        findings=assembled.findings,
        not_printed=assembled.not_printed,
    )


def _published(notebook: NotebookNode) -> NotebookNode:
    """The executed notebook without what differs from run to run: timings, and papermill's name for its own cell."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if _INJECTED in cell.metadata.get("tags", []):
            cell.id = _INJECTED
    return notebook
