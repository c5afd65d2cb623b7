"""The benchmark counts what it says it counts; what it finds is not tested, for that depends on the machine."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import duckdb
import nbformat
import pytest

from kamreport.book.opening import open_book
from kamreport.book.reducing import SHAPES
from kamreport.book.store import load_store
from kamreport.settings import load_settings
from tools.bench import inside
from tools.bench.__main__ import DOCUMENT, MARK, record
from tools.bench.processes import BenchError, Cost, Sample, Watch
from tools.bench.results import Table, page
from tools.bench.workspaces import (
    CROWDED,
    KAMREPORT,
    PERIOD,
    SMALL,
    crowded_workspace,
    invoices_workspace,
    large_workspace,
    section_regions,
    section_workspace,
)

ROOT = Path(__file__).parent.parent
BURN = "import time\nwhile time.process_time() < 0.4: pass"
# Starts a process of a session of its own and ends before it.
LEAVE = "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', sys.argv[1]], start_new_session=True)"
RUN = """
import sys
from pathlib import Path
from tools.bench import processes
try:
    processes._ORPHAN_SECONDS = float(sys.argv[1])
    print(processes.run([sys.executable, "-c", *sys.argv[2:]], folder=Path()).cpu)
except processes.BenchError as error:
    print(error)
for left in processes.psutil.Process().children():
    left.kill()
"""
WATCH = """
import sys, threading, time
from pathlib import Path
from tools.bench.processes import Watch, run
def tell():
    while watch.peak("pss") < 100e6:
        time.sleep(0.05)
    Path(sys.argv[-1]).touch()
with Watch(every=0.05) as watch:
    threading.Thread(target=tell, daemon=True).start()
    run([sys.executable, "-c", *sys.argv[1:]], folder=Path())
print(watch.peak("pss"), watch.peak("rss"), watch.peak("own_rss"))
"""
# Starts the same process twice and waits for both.
TWICE = """
import subprocess, sys
for started in [subprocess.Popen([sys.executable, "-c", *sys.argv[1:]]) for _ in range(2)]:
    started.wait()
"""
HOLD = """
import sys, time
from pathlib import Path
held = bytearray(50_000_000)
held[::4096] = b"1" * len(held[::4096])
while not Path(sys.argv[1]).exists():
    time.sleep(0.05)
