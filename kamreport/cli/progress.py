"""The progress of a run in the terminal: what runs, what is done, what is left."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

if TYPE_CHECKING:
    from rich.console import Console

    from kamreport.publish.jobs import Job
    from kamreport.publish.press import Event

__all__ = ["Progress"]

_SHOWN = 4


class Progress:
    """A bar where there is a terminal, a line per report where there is none.

    Parameters
    ----------
    console
        Where to write.
    jobs
        All that is planned.
    """

    def __init__(self, console: "Console", jobs: "Sequence[Job]") -> None:
        self._console = console
        self._running: dict[tuple[str, str], None] = {}
        self._done: set[tuple[str, str]] = set()
        self._left = len(jobs)
        self._start = time.monotonic()
        self._bar = Bar(
            BarColumn(30), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False),
            console=console, transient=True, disable=not console.is_terminal,
        )  # fmt: skip
        self._task = self._bar.add_task("", total=sum(len(job.chapters) + 1 for job in jobs))

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def tell(self, event: "Event") -> None:
        """Show an event of the press."""
        job = event.job
        if event.kind == "start":
            self._running[job.label, event.step] = None
        elif event.kind == "end":
            self._running.pop((job.label, event.step), None)
            self._done.add((job.label, event.step))
        elif event.kind == "again":
            self._done = {(label, step) for label, step in self._done if label != job.label}
            self._line(event)
        else:
            self._left -= 1
            self._done |= {(job.label, step) for step in (*job.chapters, "print")}
            self._line(event)
        self._bar.update(self._task, completed=len(self._done))
        running = ", ".join(f"{label.split(' ', 2)[2]}: {step}" for label, step in list(self._running)[:_SHOWN])
        self._bar.update(self._task, description=running)

    def remark(self, said: str) -> None:
        """Say something about the run as a whole."""
        self._console.print(said, markup=False, soft_wrap=True)

    def _line(self, event: "Event") -> None:
        """One line per finished report; in a terminal only for what did not go well."""
        if self._console.is_terminal and event.kind in ("done", "reused"):
            return
        seconds = f"{time.monotonic() - self._start:.0f} s"
        reason = f": {event.reason}" if event.reason else ""
        self._console.print(
            f"{event.kind:<6} {event.job.label}{reason}  ({seconds}, {self._left} left)", markup=False, soft_wrap=True
        )
