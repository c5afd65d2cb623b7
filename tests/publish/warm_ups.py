"""What templates of the tests are warmed up with: little, and what may go wrong."""

import threading
import time
from importlib import import_module

from kamreport.errors import PrintError

LITTLE = f"{__name__}:little"


def little() -> None:
    """Import what kernels need, and the printer that stands in: ready sooner than what a report is made with."""
    for name in ("ipykernel.debugger", "ipykernel.ipkernel", "ipykernel.kernelapp", "tests.publish.desk"):
        import_module(name)


def leaves_a_thread() -> None:
    little()
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()


def finds_a_fault() -> None:
    raise PrintError("no typeface draws 2025年6月; install one for Chinese")


def breaks() -> None:
    raise ValueError("ACME Corp 12345")
