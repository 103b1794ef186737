"""PhoBERT end to end: its own tokenizer, learning by heart, save, load, tag, export."""

import json
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import make_phobert
from vidner import Tagger
from vidner._errors import CheckpointError
from vidner._models import EMBEDDED
from vidner._segmenters import Segmenter
from vidner._words import Word, split_lines, split_words
from vidner.backends._pieces import fast_pieces, phobert_pieces
from vidner.documents import Document, make_entity
from vidner.documents.marks import read_marks
from vidner.evaluation.predict import predict
from vidner.evaluation.scores import score
from vidner.train.bpe import fast_tokenizer
from vidner.train.config import TrainingConfig
from vidner.train.data import documents_to_dataset
from vidner.train.export import export
from vidner.train.finetune import fine_tune

TEXT = "Thượng tướng Hoàng Xuân Chiến thăm Nhật Bản ngày 10/2."


@pytest.fixture(scope="module")
def trained(phobert_base, tmp_path_factory):
    out = tmp_path_factory.mktemp("phobert-tagger")
    start = TEXT.index("Hoàng")
    entity = make_entity(TEXT, start, start + len("Hoàng Xuân Chiến"), "PERSON")
    documents = documents_to_dataset([Document(f"d{n}", TEXT, (entity,)) for n in range(8)])
    config = TrainingConfig(
        name="phobert-tiny", base=str(phobert_base), license="MIT", window=64, batch=2,
        learning_rate=5e-3, dropout=0.0,
    )  # fmt: skip
    outcome = fine_tune(config, documents, out, max_steps=40)
    return out, outcome


def test_training_loses_no_entity(trained):
    assert trained[1].lost == []
    assert trained[1].windows == 8


def test_the_saved_tagger_finds_what_it_was_trained_on(trained):
    found = Tagger.load(trained[0]).tag(TEXT)
    assert [(e.text, e.label) for e in found] == [("Hoàng Xuân Chiến", "PERSON")]


def test_the_saved_tokenizer_is_phoberts(trained):
    config = json.loads((trained[0] / "tokenizer_config.json").read_text())
    assert config["tokenizer_class"].startswith("PhobertTokenizer")


def test_pieces_of_a_word_spell_the_word(phobert_base):
    from transformers import AutoTokenizer

    from vidner.backends._pieces import pieces_of

    tokenizer = AutoTokenizer.from_pretrained(phobert_base)
    words = split_words("Hoàng Xuân Chiến, </s> ngày 10/2")
    (line,) = pieces_of(tokenizer)([words])
    known = [
        w.text for w, ids in zip(words, line, strict=True) if tokenizer.unk_token_id not in ids
    ]
    spelled = [
        "".join(tokenizer.convert_ids_to_tokens(ids)).replace("@@", "")
        for ids in line
        if tokenizer.unk_token_id not in ids
    ]
    assert spelled == known
    assert "Chiến" in known
    assert not any(tokenizer.sep_token_id in ids for ids in line)


@pytest.fixture(scope="module")
def corpus(repository):
    """Lines of the written corpus with their entities, as documents."""
    paths = sorted((repository / "annotations/corpus").glob("*.txt"))[:2]
    return [line for path in paths for document in read_marks(path) for line in lines_of(document)]


def lines_of(document):
    start = 0
    for number, line in enumerate(document.text.split("\n")):
        inside = [e for e in document.entities if start <= e.start < start + len(line)]
        moved = [make_entity(line, e.start - start, e.end - start, e.label) for e in inside]
        yield Document(f"{document.id}-{number}", line, tuple(moved))
        start += len(line) + 1


@pytest.fixture(scope="module")
def corpus_base(corpus, tmp_path_factory):
    """An encoder of PhoBERT's shape whose codes are learned from the corpus, segmented."""
    folder = tmp_path_factory.mktemp("phobert-corpus")
    lines = [word.text for document in corpus for word in split_words(document.text)]
    lines += [unit.text for document in corpus[:200] for unit in segmented(document.text)]
    return make_phobert(folder, lines, merges=400, hidden_size=64)


def segmented(text):
    return [unit for line in Segmenter("pyvi")(split_lines(text)) for unit in line]


