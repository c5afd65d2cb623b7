"""The demo book as a firm has it on its first day: half of what is needed, and only two tables of it."""

from pathlib import Path

import pandas as pd

from kamreport.book.demo.mapping import HEAD
from kamreport.book.demo.write import make_tables

__all__ = ["SETTINGS", "write_first_day"]

_COLUMNS = ["date", "account_id", "doc_id", "line_no", "kind", "product_id", "quantity", "unit", "revenue"]


def write_first_day(folder: Path, *, seed: int = 20250630) -> None:
    """Write invoice lines without cost, and a customer file that knows four accounts of five.

    Parameters
    ----------
    folder
        Made if it is missing.
    seed
        The same seed makes the same book as `write_demo`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables, _ = make_tables(seed)
    lines = tables["transactions"]
    # What was sold for dollars came through another system, which nobody has asked yet.
    lines.loc[lines["currency"] == "CNY", _COLUMNS].to_csv(folder / "invoices.csv", index=False, lineterminator="\n")
    accounts = tables["accounts"].drop_duplicates("account_id", keep="last")
    known = pd.to_numeric(accounts["account_id"].str[1:]) % 5 != 0
    thin = accounts.loc[known, ["account_id", "name", "region", "segment", "type"]]
    thin.to_csv(folder / "customers.csv", index=False, lineterminator="\n")


SETTINGS = f"""\
{HEAD}[tables.transactions]
path = "data/invoices.csv"

[tables.accounts]
path = "data/customers.csv"

[reports.monthly]
chapters = ["cover", "customer_value", "competitors", "churn", "basis"]
name = {{ en = "Key account report", zh = "大客户月报" }}
"""
