"""A report in two versions, published without a press: which of them is there, and whether wholly."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from kamreport.publish.files import is_unfinished
from kamreport.publish.manifest import Printed, is_whole, published, read_manifest, write_report

STEM = "monthly.en"
MANIFEST = f"{STEM}.json"
ENDINGS = ("html", "pdf", "png", "xlsx")
# A chapter stays, one goes and one is new.
CHAPTERS = {"old": ("one", "two"), "new": ("one", "three")}


def printed(**more: Any) -> Printed:
    """Make a manifest."""
    told: dict[str, Any] = {
        "report": "monthly",
        "region": "华东",
        "region_name": {"en": "East", "zh": "华东"},
        "period": "2025-06",
        "language": "en",
        "chapters": ["one", "two"],
        "parameters": {"region": "华东", "period": "2025-06", "language": "en", "top": 5},
        "state": "done",
        "key": "k",
        "printed_at": "2025-07-01T08:00:00Z",
        "seconds": 1.5,
    }
    return Printed.model_validate({**told, **more})


def contents(version: str, *, times: int = 1) -> dict[str, bytes]:
    """Files of a version, as long as is asked."""
    chapters = CHAPTERS.get(version, ("one",))
    names = [f"{STEM}.{ending}" for ending in (*ENDINGS, *(f"{chapter}.ipynb" for chapter in chapters))]
    return {name: f"{version} {name} ".encode() * times for name in names}


def publish(folder: Path, version: str, *, times: int = 1) -> Path:
    """Publish a version as the press does; the manifest's key is its name."""
    files = contents(version, times=times)
    write_report(folder / MANIFEST, printed(key=version, files=published(files)), files)
    return folder / MANIFEST


def there(folder: Path) -> str:
    """Which version a reader would take for whole."""
    found = read_manifest(folder / MANIFEST)
    return found.key if found is not None and is_whole(folder / MANIFEST, found) else ""


def tree(folder: Path) -> dict[str, bytes]:
    """Everything that lies in a folder."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def leave_unfinished(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Publish the new version, and fail when its second file is renamed."""
    replace, calls = Path.replace, []

    def failing(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) == 3:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", failing)
        with pytest.raises(OSError, match="Input/output error"):
            publish(folder, "new")
    assert is_unfinished(folder)
