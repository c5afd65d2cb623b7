"""The child process that reads sheets of a workbook, within limits.

Run as ``python -m kamreport.book.excel`` with an order as JSON on standard input; writes each sheet as an Arrow
file of text columns and answers with JSON. A process of its own because one stray cell in the last column makes
the reader allocate the whole grid and abort.
"""

import json
import re
import sys
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pyarrow as pa

from kamreport.book.headers import join_headers
from kamreport.book.sheets import FAULT

__all__ = ["main"]

_MEMORY = 4 << 30
_CPU_SECONDS = 300
_MOST_CELLS = 40_000_000
_MOST_BYTES = 2 << 30
_MOST_RATIO = 500
_EXACT = 2**53
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")


class Refused(Exception):
    """The workbook is not read; the text says why and what to do."""


def main() -> None:
    """Read the order, write the sheets, answer."""
    _limit()
    order = json.load(sys.stdin)
    path = Path(order["path"])
    try:
        answer: dict[str, Any] = {"sheets": _read(path, order["sheet"], order["header"], Path(order["out"]))}
    except Refused as error:
        answer = {"error": f"{path.name}: {error}"}
    except MemoryError:
        answer = {"error": f"{path.name} needs more than {_MEMORY >> 30} GB to read; save the sheet as CSV"}
    json.dump(answer, sys.stdout)


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    for kind, ours in ((resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_CPU, _CPU_SECONDS)):
        hard = resource.getrlimit(kind)[1]  # which nobody may raise
        most = ours if hard == resource.RLIM_INFINITY else min(ours, hard)
        resource.setrlimit(kind, (most, most))


def _read(path: Path, wanted: str | int, header: list[int], out: Path) -> list[dict[str, Any]]:
    from python_calamine import CalamineError, CalamineWorkbook

    zipped = path.suffix.lower() != ".xls"
    if zipped:
        _check_sizes(path)
    try:
        book = CalamineWorkbook.from_path(path)
    except (CalamineError, OSError) as error:
        raise Refused(f"not a workbook that can be read ({_line(error)}); save it again as .xlsx or CSV") from None
    told = []
    for number, name in enumerate(_chosen(book.sheet_names, wanted)):
        faults = _inspect(path, name) if zipped else {}
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        if wanted == "*" and not rows and not faults:
            continue  # an empty sheet is left behind in every other workbook
        file = f"{number}.arrow"
        told.append({"name": name, "headers": _write(name, rows, faults, header, out / file), "file": file})
    return told


def _chosen(names: list[str], wanted: str | int) -> list[str]:
    """The sheets that are meant by a name, a number from one, ``*`` for all, or nothing for the first."""
    if wanted == "*":
        return names
    if isinstance(wanted, int) and 1 <= wanted <= len(names):
        return [names[wanted - 1]]
    name = wanted or names[0]
    if name not in names:
        raise Refused(f"there is no sheet '{name}'. Known: {', '.join(names)}")
    return [str(name)]


def _write(
    name: str, rows: list[list[Any]], faults: dict[tuple[int, int], str], header: list[int], out: Path
) -> list[str]:
    """Write the rows below the header as text; gives the headers."""
    last = header[-1] if header else 0
    if len(rows) < last:
        said = header if len(header) > 1 else last
        raise Refused(f"sheet '{name}' has no header in row {said}; set header to the row that holds it")
    width = max((len(row) for row in rows), default=0)
    # The reader ends before rows that hold nothing but faults.
    rows += [[""] * width] * (max((row for row, _ in faults), default=0) - len(rows))
    headers = [str(place + 1) for place in range(width)]
    if header:
        headers = join_headers([[_text(cell) for cell in rows[row - 1]] for row in header])
    body = [
        (number, [_cell(cell, faults.get((number, place))) for place, cell in enumerate(row)])
        for number, row in enumerate(rows[last:], start=last + 1)
        if any(cell != "" for cell in row) or any((number, place) in faults for place in range(len(row)))
    ]
    _write_arrow(body, len(headers), out)
    return headers


def _write_arrow(body: list[tuple[int, list[str]]], width: int, out: Path) -> None:
    columns = [pa.array([row[place] for _, row in body], pa.string()) for place in range(width)]
    numbers = pa.array([number for number, _ in body], pa.int64())
    table = pa.table([*columns, numbers], names=[*(f"c{place}" for place in range(width)), "row"])
    with pa.OSFile(str(out), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


def _cell(value: object, fault: str | None) -> str:
    text = _text(value)
    if FAULT in text:
        fault = fault or "nul"
    return FAULT + fault if fault else text


def _text(value: object) -> str:
    """A cell as text: dates as ISO, whole numbers without a point."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) <= _EXACT else repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    return str(value)


def _inspect(path: Path, sheet: str) -> dict[tuple[int, int], str]:
    """Check the used range in the sheet's XML, and find what the reader turns into nothing.

    Returns
    -------
    dict
        (row, column from 0) of error cells and of formulas without a stored value, with the reason.
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, iterparse

    faults: dict[tuple[int, int], str] = {}
    rows = columns = 0
    place = (0, -1)
    try:
        with zipfile.ZipFile(path) as archive, archive.open(_sheet_part(archive, sheet)) as file:
            for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
                kind = element.tag.rpartition("}")[2]
                if kind == "row" and event == "start":
                    place = (int(element.get("r", place[0] + 1)), -1)
                elif kind == "row":
                    element.clear()
                elif kind == "c" and event == "end":
                    place = _place(element, place)
                    rows, columns = max(rows, place[0]), max(columns, place[1] + 1)
                    if rows * columns > _MOST_CELLS:
                        raise Refused(
                            f"sheet '{sheet}' is used up to cell {element.get('r')}; "
                            "delete the stray cells, or save the table alone"
                        )
                    if fault := _fault(element):
                        faults[place] = fault
    except (zipfile.BadZipFile, KeyError, ValueError, ParseError, DefusedXmlException) as error:
        raise Refused(f"not a workbook that can be read ({_line(error)}); save it again") from None
    return faults


def _check_sizes(path: Path) -> None:
    """Refuse an archive that unpacks to far more than a table; what is no archive is refused by the reader."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile:
        return
    for part in parts:
        if part.file_size > _MOST_BYTES or part.file_size > _MOST_RATIO * max(part.compress_size, 1 << 16):
            raise Refused(
                f"{part.filename} unpacks to {part.file_size >> 20} MB, which is more than is read; save it as CSV"
            )


def _place(cell: Element, last: tuple[int, int]) -> tuple[int, int]:
    """Row and column (from 0) of a cell; one that does not say stands right of the last."""
    match = _CELL.fullmatch(cell.get("r", ""))
    if not match:
        return last[0], last[1] + 1
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]), column - 1


def _fault(cell: Element) -> str | None:
    children = {child.tag.rpartition("}")[2]: child for child in cell}
    if cell.get("t") == "e":
        return "cell_error"
    if "f" in children and ("v" not in children or children["v"].text is None) and cell.get("t") != "str":
        return "formula_without_value"
    return None


def _sheet_part(archive: zipfile.ZipFile, sheet: str) -> str:
    """Name of the archive's part that holds a sheet."""
    from defusedxml.ElementTree import fromstring

    relation = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    book = fromstring(archive.read("xl/workbook.xml"))
    targets = {
        item.get("Id"): item.get("Target", "") for item in fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    }
    for item in book.iter():
        if item.tag.endswith("}sheet") and item.get("name") == sheet:
            target = targets[item.get(relation)]
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise KeyError(sheet)


def _line(error: Exception) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__


if __name__ == "__main__":
    main()
