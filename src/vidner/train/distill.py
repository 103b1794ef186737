"""Distillation: a shallow tagger that learns what a deep one thinks.

The student begins as the teacher's first layers (Sajjad et al. 2023 found these the best to
keep; spread ones lose what a layer expects of the one before) and learns both the annotated
labels and the teacher's distribution over them (Hinton et al. 2015).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional
from transformers import (
    AutoModelForTokenClassification,
    AutoTokenizer,
    DataCollatorForTokenClassification,
    Trainer,
)

from vidner._errors import ModelError
from vidner.train.data import IGNORED
from vidner.train.device import attention, precision

if TYPE_CHECKING:
    from datasets import Dataset

BATCH = 32  # windows that the teacher reads at once


def keep_layers(model: Any, count: int) -> None:
    """Leave the encoder's first ``count`` layers in place.

    Raises:
        ModelError: The encoder has fewer layers.
    """
    encoder = model.base_model.encoder
    have = len(encoder.layer)
    if count > have:
        raise ModelError(f"layers = {count}, but the base has {have}; give at most those")
    encoder.layer = encoder.layer[:count]
    model.config.num_hidden_layers = count


def keep_units(model: Any, count: int) -> None:
    """Leave those feed-forward units of each layer that weigh most, ``count`` of them.

    A unit's weight is the product of the norms of what goes into it and out of it.

    Raises:
        ModelError: The layers have fewer units.
    """
    have = model.config.intermediate_size
    if count > have:
        raise ModelError(f"units = {count}, but the base has {have}; give at most those")
    for layer in model.base_model.encoder.layer:
        into, out = layer.intermediate.dense, layer.output.dense
        weight = into.weight.norm(dim=1) * out.weight.norm(dim=0)
        kept = weight.topk(count).indices.sort().values
        into.weight.data, into.bias.data = into.weight.data[kept], into.bias.data[kept]
        out.weight.data = out.weight.data[:, kept]
        into.out_features = out.in_features = count
    model.config.intermediate_size = count


def with_teacher(windows: Dataset, teacher: str | Path, tokenizer: Any) -> Dataset:
    """The windows with a column ``teacher``: its log probabilities at each labelled piece.

    Args:
        windows: ``input_ids`` and ``labels``.
        teacher: Checkpoint of a tagger with the same tokenizer and tags.
        tokenizer: The student's.

    Raises:
        ModelError: The teacher cannot be loaded, or reads other pieces.
    """
    model = _load_teacher(teacher, tokenizer)
    rows: list[list[list[float]]] = [[] for _ in windows]
    inputs, labels = windows["input_ids"], windows["labels"]
    order = sorted(range(len(rows)), key=lambda at: len(inputs[at]))
    for start in range(0, len(order), BATCH):
        batch = order[start : start + BATCH]
        scores = _log_probabilities(model, [inputs[at] for at in batch])
        for at, score in zip(batch, scores, strict=True):
            labelled = np.array(labels[at]) != IGNORED
            rows[at] = score[: len(labelled)][labelled].tolist()
    return windows.add_column("teacher", rows)


def _load_teacher(teacher: str | Path, tokenizer: Any) -> Any:
    try:
        own = AutoTokenizer.from_pretrained(teacher)
        model = AutoModelForTokenClassification.from_pretrained(
            teacher, attn_implementation=attention()
        )
    except (OSError, ValueError) as error:
        raise ModelError(
            f"teacher {str(teacher)!r} cannot be loaded ({str(error).splitlines()[0]}); give the "
            "directory of a fine-tuned checkpoint"
        ) from error
    if own.get_vocab() != tokenizer.get_vocab():
        raise ModelError(
            f"teacher {str(teacher)!r} reads other pieces than the base; "
            "distil within one tokenizer"
        )
    return model.to("cuda" if torch.cuda.is_available() else "cpu").eval()


def _log_probabilities(model: Any, ids: Sequence[Sequence[int]]) -> np.ndarray[Any, Any]:
    """``[windows, pieces, tags]``; what stands behind a window's end means nothing."""
    width = max(map(len, ids))
    pad = model.config.pad_token_id
    padded = torch.tensor([[*row, *[pad] * (width - len(row))] for row in ids])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in ids])
    device = model.device
    with (
        torch.inference_mode(),
        torch.autocast(device.type, torch.bfloat16, enabled=precision()["bf16"]),
    ):
        logits = model(input_ids=padded.to(device), attention_mask=mask.to(device)).logits
    return functional.log_softmax(logits.float(), dim=-1).cpu().numpy()


class TeacherCollator:
    """Pads windows with their labels, and the teacher's scores where there are any.

    Args:
        tokenizer: Gives the padding.
        tags: How many scores a piece has.
    """

    def __init__(self, tokenizer: Any, *, tags: int) -> None:
        self.pad: Callable[[list[dict[str, Any]]], dict[str, torch.Tensor]] = (
            DataCollatorForTokenClassification(tokenizer)
        )
        self.tags = tags

    def __call__(self, windows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """A batch with ``input_ids``, ``attention_mask``, ``labels`` and perhaps ``teacher``."""
        scores = [row for window in windows for row in window.get("teacher", ())]
        bare = [{key: w[key] for key in ("input_ids", "labels")} for w in windows]
        batch = self.pad(bare)
        if scores:
            batch["teacher"] = torch.tensor(scores).reshape(-1, self.tags)
        return batch


class DistillationTrainer(Trainer):  # type: ignore[misc]
    """A Trainer whose loss is a mean of the labels' and the teacher's.

    Args:
        weight: Share of the teacher's part.
        temperature: Flattens both distributions before they are compared.
        more: The Trainer's own arguments.
    """

    def __init__(self, *, weight: float, temperature: float, **more: Any) -> None:
        super().__init__(**more)
        self.weight = weight
        self.temperature = temperature
        self.model_accepts_loss_kwargs = False  # the loss is a mean over the batch's pieces

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """Loss of a batch, with the model's outputs if wanted."""
        teacher = inputs.pop("teacher", None)
        outputs = model(**inputs)
        loss = outputs.loss
        if teacher is not None:
            student = outputs.logits[inputs["labels"] != IGNORED].float() / self.temperature
            divergence = functional.kl_div(
                functional.log_softmax(student, dim=-1),
                functional.log_softmax(teacher / self.temperature, dim=-1),
                reduction="batchmean",
                log_target=True,
            )
            # The square keeps the gradient's size whatever the temperature is.
            taught = divergence * self.temperature**2
            loss = (1 - self.weight) * loss + self.weight * taught
        return (loss, outputs) if return_outputs else loss
