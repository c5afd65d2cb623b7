"""The workspaces that are measured: the demo book, reports of one section, and books of many transactions."""

import sys
from collections.abc import Mapping
from pathlib import Path

import duckdb
import nbformat
import numpy as np
import pandas as pd

from kamreport.book.demo.mapping import FOOT, HEAD
from kamreport.book.demo.write import make_tables
from tools.bench.processes import run

__all__ = [
    "CROWDED",
    "FEW",
    "KAMREPORT",
    "PERIOD",
    "SMALL",
    "crowded_workspace",
    "demo_workspace",
    "invoices_workspace",
    "large_workspace",
    "section_regions",
    "section_workspace",
]

KAMREPORT = (sys.executable, "-m", "kamreport.cli")
# Last month of the demo book and of the books made here.
PERIOD = "2025-06"
# The region whose reports are timed while the others grow.
SMALL = "S0"
# The region whose accounts are many in `crowded_workspace`, and one whose are as few as in the demo.
CROWDED, FEW = "North", "East"
_SEED = 20250630
# What a copy of an account has of its own: the rows of these ids are copied with it.
_OWN_IDS = (
    "account_id", "activity_id", "case_id", "contact_id", "contract_id", "defection_id", "doc_id", "event_id",
    "interview_id", "linked_id", "name", "need_id", "object_id", "opportunity_id", "order_id", "parent_id",
    "rebate_id", "renews",
)  # fmt: skip
_SMALL_ROWS = 20_000
_OTHERS = 9
_LINES_OF_AN_ACCOUNT = 200
_FILE = "transactions.parquet"
_PRODUCTS = ", 'P' || hash(i, 3) % 200 AS product_id, 1 + hash(i, 4) % 50 AS quantity"
_SECTION = {
    "parameters": 'region: str = "all"\nperiod: str = "latest"\nlanguage: str = "en"',
    "open": (
        "import kamreport as kam\n\nbook = kam.open_book(region, period)\npage = kam.Page(book, language)\n"
        'page.chapter("revenue", title={"en": "Revenue", "zh": "收入"})'
    ),
    "show": (
        'months = book.ledger.groupby("month", as_index=False)["revenue"].sum().tail(12)\n'
        'page.show(months, title={"en": "Revenue by month", "zh": "各月收入"})'
    ),
}


def demo_workspace(folder: Path) -> Path:
    """Make the demo's workspace, as a user does."""
    run([*KAMREPORT, "init", "--demo", "demo"], folder=folder)
    return folder / "demo"


def crowded_workspace(folder: Path, accounts: int) -> Path:
    """Make the demo's book with so many accounts in one region: copies of its own, with all that is known of each."""
    root = folder / f"crowded-{accounts}"
    root.mkdir()
    tables, _ = make_tables(_SEED)
    known = tables["accounts"]
    names = dict(zip(tables["aliases"]["alias"], tables["aliases"]["id"], strict=True))
    own = set(known.loc[known["region"] == CROWDED, "account_id"])
    copies = -(-accounts // len(own))
    dealt = tables["opportunities"]["account_id"].replace(names)
    tables["opportunities"] = tables["opportunities"].assign(account_id=dealt)
    # Steps are of deals, complaints and orders, whose ids tell whose they are.
    for name in ("opportunities", "complaints", "deliveries"):
        rows = tables[name]
        own |= set(rows.loc[rows["account_id"].isin(own), next(iter(rows))])
    del tables["aliases"]
    for name, frame in tables.items():
        whose = next((one for one in ("account_id", "object_id") if one in frame), None)
        here = frame[whose].isin(own) if whose else pd.Series(False, frame.index)
        whole = pd.concat([frame[~here], _copied(frame[here], copies)], ignore_index=True)
        whole.to_parquet(root / f"{name}.parquet", index=False)
    mapped = "".join(f'[tables.{name}]\npath = "{name}.parquet"\n\n' for name in tables)
    (root / "kamreport.toml").write_text(HEAD + mapped + FOOT, "utf-8")
    return root


def _copied(frame: pd.DataFrame, times: int) -> pd.DataFrame:
    """The rows so many times, each time under ids of its own."""
    whole = pd.concat([frame] * times, ignore_index=True)
    number = pd.Series(np.repeat(np.arange(times), len(frame)).astype(str))
    for column in whole.columns.intersection(_OWN_IDS):
        filled = whole[column].notna() & (whole[column] != "")
        whole[column] = whole[column].mask(filled, whole[column].astype("str") + "." + number)
    return whole


def section_workspace(folder: Path, regions: int) -> Path:
    """Make a workspace whose report is one notebook with one small table, on a small book."""
    root = folder / "section"
    (root / "notebooks").mkdir(parents=True)
    cells = [nbformat.v4.new_code_cell(source, id=name) for name, source in _SECTION.items()]
    cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), root / "notebooks" / "revenue.ipynb")
    _write_transactions(root, {"R": regions}, {"R": _LINES_OF_AN_ACCOUNT * regions})
    _write_settings(root, '[reports.section]\nchapters = ["revenue"]\nname = { en = "Revenue", zh = "收入" }\n')
    return root


