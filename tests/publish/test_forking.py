"""Forked kernels: many at once, none sees anything of another, and each is as good as one that was started anew."""

import ast
import gc
import json
import os
import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from difflib import unified_diff
from pathlib import Path
from typing import Any

import psutil
import pytest
from nbconvert.preprocessors import CoalesceStreamsPreprocessor
from nbformat import NotebookNode

from kamreport.publish import processes
from kamreport.publish.engine import run_chapter
from kamreport.publish.processes import Processes
from tests.publish import warm_ups
from tests.publish.conftest import as_in_a_run
from tests.publish.desk import write_notebook

WARM_UP = "kamreport.cli.warming:warm_up"
REPOSITORY = Path(__file__).parents[2]
VALUES = {"region": "North", "period": "2025-06", "language": "en"}


def outputs(notebook: NotebookNode) -> list[list[NotebookNode]]:
    """What each code cell after the parameters has shown, a stream in one piece however it was sent."""
    whole, _ = CoalesceStreamsPreprocessor().preprocess(notebook, {})
    return [cell.outputs for cell in whole.cells if cell.cell_type == "code"][2:]


def said(notebook: NotebookNode) -> str:
    """What the cells have printed; anything else fails the test."""
    shown = [output for cell in outputs(notebook) for output in cell]
    assert [output.get("name") for output in shown] == ["stdout"] * len(shown), shown
    return "".join(output.text for output in shown)


def run(started: Processes, notebook: Path, region: str = "North") -> NotebookNode:
    return run_chapter(notebook, {**VALUES, "region": region}, started, region).notebook


# Many at once

LISTS_ITSELF = """
import os, pathlib, psutil
listening = [one.laddr.ip for one in psutil.Process().net_connections("inet") if one.status == "LISTEN"]
history = [file.name for file in pathlib.Path(os.environ["IPYTHONDIR"]).rglob("*hist*")]
print(repr((region, listening, history)))
"""


def threads_of(process: psutil.Process) -> int:
    """Its threads, without those that the engine's allocator keeps for itself."""
    names = []
    for task in Path(f"/proc/{process.pid}/task").iterdir():
        with suppress(OSError):  # it has just ended
            names.append((task / "comm").read_text("utf-8").strip())
    return sum(name != "jemalloc_bg_thd" for name in names)


def census(template: psutil.Process, expected: dict[str, Any]) -> dict[str, Any]:
    """What the press and its template hold as soon as it is what is expected, or after five seconds.

    What has ended is there for a moment longer: a child until it is reaped, a thread beyond its join.
    """
    until = time.monotonic() + 5
    while (held := _holdings(template)) != expected and time.monotonic() < until:
        time.sleep(0.01)
    return held


def _holdings(template: psutil.Process) -> dict[str, Any]:
    press = psutil.Process()
    return {
        "files of the press": press.num_fds(),
        "threads of the press": threads_of(press),
        "files of the template": template.num_fds(),
        "threads of the template": template.num_threads(),
        "below the template": [one.pid for one in template.children(recursive=True)],
        "below the press": Counter(one.status() == psutil.STATUS_ZOMBIE for one in press.children()),
    }


