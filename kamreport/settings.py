"""kamreport.toml: where the tables come from, the rules, the reports."""

import os
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kamreport.errors import SettingsError, unknown

__all__ = [
    "FILE_NAME",
    "Attribute",
    "Bilingual",
    "Company",
    "DataSettings",
    "Print",
    "Report",
    "Rules",
    "Settings",
    "Source",
    "Unpivot",
    "expand",
    "find_workspace",
    "load_settings",
    "shipped",
]

FILE_NAME = "kamreport.toml"
_PACKAGE = Path(__file__).parent
_Overdue = Literal["overdue_1_30", "overdue_31_60", "overdue_61_90", "overdue_over_90"]
_Criterion = Literal["profit", "goals", "loss", "stability", "potential"]
_NAME = r"^[^\W\d]\w{0,39}$"
# What was expected, where pydantic's own words speak of Python; by the beginning of its type of fault.
_EXPECTED = {
    "missing": "add it",
    "model_": "a table of entries is expected",
    "dict_": "a table of entries is expected",
    "string_pattern": "an ISO code in capitals is expected",
    "date_": "a day is expected, as 2025-06-30",
    "list_type": 'a list is expected, as ["zh"]',
}


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


class Rules(_Strict):
    """Every threshold a report uses, with its default; each is printed where it is applied."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    key_account_enter: float = Field(default=0.80, gt=0, lt=1)
    """An owner becomes a key account in the smallest set that makes this share of the company's positive margin."""
    key_account_leave: float = Field(default=0.85, gt=0, le=1)
    """It stops being one outside the smallest set that makes this share."""
    lost_gap_factor: float = Field(default=3.0, gt=0)
    """Lost: silent in season for more than this many own median gaps ..."""
    lost_min_days: int = Field(default=180, ge=1)
    """... but never before so many days ..."""
    lost_max_days: int = Field(default=400, ge=1)
    """... and always after so many."""
    gap_min_own: int = Field(default=4, ge=1)
    """With fewer gaps of its own an owner is measured by its segment's median gap."""
    off_season_years: int = Field(default=2, ge=1)
    """A month is off season without an order in it or beside it in any of so many years."""
    overdue_min_gaps: int = Field(default=6, ge=2)
    """An owner needs so many gaps of its own to be called overdue."""
    overdue_limits: dict[int, float] = Field(default={1: 4.3, 2: 2.8, 4: 2.1, 8: 1.7, 16: 1.5, 32: 1.25}, min_length=1)
    """Overdue: silence over own median gap above the limit of the segment's regularity k (limit by the k it starts at)."""  # noqa: E501
    overdue_horizon_days: int = Field(default=90, ge=1)
    """An alarm was wrong if an order came within so many days after all."""
    overdue_loss_share: float = Field(default=0.5, ge=0, le=1)
    """Part of an overdue owner's margin at risk while there are too few past alarms to judge by."""
    partial_min_orders: int = Field(default=6, ge=1)
    """Partly lost: so many orders in the twelve months before the window ..."""
    partial_recent_months: int = Field(default=3, ge=1)
    """... the last so many months ..."""
    partial_recent_drop: float = Field(default=0.30, gt=0, lt=1)
    """... at least so far below the same months of last year ..."""
    partial_year_drop: float = Field(default=0.10, ge=0, lt=1)
    """... and the window at least so far below the twelve months before."""
    family_min_share: float = Field(default=0.10, ge=0, le=1)
    """A dropped product family made up this share of the owner's revenue ..."""
    family_min_orders: int = Field(default=4, ge=2)
    """... in so many orders within a year ..."""
    family_gap_factor: float = Field(default=3.0, gt=0)
    """... and has not been bought for this many of its own median gaps ..."""
    family_min_days: int = Field(default=90, ge=1)
    """... and so many days."""
    fake_revenue_share: float = Field(default=0.80, gt=0, le=1)
    """Big: the owners that make this share of the region's revenue ..."""
    fake_margin_gap: float = Field(default=0.10, ge=0)
    """... fake: those without margin, or with a rate so far below the company's median."""
    white_space_min_buyers: int = Field(default=10, ge=2)
    """White space is valued where so many accounts of the segment buy the product family."""
    delivery_min_fall: float = Field(default=0.30, gt=0, le=1)
    """Named beside late deliveries: accounts whose last three months lie so far below the same months of last year."""
    new_product_years: int = Field(default=3, ge=1)
    """A product is new for so many years after its launch."""
    discount_deepened: float = Field(default=0.03, gt=0, lt=1)
    """A discount has deepened if so much more of the list price is given away than before ..."""
    discount_min_months: int = Field(default=4, ge=3)
    """... over at least so many months, compared with the same months of the year before."""
    discount_min_lines: int = Field(default=20, ge=1)
    """With fewer lines in either of the two spans: too few to say what the volume did."""
    list_price_rise: float = Field(default=0.03, gt=0)
    """A list price was raised if it is so far above the year before last ..."""
    list_price_paid: float = Field(default=0.5, ge=0, le=1)
    """... and has eroded if less than this part of the rise is paid."""
    dependency_share: float = Field(default=0.10, gt=0, lt=1)
    """An account that brings this share of the region's margin is one that it depends on (IFRS 8.34: 10 %)."""
    effort_ratio: float = Field(default=2.0, gt=1)
    """Over- or under-served: the share of the effort is so many times the share of the profit, or the other way."""
    credit_loss_rates: dict[_Overdue, float] = {
        "overdue_1_30": 0.01,
        "overdue_31_60": 0.05,
        "overdue_61_90": 0.10,
        "overdue_over_90": 0.30,
    }
    """Part of overdue receivables that is likely lost, by age."""
    discount_rate: float = Field(default=0.10, gt=0, lt=1)
    """Interest on money a year: what a margin a year from now is worth less today."""
    lifetime_years: int = Field(default=0, ge=0)
    """Years that count in what an account is worth as long as it stays; 0 for no end."""
    retention_min_losses: int = Field(default=10, ge=1)
    """With fewer losses nothing is said of a better retention or a segment's own, with fewer won of what that costs."""
    renewal_wait_days: int = Field(default=60, ge=0)
    """A contract has ended for good if none has followed so many days after."""
    model_min_accounts: int = Field(default=200, ge=20)
    """With fewer accounts no model of single orders is fitted."""
    min_cost_coverage: float = Field(default=0.95, ge=0, le=1)
    """Accounts are ranked by margin if the cost is known for this share of revenue."""
    price_max_age_days: int = Field(default=90, ge=1)
    """A rival's price is in force for so many days."""
    price_own_months: int = Field(default=3, ge=1)
    """Our own price is what the last so many months brought."""
    price_attack_drop: float = Field(default=0.05, gt=0, lt=1)
    """A price attack is a mean cut of so much ..."""
    price_attack_items: int = Field(default=3, ge=1)
    """... over so many matched products."""
    score_min_raters: int = Field(default=5, ge=2)
    """Fewer raters than this: too few to say."""
    stuck_deal_factor: float = Field(default=2.0, ge=1)
    """A deal is stuck after so many times the usual time in its stage ..."""
    stuck_deal_share: float = Field(default=0.95, gt=0, le=1)
    """... if it has also waited longer there than this share of the deals that left it."""
    material_share: float = Field(default=0.005, ge=0)
    """A finding is material from this share of the region's yearly revenue ..."""
    material_minimum: float = Field(default=10_000, ge=0)
    """... but never below this amount, in report currency."""
    min_group: int = Field(default=20, ge=1)
    """Rates of smaller groups are too few to say."""
    same_change: float = Field(default=0.10, ge=0)
    """A finding is worse or better if its amount changed by so much."""
    late_posting_days: int = Field(default=10, ge=0)
    """A line booked so many days after the period's end is a late posting."""
    score_weights: dict[_Criterion, Annotated[float, Field(ge=0)]] = {
        "profit": 0.3,
        "goals": 0.15,
        "loss": 0.2,
        "stability": 0.15,
        "potential": 0.2,
    }
    """What each criterion weighs in the key-account score."""
    score_min_known: float = Field(default=0.5, gt=0, le=1)
    """A criterion is left out of the score if it is known for a smaller share of the accounts."""
    score_repeat: float = Field(default=0.9, gt=0, le=1)
    """Criteria whose rank correlation is above this are weighed as one."""
    key_rise: float = Field(default=0.5, gt=0)
    """An account that is not on the firm's list is rising if its yearly value grew by this share."""
    vip_revenue: float = Field(default=1_000_000, gt=0)
    """Yearly revenue from which the threshold rule calls an account a VIP, in report currency ..."""
    vip_near: float = Field(default=0.10, ge=0, lt=1)
    """... and the share below it within which an account nearly is one."""
    spring_festival: bool = False
    """Compare January and February with last year only as one sum."""


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


