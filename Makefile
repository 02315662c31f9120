# Needs git, make, python3 (3.11 or newer) and root or sudo for missing Debian packages; installs the rest.
.NOTPARALLEL:
.PHONY: help setup setup-test demo test test-long check bench docs clean distclean

PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2
TEST_PACKAGES := clang clang-19 libclang-rt-19-dev espeak-ng chromium cmake simavr arduino-core-avr libsodium-dev
# Tests and pages are read as UTF-8 in every locale; what Lapel itself does there has tests of its own.
export PYTHONUTF8 := 1

help:
	@echo "make demo       train, quantize and prove a network on emulated cores"
	@echo "make setup      only install what is missing; leaves $(BIN)/lapel"
	@echo "make test       all tests and checks of a change; make test-long those that take minutes"
	@echo "make bench      measure the benchmark networks"
	@echo "make docs       generate docs/operators.md, docs/targets.md and the outputs shown in the docs"
	@echo "make clean      remove what was built; make distclean also .venv"

setup:
	@$(PYTHON) scripts/setup.py --extra sklearn

setup-test: setup
	@$(PYTHON) scripts/setup.py --extra test $(TEST_PACKAGES:%=--package %)

demo: setup
	@$(BIN)/lapel demo

test: setup-test check
	$(BIN)/python -m pytest -n $(WORKERS) -m "not long"

test-long: setup-test
	$(BIN)/python -m pytest -n $(WORKERS) -m long

check: setup-test
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy

bench: setup
	$(BIN)/python benchmarks/run.py --json benchmarks/results.json

docs: setup-test
	$(BIN)/python scripts/pages.py

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

distclean: clean
	rm -rf .venv
