"""One document type, and the rules that its annotations keep."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from vidner._entities import LABELS, Entity
from vidner._errors import DocumentError

_NAME_SIGNS = "+"  # signs that may end a name: ADMM+


@dataclass(frozen=True)
class Document:
    """A text with its entities, sorted and disjoint.

    Attributes:
        id: Name of the document, unique within its file.
        text: The raw text; offsets of the entities are its code points.
        entities: Annotated mentions in reading order.
        meta: Anything else that came with it (source, form, topic, annotator).
    """

    id: str
    text: str
    entities: tuple[Entity, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)

    def with_entities(self, entities: Iterable[Entity]) -> Document:
        """The same document with other entities."""
        return replace(self, entities=tuple(sorted(entities)))

    def to_dict(self) -> dict[str, Any]:
        """JSON form of the annotation files."""
        spans = [{"start": e.start, "end": e.end, "label": e.label} for e in self.entities]
        return {"id": self.id, "text": self.text, "entities": spans, "meta": dict(self.meta)}


def make_entity(text: str, start: int, end: int, label: str, *, score: float = 1.0) -> Entity:
    """An entity of ``text``; the mention's string is cut from it."""
    return Entity(start=start, end=end, label=label, text=text[start:end], score=score)


def is_edge(text: str, position: int) -> bool:
    """True where no word runs across ``position`` (both sides letter, digit or mark)."""
    if position <= 0 or position >= len(text):
        return True
    return not (_is_word_char(text[position - 1]) and _is_word_char(text[position]))


def _is_word_char(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNM"


def problems(document: Document, *, edges: bool = True) -> list[str]:
    """Every rule that the document's entities break, in words; empty when clean.

    Checked: legal labels, offsets inside the text, no overlap, mention equal to
    the text at its offsets, no mention that begins or ends inside a word or on
    anything but a letter or digit (``+`` may end one).

    Args:
        document: The document.
        edges: Check how mentions begin and end too; predictions need not keep that.
    """
    found: list[str] = []
    previous: Entity | None = None
    for entity in sorted(document.entities):
        found += [
            f"{document.id}: {what}" for what in _entity_problems(document.text, entity, edges)
        ]
        if previous is not None and entity.start < previous.end:
            found.append(f"{document.id}: {previous.text!r} and {entity.text!r} overlap")
        previous = entity
    return found


def _entity_problems(text: str, entity: Entity, edges: bool) -> list[str]:
    where = f"{entity.label} {entity.text!r} at {entity.start}-{entity.end}"
    if entity.label not in LABELS:
        return [f"{where}: unknown label, wanted one of {', '.join(LABELS)}"]
    if not 0 <= entity.start < entity.end <= len(text):
        return [f"{where}: outside the text, which has {len(text)} characters"]
    mention = text[entity.start : entity.end]
    if mention != entity.text:
        return [f"{where}: the text there is {mention!r}"]
    if not edges:
        return []
    found = []
    if not _is_word_char(mention[0]):
        found.append(f"{where}: must begin with a letter or digit")
    if not (_is_word_char(mention[-1]) or mention[-1] in _NAME_SIGNS):
        found.append(f"{where}: must end with a letter or digit")
    if not (is_edge(text, entity.start) and is_edge(text, entity.end)):
        found.append(f"{where}: begins or ends inside a word")
    return found


def check(document: Document) -> Document:
    """The document itself, or a :class:`DocumentError` with its first problem."""
    found = problems(document)
    if found:
        raise DocumentError(found[0])
    return document
