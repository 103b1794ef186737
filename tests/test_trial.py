"""Trials, and the protocols that are made of them, with a tiny model."""

import gzip
import json
import subprocess
import sys
from dataclasses import replace

import pytest

from tests.test_training import DOCUMENT
from vidner.documents import Document
from vidner.documents.jsonl import write_jsonl
from vidner.documents.news import to_layer
from vidner.evaluation.files import read_results
from vidner.train.config import TrainingConfig
from vidner.train.data import split_development
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


def run(repository, tmp_path, script, config, *arguments):
    settings = {key: value for key, value in config.model_dump().items() if key != "augment"}
    lines = (f"{key} = {json.dumps(value)}" for key, value in settings.items())
    (tmp_path / "tiny.toml").write_text("\n".join(lines), "utf-8")
    done = subprocess.run(
        [sys.executable, f"training/{script}.py", "--config", tmp_path / "tiny.toml",
         "--work", tmp_path / "work", *map(str, arguments)],
        cwd=repository, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_cross_validation_scores_every_document_once(config, repository, tmp_path):
    write_jsonl(DOCUMENTS, tmp_path / "all.jsonl")
    run(
        repository, tmp_path, "cross_validation", config, "--data", tmp_path / "all.jsonl",
        "--folds", 2, "--protocol", "two folds", "--out", tmp_path / "cv.json",
    )  # fmt: skip
    result = read_results([tmp_path / "cv.json"])["cv"]
    assert (result["folds"], result["scores"]["documents"]) == (2, len(DOCUMENTS))
    assert result["scores"]["micro"]["gold"] == sum(len(d.entities) for d in DOCUMENTS)


def test_a_learning_curve_has_a_point_a_share_with_and_without_the_corpus(
    config, repository, tmp_path
):
    with gzip.open(tmp_path / "news.jsonl.gz", "wt", encoding="utf-8") as news:
        for each in DOCUMENTS[:4]:
            news.write(json.dumps({"id": each.id, "source": each.id, "text": each.text}) + "\n")
    facts = [replace(d, meta={"source": d.id, "lines": 12}) for d in DOCUMENTS[:4]]
    rows = [json.dumps(to_layer(each, annotator="reader")) for each in facts]
    (tmp_path / "layer.jsonl").write_text("\n".join(rows), "utf-8")
    write_jsonl(DOCUMENTS[4:5], tmp_path / "written.jsonl")
    write_jsonl(DOCUMENTS[5:], tmp_path / "test.jsonl")
    run(
        repository, tmp_path, "learning_curve", config, "--layer", tmp_path / "layer.jsonl",
        "--news", tmp_path, "--data", tmp_path / "written.jsonl", "--test", tmp_path / "test.jsonl",
        "--shares", 50, 100, "--seeds", 1, "--epochs", 2, "--out", tmp_path / "out",
    )  # fmt: skip
    count = len(DOCUMENT.entities)
    results = read_results(sorted((tmp_path / "out").glob("*.json")))
    entities = {n: [point["entities"] for point in r["curve"]] for n, r in results.items()}
    assert entities == {
        "learning-curve-real-seeds": [2 * count, 4 * count],
        "learning-curve-real-and-written-seeds": [3 * count, 5 * count],
    }


def test_ablations_have_a_row_a_setting_over_the_seeds(config, repository, tmp_path):
    written = [replace(each, id=f"w{n}") for n, each in enumerate(DOCUMENTS * 8)]
    training, development = split_development(written)
    write_jsonl(written, tmp_path / "all.jsonl")
    (tmp_path / "plan.toml").write_text('["no epochs to speak of"]\nepochs = 0.1\n')
    run(
        repository, tmp_path, "ablations", config, "--data", tmp_path / "all.jsonl",
        "--plan", tmp_path / "plan.toml", "--documents", 6, "--seeds", 1, 2,
        "--out", tmp_path / "ablations.json",
    )  # fmt: skip
    found = json.loads((tmp_path / "ablations.json").read_text("utf-8"))
    rows = {row["name"]: row["f1"] for row in found["rows"]}
    assert training and development
    assert found["protocol"].startswith("6 training documents")
    assert rows["no epochs to speak of"] < rows["as it is"] == 1.0


def test_sizes_stand_side_by_side(repository, tiny_packed, tmp_path):
    write_jsonl(DOCUMENTS[:2], tmp_path / "data.jsonl")
    done = subprocess.run(
        [sys.executable, "training/sizes.py", "--models", "src/vidner/model", tiny_packed,
         "--names", "small", "tiny", "--data", tmp_path / "data.jsonl", "--rounds", "1",
         "--out", tmp_path / "sizes.json"],
        cwd=repository, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    small, tiny = json.loads((tmp_path / "sizes.json").read_text("utf-8"))["rows"]
    assert (small["name"], tiny["name"]) == ("small", "tiny")
    assert small["f1"] > tiny["f1"]
    assert small["megabytes"] > tiny["megabytes"]
    assert small["syllables_per_second"] > 0 < tiny["peak_memory_mb"]
