"""Averages of checkpoints."""

import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from vidner import ModelError, Tagger
from vidner._errors import ConfigError
from vidner.train.averaging import average


@pytest.fixture
def shifted(tiny_checkpoint, tmp_path):
    """The tiny checkpoint with 1 added to each weight."""
    folder = tmp_path / "shifted"
    shutil.copytree(tiny_checkpoint, folder)
    tensors = load_file(folder / "model.safetensors")
    save_file(
        {k: v + 1 for k, v in tensors.items()}, folder / "model.safetensors", {"format": "pt"}
    )
    return folder


def weights(folder):
    return load_file(folder / "model.safetensors")


def test_the_mean_is_weighted(tiny_checkpoint, shifted, tmp_path):
    average([tiny_checkpoint, shifted], tmp_path / "mean", weights=[3, 1])
    first, mean = weights(tiny_checkpoint), weights(tmp_path / "mean")
    assert first.keys() == mean.keys()
    assert all(torch.allclose(mean[name], first[name] + 0.25, atol=1e-6) for name in first)


def test_the_mean_is_a_tagger(tiny_checkpoint, tmp_path):
    average([tiny_checkpoint, tiny_checkpoint], tmp_path / "mean", weights=[1, 1])
    text = "Bộ Quốc phòng Việt Nam (BQP) họp tại Hà Nội."
    both = [Tagger.load(folder).tag(text) for folder in (tiny_checkpoint, tmp_path / "mean")]
    assert both[0] == both[1] != []


@pytest.mark.parametrize("given", [[1.0], [0.0, 0.0]])
def test_weights_must_fit(tiny_checkpoint, tmp_path, given):
    with pytest.raises(ConfigError, match="for 2 checkpoints; give one each"):
        average([tiny_checkpoint, tiny_checkpoint], tmp_path / "mean", weights=given)


def test_other_architectures_are_refused(tiny_checkpoint, phobert_base, tmp_path):
    with pytest.raises(ModelError, match="other weights than"):
        average([tiny_checkpoint, phobert_base], tmp_path / "mean", weights=[1, 1])


def test_a_folder_without_weights_is_named(tiny_checkpoint, tmp_path):
    with pytest.raises(ModelError, match=r"none.model\.safetensors cannot be read"):
        average([tiny_checkpoint, tmp_path / "none"], tmp_path / "mean", weights=[1, 1])
