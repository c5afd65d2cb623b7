"""The record of a section: what a notebook says to the press, versioned and validated.

`Page.show` writes one record into the notebook's output beside the HTML that a person sees. The press reads
records and nothing else: cover, index, manifest and workbook are made from them. So this module is the only
thing that the two share.
"""

from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationError,
    model_validator,
)

from kamreport.errors import PrintError

__all__ = [
    "MIME",
    "ROW_LIMIT",
    "VERSION",
    "Column",
    "Picture",
    "Record",
    "Rows",
    "Subject",
    "read_record",
]

MIME = "application/vnd.kamreport+json"
VERSION = 1
ROW_LIMIT = 5000

Finite = Annotated[float, Field(allow_inf_nan=False)]
Cell = StrictStr | StrictBool | StrictInt | Annotated[float, Field(allow_inf_nan=False, strict=True)] | None


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)


class Subject(_Strict):
    """An account that a finding speaks of, with its part of the amount."""

    id: str
    name: str
    amount: Finite | None = None
    owner: str = ""


class Picture(_Strict):
    """A chart as a PNG in base64, with the sentence that stands for it where it cannot be seen."""

    png: str
    alt: str


class Column(_Strict):
    """A column of the rows behind a figure: its name in the frame, its head in the report, its kind."""

    name: str
    head: str
    kind: Literal["text", "number", "money", "share", "date"]


class Rows(_Strict):
    """The rows behind a figure, as they go into the workbook; at most `ROW_LIMIT`, `total` says of how many."""

    columns: list[Column]
    rows: Annotated[list[list[Cell]], PlainSerializer(list)] = Field(max_length=ROW_LIMIT)  # plain already
    total: int

    @model_validator(mode="after")
    def _has_a_cell_for_each_column(self) -> "Rows":
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise ValueError(f"row {number} has {len(row)} cells for {len(self.columns)} columns")
        return self


class Record(_Strict):
    """What one section says.

    Attributes
    ----------
    version
        Of this layout; the press refuses any other.
    id
        Unique in a report: the chapter and the key.
    key
        Stable over periods, so that a finding can be followed from month to month.
    kind
        ``chapter`` opens a chapter, ``finding`` is a section, ``figure`` is a headline figure of the cover.
    title
        The finding in the report's language, or the name of the figure or chapter.
    nature
        ``realised`` or ``at_risk`` (ranked together), ``opportunity``, or ``fact`` (no amount).
    amount, low, high
        Effect on twelve months of margin in report currency, with its range where it is estimated.
    unit
        ``revenue`` where the cost is unknown.
    layout
        ``section`` in full, ``line`` in one line, or ``silent``: structure in which nothing was found, in an edition
        that has no room for it; a person sees it in the notebook.
    cadence
        Shortest edition in which it prints in full. Like `low`, `high` and the accounts' owners for readers of the
        executed notebooks; the press goes by `layout` and `amount`.
    leads
        It puts its chapter's findings together: first there, whatever its amount, and not on the cover.
    value, previous, year_ago, plan
        Of a headline figure, formatted in `texts` and plain here.
    """

    version: Literal[1] = 1
    id: str
    key: str
    chapter: str
    kind: Literal["chapter", "finding", "figure"]
    language: str
    region: str
    period: str
    title: str
    nature: Literal["realised", "at_risk", "opportunity", "fact"] = "fact"
    amount: Finite | None = None
    low: Finite | None = None
    high: Finite | None = None
    unit: Literal["margin", "revenue"] = "margin"
    layout: Literal["section", "line", "silent"] = "section"
    cadence: Literal["month", "quarter", "year"] = "month"
    material: bool = True
    leads: bool = False
    accounts: list[Subject] = []
    value: Finite | None = None
    previous: Finite | None = None
    year_ago: Finite | None = None
    plan: Finite | None = None
    texts: dict[str, str] = {}
    basis: list[str] = []
    actions: list[str] = []
    pictures: list[Picture] = []
    tables: list[Rows] = []
    notes: dict[str, int] = {}


def read_record(data: object, *, where: str) -> Record:
    """Check a record that came out of a notebook.

    Raises
    ------
    PrintError
        If it is not a record of this version; names the place and the first fault, never the data.

    Examples
    --------
    >>> read_record({"version": 2}, where="churn, cell 4")
    Traceback (most recent call last):
        ...
    kamreport.errors.PrintError: record in churn, cell 4 is not valid at 'version': Input should be 1
    """
    try:
        return Record.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise PrintError(f"record in {where} is not valid at '{place}': {first['msg']}") from None
