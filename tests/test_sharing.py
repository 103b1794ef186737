"""Packed models that share a tokenizer and embeddings."""

import json
import shutil

import pytest
from transformers import AutoModelForTokenClassification, AutoTokenizer

from tests.conftest import SENTENCES
from vidner import ModelError, Tagger
from vidner.train import sharing
from vidner.train.distill import keep_layers
from vidner.train.export import export


@pytest.fixture(autouse=True)
def _small_constants_are_worth_it(monkeypatch):
    monkeypatch.setattr(sharing, "LEAST", 1 << 10)


@pytest.fixture
def large(tiny_checkpoint, tmp_path):
    return export(tiny_checkpoint, tmp_path / "packed")


@pytest.fixture
def shallow(tiny_checkpoint, tmp_path):
    """A checkpoint with fewer layers and the same embeddings."""
    model = AutoModelForTokenClassification.from_pretrained(tiny_checkpoint)
    keep_layers(model, 1)
    model.save_pretrained(tmp_path / "shallow")
    AutoTokenizer.from_pretrained(tiny_checkpoint).save_pretrained(tmp_path / "shallow")
    return tmp_path / "shallow"


@pytest.fixture
def sharing_model(large, shallow):
    return export(shallow, large / "inner", share=large)


def test_a_model_that_shares_scores_as_one_that_does_not(sharing_model, shallow, tmp_path):
    alone = Tagger.load(export(shallow, tmp_path / "alone"))
    shared = Tagger.load(sharing_model)
    assert [shared.tag(text) for text in SENTENCES] == [alone.tag(text) for text in SENTENCES]


def test_a_model_that_shares_is_smaller(sharing_model, shallow, tmp_path):
    alone = export(shallow, tmp_path / "alone")
    assert not (sharing_model / "tokenizer.json").exists()
    saved = (alone / "model.onnx").stat().st_size - (sharing_model / "model.onnx").stat().st_size
    model = AutoModelForTokenClassification.from_pretrained(shallow)
    assert saved > 0.9 * model.get_input_embeddings().weight.numel()  # a byte each


def test_both_can_be_moved_together(large, sharing_model, tmp_path):
    before = Tagger.load(sharing_model).tag(SENTENCES[0])
    moved = shutil.move(large, tmp_path / "elsewhere")
    assert Tagger.load(f"{moved}/inner").tag(SENTENCES[0]) == before != []


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_damaged_file_of_the_other_is_named(large, sharing_model, name):
    data = bytearray((large / name).read_bytes())
    data[len(data) // 2] ^= 1
    (large / name).write_bytes(data)
    with pytest.raises(ModelError, match=rf"inner/\.\./{name}: damaged"):
        Tagger.load(sharing_model)


def test_a_missing_file_of_the_other_is_named(large, sharing_model):
    (large / "model.onnx").unlink()
    with pytest.raises(ModelError, match=r"\.\./model\.onnx: missing"):
        Tagger.load(sharing_model)


def test_another_tokenizer_is_refused(large, shallow):
    tokenizer = json.loads((large / "tokenizer.json").read_text("utf-8"))
    (large / "tokenizer.json").write_text(json.dumps(tokenizer, indent=1), "utf-8")
    with pytest.raises(ModelError, match="has another tokenizer"):
        export(shallow, large / "inner", share=large)


def test_other_embeddings_are_refused(large, shallow):
    model = AutoModelForTokenClassification.from_pretrained(shallow)
    for parameter in model.parameters():
        parameter.data += 0.5
    model.save_pretrained(shallow)
    with pytest.raises(ModelError, match="no weights in common"):
        export(shallow, large / "inner", share=large)
