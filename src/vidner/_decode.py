"""Constrained decoding: the best tag sequence that is legal IOB2."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vidner._tags import allowed_starts, allowed_transitions

_FORBIDDEN = -1e9


class Decoder:
    """Best legal tag path of a line (Viterbi 1967, with 0/1 transitions).

    Args:
        tags: The tag set, in the order of the scores' columns.
    """

    def __init__(self, tags: Sequence[str]) -> None:
        self.tags = tuple(tags)
        self._allowed = allowed_transitions(tags)
        self._starts = allowed_starts(tags)
        self._penalty = np.where(self._allowed, 0.0, _FORBIDDEN)
        self._start_penalty = np.where(self._starts, 0.0, _FORBIDDEN)

    def best_path(self, scores: NDArray[np.floating]) -> NDArray[np.intp]:
        """Index of the best tag of each word.

        Args:
            scores: Log probabilities, ``[words, tags]``.
        """
        if len(scores) == 0:
            return np.zeros(0, dtype=np.intp)
        path: NDArray[np.intp] = scores.argmax(axis=1)
        # When the best tag of every word happens to make a legal path, no
        # other legal path can be better.
        if self._starts[path[0]] and self._allowed[path[:-1], path[1:]].all():
            return path
        return self._viterbi(scores)

    def _viterbi(self, scores: NDArray[np.floating]) -> NDArray[np.intp]:
        back = np.zeros(scores.shape, dtype=np.intp)
        total = scores[0] + self._start_penalty
        for at in range(1, len(scores)):
            joined = total[:, None] + self._penalty
            back[at] = joined.argmax(axis=0)
            total = joined.max(axis=0) + scores[at]
        path = np.zeros(len(scores), dtype=np.intp)
        path[-1] = total.argmax()
        for at in range(len(scores) - 1, 0, -1):
            path[at - 1] = back[at, path[at]]
        return path


def log_softmax(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Log probabilities over the last axis."""
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    normalized: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return normalized
