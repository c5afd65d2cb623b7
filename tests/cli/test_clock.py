"""The clock at the edge of a month and of a year: what it decides, it decides once a run, by the day where we are."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest

from kamreport.book import store
from kamreport.cli import upkeep
from kamreport.publish import manifest
from kamreport.publish.manifest import Printed, read_period_manifest
from tests.conftest import MakeWorkspace
from tests.publish.desk import made
from tests.publish.shelf import headline
from tests.publish.stand import Stand

from .conftest import Ask

# Eight hours before UTC, so that the day here is not the day there.
ZONE = "Asia/Shanghai"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, here: str) -> None:
        self.at = datetime.fromisoformat(f"{here}+08:00")

    def pass_by(self, seconds: int) -> None:
        self.at += timedelta(seconds=seconds)


SetClock = Callable[[str], Clock]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[SetClock]:
    """Set every clock that the package reads: ``set_clock("2024-02-29 23:59:58")``, as it is in Shanghai."""
    monkeypatch.setenv("TZ", ZONE)
    time.tzset()

    def started(here: str) -> Clock:
        clock = Clock(here)

        class Now(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Any:
                return clock.at.astimezone(tz)

        for module in (store, manifest, upkeep):
            monkeypatch.setattr(module, "datetime", Now)
        return clock

    yield started
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Stand:
    """A press without kernels and printers, whose reports have a headline figure."""
    stand = Stand()
    monkeypatch.setattr("kamreport.publish.engine.run_chapter", stand.run)
    monkeypatch.setattr("kamreport.publish.processes.Processes", stand.processes)

    def prints(job: Any, *_: object) -> Any:
        stand.in_printer.get(job.region, lambda: None)()
        return made(job.stem, headline=[headline("revenue", "¥1M")])

    monkeypatch.setattr("kamreport.publish.printing.make_report", prints)
    return stand


def lines(*days: str) -> list[dict[str, object]]:
    """One sale of a cent on each of these days."""
    return [{"date": day, "account_id": "A", "revenue": 0.01, "region": "North"} for day in days]


def printed(root: Path, period: str) -> list[Printed]:
    return read_period_manifest(root / "output", period)


EDGES = ["2024-02-28", "2024-02-29", "2024-03-01", "2024-12-30", "2024-12-31", "2025-01-01", "2025-01-02"]


@pytest.mark.parametrize(
    ("here", "today", "period", "ended"),
    [
        ("2024-02-29 23:59:58", date(2024, 2, 29), "2024-02", False),
        ("2024-12-31 23:59:59", date(2024, 12, 31), "2024-12", False),
        ("2025-01-01 00:00:00", date(2025, 1, 1), "2024-12", True),
    ],
)
def test_at_the_edge_of_a_month_the_day_here_decides(
    here: str, today: date, period: str, ended: bool,
    make_workspace: MakeWorkspace, set_clock: SetClock, stand: Stand, ask: Ask,
) -> None:  # fmt: skip
    clock = set_clock(here)
    settings = make_workspace(transactions=lines(*EDGES))
    assert ask("run", at=settings.root).status == 0
    load = store.load_store(settings)
    # Half-open: what is dated today is known, what is dated tomorrow is not.
    assert (load.loaded_on, load.up_to) == (today, today)
    assert load.money["used"] == f"{sum(date.fromisoformat(day) <= today for day in EDGES) / 100:.4f}"
    found = printed(settings.root, period)
    assert [(one.period, one.printed_at) for one in found] == [(period, clock.at.astimezone(UTC))] * 2
    # A print on the last day of a period is made while it is running, and is no first print.
    assert [bool(one.first) for one in found] == [ended] * 2


def test_a_run_that_midnight_passes_prints_one_period_of_one_load(
    make_workspace: MakeWorkspace, set_clock: SetClock, stand: Stand, ask: Ask
) -> None:
    clock = set_clock("2024-12-31 23:59:58")
    settings = make_workspace(transactions=lines("2024-11-29", "2024-12-31", "2025-01-01"))
    stand.in_printer = dict.fromkeys(["all", "North"], lambda: clock.pass_by(1))
    answer = ask("run", "--jobs", "1", at=settings.root)
    assert answer.status == 0
    found = {one.region: one for one in printed(settings.root, "2024-12")}
    # One at 23:59:59 in Shanghai, the other at 00:00:00.
    assert sorted(one.printed_at for one in found.values()) == [
        datetime(2024, 12, 31, 15, 59, 59, tzinfo=UTC),
        datetime(2024, 12, 31, 16, 0, 0, tzinfo=UTC),
    ]
    assert printed(settings.root, "2025-01") == []
    assert store.load_store(settings).loaded_on == date(2024, 12, 31)
    assert {one.load for one in found.values()} == {store.load_store(settings).key}
    # What the run has begun while the year was running is no first print on either side of midnight.
    assert [one.first for one in found.values()] == [{}, {}]
    assert "2 reused" in ask("run", at=settings.root).err


@pytest.mark.parametrize(
    ("here", "cut"),
    [
        ("2024-02-29 23:59:58", date(2023, 2, 28)),
        ("2024-12-31 23:59:59", date(2023, 12, 31)),  # the leap day is one of the 366
        ("2025-01-01 00:00:00", date(2024, 1, 1)),
    ],
)
def test_an_age_counts_back_from_the_day_here(here: str, cut: date, set_clock: SetClock) -> None:
    set_clock(here)
    assert upkeep.cutoff("366d") == cut
