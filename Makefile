# Two commands do everything: `make serve` and `make test`. Each sets up what it needs in .venv,
# from the exact versions and hashes in requirements*.txt, and skips what is done already.
PYTHON ?= python3
PORT ?= 8000
SOAK_REQUESTS ?= 6000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
SOURCES := server tests
# Styles and scripts of the pages, and what they are built from.
ASSETS := server/steamkg/web/static/built/manifest.json
ASSET_SOURCES := $(shell find server/steamkg/web/assets -name node_modules -prune -o -print)

.DEFAULT_GOAL := help
.PHONY: help serve assets build check test w3c engines soak sssom lint format bench wheel lock clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "steamkg needs Python 3.11 or newer; say which with: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment (on Debian and Ubuntu: install python3-venv)" >&2; exit 1; }

$(VENV)/.run: requirements.txt requirements-node.txt pyproject.toml | $(BIN)/python
	@echo "Setting up $(VENV) …"
	@$(PIP) --require-hashes -r requirements.txt
	@$(BIN)/python server/build_assets.py --has-node || $(PIP) --require-hashes -r requirements-node.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

# An editable install is not built again by itself, so its styles and scripts are a target of make.
$(ASSETS): $(ASSET_SOURCES) server/build_assets.py | $(VENV)/.run
	@$(BIN)/python server/build_assets.py

$(VENV)/.test: requirements-test.txt $(VENV)/.run
	@echo "Setting up what the tests need …"
	@$(PIP) --require-hashes -r requirements-test.txt
	@touch $@

$(VENV)/.long: requirements-long.txt $(VENV)/.test
	@echo "Setting up what the long tests need …"
	@$(PIP) --require-hashes -r requirements-long.txt
	@touch $@

serve: $(VENV)/.run $(ASSETS) ## set up, build the graph and serve it on http://127.0.0.1:8000 (PORT=9000 for another port)
	@exec $(BIN)/steamkg serve --port $(PORT)

assets: $(ASSETS) ## build the styles and scripts of the pages

build: $(VENV)/.run ## build the dataset into build/
	@$(BIN)/steamkg build

check: $(VENV)/.run ## run every check on ontology, data, shapes and queries, and the coverage of the documents
	@$(BIN)/steamkg check --coverage

test: $(VENV)/.test $(ASSETS) ## set up and run all tests, in two processes
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

w3c: $(VENV)/.test $(ASSETS) ## run the W3C's SPARQL 1.1 tests from ../shared through a running server, with a table
	@$(BIN)/python -m pytest -q tests/w3c

soak: $(VENV)/.long $(ASSETS) ## send many requests, most of them wrong, to running servers (SOAK_REQUESTS=20000 for more)
	@SOAK_REQUESTS=$(SOAK_REQUESTS) $(BIN)/python -m pytest -q -s tests/soak

engines: $(VENV)/.test ## federate with Apache Jena Fuseki, and hold every answer against it (needs Java 17 and Maven)
	@$(BIN)/python -m tests.engines.fuseki
	@$(BIN)/python -m pytest -q tests/engines

sssom: $(VENV)/.long ## hold the written SSSOM against its reference implementation (sets up heavy packages)
	@$(BIN)/python -m pytest -q tests/content/test_sssom.py

lint: $(VENV)/.test ## style, types and layers of the code
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.test ## put the code into the house format
	@$(BIN)/ruff check --fix $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

bench: $(VENV)/.test $(ASSETS) ## measure the build, and the endpoint against oxigraph serve-read-only and nginx
	@$(BIN)/python -m tests.benchmarks

wheel: $(VENV)/.run ## make a wheel in dist/
	@$(BIN)/python -m pip --disable-pip-version-check wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

lock: ## renew requirements*.txt from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links -q -o requirements.txt
	uv pip compile pyproject.toml --group build --extra test --extra bench --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links -q -c requirements.txt -o requirements-test.txt
	uv pip compile pyproject.toml --group build --extra test --extra bench --extra long --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links -q -c requirements-test.txt -o requirements-long.txt
	uv pip compile --group node --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links -q -o requirements-node.txt

clean: ## remove what was built and set up
	rm -rf build dist .cache server/steamkg/web/static/built $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
