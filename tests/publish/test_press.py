"""A run: what is good is published, what is not is said truthfully, and neither stops the other."""

import errno
import os
import signal
import socket
import stat
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from kamreport.errors import KamreportError, LockedError, PrintError
from kamreport.period import Period
from kamreport.publish import press, printing, processes
from kamreport.publish.engine import ChapterFailed
from kamreport.publish.files import is_unfinished
from kamreport.publish.forking import ChildDied
from kamreport.publish.lock import locked
from kamreport.publish.manifest import Printed, find_manifests, is_whole, read_period_manifest, write_report
from kamreport.publish.press import Event, Interrupted
from kamreport.settings import Settings
from tests.publish.conftest import ReadOnly, SmallDisk
from tests.publish.desk import executed, made, workspace
from tests.publish.stand import REGIONS, Stand, run_all, states

CANARY = "ACME Corp 12345"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return workspace(tmp_path, chapters={"one": [], "two": []})


def raises(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def all_of(output: Path, *, but: str = "\0") -> str:
    """Everything that lies in the output, names and contents."""
    files = [file for file in output.rglob("*") if file.is_file() and but not in file.parts]
    return "".join(f"{file}\n{file.read_bytes().decode('latin-1')}" for file in files)


def full_for(*regions: str) -> Callable[[Path, Printed, Mapping[str, bytes]], None]:
    """A disk on which there is no room for some regions."""

    def full(file: Path, printed: Printed, files: Mapping[str, bytes]) -> None:
        if printed.region in regions:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), f"{CANARY}.pdf")
        write_report(file, printed, files)

    return full


