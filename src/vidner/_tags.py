"""The one place that knows BIO: entities to word tags and back.

Tags follow IOB2 (Tjong Kim Sang & Veenstra 1999): ``B-X`` begins every entity,
``I-X`` continues it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from vidner._entities import LABELS

OUTSIDE = "O"


def tags_of(labels: Sequence[str] = LABELS) -> tuple[str, ...]:
    """The tag set of a label set: O, then B- and I- of each label."""
    return (OUTSIDE, *(f"{prefix}-{label}" for label in labels for prefix in "BI"))


TAGS = tags_of()
"""Tags of the models of this package, in the order of their output."""


def spans_to_tags(count: int, spans: Iterable[tuple[int, int, str]]) -> list[str]:
    """Tags of ``count`` words with disjoint ``(first, one past last, label)`` spans."""
    tags = [OUTSIDE] * count
    for start, end, label in spans:
        tags[start] = f"B-{label}"
        tags[start + 1 : end] = [f"I-{label}"] * (end - start - 1)
    return tags


def tags_to_spans(tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """``(first word, one past last, label)`` of each entity of legal IOB2 tags."""
    spans: list[tuple[int, int, str]] = []
    start = 0
    for at, tag in enumerate([*tags, OUTSIDE]):
        if tag.startswith("I-"):
            continue
        if at and tags[at - 1] != OUTSIDE:
            spans.append((start, at, tags[at - 1][2:]))
        start = at
    return spans


def allowed_transitions(tags: Sequence[str]) -> NDArray[np.bool_]:
    """``[from, to]``: True where ``to`` may follow ``from`` (no I- without its B-)."""
    matrix = np.ones((len(tags), len(tags)), dtype=bool)
    for after, tag in enumerate(tags):
        if tag.startswith("I-"):
            matrix[:, after] = [before[2:] == tag[2:] and before != OUTSIDE for before in tags]
    return matrix


def allowed_starts(tags: Sequence[str]) -> NDArray[np.bool_]:
    """``[tag]``: True where a line may begin with the tag."""
    return np.array([not tag.startswith("I-") for tag in tags])
