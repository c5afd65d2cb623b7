"""What in the data is to be doubted: what contradicts itself, and signs of a faulty export that change money.

Both are declared as data, each with its query: contradictions.toml and suspicions.toml. They are looked for in what a
book knows, so that a report of June doubts in September what it doubted in July.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from kamreport.book.casting import literal
from kamreport.book.contract import TABLES
from kamreport.book.engine import fill, sql_text
from kamreport.book.reading import known_column, known_from, parquet
from kamreport.book.store import Load

__all__ = ["CONTRADICTIONS", "SUSPICIONS", "Doubt", "doubts_sql", "doubts_today"]

# What a total row reads as, in small letters and without spaces: 合计, 本月小计, Grand Total.
_TOTAL = "(本?(页|单|日|周|旬|月|季度?|年度?|部门|大区))?(小计|合计|总计|共计|累计)|(sub|grand)?[-_]?totals?"
_NEWEST = "account_id ORDER BY valid_from DESC NULLS LAST"


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """A query for what is to be doubted.

    Attributes
    ----------
    needs
        Columns in which something must stand (``table.column``); the first names the table that is counted.
    also
        What else the query reads.
    """

    name: str
    query: str
    needs: tuple[str, ...]
    also: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """The table whose records are doubted."""
        return self.needs[0].split(".")[0]

    @property
    def reads(self) -> set[str]:
        """Tables that the query reads."""
        return {need.split(".")[0] for need in self.needs} | set(self.also)

    def applies(self, mapped: Mapping[str, Mapping[str, date]], as_of: date) -> bool:
        """Say whether something that is known stands in the columns that it needs."""
        needs = (need.split(".") for need in self.needs)
        return all(mapped.get(table, {}).get(column, as_of) < as_of for table, column in needs)


def _declared(name: str) -> dict[str, Doubt]:
    entries = tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text("utf-8"))
    return {
        key: Doubt(name=key, query=one["query"], needs=tuple(one["needs"]), also=tuple(one.get("also", ())))
        for key, one in entries.items()
    }


CONTRADICTIONS = _declared("contradictions")
SUSPICIONS = _declared("suspicions")


def doubts_sql(load: Load, as_of: date, until: date, *, now: bool = False) -> dict[str, str]:
    """Queries for what a book doubts, by the names of its attributes.

    Parameters
    ----------
    as_of
        First day that is not known.
    until
        First day after the last complete month.
    now
        Undated master files describe the last known day; of an earlier one they say nothing.

    Returns
    -------
    dict
        ``contradictions``: `rule`, `table_name`, `rows`, `amount`, up to three `examples`, and where the first stands
        (`file`, `sheet`, `line`). ``suspicions``: `rule`, `file`, `sheet`, `line`, `month`, `other`, `factor`, `rows`,
        `amount`; the largest first.
    """
    places = {"as_of": as_of, "until": until, "now": now, "total": _TOTAL}
    found = {name: list(_queries(load, group, as_of, places)) for name, group in _GROUPS.items()}
    tables = {name: sorted({table for one, _ in queries for table in one.reads}) for name, queries in found.items()}
    contradictions = " UNION ALL ".join(
        f"SELECT {literal(one.name)} AS rule, {literal(one.table)} AS table_name, CAST(id AS VARCHAR) AS id, "
        f"CAST(amount AS DOUBLE) AS amount, file, sheet, line FROM ({query})"
        for one, query in found["contradictions"]
    )
    suspicions = " UNION ALL ".join(
        f"SELECT {literal(one.name)} AS rule, file, sheet, line, CAST(month AS DATE) AS month, "
        "CAST(other AS VARCHAR) AS other, CAST(factor AS DOUBLE) AS factor, CAST(rows AS BIGINT) AS rows, "
        f"CAST(amount AS DOUBLE) AS amount FROM ({query})"
        for one, query in found["suspicions"]
    )
    return {
        "contradictions": (
            f"{_known(load, tables['contradictions'], as_of)}, found AS ({contradictions or _NO_CONTRADICTION}), "
            "ranked AS (SELECT *, dense_rank() OVER (PARTITION BY rule ORDER BY id) AS place FROM found) "
            "SELECT rule, table_name, count(*) AS rows, sum(amount ORDER BY abs(amount), id) AS amount, "
            "string_agg(DISTINCT id, ', ' ORDER BY id) FILTER (place <= 3) AS examples, "
            "arg_min(file, (file, sheet, line)) AS file, arg_min(sheet, (file, sheet, line)) AS sheet, "
            "arg_min(line, (file, sheet, line)) AS line "
            "FROM ranked GROUP BY rule, table_name ORDER BY amount DESC NULLS LAST, rows DESC, rule"
        ),
        "suspicions": (
            f"{_known(load, tables['suspicions'], as_of)}, found AS ({suspicions or _NO_SUSPICION}) "
            "FROM found ORDER BY abs(amount) DESC NULLS LAST, rule, file, sheet, line, month"
        ),
    }


def doubts_today(load: Load, until: date) -> dict[str, str]:
    """Queries for what is doubted of all that was read, as `doubts_sql` gives them for a book."""
    last = load.up_to if load.declared else max(load.up_to, load.loaded_on)
    return doubts_sql(load, last + timedelta(days=1), until, now=True)


_GROUPS = {"contradictions": CONTRADICTIONS, "suspicions": SUSPICIONS}
_PLACE = "'' AS file, '' AS sheet, 0 AS line"
_NO_CONTRADICTION = f"SELECT '' AS rule, '' AS table_name, '' AS id, 0.0::DOUBLE AS amount, {_PLACE} WHERE FALSE"
_NO_SUSPICION = (
    f"SELECT '' AS rule, {_PLACE}, CAST(NULL AS DATE) AS month, '' AS other, 0.0::DOUBLE AS factor, "
    "CAST(0 AS BIGINT) AS rows, 0.0::DOUBLE AS amount WHERE FALSE"
)


def _queries(
    load: Load, group: Mapping[str, Doubt], as_of: date, places: Mapping[str, object]
) -> Iterator[tuple[Doubt, str]]:
    for one in group.values():
        if one.applies(load.mapped, as_of):
            yield one, fill(one.query, **places)


def _known(load: Load, tables: list[str], as_of: date) -> str:
    """What the queries read, as far as it is known: each table under its own name."""
    names = ["transactions", *(name for name in tables if name in TABLES and name != "transactions")]
    parts = [f"{name} AS ({_table(load, name, as_of)})" for name in names]
    if "accounts" in names:
        parts.append(f"account_now AS (FROM accounts QUALIFY row_number() OVER (PARTITION BY {_NEWEST}) = 1)")
    if "left_out" in tables:
        left_out = parquet(load.folder / "tables" / "left_out.parquet")
        parts.append(f"left_out AS (FROM {left_out} WHERE coalesce(day < DATE {literal(as_of)}, TRUE))")
    if "price_levels" in tables:
        parts.append(f"price_levels AS ({sql_text('price_levels')})")
    return f"WITH {', '.join(parts)}"


def _table(load: Load, name: str, as_of: date) -> str:
    """Every version of a table's rows that is known, blank where something became known later."""
    table = TABLES[name]
    columns = ", ".join(known_column(table, column.name, as_of) for column in table.columns)
    known = f"coalesce({known_from(table)} < DATE {literal(as_of)}, TRUE)"
    file = parquet(load.folder / "tables" / f"{name}.parquet")
    return f"SELECT {columns}, file, sheet, line FROM {file} WHERE {known}"
