"""A shift at the press: kernels and printers side by side, one loop over whatever is finished next.

What became of a report is decided here, from what was seen: every chapter reached its end, the printer gave back what
could be checked, the files were written. A report that takes too long is ended with all its processes; one whose
process was killed is printed once more with nothing beside it, for it may have wanted the memory that others had.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, Protocol

from kamreport import inputs
from kamreport.errors import KamreportError
from kamreport.publish.jobs import Batch, Job
from kamreport.publish.lean import lean_imports
from kamreport.publish.manifest import Printed

if TYPE_CHECKING:
    from kamreport.publish.processes import Processes

__all__ = ["Event", "Publisher", "Shift", "Work"]

_TICK_SECONDS = 0.2
_STOP_SECONDS = 4
_KILL = "(signal 9)"  # by the system, for want of memory; Windows has no name for it


@dataclass(frozen=True)
class Event:
    """Something that happened in a run, for a progress bar or a log.

    Attributes
    ----------
    kind
        ``start`` and ``end`` of a step (a chapter, or ``print``); ``done``, ``reused``, ``failed``, ``timed out`` or
        ``killed`` of a job; ``again`` when it is begun once more.
    """

    kind: str
    job: Job
    step: str = ""
    reason: str = ""


@dataclass(eq=False)
class Work:
    """A job while it is being printed.

    Attributes
    ----------
    before
        Findings of the period before.
    there
        The report that is published; it stands if none of its inputs has changed.
    because
        Why it is printed.
    attempt
        The second one runs with nothing beside it.
    late
        It has taken too long, and its processes are being ended.
    """

    job: Job
    before: Mapping[str, Any] | None
    there: Printed | None = None
    because: str = ""
    attempt: int = 1
    started: float = 0.0
    late: bool = False
    decided: bool = False
    chapters: dict[str, Any] = field(default_factory=dict)

    @property
    def inputs(self) -> dict[str, str]:
        """What the chapters have read, by name with digests."""
        return {name: digest for one in self.chapters.values() for name, digest in one.inputs.items()}


@dataclass(frozen=True)
class _Unit:
    """A step of a job: its inputs looked at, one of its chapters run, or all of them printed."""

    kind: Literal["check", "chapter", "print"]
    work: Work
    attempt: int
    chapter: str = ""

    @property
    def name(self) -> str:
        return self.chapter or self.kind


class Publisher(Protocol):
    """What a shift hands its results to; see `press`."""

    def publish(self, work: Work, made: Any) -> None:
        """Publish what was printed."""

    def keep(self, work: Work) -> None:
        """Keep the report that is there: its inputs are the same in the present data."""

    def fail(self, work: Work, state: str, reason: str) -> None:
        """Note that there is no report, and why."""

    def quarantine(self, work: Work, chapter: str, notebook: Any) -> None:
        """Keep a notebook that failed, for the analyst."""


class Shift:
    """Runs what is put on its list until nothing is left.

    Parameters
    ----------
    workers
        How many processes work at once.
    warm_up
        See `Processes`.
    tell
        Is told of every step, in the thread of `run`.
    remark
        Is told once what the user should know of the processes.
    """

    # Of a run, not before it.
    processes: "Processes"
    threads: ThreadPoolExecutor
    memory_kills: int

    def __init__(
        self,
        batch: Batch,
        publisher: Publisher,
        *,
        workers: int,
        warm_up: str,
        tell: Callable[[Event], None],
        remark: Callable[[str], None],
    ) -> None:
        self.batch = batch
        self.publisher = publisher
        self.workers = workers
        self.warm_up = warm_up
        self.tell = tell
        self.remark = remark
        self.limit = batch.settings.print.minutes * 60
        self.list: deque[_Unit] = deque()
        self.again: deque[Work] = deque()
        self.alone: Work | None = None
        self.open: list[Work] = []
        self.pending: dict[Future[Any], _Unit] = {}

    def run(self, arrivals: Callable[[], Iterable[Work]], go_on: Callable[[], None]) -> None:
        """Print what arrives.

        Parameters
        ----------
        arrivals
            Gives the work that can be begun now; asked again whenever a job is decided.
        go_on
            Raises what ends the run.
        """
        self._take(arrivals())
        if not self.list:
            return  # nothing is to be printed, and what prints is not even imported
        from kamreport.publish.processes import Processes, killed_for_memory

        environment = {"KAMREPORT_WORKSPACE": str(self.batch.settings.root), "KAMREPORT_LOAD": self.batch.load_key}
        self.memory_kills = killed_for_memory()
        with (
            Processes(environment, warm_up=self.warm_up, remark=self.remark) as self.processes,
            ThreadPoolExecutor(self.workers, thread_name_prefix="process") as self.threads,
        ):
            try:
                self._wait_until_ready(go_on)
                while self.list or self.pending or self.again:
                    go_on()
                    self._end_late()
                    self._start()
                    finished, _ = wait(self.pending, timeout=_TICK_SECONDS, return_when=FIRST_COMPLETED)
                    for future in finished:
                        self._finish(self.pending.pop(future), future)
                    self._take(arrivals())
            except BaseException:
                self._stop()
                raise

    def _wait_until_ready(self, go_on: Callable[[], None]) -> None:
        """Import what runs and prints notebooks while the template warms up; what it finds amiss ends the run."""
        ready = self.threads.submit(self.processes.wait_until_ready)
        with lean_imports():
            engine = import_module("kamreport.publish.engine")
            import_module("kamreport.publish.printing")
        engine.prepare()
        while not ready.done():
            go_on()
            wait([ready], timeout=_TICK_SECONDS)
        ready.result()

    def _take(self, works: Iterable[Work]) -> None:
        for work in works:
            self.open.append(work)
            self.list.extend(self._first_units(work))

    def _first_units(self, work: Work) -> list[_Unit]:
        """Whether the report that is there still stands; else its chapters, side by side."""
        if work.there is not None:
            return [_Unit("check", work, work.attempt)]
        return [_Unit("chapter", work, work.attempt, chapter) for chapter in work.job.chapters]

    def _start(self) -> None:
        """Begin as much as there are workers; what was killed before has them all to itself."""
        if self.alone is None and self.again and not self.list and not self.pending:
            self.alone = self.again.popleft()
            self.list.extend(self._first_units(self.alone))
        most = 1 if self.alone is not None else self.workers
        while self.list and len(self.pending) < most:
            unit = self.list.popleft()
            if unit.work.decided or unit.attempt != unit.work.attempt:
                continue
            self._begin(unit)

    def _begin(self, unit: _Unit) -> None:
        from kamreport.publish import engine, printing

        work, job = unit.work, unit.work.job
        if unit.kind == "check":
            assert work.there is not None
            assert self.batch.changed is not None
            asked = self.threads.submit(self.processes.call, job.label, self.batch.changed, work.there.inputs)
            self.pending[asked] = unit
            return
        work.started = work.started or time.monotonic()
        self.tell(Event("start", job, unit.name))
        if unit.kind == "print":
            ordered = {chapter: work.chapters[chapter].notebook for chapter in job.chapters}
            made = (printing.make_report, job, self.batch, ordered, work.before)
            future = self.threads.submit(self.processes.call, job.label, *made)
        else:
            notebook = self.batch.settings.notebooks / f"{unit.chapter}.ipynb"
            values = job.parameters(self.batch, unit.chapter)
            future = self.threads.submit(engine.run_chapter, notebook, values, self.processes, job.label)
        self.pending[future] = unit

    def _finish(self, unit: _Unit, future: Future[Any]) -> None:
        work, error = unit.work, future.exception()
        if unit.kind != "check":
            self.tell(Event("end", work.job, unit.name))
        if work.late and (error is not None or unit.kind != "print"):
            self._came_late(unit, error)
        elif not work.decided and unit.attempt == work.attempt:
            if error is None:
                self._go_on_with(unit, future.result())
            else:
                self._go_wrong(unit, error)
        if self.alone is not None and self.alone.decided:
            self.alone = None

    def _go_on_with(self, unit: _Unit, result: Any) -> None:
        work = unit.work
        if unit.kind == "check":
            self._checked(work, result)
        elif unit.kind == "print":
            self._decide(work)
            self.publisher.publish(work, result)
        else:
            work.chapters[unit.chapter] = result
            if len(work.chapters) == len(work.job.chapters):
                self.list.appendleft(_Unit("print", work, work.attempt))

    def _checked(self, work: Work, changed: list[str]) -> None:
        if not changed:
            self._decide(work)
            self.publisher.keep(work)
            return
        self._print(work, f"changed: {inputs.said(changed, period=str(work.job.period))}")

    def _print(self, work: Work, because: str) -> None:
        work.there, work.because = None, because
        self.list.extend(self._first_units(work))

    def _go_wrong(self, unit: _Unit, error: BaseException) -> None:
        from kamreport.publish.engine import ChapterFailed
        from kamreport.publish.forking import ChildDied

        if unit.kind == "check":
            # Whether it stands cannot be said; printing it says what is wrong, if anything is.
            self._print(unit.work, "its inputs could not be read again")
            return
        killed = isinstance(error, ChapterFailed) and error.killed
        if isinstance(error, ChapterFailed):
            self.publisher.quarantine(unit.work, unit.chapter, error.notebook)
            reason = error.reason
        elif isinstance(error, ChildDied):
            killed = error.status < 0
            reason = f"the process was killed (signal {-error.status})" if killed else f"the process ended ({error})"
        elif isinstance(error, KamreportError):
            reason = str(error)
        else:
            # Whatever it is, it is this report's fault alone; its text may hold data, its kind may not.
            reason = type(error).__name__
        if not killed:
            self._fail(unit.work, "failed", f"{unit.name}: {reason}")
        elif unit.work.attempt == 1:
            self._once_more(unit.work, f"{unit.name}: {reason}")
        else:
            if _KILL in reason:
                reason += self._memory()
            self._fail(unit.work, "killed", f"{unit.name}: {reason}")

    def _memory(self) -> str:
        from kamreport.publish.processes import killed_for_memory

        certain = killed_for_memory() > self.memory_kills
        return ", for want of memory" if certain else ", perhaps for want of memory"

    def _once_more(self, work: Work, reason: str) -> None:
        self.processes.end(work.job.label)
        work.attempt += 1
        work.started = 0.0
        work.chapters.clear()
        self.again.append(work)
        self.tell(Event("again", work.job, reason=reason))

    def _end_late(self) -> None:
        """End what takes longer than a report may, and end it again until nothing of it runs."""
        now = time.monotonic()
        running = [unit.work for unit in self.pending.values()]
        for work in list(self.open):
            work.late = work.late or bool(work.started and now - work.started > self.limit)
            if work.late and work not in running:
                self._fail(work, "timed out", self._too_long())
        for unit in self.pending.values():
            if unit.work.late or unit.work.decided or unit.attempt != unit.work.attempt:
                self.processes.end(unit.work.job.label)

    def _came_late(self, unit: _Unit, error: BaseException | None) -> None:
        """Keep what there is of a report that took too long, and say where it was."""
        from kamreport.publish.engine import ChapterFailed

        reason = f"{unit.name}: {self._too_long()}"
        if isinstance(error, ChapterFailed):
            self.publisher.quarantine(unit.work, unit.chapter, error.notebook)
            reason += f", in cell {error.cell}"
        if not unit.work.decided:
            self._fail(unit.work, "timed out", reason)

    def _too_long(self) -> str:
        return f"not done after {self.batch.settings.print.minutes:g} minutes"

    def _fail(self, work: Work, state: str, reason: str) -> None:
        self._decide(work)
        self.publisher.fail(work, state, reason)

    def _decide(self, work: Work) -> None:
        work.decided = True
        self.open.remove(work)

    def _stop(self) -> None:
        """End everything that runs."""
        self.threads.shutdown(wait=False, cancel_futures=True)
        until = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < until and any(not future.done() for future in self.pending):
            self.processes.stop()
            time.sleep(_TICK_SECONDS)
