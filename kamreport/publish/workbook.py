"""The workbook beside a report: the rows behind every figure, one sheet a section."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

from kamreport.language import Language, text
from kamreport.publish.findings import Part
from kamreport.record import Cell, Record, Rows

__all__ = ["Sheet", "write_sheets", "write_workbook"]

_FORMATS = {"money": "#,##0.00", "share": "0.0%", "number": "#,##0.####", "date": "yyyy-mm-dd", "text": "@"}
_NATURES = {
    "realised": text("realised"),
    "at_risk": text("at risk"),
    "opportunity": text("opportunity"),
    "fact": text("fact"),
}
_AS_TEXT = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
_NAME_LENGTH = 31
_MOST_ROWS = 1_048_575
_MOST_CHARACTERS = 32_767
_FORBIDDEN = str.maketrans("[]:*?/\\'", "        ")
# A workbook is XML, which has no control characters but tab and line feed.
_CONTROL = dict.fromkeys({*range(32), 0x7F} - {0x09, 0x0A})
_FIRST_YEAR = 1900


def write_workbook(parts: Sequence[Part], language: Language, day: date) -> bytes:
    """Write a workbook in which no cell is a formula.

    Parameters
    ----------
    parts
        In printing order; those with rows or a basis get a sheet, and all findings a line on the first one.
    day
        When it says that it was made: the period's last day, so that the same report has the same bytes.
    """
    import xlsxwriter

    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, _AS_TEXT) as book:
        book.set_properties({"created": datetime.combine(day, time())})
        formats = {kind: book.add_format({"num_format": pattern}) for kind, pattern in _FORMATS.items()}
        formats["head"] = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        names = {"history"}  # which Excel keeps for itself
        front = book.add_worksheet(_sheet_name(language.say(text("Findings")), names))
        findings = [part.record for part in parts if part.is_finding]
        targets = {record.id: _sheet_name(record.key, names) for record in findings if record.tables}
        chapters = {part.record.chapter: part.record.title for part in parts if part.record.kind == "chapter"}
        _front(front, findings, chapters, targets, language, formats)
        for record in findings:
            if record.id in targets:
                _sheet(book.add_worksheet(targets[record.id]), record, language, formats)
    return buffer.getvalue()


@dataclass(frozen=True)
class Sheet:
    """A plain table: a name, heads, rows of texts and whole numbers."""

    name: str
    heads: Sequence[str]
    rows: Sequence[Sequence[object]]


def write_sheets(sheets: Sequence[Sheet], day: date) -> bytes:
    """Write plain tables into a workbook in which no cell is a formula; what Excel cannot hold is cut off.

    Parameters
    ----------
    day
        When it says that it was made.
    """
    import xlsxwriter

    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, _AS_TEXT) as book:
        book.set_properties({"created": datetime.combine(day, time())})
        bold, plain = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "@"})
        names = {"history"}
        for one in sheets:
            sheet = book.add_worksheet(_sheet_name(one.name, names))
            for column, head in enumerate(one.heads):
                _text(sheet, 0, column, head, bold)
            for number, row in enumerate(one.rows[:_MOST_ROWS], start=1):
                for column, value in enumerate(row):
                    if isinstance(value, int):
                        sheet.write_number(number, column, value)
                    elif value is not None:
                        _text(sheet, number, column, str(value)[:_MOST_CHARACTERS], plain)
            sheet.freeze_panes(1, 0)
    return buffer.getvalue()


def _sheet_name(wanted: str, taken: set[str]) -> str:
    r"""Give a name that Excel takes: 31 characters, none of []:*?/\', unique whatever the case."""
    base = wanted.translate(_CONTROL).translate(_FORBIDDEN).strip()[:_NAME_LENGTH] or "sheet"
    name, number = base, 2
    while name.casefold() in taken:
        suffix = f" {number}"
        name, number = base[: _NAME_LENGTH - len(suffix)] + suffix, number + 1
    taken.add(name.casefold())
    return name


def _front(
    sheet: Any,
    findings: Sequence[Record],
    chapters: Mapping[str, str],
    targets: Mapping[str, str],
    language: Language,
    formats: dict[str, Any],
) -> None:
    """One line a finding, in the language of the report; its sheet is named by the key, the same in every language."""
    heads = (text("Chapter"), text("Finding"), text("Money at stake"), text("Nature"), text("Sheet"), text("Basis"))
    for column, head in enumerate(heads):
        _text(sheet, 0, column, language.say(head), formats["head"])
    for row, record in enumerate(findings, start=1):
        _text(sheet, row, 0, chapters.get(record.chapter, record.chapter))
        _text(sheet, row, 1, record.title)
        if record.amount is not None:
            sheet.write_number(row, 2, record.amount, formats["money"])
        _text(sheet, row, 3, language.say(_NATURES[record.nature]))
        _text(sheet, row, 4, targets.get(record.id, ""))
        _text(sheet, row, 5, " ".join(record.basis))
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 90)
    sheet.set_column(2, 4, 16)
    sheet.set_column(5, 5, 120)
    sheet.freeze_panes(1, 0)


def _sheet(sheet: Any, record: Record, language: Language, formats: dict[str, Any]) -> None:
    _text(sheet, 0, 0, record.title)
    _text(sheet, 1, 0, " ".join(record.basis))
    row = 3
    for rows in record.tables:
        row = _rows(sheet, rows, row, language, formats) + 2


def _rows(sheet: Any, rows: Rows, top: int, language: Language, formats: dict[str, Any]) -> int:
    for column, head in enumerate(rows.columns):
        _text(sheet, top, column, head.head, formats["head"])
        sheet.set_column(column, column, 34 if head.kind == "text" and column == 0 else 15)
    for number, values in enumerate(rows.rows, start=top + 1):
        for column, (value, head) in enumerate(zip(values, rows.columns, strict=True)):
            _cell(sheet, number, column, value, head.kind, formats)
    bottom = top + 1 + len(rows.rows)
    if rows.total > len(rows.rows):
        said = text("{n} more rows are not in this workbook.", n=rows.total - len(rows.rows))
        _text(sheet, bottom, 0, language.say(said))
        bottom += 1
    return bottom


def _cell(sheet: Any, row: int, column: int, value: Cell, kind: str, formats: dict[str, Any]) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, formats[kind if kind != "text" else "number"])
    elif kind == "date" and (day := _day(value)):
        sheet.write_datetime(row, column, day, formats["date"])
    else:
        _text(sheet, row, column, value, formats["text"])


def _day(value: str) -> date | None:
    """A date that Excel can count, or nothing: it then stands as text."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if day.year >= _FIRST_YEAR else None


def _text(sheet: Any, row: int, column: int, text: str, style: Any = None) -> None:
    sheet.write_string(row, column, text.translate(_CONTROL), style)
