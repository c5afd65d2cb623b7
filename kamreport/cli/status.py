"""What is printed, what failed and why: as a table for people, as JSON for programs."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from kamreport.cli.screen import show_table
from kamreport.publish.lock import settle
from kamreport.publish.manifest import (
    Printed,
    failed_notebook,
    find_failures,
    find_manifests,
    find_other_versions,
    is_whole,
)
from kamreport.settings import Settings

__all__ = ["as_json", "report_states", "show_status"]

_OTHER = "printed by another version of kamreport; kamreport run prints it again"
_HEADS = ("Period", "Region", "Report", "Language", "State", "Pages", "Printed, or why not")


def report_states(settings: Settings, periods: Collection[str], *, verify: bool) -> list[dict[str, Any]]:
    """List what became of every report: first what lies there, newest first, then what failed when last run.

    Parameters
    ----------
    periods
        Only these, as their folders are named; all if empty.
    verify
        Read every byte of every file; see `is_whole`.
    """
    output, year_start = settings.output, settings.company.fiscal_year_start
    settle(output)
    found = find_manifests(output, fiscal_year_start=year_start)
    states = [
        _told(one, state=one.state if is_whole(file, one, verify=verify) else "changed", folder=file.parent)
        for file, one in found
        if not periods or one.period in periods
    ]
    states += [
        _unread(file)
        for file in find_other_versions(output, [file for file, _ in found])
        if not periods or file.parent.parent.name in periods
    ]
    return states + [
        _told(one, state=one.state, notebook=failed_notebook(output, one))
        for one in find_failures(output, fiscal_year_start=year_start)
        if not periods or one.period in periods
    ]


def _told(printed: Printed, *, state: str, folder: Path | None = None, notebook: Path | None = None) -> dict[str, Any]:
    return {
        "period": printed.period,
        "region": printed.region,
        "report": printed.report,
        "language": printed.language,
        "state": state,
        "reason": printed.reason,
        "printed_at": printed.printed_at.isoformat(),
        "seconds": printed.seconds,
        "pages": printed.pages,
        "folder": str(folder) if folder else None,
        "files": [one.name for one in printed.files] if folder else [],
        "notebook": str(notebook) if notebook else None,
    }


def _unread(file: Path) -> dict[str, Any]:
    """What the place of a manifest says that cannot be read."""
    report, _, language = file.stem.rpartition(".")
    return {
        "period": file.parent.parent.name,
        "region": file.parent.name,
        "report": report,
        "language": language,
        "state": "other version",
        "reason": _OTHER,
        "printed_at": None,
        "seconds": None,
        "pages": None,
        "folder": str(file.parent),
        "files": [],
        "notebook": None,
    }


def show_status(states: Sequence[dict[str, Any]]) -> None:
    """Write the states as a table, and below it where the failed notebooks lie."""
    rows = []
    for one in states:
        when = datetime.fromisoformat(one["printed_at"]).astimezone() if one["printed_at"] else None
        names = [one[name] for name in ("period", "region", "report", "language", "state")]
        # Of a report that failed the reason says why, of one that was printed again what had changed.
        said = [f"{when:%Y-%m-%d %H:%M}"] if when and one["files"] else []
        rows.append([*names, str(one["pages"] or ""), "  ".join([*said, *filter(None, [one["reason"]])])])
    show_table(_HEADS, rows)
    left = [one for one in states if one["notebook"]]
    if left:
        click.echo("\nThe failed notebooks, as far as they ran:")
    for one in left:
        click.echo(f"  {one['notebook']}")


def as_json(states: Sequence[dict[str, Any]]) -> str:
    """Write the states as one document for programs."""
    return json.dumps({"version": 1, "reports": list(states)}, ensure_ascii=False, indent=1)
