"""How predictions change when only the spelling or the fillers of a text do."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from vidner._entities import Entity
from vidner.documents import Document
from vidner.evaluation.edits import Change
from vidner.evaluation.perturbations import PERTURBATIONS, Perturbation
from vidner.evaluation.predict import TextTagger, predict
from vidner.evaluation.scores import Counts, score


@dataclass(frozen=True)
class Robustness:
    """What a perturbation did to the documents that it changed.

    Attributes:
        name: Name of the perturbation.
        about: What it does.
        documents: Documents that it changed.
        before: Micro counts of these as they were.
        after: Micro counts of these when changed.
        lines: Lines that it changed (the invariance tests).
        passed: Lines among them with the same predictions before and after.
        mentions: Predictions before.
        kept: Those that were found again, same label, carried boundaries.
    """

    name: str
    about: str
    documents: int
    before: Counts
    after: Counts
    lines: int
    passed: int
    mentions: int
    kept: int

    @property
    def pass_rate(self) -> float:
        """Share of the changed lines whose predictions stayed; 1 when none changed."""
        return self.passed / self.lines if self.lines else 1.0

    @property
    def flip_rate(self) -> float:
        """Share of the predictions that were not found again."""
        return 1 - self.kept / self.mentions if self.mentions else 0.0

    def to_dict(self) -> dict[str, object]:
        """JSON form: rates and counts."""
        return {
            "name": self.name,
            "about": self.about,
            "documents": self.documents,
            "f1_before": round(self.before.f1, 4),
            "f1_after": round(self.after.f1, 4),
            "lines": self.lines,
            "passed": self.passed,
            "pass_rate": round(self.pass_rate, 4),
            "mentions": self.mentions,
            "kept": self.kept,
            "flip_rate": round(self.flip_rate, 4),
        }


@dataclass(frozen=True)
class _Case:
    gold: Document
    before: Document
    change: Change


def robustness(
    tagger: TextTagger,
    gold: Sequence[Document],
    predicted: Sequence[Document],
    *,
    perturbations: Iterable[Perturbation] = PERTURBATIONS,
    seed: int = 0,
) -> Iterator[Robustness]:
    """The outcome of each perturbation.

    Args:
        tagger: The tagger whose predictions these are.
        gold: Annotated documents.
        predicted: Its predictions on them, in the same order.
        perturbations: What to try.
        seed: Seed of the random choices; they depend on it and the document only.
    """
    for perturbation in perturbations:
        cases = []
        for one, before in zip(gold, predicted, strict=True):
            edits = perturbation.edits(one, Random(f"{seed} {one.id}"))
            if edits:
                cases.append(_Case(one, before, Change(one.text, edits)))
        yield _outcome(tagger, perturbation, cases)


def _outcome(tagger: TextTagger, perturbation: Perturbation, cases: Sequence[_Case]) -> Robustness:
    changed = [case.change.document(case.gold) for case in cases]
    found = predict(tagger, changed)
    lines = passed = mentions = kept = 0
    for case, after in zip(cases, found, strict=True):
        carried = [case.change.carry(entity) for entity in case.before.entities]
        spans = {entity.span for entity in after.entities}
        mentions += len(carried)
        kept += sum(entity.span in spans for entity in carried)
        tests = list(_line_tests(case, carried, after.entities))
        lines += len(tests)
        passed += sum(tests)
    return Robustness(
        name=perturbation.name,
        about=perturbation.about,
        documents=len(cases),
        before=score([c.gold for c in cases], [c.before for c in cases]).micro,
        after=score(changed, found).micro,
        lines=lines,
        passed=passed,
        mentions=mentions,
        kept=kept,
    )


def _line_tests(case: _Case, carried: list[Entity], found: Iterable[Entity]) -> Iterator[bool]:
    """For each line of the original that was changed: are the predictions the same?"""
    starts = [0, *(at + 1 for at, char in enumerate(case.gold.text) if char == "\n")]
    touched = {bisect_right(starts, edit.start) - 1 for edit in case.change.edits}
    moved = [case.change.start(at) for at in starts]
    expected = _by_line(moved, carried)
    actual = _by_line(moved, found)
    for line in sorted(touched):
        yield expected.get(line, set()) == actual.get(line, set())


def _by_line(starts: list[int], entities: Iterable[Entity]) -> dict[int, set[tuple[int, int, str]]]:
    lines: dict[int, set[tuple[int, int, str]]] = {}
    for entity in entities:
        lines.setdefault(bisect_right(starts, entity.start) - 1, set()).add(entity.span)
    return lines
