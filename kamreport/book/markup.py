"""Web pages that call themselves workbooks: what many ERP systems export as .xls."""

from xml.etree.ElementTree import Element

import tinyhtml5

__all__ = ["Cells", "read_markup"]

Cells = list[tuple[int, list[str]]]
_MOST_SPAN = 1000


def read_markup(page: str) -> list[Cells]:
    """Read the tables of a page as a browser does: of each row its number and the text of its cells.

    A cell that spans columns or rows stands in the first of them; the others are blank, as in a workbook. Of tables
    inside one another the innermost are read.

    Examples
    --------
    >>> read_markup("<table><tr><td colspan=2>a<tr><td>1<td>2</table>")
    [[(1, ['a', '']), (2, ['1', '2'])]]
    """
    root = tinyhtml5.parse(page, namespace_html_elements=False)
    return [_rows(table) for table in root.iter("table") if table.find(".//table") is None]


def _rows(table: Element) -> Cells:
    rows: Cells = []
    held: dict[int, int] = {}  # column -> rows that a cell above still covers
    for number, row in enumerate(table.iter("tr"), start=1):
        cells: list[str] = []
        for cell in row:
            if cell.tag not in ("td", "th"):
                continue
            _skip_held(cells, held)
            span = _span(cell, "colspan")
            for place in range(len(cells), len(cells) + span):
                held[place] = _span(cell, "rowspan")
            cells += [_text(cell), *[""] * (span - 1)]
        _skip_held(cells, held)
        held = {place: rows_left - 1 for place, rows_left in held.items() if rows_left > 1}
        rows.append((number, cells))
    return rows


def _text(cell: Element) -> str:
    for line_break in cell.iter("br"):
        line_break.tail = f" {line_break.tail or ''}"
    return " ".join("".join(cell.itertext()).split())


def _skip_held(cells: list[str], held: dict[int, int]) -> None:
    while held.get(len(cells), 0):
        cells.append("")


def _span(cell: Element, name: str) -> int:
    written = cell.get(name, "1")
    return max(1, min(int(written[:4]), _MOST_SPAN)) if written.isdecimal() else 1
