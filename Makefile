.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
OLDEST_PYTHON ?= python3.10
VENV := .venv
SPEC := schedules.yaml
SCHEDULE ?= finetune

BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTEST := $(BIN)/python -m pytest
FUZZ_SECONDS ?= 600
FUZZ_TARGETS ?=
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
test: $(READY) ## run the tests, then the demo from the built wheel
	$(PYTEST) $(PARALLEL)
	@$(MAKE) --no-print-directory package

# Not from the root: there, python would find the sources and not what the wheel holds.
.PHONY: package
package: $(READY) ## build wheel and sdist, and run the demo from the wheel, with what it asks for alone
	rm -rf dist build
	$(BIN)/python -m build --quiet
	$(BIN)/python tests/support/distributions.py dist
	$(PYTHON) -m venv build/wheel
	build/wheel/bin/python -m pip install -qq --disable-pip-version-check --no-deps dist/*.whl
	$(BIN)/python tests/support/linked_packages.py build/wheel lrplan
	build/wheel/bin/python -m pip check
	mkdir -p build/demo/gallery && cp $(SPEC) build/demo/ && cp gallery/*.csv build/demo/gallery/
	cd build/demo && ../wheel/bin/lrplan plot $(SPEC) && ../wheel/bin/lrplan table $(SPEC) $(SCHEDULE)
	cd build/demo && ../wheel/bin/lrplan init starter.yaml && ../wheel/bin/lrplan validate starter.yaml

# Environments of their own: what `make test` runs in stays as it is.
OTHER_RELEASES := $(PARALLEL) -m "not slow and not pinned"
OLDEST := $(VENV)-oldest
OTHER_TORCH := $(VENV)-torch-$(TORCH)

.PHONY: test-oldest
test-oldest: $(OLDEST)/.ready ## run the tests with the oldest packages and Python that lrplan supports
	$(OLDEST)/bin/python -m pytest $(OTHER_RELEASES)

.PHONY: test-torch
test-torch: ## run the tests with another torch: make test-torch TORCH=2.15.0
	@test -n "$(TORCH)" || { echo "say which torch: make test-torch TORCH=2.15.0" >&2; exit 1; }
	@$(MAKE) --no-print-directory $(OTHER_TORCH)/.ready
	$(OTHER_TORCH)/bin/python -m pytest $(OTHER_RELEASES)

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

.PHONY: bench
bench: $(READY) ## measure lrplan beside other packages; QUICK=1 for a minute's worth
	$(BIN)/python -W ignore -m benchmarks $(if $(QUICK),--quick)

.PHONY: fuzz
fuzz: $(VENV)/.fuzz ## look for crashes for FUZZ_SECONDS (600); FUZZ_TARGETS="spec lock" for some of it
	nice $(BIN)/python -m fuzz --seconds $(FUZZ_SECONDS) $(FUZZ_TARGETS)

.PHONY: clean
clean: ## remove the environment and everything generated
	rm -rf $(VENV) $(VENV)-* build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .fuzz
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

$(OLDEST)/.ready: pyproject.toml constraints-oldest.txt
	$(OLDEST_PYTHON) -m venv --clear $(OLDEST)
	$(OLDEST)/bin/python -m pip install -qq --disable-pip-version-check -c constraints-oldest.txt -e ".[test]"
	@touch $@

# No other pins: what a release of torch needs beside it, pip knows.
$(VENV)-torch-%/.ready: pyproject.toml
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python -m pip install -qq --disable-pip-version-check "torch==$*" -e ".[test]"
	@touch $@

$(VENV)/.fuzz: constraints-fuzz.txt $(READY)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt -c constraints-fuzz.txt -e ".[fuzz]"
	@touch $@
