"""Agreement of a project's annotators, pair by pair."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from vidner._entities import LABELS
from vidner.documents import Document
from vidner.documents.label_studio import Annotation
from vidner.evaluation.agreement import differences, kappa
from vidner.evaluation.scores import MICRO, Scores, score


@dataclass(frozen=True)
class Pair:
    """Two annotators over the documents that both annotated.

    Attributes:
        one: The first of them.
        other: The second; its spans are read as predictions of the first one's.
        scores: Strict span scores.
        kappas: Cohen's kappa on words, of each label and of all as ``micro``.
        differences: Every span that only one of them has (``-`` the first, ``+``
            the second).
    """

    one: str
    other: str
    scores: Scores
    kappas: dict[str, float]
    differences: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        rows = {**self.scores.labels, MICRO: self.scores.micro}
        return {
            "annotators": [self.one, self.other],
            "documents": len(self.scores.documents),
            "f1": {name: round(counts.f1, 4) for name, counts in rows.items()},
            "kappa": {name: round(value, 4) for name, value in self.kappas.items()},
            "differences": list(self.differences),
        }


def pairs(annotations: Iterable[Sequence[Annotation]]) -> list[Pair]:
    """Each pair of annotators that share documents, the one with the most first.

    Args:
        annotations: The finished annotations of each document.
    """
    shared: dict[tuple[str, str], list[tuple[Document, Document]]] = {}
    for found in annotations:
        for one, other in combinations(sorted(found, key=lambda each: each.annotator), 2):
            both = (one.document, other.document)
            shared.setdefault((one.annotator, other.annotator), []).append(both)
    ordered = sorted(shared.items(), key=lambda row: (-len(row[1]), row[0]))
    return [_pair(*names, documents) for names, documents in ordered]


def _pair(one: str, other: str, documents: Sequence[tuple[Document, Document]]) -> Pair:
    first, second = [a for a, _ in documents], [b for _, b in documents]
    scores = score(first, second)
    kappas = {
        label: kappa(first, second, label=label) for label in LABELS if label in scores.labels
    }
    listed = [line for a, b in documents for line in differences(a, b)]
    return Pair(one, other, scores, {**kappas, MICRO: kappa(first, second)}, tuple(listed))
