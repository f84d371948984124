.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
SPEC := schedules.yaml
SCHEDULE ?= finetune

BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTEST := $(BIN)/python -m pytest
WORKERS ?= auto
# Each worker loads torch: a few are faster than one for every processor of a large machine.
PARALLEL := -n $(WORKERS) --maxprocesses 4 --dist worksteal

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(READY) ## draw the example schedules, and show one of them as a table
	$(BIN)/lrplan plot $(SPEC)
	$(BIN)/lrplan table $(SPEC) $(SCHEDULE)

.PHONY: test
test: $(READY) ## run the tests
	$(PYTEST) $(PARALLEL)

.PHONY: test-slow
test-slow: $(READY) ## run the tests that take long, with many more random examples
	HYPOTHESIS_PROFILE=thorough $(PYTEST) $(PARALLEL) -m "slow or not slow"

.PHONY: lint
lint: $(READY) ## check style, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

.PHONY: gallery
gallery: $(READY) ## draw the pictures of the gallery
	$(BIN)/python gallery/make.py

.PHONY: golden
golden: $(READY) ## rewrite the expected output of the golden tests
	$(PYTEST) tests/golden --golden-update

.PHONY: clean
clean: ## remove the environment and everything generated
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
	  || { echo "lrplan needs Python 3.10 or newer: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }

# The stamp is newer than what it was made from, so a second run installs nothing.
$(READY): pyproject.toml constraints.txt $(BIN)/python
	@echo "installing into $(VENV); the first time, torch is a long download"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@
