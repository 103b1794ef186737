"""Tagger: text in, entities out."""

from __future__ import annotations

import os
import unicodedata
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidner._decode import Decoder, log_softmax
from vidner._entities import Entity
from vidner._errors import InputError, ModelError
from vidner._tags import tags_to_spans
from vidner._text import NormalText, normalize
from vidner._windows import Window
from vidner._words import Word, split_lines
from vidner.backends import Backend

EMBEDDED = Path(__file__).parent / "model"
"""The directory of the model inside the package."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    text: str
    normal: NormalText
    lines: list[list[Word]]
    windows: list[Window]


class Tagger:
    """Finds the entities of texts with one model.

    Use :meth:`load`. A tagger may be shared by threads, and sent to other
    processes (they load its model again).
    """

    def __init__(self, backend: Backend, *, threads: int | None = None) -> None:
        self._backend = backend
        self._decoder = Decoder(backend.tags)
        self._threads = threads or _processors()
        self._source: str | Path | None = None

    @classmethod
    def load(cls, model: str | Path | None = None, *, threads: int | None = None) -> Tagger:
        """A tagger with the embedded model or another one.

        Args:
            model: ``None`` for the model inside the package; the directory of a
                packed model (``manifest.json``, ``model.onnx``,
                ``tokenizer.json``); or the directory or hub name of any
                fine-tuned Hugging Face checkpoint, PhoBERT's included (needs
                the extra ``train``).
            threads: Windows that are worked on at a time; all processors by default.

        Raises:
            ModelError: The model is missing, incomplete, damaged or unknown.
            MissingExtraError: The checkpoint needs packages that are not installed.
        """
        tagger = cls(_load_backend(model), threads=threads)
        tagger._source = model
        return tagger

    def __reduce__(self) -> tuple[object, ...]:
        return _reload, (self._source, self._threads)

    def tag(self, text: str) -> list[Entity]:
        """Entities of a text, sorted and disjoint.

        Offsets are code points of exactly the string given, whatever its
        Unicode form: ``text[entity.start:entity.end] == entity.text``.

        Raises:
            InputError: ``text`` is not a string.
        """
        return next(self.tag_many([text]))

    def tag_many(self, texts: Iterable[str]) -> Iterator[list[Entity]]:
        """Entities of each text, in input order, read and answered lazily.

        Raises:
            InputError: A text is not a string.
        """
        if isinstance(texts, str):
            raise InputError("tag_many() wants several texts, got one string; use tag(text)")
        if self._threads == 1:
            for text in texts:
                prepared = self._prepare(text)
                yield self._assemble(prepared, map(self._backend.logits, prepared.windows))
            return
        with ThreadPoolExecutor(self._threads) as pool:
            waiting: deque[tuple[_Prepared, list[Future[NDArray[np.float32]]]]] = deque()
            for text in texts:
                prepared = self._prepare(text)
                futures = [pool.submit(self._backend.logits, w) for w in prepared.windows]
                waiting.append((prepared, futures))
                if len(waiting) > 4 * self._threads:
                    yield self._collect(*waiting.popleft())
            while waiting:
                yield self._collect(*waiting.popleft())

    def word_scores(self, text: str) -> list[tuple[list[Word], NDArray[np.float64]]]:
        """What the model thinks of each word, before the decoder: to measure doubt.

        Returns:
            For each line that has any, its words in the text's normal form, and
            ``[words, tags]`` log probabilities in the order of :attr:`tags`.

        Raises:
            InputError: ``text`` is not a string.
        """
        prepared = self._prepare(text)
        if not prepared.lines:
            return []
        blocks = [self._backend.logits(window) for window in prepared.windows]
        scores = log_softmax(np.concatenate(blocks))
        ends = np.cumsum([len(line) for line in prepared.lines])
        return list(zip(prepared.lines, np.split(scores, ends[:-1]), strict=True))

    @property
    def tags(self) -> tuple[str, ...]:
        """The tag set of the model, in the order of its scores."""
        return self._decoder.tags

    def _collect(
        self, prepared: _Prepared, futures: list[Future[NDArray[np.float32]]]
    ) -> list[Entity]:
        return self._assemble(prepared, (future.result() for future in futures))

    def _prepare(self, text: str) -> _Prepared:
        if not isinstance(text, str):
            raise InputError(
                f"tag() wants a string, got {type(text).__name__}; decode bytes first, "
                "and pass several texts to tag_many()"
            )
        normal = normalize(text)
        lines = split_lines(normal.text)
        windows = list(self._backend.windower.windows(self._backend.pieces(lines)))
        return _Prepared(text, normal, lines, windows)

    def _assemble(self, prepared: _Prepared, logits: Iterable[NDArray[np.float32]]) -> list[Entity]:
        entities: list[Entity] = []
        blocks = list(logits)
        if not blocks:
            return entities
        scores = log_softmax(np.concatenate(blocks))
        start = 0
        for line in prepared.lines:
            entities += self._entities(prepared, line, scores[start : start + len(line)])
            start += len(line)
        return entities

    def _entities(
        self, prepared: _Prepared, line: list[Word], scores: NDArray[np.float64]
    ) -> Iterator[Entity]:
        path = self._decoder.best_path(scores)
        tags = [self._decoder.tags[tag] for tag in path]
        for first, last, label in tags_to_spans(tags):
            start, end = prepared.normal.original(line[first].start, line[last - 1].end)
            while end < len(prepared.text) and unicodedata.category(prepared.text[end])[0] == "M":
                end += 1
            score = float(np.exp(scores[np.arange(first, last), path[first:last]].min()))
            yield Entity(start, end, label, prepared.text[start:end], score)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _load_backend(model: str | Path | None) -> Backend:
    if model is None:
        from vidner.backends.onnx import OnnxBackend

        return OnnxBackend(EMBEDDED)
    directory = Path(model)
    if (directory / "manifest.json").exists() or (directory / "model.onnx").exists():
        from vidner.backends.onnx import OnnxBackend

        return OnnxBackend(directory)
    if directory.is_dir() and not (directory / "config.json").exists():
        raise ModelError(
            f"{directory}: no manifest.json (packed model) and no config.json (checkpoint) in it"
        )
    from vidner.backends.torch import TorchBackend

    return TorchBackend(str(model))


def _reload(source: str | Path | None, threads: int) -> Tagger:
    return Tagger.load(source, threads=threads)


@cache
def _embedded() -> Tagger:
    return Tagger.load()


def tag(text: str) -> list[Entity]:
    """Entities of a Vietnamese text, found by the embedded model.

    Args:
        text: Any string.

    Returns:
        Entities sorted by place, disjoint, with offsets into ``text``. Empty or
        blank text gives an empty list.

    Raises:
        InputError: ``text`` is not a string (it is a ``TypeError`` too).
    """
    return _embedded().tag(text)
