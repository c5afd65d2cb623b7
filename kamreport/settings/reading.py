"""A workspace's kamreport.toml: found, read and checked, with every fault said in one line."""

import os
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from kamreport.errors import SettingsError, unknown
from kamreport.settings.entries import Settings, Source

__all__ = ["FILE_NAME", "expand", "find_workspace", "load_settings"]

FILE_NAME = "kamreport.toml"
_NAME = r"^[^\W\d]\w{0,39}$"
# What was expected, where pydantic's own words speak of Python; by the beginning of its type of fault.
_EXPECTED = {
    "missing": "add it",
    "model_": "a table of entries is expected",
    "dict_": "a table of entries is expected",
    "string_pattern": "an ISO code in capitals is expected",
    "date_": "a day is expected, as 2025-06-30",
    "list_type": 'a list is expected, as ["zh"]',
}


def find_workspace(start: Path | None = None) -> Path:
    """Find the workspace: KAMREPORT_WORKSPACE, else the nearest kamreport.toml upwards.

    Raises
    ------
    SettingsError
        If there is none.
    """
    named = os.environ.get("KAMREPORT_WORKSPACE")
    if named:
        root = Path(named).resolve()
        if not (root / FILE_NAME).is_file():
            raise SettingsError(f"KAMREPORT_WORKSPACE is {root}, which has no {FILE_NAME}; run kamreport init there")
        return root
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise SettingsError(
        f"no {FILE_NAME} in {here} or above; make a workspace with: kamreport init --demo demo && cd demo"
    )


def load_settings(root: Path | None = None) -> Settings:
    """Read and check the settings of a workspace.

    Parameters
    ----------
    root
        The workspace's folder; found by `find_workspace` if not given.

    Raises
    ------
    SettingsError
        Names the entry, the value and what was expected.
    """
    root = find_workspace() if root is None else root.resolve()
    file = root / FILE_NAME
    try:
        raw = tomllib.loads(file.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise SettingsError(f"there is no {FILE_NAME} in {root}; run kamreport init there") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file} is not valid TOML: {error}; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file} is not valid TOML: {error}{_about_line(file, str(error))}") from None
    if "root" in raw:
        raise SettingsError(f"{FILE_NAME}: {unknown('entry', 'root', _fields_at(Settings, []))}")
    try:
        settings = Settings(root=root, **raw)
    except ValidationError as error:
        raise SettingsError(f"{FILE_NAME}: {' '.join(_first_fault(error).split())}") from None
    _check_names(settings)
    _check_bounds(settings)
    return settings


def _about_line(file: Path, said: str) -> str:
    """What to do about what TOML does not take as it looks: a path of Windows, a name that is not ASCII."""
    place = re.search(r"at line (\d+)", said)
    lines = file.read_text("utf-8-sig").splitlines()
    line = lines[int(place[1]) - 1] if place and int(place[1]) <= len(lines) else ""
    if "\\" in line:
        return "; write paths with /"
    return "" if line.isascii() or "key" not in said else '; put other than plain letters in quotes: "退货" = "return"'


def expand(path: str, *, where: str) -> str:
    """Fill ``${NAME}`` from the environment.

    Raises
    ------
    SettingsError
        If the variable is not set.
    """

    def look_up(match: re.Match[str]) -> str:
        value = os.environ.get(match[1])
        if not value:
            raise SettingsError(f"{where} names ${{{match[1]}}}, which is not set; set it: export {match[1]}=/folder")
        return value

    return re.sub(r"\$\{(\w+)\}", look_up, path)


def _check_place(source: Source, where: str) -> None:
    """Sheets and rows are counted from one; the rows of a header go down."""
    if isinstance(source.sheet, int) and source.sheet < 1:
        raise SettingsError(f"{where}.sheet is {source.sheet}; sheets are counted from 1")
    rows = source.header
    if rows != sorted(set(rows)) or len(rows) < 2 or rows[0] < 1 if isinstance(rows, list) else rows < 0:
        raise SettingsError(
            f"{where}.header is {rows}; name its row, counted from 1 (0: none), or its two rows, as [1, 2]"
        )


