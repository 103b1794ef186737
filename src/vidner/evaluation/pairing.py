"""Which prediction stands for which gold mention, where they are not the same.

Gold mentions are disjoint, and so are predictions; together they fall into
groups that overlap. Every lenient view and every error class is read off them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vidner._entities import Entity
from vidner.documents import Document

Pair = tuple[Entity, Entity]


@dataclass(frozen=True, slots=True)
class Group:
    """Gold mentions and predictions connected by overlap; one side may be empty."""

    gold: tuple[Entity, ...]
    predicted: tuple[Entity, ...]

    @property
    def is_right(self) -> bool:
        """True for one gold mention with exactly its prediction."""
        return [e.span for e in self.gold] == [e.span for e in self.predicted]


@dataclass(frozen=True, slots=True)
class Pairing:
    """Gold mentions with the one prediction that stands for each, and the rest."""

    pairs: tuple[Pair, ...]
    missed: tuple[Entity, ...]
    invented: tuple[Entity, ...]


def groups(gold: Document, predicted: Document) -> Iterator[Group]:
    """Groups of a document in reading order."""
    sides = [(e.start, e, 0) for e in gold.entities]
    sides += [(e.start, e, 1) for e in predicted.entities]
    waiting: tuple[list[Entity], list[Entity]] = ([], [])
    end = 0
    for start, entity, side in sorted(sides):
        if start >= end and any(waiting):
            yield Group(tuple(waiting[0]), tuple(waiting[1]))
            waiting = ([], [])
        waiting[side].append(entity)
        end = max(end, entity.end)
    if any(waiting):
        yield Group(tuple(waiting[0]), tuple(waiting[1]))


def shared(one: Entity, other: Entity) -> int:
    """Characters that two mentions have in common."""
    return max(0, min(one.end, other.end) - max(one.start, other.start))


def pair(gold: Document, predicted: Document) -> Pairing:
    """One-to-one pairs: in each group the largest overlap first, equal labels before others."""
    pairs: list[Pair] = []
    missed: list[Entity] = []
    invented: list[Entity] = []
    for group in groups(gold, predicted):
        found = _pairs_of(group)
        taken = {id(entity) for each in found for entity in each}
        pairs += found
        missed += [entity for entity in group.gold if id(entity) not in taken]
        invented += [entity for entity in group.predicted if id(entity) not in taken]
    return Pairing(tuple(pairs), tuple(missed), tuple(invented))


def _pairs_of(group: Group) -> list[Pair]:
    candidates = [(g, p) for g in group.gold for p in group.predicted if shared(g, p)]
    candidates.sort(key=lambda each: (-shared(*each), each[0].label != each[1].label, each))
    pairs: list[Pair] = []
    taken: set[int] = set()
    for each in candidates:
        if not taken & {id(entity) for entity in each}:
            pairs.append(each)
            taken |= {id(entity) for entity in each}
    return sorted(pairs)
