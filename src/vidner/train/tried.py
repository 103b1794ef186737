"""Settings of fine-tuning that are tried: what does not help does not stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch.nn import functional

from vidner._tags import TAGS
from vidner.train.data import IGNORED


def label_loss(logits: Any, labels: Any, *, smoothing: float, event_weight: float) -> Any:
    """Cross entropy with smoothed labels (Szegedy et al. 2016) and heavier events."""
    scored = labels != IGNORED
    weights = torch.tensor([event_weight if tag.endswith("EVENT") else 1.0 for tag in TAGS])
    return functional.cross_entropy(
        logits[scored].float(), labels[scored], weight=weights.to(logits.device),
        label_smoothing=smoothing,
    )  # fmt: skip


def layer_rates(model: Any, *, rate: float, decay: float, weight_decay: float) -> Any:
    """AdamW whose learning rate falls layer by layer towards the input (Howard & Ruder 2018)."""
    layers = model.config.num_hidden_layers
    groups = []
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        if ".layer." in name:
            depth = layers - 1 - int(name.split(".layer.")[1].split(".")[0])
        else:
            depth = layers if "embeddings" in name else 0
        groups.append(
            {
                "params": [parameter],
                "lr": rate * decay**depth,
                "weight_decay": weight_decay if parameter.ndim > 1 else 0.0,
            }
        )
    return torch.optim.AdamW(groups)


def adversarial_step(trainer: Any, model: Any, inputs: Mapping[str, Any], *, size: float) -> None:
    """Gradients at embeddings moved along their gradient (Miyato et al. 2017) are added."""
    weight = model.get_input_embeddings().weight
    if weight.grad is None or not (norm := weight.grad.norm()):
        return
    shift = size * weight.grad / norm
    weight.data.add_(shift)
    with trainer.compute_loss_context_manager():
        loss = trainer.compute_loss(model, dict(inputs))
    trainer.accelerator.backward(loss)
    weight.data.sub_(shift)
