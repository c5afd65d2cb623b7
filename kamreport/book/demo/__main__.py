"""Write the demo book's files: ``python -m kamreport.book.demo FOLDER``."""

import sys
from pathlib import Path

from kamreport.book.demo import write_demo

folder = Path(sys.argv[1])
# What was written last says that the files are the demo's; an analyst's own of the same names must not be lost.
if folder.is_dir() and any(folder.iterdir()) and not (folder / "planted.json").is_file():
    sys.exit(f"error: {folder} holds files that are not the demo's; print them with kamreport run, or move them away")
write_demo(folder)