def _check_names(settings: Settings) -> None:
    """What pydantic cannot see: one origin per source, usable names."""
    for group, sources in (("tables", settings.tables), ("sources", settings.sources)):
        for name, source in sources.items():
            where = f"{FILE_NAME}: {group}.{name}"
            if not re.match(_NAME, name):
                raise SettingsError(f"{where} is not a usable name; use letters, digits and _")
            if bool(source.path) == bool(source.sql):
                raise SettingsError(f"{where} needs exactly one of path and sql")
            _check_place(source, where)
            mapping = (source.columns, source.constants, source.values, source.scale, source.tax_included)
            if group == "sources" and any(mapping):
                raise SettingsError(f"{where} is read as it is; map its columns where a table selects from it")
            if "%" not in source.date_format:
                raise SettingsError(
                    f"{where}.date_format: '{source.date_format}' has no % letters; "
                    f'write "{_as_strptime(source.date_format)}"'
                )
            if source.thousands == source.decimal:
                raise SettingsError(f"{where} has '{source.decimal}' for both decimal and thousands; set one apart")
    if twice := sorted(settings.tables.keys() & settings.sources.keys()):
        raise SettingsError(f"{FILE_NAME}: '{twice[0]}' stands under both tables and sources; rename the source")
    lowered: dict[str, str] = {}
    for name in (*settings.tables, *settings.sources):
        if (other := lowered.setdefault(name.lower(), name)) != name:
            raise SettingsError(f"{FILE_NAME}: '{other}' and '{name}' differ only in case; rename one")
    for name in settings.reports:
        if not re.match(_NAME, name):
            raise SettingsError(f"{FILE_NAME}: report '{name}' is not a usable name; use letters, digits and _")


def _as_strptime(written: str) -> str:
    """Write YYYY/MM/DD in the letters of strptime."""
    if not re.fullmatch(r"(?i)[^a-z]*(y{4}|m{1,2}|d{1,2})([^a-z]+(y{4}|m{1,2}|d{1,2})){2}[^a-z]*", written):
        return "%Y/%m/%d"
    return re.sub(r"(?i)y+|m+|d+", lambda match: "%Y" if match[0] in "YYYYyyyy" else f"%{match[0][0].lower()}", written)


def _check_bounds(settings: Settings) -> None:
    """Entries of which one must not lie above the other."""
    rules, data = settings.rules, settings.data
    for low, high, one, other in (
        ("rules.key_account_enter", "rules.key_account_leave", rules.key_account_enter, rules.key_account_leave),
        ("rules.lost_min_days", "rules.lost_max_days", rules.lost_min_days, rules.lost_max_days),
        ("data.earliest", "data.up_to", data.earliest, data.up_to or date.max),
    ):
        if one > other:  # type: ignore[operator]  # the two of a pair are of one kind
            raise SettingsError(f"{FILE_NAME}: '{low}' is {one} and '{high}' is {other}; the first must not be greater")


def _first_fault(error: ValidationError) -> str:
    """The first thing wrong, in one line, with the nearest allowed name for a misspelt one."""
    fault = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in fault["loc"] if part != "[key]")
    if fault["type"] == "extra_forbidden":
        known = _fields_at(Settings, list(fault["loc"][:-1]))
        return unknown("entry", place, [".".join([*map(str, fault["loc"][:-1]), name]) for name in known])
    own = f"{fault['msg'][0].lower()}{fault['msg'][1:]}"
    expected = next((words for start, words in _EXPECTED.items() if fault["type"].startswith(start)), own)
    if fault.get("ctx", {}).get("class_name") == "Bilingual":
        expected = 'both names are expected, as { en = "...", zh = "..." }'
    given = "missing" if fault["type"] == "missing" else repr(fault["input"])
    return f"'{place}' is {given if len(given) <= 80 else given[:80] + '...'}: {expected}"


def _fields_at(model: Any, path: list[Any]) -> list[str]:
    """The entries allowed at a place of the file."""
    for part in path:
        if hasattr(model, "model_fields"):
            model = model.model_fields[part].annotation if part in model.model_fields else None
        else:
            model = getattr(model, "__args__", (None, None))[-1]
    return [name for name in getattr(model, "model_fields", {}) if name != "root"]
