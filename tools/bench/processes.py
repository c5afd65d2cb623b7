"""Running a command and accounting for every process it starts: time, processors, memory, what is left open."""

import ctypes
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression
from types import TracebackType

import psutil

__all__ = ["BenchError", "Cost", "Sample", "Watch", "run"]

_PR_SET_CHILD_SUBREAPER = 36
_ORPHAN_SECONDS = 15
_POLL_SECONDS = 0.05
_LEAST_SAMPLES = 10


class BenchError(Exception):
    """A measurement that did not come about; in one line."""


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock, and seconds of processors."""

    wall: float = 0.0
    cpu: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.wall + other.wall, self.cpu + other.cpu)

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(self.wall - other.wall, self.cpu - other.cpu)

    def per(self, count: int) -> "Cost":
        """Give the mean of so many."""
        return Cost(self.wall / count, self.cpu / count)


def run(
    command: Sequence[str | Path], *, folder: Path, environment: Mapping[str, str] | None = None, told: str = ""
) -> Cost:
    """Run a command to its end, and wait for every process that it has left behind.

    Processors are counted by the system when a process is waited for. Those whose parent has died are waited for
    here, since this process adopts them (Linux; elsewhere they are lost to the count).

    Parameters
    ----------
    folder
        Current folder of the command.
    environment
        Added to our own.
    told
        Its standard input.

    Raises
    ------
    BenchError
        If it fails, or something it has started runs on.
    """
    _adopt_orphans()
    with tempfile.TemporaryFile() as said:
        before, started = _children(), time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - commands of ours
            [str(word) for word in command], cwd=folder, env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, text=True,
        )  # fmt: skip
        process.communicate(told)
        wall = time.perf_counter() - started
        if process.returncode:
            said.seek(0)
            lines = said.read().decode("utf-8", "replace").strip().splitlines() or ["it says nothing"]
            raise BenchError(f"{' '.join(map(str, command[:4]))} ended with {process.returncode}: {lines[-1]}")
    _wait_for_orphans()
    return Cost(wall, _children() - before)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies."""
    if sys.platform == "linux" and ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise BenchError("the system does not let us wait for orphaned processes; their processor time would be lost")


def _wait_for_orphans() -> None:
    until = time.monotonic() + _ORPHAN_SECONDS
    with suppress(ChildProcessError):  # there is none, or none is left
        while time.monotonic() < until:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(_POLL_SECONDS)
        names = ", ".join(child.name() for child in psutil.Process().children(recursive=True))
        raise BenchError(f"still running {_ORPHAN_SECONDS} s after the command: {names}")


@dataclass(frozen=True)
class Sample:
    """All processes of a command at one moment, in bytes, and what its first process alone holds.

    Attributes
    ----------
    rss, pss
        Resident memory of all; `pss` counts a page that several share only once.
    own_rss, own_files, own_threads
        Of the process that was started.
    """

    at: float
    rss: int
    pss: int
    own_rss: int
    own_files: int
    own_threads: int


class Watch:
    """Looks at the processes that a command has started, every so often while it runs.

    Attributes
    ----------
    samples
        What was seen.
    """

    def __init__(self, *, every: float = 0.5) -> None:
        self.samples: list[Sample] = []
        self._every = every
        self._cpu: dict[psutil.Process, float] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def seen_cpu(self) -> float:
        """Processor seconds seen: less than the system counts, for the last moments of each process are missed."""
        return sum(self._cpu.values())

    def peak(self, what: str) -> int:
        """Give the largest value of a field of the samples."""
        return max((getattr(sample, what) for sample in self.samples), default=0)

    def slope(self, what: str, *, count: int) -> float:
        """Say by how much a field grows from one report to the next, of so many; without the run's start and end."""
        if len(self.samples) < _LEAST_SAMPLES:
            raise BenchError(f"the run was seen {len(self.samples)} times only; print more reports")
        kept = self.samples[len(self.samples) // 3 : -(len(self.samples) // 10)]
        start, end = self.samples[0].at, self.samples[-1].at
        done = [count * (sample.at - start) / (end - start) for sample in kept]
        return linear_regression(done, [getattr(sample, what) for sample in kept]).slope

    def _look_on(self) -> None:
        ours = psutil.Process()
        while not self._ended.wait(self._every):
            started = ours.children()
            if started:
                first = min(started, key=psutil.Process.create_time)
                self._look(first, ours.children(recursive=True))

    def _look(self, first: psutil.Process, all_of_them: Sequence[psutil.Process]) -> None:
        rss = pss = 0
        for process in all_of_them:
            with suppress(psutil.Error):  # it has ended meanwhile
                used = process.cpu_times()
                self._cpu[process] = used.user + used.system
                memory = process.memory_full_info()
                rss += memory.rss
                pss += getattr(memory, "pss", memory.rss)
        with suppress(psutil.Error):
            own = first.memory_info().rss, first.num_fds(), first.num_threads()
            self.samples.append(Sample(time.monotonic(), rss, pss, *own))