class TestOneBadOfMany:
    def test_the_others_are_done_and_the_bad_one_says_why(self, settings: Settings, stand: Stand) -> None:
        regions = [f"R{number}" for number in range(20)]
        stand.in_kernel["R7", "two"] = raises(ChapterFailed("ValueError in cell 3", executed()))
        events: list[Event] = []
        results = run_all(settings, *regions, events=events)
        assert [one.region for one in results] == regions
        assert states(results) == {region: "failed" if region == "R7" else "done" for region in regions}
        assert [(one.region, one.reason) for one in results if one.reason] == [("R7", "two: ValueError in cell 3")]
        assert len(find_manifests(settings.output)) == 19
        assert all(is_whole(file, one) for file, one in find_manifests(settings.output))
        assert {one.region: one.state for one in read_period_manifest(settings.output, "2025-06")} == states(results)
        assert "R7 en: two: ValueError in cell 3" in (settings.output / "index.html").read_text()
        assert [(one.job.region, one.reason) for one in events if one.kind == "failed"] == [
            ("R7", "two: ValueError in cell 3")
        ]
        started, ended = (
            sorted((one.job.region, one.step) for one in events if one.kind == kind) for kind in ("start", "end")
        )
        assert started == ended

    def test_a_chapter_that_failed_lets_no_other_of_its_report_start(self, settings: Settings, stand: Stand) -> None:
        stand.in_kernel["North", "one"] = raises(ChapterFailed("the kernel ended (status 0) in cell 3", None))
        (result,) = run_all(settings, "North", workers=1)
        assert (result.state, result.reason) == ("failed", "one: the kernel ended (status 0) in cell 3")
        assert stand.ran == [("2025-06", "North", "one")]
        assert stand.printed == []

    @pytest.mark.parametrize(
        ("error", "reason"),
        [
            (PrintError("the PDF is not whole (0 bytes)"), "print: the PDF is not whole (0 bytes)"),
            (KeyError(CANARY), "print: KeyError"),
            (MemoryError(), "print: MemoryError"),
        ],
    )
    def test_a_report_that_cannot_be_printed_has_failed(
        self, settings: Settings, stand: Stand, error: Exception, reason: str
    ) -> None:
        stand.in_printer["North"] = raises(error)
        results = run_all(settings)
        assert states(results) == {"all": "done", "North": "failed", "South": "done", "West": "done"}
        assert [one.reason for one in results if one.reason] == [reason]

    def test_a_disk_that_is_full_fails_the_report_and_keeps_the_old_one(
        self, settings: Settings, stand: Stand, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run_all(settings)
        before = all_of(settings.output / "2025-06" / "North")

        monkeypatch.setattr(press, "write_report", full_for("North"))
        results = run_all(settings, load_key="load-2")
        assert states(results) == {"all": "done", "North": "failed", "South": "done", "West": "done"}
        assert [one.reason for one in results if one.state == "failed"] == ["publish: No space left on device"]
        assert all_of(settings.output / "2025-06" / "North") == before

    def test_a_disk_that_takes_no_three_in_a_row_ends_the_run(
        self, settings: Settings, stand: Stand, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(press, "write_report", full_for("R1", "R3", "R4", "R5"))
        events: list[Event] = []
        with pytest.raises(KamreportError) as raised:
            run_all(settings, *(f"R{number}" for number in range(9)), workers=1, events=events)
        assert str(raised.value) == (
            f"{settings.output} could not be written for 3 reports in a row: No space left on device; "
            "what is published is whole, free the disk and run again to print the rest"
        )
        assert [one.job.region for one in events if one.kind == "failed"] == ["R1", "R3", "R4", "R5"]
        assert ("2025-06", "R8", "two") not in stand.ran
        found = find_manifests(settings.output)
        assert [one.region for file, one in found if is_whole(file, one)] == ["R0", "R2"]

    def test_a_disk_that_fills_in_a_run_keeps_what_is_published_whole(
        self, settings: Settings, stand: Stand, monkeypatch: pytest.MonkeyPatch, small_disk: SmallDisk
    ) -> None:
        small_disk(at=settings.output, size="1m")
        monkeypatch.setattr(press, "require_room", lambda *_: None)
        monkeypatch.setattr(printing, "make_report", lambda job, *_: made(job.stem, body="x" * 75_000))
        with pytest.raises(KamreportError, match="3 reports in a row: No space left on device; "):
            run_all(settings, *(f"R{number}" for number in range(9)), workers=1)
        found = find_manifests(settings.output)
        assert [one.region for file, one in found if is_whole(file, one)] == ["R0", "R1", "R2"]
        assert len(found) == 3
        assert not [file for file in settings.output.rglob("*") if file.name.startswith((".part", ".commit"))]

    def test_no_data_leave_the_quarantine(
        self, settings: Settings, stand: Stand, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        notebook = executed({"text/plain": CANARY})
        stand.in_kernel["North", "one"] = raises(ChapterFailed("ValueError in cell 3", notebook))
        stand.in_kernel["South", "two"] = raises(RuntimeError(CANARY))
        stand.in_printer["West"] = raises(ValueError(CANARY))
        events: list[Event] = []
        results = run_all(settings, events=events)
        assert states(results) == {"all": "done", "North": "failed", "South": "failed", "West": "failed"}
        assert {one.region: one.reason for one in results if one.reason} == {
            "North": "one: ValueError in cell 3",
            "South": "two: RuntimeError",
            "West": "print: ValueError",
        }
        kept = settings.output / ".failed" / "2025-06" / "North" / "monthly.en.one.ipynb"
        assert CANARY in kept.read_text()
        told = "".join(capfd.readouterr()) + caplog.text + "".join(one.reason for one in events)
        assert CANARY not in told + all_of(settings.output, but=".failed")
        assert ".failed" not in (settings.output / "index.html").read_text()

    def test_what_failed_leaves_the_quarantine_once_it_is_printed(self, settings: Settings, stand: Stand) -> None:
        stand.in_kernel["North", "one"] = raises(ChapterFailed("ValueError in cell 3", executed()))
        run_all(settings)
        stand.in_kernel.clear()
        stand.forget()
        assert states(run_all(settings)) == {"all": "reused", "North": "done", "South": "reused", "West": "reused"}
        assert {region for _, region, _ in stand.ran} == {"North"}
        assert not list((settings.output / ".failed").rglob("*.ipynb"))
        assert "failures" not in (settings.output / "index.html").read_text().split("</style>")[1]

    def test_everything_is_for_its_owner_alone(self, settings: Settings, stand: Stand) -> None:
        stand.in_kernel["North", "one"] = raises(ChapterFailed("ValueError in cell 3", executed()))
        before = os.umask(0o002)
        try:
            run_all(settings)
        finally:
            os.umask(before)
        modes = {file: stat.S_IMODE(file.stat().st_mode) for file in [settings.output, *settings.output.rglob("*")]}
        assert {oct(mode) for file, mode in modes.items() if file.is_file()} == {"0o600"}
        assert {oct(mode) for file, mode in modes.items() if file.is_dir()} == {"0o700"}


class TestBeforeAnythingRuns:
    def test_another_run_is_named(self, settings: Settings, stand: Stand) -> None:
        with locked(settings.output), pytest.raises(LockedError) as raised:
            run_all(settings)
        assert str(raised.value) == (
            f"{settings.output} is in use by process {os.getpid()} on {socket.gethostname()}; wait for it to end"
        )
        assert raised.value.exit_status == 75
        assert stand.ran == []
        # A lock that nobody holds is no lock, whatever lies in the folder.
        (settings.output / ".lock.holder").write_text("process 1 on elsewhere")
        assert set(states(run_all(settings)).values()) == {"done"}

    @pytest.mark.parametrize("there", [True, False])
    def test_an_output_that_is_read_only_is_found(
        self, settings: Settings, stand: Stand, read_only: ReadOnly, there: bool
    ) -> None:
        if there:
            run_all(settings)
            stand.forget()
        reason = read_only(settings.output if there else settings.root)
        with pytest.raises(KamreportError) as raised:
            run_all(settings, load_key="load-2")
        assert str(raised.value) == (
            f"{settings.output} cannot be written: {reason}; free it or choose another workspace"
        )
        assert stand.ran == []

    def test_a_disk_without_room_is_found(
        self, settings: Settings, stand: Stand, small_disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        small_disk(at=settings.output, size="1m")
        with pytest.raises(KamreportError) as raised:
            run_all(settings)
        assert str(raised.value) == (
            f"{settings.output} has 1.0 MB free, the run needs about 10.0 MB; free some or choose another workspace"
        )
        assert stand.ran == []
        monkeypatch.setattr(press, "_REPORT_BYTES", 2**20 // 6)
        assert set(states(run_all(settings)).values()) == {"done"}

    def test_the_room_that_is_needed_is_that_of_the_new_reports_and_of_one_beside_the_old(
        self, settings: Settings, stand: Stand, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        june, asked = settings.output / "2025-06", []
        monkeypatch.setattr(press, "require_room", lambda _, needed: asked.append(needed))
        run_all(settings)
        assert asked[-1] == 5 * press._REPORT_BYTES
        (june / "South" / "monthly.en.pdf").write_bytes(b"x" * 5000)
        run_all(settings, "North", "South")
        assert asked[-1] > 5000
        sizes = {region: sum(file.stat().st_size for file in (june / region).iterdir()) for region in REGIONS}
        assert max(sizes.values()) < 5000
        run_all(settings, "North", "South", "East", "West")
        assert asked[-1] == 2 * max(sizes["North"], sizes["South"], sizes["West"])
        run_all(settings, "North", "South", period=Period.parse("2025-07"))
        assert asked[-1] == 3 * max(sizes["North"], sizes["South"])

    @pytest.mark.parametrize("number", [errno.EROFS, errno.EDQUOT])
    def test_an_output_that_cannot_be_written_is_found(
        self, settings: Settings, stand: Stand, monkeypatch: pytest.MonkeyPatch, number: int
    ) -> None:
        def fail(**_: Any) -> Any:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr("tempfile.mkstemp", fail)
        with pytest.raises(KamreportError) as raised:
            run_all(settings)
        assert str(raised.value).startswith(f"{settings.output} cannot be written: {os.strerror(number)}; ")
        assert stand.ran == []

    def test_an_output_that_is_a_file_is_found(self, settings: Settings, stand: Stand) -> None:
        settings.output.write_text("")
        with pytest.raises(KamreportError) as raised:
            run_all(settings)
        assert str(raised.value).startswith(f"{settings.output} cannot be written: ")
        assert stand.ran == []

    def test_what_a_crash_has_left_is_removed(self, settings: Settings, stand: Stand) -> None:
        left = settings.output / "2025-06" / "North" / ".part-abc"
        left.parent.mkdir(parents=True)
        left.write_bytes(b"x")
        run_all(settings)
        assert not left.exists()

    def test_a_report_that_was_left_between_two_versions_is_finished(
        self, settings: Settings, stand: Stand, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run_all(settings, "North")
        replace = Path.replace

        def failing(self: Path, target: Path) -> Path:
            if target.suffix == ".png":
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return replace(self, target)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", failing)
            (result,) = run_all(settings, "North", load_key="load-2")
        assert (result.state, result.reason) == ("failed", "publish: Input/output error")
        assert is_unfinished(settings.output)
        stand.forget()
        assert states(run_all(settings, "North", load_key="load-2")) == {"North": "reused"}
        assert stand.ran == []
        assert not is_unfinished(settings.output)


class TestAtOnce:
    def test_no_more_processes_run_than_were_allowed(self, settings: Settings, stand: Stand) -> None:
        lock, running, most, together = threading.Lock(), 0, 0, threading.Event()

        def count() -> None:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
                if running == 3:
                    together.set()
            together.wait(60)
            threading.Event().wait(0.02)  # in which a fourth would begin
            with lock:
                running -= 1

        stand.in_kernel = {(region, chapter): count for region in REGIONS for chapter in ("one", "two")}
        stand.in_printer = dict.fromkeys(REGIONS, count)
        run_all(settings, workers=3)
        assert most == 3

    @pytest.mark.parametrize("deaths", [1, 2])
    @pytest.mark.parametrize("where", ["kernel", "printer"])
    def test_what_was_killed_is_printed_once_more_with_nothing_beside_it(
        self, settings: Settings, stand: Stand, where: str, deaths: int
    ) -> None:
        died: list[int] = []
        beside: list[int] = []
        running = [0]

        def die() -> None:
            beside.append(running[0])
            if len(died) < deaths:
                died.append(1)
                raise (
                    ChildDied(-9)
                    if where == "printer"
                    else ChapterFailed("the kernel was killed (signal 9) in cell 3", executed(), killed=True)
                )

        def work() -> None:
            running[0] += 1
            threading.Event().wait(0.02)
            running[0] -= 1

        others = [region for region in REGIONS if region != "all"]
        stand.in_kernel = {(region, chapter): work for region in others for chapter in ("one", "two")}
        stand.in_printer = dict.fromkeys(others, work)
        if where == "printer":
            stand.in_printer["all"] = die
        else:
            stand.in_kernel["all", "two"] = die
            stand.in_kernel["all", "one"] = work  # its own chapters, too, one after another
        events: list[Event] = []
        results = run_all(settings, workers=3, events=events)
        told = {
            "printer": "print: the process was killed (signal 9), perhaps for want of memory",
            "kernel": "two: the kernel was killed (signal 9) in cell 3, perhaps for want of memory",
        }[where]
        assert states(results) == {**dict.fromkeys(others, "done"), "all": "done" if deaths == 1 else "killed"}
        assert [one.reason for one in results if one.reason] == ([] if deaths == 1 else [told])
        assert beside[1] == 0
        assert len(beside) == 2
        assert [one.job.region for one in events if one.kind == "again"] == ["all"]

    def test_only_what_the_system_says_it_has_killed_for_memory_is_certain(
        self, settings: Settings, stand: Stand, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kills = iter([3, 5])
        monkeypatch.setattr(processes, "killed_for_memory", lambda: next(kills))
        stand.in_printer["North"] = raises(ChildDied(-9))
        (result,) = run_all(settings, "North")
        assert result.reason == "print: the process was killed (signal 9), for want of memory"

    def test_a_report_that_takes_too_long_is_ended_and_the_others_go_on(self, tmp_path: Path, stand: Stand) -> None:
        settings = workspace(tmp_path, chapters={"one": [], "two": []}, settings="[print]\nminutes = 0.03\n")

        def ended() -> None:
            """Take until it is ended, or a minute."""
            until = time.monotonic() + 60
            while not stand.ended and time.monotonic() < until:
                time.sleep(0.01)

        stand.in_kernel["North", "two"] = ended
        results = run_all(settings)
        assert states(results) == {"all": "done", "North": "timed out", "South": "done", "West": "done"}
        assert [one.reason for one in results if one.reason] == ["two: not done after 0.03 minutes"]
        assert set(stand.ended) == {"monthly 2025-06 North en"}
        assert not (settings.output / "2025-06" / "North").exists()


def test_the_manifest_is_published_last(settings: Settings, stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only with it does the report exist: what a crash leaves without it, or under the old one, does not count."""
    replace, renamed = Path.replace, []

    def watched(self: Path, target: Path) -> Path:
        renamed.append(target)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", watched)
    run_all(settings, "North")
    own = [file.name for file in renamed if file.parent.name == "North"]
    assert sorted(own[:-1]) == [".commit", "monthly.en.html", "monthly.en.pdf", "monthly.en.png", "monthly.en.xlsx"]
    assert own[-1] == "monthly.en.json"


class TestStopped:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_what_is_published_is_whole_and_the_next_run_prints_the_rest(
        self, settings: Settings, stand: Stand, number: signal.Signals
    ) -> None:
        before = signal.getsignal(number)
        stand.in_kernel["South", "one"] = lambda: os.kill(os.getpid(), number)
        with pytest.raises(Interrupted) as raised:
            run_all(settings, workers=1)
        assert raised.value.exit_status == 128 + number
        assert signal.getsignal(number) is before
        assert [one.region for file, one in find_manifests(settings.output) if is_whole(file, one)][:1] == ["all"]
        assert not list(settings.output.rglob(".part-*"))
        stand.in_kernel.clear()
        stand.forget()
        results = run_all(settings)
        assert states(results)["all"] == "reused"
        assert states(results)["South"] == "done"
        assert "failed" not in states(results).values()
