"""PhoBERT's byte-pair codes (Sennrich et al. 2016) as a fast tokenizer.

A packed PhoBERT is tokenised without transformers. Its tokenizer has the ids of
the checkpoint's vocabulary; symbols that the codes make and that the
vocabulary lacks have ids behind it (:func:`vidner.backends._pieces.bpe_pieces`
reads them as unknown).
"""

from __future__ import annotations

from itertools import count
from typing import Any

from tokenizers import Tokenizer, models

from vidner._errors import CheckpointError
from vidner.backends._pieces import END_OF_WORD


def fast_tokenizer(tokenizer: Any) -> Tokenizer:
    """The fast tokenizer that gives the pieces of a PhobertTokenizer, word by word.

    Raises:
        CheckpointError: The mask is not the last piece of the vocabulary.
    """
    known: dict[str, int] = tokenizer.get_vocab()
    if max(known.values()) != tokenizer.mask_token_id:
        raise CheckpointError(
            f"{tokenizer.vocab_file}: its last piece is number {max(known.values())}, wanted "
            f"{tokenizer.mask_token!r} ({tokenizer.mask_token_id}); use PhoBERT's own files"
        )
    merges = sorted(tokenizer.bpe_ranks, key=tokenizer.bpe_ranks.__getitem__)
    merges = [pair for pair in merges if len(pair) == 2]
    ids = {token: known[token] for token in tokenizer.all_special_tokens}
    taken = set(ids.values())
    behind = count(tokenizer.mask_token_id + 1)
    for symbol in _symbols(known, merges):
        number = known.get(_spelled(symbol))
        if number is None or number in taken:
            number = next(behind)
        taken.add(number)
        ids.setdefault(symbol, number)
    # What the codes never make keeps its place under a name that no text has.
    ids |= {f"<unused {n}>": n for n in known.values() if n not in taken}
    return Tokenizer(
        models.BPE(ids, merges, unk_token=tokenizer.unk_token, end_of_word_suffix=END_OF_WORD)
    )


def _symbols(known: dict[str, int], merges: list[tuple[str, str]]) -> dict[str, None]:
    """Every symbol that the codes can make of known characters."""
    characters = {token.removesuffix("@@") or token for token in known}
    single = sorted(character for character in characters if len(character) == 1)
    symbols = [symbol for one in single for symbol in (one, one + END_OF_WORD)]
    symbols += [symbol for pair in merges for symbol in (*pair, "".join(pair))]
    return dict.fromkeys(symbols)


def _spelled(symbol: str) -> str:
    """The vocabulary's spelling of a symbol."""
    if symbol.endswith(END_OF_WORD):
        return symbol.removesuffix(END_OF_WORD)
    return f"{symbol}@@"
