"""Strict scores by length of the mention, by document, and by what is known of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vidner._entities import Entity
from vidner._text import normalize
from vidner._words import split_words
from vidner.documents import Document
from vidner.evaluation.scores import Counts, Scores

_LENGTHS = ((1, "1"), (2, "2"), (3, "3"), (4, "4"), (7, "5-7"), (10**9, "8 or more"))


def length_of(entity: Entity) -> str:
    """The mention's length class, in syllables."""
    count = len(split_words(normalize(entity.text).text))
    return next(name for most, name in _LENGTHS if count <= most)


def by_length(gold: Sequence[Document], predicted: Sequence[Document]) -> dict[str, Counts]:
    """Counts of each length class; a class without mentions is left out."""
    totals: dict[str, Counts] = {name: Counts() for _, name in _LENGTHS}
    for one, other in zip(gold, predicted, strict=True):
        found = {entity.span for entity in other.entities}
        for entity in one.entities:
            totals[length_of(entity)] += Counts(right=int(entity.span in found), gold=1)
        for entity in other.entities:
            totals[length_of(entity)] += Counts(predicted=1)
    return {name: counts for name, counts in totals.items() if counts != Counts()}


def by_group(
    gold: Sequence[Document], scores: Scores, group: Callable[[Document], str | None]
) -> dict[str, Counts]:
    """Counts over the documents of each group, groups in order of their names.

    Args:
        gold: The documents, in the order of the scores.
        scores: Their strict scores.
        group: Names a document's group; ``None`` leaves it out.
    """
    totals: dict[str, Counts] = {}
    for document, labels in zip(gold, scores.documents, strict=True):
        name = group(document)
        if name is not None:
            totals[name] = totals.get(name, Counts()) + sum(labels.values(), Counts())
    return dict(sorted(totals.items()))


def by_meta(gold: Sequence[Document], scores: Scores, key: str) -> dict[str, Counts]:
    """Counts by a value of the documents' ``meta``; empty when none has it."""
    return by_group(gold, scores, lambda d: str(d.meta[key]) if key in d.meta else None)
