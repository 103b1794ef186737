"""A normal form for the model, with a map back to the text as it was given.

The model sees one spelling of what readers see as one: NFC letters, the older
place of the tone mark (``hòa`` for ``hoà``), plain spaces, quotes and hyphens,
no invisible characters. Every offset that leaves the package is one of the
original string.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_TONES = "\u0300\u0301\u0303\u0309\u0323"  # grave, acute, tilde, hook above, dot below


def _moved_tones() -> dict[str, str]:
    """Open syllables whose tone mark modern spelling puts on the second vowel."""
    moved = {}
    for first, second in ("oa", "oe", "uy"):
        for tone in _TONES:
            new = first + unicodedata.normalize("NFC", second + tone)
            old = unicodedata.normalize("NFC", first + tone) + second
            moved[new], moved[new.capitalize()], moved[new.upper()] = (
                old, old.capitalize(), old.upper(),
            )  # fmt: skip
    return moved


_MOVED = _moved_tones()
# "qu" is a consonant of its own: quý, quỳ keep their mark.
_MODERN_TONE = re.compile(rf"(?<![qQ])(?:{'|'.join(_MOVED)})(?!\w)")

_SPACES = (
    "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005"
    "\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
_BREAKS = "\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_SAME_LENGTH = str.maketrans(
    {
        **dict.fromkeys(_SPACES, " "),
        **dict.fromkeys(_BREAKS, "\n"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("“”„‟«»″", '"'),
        **dict.fromkeys("‘’‚‛′´`", "'"),
    }
)
# Characters that NFC leaves alone and the model must not see: controls,
# invisible format characters, halves of surrogate pairs.
_STRANGE = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


@dataclass(frozen=True, slots=True)
class NormalText:
    """Normal form of a text and where each of its characters came from.

    Attributes:
        text: The normal form.
        starts: For each character of ``text`` the first original code point it
            stands for; ``None`` when both texts have the same offsets.
        ends: Likewise one past the last.
    """

    text: str
    starts: list[int] | None = None
    ends: list[int] | None = None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The original range of the non-empty normal range ``[start, end)``."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def normalize(text: str) -> NormalText:
    """The normal form of any string, lone surrogates and controls included."""
    if unicodedata.is_normalized("NFKC", text) and not _STRANGE.search(text):
        return NormalText(_same_length(text))
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(text):
        piece = _normal_cluster(text[start:end])
        pieces.append(piece)
        starts += [start] * len(piece)
        ends += [end] * len(piece)
    return NormalText(_same_length("".join(pieces)), starts, ends)


SECTION = 1 << 15
"""Characters of a section, about; a longer line is a section of its own."""

_LINE_END = re.compile(f"[\n{_BREAKS}]")


def sections(text: str) -> Iterator[tuple[int, int]]:
    """Ranges that end where lines end and cover the text.

    The normal forms of the sections are that of the text, so that a book needs
    no more memory than one of them.
    """
    start = 0
    while len(text) - start > SECTION:
        ends = (match.end() for match in _LINE_END.finditer(text, start + SECTION))
        stop = next((end for end in ends if end < len(text) and not _joins(text[end])), len(text))
        yield start, stop
        start = stop
    if start < len(text):
        yield start, len(text)


def _same_length(text: str) -> str:
    return _MODERN_TONE.sub(lambda match: _MOVED[match[0]], text.translate(_SAME_LENGTH))


def _clusters(text: str) -> list[tuple[int, int]]:
    """Ranges of a character with the combining marks and jamo that compose with it."""
    bounds = [at for at, char in enumerate(text) if at == 0 or not _joins(char)]
    return list(zip(bounds, [*bounds[1:], len(text)], strict=True))


def _joins(char: str) -> bool:
    """True for a combining mark or jamo, which composes with what stands before it."""
    return bool(unicodedata.combining(char)) or "\u1160" <= char <= "\u11ff"


def _normal_cluster(cluster: str) -> str:
    if cluster[0] in _BREAKS or cluster[0] == "\n":
        return cluster[0]
    kept = _STRANGE.sub("", cluster)
    # A Vietnamese letter has one tone and one diacritic; endless stacks of
    # marks are noise that composes with nothing.
    composed = unicodedata.normalize("NFKC", kept[:4])
    return composed.replace("\n", " ")
