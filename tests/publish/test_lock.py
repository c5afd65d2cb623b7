"""One run at a time: the second says who is at work, and a run that was killed stands in nobody's way."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock

from kamreport.errors import LockedError
from kamreport.publish import lock
from kamreport.publish.files import is_unfinished
from kamreport.publish.lock import locked, settle
from tests.publish.conftest import ReadOnly
from tests.publish.desk import workspace
from tests.publish.versions import leave_unfinished, publish, there

REPOSITORY = Path(__file__).parents[2]

# Runs as often as it is told to; its one report is printed when it is told to go on.
RUNNER = """
import sys
from pathlib import Path

from tests.publish.desk import batch, made, plan
from tests.publish.stand import Stand

from kamreport.errors import LockedError
from kamreport.publish import engine, press, printing, processes
from kamreport.settings import load_settings


def prints(job, *_):
    print("prints", flush=True)
    sys.stdin.readline()
    return made(job.stem, body=sys.argv[2])


stand = Stand()
engine.run_chapter = stand.run
printing.make_report = prints
processes.Processes = stand.processes
asked = batch(load_settings(Path(sys.argv[1])), "North")
print("ready", flush=True)
while sys.stdin.readline():
    try:
        (result,) = press.run_jobs(asked, plan(asked), workers=1, force=True)
    except LockedError as error:
        print(error.exit_status, error, flush=True)
    else:
        print(result.state, flush=True)
"""


class Runner:
    """A process that runs when it is told to."""

    def __init__(self, root: Path, name: str) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUNNER, str(root), name],
            cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.tells, self.says = self.process.stdin, self.process.stdout

    def go(self) -> None:
        self.tells.write("\n")
        self.tells.flush()

    def said(self) -> str:
        return self.says.readline().rstrip("\n")

    def end(self) -> None:
        self.process.kill()
        self.process.wait(60)
        self.tells.close()
        self.says.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    workspace(tmp_path)
    return tmp_path


@pytest.fixture
def runners(root: Path) -> Iterator[list[Runner]]:
    started = [Runner(root, "first"), Runner(root, "second")]
    assert [one.said() for one in started] == ["ready", "ready"]
    yield started
    for one in started:
        one.end()


@pytest.mark.slow
def test_of_two_runs_at_once_one_prints_and_the_other_names_it(root: Path, runners: list[Runner]) -> None:
    folder = root / "output" / "2025-06" / "North"
    with ThreadPoolExecutor(2) as threads:
        for _ in range(20):
            for one in runners:
                one.go()
            said = dict(zip(threads.map(Runner.said, runners), runners, strict=True))
            assert len(said) == 2, f"both say {next(iter(said))}"
            winner = said.pop("prints")
            (refused,) = said
            assert refused == (
                f"75 {root / 'output'} is in use by process {winner.process.pid} on {socket.gethostname()}; "
                "wait for it to end"
            )
            winner.go()
            assert winner.said() == "done"
            assert {file.read_bytes().split()[0].decode() for file in folder.glob("*.pdf")} == {winner.name}


@pytest.mark.slow
def test_a_run_that_was_killed_holds_nothing(root: Path, runners: list[Runner]) -> None:
    first, second = runners
    first.go()
    assert first.said() == "prints"
    first.end()
    assert f"process {first.process.pid}" in (root / "output" / ".lock.holder").read_text()
    second.go()
    assert second.said() == "prints"
    with pytest.raises(LockedError, match=f"in use by process {second.process.pid} on "), locked(root / "output"):
        pass
    second.go()
    assert second.said() == "done"


def test_a_run_that_has_not_yet_said_its_name_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = ["", "process 1 on elsewhere"]
    monkeypatch.setattr(lock.time, "sleep", lambda _: (tmp_path / ".lock.holder").write_text(said.pop(0)))
    with FileLock(tmp_path / ".lock"):
        with pytest.raises(LockedError) as raised, locked(tmp_path):
            pass
        assert str(raised.value) == f"{tmp_path} is in use by process 1 on elsewhere; wait for it to end"
        monkeypatch.setattr(lock.time, "sleep", lambda _: None)
        (tmp_path / ".lock.holder").unlink()
        with pytest.raises(LockedError, match="is in use by another run; wait"), locked(tmp_path):
            pass


def test_a_disk_that_turns_read_only_in_a_run_hides_no_error(tmp_path: Path, read_only: ReadOnly) -> None:
    with pytest.raises(ZeroDivisionError), locked(tmp_path):  # noqa: PT012
        read_only(tmp_path)
        raise ZeroDivisionError


class TestSettle:
    def test_what_a_killed_run_has_left_is_finished(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = tmp_path / "2025-06" / "North"
        publish(folder, "old")
        leave_unfinished(folder, monkeypatch)
        settle(tmp_path)
        assert there(folder) == "new"
        assert not is_unfinished(tmp_path)

    def test_a_run_at_work_is_left_alone(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(lock.time, "sleep", lambda _: pytest.fail("it is not waited for"))
        publish(tmp_path, "old")
        with locked(tmp_path):
            leave_unfinished(tmp_path, monkeypatch)
            settle(tmp_path)
            assert is_unfinished(tmp_path)

    def test_nothing_is_written_where_nothing_is_to_be_done(self, tmp_path: Path) -> None:
        settle(tmp_path / "none")
        settle(tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_that_cannot_be_written_is_read_as_it_is(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_only: ReadOnly
    ) -> None:
        publish(tmp_path, "old")
        leave_unfinished(tmp_path, monkeypatch)
        read_only(tmp_path)
        settle(tmp_path)
        assert there(tmp_path) == ""
