"""Files on the disk: wholly old or wholly new, whatever the disk does and wherever a process ends."""

import errno
import os
import shutil
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kamreport.errors import KamreportError
from kamreport.publish.files import (
    is_unfinished,
    recover,
    require_room,
    writable,
    write_atomically,
    write_together,
)
from kamreport.publish.manifest import digest, read_manifest
from tests.publish.conftest import SmallDisk
from tests.publish.crashing import DIED, RAISED, SURVIVED, Crasher
from tests.publish.versions import MANIFEST, contents, leave_unfinished, publish, there, tree

Tree = dict[str, bytes]
FILES = len(contents("new")) + 1


@pytest.fixture(scope="module")
def crasher() -> Iterator[Crasher]:
    if not hasattr(os, "fork"):
        pytest.skip("processes are not forked here")
    started = Crasher()
    yield started
    started.close()


@pytest.fixture
def traced(crasher: Crasher, tmp_path: Path) -> Callable[[Path, str], int]:
    """Publish the new version under strace; skips where that is missing or may not trace."""
    publish(tmp_path / "try", "old")
    try:
        crasher.trace("publish", tmp_path / "try", "?fsync:error=EIO:when=1000")
    except OSError as error:
        pytest.skip(f"strace cannot be used here: {error}")
    return lambda folder, inject: crasher.trace("publish", folder, inject)


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Tree]:
    """The folder of the old version, to be copied, and what lies in that of the new one."""
    folder = tmp_path_factory.mktemp("versions")
    publish(folder / "old", "old")
    publish(folder / "new", "new")
    return folder / "old", tree(folder / "new")


def sweep(
    do: Callable[[Path, int], int], start: Path, root: Path, *, look: Callable[[Path, int], None]
) -> list[tuple[int, str]]:
    """Have each call fail in turn, on a fresh copy, until none is left: the status, and what was there before recovery.

    Reports of two versions are never taken for one, neither before recovery nor after it.
    """
    seen = []
    for at in range(1, 200):
        folder = root / str(at)
        shutil.copytree(start, folder)
        status = do(folder, at)
        if status == 0:
            return seen
        seen.append((status, there(folder)))
        look(folder, at)
    raise AssertionError("there is no end to it")


class TestKilled:
    """The process ends at once and tidies nothing up."""

    @pytest.fixture
    def look(self, versions: tuple[Path, Tree]) -> tuple[list[str], Callable[[Path, int], None]]:
        start, new = versions
        old, found = tree(start), []

        def looked(folder: Path, at: int) -> None:
            before = there(folder)
            recover(folder.parent)
            after = tree(folder)
            assert after in (old, new), f"call {at} leaves {sorted(after)}"
            found.append("old" if after == old else "new")
            # What a reader took for whole before is still that, and what was whole anew is not undone.
            assert before in ("", found[-1]) or (before, found[-1]) == ("old", "new")

        return found, looked

    def test_at_any_call_the_report_is_wholly_old_or_new(
        self,
        tmp_path: Path,
        crasher: Crasher,
        versions: tuple[Path, Tree],
        look: tuple[list[str], Callable[[Path, int], None]],
    ) -> None:
        found, looked = look
        seen = sweep(lambda folder, at: crasher.do("publish", folder, "die", at), versions[0], tmp_path, look=looked)
        assert {status for status, _ in seen} == {DIED}
        # Of every file and the commit: made, written, flushed, renamed.
        assert len(seen) >= 4 * (FILES + 1)
        assert {before for _, before in seen} == {"old", "", "new"}
        # Once it is new it stays so.
        assert found == sorted(found, reverse=True)
        assert set(found) == {"old", "new"}

    def test_at_any_call_of_a_recovery_it_can_be_recovered_again(
        self, tmp_path: Path, crasher: Crasher, versions: tuple[Path, Tree]
    ) -> None:
        half = tmp_path / "half"
        for at in range(1, 200):
            shutil.rmtree(half, ignore_errors=True)
            shutil.copytree(versions[0], half)
            crasher.do("publish", half, "die", at)
            if is_unfinished(half) and there(half) == "":
                break
        (half / ".part-of-another-report").write_bytes(b"x")

        def looked(folder: Path, _: int) -> None:
            recover(folder)
            assert tree(folder) == versions[1]

        seen = sweep(lambda folder, at: crasher.do("recover", folder, "die", at), half, tmp_path, look=looked)
        # All renames but the one that was done, a removal, the folder's flush, the commit, the other part.
        assert len(seen) >= FILES - 1 + 4
        assert {before for _, before in seen} == {"", "new"}

    @pytest.mark.parametrize(
        ("calls", "points"),
        [
            ("?write", FILES + 1),
            ("?fsync", FILES + 1),
            ("?rename,?renameat,?renameat2", FILES + 1),
            ("?unlink,?unlinkat", 2),
            ("?openat", FILES + 1),
        ],
    )
    def test_at_any_system_call_it_is_wholly_old_or_new(
        self,
        tmp_path: Path,
        traced: Callable[..., int],
        versions: tuple[Path, Tree],
        look: tuple[list[str], Callable[[Path, int], None]],
        calls: str,
        points: int,
    ) -> None:
        found, looked = look
        seen = sweep(
            lambda folder, at: traced(folder, f"{calls}:signal=SIGKILL:when={at}"), versions[0], tmp_path, look=looked
        )
        assert {status for status, _ in seen} == {-9}
        assert len(seen) >= points
        assert found == sorted(found, reverse=True)


