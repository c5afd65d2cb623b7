"""The demo firm once it has sold: what the further tables are drawn from, and the list of what is planted."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd

from kamreport.book.demo.firm import FIRST, LAST, REGIONS, Account, Firm, Planted

__all__ = ["LEFT_ON", "MONTHS", "RATE", "YEAR", "YEAR_BEFORE", "World", "days_between"]

MONTHS = pd.period_range(FIRST, LAST, freq="M")
YEAR, YEAR_BEFORE = date(2024, 7, 1), date(2023, 7, 1)
LEFT_ON = date(2024, 11, 1)
"""First day without the manager who left."""
RATE = 7.2
"""Yuan per dollar."""


@dataclass
class World:
    """The firm, its invoice lines and what is planted so far.

    Each table draws from a generator of its own, named after it, so that no table changes another.

    Attributes
    ----------
    lines
        All lines in order of date; `date` and `order_date` as timestamps.
    tiers
        The firm's own list, by account.
    chosen
        Accounts taken before the table that tells of them is drawn, by what is planted on them.
    truths, innocents
        What is planted so far.
    """

    firm: Firm
    lines: pd.DataFrame
    seed: int
    tiers: dict[str, str] = field(default_factory=dict)
    chosen: dict[str, Account] = field(default_factory=dict)
    truths: list[Planted] = field(default_factory=list)
    innocents: list[Planted] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.truths, self.innocents = list(self.firm.truths), list(self.firm.innocents)
        self._taken = {one.account_id for one in (*self.truths, *self.innocents)}
        self.lines = self.lines.astype({"date": "datetime64[ns]", "order_date": "datetime64[ns]"})
        self._by_id = {account.id: account for account in self.firm.accounts}
        # In the Northeast a manager left and the one with most accounts took all of his over.
        held = pd.Series([one.manager for one in self.firm.accounts if one.region == "Northeast"]).value_counts()
        self.left, self.successor = str(held.index[-1]), str(held.index[0])
        # The largest first, by what they were to buy: picks do not change with what is done to the lines.
        self._largest = sorted(self.firm.accounts, key=lambda one: (-one.yearly, one.id))

    def draw(self, table: str) -> np.random.Generator:
        """Make the generator of a table."""
        return np.random.default_rng([self.seed, zlib.crc32(table.encode())])

    def account(self, id_: str) -> Account:
        """Give an account by its id."""
        return self._by_id[id_]

    def planted(self, kind: str) -> list[Planted]:
        """Truths of a kind, in the order in which they were planted."""
        return [one for one in self.truths if one.kind == kind]

    def steady(self, region: str) -> list[Account]:
        """Accounts of a region on which nothing is planted and that buy all the time, the largest first."""
        return [
            one
            for one in self._largest
            if one.region == region
            and one.id not in self._taken
            and (one.type, one.parent, one.currency) == ("customer", "", "CNY")
            and (one.first, one.last, one.pays_late) == (FIRST, LAST, False)
            and one.gap_days <= 21
        ]

    def pick(self, region: str, rank: int = 0) -> Account:
        """Take an account to plant something on; nobody else gets it."""
        account = self.steady(region)[rank]
        self._taken.add(account.id)
        return account

    def take(self, id_: str) -> Account:
        """Take an account that was found by its lines."""
        self._taken.add(id_)
        return self._by_id[id_]

    def truth(self, kind: str, account: Account | str, about: str, **more: object) -> None:
        """Note what a report must find; for an account, or for a region or ``all`` by its name."""
        self.truths.append(_planted(kind, account, about, more))

    def innocent(self, kind: str, account: Account | str, about: str, **more: object) -> None:
        """Note what looks guilty and is not."""
        self.innocents.append(_planted(kind, account, about, more))

    def last_order(self, account_id: str, products: tuple[str, ...] = ()) -> str:
        """The day of an account's last order, or of its last order of some products."""
        own = self.lines[(self.lines["account_id"] == account_id) & (self.lines["kind"] == "sale")]
        own = own[own["product_id"].isin(products)] if products else own
        return str(own["order_date"].max().date())

    def prove(self, kind: str, figures: Callable[[Planted], dict[str, float | str]]) -> None:
        """Write figures beside what was planted before anything was sold."""
        self.truths = [replace(one, figures=figures(one)) if one.kind == kind else one for one in self.truths]

    def sums(self, column: str = "revenue", since: date = YEAR, until: date = date(2025, 7, 1)) -> "pd.Series[float]":
        """Sum of a column by account between two days, in report currency; every account has one."""
        lines = self.lines[(self.lines["date"] >= pd.Timestamp(since)) & (self.lines["date"] < pd.Timestamp(until))]
        rate = np.where(lines["currency"] == "USD", RATE, 1.0)
        sums = (lines[column] * rate).groupby(lines["account_id"]).sum()
        return sums.reindex([account.id for account in self.firm.accounts], fill_value=0.0)

    def manager_of(self, account: Account, day: date) -> str:
        """Who looked after an account on a day."""
        return self.in_charge(account.manager, day)

    def in_charge(self, person: str, day: date) -> str:
        """Who did a person's work on a day: himself, or who came after him."""
        return self.successor if person == self.left and day >= LEFT_ON else person

    def director_of(self, region: str) -> str:
        """The director of a region."""
        return f"P{list(REGIONS).index(region)}00"


def _planted(kind: str, account: Account | str, about: str, more: dict[str, object]) -> Planted:
    region, id_ = (account, "") if isinstance(account, str) else (account.region, account.id)
    return Planted(kind, region, id_, about=about, **more)  # type: ignore[arg-type]  # checked where it is called


def days_between(rng: np.random.Generator, first: date, last: date, n: int) -> list[date]:
    """Days drawn evenly between two, both included, in order."""
    span = (last - first).days + 1
    return [date.fromordinal(first.toordinal() + int(day)) for day in np.sort(rng.integers(0, span, n))]
