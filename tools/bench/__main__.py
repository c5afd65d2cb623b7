"""Measure, print the tables, keep them: ``make bench``, or ``python -m tools.bench --help``."""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from tools.bench.chapter import measure_chapter
from tools.bench.growth import measure_rows, measure_sections
from tools.bench.loads import measure_loads
from tools.bench.processes import BenchError
from tools.bench.results import Table, describe_machine, page
from tools.bench.ways import measure_ways

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = ROOT / "docs" / "benchmark.md"
# What stands below it in the document is the last recorded measurement.
MARK = "<!-- measured -->\n"

PARTS: dict[str, Callable[..., list[Table]]] = {
    "ways": measure_ways,
    "sections": measure_sections,
    "rows": measure_rows,
    "load": measure_loads,
    "chapter": measure_chapter,
}


def main() -> int:
    """Measure the parts asked for; the status is 1 if one of them fails."""
    asked = _arguments()
    started, load = datetime.now().astimezone(), os.getloadavg()
    tables: list[Table] = []
    try:
        with tempfile.TemporaryDirectory(prefix="kam-bench-") as made:
            folder = Path(made)
            folder.chmod(0o711)  # where we are root, a browser reads its pages as nobody
            for part in asked.only or PARTS:
                print(f"measuring {part} ...", file=sys.stderr)
                tables += PARTS[part](folder, quick=asked.quick)
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    results = page(f"{started:%Y-%m-%d}", describe_machine(load), tables)
    print(results)
    file = ROOT / "bench" / f"{started:%Y-%m-%d-%H%M}.md"
    file.parent.mkdir(exist_ok=True)
    file.write_text(results, "utf-8")
    print(file)
    if asked.record:
        record(DOCUMENT, results)
    return 0


def record(document: Path, results: str) -> None:
    """Put results into the documentation in place of those that stand there."""
    text, mark, _ = document.read_text("utf-8").partition(MARK)
    document.write_text(f"{text}{mark}\n{results}", "utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools.bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(PARTS), help="Repeat for several. Default: all.")
    parser.add_argument("--quick", action="store_true", help="A few reports of each, to see that it works.")
    parser.add_argument("--record", action="store_true", help="Also put the results into docs/benchmark.md.")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
