"""The store: built once per load, never half, exact."""

import json
import multiprocessing
import os
import re
import signal
import time
from collections.abc import Callable
from datetime import date, datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from kamreport.book import checking, loading, reducing, store
from kamreport.book.contract import TABLES
from kamreport.book.opening import open_book
from kamreport.book.quality import left_out_rows_sql, quality_sql
from kamreport.book.reading import read_frame
from kamreport.book.store import Load, forget_loads, load_store, old_loads, read_load
from kamreport.errors import DataError
from kamreport.results import each
from kamreport.settings import Settings, load_settings

Workspace = Callable[..., Settings]

TOML = '[tables.transactions]\npath = "t.csv"\n[tables.accounts]\npath = "a.csv"\n'
LINES = (
    "date,account_id,revenue,region\n2025-06-02,a,1.10,N\n2025-06-03,b,2.20,S\n2025-06-04,c,x,S\n2025-06-30,a,4.40,\n"
)
ACCOUNTS = "account_id,name\na,Anna\nb,Bob\nb,Bob\n"
FILES = {"t.csv": LINES, "a.csv": ACCOUNTS}


def made(load: Load) -> float:
    return (load.folder / "load.json").stat().st_mtime_ns


def folders(settings: Settings) -> list[str]:
    return sorted(one.name for one in settings.store.iterdir() if one.is_dir())


def test_a_load_tells_what_went_in_and_what_became_of_it(workspace: Workspace) -> None:
    load = load_store(workspace(TOML, FILES), today=date(2025, 7, 9))
    assert (load.up_to, load.declared, load.loaded_on) == (date(2025, 6, 30), False, date(2025, 7, 9))
    assert load.regions == ("(unassigned)", "N", "S")
    assert load.records == {"transactions": 4, "accounts": 3}
    assert load.months == {date(2025, 6, 1): date(2025, 6, 30)}
    first, always = date(2025, 6, 2), date.min
    assert load.mapped == {
        "transactions": dict.fromkeys(["date", "account_id", "revenue", "kind", "region"], first),
        "accounts": dict.fromkeys(["account_id", "name", "type", "status"], always),
    }
    assert load.filled(first)["transactions"] == set()
    assert load.filled(date(2025, 6, 3))["transactions"] == {"date", "account_id", "revenue", "kind", "region"}
    # 1.10 + 2.20 + 4.40 = 7.70; what stands in line 4 is no number.
    assert load.money == {"used": "7.7000", "excluded": "0.0000", "rejected": "0.0000"}
    sizes = {one["file"]: one["bytes"] for one in load.inputs}
    assert sizes == {"t.csv": len(LINES), "a.csv": len(ACCOUNTS)}
    assert read_load(load.folder) == load
    assert load.key == load.folder.name


def test_a_column_is_filled_from_the_day_of_the_first_row_that_fills_it(workspace: Workspace) -> None:
    lines = "date,account_id,revenue,channel\n2025-06-02,a,1,\n2025-06-05,a,1,shop\n2025-06-07,a,1,\n"
    mapped = load_store(workspace(TOML, FILES | {"t.csv": lines})).mapped["transactions"]
    assert (mapped["date"], mapped["channel"]) == (date(2025, 6, 2), date(2025, 6, 5))


def test_records_of_a_file_that_only_queries_use_are_counted_and_those_lost_named(workspace: Workspace) -> None:
    toml = '[sources.raw_lines]\npath = "r.csv"\n[tables.transactions]\nsql = "FROM raw_lines WHERE revenue <> \'9\'"\n'
    text = "date,account_id,revenue\n2025-06-02,a,1\n2025-06-02,a\n2025-06-02,a,2,3\n2025-06-02,a\0,4\n2025-06-02,b,9\n"
    settings = workspace(toml, {"r.csv": text})
    load = load_store(settings)
    assert tuple(load.mapped) == ("transactions",)
    # Five records in the file, of which two can be split; one of them is selected.
    sources = read_frame(load.folder, quality_sql(load)["sources"])
    counts = sources[["table_name", "read", "used", "excluded", "rejected"]]
    assert counts.to_numpy().tolist() == [["transactions", 1, 1, 0, 0], ["sources.raw_lines", 5, 2, 0, 3]]
    # What a report can say of the file: three records are lost. How many it had in June cannot be known.
    (told,) = [row for row in each(open_book("all", settings=settings).sources) if row.table_name != "transactions"]
    assert (told.table_name, told.excluded, told.rejected) == ("sources.raw_lines", 0, 3)
    assert told.read is told.used is pd.NA
    frame = read_frame(load.folder, left_out_rows_sql(load))
    lost = frame[["table_name", "file", "line", "reason", "outcome"]].to_numpy().tolist()
    assert lost == [
        ["sources.raw_lines", "r.csv", line, reason, "rejected"]
        for line, reason in ((3, "fields"), (4, "fields"), (5, "nul"))
    ]