def find_workspace(start: Path | None = None) -> Path:
    """Find the workspace: KAMREPORT_WORKSPACE, else the nearest kamreport.toml upwards.

    Raises
    ------
    SettingsError
        If there is none.
    """
    named = os.environ.get("KAMREPORT_WORKSPACE")
    if named:
        root = Path(named).resolve()
        if not (root / FILE_NAME).is_file():
            raise SettingsError(f"KAMREPORT_WORKSPACE is {root}, which has no {FILE_NAME}; run kamreport init there")
        return root
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise SettingsError(
        f"no {FILE_NAME} in {here} or above; make a workspace with: kamreport init --demo demo && cd demo"
    )


def load_settings(root: Path | None = None) -> Settings:
    """Read and check the settings of a workspace.

    Parameters
    ----------
    root
        The workspace's folder; found by `find_workspace` if not given.

    Raises
    ------
    SettingsError
        Names the entry, the value and what was expected.
    """
    root = find_workspace() if root is None else root.resolve()
    file = root / FILE_NAME
    try:
        raw = tomllib.loads(file.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise SettingsError(f"there is no {FILE_NAME} in {root}; run kamreport init there") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file} is not valid TOML: {error}; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file} is not valid TOML: {error}{_about_line(file, str(error))}") from None
    if "root" in raw:
        raise SettingsError(f"{FILE_NAME}: {unknown('entry', 'root', _fields_at(Settings, []))}")
    try:
        settings = Settings(root=root, **raw)
    except ValidationError as error:
        raise SettingsError(f"{FILE_NAME}: {' '.join(_first_fault(error).split())}") from None
    _check_names(settings)
    _check_bounds(settings)
    return settings


