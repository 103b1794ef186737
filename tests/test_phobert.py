"""PhoBERT end to end: its own tokenizer, five training steps, save, load, tag."""

import json

import pytest

from vidner import Tagger
from vidner._words import split_words
from vidner.documents import Document, make_entity
from vidner.train.config import TrainingConfig
from vidner.train.data import documents_to_dataset
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
