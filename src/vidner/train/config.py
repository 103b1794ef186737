"""Training configurations: TOML files, checked before anything is loaded."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vidner._errors import ConfigError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class TrainingConfig(BaseModel):
    """How a checkpoint is fine-tuned.

    Attributes:
        name: Name of the model.
        base: Checkpoint directory or hub name to start from.
        license: Licence of the base's weights, said on the model card.
        window: Most pieces that the model reads at once.
        segmenter: Joins syllables to words for a base that was trained on
            segmented text: ``underthesea``, ``pyvi`` or ``vncorenlp``, ``given`` where
            ``_`` in the text joins them, or ``none``.
        epochs: Passes over the training documents.
        learning_rate: Highest learning rate; falls linearly to 0.
        batch: Windows that a device reads at a time.
        accumulate: Batches in a step of the optimizer.
        warmup: Share of the steps in which the learning rate rises.
        weight_decay: AdamW's.
        dropout: Of the hidden states.
        isolated: Share of the documents whose lines are windows of their own,
            so that the model also knows lines without context.
        augment: By name of a perturbation the share of the training documents of
            which a changed copy is added (:mod:`vidner.train.augment`).
        layers: How many of the base's layers to keep, the first ones; 0 for all.
        units: How many feed-forward units of each layer to keep, those that weigh most; 0
            for all.
        freeze_embeddings: Leave the base's word embeddings as they are, so that the packed
            model can share those of its base's (:mod:`vidner.train.sharing`).
        teacher: Checkpoint to distil from (:mod:`vidner.train.distill`); empty
            for none.
        teaching: Share of the loss that is the teacher's.
        temperature: Of the distillation.
        seed: Of all random numbers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str
    base: str
    license: str
    window: int = Field(default=192, ge=32, le=512)
    segmenter: Literal["none", "given", "underthesea", "pyvi", "vncorenlp"] = "none"
    epochs: float = Field(default=4.0, gt=0)
    learning_rate: float = Field(default=3e-4, gt=0)
    batch: int = Field(default=8, ge=1)
    accumulate: int = Field(default=1, ge=1)
    warmup: float = Field(default=0.06, ge=0, lt=1)
    weight_decay: float = Field(default=0.01, ge=0)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    isolated: float = Field(default=0.1, ge=0, le=1)
    augment: dict[str, float] = Field(default_factory=dict)
    layers: int = Field(default=0, ge=0)
    units: int = Field(default=0, ge=0)
    freeze_embeddings: bool = False
    teacher: str = ""
    teaching: float = Field(default=0.5, ge=0, le=1)
    temperature: float = Field(default=2.0, gt=0)
    seed: int = 1


def read_toml(path: Path) -> dict[str, Any]:
    """The values of a TOML file.

    Raises:
        ConfigError: The file is missing or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; see training/configs/") from None
    except ValueError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None


def read_config(path: Path, **changes: Any) -> TrainingConfig:
    """The configuration of a TOML file, with some values changed.

    Raises:
        ConfigError: The file is missing, is not TOML, or has an unknown key, a
            wrong type or a value out of range.
    """
    values = read_toml(path) | {key: value for key, value in changes.items() if value is not None}
    try:
        return TrainingConfig(**values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        known = ", ".join(TrainingConfig.model_fields)
        raise ConfigError(
            f"{path}: {where}: {first['msg']} (found {first['input']!r}; known keys: {known})"
        ) from None
