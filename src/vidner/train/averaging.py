"""Averaging: one checkpoint out of several fine-tuning runs from one base."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from vidner._errors import ConfigError, ModelError

WEIGHTS = "model.safetensors"


def average(checkpoints: Sequence[Path], out: Path, *, weights: Sequence[float]) -> None:
    """Write the weighted mean of several checkpoints' weights, a model soup.

    Runs from one base that differ in their random numbers, settings or data end in
    one basin of the loss; their mean generalises better than each of them and costs
    no more than one (Wortsman et al. 2022).

    Args:
        checkpoints: Directories of one architecture and one tokenizer; the files
            beside the weights are those of the first.
        out: Directory of the new checkpoint.
        weights: Of each checkpoint; only their proportions count.

    Raises:
        ConfigError: There are not as many weights as checkpoints, or they add up to nothing.
        ModelError: A checkpoint has no weights, or others than the first.
    """
    total = sum(weights)
    if len(weights) != len(checkpoints) or total <= 0:
        raise ConfigError(
            f"weights {list(weights)} for {len(checkpoints)} checkpoints; give one each, "
            "above 0 together"
        )
    mean: dict[str, Any] = {}
    for folder, weight in zip(checkpoints, weights, strict=True):
        tensors = _read(folder)
        if mean and _shapes(tensors) != _shapes(mean):
            raise ModelError(
                f"{folder}: other weights than {checkpoints[0]}; average runs from one base"
            )
        for name, tensor in tensors.items():
            mean[name] = mean.get(name, 0) + tensor.float() * (weight / total)
    out.mkdir(parents=True, exist_ok=True)
    for path in checkpoints[0].glob("*.json"):
        shutil.copy(path, out)
    save_file(mean, out / WEIGHTS, metadata={"format": "pt"})


def _read(folder: Path) -> dict[str, Any]:
    try:
        return dict(load_file(folder / WEIGHTS))
    except (OSError, SafetensorError) as error:
        raise ModelError(
            f"{folder / WEIGHTS} cannot be read ({error}); give the directories of checkpoints"
        ) from None


def _shapes(tensors: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}
