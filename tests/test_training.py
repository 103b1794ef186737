"""Configurations, alignment and the fine-tuning pipeline on a tiny model."""

import json
import unicodedata

import numpy as np
import pytest
from hypothesis import given

from tests.test_documents import annotated
from vidner import ModelError, Tagger
from vidner._errors import ConfigError
from vidner._windows import Windower
from vidner.documents import Document, make_entity
from vidner.documents.jsonl import write_jsonl
from vidner.train.config import TrainingConfig, read_config
from vidner.train.data import (
    IGNORED,
    WindowEncoder,
    align,
    documents_to_dataset,
    encode_documents,
    folds,
    gather_replay,
    split_development,
)
from vidner.train.finetune import fine_tune, strict_metrics

TEXT = "Bộ Quốc phòng Việt Nam (BQP) họp tại Hà Nội.\nHội nghị ADMM+ khai mạc."


def entity(mention, label, text=TEXT):
    start = text.index(mention)
    return make_entity(text, start, start + len(mention), label)


DOCUMENT = Document(
    "d0", TEXT, tuple(sorted([entity("Bộ Quốc phòng Việt Nam", "ORG"), entity("BQP", "ORG"),
                              entity("Hà Nội", "LOC"), entity("ADMM+", "EVENT")])),
)  # fmt: skip


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('name = "x"\nbase = "b"\nlicense = "MIT"\nepoch = 3', "epoch: Extra inputs"),
        ('name = "x"\nbase = "b"\nlicense = "MIT"\nepochs = "3"', "epochs: Input should be"),
        ('name = "x"\nbase = "b"\nlicense = "MIT"\nwindow = 8', "window: Input should be greater"),
        ('name = "x"\nlicense = "MIT"', "base: Field required"),
        ("name = ", "not TOML"),
    ],
)
def test_a_wrong_config_says_what_is_wrong(tmp_path, source, message):
    path = tmp_path / "config.toml"
    path.write_text(source)
    with pytest.raises(ConfigError, match=message):
        read_config(path)


def test_a_missing_config_says_where_they_are(tmp_path):
    with pytest.raises(ConfigError, match="no such file; see training/configs"):
        read_config(tmp_path / "none.toml")


def test_every_config_of_the_repository_is_valid(repository):
    paths = sorted((repository / "training/configs").glob("*.toml"))
    assert {"small", "phobert-base"} <= {read_config(path).name for path in paths}
    assert read_config(repository / "training/configs/phobert-base.toml").base == (
        "vinai/phobert-base"
    )


def test_alignment_puts_tags_on_words_of_each_line():
    aligned = align(DOCUMENT)
    assert aligned.lost == []
    assert aligned.tags[0][:5] == ["B-ORG", "I-ORG", "I-ORG", "I-ORG", "I-ORG"]
    assert aligned.tags[1] == ["O", "O", "B-EVENT", "I-EVENT", "O", "O", "O"]


def test_alignment_holds_for_nfd():
    text = unicodedata.normalize("NFD", TEXT)
    mention = unicodedata.normalize("NFD", "Bộ Quốc phòng Việt Nam")
    aligned = align(Document("d", text, (entity(mention, "ORG", text),)))
    assert aligned.lost == []
    assert aligned.tags[0].count("I-ORG") == 4


def test_an_entity_across_lines_is_counted_as_lost():
    across = make_entity(TEXT, TEXT.index("Hà"), TEXT.index(" ADMM"), "EVENT")
    assert align(Document("d", TEXT, (across,))).lost == [across]


@given(annotated())
def test_entities_on_word_edges_are_never_lost(document):
    assert align(document).lost == []


def test_labels_stand_on_first_pieces_only():
    def pieces(lines):
        return [[[10, 11] for _ in line] for line in lines]

    encoder = WindowEncoder(pieces, Windower(64, begin=0, end=2))
    (window,), lost = encoder(DOCUMENT)
    assert lost == []
    scored = [at for at, label in enumerate(window["labels"]) if label != IGNORED]
    assert all(window["input_ids"][at] == 10 for at in scored)
    assert len(scored) == sum(map(len, align(DOCUMENT).tags))


