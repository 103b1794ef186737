"""Every mistake of a tagger by class, in its sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from vidner._entities import Entity
from vidner.documents import Document
from vidner.evaluation.pairing import Group, groups

KINDS = ("missed", "invented", "wrong type", "too long", "too short", "split", "merged")
"""The classes; each mistake has exactly one.

Where boundaries and label are both wrong, the boundaries name the class.
"""

_BREAK = re.compile(r"\n+|[.!?…][\"”»’)\]]*\s+(?=[\"“«(\[]*(?P<next>\w))")


@dataclass(frozen=True, slots=True)
class Mistake:
    """Gold mentions and the predictions that stand in their place.

    Attributes:
        kind: One of :data:`KINDS`.
        document: Id of the document.
        gold: What was annotated; empty for an invented mention.
        predicted: What was found; empty for a missed one.
        start: First character of the sentence around it.
        sentence: That sentence.
    """

    kind: str
    document: str
    gold: tuple[Entity, ...]
    predicted: tuple[Entity, ...]
    start: int
    sentence: str

    @property
    def labels(self) -> list[str]:
        """Labels of either side, to filter by."""
        return sorted({entity.label for entity in (*self.gold, *self.predicted)})

    @property
    def string(self) -> str:
        """What to count it under: the mention, or gold and predicted mentions."""
        sides = [" + ".join(map(_named, side)) for side in (self.gold, self.predicted) if side]
        return " → ".join(sides)

    def to_dict(self) -> dict[str, object]:
        """JSON form; offsets count from the start of the sentence."""
        return {
            "kind": self.kind,
            "document": self.document,
            "at": self.start,
            "labels": self.labels,
            "sentence": self.sentence,
            "gold": [self._spot(entity) for entity in self.gold],
            "predicted": [self._spot(entity) for entity in self.predicted],
        }

    def _spot(self, entity: Entity) -> dict[str, object]:
        row = entity.to_dict()
        return {**row, "start": entity.start - self.start, "end": entity.end - self.start}


def _named(entity: Entity) -> str:
    return f"{' '.join(entity.text.split())} ({entity.label})"


def mistakes(gold: Sequence[Document], predicted: Sequence[Document]) -> Iterator[Mistake]:
    """Every mistake of documents given in the same order, in reading order."""
    for one, other in zip(gold, predicted, strict=True):
        for group in groups(one, other):
            if not group.is_right:
                yield _mistake(one, group)


def _mistake(document: Document, group: Group) -> Mistake:
    both = (*group.gold, *group.predicted)
    start, end = sentence_around(
        document.text, min(e.start for e in both), max(e.end for e in both)
    )
    return Mistake(
        kind_of(group),
        document.id,
        group.gold,
        group.predicted,
        start,
        document.text[start:end],
    )


def kind_of(group: Group) -> str:
    """The class of a group that is not right.

    Several against several, which overlap like bricks, are ``split`` when the
    predictions are more than the gold mentions, else ``merged``.
    """
    if not group.predicted:
        return "missed"
    if not group.gold:
        return "invented"
    if len(group.gold) == len(group.predicted) == 1:
        gold, predicted = group.gold[0], group.predicted[0]
        if (gold.start, gold.end) == (predicted.start, predicted.end):
            return "wrong type"
        longer = predicted.end - predicted.start > gold.end - gold.start
        return "too long" if longer else "too short"
    return "split" if len(group.predicted) > len(group.gold) else "merged"


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The range of the sentence that holds ``[start, end)``, or of the sentences."""
    line = text.rfind("\n", 0, start) + 1
    first, last = line, len(text)
    for at in _sentence_starts(text, line):
        if at <= start:
            first = at
        elif at >= end:
            last = at
            break
    return first, first + len(text[first:last].rstrip())


def _sentence_starts(text: str, start: int) -> Iterator[int]:
    """Where sentences begin behind ``start``; a lower-case word begins none."""
    for match in _BREAK.finditer(text, start):
        if match["next"] is None or not match["next"].islower():
            yield match.end()


def by_kind(found: Iterable[Mistake]) -> dict[str, int]:
    """How many mistakes each class has, all classes named."""
    counts = Counter(mistake.kind for mistake in found)
    return {kind: counts[kind] for kind in KINDS}


def commonest(found: Iterable[Mistake], *, most: int = 10) -> dict[str, list[tuple[str, int]]]:
    """The strings that each class is made on most often."""
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    for mistake in found:
        counts[mistake.kind][mistake.string] += 1
    return {kind: counter.most_common(most) for kind, counter in counts.items() if counter}
