"""Error hunting: annotations that a model which never saw them confidently contradicts.

In the manner of confident learning (Northcutt et al. 2021), but a reader decides:
the disagreements are listed, read against the guidelines, and where the
annotation is wrong it is changed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vidner._entities import LABELS, Entity
from vidner._errors import DocumentError
from vidner.documents import Document, check, make_entity
from vidner.documents.marks import entities_to_marks, parse_marks
from vidner.evaluation.mistakes import Mistake, mistakes

VERDICTS = ("annotation", "model", "neither")
"""Who is right about a disagreement."""

_VERDICT = re.compile(r"(?P<number>\d+) +(?P<verdict>\w+)(?: +(?P<marked>\S.*))?")


@dataclass(frozen=True)
class Finding:
    """A disagreement that was read.

    Attributes:
        mistake: Annotated and predicted mentions, and their sentence.
        verdict: One of :data:`VERDICTS`.
        entities: What the annotation becomes in their place.
    """

    mistake: Mistake
    verdict: str
    entities: tuple[Entity, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON form: offsets in the document and labels, no text."""
        return {
            "document": self.mistake.document,
            "kind": self.mistake.kind,
            "score": round(min(e.score for e in self.mistake.predicted), 3),
            "annotation": _spans(self.mistake.gold),
            "model": _spans(self.mistake.predicted),
            "verdict": self.verdict,
            "entities": _spans(self.entities),
        }


def _spans(entities: Iterable[Entity]) -> list[list[object]]:
    return [[e.start, e.end, e.label] for e in entities]


def confident(
    gold: Sequence[Document], predicted: Sequence[Document], *, score: float
) -> Iterator[Mistake]:
    """Mistakes in which the model is sure of every mention that it predicts.

    Missed mentions are none of them: they come with no prediction to be sure of.

    Args:
        gold: Annotated documents.
        predicted: The same documents, in the same order, as a model reads them
            that was not trained on them.
        score: Least score of a sure prediction.
    """
    for mistake in mistakes(gold, predicted):
        if mistake.predicted and min(e.score for e in mistake.predicted) >= score:
            yield mistake


def listing(found: Iterable[Mistake]) -> str:
    """The disagreements, numbered from 1, for reading: both readings of the sentence, marked."""
    return "\n".join(
        f"@@ {number} | {mistake.document} | {mistake.kind}\n"
        f"annotation: {_marked(mistake, mistake.gold)}\n"
        f"model:      {_marked(mistake, mistake.predicted)}\n"
        for number, mistake in enumerate(found, 1)
    )


def _marked(mistake: Mistake, entities: Iterable[Entity]) -> str:
    moved = [
        make_entity(
            mistake.sentence, e.start - mistake.start, e.end - mistake.start, e.label
        )
        for e in entities
    ]  # fmt: skip
    sentence = Document(mistake.document, mistake.sentence, tuple(moved))
    return entities_to_marks(sentence).replace("\n", " ⏎ ")


def read_verdicts(text: str, found: Sequence[Mistake]) -> list[Finding]:
    """Findings of a reader's lines: ``12 annotation``, ``12 model`` or ``12 neither MARKED``.

    ``MARKED`` is a part of the sentence with the right marks in it; it holds both
    readings' mentions.

    Raises:
        DocumentError: A line is no verdict, a disagreement has none or two, or
            the part is not in the sentence.
    """
    findings: dict[int, Finding] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        match = _VERDICT.fullmatch(line)
        if match is None or match["verdict"] not in VERDICTS:
            raise DocumentError(f"{line!r}: wanted 'NUMBER {'|'.join(VERDICTS)} [MARKED]'")
        number = int(match["number"])
        if not 1 <= number <= len(found):
            raise DocumentError(f"{line!r}: there are disagreements 1 to {len(found)}")
        if number in findings:
            raise DocumentError(f"{line!r}: disagreement {number} has a verdict already")
        findings[number] = _finding(found[number - 1], match["verdict"], match["marked"])
    unread = [number for number in range(1, len(found) + 1) if number not in findings]
    if unread:
        raise DocumentError(f"no verdict on {len(unread)} disagreements, the first is {unread[0]}")
    return [findings[number] for number in sorted(findings)]


def _finding(mistake: Mistake, verdict: str, marked: str | None) -> Finding:
    if verdict != "neither":
        right = mistake.gold if verdict == "annotation" else mistake.predicted
        return Finding(mistake, verdict, right)
    part, entities = parse_marks((marked or "").replace(" ⏎ ", "\n"))
    both = (*mistake.gold, *mistake.predicted)
    start, end = min(e.start for e in both), max(e.end for e in both)
    for match in re.finditer(re.escape(part), mistake.sentence) if part else ():
        at = mistake.start + match.start()
        if at <= start and end <= at + len(part):
            moved = (Entity(at + e.start, at + e.end, e.label, e.text) for e in entities)
            return Finding(mistake, verdict, tuple(moved))
    raise DocumentError(
        f"{mistake.document}: {part!r} is no part of {mistake.sentence!r} that holds "
        f"{' and '.join(repr(e.text) for e in both)}"
    )


def corrected(document: Document, findings: Iterable[Finding]) -> Document:
    """The document with every finding's entities in place of its annotation.

    Raises:
        DocumentError: The result breaks a rule of annotations.
    """
    kept = set(document.entities)
    added: set[Entity] = set()
    for finding in findings:
        parts = [e.span for e in finding.entities]
        kept -= set(finding.mistake.gold)
        kept = {e for e in kept if e.span not in parts}
        added |= {make_entity(document.text, *span) for span in parts}
    return check(document.with_entities(kept | added))


def summary_rows(parts: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[tuple[str, ...]]:
    """For each part of the data: disagreements, those where the annotation was wrong, by label.

    Args:
        parts: Findings in their JSON form by name of the part.
    """
    rows = []
    for name, findings in parts.items():
        wrong = [each for each in findings if each["verdict"] != "annotation"]
        labels = Counter(_label(each) for each in wrong)
        rows.append(
            (name, str(len(findings)), str(len(wrong)), *(str(labels[label]) for label in LABELS))
        )
    return rows


def _label(finding: Mapping[str, Any]) -> str:
    side = finding["annotation"] or finding["model"]
    return str(side[0][2])
