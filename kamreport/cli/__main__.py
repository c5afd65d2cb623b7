"""``python -m kamreport.cli``: the command line where no script is on the path."""

from kamreport.cli import main

main(prog_name="kamreport")
