"""Lenient views of the same predictions, for diagnosis only.

The scheme of SemEval-2013 task 9.1 (Segura-Bedmar et al. 2013): each gold
mention is paired with at most one overlapping prediction, and a view says what
a pair is worth. Strict scores remain the measure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vidner._entities import Entity
from vidner.documents import Document
from vidner.evaluation.pairing import Pairing, pair


@dataclass(frozen=True, slots=True)
class LenientCounts:
    """What became of gold mentions and predictions in one view; rates follow.

    Attributes:
        correct: Pairs that the view takes for right.
        partial: Pairs that it takes for half right.
        incorrect: Pairs that it takes for wrong.
        missed: Gold mentions without a prediction.
        invented: Predictions without a gold mention.
    """

    correct: int = 0
    partial: int = 0
    incorrect: int = 0
    missed: int = 0
    invented: int = 0

    def __add__(self, other: LenientCounts) -> LenientCounts:
        return LenientCounts(
            self.correct + other.correct,
            self.partial + other.partial,
            self.incorrect + other.incorrect,
            self.missed + other.missed,
            self.invented + other.invented,
        )

    @property
    def credit(self) -> float:
        """Correct pairs and half of the partial ones."""
        return self.correct + self.partial / 2

    @property
    def precision(self) -> float:
        """Credit a prediction; 0 when there are none."""
        return _share(self.credit, self._pairs + self.invented)

    @property
    def recall(self) -> float:
        """Credit a gold mention; 0 when there are none."""
        return _share(self.credit, self._pairs + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return _share(2 * self.credit, 2 * self._pairs + self.missed + self.invented)

    @property
    def _pairs(self) -> int:
        return self.correct + self.partial + self.incorrect

    def to_dict(self) -> dict[str, float]:
        """JSON form: rates and counts."""
        rates = {name: round(getattr(self, name), 4) for name in ("precision", "recall", "f1")}
        return {**rates, **{name: getattr(self, name) for name in self.__slots__}}


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _same_place(gold: Entity, predicted: Entity) -> bool:
    return (gold.start, gold.end) == (predicted.start, predicted.end)


VIEWS: dict[str, Callable[[Entity, Entity], float]] = {
    "strict": lambda g, p: float(g.span == p.span),
    "boundary": lambda g, p: float(_same_place(g, p)),
    "type": lambda g, p: float(g.label == p.label),
    "overlap": lambda g, p: 1.0 if _same_place(g, p) else 0.5,
}
"""What a pair is worth in each view: 1 correct, 0.5 partial, 0 incorrect.

``boundary`` leaves the label out, ``type`` the boundaries (any overlap will do),
``overlap`` the label, with half the credit where the boundaries differ.
"""


def lenient_scores(
    gold: Sequence[Document], predicted: Sequence[Document]
) -> dict[str, LenientCounts]:
    """Counts of each view over documents given in the same order."""
    pairings = [pair(g, p) for g, p in zip(gold, predicted, strict=True)]
    return {
        name: sum((_counts(pairing, worth) for pairing in pairings), LenientCounts())
        for name, worth in VIEWS.items()
    }


def _counts(pairing: Pairing, worth: Callable[[Entity, Entity], float]) -> LenientCounts:
    worths = [worth(gold, predicted) for gold, predicted in pairing.pairs]
    return LenientCounts(
        correct=worths.count(1.0),
        partial=worths.count(0.5),
        incorrect=worths.count(0.0),
        missed=len(pairing.missed),
        invented=len(pairing.invented),
    )
