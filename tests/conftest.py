"""Fixtures: the repository, and tiny models built on the spot."""

import json
import os
from pathlib import Path

# No test reaches a hub; it is read when the library is imported.
os.environ["HF_HUB_OFFLINE"] = "1"
# Tiny matrices gain nothing by threads and lose much where the processors are busy;
# read when torch is imported, here and in subprocesses.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import settings

from vidner import Tagger
from vidner._tags import TAGS

# Machines are shared: how long a single example takes says nothing.
settings.register_profile("vidner", deadline=None)
# `pytest --hypothesis-profile nightly`: more than 100,000 cases in test_fuzz.py.
settings.register_profile("nightly", deadline=None, max_examples=3_500)
settings.load_profile("vidner")

REPOSITORY = Path(__file__).parent.parent
SENTENCES = [
    "Thượng tướng Hoàng Xuân Chiến thăm Nhật Bản ngày 10/2.",
    "Bộ Quốc phòng Việt Nam (BQP) họp tại Hà Nội.",
    "Hội nghị ADMM+ lần thứ 11 khai mạc chiều 25/3/2024.",
]


@pytest.fixture(scope="session")
def repository():
    return REPOSITORY


@pytest.fixture(scope="session")
def tagger():
    """The embedded model."""
    return Tagger.load()


@pytest.fixture(scope="session")
def seed_texts():
    return [path.read_bytes().decode("utf-8") for path in sorted(REPOSITORY.glob("seeds/*.txt"))]


def tiny_settings(**changes):
    return {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "num_labels": len(TAGS),
        "id2label": dict(enumerate(TAGS)),
        "label2id": {tag: number for number, tag in enumerate(TAGS)},
        "pad_token_id": 1,
        **changes,
    }


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory):
    """A tagging checkpoint shaped like `small`, with random weights."""
    import torch
    from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast

    from vidner.train.base import MASK, SPECIAL, unigram_tokenizer

    folder = tmp_path_factory.mktemp("tiny")
    syllables = {f"\u2581{word}" for text in SENTENCES for word in text.split()}
    letters = {letter for text in SENTENCES for letter in text} | set("\u2581.,()+/-")
    pieces = [(name, 0.0) for name in SPECIAL]
    pieces += [(piece, -5.0) for piece in sorted(syllables | letters) if not piece.isspace()]
    PreTrainedTokenizerFast(
        tokenizer_object=unigram_tokenizer(pieces),
        cls_token="<s>", sep_token="</s>", pad_token="<pad>", unk_token="<unk>", mask_token=MASK,
        model_max_length=128,
    ).save_pretrained(folder)  # fmt: skip
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(pieces) + 1,
        max_position_embeddings=128,
        **tiny_settings(vidner_window=64),
    )
    BertForTokenClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_packed(tiny_checkpoint, tmp_path_factory):
    """The tiny checkpoint as a packed model."""
    from vidner.train.export import export

    return export(tiny_checkpoint, tmp_path_factory.mktemp("packed"))


@pytest.fixture(scope="session")
def phobert_base(tmp_path_factory):
    """An encoder shaped like PhoBERT, whose byte-pair codes are learned from a few sentences."""
    return make_phobert(tmp_path_factory.mktemp("phobert"), SENTENCES, merges=60)


def make_phobert(folder, sentences, *, merges, **changes):
    import torch
    from transformers import RobertaConfig, RobertaModel

    vocabulary, codes = learn_codes(sentences, merges=merges)
    lines = [f"{token} {count}" for token, count in vocabulary.items()]
    (folder / "vocab.txt").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "bpe.codes").write_text("\n".join(codes) + "\n", "utf-8")
    torch.manual_seed(0)
    settings = tiny_settings(
        vocab_size=len(vocabulary) + 5,
        max_position_embeddings=258,
        type_vocab_size=1,
        bos_token_id=0,
        eos_token_id=2,
        tokenizer_class="PhobertTokenizer",
        **changes,
    )
    RobertaModel(RobertaConfig(**settings), add_pooling_layer=False).save_pretrained(folder)
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "PhobertTokenizer", "model_max_length": 256})
    )
    return folder


def learn_codes(sentences, *, merges):
    """Byte-pair codes (Sennrich et al. 2016) in PhoBERT's file format."""
    from collections import Counter

    words = Counter(word for text in sentences for word in text.split())
    split = {word: (*word[:-1], word[-1] + "</w>") for word in words}
    codes = []
    for _ in range(merges):
        pairs = Counter()
        for word, count in words.items():
            for pair in zip(split[word], split[word][1:], strict=False):
                pairs[pair] += count
        if not pairs:
            break
        (left, right), count = pairs.most_common(1)[0]
        codes.append(f"{left} {right} {count}")
        split = {word: tuple(merged(parts, left, right)) for word, parts in split.items()}
    letters = {letter for word in words for letter in word}
    symbols = {symbol for parts in split.values() for symbol in parts}
    symbols |= letters | {f"{letter}</w>" for letter in letters}
    tokens = [s.removesuffix("</w>") if s.endswith("</w>") else f"{s}@@" for s in sorted(symbols)]
    return dict.fromkeys(tokens, 1), codes


def merged(parts, left, right):
    out = []
    for part in parts:
        if out and out[-1] == left and part == right:
            out[-1] = left + right
        else:
            out.append(part)
    return out