def _about_line(file: Path, said: str) -> str:
    """What to do about what TOML does not take as it looks: a path of Windows, a name that is not ASCII."""
    place = re.search(r"at line (\d+)", said)
    lines = file.read_text("utf-8-sig").splitlines()
    line = lines[int(place[1]) - 1] if place and int(place[1]) <= len(lines) else ""
    if "\\" in line:
        return "; write paths with /"
    return "" if line.isascii() or "key" not in said else '; put other than plain letters in quotes: "退货" = "return"'


def expand(path: str, *, where: str) -> str:
    """Fill ``${NAME}`` from the environment.

    Raises
    ------
    SettingsError
        If the variable is not set.
    """

    def look_up(match: re.Match[str]) -> str:
        value = os.environ.get(match[1])
        if not value:
            raise SettingsError(f"{where} names ${{{match[1]}}}, which is not set; set it: export {match[1]}=/folder")
        return value

    return re.sub(r"\$\{(\w+)\}", look_up, path)


def _check_place(source: Source, where: str) -> None:
    """Sheets and rows are counted from one; the rows of a header go down."""
    if isinstance(source.sheet, int) and source.sheet < 1:
        raise SettingsError(f"{where}.sheet is {source.sheet}; sheets are counted from 1")
    rows = source.header
    if rows != sorted(set(rows)) or len(rows) < 2 or rows[0] < 1 if isinstance(rows, list) else rows < 0:
        raise SettingsError(
            f"{where}.header is {rows}; name its row, counted from 1 (0: none), or its two rows, as [1, 2]"
        )


