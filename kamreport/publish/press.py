"""The press: runs the matrix in parallel, publishes what is good, and says truthfully what became of the rest."""

import hashlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import groupby
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from kamreport.errors import KamreportError
from kamreport.publish.engine import ChapterFailed, Kernels, run_chapter
from kamreport.publish.index import write_index
from kamreport.publish.jobs import Batch, Job
from kamreport.publish.locking import locked
from kamreport.publish.manifest import (
    FAILED,
    Figure,
    Printed,
    first_prints,
    is_whole,
    now,
    published,
    read_manifest,
    writable,
    write_atomically,
    write_period_manifest,
    write_together,
)
from kamreport.publish.printing import Made, leave_signals, make_report

__all__ = ["Event", "Interrupted", "run_jobs"]

_TICK_SECONDS = 0.2
_STOP_SECONDS = 4


class Interrupted(KamreportError):
    """The run was stopped by the user or the system; what is published is whole."""

    exit_status = 130


@dataclass(frozen=True)
class Event:
    """Something that happened in a run, for a progress bar or a log.

    Attributes
    ----------
    kind
        ``start`` and ``end`` of a step (a chapter, or ``print``), ``done``, ``reused`` or ``failed`` of a job.
    """

    kind: str
    job: Job
    step: str = ""
    reason: str = ""


@dataclass
class _Work:
    """A job while it is being printed; alone if the process that printed it has died before."""

    job: Job
    key: str
    before: Mapping[str, Any] | None
    started: float = field(default_factory=time.monotonic)
    notebooks: dict[str, NotebookNode] = field(default_factory=dict)
    failed: str = ""
    alone: bool = False


def run_jobs(
    batch: Batch,
    jobs: Sequence[Job],
    *,
    workers: int,
    force: bool = False,
    tell: Callable[[Event], None] = lambda _: None,
) -> list[Printed]:
    """Print reports; one job's failure never stops another's.

    Parameters
    ----------
    jobs
        Of `plan_jobs`; periods one after another, for a report looks back at the one before it.
    workers
        How many kernels run at once.
    force
        Print also what is there already and unchanged.
    tell
        Is told of every step, in this thread.

    Returns
    -------
    list of Printed
        In the order of the jobs; the state is ``done``, ``reused`` or ``failed``.

    Raises
    ------
    LockedError
        If another run is writing to the same output.
    KamreportError
        If the output cannot be written.
    Interrupted
        After Ctrl-C or SIGTERM, within seconds; nothing half-written is left.
    """
    settings = batch.settings
    output = settings.output
    with _quiet_umask(), locked(output), _stoppable() as stopped:
        _probe(output)
        results: list[Printed] = []
        for period, group in groupby(jobs, key=lambda job: str(job.period)):
            asked = list(group)
            printed = _run_period(batch, asked, workers=workers, force=force, tell=tell, stopped=stopped)
            results += printed
            listed = [one for one, job in zip(printed, asked, strict=True) if not job.preview]
            if listed:
                write_period_manifest(output, period, listed)
        if any(not job.preview for job in jobs):
            write_index(settings)
        return results


def _run_period(
    batch: Batch,
    jobs: list[Job],
    *,
    workers: int,
    force: bool,
    tell: Callable[[Event], None],
    stopped: threading.Event,
) -> list[Printed]:
    output = batch.settings.output
    results: dict[str, Printed] = {}
    todo: list[_Work] = []
    for job in jobs:
        _go_on(stopped)
        before = _before(output, job)
        key = hashlib.sha256((job.key + json.dumps(before, sort_keys=True)).encode()).hexdigest()
        there = None if force else read_manifest(_manifest(output, job))
        if there is not None and there.key == key and is_whole(_manifest(output, job), there):
            results[job.label] = there.model_copy(update={"state": "reused"})
            tell(Event("reused", job))
        else:
            todo.append(_Work(job, key, before))
    if todo:
        kernels = Kernels({"KAMREPORT_WORKSPACE": str(batch.settings.root), "KAMREPORT_LOAD": batch.load_key})
        shift = _Shift(batch, kernels, workers, tell)
        results.update(shift.work(todo, stopped))
    return [results[job.label] for job in jobs]


def _go_on(stopped: threading.Event) -> None:
    if stopped.is_set():
        raise Interrupted("stopped; what is published is whole, run again to print the rest")


