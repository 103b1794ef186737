"""The baseline: names it learned, and what its patterns find."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.evaluation.conftest import annotated
from vidner.documents import Document, problems
from vidner.evaluation.gazetteer import Gazetteer
from vidner.evaluation.predict import predict
from vidner.evaluation.scores import score


def found(tagger, text):
    return [(entity.text, entity.label) for entity in tagger.tag(text)]


@pytest.mark.parametrize(
    ("text", "mention", "label"),
    [
        ("Sáng 10/2, đoàn tới nơi.", "Sáng 10/2", "DATE"),
        ("Đó là ngày 3 tháng 9 năm 2019.", "ngày 3 tháng 9 năm 2019", "DATE"),
        ("Họ gặp Thượng tướng Hoàng Xuân Chiến ở đó.", "Hoàng Xuân Chiến", "PERSON"),
        ("Theo ông Chiến, mọi việc ổn.", "Chiến", "PERSON"),
        ("Anh thuộc Lữ đoàn 162 từ lâu.", "Lữ đoàn 162", "ORG"),
        ("Theo Bộ Quốc phòng, mọi việc ổn.", "Bộ Quốc phòng", "ORG"),
        ("Họ dự Đối thoại chính sách quốc phòng lần thứ 11 ở đó.",
         "Đối thoại chính sách quốc phòng lần thứ 11", "EVENT"),
    ],
)  # fmt: skip
def test_patterns_need_no_training(text, mention, label):
    assert found(Gazetteer(), text) == [(mention, label)]


def test_a_name_is_learned_when_most_of_its_occurrences_are_marked():
    text = "Lào và Lào, xuân và xuân"
    often = annotated("a", text, ("Lào", "LOC"), ("Lào", "LOC"))
    seldom = annotated("b", "xuân xuân xuân", ("xuân", "DATE"))
    tagger = Gazetteer([often, seldom])
    assert len(tagger) == 1
    assert found(tagger, "thăm Lào mùa xuân") == [("Lào", "LOC")]


def test_the_longest_known_name_wins():
    training = annotated("a", "Hải quân Lào. Lào.", ("Hải quân Lào", "ORG"), ("Lào", "LOC"))
    assert found(Gazetteer([training]), "gặp Hải quân Lào") == [("Hải quân Lào", "ORG")]


@settings(max_examples=50)
@given(st.lists(st.sampled_from(["ông ", "Tổng thống ", "Mỹ", "-", " ", "Bộ ", "Chiến", "’", "\n",
                                 "10/2", "e\u0301", "Lữ đoàn 1"]), max_size=8))  # fmt: skip
def test_offsets_hold_for_odd_texts(parts):
    text = "".join(parts)
    training = annotated("a", "Mỹ và Chiến", ("Mỹ", "LOC"), ("Chiến", "PERSON"))
    found = Gazetteer([training]).tag(text)
    assert problems(Document("d", text, tuple(found))) == []


def test_its_spans_are_sound_and_it_is_no_straw_man(baseline, seeds):
    predicted = predict(baseline, seeds)
    assert all(problems(document) == [] for document in predicted)
    assert score(seeds, predicted).micro.f1 > 0.5
