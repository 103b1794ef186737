"""Predictions of a tagger on annotated documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from vidner._entities import Entity
from vidner.documents import Document


class TextTagger(Protocol):
    """Anything that tags texts: :class:`vidner.Tagger`, the baseline."""

    def tag(self, text: str) -> list[Entity]:
        """Entities of a text."""
        ...

    def tag_many(self, texts: Iterable[str]) -> Iterator[list[Entity]]:
        """Entities of each text, in input order."""
        ...


def predict(tagger: TextTagger, documents: Sequence[Document]) -> list[Document]:
    """The documents with the tagger's entities in place of their own."""
    found = tagger.tag_many(document.text for document in documents)
    return [
        document.with_entities(entities)
        for document, entities in zip(documents, found, strict=True)
    ]
