# The two commands of the README are `make demo` and `make test`; `make check` is everything CI runs.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test check bench format lock clean

demo: $(READY)
	@echo "The logs in examples/logs are a story that this project wrote: nothing and nobody in it is real."
	$(BIN)/codedark hunt examples/logs --hospital examples/hospital.yaml --report codedark-demo.html
	@echo "The same with its events: codedark-demo.html. Open it in a browser; it needs no network."

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
	rm -rf $(VENV) .mypy_cache .ruff_cache codedark-demo.html