def test_a_load_is_reused_while_nothing_has_changed(workspace: Workspace) -> None:
    settings = workspace(TOML, FILES)
    first = load_store(settings)
    stamp = made(first)
    os.utime(settings.root / "t.csv", (1, 1))  # a newer copy with the same bytes is the same input
    second = load_store(load_settings(settings.root))
    assert (second, made(second)) == (first, stamp)
    assert folders(settings) == [first.key]


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "t.csv").write_text(LINES + "2025-06-05,a,8,N\n"),
        lambda root: (root / "a.csv").write_text(ACCOUNTS.replace("Anna", "Anne")),
        lambda root: (root / "kamreport.toml").write_text(TOML + 'constants = { segment = "x" }\n'),
        lambda root: (root / "kamreport.toml").write_text('[company]\ncurrency = "EUR"\n' + TOML),
        lambda root: (root / "kamreport.toml").write_text("[data]\nup_to = 2025-06-30\n" + TOML),
    ],
    ids=["transactions", "accounts", "mapping", "currency", "day of export"],
)
def test_a_load_is_made_anew_when_an_input_changes(workspace: Workspace, change: Callable[[Path], object]) -> None:
    settings = workspace(TOML, FILES)
    first = load_store(settings)
    change(settings.root)
    assert load_store(load_settings(settings.root)).key != first.key
    assert len(folders(settings)) == 2


