"""Write the demo book's files: ``python -m kamreport.book.demo FOLDER``."""

import sys
from pathlib import Path

from kamreport.book.demo import write_demo

write_demo(Path(sys.argv[1]))
