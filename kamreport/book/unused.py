"""Headers beyond those that are mapped: what nothing uses, and what only some files of a pattern have."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import duckdb

from kamreport.book.contract import TABLES
from kamreport.book.mapping import header_of
from kamreport.book.raw import Raw
from kamreport.book.sources import Uneven
from kamreport.settings import Settings

__all__ = ["uneven_headers", "unused_headers"]


def uneven_headers(raw: Raw) -> list[Uneven]:
    """The headers of a source in which its parts differ."""
    names = {part: f"{part.file}, {part.sheet}" if part.sheet else part.file for part in raw.parts}
    found = []
    for header in sorted(set().union(*(part.headers for part in raw.parts)) - {""}):
        having = [names[part] for part in raw.parts if header in part.headers]
        lacking = [names[part] for part in raw.parts if header not in part.headers]
        if lacking:
            fewer = len(lacking) < len(having)
            found.append(Uneven(header, tuple(lacking if fewer else having), fewer))
    return found


def unused_headers(con: duckdb.DuckDBPyConnection, raws: Mapping[str, Raw], settings: Settings) -> dict[str, list[str]]:
    """Of each source the headers that nothing maps, no other entry of it names and no query reads.

    A query that selects everything reads all of what it selects from.
    """
    queries = [one.sql for one in (*settings.sources.values(), *settings.tables.values()) if one.sql]
    read = [_parts(con, query) for query in queries]
    unused = {}
    for name, raw in raws.items():
        tables = [(columns, whole) for columns, tables, whole in read if name.casefold() in tables or not tables]
        named = _named(name, raw).union(*(columns for columns, _ in tables))
        left = [header for header in dict.fromkeys(raw.headers) if header and header.casefold() not in named]
        unused[name] = [] if any(whole for _, whole in tables) else left
    return unused


def _named(name: str, raw: Raw) -> set[str]:
    """What a source's own entry names, in small letters as the engine compares them."""
    source = raw.source
    mapped = [header_of(raw, column) for column in TABLES[name].by_name] if name in TABLES else []
    made = [source.unpivot.names, source.unpivot.values] if source.unpivot else []
    return {header.casefold() for header in (*mapped, *source.drop, *source.fill_down, *made)}


def _parts(con: duckdb.DuckDBPyConnection, query: str) -> tuple[set[str], set[str], bool]:
    """The columns and tables that a query names, and whether it reads all columns; so one of which nothing is known."""
    tree = json.loads(con.execute("SELECT json_serialize_sql(?)", [query]).fetchall()[0][0])
    nodes = list(_nodes(tree))
    columns = {one for node in nodes for key in ("column_names", "using_columns") for one in node.get(key, ())}
    tables = {node["table_name"] for node in nodes if node.get("type") == "BASE_TABLE"}
    whole = tree["error"] or any(node.get("class") == "STAR" for node in nodes)
    return {one.casefold() for one in columns}, {one.casefold() for one in tables}, whole


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for one in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _nodes(one)
