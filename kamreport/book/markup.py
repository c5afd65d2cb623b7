"""Web pages that call themselves workbooks: what many ERP systems export as .xls."""

from bs4 import BeautifulSoup, Tag

__all__ = ["Cells", "read_markup"]

Cells = list[tuple[int, list[str]]]
_MOST_SPAN = 1000


def read_markup(page: str) -> list[Cells]:
    """Read the tables of a page: of each row its number and the text of its cells.

    A cell that spans columns or rows stands in the first of them; the others are blank, as in a workbook.

    Examples
    --------
    >>> read_markup("<table><tr><td colspan=2>a</td></tr><tr><td>1</td><td>2</td></tr></table>")
    [[(1, ['a', '']), (2, ['1', '2'])]]
    """
    soup = BeautifulSoup(page, "html.parser")
    return [_rows(table) for table in soup.find_all("table") if isinstance(table, Tag) and not table.find("table")]


def _rows(table: Tag) -> Cells:
    rows: Cells = []
    held: dict[int, int] = {}  # column -> rows that a cell above still covers
    for number, row in enumerate(table.find_all("tr"), start=1):
        cells: list[str] = []
        for cell in row.find_all(["td", "th"]):
            _skip_held(cells, held)
            span = _span(cell, "colspan")
            for place in range(len(cells), len(cells) + span):
                held[place] = _span(cell, "rowspan")
            cells += [" ".join(cell.get_text().split()), *[""] * (span - 1)]
        _skip_held(cells, held)
        held = {place: rows_left - 1 for place, rows_left in held.items() if rows_left > 1}
        rows.append((number, cells))
    return rows


def _skip_held(cells: list[str], held: dict[int, int]) -> None:
    while held.get(len(cells), 0):
        cells.append("")


def _span(cell: Tag, name: str) -> int:
    written = str(cell.get(name, "1"))
    return max(1, min(int(written), _MOST_SPAN)) if written.isdigit() else 1
