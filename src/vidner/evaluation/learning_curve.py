"""Learning curves: how good a model gets with each further document that is annotated."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from vidner._entities import Entity
from vidner._words import split_words
from vidner.documents import Document
from vidner.evaluation.scores import score


class Model(Protocol):
    """What is trained anew for each point."""

    def tag_many(self, texts: Iterable[str]) -> Iterable[list[Entity]]:
        """Entities of each text, in input order."""


Train = Callable[[Sequence[Document], int], Any]
"""A model of annotated documents, with a seed."""

Choose = Callable[[Sequence[Document], Sequence[Document], Any, int, random.Random], list[Document]]
"""Documents to annotate next: out of a pool, given those annotated, the model and how many."""


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a curve: what was annotated, and strict micro-F1 on the test documents."""

    documents: int
    words: int
    f1: float


def curve(
    pool: Sequence[Document],
    test: Sequence[Document],
    *,
    train: Train,
    choose: Choose,
    first: int,
    step: int,
    seed: int,
    most: int | None = None,
) -> list[Point]:
    """Annotate the pool step by step, train each time from nothing, and measure.

    Args:
        pool: Annotated documents; their entities count only once they are chosen.
        test: Documents to measure on, none of them in the pool.
        train: Makes a model.
        choose: Chooses documents.
        first: Documents chosen at random to begin with; the same for each seed.
        step: Documents chosen each time.
        seed: Seed of everything that is random.
        most: Documents to annotate at most; the whole pool by default.
    """
    random_numbers = random.Random(seed)
    rest = list(pool)
    random_numbers.shuffle(rest)
    done, rest = rest[:first], rest[first:]
    points = []
    while True:
        model = train(done, seed)
        points.append(Point(len(done), _words(done), _f1(model, test)))
        if not rest or (most is not None and len(done) >= most):
            return points
        chosen = choose(rest, done, model, min(step, len(rest)), random_numbers)
        names = {document.id for document in chosen}
        if not names:
            return points
        done = [*done, *chosen]
        rest = [document for document in rest if document.id not in names]


def choose_at_random(
    rest: Sequence[Document],
    done: Sequence[Document],
    model: Any,
    count: int,
    random_numbers: random.Random,
) -> list[Document]:
    """What selection is compared with."""
    return random_numbers.sample(list(rest), count)


def words_needed(points: Sequence[Point], f1: float) -> float | None:
    """Words to annotate until a curve first reaches ``f1``, between points linearly."""
    for one, other in pairwise(points):
        if other.f1 >= f1 > one.f1:
            share = (f1 - one.f1) / (other.f1 - one.f1)
            return one.words + share * (other.words - one.words)
    return float(points[0].words) if points and points[0].f1 >= f1 else None


def mean_curve(curves: Sequence[Sequence[Point]]) -> list[Point]:
    """Point-by-point mean of curves of several seeds."""
    return [
        Point(
            points[0].documents,
            round(float(np.mean([point.words for point in points]))),
            float(np.mean([point.f1 for point in points])),
        )
        for points in zip(*curves, strict=False)
    ]


def _words(documents: Iterable[Document]) -> int:
    return sum(len(split_words(document.text)) for document in documents)


def _f1(model: Model, test: Sequence[Document]) -> float:
    guesses = model.tag_many(document.text for document in test)
    found = [document.with_entities(guess) for document, guess in zip(test, guesses, strict=True)]
    return score(list(test), found).micro.f1
