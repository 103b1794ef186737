"""Backends: what turns a window of pieces into scores.

``onnx`` runs the packed models and needs nothing but the core dependencies;
``torch`` runs any fine-tuned Hugging Face checkpoint, PhoBERT's included.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vidner._segmenters import Segmenter
from vidner._windows import Window, Windower
from vidner._words import Word


class Backend(Protocol):
    """What the tagger needs of a model."""

    tags: tuple[str, ...]
    segmenter: Segmenter
    windower: Windower

    def pieces(self, lines: Sequence[Sequence[Word]]) -> list[list[list[int]]]:
        """Piece ids of each unit of each line."""

    def logits(self, window: Window) -> NDArray[np.float32]:
        """``[scored words, tags]``: the model's scores for the window's words."""
