"""Which product families an account does not buy although its peers do, and what they would be worth."""

import pandas as pd

from kamreport.analysis.homes import at_home
from kamreport.analysis.windows import in_window
from kamreport.period import Period
from kamreport.results import WhiteSpace
from kamreport.settings import Rules

__all__ = ["white_space"]

_DEFAULTS = Rules()


def white_space(
    product_ledger: pd.DataFrame,
    orders: pd.DataFrame,
    owners: pd.DataFrame,
    peers: pd.DataFrame,
    products: pd.DataFrame,
    *,
    window: Period,
    gone: frozenset[str],
    by_margin: bool,
    rules: Rules = _DEFAULTS,
) -> WhiteSpace:
    """Value the empty cells of the matrix owner x product family by what the owner's peers buy.

    A cell is empty if the owner has ordered nothing of the family in the window and the twelve months before, here
    or elsewhere: a family dropped of late is a loss and no white space. Its value is the part of the peers that buy
    the family, times what a buyer brings a year: the median of these peers, but not more than this owner brings per
    family that it does buy, because a small owner is not expected to buy like a large one.

    Left out are pools, owners that are at home elsewhere, lost, have moved or have bought nothing in the window.

    Parameters
    ----------
    product_ledger
        `owner_id`, `family`, `month`, `revenue`, `costed_revenue`, `cost` (report currency).
    orders
        `owner_id`, `family`, `date`, of all regions.
    owners
        `owner_id`, `name`, `type`, `segment`, `is_home`, `moved_in`, `moved_out`, `manager_id`, `manager_name`.
    peers
        Company-wide, per `segment` and `family`: `accounts`, `buyers`, median `revenue` and `margin` of a buyer in
        the window, blank where fewer than `white_space_min_buyers` make them.
    products
        `family`, `is_product`: families of services and freight are left out.
    gone
        Owners that are lost.

    References
    ----------
    White-space analysis as account-planning practice knows it (matrix of accounts and offers); the value of a cell
    is this project's own, as described above.

    Examples
    --------
    >>> owners = pd.DataFrame({"owner_id": ["a"], "name": ["A"], "type": "customer", "segment": "dealer",
    ...     "is_home": True, "moved_in": False, "moved_out": False, "manager_id": "m", "manager_name": "M"})
    >>> sold = pd.DataFrame({"owner_id": ["a"], "family": ["F"], "month": pd.to_datetime(["2025-06-01"]),
    ...     "revenue": [100.0], "costed_revenue": [100.0], "cost": [80.0]})
    >>> orders = pd.DataFrame({"owner_id": ["a"], "family": ["F"], "date": pd.to_datetime(["2025-06-05"])})
    >>> peers = pd.DataFrame({"segment": "dealer", "family": ["F", "G"], "accounts": [41, 41], "buyers": [41, 30],
    ...     "revenue": [90.0, 60.0], "margin": [18.0, 12.0]})
    >>> products = pd.DataFrame({"family": ["F", "G"], "is_product": [True, True]})
    >>> found = white_space(sold, orders, owners, peers, products, window=Period.parse("2024-07..2025-06"),
    ...     gone=frozenset(), by_margin=True)
    >>> found.frame[["family", "buyers", "peers", "amount"]].values.tolist()  # 30 of its 40 peers, 12 each
    [['G', 30, 40, 9.0]]
    """
    families = set(products.loc[products["is_product"].ne(False), "family"].dropna()) - {""}
    own = _per_family(product_ledger, window, families, by_margin=by_margin)
    home = at_home(owners)
    counted = home[~home["moved_in"] & ~home["moved_out"] & ~home["owner_id"].isin(gone)]
    names = ["owner_id", "name", "manager_id", "manager_name", "segment"]
    judged = counted[names].merge(own, on="owner_id")
    compared = peers[peers["family"].isin(families)]
    cells = judged.merge(compared, on="segment")
    # Ordered, not booked: a credit note does not fill a cell.
    since = pd.Timestamp(window.trailing(24).start)
    bought = orders.loc[orders["date"] >= since, ["owner_id", "family"]].drop_duplicates().assign(is_bought=True)
    cells = cells.merge(bought, on=["owner_id", "family"], how="left")
    cells = cells[cells["is_bought"].isna()]
    median = cells["margin" if by_margin else "revenue"]
    is_said = (cells["buyers"] >= rules.white_space_min_buyers) & median.notna()
    cells["peers"] = cells["accounts"] - 1  # the owner is one of the segment's, and no buyer
    cells["penetration"] = cells["buyers"] / cells["peers"]
    cells["typical"] = median.clip(upper=cells["per_family"])
    cells["amount"] = cells["penetration"] * cells["typical"]
    columns = [*names, "family", "peers", "buyers", "penetration", "typical", "amount"]
    frame = cells.loc[is_said & (cells["amount"] > 0), columns].sort_values(
        ["amount", "owner_id", "family"], ascending=[False, True, True], ignore_index=True
    )
    return WhiteSpace(frame, float(frame["amount"].sum()), len(judged), int((~is_said).sum()), by_margin, rules)


def _per_family(product_ledger: pd.DataFrame, window: Period, families: set[str], *, by_margin: bool) -> pd.DataFrame:
    """What each owner brings in the window per family that it buys."""
    rows = in_window(product_ledger, window)
    rows = rows[rows["family"].isin(families)]
    worth = rows["costed_revenue"] - rows["cost"].fillna(0.0) if by_margin else rows["revenue"]
    sums = rows.assign(worth=worth).groupby(["owner_id", "family"])[["revenue", "worth"]].sum()
    sums = sums[sums["revenue"] > 0]
    return sums.groupby("owner_id")["worth"].mean().rename("per_family").reset_index()