def test_a_load_is_made_anew_when_the_way_of_reading_changes(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = workspace(TOML, FILES)
    room = tmp_path_factory.mktemp("room")
    (room / "sql").mkdir()
    (room / "demo").mkdir()
    for name in ("store.py", "sql/ledger.sql", "contract.toml", "demo/write.py"):
        (room / name).write_text("1")
    monkeypatch.setattr(store, "__file__", str(room / "store.py"))
    keys = [load_store(settings).key]
    for name in ("store.py", "sql/ledger.sql", "contract.toml"):
        (room / name).write_text("2")
        keys.append(load_store(settings).key)
    assert len(set(keys)) == 4
    (room / "demo/write.py").write_text("2")  # how the demo data are invented changes no reading of data
    assert load_store(settings).key == keys[-1]


def test_rules_and_reports_do_not_make_a_load_anew(workspace: Workspace) -> None:
    settings = workspace(TOML, FILES)
    first = load_store(settings)
    (settings.root / "kamreport.toml").write_text("[rules]\nlost_min_days = 90\n" + TOML)
    assert load_store(load_settings(settings.root)).key == first.key


def test_the_day_of_loading_stays_that_of_the_load(workspace: Workspace) -> None:
    settings = workspace(TOML, FILES)
    load_store(settings, today=date(2025, 7, 1))
    assert load_store(settings, today=date(2025, 8, 1)).loaded_on == date(2025, 7, 1)


def test_money_is_exact_in_the_store(workspace: Workspace) -> None:
    load = load_store(workspace(TOML, FILES))
    con = duckdb.connect()

    def types(file: str) -> dict[str, str]:
        return {name: kind for name, kind, *_ in con.execute(f"DESCRIBE FROM '{load.folder / file}'").fetchall()}

    lines, ledger = types("tables/transactions.parquet"), types("ledger/1.parquet")
    assert {lines[name] for name in ("revenue", "cost", "list_amount", "quantity")} == {"DECIMAL(18,4)"}
    assert (lines["tax_rate"], types("tables/fx_rates.parquet")["rate"]) == ("DECIMAL(9,6)", "DECIMAL(18,6)")
    # A sum of DECIMAL(18,4) has the most digits that there are.
    assert {ledger[name] for name in ("revenue", "sales", "credits", "cost", "quantity")} == {"DECIMAL(38,4)"}
    assert (lines["date"], lines["account_id"], ledger["month"]) == ("DATE", "VARCHAR", "DATE")


def test_every_table_of_the_contract_lies_in_the_store(workspace: Workspace) -> None:
    load = load_store(workspace(TOML, FILES))
    files = {file.stem for file in (load.folder / "tables").iterdir()}
    assert files == TABLES.keys() | {"left_out", "noted", "account_versions"}
    for shape in reducing.SHAPES:
        assert sorted(file.name for file in (load.folder / shape).iterdir()) == ["0.parquet", "1.parquet", "2.parquet"]


def test_the_store_is_for_its_owner_only(workspace: Workspace) -> None:
    load = load_store(workspace(TOML, FILES))
    folders = [load.folder.parent, load.folder, *(one for one in load.folder.rglob("*") if one.is_dir())]
    assert {oct(one.stat().st_mode & 0o777) for one in folders} == {"0o700"}


def test_a_failure_in_the_middle_leaves_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = workspace(TOML, FILES)
    copy = loading.copy_to
    written: list[Path] = []
    opened: list[duckdb.DuckDBPyConnection] = []

    def fails(con: duckdb.DuckDBPyConnection, query: str, file: Path) -> None:
        copy(con, query, file)
        opened.append(con)
        written.append(file)
        if len(written) == 20:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(loading, "copy_to", fails)
    with pytest.raises(OSError, match="No space left on device"):
        load_store(settings)
    assert folders(settings) == []
    with pytest.raises(duckdb.ConnectionException):
        opened[0].execute("SELECT 1")
    monkeypatch.undo()
    assert load_store(settings).money["used"] == "7.7000"


def test_a_source_that_changes_while_it_is_read_is_not_loaded(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The load would bear the name of other content than it holds."""
    settings = workspace(TOML, FILES)

    def checked(*args: Any, **kwargs: Any) -> date:
        (settings.root / "a.csv").write_text(ACCOUNTS + "c,Chris\n")
        return made_tables(*args, **kwargs)

    made_tables = checking.make_tables
    monkeypatch.setattr(checking, "make_tables", checked)
    with pytest.raises(DataError, match="a source has changed while it was read; run again"):
        load_store(settings)
    assert folders(settings) == []
    monkeypatch.undo()
    assert load_store(settings).records["accounts"] == 4


def test_a_fault_of_the_engine_is_one_line_and_leaves_nothing(workspace: Workspace) -> None:
    settings = workspace(TOML.replace('"t.csv"', '"t.csv"\ndate_format = "%Q"', 1), FILES)
    message = "the data cannot be loaded: Invalid Input Error: Failed to parse format specifier %Q: "
    with pytest.raises(DataError, match=f"^{re.escape(message)}[^\n]*$"):
        load_store(settings)
    assert folders(settings) == []


def test_what_a_killed_load_left_is_removed_by_the_next(workspace: Workspace) -> None:
    settings = workspace(TOML, FILES)
    load_store(settings)
    for name in ("building-abc", "building-def"):
        (settings.store / name / "tables").mkdir(parents=True)
        (settings.store / name / "tables" / "x.parquet").write_bytes(b"half")
    load = load_store(settings)  # reused, and tidied all the same
    assert folders(settings) == [load.key]


def _build_and_die(root: Path, started: Barrier) -> None:
    def dies(*args: object) -> None:
        started.wait()
        os.kill(os.getpid(), signal.SIGKILL)

    loading._write_shapes = dies  # type: ignore[assignment]
    load_store(load_settings(root))


def test_a_process_killed_in_the_middle_leaves_no_load_and_no_lock(workspace: Workspace) -> None:
    settings = workspace(TOML, FILES)
    context = multiprocessing.get_context("spawn")
    started = context.Barrier(2)
    child = context.Process(target=_build_and_die, args=(settings.root, started))
    child.start()
    started.wait(timeout=60)
    child.join(timeout=60)
    assert child.exitcode == -signal.SIGKILL
    assert [name.partition("-")[0] for name in folders(settings)] == ["building"]
    load = load_store(settings)
    assert folders(settings) == [load.key]
    assert load.money["used"] == "7.7000"


def _load_at_once(root: Path, together: Barrier, answers: "multiprocessing.Queue[tuple[str, int]]") -> None:
    settings = load_settings(root)
    together.wait()
    load = load_store(settings)
    answers.put((load.key, (load.folder / "load.json").stat().st_mtime_ns))


def test_two_processes_that_load_at_once_make_one_load(workspace: Workspace) -> None:
    settings = workspace(TOML, FILES)
    context = multiprocessing.get_context("spawn")
    together, answers = context.Barrier(2), context.Queue()
    children = [context.Process(target=_load_at_once, args=(settings.root, together, answers)) for _ in range(2)]
    for child in children:
        child.start()
    told = {answers.get(timeout=60) for _ in children}
    for child in children:
        child.join(timeout=60)
    assert [child.exitcode for child in children] == [0, 0]
    assert len(told) == 1  # the same load, made once
    assert folders(settings) == [next(iter(told))[0]]


def test_the_three_loads_used_last_are_kept(workspace: Workspace) -> None:
    settings = workspace(TOML, FILES)

    def load(amount: int) -> str:
        (settings.root / "t.csv").write_text(f"{LINES}2025-06-05,a,{amount},N\n")
        key = load_store(settings).key
        time.sleep(0.02)  # the order of use is that of the folders' times
        return key

    one, two, three = load(1), load(2), load(3)
    assert load(1) == one  # used again: now the last
    four = load(4)
    assert folders(settings) == sorted([three, one, four])
    assert two not in folders(settings)


def test_a_load_that_was_half_forgotten_is_made_again(workspace: Workspace) -> None:
    settings = workspace(TOML, FILES)
    load = load_store(settings)
    (load.folder / "load.json").unlink()  # forgetting begins with this file
    (load.folder / "late.parquet").unlink()
    again = load_store(settings)
    assert again.folder == load.folder
    assert (again.folder / "late.parquet").is_file()


def test_forgetting_begins_with_the_file_that_says_the_load_is_whole(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = workspace(TOML, FILES)
    old = load_store(settings)
    seen: list[bool] = []
    monkeypatch.setattr(store, "_KEEP", 1)
    monkeypatch.setattr(store.shutil, "rmtree", lambda path, **_: seen.append((Path(path) / "load.json").exists()))
    time.sleep(0.02)
    (settings.root / "t.csv").write_text(LINES + "2025-06-05,a,8,N\n")
    load_store(settings)
    assert seen
    assert not any(seen)
    assert not (old.folder / "load.json").exists()


def test_a_load_is_named_by_its_content_alone(workspace: Workspace) -> None:
    load = load_store(workspace(TOML, FILES))
    told = json.loads((load.folder / "load.json").read_text("utf-8"))
    assert re.fullmatch(r"[0-9a-f]{20}", load.key)
    assert told["up_to"] == "2025-06-30"


@pytest.mark.parametrize("name", ["a b", "data [2025]", "st*r", "q?", "quo'te", "报表"])
def test_a_workspace_may_lie_in_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    root = tmp_path / name
    root.mkdir()
    (root / "kamreport.toml").write_text(TOML)
    for file, text in FILES.items():
        (root / file).write_text(text)
    load = load_store(load_settings(root))
    assert (load.folder / "ledger" / "0.parquet").is_file()
    assert load.folder.is_relative_to(root.resolve())


class TestOldLoads:
    DAY = date(2025, 7, 10)

    def used(self, settings: Settings, name: str, day: str) -> None:
        """A load that was last used at noon of a day."""
        folder = settings.store / name
        (folder / "tables").mkdir(parents=True)
        (folder / "load.json").write_text("{}")
        moment = datetime.fromisoformat(f"{day}T12:00:00").astimezone().timestamp()
        os.utime(folder, (moment, moment))

    def test_those_go_that_were_last_used_before_the_day(self, workspace: Workspace) -> None:
        settings = workspace(TOML, FILES)
        for name, day in (("a", "2025-07-09"), ("b", "2025-07-10"), ("c", "2025-07-11")):
            self.used(settings, name, day)
        assert [one.name for one in old_loads(settings.store, self.DAY)] == ["a"]
        assert folders(settings) == ["a", "b", "c"]
        assert [one.name for one in forget_loads(settings.store, self.DAY)] == ["a"]
        assert folders(settings) == ["b", "c"]

    def test_the_one_used_last_stays_however_old_it_is(self, workspace: Workspace) -> None:
        settings = workspace(TOML, FILES)
        for name, day in (("a", "2025-01-01"), ("b", "2025-01-02"), ("building-x", "2025-01-03")):
            self.used(settings, name, day)
        assert [one.name for one in forget_loads(settings.store, self.DAY)] == ["a"]
        assert folders(settings) == ["b", "building-x"]

    def test_without_a_store_there_is_none(self, workspace: Workspace) -> None:
        assert old_loads(workspace(TOML, FILES).store, self.DAY) == []
