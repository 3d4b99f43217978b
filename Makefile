# Two commands do all on a fresh machine: `make up` and `make test`.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTEST_ARGS ?=

.PHONY: setup up down test check lint types imports bench fuzz browser screenshots clean

setup: $(STAMP) ## Make .venv with everything that is needed

$(STAMP): pyproject.toml constraints.txt
	@command -v git >/dev/null || (apt-get update && apt-get install -y --no-install-recommends git)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $(STAMP)

up: setup ## Create the platform, wait until it is well, print URLs and credentials
	$(BIN)/stackwright create
	$(BIN)/stackwright get secrets

down: setup ## Delete the platform
	$(BIN)/stackwright delete

test: setup ## Run every test
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: setup
	$(BIN)/ruff format --check src tests bench scripts fuzz
	$(BIN)/ruff check src tests bench scripts fuzz

types: setup
	$(BIN)/mypy

imports: setup
	$(BIN)/lint-imports --no-logo

check: lint types imports test ## Lint, types, import rules and tests

bench: setup ## Print the figures: create to healthy, commit to live, idle
	$(BIN)/python bench/boot.py
	$(BIN)/python bench/commit_to_live.py

FUZZ_SECONDS ?= 60

fuzz: setup ## Feed every parser with inputs that atheris makes up, FUZZ_SECONDS each; what is found is in .fuzz/
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,fuzz]'
	$(BIN)/python -m fuzz.run all $(FUZZ_SECONDS)

browser: ## Fetch what drives the portal in a browser, and a provider to log in at (needs node; the browser is Debian's Chromium)
	npm install --prefix tests/e2e/portal --no-package-lock --no-audit --no-fund --silent
	npm install --prefix tests/e2e/oidc --no-package-lock --no-audit --no-fund --silent

screenshots: setup browser ## Pictures of every page of the running platform's portal, and what axe finds, in screenshots/
	$(BIN)/python scripts/screenshots.py screenshots

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .fuzz
