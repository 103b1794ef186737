"""The one span type and the label set."""

from __future__ import annotations

from dataclasses import dataclass

LABELS: tuple[str, ...] = ("PERSON", "ORG", "LOC", "EVENT", "DATE")
"""Every label that a model or an annotation may carry."""


@dataclass(frozen=True, slots=True, order=True)
class Entity:
    """A labelled mention in a text.

    Attributes:
        start: First code point of the mention in the source text.
        end: One past its last code point (half-open range).
        label: One of :data:`LABELS`.
        text: The mention itself; ``source[start:end] == text``.
        score: Probability of the mention, 0 to 1; 1.0 for gold annotations.
    """

    start: int
    end: int
    label: str
    text: str
    score: float = 1.0

    @property
    def span(self) -> tuple[int, int, str]:
        """What strict evaluation compares: start, end and label."""
        return (self.start, self.end, self.label)

    def to_dict(self) -> dict[str, object]:
        """JSON form: text, label, start, end and score."""
        return {
            "text": self.text,
            "label": self.label,
            "start": self.start,
            "end": self.end,
            "score": round(self.score, 4),
        }
