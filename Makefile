# make report   prints the demo book's reports
# make test     runs the tests; make fast leaves out the slow ones
# make lab      opens JupyterLab on the workspace; as root: make lab ARGS=--allow-root
# make real     prints the real data sets under examples/
# make bench    measures the press: docs/benchmark.md; ARGS=--quick for a few reports
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready-test
DATASETS ?= $(or $(KAMREPORT_DATASETS),../shared/data)

.PHONY: report test fast lab real bench check messages docs clean

report: $(READY) data/planted.json
	$(BIN)/kamreport run --period latest

test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile

fast: $(READY)
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile -m "not slow"

lab: $(READY) data/planted.json
	$(BIN)/kamreport lab $(ARGS)

real: $(READY)
	cd examples/adventureworks && ADVENTUREWORKS="$(abspath $(DATASETS))/adventureworks_dw" \
		../../$(BIN)/kamreport run --period latest --language en --language zh
	cd examples/online_retail && ONLINE_RETAIL="$(abspath $(DATASETS))/online_retail" \
		../../$(BIN)/kamreport run --period 2011-11 --language en --language zh
	cd examples/online_retail && ONLINE_RETAIL="$(abspath $(DATASETS))/online_retail" \
		../../$(BIN)/kamreport run --period 2011-12 --region all --region "United Kingdom" --language en --language zh

bench: $(READY)
	$(BIN)/python -m tools.bench $(ARGS)

# Sentences of the code into the Chinese catalogue; new ones come in empty and make the tests fail until translated.
messages: $(READY)
	$(BIN)/python tools/messages.py

# The pages of docs/ that are made from the contract and the rules.
docs: $(READY)
	$(BIN)/python tools/pages.py

# Written last, so that it is younger than the code it is made by.
data/planted.json: $(READY) $(wildcard kamreport/book/demo/*.py)
	$(BIN)/python -m kamreport.book.demo data

$(READY): pyproject.toml constraints.txt tools/setup.sh
	tools/setup.sh $(VENV) test

# data/ goes only where the demo was written to it: a workspace of your own keeps its files.
clean:
	if [ -e data/planted.json ]; then rm -rf data; fi
	if [ -d output ]; then find output -mindepth 1 ! -name .gitkeep -delete; fi
	rm -rf $(VENV) .kamreport examples/*/.kamreport examples/*/output .mypy_cache .pytest_cache .ruff_cache .hypothesis
