"""The parameters that a notebook declares, and values for them checked before any kernel starts."""

import ast
import json
import keyword
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kamreport.errors import UsageError, unknown

__all__ = ["Declared", "check_values", "declared_parameters", "parse_value"]

_KINDS = {"int": "an int", "float": "a finite float", "bool": "true or false"}
_SECRET = re.compile(r"secret|token|passw|pwd|credential|(api|access|private)_?key", re.IGNORECASE)


@dataclass(frozen=True)
class Declared:
    """A parameter of a notebook: its name, type and default."""

    name: str
    type: str
    default: Any


def declared_parameters(notebook: Path) -> dict[str, Declared]:
    """Read the cell tagged ``parameters``: one annotated or plain assignment of a literal per line.

    Raises
    ------
    UsageError
        If there is no such cell, or a line in it is not a parameter.
    """
    try:
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
        tagged = ["".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        raise UsageError(f"{notebook.name} is not a notebook; mend or replace it") from None
    if len(tagged) != 1:
        raise UsageError(
            f"{notebook.name} has {len(tagged)} cells tagged 'parameters'; tag one, with region, period and language"
        )
    try:
        lines = ast.parse(tagged[0]).body
    except SyntaxError as error:
        raise UsageError(f"{notebook.name}, parameters cell, line {error.lineno}: {error.msg}") from None
    found = [_declared(line, notebook.name) for line in lines]
    return {one.name: one for one in found}


def _declared(line: ast.stmt, where: str) -> Declared:
    kind = ""
    target: ast.expr | None = None
    if isinstance(line, ast.AnnAssign) and line.value is not None:
        target, kind = line.target, ast.unparse(line.annotation)
    elif isinstance(line, ast.Assign) and len(line.targets) == 1:
        target = line.targets[0]
    if not isinstance(target, ast.Name) or not isinstance(line, ast.AnnAssign | ast.Assign) or line.value is None:
        raise UsageError(
            f"{where}, parameters cell: '{ast.unparse(line)}' is not a parameter; write name: str = \"value\""
        )
    try:
        default = ast.literal_eval(line.value)
    except (ValueError, TypeError):  # TypeError: a list as the key of a dict
        raise UsageError(f"{where}: the default of '{target.id}' is not a plain value") from None
    return Declared(target.id, kind or type(default).__name__, default)


def parse_value(text: str, declared: Declared) -> Any:
    """Read a value from the command line by the declared type; a str stays as it is.

    Raises
    ------
    UsageError
        If the text is not of the type.

    Examples
    --------
    >>> parse_value("007", Declared("code", "str", "")), parse_value("NO", Declared("region", "str", ""))
    ('007', 'NO')
    >>> parse_value("3", Declared("top", "int", 5))
    3
    """
    if declared.type == "str":
        return text
    if declared.type == "bool" and text.lower() in {"true", "false"}:
        return text.lower() == "true"
    try:
        value = int(text) if declared.type == "int" else float(text) if declared.type == "float" else None
    except ValueError:
        value = None
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        kind = _KINDS.get(declared.type, "a value that the command line can give")
        raise UsageError(f"parameter {declared.name}='{text}' is not {kind}")
    return value


def check_values(values: Mapping[str, Any], declared: Mapping[str, Declared], *, notebook: str) -> None:
    """Refuse what papermill would turn into code, drop or ignore.

    Only names that the notebook declares, and only str, int, finite float, bool, None, and lists and dicts of
    these.

    Raises
    ------
    UsageError
        Names the parameter.
    """
    for name, value in values.items():
        if not name.isidentifier() or keyword.iskeyword(name):
            raise UsageError(f"parameter name {name!r} is not a Python name")
        if _SECRET.search(name):
            raise UsageError(
                f"parameter '{name}' looks like a secret, which would be stored in the notebook; use the environment"
            )
        if name not in declared:
            raise UsageError(unknown("parameter", name, declared, source=f"{notebook}'s parameters cell"))
        if not _is_plain(value):
            raise UsageError(
                f"parameter {name} is a {type(value).__name__} that cannot be stored as it is; give text, "
                "an int, a finite float, a bool, None, or lists and dicts of these"
            )


def _is_plain(value: Any) -> bool:
    if value is None or type(value) in {int, bool}:
        return True
    if type(value) is str:
        return value == value.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate cannot be stored
    if type(value) is float:
        return math.isfinite(value)
    if type(value) is list:
        return all(_is_plain(item) for item in value)
    if type(value) is dict:
        return all(type(key) is str and _is_plain(key) and _is_plain(item) for key, item in value.items())
    return False
