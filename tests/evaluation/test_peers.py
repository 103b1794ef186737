"""Other taggers' tokens are put back on the text that they rewrote."""

import unicodedata

import pytest
from training.peers.underthesea_ner import places, predicted, spans

LINE = "Ông Hoàng  Xuân Chiến\u200b thăm Hoà Bình, Lào."
TOKENS = [
    ("Ông", "O"), ("Hoàng Xuân Chiến", "B-PER"), ("thăm", "O"), ("Hòa", "B-LOC"),
    ("Bình", "I-LOC"), (",", "O"), ("Lào", "B-LOC"), (".", "O"),
]  # fmt: skip


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_entities_are_placed_on_the_text_as_it_was(form):
    line = unicodedata.normalize(form, LINE)
    found = [
        (unicodedata.normalize("NFC", line[a:b]), label) for a, b, label in spans(line, TOKENS)
    ]
    assert found == [
        ("Hoàng  Xuân Chiến", "PERSON"), ("Hoà Bình", "LOC"), ("Lào", "LOC"),
    ]  # fmt: skip


def test_a_token_that_is_not_there_loses_no_other():
    assert places("một hai", ["một", "mười", "hai"]) == [(0, 3), None, (4, 7)]


def test_other_labels_are_left_out():
    assert list(spans("tiếng Anh", [("tiếng", "O"), ("Anh", "B-MISC")])) == []


def test_offsets_count_from_the_start_of_the_document():
    row = {"id": "d", "text": "Trang đầu\n\nLào", "entities": []}
    found = predicted(row, lambda line: [(line, "B-LOC" if line == "Lào" else "O")])
    assert found["entities"] == [{"start": 11, "end": 14, "label": "LOC"}]
