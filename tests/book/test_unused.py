"""Headers in any order, more of them, fewer of them, twice: what is told, and what stops."""

import re
from collections.abc import Callable
from datetime import date

import pytest

from kamreport.book.sources import Uneven
from kamreport.book.store import Load, load_store
from kamreport.errors import DataError
from kamreport.settings import Settings

Workspace = Callable[..., Settings]

LINES = '[tables.transactions]\npath = "2025-*.csv"\n'
HEAD, ROW = "date,account_id,revenue", "2025-06-02,a,1"


def months(**files: str) -> dict[str, str]:
    """A file a month: ``months(may="date,...")``, each with one record as wide as its headers."""
    rows = {"date": "2025-06-02", "account_id": "a", "revenue": "1"}
    numbers = {"may": "2025-05.csv", "june": "2025-06.csv", "july": "2025-07.csv", "august": "2025-08.csv"}
    return {
        numbers[name]: f"{head}\n{','.join(rows.get(one, name) for one in head.split(','))}\n"
        for name, head in files.items()
    }


@pytest.fixture
def loaded(workspace: Workspace) -> Callable[..., Load]:
    return lambda toml, files: load_store(workspace(toml, files), today=date(2026, 1, 15))


Loaded = Callable[..., Load]


def test_the_order_of_headers_is_no_matter(loaded: Loaded) -> None:
    load = loaded(LINES, months(may=HEAD, june="revenue,account_id,date"))
    assert load.money["used"] == "2.0000"
    assert (load.unused, load.uneven) == ({"transactions": []}, {"transactions": []})


def test_headers_that_nothing_uses_are_told_once(loaded: Loaded) -> None:
    load = loaded(LINES, months(may=f"note,{HEAD},note,,规格", june=f"{HEAD},note,,规格,note"))
    assert (load.unused, load.uneven) == ({"transactions": ["note", "规格"]}, {"transactions": []})


@pytest.mark.parametrize(
    ("heads", "found"),
    [
        ({"may": HEAD, "june": HEAD, "july": f"X,{HEAD}"}, Uneven("X", ("2025-07.csv",), lacking=False)),
        (
            {"may": HEAD, "june": f"X,{HEAD}", "july": f"X,{HEAD}"},
            Uneven("X", ("2025-05.csv",), lacking=True),
        ),
        ({"may": HEAD, "june": f"X,{HEAD}"}, Uneven("X", ("2025-06.csv",), lacking=False)),
    ],
)
def test_a_header_of_some_files_only_is_told_with_the_fewer(
    loaded: Loaded, heads: dict[str, str], found: Uneven
) -> None:
    load = loaded(LINES, months(**heads))
    assert load.uneven == {"transactions": [found]}
    assert load.unused == {"transactions": ["X"]}


def test_a_mapped_header_that_a_file_lacks_stops(loaded: Loaded) -> None:
    message = "tables.transactions: the header 'revenue' is not in 2025-06.csv; name the files and sheets that have it"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        loaded(LINES, months(may=HEAD, june="date,account_id"))


def test_a_mapped_header_that_stands_twice_in_one_file_stops(loaded: Loaded) -> None:
    message = "tables.transactions: the header 'revenue' stands twice in 2025-05.csv and 1 more; rename one of them"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        loaded(LINES, months(may=HEAD, june=f"{HEAD},revenue"))


@pytest.mark.parametrize(
    ("entry", "unused"),
    [
        ("", ["Kind", "who", "rest"]),
        ('columns = { kind = "Kind" }', ["who", "rest"]),
        ('constants = { kind = "sale" }', ["Kind", "who", "rest"]),
        ('drop = { who = ["total"] }', ["Kind", "rest"]),
        ('fill_down = ["who"]', ["Kind", "rest"]),
        ('unpivot = { columns = ["who", "rest"], names = "n", values = "v" }', ["Kind"]),
    ],
)
def test_what_an_entry_names_is_used(loaded: Loaded, entry: str, unused: list[str]) -> None:
    load = loaded(
        f'[tables.transactions]\npath = "t.csv"\n{entry}\n', {"t.csv": f"{HEAD},Kind,who,rest\n{ROW},sale,x,y\n"}
    )
    assert load.unused == {"transactions": unused}


@pytest.mark.parametrize(
    ("query", "of_file", "of_query"),
    [
        ("SELECT day AS date, who AS account_id, sum(CAST(m AS INT)) AS revenue FROM lines GROUP BY ALL", ["Note"], []),
        ("SELECT DAY AS date, who AS account_id, m AS revenue, note FROM lines", [], ["Note"]),
        ("SELECT *, day AS date, who AS account_id, m AS revenue FROM Lines", [], ["day", "who", "m", "Note"]),
        ("FROM (SELECT l.day AS date, l.who AS account_id, l.m AS revenue FROM lines AS l)", [], []),
        ("SELECT day AS date, extra AS account_id, m AS revenue FROM lines JOIN names USING (who)", ["Note"], []),
    ],
)
def test_what_a_query_reads_is_used(loaded: Loaded, query: str, of_file: list[str], of_query: list[str]) -> None:
    toml = (
        '[sources.lines]\npath = "l.csv"\n[sources.names]\npath = "n.csv"\n'
        f"[tables.transactions]\nsql = '''{query}'''\n"
    )
    load = loaded(toml, {"l.csv": "day,who,m,Note\n2025-06-02,a,1,x\n", "n.csv": "who,extra\na,1\n"})
    others: list[str] = [] if "names" in query else ["who", "extra"]
    assert load.unused == {"transactions": of_query, "sources.lines": of_file, "sources.names": others}


def test_the_encoding_of_each_text_file_is_recorded(loaded: Loaded) -> None:
    files: dict[str, str | bytes] = {
        "2025-05.csv": f"{HEAD},备注\n{ROW},新\n".encode("gb18030"),
        "2025-06.csv": f"{HEAD},备注\n{ROW},新\n",
        "a.csv": "account_id,name\na,Anna\n".encode("utf-16"),
        "page.xls": "<table><tr><td>region</td></tr><tr><td>北</td></tr></table>".encode("gb18030"),
    }
    toml = f'{LINES}encoding = "gb18030"\n[sources.who]\npath = "a.csv"\n'
    load = loaded(f'{toml}[tables.regions]\npath = "page.xls"\nencoding = "gb18030"\n', files)
    assert load.encodings == {
        "transactions": {"2025-05.csv": "gb18030", "2025-06.csv": "utf-8"},
        "regions": {"page.xls": "gb18030"},
        "sources.who": {"a.csv": "utf-16"},
    }
