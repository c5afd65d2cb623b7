"""The press: prints what is missing or changed, publishes what is good, and says truthfully what became of the rest."""

import hashlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kamreport.errors import KamreportError
from kamreport.publish.files import require_room, writable, write_atomically
from kamreport.publish.index import write_index
from kamreport.publish.jobs import Batch, Job
from kamreport.publish.lock import locked
from kamreport.publish.manifest import (
    FAILED,
    Figure,
    Printed,
    damaged,
    first_prints,
    now,
    published,
    read_manifest,
    write_period_manifest,
    write_report,
)
from kamreport.publish.shift import Event, Shift, Work

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from kamreport.publish.printing import Made

__all__ = ["Event", "Interrupted", "is_printed", "run_jobs", "usual_workers"]

_DISK_FAILURES = 3
_REPORT_BYTES = 2_000_000  # where none was printed yet; the demo's are 1.3 MB


class Interrupted(KamreportError):
    """The run was stopped by the user or the system; what is published is whole."""

    def __init__(self, number: int) -> None:
        super().__init__("stopped; what is published is whole, run again to print the rest")
        self.exit_status = 128 + number


def usual_workers() -> int:
    """Say how many workers keep the processors busy.

    One more than this process may use: a kernel and its client wait for each other a third of the time.

    Examples
    --------
    >>> usual_workers() > 1
    True
    """
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return usable + 1


