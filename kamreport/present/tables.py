"""Tables: cells said in a language, one scale for all money, and the plain rows for the workbook."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from kamreport.language import Language, Money, Names, Number, Share, Text, clean, shorten, text
from kamreport.present.section import Column, Table
from kamreport.present.style import sparkline
from kamreport.record import ROW_LIMIT, Rows
from kamreport.record import Column as RowColumn
from kamreport.settings import Bilingual

__all__ = ["Cell", "Shown", "plain_rows", "render_table"]

_NAME_WIDTH = 44
_FULL_WIDTH = 160  # of a name that can be read whole by pointing at it

_UNSAID = (list, tuple, Text, Bilingual, Money, Share, Number, Names)
_FIGURES = {"money", "share", "points", "count", "number", "exact"}
_SCALES = {"en": ((1e8, 1e6, "m", 1), (1e5, 1e3, "k", 0)), "zh": ((1e9, 1e8, "亿", 2), (1e5, 1e4, "万", 1))}


@dataclass(frozen=True)
class Cell:
    """A cell as it is printed; `image` is an SVG in base64, `full` the uncut text."""

    text: str
    css: str = ""
    image: str = ""
    full: str = ""


@dataclass(frozen=True)
class Shown:
    """A table as it is printed."""

    heads: Sequence[Cell]
    rows: Sequence[tuple[bool, Sequence[Cell]]]
    more: str


def render_table(table: Table, language: Language) -> Shown:
    """Say the first rows of a table in a language.

    Examples
    --------
    >>> frame = pd.DataFrame({"name": ["Acme"], "revenue": [1_234_567.0]})
    >>> table = Table(frame, [Column("name", text("Account"), "name"), Column("revenue", text("Revenue"), "money")])
    >>> shown = render_table(table, Language("en", "CNY"))
    >>> [cell.text for cell in shown.heads], [cell.text for cell in shown.rows[0][1]]
    (['Account', 'Revenue, ¥k'], ['Acme', '1,235'])
    """
    frame = table.frame.head(table.most)
    scale, unit, digits = _money_scale(table, language)
    columns = [column for column in table.columns if not _is_empty(frame, column)]
    heads = [_head(column, language, unit) for column in columns]
    rows = []
    for record in frame.to_dict("records"):
        cells = [_cell(record[column.name], column, language, scale, digits) for column in columns]
        rows.append((bool(record[table.accent]) if table.accent else False, cells))
    return Shown(heads, rows, _more(len(table.frame), len(frame), language))


def _more(rows: int, shown: int, language: Language) -> str:
    """Say of how many rows a table shows the first, and where the others are."""
    if rows == shown:
        return ""
    if rows > ROW_LIMIT:
        said = text("and {n} more, {held} of them in the workbook", n=rows - shown, held=ROW_LIMIT - shown)
    else:
        said = text("and {n} more in the workbook", n=rows - shown)
    return language.say(said)


def _is_empty(frame: pd.DataFrame, column: Column) -> bool:
    """Say whether nothing stands in a column of words: where no managers are known, none are listed."""
    return column.kind == "text" and len(frame) > 0 and not any(map(bool, frame[column.name].dropna()))


def _money_scale(table: Table, language: Language) -> tuple[float, str, int]:
    """One scale for all money of the table: the divisor, its word and the decimals."""
    names = [column.name for column in table.columns if column.kind == "money"]
    known = [abs(value) for name in names for value in table.frame[name] if not _is_missing(value)]
    largest = float(max(known, default=0.0))
    for least, divisor, word, digits in _SCALES[language.code]:
        if largest >= least:
            return divisor, word, digits
    return 1.0, "", 0


def _head(column: Column, language: Language, scale: str) -> Cell:
    said = language.say(column.head)
    if column.kind == "money":
        unit = _money_unit(language, scale)
        said = f"{said}（{unit}）" if language.code == "zh" else f"{said}, {unit}"
    return Cell(said, "n" if column.kind in _FIGURES else "")


def _money_unit(language: Language, scale: str) -> str:
    if language.code == "en":
        return language.symbol + scale
    from babel.numbers import get_currency_name

    name = "元" if language.currency == "CNY" else get_currency_name(language.currency, locale="zh")
    return scale + name


def _cell(value: Any, column: Column, language: Language, scale: float, digits: int) -> Cell:
    if isinstance(value, Text | Bilingual | bool):
        return Cell(language.value(value), "wide" if column.kind == "wide" else "")
    if column.kind == "trend":
        return Cell(language.say(text("trend")), "t", sparkline(list(value)))
    if _is_missing(value):
        return Cell("–", "n" if column.kind in _FIGURES else "")
    match column.kind:
        case "name":
            whole = clean(value)
            return Cell(
                shorten(whole, _NAME_WIDTH),
                "name",
                full=shorten(whole, _FULL_WIDTH) if len(whole) > _NAME_WIDTH else "",
            )
        case "money":
            said = language.number(value / scale, digits, signed=column.signed)
        case "share":
            said = language.share(value, column.digits, signed=column.signed)
        case "points":
            said = language.number(value * 100, column.digits, signed=column.signed)
        case "count":
            said = language.number(value, 0, signed=column.signed)
        case "number":
            said = language.number(value, column.digits, signed=column.signed)
        case "exact":
            return Cell(str(value), "n")
        case "date":
            return Cell(language.day(pd.Timestamp(value).date()), "d")
        case "month":
            return Cell(language.month(pd.Timestamp(value).date()), "d")
        case _:
            return Cell(shorten(value, 60))
    # What is shown as zero is neither better nor worse.
    is_worse = column.signed and (value < 0 if column.better == "up" else value > 0) and re.search("[1-9]", said)
    worse = " worse" if is_worse else ""
    return Cell(said, "n" + worse)


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and not math.isfinite(value))


_ROW_KINDS = {
    "money": "money", "share": "share", "points": "share", "count": "number", "number": "number",
    "date": "date", "month": "date",
}  # fmt: skip


def plain_rows(table: Table, language: Language) -> Rows:
    """The rows behind a table, unscaled, for the workbook; trends are left out, text is cleaned."""
    columns = [column for column in table.columns if column.kind != "trend"]
    shown = {column.name for column in columns}
    heads = [
        RowColumn(name=column.name, head=language.say(column.head), kind=_ROW_KINDS.get(column.kind, "text"))  # type: ignore[arg-type]
        for column in columns
    ]
    others = [name for name in table.frame.columns if name not in shown and _is_plain(table.frame[name])]
    heads += [RowColumn(name=str(name), head=str(name), kind=_frame_kind(table.frame[name])) for name in others]  # type: ignore[arg-type]
    frame = table.frame.head(ROW_LIMIT)
    cells = [_plain_column(frame[head.name], language) for head in heads]
    return Rows(columns=heads, rows=[list(row) for row in zip(*cells, strict=True)], total=len(table.frame))


def _is_plain(column: pd.Series) -> bool:
    """Say whether a column holds values, and not something that is still to be said or drawn."""
    return not (pd.api.types.is_object_dtype(column) and any(isinstance(value, _UNSAID) for value in column))


def _frame_kind(column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column):
        return "text"
    if pd.api.types.is_datetime64_any_dtype(column):
        return "date"
    return "number" if pd.api.types.is_numeric_dtype(column) else "text"


def _plain_column(column: pd.Series, language: Language) -> list[str | int | float | bool | None]:
    """The cells of a column; a text or day that stands in it often is written once."""
    kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else ""
    if kind == "f":
        return [value if math.isfinite(value) else None for value in column.tolist()]
    if kind in ("b", "i", "u"):
        return column.tolist()
    if kind == "M" or isinstance(column.dtype, pd.StringDtype):
        places, values = pd.factorize(column)
        texts = values.strftime("%Y-%m-%d") if isinstance(values, pd.DatetimeIndex) else map(clean, values)
        said = [*texts, None]  # the place of what is missing is -1
        return [said[place] for place in places.tolist()]
    return [_plain(value, language) for value in column.tolist()]


def _plain(value: Any, language: Language) -> str | int | float | bool | None:
    if isinstance(value, Text | Bilingual):
        return language.value(value)
    if _is_missing(value):
        return None
    if isinstance(value, datetime | date):
        return pd.Timestamp(value).strftime("%Y-%m-%d")
    if isinstance(value, str):
        return clean(value)
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, bool | int | float):
        return value
    return clean(value)
