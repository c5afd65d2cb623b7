"""The header of a sheet: one row, or two of which the upper one spans columns."""

from collections.abc import Sequence

__all__ = ["header_rows", "join_headers"]


def header_rows(header: int | list[int]) -> list[int]:
    """The rows that hold the headers, counted from one; none where columns are named by their numbers.

    Examples
    --------
    >>> header_rows(3), header_rows([2, 3]), header_rows(0)
    ([3], [2, 3], [])
    """
    if isinstance(header, list):
        return header
    return [header] if header else []


def join_headers(rows: Sequence[Sequence[str]]) -> list[str]:
    """Join the rows of a header, from the upper to the lower, by ``/``.

    An upper cell that is blank belongs to the merged cell on its left if anything stands below it; a cell merged over
    both rows, which some readers give for each of them, counts once.

    Examples
    --------
    >>> join_headers([["客户", "一季度", "", "备注"], ["", "数量", "金额", ""]])
    ['客户', '一季度/数量', '一季度/金额', '备注']
    >>> join_headers([["客户", "逾期", "逾期"], ["客户", "1-30天", "31-60天"]])
    ['客户', '逾期/1-30天', '逾期/31-60天']
    """
    width = max(map(len, rows), default=0)
    padded = [[cell.strip() for cell in row] + [""] * (width - len(row)) for row in rows]
    for level, row in enumerate(padded[:-1]):
        for place in range(1, width):
            if not row[place] and any(below[place] for below in padded[level + 1 :]):
                row[place] = row[place - 1]
    columns = [dict.fromkeys(filter(None, (row[place] for row in padded))) for place in range(width)]
    return ["/".join(column) for column in columns]