@pytest.fixture(scope="module")
def tokenizers(corpus_base):
    """The same codes twice: Hugging Face's PhobertTokenizer, and the fast one."""
    from transformers import AutoTokenizer

    slow = AutoTokenizer.from_pretrained(corpus_base)
    return phobert_pieces(slow), fast_pieces(fast_tokenizer(slow), unknown=slow.unk_token_id)


def test_the_fast_tokenizer_gives_phoberts_pieces_of_every_word(tokenizers, corpus):
    words = {unit.text for document in corpus for unit in segmented(document.text)}
    words |= {word.text for document in corpus for word in split_words(document.text)}
    line = [Word(text, 0, len(text), True) for text in sorted(words)]
    slow, fast = (pieces([line])[0] for pieces in tokenizers)
    assert len(line) > 2000
    assert fast == slow
    assert sum(len(word) > 1 for word in slow) > 500


@given(st.lists(st.text("abcnghitrốộướ_10/<>@🙂Ж", min_size=1, max_size=12), max_size=8))
def test_the_fast_tokenizer_gives_phoberts_pieces_of_any_word(tokenizers, texts):
    line = [Word(text, 0, len(text), True) for text in texts]
    slow, fast = (pieces([line]) for pieces in tokenizers)
    assert fast == slow


def test_a_vocabulary_that_does_not_end_in_the_mask_is_refused(corpus_base, tmp_path):
    from transformers import AutoTokenizer

    copy = shutil.copytree(corpus_base, tmp_path / "copy")
    tokenizer = AutoTokenizer.from_pretrained(copy)
    tokenizer.add_tokens(["một_từ_nữa"])
    with pytest.raises(CheckpointError, match="its last piece is number"):
        fast_tokenizer(tokenizer)


@pytest.fixture(scope="module", params=["none", "pyvi"])
def overfitted(request, corpus, corpus_base, tmp_path_factory):
    """Fifty sentences learned by heart, with and without word segmentation."""
    config = TrainingConfig(
        name="phobert-50", base=str(corpus_base), license="MIT", window=128, batch=10,
        epochs=45, learning_rate=3e-3, dropout=0.0, isolated=0.0, segmenter=request.param,
    )  # fmt: skip
    sentences = [d for d in corpus if d.entities and 40 < len(d.text) < 160][:50]
    out = tmp_path_factory.mktemp(f"phobert-{request.param}")
    return out, sentences, fine_tune(config, documents_to_dataset(sentences), out)


def test_fifty_sentences_are_learned_to_an_f1_of_one(overfitted):
    out, sentences, outcome = overfitted
    assert outcome.lost == []
    cut = {line.split(":")[0] for line in outcome.cut}
    whole = [document for document in sentences if document.id not in cut]
    assert len(whole) > 40
    assert score(whole, predict(Tagger.load(out), whole)).micro.f1 == 1.0


def test_the_packed_tagger_finds_the_same(overfitted, tmp_path):
    out, sentences, _ = overfitted
    packed = export(out, tmp_path / "packed", quantize=False)
    files = {path.name for path in packed.iterdir()}
    assert {"vocab.txt", "bpe.codes", "tokenizer.json", "model.onnx", "manifest.json"} == files
    checkpoint, onnx = Tagger.load(out), Tagger.load(packed)
    for document in sentences:
        assert spans(onnx, document.text) == spans(checkpoint, document.text)
    assert np.allclose(logits(onnx), logits(checkpoint), atol=1e-3)


def test_a_packed_segmenting_tagger_says_so(overfitted, tmp_path):
    out, _, _ = overfitted
    manifest = json.loads((export(out, tmp_path / "packed") / "manifest.json").read_text())
    recorded = json.loads((out / "config.json").read_text())["vidner_segmenter"]
    assert manifest["segmenter"] == recorded == Tagger.load(out)._backend.segmenter.name
    assert manifest["files"].keys() == {"model.onnx", "tokenizer.json", "vocab.txt", "bpe.codes"}


def test_the_embedded_model_segments_nothing():
    assert Tagger.load(EMBEDDED)._backend.segmenter.name == "none"


def spans(tagger, text):
    return [entity.span for entity in tagger.tag(text)]


def logits(tagger):
    backend = tagger._backend
    lines = backend.segmenter(split_lines(TEXT))
    (window,) = backend.windower.windows(backend.pieces(lines))
    return backend.logits(window)