def section_regions(count: int) -> list[str]:
    """Name the first regions of `section_workspace`."""
    return [f"R{number}" for number in range(count)]


def invoices_workspace(folder: Path, rows: int) -> Path:
    """Make a workspace of so many transactions in one CSV file, with products and quantities."""
    root = folder / f"invoices-{rows}"
    root.mkdir()
    _write_transactions(root, {"R": _OTHERS}, {"R": rows}, "transactions.csv", more=_PRODUCTS)
    _write_settings(root, "", "transactions.csv")
    return root


def large_workspace(folder: Path, rows: int, *, others: int = _OTHERS) -> Path:
    """Make a workspace with the monthly report, on a small region and so many transactions of others."""
    root = folder / f"large-{others}-{rows}"
    root.mkdir()
    _write_transactions(root, {"S": 1, "R": others}, {"S": _SMALL_ROWS, "R": rows})
    chapters = '["cover", "customer_value", "competitors", "churn", "basis"]'
    _write_settings(root, f'[reports.monthly]\nchapters = {chapters}\nname = {{ en = "Monthly", zh = "月报" }}\n')
    return root


def _write_settings(root: Path, reports: str, file: str = _FILE) -> None:
    tables = f'[tables.transactions]\npath = "{file}"\n'
    (root / "kamreport.toml").write_text(f"[data]\nup_to = 2025-06-30\n\n{tables}\n{reports}", "utf-8")


def _write_transactions(
    root: Path, regions: Mapping[str, int], rows: Mapping[str, int], file: str = _FILE, *, more: str = ""
) -> None:
    """Three years of invoice lines of groups of regions; the same lines in every run.

    Parameters
    ----------
    regions, rows
        By the first letters of the regions' names: how many regions share how many lines.
    file, more
        CSV or Parquet by its name; SQL of more columns.
    """
    lines = " UNION ALL ".join(
        f"""
        SELECT '{name}' || i % {count} AS region,
               region || '-' || i // {count * _LINES_OF_AN_ACCOUNT} AS account_id,
               region || '-' || i AS doc_id,
               '1' AS line_no,
               DATE '2022-07-01' + CAST(hash(i) % 1096 AS INTEGER) AS date,
               CAST(100 + hash(i, 1) % 900000 / 100.0 AS DECIMAL(18, 2)) AS revenue,
               CAST(revenue * (60 + hash(i, 2) % 50) / 100 AS DECIMAL(18, 2)) AS cost{more}
        FROM range({rows[name]}) AS lines(i)
        """
        for name, count in regions.items()
    )
    with duckdb.connect() as con:
        con.execute(f"COPY ({lines}) TO '{root / file}' (FORMAT {Path(file).suffix[1:]})")
