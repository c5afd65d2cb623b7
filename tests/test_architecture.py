"""The arrows between the rooms: who imports whom, who stays away from clock, files and charts."""

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import kamreport

PACKAGE = Path(kamreport.__file__).parent
ROOMS = {"book", "analysis", "present", "publish"}
GROUND = {"inputs", "period", "errors", "settings", "language", "record", "results"}
PURE = {"matplotlib", "seaborn", "IPython", "duckdb", "pyarrow", "pathlib", "os", "io", "shutil", "time", "locale"}
READERS = {"read_csv", "read_excel", "read_parquet", "read_sql", "to_csv", "to_excel", "to_parquet", "open"}
CLOCKS = {"now", "today", "utcnow", "time"}


def _module(file: Path) -> str:
    parts = ["kamreport", *file.relative_to(PACKAGE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {_module(file): file for file in sorted(PACKAGE.rglob("*.py"))}


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text("utf-8"))


@cache
def _imports(module: str) -> frozenset[str]:
    """Every module that one imports, wherever the import stands; `from a import b` counts as a.b if that is one."""
    found: set[str] = set()
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            name = node.module or ""
            within = {f"{name}.{alias.name}" for alias in node.names} & set(MODULES)
            found.update(within or {name})
    return frozenset(found)


def _room(module: str) -> str:
    """Second part of a module's name: its room, or the ground module itself."""
    return module.split(".")[1] if module.startswith("kamreport.") else ""


def _in_room(room: str) -> Iterator[str]:
    return (module for module in MODULES if _room(module) == room)


def test_every_module_is_in_a_known_place() -> None:
    assert {_room(module) for module in MODULES} == {*ROOMS, *GROUND, "cli", ""}


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_no_room_imports_another(room: str) -> None:
    others = ROOMS - {room}
    crossings = [
        f"{module} imports {imported}"
        for module in _in_room(room)
        for imported in sorted(_imports(module))
        if _room(imported) in {*others, "cli"}
    ]
    assert crossings == []


@pytest.mark.parametrize("ground", sorted(GROUND))
def test_the_ground_imports_no_room(ground: str) -> None:
    rooms = {_room(imported) for module in _in_room(ground) for imported in _imports(module)}
    assert rooms.isdisjoint({*ROOMS, "cli"})


def test_only_the_command_line_knows_both_book_and_press() -> None:
    both = {
        module
        for module in MODULES
        if {"book", "publish"} <= {_room(imported) for imported in _imports(module)} or _room(module) == "cli"
    }
    assert all(_room(module) == "cli" for module in both)
    assert {_room(imported) for module in _in_room("cli") for imported in _imports(module)} >= {"book", "publish"}


def test_nothing_imports_the_command_line_but_itself() -> None:
    assert [m for m in MODULES if _room(m) != "cli" and any(_room(i) == "cli" for i in _imports(m))] == []


def test_the_analysis_imports_no_charts_engine_or_files() -> None:
    found = [
        f"{module} imports {imported}"
        for module in _in_room("analysis")
        for imported in sorted(_imports(module))
        if imported.split(".")[0] in PURE
    ]
    assert found == []


def test_the_analysis_reads_no_file_and_no_clock() -> None:
    calls = [
        f"{module}, line {node.lineno}: {ast.unparse(node.func)}"
        for module in _in_room("analysis")
        for node in ast.walk(_tree(module))
        if isinstance(node, ast.Call)
        and (node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", ""))
        in READERS | CLOCKS
    ]
    assert calls == []


def test_the_analysis_speaks_no_language() -> None:
    assert [m for m in _in_room("analysis") if "kamreport.language" in _imports(m)] == []


def _cycle() -> list[str]:
    """A path that comes back to its start, if there is one."""
    done: set[str] = set()
    path: list[str] = []

    def visit(module: str) -> list[str]:
        if module in path:
            return [*path[path.index(module) :], module]
        if module in done:
            return []
        path.append(module)
        for imported in sorted(_imports(module) & set(MODULES)):
            if found := visit(imported):
                return found
        done.add(path.pop())
        return []

    for module in MODULES:
        if found := visit(module):
            return found
    return []


def test_no_imports_run_in_a_circle() -> None:
    assert _cycle() == []


@pytest.mark.parametrize(
    ("line", "heavy"),
    [
        ("import kamreport", {"pandas", "numpy", "matplotlib", "duckdb", "pydantic", "babel", "papermill"}),
        ("import kamreport.cli", {"pandas", "numpy", "matplotlib", "duckdb", "pydantic", "babel", "papermill", "rich"}),
        ("import kamreport.analysis.retention", {"matplotlib", "seaborn", "duckdb", "IPython", "scipy"}),
        ("import kamreport.publish.parameters", {"pandas", "matplotlib", "duckdb"}),
        ("import kamreport.language", {"pandas", "babel", "matplotlib"}),
        ("import kamreport.book.opening, kamreport.book.closing", {"pandas", "pyarrow", "duckdb", "holidays"}),
        ("import kamreport.inputs", {"pandas", "duckdb", "pydantic"}),
    ],
)
def test_an_import_does_not_draw_in_what_it_can_do_without(line: str, heavy: set[str]) -> None:
    told = subprocess.run(
        [sys.executable, "-c", f"{line}\nimport sys\nprint(*sorted(name.split('.')[0] for name in sys.modules))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert heavy & set(told.stdout.split()) == set()


def _defined(module: str) -> list[ast.ClassDef | ast.FunctionDef]:
    return [
        node
        for node in _tree(module).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_")
    ]


def _as_ruff_sorts(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


@pytest.mark.parametrize("module", sorted(m for m in MODULES if _defined(m)))
def test_every_module_lists_its_public_names_sorted_and_each_has_a_docstring(module: str) -> None:
    loaded = importlib.import_module(module)
    names = loaded.__all__
    assert names == sorted(names, key=_as_ruff_sorts)
    assert len(names) == len(set(names))
    missing = [
        name
        for name in names
        if (callable(getattr(loaded, name)) and not (getattr(loaded, name).__doc__ or "").strip())
    ]
    assert missing == []


@pytest.mark.parametrize("room", ["present", "cli"])
def test_every_public_name_of_this_room_is_listed(room: str) -> None:
    unlisted = [
        f"{module}.{node.name}"
        for module in _in_room(room)
        for node in _defined(module)
        if node.name not in importlib.import_module(module).__all__
        and not (isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "Protocol" for base in node.bases))
        and not node.decorator_list
    ]
    assert unlisted == []


# Short names of types, which are no part of what a module offers.
TYPES = {
    ("kamreport.book.guessing.guess", "Confidence"),
    ("kamreport.present.section", "Cadence"),
    ("kamreport.record", "Cell"),
}


def _taken(module: str) -> Iterator[tuple[str, str]]:
    """(module, name) of what a module takes from another: `from a import b`, or `a.b` after `from ... import a`."""
    rooms: dict[str, str] = {}
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (inner := f"{node.module}.{alias.name}") in MODULES:
                    rooms[alias.asname or alias.name] = inner
                elif node.module in MODULES:
                    yield node.module, alias.name
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in rooms:
            yield rooms[node.value.id], node.attr


def test_what_a_module_takes_from_another_is_on_its_list() -> None:
    unlisted = {
        f"{module} takes {name} from {other}"
        for module in MODULES
        for other, name in _taken(module)
        if not name.startswith("__")
        and (other, name) not in TYPES
        and name not in importlib.import_module(other).__all__
    }
    assert unlisted == set()


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_package_that_is_imported_is_a_declared_dependency() -> None:
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text("utf-8"))["project"]
    declared = {_canonical(re.split(r"[\[<>=~!; ]", line)[0]) for line in project["dependencies"]}
    imported = {name.split(".")[0] for module in MODULES for name in _imports(module)}
    theirs = packages_distributions()
    undeclared = [
        name
        for name in sorted(imported - sys.stdlib_module_names - {"kamreport"})
        if declared.isdisjoint(map(_canonical, theirs.get(name, [name])))
    ]
    assert undeclared == []


def test_every_folder_of_the_package_is_a_package() -> None:
    found = {name for _, name, is_package in pkgutil.walk_packages([str(PACKAGE)], "kamreport.") if is_package}
    folders = {_module(file) for file in PACKAGE.rglob("__init__.py")} - {"kamreport"}
    assert found == folders
