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

.PHONY: tag test lint check train evaluate report peers card gate clean help

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

RESULTS := $(wildcard training/results/*.json)

report: $(VENV)/extras build/corpus.jsonl  ## write build/report/report.html about the embedded model
	$(BIN)/vidner evaluate annotations/gold/seeds.jsonl --train build/corpus.jsonl \
		--protocol "the embedded model on the five seeds, which it may have been trained on" \
		$(if $(RESULTS),--results $(RESULTS)) \
		$(if $(wildcard build/peers/*.jsonl),--against $(wildcard build/peers/*.jsonl)) \
		--out build/report

build/corpus.jsonl: $(VENV)/extras $(wildcard annotations/corpus/*.txt)
	$(BIN)/python training/corpus.py build --out $@ $(wildcard annotations/corpus/*.txt)

.venv-peers/installed: training/peers/requirements.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

peers: .venv-peers/installed  ## tag the seeds with other taggers, for the next report
	.venv-peers/bin/python training/peers/underthesea_ner.py annotations/gold/seeds.jsonl \
		build/peers/underthesea.jsonl

card: $(VENV)/extras  ## write model_card.md out of the recorded results
	$(BIN)/python training/model_card.py

gate: $(VENV)/extras  ## fail when a score falls below training/baseline.json
	$(BIN)/python training/gate.py check

clean:  ## remove what was built (not the virtual environment)
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
