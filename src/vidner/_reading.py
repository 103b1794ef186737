"""Reading a text: into windows, a section at a time, and from their scores into entities."""

from __future__ import annotations

import unicodedata
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidner._decode import Decoder, log_softmax
from vidner._entities import Entity
from vidner._errors import InputError
from vidner._tags import tags_to_spans
from vidner._text import NormalText, normalize, sections
from vidner._windows import Window
from vidner._words import Word, split_lines
from vidner.backends import Backend

Logits = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Line:
    """A line that waits for its scores."""

    section: int
    normal: NormalText
    words: list[Word]

    def original(self, first: int, last: int) -> tuple[int, int]:
        """Where words ``first`` to ``last - 1`` stand in the text."""
        start, end = self.normal.original(self.words[first].start, self.words[last - 1].end)
        return self.section + start, self.section + end


class Reading:
    """A text on its way: its lines wait for their scores, and become entities."""

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise InputError(
                f"tag() wants a string, got {type(text).__name__}; decode bytes first, "
                "and pass several texts to tag_many()"
            )
        self.text = text
        self.entities: list[Entity] = []
        self._lines: deque[Line] = deque()
        self._scores: list[Logits] = []
        self._scored = 0

    def windows(self, backend: Backend) -> Iterator[Window]:
        """The windows of the text, a section at a time."""
        return backend.windower.windows(self._pieces(backend))

    def _pieces(self, backend: Backend) -> Iterator[list[list[int]]]:
        for start, end in sections(self.text):
            normal = normalize(self.text[start:end])
            lines = backend.segmenter(split_lines(normal.text))
            for words, pieces in zip(lines, backend.pieces(lines), strict=True):
                self._lines.append(Line(start, normal, words))
                yield pieces

    @property
    def waiting(self) -> list[list[Word]]:
        """The words of each line that has been given to a window and has no entities yet."""
        return [line.words for line in self._lines]

    def add(self, logits: Logits, decoder: Decoder) -> None:
        """Take the scores of the next window; complete lines are decoded."""
        self._scores.append(logits)
        self._scored += len(logits)
        while self._lines and self._scored >= len(self._lines[0].words):
            line = self._lines.popleft()
            rows = np.concatenate(self._scores) if len(self._scores) > 1 else self._scores[0]
            size = len(line.words)
            self._scores = [rows[size:]]
            self._scored -= size
            self._decode(line, rows[:size], decoder)

    def _decode(self, line: Line, logits: Logits, decoder: Decoder) -> None:
        scores = log_softmax(logits)
        path = decoder.best_path(scores)
        for first, last, label in tags_to_spans([decoder.tags[tag] for tag in path]):
            start, end = line.original(first, last)
            start, end = self._trimmed(start, end)
            if start < end:
                score = float(np.exp(scores[np.arange(first, last), path[first:last]].min()))
                self.entities.append(Entity(start, end, label, self.text[start:end], score))

    def _trimmed(self, start: int, end: int) -> tuple[int, int]:
        """The range with the marks of its last letter, without white space at its ends.

        A character may stand for several words, and a mark for one of its own:
        what the entity before has is not given twice.
        """
        text = self.text
        if self.entities:
            start = max(start, self.entities[-1].end)
        while start < end < len(text) and unicodedata.category(text[end])[0] == "M":
            end += 1
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
        return start, end
