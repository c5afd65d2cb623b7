"""A firm of two regions with a row in every table, as known at the end of June and a month later."""

from datetime import date
from pathlib import Path

import pandas as pd

from kamreport.book.contract import TABLES, Column, Table
from kamreport.settings import Settings, load_settings

Rows = dict[str, list[dict[str, object]]]

JUNE, JULY = date(2025, 6, 1), date(2025, 7, 1)
REGIONS = ("N", "S")
IDS = {"regions": "N", "products": "p", "people": "m", "accounts": "a", "competitors": "rival", "": ""}


def cell(column: Column, tag: str, day: date) -> object:
    """A value of the right type; every date and month is the one day."""
    values = {
        "id": IDS[column.refers],
        "text": tag,
        "code": next(iter(column.values), ""),
        "date": day,
        "month": day.replace(day=1),
        "int": 1,
        "bool": "yes",
        "share": 0.25,
        "score": column.low or 1,
    }
    return values.get(column.type, 100)


def row(table: str, tag: str, day: date, **given: object) -> dict[str, object]:
    """A row of a table with every column filled."""
    return {column.name: cell(column, tag, day) for column in TABLES[table].columns} | given


def masked(table: Table, made: dict[str, object], day: date) -> dict[str, object]:
    """The row as it was before anything was known that came on or after a day."""
    later = {column.name: column.later for column in table.columns if column.later not in ("", "row")}
    return {name: None if name in later and made[later[name]] >= day else value for name, value in made.items()}  # type: ignore[operator]


def known_in_june() -> Rows:
    """One row of each table from May, and what is needed to have two regions."""
    rows = {name: [row(name, "past", date(2025, 5, 20))] for name in TABLES if name not in ("aliases", "fx_rates")}
    rows["transactions"][0] |= {"currency": "CNY"}
    rows["transactions"].append(row("transactions", "s", date(2025, 6, 30), currency="CNY", account_id="b", region="S"))
    rows["accounts"] = [
        row("accounts", name, JUNE, account_id=name, region=region, parent_id=None, valid_from=date(2020, 1, 1))
        for name, region in (("a", "N"), ("b", "S"))
    ]
    rows["regions"] = [row("regions", name, JUNE, region=name) for name in REGIONS]
    rows["assignments"][0] |= {"valid_to": JULY, "person_id": "m"}
    return rows


def told_in_july() -> Rows:
    """Rows that a book of June must not hold, one of each kind of time and table."""
    rows = {name: [row(name, "later", JULY)] for name, table in TABLES.items() if table.time in ("event", "month")}
    del rows["fx_rates"]
    # Ordered in June, invoiced in July: the posting decides. An account of the south comes to the north.
    rows["transactions"] = [
        row("transactions", account, JULY, currency="CNY", order_date=date(2025, 6, 20), account_id=account)
        for account in ("a", "b")
    ]
    rows["transactions"].append(row("transactions", "unread", JULY, currency="CNY", revenue="x"))
    # Happened in June and written down in July; written down in June for July.
    for name, table in TABLES.items():
        if "recorded_on" in table.by_name:
            rows[name].append(row(name, "noted later", JUNE, recorded_on=JULY))
            rows[name].append(row(name, "noted before", JULY, recorded_on=JUNE))
    # A new figure for June, given out in July; the account moves and gets another manager.
    rows["targets"] = [row("targets", "past", date(2025, 5, 1), issued_on=JULY, value=999)]
    rows["accounts"] = [row("accounts", "later", JULY, account_id="a", region="S", parent_id="b")]
    rows["assignments"] = [row("assignments", "later", JULY, person_id="later", valid_to=None)]
    return rows


def opened(rows: Rows, day: date) -> Rows:
    """The rows as they were before anything was known that came on or after a day."""
    return {name: [masked(TABLES[name], one, day) for one in made] for name, made in rows.items()}


def closed(rows: Rows, day: date) -> Rows:
    """What is open in the rows is closed on a day."""
    return {
        name: [
            one | {column.later: day for column in TABLES[name].columns if column.later not in ("", "row")}
            for one in made
        ]
        for name, made in rows.items()
    }


def in_july() -> Rows:
    """The firm as it is known at the end of July; what was open in June is closed on the first day after it."""
    before, later = closed(known_in_june(), JULY), told_in_july()
    return {name: before[name] + later.get(name, []) for name in before}


def write(root: Path, rows: Rows) -> Settings:
    """A workspace of these rows, exported on the last of July."""
    root.mkdir()
    lines = ["[data]\nup_to = 2025-07-31\n"]
    for name, made in rows.items():
        pd.DataFrame(made).to_csv(root / f"{name}.csv", index=False)
        lines.append(f'[tables.{name}]\npath = "{name}.csv"\n')
    (root / "kamreport.toml").write_text("".join(lines), "utf-8")
    return load_settings(root)
