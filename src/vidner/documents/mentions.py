"""Mention lists: how a reader marks a text without copying it.

A mention list names, for each line of a document, its mentions from left to
right; their places follow from the text. Annotating real articles this way
keeps their sentences out of the list::

    @@ defence-00001
    1: P Đinh Ngọc Hệ
    3: D 30/10 | O Toà án Quân sự Trung ương | L Việt Nam@2

Each mention is the next occurrence, on word edges, behind the one before it in
its line; ``@2`` takes the second such occurrence. Lines without mentions are
left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vidner._entities import Entity
from vidner._errors import DocumentError
from vidner.documents._document import Document, is_edge, make_entity

LETTERS: dict[str, str] = {"P": "PERSON", "O": "ORG", "L": "LOC", "E": "EVENT", "D": "DATE"}

_MENTION = re.compile(r"(?P<label>[A-Z]) (?P<text>.+?)(?:@(?P<nth>\d+))?")
_LINE = re.compile(r"(?P<number>\d+)\s*:\s*(?P<mentions>.*)")


def parse_lists(text: str) -> Iterator[tuple[str, dict[int, list[str]]]]:
    """Document ids with ``line number -> mentions`` of each list in ``text``.

    Raises:
        DocumentError: A line is neither a heading nor ``number: mentions``.
    """
    name: str | None = None
    lines: dict[int, list[str]] = {}
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("@@"):
            if name is not None:
                yield name, lines
            name, lines = line[2:].strip(), {}
            continue
        match = _LINE.fullmatch(line)
        if match is None or name is None:
            raise DocumentError(f"line {number}: {line!r} is not '@@ id' or 'number: mentions'")
        mentions = [part.strip() for part in match["mentions"].split(" | ") if part.strip()]
        lines.setdefault(int(match["number"]), []).extend(mentions)
    if name is not None:
        yield name, lines


def locate(document: Document, lines: dict[int, list[str]]) -> tuple[Document, list[str]]:
    """The document with the listed mentions, and what could not be placed.

    Args:
        document: Text without entities.
        lines: Mentions by line number (the first line is 1), as ``"P Tên người"``.

    Returns:
        The annotated document and one message for each mention that was not
        found; those are left out of it.
    """
    starts = _line_starts(document.text)
    entities: list[Entity] = []
    unplaced: list[str] = []
    for number, mentions in sorted(lines.items()):
        if not 1 <= number < len(starts):
            unplaced.append(f"{document.id}: no line {number}, the text has {len(starts) - 1}")
            continue
        cursor, stop = starts[number - 1], starts[number]
        for mention in mentions:
            entity = _next_mention(document.text, mention, cursor, stop)
            if isinstance(entity, str):
                unplaced.append(f"{document.id} line {number}: {entity}")
                continue
            entities.append(entity)
            cursor = entity.end
    return document.with_entities(entities), unplaced


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _next_mention(text: str, mention: str, start: int, stop: int) -> Entity | str:
    match = _MENTION.fullmatch(mention)
    if match is None or match["label"] not in LETTERS:
        return f"{mention!r} is not a letter of {'/'.join(LETTERS)}, a space and the mention"
    wanted, left = match["text"], int(match["nth"] or 1)
    for found in occurrences(text, wanted, start, stop):
        left -= 1
        if left == 0:
            return make_entity(text, found, found + len(wanted), LETTERS[match["label"]])
    return f"{mention!r} was not found behind the mention before it"


def occurrences(text: str, wanted: str, start: int, stop: int) -> Iterator[int]:
    """Where ``wanted`` stands on word edges in ``text[start:stop]``."""
    found = text.find(wanted, start, stop)
    while found >= 0:
        if is_edge(text, found) and is_edge(text, found + len(wanted)):
            yield found
        found = text.find(wanted, found + 1, stop)


def unmarked_repeats(document: Document) -> list[str]:
    """Mentions that stand elsewhere in the same document outside every entity.

    A reader's commonest slip is a repeated name; each line of the answer names
    one place worth a second look.
    """
    labels = {entity.text: entity.label for entity in document.entities}
    covered = [False] * len(document.text)
    for entity in document.entities:
        covered[entity.start : entity.end] = [True] * (entity.end - entity.start)
    found = []
    for wanted, label in sorted(labels.items()):
        for start in occurrences(document.text, wanted, 0, len(document.text)):
            if not any(covered[start : start + len(wanted)]):
                number = document.text.count("\n", 0, start) + 1
                context = document.text[max(0, start - 25) : start + len(wanted) + 25]
                context = context.replace("\n", " ⏎ ")
                found.append(f"{document.id} line {number}: {label} {wanted!r} in «{context}»")
    return found
