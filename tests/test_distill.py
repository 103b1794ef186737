"""Distillation on a tiny model: the student begins as its teacher and learns from it."""

import numpy as np
import pytest
import torch
from datasets import Dataset
from transformers import AutoModelForTokenClassification, AutoTokenizer

from tests.conftest import SENTENCES
from vidner import ModelError, Tagger
from vidner.documents import Document, make_entity
from vidner.train.config import TrainingConfig
from vidner.train.data import IGNORED, documents_to_dataset, encode_documents
from vidner.train.distill import TeacherCollator, keep_layers, keep_units, with_teacher
from vidner.train.finetune import encoder_of, fine_tune, load_base

BODY = "Bộ Quốc phòng Việt Nam"
BARE = [Document(f"d{n}", SENTENCES[1]) for n in range(10)]
MARKED = [d.with_entities([make_entity(d.text, 0, len(BODY), "ORG")]) for d in BARE]


def config_of(base, **changes):
    return TrainingConfig(
        name="tiny", base=str(base), license="MIT", window=64, batch=2, learning_rate=1e-2,
        dropout=0.0, **{"epochs": 6.0, **changes},
    )  # fmt: skip


@pytest.fixture(scope="module")
def teacher(tiny_checkpoint, tmp_path_factory):
    """A tagger that learned to mark the ministry."""
    out = tmp_path_factory.mktemp("teacher")
    fine_tune(config_of(tiny_checkpoint), documents_to_dataset(MARKED), out)
    assert [e.text for e in Tagger.load(out).tag(SENTENCES[1])] == [BODY]
    return out


@pytest.fixture(scope="module")
def windows(teacher):
    config = config_of(teacher)
    model, tokenizer = load_base(config)
    texts = [Document(str(n), text) for n, text in enumerate(SENTENCES)]
    return encode_documents(documents_to_dataset(texts), encoder_of(config, model, tokenizer))[0]


def test_a_student_of_other_labels_than_its_teacher_learns_the_teachers(teacher, tmp_path):
    config = config_of(teacher, layers=1, teacher=str(teacher), teaching=1.0)
    fine_tune(config, documents_to_dataset(BARE), tmp_path)
    assert [e.text for e in Tagger.load(tmp_path).tag(SENTENCES[1])] == [BODY]
    assert AutoModelForTokenClassification.from_pretrained(tmp_path).config.num_hidden_layers == 1


def test_without_a_share_of_the_teachers_only_the_labels_count(teacher, tmp_path):
    config = config_of(teacher, teacher=str(teacher), teaching=0.0)
    fine_tune(config, documents_to_dataset(BARE), tmp_path)
    assert Tagger.load(tmp_path).tag(SENTENCES[1]) == []


def test_the_first_layers_are_kept(tiny_checkpoint):
    model = AutoModelForTokenClassification.from_pretrained(tiny_checkpoint, num_hidden_layers=7)
    layers = list(model.base_model.encoder.layer)
    keep_layers(model, 3)
    assert list(model.base_model.encoder.layer) == layers[:3]


def test_more_layers_than_the_base_has_are_refused(tiny_checkpoint):
    with pytest.raises(ModelError, match="layers = 3, but the base has 2"):
        load_base(config_of(tiny_checkpoint, layers=3))


def test_units_that_weigh_nothing_are_left_out_without_a_difference(tiny_checkpoint):
    model = AutoModelForTokenClassification.from_pretrained(tiny_checkpoint).eval()
    pieces = torch.tensor([[5, 6, 7, 8]])
    units = model.config.intermediate_size
    with torch.inference_mode():
        for layer in model.base_model.encoder.layer:
            layer.output.dense.weight[:, ::2] = 0
        before = model(pieces).logits
        keep_units(model, units // 2)
        after = model(pieces).logits
    assert torch.allclose(before, after, atol=1e-6)


def test_a_model_of_fewer_units_is_saved_and_loaded_as_such(teacher, tmp_path):
    fine_tune(config_of(teacher, units=8), documents_to_dataset(MARKED), tmp_path)
    again = AutoModelForTokenClassification.from_pretrained(tmp_path)
    assert {layer.output.dense.in_features for layer in again.base_model.encoder.layer} == {8}
    assert [e.text for e in Tagger.load(tmp_path).tag(SENTENCES[1])] == [BODY]


def test_more_units_than_the_base_has_are_refused(tiny_checkpoint):
    with pytest.raises(ModelError, match="units = 9999, but the base has"):
        load_base(config_of(tiny_checkpoint, units=9999))


def test_frozen_embeddings_are_those_of_the_base(teacher, tmp_path):
    fine_tune(
        config_of(teacher, freeze_embeddings=True, weight_decay=0.1, epochs=1.0),
        documents_to_dataset(BARE), tmp_path,
    )  # fmt: skip
    before, after = (
        AutoModelForTokenClassification.from_pretrained(each) for each in (teacher, tmp_path)
    )
    assert torch.equal(before.get_input_embeddings().weight, after.get_input_embeddings().weight)
    assert not torch.equal(before.classifier.weight, after.classifier.weight)


def test_the_teachers_scores_are_its_own_at_each_labelled_piece(teacher, windows):
    taught = with_teacher(windows, teacher, AutoTokenizer.from_pretrained(teacher))
    model = AutoModelForTokenClassification.from_pretrained(teacher).eval()
    for window in taught:
        with torch.inference_mode():
            scores = model(input_ids=torch.tensor([window["input_ids"]])).logits[0].log_softmax(-1)
        labelled = np.array(window["labels"]) != IGNORED
        assert np.allclose(scores[labelled], window["teacher"], atol=0.05)  # bf16 where it is had


def test_a_batchs_scores_stand_in_the_order_of_its_labels(teacher, windows):
    tokenizer = AutoTokenizer.from_pretrained(teacher)
    taught = with_teacher(windows, teacher, tokenizer)
    tags = len(taught[0]["teacher"][0])
    batch = TeacherCollator(tokenizer, tags=tags)([taught[0], taught[1], taught[2]])
    ends = np.cumsum((batch["labels"] != IGNORED).sum(1).numpy())
    parts = np.split(batch["teacher"].numpy(), ends[:-1])
    for window, part in zip(taught, parts, strict=True):
        assert np.allclose(part, window["teacher"])


def test_a_teacher_of_other_pieces_is_refused(teacher, phobert_base):
    windows = Dataset.from_dict({"input_ids": [[0, 5, 2]], "labels": [[IGNORED, 0, IGNORED]]})
    with pytest.raises(ModelError, match="reads other pieces than the base"):
        with_teacher(windows, teacher, AutoTokenizer.from_pretrained(phobert_base))


def test_a_missing_teacher_is_named(tmp_path, teacher):
    windows = Dataset.from_dict({"input_ids": [[0, 5, 2]], "labels": [[IGNORED, 0, IGNORED]]})
    with pytest.raises(ModelError, match=r"teacher '.*none' cannot be loaded"):
        with_teacher(windows, tmp_path / "none", AutoTokenizer.from_pretrained(teacher))
