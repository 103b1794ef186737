"""Predictions of a tagger on annotated documents."""

from __future__ import annotations

from collections.abc import Sequence

from vidner._tagger import Tagger
from vidner.documents import Document


def predict(tagger: Tagger, documents: Sequence[Document]) -> list[Document]:
    """The documents with the tagger's entities in place of their own."""
    found = tagger.tag_many(document.text for document in documents)
    return [
        document.with_entities(entities)
        for document, entities in zip(documents, found, strict=True)
    ]
