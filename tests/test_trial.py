"""Trials, and the protocols that are made of them, with a tiny model."""

import json
import subprocess
import sys

import pytest

from tests.test_training import DOCUMENT
from vidner.documents import Document
from vidner.documents.jsonl import write_jsonl
from vidner.evaluation.files import read_results
from vidner.train.config import TrainingConfig
from vidner.train.trial import trial

DOCUMENTS = [Document(f"d{n}", DOCUMENT.text, DOCUMENT.entities) for n in range(6)]


@pytest.fixture
def config(tiny_checkpoint):
    return TrainingConfig(
        name="tiny", base=str(tiny_checkpoint), license="MIT", window=64, batch=4,
        learning_rate=1e-2, dropout=0.0, epochs=20.0,
    )  # fmt: skip


def spans(documents):
    return [[entity.span for entity in document.entities] for document in documents]


def test_a_trial_is_made_once_for_the_same_settings_and_documents(config, tmp_path):
    found = trial(config, DOCUMENTS[:4], DOCUMENTS[4:], tmp_path)
    assert spans(found) == spans(DOCUMENTS[4:])
    made = (tmp_path / "predicted.jsonl").stat().st_mtime_ns
    assert spans(trial(config, DOCUMENTS[:4], DOCUMENTS[4:], tmp_path)) == spans(found)
    assert (tmp_path / "predicted.jsonl").stat().st_mtime_ns == made


def test_other_settings_are_another_trial(config, tmp_path):
    trial(config, DOCUMENTS[:4], DOCUMENTS[4:], tmp_path)
    made = (tmp_path / "predicted.jsonl").stat().st_mtime_ns
    trial(config.model_copy(update={"seed": 2}), DOCUMENTS[:4], DOCUMENTS[4:], tmp_path)
    assert (tmp_path / "predicted.jsonl").stat().st_mtime_ns != made


def test_cross_validation_scores_every_document_once(config, repository, tmp_path):
    settings = {key: value for key, value in config.model_dump().items() if key != "augment"}
    lines = (f"{key} = {json.dumps(value)}" for key, value in settings.items())
    (tmp_path / "tiny.toml").write_text("\n".join(lines), "utf-8")
    write_jsonl(DOCUMENTS, tmp_path / "all.jsonl")
    done = subprocess.run(
        [sys.executable, "training/cross_validation.py", "--config", tmp_path / "tiny.toml",
         "--data", tmp_path / "all.jsonl", "--folds", "2", "--work", tmp_path / "work",
         "--protocol", "two folds", "--out", tmp_path / "cv.json"],
        cwd=repository, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = read_results([tmp_path / "cv.json"])["cv"]
    assert (result["folds"], result["scores"]["documents"]) == (2, len(DOCUMENTS))
    assert result["scores"]["micro"]["gold"] == sum(len(d.entities) for d in DOCUMENTS)
