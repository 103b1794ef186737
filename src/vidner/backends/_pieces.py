"""Word by word into pieces, with any tokenizer.

The words are those of :mod:`vidner._words` for every model, so labels are
aligned by construction: a word's tag is read at its first piece.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tokenizers import Tokenizer

from vidner._errors import ModelError
from vidner._words import Word

END_OF_WORD = "</w>"
"""Marks the last symbol of a word in PhoBERT's byte-pair codes."""

Pieces = list[list[int]]
WordPieces = Callable[[Sequence[Sequence[Word]]], list[Pieces]]
"""Lines of words to lines of piece ids, at least one piece a word."""

_MOST_KNOWN = 1 << 15
"""Words whose pieces are kept; Vietnamese has a few thousand syllables."""


def unigram_pieces(tokenizer: Tokenizer, *, unknown: int) -> WordPieces:
    """Pieces of a tokenizer of ours, where ``▁`` marks the space before a word.

    No piece crosses a word, so a word has the same pieces everywhere; the same
    few thousand syllables come again and again, and are looked up.
    """
    known: dict[str, list[int]] = {}

    def pieces(lines: Sequence[Sequence[Word]]) -> list[Pieces]:
        nonlocal known
        marked = [[word.marked for word in line] for line in lines]
        words = {word for line in marked for word in line}
        if len(known) > _MOST_KNOWN:
            known = {}  # a new one: other threads may be reading the old
        found = known
        missing = sorted(words - found.keys())
        if missing:
            found.update(zip(missing, _encode(tokenizer, [missing], unknown)[0], strict=True))
        return [[found[word] for word in line] for line in marked]

    return pieces


def plain_pieces(tokenizer: Tokenizer, *, unknown: int) -> WordPieces:
    """Pieces of any other fast tokenizer, given the words without spaces."""

    def pieces(lines: Sequence[Sequence[Word]]) -> list[Pieces]:
        return _encode(tokenizer, [[word.text for word in line] for line in lines], unknown)

    return pieces


def bpe_pieces(tokenizer: Tokenizer, *, unknown: int) -> WordPieces:
    """Pieces of PhoBERT's byte-pair codes as a fast tokenizer (:mod:`vidner.train.bpe`).

    Its ids behind the mask's are symbols that the codes make and the model
    does not know.

    Raises:
        ModelError: The tokenizer has no mask.
    """
    mask = tokenizer.token_to_id("<mask>")
    if mask is None:
        raise ModelError("tokenizer.json: has no piece '<mask>'; pack the model again")

    def pieces(lines: Sequence[Sequence[Word]]) -> list[Pieces]:
        texts = [[word.text for word in line] for line in lines]
        return [
            [[piece if piece <= mask else unknown for piece in word] for word in line]
            for line in _encode(tokenizer, texts, unknown)
        ]

    return pieces


def _encode(tokenizer: Tokenizer, lines: list[list[str]], unknown: int) -> list[Pieces]:
    result = []
    for line in lines:
        # One by one: a batch would start threads, which do not survive a fork.
        encoding = tokenizer.encode(line, is_pretokenized=True, add_special_tokens=False)
        words: Pieces = [[] for _ in line]
        for piece, word in zip(encoding.ids, encoding.word_ids, strict=True):
            if word is not None:
                words[word].append(piece)
        result.append([word or [unknown] for word in words])
    return result


def phobert_pieces(tokenizer: Any) -> WordPieces:
    """Pieces of a PhobertTokenizer, which is Python-only and has no offsets.

    Each word is split by its byte-pair codes alone, so that neither its place
    nor special tokens typed in the text need to be searched for.
    """
    cache: dict[str, list[int]] = {}

    def word_pieces(text: str) -> list[int]:
        if text not in cache:
            parts = tokenizer.bpe(text).split(" ")
            cache[text] = tokenizer.convert_tokens_to_ids(parts)
        return cache[text]

    def pieces(lines: Sequence[Sequence[Word]]) -> list[Pieces]:
        return [[word_pieces(word.text) for word in line] for line in lines]

    return pieces


def pieces_of(tokenizer: Any) -> WordPieces:
    """The way into pieces of a loaded Hugging Face tokenizer.

    Raises:
        ModelError: The tokenizer is neither fast nor PhoBERT's.
    """
    if getattr(tokenizer, "is_fast", False):
        return fast_pieces(tokenizer.backend_tokenizer, unknown=tokenizer.unk_token_id)
    if hasattr(tokenizer, "bpe"):
        return phobert_pieces(tokenizer)
    raise ModelError(
        f"tokenizer {type(tokenizer).__name__} is neither fast nor a PhobertTokenizer; "
        "use a checkpoint with tokenizer.json, or with vocab.txt, bpe.codes and "
        '"tokenizer_class": "PhobertTokenizer"'
    )


def fast_pieces(tokenizer: Tokenizer, *, unknown: int) -> WordPieces:
    """The way into pieces of a fast tokenizer, which tells its kind by its parts."""
    before = repr(tokenizer.pre_tokenizer) if tokenizer.pre_tokenizer else ""
    if "\u2581" in before and "Split" in before:
        return unigram_pieces(tokenizer, unknown=unknown)
    suffix = getattr(tokenizer.model, "end_of_word_suffix", None)
    if not before and suffix == END_OF_WORD:
        return bpe_pieces(tokenizer, unknown=unknown)
    return plain_pieces(tokenizer, unknown=unknown)
