"""A linear tagger over word features: quick to train, for simulations that train often.

Multinomial logistic regression by stochastic gradient descent on each word's
form, shape, edges and neighbours; the decoder makes legal tags of it. It is not
meant to be good, only to learn as taggers do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidner._decode import Decoder
from vidner._entities import Entity
from vidner._errors import MissingExtraError
from vidner._tags import TAGS, spans_to_tags, tags_to_spans
from vidner._words import Word, split_lines
from vidner.documents import Document, make_entity

_FLOOR = 1e-6  # what a tag that was never seen is given


class LinearTagger:
    """Learns from annotated documents and tags others.

    Args:
        documents: What to learn from, at least one with words; texts are taken as they are.
        seed: Seed of the order in which examples are seen.
        epochs: How often they are seen.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """

    tags = TAGS

    def __init__(self, documents: Iterable[Document], *, seed: int = 0, epochs: int = 6) -> None:
        try:
            from scipy.sparse import vstack
            from sklearn.linear_model import SGDClassifier
        except ImportError as error:
            raise MissingExtraError(error.name or "sklearn", extra="train") from None
        self._decoder = Decoder(self.tags)
        self._model: Any = SGDClassifier(
            loss="log_loss", alpha=3e-6, max_iter=epochs, tol=None, average=True, random_state=seed
        )
        read = list(documents)
        gold = [
            tag
            for document in read
            for line in split_lines(document.text)
            for tag in _line_tags(document, line)
        ]
        self._model.fit(vstack([_features(document.text) for document in read]), gold)
        self._columns = [self.tags.index(tag) for tag in self._model.classes_]

    def word_scores(self, text: str) -> list[tuple[list[Word], NDArray[np.float64]]]:
        """For each line, its words and ``[words, tags]`` log probabilities."""
        lines = split_lines(text)
        if not lines:
            return []
        known = self._model.predict_proba(_features(text))
        probabilities = np.full((len(known), len(self.tags)), _FLOOR)
        probabilities[:, self._columns] = np.maximum(known, _FLOOR)
        scores = np.log(probabilities / probabilities.sum(axis=1, keepdims=True))
        ends = np.cumsum([len(line) for line in lines])
        return list(zip(lines, np.split(scores, ends[:-1]), strict=True))

    def tag(self, text: str) -> list[Entity]:
        """Entities of a text, sorted and disjoint."""
        found = []
        for words, scores in self.word_scores(text):
            tags = [self.tags[at] for at in self._decoder.best_path(scores)]
            for first, last, label in tags_to_spans(tags):
                found.append(make_entity(text, words[first].start, words[last - 1].end, label))
        return found

    def tag_many(self, texts: Iterable[str]) -> Iterator[list[Entity]]:
        """Entities of each text, in input order."""
        return map(self.tag, texts)


def _line_tags(document: Document, line: Sequence[Word]) -> list[str]:
    first = {word.start: at for at, word in enumerate(line)}
    last = {word.end: at + 1 for at, word in enumerate(line)}
    spans = [
        (first[e.start], last[e.end], e.label)
        for e in document.entities
        if e.start in first and e.end in last
    ]
    return spans_to_tags(len(line), spans)


@lru_cache(maxsize=4096)
def _features(text: str) -> Any:
    """Hashed features of each word of a text, ``[words, features]``, sparse."""
    from sklearn.feature_extraction import FeatureHasher

    hasher = FeatureHasher(n_features=1 << 18, input_type="string")
    return hasher.transform([row for line in split_lines(text) for row in _line_names(line)])


def _line_names(line: Sequence[Word]) -> list[list[str]]:
    padded = ["<2>", "<1>", *(word.text for word in line), "</1>", "</2>"]
    return [_names(padded[at : at + 5]) for at in range(len(line))]


def _names(window: Sequence[str]) -> list[str]:
    """Names of the features of the middle word of five."""
    names = ["bias"]
    for at, word in enumerate(window):
        names += [f"{at}={word.lower()}", f"{at}~{_shape(word)}"]
    _, left, word, right, _ = window
    names += [f"<{word.lower()[:3]}", f">{word.lower()[-3:]}"]
    names += [f"l+{left.lower()}+{word.lower()}", f"r+{word.lower()}+{right.lower()}"]
    names.append(f"s+{_shape(left)}+{_shape(word)}+{_shape(right)}")
    names.append(f"m+{left.lower()}+{_shape(word)}")
    return names


def _shape(word: str) -> str:
    if word.isdigit():
        return f"9{min(len(word), 4)}"
    if word.isupper():
        return "X" if len(word) == 1 else "XX"
    if word[:1].isupper():
        return "Xx"
    return "x" if word.isalpha() else word[:1]
