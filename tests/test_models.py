"""Loading models: packed ones, checkpoints, and what is wrong with broken ones."""

import json
import pickle
import shutil

import numpy as np
import pytest

from vidner import ModelError, Tagger, tag
from vidner._models import DIRECTORIES, EMBEDDED
from vidner._words import split_lines

TEXT = "Bộ Quốc phòng Việt Nam (BQP) họp tại Hà Nội.\nHội nghị ADMM+ khai mạc."


@pytest.fixture
def packed(tmp_path):
    """A copy of the embedded model that a test may break."""
    return shutil.copytree(EMBEDDED, tmp_path / "model")


def edit_manifest(directory, **changes):
    path = directory / "manifest.json"
    manifest = json.loads(path.read_text("utf-8")) | changes
    path.write_text(json.dumps(manifest), "utf-8")


@pytest.mark.parametrize("name", ["manifest.json", "model.onnx", "tokenizer.json"])
def test_a_missing_file_is_named(packed, name):
    (packed / name).unlink()
    with pytest.raises(ModelError, match=f"{name}: missing"):
        Tagger.load(packed)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_damaged_file_is_named(packed, name):
    data = bytearray((packed / name).read_bytes())
    data[len(data) // 2] ^= 1
    (packed / name).write_bytes(data)
    with pytest.raises(ModelError, match=f"{name}: damaged"):
        Tagger.load(packed)


def test_a_damaged_manifest_is_named(packed):
    (packed / "manifest.json").write_text("{")
    with pytest.raises(ModelError, match=r"manifest\.json: damaged, not JSON"):
        Tagger.load(packed)


def test_a_manifest_without_a_window_is_named(packed):
    edit_manifest(packed, window=None)
    with pytest.raises(ModelError, match=r"manifest\.json: damaged"):
        Tagger.load(packed)


def test_a_folder_that_is_no_model_says_what_is_wanted(tmp_path):
    with pytest.raises(ModelError, match=r"no manifest\.json .* and no config\.json"):
        Tagger.load(tmp_path)


def test_a_name_that_is_nowhere_is_a_model_error():
    with pytest.raises(ModelError, match="cannot be loaded as a token-classification checkpoint"):
        Tagger.load("nobody/no-such-model")


def test_a_checkpoint_with_other_labels_is_a_model_error(tiny_checkpoint, tmp_path):
    copy = shutil.copytree(tiny_checkpoint, tmp_path / "copy")
    config = json.loads((copy / "config.json").read_text())
    config["id2label"] = {key: f"LABEL_{key}" for key in config["id2label"]}
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="its labels are LABEL_0"):
        Tagger.load(copy)


def test_a_checkpoint_gives_sound_entities(tiny_checkpoint):
    entities = Tagger.load(tiny_checkpoint).tag(TEXT)
    assert entities
    assert all(TEXT[e.start : e.end] == e.text for e in entities)


def test_an_exported_checkpoint_scores_as_the_checkpoint_does(tiny_checkpoint, tmp_path):
    from vidner.train.export import export

    checkpoint = Tagger.load(tiny_checkpoint)
    exported = Tagger.load(export(tiny_checkpoint, tmp_path / "fp32", quantize=False))
    for one, other in zip(window_logits(checkpoint), window_logits(exported), strict=True):
        assert np.allclose(one, other, atol=1e-4)
    assert [e.span for e in exported.tag(TEXT)] == [e.span for e in checkpoint.tag(TEXT)]


def test_a_quantised_export_is_smaller_and_close(tiny_checkpoint, tmp_path):
    from vidner.train.export import export

    full = export(tiny_checkpoint, tmp_path / "fp32", quantize=False)
    small = export(tiny_checkpoint, tmp_path / "int8")
    assert (small / "model.onnx").stat().st_size < (full / "model.onnx").stat().st_size
    for one, other in zip(
        window_logits(Tagger.load(full)), window_logits(Tagger.load(small)), strict=True
    ):
        assert np.allclose(one, other, atol=0.1)


def window_logits(tagger):
    backend = tagger._backend
    windows = list(backend.windower.windows(backend.pieces(split_lines(TEXT))))
    assert windows
    return [backend.logits(window) for window in windows]


def test_the_wheel_limit_holds_for_the_embedded_models():
    assert sum(path.stat().st_size for path in EMBEDDED.rglob("*") if path.is_file()) < 45e6


@pytest.mark.parametrize("name", DIRECTORIES)
def test_an_embedded_model_is_loaded_by_its_name(name):
    tagger = Tagger.load(name)
    assert "Hà Nội" in [entity.text for entity in tagger.tag(TEXT)]
    again = pickle.loads(pickle.dumps(tagger))
    assert again.tag(TEXT) == tagger.tag(TEXT)


def test_the_small_model_is_the_default():
    assert Tagger.load("small").tag(TEXT) == tag(TEXT)


def test_a_path_that_ends_like_an_embedded_model_is_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny").mkdir()
    with pytest.raises(ModelError, match="no manifest"):
        Tagger.load("./tiny")
