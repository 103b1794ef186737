"""Words and lines: the units that are labelled.

A word is a run of letters and digits, or any other single visible character;
in Vietnamese that is a syllable. Entities begin and end on word edges.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

MAX_WORD = 48
"""A longer run of letters is cut: no name has it, and windows stay bounded."""

CAPITAL_WORDS = 4
"""So many words in capitals make a line of capitals; fewer may be a list of abbreviations."""

_WORD = re.compile(rf"[^\W_]{{1,{MAX_WORD}}}|[^\w\s]|_")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a normal text.

    Attributes:
        text: Its characters.
        start: Offset of the first one in the normal text.
        end: One past the last one.
        spaced: True when white space or the start of a line stands before it.
    """

    text: str
    start: int
    end: int
    spaced: bool

    @property
    def marked(self) -> str:
        """The word as the Unigram tokenizer wants it, ``▁`` for a space before it."""
        return "\u2581" + self.text if self.spaced else self.text


def split_words(text: str, start: int = 0, end: int | None = None) -> list[Word]:
    """Words of ``text[start:end]``, in order, with offsets in ``text``."""
    stop = len(text) if end is None else end
    words = []
    previous = -1
    for match in _WORD.finditer(text, start, stop):
        at, behind = match.span()
        words.append(Word(match[0], at, behind, at != previous))
        previous = behind
    return words


def split_lines(text: str) -> list[list[Word]]:
    """The words of each line that has any.

    A line written in capitals throughout is read in lower case: its capitals
    tell nothing, and the model knows the lower-case pieces better.
    """
    lines = []
    start = 0
    for line in text.split("\n"):
        words = split_words(text, start, start + len(line))
        if words:
            lines.append(_lowered(words) if _is_capitals(line, words) else words)
        start += len(line) + 1
    return lines


def _is_capitals(line: str, words: list[Word]) -> bool:
    return line.isupper() and sum(word.text.isalpha() for word in words) >= CAPITAL_WORDS


def _lowered(words: list[Word]) -> list[Word]:
    return [replace(word, text=word.text.lower()) for word in words]
