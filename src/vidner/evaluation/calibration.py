"""Is a score of 0.8 right four times in five? Reliability and thresholds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vidner.documents import Document
from vidner.evaluation.scores import Counts

BINS = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """A prediction's score, its label, and whether it was right (strictly)."""

    score: float
    label: str
    right: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions with scores in ``[low, high)``; the last bin holds its end too."""

    low: float
    high: float
    count: int
    right: int
    total_score: float

    @property
    def confidence(self) -> float:
        """Their mean score."""
        return self.total_score / self.count if self.count else 0.0

    @property
    def accuracy(self) -> float:
        """Their share that is right."""
        return self.right / self.count if self.count else 0.0

    def to_dict(self) -> dict[str, float]:
        """JSON form."""
        return {
            "low": self.low,
            "high": self.high,
            "count": self.count,
            "right": self.right,
            "confidence": round(self.confidence, 4),
            "accuracy": round(self.accuracy, 4),
        }


def outcomes(gold: Sequence[Document], predicted: Sequence[Document]) -> list[Outcome]:
    """Outcome of each prediction of documents given in the same order."""
    found = []
    for one, other in zip(gold, predicted, strict=True):
        wanted = {entity.span for entity in one.entities}
        found += [Outcome(e.score, e.label, e.span in wanted) for e in other.entities]
    return found


def reliability(found: Sequence[Outcome], *, bins: int = BINS) -> list[Bin]:
    """Bins of equal width over the scores."""
    rows: list[list[Outcome]] = [[] for _ in range(bins)]
    for outcome in found:
        rows[min(int(outcome.score * bins), bins - 1)].append(outcome)
    return [
        Bin(
            low=at / bins,
            high=(at + 1) / bins,
            count=len(row),
            right=sum(outcome.right for outcome in row),
            total_score=sum(outcome.score for outcome in row),
        )
        for at, row in enumerate(rows)
    ]


def expected_calibration_error(table: Sequence[Bin]) -> float:
    """Mean distance of accuracy from confidence (Naeini et al. 2015), weighted by count."""
    total = sum(row.count for row in table)
    gaps = (row.count * abs(row.accuracy - row.confidence) for row in table)
    return sum(gaps) / total if total else 0.0


def tempered(score: float, temperature: float) -> float:
    """The score with its log odds divided by the temperature (Guo et al. 2017)."""
    clipped = min(max(score, 1e-6), 1 - 1e-6)
    return 1 / (1 + math.exp(-math.log(clipped / (1 - clipped)) / temperature))


def fit_temperature(found: Sequence[Outcome]) -> float:
    """The temperature of least log loss on development outcomes, 0.2 to 5.

    The loss has one minimum in the logarithm of the temperature; golden-section
    search finds it. Without outcomes the answer is 1, which changes nothing.
    """
    if not found:
        return 1.0
    low, high = math.log(0.2), math.log(5.0)
    ratio = (math.sqrt(5) - 1) / 2
    while high - low > 1e-3:
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if _log_loss(found, math.exp(left)) < _log_loss(found, math.exp(right)):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


def _log_loss(found: Sequence[Outcome], temperature: float) -> float:
    loss = 0.0
    for outcome in found:
        score = min(max(tempered(outcome.score, temperature), 1e-9), 1 - 1e-9)
        loss -= math.log(score if outcome.right else 1 - score)
    return loss / len(found)


def with_temperature(found: Sequence[Outcome], temperature: float) -> list[Outcome]:
    """The outcomes with tempered scores."""
    return [Outcome(tempered(o.score, temperature), o.label, o.right) for o in found]


def by_threshold(
    found: Sequence[Outcome], gold: int, *, steps: int = 20
) -> list[tuple[float, Counts]]:
    """Counts when predictions below a threshold are dropped, for equal steps of it.

    Args:
        found: Outcomes, of one label or of all.
        gold: Gold mentions of the same label or of all.
        steps: Thresholds between 0 and 1, 0 included.
    """
    rows = []
    for step in range(steps):
        threshold = step / steps
        kept = [outcome.right for outcome in found if outcome.score >= threshold]
        rows.append((threshold, Counts(right=sum(kept), predicted=len(kept), gold=gold)))
    return rows
