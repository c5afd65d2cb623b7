"""A workspace on disk: its settings, notebooks, templates, the analyst's own functions."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from kamreport.errors import UsageError
from kamreport.settings import FILE_NAME, shipped

__all__ = ["draft_settings", "lay_out", "notebooks_with_output", "strip_notebooks"]

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
        If there is a workspace already, or the folder cannot be made.
    """
    if (folder / FILE_NAME).exists():
        raise UsageError(f"{folder} is a workspace already; choose another folder, or delete its {FILE_NAME}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}; choose another folder") from None
    for name in ("notebooks", "templates"):
        if not (folder / name).exists():
            shutil.copytree(shipped(name), folder / name, ignore=shutil.ignore_patterns(".*"))
    (folder / "lib").mkdir(exist_ok=True)
    for name, content in ((".gitignore", _IGNORED), (".gitattributes", _ATTRIBUTES)):
        if not (folder / name).exists():
            (folder / name).write_text(content, "utf-8")
    (folder / FILE_NAME).write_text(settings, "utf-8")


def strip_notebooks(folder: Path) -> str:
    """Set nbstripout up where the workspace lies in a git repository; says what was done.

    Saved output holds customer data; with the filter it stays on the analyst's disk and never reaches a commit.
    """
    later = "notebooks: in a git repository, run nbstripout --install so that no output is committed"
    git = shutil.which("git")
    if git is None:
        return later
    inside = subprocess.run(  # noqa: S603 - git itself, without input
        [git, "-C", str(folder), "rev-parse", "--is-inside-work-tree"], capture_output=True, check=False
    )
    if inside.returncode:
        return later
    done = subprocess.run(
        [sys.executable, "-m", "nbstripout", "--install", "--attributes", ".gitattributes"],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    return later if done.returncode else "notebooks: git strips their output before a commit (nbstripout)"


def notebooks_with_output(folder: Path) -> list[str]:
    """Name the notebooks of a folder that were saved with output, which may show customers."""
    found = []
    for file in sorted(folder.glob("*.ipynb")):
        try:
            cells = json.loads(file.read_text("utf-8"))["cells"]
        except (ValueError, KeyError):  # not a notebook; `kamreport run` says so
            continue
        if any(cell.get("outputs") for cell in cells):
            found.append(file.name)
    return found


def draft_settings() -> str:
    """Write a kamreport.toml for a firm's own data: every table of the contract, commented, with its columns."""
    from kamreport.book.contract import TABLES

    lines = [_DRAFT]
    for name, table in TABLES.items():
        mark = "" if name == "transactions" else "# "
        needed = [column for column in table.columns if column.required]
        others = [column for column in table.columns if not column.required]
        lines.append(f"# {table.zh}: {table.about}")
        lines.append(f"{mark}[tables.{name}]")
        lines.append(f'{mark}path = "data/{name}.csv"  # .csv, .xlsx or .parquet; or instead: sql = "SELECT ..."')
        mapped = ", ".join(f'{column.name} = "{column.zh}"' for column in needed)
        lines.append(f"{mark}columns = {{ {mapped} }}")
        lines.append(f"#   further: {', '.join(f'{column.name} [{column.zh}]' for column in others)}")
        lines.append("")
    return "\n".join(lines)


_DRAFT = """\
# Where the tables come from, the rules, the reports. `kamreport check` says whether it is right.

[company]
name = { en = "Our Company", zh = "本公司" }
currency = "CNY"
country = "CN" # working days; leave out for Monday to Friday
# fiscal_year_start = 1

[data]
# up_to = 2025-06-30 # the day of the export; decides which months are complete
# earliest = 2000-01-01

[rules]
spring_festival = true # January and February are compared with last year only as one sum

[print]
languages = ["zh"] # en, zh or both
# minutes = 10 # a report that takes longer is ended

[reports.monthly]
chapters = ["cover", "customer_value", "competitors", "churn", "basis"]
name = { en = "Key account report", zh = "大客户月报" }

# How a text file writes, where it is not UTF-8 with commas and ISO dates:
#   encoding = "gb18030"   delimiter = ";"   date_format = "%Y/%m/%d"   decimal = ","   thousands = "."
#   sheet = "Sheet1"   header = 2   constants = { region = "华东" }
# columns: our name = the header in the file. Only transactions is required.
"""
