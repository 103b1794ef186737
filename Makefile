# Two commands: `make tag` shows the entities of the seed articles, `make test` runs the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
TEST_EXTRAS := train,report,dev

NEWS ?=
BASE := build/small-base
ADAPTED := build/small-adapted
STAGE1 := build/small-stage1
SMALL := build/small
LAYER := annotations/news/train.jsonl annotations/news/test.jsonl

.PHONY: tag test lint check train evaluate clean help

help:  ## list the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(VENV)/core: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	@touch $@

$(VENV)/extras: $(VENV)/core
	$(PIP) --editable '.[$(TEST_EXTRAS)]'
	@touch $@

tag: $(VENV)/core  ## install and list the entities of the seed articles
	@$(BIN)/vidner tag --list seeds/*.txt

test: $(VENV)/extras lint  ## install everything the tests need, and run them
	$(BIN)/python -m pytest

lint: $(VENV)/extras  ## style and types
	$(BIN)/ruff check src training tests
	$(BIN)/ruff format --check src training tests
	$(BIN)/mypy

clean:  ## remove what was built (not the virtual environment)
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
