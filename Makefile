# Two commands: `make tag` shows the entities of the seed articles, `make test` runs the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
TEST_EXTRAS := train,report,archive,ray,serve,spacy,segment,tensorboard,labelstudio,dev

# They need a Label Studio server: make test-labelstudio.
SERVER_TESTS := tests/label_studio/test_server.py tests/label_studio/test_browser.py

# A folder with the articles of annotations/news (annotations/README.md); empty: train without them.
NEWS ?=
TRAIN := $(BIN)/python training
BASE := build/small-base
ADAPTED := build/small-adapted
FIRST := build/small-first
SECOND := build/small-second
STAGE1 := build/small-stage1
SMALL := build/small
CORPUS := build/corpus.jsonl
SEEDS := annotations/gold/seeds.jsonl
LAYER := $(addprefix annotations/news/,train.jsonl events.jsonl more-events.jsonl)
TEST_LAYER := annotations/news/test.jsonl
REPLAY := --replay $(CORPUS) --replay-layer $(LAYER) --replay-documents 24 $(if $(NEWS),--news $(NEWS))
ADAPT_STEPS := 800
# The defence part first, where the folder has one by that name.
ADAPT_TEXT = $(firstword $(wildcard $(NEWS)/defence.jsonl.gz) $(NEWS))
DEVELOPMENT := the fixed twentieth of the written corpus and of the layers that training left out (chosen by a hash of the id)
FOLDS := three folds of the written corpus, each tagged by a model that was trained on the other two and nothing else after domain adaptation
RESULTS = $(wildcard training/results/*.json)
# Learning curves are of other models.
OWN_RESULTS = $(filter-out training/results/learning-curve%,$(RESULTS))

.PHONY: tag test test-labelstudio screenshots lint train pack measure facts averaging card tiny pack-tiny sizes results report peers bench nightly gate clean help

help:  ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

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
	$(BIN)/python -m pytest $(SERVER_TESTS:%=--ignore=%)

.venv-labelstudio/installed: tests/label_studio/requirements.txt
	$(PYTHON) -m venv .venv-labelstudio
	.venv-labelstudio/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

test-labelstudio: $(VENV)/extras .venv-labelstudio/installed  ## test against a real Label Studio server (a gigabyte)
	$(BIN)/python -m pytest $(SERVER_TESTS)

screenshots: $(VENV)/extras .venv-labelstudio/installed  ## make the pictures of docs/annotating.md anew
	VIDNER_SCREENSHOTS=docs/images $(BIN)/python -m pytest tests/label_studio/test_browser.py

lint: $(VENV)/extras  ## style and types
	$(BIN)/ruff check src training tests
	$(BIN)/ruff format --check src training tests
	$(BIN)/mypy

$(CORPUS): $(wildcard annotations/corpus/*.txt) $(VENV)/extras
	$(TRAIN)/corpus.py build --out $@ annotations/corpus/*.txt

train: $(VENV)/extras $(CORPUS)  ## rebuild the embedded model from nothing: make train NEWS=DIR
	@test -n "$(NEWS)" || { echo "give the folder of raw news: make train NEWS=DIR (see README)"; exit 2; }
	$(TRAIN)/build_base.py --text $(NEWS) --out $(BASE)
	$(TRAIN)/adapt.py --base $(BASE) --text $(ADAPT_TEXT) --without $(TEST_LAYER) --out $(ADAPTED) \
	    --steps $(ADAPT_STEPS)
	$(TRAIN)/finetune.py --config training/configs/small.toml --base $(ADAPTED) --out $(FIRST) \
	    --data $(CORPUS) --layer $(LAYER) --news $(NEWS) --development --seed 1
	$(TRAIN)/finetune.py --config training/configs/small.toml --base $(ADAPTED) --out $(SECOND) \
	    --data $(CORPUS) --layer $(LAYER) --news $(NEWS) --development --seed 2
	$(TRAIN)/average.py --checkpoints $(FIRST) $(SECOND) --out $(STAGE1)
	$(TRAIN)/finetune.py --config training/configs/small-seeds.toml --base $(STAGE1) --out $(SMALL) \
	    --data $(SEEDS) $(REPLAY)
	$(MAKE) pack measure
	$(MAKE) pack tiny facts

pack: $(VENV)/extras  ## pack build/small as the embedded model; make tiny anew behind it
	$(TRAIN)/pack.py --checkpoint $(SMALL) --out src/vidner/model \
	    --data $(SEEDS) $(LAYER) $(wildcard annotations/corpus/*.txt) \
	    $(if $(OWN_RESULTS),--results $(OWN_RESULTS))

# What averaging brings, on the development documents, for training/RESULTS.md.
averaging: $(VENV)/extras $(CORPUS)
	for each in first second stage1; do \
	    $(TRAIN)/evaluate.py --model build/small-$$each --data $(CORPUS) --layer $(LAYER) --news $(NEWS) \
	        --development --out training/averaging/$$each.json --protocol "$(DEVELOPMENT); float32" || exit; done

measure: $(VENV)/extras $(CORPUS)  ## the scores of the model card: make measure NEWS=DIR
	$(TRAIN)/leave_one_out.py --config training/configs/small-seeds.toml --base $(STAGE1) $(REPLAY) \
	    --out training/results/seeds.json
	$(TRAIN)/cross_validation.py --config training/configs/small-cv.toml --base $(ADAPTED) --data $(CORPUS) \
	    --out training/results/corpus-cv.json --protocol "$(FOLDS)"
	$(TRAIN)/evaluate.py --layer $(TEST_LAYER) --news $(NEWS) --out training/results/news-test.json \
	    --protocol "80 real articles (first 12 lines each) that nothing was trained or tuned on"
	$(TRAIN)/evaluate.py --data $(CORPUS) --layer $(LAYER) --news $(NEWS) --development \
	    --out training/results/development.json --protocol "$(DEVELOPMENT)"
	$(TRAIN)/evaluate.py --layer $(TEST_LAYER) --news $(NEWS) --model $(SMALL) \
	    --out training/results/news-test-fp32.json --protocol "the same, float32 checkpoint"
	$(TRAIN)/join.py --layer $(TEST_LAYER) --news $(NEWS) --out build/news-test.jsonl
	$(TRAIN)/join.py --data $(CORPUS) $(SEEDS) --layer $(LAYER) --news $(NEWS) \
	    --without-development --out build/trained.jsonl
	$(BIN)/vidner evaluate build/news-test.jsonl --train build/trained.jsonl --out build/report-news \
	    --protocol "80 real articles (first 12 lines each) that nothing was trained or tuned on"

facts: $(VENV)/extras  ## gather the figures of training from build/ (small's and tiny's), and write model_card.md
	$(TRAIN)/card.py --collect

SILVER := build/silver.jsonl
SILVER_DOCUMENTS := 2000
TINY := build/tiny

tiny: $(VENV)/extras $(CORPUS)  ## distil the fast model from build/small, also on news that `small` tags: make tiny NEWS=DIR
	$(TRAIN)/silver.py --text $(ADAPT_TEXT) --documents $(SILVER_DOCUMENTS) --without $(LAYER) $(TEST_LAYER) \
	    --out $(SILVER)
	$(TRAIN)/finetune.py --config training/configs/tiny.toml --base $(SMALL) --out $(TINY) \
	    --data $(CORPUS) --layer $(LAYER) --news $(NEWS) --silver $(SILVER) --development
	$(MAKE) pack-tiny sizes

pack-tiny: $(VENV)/extras
	$(TRAIN)/pack.py --checkpoint $(TINY) --out src/vidner/model/tiny --share src/vidner/model \
	    --data $(LAYER) $(wildcard annotations/corpus/*.txt)

sizes: $(VENV)/extras  ## the embedded models side by side: make sizes NEWS=DIR
	$(TRAIN)/sizes.py --layer $(TEST_LAYER) --news $(NEWS) --out training/sizes.json

TRIALS := --config training/configs/trial.toml --layer annotations/news/train.jsonl --data $(CORPUS)

results: $(VENV)/extras $(CORPUS)  ## learning curves and ablations, hours: make results NEWS=DIR
	$(TRAIN)/learning_curve.py $(TRIALS) --news $(NEWS) --least-documents 500 \
	    --test $(SEEDS) --test-layer $(TEST_LAYER) --out training/results
	$(TRAIN)/ablations.py $(TRIALS) --news $(NEWS) --documents 500 --out training/ablations.json
	$(TRAIN)/results_page.py
	$(TRAIN)/annotation_tables.py

report: $(VENV)/extras $(CORPUS)  ## write build/report/report.html about the embedded model
	$(BIN)/vidner evaluate $(SEEDS) --train $(CORPUS) $(SEEDS) \
		--protocol "the embedded model on the five seeds, which it was trained on" \
		$(if $(RESULTS),--results $(RESULTS)) \
		$(if $(wildcard build/peers/*.jsonl),--against $(wildcard build/peers/*.jsonl)) \
		--out build/report

.venv-peers/installed: training/peers/requirements.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

peers: .venv-peers/installed  ## tag the seeds with other taggers, for the next report
	.venv-peers/bin/python training/peers/underthesea_ner.py $(SEEDS) \
		build/peers/underthesea.jsonl

bench: $(VENV)/extras .venv-peers/installed  ## measure speed, write docs/performance.md
	$(TRAIN)/benchmark_speed.py measure --peer-python .venv-peers/bin/python

nightly: $(VENV)/extras  ## more than 100,000 random texts, and a book of 2 MB
	$(BIN)/python -m pytest --hypothesis-profile nightly tests/test_fuzz.py tests/test_long.py
	$(BIN)/python -m pytest -m nightly

card: $(VENV)/extras  ## write model_card.md from the results
	$(TRAIN)/card.py

gate: $(VENV)/extras  ## fail when a score falls below training/baseline.json
	$(TRAIN)/gate.py check

clean:  ## remove what was built (not the virtual environment)
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
