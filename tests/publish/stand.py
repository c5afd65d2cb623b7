"""A press that is quick: no kernels, no printing processes, everything else as it is."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from nbformat import NotebookNode

from kamreport.publish.engine import Executed
from kamreport.publish.jobs import Batch, Job
from kamreport.publish.manifest import Printed
from kamreport.publish.press import Event, run_jobs
from kamreport.publish.printing import Made
from kamreport.settings import Settings
from tests.publish.desk import batch, executed, made, plan

REGIONS = ("all", "North", "South", "West")


class Stand:
    """Stands in for kernels and printers: counts what is asked of them and fails where it is told to."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, str, str]] = []
        self.printed: list[tuple[str, str]] = []
        self.before: dict[tuple[str, str], Any] = {}
        self.findings: dict[str, Any] = {}
        self.inputs: dict[str, str] = {}
        self.ended: list[str] = []
        self.in_kernel: dict[tuple[str, str], Callable[[], None]] = {}
        self.in_printer: dict[str, Callable[[], None]] = {}

    def processes(self, environment: Mapping[str, str], **_: Any) -> Any:
        """No processes: what they are asked for is done in the thread that asks."""
        made = SimpleNamespace(
            call=lambda owner, function, *arguments: function(*arguments),
            end=self.ended.append,
            stop=lambda: None,
            wait_until_ready=lambda: None,
        )
        return nullcontext(made)

    def run(self, notebook: Path, parameters: Mapping[str, Any], processes: object, owner: str) -> Executed:
        self.ran.append((str(parameters["period"]), str(parameters["region"]), notebook.stem))
        self.in_kernel.get((str(parameters["region"]), notebook.stem), lambda: None)()
        book = f"{parameters['period']} {parameters['region']}"
        return Executed(executed(), {f"{name} @ {book}": digest for name, digest in self.inputs.items()})

    def print(self, job: Job, batch: Batch, notebooks: Mapping[str, NotebookNode], before: Any) -> Made:
        self.printed.append((str(job.period), job.region))
        self.before[str(job.period), job.region] = before
        self.in_printer.get(job.region, lambda: None)()
        return made(job.stem, body=f"{job.region} {job.period}", findings=self.findings)

    def forget(self) -> None:
        self.ran.clear()
        self.printed.clear()


def run_all(
    settings: Settings,
    *regions: str,
    workers: int = 2,
    force: bool = False,
    events: list[Event] | None = None,
    **more: Any,
) -> list[Printed]:
    """Run a report of every region."""
    asked = batch(settings, *(regions or REGIONS), load_key=more.pop("load_key", "load-1"))
    told = events.append if events is not None else lambda _: None
    return run_jobs(asked, plan(asked, **more), workers=workers, force=force, tell=told)


def states(results: list[Printed]) -> dict[str, str]:
    return {one.region: one.state for one in results}
