"""Any fine-tuned Hugging Face checkpoint, from a directory or a hub."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidner._errors import MissingExtraError, ModelError
from vidner._segmenters import Segmenter
from vidner._tags import OUTSIDE, tags_of
from vidner._windows import Window, Windower
from vidner._words import Word
from vidner.backends._pieces import pieces_of

DEFAULT_WINDOW = 192


def window_limit(config: Any, tokenizer: Any, *, wanted: int = DEFAULT_WINDOW) -> int:
    """Pieces that a window may have: no more than the model has positions for."""
    positions = int(getattr(config, "max_position_embeddings", wanted))
    if config.model_type in ("roberta", "xlm-roberta", "camembert"):
        positions -= 2  # their positions begin behind the padding's
    most = min(positions, int(tokenizer.model_max_length))
    return min(wanted, most)


def windower_of(config: Any, tokenizer: Any, *, wanted: int = DEFAULT_WINDOW) -> Windower:
    """How documents are cut for this model."""
    return Windower(
        window_limit(config, tokenizer, wanted=wanted),
        begin=tokenizer.cls_token_id,
        end=tokenizer.sep_token_id,
    )


class TorchBackend:
    """A token-classification checkpoint whose labels are IOB2 tags.

    Args:
        name: Directory or hub name.

    Raises:
        ModelError: It cannot be loaded, or its labels are not IOB2 tags.
        MissingExtraError: torch, transformers or its segmenter is not installed.
    """

    def __init__(self, name: str) -> None:
        try:
            import torch
            from transformers import AutoModelForTokenClassification, AutoTokenizer
        except ImportError as error:
            raise MissingExtraError(error.name or "transformers", extra="train") from error
        try:
            tokenizer = AutoTokenizer.from_pretrained(name)
            model = AutoModelForTokenClassification.from_pretrained(name)
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise ModelError(
                f"{name}: cannot be loaded as a token-classification checkpoint ({reason}); "
                "give a directory with config.json, weights and tokenizer, or a hub name"
            ) from error
        self._torch = torch
        self._model = model.eval()
        self._pieces = pieces_of(tokenizer)
        self.tags = _checked_tags(name, model.config.id2label)
        self.segmenter = Segmenter(getattr(model.config, "vidner_segmenter", "none"))
        wanted = getattr(model.config, "vidner_window", DEFAULT_WINDOW)
        self.windower = windower_of(model.config, tokenizer, wanted=wanted)

    def pieces(self, lines: Sequence[Sequence[Word]]) -> list[list[list[int]]]:
        """Piece ids of each word of each line."""
        return self._pieces(lines)

    def logits(self, window: Window) -> NDArray[np.float32]:
        """``[scored words, tags]``."""
        with self._torch.inference_mode():
            logits = self._model(input_ids=self._torch.tensor([window.ids])).logits
        scored: NDArray[np.float32] = logits[0, window.firsts].float().numpy()
        return scored


def _checked_tags(name: str, id2label: dict[int, str]) -> tuple[str, ...]:
    tags = tuple(id2label[number] for number in sorted(id2label))
    labels = sorted({tag[2:] for tag in tags if tag != OUTSIDE})
    if set(tags) != set(tags_of(labels)):
        raise ModelError(
            f"{name}: its labels are {', '.join(tags[:6])}…, wanted O, B-X and I-X for each X; "
            "fine-tune it with training/finetune.py first"
        )
    return tags
