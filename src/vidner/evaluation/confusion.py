"""Confusion between labels, whatever the boundaries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from vidner._entities import LABELS
from vidner.documents import Document
from vidner.evaluation.pairing import pair

NONE = "none"


@dataclass(frozen=True)
class Confusion:
    """Counts of ``(gold label, predicted label)``; ``none`` where one side is missing."""

    counts: Counter[tuple[str, str]]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the rows (gold) and of the columns (predicted)."""
        return (*LABELS, NONE)

    @property
    def matrix(self) -> list[list[int]]:
        """Rows of gold labels, columns of predicted ones."""
        return [[self.counts[row, column] for column in self.names] for row in self.names]

    def to_dict(self) -> dict[str, object]:
        """JSON form."""
        return {"names": list(self.names), "matrix": self.matrix}


def confusion(gold: Sequence[Document], predicted: Sequence[Document]) -> Confusion:
    """Label against label over mentions that overlap, missed and invented ones included."""
    counts: Counter[tuple[str, str]] = Counter()
    for one, other in zip(gold, predicted, strict=True):
        pairing = pair(one, other)
        counts.update((g.label, p.label) for g, p in pairing.pairs)
        counts.update((entity.label, NONE) for entity in pairing.missed)
        counts.update((NONE, entity.label) for entity in pairing.invented)
    return Confusion(counts)
