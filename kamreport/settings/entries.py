"""What kamreport.toml may say, entry by entry, and the folders of a workspace."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from kamreport.settings.rules import Rules

__all__ = [
    "Attribute",
    "Bilingual",
    "Company",
    "DataSettings",
    "Print",
    "Report",
    "Settings",
    "Source",
    "Unpivot",
    "shipped",
]

_PACKAGE = Path(__file__).parents[1]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bilingual(_Strict):
    """A name in both languages of the reports."""

    en: str
    zh: str


class Company(_Strict):
    """Who reports, in which currency, on which calendar.

    `country` (ISO code) decides the working days by its statutory holidays; without it Monday to Friday count.
    """

    name: Bilingual = Bilingual(en="Company", zh="公司")
    currency: str = Field(default="CNY", pattern="^[A-Z]{3}$")
    fiscal_year_start: int = Field(default=1, ge=1, le=12)
    country: str = Field(default="", pattern="^([A-Z]{2})?$")


class DataSettings(_Strict):
    """Bounds of the data: the day of the export and the earliest date that can be true.

    Without `up_to` the data ends with the last invoice; rows of other tables may be dated until today.
    """

    up_to: date | None = None
    earliest: date = date(2000, 1, 1)


class Unpivot(_Strict):
    """Columns that are to become rows: a month each, or a question each.

    Parameters
    ----------
    columns
        Their headers; each cell of them becomes a row of its own.
    names, values
        Headers of the two columns that take their place: what was a header, and what stood below it.
    """

    columns: list[str] = Field(min_length=1)
    names: str
    values: str


class Source(_Strict):
    """Where a table comes from and how its text is to be read. Nothing is guessed.

    Parameters
    ----------
    path
        A CSV, Excel or Parquet file, or a pattern of several of one kind (``exports/2025-*.csv``); relative to the
        workspace; ``${NAME}`` stands for an environment variable.
    sql
        Instead of `path`: one SELECT over the other declared sources and tables, by name.
    columns
        Our name = the source's header. A header that is our name needs no entry.
    constants
        Our name = one value for every row.
    delimiter, encoding, date_format, decimal, thousands
        How a text file writes; `date_format` in the letters of strptime. ISO dates are always read.
    sheet, header
        The sheet of an Excel file by name or number (the first by default; ``*``: all of them) and the row that holds
        the headers (the first; 0: there is none, and columns are named by their numbers; two rows, the upper one with
        merged cells, give headers joined by ``/``).
    empty
        Texts that mean "no value".
    drop
        Header = texts: a row in which one of them stands there is a total and is set aside.
    fill_down
        Headers of columns with merged cells: a blank takes the value above.
    unpivot
        Columns that are to become rows.
    values
        Our name = what a code is called in the file, and what that means: ``kind = { "退货" = "return" }``.
    scale
        Header = what its numbers are multiplied by: 10000 for 万元.
    tax_included
        Header = VAT rate that its amounts include, and that is taken out.
    """

    path: str = ""
    sql: str = ""
    columns: dict[str, str] = {}
    constants: dict[str, str | int | float | bool] = {}
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    encoding: str = "utf-8"
    date_format: str = "%Y-%m-%d"
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", " ", "'"] = ""
    sheet: str | int = ""
    header: int | list[int] = Field(default=1)
    empty: list[str] = [""]
    drop: dict[str, list[str]] = {}
    fill_down: list[str] = []
    unpivot: Unpivot | None = None
    values: dict[str, dict[str, str]] = {}
    scale: dict[str, Annotated[float, Field(gt=0, le=1e9)]] = {}
    tax_included: dict[str, Annotated[float, Field(ge=0, lt=1)]] = {}


class Attribute(_Strict):
    """An attribute that customers and experts rate: its names, weight and level of competition."""

    name: Bilingual
    weight: float = Field(default=1.0, ge=0)
    level: Literal["price", "quality", "culture"] = "quality"


class Report(_Strict):
    """A report: its chapters (notebooks) in order, and what it is printed for."""

    chapters: list[str] = Field(min_length=1)
    per: Literal["region"] = "region"
    name: Bilingual = Bilingual(en="Key account report", zh="大客户报告")


class Print(_Strict):
    """The languages that are printed unless others are asked for, the paper, and the line at the foot of a page.

    Attributes
    ----------
    minutes
        A report that takes longer is ended.
    """

    languages: list[Literal["en", "zh"]] = ["en"]
    paper: Literal["A4", "Letter"] = "A4"
    notice: Bilingual = Bilingual(en="Confidential", zh="内部资料，请勿外传")
    minutes: Annotated[float, Field(gt=0)] = 10.0


_MONTHLY = Report(
    chapters=["cover", "customer_value", "competitors", "churn", "basis"],
    name=Bilingual(en="Key account report", zh="大客户报告"),
)


class Settings(_Strict):
    """All of kamreport.toml, checked.

    Attributes
    ----------
    root
        The workspace's folder, absolute.
    """

    root: Path
    company: Company = Company()
    data: DataSettings = DataSettings()
    rules: Rules = Rules()
    attributes: dict[str, Attribute] = {}
    sources: dict[str, Source] = {}
    tables: dict[str, Source] = {}
    reports: dict[str, Report] = {"monthly": _MONTHLY}
    print: Print = Print()

    @property
    def notebooks(self) -> Path:
        """The folder of the chapters; the package's own where the workspace has none."""
        return _own_or_shipped(self.root, "notebooks")

    @property
    def templates(self) -> Path:
        """The folder of the look; the package's own where the workspace has none."""
        return _own_or_shipped(self.root, "templates")

    @property
    def output(self) -> Path:
        """The folder of what was printed."""
        return self.root / "output"

    @property
    def store(self) -> Path:
        """The folder of the checked data; rebuildable."""
        return self.root / ".kamreport" / "store"


def _own_or_shipped(root: Path, name: str) -> Path:
    return root / name if (root / name).is_dir() else shipped(name)


def shipped(name: str) -> Path:
    """Find a folder that comes with the package: ``notebooks`` or ``templates``.

    In a wheel it lies inside the package, in a checkout beside it.

    Raises
    ------
    FileNotFoundError
        If the installation is incomplete.

    Examples
    --------
    >>> (shipped("notebooks") / "churn.ipynb").is_file()
    True
    """
    for folder in (_PACKAGE / "shipped" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the folder {name} is missing from the installation of kamreport; install it again")