"""
SHELL = """
import json, sys
from pathlib import Path
from tools.bench.inside import run_in_shell
made = [run_in_shell(Path(sys.argv[1]), {"region": region}) for region in ("North", "South")]
print(json.dumps([[cell.outputs for cell in node.cells] for node in made]))
"""


def _apart(code: str, *words: str) -> str:
    """Run code in a process of its own: the benchmark waits for every child that its process has."""
    command = [sys.executable, "-c", code, *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120).stdout.strip()


def test_a_cost_holds_the_processor_time_of_a_process_that_outlives_the_command() -> None:
    assert float(_apart(RUN, "60", LEAVE, BURN)) >= 0.4


def test_a_command_that_leaves_something_running_is_no_measurement() -> None:
    said = _apart(RUN, "1", LEAVE, "import time\ntime.sleep(300)")
    assert said.startswith("still running 1.0 s after the command: python")


def test_a_command_that_fails_is_named_with_the_last_line_that_it_said() -> None:
    assert _apart(RUN, "60", "raise SystemExit('read the data\\nno book here')").endswith(" ended with 1: no book here")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_that_of_all_processes_and_the_first_ones_own(tmp_path: Path) -> None:
    shared, resident, own = (int(size) for size in _apart(WATCH, TWICE, HOLD, str(tmp_path / "seen")).split())
    assert 100e6 < shared < resident
    assert own < 50e6


def test_a_slope_is_of_one_report_and_leaves_start_and_end_out() -> None:
    watch = Watch()
    # 190 reports in 19 seconds: ten files more a second, after a start and before an end that are otherwise.
    held = [*range(0, 1800, 300), *(100 + 10 * second for second in range(6, 18)), 0, 0]
    watch.samples = [Sample(1000.0 + second, 0, 0, 0, files, 7) for second, files in enumerate(held)]
    assert watch.slope("own_files", count=190) == pytest.approx(1.0)
    assert watch.slope("own_threads", count=190) == 0
    assert watch.peak("own_files") == 1500


def test_a_run_that_was_hardly_seen_has_no_slope() -> None:
    watch = Watch()
    watch.samples = [Sample(1000.0, 0, 0, 0, 0, 0)] * 9
    with pytest.raises(BenchError, match="the run was seen 9 times only; print more reports"):
        watch.slope("own_files", count=1)


def test_steps_within_one_another_count_for_themselves_alone() -> None:
    ticks = iter(Cost(float(second), 2.0 * second) for second in range(12))
    watch = inside.Stopwatch(lambda: next(ticks))
    for _ in range(2):
        with watch.step("print"):  # asks at 0 and 5
            watch.timed("check", lambda: None)()  # at 1 and 2
            watch.timed("check", lambda: None)()  # at 3 and 4
    assert watch.costs == {"check": Cost(4.0, 8.0), "print": Cost(6.0, 12.0)}


def test_every_step_of_printing_is_a_function_of_the_press() -> None:
    for module, function in inside.STEPS.values():
        assert callable(getattr(module, function))


def test_results_are_markdown_and_take_the_place_of_those_before(tmp_path: Path) -> None:
    table = Table("Start-up", ("command", "wall s"), [["help", "0.12"], ["status", "0.40"]], ["Median.", "Of five."])
    results = page("2025-06-30", ["two cores"], [table])
    assert results == (
        "Measured on 2025-06-30.\n\n- two cores\n\n### Start-up\n\n"
        "| command | wall s |\n| --- | --: |\n| help | 0.12 |\n| status | 0.40 |\n\nMedian. Of five.\n"
    )
    document = tmp_path / "benchmark.md"
    document.write_text(f"# How to read\n\n{MARK}\nold figures\n", "utf-8")
    record(document, results)
    assert document.read_text("utf-8") == f"# How to read\n\n{MARK}\n{results}"


def test_the_document_has_one_place_for_results() -> None:
    assert DOCUMENT.read_text("utf-8").count(MARK) == 1


def test_a_large_book_grows_by_the_other_regions_alone(tmp_path: Path) -> None:
    own = f"SELECT count(*), count(DISTINCT account_id), sum(revenue), max(date) FROM '{{}}' WHERE region = '{SMALL}'"
    found = []
    for others in (1_000, 30_000):
        file = large_workspace(tmp_path, others) / "transactions.parquet"
        found += duckdb.sql(own.format(file)).fetchall()
        assert duckdb.sql(f"SELECT count(*) FROM '{file}'").fetchall() == [(20_000 + others,)]
    assert found[0] == found[1]
    assert found[0][:2] == (20_000, 100)


def test_every_copy_of_an_account_has_all_that_is_known_of_the_account(tmp_path: Path) -> None:
    root = crowded_workspace(tmp_path, 100)
    accounts = duckdb.sql(f"SELECT account_id, parent_id, region FROM '{root / 'accounts.parquet'}'").df()
    here = accounts[accounts["region"] == CROWDED]
    assert here["account_id"].nunique() >= 100
    assert set(accounts["parent_id"]) - {""} <= set(accounts["account_id"])  # no owner of what had none
    for name, whose in (("transactions", "account_id"), ("opportunities", "account_id"), ("steps", "object_id")):
        copies = duckdb.sql(
            f"SELECT count(*) FROM '{root / name}.parquet' WHERE contains({whose}, '.') "
            f"GROUP BY string_split({whose}, '.')[2]"
        ).fetchall()
        assert len(copies) == 2
        assert copies[0] == copies[1] > (50,)


def test_a_chapter_is_measured_cell_by_cell_with_its_book_read_and_again(tmp_path: Path) -> None:
    cells = [
        nbformat.v4.new_code_cell('region: str = "all"\nperiod: str = "latest"', metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("import kamreport as kam\nbook = kam.open_book(region, period)"),
        nbformat.v4.new_code_cell(f"seen = open({str(tmp_path / 'seen')!r}, 'a')\nseen.write(f'{{id(book)}} ')"),
        nbformat.v4.new_code_cell("seen.close()\nsums = kam.monthly_totals(book.ledger, book.window)"),
    ]
    root = section_workspace(tmp_path, 2)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), root / "notebooks" / "sums.ipynb")
    asked = {"chapter": "sums", "regions": ["R0", "R1"], "period": PERIOD}
    subprocess.run(
        [sys.executable, "-m", "tools.bench.inside", "chapter", str(tmp_path / "told.json")],
        cwd=ROOT, env={**os.environ, "KAMREPORT_WORKSPACE": str(root)}, input=json.dumps(asked), text=True, check=True,
    )  # fmt: skip
    passes = json.loads((tmp_path / "told.json").read_text("utf-8"))["passes"]
    assert [[name.split(" ")[1] for name in one] for one in passes] == [["", "", "open_book", "", "monthly_totals"]] * 4
    books = (tmp_path / "seen").read_text("utf-8").split()
    assert books[0] == books[1] != books[2] == books[3]


def test_the_bare_engine_and_the_load_make_the_same_shapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = invoices_workspace(tmp_path, 5_000)
    monkeypatch.setenv("KAMREPORT_WORKSPACE", str(root))
    assert inside.bare("DECIMAL(18,4)")["memory"] > 10e6
    load = load_store(load_settings(root))
    assert sum(load.records.values()) == 5_000
    for shape in SHAPES:
        bare, ours = f"FROM '{root / 'bare' / shape}.parquet'", f"FROM '{load.folder / shape}/*.parquet'"
        rows, lacking, more = duckdb.sql(
            f"SELECT (SELECT count(*) {bare}), (SELECT count(*) FROM ({bare} EXCEPT ALL {ours})), "
            f"(SELECT count(*) FROM ({ours} EXCEPT ALL {bare}))"
        ).fetchall()[0]
        # No line of these names a channel.
        assert (rows > 0, lacking, more) == (shape != "channel_ledger", 0, 0)


def test_opening_a_region_reads_its_own_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = large_workspace(tmp_path, 1_000, others=30)
    monkeypatch.setenv("KAMREPORT_WORKSPACE", str(root))
    told = inside.open_region({"region": SMALL, "period": PERIOD})
    # 100 accounts with about five lines a month in three years: a row of the ledger for nearly every month.
    assert 3_000 < told["lines"] <= 100 * 36
    assert told["steps"]["open"]["wall"] > 0


def test_a_section_workspace_has_a_book_for_each_of_its_regions(tmp_path: Path) -> None:
    root = section_workspace(tmp_path, 3)
    whole = open_book("all", "2025-06", settings=load_settings(root))
    assert sorted(whole.regions) == section_regions(3)
    assert whole.ledger["region"].nunique() == 3


def test_the_floor_runs_cells_as_a_kernel_does(tmp_path: Path) -> None:
    cells = [
        nbformat.v4.new_code_cell('region: str = "all"', metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("assert 'shown' not in globals()\nfrom IPython.display import display"),
        nbformat.v4.new_code_cell(
            "shown = {'text/html': region, 'application/x+json': {'n': [1, None]}}\ndisplay(shown, raw=True)"
        ),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "one.ipynb")
    north, south = json.loads(_apart(SHELL, str(tmp_path / "one.ipynb")))
    # Papermill puts the values in a cell of their own behind the parameters.
    assert [len(outputs) for outputs in north] == [0, 0, 0, 1]
    assert north[3][0]["output_type"] == "display_data"
    assert north[3][0]["data"] == {"text/html": "North", "application/x+json": {"n": [1, None]}}
    assert south[3][0]["data"]["text/html"] == "South"


@pytest.mark.slow
def test_floor_and_press_print_the_same_page(tmp_path: Path) -> None:
    root = section_workspace(tmp_path, 2)
    asked = {"region": "R1", "period": "2025-06", "language": "zh"}
    options = [word for name, value in asked.items() for word in (f"--{name}", value)]
    subprocess.run([*KAMREPORT, "run", *options], cwd=root, check=True, capture_output=True)
    subprocess.run(
        [sys.executable, "-m", "tools.bench.inside", "floor", str(tmp_path / "told.json")],
        cwd=ROOT, env={**os.environ, "KAMREPORT_WORKSPACE": str(root)}, input=json.dumps([asked]), text=True,
        check=True,
    )  # fmt: skip
    printed = (root / "output" / "2025-06" / "R1" / "section.zh.html").read_bytes()
    told = json.loads((tmp_path / "told.json").read_text("utf-8"))
    assert told["pages"] == {"2025-06/R1/section.zh.html": sha256(printed).hexdigest()}
    assert set(told["steps"]) > set(inside.STEPS)
