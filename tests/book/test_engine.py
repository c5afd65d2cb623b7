"""The engine is locked: whatever a query or a file says, it touches one folder and fetches nothing (S21)."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from kamreport.book.engine import connect, sql_text

REFUSED = (duckdb.PermissionException, duckdb.InvalidInputException)


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A folder that the engine may read, and one beside it that it may not."""
    for name in ("inside", "outside"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "t.csv").write_text("a\n1\n")
    (tmp_path / "inside" / "link.csv").symlink_to(tmp_path / "outside" / "t.csv")
    return tmp_path / "inside"


@pytest.fixture
def con(room: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    made = connect(room)
    yield made
    made.close()


def test_the_folder_is_read_and_written(con: duckdb.DuckDBPyConnection, room: Path) -> None:
    assert con.execute(f"SELECT a FROM read_csv('{room}/t.csv')").fetchall() == [(1,)]
    con.execute(f"COPY (SELECT 2 AS a) TO '{room}/new.parquet'")
    assert con.execute(f"SELECT a FROM '{room}/new.parquet'").fetchall() == [(2,)]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('{outside}/t.csv')",
        "SELECT * FROM '{outside}/t.csv'",
        "SELECT * FROM read_text('{inside}/../outside/t.csv')",
        "SELECT * FROM read_csv('{inside}/link.csv')",
        "SELECT * FROM glob('{outside}/*')",
        "SELECT * FROM read_csv('{inside}/../*/t.csv')",
        "SELECT * FROM read_blob('/etc/passwd')",
        "COPY (SELECT 1) TO '{outside}/new.csv'",
        "COPY (SELECT 1) TO '{inside}/../new.csv'",
        "CREATE TABLE t AS SELECT * FROM read_csv('{outside}/t.csv')",
        "ATTACH '{outside}/new.db'",
        "EXPORT DATABASE '{outside}/dump'",
        "IMPORT DATABASE '{outside}/dump'",
    ],
)
def test_nothing_outside_the_folder_is_read_or_written(con: duckdb.DuckDBPyConnection, room: Path, query: str) -> None:
    outside = room.parent / "outside"
    with pytest.raises(REFUSED):
        con.execute(query.format(inside=room, outside=outside))
    assert sorted(one.name for one in outside.iterdir()) == ["t.csv"]
    assert sorted(one.name for one in room.parent.iterdir()) == ["inside", "outside"]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('https://example.com/a.csv')",
        "SELECT * FROM 's3://bucket/a.parquet'",
        "INSTALL httpfs",
        "INSTALL spatial FROM community",
        "LOAD httpfs",
        "LOAD '{inside}/evil.duckdb_extension'",
        "ATTACH 'postgres:host=example.com' AS p (TYPE postgres)",
    ],
)
def test_nothing_is_fetched_installed_or_loaded(con: duckdb.DuckDBPyConnection, room: Path, query: str) -> None:
    with pytest.raises(duckdb.Error) as caught:
        con.execute(query.format(inside=room))
    assert isinstance(caught.value, (*REFUSED, duckdb.BinderException, duckdb.CatalogException))
    assert "permission" in str(caught.value).lower() or "disabled" in str(caught.value).lower()


@pytest.mark.parametrize(
    "query",
    [
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "SET lock_configuration = false",
        "RESET lock_configuration",
        "SET autoinstall_known_extensions = true",
        "SET memory_limit = '1TB'",
        "SET python_enable_replacements = true",
        "PRAGMA enable_external_access = true",
        "SET temp_directory = '/tmp'",
        "CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
    ],
)
def test_the_lock_cannot_be_opened(con: duckdb.DuckDBPyConnection, query: str) -> None:
    with pytest.raises(duckdb.Error):
        con.execute(query)
    with pytest.raises(REFUSED):
        con.execute("SELECT * FROM read_text('/etc/hostname')")


def test_python_s_variables_are_no_tables(con: duckdb.DuckDBPyConnection) -> None:
    secret = duckdb.sql("SELECT 'told' AS a").df()
    assert len(secret) == 1
    with pytest.raises(duckdb.CatalogException, match="secret does not exist"):
        con.execute("SELECT * FROM secret")


def test_a_folder_whose_name_is_sql_is_only_a_name(tmp_path: Path) -> None:
    hostile = tmp_path / "a'] ; SET enable_external_access = true; --"
    hostile.mkdir()
    (hostile / "t.csv").write_text("a\n1\n")
    con = connect(hostile)
    with pytest.raises(REFUSED):
        con.execute("SELECT * FROM read_text('/etc/hostname')")
    con.close()


def test_limits_are_kept(room: Path) -> None:
    con = connect(room, memory="50MB", threads=1)
    held = con.execute("SELECT current_setting('threads'), current_setting('memory_limit')").fetchall()
    assert held == [(1, "47.6 MiB")]
    with pytest.raises(duckdb.OutOfMemoryException):
        con.execute("SELECT list(range) FROM range(20000000)")
    con.close()


# The package's own SQL.


def test_a_value_that_looks_like_a_place_is_not_filled_again() -> None:
    text = sql_text("seen", region="':as_of", as_of="2025-07-01")
    assert "home_region = ''':as_of'" in text
    assert "month < '2025-07-01'" in text


def test_a_place_without_a_value_is_no_sql() -> None:
    with pytest.raises(KeyError, match="as_of"):
        sql_text("seen", region="North")
