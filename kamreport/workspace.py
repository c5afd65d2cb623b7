"""A workspace on disk: its settings, notebooks, templates, the analyst's own functions."""

import shutil
from pathlib import Path

from kamreport.errors import UsageError
from kamreport.settings import FILE_NAME, shipped

__all__ = ["lay_out"]

_IGNORED = """\
# What kamreport makes; all of it can be made again.
/.kamreport/
/output/
.ipynb_checkpoints/
"""
_ATTRIBUTES = """\
# Saved output holds customer data and must not reach git; see `kamreport init`.
*.ipynb filter=nbstripout
*.ipynb diff=ipynb
"""


def lay_out(folder: Path, settings: str) -> None:
    """Make a workspace: settings, a copy of the notebooks and templates, a place for own functions.

    Parameters
    ----------
    folder
        Made if it is missing. Files that are there are kept.
    settings
        The text of kamreport.toml.

    Raises
    ------
    UsageError
        If there is a workspace already.
    """
    if (folder / FILE_NAME).exists():
        raise UsageError(f"{folder} is a workspace already; choose another folder, or delete its {FILE_NAME}")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("notebooks", "templates"):
        if not (folder / name).exists():
            shutil.copytree(shipped(name), folder / name, ignore=shutil.ignore_patterns(".*"))
    (folder / "lib").mkdir(exist_ok=True)
    for name, content in ((".gitignore", _IGNORED), (".gitattributes", _ATTRIBUTES)):
        if not (folder / name).exists():
            (folder / name).write_text(content, "utf-8")
    (folder / FILE_NAME).write_text(settings, "utf-8")
