"""One SQL expression per column: its value, or the reason why there is none.

The expressions run in DuckDB over text columns (CSV, Excel) and over columns that already have a type (Parquet,
SQL). A value that cannot be of its declared type is never changed to fit: it becomes a reason, and the row is
rejected. Only decimals beyond those of the type are rounded.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from kamreport.book.contract import Column
from kamreport.book.sheets import BLANKS, FAULT
from kamreport.settings import Source

__all__ = ["Cast", "cast_column", "literal", "quote"]

_WIDE = "０１２３４５６７８９．，－−＋（）％"
_NARROW = "0123456789.,--+()%"
_CURRENCY = "¥￥$€£"
_TRUE = ("true", "t", "yes", "y", "1", "是", "有", "√", "✓")
_FALSE = ("false", "f", "no", "n", "0", "否", "无", "×")


@dataclass(frozen=True)
class Cast:
    """How a column is read, as SQL in three steps, each over the names of the step before.

    Attributes
    ----------
    text
        Over the source's cell: its trimmed text, NULL where nothing stands.
    value
        Over ``t_<name>``: the value, NULL where the text cannot be read.
    wrong
        Over ``t_<name>`` and ``<name>``: whether anything is wrong, told by less than what it is.
    fault
        Over the same: the code of what is wrong, NULL where all is well.
    """

    text: str
    value: str
    wrong: str
    fault: str


def quote(name: str) -> str:
    """Quote an identifier for SQL.

    Examples
    --------
    >>> quote('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """Write a value as an SQL text literal."""
    return "'" + str(value).replace("'", "''") + "'"


def cast_column(
    column: Column, cell: str, source: Source, *, typed: bool, trimmed: bool = False, header: str = ""
) -> Cast:
    """Build the expressions for one column.

    Parameters
    ----------
    column
        What the contract says of it.
    cell
        SQL expression of the source's cell.
    source
        How the file writes numbers and dates.
    typed
        The cell is not text: the file or query gave it a type.
    trimmed
        The cell has no blanks at its ends.
    header
        Of the cell in the file, where there is one: amounts are scaled and freed of VAT by their headers.

    Examples
    --------
    >>> from kamreport.book.contract import TABLES
    >>> column = TABLES["receivables"].by_name["balance"]
    >>> "TRY_CAST" in cast_column(column, "c1", Source(path="x.csv"), typed=False).value
    True
    """
    if typed:
        text = f"CAST({cell} AS VARCHAR)"
    else:
        bare = cell if trimmed else f"trim({cell}, E'{BLANKS}')"
        text = f"CASE WHEN {bare} NOT IN ({_list(tuple(dict.fromkeys(['', *source.empty])))}) THEN {bare} END"
    if meant := source.values.get(column.name):
        pairs = ", ".join(f"{literal(written)}: {literal(value)}" for written, value in meant.items())
        text = f"coalesce(MAP {{{pairs}}}[{text}], {text})"
    if column.default:
        text = f"coalesce({text}, {literal(column.default)})"
    given, name = quote(f"t_{column.name}"), quote(column.name)
    value, reason = _reader(column, given, source, typed=typed, scale=source.scale.get(header, 1))
    if header in source.tax_included:
        value = f"TRY_CAST({value} / (1 + {source.tax_included[header]}) AS {column.sql_type})"
    low, high = (0, 1) if column.type == "share" else (column.low, column.high)
    beyond = [f"{name} < {low}"] if low is not None else []
    beyond += [f"{name} > {high}"] if high is not None else []
    unread = f"{given} IS NOT NULL AND {name} IS NULL"
    faults = [
        f"WHEN starts_with({given}, chr(0)) THEN substr({given}, {len(FAULT) + 1})",
        f"WHEN {unread} THEN '{reason}'",
        *(f"WHEN {one} THEN 'out_of_range'" for one in beyond),
    ]
    return Cast(text, value, " OR ".join([f"({unread})", *beyond]), f"CASE {' '.join(faults)} END")


def _reader(column: Column, text: str, source: Source, *, typed: bool, scale: float) -> tuple[str, str]:
    """Value expression, and the reason where a text gives none."""

    def number(plain: str) -> str:
        return _scaled(_number(plain, source, typed=typed), scale)

    match column.type:
        case "id" | "text":
            return f"CASE WHEN NOT starts_with({text}, chr(0)) THEN {text} END", ""
        case "code":
            return f"CASE WHEN lower({text}) IN ({_list(column.values)}) THEN lower({text}) END", "not_listed"
        case "bool":
            yes, no = _list(_TRUE), _list(_FALSE)
            return (
                f"CASE WHEN lower({text}) IN ({yes}) THEN TRUE WHEN lower({text}) IN ({no}) THEN FALSE END",
                "not_yes_or_no",
            )
        case "date":
            return _date(text, source), "not_a_date"
        case "month":
            return _month(text, source), "not_a_month"
        case "share":
            bare = number(f"regexp_replace({_plain(text)}, ' *%$', '')")
            hundred = f"CASE WHEN ends_with({_plain(text)}, '%') THEN 100 ELSE 1 END"
            return f"TRY_CAST({bare} / {hundred} AS {column.sql_type})", "not_a_number"
        case "int":
            whole = number(_plain(text))
            return f"CASE WHEN {whole} = floor({whole}) THEN TRY_CAST({whole} AS INTEGER) END", "not_a_whole_number"
        case _:
            full = f"TRY_CAST({number(_plain(text))} AS {column.sql_type})"
            plain = typed or scale != 1
            return full if plain else _short_number(text, full, column.sql_type, source), "not_a_number"


def _scaled(number: str, scale: float) -> str:
    """Multiply before anything is rounded: 1.23456789 万元 are 12,345.6789."""
    factor = f"{Decimal(str(scale)).normalize():f}"
    return number if scale == 1 else f"TRY(TRY_CAST({number} AS DECIMAL(28,10)) * {factor})"


def _list(values: tuple[str, ...]) -> str:
    return ", ".join(literal(value) for value in values)


def _plain(text: str) -> str:
    """Text with full-width digits and signs made plain, currency signs and spaces at the ends gone."""
    narrow = f"translate({text}, '{_WIDE}', '{_NARROW}')"
    return f"trim({narrow}, E'{_CURRENCY}{BLANKS}')"


def _number(text: str, source: Source, *, typed: bool) -> str:
    """Give a decimal, or NULL for anything that is not exactly a number as the source declares it."""
    if typed:
        return f"TRY_CAST({text} AS DECIMAL(38,10))"
    decimal = "\\." if source.decimal == "." else ","
    digits = "\\d+"
    mark = "[ \u00a0\u202f]" if source.thousands == " " else "[" + source.thousands.replace("'", "''") + "]"
    if source.thousands:
        digits = f"(\\d{{1,3}}({mark}\\d{{3}})+|\\d+)"
    plain = f"{digits}({decimal}\\d*)?|{decimal}\\d+"
    signed = f"^([+-]?({plain})([eE][+-]?\\d{{1,2}})?|\\(({plain})\\)|({plain})-)$"
    bare = f"regexp_replace({text}, '^([-+(])[{_CURRENCY}]', '\\1')"
    body = f"regexp_replace({bare}, '^[-+(]|[-)]$', '', 'g')"
    if source.thousands:
        body = f"regexp_replace({body}, '{mark}', '', 'g')"
    if source.decimal == ",":
        body = f"replace({body}, ',', '.')"
    negative = f"CASE WHEN regexp_matches({text}, '^[-(]|-$') THEN -1 ELSE 1 END"
    simple = f"regexp_matches({text}, '^[+-]?\\d+(\\.\\d+)?([eE][+-]?\\d{{1,2}})?$')"
    slow = f"CASE WHEN regexp_matches({bare}, '{signed}') THEN {negative} * TRY_CAST({body} AS DECIMAL(38,10)) END"
    if source.decimal == ".":
        return f"CASE WHEN {simple} THEN TRY_CAST({text} AS DECIMAL(38,10)) ELSE {slow} END"
    return f"({slow})"


def _short_number(text: str, number: str, sql_type: str, source: Source) -> str:
    """Cast a number of so few digits that none is lost straight to its type, and any other text as `number` does."""
    width, scale = (int(size) for size in re.findall("[0-9]+", sql_type))
    short = f"^[+-]?[0-9]{{1,{width - scale}}}([{source.decimal}][0-9]{{1,{scale}}})?$"
    pointed = f"replace({text}, ',', '.')" if source.decimal == "," else text
    return f"CASE WHEN regexp_matches({text}, '{short}') THEN TRY_CAST({pointed} AS {sql_type}) ELSE {number} END"


def _date(text: str, source: Source) -> str:
    """Read the declared format, or an ISO date with or without a time; nothing else is a date."""
    iso = f"CASE WHEN regexp_matches({text}, '^\\d{{4}}-\\d{{2}}-\\d{{2}}([ T]|$)') THEN TRY_CAST({text} AS DATE) END"
    if source.date_format == "%Y-%m-%d":
        return iso
    return f"coalesce(CAST(try_strptime({text}, {literal(source.date_format)}) AS DATE), {iso})"


def _month(text: str, source: Source) -> str:
    digits = f"regexp_extract({text}, '^(\\d{{4}})[-/年.]?(\\d{{1,2}})月?$', ['y', 'm'])"
    plain = f"TRY_CAST({digits}.y || '-' || lpad({digits}.m, 2, '0') || '-01' AS DATE)"
    return f"coalesce({plain}, CAST(date_trunc('month', {_date(text, source)}) AS DATE))"
