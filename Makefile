# The two commands of the README are `make demo` and `make test`; `make check` is everything CI runs.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
DEMO := codedark-demo
READY := $(VENV)/.ready

.PHONY: demo test check bench format lock clean

demo: $(READY)
	rm -rf $(DEMO)
	$(BIN)/codedark demo --home $(DEMO)/watch
	@echo
	@echo "A hospital of 60 beds, one day, and ransomware in the afternoon. Nothing and nobody in it is real."
	$(BIN)/codedark simulate $(DEMO)/hospital --beds 60 --days 1 --seed 7 --attack fast-ransomware --attack-start 2026-01-12T14:00
	$(BIN)/codedark hospital check $(DEMO)/hospital
	$(BIN)/codedark hospital show $(DEMO)/hospital --map $(DEMO)/map.html --fails blood-bank
	$(BIN)/codedark hunt $(DEMO)/hospital/logs --hospital $(DEMO)/hospital/hospital.yaml --min-level high --report $(DEMO)/report.html
	@echo
	@cat $(DEMO)/watch/open.txt
	@echo "  The map of the second hospital, and what was found in its logs:"
	@echo "    $(CURDIR)/$(DEMO)/map.html"
	@echo "    $(CURDIR)/$(DEMO)/report.html"

test: $(READY)
	$(BIN)/python -m pytest -n auto

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

bench: $(READY)
	for file in bench/[a-z]*.py; do $(BIN)/python $$file || exit 1; done

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Code Dark needs Python 3.11 or newer: install python3.11 and python3.11-venv, or call make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

lock:
	uv pip compile pyproject.toml --fork-strategy fewest --extra dev --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 --universal -o requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache $(DEMO)
