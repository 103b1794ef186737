"""Selection: which documents of a pool to annotate next (active learning).

A mention is doubtful when, for one of its words, the best tag leads the second
best by little: the least margin (Scheffer et al. 2001), entity by entity. A
document is worth the doubt of its mentions for each word that must be read, with
more weight on labels that are rare in the pool; a string that was chosen
before counts less each time, and near-duplicates are passed over.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vidner._decode import Decoder
from vidner._tags import OUTSIDE, tags_to_spans
from vidner._words import Word
from vidner.documents import Document
from vidner.documents.news import shingles

LineScores = tuple[list[Word], NDArray[np.float64]]

_NEAR = 0.5  # a word outside every mention counts as a doubtful one below this margin
_REPEAT = 0.5  # what a string counts each further time
_SHARE = 0.15  # of a document's runs of words, at most, in those chosen before


class Scorer(Protocol):
    """A model that tells the probability of each tag, :class:`vidner.Tagger` for one."""

    @property
    def tags(self) -> tuple[str, ...]:
        """The tag set, in the order of the scores."""

    def word_scores(self, text: str) -> list[LineScores]:
        """Words and log probabilities of their tags, line by line."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A predicted mention, or words that might be one.

    Attributes:
        text: Its words.
        label: The predicted label, or the one that comes second after "outside".
        margin: Least difference of the two best tags' probabilities on its words.
    """

    text: str
    label: str
    margin: float


@dataclass(frozen=True)
class Choice:
    """A chosen document.

    Attributes:
        document: The document.
        worth: Its worth when it was chosen.
        mentions: What the model sees in it, the most doubtful first.
    """

    document: Document
    worth: float
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    document: Document
    mentions: tuple[Mention, ...]
    words: int


def mentions_of(lines: Iterable[LineScores], tags: Sequence[str]) -> list[Mention]:
    """Predicted mentions and near misses of a text, in reading order.

    Args:
        lines: Words and log probabilities, line by line.
        tags: The tag set, in the order of the scores.
    """
    decoder = Decoder(tags)
    found = []
    for words, scores in lines:
        probabilities = np.exp(scores)
        second, best = np.sort(probabilities, axis=1)[:, -2:].T
        margins = best - second
        path = [tags[at] for at in decoder.best_path(scores)]
        likely = _likely_labels(scores, tags)
        outside = np.array([tag == OUTSIDE for tag in path])
        spans = tags_to_spans(path) + _runs(outside & (margins < _NEAR), likely)
        for first, last, label in sorted(spans):
            text = " ".join(word.text for word in words[first:last])
            found.append(Mention(text, label, float(margins[first:last].min())))
    return found


def _likely_labels(scores: NDArray[np.float64], tags: Sequence[str]) -> list[str]:
    """The best label of each word, "outside" left out."""
    inside = [at for at, tag in enumerate(tags) if tag != OUTSIDE]
    return [tags[inside[at]][2:] for at in scores[:, inside].argmax(axis=1)]


def _runs(where: NDArray[np.bool_], labels: Sequence[str]) -> list[tuple[int, int, str]]:
    spans = []
    start = None
    for at, here in enumerate([*where, False]):
        if here and start is None:
            start = at
        elif not here and start is not None:
            spans.append((start, at, labels[start]))
            start = None
    return spans


def select(
    pool: Iterable[Document],
    scorer: Scorer,
    count: int,
    *,
    known: Iterable[Document] = (),
    progress: Callable[[int], object] = lambda count: None,
) -> list[Choice]:
    """The documents to annotate next, the most useful first.

    Args:
        pool: Documents; their entities are not looked at.
        scorer: The present model.
        count: How many to choose; fewer are chosen when the rest are near-duplicates.
        known: Documents that are annotated already: left out, their near-duplicates too.
        progress: Called with the number of documents read by the model.
    """
    candidates = []
    annotated = list(known)
    names = {document.id for document in annotated}
    for document in pool:
        if document.id not in names and document.text.strip():
            lines = scorer.word_scores(document.text)
            mentions = sorted(mentions_of(lines, scorer.tags), key=lambda each: each.margin)
            words = sum(len(line) for line, _ in lines)
            candidates.append(_Candidate(document, tuple(mentions), words))
        progress(1)
    return _greedy(candidates, count, seen=_all_shingles(annotated))


def _all_shingles(documents: Iterable[Document]) -> set[int]:
    return {run for document in documents for run in shingles(document.text)}


def _greedy(candidates: Sequence[_Candidate], count: int, *, seen: set[int]) -> list[Choice]:
    """Best first; a worth only falls as others are chosen, so old ones are looked at last."""
    weights = _label_weights(candidates)
    times: Counter[tuple[str, str]] = Counter()
    heap = [(-_worth(each, weights, times), at) for at, each in enumerate(candidates)]
    heapq.heapify(heap)
    chosen: list[Choice] = []
    while heap and len(chosen) < count:
        _, at = heapq.heappop(heap)
        candidate = candidates[at]
        worth = _worth(candidate, weights, times)
        if heap and -heap[0][0] > worth:
            heapq.heappush(heap, (-worth, at))
            continue
        runs = shingles(candidate.document.text)
        if len(runs & seen) > _SHARE * len(runs):
            continue
        seen |= runs
        times.update({(each.text, each.label) for each in candidate.mentions})
        chosen.append(Choice(candidate.document, worth, candidate.mentions))
    return chosen


def _label_weights(candidates: Iterable[_Candidate]) -> dict[str, float]:
    """Weights of labels, by the root of how rare they are; 1 on average over mentions."""
    counts = Counter(each.label for candidate in candidates for each in candidate.mentions)
    raw = {label: math.sqrt(counts.total() / count) for label, count in counts.items()}
    mean = sum(raw[label] * count for label, count in counts.items()) / max(counts.total(), 1)
    return {label: weight / mean for label, weight in raw.items()}


def _worth(
    candidate: _Candidate, weights: Mapping[str, float], times: Counter[tuple[str, str]]
) -> float:
    doubt = 0.0
    own: Counter[tuple[str, str]] = Counter()
    for mention in candidate.mentions:
        key = (mention.text, mention.label)
        repeated = float(_REPEAT ** (times[key] + own[key]))
        doubt += weights[mention.label] * (1 - mention.margin) * repeated
        own[key] += 1
    return doubt / math.sqrt(max(candidate.words, 1))
