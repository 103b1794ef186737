"""What a fine-tuning run would take, before it is started."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vidner._entities import LABELS
from vidner._tags import tags_of
from vidner.train.config import TrainingConfig
from vidner.train.data import cut_entities, encode_documents
from vidner.train.device import precision
from vidner.train.finetune import encoder_of, load_base

if TYPE_CHECKING:
    from datasets import Dataset

MEASURED = (0.75, 0.25, 0.5, 0.75)
"""Quantiles of the windows' lengths whose batches are timed; the first only warms up."""


@dataclass(frozen=True)
class Plan:
    """A run in numbers.

    Attributes:
        documents: Training documents, changed copies included.
        entities: Their entities.
        lost: Entities that no run of words carries.
        cut: Entities that the word segmenter cuts.
        windows: Inputs of the model in one epoch.
        tokens: Tokens in one epoch.
        steps: Steps of the optimizer.
        epochs: Passes over the windows.
        parameters: Weights of the model.
        memory: Bytes on a device, estimated: 16 for a weight with its gradient
            and AdamW's two moments, and the activations of the longest batch by
            the formula of Korthikanti et al. (2022).
        tokens_per_second: Of one process, measured over a few batches forwards
            and backwards.
        processes: How many train together.
    """

    documents: int
    entities: int
    lost: int
    cut: int
    windows: int
    tokens: int
    steps: int
    epochs: float
    parameters: int
    memory: int
    tokens_per_second: float
    processes: int

    @property
    def seconds(self) -> float:
        """Time of training, estimated: all processes work at the measured speed."""
        return self.tokens * self.epochs / (self.tokens_per_second * self.processes)

    def describe(self) -> str:
        """The plan in words, a line for each thing."""
        return "\n".join(
            (
                f"documents  {self.documents}",
                f"entities   {self.entities} ({self.lost} lost in alignment, "
                f"{self.cut} cut by the segmenter)",
                f"windows    {self.windows}, {self.tokens:,} tokens an epoch",
                f"steps      {self.steps} ({self.epochs:.4g} epochs, {self.processes} processes)",
                f"model      {self.parameters / 1e6:.1f} M parameters",
                f"memory     about {self.memory / 2**30:.1f} GiB a process",
                f"time       about {self.seconds / 60:.0f} minutes "
                f"({self.tokens_per_second:,.0f} tokens/s a process, measured here)",
                "dry run: nothing was trained or written",
            )
        )


def plan(
    config: TrainingConfig,
    documents: Dataset,
    *,
    labels: Sequence[str] = LABELS,
    max_steps: int = -1,
    processes: int = 1,
) -> Plan:
    """What :func:`vidner.train.finetune.fine_tune` would do with the same arguments.

    Raises:
        ModelError: The base cannot be loaded.
    """
    tags = tags_of(labels)
    model, tokenizer = load_base(config, tags=tags)
    encoder = encoder_of(config, model, tokenizer, tags=tags)
    windows, lost = encode_documents(documents, encoder)
    lengths = sorted(map(len, windows["input_ids"]))
    in_epoch = math.ceil(math.ceil(len(windows) / (config.batch * processes)) / config.accumulate)
    steps = max_steps if max_steps > 0 else math.ceil(config.epochs * in_epoch)
    return Plan(
        documents=len(documents),
        entities=sum(map(len, documents["entities"])),
        lost=len(lost),
        cut=len(cut_entities(documents, encoder.segmenter)) if encoder.segmenter else 0,
        windows=len(windows),
        tokens=sum(lengths),
        steps=steps,
        epochs=steps / in_epoch,
        parameters=model.num_parameters(),
        memory=_memory(model, lengths[-1], batch=config.batch),
        tokens_per_second=_speed(model, lengths, batch=config.batch),
        processes=processes,
    )


def _memory(model: Any, length: int, *, batch: int) -> int:
    settings = model.config
    token = 34 * settings.hidden_size + 5 * settings.num_attention_heads * length
    activations = batch * length * settings.num_hidden_layers * token
    return int(16 * model.num_parameters() + (1 if precision()["bf16"] else 2) * activations)


def _speed(model: Any, lengths: list[int], *, batch: int) -> float:
    """Tokens a second, forwards and backwards; the weights stay as they are."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device).train()
    tokens = seconds = 0.0
    for number, share in enumerate(MEASURED):
        length = lengths[int(share * (len(lengths) - 1))]
        ids = torch.randint(5, model.config.vocab_size, (batch, length), device=device)
        start = time.monotonic()
        with torch.autocast(device, torch.bfloat16, enabled=precision()["bf16"]):
            loss = model(
                input_ids=ids, attention_mask=torch.ones_like(ids), labels=torch.zeros_like(ids)
            ).loss
        loss.backward()
        loss.detach().item()  # waits for the device
        model.zero_grad()
        if number:
            seconds += time.monotonic() - start
            tokens += ids.numel()
    return tokens / seconds
