"""Strict span scores: a prediction counts when start, end and label are right.

Counts are stored and rates derived, so that scores of documents add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from vidner._entities import LABELS
from vidner.documents import Document

MICRO = "micro"
MACRO = "macro"


@dataclass(frozen=True, slots=True)
class Counts:
    """Right, predicted and gold spans; rates follow from them."""

    right: int = 0
    predicted: int = 0
    gold: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.right + other.right, self.predicted + other.predicted, self.gold + other.gold
        )

    @property
    def precision(self) -> float:
        """Share of the predicted spans that are right; 0 when there are none."""
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of the gold spans that were found; 0 when there are none."""
        return self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.predicted + self.gold
        return 2 * self.right / total if total else 0.0

    def to_dict(self) -> dict[str, float]:
        """JSON form: rates and counts."""
        return {
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "f1": round(self.f1, 4),
            "right": self.right,
            "predicted": self.predicted,
            "gold": self.gold,
        }


@dataclass(frozen=True)
class Scores:
    """Counts by label over some documents, and those of each document."""

    documents: tuple[dict[str, Counts], ...] = field(default=())

    @property
    def labels(self) -> dict[str, Counts]:
        """Counts of each label that occurs, in the order of the label set."""
        return _total(self.documents)

    @property
    def micro(self) -> Counts:
        """Counts over all labels."""
        return sum(self.labels.values(), Counts())

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the labels that occur."""
        return float(np.mean([counts.f1 for counts in self.labels.values()] or [0.0]))

    def __add__(self, other: Scores) -> Scores:
        return Scores(self.documents + other.documents)

    def intervals(
        self, *, level: float = 0.95, samples: int = 1000, seed: int = 0
    ) -> dict[str, tuple[float, float]]:
        """Percentile bootstrap intervals of F1 (Efron 1979), resampling documents.

        Returns:
            Low and high F1 of each label and of ``micro``, and the mean F1 of the
            labels as ``macro``.
        """
        random = np.random.default_rng(seed)
        names = [*self.labels, MICRO]
        # [documents, names, 3 counts]: a sample's counts are one matrix product.
        table = np.array([[_row(document, name) for name in names] for document in self.documents])
        drawn = random.multinomial(len(table), np.full(len(table), 1 / len(table)), size=samples)
        right, predicted, gold = np.moveaxis(np.tensordot(drawn, table, axes=1), -1, 0)
        f1 = 2 * right / np.maximum(predicted + gold, 1)
        tail = (1 - level) / 2
        f1 = np.column_stack([f1, f1[:, :-1].mean(axis=1) if self.labels else f1])
        low, high = np.quantile(f1, [tail, 1 - tail], axis=0)
        return {
            name: (float(a), float(b))
            for name, a, b in zip([*names, MACRO], low, high, strict=True)
        }

    def to_dict(self) -> dict[str, object]:
        """JSON form: rates, counts and intervals of each label and of micro."""
        intervals = self.intervals() if self.documents else {}
        rows = {**self.labels, MICRO: self.micro}
        return {
            "documents": len(self.documents),
            "macro_f1": round(self.macro_f1, 4),
            "macro_interval": _rounded(intervals.get(MACRO)),
            **{
                name: {**counts.to_dict(), "interval": _rounded(intervals.get(name))}
                for name, counts in rows.items()
            },
        }


def _rounded(interval: tuple[float, float] | None) -> list[float]:
    return [round(bound, 4) for bound in interval or (0.0, 0.0)]


def _row(document: dict[str, Counts], name: str) -> tuple[int, int, int]:
    counts = sum(document.values(), Counts()) if name == MICRO else document.get(name, Counts())
    return counts.right, counts.predicted, counts.gold


def _total(documents: Iterable[dict[str, Counts]]) -> dict[str, Counts]:
    total: dict[str, Counts] = {}
    for document in documents:
        for label, counts in document.items():
            total[label] = total.get(label, Counts()) + counts
    order = [*LABELS, *sorted(set(total) - set(LABELS))]
    return {label: total[label] for label in order if label in total}


def score(gold: Sequence[Document], predicted: Sequence[Document]) -> Scores:
    """Strict scores of predictions against gold, document by document.

    Raises:
        ValueError: The two do not hold the same documents in the same order.
    """
    rows = []
    for wanted, found in zip(gold, predicted, strict=True):
        if (wanted.id, wanted.text) != (found.id, found.text):
            raise ValueError(f"gold has document {wanted.id!r}, predictions have {found.id!r}")
        rows.append(_document_counts(wanted, found))
    return Scores(tuple(rows))


def _document_counts(gold: Document, predicted: Document) -> dict[str, Counts]:
    wanted = {entity.span for entity in gold.entities}
    found = {entity.span for entity in predicted.entities}
    labels = {label for _, _, label in wanted | found}
    return {
        label: Counts(
            right=sum(span[2] == label for span in wanted & found),
            predicted=sum(span[2] == label for span in found),
            gold=sum(span[2] == label for span in wanted),
        )
        for label in labels
    }
