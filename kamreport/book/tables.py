"""The tables of the contract as a book shows them: the rows that are known and that belong to its region."""

from abc import ABC, abstractmethod
from functools import cached_property
from pathlib import Path

import pandas as pd

from kamreport.book.closing import Closing
from kamreport.book.contract import ALL, TABLES
from kamreport.book.noting import of_company, of_region
from kamreport.book.reading import known_column, known_row, parquet, read_frame
from kamreport.book.store import Load

__all__ = ["ContractTables"]


class ContractTables(ABC):
    """What every book holds of the contract's tables, a frame each; empty with its columns where none is mapped.

    A region's book has the rows of its region, those of accounts that are at home in it where no region is given, and
    what is said of everywhere. Of other regions it has neither accounts nor raters by name.
    """

    region: str
    _load: Load
    _closing: Closing

    @of_region
    def targets(self) -> pd.DataFrame:
        """Targets whose scope is this region or lies inside it; of several issues the newest known one."""
        frame = self._table("targets")
        scope = [name for name in TABLES["targets"].key if name != "issued_on"]
        frame = frame.sort_values("issued_on", na_position="first", kind="stable").drop_duplicates(scope, keep="last")
        if self.region == ALL:
            return frame.reset_index(drop=True)
        here = frame["region"] == self.region
        inside = frame["region"].isna() & frame["account_id"].isin(self._home)
        people = frame["region"].isna() & frame["account_id"].isna() & frame["person_id"].isin(self._people_here)
        return frame[here | inside | people].reset_index(drop=True)

    @of_region
    def receivables(self) -> pd.DataFrame:
        """Month-end ageing of the accounts at home here."""
        return self._own_rows("receivables")

    @of_region
    def opportunities(self) -> pd.DataFrame:
        """Deals of this region, or of the accounts at home here where no region is given."""
        return self._own_rows("opportunities")

    @of_region
    def actions(self) -> pd.DataFrame:
        """Actions for this region or the accounts at home here."""
        return self._own_rows("actions")

    @of_company
    def products(self) -> pd.DataFrame:
        """The products."""
        return self._table("products")

    @of_company
    def people(self) -> pd.DataFrame:
        """The people."""
        return self._people

    @of_company
    def product_costs(self) -> pd.DataFrame:
        """Unit costs of the products by month."""
        return self._table("product_costs")

    @of_company
    def price_list(self) -> pd.DataFrame:
        """List prices that hold on the book's last day."""
        return self._table("price_list")

    @of_region
    def rebates(self) -> pd.DataFrame:
        """Rebates that the accounts at home here have earned."""
        return self._own_rows("rebates")

    @of_region
    def cost_to_serve(self) -> pd.DataFrame:
        """What serving this region or its accounts has cost, and pools of the company that they share in."""
        return self._own_rows("cost_to_serve", everywhere=True)

    @of_region
    def spend(self) -> pd.DataFrame:
        """What was spent on this region or its accounts, and on all."""
        return self._own_rows("spend", everywhere=True)

    @of_region
    def activities(self) -> pd.DataFrame:
        """Visits, calls and messages with the accounts at home here."""
        return self._own_rows("activities")

    @of_region
    def contracts(self) -> pd.DataFrame:
        """Framework contracts of the accounts at home here."""
        return self._own_rows("contracts")

    @of_region
    def deliveries(self) -> pd.DataFrame:
        """Deliveries to the accounts at home here, line by line."""
        return self._own_rows("deliveries")

    @of_region
    def complaints(self) -> pd.DataFrame:
        """Complaints, suggestions and incidents of the accounts at home here."""
        return self._own_rows("complaints")

    @of_region
    def steps(self) -> pd.DataFrame:
        """Steps of this region's deals, complaints and orders; those of services for the whole company only."""
        frame = self._table("steps")
        if self.region == ALL:
            return frame
        here = pd.Series(False, frame.index)
        for kind, table, id_ in (
            ("opportunity", "opportunities", "opportunity_id"),
            ("complaint", "complaints", "case_id"),
            ("order", "deliveries", "order_id"),
        ):
            steps = frame["object"] == kind
            if steps.any():  # the deliveries of a region are many, and few firms log the steps of their orders
                here |= steps & frame["object_id"].isin(self._own_rows(table)[id_].unique())
        return frame[here].reset_index(drop=True)

    @of_region
    def defections(self) -> pd.DataFrame:
        """The register of losses of the accounts at home here."""
        return self._own_rows("defections")

    @of_region
    def contacts(self) -> pd.DataFrame:
        """People at the accounts at home here."""
        return self._own_rows("contacts")

    @of_company
    def competitors(self) -> pd.DataFrame:
        """The rivals."""
        return self._table("competitors")

    @of_region
    def competitor_prices(self) -> pd.DataFrame:
        """Rivals' prices seen in this region, at the accounts at home here, or everywhere."""
        return self._own_rows("competitor_prices", everywhere=True)

    @of_region
    def competitor_scores(self) -> pd.DataFrame:
        """Scores given in this region or for everywhere; who is not known to be from here is a number."""
        frame = self._own_rows("competitor_scores", everywhere=True)
        here = self._home | set(frame.loc[frame["region"].notna(), "rater_id"])
        return self._numbered(frame, "rater_id", here)

    @of_region
    def competitor_events(self) -> pd.DataFrame:
        """What rivals did in this region, at the accounts at home here, or everywhere."""
        return self._own_rows("competitor_events", everywhere=True)

    @of_region
    def wallet(self) -> pd.DataFrame:
        """What the accounts at home here buy from all suppliers together."""
        return self._own_rows("wallet")

    @of_region
    def wallet_shares(self) -> pd.DataFrame:
        """How the accounts at home here divide their spend."""
        return self._own_rows("wallet_shares")

    @of_region
    def survey_sample(self) -> pd.DataFrame:
        """Who was asked, of the accounts at home here."""
        return self._own_rows("survey_sample")

    @of_region
    def survey(self) -> pd.DataFrame:
        """Answers of the accounts at home here."""
        return self._own_rows("survey")

    @of_region
    def interviews(self) -> pd.DataFrame:
        """Interviews with accounts at home here that left."""
        return self._own_rows("interviews")

    @of_region
    def links(self) -> pd.DataFrame:
        """Accounts that those at home here are linked with; one that is not at home here is a number."""
        return self._numbered(self._own_rows("links"), "linked_id", self._home)

    @of_region
    def needs(self) -> pd.DataFrame:
        """Changed needs of the accounts at home here."""
        return self._own_rows("needs")

    @of_region
    def ratings(self) -> pd.DataFrame:
        """Ratings of the accounts at home here."""
        return self._own_rows("ratings")

    @of_region
    def channel_stock(self) -> pd.DataFrame:
        """Sell-out and stock of the distributors at home here."""
        return self._own_rows("channel_stock")

    @of_region
    def campaigns(self) -> pd.DataFrame:
        """Promotions in this region or everywhere."""
        return self._own_rows("campaigns", everywhere=True)

    @of_region
    def service_plans(self) -> pd.DataFrame:
        """Service promised to the accounts at home here, or to a tier."""
        return self._own_rows("service_plans", everywhere=True)

    @of_region
    def benefits(self) -> pd.DataFrame:
        """What joint work has brought the accounts at home here and us."""
        return self._own_rows("benefits")

    @of_company
    def benchmarks(self) -> pd.DataFrame:
        """Figures of the trade, with their source."""
        return self._table("benchmarks")

    @property
    @abstractmethod
    def _accounts(self) -> pd.DataFrame:
        """The accounts that are seen here; `is_home` says which are at home."""

    @cached_property
    def _people(self) -> pd.DataFrame:
        return self._table("people")

    @cached_property
    def _home(self) -> set[str]:
        return set(self._accounts.loc[self._accounts["is_home"], "account_id"])

    @cached_property
    def _people_here(self) -> set[str]:
        return set(self._people.loc[self._people["region"] == self.region, "person_id"])

    def _own_rows(self, name: str, *, everywhere: bool = False) -> pd.DataFrame:
        """Rows of this region, else of the accounts at home here, else, where they count, of everywhere."""
        frame = self._table(name)
        if self.region == ALL:
            return frame
        here = pd.Series(False, frame.index)
        unsaid = pd.Series(True, frame.index)
        for column, ours in (("region", {self.region}), ("account_id", self._home)):
            if column in frame:
                here |= unsaid & frame[column].isin(ours)
                unsaid &= frame[column].isna()
        return frame[here | unsaid if everywhere else here].reset_index(drop=True)

    def _numbered(self, frame: pd.DataFrame, column: str, known: set[str]) -> pd.DataFrame:
        """The frame with a number for everybody in a column who is not known here."""
        strangers = ~frame[column].isin(known)
        if self.region == ALL or not strangers.any():
            return frame
        numbers = pd.factorize(frame[column])[0].astype(str)
        return frame.assign(**{column: frame[column].mask(strangers, "*" + pd.Series(numbers, frame.index))})

    def _table(self, name: str) -> pd.DataFrame:
        """Rows of a contract table that are known, with what became known later made blank."""
        table = TABLES[name]
        file: Path = self._load.folder / "tables" / f"{name}.parquet"
        end = self._closing.as_of
        columns = ", ".join(known_column(table, column.name, end) for column in table.columns)
        query = f"SELECT {columns} FROM {parquet(file)} WHERE {known_row(table, end)} ORDER BY ALL"
        return read_frame(self._load.folder, query)
