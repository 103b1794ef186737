"""Changes of a text that carry its entities along."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, pairwise

from vidner._entities import Entity
from vidner.documents import Document, make_entity


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """``text[start:end]`` becomes ``new``; an empty range inserts."""

    start: int
    end: int
    new: str


class Change:
    """A text after some disjoint edits, and where its offsets went.

    Args:
        text: The text before.
        edits: Disjoint edits of it, in any order.

    Raises:
        ValueError: Two edits overlap.
    """

    def __init__(self, text: str, edits: Iterable[Edit]) -> None:
        self.edits = sorted(edits)
        for one, other in pairwise(self.edits):
            if other.start < one.end:
                raise ValueError(f"{one} and {other} overlap; edits must be disjoint")
        self._starts = [edit.start for edit in self.edits]
        self._ends = [edit.end for edit in self.edits]
        growth = (len(edit.new) - (edit.end - edit.start) for edit in self.edits)
        self._shifts = [0, *accumulate(growth)]
        self.text = self._applied(text)

    def _applied(self, text: str) -> str:
        parts = []
        at = 0
        for edit in self.edits:
            parts += [text[at : edit.start], edit.new]
            at = edit.end
        return "".join([*parts, text[at:]])

    def start(self, position: int) -> int:
        """Where a mention that began at ``position`` begins now.

        Inside a replaced range this is the start of the replacement; what was
        inserted at ``position`` stays outside.
        """
        done = bisect_right(self._ends, position)
        return min(position, self._start_of(done, position)) + self._shifts[done]

    def end(self, position: int) -> int:
        """Where a mention that ended at ``position`` ends now, likewise."""
        # Insertions exactly at the end stay outside.
        done = bisect_left(self._starts, position)
        if done and self._ends[done - 1] > position:
            return self._ends[done - 1] + self._shifts[done]
        return position + self._shifts[done]

    def _start_of(self, edit: int, position: int) -> int:
        return self._starts[edit] if edit < len(self._starts) else position

    def carry(self, entity: Entity) -> Entity:
        """The entity at its new place, with its new string."""
        start, end = self.start(entity.start), self.end(entity.end)
        return make_entity(self.text, start, end, entity.label, score=entity.score)

    def document(self, document: Document) -> Document:
        """The document with the new text and its entities carried along."""
        entities = tuple(self.carry(entity) for entity in document.entities)
        return Document(document.id, self.text, entities, document.meta)