@pytest.mark.slow
def test_two_hundred_kernels_on_eight_threads_never_clash(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Ports that were taken meanwhile fail one kernel in twenty elsewhere, and history files lock one another out."""
    notebook = write_notebook(tmp_path / "one.ipynb", LISTS_ITSELF)
    others = {one.pid for one in psutil.Process().children()}
    remarks: list[str] = []
    expected: dict[str, Any] = {}
    with Processes({}, warm_up=WARM_UP, remark=remarks.append) as started:
        run(started, notebook)
        (template,) = (one for one in psutil.Process().children() if one.pid not in others)
        for turn in range(5):
            regions = [f"{turn}-{number}" for number in range(40)]
            with ThreadPoolExecutor(8) as threads:
                done = list(threads.map(lambda region: run(started, notebook, region), regions))
            for region, one in zip(regions, done, strict=True):
                of, listening, history = ast.literal_eval(said(one))
                # ipykernel's pipe for what child processes print takes a free port by itself; no other port is used.
                assert (of, history) == (region, [])
                assert listening in ([], ["127.0.0.1"])
            # The first turn has loaded what kernels load at all; no later one may leave anything more.
            held = census(template, expected)
            expected = expected or held
            assert held == expected
    assert expected["below the template"] == []
    assert remarks == []
    assert capfd.readouterr().err == ""


@pytest.mark.slow
@pytest.mark.parametrize("warm_up", [warm_ups.LITTLE, ""])
def test_what_child_processes_print_stays_in_the_notebook(
    warm_up: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kernels pass it on to whoever has started them: it would end in a terminal, or in the mail of a scheduler."""
    monkeypatch.setitem(processes._OWN, "PYTHONPATH", str(REPOSITORY))
    notebook = write_notebook(tmp_path / "one.ipynb", "import os\nos.system('echo ACME; echo Corp >&2')")
    with as_in_a_run({}, warm_up=warm_up) as started:
        (shown,) = outputs(run(started, notebook))
    assert {"stdout": "ACME\n", "stderr": "Corp\n"}.items() <= {
        one.get("name"): one.get("text") for one in shown
    }.items()
    assert tuple(capfd.readouterr()) == ("", "")


@pytest.mark.slow
def test_garbage_is_collected_in_a_kernel_and_not_in_a_printer(forks: Processes, tmp_path: Path) -> None:
    """A printer ends with its answer; what a notebook does may take all the memory there is."""
    notebook = write_notebook(tmp_path / "one.ipynb", "import gc\nprint(gc.isenabled())")
    assert said(run(forks, notebook)).strip() == "True"
    assert forks.call("North", gc.isenabled) is False


# Nothing of another

POLLUTES = """
import os, random, sys, types, warnings
import duckdb, matplotlib, numpy, pandas
CANARY = "ACME Corp 12345"
pandas.options.display.max_rows = 12345
pandas.ACME = CANARY
matplotlib.rcParams["lines.linewidth"] = 12345
os.environ["ACME"] = CANARY
sys.modules["ACME"] = types.ModuleType("ACME")
sys.path.append("/ACME")
warnings.filterwarnings("ignore", message="ACME")
random.seed(12345)
numpy.random.seed(12345)
numpy.seterr(all="raise")
duckdb.sql("CREATE TABLE acme AS SELECT 12345 AS n")
held = open("acme.txt", "w")
before = os.umask(0)
"""
LOOKS_FOR_IT = """
import builtins, os, random, sys, warnings
import duckdb, matplotlib, numpy, pandas
_seen = {
    "a global": "CANARY" in globals(),
    "an option of pandas": pandas.options.display.max_rows == 12345,
    "an attribute of pandas": hasattr(pandas, "ACME"),
    "a parameter of matplotlib": matplotlib.rcParams["lines.linewidth"] == 12345,
    "a variable of the environment": "ACME" in os.environ,
    "a module": "ACME" in sys.modules,
    "a folder of the path": "/ACME" in sys.path,
    "a filter of warnings": "ACME" in str(warnings.filters),
    "random": random.Random(12345).random() == random.random(),
    "random of numpy": numpy.random.RandomState(12345).rand() == numpy.random.rand(),
    "errors of numpy": numpy.geterr()["divide"] == "raise",
    "a table of DuckDB": "acme" in str(duckdb.sql("SHOW TABLES").fetchall()),
    "a file in the current folder": "acme.txt" in os.listdir("."),
    "an open file": "acme" in str([os.path.realpath(f"/proc/self/fd/{one}") for one in os.listdir("/proc/self/fd")]),
    "umask": os.umask(0o77) == 0,
}
print([what for what, there in _seen.items() if there])
"""
WAITS = """
import pathlib, time
pathlib.Path({here!r}).touch()
while not pathlib.Path({go!r}).exists():
    time.sleep(0.02)
"""


@pytest.fixture
def beside(forks: Processes, tmp_path: Path) -> Any:
    """A kernel of another region that has left its mark wherever it could, and is still at work."""
    here, go = tmp_path / "here", tmp_path / "go"
    waits = WAITS.format(here=str(here), go=str(go))
    notebook = write_notebook(tmp_path / "beside.ipynb", POLLUTES, LOOKS_FOR_IT, waits)
    with ThreadPoolExecutor(1) as threads:
        other = threads.submit(run, forks, notebook, "South")
        while not here.exists():
            assert not other.done(), other.result()
            time.sleep(0.02)
        yield
        go.touch()
        # Its marks are found where it has left them.
        assert len(ast.literal_eval(said(other.result()))) == 15


@pytest.mark.slow
@pytest.mark.usefixtures("beside")
def test_a_kernel_sees_nothing_of_the_kernel_beside_it_or_before_it(forks: Processes, tmp_path: Path) -> None:
    before = write_notebook(tmp_path / "before.ipynb", POLLUTES)
    run(forks, before, "South")
    assert said(run(forks, write_notebook(tmp_path / "one.ipynb", LOOKS_FOR_IT))) == "[]\n"


@pytest.mark.slow
def test_a_fresh_kernel_knows_no_more_names_than_one_that_was_started_anew(forks: Processes, tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "one.ipynb", "print(sorted(globals()))")
    with Processes({}) as anew:
        assert said(run(forks, notebook)) == said(run(anew, notebook))


@pytest.mark.slow
@pytest.mark.usefixtures("beside")
def test_a_child_holds_no_file_of_the_template_or_of_another_child(forks: Processes) -> None:
    """Its three standard ones, the pipe for its answer, and the folder that it lists; not the connection beside it."""
    assert len(forks.call("a report", os.listdir, "/proc/self/fd")) == 5


RANDOM = """
import random, secrets, tempfile, uuid
import duckdb, numpy, pandas
print(repr([
    random.random(), float(numpy.random.rand()), float(numpy.random.default_rng().random()), secrets.token_hex(),
    uuid.uuid4().hex, duckdb.sql("SELECT random()").fetchall()[0], next(tempfile._get_candidate_names()),
    pandas.Series(range(10**6)).sample(2).tolist(),
]))
"""


@pytest.mark.slow
def test_random_numbers_differ_from_kernel_to_kernel(forks: Processes, tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "one.ipynb", RANDOM)
    drawn = [ast.literal_eval(said(run(forks, notebook))) for _ in range(3)]
    for kind in zip(*drawn, strict=True):
        assert len(set(map(str, kind))) == 3, kind


# As good as one that was started anew

SNIPPETS = {
    # First, for in the kernel that is started anew the others follow.
    "surroundings": (
        "import locale, os, resource, sys, threading\n"
        "print(sys.flags, *sys.path, locale.setlocale(locale.LC_ALL), resource.getrlimit(resource.RLIMIT_NOFILE),\n"
        "    os.getpgid(0) == os.getpid(), threading.current_thread() is threading.main_thread(), \n"
        "    *sorted({*os.environ} - {'JPY_PARENT_PID', 'PYDEVD_USE_FRAME_EVAL'}),\n"
        "    sep='\\n')"
    ),
    "settings of the libraries": (
        "import contextlib, decimal, io, re\nimport matplotlib, pandas as pd, seaborn\n"
        "print(*matplotlib.rcParams.items(), matplotlib.get_backend(), decimal.getcontext(), sep='\\n')\n"
        "with contextlib.redirect_stdout(io.StringIO()) as told:\n    pd.describe_option()\n"
        "print(*re.findall('^([a-z._]+) |currently: (.*)]', told.getvalue().lower(), re.MULTILINE), sep='\\n')"
    ),
    "a plot": "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    "two plots": "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\nplt.figure()\nplt.bar([1], [2]);",
    "%matplotlib": "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.scatter([1, 2], [3, 4])\nplt.show()",
    "seaborn": "import seaborn\nseaborn.histplot([1, 2, 2]);",
    "pandas plots": "import pandas as pd\npd.Series([1, 2]).plot.bar();",
    "a frame displayed": "import pandas as pd\ndisplay(pd.DataFrame({'a': [1, 2]}))",
    "a frame as value": "import pandas as pd\npd.DataFrame({'a': [1, 2]})",
    "a wide frame": "import pandas as pd\npd.DataFrame([range(40)])",
    "html": "from IPython.display import HTML, Markdown\ndisplay(HTML('<b>x</b>'), Markdown('**x**'))",
    "%timeit": "timed = %timeit -q -o -n 2 -r 3 pass\nprint(timed.loops, timed.repeat)",
    "!": "!echo shell",
    "%%bash": "%%bash\necho bash",
    "subprocess": "import subprocess\nprint(subprocess.run(['echo', 'x'], capture_output=True, text=True).stdout)",
    "a child": "import subprocess\nprint(subprocess.run(['true']).returncode)",
    "os.system": "import os\nprint(os.system('exit 3') >> 8)",
    "Pool": "from multiprocessing import Pool\nwith Pool(2) as pool:\n    print(pool.map(abs, [-1, -2]))",
    "spawned Pool": (
        "from multiprocessing import get_context\n"
        "with get_context('spawn').Pool(1) as pool:\n    print(pool.map(abs, [-1, -2]))"
    ),
    "ProcessPoolExecutor": (
        "from concurrent.futures import ProcessPoolExecutor\n"
        "with ProcessPoolExecutor(2) as pool:\n    print(list(pool.map(abs, [-1, -2])))"
    ),
    "threads": (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(8) as pool:\n    print(sum(pool.map(abs, range(-100, 0))))"
    ),
    "await": "import asyncio\nprint(await asyncio.gather(asyncio.sleep(0, 1), asyncio.to_thread(abs, -2)))",
    "await a child": (
        "import asyncio\nchild = await asyncio.create_subprocess_exec('echo', 'x', stdout=asyncio.subprocess.PIPE)\n"
        "print((await child.communicate())[0], child.returncode)"
    ),
    "duckdb": (
        "import duckdb\nwith duckdb.connect(config={'threads': 4}) as con:\n"
        "    print(con.execute('SELECT sum(i), count(DISTINCT i % 7) FROM range(1000000) t(i)').fetchall())"
    ),
    "duckdb's own connection": (
        "import duckdb, pandas as pd\nframe = pd.DataFrame({'a': range(10)})\n"
        "print(duckdb.sql('SELECT sum(a) FROM frame').fetchall())"
    ),
    "pyarrow": (
        "import pyarrow as pa, pyarrow.compute as pc, pyarrow.parquet as pq\n"
        "table = pa.table({'a': range(200000), 'b': ['x'] * 200000})\n"
        "pq.write_table(table, 'a.parquet', row_group_size=1000)\n"
        "print(pc.sum(pq.read_table('a.parquet', use_threads=True)['a']))"
    ),
    "numpy": "import numpy as np\nprint(np.linalg.svd(np.ones((300, 300)))[1][0].round(6), np.geterr())",
    "standard error": "import sys, warnings\nprint('x', file=sys.stderr)\nwarnings.warn('beware', stacklevel=1)",
    "logging": "import logging\nlogging.getLogger('mine').warning('beware')\nprint(logging.root.handlers)",
    "a class of the notebook": "import pickle\nclass A: ...\nprint(pickle.loads(pickle.dumps(A())), __name__)",
    "an empty input": "import sys\nprint(repr(sys.stdin.readline()))",
    "signals": (
        "import signal\nprint([signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, "
        "signal.SIGPIPE)], signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    ),
}


def lines(shown: list[NotebookNode]) -> list[str]:
    """Outputs line by line, without what differs from kernel to kernel: counts, addresses, the bytes of pictures."""
    plain = []
    for output in shown:
        one = {name: value for name, value in output.items() if name != "execution_count"}
        if "image/png" in one.get("data", {}):
            one["data"] = {**one["data"], "image/png": "a picture"}
        plain += json.dumps(one, indent=1).replace("\\n", "\n").splitlines()
    return [re.sub(r"0x[0-9a-f]+|ipykernel_\d+/\d+", "...", line) for line in plain]


@pytest.fixture(scope="module")
def anew(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What the snippets show in a kernel that was started anew."""
    notebook = write_notebook(tmp_path_factory.mktemp("anew") / "one.ipynb", *SNIPPETS.values())
    with as_in_a_run({}) as started:
        done = outputs(run(started, notebook))
    return {what: lines(shown) for what, shown in zip(SNIPPETS, done, strict=True)}


@pytest.mark.slow
@pytest.mark.parametrize("what", SNIPPETS)
def test_a_cell_shows_what_it_shows_in_a_kernel_that_was_started_anew(
    what: str, anew: dict[str, list[str]], forks: Processes, tmp_path: Path
) -> None:
    (shown,) = outputs(run(forks, write_notebook(tmp_path / "one.ipynb", SNIPPETS[what])))
    differs = list(unified_diff(anew[what], lines(shown), "anew", "forked", lineterm="", n=0))
    assert not differs, "\n".join(differs)
    assert shown


@pytest.mark.slow
def test_a_plot_is_a_picture(anew: dict[str, list[str]]) -> None:
    """Both kinds of kernels agreeing on nothing would be no proof."""
    for what, pictures in {"a plot": 1, "two plots": 2, "%matplotlib": 1, "seaborn": 1, "pandas plots": 1}.items():
        assert sum('"image/png": "a picture"' in line for line in anew[what]) == pictures
