"""Word segmenters: syllables joined to the words that PhoBERT was trained on.

The units of a segmented text are still :class:`~vidner._words.Word` objects
(``Quốc_phòng``, from the first syllable's start to the last one's end), so
that pieces, windows, tags and offsets need not know of them. The segmenters
rewrite what they read (letters, spaces); their words are laid on ours by
characters, never searched for.
"""

from __future__ import annotations

import os
import re
import threading
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from itertools import accumulate
from pathlib import Path
from typing import TypeAlias

from vidner._errors import MissingExtraError, ModelError
from vidner._words import MAX_WORD, Word

VNCORENLP = "VIDNER_VNCORENLP"
"""Environment variable: the directory with VnCoreNLP's jar and models."""

_UNSEEN = re.compile(r"[\s_]+")
_lock = threading.Lock()  # none of the segmenters says that threads may share it


class Segmenter:
    """Joins the words of lines into units, by the segmenter of a name.

    Args:
        name: One of :data:`SEGMENTERS`, as checkpoints and manifests record it;
            with ``none`` every word is a unit, and ``given`` is for texts in which
            ``_`` already joins the syllables of words.

    Raises:
        ModelError: The name is unknown, or VnCoreNLP's files are missing.
        MissingExtraError: The segmenter's package is not installed.
    """

    def __init__(self, name: str = "none") -> None:
        if name not in _LOADERS:
            known = ", ".join(SEGMENTERS)
            raise ModelError(f"segmenter {name!r} is unknown, wanted one of {known}")
        self.name = name
        self._tokenize = _LOADERS[name]()

    def __reduce__(self) -> tuple[object, ...]:
        return Segmenter, (self.name,)

    def __call__(self, lines: Sequence[Sequence[Word]]) -> list[list[Word]]:
        """Units of each line; :func:`join_words` says what is joined."""
        if self.name == "none":
            return [list(line) for line in lines]
        if self.name == "given":
            return [given_words(line) for line in lines]
        with _lock:
            tokens = [self._tokenize(_text_of(line)) for line in lines]
        return [join_words(*pair) for pair in zip(lines, tokens, strict=True)]


def join_words(words: Sequence[Word], tokens: Sequence[str]) -> list[Word]:
    """The words of a line, joined where a segmenter's tokens hold several.

    Args:
        words: Words of one line.
        tokens: The segmenter's tokens of the same line; white space and ``_``
            in them stand between syllables.

    Returns:
        Units in order. Signs stay alone, since names end beside them; so does
        a word that a token ends inside of or that the segmenter changed beyond
        recognition, and so do the words of a token of more than 48 characters.
    """
    cuts = _cuts("".join(_visible(word.text) for word in words), tokens)
    groups: list[list[Word]] = []
    at, open_group = 0, False
    for word in words:
        end = at + len(_visible(word.text))
        whole = word.text.isalnum() and cuts[bisect_left(cuts, at + 1)] >= end
        if open_group and whole and cuts[bisect_left(cuts, at)] != at:
            groups[-1].append(word)
        else:
            groups.append([word])
        at, open_group = end, whole
    return [unit for group in groups for unit in _joined(group)]


def given_words(words: Sequence[Word]) -> list[Word]:
    """The words of a segmented line, joined where a ``_`` stands between them."""
    groups: list[list[Word]] = []
    for word in words:
        before = groups[-1][-1].text if groups and not word.spaced else ""
        if (word.text == "_" and before.isalnum()) or (before == "_" and word.text.isalnum()):
            groups[-1].append(word)
        else:
            groups.append([word])
    return [unit for group in groups for unit in _joined(group)]


def _joined(group: list[Word]) -> list[Word]:
    if len(group) == 1 or group[-1].end - group[0].start > MAX_WORD:
        return group
    parts = [("_" if word.spaced else "") + word.text for word in group[1:]]
    return [Word(group[0].text + "".join(parts), group[0].start, group[-1].end, group[0].spaced)]


def _cuts(ours: str, tokens: Sequence[str]) -> list[int]:
    """Sorted places in ``ours`` where a token begins; its length is always one of them."""
    visible = [_visible(token) for token in tokens]
    starts = [0, *accumulate(map(len, visible))]
    theirs = "".join(visible)
    one, other = _folded(ours), _folded(theirs)
    if one == other:
        return sorted(set(starts))
    places: dict[int, int] = {}
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    for a, b, size in blocks:
        places |= {b + step: a + step for step in range(size)}
    found = sorted(places)
    cuts = {len(ours)}
    for start in starts:
        behind = bisect_left(found, start)
        if behind < len(found):
            cuts.add(places[found[behind]])
    for at in set(range(len(ours))) - set(places.values()):
        cuts |= {at, at + 1}
    return sorted(cuts)


def _visible(text: str) -> str:
    return _UNSEEN.sub("", unicodedata.normalize("NFC", text))


def _folded(text: str) -> str:
    """Base letters in lower case: what no segmenter changes."""
    return "".join(unicodedata.normalize("NFD", char.lower())[0] for char in text)


def _text_of(line: Sequence[Word]) -> str:
    return "".join((" " if word.spaced else "") + word.text for word in line).strip()


Tokenize: TypeAlias = Callable[[str], list[str]]


def _load_none() -> Tokenize:
    return str.split


def _load_underthesea() -> Tokenize:
    try:
        from underthesea import word_tokenize
    except ImportError as error:
        raise MissingExtraError("underthesea", extra="segment") from error
    return lambda text: [str(token) for token in word_tokenize(text)]


def _load_pyvi() -> Tokenize:
    try:
        from pyvi import ViTokenizer
    except ImportError as error:
        raise MissingExtraError("pyvi", extra="segment") from error
    return lambda text: str(ViTokenizer.tokenize(text)).split()


def _load_vncorenlp() -> Tokenize:
    folder = Path(os.environ.get(VNCORENLP, "vncorenlp")).resolve()
    try:
        import py_vncorenlp
    except ImportError as error:
        raise MissingExtraError("py_vncorenlp", extra="vncorenlp") from error
    if not list(folder.glob("VnCoreNLP*.jar")):
        raise ModelError(
            f"{folder}: no VnCoreNLP*.jar in it; download VnCoreNLP with its models "
            f"(py_vncorenlp.download_model) and name its directory in {VNCORENLP}"
        )
    here = Path.cwd()
    try:
        model = py_vncorenlp.VnCoreNLP(annotators=["wseg"], save_dir=str(folder))
    finally:
        os.chdir(here)  # the package leaves the process in its own directory
    return lambda text: " ".join(model.word_segment(text)).split()


_LOADERS: dict[str, Callable[[], Tokenize]] = {
    "none": _load_none,
    "given": _load_none,
    "underthesea": _load_underthesea,
    "pyvi": _load_pyvi,
    "vncorenlp": _load_vncorenlp,
}
SEGMENTERS: tuple[str, ...] = tuple(_LOADERS)
"""Names of the segmenters."""
