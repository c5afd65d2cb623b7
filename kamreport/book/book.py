"""The book that a notebook opens: one region, up to the end of one period."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import pandas as pd

from kamreport.book.calendar import WorkCalendar
from kamreport.book.casting import literal
from kamreport.book.closing import Closing
from kamreport.book.contract import ALL, TABLES, UNASSIGNED, missing_parts
from kamreport.book.noting import note, of_company, of_region
from kamreport.book.quality import reconciliation_sql
from kamreport.book.reading import parquet, read_frame
from kamreport.book.store import Load
from kamreport.book.tables import ContractTables
from kamreport.period import Period
from kamreport.settings import Bilingual, Rules, Settings

__all__ = ["Book", "Comparison"]


@dataclass(frozen=True)
class Comparison:
    """Two spans of days that can be compared with one another.

    Attributes
    ----------
    name
        ``previous`` or ``year_ago``.
    current, past
        Half-open spans (first day, day after the last).
    """

    name: str
    current: tuple[date, date]
    past: tuple[date, date]


@dataclass(frozen=True)
class Book(ContractTables):
    """The data of one region up to the end of one period; nothing in it is later.

    Every table is a frame that is read when it is first asked for, with money as float in report currency.
    A table that is not mapped is an empty frame with the contract's columns.

    What is asked for is noted as an input of the report, with a digest: the report is printed again when one of
    them has changed. Parts that other regions have a share in are noted as the company's.

    Attributes
    ----------
    region
        A region's id, or ``"all"`` for the company.
    """

    settings: Settings
    _load: Load
    _closing: Closing
    region: str

    @property
    def period(self) -> Period:
        """The period of the report."""
        return self._closing.period

    @property
    def rules(self) -> Rules:
        """The thresholds."""
        return self.settings.rules

    @property
    def currency(self) -> str:
        """ISO code of the report's currency."""
        return self.settings.company.currency

    @property
    def loaded_on(self) -> date:
        """Day of the load that is read; no input of a report, which was printed from that load whatever comes later."""
        return self._load.loaded_on

    @of_company
    def window(self) -> Period:
        """The trailing complete months that structure and retention are measured over."""
        return self._closing.window

    @of_company
    def as_of(self) -> date:
        """The first day that is not known."""
        return self._closing.as_of

    @of_company
    def up_to(self) -> date:
        """The last day of the data that are known."""
        return self._closing.up_to

    @of_company
    def by_margin(self) -> bool:
        """The cost is known for enough of the revenue; otherwise accounts are ranked by revenue."""
        return self._closing.by_margin

    @of_company
    def measure(self) -> str:
        """``margin``, or ``revenue`` where the cost is not known: what accounts are ranked and plans judged by."""
        return "margin" if self._closing.by_margin else "revenue"

    @of_company
    def complete(self) -> bool:
        """Every month of the period is complete."""
        return self._closing.complete

    @of_company
    def months(self) -> int:
        """Months of history up to the end of the window."""
        first, end = self._closing.history_start, self._closing.window.end
        return (end.year - first.year) * 12 + end.month - first.month

    @of_company
    def snapshots(self) -> list[str]:
        """Mapped master tables without a history: they hold as of the day of loading."""
        mapped = self._load.mapped
        return [
            name
            for name, table in TABLES.items()
            if table.time == "snapshot" and name in mapped and table.versions not in mapped[name]
        ]

    @of_company
    def history_start(self) -> date:
        """First month of the company's data."""
        return self._closing.history_start

    def has(self, table: str, *columns: str) -> bool:
        """Say whether a table is mapped and something stands in these of its columns, as far as is known."""
        filled = self._load.filled(self._closing.as_of)
        answer = table in filled and filled[table] >= set(columns)
        note(self, "company", f"has {'.'.join([table, *columns])}", answer)
        return answer

    @of_region
    def region_names(self) -> dict[str, Bilingual]:
        """Names of the regions this book knows, in both languages, by their ids."""
        names = self._load.region_names
        return {region: names[region] for region in self._regions if region in names}

    @of_region
    def regions(self) -> tuple[str, ...]:
        """The regions of the data; a region's own book knows only its own."""
        return self._regions

    @property
    def _regions(self) -> tuple[str, ...]:
        return self._closing.regions if self.region == ALL else (self.region,)

    @of_company
    def comparisons(self) -> tuple[Comparison, ...]:
        """What the period is compared with, like with like.

        An incomplete period is compared with as many working days. With the Spring Festival rule, January is not
        compared with last year at all and February only together with January. What begins before the data is left out.
        """
        period = self.period
        pairs = {"previous": (period, period.previous), "year_ago": (period, period.year_ago)}
        if self.rules.spring_festival and period.kind == "month" and period.start.month <= 2:
            both = Period(period.start.replace(month=1), 2)
            pairs["year_ago"] = (both, both.year_ago)
            if period.start.month == 1:
                del pairs["year_ago"]
        calendar = WorkCalendar(self.settings.company.country)
        found = []
        for name, (current, past) in pairs.items():
            if past.start < self._closing.history_start:  # the data hold only a part of it
                continue
            worked = calendar.count(current.start, self._closing.as_of)
            end = past.end if self._closing.complete else min(calendar.after(past.start, worked), past.end)
            found.append(Comparison(name, (current.start, self._closing.as_of), (past.start, end)))
        return tuple(found)

    @of_region
    def ledger(self) -> pd.DataFrame:
        """One row per account, region and month: `owner_id`, `revenue`, `cost`, `costed_revenue`, `orders`, ..."""
        return self._with_owner(self._shape("ledger", "month"))

    @of_region
    def product_ledger(self) -> pd.DataFrame:
        """One row per account, region, family, unit and month: `owner_id`, `revenue`, `quantity`, `cost`, `orders`."""
        return self._with_owner(self._shape("product_ledger", "month"))

    @of_region
    def product_prices(self) -> pd.DataFrame:
        """One row per region, product, unit and month: `quantity`, `revenue`, `list_amount`."""
        return self._shape("product_prices", "month")

    @of_region
    def daily(self) -> pd.DataFrame:
        """One row per region and day: `revenue`, `cost`, `costed_revenue`."""
        return self._shape("daily", "date")

    @of_region
    def channel_ledger(self) -> pd.DataFrame:
        """One row per region, channel and month: `revenue` of the lines that name a channel."""
        return self._shape("channel_ledger", "month")

    @of_region
    def orders(self) -> pd.DataFrame:
        """Orders of the accounts at home here: `owner_id`, `account_id`, `order_date`, `date`, `family`, `revenue`."""
        return self._with_owner(self._closed("orders"))

    @of_region
    def deductions(self) -> pd.DataFrame:
        """What was given and spent beside the invoices in the window: `owner_id`, `account_id`, `step`, `amount`.

        The steps are ``rebates`` that are no lines of the transactions, and the drivers of `cost_to_serve`, whose
        pools are shared out among the accounts.
        """
        return self._with_owner(self._closed("deductions"))

    @of_region
    def accounts(self) -> pd.DataFrame:
        """One row per account at home here or trading here, with its state; `is_home` says which."""
        return self._accounts

    @of_region
    def owners(self) -> pd.DataFrame:
        """One row per owner: accounts under the same control count as one.

        `owner_id`, `name`, `segment`, `type`, `tier`, `manager_id` and `manager_name` (of its largest account
        here), `accounts` (how many are seen here), `is_home`, and `moved_in` and `moved_out`: whether an account
        of it changed its home region within the window.
        """
        frame = self._accounts.sort_values(["revenue_12m", "account_id"], ascending=[False, True])
        elsewhere = frame["home_before"].notna() & (frame["home_before"] != frame["home_region"])
        frame = frame.assign(
            key=frame["tier"] == "key",
            moved_in=elsewhere & frame["is_home"] & (self.region != ALL),
            moved_out=elsewhere & (frame["home_before"] == self.region),
        )
        owners = frame.groupby("owner_id", sort=True).agg(
            name=("owner_name", "first"),
            segment=("segment", "first"),
            type=("type", "first"),
            key=("key", "any"),
            manager_id=("manager_id", "first"),
            manager_name=("manager_name", "first"),
            accounts=("account_id", "size"),
            is_home=("is_home", "any"),
            moved_in=("moved_in", "any"),
            moved_out=("moved_out", "any"),
        )
        owners["tier"] = owners.pop("key").map({True: "key", False: "other"}).astype("str")
        return owners.reset_index()

    @of_region
    def owner_quarters(self) -> pd.DataFrame:
        """Twelve-month value of each owner at each quarter's end, company-wide: `owner_id`, `quarter`, `value`."""
        return self._closed("owner_quarters")

    @of_company
    def company(self) -> pd.DataFrame:
        """Totals, medians and thresholds of the company: `measure`, `segment`, `moment`, `value`, `n`."""
        return self._told("company")

    @of_company
    def peers(self) -> pd.DataFrame:
        """What the owners of a segment buy of a family in the window: `accounts`, `buyers`, median `revenue`, `margin`.

        The medians are blank where too few buyers make them.
        """
        return self._told("peers")

    @of_company
    def sources(self) -> pd.DataFrame:
        """One row per table: records `read`, `used`, `excluded`, `rejected`; every record is in one of the three.

        Below the tables a row for each file that only queries use, ``sources.NAME``, if records of it were lost.
        """
        return self._told("sources")

    @of_company
    def left_out(self) -> pd.DataFrame:
        """Records that are not used, counted by table, reason and column, with the first place of each."""
        return self._told("left_out")

    @of_company
    def noted(self) -> pd.DataFrame:
        """What is used but worth knowing, counted by table, kind and column; `examples` for the company only."""
        frame = self._told("noted")
        return frame if self.region == ALL else frame.assign(examples=None)

    @of_company
    def contradictions(self) -> pd.DataFrame:
        """Records that contradict others, counted by rule, with their money; `examples` for the company only.

        Without their places, which change with the order of a file's rows; `kamreport check` tells them.
        """
        frame = self._told("contradictions").drop(columns=["file", "sheet", "line"])
        return frame if self.region == ALL else frame.assign(examples=None)

    @of_company
    def suspicions(self) -> pd.DataFrame:
        """Signs of a faulty export that change money, the largest first: `rule`, its place, `rows`, `amount`."""
        return self._told("suspicions")

    @of_company
    def coverage(self) -> pd.DataFrame:
        """Revenue and costed revenue of twelve months: of the company, each family and each region known here."""
        frame = self._told("coverage")
        return frame[(frame["part"] != "region") | frame["name"].isin(self._regions)].reset_index(drop=True)

    @of_company
    def missing(self) -> list[tuple[int, str]]:
        """Tables that are not mapped and columns in which nothing stands: (level, name), in the contract's order."""
        return missing_parts(self._load.filled(self._closing.as_of))

    @of_company
    def line_kinds(self) -> pd.DataFrame:
        """The used transactions of the company by kind: `lines`, `pool_lines` (of cash-sales pools), `revenue`."""
        return self._told("line_kinds")

    @of_company
    def money(self) -> dict[str, str]:
        """Revenue of the company's lines ``used``, ``excluded`` and ``rejected``, as exact text."""
        told = self._told("money")
        return dict(zip(told["outcome"], told["revenue"], strict=True))

    @of_region
    def late_postings(self) -> pd.DataFrame:
        """Lines of the period that were booked well after its end: `lines`, `revenue`."""
        here = "" if self.region == ALL else f"AND region = {literal(self.region)}"
        return self._read(
            "SELECT count(*) AS lines, CAST(coalesce(sum(revenue), 0) AS DOUBLE) AS revenue "
            f"FROM {parquet(self._load.folder / 'late.parquet')} "
            f"WHERE date >= {literal(self.period.start)} AND date < {literal(self.period.end)} "
            f"AND posted_on >= DATE {literal(self.period.end)} + {self.rules.late_posting_days} {here}"
        )

    @of_company
    def reconciliation(self) -> pd.DataFrame:
        """Revenue of the company's regions up to the book's end, exact, as text: `region`, `revenue`.

        A region's book knows the other regions only as one sum, under ``*``; the company is "".
        """
        parts = f"FROM {parquet(self._closing.folder / 'reconciliation.parquet')}"
        return self._read(reconciliation_sql(parts, self._regions or (UNASSIGNED,)))

    @cached_property
    def _accounts(self) -> pd.DataFrame:
        return self._closed("accounts")

    def _files(self, folder: Path) -> list[Path]:
        """Files of this region, or of all."""
        regions = self._load.regions or (UNASSIGNED,)
        numbers = [number for number, region in enumerate(regions) if self.region in (ALL, region)]
        return [folder / f"{number}.parquet" for number in numbers]

    def _shape(self, name: str, day: str) -> pd.DataFrame:
        files = self._files(self._load.folder / name)
        return self._read(f"SELECT * FROM {parquet(*files)} WHERE {day} < {literal(self._closing.as_of)}")

    def _closed(self, name: str) -> pd.DataFrame:
        """A table of the closing: the company's own file where there is one, else those of the regions."""
        folder = self._closing.folder / name
        whole = folder / "all.parquet"
        files = [whole] if self.region == ALL and whole.is_file() else self._files(folder)
        return self._read(f"SELECT * FROM {parquet(*files)}")

    def _told(self, name: str) -> pd.DataFrame:
        """What the closing tells of the company."""
        return self._read(f"FROM {parquet(self._closing.folder / f'{name}.parquet')}")

    def _with_owner(self, frame: pd.DataFrame) -> pd.DataFrame:
        owner = self._accounts.set_index("account_id")["owner_id"]
        # An account stands in many rows, and is looked for once.
        places, accounts = pd.factorize(frame["account_id"])
        owners = owner.reindex(accounts).astype("str").array.take(places, allow_fill=True)
        frame.insert(0, "owner_id", pd.Series(owners, frame.index))
        return frame

    def _read(self, query: str) -> pd.DataFrame:
        return read_frame(self._load.folder, query)