class TestFailing:
    """The disk says that it cannot."""

    @pytest.fixture
    def looked(self, versions: tuple[Path, Tree]) -> Callable[[Path, int], None]:
        start, new = versions
        old = tree(start)

        def looked(folder: Path, at: int) -> None:
            if is_unfinished(folder):
                recover(folder)
                assert tree(folder) == new, f"call {at}"
            else:
                # With nothing beside it.
                assert tree(folder) in (old, new), f"call {at}"

        return looked

    def test_at_any_call_the_old_report_stays_or_the_new_one_comes(
        self, tmp_path: Path, crasher: Crasher, versions: tuple[Path, Tree], looked: Callable[[Path, int], None]
    ) -> None:
        seen = sweep(lambda folder, at: crasher.do("publish", folder, "fail", at), versions[0], tmp_path, look=looked)
        assert len(seen) >= 4 * (FILES + 1)
        assert {status for status, _ in seen} == {RAISED, SURVIVED}
        # The folder was there already and need not be made.
        assert [before for status, before in seen if status == SURVIVED] == ["new"] * 2
        # Only between the second rename of the report's own files and the manifest's there is neither.
        raised = [before for status, before in seen if status == RAISED]
        assert raised.count("") == FILES - 1
        assert raised[: 3 * (FILES + 1)] == ["old"] * 3 * (FILES + 1)

    @pytest.mark.parametrize(
        ("fault", "points", "neither"),
        [
            ("?write:error=ENOSPC", FILES + 1, 0),
            ("?fsync:error=EIO", FILES + 1, 0),
            ("?rename,?renameat,?renameat2:error=ENOSPC", FILES + 1, FILES - 1),
        ],
    )
    def test_an_error_of_the_system_keeps_the_old_report(
        self,
        tmp_path: Path,
        traced: Callable[..., int],
        versions: tuple[Path, Tree],
        looked: Callable[[Path, int], None],
        fault: str,
        points: int,
        neither: int,
    ) -> None:
        seen = sweep(lambda folder, at: traced(folder, f"{fault}:when={at}"), versions[0], tmp_path, look=looked)
        assert {status for status, _ in seen} == {RAISED}
        assert len(seen) >= points
        assert [before for _, before in seen].count("") == neither

    @pytest.mark.parametrize("limit", [{"size": "256k"}, {"nr_inodes": 20}])
    def test_a_disk_that_is_full_keeps_the_old_report(self, small_disk: SmallDisk, limit: dict[str, object]) -> None:
        folder = small_disk(**limit) / "2025-06" / "North"
        publish(folder, "old", times=200)
        old = tree(folder)
        filler = folder.parent / "other"
        with pytest.raises(OSError, match="No space left"):  # noqa: PT012
            for number in range(500):
                write_atomically(filler / str(number), b"x" * 4096)
        (filler / "0").unlink()
        with pytest.raises(OSError, match="No space left"):
            publish(folder, "new", times=200)
        assert tree(folder) == old
        shutil.rmtree(filler)
        publish(folder, "new", times=200)
        assert there(folder) == "new"

    def test_a_commit_that_could_not_be_finished_is_so_before_the_next(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Else the older one of two would come out on top."""
        publish(tmp_path, "old")
        leave_unfinished(tmp_path, monkeypatch)
        assert there(tmp_path) == ""
        publish(tmp_path, "newest")
        recover(tmp_path)
        assert there(tmp_path) == "newest"
        assert tree(tmp_path).keys() == {*contents("newest"), MANIFEST}

    def test_what_another_report_of_the_folder_has_left_is_finished_too(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        publish(tmp_path, "old")
        leave_unfinished(tmp_path, monkeypatch)
        write_together(tmp_path, {"monthly.zh.html": b"x", "monthly.zh.json": b"x"})
        assert there(tmp_path) == "new"
        assert not is_unfinished(tmp_path)

    @pytest.mark.parametrize(
        "content",
        [b"", b"{", b"[]", b'{"rename": {".part-x": "../out"}, "remove": []}', b'{"rename": {}, "remove": ["../kept"]}',
         b'{"rename": {"../kept": "a"}, "remove": []}', b'{"rename": {}, "remove": [".."]}'],
    )  # fmt: skip
    def test_a_commit_that_is_not_ours_does_nothing_and_stops_nobody(self, tmp_path: Path, content: bytes) -> None:
        folder = tmp_path / "report"
        publish(folder, "old")
        old = tree(folder)
        (tmp_path / "kept").write_bytes(b"x")
        (folder / ".commit").write_bytes(content)
        (folder / ".part-x").write_bytes(b"x")
        recover(tmp_path)
        assert tree(folder) == old
        assert {file.name for file in tmp_path.iterdir()} == {"kept", "report"}

    def test_what_cannot_be_written_is_said_in_one_line(self, tmp_path: Path) -> None:
        with pytest.raises(KamreportError) as raised, writable(tmp_path):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), "a file")
        assert str(raised.value) == (
            f"{tmp_path} cannot be written: Read-only file system; free it or choose another workspace"
        )

    def test_a_disk_with_too_little_room_is_told_with_both_figures(self, small_disk: SmallDisk) -> None:
        disk = small_disk(size="1m")
        require_room(disk, 2**20)
        with pytest.raises(KamreportError) as raised:
            require_room(disk, 2**20 + 1)
        assert str(raised.value) == (
            f"{disk} has 1.0 MB free, the run needs about 1.0 MB; free some or choose another workspace"
        )


class TestRead:
    def test_a_reader_never_sees_a_part(self, tmp_path: Path) -> None:
        """Every file of a report that is read while versions come and go is whole, and one of them."""
        names = ("old", "new", "newest")
        all_of_them = {name: contents(name, times=20_000) for name in names}
        digests = {digest(content) for files in all_of_them.values() for content in files.values()}
        publish(tmp_path, "old", times=20_000)
        torn: list[str] = []
        keys: set[str] = set()
        rounds = 0
        done = threading.Event()

        def read() -> None:
            nonlocal rounds
            while not done.is_set():
                manifest = read_manifest(tmp_path / MANIFEST)
                if manifest is None:
                    torn.append(MANIFEST)
                    continue
                keys.add(manifest.key)
                for one in manifest.files:
                    file = tmp_path / one.name
                    # One that the next version does not have may be gone.
                    if file.exists() and one.name != "monthly.en.two.ipynb":
                        torn.extend([one.name] if digest(file.read_bytes()) not in digests else [])
                rounds += 1

        reader = threading.Thread(target=read)
        reader.start()
        version = 0
        while rounds < 100 or len(keys) < len(names):
            version += 1
            publish(tmp_path, names[version % len(names)], times=20_000)
        done.set()
        reader.join()
        assert torn == []

    def test_the_manifest_comes_last(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """After each rename there is the old report, none, or the new one; never parts of two that pass for one."""
        publish(tmp_path, "old")
        seen = []
        replace = Path.replace

        def watched(self: Path, target: Path) -> Path:
            made = replace(self, target)
            seen.append((target.name, there(tmp_path)))
            return made

        monkeypatch.setattr(Path, "replace", watched)
        publish(tmp_path, "new")
        assert seen == [
            (".commit", "old"),
            *((name, "") for name in contents("new")),
            (MANIFEST, "new"),
        ]


class TestWritten:
    def test_everything_is_flushed_to_the_disk_before_it_counts(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Before the commit all parts and their names, before its end all names."""
        told: list[str] = []
        fsync, replace, unlink = os.fsync, Path.replace, Path.unlink

        def flushed(handle: int) -> None:
            told.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
            fsync(handle)

        def renamed(self: Path, target: Path) -> Path:
            told.append("commit" if target.name == ".commit" else "rename")
            return replace(self, target)

        def removed(self: Path, *, missing_ok: bool = False) -> None:
            told.append(f"remove {self.name}")
            unlink(self, missing_ok=missing_ok)

        monkeypatch.setattr(os, "fsync", flushed)
        monkeypatch.setattr(Path, "replace", renamed)
        monkeypatch.setattr(Path, "unlink", removed)
        write_together(tmp_path, {"a": b"a", "b": b"b"}, without=["c"])
        assert told == [
            "file", "file", "folder", "file", "commit", "folder", "rename", "rename", "remove c", "folder",
            "remove .commit",
        ]  # fmt: skip

    def test_a_folder_that_cannot_be_flushed_is_written_all_the_same(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fsync = os.fsync

        def refused(handle: int) -> None:
            if stat.S_ISDIR(os.fstat(handle).st_mode):
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
            fsync(handle)

        monkeypatch.setattr(os, "fsync", refused)
        publish(tmp_path, "new")
        assert there(tmp_path) == "new"

    def test_files_that_are_no_more_go_and_those_of_others_stay(self, tmp_path: Path) -> None:
        publish(tmp_path, "old")
        for name in ("monthly.zh.pdf", "monthly.en.notes.txt", "other.en.json"):
            (tmp_path / name).write_bytes(b"x")
        publish(tmp_path, "new")
        assert tree(tmp_path).keys() == {
            *contents("new"), MANIFEST, "monthly.zh.pdf", "monthly.en.notes.txt", "other.en.json",
        }  # fmt: skip

    def test_files_are_for_their_owner_alone(self, tmp_path: Path) -> None:
        before = os.umask(0)
        try:
            publish(tmp_path / "report", "old")
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / "report").stat().st_mode) == 0o700
        assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "report").iterdir()} == {0o600}