def run_jobs(
    batch: Batch,
    jobs: Sequence[Job],
    *,
    workers: int,
    force: bool = False,
    warm_up: str = "",
    tell: Callable[[Event], None] = lambda _: None,
    remark: Callable[[str], None] = lambda _: None,
) -> list[Printed]:
    """Print reports; one job's failure never stops another's.

    Parameters
    ----------
    jobs
        Of `plan_jobs`; a report waits for the one of the period before it, to which it looks back.
    workers
        How many kernels and printers work at once.
    force
        Print also what is there already and unchanged.
    warm_up
        ``module:function`` that warms up the process which kernels and printers are forked from; without it they are
        started anew.
    tell
        Is told of every step, in this thread.
    remark
        Is told, in one line, what the user should know of the run as a whole.

    Returns
    -------
    list of Printed
        In the order of the jobs; the state is ``done``, ``reused``, ``failed``, ``timed out`` or ``killed``.

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
    with _quiet_umask(), locked(output), _stoppable() as go_on:
        _probe(output, jobs)
        desk = _Desk(batch, jobs, force=force, tell=tell)
        shift = Shift(batch, desk, workers=workers, warm_up=warm_up, tell=tell, remark=remark)
        try:
            shift.run(desk.arrivals, go_on)
        finally:
            # Also of a run that was stopped: what it has decided is known.
            listed = [one for job in jobs if not job.preview and (one := desk.results.get(job.label))]
            for period in dict.fromkeys(one.period for one in listed):
                write_period_manifest(output, period, [one for one in listed if one.period == period])
            if listed:
                write_index(settings)
        return [desk.results[job.label] for job in jobs]


def is_printed(output: Path, job: Job) -> bool:
    """Whether a report was ever printed and is whole, changed since or not."""
    there = read_manifest(_manifest(output, job))
    return there is not None and not damaged(_manifest(output, job), there)


class _Desk:
    """Decides what is to be printed, and publishes it."""

    def __init__(self, batch: Batch, jobs: Sequence[Job], *, force: bool, tell: Callable[[Event], None]) -> None:
        self.batch = batch
        self.output = batch.settings.output
        self.force = force
        self.tell = tell
        self.waiting = list(jobs)
        self.unfinished = {job.label for job in jobs}
        self.results: dict[str, Printed] = {}
        self.disk_failures = 0
        self.begun = now()

    def arrivals(self) -> Iterable[Work]:
        """Give what can be begun: not before the same report of the period before is decided."""
        went_on = True
        while went_on:
            went_on = False
            for job in list(self.waiting):
                if not job.preview and job.earlier_label in self.unfinished:
                    continue
                went_on = True
                self.waiting.remove(job)
                work = Work(job, _before(self.output, job))
                if self._is_to_print(work):
                    yield work

    def _is_to_print(self, work: Work) -> bool:
        """Say whether a report is to be printed or its inputs looked at; if not, it is kept."""
        there = read_manifest(_manifest(self.output, work.job))
        if there is None or self.force:
            work.because = "asked for" if there is not None else ""
            return True
        if spoilt := damaged(_manifest(self.output, work.job), there):
            work.because = f"damaged: {', '.join(spoilt)}"
            return True
        fresh = _ingredients(work)
        old = there.ingredients
        if changed := [name for name in {**old, **fresh} if old.get(name) != fresh.get(name)]:
            work.because = f"changed: {', '.join(changed)}"
            return True
        work.there = there
        if there.load == self.batch.load_key:
            self.keep(work)
            return False
        if self.batch.changed is None:
            work.there, work.because = None, "changed: data"
        return True

    def keep(self, work: Work) -> None:
        """Keep what is there; it is as good as printed from the present data."""
        there = work.there
        assert there is not None
        if there.load != self.batch.load_key:
            there = there.model_copy(update={"load": self.batch.load_key, "encodings": _encodings(self.batch)})
            with writable(self.output):
                write_atomically(_manifest(self.output, work.job), there.model_dump_json(indent=1).encode())
        self._decide(work, there.model_copy(update={"state": "reused", "reason": ""}))

    def publish(self, work: Work, made: "Made") -> None:
        """Write the report instead of the one before and of what was kept when it failed.

        A disk that takes none of several in a row will take no other.
        """
        printed = self._printed(work, state="done", reason=work.because, made=made)
        try:
            for chapter in work.job.chapters:
                _quarantined(self.output, work.job, chapter).unlink(missing_ok=True)
            write_report(_manifest(self.output, work.job), printed, dict(sorted(made.files.items())))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self.fail(work, "failed", f"publish: {reason}")
            self.disk_failures += 1
            if self.disk_failures == _DISK_FAILURES:
                raise KamreportError(
                    f"{self.output} could not be written for {_DISK_FAILURES} reports in a row: {reason}; what is "
                    "published is whole, free the disk and run again to print the rest"
                ) from None
        else:
            self.disk_failures = 0
            self._decide(work, printed)

    def fail(self, work: Work, state: str, reason: str) -> None:
        """Note that there is no new report; one that was published before stays."""
        self._decide(work, self._printed(work, state=state, reason=reason))

    def quarantine(self, work: Work, chapter: str, notebook: "NotebookNode | None") -> None:
        """Keep a failed notebook for the analyst, readable by nobody else and never converted."""
        if notebook is None:
            return
        import nbformat

        with suppress(OSError, ValueError):
            write_atomically(_quarantined(self.output, work.job, chapter), nbformat.writes(notebook).encode("utf-8"))

    def _decide(self, work: Work, result: Printed) -> None:
        self.results[work.job.label] = result
        self.unfinished.discard(work.job.label)
        self.tell(Event(result.state, work.job, reason=result.reason))

    def _printed(self, work: Work, *, state: str, reason: str = "", made: "Made | None" = None) -> Printed:
        job = work.job
        printed_at = now()
        told: dict[str, Any] = {}
        if made is not None:
            names = ("printer", "pages", "findings", "not_printed")
            told = {name: getattr(made, name) for name in names}
            told["files"] = published(dict(sorted(made.files.items())))
            told["headline"] = headline = [Figure.model_validate(one) for one in made.headline]
            if not job.preview:
                earlier = read_manifest(_manifest(self.output, job))
                told["first"] = first_prints(
                    earlier, headline, printed_at=printed_at, period=job.period, begun=self.begun
                )
        ingredients = _ingredients(work)
        return Printed(
            report=job.name,
            region=job.region,
            region_name=job.region_name.model_dump(),
            period=str(job.period),
            language=job.language,
            chapters=list(job.chapters),
            parameters={
                **self.batch.parameters, "region": job.region, "period": str(job.period), "language": job.language,
            },
            state=state,
            reason=reason,
            key=hashlib.sha256(json.dumps([ingredients, work.inputs], sort_keys=True).encode()).hexdigest(),
            ingredients=ingredients,
            inputs=work.inputs,
            load=self.batch.load_key,
            encodings=_encodings(self.batch),
            printed_at=printed_at,
            seconds=round(time.monotonic() - work.started, 2),
            **told,
        )  # fmt: skip


def _encodings(batch: Batch) -> dict[str, dict[str, str]]:
    return {name: dict(files) for name, files in batch.encodings.items() if files}


def _ingredients(work: Work) -> dict[str, str]:
    """All that a report is made from but the data: that of the job, and what the period before has found."""
    found = json.dumps(work.before, sort_keys=True, ensure_ascii=False)
    return {**work.job.ingredients, "previous report": hashlib.sha256(found.encode()).hexdigest()}


def _manifest(output: Path, job: Job) -> Path:
    return output / job.folder / f"{job.stem}.json"


def _before(output: Path, job: Job) -> Mapping[str, Any] | None:
    """Findings of the same report for the period before; None if it was never printed."""
    if job.preview:
        return None
    folder = output / str(job.period.previous) / job.folder.name
    earlier = read_manifest(folder / f"{job.stem}.json")
    return None if earlier is None else earlier.findings


def _quarantined(output: Path, job: Job, chapter: str) -> Path:
    return output / FAILED / job.folder / f"{job.stem}.{chapter}.ipynb"


def _probe(output: Path, jobs: Sequence[Job]) -> None:
    """Find out before anything runs whether the output can be written and renamed, and has room."""
    with writable(output):
        write_atomically(output / ".part-probe", b"")  # a name that is cleared away, should the process end here
        (output / ".part-probe").unlink()
        require_room(output, _room(output, jobs))


def _room(output: Path, jobs: Sequence[Job]) -> int:
    """Bytes that some reports may need: those that are new, and one beside the report that it replaces.

    Each as much as the largest of them, or of what the new ones were in the period before.
    """
    there = [_bytes(output / job.folder, job.stem) for job in jobs]
    new = [job for job, size in zip(jobs, there, strict=True) if not size]
    earlier = [_bytes(output / str(job.period.previous) / job.folder.name, job.stem) for job in new]
    return (max([*there, *earlier], default=0) or _REPORT_BYTES) * (len(new) + 1)


def _bytes(folder: Path, stem: str) -> int:
    """How much lies there of a report; 0 if nothing does."""
    with suppress(FileNotFoundError), os.scandir(folder) as found:
        return sum(file.stat().st_size for file in found if file.name.startswith(f"{stem}."))
    return 0


@contextmanager
def _quiet_umask() -> Iterator[None]:
    """What is written is for its owner alone."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def _stoppable() -> Iterator[Callable[[], None]]:
    """Note Ctrl-C and SIGTERM when they come; the press acts on them between two steps, never within one.

    Gives a function that raises `Interrupted` once one has come.
    """
    came: list[int] = []

    def go_on() -> None:
        if came:
            raise Interrupted(came[0])

    if threading.current_thread() is not threading.main_thread():
        yield go_on
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda number, _: came.append(number)) for number in numbers]
    try:
        yield go_on
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
