"""An analyst's own figure or frame as a section of the page."""

import sys
from collections.abc import Mapping
from numbers import Real
from typing import TYPE_CHECKING

import pandas as pd

from kamreport.errors import UsageError
from kamreport.language import LANGUAGES, text
from kamreport.present.section import Chart, Column, Section, Table, finite
from kamreport.present.style import made_safe

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["own_section", "own_title"]


def own_section(
    shown: "Figure | pd.DataFrame", title: Mapping[str, str] | None, amount: float | None, key: str, language: str
) -> Section:
    """Build the section of a figure or frame.

    Parameters
    ----------
    title
        In both languages.
    amount
        Money at stake, in report currency; it counts as at risk.
    key
        Its stable name; the English title if empty.

    Raises
    ------
    UsageError
        If it is neither a figure nor a frame, or has no title in both languages.
    """
    if title is None:
        raise UsageError("a figure or frame of your own needs title={'en': ..., 'zh': ...}")
    said = own_title(title, language)
    if not isinstance(amount, Real | None):
        raise UsageError(f"an amount is a number in report currency, not {amount!r}; give amount=120_000")
    evidence: Chart | Table
    if isinstance(shown, pd.DataFrame):
        evidence = _own_table(shown)
    elif hasattr(shown, "savefig"):
        _close(shown)
        evidence = Chart(lambda _: made_safe(shown), text("{title}", title=said))
    else:
        hint = "; give its .figure" if hasattr(shown, "figure") else ""
        raise UsageError(f"page.show takes a section, a figure or a frame, not {type(shown).__name__}{hint}")
    name = key or "own_" + "".join(char if char.isalnum() else "_" for char in str(title["en"]).lower())[:40]
    nature = "at_risk" if finite(amount) is not None else "fact"
    return Section(name, text("{title}", title=said), nature=nature, amount=amount, evidence=[evidence])  # type: ignore[arg-type]


def _close(drawn: "Figure") -> None:
    """Take a figure of pyplot's from its list, or the notebook shows it a second time at the cell's end."""
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close(drawn)


def own_title(title: Mapping[str, str], language: str) -> str:
    """Give a title in a language.

    Raises
    ------
    UsageError
        If it lacks one of the languages: what is shown in one has to be shown in the other.
    """
    if not isinstance(title, Mapping):
        raise UsageError(f"a title needs both languages, not {title!r}; give title={{'en': ..., 'zh': ...}}")
    for code in LANGUAGES:
        if not str(title.get(code) or "").strip():
            raise UsageError(f"a title needs both languages; '{code}' is missing: title={{'en': ..., 'zh': ...}}")
    return str(title[language])


def _own_table(frame: pd.DataFrame) -> Table:
    """An analyst's frame as a table: numbers as numbers, all else as text; a named index is a column."""
    plain = frame if set(frame.index.names) == {None} else frame.reset_index(allow_duplicates=True)
    plain = plain.set_axis([_head(name) for name in plain.columns], axis="columns")
    if not plain.columns.is_unique:
        raise UsageError(f"the frame has two columns '{plain.columns[plain.columns.duplicated()][0]}'; rename one")
    columns = []
    for name in plain.columns:
        kind = "text"
        if pd.api.types.is_bool_dtype(plain[name]):
            pass
        elif pd.api.types.is_datetime64_any_dtype(plain[name]):
            kind = "date"
        elif pd.api.types.is_integer_dtype(plain[name]):
            kind = "count"
        elif pd.api.types.is_numeric_dtype(plain[name]):
            kind = "number"
        columns.append(Column(name, text("{head}", head=str(name)), kind, digits=2 if kind == "number" else 0))  # type: ignore[arg-type]
    return Table(plain, columns)


def _head(name: object) -> str:
    """Head of a column, of which a pivoted frame has several above one another."""
    return " ".join(str(part) for part in name if part != "") if isinstance(name, tuple) else str(name)
