"""Agreement of two annotations of the same documents."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vidner._tags import OUTSIDE, spans_to_tags
from vidner._words import split_words
from vidner.documents import Document


def word_tags(document: Document) -> list[str]:
    """IOB2 tag of each word of the document's text."""
    words = split_words(document.text)
    first = {word.start: at for at, word in enumerate(words)}
    last = {word.end: at + 1 for at, word in enumerate(words)}
    spans = [(first[e.start], last[e.end], e.label) for e in document.entities]
    return spans_to_tags(len(words), spans)


def kappa(one: Sequence[Document], other: Sequence[Document], *, label: str | None = None) -> float:
    """Cohen's kappa (Cohen 1960) of the labels of the words, BIO prefixes left out.

    Args:
        one: Annotated documents.
        other: The same ones, annotated by another.
        label: Tell only this label from everything else.

    Raises:
        ValueError: The two do not hold the same texts in the same order.
    """
    pairs: list[tuple[str, str]] = []
    for a, b in zip(one, other, strict=True):
        pairs += zip(_labels(a, label), _labels(b, label), strict=True)
    names = sorted({label for pair in pairs for label in pair})
    table = np.zeros((len(names), len(names)))
    for a_label, b_label in pairs:
        table[names.index(a_label), names.index(b_label)] += 1
    table /= table.sum()
    expected = float(table.sum(axis=0) @ table.sum(axis=1))
    observed = float(np.trace(table))
    return (observed - expected) / (1 - expected) if expected < 1 else 1.0


def _labels(document: Document, wanted: str | None) -> list[str]:
    labels = [tag if tag == OUTSIDE else tag[2:] for tag in word_tags(document)]
    return [OUTSIDE if wanted and label != wanted else label for label in labels]


def differences(one: Document, other: Document) -> list[str]:
    """Every span that only one of the two has, in reading order, in words."""
    a, b = set(one.entities), set(other.entities)
    rows = [(e.start, "-", e) for e in a - b] + [(e.start, "+", e) for e in b - a]
    return [
        f"{one.id} {sign} {entity.label} {entity.text!r} at {start}: "
        f"«{one.text[max(0, start - 30) : entity.end + 30]!r}»"
        for start, sign, entity in sorted(rows, key=lambda row: (row[0], row[1]))
    ]
