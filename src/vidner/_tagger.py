"""Tagger: text in, entities out."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from itertools import chain, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidner._decode import Decoder, log_softmax
from vidner._entities import Entity
from vidner._errors import InputError, ModelError
from vidner._models import DIRECTORIES, model_directory
from vidner._reading import Logits, Reading
from vidner._windows import Window
from vidner._words import Word
from vidner.backends import Backend


class Tagger:
    """Finds the entities of texts with one model.

    Use :meth:`load`. A tagger may be shared by threads, and sent to other
    processes (they load its model again).
    """

    def __init__(self, backend: Backend, *, threads: int | None = None) -> None:
        self._backend = backend
        self._decoder = Decoder(backend.tags)
        self._threads = threads or _processors()
        self._ahead = 8 * self._threads  # windows that wait to be read or answered
        self._source: str | Path | None = None

    @classmethod
    def load(cls, model: str | Path | None = None, *, threads: int | None = None) -> Tagger:
        """A tagger with the embedded model or another one.

        Args:
            model: ``None`` or ``"small"`` for the default model inside the package,
                ``"tiny"`` for the faster one beside it; the directory of a packed
                model (``manifest.json``, ``model.onnx``, ``tokenizer.json``); or the
                directory or hub name of any fine-tuned Hugging Face checkpoint,
                PhoBERT's included (needs the extra ``train``).
            threads: Windows that are worked on at a time; all processors by default.

        Raises:
            ModelError: The model is missing, incomplete, damaged or unknown.
            MissingExtraError: The checkpoint needs packages that are not installed.
        """
        tagger = cls(_load_backend(model, threads or _processors()), threads=threads)
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
        reading = Reading(text)
        windows = reading.windows(self._backend)
        head = list(islice(windows, 2))
        if len(head) > 1 and self._threads > 1:
            (entities,) = self._read([(reading, chain(head, windows))])
            return entities
        for window in chain(head, windows):
            reading.add(self._backend.logits(window), self._decoder)
        return reading.entities

    def tag_many(self, texts: Iterable[str]) -> Iterator[list[Entity]]:
        """Entities of each text, in input order, read and answered lazily.

        Raises:
            InputError: A text is not a string.
        """
        if isinstance(texts, str):
            raise InputError("tag_many() wants several texts, got one string; use tag(text)")
        if self._threads == 1:
            yield from map(self.tag, texts)
            return
        readings = map(Reading, texts)
        yield from self._read((reading, reading.windows(self._backend)) for reading in readings)

    def _read(self, readings: Iterable[tuple[Reading, Iterable[Window]]]) -> Iterator[list[Entity]]:
        """Windows go to the threads, a few ahead of what is answered, however long the text."""
        pool = ThreadPoolExecutor(self._threads)
        waiting: deque[tuple[Reading, Future[Logits] | None]] = deque()
        try:
            for reading, windows in readings:
                submitted = (pool.submit(self._backend.logits, window) for window in windows)
                for scores in chain(submitted, [None]):
                    waiting.append((reading, scores))
                    while waiting and (waiting[0][1] is None or len(waiting) > self._ahead):
                        yield from self._answered(*waiting.popleft())
            while waiting:
                yield from self._answered(*waiting.popleft())
        finally:
            pool.shutdown(cancel_futures=True)

    def _answered(self, reading: Reading, scores: Future[Logits] | None) -> Iterator[list[Entity]]:
        if scores is None:
            yield reading.entities
        else:
            reading.add(scores.result(), self._decoder)

    def word_scores(self, text: str) -> list[tuple[list[Word], NDArray[np.float64]]]:
        """What the model thinks of each word, before the decoder: to measure doubt.

        Returns:
            For each line that has any, its words in the text's normal form, and
            ``[words, tags]`` log probabilities in the order of :attr:`tags`.

        Raises:
            InputError: ``text`` is not a string.
        """
        reading = Reading(text)
        blocks = [self._backend.logits(window) for window in reading.windows(self._backend)]
        lines = reading.waiting
        if not lines:
            return []
        ends = np.cumsum([len(line) for line in lines])
        scores = np.split(log_softmax(np.concatenate(blocks)), ends[:-1])
        return list(zip(lines, scores, strict=True))

    @property
    def tags(self) -> tuple[str, ...]:
        """The tag set of the model, in the order of its scores."""
        return self._decoder.tags


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _load_backend(model: str | Path | None, threads: int) -> Backend:
    directory = model_directory(model)
    packed = any((directory / name).exists() for name in ("manifest.json", "model.onnx"))
    if packed or directory in DIRECTORIES.values():
        from vidner.backends.onnx import OnnxBackend

        return OnnxBackend(directory, threads=min(threads, 2))
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
