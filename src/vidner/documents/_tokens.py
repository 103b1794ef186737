"""Tokens of a document: its words, cut where an entity begins or ends inside one."""

from __future__ import annotations

from collections.abc import Iterator

from vidner._entities import LABELS
from vidner._errors import DocumentError
from vidner._words import Word, split_words
from vidner.documents._document import Document


def tokens(document: Document) -> list[Word]:
    """Tokens in order; between them is nothing but white space, and entities end on their edges."""
    cuts = {edge for entity in document.entities for edge in (entity.start, entity.end)}
    return [token for word in split_words(document.text) for token in _cut(word, cuts)]


def _cut(word: Word, cuts: set[int]) -> Iterator[Word]:
    start = word.start
    for edge in [*(at for at in range(word.start + 1, word.end) if at in cuts), word.end]:
        text = word.text[start - word.start : edge - word.start]
        yield Word(text, start, edge, word.spaced and start == word.start)
        start = edge


def token_spans(document: Document, words: list[Word]) -> list[tuple[int, int, str]]:
    """``(first token, one past the last, label)`` of each entity.

    Raises:
        DocumentError: An entity that tokens cannot carry, see :func:`check_spans`.
    """
    check_spans(document)
    first = {word.start: at for at, word in enumerate(words)}
    last = {word.end: at + 1 for at, word in enumerate(words)}
    return [(first[e.start], last[e.end], e.label) for e in document.entities]


def check_spans(document: Document) -> Document:
    """The document itself, if its entities are spans that every format can hold.

    The rules of annotations (:func:`vidner.documents.check`) are stricter: this
    is what holds for a tagger's entities too.

    Raises:
        DocumentError: An unknown label, a span outside the text, empty, over
            another one, or with white space at its edge.
    """
    previous = 0
    for entity in sorted(document.entities):
        where = f"{document.id}: {entity.label} at {entity.start}-{entity.end}"
        if entity.label not in LABELS:
            raise DocumentError(f"{where}: unknown label, wanted one of {', '.join(LABELS)}")
        if not 0 <= entity.start < entity.end <= len(document.text):
            raise DocumentError(f"{where}: outside the text, of {len(document.text)} characters")
        if entity.start < previous:
            raise DocumentError(f"{where}: overlaps the one before, which ends at {previous}")
        mention = document.text[entity.start : entity.end]
        if mention != mention.strip():
            raise DocumentError(f"{where}: white space at the edge of {mention!r}; trim the span")
        previous = entity.end
    return document
