"""What the tests of the press share."""

import errno
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest

from kamreport.publish import engine, printing, processes
from kamreport.publish.processes import Processes
from tests.publish.payloads import Listener
from tests.publish.stand import Stand

MakeBrowser = Callable[[str], Path]
SmallDisk = Callable[..., Path]
ReadOnly = Callable[[Path], str]


def _mount(undo: ExitStack, folder: Path, *arguments: str) -> None:
    """Mount something on a folder for a test; skips it where that is not allowed."""
    try:
        subprocess.run(["mount", *arguments, str(folder)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("nothing can be mounted here: root may on Linux")
    undo.callback(subprocess.run, ["umount", str(folder)], check=True)


@pytest.fixture
def listener() -> Iterator[Listener]:
    started = Listener()
    yield started
    started.close()


@pytest.fixture
def browser() -> Iterator[MakeBrowser]:
    """Make a browser of a shell script, in a folder of its own where whoever prints may run it and write.

    ``$here`` is that folder, ``$out`` the PDF that is to be written, ``$page`` the page.
    """
    folder = Path(tempfile.mkdtemp(prefix="kam-test-"))
    folder.chmod(0o777)

    def made(script: str) -> Path:
        head = (
            f"#!/bin/sh\nhere={folder}\n"
            "for one; do page=$one; case $one in --print-to-pdf=*) out=${one#--print-to-pdf=};; esac; done\n"
        )
        (folder / "chromium").write_text(f"{head}{script}\n")
        (folder / "chromium").chmod(0o755)
        return folder

    yield made
    shutil.rmtree(folder)


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Stand:
    """Print without kernels and processes."""
    stand = Stand()
    monkeypatch.setattr(engine, "run_chapter", stand.run)
    monkeypatch.setattr(printing, "make_report", stand.print)
    monkeypatch.setattr(processes, "Processes", stand.processes)
    return stand


@pytest.fixture(scope="session")
def forks() -> Iterator[Processes]:
    """Kernels forked from one template for all tests of a worker."""
    with as_in_a_run({}, warm_up="kamreport.cli.warming:warm_up") as started:
        yield started


def as_in_a_run(environment: Mapping[str, str], **more: Any) -> Processes:
    """Make processes whose kernels do not know of the test: ipykernel would leave what child processes print."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTEST_CURRENT_TEST", raising=False)
        return Processes(environment, **more)


def is_alive(pid: int) -> bool:
    """Whether a process runs; what has ended stays in the list until somebody reaps it."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """Make a disk of its own: ``small_disk(size="256k")``, ``small_disk(at=folder, nr_inodes=20)``."""
    with ExitStack() as undo:

        def made(at: Path | None = None, **limits: object) -> Path:
            folder = at or tmp_path / "disk"
            folder.mkdir(parents=True, exist_ok=True)
            options = ",".join(f"{name}={value}" for name, value in limits.items())
            _mount(undo, folder, "-t", "tmpfs", "-o", options, "tmpfs")
            return folder

        yield made


@pytest.fixture
def read_only() -> Iterator[ReadOnly]:
    """Have nothing be written in a folder any more, by root neither; gives the system's words for it."""
    with ExitStack() as undo:

        def made(folder: Path) -> str:
            if os.geteuid() == 0:
                _mount(undo, folder, "--bind", str(folder))
                subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True, capture_output=True)
                return os.strerror(errno.EROFS)
            undo.callback(folder.chmod, folder.stat().st_mode)
            folder.chmod(0o500)
            return os.strerror(errno.EACCES)

        yield made