class _Shift:
    """Kernels on threads, printing in processes, publishing here: one loop over whatever is finished next."""

    def __init__(self, batch: Batch, kernels: Kernels, workers: int, tell: Callable[[Event], None]) -> None:
        self.batch = batch
        self.kernels = kernels
        self.workers = workers
        self.most_prints = max(1, workers // 2)
        self.tell = tell
        self.results: dict[str, Printed] = {}
        self.pending: dict[Future[Any], tuple[_Work, str]] = {}
        self.ready: list[_Work] = []
        self.strangers = set(active_children())
        self.printers = self._new_printers()
        self.threads = ThreadPoolExecutor(workers, thread_name_prefix="kernel")

    def _new_printers(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self.most_prints, mp_context=get_context("spawn"), initializer=leave_signals)

    def work(self, todo: list[_Work], stopped: threading.Event) -> dict[str, Printed]:
        queue = [(work, chapter) for work in todo for chapter in work.job.chapters]
        try:
            while queue or self.ready or self.pending:
                _go_on(stopped)
                while queue and self._running_kernels() < self.workers:
                    work, chapter = queue.pop(0)
                    if not work.failed:
                        self._start(work, chapter)
                self._start_prints()
                finished, _ = wait(self.pending, timeout=_TICK_SECONDS, return_when=FIRST_COMPLETED)
                for future in finished:
                    self._finish(future)
        except BaseException:
            self._stop()
            raise
        self.threads.shutdown()
        self.printers.shutdown()
        return self.results

    def _running_kernels(self) -> int:
        return sum(step != "print" for _, step in self.pending.values())

    def _start(self, work: _Work, chapter: str) -> None:
        notebook = self.batch.settings.notebooks / f"{chapter}.ipynb"
        parameters = work.job.parameters(self.batch, chapter)
        if not work.notebooks:
            work.started = time.monotonic()
        self.tell(Event("start", work.job, chapter))
        future = self.threads.submit(run_chapter, notebook, parameters, self.kernels)
        self.pending[future] = (work, chapter)

    def _start_prints(self) -> None:
        """Hand what has run to the printers; what may have ended one of them is printed with no other beside it.

        No more than they can print at once: what waits with them is begun even after a stop.
        """
        while self.ready:
            printing = [work for work, step in self.pending.values() if step == "print"]
            if len(printing) == self.most_prints:
                return
            if printing and (self.ready[0].alone or any(work.alone for work in printing)):
                return
            work = self.ready.pop(0)
            ordered = {chapter: work.notebooks[chapter] for chapter in work.job.chapters}
            try:
                future = self.printers.submit(make_report, work.job, self.batch, ordered, work.before)
            except BrokenExecutor:
                self.printers = self._new_printers()
                future = self.printers.submit(make_report, work.job, self.batch, ordered, work.before)
            self.pending[future] = (work, "print")

    def _finish(self, future: Future[Any]) -> None:
        work, step = self.pending.pop(future)
        error = future.exception()
        if isinstance(error, BrokenExecutor) and not work.alone:
            # A printing process has died, and with it all that its pool had in hand.
            work.alone = True
            self.ready.append(work)
            return
        self.tell(Event("end", work.job, step))
        if error is None:
            self._go_on_with(work, step, future.result())
        elif isinstance(error, ChapterFailed):
            _quarantine(self.batch.settings.output, work.job, step, error.notebook)
            self._fail(work, f"{step}: {error.reason}")
        elif isinstance(error, KamreportError):
            self._fail(work, f"{step}: {error}")
        elif isinstance(error, BrokenExecutor):
            self._fail(work, f"{step}: the process died, perhaps for want of memory")
        else:
            # Whatever it is, it is this report's fault alone; its text may hold data, its kind may not.
            self._fail(work, f"{step}: {type(error).__name__}")

    def _go_on_with(self, work: _Work, step: str, made: Any) -> None:
        if step == "print":
            self._publish(work, made)
            return
        work.notebooks[step] = made
        if len(work.notebooks) == len(work.job.chapters) and not work.failed:
            self.tell(Event("start", work.job, "print"))
            self.ready.append(work)

    def _publish(self, work: _Work, made: Made) -> None:
        try:
            self.results[work.job.label] = _publish(self.batch, work, made)
        except OSError as error:
            self._fail(work, f"publish: {error.strerror or type(error).__name__}")
        else:
            self.tell(Event("done", work.job))

    def _fail(self, work: _Work, reason: str) -> None:
        if not work.failed:
            work.failed = reason
            self.results[work.job.label] = _printed(self.batch, work, state="failed", reason=reason)
            self.tell(Event("failed", work.job, reason=reason))

    def _stop(self) -> None:
        """End everything that runs: kernels by their process groups, printers by their processes."""
        self.threads.shutdown(wait=False, cancel_futures=True)
        self.printers.shutdown(wait=False, cancel_futures=True)
        printers = set(active_children()) - self.strangers
        for process in printers:
            process.terminate()
        until = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < until and any(not future.done() for future in self.pending):
            self.kernels.stop()
            time.sleep(_TICK_SECONDS)
        for process in printers:
            process.kill()


def _manifest(output: Path, job: Job) -> Path:
    return output / job.folder / f"{job.stem}.json"


def _before(output: Path, job: Job) -> Mapping[str, Any] | None:
    """Findings of the same report for the period before; None if it was never printed."""
    if job.preview:
        return None
    folder = output / str(job.period.previous) / job.folder.name
    earlier = read_manifest(folder / f"{job.stem}.json")
    return None if earlier is None else earlier.findings


def _publish(batch: Batch, work: _Work, made: Made) -> Printed:
    """Write the files with the manifest last: only with it does the report exist."""
    output = batch.settings.output
    files = dict(sorted(made.files.items()))
    printed = _printed(batch, work, state="done", made=made)
    manifest = {_manifest(output, work.job).name: printed.model_dump_json(indent=1).encode()}
    write_together(output / work.job.folder, {**files, **manifest})
    for chapter in work.job.chapters:
        _quarantined(output, work.job, chapter).unlink(missing_ok=True)
    return printed


def _printed(
    batch: Batch,
    work: _Work,
    *,
    state: str,
    reason: str = "",
    made: Made | None = None,
) -> Printed:
    job = work.job
    printed_at = now()
    told: dict[str, Any] = {}
    if made is not None:
        names = ("printer", "pages", "findings", "not_printed")
        told = {name: getattr(made, name) for name in names}
        told["files"] = published(dict(sorted(made.files.items())))
        told["headline"] = headline = [Figure.model_validate(one) for one in made.headline]
        if not job.preview:
            earlier = read_manifest(_manifest(batch.settings.output, job))
            told["first"] = first_prints(earlier, headline, printed_at=printed_at, period=job.period)
    return Printed(
        report=job.name,
        region=job.region,
        region_name=job.region_name.model_dump(),
        period=str(job.period),
        language=job.language,
        chapters=list(job.chapters),
        parameters={**batch.parameters, "region": job.region, "period": str(job.period), "language": job.language},
        state=state,
        reason=reason,
        key=work.key,
        printed_at=printed_at,
        seconds=round(time.monotonic() - work.started, 2),
        **told,
    )


def _quarantined(output: Path, job: Job, chapter: str) -> Path:
    return output / FAILED / job.folder / f"{job.stem}.{chapter}.ipynb"


def _quarantine(output: Path, job: Job, chapter: str, notebook: NotebookNode | None) -> None:
    """Keep a failed notebook for the analyst, readable by nobody else and never converted."""
    if notebook is None:
        return
    with suppress(OSError, ValueError):
        write_atomically(_quarantined(output, job, chapter), nbformat.writes(notebook).encode("utf-8"))


def _probe(output: Path) -> None:
    """Find out before anything runs whether the output can be written and renamed; remove what a crash has left."""
    with writable(output):
        write_atomically(output / ".probe", b"")
        (output / ".probe").unlink()
        for left in output.rglob(".part-*"):
            left.unlink(missing_ok=True)


@contextmanager
def _quiet_umask() -> Iterator[None]:
    """What is written is for its owner alone."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def _stoppable() -> Iterator[threading.Event]:
    """Note Ctrl-C and SIGTERM when they come; the press acts on them between two steps, never within one."""
    stopped = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return
    before = [signal.signal(number, lambda *_: stopped.set()) for number in numbers]
    try:
        yield stopped
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