def test_isolated_documents_have_a_window_a_line():
    def pieces(lines):
        return [[[10] for _ in line] for line in lines]

    encoder = WindowEncoder(pieces, Windower(64, begin=0, end=2), isolated=1.0)
    assert len(encoder(DOCUMENT)[0]) == 2


def test_a_document_stays_on_its_side_of_the_development_split():
    documents = [Document(f"d{n}", TEXT) for n in range(2000)]
    training, development = split_development(documents)
    assert 60 < len(development) < 140
    assert split_development(reversed(development))[1] == development[::-1]
    assert sorted(d.id for d in training + development) == sorted(d.id for d in documents)


def test_no_development_document_is_replayed(tmp_path):
    documents = [Document(f"d{n}", DOCUMENT.text, DOCUMENT.entities) for n in range(200)]
    write_jsonl(documents, tmp_path / "all.jsonl")
    replayed, _ = gather_replay([tmp_path / "all.jsonl"], size=200, seed=1)
    training, _ = split_development(documents)
    assert sorted(d.id for d in replayed) == sorted(d.id for d in training)


def test_every_document_is_in_one_fold_and_never_in_its_own_training():
    documents = [Document(f"d{n}", TEXT) for n in range(10)]
    rounds = list(folds(documents, 3))
    assert sorted(d.id for _, fold in rounds for d in fold) == sorted(d.id for d in documents)
    for training, fold in rounds:
        assert not {d.id for d in training} & {d.id for d in fold}
        assert len(training) + len(fold) == 10


@pytest.mark.parametrize("count", [1, 11])
def test_a_number_of_folds_that_leaves_nothing_is_refused(count):
    with pytest.raises(ConfigError, match="wanted 2 to 10"):
        list(folds([Document(f"d{n}", TEXT) for n in range(10)], count))


def test_losses_are_reported():
    across = make_entity(TEXT, TEXT.index("Hà"), TEXT.index(" ADMM"), "EVENT")
    broken = Document("d1", TEXT, (across,))
    dataset = documents_to_dataset([DOCUMENT, broken])
    encoder = WindowEncoder(
        lambda lines: [[[10] for _ in line] for line in lines], Windower(64, begin=0, end=2)
    )
    windows, lost = encode_documents(dataset, encoder)
    assert len(windows) == 2
    assert len(lost) == 1
    assert lost[0].startswith("d1: EVENT")


def test_a_tiny_tagger_learns_resumes_and_tags(tiny_checkpoint, tmp_path):
    documents = documents_to_dataset(
        [Document(f"d{n}", DOCUMENT.text, DOCUMENT.entities) for n in range(8)]
    )
    config = TrainingConfig(
        name="tiny", base=str(tiny_checkpoint), license="MIT", window=64, batch=4,
        learning_rate=1e-2, dropout=0.0, isolated=0.5,
    )  # fmt: skip
    out = tmp_path / "tagger"
    fine_tune(config, documents, out, max_steps=20, save_steps=20)
    outcome = fine_tune(
        config, documents, out, evaluation=documents, max_steps=60, save_steps=20, resume=True
    )
    assert outcome.lost == []
    assert outcome.metrics["eval_f1"] == 1.0
    assert [e.span for e in Tagger.load(out).tag(TEXT)] == [e.span for e in DOCUMENT.entities]
    state = json.loads((out / "checkpoint-60/trainer_state.json").read_text())
    assert state["log_history"][0]["step"] == 20


def test_a_base_that_is_nowhere_names_the_way_out(tmp_path):
    config = TrainingConfig(name="x", base="vinai/phobert-base", license="MIT")
    with pytest.raises(ModelError, match="--base DIR"):
        fine_tune(config, documents_to_dataset([DOCUMENT]), tmp_path)


def test_the_trainer_metric_is_strict_and_decodes_legally():
    class Evaluation:
        predictions = np.zeros((1, 3, 11))
        label_ids = np.array([[1, 2, IGNORED]])

    Evaluation.predictions[0, :, 2] = 5.0
    assert strict_metrics()(Evaluation)["f1"] == 1.0
