"""What training saw of the gold documents, and recall on what it did not see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vidner._entities import Entity
from vidner._text import normalize
from vidner._words import split_words
from vidner.documents import Document
from vidner.evaluation.scores import Counts

GROUPS = ("annotated in training", "only in its text", "new string", "every syllable new")
"""Groups of gold mentions, from the best known to the least."""


def _words(text: str) -> list[str]:
    return [word.text for word in split_words(normalize(text).text)]


def _joined(text: str) -> str:
    return f" {' '.join(_words(text))} "


class Exposure:
    """The strings and syllables of some training documents.

    Strings are compared word by word in their normal form, capitals kept.
    """

    def __init__(self, training: Iterable[Document]) -> None:
        documents = list(training)
        self._texts = {normalize(document.text).text for document in documents}
        self._lines = {_joined(line) for d in documents for line in d.text.split("\n")}
        self._text = "\n".join(self._lines)
        self._mentions = {_joined(e.text) for d in documents for e in d.entities}
        self._syllables = set(self._text.split())

    def group(self, entity: Entity) -> str:
        """Which of :data:`GROUPS` a mention belongs to."""
        joined = _joined(entity.text)
        if joined in self._mentions:
            return GROUPS[0]
        if joined in self._text:
            return GROUPS[1]
        return GROUPS[2] if self._syllables & set(joined.split()) else GROUPS[3]

    def has_text(self, document: Document) -> bool:
        """True when the very text was among the training documents."""
        return normalize(document.text).text in self._texts

    def share_of_lines(self, documents: Sequence[Document]) -> float:
        """Share of the documents' lines that are lines of the training documents."""
        lines = [_joined(line) for d in documents for line in d.text.split("\n") if line.strip()]
        return sum(line in self._lines for line in lines) / len(lines) if lines else 0.0

    def summary(self, documents: Sequence[Document]) -> dict[str, float]:
        """How much of the documents training saw."""
        return {
            "training_documents": len(self._texts),
            "documents": len(documents),
            "documents_in_training": sum(map(self.has_text, documents)),
            "share_of_lines_in_training": round(self.share_of_lines(documents), 4),
        }


def recall_by_exposure(
    gold: Sequence[Document], predicted: Sequence[Document], exposure: Exposure
) -> dict[str, Counts]:
    """Right and gold counts of each group; predictions belong to no group."""
    totals = dict.fromkeys(GROUPS, Counts())
    for one, other in zip(gold, predicted, strict=True):
        found = {entity.span for entity in other.entities}
        for entity in one.entities:
            counts = Counts(right=int(entity.span in found), gold=1)
            totals[exposure.group(entity)] += counts
    return totals