def _check_names(settings: Settings) -> None:
    """What pydantic cannot see: one origin per source, usable names."""
    for group, sources in (("tables", settings.tables), ("sources", settings.sources)):
        for name, source in sources.items():
            where = f"{FILE_NAME}: {group}.{name}"
            if not re.match(_NAME, name):
                raise SettingsError(f"{where} is not a usable name; use letters, digits and _")
            if bool(source.path) == bool(source.sql):
                raise SettingsError(f"{where} needs exactly one of path and sql")
            _check_place(source, where)
            mapping = (source.columns, source.constants, source.values, source.scale, source.tax_included)
            if group == "sources" and any(mapping):
                raise SettingsError(f"{where} is read as it is; map its columns where a table selects from it")
            if "%" not in source.date_format:
                raise SettingsError(
                    f"{where}.date_format: '{source.date_format}' has no % letters; "
                    f'write "{_as_strptime(source.date_format)}"'
                )
            if source.thousands == source.decimal:
                raise SettingsError(f"{where} has '{source.decimal}' for both decimal and thousands; set one apart")
    if twice := sorted(settings.tables.keys() & settings.sources.keys()):
        raise SettingsError(f"{FILE_NAME}: '{twice[0]}' stands under both tables and sources; rename the source")
    lowered: dict[str, str] = {}
    for name in (*settings.tables, *settings.sources):
        if (other := lowered.setdefault(name.lower(), name)) != name:
            raise SettingsError(f"{FILE_NAME}: '{other}' and '{name}' differ only in case; rename one")
    for name in settings.reports:
        if not re.match(_NAME, name):
            raise SettingsError(f"{FILE_NAME}: report '{name}' is not a usable name; use letters, digits and _")


def _as_strptime(written: str) -> str:
    """Write YYYY/MM/DD in the letters of strptime."""
    if not re.fullmatch(r"(?i)[^a-z]*(y{4}|m{1,2}|d{1,2})([^a-z]+(y{4}|m{1,2}|d{1,2})){2}[^a-z]*", written):
        return "%Y/%m/%d"
    return re.sub(r"(?i)y+|m+|d+", lambda match: "%Y" if match[0] in "YYYYyyyy" else f"%{match[0][0].lower()}", written)


def _check_bounds(settings: Settings) -> None:
    """Entries of which one must not lie above the other."""
    rules, data = settings.rules, settings.data
    for low, high, one, other in (
        ("rules.key_account_enter", "rules.key_account_leave", rules.key_account_enter, rules.key_account_leave),
        ("rules.lost_min_days", "rules.lost_max_days", rules.lost_min_days, rules.lost_max_days),
        ("data.earliest", "data.up_to", data.earliest, data.up_to or date.max),
    ):
        if one > other:  # type: ignore[operator]  # the two of a pair are of one kind
            raise SettingsError(f"{FILE_NAME}: '{low}' is {one} and '{high}' is {other}; the first must not be greater")


def _first_fault(error: ValidationError) -> str:
    """The first thing wrong, in one line, with the nearest allowed name for a misspelt one."""
    fault = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in fault["loc"] if part != "[key]")
    if fault["type"] == "extra_forbidden":
        known = _fields_at(Settings, list(fault["loc"][:-1]))
        return unknown("entry", place, [".".join([*map(str, fault["loc"][:-1]), name]) for name in known])
    own = f"{fault['msg'][0].lower()}{fault['msg'][1:]}"
    expected = next((words for start, words in _EXPECTED.items() if fault["type"].startswith(start)), own)
    if fault.get("ctx", {}).get("class_name") == "Bilingual":
        expected = 'both names are expected, as { en = "...", zh = "..." }'
    given = "missing" if fault["type"] == "missing" else repr(fault["input"])
    return f"'{place}' is {given if len(given) <= 80 else given[:80] + '...'}: {expected}"


def _fields_at(model: Any, path: list[Any]) -> list[str]:
    """The entries allowed at a place of the file."""
    for part in path:
        if hasattr(model, "model_fields"):
            model = model.model_fields[part].annotation if part in model.model_fields else None
        else:
            model = getattr(model, "__args__", (None, None))[-1]
    return [name for name in getattr(model, "model_fields", {}) if name != "root"]
