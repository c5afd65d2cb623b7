"""Who holds which part of what our key accounts buy, how that moved, and whose voice counts there."""

from dataclasses import dataclass

import pandas as pd

from kamreport.settings import Rules

__all__ = ["RivalShares", "Stakeholders", "WalletAllocation"]


@dataclass(frozen=True)
class RivalShares:
    """How the key accounts divide their purchases, now and a year before; amounts are those of a year.

    Attributes
    ----------
    suppliers
        One row per supplier: we (`own`) first, then the rivals, the largest first, what is `unknown` last:
        `competitor_id`, `accounts` (that buy of him), `amount`, `share` of all that the known accounts buy;
        over the accounts with two estimates `share_before`, `share_after`, `change`, `taken` (points times spend,
        from everybody), `from_us` (net).
    accounts
        One row per account with two estimates, the largest loss of ours first: `account_id`, `owner_id`, `name`,
        `manager_id`, `manager_name`, `source`, `start`, `end`, `spend`, `spend_before`, `own`, `own_before`,
        `change`, `lost` (our points times spend; below zero: gained), `verdict` (``fell``, ``may have fallen``,
        ``rose``, ``may have risen``, ``""``), `rival` and `moved` (who took or gave most, and how much of it, where
        that is as sure as the verdict).
    flows
        Amounts from supplier (rows) to supplier (columns); ``new`` is what the accounts buy more or less in all.
    takers, givers
        Rivals that took from us, or gave to us, beyond doubt and on the whole: `competitor_id`, `accounts` (key
        accounts, as their owners), `amount`, `net` over all accounts with two estimates; the largest first.
    known, keys
        Key accounts with an estimate, and all.
    cover
        Part of the key accounts' revenue that the accounts with an estimate bring.
    least
        Change beyond doubt of our share, and of a rival's: the rule's, or more where the changes scatter.
    contradicted, unweighed
        Estimates whose shares add up to more than the whole, and estimates without a spend; neither is used.
    """

    suppliers: pd.DataFrame
    accounts: pd.DataFrame
    flows: pd.DataFrame
    takers: pd.DataFrame
    givers: pd.DataFrame
    known: int
    keys: int
    cover: float
    least: tuple[float, float]
    contradicted: int
    unweighed: int
    rules: Rules

    @property
    def fell(self) -> pd.DataFrame:
        """The accounts of which we have a smaller part beyond doubt."""
        return self.accounts[self.accounts["verdict"] == "fell"].reset_index(drop=True)

    @property
    def compared(self) -> int:
        """How many key accounts, as their owners, have two estimates."""
        return int(self.accounts["owner_id"].nunique())

    def count(self, verdict: str) -> int:
        """How many key accounts, as their owners, have a verdict."""
        return int(self.accounts.loc[self.accounts["verdict"] == verdict, "owner_id"].nunique())


@dataclass(frozen=True)
class WalletAllocation:
    """The share that a supplier's rank would give it at an account that ranks us too, beside the one it has.

    Attributes
    ----------
    frame
        One row per account and supplier: `account_id`, `competitor_id`, `suppliers` (ranked by the account), `rank`
        (ties averaged), `predicted`, `share`, `spend` of a year.
    steps
        One row per account at which we are ranked and not first, the largest worth first: `account_id`, `owner_id`,
        `name`, `manager_id`, `manager_name`, `suppliers`, `rank`, `predicted`, `share`, `above` (who stands just
        above us, or beside us), `points` and a year's `worth` of one rank.
    judged, first
        Key accounts, as their owners, that rank us and another supplier, and those at which we alone are first.
    behind
        The others of those judged: another stands before us, or beside.
    too_few, without_us
        Accounts with an estimate that ranks fewer than two, and those that rank others only: nothing is said of them.
    error
        Mean absolute difference between rule and share.
    """

    frame: pd.DataFrame
    steps: pd.DataFrame
    judged: int
    first: int
    behind: int
    too_few: int
    without_us: int
    error: float


@dataclass(frozen=True)
class Stakeholders:
    """Whose voice counts at the key accounts, and for whom it is raised.

    Attributes
    ----------
    frame
        One row per key account with two rated contacts or more, the least support first: `owner_id`, `name`,
        `manager_id`, `manager_name`, `margin` and `revenue` of twelve months, `contacts` (known), `rated`, `support`
        (-1 to 1), `heaviest` (stance of the heaviest voice, -2 to 2), `is_against`.
    levels
        The same over these accounts by level: `level`, `contacts`, `rated`, `support`.
    judged, keys
        Key accounts with two rated contacts or more, and all.
    without
        Key accounts without any contact on file.
    """

    frame: pd.DataFrame
    levels: pd.DataFrame
    judged: int
    keys: int
    without: int

    @property
    def against(self) -> pd.DataFrame:
        """The accounts whose weighted voices, or whose heaviest, are against us; most margin first."""
        found = self.frame[self.frame["is_against"]]
        return found.sort_values(["margin", "owner_id"], ascending=[False, True], ignore_index=True)
